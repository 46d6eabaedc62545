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

/* Borrowed. NULL without an exception: it is not there; with one (memory): nobody knows. PyDict_GetItemString keeps the
 * second to itself. */
static inline PyObject *dict_get(PyObject *dict, const char *name)
{
    OWN_REF key = PyUnicode_FromString(name);
    return key ? PyDict_GetItemWithError(dict, key) : NULL;
}

#define STEAL(x) ref_steal(&(x))

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
