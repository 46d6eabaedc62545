/* A counter, a flag, a setting: state. A result computed by the package's own code: a memo, and a memo of old code must
 * not outlive it. The instructions that store the name tell one from the other. Must not: decide what it cannot tell; 0
 * means refuse. */
#include "engine/carry_rebound.h"

#include "compat/imports.h"
#include "engine/carry_equal.h"

static bool is_plain(PyObject *value)
{
    if (PyTuple_CheckExact(value)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value); i++) {
            if (!is_plain(PyTuple_GET_ITEM(value, i))) {
                return false;
            }
        }
        return true;
    }
    return value == Py_None || PyUnicode_CheckExact(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
           PyBool_Check(value) || PyBytes_CheckExact(value) || PyComplex_CheckExact(value);
}

/* How does a function store this name: as a global of the namespace, or as an attribute (of a class)? */
static int stores_of(PyObject *function, PyObject *owner, PyObject *name)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    if (PyType_Check(owner)) {
        return imports_attribute_stores(code, name);
    }
    return PyFunction_GET_GLOBALS(function) == owner ? imports_global_stores(code, name) : STORE_NONE;
}

int carry_rebound(const struct match *match, PyObject *owner, PyObject *name, PyObject *base, PyObject *now,
                  PyObject *theirs)
{
    if (!now || !base || !theirs || !is_plain(now) || !PyUnicode_Check(name)) {
        return 0;
    }
    /* A counter may start elsewhere in the new version (it counted the new import): it goes on from where the program
     * is. */
    bool counter = PyLong_CheckExact(now) && PyLong_CheckExact(base) && PyLong_CheckExact(theirs);
    int same_start = counter ? 1 : carry_equal(match, base, theirs);
    if (same_start != 1) {
        return same_start;
    }
    for (size_t i = 0; i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        if (pair->kind != PAIR_FUNCTION) {
            continue;
        }
        int kinds = stores_of(pair->old, owner, name);
        if (kinds < 0 || (kinds & STORE_RESULT)) {
            return kinds < 0 ? -1 : 0;
        }
    }
    return 1;
}

/* Things that are only ever computed from code: signatures, functions, code. */
static bool is_derived(PyObject *value)
{
    PyObject *module = class_module_name(Py_TYPE(value));
    return PyFunction_Check(value) || PyCode_Check(value) ||
           (module && PyUnicode_CompareWithASCIIString(module, "inspect") == 0);
}

int carry_memo(const struct match *match, PyObject *object, PyObject *key, PyObject *base, PyObject *now)
{
    bool instance = !PyType_Check(object) && !PyDict_Check(object) && !PyModule_Check(object) &&
                    (Py_TYPE(object)->tp_flags & Py_TPFLAGS_HEAPTYPE);
    if (!instance || !now || !PyUnicode_Check(key) || (base && base != Py_None)) {
        return 0;
    }
    if (is_derived(now) || (!is_plain(now) && !PyFrozenSet_CheckExact(now))) {
        return is_derived(now);
    }
    int kinds = STORE_NONE;
    for (size_t i = 0; i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        if (pair->kind != PAIR_FUNCTION ||
            PyUnicode_CompareWithASCIIString(((PyFunctionObject *)pair->old)->func_name, "__init__") == 0) {
            continue;
        }
        int here = imports_attribute_stores((PyCodeObject *)PyFunction_GET_CODE(pair->old), key);
        if (here < 0) {
            return -1;
        }
        kinds |= here;
    }
    return kinds == STORE_RESULT;
}
