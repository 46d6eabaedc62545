/* One pass over the heap, then one over the frames of all threads.
 *
 * A tracked object reports its references through tp_traverse; the fast paths of compat/holder.h report the same. Four
 * kinds of references are reported by nobody: those of running frames (compat/frame.h), those of the interpreter's own
 * structures (compat/roots.h), those of threads that a fork left behind (compat/orphans.h) and those of untracked
 * containers (a tuple of atoms may hold a sentinel; looked into only when a target is no container, `deep`). Invariant:
 * every owned reference is counted once. A running generator's frame is counted with the generator, never twice. Must
 * not: allocate Python objects, or run Python code, while it walks. */
#include "engine/account.h"

#include "compat/array.h"
#include "compat/holder.h"
#include "compat/iterators.h"
#include "compat/orphans.h"
#include "compat/roots.h"
#include "engine/pins.h"

#include <stdlib.h>
#include <string.h>

void account_init(struct account *account)
{
    memset(account, 0, sizeof *account);
}

void account_release(struct account *account)
{
    ptrmap_release(&account->map);
    ptrmap_release(&account->fixed);
    ptrmap_release(&account->seen);
    ptrmap_release(&account->inputs);
    ptrmap_release(&account->inner);
    ptrmap_release(&account->marks);
    free(account->list);
    free(account->holders);
    free(account->instances.items);
    free(account->followers.items);
    free(account->subclasses.items);
    free(account->late.items);
    free(account->iterators.items);
    free(account->suspended.items);
    free(account->hashables.items);
    free(account->tables.items);
    account_init(account);
}

int objects_add(struct objects *objects, PyObject *object)
{
    if (array_reserve((void **)&objects->items, objects->n, &objects->capacity, sizeof *objects->items) < 0) {
        return -1;
    }
    objects->items[objects->n++] = object;
    return 0;
}

int account_add(struct account *account, PyObject *object, PyObject *partner, Py_ssize_t own)
{
    if (array_reserve((void **)&account->list, account->n_targets, &account->capacity, sizeof *account->list) < 0) {
        return -1;
    }
    struct ptrmap_slot *slot = ptrmap_add(&account->map, object, partner);
    if (!slot) {
        PyErr_NoMemory();
        return -1;
    }
    slot->index = account->n_targets + 1;
    account->list[account->n_targets++] = (struct target){object, partner, own, 0};
    account->deep = account->deep || !PyObject_IS_GC(object);
    return 0;
}

int account_reserve(struct account *account, size_t n)
{
    size_t wanted = account->n_targets + n;
    if (ptrmap_reserve(&account->map, wanted) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

void account_set_partner(struct account *account, size_t target, PyObject *partner)
{
    account->list[target].partner = partner;
    ptrmap_find(&account->map, account->list[target].object)->value = partner;
}

void account_truncate(struct account *account, size_t n)
{
    while (account->n_targets > n) {
        PyObject *object = account->list[--account->n_targets].object;
        ptrmap_remove(&account->map, object);
    }
}

int account_fix(struct account *account, PyObject *holder)
{
    if (ptrmap_put(&account->fixed, holder, holder) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

struct target *account_target(const struct account *account, PyObject *object)
{
    if (!ptrmap_maybe(&account->map, object)) {
        return NULL;
    }
    struct ptrmap_slot *slot = ptrmap_find(&account->map, object);
    return slot ? &account->list[slot->index - 1] : NULL;
}

static int count_reference(PyObject *object, void *arg)
{
    struct target *target = account_target(arg, object);
    if (target) {
        target->found++;
    }
    return 0;
}

/* Words of a frame that own references. Returns how many of them are targets, or -1. */
static Py_ssize_t count_frame(struct account *account, frame *f, bool with_function)
{
    struct frame_slots slots;
    if (frame_find_slots(f, &slots) < 0) {
        return -1;
    }
    Py_ssize_t hits = 0;
    for (int i = 0; i < slots.n_locals + slots.n_stack + slots.n_inputs; i++) {
        PyObject *value = i < slots.n_locals ? slots.locals[i] : slots.stack[i - slots.n_locals];
        if (value && ptrmap_get(&account->map, value)) {
            count_reference(value, account);
            hits++;
            account->unsure = account->unsure || (slots.unsure && i >= slots.n_locals + slots.n_stack);
        }
    }
    PyObject *function = with_function ? frame_function(f) : NULL;
    if (function && ptrmap_get(&account->map, function)) {
        count_reference(function, account);
        hits++;
    }
    return hits;
}

int account_add_holder(struct account *account, PyObject *object, Py_ssize_t count)
{
    if (array_reserve((void **)&account->holders, account->n_holders, &account->cap_holders, sizeof *account->holders) <
        0) {
        return -1;
    }
    bool fixed = ptrmap_get(&account->fixed, object);
    account->holders[account->n_holders++] = (struct holder){object, count, fixed};
    return 0;
}

/* A class that is no target: does it inherit from one? Was it defined by the old generation? */
static int look_at_class(struct account *account, PyTypeObject *type)
{
    if (ptrmap_get(&account->map, type)) {
        return 0;
    }
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro && PyTuple_CheckExact(mro) && i < PyTuple_GET_SIZE(mro); i++) {
        if (ptrmap_get(&account->map, PyTuple_GET_ITEM(mro, i))) {
            return objects_add(&account->subclasses, (PyObject *)type);
        }
    }
    return 0;
}

static int look_at_kind(struct account *account, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (type == &PyFunction_Type) {
        bool late = account->old && generation_owns_function(account->old, object) &&
                    !ptrmap_get(&account->map, object) && !ptrmap_get(&account->fixed, object);
        return late ? objects_add(&account->late, object) : 0;
    }
    if (type->tp_flags & Py_TPFLAGS_TYPE_SUBCLASS) {
        return look_at_class(account, (PyTypeObject *)object);
    }
    return iterators_know(type) ? objects_add(&account->iterators, object) : 0;
}

/* Does this suspended frame belong to the upgrade, though it may hold no target itself? */
static bool runs_old_function(const struct account *account, const frame *f)
{
    return account->old && ptrmap_get(&account->old->dicts, frame_globals(f));
}

/* Generators, coroutines and frame objects: their references lie in a frame. */
static int look_at_frame_holder(struct account *account, PyObject *object)
{
    bool running = false;
    frame *f = PyFrame_Check(object) ? frame_of_object(object) : frame_of_generator(object, &running);
    if (!f) {
        return 0;
    }
    if (!running) {
        bool wanted = holder_count(object, &account->map) > 0 || runs_old_function(account, f);
        return wanted ? objects_add(&account->suspended, object) : 0;
    }
    return count_frame(account, f, true) < 0 ? -1 : 1; /* 1: do not ask tp_traverse as well */
}

/* ---- the walk ---- */

/* What is to be known of an object besides the references that it has: by its type alone. */
enum look {
    LOOK_INSTANCE = 1, /* its type is a target */
    LOOK_FRAME = 2,
    LOOK_KIND = 4,       /* a function, class or iterator over a container */
    LOOK_WRAPPER = 8,    /* a bound method or partial: what it refers to may be borrowed by the call that got it */
    LOOK_ASK = 16,       /* its hash may depend on what it does not report, */
    LOOK_LIST = 32,      /* or it is to be listed in any case */
    LOOK_INSIDE = 64,    /* look into untracked containers */
    LOOK_FOLLOWER = 128, /* its type is in `following` */
};

static unsigned classify(PyObject *object, void *arg)
{
    const struct account *account = arg;
    PyTypeObject *type = Py_TYPE(object);
    bool kind = type == &PyFunction_Type || iterators_know(type) || type->tp_flags & Py_TPFLAGS_TYPE_SUBCLASS;
    bool wrapper = type == &PyMethod_Type || strcmp(type->tp_name, "functools.partial") == 0;
    enum holder_hash_way way = account->watched ? holder_hash_way(object) : HOLDER_HASH_COUNTED;
    bool follows = account->following && ptrmap_get(account->following, type) && !ptrmap_get(&account->map, type);
    return (ptrmap_get(&account->map, type) ? LOOK_INSTANCE : 0) | (follows ? LOOK_FOLLOWER : 0) |
           (holder_has_frame(object) ? LOOK_FRAME : 0) | (kind ? LOOK_KIND : 0) | (wrapper ? LOOK_WRAPPER : 0) |
           (way == HOLDER_HASH_ASK ? LOOK_ASK : 0) | (way == HOLDER_HASH_ALWAYS ? LOOK_LIST : 0) |
           (account->deep && type->tp_traverse ? LOOK_INSIDE : 0);
}

struct inner {
    struct ptrmap *map;
    void *tag; /* PINS_PARKED or PINS_RUNNING */
};

static int note_inner(PyObject *object, void *arg)
{
    struct inner *inner = arg;
    bool running = inner->tag == PINS_RUNNING || ptrmap_get(inner->map, object) == PINS_RUNNING;
    if (ptrmap_put(inner->map, object, running ? PINS_RUNNING : PINS_PARKED) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static int look_at_wrapper(struct account *account, PyObject *object)
{
    bool method = account->rebound && account->rebound->used && Py_IS_TYPE(object, &PyMethod_Type);
    if (method && ptrmap_get(account->rebound, PyMethod_GET_FUNCTION(object)) && !ptrmap_get(&account->map, object) &&
        objects_add(&account->late, object) < 0) {
        return -1;
    }
    struct inner inner = {&account->inner, ptrmap_get(&account->inputs, object)};
    return inner.tag ? Py_TYPE(object)->tp_traverse(object, note_inner, &inner) : 0;
}

static int look_at_instance(struct account *account, PyObject *object)
{
    count_reference((PyObject *)Py_TYPE(object), account);
    return objects_add(&account->instances, object);
}

/* An object whose hash, or that of a key in it, may depend on what is marked. */
static int list_for_hashes(struct account *account, PyObject *object)
{
    return (holder_may_rehash(object) && objects_add(&account->hashables, object) < 0) ||
                   (holder_may_need_rehash(object) && objects_add(&account->tables, object) < 0)
               ? -1
               : 0;
}

static int add_holder(struct account *account, PyObject *object, Py_ssize_t count)
{
    PyTypeObject *type = Py_TYPE(object);
    holder_traverse(object, count_reference, account);
    if ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) && ptrmap_get(&account->map, type)) {
        account_target(account, (PyObject *)type)->found--; /* reported by tp_traverse, counted apart */
    }
    return account_add_holder(account, object, count);
}

static int look_inside(PyObject *object, void *arg);

/* count: references to what is marked. */
static int look_at(PyObject *object, unsigned flags, Py_ssize_t count, void *arg)
{
    struct account *account = arg;
    if ((flags & LOOK_WRAPPER && look_at_wrapper(account, object) < 0) ||
        (flags & LOOK_INSTANCE && look_at_instance(account, object) < 0) ||
        (flags & LOOK_FOLLOWER && objects_add(&account->followers, object) < 0)) {
        return -1;
    }
    bool listed = account->watched &&
                  (count || flags & LOOK_LIST || (flags & LOOK_ASK && holder_hash_concerns(object, account->marked)));
    if (listed && list_for_hashes(account, object) < 0) {
        return -1;
    }
    int kind = flags & LOOK_FRAME  ? look_at_frame_holder(account, object)
               : flags & LOOK_KIND ? look_at_kind(account, object)
                                   : 0;
    if (kind != 0) {
        return kind < 0 ? -1 : 0;
    }
    if (flags & LOOK_INSIDE && Py_TYPE(object)->tp_traverse(object, look_inside, account) < 0) {
        return -1;
    }
    bool watching = account->watched && account->watched->used;
    count = count && watching ? holder_count(object, &account->map) : count;
    return count ? add_holder(account, object, count) : 0;
}

static int look_inside(PyObject *object, void *arg)
{
    struct account *account = arg;
    bool container = PyTuple_CheckExact(object) || PyDict_CheckExact(object);
    if (!container || PyObject_GC_IsTracked(object) || ptrmap_get(&account->seen, object)) {
        return 0;
    }
    if (ptrmap_put(&account->seen, object, object) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    const struct holder_sweep sweep = {account->marked, classify, look_at, account};
    return holder_sweep_object(&sweep, object);
}

/* Targets and what is watched, in one map: that of the targets if nothing is. */
static int mark(struct account *account)
{
    account->marked = &account->map;
    if (!account->watched || !account->watched->used) {
        return 0;
    }
    account->marked = &account->marks;
    ptrmap_release(&account->marks);
    const struct ptrmap *maps[] = {&account->map, account->watched};
    if (ptrmap_reserve(&account->marks, account->map.used + (account->watched ? account->watched->used : 0)) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        struct ptrmap_slot *slot;
        for (size_t at = 0; maps[i] && (slot = ptrmap_next(maps[i], &at));) {
            if (ptrmap_put(&account->marks, slot->key, account) < 0) {
                PyErr_NoMemory();
                return -1;
            }
        }
    }
    return 0;
}

static int walk_root(PyObject **word, const char *name, void *arg)
{
    (void)name;
    count_reference(*word, arg);
    return 0;
}

static int walk_frame(frame *f, PyThreadState *thread, void *arg)
{
    (void)thread;
    return frame_owned_by_generator(f) ? 0 : (count_frame(arg, f, true) < 0 ? -1 : 0);
}

int account_walk(struct account *account)
{
    for (size_t i = 0; i < account->n_targets; i++) {
        account->list[i].found = orphans_of(account->list[i].object);
    }
    account->n_holders = 0;
    account->unsure = false;
    account->instances.n = account->followers.n = account->subclasses.n = account->late.n = 0;
    account->iterators.n = account->suspended.n = 0;
    account->hashables.n = account->tables.n = 0;
    ptrmap_release(&account->seen);
    ptrmap_release(&account->inputs);
    ptrmap_release(&account->inner);
    if (mark(account) < 0 || pins_collect_inputs(&account->inputs) < 0) {
        return -1;
    }
    const struct holder_sweep sweep = {account->marked, classify, look_at, account};
    if (holder_sweep_heap(&sweep) != 0 || roots_each(walk_root, account) != 0) {
        return -1;
    }
    return frame_each(walk_frame, account) != 0 ? -1 : 0;
}
