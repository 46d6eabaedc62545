/* The hash that an object will have after the flip.
 *
 * Idea: hashing is a fold over an object's hash constituents (a tuple's items, an alias's origin and arguments). This
 * file repeats the folds that CPython does in C, and those of the typing and enum modules, with the new hash for
 * every constituent that has one. A class, a function and most instances hash by address, so theirs is the partner's.
 *
 * Invariant: no Python code runs; a hash that only Python code could tell is *unknown*, never guessed.
 * Must not: ask PyObject_Hash of an object whose type is not known to hash in C without looking at other objects. */
#include "compat/holder_hash.h"

/* ---- folds ---- */

#if SIZEOF_PY_UHASH_T > 4
#define PRIME_1 ((Py_uhash_t)11400714785074694791ULL)
#define PRIME_2 ((Py_uhash_t)14029467366897019727ULL)
#define PRIME_5 ((Py_uhash_t)2870177450012600261ULL)
#define ROTATE(x) ((x << 31) | (x >> 33))
#else
#define PRIME_1 ((Py_uhash_t)2654435761UL)
#define PRIME_2 ((Py_uhash_t)2246822519UL)
#define PRIME_5 ((Py_uhash_t)374761393UL)
#define ROTATE(x) ((x << 13) | (x >> 19))
#endif

/* Objects/tupleobject.c and sliceobject.c. */
static enum answer hash_items(struct hasher *h, PyObject *const *items, Py_ssize_t n, bool is_slice,
                              Py_hash_t *ret_hash)
{
    Py_uhash_t acc = PRIME_5;
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_hash_t lane;
        enum answer answer = hash_of(h, items[i], &lane);
        if (answer != KNOWN) {
            return answer;
        }
        acc += (Py_uhash_t)lane * PRIME_2;
        acc = ROTATE(acc);
        acc *= PRIME_1;
    }
    if (!is_slice) {
        acc += (Py_uhash_t)n ^ (PRIME_5 ^ 3527539UL);
    }
    *ret_hash = acc == (Py_uhash_t)-1 ? 1546275796 : (Py_hash_t)acc;
    return KNOWN;
}

/* Objects/setobject.c: independent of order and of the table's size. */
void frozenset_hash_add(struct frozenset_hash *state, Py_hash_t hash)
{
    Py_uhash_t h = (Py_uhash_t)hash;
    state->sum ^= ((h ^ 89869747UL) ^ (h << 16)) * 3644798167UL;
    state->n++;
}

Py_hash_t frozenset_hash_end(const struct frozenset_hash *state)
{
    Py_uhash_t hash = state->sum ^ ((Py_uhash_t)state->n + 1) * 1927868237UL;
    hash ^= (hash >> 11) ^ (hash >> 25);
    hash = hash * 69069U + 907133923UL;
    return hash == (Py_uhash_t)-1 ? 590923713L : (Py_hash_t)hash;
}

static enum answer hash_member(struct hasher *h, PyObject *item, bool with_type, Py_hash_t *ret_hash)
{
    PyObject *pair[2] = {item, (PyObject *)Py_TYPE(item)};
    return with_type ? hash_items(h, pair, 2, false, ret_hash) : hash_of(h, item, ret_hash);
}

/* The frozenset of an alias's arguments: few, so each is compared with those before it. Members with equal hashes count
 * once: after the flip they are one member. */
static enum answer hash_members(struct hasher *h, PyObject *const *items, Py_ssize_t n, bool with_types,
                                Py_hash_t *ret_hash)
{
    struct frozenset_hash state = {0, 0};
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_hash_t hash, earlier;
        enum answer answer = hash_member(h, items[i], with_types, &hash);
        if (answer != KNOWN) {
            return answer;
        }
        bool repeated = false;
        for (Py_ssize_t j = 0; j < i && !repeated; j++) {
            repeated = hash_member(h, items[j], with_types, &earlier) == KNOWN && earlier == hash;
        }
        if (!repeated) {
            frozenset_hash_add(&state, hash);
        }
    }
    *ret_hash = frozenset_hash_end(&state);
    return KNOWN;
}

/* The hash that the entry of a set has after the flip; *ret_changed: another one than now, or for another object. A
 * member whose hash only Python code can tell keeps the one that was stored: it would be refused by itself if it
 * changed. */
static bool entry_hash(struct hasher *h, const setentry *entry, Py_hash_t *ret_hash, bool *ret_changed)
{
    bool replaced = holder_hit(h->map, entry->key);
    bool known = hash_of(h, entry->key, ret_hash) == KNOWN;
    if (!known) {
        *ret_hash = entry->hash;
    }
    *ret_changed = replaced || *ret_hash != entry->hash;
    return known || !replaced || holder_hit(&h->rehash->kept, entry->key);
}

/* Will this member, which changes, be the same as one that stays or as an earlier one? */
static bool is_repeated(struct hasher *h, const PySetObject *set, const setentry *member, Py_hash_t hash)
{
    for (const setentry *entry = set->table; entry <= &set->table[set->mask]; entry++) {
        Py_hash_t other;
        bool changed;
        if (entry != member && entry->key && entry->hash != -1 && entry_hash(h, entry, &other, &changed) &&
            other == hash && (!changed || entry < member) &&
            holder_same_key(h->map, h->rehash, entry->key, member->key)) {
            return true;
        }
    }
    return false;
}

static enum answer hash_frozenset(struct hasher *h, const PySetObject *set, Py_hash_t *ret_hash)
{
    struct frozenset_hash state = {0, 0};
    for (const setentry *entry = set->table; entry <= &set->table[set->mask]; entry++) {
        Py_hash_t hash;
        bool changed;
        if (!entry->key || entry->hash == -1) {
            continue;
        }
        if (!entry_hash(h, entry, &hash, &changed)) {
            return UNKNOWN;
        }
        if (!changed || !is_repeated(h, set, entry, hash)) {
            frozenset_hash_add(&state, hash);
        }
    }
    *ret_hash = frozenset_hash_end(&state);
    return KNOWN;
}

static Py_hash_t both(Py_hash_t x, Py_hash_t y)
{
    Py_hash_t hash = x ^ y;
    return hash == -1 ? -2 : hash;
}

/* ---- the hash ---- */

/* Address of an object after the flip, as a hash. */
static Py_hash_t address_hash(struct hasher *h, PyObject *object)
{
    return holder_pointer_hash(object ? holder_partner(h->map, object) : NULL);
}

enum answer hash_fold(struct hasher *h, PyObject *object, const struct recipe *recipe, Py_hash_t *ret_hash)
{
    Py_hash_t x = 0, y = 0;
    enum answer answer;
    switch (recipe->fold) {
    case FOLD_ITEMS:
    case FOLD_SLICE:
        return hash_items(h, recipe->parts, recipe->n, recipe->fold == FOLD_SLICE, ret_hash);
    case FOLD_MEMBERS:
    case FOLD_MEMBERS_AND_TYPES:
        return hash_members(h, recipe->parts, recipe->n, recipe->fold == FOLD_MEMBERS_AND_TYPES, ret_hash);
    case FOLD_FROZENSET:
        return hash_frozenset(h, (PySetObject *)object, ret_hash);
    case FOLD_XOR:
        answer = hash_of(h, recipe->parts[0], &x);
        answer = answer == KNOWN ? hash_of(h, recipe->parts[1], &y) : answer;
        *ret_hash = x ^ y;
        return answer;
    case FOLD_METHOD:
        answer = hash_of(h, recipe->parts[1], &y);
        *ret_hash = both(address_hash(h, recipe->parts[0]), y);
        return answer;
    case FOLD_C_METHOD:
        y = holder_pointer_hash((const void *)((PyCFunctionObject *)object)->m_ml->ml_meth);
        *ret_hash = both(address_hash(h, recipe->parts[0]), y);
        return KNOWN;
    case FOLD_WRAPPER:
        *ret_hash = both(address_hash(h, recipe->parts[0]), address_hash(h, recipe->parts[1]));
        return KNOWN;
    case FOLD_WEAK:
        answer = recipe->parts[0] == Py_None ? UNHASHABLE : hash_of(h, recipe->parts[0], ret_hash);
        x = ((PyWeakReference *)object)->hash;
        if (answer == KNOWN || x == -1 || holder_hit(h->map, recipe->parts[0])) {
            return answer;
        }
        *ret_hash = x; /* asked of Python code once, and kept */
        return KNOWN;
    default: /* FOLD_SAME */
        return hash_of(h, recipe->parts[0], ret_hash);
    }
}

enum answer hash_unlisted(struct hasher *h, PyObject *object, Py_hash_t *ret_hash)
{
    struct recipe recipe;
    recipe_find(object, &recipe);
    switch (recipe.fold) {
    case FOLD_ADDRESS:
        *ret_hash = holder_pointer_hash(object);
        return KNOWN;
    case FOLD_VALUE:
        *ret_hash = PyObject_Hash(object);
        return KNOWN;
    case FOLD_NONE:
        return UNHASHABLE;
    case FOLD_PYTHON:
        return UNKNOWN;
    default:
        break;
    }
    if (h->depth >= HASH_MAX_DEPTH) {
        return UNKNOWN;
    }
    h->depth++;
    enum answer answer = hash_fold(h, object, &recipe, ret_hash);
    h->depth--;
    return answer;
}

enum answer hash_of(struct hasher *h, PyObject *object, Py_hash_t *ret_hash)
{
    if (holder_new_hash(h->rehash, object, ret_hash)) {
        return KNOWN;
    }
    return holder_hit(h->map, object) && !holder_hit(&h->rehash->kept, object) ? UNKNOWN
                                                                               : hash_unlisted(h, object, ret_hash);
}
