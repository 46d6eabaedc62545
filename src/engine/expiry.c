/* One thread sleeps in the kernel until the next generation expires, takes the GIL to let go of it, and ends when
 * nothing is left that could expire. While nothing is kept for a limited time there is none.
 *
 * The thread ends at the interpreter's exit: an atexit callback tells it so and waits for it, without the GIL. A forked
 * child has no such thread; the next generation that is kept there starts one, and until then former_expire is called
 * by whoever calls midflight.
 *
 * Invariant: `expiry` is read and written with the mutex held; nobody waits for the GIL while holding it. */
#include "engine/expiry.h"

#include "engine/former.h"
#include "engine/upgrade_run.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#define RETRY_SECONDS 0.05 /* an upgrade is under way: look again after that */

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool running, stop;
    bool joinable; /* it was started and nobody has waited for its end */
    double at;     /* of the monotonic clock */
    pthread_t thread;
    bool prepared; /* written with the GIL held: mutex, handlers and callback are there */
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

static void *sleep_until_it_expires(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&expiry.mutex);
    while (!expiry.stop && expiry.at < Py_HUGE_VAL) {
        double whole = expiry.at;
        struct timespec until = {(time_t)whole, (long)((whole - (double)(time_t)whole) * 1e9)};
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
    return NULL;
}

/* At exit: the thread may wait for the GIL, so it is let go of. */
static PyObject *stop(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    Py_BEGIN_ALLOW_THREADS pthread_mutex_lock(&expiry.mutex);
    bool joinable = expiry.joinable;
    expiry.joinable = false;
    expiry.stop = true;
    pthread_cond_signal(&expiry.changed);
    pthread_mutex_unlock(&expiry.mutex);
    if (joinable) {
        pthread_join(expiry.thread, NULL);
    }
    Py_END_ALLOW_THREADS Py_RETURN_NONE;
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
    expiry.running = expiry.joinable = false;
    make_condition(); /* in the old one the parent's thread waits: it would be woken in the place of ours */
    pthread_mutex_unlock(&expiry.mutex);
}

/* Once in a process: a monotonic clock to sleep by, what a fork does, what the exit does. 0 or -1. */
static int prepare(void)
{
    static PyMethodDef at_exit = {"_stop_expiry", stop, METH_NOARGS, NULL};
    if (expiry.prepared) {
        return 0;
    }
    OWN_REF atexit = PyImport_ImportModule("atexit");
    OWN_REF function = atexit ? PyCFunction_New(&at_exit, NULL) : NULL;
    OWN_REF done = function ? PyObject_CallMethod(atexit, "register", "O", function) : NULL;
    if (!done) {
        return -1;
    }
    make_condition();
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    expiry.prepared = true;
    return 0;
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
    int failed = 0;
    pthread_mutex_lock(&expiry.mutex);
    expiry.at = next;
    if (expiry.running) {
        pthread_cond_signal(&expiry.changed);
    } else if (!expiry.stop) {
        if (expiry.joinable) {
            pthread_join(expiry.thread, NULL); /* it has given the mutex back for the last time */
        }
        failed = pthread_create(&expiry.thread, NULL, sleep_until_it_expires, NULL);
        expiry.running = expiry.joinable = !failed;
    }
    pthread_mutex_unlock(&expiry.mutex);
    if (failed) {
        errno = failed;
        PyErr_SetFromErrno(PyExc_OSError);
    }
    return failed ? -1 : 0;
}
