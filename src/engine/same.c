/* Code objects compare equal in CPython only if their first lines agree (experiment e19): a release that moves a
 * function by two lines would "change" everything. Here the program counts: what it executes, with which names and
 * which constants.
 *
 * Must not: compare constants by == alone (1 == True == 1.0, 0.0 == -0.0). */
#define _GNU_SOURCE /* strcasestr */
#include "engine/same.h"

#include <string.h>
#include <strings.h>

static int same_constant(PyObject *left, PyObject *right);

static int same_items(PyObject *left, PyObject *right)
{
    Py_ssize_t size = PyTuple_GET_SIZE(left);
    if (size != PyTuple_GET_SIZE(right)) {
        return 0;
    }
    int same = 1;
    for (Py_ssize_t i = 0; i < size && same == 1; i++) {
        same = same_constant(PyTuple_GET_ITEM(left, i), PyTuple_GET_ITEM(right, i));
    }
    return same;
}

/* Frozen sets of constants ("x in {1, 2}"): equal, and equal as reprs of their sorted reprs so that types count. */
static int same_set(PyObject *left, PyObject *right)
{
    OWN_REF a = listed(left);
    OWN_REF b = a ? listed(right) : NULL;
    if (!b) {
        return -1;
    }
    Py_ssize_t size = PyList_GET_SIZE(a);
    if (size != PyList_GET_SIZE(b)) {
        return 0;
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        int found = 0;
        for (Py_ssize_t j = 0; j < size && found == 0; j++) {
            found = same_constant(PyList_GET_ITEM(a, i), PyList_GET_ITEM(b, j));
        }
        if (found != 1) {
            return found;
        }
    }
    return 1;
}

static int same_constant(PyObject *left, PyObject *right)
{
    if (left == right) {
        return 1;
    }
    if (Py_TYPE(left) != Py_TYPE(right)) {
        return 0;
    }
    if (PyCode_Check(left)) {
        return same_code(left, right);
    }
    if (PyTuple_CheckExact(left)) {
        return same_items(left, right);
    }
    if (PyFrozenSet_CheckExact(left)) {
        return same_set(left, right);
    }
    if (PyFloat_CheckExact(left) || PyComplex_CheckExact(left)) {
        OWN_REF a = PyObject_Repr(left);
        OWN_REF b = a ? PyObject_Repr(right) : NULL;
        return b ? PyObject_RichCompareBool(a, b, Py_EQ) : -1;
    }
    return PyObject_RichCompareBool(left, right, Py_EQ);
}

/* One attribute of a code object that CPython computes (bytes or tuples of str). */
static int same_attribute(PyObject *left, PyObject *right, const char *name)
{
    OWN_REF a = PyObject_GetAttrString(left, name);
    OWN_REF b = a ? PyObject_GetAttrString(right, name) : NULL;
    return b ? PyObject_RichCompareBool(a, b, Py_EQ) : -1;
}

/* All but names and constants. */
static int same_shape(PyObject *left, PyObject *right)
{
    PyCodeObject *a = (PyCodeObject *)left, *b = (PyCodeObject *)right;
    /* How annotations are compiled shows in them, not here. */
    if (a->co_argcount != b->co_argcount || a->co_posonlyargcount != b->co_posonlyargcount ||
        a->co_kwonlyargcount != b->co_kwonlyargcount || ((a->co_flags ^ b->co_flags) & ~CO_FUTURE_ANNOTATIONS)) {
        return 0;
    }
    static const char *const attributes[] = {"co_code", "co_varnames", "co_freevars", "co_cellvars",
                                             "co_exceptiontable"};
    int same = 1;
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes && same == 1; i++) {
        same = same_attribute(left, right, attributes[i]);
    }
    return same;
}

int same_code(PyObject *left, PyObject *right)
{
    if (left == right) {
        return 1;
    }
    int same = same_shape(left, right);
    same = same == 1 ? same_attribute(left, right, "co_names") : same;
    return same == 1 ? same_items(((PyCodeObject *)left)->co_consts, ((PyCodeObject *)right)->co_consts) : same;
}

static int pair_names(PyObject *left, PyObject *right, PyObject *names)
{
    if (PyTuple_GET_SIZE(left) != PyTuple_GET_SIZE(right)) {
        return 0;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(left); i++) {
        PyObject *name = PyTuple_GET_ITEM(left, i), *other = PyTuple_GET_ITEM(right, i);
        PyObject *known = PyDict_GetItemWithError(names, name);
        bool differs = known && (known == Py_None || PyUnicode_Compare(known, other) != 0);
        if (PyErr_Occurred() || PyDict_SetItem(names, name, differs ? Py_None : other) < 0) {
            return -1;
        }
    }
    return 1;
}

int same_renamed(PyObject *left, PyObject *right, PyObject *names)
{
    PyObject *ours = ((PyCodeObject *)left)->co_consts, *theirs = ((PyCodeObject *)right)->co_consts;
    int same = same_shape(left, right);
    same = same == 1 ? pair_names(((PyCodeObject *)left)->co_names, ((PyCodeObject *)right)->co_names, names) : same;
    same = same == 1 ? PyTuple_GET_SIZE(ours) == PyTuple_GET_SIZE(theirs) : same;
    for (Py_ssize_t i = 0; same == 1 && i < PyTuple_GET_SIZE(ours); i++) {
        PyObject *a = PyTuple_GET_ITEM(ours, i), *b = PyTuple_GET_ITEM(theirs, i);
        same = PyCode_Check(a) && PyCode_Check(b) ? same_renamed(a, b, names) : same_constant(a, b);
    }
    return same;
}

bool same_names(PyObject *a, PyObject *b)
{
    const char *left = PyUnicode_AsUTF8(a), *right = PyUnicode_AsUTF8(b);
    if (!left || !right) {
        PyErr_Clear(); /* characters that UTF-8 has not, or no memory: not known to be the same */
        return false;
    }
    left += strspn(left, "_");
    right += strspn(right, "_");
    bool same = *left && strcasecmp(left, right) == 0;
    return same || (strlen(left) > 2 && strlen(right) > 2 && (strcasestr(left, right) || strcasestr(right, left)));
}
