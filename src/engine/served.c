/* `def __getattr__(name)` in a module is how a release says that what was here is elsewhere now: a name that the
 * program has imported would be found by it, so whoever holds the old definition gets what it gives. Only while staging
 * can it be asked: it imports. Must not: ask for a name that the old module did not define itself, or that another
 * module had as well and goes on to have: what is there is its partner, and a lazy import that was not needed yet
 * leaves its marks (a package that gives what it hands out its own name). */
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

/* The staged module of this name. New reference; NULL with an exception or, if there is none, without. */
static PyObject *staged_module(PyObject *name)
{
    PyObject *staged = PyObject_GetItem(PyImport_GetModuleDict(), name);
    if (!staged && PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Clear();
    }
    return staged;
}

/* Has another module the old definition under its name, and does it have one there in the new version? 1, 0, -1. */
static int is_elsewhere(PyObject *old_modules, PyObject *key, PyObject *value)
{
    PyObject *name, *module;
    bool found = false;
    for (Py_ssize_t i = 0; !found && PyDict_Next(old_modules, &i, &name, &module);) {
        bool has = PyModule_Check(module) && PyDict_GetItemWithError(PyModule_GetDict(module), key) == value;
        OWN_REF staged = has ? staged_module(name) : NULL;
        PyObject *theirs =
            staged && PyModule_Check(staged) ? PyDict_GetItemWithError(PyModule_GetDict(staged), key) : NULL;
        found = theirs && Py_IS_TYPE(theirs, Py_TYPE(value));
        if (PyErr_Occurred()) {
            return -1;
        }
    }
    return found;
}

static int ask_module(PyObject *old_modules, PyObject *name, PyObject *module, PyObject *staged, PyObject *found)
{
    OWN_REF copy = PyDict_Copy(PyModule_GetDict(module)); /* other threads go on */
    PyObject *key, *value, *space = PyModule_GetDict(staged);
    for (Py_ssize_t i = 0; copy && PyDict_Next(copy, &i, &key, &value);) {
        bool gone =
            PyUnicode_CheckExact(key) && !PyDict_GetItemWithError(space, key) && is_at_home(module, name, key, value);
        int elsewhere = gone && !PyErr_Occurred() ? is_elsewhere(old_modules, key, value) : 1;
        if (PyErr_Occurred() || (!elsewhere && ask(staged, key, value, found) < 0)) {
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
        OWN_REF staged = PyModule_Check(module) ? staged_module(name) : NULL;
        bool serves = staged && PyModule_Check(staged) && dict_get(PyModule_GetDict(staged), "__getattr__");
        if (PyErr_Occurred() || (serves && ask_module(old_modules, name, module, staged, found) < 0)) {
            return NULL;
        }
    }
    return STEAL(found);
}
