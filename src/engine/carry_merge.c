/* Row 8: an object stays, and so does what the program put into it; what the new version adds comes, what it drops
 * goes, slot by slot as the table says.
 *
 * The merged content is built beside the object, of the old world's values where the program's stay and of staged ones
 * where the release's come: the flip redirects both like any other, and then exchanges the contents. Nothing is built
 * when what the object holds is right already, which is nearly always.
 * Must not: change the object. (An instance, or its __dict__, may get a table of its own, which nobody can tell.) */
#include "engine/carry_parts.h"

#include "compat/attribute.h"
#include "compat/contents.h"
#include "compat/state.h"
#include "compat/type.h"
#include "engine/carry_equal.h"
#include "engine/fill.h"
#include "engine/kinds.h"

PyObject *carry_their_copy(const struct carrying *carrying, PyObject *object, bool attributes)
{
    PyObject *entry = ptrmap_get(&carrying->theirs, object);
    Py_ssize_t at = attributes ? 2 : 1;
    if (entry && at < PyTuple_GET_SIZE(entry)) {
        return Py_NewRef(PyTuple_GET_ITEM(entry, at));
    }
    bool container = contents_kind(object) != CONTENTS_NONE;
    if (container && !attributes) {
        return contents_copy(object);
    }
    if (PyCell_Check(object)) {
        return PyCell_GET(object) ? Py_BuildValue("[O]", PyCell_GET(object)) : PyList_New(0);
    }
    if (PyType_Check(object)) {
        return PyDict_Copy(((PyTypeObject *)object)->tp_dict);
    }
    return contents_has_attributes(object) ? state_copy(object) : NULL;
}

PyObject *carry_translate(const struct carrying *carrying, PyObject *key)
{
    struct pair *pair = match_find(carrying->match, key);
    PyObject *number = pair ? NULL : ptrmap_get(&carrying->ids, key);
    if (pair || number) {
        return Py_NewRef(number ? number : pair->partner);
    }
    if (!PyTuple_CheckExact(key)) {
        return Py_NewRef(key);
    }
    OWN_REF made = PyTuple_New(PyTuple_GET_SIZE(key));
    for (Py_ssize_t i = 0; made && i < PyTuple_GET_SIZE(key); i++) {
        PyObject *item = carry_translate(carrying, PyTuple_GET_ITEM(key, i));
        if (!item) {
            return NULL;
        }
        PyTuple_SET_ITEM(made, i, item);
    }
    return STEAL(made);
}

/* The same dict with translated keys. New reference. */
static PyObject *translate_keys(const struct carrying *carrying, PyObject *dict)
{
    OWN_REF made = PyDict_New();
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (made && PyDict_Next(dict, &position, &key, &value)) {
        OWN_REF translated = carry_translate(carrying, key);
        if (!translated || PyDict_SetItem(made, translated, value) < 0) {
            return NULL;
        }
    }
    return STEAL(made);
}

/* A record has the hashes of its time. Keys that stayed in both versions have those of their class now, which may be
 * others. New reference: the same dict, or one with the hashes that its keys have. */
static PyObject *hashed_now(PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    bool ask = false;
    while (!ask && PyDict_Next(dict, &position, &key, &value)) {
        ask = Py_TYPE(key)->tp_flags & Py_TPFLAGS_HEAPTYPE;
    }
    OWN_REF made = ask ? PyDict_New() : Py_NewRef(dict);
    position = 0;
    while (ask && made && PyDict_Next(dict, &position, &key, &value)) {
        if (PyDict_SetItem(made, key, value) < 0) {
            return NULL;
        }
    }
    return STEAL(made);
}

struct merging {
    struct carrying *carrying;
    PyObject *owner;         /* borrowed */
    PyObject *base, *theirs; /* borrowed dicts; base with translated keys */
    PyObject *wanted;        /* borrowed dict: starts as what the object holds */
    PyObject *met;           /* borrowed dict: translated keys that it holds */
    bool named, late, always;
    bool differs;    /* from what the object holds */
    Py_ssize_t gone; /* entries of the program that it loses */
};

/* What a slot was. A record made late may have been made after the program had put it there: then what the new version
 * does not have is taken for the program's. */
static PyObject *base_value(const struct merging *merging, PyObject *key, PyObject *theirs)
{
    return merging->late && !theirs ? NULL : PyDict_GetItemWithError(merging->base, key);
}

static int merge_slot(struct merging *merging, PyObject *key, PyObject *now)
{
    OWN_REF translated = carry_translate(merging->carrying, key);
    PyObject *theirs = translated ? PyDict_GetItemWithError(merging->theirs, translated) : NULL;
    PyObject *base = PyErr_Occurred() ? NULL : base_value(merging, translated, theirs);
    struct slot slot = {merging->owner, key, base, now, theirs, merging->named, merging->always};
    bool ours;
    if (PyErr_Occurred() || PyDict_SetItem(merging->met, translated, Py_None) < 0 ||
        carry_decide(merging->carrying, &slot, &ours) < 0) {
        return -1;
    }
    if (ours || (theirs && carry_same_after(merging->carrying, now, theirs))) {
        return 0;
    }
    merging->differs = true;
    merging->gone += !base && !theirs;
    return theirs ? PyDict_SetItem(merging->wanted, key, theirs) : PyDict_DelItem(merging->wanted, key);
}

/* What the new version has and the object lacks: it comes, unless the program removed it. */
static int merge_added(struct merging *merging, PyObject *key, PyObject *theirs)
{
    PyObject *base = PyDict_GetItemWithError(merging->base, key);
    struct slot slot = {merging->owner, key, base, NULL, theirs, merging->named, merging->always};
    bool ours = false;
    if (PyErr_Occurred() || (base && carry_decide(merging->carrying, &slot, &ours) < 0)) {
        return -1;
    }
    if (ours) {
        return 0;
    }
    merging->differs = true;
    return PyDict_SetItem(merging->wanted, key, theirs);
}

/* Dicts of slots. A new dict: what the object is to hold; None: as it is. */
static PyObject *merge_dicts(struct carrying *carrying, PyObject *owner, PyObject *base, PyObject *now,
                             PyObject *started, bool named)
{
    OWN_REF theirs = hashed_now(started);
    OWN_REF translated = theirs ? translate_keys(carrying, base ? base : now) : NULL;
    OWN_REF wanted = translated ? PyDict_Copy(now) : NULL;
    OWN_REF met = wanted ? PyDict_New() : NULL;
    if (!met) {
        return NULL;
    }
    bool late = !base || ptrmap_get(&carrying->late, owner);
    struct pair *pair = match_find(carrying->match, owner);
    bool always = pair && carry_policy_of_pair(carrying, pair) == POLICY_MERGE;
    struct merging merging = {carrying, owner, translated, theirs, wanted, met, named, late, always, false, 0};
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(now, &position, &key, &value)) {
        if (merge_slot(&merging, key, value) < 0) {
            return NULL;
        }
    }
    position = 0;
    while (PyDict_Next(theirs, &position, &key, &value)) {
        int known = PyDict_Contains(met, key);
        if (known < 0 || (!known && merge_added(&merging, key, value) < 0)) {
            return NULL;
        }
    }
    bool told = !named && pair && merging.gone && carry_policy_of_pair(carrying, pair) != POLICY_NEW;
    if (told && carry_note_gone(carrying, owner, NULL, merging.gone) < 0) {
        return NULL;
    }
    return merging.differs ? STEAL(wanted) : Py_NewRef(Py_None);
}

/* ---- contents ---- */

/* A new object to exchange contents with, or None. */
static PyObject *merge_content(struct carrying *carrying, const struct pair *pair)
{
    OWN_REF now = contents_copy(pair->old);
    OWN_REF theirs = now ? carry_their_copy(carrying, pair->partner, false) : NULL;
    PyObject *base = match_base(carrying->match, pair->old, false);
    if (!theirs) {
        return NULL;
    }
    OWN_REF wanted = NULL;
    switch (contents_kind(pair->old)) {
    case CONTENTS_DICT:
        wanted = merge_dicts(carrying, pair->old, base, now, theirs, false);
        break;
    case CONTENTS_SET:
        wanted = carry_merge_set(carrying, pair->old, base, now, theirs);
        break;
    default:
        wanted = carry_merge_list(carrying, pair->old, base, now, theirs);
    }
    if (!wanted || wanted == Py_None) {
        return STEAL(wanted);
    }
    /* a dict may be the __dict__ of an instance: only tables of their own can be exchanged */
    return PyDict_Check(pair->old) && instance_detach_dict(pair->old) < 0 ? NULL : contents_make(pair->old, wanted);
}

/* ---- attributes ---- */

/* Splits what an instance is to have: *ret_dict for its __dict__ (or None: as it is), *ret_slots for slots that get
 * another value. */
static int split_attributes(PyObject *instance, PyObject *now, PyObject *wanted, PyObject **ret_dict,
                            PyObject **ret_slots)
{
    OWN_REF dict = PyDict_New();
    OWN_REF slots = dict ? PyDict_New() : NULL;
    PyObject *name, *value;
    Py_ssize_t position = 0, n_now = 0;
    bool differs = false;
    while (slots && PyDict_Next(wanted, &position, &name, &value)) {
        PyObject *present = PyDict_GetItemWithError(now, name);
        bool slot = attribute_slot(instance, name);
        differs = differs || (!slot && present != value);
        bool put = !slot || present != value;
        if (PyErr_Occurred() || (put && PyDict_SetItem(slot ? slots : dict, name, value) < 0)) {
            return -1;
        }
    }
    position = 0;
    while (slots && PyDict_Next(now, &position, &name, &value)) {
        n_now += !attribute_slot(instance, name);
    }
    if (!slots) {
        return -1;
    }
    differs = differs || n_now != PyDict_GET_SIZE(dict);
    *ret_dict = differs ? STEAL(dict) : Py_NewRef(Py_None);
    *ret_slots = PyDict_GET_SIZE(slots) ? STEAL(slots) : Py_NewRef(Py_None);
    return 0;
}

/* One attribute that is called otherwise now: what the program gave it is what the new name gets; if the program
 * deleted it, that does not come. */
static int move_one(struct carrying *carrying, const struct fill *fill, PyObject *base, PyObject *now, PyObject *wanted)
{
    PyObject *name = PyTuple_GET_ITEM(fill->names, 0), *before = PyDict_GetItemWithError(base, fill->from);
    PyObject *value = PyErr_Occurred() ? NULL : PyDict_GetItemWithError(now, fill->from);
    bool changed = value ? !carry_same_value(before, value) || carry_touched(carrying, value) : before != NULL;
    if (PyErr_Occurred() || !changed || PyDict_GetItemWithError(now, name)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (value) {
        return PyDict_SetItem(wanted, name, value);
    }
    int there = PyDict_Contains(wanted, name);
    return there > 0 ? PyDict_DelItem(wanted, name) : there;
}

/* What the program made of an attribute that has another name in the new version. 1: the attributes are setters'
 * business (fill_property.c), which run later; 0; -1. */
static int move_renamed(struct carrying *carrying, PyObject *instance, PyObject *base, PyObject *now, PyObject *wanted)
{
    struct fills fills = {0};
    OWN_REF reads = PySet_New(NULL);
    OWN_REF wanting = reads ? PyList_New(0) : NULL;
    int failed = wanting ? fill_plan(carrying->match, Py_TYPE(instance), reads, NULL, NULL, &fills, wanting) : -1;
    for (size_t i = 0; i < fills.n && !failed; i++) {
        bool moved = fills.items[i].kind == FILL_MOVED;
        failed = moved ? move_one(carrying, &fills.items[i], base, now, wanted) : 0;
    }
    bool asks = !failed && fills.setters;
    fill_release(&fills);
    return failed ? -1 : asks;
}

/* *ret_wanted: all that the instance is to have, or None: as it is. */
static int merge_attributes(struct carrying *carrying, const struct pair *pair, PyObject **ret_dict,
                            PyObject **ret_slots, PyObject **ret_wanted)
{
    bool container = contents_kind(pair->old) != CONTENTS_NONE;
    OWN_REF now = state_copy(pair->old);
    OWN_REF theirs = now ? carry_their_copy(carrying, pair->partner, container) : NULL;
    PyObject *base = match_base(carrying->match, pair->old, container);
    OWN_REF wanted = theirs ? merge_dicts(carrying, pair->old, base, now, theirs, true) : NULL;
    if (!wanted) {
        return -1;
    }
    int asks = wanted == Py_None ? 1 : move_renamed(carrying, pair->old, base ? base : now, now, wanted);
    if (asks < 0) {
        return -1;
    }
    if (asks) {
        *ret_dict = Py_NewRef(Py_None);
        *ret_slots = Py_NewRef(Py_None);
        *ret_wanted = Py_NewRef(Py_None);
        return 0;
    }
    if (split_attributes(pair->old, now, wanted, ret_dict, ret_slots) < 0) {
        return -1;
    }
    if (*ret_dict != Py_None && instance_detach(pair->old) < 0) {
        Py_CLEAR(*ret_dict);
        Py_CLEAR(*ret_slots);
        return -1;
    }
    *ret_wanted = STEAL(wanted);
    return 0;
}

/* Does the new class decide by its own __upgrade__ what becomes of an instance's attributes? 1, 0, -1. */
static int has_hook(PyObject *instance)
{
    PyObject *hook = type_method(Py_TYPE(instance), "__upgrade__");
    return hook ? 1 : PyErr_Occurred() ? -1 : 0;
}

/* The staged object, if it makes missing entries in another way; None: it does not. */
static PyObject *new_factory(const struct carrying *carrying, const struct pair *pair)
{
    PyObject **ours = contents_factory(pair->old), **theirs = contents_factory(pair->partner);
    bool same =
        !ours || !theirs || *ours == *theirs || (*ours && *theirs && carry_same_after(carrying, *ours, *theirs));
    return same ? Py_None : pair->partner;
}

/* An int, str, tuple ... whose attributes the program changed stays, and so does its value, which nobody can change. */
static int note_value(struct carrying *carrying, const struct pair *pair)
{
    bool known;
    int equal = pair->key ? carry_equal_payload(carrying->match, pair->old, pair->partner, &known) : 1;
    if (equal) {
        return equal < 0 ? -1 : 0;
    }
    struct slot slot = {
        carrying->match->pairs[pair->parent].old, pair->key, pair->old, pair->old, pair->partner, true, false};
    return carry_conflict(carrying, &slot, "the program changed attributes of it, so it keeps the value that it had");
}

int carry_merge(struct carrying *carrying, const struct pair *pair)
{
    if (kinds_is_opaque(pair->old)) {
        return 0;
    }
    if (note_value(carrying, pair) < 0) {
        return -1;
    }
    bool container = contents_kind(pair->old) != CONTENTS_NONE;
    OWN_REF content = container ? merge_content(carrying, pair) : Py_NewRef(Py_None);
    OWN_REF attributes = NULL;
    OWN_REF slots = NULL;
    OWN_REF wanted = NULL;
    int hook = content ? has_hook(pair->partner) : -1;
    if (hook < 0) {
        return -1;
    }
    if (!contents_has_attributes(pair->old) || hook) {
        attributes = Py_NewRef(Py_None);
        slots = Py_NewRef(Py_None);
        wanted = Py_NewRef(Py_None);
    } else if (merge_attributes(carrying, pair, &attributes, &slots, &wanted) < 0) {
        return -1;
    }
    PyObject *maker = new_factory(carrying, pair);
    if (content == Py_None && wanted == Py_None && maker == Py_None) {
        return 0;
    }
    OWN_REF entry = PyTuple_Pack(6, pair->old, content, attributes, slots, maker, wanted);
    return entry ? PyList_Append(carrying->carry->merges, entry) : -1;
}
