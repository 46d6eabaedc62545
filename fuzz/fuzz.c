#define _GNU_SOURCE
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const char *fuzz_folder(void)
{
    static char folder[] = "/tmp/midflight-fuzz-XXXXXX";
    static const char *made;
    if (!made) {
        made = mkdtemp(folder);
        FUZZ_CHECK(made);
    }
    return made;
}

void fuzz_write(const char *folder, const char *name, const uint8_t *data, size_t size)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    close(fd);
}
