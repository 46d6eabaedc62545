/* Does a file on disk agree with its row in RECORD? */
#ifndef MIDFLIGHT_DISK_CHECK_H
#define MIDFLIGHT_DISK_CHECK_H

#include "disk/disk.h"

enum check {
    CHECK_AGREES,
    CHECK_SKIPPED, /* bytecode, or outside the root: says nothing */
    CHECK_MISSING,
    CHECK_NO_FILE, /* something else stands there: a folder, a device */
    CHECK_SIZE,
    CHECK_HASH,
    CHECK_UNREADABLE,
};

struct check_result {
    int64_t size;       /* as found; -1: nothing there */
    int64_t changed_ns; /* ctime of the file; when it is missing, of the nearest folder above that is there */
};

/* Compares one row; with `hash`, the content too when it is code with a SHA-256. root_fd: the open root. */
enum check check_file(int root_fd, const struct disk_file *file, bool hash, struct check_result *ret_result);

#endif
