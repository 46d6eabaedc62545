/* Two ways, per enumeration. If every member is what it was (same order, values, attributes, layout, kind of hash), the
 * old members stay and the new class gets them: few references move, and members that native code keeps are no
 * obstacle. Otherwise each reference to an old member moves to the new one, which is what a fresh process has.
 *
 * Invariant: when members stay, nothing that was computed from one (a hash in a table) changes.
 * Must not: call anything of a member. */
#include "engine/carry_enum.h"

#include "compat/holder.h"
#include "compat/contents.h"
#include "compat/state.h"
#include "compat/type.h"
#include "engine/carry_equal.h"
#include "engine/fill.h"
#include "engine/kinds.h"
#include "engine/match_members.h"
#include "engine/refuse.h"
#include "engine/shape.h"

#include <stdlib.h>
#include <string.h>

/* ---- is it the same enumeration? ---- */

/* The data that a member has by its C base. Of an unknown base nobody knows. */
static int equal_payload(const struct match *match, PyObject *ours, PyObject *theirs)
{
    bool known;
    int equal = carry_equal_payload(match, ours, theirs, &known);
    PyTypeObject *type = Py_TYPE(ours);
    for (; type && type->tp_flags & Py_TPFLAGS_HEAPTYPE; type = type->tp_base) {
    }
    return known ? equal : type == &PyBaseObject_Type;
}

static int equal_member(const struct match *match, PyObject *ours, PyObject *theirs)
{
    int payload = equal_payload(match, ours, theirs);
    if (payload != 1 || !holder_same_hash(ours, theirs)) {
        return payload < 0 ? -1 : 0;
    }
    PyObject *const members[] = {ours, theirs};
    PyObject *states[2] = {NULL, NULL};
    int equal = 1;
    for (int i = 0; i < 2 && equal == 1; i++) {
        states[i] = state_copy(members[i]);
        PyObject *made = states[i] ? dict_get(states[i], "_inverted_") : NULL; /* when it is first asked for */
        if (PyErr_Occurred() || (made && PyDict_DelItemString(states[i], "_inverted_") < 0)) {
            equal = -1;
        }
    }
    equal = equal == 1 ? carry_equal(match, states[0], states[1]) : equal;
    Py_XDECREF(states[0]);
    Py_XDECREF(states[1]);
    return equal;
}

/* Are all members what they were? `classes`: old class -> partner. */
static int same_members(const struct match *match, const struct pair *pair, const struct ptrmap *classes)
{
    const char *why;
    PyObject *ours = members_table(pair->old, "_member_map_"), *theirs = members_table(pair->partner, "_member_map_");
    if (!ours || !theirs || PyDict_GET_SIZE(ours) != PyDict_GET_SIZE(theirs) ||
        !type_same_layout((PyTypeObject *)pair->old, (PyTypeObject *)pair->partner, classes, &why)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    PyObject *a_name, *a, *b_name, *b;
    Py_ssize_t at = 0, bt = 0;
    while (PyDict_Next(ours, &at, &a_name, &a) && PyDict_Next(theirs, &bt, &b_name, &b)) {
        struct pair *member = match_find(match, a);
        bool named = PyUnicode_CheckExact(a_name) && PyUnicode_CheckExact(b_name) &&
                     PyUnicode_Compare(a_name, b_name) == 0 && member && member->partner == b;
        int equal = named ? equal_member(match, a, b) : 0;
        if (equal != 1) {
            return equal;
        }
    }
    return 1;
}

static int map_classes(const struct match *match, struct ptrmap *classes)
{
    for (size_t i = 0; i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        if (pair->kind == PAIR_CLASS && ptrmap_put(classes, pair->old, pair->partner) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

int carry_enum_ways(const struct match *match, unsigned char *ways)
{
    struct ptrmap classes;
    ptrmap_init(&classes);
    unsigned char *same = calloc(match->n_pairs ? match->n_pairs : 1, 1); /* of pairs of classes */
    int failed = same ? map_classes(match, &classes) : (PyErr_NoMemory(), -1);
    for (size_t i = 0; i < match->n_pairs && !failed; i++) {
        const struct pair *pair = &match->pairs[i];
        int equal = match_is_enum(pair) ? same_members(match, pair, &classes) : 0;
        failed = equal < 0;
        same[i] = equal == 1;
        if (pair->kind == PAIR_MEMBER) { /* its class has been paired before it */
            ways[i] = same[pair->parent] ? CARRY_OURS : CARRY_THEIRS;
        }
    }
    free(same);
    ptrmap_release(&classes);
    return failed ? -1 : 0;
}

/* ---- what the program changed ---- */

bool carry_enum_owns(const struct match *match, const struct pair *pair)
{
    static const char *const names[] = {"_member_map_",        "_member_names_",          "_value2member_map_",
                                        "_unhashable_values_", "_unhashable_values_map_", "_hashable_values_"};
    if (pair->kind != PAIR_DATA || !pair->key || !PyUnicode_Check(pair->key) ||
        !match_is_enum(&match->pairs[pair->parent])) {
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (PyUnicode_CompareWithASCIIString(pair->key, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* An attribute of a member: is it computed by a cached_property of its class? */
static bool is_cached(PyObject *member, PyObject *name)
{
    PyObject *mro = Py_TYPE(member)->tp_mro;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(mro, i))->tp_dict;
        PyObject *value = dict ? PyDict_GetItemWithError(dict, name) : NULL;
        if (value) {
            return strstr(Py_TYPE(value)->tp_name, "cached_property") != NULL;
        }
    }
    return false;
}

/* What makes a member the one it is. */
static bool is_identity(PyObject *name)
{
    static const char *const names[] = {"_name_", "_value_", "_sort_order_", "__objclass__"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (PyUnicode_CompareWithASCIIString(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The program set or deleted an attribute of a member: so it is on the new one. */
static int change_attribute(PyObject *partner, PyObject *name, PyObject *now)
{
    int failed = PyObject_GenericSetAttr(partner, name, now);
    if (failed && !now && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear(); /* the new version does not set it either */
        failed = 0;
    }
    return failed ? -1 : 0;
}

bool carry_enum_handles(const struct match *match, PyObject *object)
{
    struct pair *pair = match_find(match, object);
    return (pair && carry_enum_owns(match, pair)) || kinds_is_enum((PyObject *)Py_TYPE(object));
}

/* The program gave an enumeration another member, or another value. Always 1, or -1 with an exception set. */
static int refuse_change(const struct match *match, const struct pair *pair, PyObject *reasons)
{
    PyObject *module = NULL;
    OWN_REF path = match_path(match, pair, &module);
    return path ? refuse(reasons, "enum-changed", module, path, "restart to take this release",
                         "the program itself changed the members of this enumeration")
                : -1;
}

/* One change. 0, 1 refused, -1. */
static int decide_change(const struct carry *carry, const struct match *match, PyObject *entry, PyObject *reasons)
{
    PyObject *object = PyTuple_GET_ITEM(entry, 0), *key = PyTuple_GET_ITEM(entry, 1), *now = PyTuple_GET_ITEM(entry, 2);
    struct pair *pair = match_find(match, object);
    if (pair && carry_enum_owns(match, pair)) {
        /* combinations of flags, and members of an own _missing_: match_composites paired them */
        bool made = (PyObject *)Py_TYPE(now) == match->pairs[pair->parent].old &&
                    PyUnicode_CompareWithASCIIString(pair->key, "_value2member_map_") == 0;
        return made ? 0 : refuse_change(match, pair, reasons);
    }
    if (!pair || pair->kind != PAIR_MEMBER || !PyUnicode_Check(key) ||
        PyUnicode_CompareWithASCIIString(key, "_inverted_") == 0 || is_cached(object, key)) {
        return 0; /* a removed member goes on as it is; caches start anew */
    }
    if (is_identity(key)) {
        PyObject *copy = match_base(match, object, contents_kind(object) != CONTENTS_NONE);
        PyObject *base = copy && PyDict_Check(copy) ? PyDict_GetItemWithError(copy, key) : NULL;
        int same = base ? carry_equal(match, base, now) : 0; /* of equal tuples a flip may have left either */
        return same < 0 || PyErr_Occurred() ? -1 : same ? 0 : refuse_change(match, pair, reasons);
    }
    if ((enum carry_way)carry->ways[pair - match->pairs] == CARRY_OURS) {
        return 0;
    }
    int there = now == Py_None ? state_has(object, key) : 1; /* None also says that it was deleted */
    return there < 0 ? -1 : change_attribute(pair->partner, key, there ? now : NULL);
}

/* An enumeration that is none any more has no members that the program could go on with. 0, 1 refused, -1. */
static int check_kinds(const struct match *match, PyObject *reasons)
{
    int refused = 0;
    for (size_t i = 0; i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        if (pair->kind != PAIR_CLASS || !kinds_is_enum(pair->old) || match_is_enum(pair)) {
            continue;
        }
        PyObject *module, *members = members_table(pair->old, "_member_map_");
        OWN_REF path = members && PyDict_GET_SIZE(members) ? match_path(match, pair, &module) : NULL;
        if (path && refuse(reasons, "enum-changed", module, path, "restart to take this release",
                           "this enumeration is none in the new version, so there is nothing that its members could "
                           "become") < 0) {
            return -1;
        }
        refused |= path != NULL;
    }
    return PyErr_Occurred() ? -1 : refused;
}

/* The same of one whose name the new version binds to another one, of somebody else, that lacks some of its members. 0,
 * 1 refused, -1. */
static int check_others(const struct match *match, PyObject *reasons)
{
    int refused = 0;
    for (size_t i = 0; i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        PyObject *name, *value;
        Py_ssize_t position = 0;
        while (pair->kind == PAIR_NAMESPACE && PyDict_Next(pair->old, &position, &name, &value)) {
            bool lost = PyType_Check(value) && generation_owns_class(match->old, value) && members_listed(value) &&
                        !match_find(match, value);
            PyObject *other = lost ? PyDict_GetItemWithError(pair->partner, name) : NULL;
            bool elsewhere = other && PyType_Check(other) && kinds_is_enum(other);
            if (PyErr_Occurred() ||
                (elsewhere &&
                 refuse(reasons, "enum-changed", class_module_name((PyTypeObject *)value), name,
                        "restart to take this release",
                        "this enumeration is another package's in the new version, which lacks members that "
                        "it had, or combines them otherwise") < 0)) {
                return -1;
            }
            refused |= elsewhere;
        }
    }
    return refused;
}

int carry_enum_changes(const struct carry *carry, const struct match *match, PyObject *reasons)
{
    int result = check_kinds(match, reasons), others = result < 0 ? -1 : check_others(match, reasons);
    result = others < 0 ? -1 : result | others;
    for (Py_ssize_t i = 0; result >= 0 && i < PyList_GET_SIZE(carry->changes); i++) {
        PyObject *entry = PyList_GET_ITEM(carry->changes, i);
        int one =
            carry_enum_handles(match, PyTuple_GET_ITEM(entry, 0)) ? decide_change(carry, match, entry, reasons) : 0;
        result = one < 0 ? -1 : result | one;
    }
    return result;
}

/* ---- members that are gone ---- */

/* Could this member be one of the new class? 1, 0, -1. */
static int fits_class(struct upgrade *upgrade, PyObject *member, PyTypeObject *partner)
{
    const char *why;
    PyObject **reads = &upgrade->migrate.reads;
    PyObject *name = PyUnicode_InternFromString("__hash__");
    bool same_hash = name && type_lookup(Py_TYPE(member), name) == type_lookup(partner, name);
    Py_XDECREF(name); /* its own code would tell another number: tables that it is a key of would not find it */
    if (!same_hash || !type_same_layout(Py_TYPE(member), partner, &upgrade->flip.account.map, &why)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (!*reads && !(*reads = shape_reads(&upgrade->match))) {
        return -1;
    }
    OWN_REF wanting = PyList_New(0);
    struct fills fills = {0};
    PyObject **binders = &upgrade->migrate.binders;
    int fits =
        wanting && fill_plan(&upgrade->match, Py_TYPE(member), *reads, NULL, binders, &fills, wanting) == 0 ? 1 : -1;
    for (Py_ssize_t i = 0; fits == 1 && i < PyList_GET_SIZE(wanting); i++) {
        fits = state_has(member, PyList_GET_ITEM(wanting, i));
    }
    fill_release(&fills);
    return fits;
}

int carry_enum_leave(struct upgrade *upgrade)
{
    PyObject *members = upgrade->removed_members;
    for (Py_ssize_t i = 0; members && i < PyList_GET_SIZE(members); i++) {
        PyObject *member = PyTuple_GET_ITEM(PyList_GET_ITEM(members, i), 0);
        struct pair *pair = match_find(&upgrade->match, (PyObject *)Py_TYPE(member));
        int fits = pair && match_is_enum(pair) ? fits_class(upgrade, member, (PyTypeObject *)pair->partner) : 1;
        if (fits < 0 || (!fits && account_fix(&upgrade->flip.account, member) < 0)) {
            return -1;
        }
    }
    return 0;
}
