/* Threads of native code that come to Python and go again, each time as a new thread to CPython, which is entered in
 * the interpreter's list without the GIL. */
#include "compat/frame.h"
#include "testing/testing.h"

#include <pthread.h>
#include <stdatomic.h>

#define MAX_STRANGERS 8

static struct {
    pthread_t threads[MAX_STRANGERS];
    int n;
    atomic_bool stop;
    atomic_ulong visits;
} strangers;

static void *come_and_go(void *unused)
{
    (void)unused;
    while (!atomic_load(&strangers.stop)) {
        PyGILState_Release(PyGILState_Ensure());
        atomic_fetch_add(&strangers.visits, 1);
    }
    return NULL;
}

/* strangers_begin(n) */
static PyObject *strangers_begin(PyObject *self, PyObject *args)
{
    (void)self;
    int n;
    if (!PyArg_ParseTuple(args, "i", &n)) {
        return NULL;
    }
    atomic_store(&strangers.stop, false);
    while (strangers.n < n && strangers.n < MAX_STRANGERS) {
        if (pthread_create(&strangers.threads[strangers.n], NULL, come_and_go, NULL) != 0) {
            return PyErr_NoMemory();
        }
        strangers.n++;
    }
    Py_RETURN_NONE;
}

/* strangers_end() -> how often they came */
static PyObject *strangers_end(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    atomic_store(&strangers.stop, true);
    Py_BEGIN_ALLOW_THREADS;
    while (strangers.n > 0) {
        pthread_join(strangers.threads[--strangers.n], NULL);
    }
    Py_END_ALLOW_THREADS;
    return PyLong_FromUnsignedLong(atomic_load(&strangers.visits));
}

static int is_mine(frame *f, PyThreadState *thread, void *ret_own)
{
    (void)f;
    *(bool *)ret_own = *(bool *)ret_own || thread == PyThreadState_Get();
    return 0;
}

/* walks(n) -> in how many of n walks over all threads' frames the caller's own were missing */
static PyObject *strangers_walks(PyObject *self, PyObject *args)
{
    (void)self;
    long n, missing = 0;
    if (!PyArg_ParseTuple(args, "l", &n)) {
        return NULL;
    }
    for (long i = 0; i < n; i++) {
        bool own = false;
        if (frame_each(is_mine, &own) != 0) {
            return NULL;
        }
        missing += !own;
    }
    return PyLong_FromLong(missing);
}

static PyMethodDef methods[] = {
    {"strangers_begin", strangers_begin, METH_VARARGS, NULL},
    {"strangers_end", strangers_end, METH_NOARGS, NULL},
    {"walks", strangers_walks, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

int strangers_add(PyObject *module)
{
    return PyModule_AddFunctions(module, methods);
}
