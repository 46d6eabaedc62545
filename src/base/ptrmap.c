#include "base/ptrmap.h"

#include <stdlib.h>
#include <string.h>

void ptrmap_init(struct ptrmap *map)
{
    memset(map, 0, sizeof *map);
}

void ptrmap_release(struct ptrmap *map)
{
    free(map->slots);
    free(map->filter);
    memset(map, 0, sizeof *map);
}

static void set_bit(struct ptrmap *map, const void *key)
{
    uint64_t h = ptrmap_hash(key) >> map->shift;
    map->filter[h >> 6] |= (uint64_t)1 << (h & 63);
}

static struct ptrmap_slot *probe(struct ptrmap_slot *slots, size_t capacity, const void *key)
{
    size_t i = (ptrmap_hash(key) >> 20) & (capacity - 1);
    while (slots[i].key && slots[i].key != key) {
        i = (i + 1) & (capacity - 1);
    }
    return &slots[i];
}

static int resize(struct ptrmap *map, size_t capacity)
{
    size_t bits = PTRMAP_FILTER_BITS;
    unsigned shift = 64 - 16;
    for (; bits < capacity * PTRMAP_FILTER_BITS_A_SLOT; bits *= 2) {
        shift--;
    }
    struct ptrmap_slot *slots = calloc(capacity, sizeof *slots);
    uint64_t *filter = slots ? calloc(bits / 64, sizeof *filter) : NULL;
    if (!filter) {
        free(slots);
        return -1;
    }
    struct ptrmap old = *map;
    *map = (struct ptrmap){slots, capacity, old.used, filter, shift};
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].key) {
            *probe(slots, capacity, old.slots[i].key) = old.slots[i];
            set_bit(map, old.slots[i].key);
        }
    }
    free(old.slots);
    free(old.filter);
    return 0;
}

int ptrmap_reserve(struct ptrmap *map, size_t n)
{
    size_t capacity = map->capacity ? map->capacity : 64;
    while (n * 2 > capacity) {
        capacity *= 2;
    }
    return capacity == map->capacity ? 0 : resize(map, capacity);
}

struct ptrmap_slot *ptrmap_add(struct ptrmap *map, const void *key, void *value)
{
    if ((map->used + 1) * 2 > map->capacity && resize(map, map->capacity ? map->capacity * 2 : 64) < 0) {
        return NULL;
    }
    struct ptrmap_slot *slot = probe(map->slots, map->capacity, key);
    if (!slot->key) {
        slot->key = key;
        map->used++;
        set_bit(map, key);
    }
    slot->value = value;
    return slot;
}

int ptrmap_put(struct ptrmap *map, const void *key, void *value)
{
    return ptrmap_add(map, key, value) ? 0 : -1;
}

/* Each later slot of the run moves into the hole unless its own place lies behind the hole. The filter keeps the key's
 * bit: it may say "maybe" for nothing. */
void ptrmap_remove(struct ptrmap *map, const void *key)
{
    struct ptrmap_slot *hole = map->capacity ? probe(map->slots, map->capacity, key) : NULL;
    if (!hole || !hole->key) {
        return;
    }
    size_t mask = map->capacity - 1, empty = (size_t)(hole - map->slots);
    for (size_t i = (empty + 1) & mask; map->slots[i].key; i = (i + 1) & mask) {
        size_t home = (ptrmap_hash(map->slots[i].key) >> 20) & mask;
        if (((i - home) & mask) >= ((i - empty) & mask)) {
            map->slots[empty] = map->slots[i];
            empty = i;
        }
    }
    map->slots[empty] = (struct ptrmap_slot){NULL, NULL, 0};
    map->used--;
}

struct ptrmap_slot *ptrmap_find(const struct ptrmap *map, const void *key)
{
    if (!map->capacity) {
        return NULL;
    }
    struct ptrmap_slot *slot = probe(map->slots, map->capacity, key);
    return slot->key ? slot : NULL;
}

struct ptrmap_slot *ptrmap_next(const struct ptrmap *map, size_t *position)
{
    while (*position < map->capacity) {
        struct ptrmap_slot *slot = &map->slots[(*position)++];
        if (slot->key) {
            return slot;
        }
    }
    return NULL;
}
