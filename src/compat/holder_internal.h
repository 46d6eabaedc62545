/* What the holder_*.c files share. Not for others.
 *
 * holder.c       which rule for which object; the proof by sentinel
 * holder_count.c counting, and the walk that does nothing else
 * holder_dict.c  dict, OrderedDict, attributes of instances
 * holder_set.c   set, frozenset, iterators over sets
 * holder_recipe.c, holder_hash.c, holder_rehash.c  the hash that an object will have after the flip
 * holder_misc.c  deque, lru_cache, contextvars, SimpleQueue
 * holder_weak.c  weak references */
#ifndef MIDFLIGHT_HOLDER_INTERNAL_H
#define MIDFLIGHT_HOLDER_INTERNAL_H

#include "compat/holder.h"

/* One call of holder_redirect. */
struct redirect {
    const struct ptrmap *map;
    const struct rehash *rehash;
    struct edits *edits;
    Py_ssize_t found; /* references found, edited or going away */
    const char *why;  /* static; set by whoever returns 1 */
};

/* Addresses in CPython that have no name outside it; set once by holder_init, the same in the whole process. */
struct holder_known {
    traverseproc subtype_traverse;                         /* of every class made by a class statement */
    destructor subtype_dealloc;                            /* the same */
    hashfunc slot_hash;                                    /* tp_hash of a class with __hash__ in Python */
    hashfunc union_hash;                                   /* of types.UnionType */
    hashfunc wrapper_hash;                                 /* of a bound slot, as (0).__add__ */
    PyTypeObject *deque;                                   /* borrowed: never freed */
    PyTypeObject *lru_cache;                               /* borrowed: never freed */
    PyTypeObject *defaultdict;                             /* borrowed: never freed */
    PyTypeObject *deque_iterator, *deque_reverse_iterator; /* borrowed: never freed */
    PyObject *fields, *hash;                               /* "_fields", "__hash__", interned */
    bool instance_reports_values; /* 3.13.0: also when a __dict__ shows them, and then the __dict__ is not reported */
};

extern struct holder_known holder_known;

static inline bool holder_hit(const struct ptrmap *map, const void *object)
{
    return ptrmap_maybe(map, object) && ptrmap_find(map, object);
}

/* The partner of a replaced object, or the object itself. */
static inline PyObject *holder_partner(const struct ptrmap *map, PyObject *object)
{
    PyObject *partner = ptrmap_get(map, object);
    return partner ? partner : object;
}

/* Edits one owned reference if it is to a replaced object. 0, or -1 with an exception set. */
static inline int holder_redirect_word(struct redirect *r, PyObject **at)
{
    PyObject *partner = ptrmap_get(r->map, *at);
    if (!partner) {
        return 0;
    }
    r->found++;
    return edits_add_object(r->edits, at, partner);
}

static inline int holder_redirect_words(struct redirect *r, PyObject **at, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++) {
        if (holder_redirect_word(r, &at[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

/* As CPython hashes an object by its address. */
static inline Py_hash_t holder_pointer_hash(const void *p)
{
    uintptr_t address = (uintptr_t)p;
    Py_hash_t hash = (Py_hash_t)((address >> 4) | (address << (8 * sizeof address - 4)));
    return hash == -1 ? -2 : hash;
}

/* The hash that object will have after the flip; false when it is the one it has, or nobody knows. */
static inline bool holder_new_hash(const struct rehash *rehash, const void *object, Py_hash_t *ret_hash)
{
    uintptr_t stored = (uintptr_t)ptrmap_get(&rehash->hashes, object);
    if (stored) {
        *ret_hash = stored == HOLDER_HASH_ZERO ? 0 : (Py_hash_t)stored;
        return true;
    }
    PyObject *partner = rehash->map ? ptrmap_get(rehash->map, object) : NULL;
    if (partner && holder_hashes_by_address(partner)) {
        *ret_hash = holder_pointer_hash(partner);
        return true;
    }
    return false;
}

/* Is a key replaced, and nobody knows the hash that it will have? (Asked when holder_new_hash knows none.) */
static inline bool holder_hash_lost(const struct redirect *r, const void *key)
{
    return holder_hit(r->map, key) && !holder_hit(&r->rehash->kept, key);
}

/* The hash of a frozenset whose members have these entries (Objects/setobject.c, frozenset_hash). */
struct frozenset_hash {
    Py_uhash_t sum;
    size_t n;
};
void frozenset_hash_add(struct frozenset_hash *state, Py_hash_t hash);
Py_hash_t frozenset_hash_end(const struct frozenset_hash *state);

/* The hashes of two keys agree after the flip: are they one key then? */
bool holder_same_key(const struct ptrmap *map, const struct rehash *rehash, PyObject *a, PyObject *b);

/* Rules for parts of objects. All return 0, 1 (r->why) or -1, and add to r->found. */
int holder_redirect_dict(PyObject *dict, struct redirect *r) MUST_CHECK;
int holder_redirect_odict(PyObject *odict, struct redirect *r) MUST_CHECK;
int holder_redirect_attributes(PyObject *instance, struct redirect *r) MUST_CHECK;
int holder_redirect_set(PyObject *set, struct redirect *r) MUST_CHECK;
int holder_redirect_deque(PyObject *deque, struct redirect *r) MUST_CHECK;
int holder_redirect_lru_cache(PyObject *cache, struct redirect *r) MUST_CHECK;
int holder_redirect_weakref(PyObject *ref, struct redirect *r) MUST_CHECK;

/* The word for the __dict__ of an instance, and what is in it now (borrowed): NULL where there is none (3.12: while its
 * attributes lie in itself). Makes none. */
PyObject **holder_dict_word(PyObject *instance);
PyObject *holder_instance_dict(PyObject *instance);

/* A new plain dict with a table of its own and the entries of any dict, in their order; nothing is called, hashed or
 * compared, which PyDict_Copy promises for few dicts. NULL: MemoryError. */
PyObject *holder_copy_dict(PyObject *dict);

/* The __dict__ that an instance owns and does not report (borrowed), or NULL. */
PyObject *holder_unreported_dict(PyObject *instance);

/* Types known by name: contextvars' nodes, SimpleQueue. Does nothing for others. */
int holder_redirect_by_name(PyObject *holder, struct redirect *r) MUST_CHECK;

/* Is there a key of rehash inside? */
bool dict_may_need_rehash(PyObject *dict);
bool dict_needs_rehash(PyObject *dict, const struct rehash *rehash);
bool set_needs_rehash(PyObject *set, const struct rehash *rehash);
bool lru_cache_needs_rehash(PyObject *cache, const struct rehash *rehash);

/* Takes a link out of its lru_cache's ring when the flip drops its entry from the cache's dict. */
int holder_unlink_lru(PyObject *link, struct edits *edits) MUST_CHECK;

/* Counting. holder_count must equal holder_count_by_traverse for every object (tests compare them). */
Py_ssize_t holder_count_dict(PyObject *dict, const struct ptrmap *map);
Py_ssize_t holder_count_by_traverse(PyObject *holder, const struct ptrmap *map);

#endif
