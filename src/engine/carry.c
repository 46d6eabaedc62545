/* The decision table of the design, as far as it is built: rows 1 (code of the old generation), 2 (code of the
 * program), 3 (bookkeeping), 4 (opaque objects) and 5 (unchanged) go live; a slot that rows 6 to 9 would decide is
 * refused unless both versions agree.
 *
 * Invariant: the old generation is only read. What is written goes into staged objects, which are dropped when the
 * upgrade is not made. Must not: compare values by their own __eq__, except exact built-in atoms. */
#include "engine/carry.h"

#include "compat/state.h"
#include "engine/base.h"
#include "engine/carry_abc.h"
#include "engine/carry_equal.h"
#include "engine/carry_rebound.h"
#include "engine/kinds.h"
#include "engine/refuse.h"

#include <stdlib.h>
#include <string.h>

static const char *const advice = "restart to take this release, or reset this state before the upgrade";

/* Names that the interpreter and the import system write by themselves. */
static bool is_bookkeeping(PyObject *key)
{
    static const char *const names[] = {"__warningregistry__",
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

/* Does a value belong to the old generation: code, class, module? */
static bool is_old_code(const struct match *match, PyObject *value)
{
    struct pair *pair = match_find(match, value);
    return (pair && pair->kind != PAIR_DATA) || generation_owns_function(match->old, value) ||
           generation_owns_class(match->old, value);
}

/* Code of the program or of another package: it overrides what the release says. */
static bool is_foreign_code(const struct match *match, PyObject *value)
{
    bool code = PyFunction_Check(value) || PyType_Check(value) || PyMethod_Check(value) || PyCFunction_Check(value) ||
                (Py_TYPE(value)->tp_call && !match_find(match, (PyObject *)Py_TYPE(value)));
    return code && !is_old_code(match, value) && !PyModule_Check(value);
}

/* ---- changed slots ---- */

struct changes {
    struct carry *carry;
    const struct match *match;
    PyObject *reasons;
    bool refused;
    struct ptrmap compiled; /* dicts of functions that compiled themselves since: what changes in them is cache */
};

/* The counterpart of the object that has the slot; NULL when there is none. A cell or function dict has none of its
 * own. */
static PyObject *partner_of(const struct match *match, PyObject *object)
{
    struct pair *pair = match_find(match, object);
    return pair ? pair->partner : NULL;
}

/* What the new version has in that slot. Borrowed; NULL: nothing. */
static PyObject *their_value(PyObject *partner, PyObject *key)
{
    if (!partner) {
        return NULL;
    }
    PyObject *dict = PyType_Check(partner) ? ((PyTypeObject *)partner)->tp_dict : partner;
    if (dict && PyDict_Check(dict) && PyUnicode_Check(key)) {
        return PyDict_GetItemWithError(dict, key);
    }
    return NULL;
}

/* Puts the program's value into the new namespace or class. */
static int keep_ours(PyObject *partner, PyObject *key, PyObject *value)
{
    if (PyType_Check(partner)) {
        return PyType_Type.tp_setattro(partner, key, value);
    }
    return PyDict_SetItem(partner, key, value);
}

static int refuse_change(struct changes *changes, PyObject *object, PyObject *key, const char *how)
{
    PyObject *module = NULL;
    struct pair *pair = match_find(changes->match, object);
    OWN_REF path = pair ? match_path(changes->match, pair, &module) : PyUnicode_FromString(Py_TYPE(object)->tp_name);
    OWN_REF symbol = path ? PyUnicode_FromFormat(PyUnicode_GET_LENGTH(path) ? "%U.%S" : "%U%S", path, key) : NULL;
    if (!symbol) {
        return -1;
    }
    changes->refused = true;
    return refuse(
               changes->reasons, "state-changed", module, symbol, advice,
               "the program %s this since it was imported, and carrying state into a new version is not possible here",
               how) < 0
               ? -1
               : 0;
}

/* One slot that the program changed. 0 go on, -1 exception. */
static int decide_change(PyObject *object, PyObject *key, PyObject *base, PyObject *now, void *arg)
{
    struct changes *changes = arg;
    const struct match *match = changes->match;
    OWN_REF entry = PyTuple_Pack(3, object, key, now ? now : Py_None);
    if (!entry || PyList_Append(changes->carry->changes, entry) < 0) {
        return -1;
    }
    bool cache = ptrmap_get(&changes->compiled, object) &&
                 (!now || PyFunction_Check(object) || is_old_code(match, now) ||
                  match_find(match, (PyObject *)Py_TYPE(now)) || !match_find(match, object));
    if (cache) {
        return 0;
    }
    PyObject *partner = partner_of(match, object);
    PyObject *theirs = their_value(partner, key);
    if (PyErr_Occurred()) {
        return -1;
    }
    if (is_bookkeeping(key)) {
        return 0;
    }
    bool slots = partner && (PyType_Check(partner) || match_find(match, object)->kind == PAIR_NAMESPACE);
    if (now && (PyModule_Check(now) || is_old_code(match, now))) { /* row 1 */
        struct pair *pair = match_find(match, now);
        bool follow = slots && PyUnicode_Check(key) && pair && pair->partner != theirs;
        return follow ? keep_ours(partner, key, pair->partner) : 0;
    }
    if (now && slots && is_foreign_code(match, now)) {
        return keep_ours(partner, key, now);
    }
    int memo = carry_memo(match, object, key, base, now);
    if (memo) {
        return memo < 0 ? -1 : 0;
    }
    int stays = slots ? carry_rebound(match, object, key, base, now, theirs) : 0;
    if (stays) {
        return stays < 0 ? -1 : keep_ours(partner, key, now);
    }
    int equal = now && theirs ? carry_equal(match, now, theirs) : (!now && !theirs);
    if (equal != 0) {
        return equal < 0 ? -1 : 0;
    }
    return refuse_change(changes, object, key, !base ? "added" : now ? "changed" : "removed");
}

/* ---- which object of a pair stays ---- */

static enum carry_way way_of(const struct pair *pair)
{
    PyTypeObject *type = Py_TYPE(pair->old);
    if (type != Py_TYPE(pair->partner) && !(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return CARRY_THEIRS;
    }
    if (kinds_is_enum((PyObject *)type) || kinds_is_opaque(pair->old)) {
        return CARRY_OURS;
    }
    if (PyTuple_Check(pair->old) || PyFrozenSet_Check(pair->old)) {
        return CARRY_NONE; /* equal by value and never changed: a held one may stay what it is */
    }
    bool plain = type->tp_hash == PyBaseObject_Type.tp_hash || type->tp_hash == PyObject_HashNotImplemented ||
                 PyDict_Check(pair->old) || PyList_Check(pair->old) || PySet_Check(pair->old);
    return plain ? CARRY_THEIRS : CARRY_VALUE;
}

static int decide_ways(struct carry *carry, const struct match *match)
{
    carry->ways = calloc(match->n_pairs ? match->n_pairs : 1, 1);
    if (!carry->ways) {
        PyErr_NoMemory();
        return -1;
    }
    carry->n_ways = match->n_pairs;
    for (size_t i = 0; i < match->n_pairs; i++) {
        bool data = match->pairs[i].kind == PAIR_DATA;
        carry->ways[i] = (unsigned char)(data ? way_of(&match->pairs[i]) : CARRY_THEIRS);
    }
    return 0;
}

/* An enumeration must have the same members with the same values: anything else waits for its own issue. */
static int check_enums(const struct match *match, PyObject *reasons)
{
    int refused = 0;
    for (size_t i = 0; i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        if (pair->kind != PAIR_CLASS || !kinds_is_enum(pair->old) || !PyType_Check(pair->partner)) {
            continue;
        }
        PyObject *ours = dict_get(((PyTypeObject *)pair->old)->tp_dict, "_member_map_");
        PyObject *theirs = dict_get(((PyTypeObject *)pair->partner)->tp_dict, "_member_map_");
        if (PyErr_Occurred()) {
            return -1;
        }
        int equal = ours && theirs ? carry_equal_members(match, ours, theirs) : ours == theirs;
        if (equal < 0) {
            return -1;
        }
        if (!equal) {
            PyObject *module;
            OWN_REF path = match_path(match, pair, &module);
            refused = 1;
            if (!path || refuse(reasons, "enum-changed", module, path, "restart to take this release",
                                "members or values of this enumeration differ between the versions") < 0) {
                return -1;
            }
        }
    }
    return refused;
}

/* ---- modules without a base ---- */

/* Nobody saw this module being imported: a mutable value that differs from the new version's may be state. */
static int decide_unknown(struct changes *changes, PyObject *module_name)
{
    PyObject *module = PyDict_GetItemWithError(changes->match->old->modules, module_name);
    PyObject *ours = module && PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
    PyObject *partner = ours ? partner_of(changes->match, ours) : NULL;
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (partner && PyDict_Next(ours, &position, &key, &value)) {
        bool container = PyDict_Check(value) || PyList_Check(value) || PySet_Check(value);
        PyObject *theirs = container ? PyDict_GetItemWithError(partner, key) : NULL;
        int equal = theirs ? carry_equal(changes->match, value, theirs) : 1;
        if (PyErr_Occurred() || equal < 0) {
            return -1;
        }
        if (!equal && !is_bookkeeping(key) && refuse_change(changes, ours, key, "may have changed") < 0) {
            return -1;
        }
    }
    return 0;
}

/* First look: which functions compiled themselves since? What changes in their dicts is cache, and so is code that
 * appears in the namespace they run in. */
static int find_compiled(PyObject *object, PyObject *key, PyObject *base, PyObject *now, void *arg)
{
    (void)key;
    (void)base;
    (void)now;
    struct changes *changes = arg;
    if (!PyFunction_Check(object)) {
        return 0;
    }
    PyObject *places[] = {object, ((PyFunctionObject *)object)->func_dict, PyFunction_GET_GLOBALS(object)};
    for (int i = 0; i < 3; i++) {
        if (places[i] && ptrmap_put(&changes->compiled, places[i], object) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

static int compare_all(struct changes *changes, base_changed changed)
{
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (PyDict_Next(changes->match->old->modules, &position, &name, &module)) {
        PyObject *record = PyDict_GetItemWithError(base_records(), name);
        bool known = record && PyTuple_GET_ITEM(record, BASE_MODULE) == module;
        if (PyErr_Occurred() || (known && base_compare(record, changed, changes) < 0)) {
            return -1;
        }
    }
    return 0;
}

static int decide_changes(struct changes *changes)
{
    if (compare_all(changes, find_compiled) < 0) {
        return -1;
    }
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (PyDict_Next(changes->match->old->modules, &position, &name, &module)) {
        PyObject *record = PyDict_GetItemWithError(base_records(), name);
        bool known = record && PyTuple_GET_ITEM(record, BASE_MODULE) == module;
        if (PyErr_Occurred() ||
            (known ? base_compare(record, decide_change, changes) : decide_unknown(changes, name)) < 0) {
            return -1;
        }
    }
    return 0;
}

int carry_run(struct carry *carry, const struct match *match, PyObject *reasons)
{
    memset(carry, 0, sizeof *carry);
    struct changes changes = {.carry = carry, .match = match, .reasons = reasons};
    carry->changes = PyList_New(0);
    if (!carry->changes || decide_ways(carry, match) < 0) {
        return -1;
    }
    int failed = decide_changes(&changes);
    ptrmap_release(&changes.compiled);
    if (failed) {
        return -1;
    }
    if (!changes.refused && carry_abc(match) < 0) {
        return -1;
    }
    int enums = check_enums(match, reasons);
    return enums < 0 ? -1 : (enums || changes.refused);
}

/* ---- inside the flip ---- */

struct recheck {
    const struct carry *carry;
    Py_ssize_t at;
};

static int recheck_change(PyObject *object, PyObject *key, PyObject *base, PyObject *now, void *arg)
{
    (void)base;
    struct recheck *recheck = arg;
    if (recheck->at >= PyList_GET_SIZE(recheck->carry->changes)) {
        return 1;
    }
    PyObject *entry = PyList_GET_ITEM(recheck->carry->changes, recheck->at++);
    bool same = PyTuple_GET_ITEM(entry, 0) == object && PyTuple_GET_ITEM(entry, 2) == (now ? now : Py_None) &&
                (PyTuple_GET_ITEM(entry, 1) == key || PyLong_Check(key));
    return same ? 0 : 1;
}

int carry_stale(const struct carry *carry, const struct match *match)
{
    struct recheck recheck = {carry, 0};
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (PyDict_Next(match->old->modules, &position, &name, &module)) {
        PyObject *record = PyDict_GetItemWithError(base_records(), name);
        if (record && PyTuple_GET_ITEM(record, BASE_MODULE) == module) {
            int stale = base_compare(record, recheck_change, &recheck);
            if (stale) {
                return stale;
            }
        }
    }
    return PyErr_Occurred() ? -1 : recheck.at != PyList_GET_SIZE(carry->changes);
}

void carry_release(struct carry *carry)
{
    Py_CLEAR(carry->changes);
    free(carry->ways);
    carry->ways = NULL;
    carry->n_ways = 0;
}
