/* Memory that is given out piece by piece and taken back all at once.
 *
 * What is read from one place on disk lives and dies together: thousands of short strings, freed with one call.
 * Invariant: a piece never moves. A piece cannot be freed alone. Not shared between threads. */
#ifndef MIDFLIGHT_ARENA_H
#define MIDFLIGHT_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *block; /* owned: the youngest block; NULL: nothing allocated yet */
};

void arena_init(struct arena *arena);

/* Frees everything that was given out; the arena is empty and usable afterwards. */
void arena_release(struct arena *arena);

/* `size` bytes, aligned for anything, not cleared; NULL when memory is short. */
void *arena_alloc(struct arena *arena, size_t size);

/* `count` elements of `size` bytes, cleared; NULL when memory is short or the product overflows. */
void *arena_calloc(struct arena *arena, size_t count, size_t size);

/* A copy of `length` bytes of `text`, with a NUL behind; NULL when memory is short. */
char *arena_copy(struct arena *arena, const char *text, size_t length);

/* Two strings joined by a separator (0: none), with a NUL behind; NULL when memory is short. */
char *arena_join(struct arena *arena, const char *left, char separator, const char *right);

#endif
