/* A folder without an __init__ belongs to several distributions, and none of them owns the module. So when the kept
 * folder of one is served for it (late.c), the folders of the others have to follow; and when that distribution is
 * upgraded the module stays, with a __path__ that would find old files from then on.
 *
 * Such a __path__ is a plain list, and each is remembered here with the kept folder and the one that it stands for.
 * Invariant: after portions_settle a list has the kept folder if and only if a module of that install is loaded. */
#include "engine/portions.h"

#include "compat/modules.h"
#include "engine/base.h"
#include "engine/kept.h"
#include "engine/owner.h"

#include <string.h>

enum { SERVED_LIST, SERVED_KEPT, SERVED_INSTALLED, SERVED_OWNER, SERVED_SIZE };

static PyObject *served; /* owned: list of tuples, SERVED_... */

/* Nobody has the list but its tuple. */
static bool is_unused(PyObject *tuple)
{
    return Py_REFCNT(PyTuple_GET_ITEM(tuple, SERVED_LIST)) == 1;
}

static int forget_unused(void)
{
    for (Py_ssize_t i = PyList_GET_SIZE(served); i > 0; i--) {
        if (is_unused(PyList_GET_ITEM(served, i - 1)) && PyList_SetSlice(served, i - 1, i, NULL) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The folder of the install that the kept one stands for. New reference. */
static PyObject *installed_folder(const struct vault_entry *entry, PyObject *kept)
{
    OWN_REF bytes = PyUnicode_EncodeFSDefault(kept);
    size_t length = strlen(entry->dir);
    if (!bytes) {
        return NULL;
    }
    const char *path = PyBytes_AS_STRING(bytes);
    if (strncmp(path, entry->dir, length) != 0) {
        PyErr_Format(PyExc_SystemError, "%R is not in %s", kept, entry->dir);
        return NULL;
    }
    OWN_REF whole = PyBytes_FromFormat("%s%s", entry->root, path + length);
    return whole ? PyUnicode_DecodeFSDefault(PyBytes_AS_STRING(whole)) : NULL;
}

int portions_note(const struct keep *keep, PyObject *folders)
{
    PyObject *kept = PyList_GET_ITEM(folders, 0);
    OWN_REF installed = installed_folder(keep->entry, kept);
    OWN_REF owner = installed ? kept_identity(keep) : NULL;
    OWN_REF tuple = owner ? PyTuple_Pack(SERVED_SIZE, folders, kept, installed, owner) : NULL;
    if (!tuple || (!served && !(served = PyList_New(0))) || forget_unused() < 0) {
        return -1;
    }
    return PyList_Append(served, tuple);
}

PyObject *portions_of(PyObject *spec)
{
    OWN_REF loader = PyObject_GetAttrString(spec, "loader");
    OWN_REF folders = loader == Py_None ? PyObject_GetAttrString(spec, "submodule_search_locations") : NULL;
    return folders && folders != Py_None ? PySequence_List(folders) : NULL;
}

int portions_add(PyObject *spec, PyObject *theirs)
{
    OWN_REF folders = PyObject_GetAttrString(spec, "submodule_search_locations");
    OWN_REF others = folders && theirs != Py_None ? portions_of(theirs) : NULL;
    for (Py_ssize_t i = 0; others && i < PyList_GET_SIZE(others); i++) {
        int there = PySequence_Contains(folders, PyList_GET_ITEM(others, i));
        if (there < 0 || (there == 0 && PyList_Append(folders, PyList_GET_ITEM(others, i)) < 0)) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* ---- after an upgrade ---- */

static int is_loaded(PyObject *owner)
{
    PyObject *name, *record;
    Py_ssize_t position = 0;
    while (PyDict_Next(base_records(), &position, &name, &record)) {
        int same = PyObject_RichCompareBool(PyTuple_GET_ITEM(record, BASE_OWNER), owner, Py_EQ); /* strings and bytes */
        if (same < 0 || (same && modules_loaded(name) == PyTuple_GET_ITEM(record, BASE_MODULE))) {
            return same;
        }
    }
    return 0;
}

static int settle(PyObject *tuple)
{
    PyObject *folders = PyTuple_GET_ITEM(tuple, SERVED_LIST), *kept = PyTuple_GET_ITEM(tuple, SERVED_KEPT);
    PyObject *installed = PyTuple_GET_ITEM(tuple, SERVED_INSTALLED);
    int loaded = is_loaded(PyTuple_GET_ITEM(tuple, SERVED_OWNER));
    int there = loaded < 0 ? -1 : PySequence_Contains(folders, loaded ? kept : installed);
    if (there < 0 || (there == 0 && PyList_Insert(folders, 0, loaded ? kept : installed) < 0) || loaded) {
        return there < 0 || PyErr_Occurred() ? -1 : 0;
    }
    Py_ssize_t at = PySequence_Contains(folders, kept) == 1 ? PySequence_Index(folders, kept) : -1;
    return at >= 0 ? PySequence_DelItem(folders, at) : PyErr_Occurred() ? -1 : 0;
}

void portions_settle(void)
{
    PyObject *type, *value, *traceback; /* of the upgrade that was given up */
    PyErr_Fetch(&type, &value, &traceback);
    if (served) {
        owner_settle(); /* is_loaded reads the third of owners */
    }
    int failed = served ? forget_unused() : 0;
    OWN_REF tuples = served && failed == 0 ? PyList_GetSlice(served, 0, PyList_GET_SIZE(served)) : NULL;
    for (Py_ssize_t i = 0; tuples && i < PyList_GET_SIZE(tuples); i++) {
        if (settle(PyList_GET_ITEM(tuples, i)) < 0) {
            PyErr_WriteUnraisable(PyTuple_GET_ITEM(PyList_GET_ITEM(tuples, i), SERVED_LIST));
        }
    }
    if (PyErr_Occurred()) {
        PyErr_WriteUnraisable(served);
    }
    PyErr_Restore(type, value, traceback);
}
