/* Open addressing with linear probing. The hash is FNV-1a with a final mix: paths share long beginnings. */
#include "base/strmap.h"

#include <stdlib.h>
#include <string.h>

void strmap_init(struct strmap *map)
{
    memset(map, 0, sizeof *map);
}

void strmap_release(struct strmap *map)
{
    free(map->slots);
    memset(map, 0, sizeof *map);
}

static uint64_t hash_of(const char *key)
{
    uint64_t hash = 0xCBF29CE484222325ull;
    for (const unsigned char *c = (const unsigned char *)key; *c; c++) {
        hash = (hash ^ *c) * 0x100000001B3ull;
    }
    return hash ^ (hash >> 32);
}

static struct strmap_slot *probe(struct strmap_slot *slots, size_t capacity, const char *key, uint64_t hash)
{
    size_t i = hash & (capacity - 1);
    while (slots[i].key && (slots[i].hash != hash || strcmp(slots[i].key, key) != 0)) {
        i = (i + 1) & (capacity - 1);
    }
    return &slots[i];
}

static int grow(struct strmap *map)
{
    size_t capacity = map->capacity ? map->capacity * 2 : 64;
    struct strmap_slot *slots = calloc(capacity, sizeof *slots);
    if (!slots) {
        return -1;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        const struct strmap_slot *slot = &map->slots[i];
        if (slot->key) {
            *probe(slots, capacity, slot->key, slot->hash) = *slot;
        }
    }
    free(map->slots);
    map->slots = slots;
    map->capacity = capacity;
    return 0;
}

int strmap_add(struct strmap *map, const char *key, void *value)
{
    if ((map->used + 1) * 2 > map->capacity && grow(map) < 0) {
        return -1;
    }
    uint64_t hash = hash_of(key);
    struct strmap_slot *slot = probe(map->slots, map->capacity, key, hash);
    if (slot->key) {
        return 0;
    }
    slot->key = key;
    slot->hash = hash;
    slot->value = value;
    map->used++;
    return 1;
}

void *strmap_get(const struct strmap *map, const char *key)
{
    return map->capacity ? probe(map->slots, map->capacity, key, hash_of(key))->value : NULL;
}
