/* A hash map from address to address, for millions of look-ups that nearly all miss.
 *
 * Idea: a bit filter, indexed by a hash of the address, is asked first; it answers "not here" for almost every word of
 * a heap without touching the table, and grows with it, so that it goes on to do so when a hundred thousand keys are
 * in. The table is open addressing, linear probing.
 * Invariant: at most half of the slots are used, so a probe always ends. NULL is no key.
 * Knows nothing of Python: keys and values are borrowed words. */
#ifndef MIDFLIGHT_PTRMAP_H
#define MIDFLIGHT_PTRMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PTRMAP_FILTER_BITS ((size_t)1 << 16) /* at least: 8 KiB, stays in the first-level cache */
#define PTRMAP_FILTER_BITS_A_SLOT 8          /* at most one in sixteen is set */

struct ptrmap_slot {
    const void *key; /* NULL: free */
    void *value;
    size_t index; /* the owner's own; 0 until it sets it */
};

struct ptrmap {
    struct ptrmap_slot *slots; /* owned */
    size_t capacity;           /* a power of two, or 0 */
    size_t used;
    uint64_t *filter; /* owned; NULL as long as there are no slots */
    unsigned shift;   /* from a hash to a bit of the filter */
};

static inline uint64_t ptrmap_hash(const void *key)
{
    return ((uint64_t)(uintptr_t)key >> 4) * 0x9E3779B97F4A7C15ull;
}

/* An empty map; allocates nothing. */
void ptrmap_init(struct ptrmap *map);

/* Frees the table; the map is empty and usable afterwards. */
void ptrmap_release(struct ptrmap *map);

/* Sets key -> value, replacing what was there. Returns 0, or -1 when memory is short (map unchanged). */
int ptrmap_put(struct ptrmap *map, const void *key, void *value);

/* The same; returns the slot, valid until the next change of the map, or NULL when memory is short. */
struct ptrmap_slot *ptrmap_add(struct ptrmap *map, const void *key, void *value);

/* Makes room for so many keys in all, so that they are put in without moving what is there. 0, or -1 when memory is
 * short. */
int ptrmap_reserve(struct ptrmap *map, size_t n);

/* Takes a key out. Nothing happens when it is not there. */
void ptrmap_remove(struct ptrmap *map, const void *key);

/* The slot of key, or NULL. The pointer is valid until the next ptrmap_put. */
struct ptrmap_slot *ptrmap_find(const struct ptrmap *map, const void *key);

/* May key be in the map? False is certain. Inlined into the walk over the heap. */
static inline bool ptrmap_maybe(const struct ptrmap *map, const void *key)
{
    uint64_t h = ptrmap_hash(key) >> map->shift;
    return map->filter && (map->filter[h >> 6] >> (h & 63)) & 1;
}

/* The key will be put in or looked for soon: its slot is fetched meanwhile. */
static inline void ptrmap_prefetch(const struct ptrmap *map, const void *key)
{
    if (map->capacity) {
        __builtin_prefetch(&map->slots[(ptrmap_hash(key) >> 20) & (map->capacity - 1)]);
    }
}

/* The value of key, or NULL when it is not there. */
static inline void *ptrmap_get(const struct ptrmap *map, const void *key)
{
    if (!ptrmap_maybe(map, key)) {
        return NULL;
    }
    struct ptrmap_slot *slot = ptrmap_find(map, key);
    return slot ? slot->value : NULL;
}

/* Iteration: for (size_t i = 0; (slot = ptrmap_next(map, &i)); ) visits every used slot once, in table order. */
struct ptrmap_slot *ptrmap_next(const struct ptrmap *map, size_t *position);

#endif
