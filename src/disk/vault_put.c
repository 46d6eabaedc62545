/* One file into the vault. Linking costs no space and no time, and is right as long as nobody writes into the file:
 * whoever makes a new file in its place leaves the linked one alone. What may be written to in place is copied: native
 * code, what no known installer put there (an editable install, a folder unpacked by hand), a file that has other
 * links already (uv's cache: an edit anywhere is an edit everywhere), a file that another user could write.
 * A copy keeps the modification time, because bytecode is believed by it. */
#define _GNU_SOURCE 1 /* copy_file_range */
#include "base/file.h"
#include "disk/vault_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_as_taken(const struct vault_file *file, const struct stat *st)
{
    return S_ISREG(st->st_mode) && (uint64_t)st->st_ino == file->inode && st->st_size == file->size &&
           file_mtime_ns(st) == file->mtime_ns;
}

static bool may_link(const struct vault_entry *entry, const struct vault_file *file, const struct stat *st)
{
    bool native = (file->flags & DISK_FILE_EXTENSION) && file->size <= VAULT_COPY_MAX;
    bool others = (st->st_uid != geteuid() && st->st_uid != 0) || (st->st_mode & (S_IWGRP | S_IWOTH));
    return entry->replaced && !(file->flags & DISK_FILE_TREE) && !native && !others && st->st_nlink == 1;
}

/* Makes the folders of `relative`, but for those that `before` lies in too: they are there. */
static int make_folders(int into, const char *relative, const char *before)
{
    char path[4096];
    for (const char *slash = strchr(relative, '/'); slash; slash = strchr(slash + 1, '/')) {
        if (before && strncmp(before, relative, (size_t)(slash - relative) + 1) == 0) {
            continue;
        }
        size_t length = (size_t)(slash - relative);
        if (length >= sizeof path) {
            return -ENAMETOOLONG;
        }
        memcpy(path, relative, length);
        path[length] = '\0';
        if (mkdirat(into, path, 0700) < 0 && errno != EEXIST) {
            return -errno;
        }
    }
    return 0;
}

/* 0 linked; 1 it has to be copied; -errno. */
static int link_file(const struct vault_file *file, int into)
{
    struct stat st;
    if (linkat(AT_FDCWD, file->path, into, file->relative, 0) < 0) {
        return errno == ENOENT ? -ENOENT : 1; /* another file system, no right to link, too many links ... */
    }
    if (fstatat(into, file->relative, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_as_taken(file, &st)) {
        return 0;
    }
    (void)unlinkat(into, file->relative, 0);
    return -ESTALE;
}

static int copy_bytes(int from, int to, int64_t size)
{
    char bytes[65536];
    if (size == 0 || ioctl(to, FICLONE, from) == 0) {
        return 0;
    }
    for (int64_t done = 0; done < size;) {
        ssize_t n = copy_file_range(from, NULL, to, NULL, (size_t)(size - done), 0);
        if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS)) {
            n = pread(from, bytes, sizeof bytes, done);
            n = n > 0 ? pwrite(to, bytes, (size_t)n, done) : n;
        }
        if (n <= 0) {
            return n < 0 ? -errno : -ESTALE; /* it became shorter */
        }
        done += n;
    }
    return 0;
}

static int copy_opened(const struct vault_file *file, int from, int into)
{
    struct stat st;
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                                {file->mtime_ns / 1000000000, (long)(file->mtime_ns % 1000000000)}};
    int to = openat(into, file->relative, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to < 0) {
        return -errno;
    }
    int result = copy_bytes(from, to, file->size);
    if (result == 0 && futimens(to, times) < 0) {
        result = -errno;
    }
    if (result == 0 && (fstat(from, &st) < 0 || !is_as_taken(file, &st))) {
        result = -ESTALE; /* written to meanwhile */
    }
    close(to);
    if (result < 0) {
        (void)unlinkat(into, file->relative, 0);
    }
    return result;
}

static int copy_file(const struct vault_file *file, int into)
{
    struct stat st;
    int from = openat(AT_FDCWD, file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (from < 0) {
        return errno == ENOENT || errno == ENOTDIR ? -ESTALE : -errno;
    }
    int result = fstat(from, &st) < 0 ? -errno : is_as_taken(file, &st) ? 0 : -ESTALE;
    result = result == 0 ? copy_opened(file, from, into) : result;
    close(from);
    return result;
}

int64_t vault_put(const struct vault_entry *entry, const struct vault_file *file, const struct vault_file *before,
                  int into)
{
    struct stat st;
    int result = make_folders(into, file->relative, before ? before->relative : NULL);
    if (result < 0 || lstat(file->path, &st) < 0) {
        return result < 0 ? result : -ENOENT;
    }
    result = S_ISREG(st.st_mode) && may_link(entry, file, &st) ? link_file(file, into) : 1;
    if (result == 1) {
        result = file->size > VAULT_COPY_MAX ? -EFBIG : copy_file(file, into);
    }
    return result < 0 ? result : file->size;
}
