/* A hash map from string to pointer.
 *
 * Invariant: at most half of the slots are used, so a probe always ends. Keys and values are borrowed: they must
 * outlive the map. Nothing is ever taken out. */
#ifndef MIDFLIGHT_STRMAP_H
#define MIDFLIGHT_STRMAP_H

#include <stddef.h>
#include <stdint.h>

struct strmap_slot {
    const char *key; /* NULL: free */
    uint64_t hash;
    void *value;
};

struct strmap {
    struct strmap_slot *slots; /* owned */
    size_t capacity;           /* a power of two, or 0 */
    size_t used;
};

void strmap_init(struct strmap *map);
void strmap_release(struct strmap *map);

/* Adds key -> value unless the key is there. Returns 1 added, 0 it was there (nothing changed), -1 when memory is
 * short. */
int strmap_add(struct strmap *map, const char *key, void *value);

/* The value, or NULL when the key is not there. */
void *strmap_get(const struct strmap *map, const char *key);

#endif
