/* A weak container is opaque: the old one stays, with the program's members and the package's, which follow by their
 * weak references. What the new version has there otherwise than the old one had (an entry that is new, has another
 * value or is gone) is found before the flip, three ways as everywhere, and done afterwards, through the container's
 * own methods: unless the program had changed that entry, or changes it until then.
 *
 * Must not: touch the container before the flip; ask objects of the package for their hash. */
#include "engine/carry_weak.h"

#include "compat/weak.h"
#include "engine/base.h"
#include "engine/carry_equal.h"
#include "engine/kinds.h"

#define DEEPEST 8 /* tuples in tuples */

/* One weak container, three times. */
struct weak_merge {
    struct carrying *carrying;
    PyObject *old, *partner; /* borrowed */
    enum weak_kind kind;
    PyObject *base, *now, *theirs; /* contents: base is borrowed, or NULL */
    struct ptrmap was, is, wants;  /* what holds an entry together, as it will be -> the entry's value (key or value) */
    PyObject *kept;                /* owned list: keeps what those have alive */
    PyObject *entries;             /* borrowed list */
};

/* An object of either generation as it is after the flip. */
static PyObject *after(const struct carrying *carrying, PyObject *object)
{
    const struct match *match = carrying->match;
    struct pair *pair = match_find(match, object);
    uintptr_t at = pair ? 0 : (uintptr_t)ptrmap_get(&match->partners, object);
    struct pair *other = at ? &match->pairs[at - 1] : NULL;
    if (pair) {
        enum carry_way way = (enum carry_way)carrying->carry->ways[pair - match->pairs];
        return way == CARRY_THEIRS || way == CARRY_VALUE ? pair->partner : object;
    }
    return other && carrying->carry->ways[at - 1] == CARRY_OURS ? other->old : object;
}

/* Entries are told apart by their weak object, those of WEAK_VALUES by their key, if that is an address or an atom. */
static int index_one(struct weak_merge *merge, struct ptrmap *index, PyObject *ref, PyObject *key, PyObject *value)
{
    OWN_REF object = PyWeakref_Check(ref) ? weak_get(ref) : NULL;
    if (!object) {
        return 0;
    }
    PyObject *holds = merge->kind == WEAK_VALUES ? key : after(merge->carrying, object);
    PyObject *held = merge->kind == WEAK_VALUES ? after(merge->carrying, object) : value;
    if (PyList_Append(merge->kept, object) < 0 || ptrmap_put(index, holds, held) < 0) {
        return PyErr_Occurred() ? -1 : (PyErr_NoMemory(), -1);
    }
    return 0;
}

/* Names that are equal are one: the keys of all three versions are exchanged for those of one table. */
static PyObject *same_key(struct weak_merge *merge, PyObject *names, PyObject *key)
{
    return merge->kind != WEAK_VALUES ? key : PyDict_SetDefault(names, key, key);
}

static bool is_name(PyObject *key)
{
    return PyUnicode_CheckExact(key) || PyLong_CheckExact(key) || PyBytes_CheckExact(key);
}

static int index_content(struct weak_merge *merge, struct ptrmap *index, PyObject *content, PyObject *names)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    for (Py_ssize_t i = 0; PyList_Check(content) && i < PyList_GET_SIZE(content); i++) {
        PyObject *ref = PyList_GET_ITEM(content, i);
        if (index_one(merge, index, ref, NULL, ref) < 0) {
            return -1;
        }
    }
    while (PyDict_Check(content) && PyDict_Next(content, &position, &key, &value)) {
        bool by_value = merge->kind == WEAK_VALUES;
        PyObject *name = by_value && is_name(key) ? same_key(merge, names, key) : by_value ? NULL : key;
        if (PyErr_Occurred() || (name && index_one(merge, index, by_value ? value : key, name, value) < 0)) {
            return -1;
        }
    }
    return 0;
}

static int add(struct weak_merge *merge, PyObject *key, PyObject *value, PyObject *expected)
{
    OWN_REF entry = PyTuple_Pack(4, merge->old, key, value ? value : Py_None, expected ? expected : Py_None);
    OWN_REF kind = entry ? PyLong_FromLong(value ? 1 : 0) : NULL;
    OWN_REF step = kind ? PyTuple_Pack(2, kind, entry) : NULL;
    return step ? PyList_Append(merge->entries, step) : -1;
}

/* Is the value of an entry the same in both versions? 1, 0, -1. */
static int same_value(const struct weak_merge *merge, PyObject *a, PyObject *b)
{
    const struct carrying *carrying = merge->carrying;
    if (merge->kind == WEAK_SET || a == b || after(carrying, a) == after(carrying, b)) {
        return 1;
    }
    return merge->kind == WEAK_VALUES ? 0 : carry_equal(carrying->match, a, b);
}

/* Is the value what it was for as long as it is this object? Of another one, what it held is not recorded. */
static bool is_fixed(const struct match *match, PyObject *value, int depth)
{
    struct pair *pair = match_find(match, value);
    bool fixed = value == Py_None || PyUnicode_CheckExact(value) || PyLong_CheckExact(value) ||
                 PyFloat_CheckExact(value) || PyBool_Check(value) || PyBytes_CheckExact(value) ||
                 PyComplex_CheckExact(value) || PyType_Check(value) || PyFunction_Check(value) ||
                 PyCFunction_Check(value) || (pair && pair->kind != PAIR_DATA);
    bool items = PyTuple_CheckExact(value) && depth < DEEPEST;
    for (Py_ssize_t i = 0; items && i < PyTuple_GET_SIZE(value); i++) {
        items = is_fixed(match, PyTuple_GET_ITEM(value, i), depth + 1);
    }
    return fixed || items;
}

/* One entry that the old version began with. A value that changes in place is the program's way, too: what it counted
 * or collected there is worth more than what the new version begins with. */
static int decide_had(struct weak_merge *merge, PyObject *holds, PyObject *was)
{
    PyObject *is = ptrmap_get(&merge->is, holds), *wants = ptrmap_get(&merge->wants, holds);
    bool same_object = is && (is == was || carry_equal_atoms(is, was));
    bool fixed = merge->kind != WEAK_KEYS || is_fixed(merge->carrying->match, was, 0);
    bool untouched = is && (merge->kind == WEAK_SET || (same_object && (fixed || !wants)));
    int same = wants ? same_value(merge, was, wants) : 0;
    if (same || !untouched) {
        return same < 0 ? -1 : 0; /* the program's way */
    }
    return add(merge, holds, wants ? after(merge->carrying, wants) : NULL, is);
}

static int decide(struct weak_merge *merge)
{
    struct ptrmap_slot *slot;
    bool known = merge->base && !ptrmap_get(&merge->carrying->late, merge->old);
    for (size_t i = 0; known && (slot = ptrmap_next(&merge->was, &i));) {
        if (decide_had(merge, (PyObject *)slot->key, slot->value) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; (slot = ptrmap_next(&merge->wants, &i));) {
        PyObject *holds = (PyObject *)slot->key;
        bool new = !ptrmap_get(&merge->was, holds) && !ptrmap_get(&merge->is, holds);
        if (new && add(merge, holds, after(merge->carrying, slot->value), NULL) < 0) {
            return -1;
        }
    }
    return 0;
}

static int index_all(struct weak_merge *merge)
{
    OWN_REF names = PyDict_New();
    return !names || (merge->base && index_content(merge, &merge->was, merge->base, names) < 0) ||
                   index_content(merge, &merge->is, merge->now, names) < 0 ||
                   index_content(merge, &merge->wants, merge->theirs, names) < 0 ||
                   PyList_Append(merge->kept, names) < 0
               ? -1
               : 0;
}

static int merge_container(struct carrying *carrying, const struct pair *pair, PyObject *entries)
{
    OWN_REF now = weak_content(pair->old);
    OWN_REF theirs = now ? weak_content(pair->partner) : NULL;
    OWN_REF kept = theirs ? PyList_New(0) : NULL;
    if (!kept) {
        return PyErr_Occurred() ? -1 : 0;
    }
    bool plain = base_is_weak(pair->old); /* of a class of the package, the record has the attributes */
    struct weak_merge merge = {.carrying = carrying,
                               .old = pair->old,
                               .partner = pair->partner,
                               .kind = weak_kind(Py_TYPE(pair->old)),
                               .base = plain ? match_base(carrying->match, pair->old, false) : NULL,
                               .now = now,
                               .theirs = theirs,
                               .kept = kept,
                               .entries = entries};
    int failed = index_all(&merge) < 0 || decide(&merge) < 0;
    ptrmap_release(&merge.was);
    ptrmap_release(&merge.is);
    ptrmap_release(&merge.wants);
    return failed ? -1 : 0;
}

PyObject *carry_weak_find(struct carrying *carrying)
{
    const struct match *match = carrying->match;
    OWN_REF entries = PyList_New(0);
    for (size_t i = 0; entries && i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        bool weak = pair->kind == PAIR_DATA && pair->old != pair->partner && weak_kind(Py_TYPE(pair->old));
        if (weak && merge_container(carrying, pair, entries) < 0) {
            return NULL;
        }
    }
    return STEAL(entries);
}

/* ---- a table that holds weakly now ---- */

/* Can the key be compared without code of anybody? */
static bool is_atom(PyObject *key, int depth)
{
    bool atom = key == Py_None || PyBool_Check(key) || PyFloat_CheckExact(key) || is_name(key);
    bool items = PyTuple_CheckExact(key) && depth < DEEPEST;
    for (Py_ssize_t i = 0; items && i < PyTuple_GET_SIZE(key); i++) {
        items = is_atom(PyTuple_GET_ITEM(key, i), depth + 1);
    }
    return atom || items;
}

/* Is it an instance of the old version, that stays and follows its class? */
static bool is_old_instance(const struct match *match, PyObject *object)
{
    struct pair *type = match_find(match, (PyObject *)Py_TYPE(object));
    return type && PyType_Check(type->partner) && !match_find(match, object) &&
           PyType_SUPPORTS_WEAKREFS(Py_TYPE(object)) && PyType_SUPPORTS_WEAKREFS((PyTypeObject *)type->partner);
}

/* Has the new version put nothing there? What an earlier call of carry_weak_adopt has does not count. */
static bool is_unused(const struct match *match, PyObject *theirs)
{
    OWN_REF content = weak_content(theirs);
    PyObject *key, *ref;
    Py_ssize_t position = 0;
    bool unused = content && PyDict_Check(content);
    while (unused && PyDict_Next(content, &position, &key, &ref)) {
        OWN_REF object = PyWeakref_Check(ref) ? weak_get(ref) : NULL;
        unused = !object || is_old_instance(match, object);
    }
    return unused;
}

int carry_weak_note(struct carrying *carrying, const struct slot *slot)
{
    PyObject *old = slot->now, *theirs = slot->theirs;
    if (!slot->named || !PyUnicode_Check(slot->key) || PyUnicode_READ_CHAR(slot->key, 0) != '_') {
        return 0; /* what others can get hold of they may hold */
    }
    PyObject *module = weak_kind(Py_TYPE(theirs)) == WEAK_VALUES ? class_module_name(Py_TYPE(theirs)) : NULL;
    bool plain = PyDict_CheckExact(old) && module && PyUnicode_CompareWithASCIIString(module, "weakref") == 0;
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (plain && PyDict_Next(old, &position, &key, &value)) {
        plain = is_atom(key, 0) && is_old_instance(carrying->match, value);
    }
    int made = plain && is_unused(carrying->match, theirs) ? carry_memo_results(carrying, slot->key) : 0;
    if (made <= 0 || PyErr_Occurred()) {
        return PyErr_Occurred() ? -1 : made;
    }
    OWN_REF entry = PyTuple_Pack(2, old, theirs);
    bool ready = carrying->adopting || (carrying->adopting = PyList_New(0));
    return entry && ready && PyList_Append(carrying->adopting, entry) == 0 ? 1 : -1;
}

int carry_weak_adopt(struct carrying *carrying)
{
    for (Py_ssize_t i = 0; carrying->adopting && i < PyList_GET_SIZE(carrying->adopting); i++) {
        PyObject *entry = PyList_GET_ITEM(carrying->adopting, i), *theirs = PyTuple_GET_ITEM(entry, 1);
        OWN_REF entries = PyDict_Copy(PyTuple_GET_ITEM(entry, 0));
        OWN_REF cleared = entries ? PyObject_CallMethod(theirs, "clear", NULL) : NULL;
        OWN_REF put = cleared ? PyObject_CallMethod(theirs, "update", "O", entries) : NULL;
        if (!put) {
            return -1;
        }
    }
    return 0;
}

/* ---- after the flip ---- */

/* What the container has there now: new reference, or NULL without an exception. */
static PyObject *present(PyObject *container, PyObject *key)
{
    if (weak_kind(Py_TYPE(container)) != WEAK_SET) {
        OWN_REF found = PyObject_CallMethod(container, "get", "O", key);
        return found == Py_None ? NULL : STEAL(found);
    }
    int there = PySequence_Contains(container, key);
    return there > 0 ? Py_NewRef(key) : NULL;
}

static int put(PyObject *container, PyObject *key, PyObject *value)
{
    bool set = weak_kind(Py_TYPE(container)) == WEAK_SET;
    if (!set && value) {
        return PyObject_SetItem(container, key, value);
    }
    OWN_REF done = set ? PyObject_CallMethod(container, value ? "add" : "discard", "O", key)
                       : PyObject_CallMethod(container, "pop", "OO", key, Py_None);
    return done ? 0 : -1;
}

int carry_weak_add(PyObject *entries)
{
    for (Py_ssize_t i = 0; entries && i < PyList_GET_SIZE(entries); i++) {
        PyObject *step = PyList_GET_ITEM(entries, i), *entry = PyTuple_GET_ITEM(step, 1);
        PyObject *container = PyTuple_GET_ITEM(entry, 0), *key = PyTuple_GET_ITEM(entry, 1);
        PyObject *expected = PyTuple_GET_ITEM(entry, 3);
        OWN_REF there = present(container, key);
        if (PyErr_Occurred()) {
            return -1;
        }
        bool set = weak_kind(Py_TYPE(container)) == WEAK_SET;
        bool as_expected = expected == Py_None ? !there : there && (set || carry_equal_atoms(there, expected));
        bool puts = PyLong_AsLong(PyTuple_GET_ITEM(step, 0)) == 1;
        if (as_expected && put(container, key, puts ? PyTuple_GET_ITEM(entry, 2) : NULL) < 0) {
            return -1;
        }
    }
    return 0;
}
