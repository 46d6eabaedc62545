/* Turns holders into edits, kind by kind. Invariant: reads the heap, writes only into the list of edits (and detaches
 * instances that staging made of classes whose shared keys are about to be exchanged: nobody else can see those). Must
 * not: run Python code. */
#include "engine/flip_plan.h"

#include "compat/heap.h"
#include "compat/roots.h"
#include "compat/type.h"
#include "engine/pins.h"
#include "engine/refuse.h"

#include <stdlib.h>
#include <string.h>

enum flip_result flip_refuse_pair(struct upgrade *upgrade, PyObject *old, const char *code, const char *action,
                                  const char *cause)
{
    PyObject *module = NULL;
    struct pair *pair = match_find(&upgrade->match, old);
    PyTypeObject *type = PyType_Check(old) ? (PyTypeObject *)old : Py_TYPE(old);
    module = pair ? NULL : class_module_name(type);
    OWN_REF path = pair ? match_path(&upgrade->match, pair, &module) : PyUnicode_FromString(type->tp_name);
    if (!path || refuse(upgrade->reasons, code, module, path, action, "%s", cause) < 0) {
        return FLIP_ERROR;
    }
    return FLIP_REFUSED;
}

/* ---- instances ---- */

/* Instances that staging made of a class whose shared keys are about to be exchanged get dicts of their own. That moves
 * references after the walk has seen them: FLIP_AGAIN, once for each class. */
static enum flip_result detach_staged(struct upgrade *upgrade, PyObject *partner)
{
    PyObject *staged = upgrade->flip.staged_instances;
    bool moved = false;
    if (ptrmap_get(&upgrade->flip.detached, partner)) {
        return FLIP_DONE;
    }
    for (Py_ssize_t i = 0; staged && i < PyList_GET_SIZE(staged); i++) {
        PyObject *instance = PyList_GET_ITEM(staged, i);
        if ((PyObject *)Py_TYPE(instance) == partner) {
            moved = true;
            if (instance_detach(instance) < 0) {
                return FLIP_ERROR;
            }
        }
    }
    if (ptrmap_put(&upgrade->flip.detached, partner, partner) < 0) {
        PyErr_NoMemory();
        return FLIP_ERROR;
    }
    return moved ? FLIP_AGAIN : FLIP_DONE;
}

/* The first instance of a class: is it still a class, and do the keys move? Remembers each class once. */
static enum flip_result plan_class(struct upgrade *upgrade, PyTypeObject *old, PyObject *partner,
                                   struct ptrmap *classes)
{
    const char *why = "it is no class any more";
    if (ptrmap_put(classes, old, partner) < 0) {
        PyErr_NoMemory();
        return FLIP_ERROR;
    }
    if (!PyType_Check(partner)) {
        return flip_refuse_pair(upgrade, (PyObject *)old, "kind-changed",
                                "drop its instances before the upgrade, or restart", why);
    }
    if (replace_concerns(&upgrade->flip.replace, old)) {
        return FLIP_DONE; /* its instances get new objects, or die with it */
    }
    if (ptrmap_get(&upgrade->flip.split, old)) {
        return FLIP_DONE;
    }
    enum flip_result detached = detach_staged(upgrade, partner);
    if (detached != FLIP_DONE) {
        return detached;
    }
    return type_adopt_keys(old, (PyTypeObject *)partner, &upgrade->flip.edits) < 0 ? FLIP_ERROR : FLIP_DONE;
}

/* Can this old class not hand its keys to the new one? That takes them over from one class only, and only if nobody has
 * instances of it yet. 1, 0, -1. */
static int comes_second(const struct upgrade *upgrade, struct ptrmap *claims, PyTypeObject *old, PyObject *partner)
{
    if (!generation_owns_class(&upgrade->new, partner)) {
        return 1;
    }
    void *first = ptrmap_get(claims, partner);
    if (!first && ptrmap_put(claims, partner, old) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return first && first != (void *)old;
}

/* Which old classes keep their keys? claims: new class -> the old one that gives it its keys. 0 or -1. */
static int find_split(const struct upgrade *upgrade, struct ptrmap *split, struct ptrmap *claims)
{
    const struct account *account = &upgrade->flip.account;
    PyTypeObject *last = NULL;
    for (size_t i = 0; i < account->instances.n; i++) {
        PyObject *instance = account->instances.items[i];
        PyTypeObject *type = Py_TYPE(instance);
        bool fixed = ptrmap_get(&account->fixed, instance);
        bool keeps = fixed && !PyType_Check(instance);
        if (!fixed && type != last) {
            last = type;
            int second = comes_second(upgrade, claims, type, ptrmap_get(&account->map, type));
            if (second < 0) {
                return -1;
            }
            keeps = second;
        }
        if (keeps && ptrmap_put(split, type, split) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

/* Old classes of which some instances die with the class (members of enumerations that have partners) and others get
 * the new one; and two old classes that are one now. The class's keys stay with it, so those others get dicts of their
 * own: FLIP_AGAIN if one had none, because that moves references after the walk has seen them. */
static enum flip_result split_classes(struct upgrade *upgrade)
{
    struct account *account = &upgrade->flip.account;
    struct ptrmap *split = &upgrade->flip.split, claims;
    bool moved = false;
    ptrmap_release(split);
    ptrmap_init(&claims);
    int failed = find_split(upgrade, split, &claims);
    ptrmap_release(&claims);
    if (failed) {
        return FLIP_ERROR;
    }
    for (size_t i = 0; split->used && i < account->instances.n; i++) {
        PyObject *instance = account->instances.items[i];
        if (ptrmap_get(split, Py_TYPE(instance)) && !ptrmap_get(&account->fixed, instance) &&
            !instance_is_detached(instance)) {
            moved = true;
            if (instance_detach(instance) < 0) {
                return FLIP_ERROR;
            }
        }
    }
    return moved ? FLIP_AGAIN : FLIP_DONE;
}

/* Instances of one class stand together, as they were made: what holds for one is asked once for all that follow. */
enum flip_result flip_plan_instances(struct upgrade *upgrade)
{
    struct account *account = &upgrade->flip.account;
    struct ptrmap classes;
    ptrmap_init(&classes);
    enum flip_result result = split_classes(upgrade);
    PyTypeObject *last = NULL;
    PyObject *partner = NULL;
    bool replaced = false, again = false; /* for all classes at once: each time is a walk */
    for (size_t i = 0; i < account->instances.n && result == FLIP_DONE; i++) {
        PyObject *instance = account->instances.items[i];
        if (ptrmap_get(&account->fixed, instance)) {
            continue; /* it dies with its class, or stays with it (members that cannot follow theirs) */
        }
        if (Py_TYPE(instance) != last) {
            last = Py_TYPE(instance);
            partner = ptrmap_get(&account->map, last);
            replaced = replace_concerns(&upgrade->flip.replace, last);
            result = ptrmap_get(&classes, last) ? FLIP_DONE : plan_class(upgrade, last, partner, &classes);
            again = again || result == FLIP_AGAIN;
            result = result == FLIP_AGAIN ? FLIP_DONE : result;
        }
        if (flip_goes_on(upgrade, &result) && !replaced &&
            edits_add_object(&upgrade->flip.edits, (PyObject **)&instance->ob_type, partner) < 0) {
            result = FLIP_ERROR;
        }
    }
    ptrmap_release(&classes);
    return result == FLIP_DONE && again ? FLIP_AGAIN : result;
}

/* ---- classes outside the upgrade ---- */

/* A class that was hidden when its version was replaced is listed again. */
static int show_class(struct upgrade *upgrade, PyObject *class)
{
    PyObject *bases = PyType_Check(class) ? ((PyTypeObject *)class)->tp_bases : NULL;
    for (Py_ssize_t i = 0; bases && i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        bool outside = PyType_Check(base) && !ptrmap_get(&upgrade->match.partners, base);
        if (outside && type_show_subclass((PyTypeObject *)base, (PyTypeObject *)class, &upgrade->flip.edits) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Base.__subclasses__() of outside bases must not list a class that is gone. */
static int hide_old_classes(struct upgrade *upgrade)
{
    for (size_t i = 0; i < upgrade->match.n_pairs; i++) {
        struct pair *pair = &upgrade->match.pairs[i];
        PyObject *bases = pair->kind == PAIR_CLASS ? ((PyTypeObject *)pair->old)->tp_bases : NULL;
        if (bases && upgrade->back && show_class(upgrade, pair->partner) < 0) {
            return -1;
        }
        for (Py_ssize_t j = 0; bases && j < PyTuple_GET_SIZE(bases); j++) {
            PyObject *base = PyTuple_GET_ITEM(bases, j);
            if (!ptrmap_get(&upgrade->flip.account.map, base) && PyType_Check(base) &&
                type_hide_subclass((PyTypeObject *)base, (PyTypeObject *)pair->old, &upgrade->flip.edits) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

enum flip_result flip_plan_subclasses(struct upgrade *upgrade)
{
    struct objects *classes = &upgrade->flip.account.subclasses;
    reshape_sort(classes);
    for (size_t i = 0; i < classes->n; i++) {
        PyTypeObject *type = (PyTypeObject *)classes->items[i];
        const char *why = NULL;
        if (reshape_leaves(upgrade, type)) {
            continue;
        }
        int status = type_rebase(type, &upgrade->flip.account.map, &upgrade->flip.reshape.twins,
                                 &upgrade->flip.new_mros, &upgrade->flip.edits, &why);
        enum flip_result result =
            status <= 0 ? (enum flip_result)status : (enum flip_result)reshape_refuse(upgrade, type, why);
        if (!flip_goes_on(upgrade, &result)) {
            return result;
        }
    }
    return hide_old_classes(upgrade) < 0 ? FLIP_ERROR : FLIP_DONE;
}

/* ---- holders ---- */

enum flip_result flip_refuse_holder(struct upgrade *upgrade, PyObject *holder, const char *why)
{
    OWN_REF name = PyUnicode_FromString(Py_TYPE(holder)->tp_name);
    if (!name || refuse(upgrade->reasons, "holder", NULL, name, "restart, or drop this object before the upgrade",
                        "an object of type %U at %p refers to the package in a way that cannot be redirected: %s", name,
                        (void *)holder, why) < 0) {
        return FLIP_ERROR;
    }
    return FLIP_REFUSED;
}

struct pinning {
    const struct ptrmap *map;
    PyObject *list;
};

static int pin_target(PyObject *object, void *arg)
{
    struct pinning *pinning = arg;
    return ptrmap_get(pinning->map, object) ? PyList_Append(pinning->list, object) : 0;
}

/* A holder that a C call in progress was given, or that lies inside one: what leaves it is pinned. */
static int pin_holder(struct upgrade *upgrade, PyObject *holder)
{
    struct account *account = &upgrade->flip.account;
    bool fixed = PyTuple_Check(holder) || PyFrozenSet_CheckExact(holder) || PyMethod_Check(holder) ||
                 PySlice_Check(holder) ||
                 strcmp(Py_TYPE(holder)->tp_name, "functools.partial") == 0; /* nobody expects these to change */
    void *direct = ptrmap_get(&account->inputs, holder), *inner = ptrmap_get(&account->inner, holder);
    bool running = direct == PINS_RUNNING || inner == PINS_RUNNING;
    struct pinning pinning = {&account->map, running ? upgrade->flip.pinned : upgrade->flip.pinned_parked};
    return fixed && (direct || inner) && Py_TYPE(holder)->tp_traverse(holder, pin_target, &pinning) < 0 ? -1 : 0;
}

/* A container that gives way to another one is not the one that an iterator over it has begun with: sizes and positions
 * in the tables have nothing to do with each other. So the iterator keeps what it has, in which all is redirected, and
 * is the last to hold it. (A replacement, though, takes the table itself over.) */
static bool keeps_container(struct upgrade *upgrade, PyObject *iterator)
{
    PyObject *container = iterator_container(iterator);
    return container && ptrmap_get(&upgrade->flip.account.map, container) && !replace_find(upgrade, container);
}

static enum flip_result plan_holder(struct upgrade *upgrade, const struct holder *holder)
{
    struct flip *flip = &upgrade->flip;
    Py_ssize_t expected = holder->count - migrate_taken_from(&upgrade->migrate, holder->object);
    if (PyType_Check(holder->object)) {
        expected -= type_count_lineage((PyTypeObject *)holder->object, &flip->account.map);
    }
    const char *why = "its type is not known";
    if (expected > 0 && pin_holder(upgrade, holder->object) < 0) {
        return FLIP_ERROR;
    }
    size_t first = flip->edits.n_words;
    int result = holder_redirect(holder->object, expected, &flip->account.map, &flip->rehash, &flip->edits, &why);
    if (result < 0) {
        return FLIP_ERROR;
    }
    if (keeps_container(upgrade, holder->object)) {
        iterator_stays(holder->object, first, &flip->edits);
    }
    return result ? flip_refuse_holder(upgrade, holder->object, why) : FLIP_DONE;
}

static int plan_root(PyObject **word, const char *name, void *arg)
{
    (void)name;
    struct upgrade *upgrade = arg;
    PyObject *partner = ptrmap_get(&upgrade->flip.account.map, *word);
    return partner ? edits_add_object(&upgrade->flip.edits, word, partner) : 0;
}

/* Midflight's own weak references to the old generation are made after the flip, so all that exist now are the
 * program's. */
static bool is_own_ref(PyObject *ref, void *arg)
{
    (void)ref;
    (void)arg;
    return false;
}

/* Instances that get another __dict__ while the one they have shows attributes that lie in them (3.13): first the
 * attributes go to the __dict__. FLIP_AGAIN, as that moves references after the walk has seen them. */
static enum flip_result detach_shown(struct upgrade *upgrade)
{
    struct account *account = &upgrade->flip.account;
    bool moved = false;
    for (size_t i = 0; i < account->n_holders; i++) {
        const struct holder *holder = &account->holders[i];
        if (!holder->fixed && holder_must_detach(holder->object, &account->map)) {
            moved = true;
            if (instance_detach(holder->object) < 0) {
                return FLIP_ERROR;
            }
        }
    }
    return moved ? FLIP_AGAIN : FLIP_DONE;
}

static enum flip_result shadow_iterator(struct upgrade *upgrade, PyObject *iterator)
{
    struct flip *flip = &upgrade->flip;
    PyObject *container = iterator_container(iterator);
    bool moves = container && ptrmap_get(&flip->account.map, container) && !keeps_container(upgrade, iterator);
    return !moves && holder_shadow_iterator(iterator, &flip->account.map, &flip->rehash, &flip->edits) < 0 ? FLIP_ERROR
                                                                                                           : FLIP_DONE;
}

enum flip_result flip_plan_holders(struct upgrade *upgrade)
{
    struct account *account = &upgrade->flip.account;
    enum flip_result result = detach_shown(upgrade);
    for (size_t i = 0; i < account->n_holders && result == FLIP_DONE; i++) {
        if (!account->holders[i].fixed) {
            result = plan_holder(upgrade, &account->holders[i]);
            flip_goes_on(upgrade, &result);
        }
    }
    if (result == FLIP_DONE && roots_each(plan_root, upgrade) != 0) {
        result = FLIP_ERROR;
    }
    for (size_t i = 0; i < account->iterators.n && result == FLIP_DONE; i++) {
        result = shadow_iterator(upgrade, account->iterators.items[i]);
    }
    for (size_t i = 0; i < account->n_targets && result == FLIP_DONE; i++) {
        struct target *target = &account->list[i];
        if (PyType_SUPPORTS_WEAKREFS(Py_TYPE(target->object)) && PyType_SUPPORTS_WEAKREFS(Py_TYPE(target->partner)) &&
            holder_move_weakrefs(target->object, target->partner, &upgrade->flip.rehash, is_own_ref, NULL,
                                 &upgrade->flip.edits) < 0) {
            result = FLIP_ERROR;
        }
    }
    return result;
}

/* ---- contents ---- */

/* Objects that stay get what was merged; after everything that edits words inside them. */
static enum flip_result flip_plan_contents(struct upgrade *upgrade)
{
    PyObject *object = NULL;
    const struct account *account = &upgrade->flip.account;
    struct iterators iterators;
    int result = iterators_init(&iterators, account->iterators.items, account->iterators.n, &account->map);
    result = result ? result : carry_plan(&upgrade->carry, &account->map, &iterators, &upgrade->flip.edits, &object);
    iterators_release(&iterators);
    if (result > 0) {
        return flip_refuse_holder(upgrade, object, "its content is in use and cannot be exchanged");
    }
    return result < 0 ? FLIP_ERROR : FLIP_DONE;
}

/* ---- all of it ---- */

/* The last of all: others read objects by their types. */
static enum flip_result plan_reshaped(struct upgrade *upgrade)
{
    return type_twins_plan(&upgrade->flip.reshape.twins, &upgrade->flip.edits) < 0 ? FLIP_ERROR : FLIP_DONE;
}

static enum flip_result plan_replaced(struct upgrade *upgrade)
{
    return (enum flip_result)replace_plan(upgrade);
}

enum flip_result flip_plan(struct upgrade *upgrade)
{
    enum flip_result (*const parts[])(struct upgrade *) = {
        flip_plan_tables, flip_plan_instances, flip_plan_subclasses, flip_plan_holders,
        flip_plan_frames, plan_replaced,       flip_plan_contents,   plan_reshaped};
    upgrade->flip.pinned = PyList_New(0);
    upgrade->flip.pinned_parked = PyList_New(0);
    enum flip_result result = upgrade->flip.pinned && upgrade->flip.pinned_parked ? FLIP_DONE : FLIP_ERROR;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && flip_goes_on(upgrade, &result); i++) {
        result = parts[i](upgrade);
    }
    return result;
}
