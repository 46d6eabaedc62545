/* A zip file's central directory, as far as zipimport needs it: names, sizes and CRCs; and single small members.
 *
 *     struct zipdir zip;
 *     if (zipdir_read(&arena, fd, &zip, &cause) == 0) { ... zip.members[i] ...
 *         zipdir_extract(fd, &zip, &zip.members[i], limit, &text, &cause) } */
#ifndef MIDFLIGHT_DISK_ZIPDIR_H
#define MIDFLIGHT_DISK_ZIPDIR_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "disk/disk.h"

struct zipdir_member {
    const char *name; /* with slashes, as written; no NUL in it */
    uint32_t crc, size, packed, offset;
    uint16_t method; /* 0 stored, 8 deflated; others cannot be read */
    bool encrypted;
};

struct zipdir {
    struct zipdir_member
        *members; /* in the arena, in the file's order; folders (names that end with a slash) included */
    size_t n;
    int64_t start; /* offsets count from here: what stands before (a shell script) is no part of the archive */
};

/* Reads the directory at the end of an open regular file. Returns 0, -ENOMEM, -EIO, -EFBIG (more than DISK_ZIP_MAX), or
 * -EBADMSG: the file is no zip file that zipimport could read. *ret_cause (static) says what is wrong when the result
 * is neither 0 nor -ENOMEM. */
int zipdir_read(struct arena *arena, int fd, struct zipdir *ret_zip, const char **ret_cause) DISK_MUST_CHECK;

/* The member of that name; the last one, as zipimport has it. NULL: there is none. */
const struct zipdir_member *zipdir_find(const struct zipdir *zip, const char *name);

/* Appends the content, `limit` bytes at most: -EFBIG when it has more. Errors as above; a CRC that differs is -EBADMSG.
 */
int zipdir_extract(int fd, const struct zipdir *zip, const struct zipdir_member *member, size_t limit,
                   struct strbuf *buf, const char **ret_cause) DISK_MUST_CHECK;

#endif
