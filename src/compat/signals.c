/* CPython runs handlers in the thread that the runtime calls its main thread. While that is said to be none, no thread
 * runs any; a signal that arrives meanwhile stays noted.
 *
 * Invariant: `main_thread` is the real one's again before the thread that held it leaves midflight. A child that is
 * forked meanwhile gets its own from CPython. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/signals.h"

#include <internal/pycore_runtime.h>
#include <signal.h>

static unsigned long holder; /* the main thread's number while it holds handlers back, else 0; guarded by the GIL */
static PyObject *postponed;  /* owned: what a handler raised, to be raised by signals_allow; or NULL */

static bool holds(void)
{
    return holder && holder == PyThread_get_thread_ident() && _PyRuntime.main_thread == 0;
}

bool signals_is_main_thread(void)
{
    return holds() || _PyRuntime.main_thread == PyThread_get_thread_ident();
}

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

bool signals_hold(void)
{
    unsigned long self = PyThread_get_thread_ident();
    if (_PyRuntime.main_thread != self) {
        return false;
    }
#if PY_VERSION_HEX < 0x030c0000
    if (PyThreadState_Get()->cframe->use_tracing) {
        return false; /* a traced function begins when nothing is pending any more: with nobody to run it, never */
    }
#endif
    holder = self;
    _PyRuntime.main_thread = 0;
    return true;
}

bool signals_pause(void)
{
    if (!holds()) {
        return false;
    }
    _PyRuntime.main_thread = holder;
    holder = 0;
    (void)Py_AddPendingCall(nothing, NULL); /* calls that were put off are looked for again */
    return true;
}

void signals_resume(bool paused)
{
    if (paused) {
        (void)signals_hold();
    }
}

/* An exception set before is kept, unless a handler raises another. */
static int run_handlers(void)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (PyErr_CheckSignals() < 0) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        return -1;
    }
    PyErr_Restore(type, value, traceback);
    return 0;
}

int signals_allow(bool held)
{
    int result = held && signals_pause() ? run_handlers() : 0;
    if (result < 0) {
        Py_CLEAR(postponed); /* the last one counts; a later upgrade has nothing to do with it */
    }
    if (result < 0 || postponed == NULL || !signals_is_main_thread()) {
        return result;
    }
    PyObject *raised = postponed;
    postponed = NULL;
    PyErr_Clear(); /* as if the handler had raised now */
    PyErr_SetObject((PyObject *)Py_TYPE(raised), raised);
    Py_DECREF(raised);
    return -1;
}

void signals_postpone(void)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL) {
        (void)PyException_SetTraceback(value, traceback);
    }
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    Py_XSETREF(postponed, value);
}

int signals_deliver(void)
{
    bool paused = signals_pause();
    int result = run_handlers();
    signals_resume(paused);
    return result;
}

/* Does the function that handles a signal have this code? */
static bool handles_signals(PyObject *code)
{
    OWN_REF module = PyImport_ImportModule("_signal");
    bool does = false;
    for (int number = 1; module != NULL && number < NSIG && !does; number++) {
        OWN_REF handler = PyObject_CallMethod(module, "getsignal", "i", number);
        PyObject *function = handler != NULL && PyMethod_Check(handler) ? PyMethod_GET_FUNCTION(handler) : handler;
        does = function != NULL && PyFunction_Check(function) && PyFunction_GET_CODE(function) == code;
        PyErr_Clear(); /* a number that no signal has */
    }
    PyErr_Clear();
    return does;
}

bool signals_raised(void)
{
    PyObject *type, *value, *traceback;
    bool raised = false;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    for (PyTracebackObject *at = (PyTracebackObject *)traceback; at != NULL && !raised; at = at->tb_next) {
        OWN_REF code = (PyObject *)PyFrame_GetCode(at->tb_frame);
        raised = handles_signals(code);
    }
    PyErr_Restore(type, value, traceback);
    return raised;
}
