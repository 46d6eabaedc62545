/* The order: what did the program change, which object of each pair stays, what do the staged namespaces get, what do
 * the objects that stay hold.
 *
 * Invariant: the old generation is only read. What is written goes into staged objects, or objects of our own, which
 * are dropped when the upgrade is not made. */
#include "engine/carry.h"

#include "compat/contents.h"
#include "engine/base.h"
#include "engine/carry_abc.h"
#include "engine/carry_enum.h"
#include "engine/carry_equal.h"
#include "engine/carry_ids.h"
#include "engine/carry_parts.h"
#include "engine/carry_weak.h"
#include "engine/kinds.h"
#include "engine/match_parts.h"
#include "engine/refuse.h"

#include <stdlib.h>
#include <string.h>

static const char *const advice = "restart to take this release, or reset this state before the upgrade";

/* ---- what did the program change? ---- */

static int compare_all(const struct match *match, base_changed changed, void *arg)
{
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (PyDict_Next(match->old->modules, &position, &name, &module)) {
        PyObject *record = PyDict_GetItemWithError(base_records(), name);
        bool known = record && PyTuple_GET_ITEM(record, BASE_MODULE) == module;
        int stop = PyErr_Occurred() ? -1 : known ? base_compare(record, &match->base, changed, arg) : 0;
        if (stop) {
            return stop;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* First look: which functions compiled themselves since? What changes in their dicts is cache, and so is code that
 * appears in the namespace they run in. */
static int find_compiled(PyObject *object, PyObject *key, PyObject *base, PyObject *now, void *arg)
{
    (void)base;
    (void)now;
    struct carrying *carrying = arg;
    bool code =
        PyFunction_Check(object) && PyUnicode_Check(key) && PyUnicode_CompareWithASCIIString(key, "__code__") == 0;
    if (!code) {
        return 0;
    }
    PyObject *places[] = {object, ((PyFunctionObject *)object)->func_dict, PyFunction_GET_GLOBALS(object)};
    for (int i = 0; i < 3; i++) {
        if (places[i] && ptrmap_put(&carrying->compiled, places[i], object) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

/* What an instance remembers of a call is no change of it. */
static int is_remembered(struct carrying *carrying, PyObject *object, PyObject *key, PyObject *base, PyObject *now)
{
    bool attribute = now && PyUnicode_Check(key) && !PyType_Check(object) && !PyDict_Check(object) &&
                     !PyFunction_Check(object) && !PyCell_Check(object) && contents_has_attributes(object);
    struct slot slot = {object, key, base, now, NULL, attribute, false};
    return attribute ? carry_memo_slot(carrying, &slot) : 0;
}

/* Second look: every change is noted, and whose it is. */
static int note_change(PyObject *object, PyObject *key, PyObject *base, PyObject *now, void *arg)
{
    struct carrying *carrying = arg;
    OWN_REF entry = PyTuple_Pack(3, object, key, now ? now : Py_None);
    if (!entry || PyList_Append(carrying->carry->changes, entry) < 0) {
        return -1;
    }
    if (PyFunction_Check(object) || carry_is_bookkeeping(key) || carry_same_value(base, now) ||
        carry_enum_handles(carrying->match, object)) {
        return 0;
    }
    int remembered = is_remembered(carrying, object, key, base, now);
    if (remembered) {
        return remembered < 0 ? -1 : 0;
    }
    if (ptrmap_put(&carrying->dirty, object, object) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* ---- tables ---- */

static int index_late(struct carrying *carrying)
{
    PyObject *name, *module;
    Py_ssize_t position = 0, n_late = 0;
    while (PyDict_Next(carrying->match->old->modules, &position, &name, &module)) {
        PyObject *record = PyDict_GetItemWithError(base_records(), name);
        bool late =
            record && PyTuple_GET_ITEM(record, BASE_MODULE) == module && PyTuple_GET_ITEM(record, BASE_LATE) == Py_True;
        PyObject *copies = late ? base_copies(record) : NULL;
        n_late += late;
        for (Py_ssize_t i = 0; copies && i < PyList_GET_SIZE(copies); i++) {
            PyObject *object = PyTuple_GET_ITEM(PyList_GET_ITEM(copies, i), 0);
            if (ptrmap_put(&carrying->late, object, object) < 0) {
                PyErr_NoMemory();
                return -1;
            }
        }
    }
    OWN_REF note = n_late ? PyUnicode_FromFormat("%zd of the upgraded modules were loaded before midflight: what the "
                                                 "program changed before that is inferred, not known",
                                                 n_late)
                          : NULL;
    return PyErr_Occurred() || (n_late && (!note || PyList_Append(carrying->carry->notes, note) < 0)) ? -1 : 0;
}

static PyObject *names_of_cells(PyObject *function)
{
    return PyObject_GetAttrString(PyFunction_GET_CODE(function), "co_freevars");
}

static int index_cells(struct carrying *carrying, PyObject *old, PyObject *new)
{
    PyObject *left = PyFunction_GET_CLOSURE(old), *right = PyFunction_GET_CLOSURE(new);
    OWN_REF names = left && right ? names_of_cells(old) : NULL;
    OWN_REF others = names ? names_of_cells(new) : NULL;
    for (Py_ssize_t i = 0; others && i < PyTuple_GET_SIZE(names); i++) {
        for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(others); j++) {
            PyObject *cell = PyTuple_GET_ITEM(left, i), *partner = PyTuple_GET_ITEM(right, j);
            PyObject *name = PyTuple_GET_ITEM(names, i);
            bool same = PyUnicode_Compare(name, PyTuple_GET_ITEM(others, j)) == 0 && !match_is_cache(old, name);
            if (same && cell != partner && ptrmap_put(&carrying->cells, cell, partner) < 0) {
                PyErr_NoMemory();
                return -1;
            }
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

static int index_functions(struct carrying *carrying)
{
    for (size_t i = 0; i < carrying->match->n_pairs; i++) {
        const struct pair *pair = &carrying->match->pairs[i];
        if (pair->kind != PAIR_FUNCTION || !PyFunction_Check(pair->partner)) {
            continue;
        }
        PyObject *dict = ((PyFunctionObject *)pair->old)->func_dict;
        bool own = dict && dict != ((PyFunctionObject *)pair->partner)->func_dict &&
                   !ptrmap_get(&carrying->compiled, pair->old);
        if (index_cells(carrying, pair->old, pair->partner) < 0) {
            return -1;
        }
        if (own && ptrmap_put(&carrying->dicts, dict, pair->partner) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

/* A container that was recorded late, and that the package's code fills, may have been filled before: as if it was
 * changed, so that what the new version does not have stays (carry_merge.c). */
static int infer_late(struct carrying *carrying)
{
    const struct match *match = carrying->match;
    for (size_t i = 0; i < match->n_pairs && carrying->late.used; i++) {
        PyObject *old = match->pairs[i].old;
        bool asked = match->pairs[i].kind == PAIR_DATA && contents_kind(old) != CONTENTS_NONE &&
                     ptrmap_get(&carrying->late, old) && !ptrmap_get(&carrying->dirty, old);
        int filled = asked ? carry_memo_filled(carrying, old) : 0;
        if (filled > 0 && ptrmap_put(&carrying->dirty, old, old) < 0) {
            PyErr_NoMemory();
            filled = -1;
        }
        if (filled < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- which object of a pair stays ---- */

static enum carry_way plain_way(const struct pair *pair)
{
    PyTypeObject *type = Py_TYPE(pair->old);
    if (type != Py_TYPE(pair->partner) && !(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return CARRY_THEIRS;
    }
    if (kinds_is_opaque(pair->old)) {
        return CARRY_OURS;
    }
    if (PyTuple_CheckExact(pair->old) || PyFrozenSet_CheckExact(pair->old)) {
        return CARRY_NONE; /* equal by value and never changed: a held one may stay what it is */
    }
    bool tuple = PyTuple_Check(pair->old) && type->tp_hash == PyTuple_Type.tp_hash && type->tp_dictoffset;
    bool plain = type->tp_hash == PyBaseObject_Type.tp_hash || type->tp_hash == PyObject_HashNotImplemented || tuple ||
                 contents_kind(pair->old) != CONTENTS_NONE;
    return plain ? CARRY_THEIRS : CARRY_VALUE;
}

/* Is the hash that of the built-in value that the object is, whatever its attributes are? */
static bool hashes_by_payload(PyTypeObject *type)
{
    PyTypeObject *const bases[] = {&PyLong_Type,    &PyUnicode_Type, &PyFloat_Type,    &PyBytes_Type,
                                   &PyComplex_Type, &PyTuple_Type,   &PyFrozenSet_Type};
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        if (type->tp_hash == bases[i]->tp_hash) {
            return true;
        }
    }
    return false;
}

/* -1 with an exception set, or enum carry_way. */
static int way_of(struct carrying *carrying, const struct pair *pair)
{
    enum carry_way way = plain_way(pair);
    enum policy policy = carry_policy_of_pair(carrying, pair);
    bool state = way == CARRY_VALUE && hashes_by_payload(Py_TYPE(pair->old)) && carry_touched(carrying, pair->old);
    if (way == CARRY_NONE || (way == CARRY_VALUE && !state)) {
        return way; /* row 6: what a value filled in lazily was a cache */
    }
    if (pair->old == pair->partner) {
        return CARRY_OURS; /* both versions hold it; what is in it is merged */
    }
    if (policy == POLICY_KEEP || policy == POLICY_NEW) {
        return policy == POLICY_KEEP ? CARRY_OURS : CARRY_THEIRS;
    }
    if (way == CARRY_OURS || !carry_touched(carrying, pair->old)) {
        return way == CARRY_OURS || policy == POLICY_MERGE ? CARRY_OURS : CARRY_THEIRS;
    }
    int memo = policy == POLICY_MERGE ? 0 : carry_memo_object(carrying, pair->old);
    return memo < 0 ? -1 : memo ? CARRY_THEIRS : CARRY_OURS;
}

/* Two old objects may have one partner, which the new version put into both places. Only the first can stand for it. */
static bool stands_for_partner(const struct match *match, size_t at)
{
    return (size_t)(uintptr_t)ptrmap_get(&match->partners, match->pairs[at].partner) == at + 1;
}

static int decide_ways(struct carrying *carrying)
{
    struct carry *carry = carrying->carry;
    const struct match *match = carrying->match;
    carry->ways = calloc(match->n_pairs ? match->n_pairs : 1, 1);
    if (!carry->ways) {
        PyErr_NoMemory();
        return -1;
    }
    carry->n_ways = match->n_pairs;
    for (size_t i = 0; i < match->n_pairs; i++) {
        bool data = match->pairs[i].kind == PAIR_DATA && !carry_enum_owns(match, &match->pairs[i]);
        bool part = match->pairs[i].kind == PAIR_PART && stands_for_partner(match, i);
        int way = data ? way_of(carrying, &match->pairs[i]) : CARRY_THEIRS;
        int stays = part ? carry_memo_lru(carrying, &match->pairs[i]) : 0;
        if (way < 0 || stays < 0) {
            return -1;
        }
        way = stays ? CARRY_OURS : way;
        bool apart = data && way == CARRY_OURS && !stands_for_partner(match, i);
        carry->ways[i] = (unsigned char)(apart ? CARRY_APART : way);
    }
    return carry_enum_ways(match, carry->ways);
}

static int merge_all(struct carrying *carrying)
{
    const struct match *match = carrying->match;
    for (size_t i = 0; i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        bool merges = pair->kind == PAIR_DATA && carrying->carry->ways[i] == CARRY_OURS &&
                      carry_policy_of_pair(carrying, pair) != POLICY_KEEP;
        if (merges && carry_merge(carrying, pair) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- modules without a record ---- */

/* Nobody saw this module being imported: a mutable value that differs from the new version's may be state. 1 refused.
 */
static int check_unknown(struct carrying *carrying, PyObject *name, PyObject *module)
{
    PyObject *ours = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
    struct pair *pair = ours ? match_find(carrying->match, ours) : NULL;
    PyObject *key, *value;
    Py_ssize_t position = 0;
    int refused = 0;
    while (pair && refused >= 0 && PyDict_Next(ours, &position, &key, &value)) {
        PyObject *theirs = contents_kind(value) != CONTENTS_NONE ? PyDict_GetItemWithError(pair->partner, key) : NULL;
        int equal = theirs ? carry_equal(carrying->match, value, theirs) : 1;
        if (PyErr_Occurred() || equal < 0) {
            return -1;
        }
        if (!equal && !carry_is_bookkeeping(key)) {
            refused = refuse(carrying->reasons, "state-changed", name, key, advice,
                             "this may have been changed since the module was loaded, which nobody saw");
        }
    }
    return refused;
}

static int check_all_unknown(struct carrying *carrying)
{
    PyObject *name, *module;
    Py_ssize_t position = 0;
    int refused = 0;
    while (refused >= 0 && PyDict_Next(carrying->match->old->modules, &position, &name, &module)) {
        PyObject *record = PyDict_GetItemWithError(base_records(), name);
        bool known = record && PyTuple_GET_ITEM(record, BASE_MODULE) == module;
        int one = PyErr_Occurred() ? -1 : known ? 0 : check_unknown(carrying, name, module);
        refused = one < 0 ? -1 : refused | one;
    }
    return refused;
}

/* ---- keys that are addresses ---- */

static int find_ids(struct carrying *carrying)
{
    const struct match *match = carrying->match;
    struct ptrmap moves;
    ptrmap_init(&moves);
    int failed = 0;
    for (size_t i = 0; i < match->n_pairs && !failed; i++) {
        const struct pair *pair = &match->pairs[i];
        enum carry_way way = (enum carry_way)carrying->carry->ways[i];
        failed = way == CARRY_THEIRS ? ptrmap_put(&moves, pair->old, pair->partner)
                 : way == CARRY_OURS ? ptrmap_put(&moves, pair->partner, pair->old)
                                     : 0;
    }
    if (failed) {
        PyErr_NoMemory();
    } else {
        carrying->carry->ids = carry_ids_find(&moves);
    }
    ptrmap_release(&moves);
    return carrying->carry->ids ? 0 : -1;
}

/* For translating keys while contents are merged. */
static int index_ids(struct carrying *carrying)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(carrying->carry->ids); i++) {
        PyObject *entry = PyList_GET_ITEM(carrying->carry->ids, i);
        if (ptrmap_put(&carrying->ids, PyTuple_GET_ITEM(entry, 0), PyTuple_GET_ITEM(entry, 1)) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

/* ---- all of it ---- */

static int decide(struct carrying *carrying, const struct carry_input *input)
{
    const struct match *match = carrying->match;
    if (base_index(input->records, match->new->modules, &carrying->theirs) < 0 || index_late(carrying) < 0 ||
        carry_policy_init(carrying) < 0 || compare_all(match, find_compiled, carrying) < 0 ||
        compare_all(match, note_change, carrying) < 0 || index_functions(carrying) < 0 || infer_late(carrying) < 0 ||
        decide_ways(carrying) < 0 || carry_owners(carrying) < 0 || find_ids(carrying) < 0 || index_ids(carrying) < 0 ||
        merge_all(carrying) < 0 || memo_check_outside(carrying) < 0 || memo_find_spent(carrying) < 0 ||
        memo_find_left_out(carrying) < 0 || memo_prepare_classes(carrying) < 0 || carry_weak_adopt(carrying) < 0) {
        return -1;
    }
    carrying->carry->weak = carry_weak_find(carrying);
    int unknown = carrying->carry->weak ? check_all_unknown(carrying) : -1;
    int enums = unknown < 0 ? -1 : carry_enum_changes(carrying->carry, match, carrying->reasons);
    if (enums < 0) {
        return -1;
    }
    return unknown || enums || carrying->refused ? 1 : carry_abc(carrying);
}

static void release_tables(struct carrying *carrying)
{
    struct ptrmap *maps[] = {&carrying->theirs,  &carrying->late,    &carrying->dirty,
                             &carrying->touched, &carrying->through, &carrying->compiled,
                             &carrying->cells,   &carrying->dicts,   &carrying->ids};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        ptrmap_release(maps[i]);
    }
    Py_CLEAR(carrying->codes);
    Py_CLEAR(carrying->get_name);
    Py_CLEAR(carrying->preparing);
    Py_CLEAR(carrying->adopting);
    carry_policy_release(carrying);
    carry_memo_release(carrying);
}

int carry_run(struct carry *carry, const struct carry_input *input)
{
    memset(carry, 0, sizeof *carry);
    carry->changes = PyList_New(0);
    carry->merges = PyList_New(0);
    carry->conflicts = PyList_New(0);
    carry->notes = PyList_New(0);
    struct carrying *carrying = calloc(1, sizeof *carrying);
    if (!carry->changes || !carry->merges || !carry->conflicts || !carry->notes || !carrying) {
        free(carrying);
        return PyErr_Occurred() ? -1 : (PyErr_NoMemory(), -1);
    }
    carrying->carry = carry;
    carrying->match = input->match;
    carrying->reasons = input->reasons;
    carrying->program_policy = input->policy;
    carrying->get_name = PyUnicode_InternFromString("__get__");
    carrying->preparing = carrying->get_name ? PyList_New(0) : NULL;
    int result = carrying->preparing ? decide(carrying, input) : -1;
    release_tables(carrying);
    free(carrying);
    return result;
}

/* ---- inside the flip ---- */

struct recheck {
    const struct carry *carry;
    Py_ssize_t at;
};

/* Indices are made anew each time. */
static bool same_key(PyObject *a, PyObject *b)
{
    return a == b || (PyLong_CheckExact(a) && PyLong_CheckExact(b) && PyObject_RichCompareBool(a, b, Py_EQ) == 1);
}

static int recheck_change(PyObject *object, PyObject *key, PyObject *base, PyObject *now, void *arg)
{
    (void)base;
    struct recheck *recheck = arg;
    if (recheck->at >= PyList_GET_SIZE(recheck->carry->changes)) {
        return 1;
    }
    PyObject *entry = PyList_GET_ITEM(recheck->carry->changes, recheck->at++);
    bool same = PyTuple_GET_ITEM(entry, 0) == object && PyTuple_GET_ITEM(entry, 2) == (now ? now : Py_None) &&
                same_key(PyTuple_GET_ITEM(entry, 1), key);
    return same ? 0 : 1;
}

int carry_stale(const struct carry *carry, const struct match *match)
{
    struct recheck recheck = {carry, 0};
    int stale = compare_all(match, recheck_change, &recheck);
    return stale ? stale : recheck.at != PyList_GET_SIZE(carry->changes);
}

int carry_plan(const struct carry *carry, const struct ptrmap *map, const struct iterators *iterators,
               struct edits *edits, PyObject **ret_object)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(carry->merges); i++) {
        PyObject *entry = PyList_GET_ITEM(carry->merges, i), *object = PyTuple_GET_ITEM(entry, 0);
        PyObject *content = PyTuple_GET_ITEM(entry, 1), *attributes = PyTuple_GET_ITEM(entry, 2);
        PyObject *slots = PyTuple_GET_ITEM(entry, 3), *replacement = ptrmap_get(map, object);
        PyObject *maker = PyTuple_GET_ITEM(entry, 4);
        object = replacement ? replacement : object;
        int result = content != Py_None ? contents_exchange(object, content, iterators, edits) : 0;
        result = result == 0 && maker != Py_None ? contents_exchange_factory(object, maker, edits) : result;
        if (result == 0 && !replacement &&
            (attributes != Py_None || slots != Py_None)) { /* or replace.c gave it them */
            result = contents_exchange_attributes(object, attributes != Py_None ? attributes : NULL,
                                                  slots != Py_None ? slots : NULL, iterators, edits);
        }
        if (result) {
            *ret_object = object;
            return result;
        }
    }
    return 0;
}

bool carry_brings(const struct carry *carry, PyObject *object, PyObject *name)
{
    for (Py_ssize_t i = 0; carry->merges && i < PyList_GET_SIZE(carry->merges); i++) {
        PyObject *entry = PyList_GET_ITEM(carry->merges, i), *wanted = PyTuple_GET_ITEM(entry, 5);
        if (PyTuple_GET_ITEM(entry, 0) == object) {
            return wanted != Py_None && PyDict_Contains(wanted, name) == 1;
        }
    }
    return false;
}

void carry_finish(struct carry *carry)
{
    Py_CLEAR(carry->changes);
    Py_CLEAR(carry->merges);
    Py_CLEAR(carry->ids);
    Py_CLEAR(carry->weak);
    for (size_t i = 0; i < carry->n_spent; i++) {
        Py_DECREF(carry->spent[i].name);
    }
    free(carry->spent);
    carry->spent = NULL;
    carry->n_spent = 0;
    for (size_t i = 0; i < carry->n_left_out; i++) {
        Py_DECREF(carry->left_out[i].name);
    }
    free(carry->left_out);
    carry->left_out = NULL;
    carry->n_left_out = 0;
    free(carry->ways);
    carry->ways = NULL;
    carry->n_ways = 0;
}

void carry_release(struct carry *carry)
{
    carry_finish(carry);
    Py_CLEAR(carry->conflicts);
    Py_CLEAR(carry->notes);
}
