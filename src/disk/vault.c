/* The directory of all entries: who uses which, and what may go.
 *
 * Every process has a file in users/ that it keeps locked (flock) and that lists the keys it needs. The kernel gives
 * the lock back when the last process that has the file open is gone, whatever ended it. So "is it still needed?" is
 * asked of the kernel and cannot be left wrong by a kill. A forked child has the file open too: it protects what its
 * parent listed until both are gone.
 *
 * Invariant: a key is listed before its entry is looked for, both under the shared lock; entries are removed under
 * the exclusive one. Must not: wait for the exclusive lock; what is not removed now is removed next time. */
#include "base/file.h"
#include "disk/fail.h"
#include "disk/vault_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define USES_MAX (16u << 20) /* bytes of one file in users/ */
#define DEPTH_MAX 128        /* of a tree that is removed */

static int lock_file(const struct vault *vault, const char *name, int operation)
{
    int fd = openat(vault->fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return -errno;
    }
    while (flock(fd, operation) < 0) {
        if (errno != EINTR) {
            int failed = errno;
            close(fd);
            return -failed;
        }
    }
    return fd;
}

/* Who has the lock may have been stopped (SIGSTOP, a frozen container): nobody waits for him who is told not to. */
static int wait_for_lock(const struct vault *vault, const char *name, int operation, const atomic_bool *stop)
{
    int fd;
    while ((fd = lock_file(vault, name, operation | LOCK_NB)) == -EWOULDBLOCK) {
        if (stop && atomic_load_explicit(stop, memory_order_relaxed)) {
            return -EINTR;
        }
        usleep(2000);
    }
    return fd;
}

int vault_lock_all(const struct vault *vault)
{
    return lock_file(vault, "lock", LOCK_EX | LOCK_NB);
}

int vault_lock_shared(const struct vault *vault, const atomic_bool *stop)
{
    return wait_for_lock(vault, "lock", LOCK_SH, stop);
}

int vault_lock_making(const struct vault *vault, const atomic_bool *stop)
{
    return wait_for_lock(vault, "making", LOCK_EX, stop);
}

/* ---- the list of what this process uses ---- */

/* Does the descriptor still mean the locked file? Programs that become daemons close whatever is open. */
static bool lease_holds(const struct vault *vault)
{
    struct stat open_file, listed;
    char path[64];
    snprintf(path, sizeof path, "users/%s", vault->lease_name);
    return vault->lease >= 0 && fstat(vault->lease, &open_file) == 0 &&
           fstatat(vault->fd, path, &listed, AT_SYMLINK_NOFOLLOW) == 0 && open_file.st_ino == listed.st_ino &&
           open_file.st_dev == listed.st_dev;
}

static int lease_make(struct vault *vault)
{
    char path[64];
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(vault->lease_name, sizeof vault->lease_name, "%ld-%llx%09lx", (long)getpid(), (long long)now.tv_sec,
             now.tv_nsec);
    snprintf(path, sizeof path, "users/%s", vault->lease_name);
    vault->lease = openat(vault->fd, path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    return vault->lease < 0 || flock(vault->lease, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

int vault_use(struct vault *vault, const char *key)
{
    char line[VAULT_KEY_SIZE + 1];
    if (!lease_holds(vault)) {
        vault->lease = -1; /* not closed: the number is somebody else's file by now */
        int failed = lease_make(vault);
        if (failed < 0) {
            return failed;
        }
    }
    int length = snprintf(line, sizeof line, "%s\n", key);
    ssize_t n = write(vault->lease, line, (size_t)length);
    return n < 0 ? -errno : n == length ? 0 : -ENOSPC;
}

void vault_forked(struct vault *vault, bool child)
{
    if (child && vault->lease >= 0) {
        vault->inherited = vault->inherited >= 0 ? vault->inherited : vault->lease;
        vault->lease = -1; /* open all the same: the lock is held by whoever has it open */
        vault->lease_name[0] = '\0';
    }
    vault->shared = !child; /* the child's own is yet to be made */
}

/* Children count on what the list says: they have it open, so it stays as long as one of them lives. This process goes
 * on with a list of its own. */
static void leave_list(struct vault *vault, const struct strbuf *keys)
{
    char path[64];
    struct vault next = *vault;
    next.lease = -1;
    bool made = lease_make(&next) == 0 && write(next.lease, keys->data, keys->length) == (ssize_t)keys->length;
    if (made) {
        close(vault->lease);
        next.shared = false;
        *vault = next;
    } else if (next.lease >= 0) {
        snprintf(path, sizeof path, "users/%s", next.lease_name);
        (void)unlinkat(vault->fd, path, 0);
        close(next.lease);
    }
}

static void write_list(const struct vault *vault, const struct strbuf *keys)
{
    bool written =
        ftruncate(vault->lease, 0) == 0 && write(vault->lease, keys->data, keys->length) == (ssize_t)keys->length;
    (void)written; /* a list that is too short only means that entries go earlier */
}

void vault_drop(struct vault *vault, const struct vault_entry *entry)
{
    struct strbuf text;
    char path[64];
    bool listed = entry->key[0] && vault_dir_renew(vault) && lease_holds(vault);
    int lock = listed ? vault_lock_all(vault) : -EINVAL;
    if (lock < 0) {
        return;
    }
    strbuf_init(&text);
    snprintf(path, sizeof path, "users/%s", vault->lease_name);
    bool read = file_read(vault->fd, path, USES_MAX, &text, NULL) == 0 && text.data, found = false;
    for (char *at; read && (at = strstr(text.data, entry->key)); found = true) { /* once for each time it was begun */
        size_t rest = text.length - (size_t)(at - text.data) - VAULT_KEY_SIZE;
        memmove(at, at + VAULT_KEY_SIZE, rest + 1);
        text.length -= VAULT_KEY_SIZE;
    }
    if (found && vault->shared) {
        leave_list(vault, &text);
    } else if (found) {
        write_list(vault, &text);
    }
    strbuf_release(&text);
    close(lock);
}

/* ---- removing ---- */

static void remove_tree(int dir, const char *name, int depth, const atomic_bool *stop)
{
    if (unlinkat(dir, name, 0) == 0 || (errno != EISDIR && errno != EPERM) || depth > DEPTH_MAX) {
        return;
    }
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    if (!list) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    for (struct dirent *item; !(stop && atomic_load(stop)) && (item = readdir(list));) {
        if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0) {
            remove_tree(fd, item->d_name, depth + 1, stop);
        }
    }
    closedir(list);
    (void)unlinkat(dir, name, AT_REMOVEDIR);
}

void vault_remove_tree(int dir, const char *name)
{
    remove_tree(dir, name, 0, NULL);
}

/* Calls visit for each name in DIR/part. */
static void each(const struct vault *vault, const char *part, void (*visit)(int dir, const char *name, void *arg),
                 void *arg)
{
    int fd = openat(vault->fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    for (struct dirent *item; list && (item = readdir(list));) {
        if (item->d_name[0] != '.') {
            visit(fd, item->d_name, arg);
        }
    }
    if (list) {
        closedir(list);
    } else if (fd >= 0) {
        close(fd);
    }
}

struct sweep {
    const struct vault *vault;
    struct strbuf keys;  /* all that live processes list */
    struct strbuf users; /* "/NAME/NAME/" of those processes */
    bool failed;         /* no memory to remember one: nothing is removed */
    int64_t now_ns;
};

/* A list whose process is gone is removed; of the others the keys are collected. */
static void look_at_user(int dir, const char *name, void *arg)
{
    struct sweep *sweep = arg;
    struct stat st;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    bool own = strcmp(name, sweep->vault->lease_name) == 0;
    if (!own && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        (void)unlinkat(dir, name, 0);
    } else if (fstat(fd, &st) == 0) {
        int failed = file_read(dir, name, USES_MAX, &sweep->keys, NULL);
        if (failed < 0 || strbuf_add_string(&sweep->users, name) < 0 || strbuf_add_char(&sweep->users, '/') < 0) {
            sweep->failed = true;
        }
    }
    close(fd);
}

static void look_at_entry(int dir, const char *name, void *arg)
{
    struct sweep *sweep = arg;
    struct stat st;
    if (strlen(name) == VAULT_KEY_SIZE - 1 && sweep->keys.data && strstr(sweep->keys.data, name)) {
        (void)utimensat(dir, name, NULL, 0); /* the time of the last sweep that saw it used */
        return;
    }
    int64_t age = sweep->vault->settings.age_ns;
    if (age && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && sweep->now_ns - file_mtime_ns(&st) < age) {
        return;
    }
    int trash = openat(sweep->vault->fd, "trash", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (trash >= 0) {
        (void)renameat(dir, name, trash, name);
        close(trash);
    }
}

/* Entries being made are named like the list of their maker: "NAME.3". */
static void look_at_unfinished(int dir, const char *name, void *arg)
{
    struct sweep *sweep = arg;
    char user[64];
    int length = (int)strcspn(name, ".");
    snprintf(user, sizeof user, "/%.*s/", length, name);
    if (!strstr(sweep->users.data, user)) {
        vault_remove_tree(dir, name);
    }
}

static void remove_trash(int dir, const char *name, void *arg)
{
    const atomic_bool *stop = arg;
    if (!stop || !atomic_load(stop)) {
        remove_tree(dir, name, 0, stop);
    }
}

void vault_sweep(struct vault *vault, const atomic_bool *stop)
{
    struct timespec now = {0};
    int lock = vault_dir_renew(vault) ? vault_lock_all(vault) : -EINVAL;
    if (lock < 0) {
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    struct sweep sweep = {.vault = vault, .now_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec};
    strbuf_init(&sweep.keys);
    strbuf_init(&sweep.users);
    sweep.failed = strbuf_add_char(&sweep.users, '/') < 0;
    each(vault, "users", look_at_user, &sweep);
    if (!sweep.failed) {
        each(vault, "kept", look_at_entry, &sweep);
        each(vault, "tmp", look_at_unfinished, &sweep);
    }
    close(lock);
    strbuf_release(&sweep.keys);
    strbuf_release(&sweep.users);
    each(vault, "trash", remove_trash, (void *)stop);
}

/* ---- the sum ---- */

static void add_bytes(int dir, const char *name, void *arg)
{
    char path[VAULT_KEY_SIZE + 16];
    struct strbuf text;
    strbuf_init(&text);
    if ((size_t)snprintf(path, sizeof path, "%s/manifest", name) < sizeof path &&
        file_read_head(dir, path, 4096, &text, NULL) == 0 && text.data) {
        *(uint64_t *)arg += strtoull(text.data, NULL, 10);
    }
    strbuf_release(&text);
}

uint64_t vault_bytes(const struct vault *vault)
{
    uint64_t bytes = 0;
    each(vault, "kept", add_bytes, &bytes);
    return bytes;
}

/* ---- begin and end ---- */

/* Is this descriptor a file in users/? */
static bool is_list(const struct vault *vault, int fd)
{
    char link[64], path[PATH_MAX];
    size_t length = strlen(vault->dir);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = fd < 0 ? -1 : readlink(link, path, sizeof path);
    return n > (ssize_t)length + 7 && memcmp(path, vault->dir, length) == 0 && memcmp(path + length, "/users/", 7) == 0;
}

int vault_open(const struct vault_settings *settings, struct vault *ret_vault, struct disk_error *error)
{
    struct vault vault = {.settings = *settings, .lease = -1, .inherited = -1, .fd = -1};
    int result = vault_dir_open(settings->dir, &vault, error);
    if (result < 0) {
        return result;
    }
    vault.settings.dir = NULL;
    vault.settings.max_bytes = settings->max_bytes ? settings->max_bytes : VAULT_BYTES;
    vault_sweep(&vault, NULL);
    *ret_vault = vault;
    return 0;
}

void vault_close(struct vault *vault)
{
    if (!vault->dir) {
        return;
    }
    bool there = vault_dir_renew(vault);
    if (there && lease_holds(vault)) {
        close(vault->lease); /* its lock is free now, unless a forked process has it open too */
    }
    if (there && is_list(vault, vault->inherited)) {
        close(vault->inherited);
    }
    vault->lease = -1;
    vault->lease_name[0] = '\0';
    if (there) {
        vault_sweep(vault, NULL);
        close(vault->fd);
    }
    free(vault->dir);
    *vault = (struct vault){.fd = -1, .lease = -1, .inherited = -1};
}
