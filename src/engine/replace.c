/* Replacements, from the walk that finds who needs one to the edits that put them in place.
 *
 * Invariant: an instance that has a replacement is a target like any other: its references add up, or there is no flip.
 * One that has a partner by itself (both versions made one at the same place) dies with the old generation and needs
 * none.
 * Must not: keep anything from one try to the next but the plans, which depend on the classes alone: instances come and
 * go when the GIL is free. */
#include "engine/replace.h"

#include "compat/array.h"
#include "compat/instructions.h"
#include "compat/state.h"
#include "compat/type.h"
#include "engine/carry_ids.h"
#include "engine/flip.h"
#include "engine/flip_plan.h"
#include "engine/hashreach.h"
#include "engine/same.h"
#include "engine/upgrade.h"

#include <stdlib.h>

#define AHEAD 24 /* instances whose places in the tables are fetched from memory beforehand */

static const char none; /* in plans: instances of this class follow by their type word */

/* ---- plans, one for each class ---- */

PyObject *replace_droppable_names(PyTypeObject *old)
{
    OWN_REF names = PySet_New(NULL);
    for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(old->tp_mro); i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(old->tp_mro, i))->tp_dict, *name, *value;
        Py_ssize_t position = 0;
        while (dict && PyDict_Next(dict, &position, &name, &value)) {
            PyObject *code = PyFunction_Check(value) ? PyFunction_GET_CODE(value) : NULL;
            if ((PyUnicode_CheckExact(name) && PySet_Add(names, name) < 0) ||
                (code && code_self_stores((PyCodeObject *)code, names) < 0)) {
                return NULL;
            }
        }
    }
    return STEAL(names);
}

int replace_refuse(struct upgrade *upgrade, PyTypeObject *old, PyObject *why)
{
    if (ptrmap_put(&upgrade->flip.replace.refused, old, old) < 0) {
        PyErr_NoMemory();
        return FLIP_ERROR;
    }
    const char *text = why ? PyUnicode_AsUTF8(why) : NULL;
    return text ? flip_refuse_pair(upgrade, (PyObject *)old, "layout-changed",
                                   "drop its instances before the upgrade, or restart", text)
                : FLIP_ERROR;
}

static enum flip_result add_plan(struct upgrade *upgrade, PyTypeObject *old, PyTypeObject *partner)
{
    struct replace *replace = &upgrade->flip.replace;
    const struct ptrmap *map = &upgrade->flip.account.map;
    void *plan = (void *)&none;
    if (rebuild_wanted(old, partner, map)) {
        OWN_REF why = NULL;
        OWN_REF names = replace_droppable_names(old);
        if (!names || (!replace->droppable && !(replace->droppable = PyList_New(0))) ||
            PyList_Append(replace->droppable, names) < 0) {
            return FLIP_ERROR;
        }
        plan = rebuild_new(old, partner, map, names, &why);
        if (!plan) {
            return (enum flip_result)replace_refuse(upgrade, old, why);
        }
    }
    if ((plan != &none && ptrmap_put(&replace->classes, old, old) < 0) || ptrmap_put(&replace->plans, old, plan) < 0) {
        if (plan != &none) {
            rebuild_free(plan);
        }
        PyErr_NoMemory();
        return FLIP_ERROR;
    }
    return FLIP_DONE;
}

bool replace_concerns(const struct replace *replace, PyTypeObject *type)
{
    return ptrmap_get(&replace->classes, type);
}

/* ---- replacements, one for each instance ---- */

struct rebuilt *replace_find(struct upgrade *upgrade, PyObject *instance)
{
    struct replace *replace = &upgrade->flip.replace;
    struct target *target = replace->n_items ? account_target(&upgrade->flip.account, instance) : NULL;
    size_t at = target ? (size_t)(target - upgrade->flip.account.list) : 0;
    return target && at >= replace->n_targets && at < replace->n_targets + replace->n_items
               ? &replace->items[at - replace->n_targets]
               : NULL;
}

static enum flip_result make_one(struct upgrade *upgrade, PyObject *instance, const struct rebuild *plan)
{
    struct replace *replace = &upgrade->flip.replace;
    OWN_REF why = NULL;
    if (array_reserve((void **)&replace->items, replace->n_items, &replace->cap_items, sizeof *replace->items) < 0) {
        return FLIP_ERROR;
    }
    struct rebuilt *item = &replace->items[replace->n_items];
    int made = rebuild_instance(plan, instance, item, &why);
    if (made) {
        return made < 0 ? FLIP_ERROR : (enum flip_result)replace_refuse(upgrade, Py_TYPE(instance), why);
    }
    replace->n_items++;
    Py_ssize_t own = match_find(&upgrade->match, instance) ? 1 : 0; /* its pair's reference */
    return account_add(&upgrade->flip.account, instance, item->made, own) < 0 ? FLIP_ERROR : FLIP_DONE;
}

/* How instances of this class get new objects. FLIP_DONE with *ret_plan NULL: they need none. */
static enum flip_result find_plan(struct upgrade *upgrade, PyTypeObject *type, const struct rebuild **ret_plan)
{
    struct replace *replace = &upgrade->flip.replace;
    PyObject *partner = ptrmap_get(&upgrade->flip.account.map, type);
    *ret_plan = NULL;
    if (ptrmap_get(&replace->refused, type) || (partner && !PyType_Check(partner))) {
        return FLIP_DONE;
    }
    if (!partner) {
        return (enum flip_result)reshape_plan_of(upgrade, type, ret_plan);
    }
    enum flip_result result =
        ptrmap_get(&replace->plans, type) ? FLIP_DONE : add_plan(upgrade, type, (PyTypeObject *)partner);
    if (result == FLIP_DONE && replace_concerns(replace, type)) {
        *ret_plan = ptrmap_get(&replace->plans, type);
    }
    return result;
}

/* What stays of the old generation, because the new one's counterpart gives way to it, may itself be replaced. */
static int redirect_targets(struct upgrade *upgrade)
{
    struct replace *replace = &upgrade->flip.replace;
    struct account *account = &upgrade->flip.account;
    for (size_t i = 0; i < replace->n_targets; i++) {
        struct rebuilt *item = replace_find(upgrade, account->list[i].partner);
        if (!item) {
            continue;
        }
        if (array_reserve((void **)&replace->detours, replace->n_detours, &replace->cap_detours,
                          sizeof *replace->detours) < 0) {
            return -1;
        }
        replace->detours[replace->n_detours++] = (struct replace_detour){i, item->old};
        account_set_partner(account, i, item->made);
    }
    return 0;
}

/* As far as the classes are known: how many instances get one? */
static size_t count_concerned(const struct upgrade *upgrade)
{
    const struct objects *instances = &upgrade->flip.account.instances;
    size_t n = 0;
    for (size_t i = 0; upgrade->flip.replace.classes.used && i < instances->n; i++) {
        n += replace_concerns(&upgrade->flip.replace, Py_TYPE(instances->items[i]));
    }
    return n;
}

/* One list of the walk. Instances of one class stand together, as they were made. */
static enum flip_result make_of(struct upgrade *upgrade, const struct objects *instances)
{
    struct account *account = &upgrade->flip.account;
    enum flip_result result = FLIP_DONE;
    PyTypeObject *last = NULL;
    const struct rebuild *plan = NULL;
    for (size_t i = 0; i < instances->n && result == FLIP_DONE; i++) {
        PyObject *instance = instances->items[i];
        if (i + AHEAD < instances->n) {
            ptrmap_prefetch(&account->map, instances->items[i + AHEAD]);
        }
        if (ptrmap_get(&account->fixed, instance)) {
            continue; /* dies with its class: asks for no plan */
        }
        if (Py_TYPE(instance) != last || ptrmap_get(&upgrade->flip.replace.refused, last)) {
            last = Py_TYPE(instance);
            result = find_plan(upgrade, last, &plan);
        }
        if (result == FLIP_DONE && plan && !account_target(account, instance)) {
            result = make_one(upgrade, instance, plan);
        }
        flip_goes_on(upgrade, &result);
    }
    return result;
}

/* Keys made by id() of objects that get new ones move with them, as those of definitions do (carry_ids.h). */
static int add_numbers(struct upgrade *upgrade)
{
    struct account *account = &upgrade->flip.account;
    struct objects found = {0};
    int failed = carry_ids_search(&account->map, &found);
    for (size_t i = 0; i < found.n && !failed; i++) {
        if (account_target(account, found.items[i])) {
            continue; /* known to carry */
        }
        PyObject *number = PyLong_FromVoidPtr(carry_ids_moved(&account->map, found.items[i]));
        failed = !number || objects_add(&upgrade->flip.replace.numbers, number) < 0;
        if (failed) {
            Py_XDECREF(number);
        } else {
            failed = account_add(account, found.items[i], number, 0);
        }
    }
    free(found.items);
    return failed ? -1 : 0;
}

int replace_make(struct upgrade *upgrade, bool *ret_walk)
{
    struct account *account = &upgrade->flip.account;
    struct replace *replace = &upgrade->flip.replace;
    *ret_walk = false;
    replace->n_targets = account->n_targets;
    upgrade->flip.refused = upgrade->flip.refused || replace->refused.used; /* told in an earlier round */
    enum flip_result result = (enum flip_result)reshape_make(upgrade);
    size_t expected = count_concerned(upgrade);
    if (expected && account_reserve(account, expected) < 0) {
        return FLIP_ERROR;
    }
    result = result == FLIP_DONE ? make_of(upgrade, &account->instances) : result;
    result =
        result == FLIP_DONE && upgrade->flip.reshape.twins.n_twins ? make_of(upgrade, &account->followers) : result;
    *ret_walk = result == FLIP_DONE && (replace->n_items || upgrade->flip.reshape.twins.n_twins);
    replace->was_deep = account->deep;
    return *ret_walk && (redirect_targets(upgrade) < 0 || (replace->n_items && add_numbers(upgrade) < 0)) ? FLIP_ERROR
                                                                                                          : result;
}

/* ---- state that was merged ---- */

/* One instance that stays: what carry wants it to have, as far as it has not. */
static enum flip_result serve_merged(struct upgrade *upgrade, struct rebuilt *item, PyObject *wanted)
{
    OWN_REF now = state_copy(item->old);
    PyObject *name, *value;
    Py_ssize_t position = 0;
    int status = now ? 0 : -1;
    while (status == 0 && PyDict_Next(wanted, &position, &name, &value)) {
        bool present = PyDict_GetItemWithError(now, name) == value;
        status = present ? 0 : migrate_serve_attribute(upgrade, item, name, value);
    }
    position = 0;
    while (status == 0 && PyDict_Next(now, &position, &name, &value)) {
        status = PyDict_GetItemWithError(wanted, name) ? 0 : migrate_serve_attribute(upgrade, item, name, NULL);
    }
    return status < 0   ? FLIP_ERROR
           : status > 0 ? flip_refuse_holder(upgrade, item->old, "its state has no place in its new layout")
                        : FLIP_DONE;
}

int replace_serve_merged(struct upgrade *upgrade)
{
    PyObject *merges = upgrade->carry.merges;
    enum flip_result result = FLIP_DONE;
    for (Py_ssize_t i = 0; merges && i < PyList_GET_SIZE(merges) && result == FLIP_DONE; i++) {
        PyObject *entry = PyList_GET_ITEM(merges, i), *wanted = PyTuple_GET_ITEM(entry, 5);
        struct rebuilt *item = wanted != Py_None ? replace_find(upgrade, PyTuple_GET_ITEM(entry, 0)) : NULL;
        result = item ? serve_merged(upgrade, item, wanted) : FLIP_DONE;
    }
    return result;
}

/* ---- calls that have one in hand ---- */

struct search {
    struct upgrade *upgrade;
    PyObject *found;
};

/* Is what is called Python code, which has taken its arguments over? Of C code nobody knows what it does next. */
static bool hands_over(PyObject *called)
{
    if (PyType_Check(called)) {
        return ((PyTypeObject *)called)->tp_flags & Py_TPFLAGS_HEAPTYPE;
    }
    PyObject *method = Py_TYPE(called)->tp_call ? type_method(Py_TYPE(called), "__call__") : NULL;
    return PyFunction_Check(called) || PyMethod_Check(called) || (method && PyFunction_Check(method));
}

static int look_at_inputs(frame *f, PyThreadState *thread, void *arg)
{
    (void)thread;
    struct search *search = arg;
    struct frame_slots slots;
    if (frame_find_slots(f, &slots) < 0) {
        return -1;
    }
    PyObject *called = NULL;
    for (int i = 0; slots.calls && i < slots.n_inputs && !called; i++) {
        called = slots.stack[slots.n_stack + i];
    }
    if (called && hands_over(called)) {
        return 0;
    }
    if (PyErr_Occurred()) {
        return -1;
    }
    for (int i = 0; i < slots.n_inputs; i++) {
        PyObject *word = slots.stack[slots.n_stack + i];
        if (word && replace_find(search->upgrade, word)) {
            search->found = word;
            return 1;
        }
    }
    return 0;
}

PyObject *replace_find_busy(struct upgrade *upgrade, bool *ret_error)
{
    struct search search = {upgrade, NULL};
    const struct replace *replace = &upgrade->flip.replace;
    *ret_error = replace->n_items && frame_each(look_at_inputs, &search) < 0;
    const struct rebuild *no_list = NULL;
    for (size_t i = 0; i < replace->n_items && !search.found; i++) {
        const struct rebuilt *item = &replace->items[i];
        if (item->how != no_list) {
            search.found = rebuild_is_sorted(item) ? item->old : NULL;
            no_list = PyList_Check(item->old) ? NULL : item->how;
        }
    }
    return search.found;
}

/* ---- hashes ---- */

/* Is __hash__ the same function in both versions, and looks at attributes alone? Then an instance with the same ones
 * has the hash it had. */
static int same_hash_method(const struct upgrade *upgrade, const struct rebuilt *item)
{
    const struct ptrmap *map = &upgrade->flip.account.map;
    PyTypeObject *type = Py_TYPE(item->old);
    int reaches = hashreach_type(&upgrade->match, map, type, !ptrmap_get(map, type));
    if (reaches) {
        return reaches < 0 ? -1 : 0;
    }
    PyObject *left = type_method(Py_TYPE(item->old), "__hash__"), *right = type_method(Py_TYPE(item->made), "__hash__");
    if (!left || !right || PyErr_Occurred()) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return PyFunction_Check(left) && PyFunction_Check(right)
               ? same_code(PyFunction_GET_CODE(left), PyFunction_GET_CODE(right))
               : left == right;
}

struct rebuilt *replace_next_hashed(const struct replace *replace, size_t *at)
{
    const struct rebuild *last = NULL;
    bool by_address = false;
    while (*at < replace->n_items) {
        struct rebuilt *item = &replace->items[(*at)++];
        by_address = item->how == last ? by_address : holder_hashes_by_address(item->made);
        last = item->how;
        if (!by_address) {
            return item;
        }
    }
    return NULL;
}

/* One round over those not told yet. Returns how many were told, or -1. */
static Py_ssize_t tell_some(struct upgrade *upgrade)
{
    struct replace *replace = &upgrade->flip.replace;
    struct rehash *rehash = &upgrade->flip.rehash;
    const struct rebuild *asked = NULL;
    Py_ssize_t told = 0;
    int same = 0;
    struct rebuilt *item;
    for (size_t i = 0; (item = replace_next_hashed(replace, &i));) {
        if (ptrmap_get(&rehash->hashes, item->old) || ptrmap_get(&rehash->kept, item->old)) {
            continue;
        }
        same = item->how == asked ? same : same_hash_method(upgrade, item);
        asked = item->how;
        int result = same < 0 ? -1 : holder_rehash_replaced(item->old, item->made, same, rehash);
        if (result < 0) {
            return -1;
        }
        told += result && (ptrmap_get(&rehash->hashes, item->old) || ptrmap_get(&rehash->kept, item->old));
    }
    return told;
}

int replace_tell_hashes(struct upgrade *upgrade)
{
    struct replace *replace = &upgrade->flip.replace;
    const struct rebuilt *item;
    for (size_t i = 0; (item = replace_next_hashed(replace, &i));) {
        ptrmap_remove(&upgrade->flip.rehash.hashes, item->old); /* told from the replacement alone */
    }
    Py_ssize_t told = replace->n_items ? 1 : 0;
    while (told > 0) { /* one may be an item of another */
        told = tell_some(upgrade);
    }
    return told < 0 ? -1 : 0;
}

/* ---- the plan, and the end ---- */

static bool have_buffers(const struct replace *replace)
{
    bool have = false;
    for (size_t i = 0; i < replace->n_items && !have; i++) {
        have = rebuild_has_buffer(replace->items[i].how);
    }
    return have;
}

int replace_plan(struct upgrade *upgrade)
{
    struct replace *replace = &upgrade->flip.replace;
    struct edits *edits = &upgrade->flip.edits;
    if (have_buffers(replace)) {
        const char *why;
        int status = rebuild_views(&upgrade->flip.account.map, edits, &why);
        if (status) {
            return status < 0 ? FLIP_ERROR : flip_refuse_holder(upgrade, replace->items[0].old, why);
        }
    }
    return replace->n_items && rebuild_add(replace->items, replace->n_items, edits) < 0 ? FLIP_ERROR : FLIP_DONE;
}

void replace_forget(struct upgrade *upgrade)
{
    struct replace *replace = &upgrade->flip.replace;
    struct account *account = &upgrade->flip.account;
    if (!replace->n_items) {
        return;
    }
    for (size_t i = 0; i < replace->n_detours; i++) {
        account_set_partner(account, replace->detours[i].target, replace->detours[i].instance);
    }
    account_truncate(account, replace->n_targets);
    account->deep = replace->was_deep;
    for (size_t i = 0; i < replace->numbers.n; i++) {
        Py_DECREF(replace->numbers.items[i]);
    }
    replace->numbers.n = 0;
    struct rebuilt *items = replace->items;
    size_t n = replace->n_items;
    replace->items = NULL; /* finalizers may run below */
    replace->n_items = replace->cap_items = replace->n_detours = 0;
    for (size_t i = 0; i < n; i++) {
        rebuilt_drop(&items[i]);
    }
    free(items);
}

void replace_release(struct upgrade *upgrade)
{
    struct replace *replace = &upgrade->flip.replace;
    replace_forget(upgrade);
    const struct ptrmap_slot *slot;
    for (size_t i = 0; (slot = ptrmap_next(&replace->plans, &i));) {
        if (slot->value != &none) {
            rebuild_free(slot->value);
        }
    }
    ptrmap_release(&replace->plans);
    ptrmap_release(&replace->classes);
    ptrmap_release(&replace->refused);
    free(replace->detours);
    free(replace->numbers.items);
    replace->numbers = (struct objects){0};
    replace->detours = NULL;
    replace->cap_detours = 0;
    Py_CLEAR(replace->droppable);
}
