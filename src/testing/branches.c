/* A process for each number of a thing that can go wrong: forked where the number comes, so that what precedes it is
 * done once for all of them.
 *
 * The process that counts (the trunk) forks at each number of a row and waits until that branch is over. In the branch
 * it goes wrong, there the call that is tried ends in whatever way, and there it is looked at. The trunk goes on as if
 * nothing could go wrong, and ends itself with its last number.
 *
 * _Fork runs none of the handlers that fork() runs: a branch is the same program at the same place, not a child that
 * the program has made. But it has only the thread that forked. So a branch must not need another, nor a mutex that
 * another may hold at that moment, and what waits for a time is to be given enough of it.
 *
 * Places are told apart by the return addresses of midflight._engine on the C stack. A table that all processes share
 * knows those seen; with MIDFLIGHT_PLACES it is that file, and knows those of other programs with the same build.
 * Both read and write the same open files: the trunk puts their offsets back. Must not: allocate, or touch an object,
 * where a number comes. */
#include "testing/testing.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

#define PLACES (1u << 22) /* bits */
#define FILES 64          /* whose offsets are kept: the first ones */

/* Written with the GIL held, as numbers are counted. */
static struct {
    long first, last, step; /* step 0: nothing branches */
    long number;            /* of this branch; 0: the trunk */
    unsigned limit;         /* seconds for a branch */
    int report;             /* where the trunk writes what became of branches that end otherwise than with 0 */
    bool only_new;          /* only where no branch was before */
    bool is_new;            /* is this such a place? */
    _Atomic unsigned *seen; /* shared; never unmapped */
} branches;

static _Unwind_Reason_Code add_address(struct _Unwind_Context *context, void *arg)
{
    uint64_t *place = arg;
    uintptr_t offset = memory_offset_of(_Unwind_GetIP(context));
    if (offset) {
        *place = (*place ^ offset) * 0x9E3779B97F4A7C15ull;
        *place ^= *place >> 29;
    }
    return _URC_NO_REASON;
}

/* Is this the first time that anybody is here? */
static bool is_new_place(void)
{
    uint64_t place = 0;
    _Unwind_Backtrace(add_address, &place);
    unsigned bit = (unsigned)(place >> 20) % PLACES, mask = 1u << bit % 32;
    return !(atomic_fetch_or(&branches.seen[bit / 32], mask) & mask);
}

/* Of the only one that is tried: the functions on the C stack, or their addresses. */
static void say_where(void)
{
    void *addresses[64];
    backtrace_symbols_fd(addresses, backtrace(addresses, 64), STDERR_FILENO);
}

/* The offsets of what is open, in the trunk's own numbers; -1: there is none. */
static void note_offsets(off_t offsets[FILES])
{
    for (int fd = 0; fd < FILES; fd++) {
        offsets[fd] = lseek(fd, 0, SEEK_CUR);
    }
}

static void restore_offsets(const off_t offsets[FILES])
{
    for (int fd = 0; fd < FILES; fd++) {
        if (offsets[fd] >= 0) {
            (void)lseek(fd, offsets[fd], SEEK_SET);
        }
    }
}

static void wait_for(pid_t branch, long number)
{
    int status = 0;
    pid_t ended;
    do {
        ended = waitpid(branch, &status, 0);
    } while (ended < 0 && errno == EINTR);
    if (ended == branch && status == 0) {
        return;
    }
    char line[96];
    int n = snprintf(line, sizeof line, "%ld 0 0 wrong: ended with status %d, signal %d\n", number,
                     ended == branch && WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                     ended == branch && WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    syscall(SYS_write, branches.report, line, (size_t)n); /* not write(), which may be what is counted */
}

bool branches_at(long number)
{
    if (!branches.step || branches.number || number < branches.first ||
        (number - branches.first) % branches.step != 0) {
        return false;
    }
    if (number > branches.last) {
        _exit(0);
    }
    branches.is_new = is_new_place();
    if (branches.only_new && !branches.is_new) {
        return false;
    }
    off_t offsets[FILES];
    note_offsets(offsets);
    pid_t branch = _Fork();
    if (branch == 0) {
        branches.number = number;
        if (branches.first == branches.last) {
            say_where();
        }
        alarm(branches.limit);
        return true;
    }
    if (branch < 0) {
        _exit(1);
    }
    wait_for(branch, number);
    restore_offsets(offsets);
    return false;
}

static PyObject *branches_begin(PyObject *module, PyObject *args)
{
    (void)module;
    int only_new;
    if (!PyArg_ParseTuple(args, "lllpIi", &branches.first, &branches.last, &branches.step, &only_new, &branches.limit,
                          &branches.report)) {
        return NULL;
    }
    branches.only_new = only_new;
    Py_RETURN_NONE;
}

static PyObject *branches_number(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return Py_BuildValue("(lN)", branches.number, PyBool_FromLong(branches.is_new));
}

static PyObject *branches_address(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyLong_FromVoidPtr((void *)branches_at);
}

static PyMethodDef methods[] = {
    {"branch", branches_begin, METH_VARARGS,
     "branch(first, last, step, only new places, limit, fd): from now on each of these numbers has a process of its "
     "own, "
     "for so many seconds; a line 'number 0 0 wrong: ...' is written to fd for what ends otherwise than with 0"},
    {"branched", branches_number, METH_NOARGS, "branched() -> (number of this branch or 0, nobody was there before)"},
    {"branch_address", branches_address, METH_NOARGS, "branch_address() -> of the C function that counts"},
    {NULL, NULL, 0, NULL},
};

int branches_add(PyObject *module)
{
    const char *path = getenv("MIDFLIGHT_PLACES");
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (path && (fd < 0 || ftruncate(fd, PLACES / 8) < 0)) {
        PyErr_SetFromErrnoWithFilename(PyExc_OSError, path);
        return -1;
    }
    void *seen = mmap(NULL, PLACES / 8, PROT_READ | PROT_WRITE, MAP_SHARED | (path ? 0 : MAP_ANONYMOUS), fd, 0);
    if (fd >= 0) {
        close(fd);
    }
    if (seen == MAP_FAILED) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    branches.seen = seen;
    return PyModule_AddFunctions(module, methods);
}
