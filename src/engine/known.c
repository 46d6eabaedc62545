/* Reads classes through their mro and functions through their code.
 *
 * Invariant: only exact knowledge counts: what is neither a module, a class nor a plain function is not known, and says
 * so. Must not run Python code: nothing here goes through getattr. */
#include "engine/known.h"

#include "compat/type.h"
/* ---- what has which attribute ---- */

PyObject *known_attribute(PyObject *object, PyObject *name)
{
    PyObject *value = NULL;
    if (PyModule_Check(object)) {
        value = PyDict_GetItemWithError(PyModule_GetDict(object), name);
    } else if (PyType_Check(object)) {
        value = type_lookup((PyTypeObject *)object, name);
    } else {
        return NULL;
    }
    return value != NULL ? value : type_lookup(Py_TYPE(object), name);
}

bool known_has(PyTypeObject *type, const char *name)
{
    OWN_REF key = PyUnicode_FromString(name);
    return key == NULL || type_lookup(type, key) != NULL;
}

bool known_answers_all(PyObject *object)
{
    bool by_hook = PyModule_Check(object) && dict_get(PyModule_GetDict(object), "__getattr__") != NULL;
    PyTypeObject *plain =
        PyModule_Check(object) ? &PyModule_Type : &PyType_Type; /* one with its own has another slot */
    return by_hook || Py_TYPE(object)->tp_getattro != plain->tp_getattro;
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
    PyObject *init = name != NULL ? type_lookup((PyTypeObject *)callee, name) : NULL;
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

int known_takes(PyObject *callee, const struct codescan_event *call, bool bound)
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

static Py_ssize_t size_of(PyObject *tuple)
{
    return tuple != NULL ? PyTuple_GET_SIZE(tuple) : 0;
}

/* Has every keyword-only parameter with a default one in the other function, too? */
static bool same_kwdefaults(PyObject *old, PyObject *new)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    if ((old != NULL ? PyDict_GET_SIZE(old) : 0) != (new != NULL ? PyDict_GET_SIZE(new) : 0)) {
        return false;
    }
    while (old != NULL && PyDict_Next(old, &position, &name, &value)) {
        if (PyDict_Contains(new, name) != 1) {
            PyErr_Clear();
            return false;
        }
    }
    return true;
}

bool known_same_signature(PyObject *old, PyObject *new)
{
    int before, before_new;
    PyFunctionObject *a = function_behind(old, &before), *b = function_behind(new, &before_new);
    if (a == NULL || b == NULL || before != before_new) {
        return a == NULL && b == NULL;
    }
    PyCodeObject *code = (PyCodeObject *)a->func_code, *other = (PyCodeObject *)b->func_code;
    int flags = CO_VARARGS | CO_VARKEYWORDS, n = code->co_argcount + code->co_kwonlyargcount;
    if (code->co_argcount != other->co_argcount || code->co_posonlyargcount != other->co_posonlyargcount ||
        code->co_kwonlyargcount != other->co_kwonlyargcount || ((code->co_flags ^ other->co_flags) & flags) ||
        size_of(a->func_defaults) != size_of(b->func_defaults) ||
        !same_kwdefaults(a->func_kwdefaults, b->func_kwdefaults)) {
        return false;
    }
    OWN_REF names = PyCode_GetVarnames(code);
    OWN_REF others = names != NULL ? PyCode_GetVarnames(other) : NULL;
    bool same = others != NULL;
    for (int i = 0; same && i < n; i++) {
        same = PyUnicode_Compare(PyTuple_GET_ITEM(names, i), PyTuple_GET_ITEM(others, i)) == 0;
    }
    PyErr_Clear(); /* no memory: they count as different, which only means a closer look */
    return same;
}
