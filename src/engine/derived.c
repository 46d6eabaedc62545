/* An object made by the old version may hold a copy of a default table; new code reads the entries that its own table
 * gained and would raise KeyError in the middle of a call. A copy is told by having every key of the old table and
 * lacking a new one.
 *
 * Must not: look at keys that are not exact strings, nor at small tables (a few common keys prove nothing). */
#include "engine/derived.h"

#include "compat/heap.h"
#include "engine/refuse.h"

#define SMALLEST 6 /* keys that a table must have */

struct looking {
    struct upgrade *upgrade;
    PyObject *old, *added; /* borrowed: the old table, a key that only the new one has */
    PyObject *found;       /* borrowed: a copy */
};

static bool has_all(PyObject *dict, PyObject *table)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(table, &position, &key, &value)) {
        if (!PyUnicode_CheckExact(key) || !PyDict_GetItemWithError(dict, key)) {
            return false;
        }
    }
    return true;
}

static int look_at(PyObject *object, void *arg)
{
    struct looking *looking = arg;
    struct upgrade *upgrade = looking->upgrade;
    bool candidate = PyDict_Check(object) && object != looking->old &&
                     PyDict_GET_SIZE(object) >= PyDict_GET_SIZE(looking->old) &&
                     !ptrmap_get(&upgrade->flip.account.fixed, object) && !match_find(&upgrade->match, object) &&
                     !ptrmap_get(&upgrade->match.partners, object);
    if (candidate && has_all(object, looking->old) && !PyDict_GetItemWithError(object, looking->added)) {
        looking->found = object;
    }
    return looking->found != NULL;
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

static int check_pair(struct upgrade *upgrade, const struct pair *pair)
{
    struct looking looking = {upgrade, pair->old, NULL, NULL};
    bool dunder = pair->key && PyUnicode_Check(pair->key) && PyUnicode_GET_LENGTH(pair->key) > 1 &&
                  PyUnicode_ReadChar(pair->key, 0) == '_' && PyUnicode_ReadChar(pair->key, 1) == '_'; /* annotations */
    if (dunder || pair->kind != PAIR_DATA || !PyDict_Check(pair->old) || !PyDict_Check(pair->partner) ||
        PyDict_GET_SIZE(pair->old) < SMALLEST || !(looking.added = added_key(pair->old, pair->partner))) {
        return 0;
    }
    heap_each(look_at, &looking);
    if (!looking.found) {
        return 0;
    }
    PyObject *module = NULL;
    OWN_REF path = match_path(&upgrade->match, pair, &module);
    return path ? refuse(upgrade->reasons, "attributes-added", module, path,
                         "drop the objects made by the old version, or restart",
                         "a copy of this table is alive that lacks the entry %R, which the new version adds",
                         looking.added)
                : -1;
}

int derived_check(struct upgrade *upgrade)
{
    int refused = 0;
    for (size_t i = 0; i < upgrade->match.n_pairs && refused >= 0; i++) {
        int one = check_pair(upgrade, &upgrade->match.pairs[i]);
        refused = one < 0 ? -1 : refused | one;
    }
    return refused;
}
