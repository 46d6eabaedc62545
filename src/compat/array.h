/* Arrays that double. */
#ifndef MIDFLIGHT_ARRAY_H
#define MIDFLIGHT_ARRAY_H

#include "compat/ref.h"

#include <stdlib.h>

/* Makes room in an array from malloc for one more element of this size behind the `used` ones. 0, or -1 with
 * MemoryError set, and the array is what it was. */
static inline MUST_CHECK int array_reserve(void **array, size_t used, size_t *capacity, size_t size)
{
    if (used < *capacity) {
        return 0;
    }
    size_t wanted = *capacity ? *capacity * 2 : 64;
    void *grown = realloc(*array, wanted * size);
    if (!grown) {
        PyErr_NoMemory();
        return -1;
    }
    *array = grown;
    *capacity = wanted;
    return 0;
}

#endif
