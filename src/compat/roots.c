/* The table of C roots: a reference held by one of these words would look like one held by native code. Invariant: only
 * words that own a reference are visited. Must not: follow anything. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/roots.h"

#include "compat/threads.h"

#include <internal/pycore_interp.h> /* with the atexit state */
#include <internal/pycore_runtime.h>

#if PY_VERSION_HEX >= 0x030c0000
typedef atexit_py_callback exit_callback;
#else
typedef atexit_callback exit_callback;
#endif

static int each_exit(roots_visit visit, void *arg)
{
    struct atexit_state *state = &PyInterpreterState_Get()->atexit;
    int stop = 0;
    for (int i = 0; i < state->ncallbacks && !stop; i++) {
        exit_callback *callback = state->callbacks[i];
        if (!callback) {
            continue; /* unregistered */
        }
        PyObject **words[] = {&callback->func, &callback->args, &callback->kwargs};
        for (int j = 0; j < 3 && !stop; j++) {
            stop = *words[j] ? visit(words[j], "an atexit callback", arg) : 0;
        }
    }
    return stop;
}

static int each_signal(roots_visit visit, void *arg)
{
    int stop = 0;
#if PY_VERSION_HEX >= 0x030c0000
    for (int i = 1; i < Py_NSIG && !stop; i++) {
        PyObject **word = (PyObject **)(uintptr_t)&_PyRuntime.signals.handlers[i].func;
        stop = *word ? visit(word, "a signal handler", arg) : 0;
    }
#else
    (void)visit;
    (void)arg;
#endif
    return stop;
}

static int each_thread(roots_visit visit, void *arg)
{
    int stop = 0;
    PyThreadState *thread = threads_first();
    for (; thread && !stop; thread = PyThreadState_Next(thread)) {
        PyObject **words[] = {&thread->c_profileobj, &thread->c_traceobj, &thread->async_gen_firstiter,
                              &thread->async_gen_finalizer};
        for (size_t i = 0; i < sizeof words / sizeof *words && !stop; i++) {
            stop = *words[i] ? visit(words[i], "a thread's hook", arg) : 0;
        }
    }
    return stop;
}

int roots_each(roots_visit visit, void *arg)
{
    int (*const tables[])(roots_visit, void *) = {each_exit, each_signal, each_thread};
    int stop = 0;
    for (size_t i = 0; i < sizeof tables / sizeof *tables && !stop; i++) {
        stop = tables[i](visit, arg);
    }
    return stop;
}
