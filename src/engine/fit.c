/* fit: hold every sentence of the old code against the new world.
 *
 * Idea: codescan says what the code asks for; each event is looked up in the old world and in the new one. It fits as
 * long as nothing that the old world answers is missing in the new. Invariant: only what worked in the old world can be
 * a reason; code that was wrong before stays what it was. Must not run Python code: classes are read through their mro,
 * never through getattr. */
#include "engine/fit.h"

#include "compat/codescan.h"

struct check {
    const struct fit_frame *frame;
    bool nested;       /* inside a code object that the frame may make a function of */
    PyObject *removed; /* owned set */
    PyObject *why;     /* owned str, or NULL */
};

/* ---- what has which attribute ---- */

/* Borrowed; NULL when the object is neither a module nor a class, or does not have it. */
static PyObject *known_attribute(PyObject *object, PyObject *name)
{
    PyObject *value = NULL;
    if (PyModule_Check(object)) {
        value = PyDict_GetItemWithError(PyModule_GetDict(object), name);
    } else if (PyType_Check(object)) {
        value = _PyType_Lookup((PyTypeObject *)object, name);
    } else {
        return NULL;
    }
    return value != NULL ? value : _PyType_Lookup(Py_TYPE(object), name);
}

static bool has(PyTypeObject *type, const char *name)
{
    OWN_REF key = PyUnicode_FromString(name);
    return key == NULL || _PyType_Lookup(type, key) != NULL;
}

/* May it answer for names that it does not list? */
static bool answers_all(PyObject *object)
{
    bool by_hook = PyModule_Check(object) && PyDict_GetItemString(PyModule_GetDict(object), "__getattr__") != NULL;
    return by_hook || has(Py_TYPE(object), "__getattr__");
}

/* ---- would it take these arguments? ---- */

/* The Python function that a call of this object enters; *ret_before: how many arguments it gets before those of the
 * call. */
static PyFunctionObject *function_behind(PyObject *callee, int *ret_before)
{
    *ret_before = 0;
    if (PyFunction_Check(callee)) {
        return (PyFunctionObject *)callee;
    }
    if (!PyType_Check(callee) || Py_TYPE(callee)->tp_call != PyType_Type.tp_call ||
        ((PyTypeObject *)callee)->tp_new != PyBaseObject_Type.tp_new) {
        return NULL;
    }
    OWN_REF name = PyUnicode_FromString("__init__");
    PyObject *init = name != NULL ? _PyType_Lookup((PyTypeObject *)callee, name) : NULL;
    *ret_before = 1;
    return init != NULL && PyFunction_Check(init) ? (PyFunctionObject *)init : NULL;
}

/* Position of a parameter that may be given by keyword, or -1. */
static int keyword_parameter(PyCodeObject *code, PyObject *names, PyObject *keyword)
{
    for (int i = code->co_posonlyargcount; i < code->co_argcount + code->co_kwonlyargcount; i++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(names, i), keyword) == 0) {
            return i;
        }
    }
    return -1;
}

static bool is_given(const struct codescan_event *call, PyObject *name)
{
    for (Py_ssize_t i = 0; call->keywords != NULL && i < PyTuple_GET_SIZE(call->keywords); i++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(call->keywords, i), name) == 0) {
            return true;
        }
    }
    return false;
}

/* Has every parameter behind the first n_positional a value? */
static bool none_is_missing(PyFunctionObject *function, PyObject *names, int n_positional,
                            const struct codescan_event *call)
{
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    int n_defaults = function->func_defaults != NULL ? (int)PyTuple_GET_SIZE(function->func_defaults) : 0;
    for (int i = n_positional; i < code->co_argcount + code->co_kwonlyargcount; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        bool by_keyword = i >= code->co_posonlyargcount && is_given(call, name);
        bool by_default = i < code->co_argcount ? i >= code->co_argcount - n_defaults
                                                : function->func_kwdefaults != NULL &&
                                                      PyDict_GetItem(function->func_kwdefaults, name) != NULL;
        if (!by_keyword && !by_default) {
            return false;
        }
    }
    return true;
}

/* 1 yes, or not known; 0 no; -1 exception. bound: one more argument, self, comes first. */
static int takes(PyObject *callee, const struct codescan_event *call, bool bound)
{
    int before;
    PyFunctionObject *function = function_behind(callee, &before);
    if (function == NULL) {
        return 1;
    }
    PyCodeObject *code = (PyCodeObject *)function->func_code;
    OWN_REF names = PyCode_GetVarnames(code);
    if (names == NULL) {
        return -1;
    }
    int n_positional = call->n_positional + before + bound;
    if (n_positional > code->co_argcount) {
        if (!(code->co_flags & CO_VARARGS)) {
            return 0;
        }
        n_positional = code->co_argcount;
    }
    for (Py_ssize_t i = 0; call->keywords != NULL && i < PyTuple_GET_SIZE(call->keywords); i++) {
        int at = keyword_parameter(code, names, PyTuple_GET_ITEM(call->keywords, i));
        if (at < 0 ? !(code->co_flags & CO_VARKEYWORDS) : at < n_positional) {
            return 0;
        }
    }
    int n_given = n_positional < code->co_argcount ? n_positional : code->co_argcount;
    return none_is_missing(function, names, n_given, call);
}

/* ---- events ---- */

/* Notes why it does not fit (second may be left out of the format). 1 to end the scan, -1 with an exception set. */
static int misfit(struct check *check, const char *format, PyObject *first, PyObject *second)
{
    check->why = PyUnicode_FromFormat(format, first, second);
    return check->why != NULL ? 1 : -1;
}

static int check_global(struct check *check, PyObject *name)
{
    const struct fit_frame *frame = check->frame;
    bool was = PyDict_GetItemWithError(frame->old_globals, name) != NULL;
    if (!was || PyDict_GetItemWithError(frame->new_globals, name) != NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (frame->builtins != NULL && PyDict_GetItemWithError(frame->builtins, name) != NULL) {
        return 0; /* the new version uses the builtin of that name now */
    }
    if (check->nested) {
        return misfit(check, "a function inside it uses %U, which is gone", name, NULL);
    }
    return PySet_Add(check->removed, name);
}

static int check_global_use(struct check *check, const struct codescan_event *event)
{
    PyObject *old = PyDict_GetItemWithError(check->frame->old_globals, event->name);
    PyObject *new = PyDict_GetItemWithError(check->frame->new_globals, event->name);
    if (old == NULL || new == NULL || old == new) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (event->kind == CODESCAN_GLOBAL_ATTR) {
        bool was = known_attribute(old, event->attribute) != NULL;
        bool missing = was && (PyModule_Check(new) || PyType_Check(new)) && !known_attribute(new, event->attribute) &&
                       !answers_all(new);
        return missing ? misfit(check, "it uses %U.%U, which is gone", event->name, event->attribute) : 0;
    }
    int took = takes(old, event, false), takes_now = took == 1 ? takes(new, event, false) : 1;
    if (took < 0 || takes_now < 0) {
        return -1;
    }
    return takes_now == 1
               ? 0
               : misfit(check, "it calls %U with arguments that the new one does not take", event->name, NULL);
}

static int check_self_use(struct check *check, const struct codescan_event *event)
{
    const struct fit_frame *frame = check->frame;
    if (check->nested || frame->old_class == NULL || frame->new_class == NULL || frame->old_class == frame->new_class) {
        return 0;
    }
    PyObject *old = _PyType_Lookup(frame->old_class, event->attribute);
    PyObject *new = _PyType_Lookup(frame->new_class, event->attribute);
    if (old == NULL) {
        return 0;
    }
    PyObject *class_name = PyDict_GetItemString(frame->old_class->tp_dict, "__qualname__");
    if (class_name == NULL) {
        class_name = ((PyHeapTypeObject *)frame->old_class)->ht_qualname;
    }
    if (new == NULL) {
        return has(frame->new_class, "__getattr__")
                   ? 0
                   : misfit(check, "it uses %U.%U, which is gone", class_name, event->attribute);
    }
    if (event->kind != CODESCAN_SELF_CALL || !PyFunction_Check(old) || !PyFunction_Check(new)) {
        return 0;
    }
    int took = takes(old, event, true), takes_now = took == 1 ? takes(new, event, true) : 1;
    if (took < 0 || takes_now < 0) {
        return -1;
    }
    return takes_now == 1 ? 0
                          : misfit(check, "it calls %U.%U with arguments that the new one does not take", class_name,
                                   event->attribute);
}

static int check_event(const struct codescan_event *event, void *arg)
{
    struct check *check = arg;
    switch (event->kind) {
    case CODESCAN_GLOBAL:
        return check_global(check, event->name);
    case CODESCAN_GLOBAL_ATTR:
    case CODESCAN_GLOBAL_CALL:
        return check_global_use(check, event);
    case CODESCAN_SELF_ATTR:
    case CODESCAN_SELF_CALL:
        return check_self_use(check, event);
    }
    return 0;
}

/* The code, and what is nested in it: a function that the frame makes is at home in the new globals, but nobody serves
 * removed names to it. */
static int check_code(struct check *check, PyCodeObject *code, int from)
{
    int result = codescan(code, from, check_event, check);
    bool before = check->nested;
    check->nested = true;
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        if (PyCode_Check(constant)) {
            result = check_code(check, (PyCodeObject *)constant, -1);
        }
    }
    check->nested = before;
    return result;
}

int fit_check(const struct fit_frame *frame, PyObject **ret_removed, PyObject **ret_why)
{
    OWN_REF removed = PySet_New(NULL);
    struct check check = {.frame = frame, .removed = removed};
    int result = removed != NULL ? check_code(&check, frame->code, frame->from) : -1;
    if (result < 0) {
        Py_XDECREF(check.why);
        return -1;
    }
    if (check.why != NULL) {
        *ret_why = check.why;
        return 0;
    }
    *ret_removed = STEAL(removed);
    return 1;
}

int fit_code(PyCodeObject *old_code, PyObject *old_globals, PyObject *new_globals, PyObject *builtins,
             PyTypeObject *old_self_class, PyTypeObject *new_self_class, PyObject **ret_removed, PyObject **ret_why)
{
    struct fit_frame frame = {.code = old_code,
                              .from = -1,
                              .old_globals = old_globals,
                              .new_globals = new_globals,
                              .builtins = builtins,
                              .old_class = old_self_class,
                              .new_class = new_self_class};
    return fit_check(&frame, ret_removed, ret_why);
}

/* ---- an activation's own function ---- */

static int serve_removed(PyFunctionObject *function, PyObject *removed)
{
    OWN_REF builtins = PyDict_Copy(function->func_builtins);
    if (builtins == NULL || PyDict_Update(builtins, removed) < 0) {
        return -1;
    }
    Py_SETREF(function->func_builtins, STEAL(builtins));
    return 0;
}

PyObject *fit_private_function(PyObject *like, PyCodeObject *code, PyObject *new_globals, PyObject *closure,
                               PyObject *removed)
{
    PyFunctionObject *old = like != NULL && PyFunction_Check(like) ? (PyFunctionObject *)like : NULL;
    OWN_REF function =
        PyFunction_NewWithQualName((PyObject *)code, new_globals, old != NULL ? old->func_qualname : NULL);
    if (function == NULL) {
        return NULL;
    }
    PyFunctionObject *fresh = (PyFunctionObject *)function;
    if (closure != NULL && PyFunction_SetClosure(function, closure) < 0) {
        return NULL;
    }
    if (old != NULL) {
        Py_XSETREF(fresh->func_defaults, Py_XNewRef(old->func_defaults));
        Py_XSETREF(fresh->func_kwdefaults, Py_XNewRef(old->func_kwdefaults));
    }
    if (removed != NULL && PyDict_GET_SIZE(removed) > 0 && serve_removed(fresh, removed) < 0) {
        return NULL;
    }
    return STEAL(function);
}
