/* The decision table, row by row, for one slot: what it was (base), is (now), and is in the new version (theirs).
 *
 * Invariant: an answer depends on what was recorded and on what is there, never on what an earlier answer wrote.
 * Must not: compare values by their own __eq__, except exact built-in atoms. */
#include "engine/carry_parts.h"
#include "engine/carry_weak.h"

#include "compat/contents.h"
#include "compat/state.h"
#include "engine/carry_equal.h"
#include "engine/kinds.h"
#include "engine/refuse.h"

#include <string.h>

bool carry_is_bookkeeping(PyObject *key)
{
    static const char *const names[] = {"__warningregistry__",
                                        "__module__",
                                        "__slotnames__",
                                        "__builtins__",
                                        "__annotations__",
                                        "__spec__",
                                        "__loader__",
                                        "__path__",
                                        "__cached__",
                                        "__file__",
                                        "__doc__",
                                        "__abstractmethods__",
                                        "_abc_impl",
                                        "__static_attributes__",
                                        "__firstlineno__",
                                        "__dict__",
                                        "__weakref__",
                                        "__match_args__",
                                        "__parameters__"};
    for (size_t i = 0; PyUnicode_Check(key) && i < sizeof names / sizeof *names; i++) {
        if (PyUnicode_CompareWithASCIIString(key, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool carry_is_old_code(const struct match *match, PyObject *value)
{
    struct pair *pair = match_find(match, value);
    return (pair && pair->kind != PAIR_DATA && pair->kind != PAIR_MEMBER) ||
           generation_owns_function(match->old, value) || generation_owns_class(match->old, value) ||
           generation_owns_module(match->old, value);
}

struct generated {
    const struct match *match;
    bool found;
};

static int look_for_generated(PyObject *object, void *arg)
{
    struct generated *generated = arg;
    bool old = generation_owns_function(generated->match->old, object);
    generated->found = generated->found || (old && !match_find(generated->match, object));
    return 0;
}

/* Does a wrapper (staticmethod, property, partial ...) lead to code of the old generation that has no counterpart? */
static bool wraps_generated(const struct match *match, PyObject *value)
{
    static const char *const names[] = {"property", "staticmethod", "classmethod", "method", "functools.partial"};
    struct generated generated = {match, false};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(Py_TYPE(value)->tp_name, names[i]) == 0) {
            Py_TYPE(value)->tp_traverse(value, look_for_generated, &generated);
        }
    }
    return generated.found;
}

/* Code of the program or of another package: it overrides what the release says. */
static bool is_foreign_code(const struct match *match, PyObject *value)
{
    bool code = PyFunction_Check(value) || PyType_Check(value) || PyMethod_Check(value) || PyCFunction_Check(value) ||
                PyModule_Check(value) || (Py_TYPE(value)->tp_call && !match_find(match, (PyObject *)Py_TYPE(value)));
    return code && !carry_is_old_code(match, value);
}

bool carry_same_value(PyObject *base, PyObject *now)
{
    return base == now || (base && now && carry_equal_atoms(base, now));
}

bool carry_same_after(const struct carrying *carrying, PyObject *now, PyObject *theirs)
{
    if (now == theirs || carry_equal_atoms(now, theirs)) {
        return true;
    }
    struct pair *pair = match_find(carrying->match, now);
    if (!pair || pair->partner != theirs) {
        return false;
    }
    size_t at = (size_t)(pair - carrying->match->pairs);
    enum carry_way way = (enum carry_way)carrying->carry->ways[at];
    return pair->kind != PAIR_DATA || (way != CARRY_NONE && way != CARRY_APART);
}

/* ---- what was touched ---- */

#define DEEPEST 200

enum { TOUCHED_NOT = 1, TOUCHED, TOUCHED_ASKED };

static bool touched_inside(struct carrying *carrying, PyObject *object, PyObject *child, int depth);

static bool touched_at(struct carrying *carrying, PyObject *object, int depth)
{
    PyObject *entry = ptrmap_get(&carrying->match->base, object);
    uintptr_t known = (uintptr_t)ptrmap_get(&carrying->touched, object);
    if (!entry || PyType_Check(object) || PyModule_Check(object) || known || depth > DEEPEST) {
        return known == TOUCHED;
    }
    bool touched = ptrmap_get(&carrying->dirty, object);
    if (ptrmap_put(&carrying->touched, object, (void *)(uintptr_t)TOUCHED_ASKED) < 0) {
        return touched; /* no memory to be quick */
    }
    for (Py_ssize_t part = 1; !touched && part < PyTuple_GET_SIZE(entry); part++) {
        PyObject *copy = PyTuple_GET_ITEM(entry, part), *key, *value;
        Py_ssize_t position = 0;
        while (!touched && PyDict_Check(copy) && PyDict_Next(copy, &position, &key, &value)) {
            touched = touched_inside(carrying, object, value, depth);
        }
        for (Py_ssize_t i = 0; !touched && PyList_Check(copy) && i < PyList_GET_SIZE(copy); i++) {
            touched = touched_inside(carrying, object, PyList_GET_ITEM(copy, i), depth);
        }
    }
    uintptr_t answer = touched ? TOUCHED : TOUCHED_NOT; /* replaces an entry: no memory is needed */
    return ptrmap_put(&carrying->touched, object, (void *)answer) < 0 ? touched : touched;
}

/* A tuple cannot be changed itself, but for the attributes of a subclass's instance. One that was looked through from
 * the same object, or is asked about just now, says nothing more; in one that lies too deep, something may be. */
static bool touched_item(struct carrying *carrying, PyObject *object, PyObject *tuple, int depth)
{
    if (!PyTuple_Check(tuple) || ptrmap_get(&carrying->through, tuple) == object) {
        return false;
    }
    bool touched = depth > DEEPEST || ptrmap_put(&carrying->through, tuple, object) < 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple) && !touched; i++) {
        touched = touched_inside(carrying, object, PyTuple_GET_ITEM(tuple, i), depth + 1);
    }
    if (touched) {
        ptrmap_remove(&carrying->through, tuple);
    }
    return touched;
}

/* Something that lies in the object: does it count? Not what is found first by another way. */
static bool touched_inside(struct carrying *carrying, PyObject *object, PyObject *child, int depth)
{
    if (touched_item(carrying, object, child, depth)) {
        return true;
    }
    struct pair *pair = match_find(carrying->match, child);
    bool elsewhere = pair && carrying->match->pairs[pair->parent].old != object;
    return !elsewhere && touched_at(carrying, child, depth + 1);
}

bool carry_touched(struct carrying *carrying, PyObject *object)
{
    return touched_at(carrying, object, 0) || touched_item(carrying, object, object, 0);
}

/* ---- conflicts ---- */

/* What the new version starts with in this slot is what the old one started with. 1, 0, -1. */
static int same_start(struct carrying *carrying, PyObject *base, PyObject *theirs)
{
    if (!base || !theirs) {
        return base == theirs;
    }
    PyObject *was = match_base(carrying->match, base, false);
    OWN_REF is = was ? carry_their_copy(carrying, theirs, false) : NULL;
    if (PyErr_Occurred()) {
        return -1;
    }
    return was && is ? carry_equal(carrying->match, was, is) : carry_equal(carrying->match, base, theirs);
}

/* A value in a sentence: short atoms by their repr, all else by its type. New reference. */
static PyObject *shown(PyObject *value)
{
    bool plain = PyUnicode_CheckExact(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
                 PyBool_Check(value) || value == Py_None || PyBytes_CheckExact(value);
    OWN_REF text = plain ? PyObject_Repr(value) : NULL;
    if (text && PyUnicode_GET_LENGTH(text) <= 60) {
        return STEAL(text);
    }
    return PyErr_Occurred() ? NULL : PyUnicode_FromFormat("a %s", Py_TYPE(value)->tp_name);
}

int carry_conflict(struct carrying *carrying, const struct slot *slot, const char *about)
{
    PyObject *module = NULL;
    struct pair *pair = match_find(carrying->match, slot->owner);
    OWN_REF path =
        pair ? match_path(carrying->match, pair, &module) : PyUnicode_FromString(Py_TYPE(slot->owner)->tp_name);
    OWN_REF key = path ? shown(slot->key) : NULL;
    if (!key) {
        return -1;
    }
    bool dot = PyUnicode_GET_LENGTH(path) > 0;
    bool name = slot->named && PyUnicode_Check(slot->key);
    OWN_REF symbol = name ? PyUnicode_FromFormat(dot ? "%U.%U" : "%U%U", path, slot->key)
                          : PyUnicode_FromFormat("%U[%U]", path, key);
    OWN_REF entry = symbol ? Py_BuildValue("(OOs)", module ? module : Py_None, symbol, about) : NULL;
    return entry ? PyList_Append(carrying->carry->conflicts, entry) : -1;
}

int carry_note_gone(struct carrying *carrying, PyObject *owner, PyObject *name, Py_ssize_t n)
{
    PyObject *module = NULL;
    struct pair *pair = match_find(carrying->match, owner);
    OWN_REF path = pair ? match_path(carrying->match, pair, &module) : NULL;
    if (!path) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF parts = PyList_New(0);
    PyObject *words[] = {module, path, name};
    for (size_t i = 0; parts && i < 3; i++) {
        bool word = words[i] && PyUnicode_Check(words[i]) && PyUnicode_GET_LENGTH(words[i]) > 0;
        if (word && PyList_Append(parts, words[i]) < 0) {
            return -1;
        }
    }
    OWN_REF dot = parts ? PyUnicode_FromString(".") : NULL;
    OWN_REF where = dot ? PyUnicode_Join(dot, parts) : NULL;
    OWN_REF text =
        !where ? NULL
        : name
            ? PyUnicode_FromFormat("%U starts anew: the code that had computed it is another one now", where)
            : PyUnicode_FromFormat("%U starts anew: %zd entries that calls of the program had put there are gone, as "
                                   "the code that had computed them is another one now",
                                   where, n);
    int known = text ? PySequence_Contains(carrying->carry->notes, text) : -1;
    return known ? (known < 0 ? -1 : 0) : PyList_Append(carrying->carry->notes, text);
}

static int note_conflict(struct carrying *carrying, const struct slot *slot)
{
    OWN_REF base = slot->base ? shown(slot->base) : PyUnicode_FromString("nothing");
    OWN_REF now = !base ? NULL : slot->now ? shown(slot->now) : PyUnicode_FromString("nothing: it was deleted");
    OWN_REF theirs = !now ? NULL : slot->theirs ? shown(slot->theirs) : PyUnicode_FromString("nothing");
    OWN_REF text =
        theirs ? PyUnicode_FromFormat("the program's way was kept, %U; it was %U, and the new version starts with %U",
                                      now, base, theirs)
               : NULL;
    const char *about = text ? PyUnicode_AsUTF8(text) : NULL;
    return about ? carry_conflict(carrying, slot, about) : -1;
}

/* The program's way; a conflict only if the release went another. */
static int keep(struct carrying *carrying, const struct slot *slot, bool *ret_ours)
{
    *ret_ours = true;
    int same = same_start(carrying, slot->base, slot->theirs);
    if (same == 0 && slot->now && slot->theirs) {
        same = carry_same_after(carrying, slot->now, slot->theirs)
                   ? 1
                   : carry_equal(carrying->match, slot->now, slot->theirs);
    }
    if (same == 0 && !slot->base && !slot->theirs) {
        same = 1;
    }
    return same < 0 ? -1 : same ? 0 : note_conflict(carrying, slot);
}

/* ---- the table ---- */

/* The program filled a container, and the new version's code counts on one of another kind there. */
static bool is_other_kind(const struct match *match, const struct slot *slot)
{
    PyTypeObject *type = Py_TYPE(slot->now);
    struct pair *pair = match_find(match, (PyObject *)type);
    return slot->theirs && slot->theirs != slot->now && contents_kind(slot->now) != CONTENTS_NONE &&
           Py_TYPE(slot->theirs) != type && !(pair && pair->partner == (PyObject *)Py_TYPE(slot->theirs));
}

static int refuse_slot(struct carrying *carrying, const struct slot *slot)
{
    PyObject *module = NULL;
    struct pair *pair = match_find(carrying->match, slot->owner);
    OWN_REF path = pair ? match_path(carrying->match, pair, &module) : PyUnicode_FromString("");
    OWN_REF key = path ? shown(slot->key) : NULL;
    OWN_REF symbol = key ? PyUnicode_FromFormat("%U[%U]", path, key) : NULL;
    carrying->refused = true;
    int refused = !symbol ? -1
                          : refuse(carrying->reasons, "state-changed", module, symbol,
                                   "restart to take this release, or say which is to stay: upgrade(..., state=...)",
                                   "the program filled this %s, and the new version has a %s in its place",
                                   Py_TYPE(slot->now)->tp_name, Py_TYPE(slot->theirs)->tp_name);
    return refused < 0 ? -1 : 0;
}

static int decide_unchanged(struct carrying *carrying, const struct slot *slot, bool *ret_ours)
{
    const struct match *match = carrying->match;
    *ret_ours = false;
    if (!slot->now || kinds_is_enum((PyObject *)Py_TYPE(slot->now)) || !carry_touched(carrying, slot->now)) {
        return 0; /* row 5 */
    }
    struct pair *pair = match_find(carrying->match, slot->now);
    bool apart = pair && carrying->carry->ways[pair - carrying->match->pairs] == CARRY_APART;
    if (pair && pair->partner == slot->theirs && !apart) {
        return 0; /* the pair decides which of the two is there */
    }
    int memo = carry_memo_object(carrying, slot->now);
    if (memo) {
        return memo < 0 ? -1 : 0;
    }
    if (!is_other_kind(match, slot)) {
        return keep(carrying, slot, ret_ours); /* row 8 */
    }
    int adopted = carry_weak_note(carrying, slot);
    return adopted < 0 ? -1 : adopted ? 0 : refuse_slot(carrying, slot);
}

/* Is it this object, or a tuple that has it? */
static bool leads_to(PyObject *value, PyObject *object)
{
    bool found = value == object;
    for (Py_ssize_t i = 0; value && !found && PyTuple_CheckExact(value) && i < PyTuple_GET_SIZE(value); i++) {
        found = PyTuple_GET_ITEM(value, i) == object;
    }
    return found;
}

/* Did the slot begin with an object that stood for what is there now, and found that only since? A lazy import has put
 * what it imported into its own place, which was nobody's decision. 1, 0, -1. */
static int has_resolved(const struct carrying *carrying, const struct slot *slot)
{
    PyObject *base = slot->base, *now = slot->now;
    bool code = now && (PyModule_Check(now) || PyType_Check(now) || PyFunction_Check(now));
    bool instance = code && base && contents_has_attributes(base) && !PyModule_Check(base) && !PyType_Check(base);
    PyObject *was = instance ? match_base(carrying->match, base, contents_kind(base) != CONTENTS_NONE) : NULL;
    OWN_REF is = was ? state_copy(base) : NULL;
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (is && PyDict_Next(is, &position, &name, &value)) {
        if (leads_to(value, now) && !leads_to(PyDict_GetItemWithError(was, name), now)) {
            return 1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

int carry_decide(struct carrying *carrying, const struct slot *slot, bool *ret_ours)
{
    const struct match *match = carrying->match;
    enum policy policy = carry_policy_of_slot(carrying, slot->owner, slot->key);
    *ret_ours = policy == POLICY_KEEP;
    if (policy == POLICY_KEEP || policy == POLICY_NEW || (slot->named && carry_is_bookkeeping(slot->key))) {
        return 0; /* row 3 */
    }
    if (carry_same_value(slot->base, slot->now)) {
        return decide_unchanged(carrying, slot, ret_ours);
    }
    int resolved = has_resolved(carrying, slot);
    if (resolved) {
        return resolved < 0 ? -1 : 0; /* row 7: it is found again */
    }
    if (slot->now && carry_is_old_code(match, slot->now)) { /* row 1 */
        int fetched = slot->named && PyUnicode_Check(slot->key) ? carry_memo_fetched(carrying, slot) : 0;
        if (fetched) {
            return fetched < 0 ? -1 : 0;
        }
        struct pair *pair = match_find(match, slot->now);
        *ret_ours = pair && pair->partner != slot->theirs;
        return 0;
    }
    if (slot->now && wraps_generated(match, slot->now)) {
        return 0; /* row 1, too */
    }
    if (slot->now && is_foreign_code(match, slot->now)) { /* row 2 */
        *ret_ours = true;
        return 0;
    }
    int memo = slot->now && !slot->always && !kinds_is_opaque(slot->now) ? carry_memo_slot(carrying, slot) : 0;
    if (memo > 0 && slot->named && (PyDict_Check(slot->owner) || PyType_Check(slot->owner))) {
        return carry_note_gone(carrying, slot->owner, slot->key, 1);
    }
    return memo ? (memo < 0 ? -1 : 0) : keep(carrying, slot, ret_ours); /* rows 4, 7 and 9 */
}
