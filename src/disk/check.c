/* One stat a row; the content only when asked for. Symbolic links are followed: installers may make every file one.
 * Rows outside the root are never looked at (disk.h, D4), and
 * an editable install's tree is right as it is. */
#include "disk/check.h"

#include "base/file.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* The ctime of the nearest folder above a missing file: its last entry that came or went. */
static int64_t folder_changed_ns(int root_fd, const char *relative)
{
    char folder[PATH_MAX];
    struct stat st;
    size_t length = strlen(relative);
    if (length >= sizeof folder) {
        return 0;
    }
    memcpy(folder, relative, length + 1);
    for (char *slash; (slash = strrchr(folder, '/'));) {
        *slash = '\0';
        if (fstatat(root_fd, folder, &st, 0) == 0) {
            return file_ctime_ns(&st);
        }
    }
    return fstat(root_fd, &st) == 0 ? file_ctime_ns(&st) : 0;
}

enum check check_file(int root_fd, const struct disk_file *file, bool hash, struct check_result *ret_result)
{
    struct stat st;
    ret_result->size = -1;
    ret_result->changed_ns = 0;
    if ((file->flags & (DISK_FILE_OUTSIDE | DISK_FILE_BYTECODE | DISK_FILE_TREE)) || file->relative[0] == '\0') {
        return CHECK_SKIPPED;
    }
    if (fstatat(root_fd, file->relative, &st, 0) < 0) {
        ret_result->changed_ns = folder_changed_ns(root_fd, file->relative);
        return CHECK_MISSING;
    }
    ret_result->size = st.st_size;
    ret_result->changed_ns = file_ctime_ns(&st);
    if (!S_ISREG(st.st_mode)) {
        return CHECK_NO_FILE;
    }
    if (file->size >= 0 && file->size != st.st_size) {
        return CHECK_SIZE;
    }
    if (hash && file->hash == DISK_HASH_SHA256 && (file->flags & (DISK_FILE_SOURCE | DISK_FILE_EXTENSION))) {
        uint8_t digest[32];
        if (file_sha256(root_fd, file->relative, (uint64_t)st.st_size, digest) < 0) {
            return CHECK_UNREADABLE;
        }
        return memcmp(digest, file->sha256, sizeof digest) == 0 ? CHECK_AGREES : CHECK_HASH;
    }
    return CHECK_AGREES;
}
