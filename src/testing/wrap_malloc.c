/* In a build with MIDFLIGHT_FAULTS the linker sends midflight's own malloc, calloc and realloc here: they have memory
 * only while PyMem_RawMalloc has, whose allocator a test can replace (memory.c). So both kinds are counted in one row.
 * What the C library allocates for itself is left alone: free() must fit. */
#ifdef MIDFLIGHT_FAULTS
#include "compat/ref.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static bool has_memory(void)
{
    void *asked = PyMem_RawMalloc(1);
    PyMem_RawFree(asked);
    return asked != NULL;
}

void *__wrap_malloc(size_t size)
{
    return has_memory() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return has_memory() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *block, size_t size)
{
    return has_memory() ? __real_realloc(block, size) : NULL;
}
#endif
