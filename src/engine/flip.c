/* The one step that other threads can notice: walk, account, plan, commit, all under one hold of the GIL.
 *
 * Rules
 *  F1  Nothing is written before every target's reference count is explained and every holder is planned.
 *  F2  No Python code runs between the look at the frames and the commit, and no collection.
 *  F3  What the old generation's own definitions refer to stays as it is: they are counted, not edited (account's
 * `fixed`), so the old generation becomes an island and dies. F4  The commit is compat/edits.h: exchanges that cannot
 * fail. */
#include "engine/flip.h"

#include "compat/callers.h"
#include "compat/gate.h"
#include "compat/heap.h"
#include "compat/type.h"
#include "engine/base.h"
#include "engine/carry_enum.h"
#include "engine/carry_equal.h"
#include "engine/consts.h"
#include "engine/derived.h"
#include "engine/flip_plan.h"
#include "engine/flip_publish.h"
#include "engine/former.h"
#include "engine/hashing.h"
#include "engine/kinds.h"
#include "engine/match_members.h"
#include "engine/pins.h"
#include "engine/turn.h"
#include "engine/plan.h"

#include <string.h>

/* ---- targets and fixed holders ---- */

static int add_target(struct account *account, PyObject *object, PyObject *partner)
{
    if (account_target(account, object)) {
        return 0;
    }
    return account_add(account, object, partner, 1);
}

static enum carry_way way_of(const struct upgrade *upgrade, size_t at)
{
    return at < upgrade->carry.n_ways ? (enum carry_way)upgrade->carry.ways[at] : CARRY_THEIRS;
}

/* References move to the partner; or to the old object that stands for it (two old objects may have had one partner).
 */
static int add_pair(struct upgrade *upgrade, size_t at)
{
    struct account *account = &upgrade->flip.account;
    struct pair *pair = &upgrade->match.pairs[at];
    enum carry_way way = pair->old == pair->partner ? CARRY_OURS : way_of(upgrade, at);
    bool stays = way == CARRY_NONE || way == CARRY_OURS || way == CARRY_APART ||
                 (way == CARRY_VALUE && upgrade->flip.values_stay);
    PyObject *partner = stays ? NULL : ptrmap_get(&account->map, pair->partner);
    return stays ? 0 : add_target(account, pair->old, partner ? partner : pair->partner);
}

/* Objects of the old generation that stay: references to their partners move to them. Two old objects may have one
 * partner: the first stays, and each pair has a reference to the partner. */
static int add_staying(struct upgrade *upgrade)
{
    struct account *account = &upgrade->flip.account;
    for (size_t i = 0; i < upgrade->match.n_pairs; i++) {
        struct pair *pair = &upgrade->match.pairs[i];
        bool moves = pair->old != pair->partner;
        if (moves && way_of(upgrade, i) == CARRY_OURS && add_target(account, pair->partner, pair->old) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < upgrade->match.n_pairs && account->n_targets; i++) {
        PyObject *partner = upgrade->match.pairs[i].partner;
        struct target *target = account_target(account, partner);
        if (target && (size_t)(uintptr_t)ptrmap_get(&upgrade->match.partners, partner) != i + 1) {
            target->own++; /* each pair has a reference, and several may have this partner */
        }
    }
    return 0;
}

/* The old definitions themselves are not edited (F3). */
static int fix_definition(struct account *account, PyObject *object)
{
    if (account_fix(account, object) < 0) {
        return -1;
    }
    if (!PyType_Check(object)) {
        return 0;
    }
    PyTypeObject *type = (PyTypeObject *)object;
    PyObject *parts[] = {type->tp_dict, type->tp_mro, type->tp_bases};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i] && account_fix(account, parts[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

/* What is kept of the old version is to stay whole: what its definitions are made of, where nobody else holds it, is
 * not edited either. (What the base records have copies of is put back from them: rewind.c.) */
static int fix_former(struct upgrade *upgrade, size_t at)
{
    const struct pair *pair = &upgrade->match.pairs[at];
    if (at >= upgrade->match.n_imported) {
        return 0;
    }
    if (pair->kind == PAIR_PART && way_of(upgrade, at) != CARRY_OURS) {
        return account_fix(&upgrade->flip.account, pair->old);
    }
    PyFunctionObject *function = pair->kind == PAIR_FUNCTION ? (PyFunctionObject *)pair->old : NULL;
    PyObject *parts[] = {function ? function->func_defaults : NULL, function ? function->func_kwdefaults : NULL};
    for (int i = 0; i < 2; i++) {
        bool alone = parts[i] && Py_REFCNT(parts[i]) <= 2; /* the function and its record */
        if (alone && account_fix(&upgrade->flip.account, parts[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

/* A tuple of ours, and its items from `first` on. */
static int fix_tuple(struct account *account, PyObject *tuple, Py_ssize_t first)
{
    for (Py_ssize_t i = first; i < PyTuple_GET_SIZE(tuple); i++) {
        if (account_fix(account, PyTuple_GET_ITEM(tuple, i)) < 0) {
            return -1;
        }
    }
    return account_fix(account, tuple);
}

/* A base record and all that it is made of. */
static int fix_record(struct account *account, PyObject *record)
{
    PyObject *copies = base_copies(record);
    if (!copies || account_fix(account, record) < 0 || account_fix(account, copies) < 0 ||
        account_fix(account, PyTuple_GET_ITEM(record, BASE_FUNCTIONS)) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(copies); i++) {
        if (fix_tuple(account, PyList_GET_ITEM(copies, i), 1) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Our own tables, so that the map does not redirect itself. */
static int fix_tables(struct upgrade *upgrade)
{
    struct account *account = &upgrade->flip.account;
    PyObject *tables[] = {upgrade->old_modules,
                          upgrade->roots,
                          upgrade->stage.modules,
                          upgrade->stage.removed,
                          upgrade->removed,
                          upgrade->removed_members,
                          upgrade->carry.changes,
                          upgrade->carry.merges,
                          upgrade->flip.staged_instances,
                          upgrade->reasons,
                          upgrade->flip.private_functions,
                          upgrade->alias_modules,
                          upgrade->forwards,
                          upgrade->bindings};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (tables[i] && account_fix(account, tables[i]) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; upgrade->bindings && i < PyList_GET_SIZE(upgrade->bindings); i++) {
        if (account_fix(account, PyList_GET_ITEM(upgrade->bindings, i)) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; upgrade->carry.merges && i < PyList_GET_SIZE(upgrade->carry.merges); i++) {
        if (account_fix(account, PyList_GET_ITEM(upgrade->carry.merges, i)) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; upgrade->carry.changes && i < PyList_GET_SIZE(upgrade->carry.changes); i++) {
        if (account_fix(account, PyList_GET_ITEM(upgrade->carry.changes, i)) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; upgrade->forwards && i < PyList_GET_SIZE(upgrade->forwards); i++) {
        PyObject *forwarding = PyList_GET_ITEM(upgrade->forwards, i);
        if (account_fix(account, PyTuple_GET_ITEM(forwarding, 1)) < 0 ||
            account_fix(account, PyTuple_GET_ITEM(forwarding, 2)) < 0) {
            return -1;
        }
    }
    PyObject *lists[] = {upgrade->forwards, upgrade->back ? PyTuple_GET_ITEM(upgrade->back, FORMER_PAIRS) : NULL};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        for (Py_ssize_t j = 0; lists[i] && j < PyList_GET_SIZE(lists[i]); j++) {
            if (account_fix(account, PyList_GET_ITEM(lists[i], j)) < 0) {
                return -1;
            }
        }
    }
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (PyDict_Next(upgrade->old_modules, &position, &name, &module)) {
        PyObject *record = PyDict_GetItemWithError(base_records(), name);
        if (record && fix_record(account, record) < 0) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* The hash of a new definition or member, or of a new value that equals the old one: its class's own __hash__ is
 * called, here and not inside the flip. One that raises gives none. */
static int hash_value(struct upgrade *upgrade, const struct pair *pair)
{
    bool value = pair->kind == PAIR_DATA; /* all else stands for the old one, equal or not */
    int equal = value ? carry_equal_inside(&upgrade->match, pair->old, pair->partner) : 1;
    Py_hash_t hash = equal == 1 ? PyObject_Hash(pair->partner) : -1;
    if (hash == -1) {
        PyErr_Clear();
        return 0;
    }
    uintptr_t word = hash == 0 ? HOLDER_HASH_ZERO : (uintptr_t)hash;
    if (ptrmap_put(&upgrade->flip.value_hashes, pair->old, (void *)word) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static int hash_values(struct upgrade *upgrade)
{
    for (size_t i = 0; i < upgrade->carry.n_ways && i < upgrade->match.n_pairs; i++) {
        const struct pair *pair = &upgrade->match.pairs[i];
        bool replaced = upgrade->carry.ways[i] == CARRY_THEIRS;
        bool asked = pair->kind == PAIR_CLASS ? Py_TYPE(pair->partner)->tp_hash != PyType_Type.tp_hash
                                              : pair->kind == PAIR_MEMBER;
        bool value =
            upgrade->carry.ways[i] == CARRY_VALUE && pair->old != pair->partner; /* that has its old class yet */
        if (((replaced && asked) || value) && hash_value(upgrade, pair) < 0) {
            return -1;
        }
    }
    return 0;
}

/* An object that stays may itself get a replacement of another layout: then that takes its staged partner's place, too.
 */
static int resolve_staying(struct upgrade *upgrade)
{
    struct account *account = &upgrade->flip.account;
    for (size_t i = 0; i < account->n_targets; i++) {
        struct target *target = &account->list[i];
        PyObject *further = ptrmap_get(&account->map, target->partner);
        if (!further) {
            continue;
        }
        target->partner = further;
        if (ptrmap_put(&account->map, target->object, further) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

/* Numbers move like objects. */
static int add_ids(struct upgrade *upgrade)
{
    PyObject *ids = upgrade->carry.ids;
    for (Py_ssize_t i = 0; ids && i < PyList_GET_SIZE(ids); i++) {
        PyObject *entry = PyList_GET_ITEM(ids, i);
        if (account_fix(&upgrade->flip.account, entry) < 0 ||
            account_add(&upgrade->flip.account, PyTuple_GET_ITEM(entry, 0), PyTuple_GET_ITEM(entry, 1), 0) < 0) {
            return -1;
        }
    }
    return 0;
}

int flip_prepare(struct upgrade *upgrade)
{
    if (upgrade->flip.hash_values && !upgrade->flip.values_stay && hash_values(upgrade) < 0) {
        return -1;
    }
    struct account *account = &upgrade->flip.account;
    account_release(account);
    account->old = &upgrade->old;
    account->rebound = &upgrade->match.rebound;
    account->watched = &upgrade->flip.watched;
    if (add_staying(upgrade) < 0) {
        return -1;
    }
    for (size_t i = 0; i < upgrade->match.n_pairs; i++) {
        struct pair *pair = &upgrade->match.pairs[i];
        bool data = pair->kind == PAIR_DATA || pair->kind == PAIR_PART;
        bool stays = i < upgrade->carry.n_ways && upgrade->carry.ways[i] == CARRY_OURS;
        bool definition = data ? carry_enum_owns(&upgrade->match, pair) : !stays;
        if (add_pair(upgrade, i) < 0 || (definition && fix_definition(account, pair->old) < 0) ||
            (upgrade->keep > 0 && fix_former(upgrade, i) < 0)) {
            return -1;
        }
    }
    if (fix_tables(upgrade) < 0 || carry_enum_leave(upgrade) < 0 || add_ids(upgrade) < 0 ||
        migrate_add_targets(upgrade) < 0 || keyhash_fix(upgrade) < 0) {
        return -1;
    }
    return resolve_staying(upgrade);
}

/* ---- the account must close ---- */

/* The first target with a reference that nothing explains; NULL when there is none. */
static struct target *find_left_over(struct account *account, size_t n_parkable)
{
    for (size_t i = 0; i < account->n_targets; i++) {
        Py_ssize_t left = account_left_over(&account->list[i]);
        PyObject *object = account->list[i].object;
        /* A call that is parked at the gate may hold its function in a C local of its caller: it will call the partner.
         * The caller of one that is being executed will drop it. An instance that gets a new object must not be held
         * so: its caller would go on with the old one. */
        bool number = PyLong_CheckExact(object); /* whoever else holds it goes on with an equal one */
        bool called =
            left > 0 && i < n_parkable && (size_t)left <= gate_parked_on(object) + callers_hold(object, &account->map);
        if (left != 0 && !called && !number) {
            return &account->list[i];
        }
    }
    return NULL;
}

static int note_stuck(struct upgrade *upgrade, const struct target *target)
{
    PyObject *module = NULL;
    struct pair *pair = match_find(&upgrade->match, target->object);
    OWN_REF path =
        pair ? match_path(&upgrade->match, pair, &module) : PyUnicode_FromString(Py_TYPE(target->object)->tp_name);
    if (!path) {
        return -1;
    }
    PyObject *text = Py_BuildValue(
        "(OON)", module ? module : Py_None, path,
        PyUnicode_FromFormat("%zd of %zd references to %V.%U (a %s) are held where no walk can see them: by native "
                             "code, or by a C call that is under way",
                             account_left_over(target), Py_REFCNT(target->object) - target->own, module, "?", path,
                             Py_TYPE(target->object)->tp_name));
    Py_XSETREF(upgrade->flip.stuck, text);
    return text ? 0 : -1;
}

static int note_in_call(struct upgrade *upgrade, PyObject *instance)
{
    PyTypeObject *type = Py_TYPE(instance);
    PyObject *module = class_module_name(type);
    PyObject *text = Py_BuildValue(
        "(OsN)", module ? module : Py_None, type->tp_name,
        PyUnicode_FromFormat("an instance of %s, which gets a new object in the new version, is in the hands of native "
                             "code that was called with it",
                             type->tp_name));
    Py_XSETREF(upgrade->flip.stuck, text);
    return text ? 0 : -1;
}

/* Is it a value of an enumeration that nobody has paired? Made since, by code that asks for values without a name. */
static bool is_late_member(const struct upgrade *upgrade, PyObject *member)
{
    bool late = !match_find(&upgrade->match, member);
    for (Py_ssize_t i = 0; late && i < PyList_GET_SIZE(upgrade->removed_members); i++) {
        late = PyTuple_GET_ITEM(PyList_GET_ITEM(upgrade->removed_members, i), 0) != member;
    }
    return late;
}

static int has_late_members(const struct upgrade *upgrade)
{
    const struct objects *instances = &upgrade->flip.account.instances;
    PyTypeObject *last = NULL;
    int forgets = 0;
    for (size_t i = 0; i < instances->n; i++) {
        if (Py_TYPE(instances->items[i]) != last) {
            last = Py_TYPE(instances->items[i]);
            struct pair *pair = kinds_is_enum((PyObject *)last) ? match_find(&upgrade->match, (PyObject *)last) : NULL;
            forgets = pair ? match_forgets_values(pair) : 0;
        }
        if (forgets < 0 || (forgets && is_late_member(upgrade, instances->items[i]))) {
            return forgets;
        }
    }
    return 0;
}

/* Functions that appeared since the closures were matched (a factory was called meanwhile). */
static bool has_late_functions(const struct upgrade *upgrade)
{
    const struct account *account = &upgrade->flip.account;
    for (size_t i = 0; i < account->late.n; i++) {
        bool known = false;
        for (Py_ssize_t j = 0; j < PyList_GET_SIZE(upgrade->removed) && !known; j++) {
            known = PyList_GET_ITEM(upgrade->removed, j) == account->late.items[i];
        }
        if (!known) {
            return true;
        }
    }
    return false;
}

/* 1, 0, -1 with an exception set. */
static int has_late(const struct upgrade *upgrade)
{
    return has_late_functions(upgrade) ? 1 : has_late_members(upgrade);
}

static void forget_plan(struct upgrade *upgrade)
{
    Py_CLEAR(upgrade->flip.pinned); /* never to be met by a walk */
    Py_CLEAR(upgrade->flip.pinned_parked);
    edits_release(&upgrade->flip.edits);
    replace_forget(upgrade);
    reshape_forget(upgrade);
    ptrmap_release(&upgrade->flip.rehash.hashes);
    ptrmap_release(&upgrade->flip.suspects.hashes);
    ptrmap_release(&upgrade->flip.rehash.kept);
    ptrmap_release(&upgrade->flip.new_mros);
}

/* Hashes first, as they may want another walk; then instances get what they lack: the edits are planned on what will
 * be. */
static enum flip_result plan(struct upgrade *upgrade)
{
    enum flip_result result = flip_plan_hashes(upgrade);
    if (result == FLIP_DONE && !upgrade->flip.rehearsing) {
        result = (enum flip_result)hashing_is_over(upgrade);
        result = result == FLIP_DONE ? (enum flip_result)migrate_is_unread(upgrade) : result;
    }
    result = result == FLIP_DONE ? (enum flip_result)migrate_apply(upgrade) : result;
    if (result == FLIP_DONE && derived_apply(upgrade) < 0) {
        result = FLIP_ERROR;
    }
    return result == FLIP_DONE ? flip_plan(upgrade) : result;
}

/* The walk, and once more if it met instances that get new objects. */
static enum flip_result walk(struct upgrade *upgrade)
{
    bool again;
    if (account_walk(&upgrade->flip.account) < 0) {
        return FLIP_ERROR;
    }
    enum flip_result result = (enum flip_result)replace_make(upgrade, &again);
    if (result == FLIP_DONE && again) {
        result = (enum flip_result)migrate_serve_replacements(upgrade);
        result = result == FLIP_DONE ? (enum flip_result)replace_serve_merged(upgrade) : result;
    }
    return result == FLIP_DONE && again && account_walk(&upgrade->flip.account) < 0 ? FLIP_ERROR : result;
}

/* Does everything add up, and is nothing in anybody's hands? */
static enum flip_result check_account(struct upgrade *upgrade)
{
    struct account *account = &upgrade->flip.account;
    struct replace *replace = &upgrade->flip.replace;
    struct target *left = find_left_over(account, replace->n_items ? replace->n_targets : account->n_targets);
    int late = left || account->unsure ? 1 : has_late(upgrade);
    if (late) {
        return late < 0 || (left && note_stuck(upgrade, left) < 0) ? FLIP_ERROR : FLIP_AGAIN;
    }
    bool failed;
    PyObject *held = replace_find_busy(upgrade, &failed);
    if (held && !failed) {
        failed = note_in_call(upgrade, held) < 0;
    }
    return failed ? FLIP_ERROR : held ? FLIP_AGAIN : FLIP_DONE;
}

/* All of it, under one hold of the GIL. */
static enum flip_result rehearse_once(struct upgrade *upgrade)
{
    bool before = heap_forbid_collection();
    enum flip_result result = walk(upgrade);
    if (result == FLIP_DONE) {
        int late = has_late(upgrade);
        result = late ? (late < 0 ? FLIP_ERROR : FLIP_AGAIN) : plan(upgrade);
    }
    heap_allow_collection(before);
    forget_plan(upgrade);
    derived_undo(upgrade);
    migrate_undo(upgrade);
    return result;
}

enum flip_result flip_rehearse(struct upgrade *upgrade)
{
    enum flip_result result = FLIP_WALK;
    upgrade->flip.rehearsing = true;
    upgrade->flip.refused = false;
    upgrade->flip.begun = turn_now();
    for (upgrade->flip.turns = 1; result == FLIP_WALK; upgrade->flip.turns++) {
        turn_give();
        result = rehearse_once(upgrade);
    }
    upgrade->flip.rehearsing = false;
    return result == FLIP_DONE && upgrade->flip.refused ? FLIP_REFUSED : result;
}

/* ---- commit ---- */

static enum flip_result try_flip(struct upgrade *upgrade, PyObject *children)
{
    struct account *account = &upgrade->flip.account;
    int stale = carry_stale(&upgrade->carry, &upgrade->match); /* before instances get what they lack */
    upgrade->flip.stale = stale > 0;
    if (stale) {
        return stale < 0 ? FLIP_ERROR : FLIP_AGAIN;
    }
    enum flip_result result = walk(upgrade);
    result = result == FLIP_DONE ? check_account(upgrade) : result;
    if (result != FLIP_DONE) {
        return result;
    }
    Py_CLEAR(upgrade->flip.stuck);
    enum flip_result planned = plan(upgrade);
    if (planned != FLIP_DONE) {
        return planned;
    }
    if (gate_prepare() < 0 || pins_keep(upgrade->flip.pinned, false) < 0 ||
        pins_keep(upgrade->flip.pinned_parked, true) < 0 || pins_keep_borrowed(&account->map) < 0) {
        return FLIP_ERROR;
    }
    upgrade->flip.references = 0;
    for (size_t i = 0; i < account->n_holders; i++) {
        upgrade->flip.references += account->holders[i].fixed ? 0 : (size_t)account->holders[i].count;
    }
    upgrade->flip.instances = account->instances.n;
    upgrade->flip.numbers = upgrade->flip.replace.numbers.n;
    upgrade->flip.subclasses = account->subclasses.n;
    edits_commit(&upgrade->flip.edits);
    migrate_commit(upgrade);
    consts_bind(upgrade->bindings, &account->map);
    flip_publish_settle(upgrade, children);
    return FLIP_DONE;
}

enum flip_result flip_run(struct upgrade *upgrade)
{
    if (heap_collecting()) {
        return FLIP_AGAIN;
    }
    double begin = turn_now();
    upgrade->flip.stale = false;
    int raced = plan_raced(upgrade);
    if (raced) {
        return raced < 0 ? FLIP_ERROR : raced == 1 ? FLIP_REFUSED : FLIP_AGAIN;
    }
    bool before = heap_forbid_collection();
    OWN_REF added = PyList_New(0);
    OWN_REF children = added ? PyList_New(0) : NULL;
    bool published = children && flip_publish(upgrade, added, children) == 0;
    enum flip_result result = published ? try_flip(upgrade, children) : FLIP_ERROR;
    heap_allow_collection(before);
    if (result != FLIP_DONE) {
        flip_publish_withdraw(added);
        forget_plan(upgrade);
        derived_undo(upgrade);
        migrate_undo(upgrade);
    }
    upgrade->flip.seconds = turn_now() - begin;
    return result;
}

void flip_finish(struct upgrade *upgrade)
{
    forget_plan(upgrade);
    keyhash_release(&upgrade->flip.keyhash);
    account_release(&upgrade->flip.account);
}

void flip_release(struct upgrade *upgrade)
{
    flip_finish(upgrade);
    Py_CLEAR(upgrade->flip.staged_instances);
    Py_CLEAR(upgrade->flip.private_functions);
    Py_CLEAR(upgrade->flip.stuck);
    Py_CLEAR(upgrade->flip.pinned);
    Py_CLEAR(upgrade->flip.pinned_parked);
    ptrmap_release(&upgrade->flip.watched);
    ptrmap_release(&upgrade->flip.detached);
    ptrmap_release(&upgrade->flip.split);
    ptrmap_release(&upgrade->flip.value_hashes);
    replace_release(upgrade);
    reshape_release(upgrade);
}
