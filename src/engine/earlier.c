/* Without this a registry that the program had filled would count as unchanged once some function of the package had
 * imported one more submodule, and what is in it would be lost.
 *
 * Compared is when an import begins, not when it ends: what the import itself puts into the package's tables is the
 * package's. Invariant: between imports nothing is held. Must not: compare or hash values. */
#include "engine/earlier.h"

#include "engine/base.h"

/* Owned from the begin to the end of an import: dict address of an object -> (its entry of the earlier record, an entry
 * of what it held when the import began). */
static _Thread_local PyObject *changed;

static PyObject *address_of(PyObject *object)
{
    return PyLong_FromVoidPtr(object);
}

static int note_object(const struct known_object *changed_object)
{
    PyObject *const *items = ((PyListObject *)changed_object->list)->ob_item;
    OWN_REF entry = pack_entry(items + changed_object->at);
    OWN_REF address = entry ? address_of(changed_object->object) : NULL;
    OWN_REF now = address ? base_entry(changed_object->object) : NULL;
    OWN_REF note = now ? PyTuple_Pack(2, entry, now) : NULL;
    return note ? PyDict_SetItem(changed, address, note) : -1;
}

static int note_package(struct known_package *package)
{
    struct known_object *found;
    size_t at = 0;
    int differs;
    while ((differs = known_next_changed(package, &at, &found)) > 0) {
        if ((!changed && !(changed = PyDict_New())) || note_object(found) < 0) {
            return -1;
        }
    }
    return differs;
}

/* Do two modules have the same first name? */
static bool is_relative(PyObject *name, PyObject *other)
{
    Py_ssize_t n = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1);
    n = n < 0 ? PyUnicode_GET_LENGTH(name) : n;
    if (PyUnicode_GET_LENGTH(other) < n || PyUnicode_Tailmatch(name, other, 0, n, -1) < 0) {
        return false;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        if (PyUnicode_READ_CHAR(name, i) != PyUnicode_READ_CHAR(other, i)) {
            return false;
        }
    }
    return PyUnicode_GET_LENGTH(other) == n || PyUnicode_READ_CHAR(other, n) == '.';
}

int earlier_note(struct known *known, PyObject *records, PyObject *name)
{
    if (known_complete(known, records) < 0) {
        return -1;
    }
    for (struct known_package *at = known->packages; at; at = at->next) {
        if (is_relative(name, at->name) && (known_refresh(known, at, records) < 0 || note_package(at) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* The slots that held something else before the import than in the earlier copy get what they had there. */
static int restore(PyObject *now, PyObject *base, PyObject *before)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(before, &position, &key, &value)) {
        PyObject *was = PyDict_GetItemWithError(base, key);
        int there = was || PyErr_Occurred() ? 1 : PyDict_Contains(now, key);
        if (PyErr_Occurred() || there < 0 || (was && was != value && PyDict_SetItem(now, key, was) < 0) ||
            (!was && there && PyDict_DelItem(now, key) < 0)) {
            return -1;
        }
    }
    position = 0;
    while (PyDict_Next(base, &position, &key, &value)) {
        int there = PyDict_Contains(before, key);
        if (there < 0 || (!there && PyDict_SetItem(now, key, value) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* One part of the entry that is to be made. New reference. */
static PyObject *part_of(PyObject *entry, PyObject *before, PyObject *now, Py_ssize_t at)
{
    PyObject *part = PyTuple_GET_ITEM(now, at);
    if (at >= PyTuple_GET_SIZE(entry) || at >= PyTuple_GET_SIZE(before)) {
        return Py_NewRef(part);
    }
    PyObject *base = PyTuple_GET_ITEM(entry, at);
    if (!PyDict_CheckExact(part) || !PyDict_CheckExact(base)) {
        return Py_NewRef(base); /* positions and members: what the import did to it counts as the program's */
    }
    return restore(part, base, PyTuple_GET_ITEM(before, at)) < 0 ? NULL : Py_NewRef(part);
}

PyObject *earlier_entry(PyObject *object)
{
    OWN_REF address = changed ? address_of(object) : NULL;
    PyObject *note = address ? PyDict_GetItemWithError(changed, address) : NULL;
    OWN_REF now = note ? base_entry(object) : NULL;
    for (Py_ssize_t i = 1; now && i < PyTuple_GET_SIZE(now); i++) {
        PyObject *part = part_of(PyTuple_GET_ITEM(note, 0), PyTuple_GET_ITEM(note, 1), now, i);
        if (!part) {
            return NULL;
        }
        PyObject *before = PyTuple_GET_ITEM(now, i);
        PyTuple_SET_ITEM(now, i, part);
        Py_DECREF(before);
    }
    return STEAL(now);
}

void earlier_forget(void)
{
    Py_CLEAR(changed);
}
