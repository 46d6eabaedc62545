/* The child is started with posix_spawn: no code of this process runs between fork and exec. It reads what to import
 * from a file in memory and writes its answer and its output to two others, so nobody can wait for a full pipe; they
 * are looked at when it has ended. It leads a process group of its own, which is killed when the time is over.
 *
 * The program may take the child's status away from us (a SIGCHLD handler that waits for everybody): then what it
 * answered counts. Must not: run program code while it waits, except that other threads do. */
#define _GNU_SOURCE 1
#include "engine/rehearse.h"

#include "engine/refuse.h"

#include <errno.h>
#include <fcntl.h>
#include <marshal.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_MAX 65536
#define ANSWER_MAX (1 << 28)
#define FIX "install a version that can be imported here, or call upgrade() without rehearse"

/* ---- the command ---- */

struct command {
    PyObject *words; /* owned list of bytes */
    char **argv;     /* owned; points into these */
};

static int add(struct command *command, const char *format, PyObject *value)
{
    OWN_REF text = value ? PyUnicode_FromFormat(format, value) : PyUnicode_FromString(format);
    OWN_REF word = text ? PyUnicode_EncodeFSDefault(text) : NULL;
    return word ? PyList_Append(command->words, word) : -1;
}

static long flag(PyObject *flags, const char *name)
{
    OWN_REF value = PyObject_GetAttrString(flags, name);
    long number = value ? PyLong_AsLong(value) : 0;
    PyErr_Clear();
    return number;
}

static int add_flags(struct command *command)
{
    static const struct {
        const char *name, *word;
    } known[] = {{"dont_write_bytecode", "-B"},
                 {"no_site", "-S"},
                 {"no_user_site", "-s"},
                 {"bytes_warning", "-b"},
                 {"isolated", "-I"},
                 {"ignore_environment", "-E"},
                 {"safe_path", "-P"}};
    PyObject *flags = sys_get("flags");
    for (size_t i = 0; flags && i < sizeof known / sizeof *known; i++) {
        if (flag(flags, known[i].name) && add(command, known[i].word, NULL) < 0) {
            return -1;
        }
    }
    long optimize = flags ? flag(flags, "optimize") : 0;
    return optimize && add(command, optimize > 1 ? "-OO" : "-O", NULL) < 0 ? -1 : 0;
}

static int add_options(struct command *command)
{
    PyObject *warnings = sys_get("warnoptions"), *options = sys_get("_xoptions"), *name, *value;
    Py_ssize_t position = 0;
    for (Py_ssize_t i = 0; warnings && PyList_Check(warnings) && i < PyList_GET_SIZE(warnings); i++) {
        if (add(command, "-W%S", PyList_GET_ITEM(warnings, i)) < 0) {
            return -1;
        }
    }
    while (options && PyDict_Check(options) && PyDict_Next(options, &position, &name, &value)) {
        OWN_REF text = value == Py_True ? Py_NewRef(name) : PyUnicode_FromFormat("%S=%S", name, value);
        if (!text || add(command, "-X%S", text) < 0) {
            return -1;
        }
    }
    return 0;
}

/* [executable, flags, our script] */
static int make_command(struct command *command, PyObject *script)
{
    PyObject *executable = sys_get("executable");
    command->words = PyList_New(0);
    if (!command->words || !executable || add(command, "%S", executable) < 0 || add_flags(command) < 0 ||
        add_options(command) < 0 || add(command, "%S", script) < 0) {
        return -1;
    }
    Py_ssize_t n = PyList_GET_SIZE(command->words);
    command->argv = PyMem_New(char *, (size_t)n + 1);
    if (!command->argv) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        command->argv[i] = PyBytes_AS_STRING(PyList_GET_ITEM(command->words, i));
    }
    command->argv[n] = NULL;
    return 0;
}

/* ---- the child ---- */

enum { INPUT, ANSWER, OUTPUT, FILES };

/* A file in memory, or -1 and errno. Not one of the first three descriptors, should the program have closed those: in
 * the child they are others. */
static int make_file(void)
{
    int file = memfd_create("midflight-rehearsal", MFD_CLOEXEC);
    if (file < 0 || file > STDERR_FILENO) {
        return file;
    }
    int higher = fcntl(file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int failed = errno;
    close(file);
    errno = failed;
    return higher;
}

static int open_files(int files[FILES], const char *input, Py_ssize_t length)
{
    for (int i = 0; i < FILES; i++) {
        if (files[i] >= 0) {
            continue;
        }
        files[i] = make_file();
        if (files[i] < 0) {
            return -errno;
        }
    }
    for (Py_ssize_t done = 0; done < length;) {
        ssize_t n = pwrite(files[INPUT], input + done, (size_t)(length - done), done);
        if (n <= 0) {
            return n < 0 ? -errno : -EIO;
        }
        done += n;
    }
    return 0;
}

static void close_files(int files[FILES])
{
    for (int i = 0; i < FILES; i++) {
        if (files[i] >= 0) {
            close(files[i]);
        }
    }
}

static int start(const struct command *command, int files[FILES], pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, files[INPUT], 0);
    posix_spawn_file_actions_adddup2(&actions, files[OUTPUT], 1);
    posix_spawn_file_actions_adddup2(&actions, files[OUTPUT], 2);
    posix_spawn_file_actions_adddup2(&actions, files[ANSWER], files[ANSWER]); /* to itself: it stays open */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    int failed = posix_spawn(ret_pid, command->argv[0], &actions, &attributes, command->argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return -failed;
}

static double clock_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* 0 it has ended, 1 it was killed because the time is over, -1 a signal handler raised (it was killed too). */
static int wait_for(pid_t pid, double seconds)
{
    double end = clock_seconds() + seconds;
    for (;;) {
        int status, result;
        Py_BEGIN_ALLOW_THREADS;
        usleep(2000);
        result = waitpid(pid, &status, WNOHANG);
        Py_END_ALLOW_THREADS;
        if (result == pid || (result < 0 && errno == ECHILD && kill(pid, 0) < 0)) {
            return 0;
        }
        bool raised = PyErr_CheckSignals() < 0;
        if (raised || clock_seconds() >= end) {
            kill(-pid, SIGKILL);
            (void)waitpid(pid, &status, 0);
            return raised ? -1 : 1;
        }
    }
}

/* The last OUTPUT_MAX bytes of what it wrote. */
static PyObject *output_of(int file)
{
    struct stat st;
    char *text = malloc(OUTPUT_MAX);
    off_t size = fstat(file, &st) == 0 ? st.st_size : 0;
    off_t begin = size > OUTPUT_MAX ? size - OUTPUT_MAX : 0;
    ssize_t n = text ? pread(file, text, OUTPUT_MAX, begin) : -1;
    PyObject *output = text ? PyUnicode_DecodeUTF8(text, n > 0 ? n : 0, "replace") : PyErr_NoMemory();
    free(text);
    return output;
}

/* What it answered; None when it has not. */
static PyObject *answer_of(int file)
{
    struct stat st;
    size_t size = fstat(file, &st) == 0 && st.st_size < ANSWER_MAX ? (size_t)st.st_size : 0;
    char *bytes = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    if (bytes == MAP_FAILED) {
        Py_RETURN_NONE;
    }
    PyObject *answer = PyMarshal_ReadObjectFromString(bytes, (Py_ssize_t)size);
    munmap(bytes, size);
    if (!answer && !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    return answer;
}

/* ---- the step ---- */

static int refuse_it(struct upgrade *upgrade, PyObject *module, PyObject *cause)
{
    return cause ? refuse(upgrade->reasons, "rehearsal-failed", module, NULL, FIX, "%U", cause) : -1;
}

/* What the child says becomes upgrade->rehearsed, or a reason. */
static int take_answer(struct upgrade *upgrade, PyObject *answer)
{
    PyObject *failed = PyTuple_Check(answer) && PyTuple_GET_SIZE(answer) == 3 ? PyTuple_GET_ITEM(answer, 1) : NULL;
    if (!failed) {
        OWN_REF cause = PyUnicode_FromFormat("a fresh interpreter ended while it imported the new version: %U",
                                             upgrade->rehearsal_output);
        return refuse_it(upgrade, NULL, cause);
    }
    if (failed != Py_None) {
        OWN_REF cause = PyUnicode_FromFormat("importing %U in a fresh interpreter raised %U",
                                             PyTuple_GET_ITEM(failed, 0), PyTuple_GET_ITEM(failed, 1));
        return refuse_it(upgrade, PyTuple_GET_ITEM(failed, 0), cause);
    }
    upgrade->rehearsed = Py_NewRef(PyTuple_GET_ITEM(answer, 2));
    return 0;
}

static int run_child(struct upgrade *upgrade, struct command *command, int files[FILES], PyObject *input)
{
    pid_t pid;
    int failed = open_files(files, PyBytes_AS_STRING(input), PyBytes_GET_SIZE(input));
    failed = failed ? failed : start(command, files, &pid);
    if (failed) {
        errno = -failed;
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    int over = wait_for(pid, upgrade->rehearse);
    upgrade->rehearsal_output = over < 0 ? NULL : output_of(files[OUTPUT]);
    if (!upgrade->rehearsal_output) {
        return -1;
    }
    if (over) {
        OWN_REF limit = PyFloat_FromDouble(upgrade->rehearse);
        OWN_REF cause = limit ? PyUnicode_FromFormat(
                                    "a fresh interpreter was not done with importing the new version after %S s", limit)
                              : NULL;
        return refuse_it(upgrade, NULL, cause);
    }
    OWN_REF answer = answer_of(files[ANSWER]);
    return answer ? take_answer(upgrade, answer) : -1;
}

/* (names, path, number of the descriptor to answer to), as bytes. The path without what is no str. */
static PyObject *input_of(struct upgrade *upgrade, int answer)
{
    OWN_REF names = PyDict_Keys(upgrade->old_modules);
    OWN_REF path = names ? PyList_New(0) : NULL;
    for (Py_ssize_t i = 0; path && i < PyList_GET_SIZE(upgrade->path); i++) {
        PyObject *entry = PyList_GET_ITEM(upgrade->path, i);
        if (PyUnicode_CheckExact(entry) && PyList_Append(path, entry) < 0) {
            return NULL;
        }
    }
    OWN_REF input = path ? Py_BuildValue("(OOi)", names, path, answer) : NULL;
    return input ? PyMarshal_WriteObjectToString(input, Py_MARSHAL_VERSION) : NULL;
}

int rehearse_run(struct upgrade *upgrade)
{
    if (upgrade->rehearse <= 0) {
        return 0;
    }
    double begin = clock_seconds();
    int files[FILES] = {-1, -1, -1};
    struct command command = {0};
    OWN_REF module = PyImport_ImportModule("midflight._rehearse");
    OWN_REF script = module ? PyObject_GetAttrString(module, "__file__") : NULL;
    int result = script ? make_command(&command, script) : -1;
    OWN_REF words = command.words;
    if (result == 0) {
        files[ANSWER] = make_file(); /* its number is part of the input */
        OWN_REF input = files[ANSWER] >= 0 ? input_of(upgrade, files[ANSWER]) : PyErr_SetFromErrno(PyExc_OSError);
        result = input ? run_child(upgrade, &command, files, input) : -1;
    }
    close_files(files);
    PyMem_Free(command.argv);
    upgrade->rehearsal_seconds = clock_seconds() - begin;
    return result;
}

int rehearse_compare(struct upgrade *upgrade)
{
    if (!upgrade->rehearsed) {
        return 0;
    }
    OWN_REF module = PyImport_ImportModule("midflight._rehearse");
    OWN_REF print = module ? PyObject_CallMethod(module, "fingerprint", "O", upgrade->stage.modules) : NULL;
    OWN_REF found = print ? PyObject_CallMethod(module, "differences", "OO", upgrade->rehearsed, print) : NULL;
    int result = found ? 0 : -1;
    for (Py_ssize_t i = 0; result >= 0 && i < PyList_GET_SIZE(found); i++) {
        PyObject *row = PyList_GET_ITEM(found, i);
        result = refuse(upgrade->reasons, "rehearsal-differs", PyTuple_GET_ITEM(row, 0), PyTuple_GET_ITEM(row, 1),
                        "see which import depends on what this process has done, or call upgrade() without rehearse",
                        "%U", PyTuple_GET_ITEM(row, 2));
    }
    return result;
}

PyObject *rehearse_report(const struct upgrade *upgrade)
{
    return upgrade->rehearsed ? Py_BuildValue("(dnO)", upgrade->rehearsal_seconds, PyDict_GET_SIZE(upgrade->rehearsed),
                                              upgrade->rehearsal_output)
                              : Py_NewRef(Py_None);
}
