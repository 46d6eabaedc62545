/* Where the vault is. What lies in it will be executed, so nobody else may write there, nor exchange a directory on the
 * way to it: each one above belongs to root or to this user, and others cannot write it or (sticky) cannot rename in
 * it. A directory that does not qualify is left alone and the next one is tried; one that the settings name has no
 * next. Must not: change the mode or the owner of anything. */
#include "base/file.h"
#include "disk/fail.h"
#include "disk/vault_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

/* Could another user exchange what lies in this directory? */
static bool is_open_to_others(const struct stat *st, uid_t user)
{
    bool ours = st->st_uid == user || st->st_uid == 0;
    bool writable = st->st_mode & (S_IWGRP | S_IWOTH);
    return !ours || (writable && !(st->st_mode & S_ISVTX));
}

/* Looks at every directory above; `dir` has no links in it. */
static int check_above(const char *dir, uid_t user, struct disk_error *error)
{
    char path[PATH_MAX];
    struct stat st;
    for (const char *slash = strchr(dir, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t length = slash == dir ? 1 : (size_t)(slash - dir);
        memcpy(path, dir, length);
        path[length] = '\0';
        if (lstat(path, &st) < 0) {
            return disk_fail(error, errno, "%s cannot be looked at: %s", path, strerror(errno));
        }
        if (!S_ISDIR(st.st_mode) || is_open_to_others(&st, user)) {
            return disk_fail(error, EACCES,
                             "other users can exchange what lies in %s: no place for old versions of "
                             "code; set MIDFLIGHT_VAULT to a directory of your own",
                             path);
        }
    }
    return 0;
}

/* The directory that the vault is to lie in: ~/.cache of a new user. Root makes none in another user's home, which
 * `sudo` may have left as HOME: its owner could not use that. */
static void make_parent(const char *parent, uid_t user)
{
    char above[PATH_MAX];
    struct stat st;
    const char *slash = strrchr(parent, '/');
    size_t length = slash ? (size_t)(slash - parent) : 0;
    if (!length || length >= sizeof above) {
        return; /* "/", or below it */
    }
    memcpy(above, parent, length);
    above[length] = '\0';
    if (user != 0 || (stat(above, &st) == 0 && st.st_uid == 0)) {
        (void)mkdir(parent, 0700);
    }
}

/* DIR as it is without links, the last name apart, which may not be there yet. */
static int resolve(const char *dir, uid_t user, char ret_path[PATH_MAX], struct disk_error *error)
{
    struct strbuf absolute;
    strbuf_init(&absolute);
    int result = file_normalise(NULL, dir, &absolute);
    char *slash = result == 0 ? strrchr(absolute.data, '/') : NULL;
    char parent[PATH_MAX];
    if (slash && slash[1]) {
        *slash = '\0';
        make_parent(absolute.data, user);
        bool there = realpath(absolute.data[0] ? absolute.data : "/", parent) != NULL;
        result = there ? 0 : -errno;
        const char *base = parent[1] ? parent : "";
        if (there && (size_t)snprintf(ret_path, PATH_MAX, "%s/%s", base, slash + 1) >= PATH_MAX) {
            result = -ENAMETOOLONG;
        }
    } else {
        result = result < 0 ? result : -EINVAL;
    }
    strbuf_release(&absolute);
    return result < 0 ? disk_fail(error, -result, "%s cannot be the vault: %s", dir, strerror(-result)) : 0;
}

static int open_private(const char *path, struct vault *vault, struct disk_error *error)
{
    struct stat st;
    if (mkdir(path, 0700) < 0 && errno != EEXIST) {
        return disk_fail(error, errno, "%s cannot be made: %s", path, strerror(errno));
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) {
        int failed = errno;
        if (fd >= 0) {
            close(fd);
        }
        return disk_fail(error, failed, "%s cannot be opened: %s", path, strerror(failed));
    }
    if (st.st_uid != vault->user || (st.st_mode & 077)) {
        close(fd);
        return disk_fail(error, EACCES, "%s is not private to this user (mode 0700): it is not used", path);
    }
    vault->fd = fd;
    vault->device = (uint64_t)st.st_dev;
    vault->inode = (uint64_t)st.st_ino;
    return 0;
}

static int open_at(const char *dir, struct vault *vault, struct disk_error *error)
{
    char path[PATH_MAX];
    int result = resolve(dir, vault->user, path, error);
    result = result == 0 ? check_above(path, vault->user, error) : result;
    result = result == 0 ? open_private(path, vault, error) : result;
    for (const char *const *part = (const char *const[]){"users", "kept", "tmp", "trash", NULL}; !result && *part;
         part++) {
        if (mkdirat(vault->fd, *part, 0700) < 0 && errno != EEXIST) {
            result = disk_fail(error, errno, "%s/%s cannot be made: %s", path, *part, strerror(errno));
            close(vault->fd);
        }
    }
    if (result == 0 && !(vault->dir = strdup(path))) {
        close(vault->fd);
        return disk_fail_memory(error);
    }
    return result;
}

int vault_dir_open(const char *dir, struct vault *vault, struct disk_error *error)
{
    char path[PATH_MAX];
    vault->user = geteuid();
    if (dir) {
        return open_at(dir, vault, error);
    }
    bool raised = getauxval(AT_SECURE) || getuid() != geteuid(); /* then the environment is somebody else's */
    const char *cache = raised ? NULL : getenv("XDG_CACHE_HOME");
    const char *home = raised ? NULL : getenv("HOME");
    struct {
        const char *format, *base;
    } places[] = {{"%s/midflight", cache && cache[0] == '/' ? cache : NULL},
                  {"%s/.cache/midflight", home && home[0] == '/' ? home : NULL},
                  {"%s/midflight-%lu", "/var/tmp"},
                  {"%s/midflight-%lu", "/tmp"}};
    int result = -EACCES;
    for (size_t i = 0; i < sizeof places / sizeof *places && result < 0; i++) {
        if (places[i].base && (size_t)snprintf(path, sizeof path, places[i].format, places[i].base,
                                               (unsigned long)vault->user) < sizeof path) {
            result = open_at(path, vault, error);
        }
    }
    return result;
}

bool vault_dir_holds(const struct vault *vault)
{
    struct stat st;
    return vault->dir && vault->user == geteuid() && lstat(vault->dir, &st) == 0 && S_ISDIR(st.st_mode) &&
           (uint64_t)st.st_dev == vault->device && (uint64_t)st.st_ino == vault->inode && st.st_uid == vault->user &&
           !(st.st_mode & 077);
}

static bool is_open(const struct vault *vault)
{
    struct stat st;
    return fstat(vault->fd, &st) == 0 && (uint64_t)st.st_dev == vault->device && (uint64_t)st.st_ino == vault->inode;
}

bool vault_dir_renew(struct vault *vault)
{
    if (!vault_dir_holds(vault)) {
        return false;
    }
    if (!is_open(vault)) {
        vault->fd = open(vault->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    return is_open(vault);
}
