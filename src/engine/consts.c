/* First the cheap question: which outside namespaces hold, under any name, an object that a changed constant is? Then
 * the proof: does that module's code import that name from that module? Only proved bindings follow: equal small
 * numbers are one object everywhere.
 *
 * Invariant: what cannot be proved (no loader, no source, code that exec'd text) is left alone.
 * Must not: import anything; run code of the modules. */
#include "engine/consts.h"

#include "compat/imports.h"
#include "engine/base.h"
#include "engine/carry_equal.h"
#include "engine/match_members.h"
#include "engine/turn.h"

/* Does this name get another value that no redirect brings? What has a partner is redirected wherever it is held; a
 * member of an enumeration by its own name, and a name that is bound to it may be bound to another one. All else has no
 * identity that both versions share: numbers, strings, a list that became a tuple, what the new version imports from
 * somewhere else. 1, 0, -1. *ret_new is borrowed. */
static int has_changed(const struct match *match, PyObject *old, PyObject *new_namespace, PyObject *name,
                       PyObject **ret_new)
{
    struct pair *pair = match_find(match, old);
    bool member = pair && pair->kind == PAIR_MEMBER;
    bool value = PyTuple_CheckExact(old) || PyFrozenSet_CheckExact(old); /* paired, and never redirected */
    PyObject *new = !pair || member || value ? PyDict_GetItemWithError(new_namespace, name) : NULL;
    if (!new || new == old || (member && new == pair->partner) || members_listed(old)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    *ret_new = new;
    return member || !carry_equal_atoms(old, new);
}

/* old value (by address) -> present, for all constants that change. */
static int index_changed(const struct match *match, struct ptrmap *values)
{
    for (size_t i = 0; i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        PyObject *name, *value, *new;
        Py_ssize_t position = 0;
        while (pair->kind == PAIR_NAMESPACE && PyDict_Next(pair->old, &position, &name, &value)) {
            int changed = has_changed(match, value, pair->partner, name, &new);
            if (changed < 0 || (changed && ptrmap_put(values, value, value) < 0)) {
                return -1;
            }
        }
    }
    return 0;
}

/* The names of a module or class. Borrowed. */
static PyObject *names_of(PyObject *owner)
{
    return PyType_Check(owner) ? ((PyTypeObject *)owner)->tp_dict : owner;
}

#define DEEPEST 4 /* classes in classes */

/* Does this namespace, or a class of it, hold one of the values? */
static bool holds_any(PyObject *owner, const struct ptrmap *values, int depth)
{
    PyObject *name, *value, *names = names_of(owner);
    Py_ssize_t position = 0;
    while (names && PyDict_Next(names, &position, &name, &value)) {
        bool class =
            PyType_Check(value) && (((PyTypeObject *)value)->tp_flags & Py_TPFLAGS_HEAPTYPE) && depth < DEEPEST;
        if ((PyUnicode_CheckExact(name) && ptrmap_get(values, value)) ||
            (class && holds_any(value, values, depth + 1))) {
            return true;
        }
    }
    return false;
}

/* ---- the code of a module ---- */

/* Sources that are gone, may not be read or no longer compile prove nothing, which is an answer. An input error is
 * none: constants would be left behind. */
static bool source_is_no_help(void)
{
    if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return false;
    }
    return !PyErr_ExceptionMatches(PyExc_OSError) || PyErr_ExceptionMatches(PyExc_FileNotFoundError) ||
           PyErr_ExceptionMatches(PyExc_NotADirectoryError) || PyErr_ExceptionMatches(PyExc_IsADirectoryError) ||
           PyErr_ExceptionMatches(PyExc_PermissionError);
}

PyObject *consts_module_code(PyObject *module)
{
    PyObject *dict = PyModule_GetDict(module);
    PyObject *spec = dict_get(dict, "__spec__");
    PyObject *file = dict_get(dict, "__file__");
    OWN_REF code = NULL;
    if (PyErr_Occurred()) {
        return NULL;
    }
    if (spec && spec != Py_None) {
        OWN_REF loader = PyObject_GetAttrString(spec, "loader");
        OWN_REF name = loader ? PyObject_GetAttrString(spec, "name") : NULL;
        code = name && loader != Py_None ? RESTING(PyObject_CallMethod(loader, "get_code", "O", name)) : NULL;
    } else if (file && PyUnicode_CheckExact(file)) { /* a script: __main__ */
        OWN_REF machinery = PyImport_ImportModule("_frozen_importlib_external");
        OWN_REF loader = machinery ? PyObject_CallMethod(machinery, "SourceFileLoader", "sO", "__main__", file) : NULL;
        code = loader ? RESTING(PyObject_CallMethod(loader, "get_code", "s", "__main__")) : NULL;
    }
    if (!code && source_is_no_help()) {
        PyErr_Clear();
    }
    return code && PyCode_Check(code) ? STEAL(code) : NULL;
}

/* The class of this qualified name of a module: what stands there now, if it is that class. Borrowed; NULL without an
 * exception: it is another, or none. */
static PyObject *class_of(PyObject *module, PyObject *qualified)
{
    OWN_REF dot = PyUnicode_FromString(".");
    OWN_REF steps = dot ? PyUnicode_Split(qualified, dot, -1) : NULL;
    PyObject *owner = PyModule_GetDict(module);
    for (Py_ssize_t i = 0; steps && owner && i < PyList_GET_SIZE(steps); i++) {
        PyObject *names = names_of(owner);
        owner = names ? PyDict_GetItemWithError(names, PyList_GET_ITEM(steps, i)) : NULL;
        owner =
            owner && PyType_Check(owner) && (((PyTypeObject *)owner)->tp_flags & Py_TPFLAGS_HEAPTYPE) ? owner : NULL;
    }
    bool its = steps && owner && PyUnicode_Compare(((PyHeapTypeObject *)owner)->ht_qualname, qualified) == 0;
    return its ? owner : NULL;
}

/* namespace: of a module, or a class. */
static int add_binding(PyObject *bindings, PyObject *namespace, PyObject *bound, PyObject *old, PyObject *new)
{
    if (PyDict_GetItemWithError(names_of(namespace), bound) != old || PyErr_Occurred()) {
        return PyErr_Occurred() ? -1 : 0; /* the program bound it to something else since */
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(bindings); i++) {
        PyObject *known = PyList_GET_ITEM(bindings, i);
        if (PyTuple_GET_ITEM(known, 0) == namespace && PyUnicode_Compare(PyTuple_GET_ITEM(known, 1), bound) == 0) {
            return 0;
        }
    }
    OWN_REF entry = PyTuple_Pack(4, namespace, bound, old, new);
    return entry ? PyList_Append(bindings, entry) : -1;
}

/* The module that is imported from is outside too, and may hand on a name that it imported itself. */
static int follow_handed_on(PyObject *importer, PyObject *source, PyObject *statement, PyObject *bindings)
{
    PyObject *module = PyDict_GetItemWithError(PyImport_GetModuleDict(), source);
    Py_ssize_t known = module && PyModule_Check(module) ? PyList_GET_SIZE(bindings) : 0;
    for (Py_ssize_t i = 0; i < known; i++) {
        PyObject *entry = PyList_GET_ITEM(bindings, i);
        bool same = PyTuple_GET_ITEM(entry, 0) == PyModule_GetDict(module) &&
                    PyUnicode_Compare(PyTuple_GET_ITEM(entry, 1), PyTuple_GET_ITEM(statement, 2)) == 0;
        if (same && add_binding(bindings, importer, PyTuple_GET_ITEM(statement, 3), PyTuple_GET_ITEM(entry, 2),
                                PyTuple_GET_ITEM(entry, 3)) < 0) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* One import statement of an outside module: (level, module, name, bound). importer: its namespace, or the class that
 * the statement stands in. */
static int follow_import(const struct match *match, PyObject *globals, PyObject *importer, PyObject *statement,
                         PyObject *bindings)
{
    OWN_REF source = imports_absolute(globals, PyTuple_GET_ITEM(statement, 0), PyTuple_GET_ITEM(statement, 1));
    PyObject *module = source ? PyDict_GetItemWithError(match->old->modules, source) : NULL;
    if (!module || !PyModule_Check(module)) {
        return PyErr_Occurred() ? -1 : source ? follow_handed_on(importer, source, statement, bindings) : 0;
    }
    struct pair *pair = match_find(match, PyModule_GetDict(module));
    PyObject *name = PyTuple_GET_ITEM(statement, 2), *bound = PyTuple_GET_ITEM(statement, 3);
    bool star = PyUnicode_CompareWithASCIIString(name, "*") == 0;
    PyObject *key, *value, *new;
    Py_ssize_t position = 0;
    while (pair && PyDict_Next(pair->old, &position, &key, &value)) {
        bool wanted =
            PyUnicode_CheckExact(key) && (star ? PyUnicode_ReadChar(key, 0) != '_' : PyUnicode_Compare(key, name) == 0);
        int changed = wanted ? has_changed(match, value, pair->partner, key, &new) : 0;
        if (changed < 0 || (changed && add_binding(bindings, importer, star ? key : bound, value, new) < 0)) {
            return -1;
        }
    }
    return 0;
}

static int follow_module(const struct match *match, PyObject *module, PyObject *bindings)
{
    OWN_REF code = consts_module_code(module);
    OWN_REF statements = code ? imports_of((PyCodeObject *)code) : NULL;
    OWN_REF others = statements ? imports_in_classes((PyCodeObject *)code) : NULL;
    PyObject *globals = PyModule_GetDict(module);
    for (Py_ssize_t i = 0; others && i < PyList_GET_SIZE(statements); i++) {
        if (follow_import(match, globals, globals, PyList_GET_ITEM(statements, i), bindings) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; others && i < PyList_GET_SIZE(others); i++) {
        PyObject *statement = PyList_GET_ITEM(others, i);
        PyObject *class = class_of(module, PyTuple_GET_ITEM(statement, 4));
        if (class && follow_import(match, globals, class, statement, bindings) < 0) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

static int find_bindings(const struct match *match, const struct ptrmap *values, PyObject *bindings)
{
    OWN_REF modules = PyDict_Values(PyImport_GetModuleDict());
    for (Py_ssize_t i = 0; modules && i < PyList_GET_SIZE(modules); i++) {
        PyObject *module = PyList_GET_ITEM(modules, i);
        bool outside = PyModule_Check(module) && !ptrmap_get(&match->old->dicts, PyModule_GetDict(module));
        if (outside && holds_any(PyModule_GetDict(module), values, 0) && follow_module(match, module, bindings) < 0) {
            return -1;
        }
    }
    return modules ? 0 : -1;
}

PyObject *consts_find(const struct match *match)
{
    OWN_REF bindings = PyList_New(0);
    struct ptrmap values;
    ptrmap_init(&values);
    int failed = !bindings || index_changed(match, &values) < 0;
    Py_ssize_t before = -1;
    while (!failed && values.used && before != PyList_GET_SIZE(bindings)) { /* again while names are handed on */
        before = PyList_GET_SIZE(bindings);
        failed = find_bindings(match, &values, bindings) < 0;
    }
    ptrmap_release(&values);
    if (failed && !PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    return failed ? NULL : STEAL(bindings);
}

static PyObject *redirected(const struct ptrmap *map, PyObject *object)
{
    PyObject *partner = ptrmap_get(map, object);
    return partner ? partner : object;
}

/* Binds a name that is there and bound to the old value. A str key that a module or class has needs no memory. */
static void bind(PyObject *owner, PyObject *name, PyObject *old, PyObject *new)
{
    PyObject *dict = names_of(owner);
    if (PyDict_GetItemWithError(dict, name) == old && PyDict_SetItem(dict, name, new) < 0) {
        PyErr_Clear();
    }
    if (PyType_Check(owner)) {
        PyType_Modified((PyTypeObject *)owner);
    }
}

void consts_bind(PyObject *bindings, const struct ptrmap *map)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(bindings); i++) {
        PyObject *entry = PyList_GET_ITEM(bindings, i);
        PyObject *namespace = PyTuple_GET_ITEM(entry, 0), *name = PyTuple_GET_ITEM(entry, 1);
        PyObject *old = redirected(map, PyTuple_GET_ITEM(entry, 2)), *new = redirected(map, PyTuple_GET_ITEM(entry, 3));
        bind(namespace, name, old, new);
    }
}

/* What followed is not what the program changed; and the record of its module would keep the old value alive. */
static int settle_record(PyObject *namespace, PyObject *name, PyObject *old)
{
    PyObject *names = names_of(namespace), *now = PyDict_GetItemWithError(names, name);
    PyObject *module = dict_get(names, PyType_Check(namespace) ? "__module__" : "__name__");
    PyObject *record = module && PyUnicode_CheckExact(module) ? PyDict_GetItemWithError(base_records(), module) : NULL;
    PyObject *copies = record ? base_copies(record) : NULL;
    if (PyErr_Occurred()) {
        return -1;
    }
    for (Py_ssize_t i = 0; copies && now && i < PyList_GET_SIZE(copies); i++) {
        PyObject *entry = PyList_GET_ITEM(copies, i);
        if (PyTuple_GET_ITEM(entry, 0) == namespace && PyDict_Check(PyTuple_GET_ITEM(entry, 1))) {
            bind(PyTuple_GET_ITEM(entry, 1), name, old, now);
        }
    }
    return 0;
}

int consts_settle(PyObject *bindings)
{
    for (Py_ssize_t i = 0; bindings && i < PyList_GET_SIZE(bindings); i++) {
        PyObject *entry = PyList_GET_ITEM(bindings, i);
        if (settle_record(PyTuple_GET_ITEM(entry, 0), PyTuple_GET_ITEM(entry, 1), PyTuple_GET_ITEM(entry, 2)) < 0) {
            return -1;
        }
    }
    return 0;
}
