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

/* Records come in the order in which they were made, and the last entry of an object is the one that counts: what an
 * earlier one says of it is forgotten. */
static int note_entry(PyObject *entry)
{
    PyObject *object = PyTuple_GET_ITEM(entry, 0);
    int differs = base_entry_differs(entry);
    if (differs < 0 || (!differs && PyDict_GET_SIZE(changed) == 0)) {
        return differs;
    }
    OWN_REF address = address_of(object);
    if (address && !differs) {
        int noted = PyDict_Contains(changed, address);
        return noted > 0 ? PyDict_DelItem(changed, address) : noted;
    }
    OWN_REF now = address ? base_entry(object) : NULL;
    OWN_REF note = now ? PyTuple_Pack(2, entry, now) : NULL;
    return note ? PyDict_SetItem(changed, address, note) : -1;
}

static int note_record(PyObject *record)
{
    PyObject *copies = PyTuple_GET_ITEM(record, BASE_COPIES);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(copies); i++) {
        if (note_entry(PyList_GET_ITEM(copies, i)) < 0) {
            return -1;
        }
    }
    return 0;
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

int earlier_note(PyObject *records, PyObject *name)
{
    PyObject *other, *record;
    Py_ssize_t position = 0;
    while (PyDict_Next(records, &position, &other, &record)) {
        if (!is_relative(name, other)) {
            continue;
        }
        if ((!changed && !(changed = PyDict_New())) || note_record(record) < 0) {
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

PyObject *earlier_copy(PyObject *object, PyObject *now, bool attributes)
{
    OWN_REF address = changed ? address_of(object) : NULL;
    PyObject *note = address ? PyDict_GetItemWithError(changed, address) : NULL;
    if (!note) {
        return PyErr_Occurred() ? NULL : Py_NewRef(now);
    }
    PyObject *entry = PyTuple_GET_ITEM(note, 0), *before = PyTuple_GET_ITEM(note, 1);
    Py_ssize_t at = attributes ? 2 : 1;
    if (at >= PyTuple_GET_SIZE(entry) || at >= PyTuple_GET_SIZE(before)) {
        return Py_NewRef(now);
    }
    PyObject *base = PyTuple_GET_ITEM(entry, at);
    if (!PyDict_CheckExact(now) || !PyDict_CheckExact(base)) {
        return Py_NewRef(base); /* positions and members: what the import did to it counts as the program's */
    }
    return restore(now, base, PyTuple_GET_ITEM(before, at)) < 0 ? NULL : Py_NewRef(now);
}

void earlier_forget(void)
{
    Py_CLEAR(changed);
}
