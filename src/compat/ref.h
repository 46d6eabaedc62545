/* Python.h, and references that say who owns them.
 *
 * OWN_REF x = ...;  an owned local, released at the end of its scope; `return STEAL(x)` hands it on.
 * A plain PyObject * local is borrowed and is not held across a call that can run Python code.
 * Never mix OWN_REF with goto in one function. */
#ifndef MIDFLIGHT_REF_H
#define MIDFLIGHT_REF_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

static inline void ref_release(PyObject **ref)
{
    Py_XDECREF(*ref);
}

#define OWN_REF __attribute__((cleanup(ref_release))) PyObject *

static inline PyObject *ref_steal(PyObject **ref)
{
    PyObject *object = *ref;
    *ref = NULL;
    return object;
}

#define STEAL(x) ref_steal(&(x))

#define MUST_CHECK __attribute__((warn_unused_result))

/* The value under this key. Borrowed; NULL without an exception: there is none; with one (memory): nobody knows.
 * PyDict_GetItemString and PySys_GetObject keep the second to themselves. */
static inline PyObject *dict_get(PyObject *dict, const char *name)
{
    OWN_REF key = PyUnicode_FromString(name);
    return key ? PyDict_GetItemWithError(dict, key) : NULL;
}

/* The same for an attribute of sys. */
static inline PyObject *sys_get(const char *name)
{
    PyObject *value = PySys_GetObject(name);
    PyObject *sys = value ? NULL : dict_get(PyImport_GetModuleDict(), "sys");
    return sys && PyModule_Check(sys) ? dict_get(PyModule_GetDict(sys), name) : value;
}

/* A new list of what a container has. For a list or a tuple PySequence_List of CPython 3.11 keeps a reference for ever
 * when there is no memory for the entries. */
static inline PyObject *listed(PyObject *things)
{
    if (!PyTuple_CheckExact(things) && !PyList_CheckExact(things)) {
        return PySequence_List(things);
    }
    PyObject *list = PyList_New(PySequence_Fast_GET_SIZE(things));
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++) {
        PyList_SET_ITEM(list, i, Py_NewRef(PySequence_Fast_GET_ITEM(things, i)));
    }
    return list;
}

static inline bool short_of_memory(void)
{
    return PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_MemoryError);
}

#endif
