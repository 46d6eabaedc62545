/* A member is who its name says, whatever its value is now; a combination of flags is the combination of the same
 * names, so its value follows theirs. What an alias of the old version named goes where that name leads in the new one.
 *
 * Invariant: a member is never paired by the place it was found at (`DEFAULT = Color.RED` says nothing about RED).
 * Must not: hash or compare members; only match_composites runs code, that of the new enumeration. */
#include "engine/match_members.h"

#include "compat/heap.h"
#include "compat/state.h"
#include "engine/account.h"
#include "engine/kinds.h"
#include "engine/match_parts.h"
#include "engine/turn.h"

#include <stdlib.h>

bool match_is_enum(const struct pair *pair)
{
    return pair->kind == PAIR_CLASS && PyType_Check(pair->partner) && kinds_is_enum(pair->old) &&
           kinds_is_enum(pair->partner);
}

PyObject *members_table(PyObject *type, const char *name)
{
    PyObject *dict = ((PyTypeObject *)type)->tp_dict;
    PyObject *table = dict ? dict_get(dict, name) : NULL;
    return table && PyDict_Check(table) ? table : NULL;
}

bool members_listed(PyObject *type)
{
    PyObject *table = PyType_Check(type) && kinds_is_enum(type) ? members_table(type, "_member_map_") : NULL;
    return table && PyDict_GET_SIZE(table) > 0;
}

/* An attribute of the member itself: new reference; NULL without an exception when it has none. */
static PyObject *own_attribute(PyObject *member, const char *name)
{
    OWN_REF state = state_copy(member);
    return state ? Py_XNewRef(dict_get(state, name)) : NULL;
}

/* Is this the member's own name, rather than an alias? */
static int is_canonical(PyObject *member, PyObject *name)
{
    OWN_REF own = own_attribute(member, "_name_");
    if (!own) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return PyUnicode_Check(own) && PyUnicode_Check(name) && PyUnicode_Compare(own, name) == 0;
}

int match_members(struct match *match, size_t at)
{
    struct pair pair = match->pairs[at]; /* a copy: the array may move */
    PyObject *old = match_is_enum(&pair) ? members_table(pair.old, "_member_map_") : NULL;
    PyObject *new = old ? members_table(pair.partner, "_member_map_") : NULL;
    for (int aliases = 0; new && aliases < 2; aliases++) {
        PyObject *name, *member;
        Py_ssize_t position = 0;
        while (PyDict_Next(old, &position, &name, &member)) {
            PyObject *partner = PyDict_GetItemWithError(new, name);
            int wanted = !partner ? 0 : aliases ? 1 : is_canonical(member, name);
            if (wanted < 0 || (!partner && PyErr_Occurred()) ||
                (wanted && match_add(match, member, partner, PAIR_MEMBER, at, name) < 0)) {
                return -1;
            }
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* Has the enumeration, which is no flag, each member that the old one has? */
static int has_all(PyObject *old, PyObject *partner)
{
    PyObject *ours = members_table(old, "_member_map_"), *theirs = members_table(partner, "_member_map_");
    bool alike = ours && theirs && kinds_is_enum(partner) && !dict_get(((PyTypeObject *)old)->tp_dict, "_flag_mask_");
    PyObject *name, *member;
    Py_ssize_t position = 0;
    while (alike && PyDict_Next(ours, &position, &name, &member)) {
        alike = PyDict_GetItemWithError(theirs, name);
    }
    return PyErr_Occurred() ? -1 : alike;
}

int match_enum_elsewhere(struct match *match, PyObject *old, PyObject *partner, size_t parent, PyObject *key)
{
    int all = PyType_Check(partner) && !ptrmap_get(&match->index, old) ? has_all(old, partner) : 0;
    size_t at = match->n_pairs;
    if (all <= 0 || match_add(match, old, partner, PAIR_PART, parent, key) < 0) {
        return all <= 0 ? all : -1;
    }
    PyObject *theirs = members_table(partner, "_member_map_"), *name, *member;
    Py_ssize_t position = 0;
    while (PyDict_Next(members_table(old, "_member_map_"), &position, &name, &member)) {
        PyObject *counterpart = PyDict_GetItemWithError(theirs, name);
        if (!counterpart || match_add(match, member, counterpart, PAIR_MEMBER, at, name) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- combinations of flags ---- */

/* Of an exact int. False with an exception set when memory is short. */
static bool is_single_bit(PyObject *value)
{
    OWN_REF count = PyObject_CallMethod(value, "bit_count", NULL);
    OWN_REF zero = count ? PyLong_FromLong(0) : NULL;
    bool single = zero && PyLong_AsLong(count) == 1 && PyObject_RichCompareBool(value, zero, Py_GT) == 1;
    return single;
}

/* The value of a member as an exact int: new reference; NULL without an exception when it is something else. */
static PyObject *int_value(PyObject *member)
{
    OWN_REF value = own_attribute(member, "_value_");
    return value && PyLong_CheckExact(value) ? STEAL(value) : NULL;
}

struct combination {
    PyObject *rest; /* owned int: bits that no name has explained yet */
    PyObject *new;  /* owned int: the value of the same names in the new version */
    bool lost;      /* one of the names is gone */
};

/* One named member of the old version: is it part of the combination? 0, or -1 with an exception set. */
static int add_named(const struct match *match, PyObject *member, bool singles, struct combination *sum)
{
    OWN_REF value = int_value(member);
    bool wanted = value && is_single_bit(value) == singles;
    if (!wanted || PyErr_Occurred()) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF common = PyNumber_And(sum->rest, value);
    int zero = common ? PyObject_Not(common) : -1;
    int all = common ? PyObject_RichCompareBool(common, value, Py_EQ) : -1;
    if (zero || all != 1) {
        return zero < 0 || all < 0 ? -1 : 0;
    }
    struct pair *pair = match_find(match, member);
    OWN_REF theirs = pair ? int_value(pair->partner) : NULL;
    if (!theirs) {
        sum->lost = true;
        return PyErr_Occurred() ? -1 : 0;
    }
    PyObject *rest = PyNumber_Xor(sum->rest, value);
    Py_XSETREF(sum->rest, rest);
    PyObject *new = rest ? PyNumber_Or(sum->new, theirs) : NULL;
    Py_XSETREF(sum->new, new);
    return rest && new ? 0 : -1;
}

/* The value that the same names have in the new version; bits without a name stay. New reference; NULL without an
 * exception when a name is gone. */
static PyObject *translate(const struct match *match, PyObject *members, PyObject *value)
{
    OWN_REF rest = Py_NewRef(value);
    OWN_REF zero = PyLong_FromLong(0);
    struct combination sum = {STEAL(rest), STEAL(zero), false};
    int failed = sum.new ? 0 : -1;
    for (int singles = 1; !failed && singles >= 0; singles--) {
        PyObject *name, *member;
        Py_ssize_t position = 0;
        while (!failed && PyDict_Next(members, &position, &name, &member)) {
            failed = add_named(match, member, singles, &sum);
        }
    }
    PyObject *result = !failed && !sum.lost ? PyNumber_Or(sum.new, sum.rest) : NULL;
    Py_XDECREF(sum.rest);
    Py_XDECREF(sum.new);
    return result;
}

/* ---- what was made at run time ---- */

struct asking {
    struct match *match;
    PyObject *removed;
    size_t at; /* the pair of classes */
    struct ptrmap seen;
    bool asked;
};

static int seen_before(struct asking *asking, PyObject *member)
{
    if (ptrmap_get(&asking->seen, member)) {
        return 1;
    }
    if (ptrmap_put(&asking->seen, member, member) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static int add_removed(struct asking *asking, PyObject *member)
{
    PyObject *module = NULL;
    OWN_REF path = match_path(asking->match, &asking->match->pairs[asking->at], &module);
    OWN_REF name = path ? own_attribute(member, "_name_") : NULL;
    if (path && (!name || !PyUnicode_Check(name)) && !PyErr_Occurred()) {
        PyObject *value = own_attribute(member, "_value_");
        Py_XSETREF(name, value && PyLong_CheckExact(value) ? PyObject_Str(value) : PyUnicode_FromString("?"));
        Py_XDECREF(value);
    }
    OWN_REF text = path && name ? PyUnicode_FromFormat("%V.%U.%U", module, "?", path, name) : NULL;
    OWN_REF entry = text ? PyTuple_Pack(2, member, text) : NULL;
    return entry ? PyList_Append(asking->removed, entry) : -1;
}

/* The counterpart that the new enumeration gives. New reference; NULL without an exception: it has none. */
static PyObject *ask(struct asking *asking, PyObject *member)
{
    struct pair pair = asking->match->pairs[asking->at];
    OWN_REF value = own_attribute(member, "_value_");
    bool flag = value && PyLong_CheckExact(value) && dict_get(((PyTypeObject *)pair.old)->tp_dict, "_flag_mask_");
    PyObject *members = flag ? members_table(pair.old, "_member_map_") : NULL;
    if (!value || PyErr_Occurred()) {
        return NULL;
    }
    OWN_REF wanted = members ? translate(asking->match, members, value) : Py_NewRef(value);
    if (!wanted) {
        return NULL;
    }
    OWN_REF type = Py_NewRef(pair.partner);
    asking->asked = true;
    OWN_REF answer = RESTING(PyObject_CallOneArg(type, wanted));
    if (!answer && PyErr_ExceptionMatches(PyExc_Exception) && !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear(); /* no such member: what _missing_ raises is up to it */
    }
    return answer && (PyObject *)Py_TYPE(answer) == type ? STEAL(answer) : NULL;
}

static int pair_unnamed(struct asking *asking, PyObject *member)
{
    int seen = (PyObject *)Py_TYPE(member) == asking->match->pairs[asking->at].old ? seen_before(asking, member) : 1;
    if (seen || match_find(asking->match, member)) {
        return seen < 0 ? -1 : 0;
    }
    OWN_REF partner = ask(asking, member);
    if (partner) {
        return match_add(asking->match, member, partner, PAIR_MEMBER, asking->at, NULL);
    }
    return PyErr_Occurred() ? -1 : add_removed(asking, member);
}

static int pair_enum(struct asking *asking)
{
    PyObject *type = asking->match->pairs[asking->at].old;
    PyObject *named = members_table(type, "_member_map_"), *made = members_table(type, "_value2member_map_");
    PyObject *key, *member;
    Py_ssize_t position = 0;
    while (named && PyDict_Next(named, &position, &key, &member)) {
        int seen = seen_before(asking, member);
        if (seen < 0 || (!seen && !match_find(asking->match, member) && add_removed(asking, member) < 0)) {
            return -1;
        }
    }
    OWN_REF members = named && made ? PyDict_Values(made) : PyList_New(0); /* asking runs code, which may add some */
    for (Py_ssize_t i = 0; members && i < PyList_GET_SIZE(members); i++) {
        if (pair_unnamed(asking, PyList_GET_ITEM(members, i)) < 0) {
            return -1;
        }
    }
    return members && !PyErr_Occurred() ? 0 : -1;
}

/* ---- what no table lists ---- */

int match_forgets_values(const struct pair *pair)
{
    PyObject *boundary = match_is_enum(pair) ? dict_get(((PyTypeObject *)pair->old)->tp_dict, "_boundary_") : NULL;
    OWN_REF name = boundary ? own_attribute(boundary, "_name_") : NULL;
    return PyErr_Occurred() ? -1 : name && PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "KEEP") == 0;
}

struct finding {
    struct ptrmap classes; /* those that forget values */
    struct objects found;
};

static int find_member(PyObject *object, void *arg)
{
    struct finding *finding = arg;
    return ptrmap_get(&finding->classes, Py_TYPE(object)) ? objects_add(&finding->found, object) : 0;
}

static int find_classes(const struct match *match, struct ptrmap *classes)
{
    for (size_t i = 0; i < match->n_pairs; i++) {
        int forgets = match_forgets_values(&match->pairs[i]);
        if (forgets < 0 || (forgets && ptrmap_put(classes, match->pairs[i].old, match->pairs[i].old) < 0)) {
            return PyErr_Occurred() ? -1 : (PyErr_NoMemory(), -1);
        }
    }
    return 0;
}

/* All live members of such classes. New list. */
static PyObject *find_all(const struct match *match)
{
    struct finding finding = {0};
    bool before = heap_forbid_collection();
    int failed = find_classes(match, &finding.classes);
    if (!failed && finding.classes.used && heap_each(find_member, &finding) != 0) {
        failed = PyErr_Occurred() ? -1 : (PyErr_NoMemory(), -1);
    }
    PyObject *list = failed ? NULL : PyList_New((Py_ssize_t)finding.found.n);
    for (size_t i = 0; list && i < finding.found.n; i++) {
        PyList_SET_ITEM(list, (Py_ssize_t)i, Py_NewRef(finding.found.items[i]));
    }
    heap_allow_collection(before);
    ptrmap_release(&finding.classes);
    free(finding.found.items);
    return list;
}

static int pair_unlisted(struct asking *asking)
{
    OWN_REF members = find_all(asking->match);
    for (Py_ssize_t i = 0; members && i < PyList_GET_SIZE(members); i++) {
        PyObject *member = PyList_GET_ITEM(members, i);
        asking->at = (size_t)(match_find(asking->match, (PyObject *)Py_TYPE(member)) - asking->match->pairs);
        if (pair_unnamed(asking, member) < 0) {
            return -1;
        }
    }
    return members ? 0 : -1;
}

int match_composites(struct match *match, PyObject *removed)
{
    struct asking asking = {.match = match, .removed = removed};
    int failed = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(removed) && !failed; i++) {
        failed = seen_before(&asking, PyTuple_GET_ITEM(PyList_GET_ITEM(removed, i), 0)) < 0;
    }
    for (size_t i = 0, n = match->n_pairs; i < n && !failed; i++) {
        asking.at = i;
        failed = match_is_enum(&match->pairs[i]) && pair_enum(&asking) < 0;
    }
    failed = failed || pair_unlisted(&asking) < 0;
    ptrmap_release(&asking.seen);
    return failed ? -1 : asking.asked;
}
