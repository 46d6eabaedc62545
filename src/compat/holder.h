/* Where, inside one object, are its references to objects that are replaced?
 *
 * A holder is any object with a tp_traverse. Known containers are edited by their own rules (dict, set, OrderedDict,
 * deque, lru_cache, contextvars' HAMT nodes, instances with inline values ...); every other type by its own memory
 * (tp_basicsize): each word that equals the replaced object is *proved* owned by writing a sentinel there for a moment
 * and asking tp_traverse whether it reports it (experiments e41, e9). What cannot be proved is not edited: the caller
 * refuses.
 *
 * All functions: GIL held, no Python code runs, nothing is written that stays (edits.h, E1, E2).
 * `map` maps a replaced object to its partner (PyObject * -> PyObject *), both borrowed. */
#ifndef MIDFLIGHT_HOLDER_H
#define MIDFLIGHT_HOLDER_H

#include "base/ptrmap.h"
#include "compat/edits.h"

/* Objects whose hash will be another after the flip: PyObject * -> (Py_hash_t) new hash, stored as a word, never 0
 * (a hash of 0 is stored as HOLDER_HASH_ZERO). Replaced objects themselves are in it too, with the hash of their
 * partner. */
struct rehash {
    struct ptrmap hashes;
    struct ptrmap kept;       /* replaced objects whose hash is computed by Python code and known to stay what it was */
    const struct ptrmap *map; /* borrowed; set by holder_rehash_seed */
};
#define HOLDER_HASH_ZERO ((uintptr_t)INTPTR_MIN)

/* Finds what CPython has no name for. Once, before anything else here. Returns 0 or -1 with an exception set. */
int holder_init(void) MUST_CHECK;

/* Generators, coroutines, async generators and frame objects: their frame's references are edited through frame.h;
 * holder_redirect edits their other words only and does not enforce `expected`. */
bool holder_has_frame(PyObject *holder);

/* tp_traverse, for the account: and after it the one reference that some patch releases own and do not report, that of
 * an instance to the __dict__ that shows its inline values. Returns what visit returned if that was not 0. */
int holder_traverse(PyObject *holder, visitproc visit, void *arg);

/* How many references to keys of map does holder_traverse of this object report (its type counted apart)? */
Py_ssize_t holder_count(PyObject *holder, const struct ptrmap *map);

/* A walk over all tracked objects that stops at few of them. `classify` is given one object of each type (the same type
 * may be asked for again) and says, from the type alone, what is to be known of its objects besides references: bits of
 * the caller's own. `visit` is called for each object that has such a bit or refers to a key of marks; count: what
 * holder_count says. marks may be NULL: then the type alone counts. Neither may allocate or free tracked objects. Not
 * zero from visit ends the walk and is returned. holder_sweep_object does the same with one object, of the collector's
 * kind or not. */
struct holder_sweep {
    const struct ptrmap *marks;
    unsigned (*classify)(PyObject *object, void *arg);
    int (*visit)(PyObject *object, unsigned flags, Py_ssize_t count, void *arg);
    void *arg;
};
int holder_sweep_heap(const struct holder_sweep *sweep);
int holder_sweep_object(const struct holder_sweep *sweep, PyObject *object);

/* Appends to edits what makes holder refer to the partners. expected: what holder_count said.
 * Dicts and sets whose keys are in `rehash` get a new table: a dict with the same entry positions, a set with a new
 * order (give its live iterators to holder_shadow_iterator). An attribute of a class: the class is touched.
 * Leaves ob_type, the bases and mro of types (type.h; references among them count as found) and frames (frame.h).
 *
 * Returns 0; 1 when fewer than `expected` references were found, or keys would become one that may not (*ret_why: a
 * static sentence; what was appended must then not be committed); -1 with an exception set. */
int holder_redirect(PyObject *holder, Py_ssize_t expected, const struct ptrmap *map, const struct rehash *rehash,
                    struct edits *edits, const char **ret_why) MUST_CHECK;

/* Must this instance be given to instance_detach (type.h), and the heap be walked anew, before holder_redirect takes
 * it? Its __dict__ is replaced, and shows attributes that lie in the instance. */
bool holder_must_detach(PyObject *instance, const struct ptrmap *map);

/* seed puts the objects of map into rehash, with the hash that their partner will have; one whose partner hashes in
 * Python gets none, and containers keyed by it are refused by holder_redirect. add puts in `holder` if its own hash
 * depends on an object of map or rehash: tuple, frozenset, bound method, weakref, slice, types.GenericAlias,
 * types.UnionType, typing aliases. One level at a time: go over all holders until a round adds nothing.
 *
 * add returns 1 when holder was added now, 0 when it was there or is not affected, -1 with an exception set, 2 when its
 * hash is Python code that cannot be computed here (*ret_why: a static sentence) and may change: harmless unless
 * some container is keyed by it. To ask that, put such objects into another struct rehash (map NULL) and use
 * holder_needs_rehash. */
bool holder_hashes_in_python(PyObject *object);  /* its class has a __hash__ that is Python code */
bool holder_hashes_by_address(PyObject *object); /* an instance that does: it gets no entry, its hash is known anyway */
int holder_rehash_seed(const struct ptrmap *map, struct rehash *rehash) MUST_CHECK;
int holder_rehash_seed_one(PyObject *object, PyObject *partner, struct rehash *rehash) MUST_CHECK;
int holder_rehash_add(PyObject *holder, const struct ptrmap *map, struct rehash *rehash,
                      const char **ret_why) MUST_CHECK;

/* After seed, for an object whose replacement was made of it (rebuild.h): its hash with the parts that it has. Put into
 * `kept` if that is the hash it has, or if only Python code can tell and same_method. Returns 1; 0 when it cannot be
 * told (yet: try again when more is known); -1 with MemoryError. Take the object out of hashes before. */
int holder_rehash_replaced(PyObject *old, PyObject *replacement, bool same_method, struct rehash *rehash) MUST_CHECK;
/* Do two objects of one layout hash the same way, so that one could take the other's place as a key without a new hash?
 * Both by address, both not at all, or both to the same number that C code can tell. */
bool holder_same_hash(PyObject *a, PyObject *b);

/* By its type alone: could holder_rehash_add, or holder_needs_rehash, ever say anything but 0 (false) of this object?
 */
bool holder_may_rehash(PyObject *holder);
bool holder_may_need_rehash(PyObject *container);

/* Which objects must a walk hand to those two, if `marks` has everything that is replaced or hashes differently? By the
 * type alone: those that refer to something in marks (holder_count is not 0), those for which holder_hash_concerns says
 * so as well, or all. */
enum holder_hash_way { HOLDER_HASH_COUNTED, HOLDER_HASH_ASK, HOLDER_HASH_ALWAYS };
enum holder_hash_way holder_hash_way(PyObject *object);
bool holder_hash_concerns(PyObject *object, const struct ptrmap *marks);

/* Must this object be given to holder_redirect although holder_count finds nothing? A dict, set, frozenset or lru_cache
 * with a key in rehash; a weak reference in rehash (its cached hash); a class whose namespace holds something replaced
 * (what was looked up in it is forgotten). False for all other objects. */
bool holder_needs_rehash(PyObject *container, const struct rehash *rehash);

/* Live iterators over sets that are rebuilt: iterator's set reference becomes a shadow with the old order. Other
 * objects are left. Not for one that gets another set. Allocates an object that the collector tracks: not from inside
 * heap_each. */
int holder_shadow_iterator(PyObject *iterator, const struct ptrmap *map, const struct rehash *rehash,
                           struct edits *edits) MUST_CHECK;

/* Weak references to `old` (its weakref list) will refer to `partner`: adds the operations. `skip(ref, arg)` true:
 * leave that one. A cached hash becomes the partner's address hash, or "not yet computed" when only the partner can
 * tell; with a rehash (may be NULL), what that says. Returns 0, or -1 with an exception set (TypeError when the partner
 * cannot be referred to weakly). */
int holder_move_weakrefs(PyObject *old, PyObject *partner, const struct rehash *rehash,
                         bool (*skip)(PyObject *ref, void *arg), void *arg, struct edits *edits) MUST_CHECK;

#endif
