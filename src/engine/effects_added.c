/* A number or a string that staging puts into somebody else's module leaves no trace that leads to the new generation.
 * The standard library's namespaces hardly ever get new names at run time, so a new name there is taken for staging's;
 * except where a module's own __getattr__ makes it on demand (typing.Match from 3.13 on, ast.Num).
 *
 * Invariant: only names that were not there before are touched. */
#include "engine/effects_added.h"

#include "engine/redo.h"

/* 0, or -1 with an exception set. */
static int add(PyObject *before, PyObject *name, PyObject *module)
{
    PyObject *names = sys_get("stdlib_module_names");
    int standard = names && PyUnicode_CheckExact(name) && PyModule_Check(module) ? PySet_Contains(names, name) : 0;
    OWN_REF keys = standard > 0 ? PyDict_Keys(PyModule_GetDict(module)) : NULL;
    OWN_REF set = keys ? PySet_New(keys) : NULL;
    OWN_REF entry = set ? PyTuple_Pack(3, name, PyModule_GetDict(module), set) : NULL;
    return standard <= 0 ? standard : entry ? PyList_Append(before, entry) : -1;
}

PyObject *effects_added_begin(void)
{
    OWN_REF before = PyList_New(0);
    OWN_REF modules = before ? PyDict_Copy(PyImport_GetModuleDict()) : NULL;
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (modules && PyDict_Next(modules, &position, &name, &module)) {
        if (add(before, name, module) < 0) {
            return NULL;
        }
    }
    return modules && !PyErr_Occurred() ? STEAL(before) : NULL;
}

int effects_added_late(PyObject *before, PyObject *module)
{
    OWN_REF name = PyModule_Check(module) ? PyModule_GetNameObject(module) : Py_NewRef(Py_None);
    return name ? add(before, name, module) : -1;
}

static bool is_foreign_name(PyObject *name, PyObject *value)
{
    bool dunder =
        PyUnicode_GET_LENGTH(name) > 4 && PyUnicode_ReadChar(name, 0) == '_' && PyUnicode_ReadChar(name, 1) == '_';
    return !dunder && !PyModule_Check(value);
}

/* Is the name in this constant or table? -1 with an exception set. */
static int has_name(PyObject *thing, PyObject *name)
{
    if (PyUnicode_CheckExact(thing)) {
        return PyUnicode_Compare(thing, name) == 0;
    }
    if (PyDict_CheckExact(thing)) {
        return PyDict_Contains(thing, name);
    }
    return PyAnySet_CheckExact(thing) || PyTuple_CheckExact(thing) ? PySequence_Contains(thing, name) : 0;
}

/* Does the module's own __getattr__ know this name: as a constant, or from a table that it reads? */
static int makes_on_demand(PyObject *namespace, PyObject *name)
{
    PyObject *function = dict_get(namespace, "__getattr__");
    if (!function || !PyFunction_Check(function) || PyFunction_GET_GLOBALS(function) != namespace) {
        return 0;
    }
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    int known = 0;
    for (Py_ssize_t i = 0; known == 0 && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        known = has_name(PyTuple_GET_ITEM(code->co_consts, i), name);
    }
    for (Py_ssize_t i = 0; known == 0 && i < PyTuple_GET_SIZE(code->co_names); i++) {
        PyObject *table = PyDict_GetItemWithError(namespace, PyTuple_GET_ITEM(code->co_names, i));
        known = table && !PyUnicode_CheckExact(table) ? has_name(table, name) : 0;
    }
    return known;
}

/* redo may be NULL: then it is only taken out. */
static int end_one(PyObject *entry, PyObject *redo)
{
    PyObject *namespace = PyTuple_GET_ITEM(entry, 1), *keys = PyTuple_GET_ITEM(entry, 2);
    if (PyDict_GET_SIZE(namespace) == PySet_GET_SIZE(keys)) {
        return 0;
    }
    OWN_REF now = PyDict_Keys(namespace);
    for (Py_ssize_t i = 0; now && i < PyList_GET_SIZE(now); i++) {
        PyObject *name = PyList_GET_ITEM(now, i);
        PyObject *value = PyDict_GetItemWithError(namespace, name);
        int known = PySet_Contains(keys, name);
        known = known == 0 && PyUnicode_CheckExact(name) ? makes_on_demand(namespace, name) : known;
        if (known != 0 || !value || !PyUnicode_CheckExact(name) || !is_foreign_name(name, value)) {
            if (known < 0) {
                return -1;
            }
            continue;
        }
        if ((redo && redo_note_item(redo, namespace, name, value, NULL) < 0) || PyDict_DelItem(namespace, name) < 0) {
            return -1;
        }
    }
    return now ? 0 : -1;
}

int effects_added_end(PyObject *before, PyObject *redo)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(before); i++) {
        if (end_one(PyList_GET_ITEM(before, i), redo) < 0) {
            return -1;
        }
    }
    return 0;
}
