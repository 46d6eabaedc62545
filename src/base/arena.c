/* A chain of blocks; the youngest one is cut from the front. A piece too large for a block gets one of its own, which
 * is chained behind the youngest, so that what is left of that one is not lost. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 8192
#define ALIGNMENT _Alignof(max_align_t)

struct arena_block {
    struct arena_block *older;
    size_t used, size;
    _Alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *arena)
{
    arena->block = NULL;
}

void arena_release(struct arena *arena)
{
    struct arena_block *block = arena->block;
    while (block) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
    arena->block = NULL;
}

static struct arena_block *block_new(struct arena *arena, size_t size)
{
    struct arena_block *block = malloc(sizeof *block + size);
    if (!block) {
        return NULL;
    }
    block->size = size;
    block->used = 0;
    if (size > BLOCK_SIZE && arena->block) {
        block->older = arena->block->older;
        arena->block->older = block;
    } else {
        block->older = arena->block;
        arena->block = block;
    }
    return block;
}

/* Strings need no alignment: pieces follow each other without a gap. */
static void *cut(struct arena *arena, size_t size, size_t alignment)
{
    if (size > PTRDIFF_MAX - sizeof(struct arena_block)) {
        return NULL;
    }
    struct arena_block *block = arena->block;
    size_t at = block ? (block->used + alignment - 1) & ~(alignment - 1) : 0;
    if (!block || at > block->size || size > block->size - at) {
        block = block_new(arena, size > BLOCK_SIZE ? size : BLOCK_SIZE);
        if (!block) {
            return NULL;
        }
        at = 0;
    }
    block->used = at + size;
    return block->bytes + at;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return cut(arena, size, ALIGNMENT);
}

void *arena_calloc(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        return NULL;
    }
    void *piece = arena_alloc(arena, bytes);
    if (piece) {
        memset(piece, 0, bytes);
    }
    return piece;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
    char *copy = length < PTRDIFF_MAX ? cut(arena, length + 1, 1) : NULL;
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

char *arena_join(struct arena *arena, const char *left, char separator, const char *right)
{
    size_t n_left = strlen(left), n_right = strlen(right), n_separator = separator ? 1 : 0;
    char *joined = cut(arena, n_left + n_separator + n_right + 1, 1);
    if (joined) {
        memcpy(joined, left, n_left);
        if (separator) {
            joined[n_left] = separator;
        }
        memcpy(joined + n_left + n_separator, right, n_right + 1);
    }
    return joined;
}
