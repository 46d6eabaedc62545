/* Weak references from outside to what was staged.
 *
 * They die with their referents, so an abandoned generation needs nothing. But at the flip the old version's weak
 * references move to the new classes, and a registry would have each class twice. So staging's entries are taken out
 * of ABCs' registries and caches now, and registered at the flip (which is nothing if the old entry has moved).
 *
 * ctypes' array types are kept in a weak dict of the same kind.
 *
 * Lists of subclasses are weak dicts too: those the flip hides itself, by the type. logging's lists of handlers
 * and threading's of threads need nothing. */
#include "engine/effects_parts.h"

#include "engine/redo.h"
#include "engine/refuse.h"

#include <string.h>

/* False with an exception set: no memory. */
static bool is_subclass_list(const struct reach_hit *hit)
{
    if (!PyDict_CheckExact(hit->holder) || !PyType_Check(hit->target)) {
        return false;
    }
    OWN_REF key = PyLong_FromVoidPtr(hit->target);
    return key && PyDict_GetItemWithError(hit->holder, key) == hit->held;
}

/* set of an ABC's bookkeeping -> the ABC */
struct abc_sets {
    struct ptrmap owner;
    PyObject *abc;
};

static int note_set(PyObject *object, void *arg)
{
    struct abc_sets *sets = arg;
    return PySet_Check(object) ? ptrmap_put(&sets->owner, object, sets->abc) : 0;
}

static int find_sets(struct outside *outside, struct abc_sets *sets)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(outside->spaces); i++) {
        PyObject *space = PyList_GET_ITEM(outside->spaces, i);
        sets->abc = PyTuple_GET_ITEM(space, 0);
        PyObject *data = PyType_Check(sets->abc) ? dict_get(PyTuple_GET_ITEM(space, 2), "_abc_impl") : NULL;
        if (PyErr_Occurred()) {
            return -1;
        }
        traverseproc traverse = data ? Py_TYPE(data)->tp_traverse : NULL;
        if (traverse && traverse(data, note_set, sets) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

/* The weak references of a set to something staged: a new list. */
static PyObject *staged_entries(const struct reach *reach, PyObject *set)
{
    OWN_REF all = listed(set);
    OWN_REF staged = all ? PyList_New(0) : NULL;
    for (Py_ssize_t i = 0; staged && i < PyList_GET_SIZE(all); i++) {
        PyObject *entry = PyList_GET_ITEM(all, i);
        PyObject *target = PyWeakref_Check(entry) ? ((PyWeakReference *)entry)->wr_object : NULL;
        if (target && ptrmap_get(&reach->staged, target) && PyList_Append(staged, entry) < 0) {
            return NULL;
        }
    }
    return STEAL(staged);
}

/* Takes the entry out; if this is the registry and not a cache, (ABC, class) is added to registered. */
static int undo_abc(PyObject *abc, PyObject *set, PyObject *entry, PyObject *registered)
{
    OWN_REF function = effects_attribute("_abc", "_get_dump");
    OWN_REF dump = function ? PyObject_CallOneArg(function, abc) : NULL;
    if (!dump || !PyTuple_Check(dump)) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_RuntimeError, "_abc._get_dump is missing");
        }
        return -1;
    }
    PyObject *target = ((PyWeakReference *)entry)->wr_object;
    int in = PySet_Contains(PyTuple_GET_ITEM(dump, 0), entry);
    OWN_REF pair = in > 0 ? PyTuple_Pack(2, abc, target) : NULL;
    int there = pair ? PySequence_Contains(registered, pair) : 1;
    if (in < 0 || PyErr_Occurred() || there < 0 || (!there && PyList_Append(registered, pair) < 0)) {
        return -1;
    }
    return PySet_Discard(set, entry) < 0 ? -1 : 0;
}

static int undo_abcs(struct abc_sets *sets, const struct reach *reach, PyObject *registered)
{
    struct ptrmap_slot *slot;
    for (size_t position = 0; (slot = ptrmap_next(&sets->owner, &position));) {
        PyObject *set = (PyObject *)slot->key;
        OWN_REF entries = staged_entries(reach, set);
        for (Py_ssize_t i = 0; entries && i < PyList_GET_SIZE(entries); i++) {
            if (undo_abc(slot->value, set, PyList_GET_ITEM(entries, i), registered) < 0) {
                return -1;
            }
        }
        if (!entries) {
            return -1;
        }
    }
    return 0;
}

/* Lists of the standard library that say what exists: after the flip both may stand there until the old one dies. False
 * with an exception set: no memory. */
static bool is_census(PyObject *holder)
{
    static const char *const lists[][2] = {{"logging", "_handlerList"},
                                           {"logging", "_handlers"},
                                           {"logging", "_at_fork_reinit_lock_weakset"},
                                           {"threading", "_dangling"}};
    bool is = false;
    if (PyErr_Occurred()) {
        return false; /* of who asked before */
    }
    for (size_t i = 0; i < sizeof lists / sizeof *lists && !is; i++) {
        OWN_REF list = effects_attribute(lists[i][0], lists[i][1]);
        OWN_REF data = list ? PyObject_GetAttrString(list, "data") : NULL;
        if (!list || (!data && short_of_memory())) {
            return false;
        }
        PyErr_Clear();
        is = holder == list || holder == data;
    }
    return is;
}

/* ctypes keeps array types that it has made, so that P * 4 is always the same: in a dict with weak proxies that take
 * themselves out. */
static bool is_array_cache(const struct reach_hit *hit)
{
    PyObject *callback = PyWeakref_CheckProxy(hit->held) ? ((PyWeakReference *)hit->held)->wr_callback : NULL;
    return callback && PyDict_CheckExact(hit->holder) && strcmp(Py_TYPE(callback)->tp_name, "_ctypes.DictRemover") == 0;
}

/* The entry comes back at the flip, unless the old version's has moved to its key. */
static int undo_array_cache(struct outside *outside, const struct reach_hit *hit)
{
    PyObject *key, *value;
    for (Py_ssize_t i = 0; PyDict_Next(hit->holder, &i, &key, &value);) {
        if (value == hit->held) {
            OWN_REF entry = Py_NewRef(key);
            return redo_note_item(outside->redo, hit->holder, entry, hit->held, NULL) < 0
                       ? -1
                       : PyDict_DelItem(hit->holder, entry);
        }
    }
    return 0;
}

static int undo_other(struct outside *outside, const struct reach_hit *hit, PyObject *reasons)
{
    OWN_REF name = outside_name(outside, hit);
    if (!name || outside_undo(outside, hit) == OUTSIDE_FAILED) {
        return -1;
    }
    return refuse(reasons, EFFECT_CODE, NULL, name, EFFECT_ACTION,
                  "importing the new version puts a weak reference to its %s into %U", Py_TYPE(hit->target)->tp_name,
                  name);
}

int effects_weak_end(struct outside *outside, const struct reach *reach, PyObject *reasons, PyObject **ret_registered)
{
    OWN_REF registered = PyList_New(0);
    struct abc_sets sets = {.abc = NULL};
    ptrmap_init(&sets.owner);
    int refused = registered && find_sets(outside, &sets) == 0 ? undo_abcs(&sets, reach, registered) : -1;
    for (size_t i = 0; refused >= 0 && i < reach->n_hits; i++) {
        const struct reach_hit *hit = &reach->hits[i];
        if (!hit->weak || ptrmap_find(&sets.owner, hit->holder) || is_subclass_list(hit) || is_census(hit->holder)) {
            continue;
        }
        int result = PyErr_Occurred()      ? -1
                     : is_array_cache(hit) ? undo_array_cache(outside, hit)
                                           : undo_other(outside, hit, reasons);
        refused = result < 0 ? -1 : refused | result;
    }
    ptrmap_release(&sets.owner);
    if (refused >= 0) {
        *ret_registered = STEAL(registered);
    }
    return refused;
}

/* ---- after the flip ---- */

/* Is the class in the registry of the ABC itself (not of another one, or below a class that is)? 1, 0, -1. */
static int is_registered(PyObject *abc, PyObject *class)
{
    OWN_REF function = effects_attribute("_abc", "_get_dump");
    OWN_REF dump = function && function != Py_None ? PyObject_CallOneArg(function, abc) : NULL;
    OWN_REF reference = dump && PyTuple_Check(dump) ? PyWeakref_NewRef(class, NULL) : NULL;
    return reference ? PySequence_Contains(PyTuple_GET_ITEM(dump, 0), reference) : -1;
}

int effects_weak_register(PyObject *abc, PyObject *class)
{
    int there = is_registered(abc, class);
    OWN_REF done = there ? NULL : PyObject_CallMethod(abc, "register", "O", class);
    return there ? (there < 0 ? -1 : 0) : done ? 1 : -1;
}

struct discarding {
    PyObject *reference;
    bool failed, done;
};

static int discard(PyObject *object, void *arg)
{
    struct discarding *discarding = arg;
    int found = PySet_Check(object) ? PySet_Discard(object, discarding->reference) : 0;
    discarding->failed = discarding->failed || found < 0;
    discarding->done = discarding->done || found > 0;
    return 0;
}

int effects_weak_unregister(PyObject *abc, PyObject *class)
{
    int there = is_registered(abc, class);
    PyObject *data = there > 0 ? dict_get(((PyTypeObject *)abc)->tp_dict, "_abc_impl") : NULL;
    traverseproc traverse = data ? Py_TYPE(data)->tp_traverse : NULL;
    struct discarding discarding = {.reference = traverse ? PyWeakref_NewRef(class, NULL) : NULL};
    if (there <= 0 || !discarding.reference) {
        return there < 0 || PyErr_Occurred() ? -1 : 0;
    }
    traverse(data, discard, &discarding);
    Py_DECREF(discarding.reference);
    OWN_REF reset = effects_attribute("_abc", "_reset_caches");
    OWN_REF done = reset ? PyObject_CallOneArg(reset, abc) : NULL;
    return discarding.failed || !done ? -1 : discarding.done;
}

int effects_weak_redo(PyObject *registered, PyObject *undo)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(registered); i++) {
        PyObject *entry = PyList_GET_ITEM(registered, i);
        PyObject *abc = PyTuple_GET_ITEM(entry, 0), *class = PyTuple_GET_ITEM(entry, 1);
        int done = effects_weak_register(abc, class);
        if (done < 0 || (done && undo && redo_note_abc(undo, abc, class, false) < 0)) {
            return -1;
        }
    }
    return 0;
}
