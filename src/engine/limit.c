/* A thread of our own watches the time. When it is up it interrupts the thread that imports, in one of two ways:
 *
 * - the main thread by a signal (SIGURG, which means nothing unless a program asks for it, and is left alone if one
 * does). Its handler raises. CPython's waits (sleep, locks, sockets, pipes, child processes) end when a signal comes,
 * run its handler, and raise what that raises. So the main thread can be cut off wherever it does not keep the GIL.
 * - any other thread by PyThreadState_SetAsyncExc, which is raised between two instructions of Python code: a loop
 * ends, a wait in C does not. Waits in time.sleep and threading.Condition look for themselves (guard.c); a lock, a
 * socket or a child process is waited for to the end.
 *
 * Invariant: after limit_end neither of the two is pending, whatever was raised when.
 * Must not: interrupt what undoes staging. */
#include "engine/limit.h"

#include "compat/signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define AGAIN_FIRST 0.05 /* seconds until it is raised again: the first may have been caught, or hit a cleanup */
#define AGAIN_LAST 1.0
#define FOR_EVER 1e9 /* seconds: more nanoseconds would not fit */

/* Guarded by the GIL, except what the mutex guards. Process-wide: a signal handler has no state of its own. */
static struct {
    PyObject *exception; /* owned for ever: the class */
    PyObject *handler;   /* owned for ever: the signal handler */
    PyObject *before;    /* owned: the program's handler of that signal; NULL: the signal is not used */
    bool running, up;
    unsigned long thread;      /* as Python counts them, */
    pthread_t native, watcher; /* and as the system does */
    struct timespec end;       /* the watcher's own, once it runs */
    pthread_mutex_t mutex;
    pthread_cond_t stopped;
    bool stop; /* guarded by the mutex */
} limit;

/* ---- raising ---- */

bool limit_is_up(void)
{
    return limit.running && limit.up;
}

bool limit_must_look(void)
{
    return limit.running && !limit.before;
}

void limit_raise(void)
{
    PyErr_SetString(limit.exception, "the import of the new version takes longer than it may");
}

bool limit_raised(PyObject *exception)
{
    return Py_IS_TYPE(exception, (PyTypeObject *)limit.exception);
}

static PyObject *on_signal(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args))
{
    if (limit_is_up()) {
        limit_raise();
        return NULL;
    }
    Py_RETURN_NONE;
}

static void add_seconds(struct timespec *at, double seconds)
{
    int64_t nanoseconds = at->tv_nsec + (int64_t)((seconds < FOR_EVER ? seconds : FOR_EVER) * 1e9);
    at->tv_sec += (time_t)(nanoseconds / 1000000000);
    at->tv_nsec = (long)(nanoseconds % 1000000000);
}

/* By the watcher, which has no lock. */
static void interrupt(void)
{
    PyGILState_STATE state = PyGILState_Ensure();
    if (limit.running) {
        limit.up = true;
        if (limit.before) {
            pthread_kill(limit.native, SIGURG);
        } else {
            PyThreadState_SetAsyncExc(limit.thread, limit.exception);
        }
    }
    PyGILState_Release(state);
}

static void *watch(void *unused)
{
    double again = AGAIN_FIRST;
    pthread_mutex_lock(&limit.mutex);
    while (!limit.stop) {
        if (pthread_cond_timedwait(&limit.stopped, &limit.mutex, &limit.end) != ETIMEDOUT || limit.stop) {
            continue;
        }
        pthread_mutex_unlock(&limit.mutex);
        interrupt();
        clock_gettime(CLOCK_MONOTONIC, &limit.end);
        add_seconds(&limit.end, again);
        again = again < AGAIN_LAST ? again * 2 : again;
        pthread_mutex_lock(&limit.mutex);
    }
    pthread_mutex_unlock(&limit.mutex);
    return unused;
}

/* ---- the signal ---- */

/* Gives SIGURG the handler. What was there before if that could be done and may be. New reference; NULL: the signal is
 * not to be used; with an exception set only for lack of memory. */
static PyObject *take_signal(void)
{
    OWN_REF module = signals_is_main_thread() ? PyImport_ImportModule("_signal") : NULL;
    OWN_REF before = module ? PyObject_CallMethod(module, "getsignal", "i", SIGURG) : NULL;
    OWN_REF is_default = before ? PyObject_GetAttrString(module, "SIG_DFL") : NULL;
    OWN_REF is_ignored = is_default ? PyObject_GetAttrString(module, "SIG_IGN") : NULL;
    if (!is_ignored ||
        (before != is_default && before != is_ignored && PyObject_RichCompareBool(before, is_default, Py_EQ) != 1 &&
         PyObject_RichCompareBool(before, is_ignored, Py_EQ) != 1)) {
        return NULL;
    }
    OWN_REF done = PyObject_CallMethod(module, "signal", "iO", SIGURG, limit.handler);
    if (!done && !short_of_memory()) {
        PyErr_Clear(); /* a number that this system keeps for itself */
    }
    return done ? STEAL(before) : NULL;
}

static void give_signal_back(void)
{
    OWN_REF before = limit.before;
    limit.before = NULL;
    OWN_REF module = before ? PyImport_ImportModule("_signal") : NULL;
    for (bool again = module != NULL; again;) {
        OWN_REF done = PyObject_CallMethod(module, "signal", "iO", SIGURG, before);
        again = !done && (signals_raised() || !PyErr_ExceptionMatches(PyExc_Exception));
        if (again) {
            signals_postpone(); /* the setter runs handlers first, and has set nothing if one raises */
        }
    }
    PyErr_Clear(); /* if it could not be set, the handler does nothing from now on */
}

/* ---- beginning and end ---- */

static int init_locks(void)
{
    pthread_condattr_t attributes;
    int failed = pthread_condattr_init(&attributes);
    failed = failed ? failed : pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    failed = failed ? failed : pthread_cond_init(&limit.stopped, &attributes);
    return failed ? failed : pthread_mutex_init(&limit.mutex, NULL);
}

int limit_start(void)
{
    static PyMethodDef method = {"staging_limit", on_signal, METH_VARARGS, NULL};
    limit.exception = PyErr_NewExceptionWithDoc("midflight.StagingTimeout",
                                                "Raised in the import of a new version that takes too long.",
                                                PyExc_BaseException, NULL);
    limit.handler = limit.exception ? PyCFunction_New(&method, NULL) : NULL;
    if (limit.handler && init_locks() != 0) {
        PyErr_NoMemory();
        return -1;
    }
    return limit.handler ? 0 : -1;
}

static int start_watcher(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the program's threads */
    int failed = pthread_create(&limit.watcher, NULL, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

int limit_begin(double seconds)
{
    if (seconds <= 0) {
        return 0;
    }
    limit.before = take_signal();
    if (PyErr_Occurred()) {
        return -1;
    }
    limit.thread = PyThread_get_thread_ident();
    limit.native = pthread_self();
    limit.stop = limit.up = false;
    clock_gettime(CLOCK_MONOTONIC, &limit.end);
    add_seconds(&limit.end, seconds);
    int failed = start_watcher();
    if (failed) {
        give_signal_back();
        PyErr_Format(PyExc_OSError, "no thread can be started to watch the time: %s", strerror(failed));
        return -1;
    }
    limit.running = true;
    return 0;
}

static void stop_watcher(void)
{
    Py_BEGIN_ALLOW_THREADS pthread_mutex_lock(&limit.mutex);
    limit.stop = true;
    pthread_cond_signal(&limit.stopped);
    pthread_mutex_unlock(&limit.mutex);
    pthread_join(limit.watcher, NULL);
    Py_END_ALLOW_THREADS
}

bool limit_end(void)
{
    if (!limit.running) {
        return false;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    limit.running = false;
    stop_watcher();
    if (limit.up && !limit.before) {
        PyThreadState_SetAsyncExc(limit.thread, NULL);
    }
    int raised = PyErr_CheckSignals(); /* ours does nothing any more; the program's may */
    PyObject *other = raised ? PyErr_Occurred() : NULL;
    if (other) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        PyErr_Fetch(&type, &value, &traceback);
    }
    give_signal_back();
    PyErr_Restore(type, value, traceback);
    return limit.up;
}

void limit_after_fork(void)
{
    if (!limit.running) {
        return;
    }
    limit.running = false;
    (void)init_locks(); /* initialising what was initialised before takes nothing */
    give_signal_back();
}
