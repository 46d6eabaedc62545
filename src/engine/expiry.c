/* One thread sleeps in the kernel until the next generation expires, takes the GIL to let go of it, and ends when
 * nothing is left that could expire. While nothing is kept for a limited time there is none.
 *
 * The thread ends at the interpreter's exit: an atexit callback tells it so and waits for it, without the GIL. So it
 * does before a fork, because CPython counts threads (3.12 warns) and what a thread holds stays held in the child. It
 * begins again in both, from the main thread's next turn (a pending call), as the count is taken after all callbacks. A
 * fork that native code makes by itself leaves the child without; there former_expire is called by whoever calls
 * midflight.
 *
 * Invariant: `expiry` is read and written with the mutex held; nobody waits for the GIL while holding it. */
#include "engine/expiry.h"

#include "engine/former.h"
#include "engine/upgrade_run.h"

#include "base/thread.h"

#include <errno.h>
#include <time.h>

#define FOR_EVER 1e12      /* seconds: what a time_t holds, and no process lives to see */
#define RETRY_SECONDS 0.05 /* an upgrade is under way: look again after that */

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct thread thread;
    bool running, stop;
    bool joinable;    /* it was started and nobody has waited for its end */
    bool ending;      /* somebody waits for it */
    bool over;        /* the interpreter ends */
    unsigned forking; /* forks that have begun: no thread is started before they are over */
    double at;        /* of the monotonic clock */
    bool prepared;    /* written with the GIL held: mutex, handlers and callbacks are there */
} expiry = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* The moment of the next look; infinite: none is needed. Takes the GIL. */
static double look(void)
{
    PyGILState_STATE state = PyGILState_Ensure();
    bool busy = upgrade_is_busy();
    if (!busy && former_expire() < 0) {
        PyErr_WriteUnraisable(NULL);
    }
    double next = busy ? now() + RETRY_SECONDS : former_next_end();
    PyGILState_Release(state);
    return next;
}

static void sleep_until_it_expires(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&expiry.mutex);
    while (!expiry.stop && expiry.at < Py_HUGE_VAL) {
        double whole = expiry.at;
        double end = whole < FOR_EVER ? whole : FOR_EVER;
        struct timespec until = {(time_t)end, (long)((end - (double)(time_t)end) * 1e9)};
        int result = 0;
        while (!expiry.stop && expiry.at == whole && result == 0) {
            result = pthread_cond_timedwait(&expiry.changed, &expiry.mutex, &until);
        }
        if (expiry.stop || expiry.at != whole) {
            continue;
        }
        pthread_mutex_unlock(&expiry.mutex);
        double next = look();
        pthread_mutex_lock(&expiry.mutex);
        expiry.at = expiry.at != whole && expiry.at < next ? expiry.at : next;
    }
    expiry.running = false;
    pthread_mutex_unlock(&expiry.mutex);
}

/* Without the GIL, which the thread may wait for. Whoever comes second waits as well. */
static void end_thread(void)
{
    pthread_mutex_lock(&expiry.mutex);
    expiry.stop = true;
    pthread_cond_broadcast(&expiry.changed);
    while (expiry.ending) {
        pthread_cond_wait(&expiry.changed, &expiry.mutex);
    }
    if (expiry.joinable) {
        expiry.joinable = false;
        expiry.ending = true;
        pthread_mutex_unlock(&expiry.mutex);
        thread_join(&expiry.thread);
        pthread_mutex_lock(&expiry.mutex);
        expiry.ending = false;
        pthread_cond_broadcast(&expiry.changed);
    }
    pthread_mutex_unlock(&expiry.mutex);
}

static PyObject *at_exit(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    pthread_mutex_lock(&expiry.mutex);
    expiry.over = true;
    pthread_mutex_unlock(&expiry.mutex);
    Py_BEGIN_ALLOW_THREADS;
    end_thread();
    Py_END_ALLOW_THREADS;
    Py_RETURN_NONE;
}

/* ---- forks ---- */

/* A finalizer of what expires may fork, in the very thread. */
static bool is_our_thread(void)
{
    pthread_mutex_lock(&expiry.mutex);
    bool ours = expiry.running && expiry.joinable && thread_is_current(&expiry.thread);
    pthread_mutex_unlock(&expiry.mutex);
    return ours;
}

static PyObject *before_python_forks(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    pthread_mutex_lock(&expiry.mutex);
    expiry.forking++;
    pthread_mutex_unlock(&expiry.mutex);
    if (!is_our_thread()) {
        Py_BEGIN_ALLOW_THREADS;
        end_thread();
        Py_END_ALLOW_THREADS;
    }
    Py_RETURN_NONE;
}

static int go_on(void *unused)
{
    (void)unused;
    if (expiry_set() < 0) {
        PyErr_WriteUnraisable(NULL);
    }
    return 0;
}

static PyObject *after_python_forked(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    pthread_mutex_lock(&expiry.mutex);
    expiry.forking -= expiry.forking > 0; /* a child begins with none */
    pthread_mutex_unlock(&expiry.mutex);
    (void)Py_AddPendingCall(go_on, NULL); /* if it cannot: with the next generation that is kept */
    Py_RETURN_NONE;
}

/* A clock to sleep by that nobody sets. */
static void make_condition(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&expiry.changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void before_fork(void)
{
    pthread_mutex_lock(&expiry.mutex);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&expiry.mutex);
}

static void after_fork_in_child(void)
{
    expiry.running = expiry.joinable = expiry.ending = false;
    expiry.forking = 0;
    make_condition(); /* in the old one the parent's thread waits: it would be woken in the place of ours */
    pthread_mutex_unlock(&expiry.mutex);
}

static int register_fork_callbacks(void)
{
    static PyMethodDef before = {"midflight_expiry_before_fork", before_python_forks, METH_NOARGS, NULL};
    static PyMethodDef after = {"midflight_expiry_after_fork", after_python_forked, METH_NOARGS, NULL};
    OWN_REF posix = PyImport_ImportModule("posix");
    OWN_REF add = posix ? PyObject_GetAttrString(posix, "register_at_fork") : NULL;
    OWN_REF first = add ? PyCFunction_New(&before, NULL) : NULL;
    OWN_REF second = first ? PyCFunction_New(&after, NULL) : NULL;
    OWN_REF none = second ? PyTuple_New(0) : NULL;
    OWN_REF names =
        none ? Py_BuildValue("{s:O,s:O,s:O}", "before", first, "after_in_parent", second, "after_in_child", second)
             : NULL;
    OWN_REF done = names ? PyObject_Call(add, none, names) : NULL;
    return done ? 0 : -1;
}

/* Once in a process: a monotonic clock to sleep by, what a fork does, what the exit does. 0 or -1. */
static int prepare(void)
{
    static PyMethodDef exit = {"_stop_expiry", at_exit, METH_NOARGS, NULL};
    if (expiry.prepared) {
        return 0;
    }
    OWN_REF atexit = PyImport_ImportModule("atexit");
    OWN_REF function = atexit ? PyCFunction_New(&exit, NULL) : NULL;
    OWN_REF done = function ? PyObject_CallMethod(atexit, "register", "O", function) : NULL;
    if (!done || register_fork_callbacks() < 0) {
        return -1;
    }
    make_condition();
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    expiry.prepared = true;
    return 0;
}

/* With the mutex held. 0 or -errno. */
static int begin_thread(void)
{
    if (expiry.joinable) {
        thread_join(&expiry.thread); /* it has given the mutex back for the last time */
    }
    expiry.stop = false;
    int failed = thread_begin(&expiry.thread, "midflight-keep", 0, sleep_until_it_expires, NULL);
    expiry.running = expiry.joinable = failed == 0;
    return failed;
}

int expiry_set(void)
{
    double next = former_next_end();
    if (next >= Py_HUGE_VAL) {
        return 0;
    }
    if (prepare() < 0) {
        return -1;
    }
    pthread_mutex_lock(&expiry.mutex);
    bool may_begin = !expiry.over && !expiry.forking && !expiry.ending;
    expiry.at = next;
    pthread_cond_broadcast(&expiry.changed);
    int failed = !expiry.running && may_begin ? begin_thread() : 0;
    pthread_mutex_unlock(&expiry.mutex);
    if (failed < 0) {
        errno = -failed;
        PyErr_SetFromErrno(PyExc_OSError);
    }
    return failed < 0 ? -1 : 0;
}
