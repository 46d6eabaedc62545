/* What the old version has where the new one has something that is being staged: told by name, as nothing is matched
 * yet.
 *
 * Must not: run Python code of the package; compare but by identity. */
#include "engine/outside.h"

#include "engine/generation.h"

static PyObject *attribute_of(PyObject *owner, PyObject *name)
{
    PyObject *dict = PyModule_Check(owner) ? PyModule_GetDict(owner)
                     : PyType_Check(owner) ? ((PyTypeObject *)owner)->tp_dict
                                           : NULL;
    PyObject *value = dict ? PyDict_GetItemWithError(dict, name) : NULL;
    PyErr_Clear();
    if (value && (Py_IS_TYPE(value, &PyStaticMethod_Type) || Py_IS_TYPE(value, &PyClassMethod_Type))) {
        OWN_REF function = PyObject_GetAttrString(value, "__func__");
        PyErr_Clear();
        return function; /* the descriptor keeps it alive */
    }
    return value;
}

PyObject *outside_partner(const struct outside *outside, PyObject *staged)
{
    if (!PyFunction_Check(staged) && !PyType_Check(staged)) {
        return NULL;
    }
    PyObject *module =
        PyFunction_Check(staged) ? PyFunction_GetModule(staged) : class_module_name((PyTypeObject *)staged);
    PyObject *owner = module ? PyDict_GetItemWithError(outside->old_modules, module) : NULL;
    OWN_REF path = owner ? PyObject_GetAttrString(staged, "__qualname__") : NULL;
    OWN_REF dot = path ? PyUnicode_FromString(".") : NULL;
    OWN_REF parts = dot && PyUnicode_Check(path) ? PyUnicode_Split(path, dot, -1) : NULL;
    if (short_of_memory()) {
        return NULL;
    }
    PyErr_Clear();
    for (Py_ssize_t i = 0; parts && owner && i < PyList_GET_SIZE(parts); i++) {
        owner = attribute_of(owner, PyList_GET_ITEM(parts, i));
    }
    bool definition = parts && owner && (PyFunction_Check(owner) || PyType_Check(owner));
    return definition && owner != staged ? owner : NULL;
}

bool outside_is_counterpart(const struct outside *outside, PyObject *staged, PyObject *old)
{
    if (PyFunction_Check(staged) || PyType_Check(staged)) {
        return old == outside_partner(outside, staged);
    }
    PyTypeObject *type = Py_TYPE(staged);
    return (type->tp_flags & Py_TPFLAGS_HEAPTYPE) && Py_TYPE(old) != type &&
           outside_partner(outside, (PyObject *)type) == (PyObject *)Py_TYPE(old);
}

bool outside_is_unnamed_counterpart(const struct outside *outside, PyObject *staged, PyObject *old)
{
    if (!PyFunction_Check(staged) || !PyFunction_Check(old) || staged == old) {
        return false;
    }
    PyObject *name = ((PyFunctionObject *)staged)->func_qualname, *home = ((PyFunctionObject *)staged)->func_module;
    PyObject *module = home ? PyDict_GetItemWithError(outside->old_modules, home) : NULL;
    bool candidate = module && PyModule_Check(module) && PyFunction_GET_GLOBALS(old) == PyModule_GetDict(module) &&
                     PyUnicode_FindChar(name, '<', 0, PyUnicode_GET_LENGTH(name), 1) >= 0;
    return candidate && PyUnicode_Compare(name, ((PyFunctionObject *)old)->func_qualname) == 0;
}

int outside_pair(const struct outside *outside, PyObject *staged, PyObject *old)
{
    bool unnamed = outside->paired && PyFunction_Check(staged) && PyFunction_Check(old) &&
                   !PyFunction_GET_CLOSURE(staged) && outside_partner(outside, staged) != old;
    OWN_REF entry = unnamed ? PyTuple_Pack(2, old, staged) : NULL;
    return entry ? PyList_Append(outside->paired, entry) : unnamed ? -1 : 0;
}
