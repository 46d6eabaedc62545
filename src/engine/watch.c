/* One thread in poll(2) on an inotify descriptor and an event descriptor. Events say only that it is time to look: what
 * is true is asked of the files (repoint.c), so a lost or doubled event changes nothing.
 *
 * The thread takes the GIL when it has something to look at. Whoever waits for its end gives the GIL up meanwhile.
 * Descriptors are checked before they are read: programs that become daemons close whatever is open. */
#include "engine/watch.h"

#include "engine/kept.h"
#include "engine/repoint.h"

#include "base/thread.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#define EVENTS (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF)
#define TREE_FOLDERS 4096 /* of one editable install: the kernel has a limit of its own, for all of a user */
#define AGAIN_MS 1000     /* without events: descriptors may have been closed, inotify may be short of watches */

struct watcher {
    struct thread thread;
    pid_t process; /* that it runs in: a fork takes no thread along */
    atomic_bool stop;
};

static struct {
    bool registered;     /* what forks and the exit call */
    bool wanted;         /* it was started, and goes on after forks */
    bool over;           /* the interpreter ends */
    struct watcher *now; /* owned; NULL: no thread runs, or it was told to end and who did that waits for it */
    int inotify, wake;
} watch = {.inotify = -1, .wake = -1};

/* Is this descriptor still what it was? */
static bool is_ours(int fd, const char *kind)
{
    char link[64], path[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = fd < 0 ? -1 : readlink(link, path, sizeof path - 1);
    path[n < 0 ? 0 : n] = '\0';
    return strstr(path, kind) != NULL;
}

/* 0 or -errno. */
static int open_files(void)
{
    if (!is_ours(watch.inotify, "inotify") && (watch.inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) < 0) {
        return -errno;
    }
    if (!is_ours(watch.wake, "eventfd") && (watch.wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) < 0) {
        return -errno;
    }
    return 0;
}

/* The folders of a source tree: files in them are written in place. */
static void add_tree(const struct vault_entry *entry)
{
    char folder[PATH_MAX] = "";
    int n = 0;
    for (size_t i = 0; i < entry->n_files && n < TREE_FOLDERS; i++) {
        const struct vault_file *file = &entry->files[i];
        const char *slash = strrchr(file->path, '/');
        size_t length = slash ? (size_t)(slash - file->path) : 0;
        if (!(file->flags & DISK_FILE_TREE) || length >= sizeof folder ||
            (strncmp(folder, file->path, length) == 0 && folder[length] == '\0')) {
            continue;
        }
        memcpy(folder, file->path, length);
        folder[length] = '\0';
        (void)inotify_add_watch(watch.inotify, folder, EVENTS);
        n++;
    }
}

/* GIL held. A folder that is watched already is not watched twice. */
static void add_all(void)
{
    for (const struct keep *keep = kept_first(); keep; keep = keep->next) {
        (void)inotify_add_watch(watch.inotify, keep->root, EVENTS);
        (void)inotify_add_watch(watch.inotify, keep->metadata_dir, EVENTS);
        if (!keep->taken) {
            add_tree(keep->entry); /* only editable installs have one */
        }
    }
}

static void look(const struct watcher *watcher)
{
    PyGILState_STATE state = PyGILState_Ensure();
    if (!atomic_load(&watcher->stop)) {
        add_all();
        if (repoint_all() < 0) {
            PyErr_WriteUnraisable(NULL);
        }
    }
    PyGILState_Release(state);
}

static void drain(void)
{
    char events[4096];
    uint64_t count;
    while (is_ours(watch.inotify, "inotify") && read(watch.inotify, events, sizeof events) > 0) {
    }
    if (is_ours(watch.wake, "eventfd")) {
        (void)!read(watch.wake, &count, sizeof count);
    }
}

static void run(void *arg)
{
    const struct watcher *watcher = arg;
    look(watcher);
    while (!atomic_load(&watcher->stop)) {
        struct pollfd files[2] = {{watch.inotify, POLLIN, 0}, {watch.wake, POLLIN, 0}};
        int n = poll(files, 2, AGAIN_MS);
        bool lost = !is_ours(watch.inotify, "inotify") || !is_ours(watch.wake, "eventfd");
        if (lost) {
            (void)open_files(); /* if it cannot, it is tried again after AGAIN_MS */
        }
        if (n > 0 || lost) {
            drain();
            if (!atomic_load(&watcher->stop)) {
                look(watcher);
            }
        }
    }
}

/* Any thread. */
static void wake(void)
{
    uint64_t one = 1;
    if (is_ours(watch.wake, "eventfd")) {
        (void)!write(watch.wake, &one, sizeof one);
    }
}

/* In a child of a fork that Python's hooks did not see: the thread is the parent's. */
static void settle_process(void)
{
    if (watch.now && watch.now->process != getpid()) {
        free(watch.now);
        watch.now = NULL;
    }
}

/* GIL held. */
static int begin(void)
{
    settle_process();
    if (watch.now) {
        return 0;
    }
    int failed = open_files();
    if (failed < 0) {
        return failed;
    }
    struct watcher *watcher = calloc(1, sizeof *watcher);
    if (!watcher) {
        return -ENOMEM;
    }
    watcher->process = getpid();
    failed = thread_begin(&watcher->thread, "midflight-watch", 0, run, watcher);
    if (failed < 0) {
        free(watcher);
        return failed;
    }
    watch.now = watcher;
    return 0;
}

/* The GIL is given up: another thread may begin a new one meanwhile, which has a `stop` of its own. */
static void end(void)
{
    settle_process();
    struct watcher *watcher = watch.now;
    if (!watcher) {
        return;
    }
    watch.now = NULL;
    atomic_store(&watcher->stop, true);
    wake();
    Py_BEGIN_ALLOW_THREADS;
    thread_join(&watcher->thread);
    Py_END_ALLOW_THREADS;
    free(watcher);
}

void watch_more(void)
{
    if (watch.wanted) {
        wake();
    }
}

/* ---- forks and the end ---- */

static int go_on(void *unused)
{
    (void)unused;
    if (watch.wanted) {
        (void)begin(); /* without it, late imports are still served */
    }
    return 0;
}

static PyObject *before_fork(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    end();
    Py_RETURN_NONE;
}

static PyObject *after_fork(PyObject *self, PyObject *unused)
{
    (void)unused;
    if (self == Py_True) { /* in the child: events of a shared descriptor would be lost to the parent */
        if (is_ours(watch.inotify, "inotify")) {
            close(watch.inotify);
        }
        watch.inotify = -1;
        if (is_ours(watch.wake, "eventfd")) {
            close(watch.wake);
        }
        watch.wake = -1;
    }
    (void)Py_AddPendingCall(go_on, NULL);
    Py_RETURN_NONE;
}

static PyObject *at_exit(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    watch.wanted = false;
    watch.over = true;
    end();
    Py_RETURN_NONE;
}

static PyMethodDef before = {"midflight_watch_before_fork", before_fork, METH_NOARGS, NULL};
static PyMethodDef after = {"midflight_watch_after_fork", after_fork, METH_NOARGS, NULL};
static PyMethodDef last = {"midflight_watch_at_exit", at_exit, METH_NOARGS, NULL};

static int register_hooks(void)
{
    OWN_REF posix = PyImport_ImportModule("posix");
    OWN_REF add = posix ? PyObject_GetAttrString(posix, "register_at_fork") : NULL;
    OWN_REF first = add ? PyCFunction_New(&before, NULL) : NULL;
    OWN_REF parent = first ? PyCFunction_New(&after, Py_False) : NULL;
    OWN_REF child = parent ? PyCFunction_New(&after, Py_True) : NULL;
    OWN_REF none = child ? PyTuple_New(0) : NULL;
    OWN_REF names =
        none ? Py_BuildValue("{s:O,s:O,s:O}", "before", first, "after_in_parent", parent, "after_in_child", child)
             : NULL;
    OWN_REF added = names ? PyObject_Call(add, none, names) : NULL;
    OWN_REF atexit = added ? PyImport_ImportModule("atexit") : NULL;
    OWN_REF end_of_all = atexit ? PyCFunction_New(&last, NULL) : NULL;
    OWN_REF done = end_of_all ? PyObject_CallMethod(atexit, "register", "O", end_of_all) : NULL;
    return done ? 0 : -1;
}

int watch_start(void)
{
    if (watch.over) {
        return 0;
    }
    if (!watch.registered && register_hooks() < 0) {
        return -1;
    }
    watch.registered = true;
    int failed = begin(); /* also when it was started before: after a fork there may have been no thread to be had */
    if (failed < 0) {
        errno = -failed;
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    watch.wanted = true;
    return 0;
}
