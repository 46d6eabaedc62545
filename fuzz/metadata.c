/* METADATA and PKG-INFO, and the names in them. Rules: what is found is text of the header; a canonical name is its own
 * canonical name. */
#include "fuzz.h"

#include "disk/metadata.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct metadata m;
    arena_init(&arena);
    if (metadata_parse(&arena, (const char *)data, size, &m) == 0 && m.name) {
        const char *once = metadata_canonical(&arena, m.name, strlen(m.name));
        const char *twice = metadata_canonical(&arena, once, strlen(once));
        FUZZ_CHECK(m.name[0] != '\0' && m.line > 0 && strcmp(once, twice) == 0);
        for (size_t i = 0; i < m.n_requirements; i++) {
            FUZZ_CHECK(strlen(m.requirements[i]) <= size);
        }
    }
    arena_release(&arena);
    return 0;
}
