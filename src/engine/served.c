/* `def __getattr__(name)` in a module is how a release says that what was here is elsewhere now: a name that the
 * program has imported would be found by it, so whoever holds the old definition gets what it gives. Only while staging
 * can it be asked: it imports. Must not: ask for a name that the old module did not define itself. */
#include "engine/served.h"

#include "compat/modules.h"
#include "compat/signals.h"
#include "engine/generation.h"

/* Does the module define this under that name, at its top level? */
static bool is_at_home(PyObject *module, PyObject *module_name, PyObject *name, PyObject *value)
{
    PyObject *qualified = NULL;
    if (PyFunction_Check(value)) {
        qualified = PyFunction_GET_GLOBALS(value) == PyModule_GetDict(module)
                        ? ((PyFunctionObject *)value)->func_qualname
                        : NULL;
    } else if (PyType_Check(value) && (((PyTypeObject *)value)->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        PyObject *home = class_module_name((PyTypeObject *)value);
        bool here = home && PyUnicode_Compare(home, module_name) == 0;
        qualified = here ? ((PyHeapTypeObject *)value)->ht_qualname : NULL;
    }
    return qualified && PyUnicode_Compare(qualified, name) == 0;
}

/* 0 or -1. */
static int ask(PyObject *staged, PyObject *name, PyObject *old, PyObject *found)
{
    OWN_REF value = PyObject_GetAttr(staged, name);
    if (!value) {
        if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) || PyErr_ExceptionMatches(PyExc_MemoryError) ||
            signals_raised()) {
            return -1;
        }
        PyErr_Clear(); /* the new version does not have it */
        return 0;
    }
    OWN_REF entry =
        PyCallable_Check(value) && !PyModule_Check(value) && value != old ? PyTuple_Pack(2, old, value) : NULL;
    return entry ? PyList_Append(found, entry) : PyErr_Occurred() ? -1 : 0;
}

static int ask_module(PyObject *name, PyObject *module, PyObject *staged, PyObject *found)
{
    OWN_REF copy = PyDict_Copy(PyModule_GetDict(module)); /* other threads go on */
    PyObject *key, *value, *space = PyModule_GetDict(staged);
    for (Py_ssize_t i = 0; copy && PyDict_Next(copy, &i, &key, &value);) {
        bool gone =
            PyUnicode_CheckExact(key) && !PyDict_GetItemWithError(space, key) && is_at_home(module, name, key, value);
        if (PyErr_Occurred() || (gone && ask(staged, key, value, found) < 0)) {
            return -1;
        }
    }
    return copy ? 0 : -1;
}

PyObject *served_find(PyObject *old_modules)
{
    OWN_REF found = PyList_New(0);
    PyObject *name, *module;
    for (Py_ssize_t i = 0; found && PyDict_Next(old_modules, &i, &name, &module);) {
        OWN_REF staged = PyModule_Check(module) ? PyObject_GetItem(PyImport_GetModuleDict(), name) : NULL;
        if (!staged && PyErr_Occurred()) {
            if (!PyErr_ExceptionMatches(PyExc_KeyError)) {
                return NULL;
            }
            PyErr_Clear();
        }
        bool serves = staged && PyModule_Check(staged) && dict_get(PyModule_GetDict(staged), "__getattr__");
        if (PyErr_Occurred() || (serves && ask_module(name, module, staged, found) < 0)) {
            return NULL;
        }
    }
    return STEAL(found);
}
