/* An object made by the old version may hold a copy of a default table; new code reads the entries that its own table
 * gained and would raise KeyError in the middle of a call. A copy is told by having every key of the old table, still
 * holding half of the very objects that it holds, and lacking a new key; it gets what a new copy would have had. Keys
 * alone prove nothing: each locale has a table with the same ones.
 *
 * Invariant: only plain values are put in (numbers, strings, tuples of such): what has an identity, each copy would
 * have made its own way; and only into what the program or its instances hold, never into a table that one of the
 * generations has itself. Must not: look into dicts with keys that are not exact strings, whose __eq__ is Python code;
 * nor at small tables (a few common keys prove nothing). */
#include "engine/derived.h"

#include "compat/heap.h"
#include "compat/state.h"
#include "engine/base.h"
#include "engine/carry_enum.h"
#include "engine/refuse.h"
#include "engine/upgrade.h"

#include <stdlib.h>

#define SMALLEST 6  /* keys that a table must have */
#define DEEPEST 50  /* tuples in each other in a value, */
#define MOST 100000 /* and items in them, that are looked through */

struct looking {
    struct upgrade *upgrade;
    const struct ptrmap *staged; /* what the new modules lead to (base.h) */
    PyObject *old, *new;         /* borrowed: the old table, the new one */
    PyObject *added;             /* borrowed: a key that only the new one has */
    struct objects found;        /* copies, borrowed */
};

/* Every key of the table, and half of its values: the objects themselves. */
static bool was_filled_from(PyObject *dict, PyObject *table)
{
    PyObject *key, *value;
    Py_ssize_t position = 0, same = 0;
    while (PyDict_Next(table, &position, &key, &value)) {
        PyObject *own = PyUnicode_CheckExact(key) ? PyDict_GetItemWithError(dict, key) : NULL;
        if (!own) {
            return false;
        }
        same += own == value;
    }
    return 2 * same >= PyDict_GET_SIZE(table);
}

static bool lacks_any(PyObject *dict, PyObject *old, PyObject *new)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(new, &position, &key, &value)) {
        if (PyUnicode_CheckExact(key) && !PyDict_GetItemWithError(old, key) && !PyDict_GetItemWithError(dict, key)) {
            return true;
        }
    }
    return false;
}

static int look_at(PyObject *object, void *arg)
{
    struct looking *looking = arg;
    struct upgrade *upgrade = looking->upgrade;
    bool candidate = PyDict_Check(object) && object != looking->old &&
                     PyDict_GET_SIZE(object) >= PyDict_GET_SIZE(looking->old) && state_has_str_keys(object) &&
                     !ptrmap_get(&upgrade->flip.account.fixed, object) && !match_find(&upgrade->match, object) &&
                     !ptrmap_get(&upgrade->match.partners, object) && !ptrmap_get(&upgrade->match.base, object) &&
                     !ptrmap_get(looking->staged, object);
    bool copy = candidate && was_filled_from(object, looking->old) && lacks_any(object, looking->old, looking->new);
    return copy ? objects_add(&looking->found, object) : 0;
}

/* A key of the new table that the old one lacks. Borrowed, or NULL. */
static PyObject *added_key(PyObject *old, PyObject *new)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(new, &position, &key, &value)) {
        if (PyUnicode_CheckExact(key) && !PyDict_GetItemWithError(old, key)) {
            return key;
        }
    }
    return NULL;
}

/* depth, budget: what lies deeper in tuples, or is more than that, is not looked through. */
static bool is_plain(PyObject *value, int depth, int *budget)
{
    bool tuple = PyTuple_CheckExact(value), plain = depth < DEEPEST && --*budget > 0;
    for (Py_ssize_t i = 0; tuple && plain && i < PyTuple_GET_SIZE(value); i++) {
        plain = is_plain(PyTuple_GET_ITEM(value, i), depth + 1, budget);
    }
    return plain && (tuple || value == Py_None || PyUnicode_CheckExact(value) || PyLong_CheckExact(value) ||
                     PyFloat_CheckExact(value) || PyBool_Check(value) || PyBytes_CheckExact(value) ||
                     PyComplex_CheckExact(value));
}

/* Notes what one copy lacks. 0; 1 when that is no plain value (*ret_key, borrowed); -1. */
static int want_entries(struct upgrade *upgrade, const struct looking *looking, PyObject *copy, PyObject **ret_key)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(looking->new, &position, &key, &value)) {
        if (!PyUnicode_CheckExact(key) || PyDict_GetItemWithError(looking->old, key) ||
            PyDict_GetItemWithError(copy, key)) {
            continue;
        }
        int budget = MOST;
        if (!is_plain(value, 0, &budget)) {
            *ret_key = key;
            return 1;
        }
        OWN_REF entry = PyTuple_Pack(3, copy, key, value);
        if (!entry || PyList_Append(upgrade->derived.wanted, entry) < 0) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

static int note_copies(struct upgrade *upgrade, PyObject *module, PyObject *path, size_t n)
{
    OWN_REF note = PyUnicode_FromFormat("%zu copies of %V.%U get the entries that the new version adds to it", n,
                                        module, "?", path);
    return note ? PyList_Append(upgrade->notes, note) : -1;
}

/* All copies of one table. 0, 1 refused, -1. */
static int want_all(struct upgrade *upgrade, const struct pair *pair, const struct looking *looking)
{
    PyObject *module = NULL, *key = NULL;
    OWN_REF path = match_path(&upgrade->match, pair, &module);
    int result = path ? 0 : -1;
    for (size_t i = 0; i < looking->found.n && result == 0; i++) {
        result = want_entries(upgrade, looking, looking->found.items[i], &key);
    }
    if (result > 0) {
        return refuse(upgrade->reasons, "attributes-added", module, path,
                      "drop the objects made by the old version, or restart",
                      "a copy of this table is alive that lacks the entry %R, which the new version adds", key);
    }
    return result < 0 ? -1 : note_copies(upgrade, module, path, looking->found.n);
}

static int check_pair(struct upgrade *upgrade, const struct pair *pair, const struct ptrmap *staged)
{
    struct looking looking = {.upgrade = upgrade, .staged = staged, .old = pair->old, .new = pair->partner};
    bool dunder = pair->key && PyUnicode_Check(pair->key) && PyUnicode_GET_LENGTH(pair->key) > 1 &&
                  PyUnicode_ReadChar(pair->key, 0) == '_' && PyUnicode_ReadChar(pair->key, 1) == '_'; /* annotations */
    if (dunder || carry_enum_owns(&upgrade->match, pair) || pair->kind != PAIR_DATA || !PyDict_Check(pair->old) ||
        !PyDict_Check(pair->partner) || PyDict_GET_SIZE(pair->old) < SMALLEST ||
        !(looking.added = added_key(pair->old, pair->partner))) {
        return 0;
    }
    bool before = heap_forbid_collection();
    int result = heap_each(look_at, &looking) ? -1 : 0;
    if (result == 0 && looking.found.n) {
        result = want_all(upgrade, pair, &looking);
    }
    heap_allow_collection(before);
    free(looking.found.items);
    return result;
}

int derived_find(struct upgrade *upgrade)
{
    struct ptrmap staged = {0};
    derived_release(&upgrade->derived);
    upgrade->derived.wanted = PyList_New(0);
    upgrade->derived.added = PyList_New(0);
    bool ready = upgrade->derived.wanted && upgrade->derived.added &&
                 base_index(upgrade->new_records, upgrade->new.modules, &staged) == 0;
    int refused = ready ? 0 : -1;
    for (size_t i = 0; i < upgrade->match.n_pairs && refused >= 0; i++) {
        int one = check_pair(upgrade, &upgrade->match.pairs[i], &staged);
        refused = one < 0 ? -1 : refused | one;
    }
    ptrmap_release(&staged);
    return refused;
}

int derived_apply(struct upgrade *upgrade)
{
    struct derived *derived = &upgrade->derived;
    for (Py_ssize_t i = 0; derived->wanted && i < PyList_GET_SIZE(derived->wanted); i++) {
        PyObject *entry = PyList_GET_ITEM(derived->wanted, i);
        PyObject *dict = PyTuple_GET_ITEM(entry, 0), *key = PyTuple_GET_ITEM(entry, 1);
        if (!state_has_str_keys(dict) || PyDict_GetItemWithError(dict, key)) {
            continue; /* no plain copy any more, or the program has put one there meanwhile */
        }
        PyObject *value = PyTuple_GET_ITEM(entry, 2);
        if (PyErr_Occurred() || PyList_Append(derived->added, entry) < 0 ||
            (PyODict_Check(dict) ? PyODict_SetItem(dict, key, value) : PyDict_SetItem(dict, key, value)) < 0) {
            return -1;
        }
    }
    return 0;
}

void derived_undo(struct upgrade *upgrade)
{
    PyObject *type, *value, *traceback, *added = upgrade->derived.added;
    PyErr_Fetch(&type, &value, &traceback);
    for (Py_ssize_t i = 0; added && i < PyList_GET_SIZE(added); i++) {
        PyObject *entry = PyList_GET_ITEM(added, i);
        PyObject *dict = PyTuple_GET_ITEM(entry, 0), *key = PyTuple_GET_ITEM(entry, 1);
        if ((PyODict_Check(dict) ? PyODict_DelItem(dict, key) : PyDict_DelItem(dict, key)) < 0) {
            PyErr_Clear(); /* it was the one whose insertion failed */
        }
    }
    if (added && PyList_SetSlice(added, 0, PY_SSIZE_T_MAX, NULL) < 0) {
        PyErr_Clear(); /* dropping items needs no memory */
    }
    PyErr_Restore(type, value, traceback);
}

void derived_release(struct derived *derived)
{
    Py_CLEAR(derived->wanted);
    Py_CLEAR(derived->added);
}
