/* Compares namespaces by name and callables by signature.
 *
 * Invariant: too many names cost time, a missing one costs an answer; so nothing is left out that might matter. Must
 * not run Python code. */
#include "engine/impact_names.h"

#include "engine/base.h"
#include "engine/known.h"

/* ---- missing attributes ---- */

static int add_missing(PyObject *names, PyObject *old_dict, PyObject *partner)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(old_dict, &position, &name, &value)) {
        bool missing = PyUnicode_CheckExact(name) && !known_attribute(partner, name);
        if (PyErr_Occurred() || (missing && PySet_Add(names, name) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* The dict of attributes of an old module or class. */
static PyObject *dict_of(PyObject *object)
{
    return PyModule_Check(object) ? PyModule_GetDict(object) : ((PyTypeObject *)object)->tp_dict;
}

/* A module that is gone: as written in an import statement, and as an attribute of its package. */
static int add_module(PyObject *names, PyObject *module)
{
    for (Py_ssize_t end = PyUnicode_GET_LENGTH(module); end > 0;) {
        Py_ssize_t dot = PyUnicode_FindChar(module, '.', 0, end, -1);
        OWN_REF tail = dot == -2 ? NULL : PyUnicode_Substring(module, dot + 1, PyUnicode_GET_LENGTH(module));
        if (!tail || PySet_Add(names, tail) < 0) {
            return -1;
        }
        end = dot; /* "b" of "a.b", then all of it; relative imports write any tail */
    }
    return 0;
}

/* ---- callables ---- */

static int add_bound(PyObject *names, PyObject *dict, const struct ptrmap *callables)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict, &position, &name, &value)) {
        if (PyUnicode_CheckExact(name) && ptrmap_get(callables, value) && PySet_Add(names, name) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Every name that a loaded module binds one of them to. */
static int add_aliases(PyObject *names, const struct ptrmap *callables)
{
    OWN_REF modules = callables->used ? PyDict_Values(PyImport_GetModuleDict()) : PyList_New(0);
    for (Py_ssize_t i = 0; modules && i < PyList_GET_SIZE(modules); i++) {
        PyObject *module = PyList_GET_ITEM(modules, i);
        if (PyModule_Check(module) && add_bound(names, PyModule_GetDict(module), callables) < 0) {
            return -1;
        }
    }
    return modules ? 0 : -1;
}

static int add_callable(PyObject *names, struct ptrmap *callables, const struct pair *pair)
{
    if (known_same_signature(pair->old, pair->partner)) {
        return 0;
    }
    if (ptrmap_put(callables, pair->old, pair->old) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject *name =
        PyFunction_Check(pair->old) ? ((PyFunctionObject *)pair->old)->func_name : pair->key; /* methods, too */
    return name && PyUnicode_Check(name) ? PySet_Add(names, name) : 0;
}

static int add_pair(PyObject *names, struct ptrmap *callables, const struct pair *pair)
{
    bool holder = pair->kind == PAIR_MODULE || pair->kind == PAIR_CLASS;
    bool comparable = PyModule_Check(pair->partner) || PyType_Check(pair->partner);
    PyObject *dict =
        holder && comparable && (PyModule_Check(pair->old) || PyType_Check(pair->old)) ? dict_of(pair->old) : NULL;
    if (dict && add_missing(names, dict, pair->partner) < 0) {
        return -1;
    }
    bool callable = pair->kind == PAIR_FUNCTION || pair->kind == PAIR_CLASS;
    return callable ? add_callable(names, callables, pair) : 0;
}

PyObject *impact_names(const struct upgrade *upgrade)
{
    OWN_REF names = PySet_New(NULL);
    struct ptrmap callables;
    ptrmap_init(&callables);
    int failed = names ? 0 : -1;
    for (size_t i = 0; !failed && i < upgrade->match.n_pairs; i++) {
        failed = add_pair(names, &callables, &upgrade->match.pairs[i]);
    }
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(upgrade->stage.removed); i++) {
        failed = add_module(names, PyList_GET_ITEM(upgrade->stage.removed, i));
    }
    if (!failed) {
        failed = add_aliases(names, &callables);
    }
    ptrmap_release(&callables);
    return failed ? NULL : STEAL(names);
}

/* ---- base ---- */

bool impact_was_there(const struct match *match, const struct pair *pair, PyObject *name)
{
    PyObject *module = NULL;
    OWN_REF path = match_path(match, pair, &module);
    PyObject *record = path && module ? PyDict_GetItemWithError(base_records(), module) : NULL;
    PyObject *wanted = PyModule_Check(pair->old) ? PyModule_GetDict(pair->old) : pair->old;
    PyObject *copies = record ? base_copies(record) : NULL;
    bool there = true;
    for (Py_ssize_t i = 0; copies && i < PyList_GET_SIZE(copies); i++) {
        PyObject *entry = PyList_GET_ITEM(copies, i), *copy = PyTuple_GET_ITEM(entry, 1);
        if (PyTuple_GET_ITEM(entry, 0) == wanted && PyDict_Check(copy)) {
            there = PyDict_Contains(copy, name) == 1;
            break;
        }
    }
    PyErr_Clear();
    return there;
}
