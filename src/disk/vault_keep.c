/* Making an entry. In this order: look at every file; name the entry after what was seen; list it as used; if nobody
 * has made it yet, put every file into a directory of our own, ask again whether the disk still has that install, and
 * give the directory its name.
 *
 * The name is a digest of the install's identity and of inode, size and time of each file. So two processes share an
 * entry only if they saw the same files, and an install that was edited by hand is another entry. */
#include "base/file.h"
#include "base/sha256.h"
#include "disk/fail.h"
#include "disk/vault_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool is_stopped(const atomic_bool *stop)
{
    return stop && atomic_load_explicit(stop, memory_order_relaxed);
}

/* Is what the disk has of this file what the list of an install without RECORD says? */
static bool is_listed(const struct vault_file *file, const struct stat *st)
{
    return (file->flags & DISK_FILE_BYTECODE) || file->mtime_ns == 0 ||
           (st->st_size == file->size && file_mtime_ns(st) == file->mtime_ns);
}

static void take(struct vault_file *file, const struct stat *st)
{
    file->inode = (uint64_t)st->st_ino;
    file->size = st->st_size;
    file->mtime_ns = file_mtime_ns(st);
}

/* The egg must be the file that its directory was read from. */
static int look_at_archive(struct vault_entry *entry)
{
    struct stat st;
    if (stat(entry->archive->path, &st) < 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_ino != entry->identity.inode ||
        file_ctime_ns(&st) != entry->identity.ctime_ns) {
        return -ESTALE;
    }
    take(entry->archive, &st);
    entry->bytes = (uint64_t)st.st_size;
    for (size_t i = 0; i < entry->n_files; i++) {
        entry->files[i].inode = entry->archive->inode;
    }
    return 0;
}

/* Looks at every file. 0, -EINTR, -ESTALE. */
static int look(struct vault_entry *entry, const atomic_bool *stop)
{
    struct stat st;
    struct timespec now = {0};
    uint64_t tree = 0;
    clock_gettime(CLOCK_REALTIME, &now);
    entry->taken_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    entry->bytes = 0;
    if (entry->archive) {
        return look_at_archive(entry);
    }
    for (size_t i = 0; i < entry->n_files; i++) {
        struct vault_file *file = &entry->files[i];
        if (is_stopped(stop)) {
            return -EINTR;
        }
        if (stat(file->path, &st) < 0 || !S_ISREG(st.st_mode)) {
            file->inode = 0; /* RECORD lists more than there is: bytecode, files that a distributor moved */
            continue;
        }
        if (!entry->recorded && !is_listed(file, &st)) {
            return -ESTALE;
        }
        take(file, &st);
        entry->bytes += (uint64_t)st.st_size;
        tree += file->flags & DISK_FILE_TREE ? (uint64_t)st.st_size : 0;
    }
    return tree > VAULT_TREE_BYTES ? -EFBIG : 0;
}

static void add_file(struct sha256 *sha, const struct vault_file *file)
{
    int64_t seen[3] = {(int64_t)file->inode, file->size, file->mtime_ns};
    sha256_add_string(sha, file->path);
    sha256_add(sha, seen, sizeof seen);
}

static void name_entry(struct vault_entry *entry)
{
    struct sha256 sha;
    uint8_t digest[SHA256_SIZE];
    struct strbuf boot;
    strbuf_init(&boot);
    sha256_init(&sha);
    /* What a machine that lost its power left of an entry is never taken for one. */
    if (file_read_head(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &boot, NULL) == 0 && boot.data) {
        sha256_add_string(&sha, boot.data);
    }
    strbuf_release(&boot);
    sha256_add_string(&sha, entry->metadata_dir);
    sha256_add(&sha, entry->identity.who, sizeof entry->identity.who);
    sha256_add(&sha, entry->identity.content, sizeof entry->identity.content);
    for (size_t i = 0; i < entry->n_files; i++) {
        add_file(&sha, &entry->files[i]);
    }
    if (entry->archive) {
        add_file(&sha, entry->archive);
    }
    sha256_end(&sha, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(entry->key + 2 * i, 3, "%02x", digest[i]);
    }
}

/* Does the disk still have the install that was taken? */
static bool is_still_there(const struct vault_entry *entry)
{
    struct stat st;
    uint8_t digest[SHA256_SIZE];
    if (entry->recorded) {
        return entry->record && stat(entry->metadata_dir, &st) == 0 && (uint64_t)st.st_ino == entry->identity.inode &&
               file_sha256(AT_FDCWD, entry->record->path, DISK_RECORD_MAX, digest) == 0 &&
               memcmp(digest, entry->identity.content, sizeof digest) == 0;
    }
    if (entry->archive) {
        return stat(entry->archive->path, &st) == 0 && file_ctime_ns(&st) == entry->identity.ctime_ns;
    }
    for (size_t i = 0; i < entry->n_files; i++) {
        const struct vault_file *file = &entry->files[i];
        bool same = file->inode
                        ? stat(file->path, &st) == 0 && st.st_size == file->size && file_mtime_ns(&st) == file->mtime_ns
                        : stat(file->path, &st) < 0;
        if (!same && !(file->flags & DISK_FILE_BYTECODE)) {
            return false;
        }
    }
    return true;
}

static int put_all(struct vault_entry *entry, int into, const atomic_bool *stop)
{
    if (entry->archive) {
        int64_t put = vault_put(entry, entry->archive, NULL, into);
        return put < 0 ? (int)put : 0;
    }
    const struct vault_file *before = NULL; /* the last one whose folders are there */
    for (size_t i = 0; i < entry->n_files; i++) {
        const struct vault_file *file = &entry->files[i];
        int64_t put = is_stopped(stop) ? -EINTR : file->inode ? vault_put(entry, file, before, into) : 0;
        bool left_out = put == -ENOENT || put == -ESTALE || put == -EFBIG || put == -EACCES || put == -ENAMETOOLONG;
        if (put < 0 && !left_out) {
            return (int)put;
        }
        before = put >= 0 && file->inode ? file : before;
    }
    return 0;
}

static int write_manifest(const struct vault_entry *entry, int dir)
{
    char text[512];
    int length = snprintf(text, sizeof text, "%llu %.200s %.200s\n", (unsigned long long)entry->bytes, entry->name,
                          entry->version);
    int fd = openat(dir, "manifest", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return -errno;
    }
    ssize_t n = write(fd, text, (size_t)length);
    int failed = n < 0 ? -errno : n == length ? 0 : -ENOSPC;
    close(fd);
    return failed;
}

/* Fills the directory `path`, which is ours and empty. */
static int fill(const struct vault *vault, struct vault_entry *entry, const char *path, const atomic_bool *stop)
{
    int dir = openat(vault->fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0 || mkdirat(dir, VAULT_FILES_DIR, 0700) < 0) {
        int failed = -errno;
        if (dir >= 0) {
            close(dir);
        }
        return failed;
    }
    int into = openat(dir, VAULT_FILES_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = into < 0 ? -errno : put_all(entry, into, stop);
    if (result == 0 && !is_still_there(entry)) {
        result = -ESTALE;
    }
    result = result == 0 ? write_manifest(entry, dir) : result;
    if (into >= 0) {
        close(into);
    }
    close(dir);
    return result;
}

/* Is there room? What nobody uses goes first. */
static int make_room(struct vault *vault, const struct vault_entry *entry)
{
    if (vault_bytes(vault) + entry->bytes <= vault->settings.max_bytes) {
        return 0;
    }
    int64_t age = vault->settings.age_ns;
    vault->settings.age_ns = 0;
    vault_sweep(vault, NULL);
    vault->settings.age_ns = age;
    return vault_bytes(vault) + entry->bytes <= vault->settings.max_bytes ? 0 : -EDQUOT;
}

static int make(struct vault *vault, struct vault_entry *entry, const char *kept, const atomic_bool *stop)
{
    char path[96];
    int result = make_room(vault, entry);
    snprintf(path, sizeof path, "tmp/%s.%u", vault->lease_name, vault->serial++);
    if (result < 0 || mkdirat(vault->fd, path, 0700) < 0) {
        return result < 0 ? result : -errno;
    }
    result = fill(vault, entry, path, stop);
    int lock = result == 0 ? vault_lock_shared(vault, stop) : result;
    if (lock >= 0) {
        bool named = renameat(vault->fd, path, vault->fd, kept) == 0;
        result = named || errno == EEXIST || errno == ENOTEMPTY ? 0 : -errno; /* another process was faster */
        close(lock);
        if (named) {
            return 0;
        }
    }
    vault_remove_tree(vault->fd, path);
    return lock < 0 ? lock : result;
}

/* Makes it, unless somebody else is at it: then waits for him. */
static int make_alone(struct vault *vault, struct vault_entry *entry, const char *kept, const atomic_bool *stop)
{
    struct stat st;
    int lock = vault_lock_making(vault, stop);
    if (lock < 0) {
        return lock;
    }
    bool there = fstatat(vault->fd, kept, &st, AT_SYMLINK_NOFOLLOW) == 0;
    int result = there ? 0 : make(vault, entry, kept, stop);
    close(lock);
    return result;
}

/* Lists the entry as used. 1: somebody has made it. */
static int reserve(struct vault *vault, const struct vault_entry *entry, const char *kept, const atomic_bool *stop)
{
    struct stat st;
    int lock = vault_lock_shared(vault, stop);
    if (lock < 0) {
        return lock;
    }
    int result = vault_use(vault, entry->key);
    if (result == 0) {
        result = fstatat(vault->fd, kept, &st, AT_SYMLINK_NOFOLLOW) == 0;
    }
    close(lock);
    return result;
}

int vault_keep(struct vault *vault, struct vault_entry *entry, const atomic_bool *stop, struct disk_error *error)
{
    char kept[VAULT_KEY_SIZE + 8];
    const char *in = entry->archive ? entry->archive->relative : "";
    char *dir = entry->dir ? NULL : arena_alloc(&entry->arena, strlen(vault->dir) + VAULT_KEY_SIZE + 32 + strlen(in));
    if (!dir && !entry->dir) {
        return disk_fail_memory(error);
    }
    int result = vault_dir_renew(vault) ? look(entry, stop) : -EACCES;
    if (result == 0) {
        name_entry(entry);
        snprintf(kept, sizeof kept, "kept/%s", entry->key);
        result = reserve(vault, entry, kept, stop);
        result = result == 0 ? make_alone(vault, entry, kept, stop) : result;
    }
    if (result < 0) {
        const char *why = result == -ESTALE   ? "was replaced before its files could be kept"
                          : result == -EDQUOT ? "does not fit: the vault is full"
                          : result == -EFBIG  ? "it is too large"
                                              : strerror(-result);
        return disk_fail(error, -result, "%s %s is not kept: %s", entry->name, entry->version, why);
    }
    if (dir) {
        sprintf(dir, "%s/%s/" VAULT_FILES_DIR "%s%s", vault->dir, kept, *in ? "/" : "", in);
        entry->dir = dir;
    }
    return 0;
}
