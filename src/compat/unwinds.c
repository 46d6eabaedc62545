/* One table for all counts: import name -> the list [n] of who counts it. An exception that goes from one function to
 * its caller is counted if the function's module is in the table and the caller's is not under the same count.
 *
 * Invariant: `hooked` as long as `counts` is not empty. Must not raise into the program, or change the exception that
 * is on its way. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/unwinds.h"

#include "compat/frame.h"

#include <internal/pycore_frame.h>

static PyObject *counts;  /* owned, NULL at first: list of [n] that are being counted */
static PyObject *by_name; /* owned, NULL at first: dict import name -> [n] */
static bool hooked;

static int hook(void);
static void unhook(void);

/* ---- whose ---- */

/* The count of the module that this namespace is of: borrowed, or NULL. */
static PyObject *count_of(PyObject *globals)
{
    PyObject *name = globals && PyDict_Check(globals) ? PyDict_GetItemString(globals, "__name__") : NULL;
    OWN_REF at = name && PyUnicode_CheckExact(name) ? Py_NewRef(name) : NULL;
    while (at) {
        PyObject *count = PyDict_GetItemWithError(by_name, at);
        Py_ssize_t dot = count ? -1 : PyUnicode_FindChar(at, '.', 0, PyUnicode_GET_LENGTH(at), -1);
        if (count || dot < 0) {
            return count;
        }
        PyObject *parent = PyUnicode_Substring(at, 0, dot);
        Py_SETREF(at, parent);
    }
    return NULL;
}

static bool is_error(PyObject *exception)
{
    PyObject *const flow[] = {PyExc_StopIteration, PyExc_StopAsyncIteration};
    bool error = PyErr_GivenExceptionMatches(exception, PyExc_Exception);
    for (size_t i = 0; i < sizeof flow / sizeof *flow; i++) {
        error = error && !PyErr_GivenExceptionMatches(exception, flow[i]);
    }
    return error;
}

/* An exception goes from code of one namespace to that of another (NULL: to C code). Any exception that is set stays.
 */
static void count_step(PyObject *exception, PyObject *from, PyObject *to)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *count = by_name && is_error(exception) ? count_of(from) : NULL;
    if (count && (!to || count_of(to) != count)) {
        OWN_REF one = PyLong_FromLong(1);
        PyObject *more = one ? PyNumber_Add(PyList_GET_ITEM(count, 0), one) : NULL;
        if (more && PyList_SetItem(count, 0, more) < 0) {
            PyErr_Clear();
        }
    }
    PyErr_Clear(); /* one that is not counted for lack of memory */
    PyErr_Restore(type, value, traceback);
}

/* ---- hooks ---- */

#if PY_VERSION_HEX >= 0x030c0000

#define TOOL_NAME "midflight"

static long tool = -1; /* our id while hooked */

struct two {
    PyObject *globals[2];
    int n;
};

static int note_frame(frame *f, PyThreadState *thread, void *arg)
{
    (void)thread;
    struct two *two = arg;
    two->globals[two->n++] = frame_globals(f);
    return two->n == 2;
}

/* (code, offset, exception) of a function that is being left. */
static PyObject *left(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    (void)self;
    struct two two = {.n = 0};
    if (n_args == 3 && is_error(args[2])) {
        frame_each_of(PyThreadState_Get(), note_frame, &two);
        count_step(args[2], two.globals[0], two.globals[1]);
    }
    Py_RETURN_NONE;
}

static PyMethodDef left_method = {"left", (PyCFunction)(void (*)(void))left, METH_FASTCALL, NULL};

static PyObject *monitoring(void)
{
    PyObject *module = sys_get("monitoring");
    if (!module && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_RuntimeError, "sys.monitoring is missing");
    }
    return module;
}

/* One that no other tool uses, and that none is expected to. */
static int take_tool(PyObject *module)
{
    static const long ids[] = {3, 4};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        OWN_REF done = PyObject_CallMethod(module, "use_tool_id", "ls", ids[i], TOOL_NAME);
        if (done) {
            tool = ids[i];
            return 0;
        }
        if (!PyErr_ExceptionMatches(PyExc_ValueError)) {
            return -1;
        }
        PyErr_Clear();
    }
    PyErr_SetString(PyExc_RuntimeError,
                    "exceptions cannot be counted: other tools have both free ids of sys.monitoring");
    return -1;
}

static int hook(void)
{
    PyObject *module = monitoring();
    OWN_REF events = module ? PyObject_GetAttrString(module, "events") : NULL;
    OWN_REF unwind = events ? PyObject_GetAttrString(events, "PY_UNWIND") : NULL;
    OWN_REF function = unwind ? PyCFunction_New(&left_method, NULL) : NULL;
    if (!function || take_tool(module) < 0) {
        return -1;
    }
    OWN_REF before = PyObject_CallMethod(module, "register_callback", "lOO", tool, unwind, function);
    OWN_REF done = before ? PyObject_CallMethod(module, "set_events", "lO", tool, unwind) : NULL;
    if (!done) {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        unhook();
        PyErr_Restore(type, value, traceback);
    }
    return done ? 0 : -1;
}

static void unhook(void)
{
    PyObject *module = monitoring();
    OWN_REF events = module ? PyObject_GetAttrString(module, "events") : NULL;
    OWN_REF unwind = events ? PyObject_GetAttrString(events, "PY_UNWIND") : NULL;
    OWN_REF none = unwind ? PyObject_CallMethod(module, "set_events", "li", tool, 0) : NULL;
    OWN_REF before = none ? PyObject_CallMethod(module, "register_callback", "lOO", tool, unwind, Py_None) : NULL;
    OWN_REF done = before ? PyObject_CallMethod(module, "free_tool_id", "l", tool) : NULL;
    if (!done) {
        PyErr_WriteUnraisable(NULL);
    }
    tool = -1;
}

#else

#define DEEP 1000 /* each Python call takes a piece of the C stack: a thread that recurses deeper is not looked at */

static _PyFrameEvalFunction previous; /* what was set before, while hooked */

static void set_eval(_PyFrameEvalFunction from, _PyFrameEvalFunction to)
{
    PyInterpreterState *interpreter = PyInterpreterState_Get();
    if (_PyInterpreterState_GetEvalFrameFunc(interpreter) == from) {
        _PyInterpreterState_SetEvalFrameFunc(interpreter, to);
    }
}

static PyObject *eval(PyThreadState *thread, struct _PyInterpreterFrame *f, int throwflag)
{
    _PyFrameEvalFunction next =
        previous ? previous : _PyEval_EvalFrameDefault; /* it may have been unhooked meanwhile */
    bool deep = thread->recursion_limit - thread->recursion_remaining > DEEP;
    if (deep) {
        set_eval(eval, next);
    }
    OWN_REF globals = Py_NewRef(f->f_globals);
    PyObject *result = next(thread, f, throwflag);
    if (deep && hooked) {
        set_eval(next, eval);
    }
    if (!result && hooked && PyErr_Occurred() && is_error(PyErr_Occurred())) {
        _PyInterpreterFrame *caller = thread->cframe->current_frame;
        count_step(PyErr_Occurred(), globals, caller ? caller->f_globals : NULL);
    }
    return result;
}

static int hook(void)
{
    previous = _PyInterpreterState_GetEvalFrameFunc(PyInterpreterState_Get());
    set_eval(previous, eval);
    return 0;
}

static void unhook(void)
{
    set_eval(eval, previous);
    previous = NULL;
}

#endif

/* ---- counting ---- */

static int add_names(PyObject *roots, PyObject *count)
{
    OWN_REF names = listed(roots);
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        if (PyDict_SetItem(by_name, PyList_GET_ITEM(names, i), count) < 0) {
            return -1;
        }
    }
    return names ? 0 : -1;
}

PyObject *unwinds_begin(PyObject *roots)
{
    if ((!counts && !(counts = PyList_New(0))) || (!by_name && !(by_name = PyDict_New()))) {
        return NULL;
    }
    OWN_REF count = Py_BuildValue("[i]", 0);
    if (!count || (!hooked && hook() < 0)) {
        return NULL;
    }
    hooked = true;
    if (PyList_Append(counts, count) < 0 || add_names(roots, count) < 0) {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        unwinds_end(count);
        PyErr_Restore(type, value, traceback);
        return NULL;
    }
    return STEAL(count);
}

void unwinds_end(PyObject *count)
{
    PyObject *name, *value;
    OWN_REF names = by_name ? PyDict_Copy(by_name) : NULL;
    for (Py_ssize_t i = 0; names && PyDict_Next(names, &i, &name, &value);) {
        if (value == count && PyDict_DelItem(by_name, name) < 0) {
            PyErr_Clear(); /* it is there */
        }
    }
    for (Py_ssize_t i = counts ? PyList_GET_SIZE(counts) : 0; i > 0; i--) {
        if (PyList_GET_ITEM(counts, i - 1) == count && PyList_SetSlice(counts, i - 1, i, NULL) < 0) {
            PyErr_Clear(); /* taking one out needs no memory */
        }
    }
    if (hooked && PyList_GET_SIZE(counts) == 0) {
        hooked = false;
        unhook();
    }
    PyErr_Clear();
}
