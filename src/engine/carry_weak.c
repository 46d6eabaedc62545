/* A weak container is opaque: the old one stays, with the program's members and the package's, which follow by their
 * weak references. What the new version adds to its own at import (a class that is new) would be lost with it: it is
 * noted before the flip and put in afterwards, through the container's own methods.
 *
 * Must not: touch the container before the flip. */
#include "engine/carry_weak.h"

#include "compat/state.h"
#include "compat/weak.h"

#include <string.h>

enum weak_kind { NOT_WEAK, WEAK_SET, WEAK_VALUES, WEAK_KEYS };

static enum weak_kind kind_of(PyTypeObject *type)
{
    static const char *const names[] = {NULL, "WeakSet", "WeakValueDictionary", "WeakKeyDictionary"};
    for (Py_ssize_t i = 0; type->tp_mro && i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i);
        PyObject *module = class_module_name(base);
        bool home = module && (PyUnicode_CompareWithASCIIString(module, "weakref") == 0 ||
                               PyUnicode_CompareWithASCIIString(module, "_weakrefset") == 0);
        for (int kind = WEAK_SET; home && kind <= WEAK_KEYS; kind++) {
            if (strcmp(base->tp_name, names[kind]) == 0) {
                return (enum weak_kind)kind;
            }
        }
    }
    return NOT_WEAK;
}

/* One entry of the staged container; its weak object, unless it is dead or takes the place of an old one, is new. */
static int note_entry(const struct match *match, PyObject *old, PyObject *ref, PyObject *key, PyObject *value,
                      PyObject *entries)
{
    OWN_REF object = PyWeakref_Check(ref) ? weak_get(ref) : NULL;
    if (!object || ptrmap_get(&match->partners, object)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF entry = PyTuple_Pack(3, old, key ? key : object, value ? value : key ? object : Py_None);
    return entry ? PyList_Append(entries, entry) : -1;
}

static int note_entries(const struct match *match, const struct pair *pair, enum weak_kind kind, PyObject *entries)
{
    OWN_REF state = state_copy(pair->partner);
    PyObject *data = state ? PyDict_GetItemString(state, "data") : NULL;
    OWN_REF members = data && PyAnySet_Check(data) ? state_set_members(data) : NULL;
    OWN_REF table = data && PyDict_Check(data) ? PyDict_Copy(data) : NULL;
    for (Py_ssize_t i = 0; members && kind == WEAK_SET && i < PyList_GET_SIZE(members); i++) {
        if (note_entry(match, pair->old, PyList_GET_ITEM(members, i), NULL, NULL, entries) < 0) {
            return -1;
        }
    }
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (table && kind != WEAK_SET && PyDict_Next(table, &position, &key, &value)) {
        bool by_value = kind == WEAK_VALUES;
        if (note_entry(match, pair->old, by_value ? value : key, by_value ? key : NULL, by_value ? NULL : value,
                       entries) < 0) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

PyObject *carry_weak_find(const struct match *match)
{
    OWN_REF entries = PyList_New(0);
    for (size_t i = 0; entries && i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        enum weak_kind kind = pair->kind == PAIR_DATA ? kind_of(Py_TYPE(pair->old)) : NOT_WEAK;
        if (kind != NOT_WEAK && note_entries(match, pair, kind, entries) < 0) {
            return NULL;
        }
    }
    return STEAL(entries);
}

int carry_weak_add(PyObject *entries)
{
    for (Py_ssize_t i = 0; entries && i < PyList_GET_SIZE(entries); i++) {
        PyObject *entry = PyList_GET_ITEM(entries, i);
        PyObject *container = PyTuple_GET_ITEM(entry, 0), *key = PyTuple_GET_ITEM(entry, 1);
        int there = PySequence_Contains(container, key);
        if (there < 0) {
            return -1;
        }
        if (there) {
            continue;
        }
        if (kind_of(Py_TYPE(container)) != WEAK_SET) {
            if (PyObject_SetItem(container, key, PyTuple_GET_ITEM(entry, 2)) < 0) {
                return -1;
            }
            continue;
        }
        OWN_REF added = PyObject_CallMethod(container, "add", "O", key);
        if (!added) {
            return -1;
        }
    }
    return 0;
}
