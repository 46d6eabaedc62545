/* Weak references follow their referent.
 *
 * Idea: a weak reference does not own its referent; each object has a list of those that refer to it, and moving one is
 * taking it out of the one list and putting it into the other.
 * Invariant (Objects/weakrefobject.c, get_basic_refs): CPython looks for the one reference without callback that it
 * hands out again, and for the proxy, at the first and second place only. A moved one goes there if the place is free;
 * otherwise it stands behind, where any number may stand.
 * The undo puts each back between its old neighbours, last moved first. */
#include "compat/holder_internal.h"

struct moved_ref {
    PyWeakReference *ref; /* borrowed: it is in a list, so it lives */
    PyWeakReference *prev, *next;
    Py_hash_t hash; /* the one that it does not have now; -1: not computed */
};

struct weak_move {
    PyObject *old;     /* owned */
    PyObject *partner; /* owned */
    size_t n;
    struct moved_ref refs[];
};

static PyWeakReference **list_of(PyObject *object)
{
    return (PyWeakReference **)((char *)object + Py_TYPE(object)->tp_weaklistoffset);
}

static bool is_basic_ref(const PyWeakReference *ref)
{
    return ref && !ref->wr_callback && PyWeakref_CheckRefExact((PyObject *)ref);
}

static bool is_basic_proxy(const PyWeakReference *ref)
{
    return ref && !ref->wr_callback && PyWeakref_CheckProxy((PyObject *)ref);
}

static void take_out(PyWeakReference *ref, PyWeakReference **list)
{
    if (*list == ref) {
        *list = ref->wr_next;
    }
    if (ref->wr_prev) {
        ref->wr_prev->wr_next = ref->wr_next;
    }
    if (ref->wr_next) {
        ref->wr_next->wr_prev = ref->wr_prev;
    }
}

static void put_in(PyWeakReference *ref, PyWeakReference **list, PyWeakReference *prev, PyWeakReference *next)
{
    ref->wr_prev = prev;
    ref->wr_next = next;
    if (prev) {
        prev->wr_next = ref;
    } else {
        *list = ref;
    }
    if (next) {
        next->wr_prev = ref;
    }
}

/* Behind which reference of the list does this one go? NULL: first. */
static PyWeakReference *place_for(const PyWeakReference *ref, PyWeakReference *head)
{
    PyWeakReference *basic = is_basic_ref(head) ? head : NULL;
    PyWeakReference *second = basic ? basic->wr_next : head;
    PyWeakReference *proxy = is_basic_proxy(second) ? second : NULL;
    if (is_basic_ref(ref) && !basic) {
        return NULL;
    }
    if (is_basic_proxy(ref) && !proxy) {
        return basic;
    }
    return proxy ? proxy : basic;
}

static void exchange_hash(struct moved_ref *m)
{
    Py_hash_t kept = m->ref->hash;
    m->ref->hash = m->hash;
    m->hash = kept;
}

static void move_refs(void *arg)
{
    struct weak_move *move = arg;
    PyWeakReference **from = list_of(move->old), **to = list_of(move->partner);
    for (size_t i = move->n; i-- > 0;) { /* the last first: each goes before those moved earlier */
        struct moved_ref *m = &move->refs[i];
        m->prev = m->ref->wr_prev;
        m->next = m->ref->wr_next;
        take_out(m->ref, from);
        PyWeakReference *prev = place_for(m->ref, *to);
        put_in(m->ref, to, prev, prev ? prev->wr_next : *to);
        m->ref->wr_object = move->partner;
        exchange_hash(m);
    }
}

static void move_refs_back(void *arg)
{
    struct weak_move *move = arg;
    PyWeakReference **from = list_of(move->partner), **to = list_of(move->old);
    for (size_t i = 0; i < move->n; i++) {
        struct moved_ref *m = &move->refs[i];
        take_out(m->ref, from);
        put_in(m->ref, to, m->prev, m->next);
        m->ref->wr_object = move->old;
        exchange_hash(m);
    }
}

static void free_move(void *arg)
{
    struct weak_move *move = arg;
    Py_DECREF(move->old);
    Py_DECREF(move->partner);
    PyMem_Free(move);
}

/* The hash to cache for a reference to the partner; -1 (ask when needed) when only the partner can tell. */
static Py_hash_t hash_of_partner(PyObject *partner)
{
    return Py_TYPE(partner)->tp_hash == PyBaseObject_Type.tp_hash ? holder_pointer_hash(partner) : -1;
}

/* The same, with what is known of hashes after the flip. */
static Py_hash_t hash_of_moved(const PyWeakReference *ref, PyObject *old, PyObject *partner,
                               const struct rehash *rehash)
{
    Py_hash_t hash;
    if (ref->hash == -1 || (rehash && holder_hit(&rehash->kept, old))) {
        return ref->hash;
    }
    return rehash && holder_new_hash(rehash, old, &hash) ? hash : hash_of_partner(partner);
}

int holder_move_weakrefs(PyObject *old, PyObject *partner, const struct rehash *rehash,
                         bool (*skip)(PyObject *ref, void *arg), void *arg, struct edits *edits)
{
    if (Py_TYPE(old)->tp_weaklistoffset == 0 || !*list_of(old)) {
        return 0;
    }
    if (Py_TYPE(partner)->tp_weaklistoffset == 0) {
        PyErr_Format(PyExc_TypeError, "weak references to '%s' cannot become references to '%s'", Py_TYPE(old)->tp_name,
                     Py_TYPE(partner)->tp_name);
        return -1;
    }
    size_t n = 0;
    for (PyWeakReference *ref = *list_of(old); ref; ref = ref->wr_next) {
        n += !skip || !skip((PyObject *)ref, arg);
    }
    struct weak_move *move = n ? PyMem_Malloc(sizeof *move + n * sizeof *move->refs) : NULL;
    if (!move) {
        return n ? (PyErr_NoMemory(), -1) : 0;
    }
    *move = (struct weak_move){Py_NewRef(old), Py_NewRef(partner), 0};
    for (PyWeakReference *ref = *list_of(old); ref; ref = ref->wr_next) {
        if (!skip || !skip((PyObject *)ref, arg)) {
            move->refs[move->n++] = (struct moved_ref){ref, NULL, NULL, hash_of_moved(ref, old, partner, rehash)};
        }
    }
    struct edit_op op = {move_refs, move_refs_back, free_move, move};
    if (edits_add_op(edits, &op) < 0) {
        free_move(move);
        return -1;
    }
    return 0;
}

/* The cached hash of a reference whose referent stays but will hash differently. Those to replaced objects are moved.
 */
int holder_redirect_weakref(PyObject *holder, struct redirect *r)
{
    PyWeakReference *ref = (PyWeakReference *)holder;
    Py_hash_t hash;
    if (ref->hash == -1 || holder_hit(r->map, ref->wr_object) || !holder_new_hash(r->rehash, holder, &hash)) {
        return 0;
    }
    return edits_add_word(r->edits, &ref->hash, (uintptr_t)hash);
}
