/* The directory of a zip file, and every member of it that is small. Rules: names have no NUL, what is extracted has
 * the size that was promised. */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz.h"

#include "disk/zipdir.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct zipdir zip;
    const char *cause = NULL;
    int fd = memfd_create("zip", MFD_CLOEXEC);
    FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    arena_init(&arena);
    int result = zipdir_read(&arena, fd, &zip, &cause);
    FUZZ_CHECK(result == 0 || cause);
    for (size_t i = 0; result == 0 && i < zip.n && i < 8; i++) {
        struct strbuf text;
        strbuf_init(&text);
        if (zipdir_extract(fd, &zip, &zip.members[i], 65536, &text, &cause) == 0) {
            FUZZ_CHECK(text.length == zip.members[i].size);
        } else {
            FUZZ_CHECK(cause && text.length == 0);
        }
        strbuf_release(&text);
    }
    arena_release(&arena);
    close(fd);
    return 0;
}
