/* One site directory: a listing, a table of readers, and what belongs to what.
 *
 * The table says which directory entries are distributions and who reads them; what no reader knows is left alone.
 * Invariant: after a scan the array of distributions is never sorted or moved again, so pointers into it hold. */
#include "base/file.h"
#include "disk/active.h"
#include "disk/crew.h"
#include "disk/egg.h"
#include "disk/egginfo.h"
#include "disk/eggzip.h"
#include "disk/fail.h"
#include "disk/metadata.h"
#include "disk/pkgdb.h"
#include "disk/problem.h"
#include "disk/pth.h"
#include "disk/stamp.h"
#include "disk/wheel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct disk_reader *const readers[] = {&wheel_reader,    &egg_reader,      &egg_zip_reader,
                                                    &egg_info_reader, &egg_link_reader, &egg_info_file_reader};
#define N_READERS (sizeof readers / sizeof readers[0])

static bool has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name), n_suffix = strlen(suffix);
    return n > n_suffix && strcmp(name + n - n_suffix, suffix) == 0;
}

int reader_hint(struct disk_dist *dist, const char *text, size_t length)
{
    const char *end = text + length, *dash = memchr(text, '-', length);
    const char *name_end = dash ? dash : end, *version = dash ? dash + 1 : end;
    const char *next = dist->kind != DISK_WHEEL ? memchr(version, '-', (size_t)(end - version)) : NULL;
    if (name_end == text) {
        return 0;
    }
    dist->name = metadata_canonical(&dist->arena, text, (size_t)(name_end - text));
    dist->version = arena_copy(&dist->arena, version, (size_t)((next ? next : end) - version));
    return dist->name && dist->version ? 1 : -ENOMEM;
}

/* ---- scanning ---- */

struct scan {
    struct disk_site *site;
    unsigned flags;
    int fd; /* the open site directory, or -1 */
    size_t cap_dists, cap_leftovers, cap_pths;
    const char **pths; /* owned: names of .pth files */
    size_t n_pths;
    struct disk_error *error;
};

/* Doubles a malloc'd array when it is full. Returns 0 or -ENOMEM. */
static int grow(void **array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return 0;
    }
    size_t larger = *capacity ? *capacity * 2 : 16;
    void *items = reallocarray(*array, larger, size);
    if (!items) {
        return -ENOMEM;
    }
    *array = items;
    *capacity = larger;
    return 0;
}

/* Adds the distribution whose directory or file is `path` (in the site's arena). */
static int add_dist(struct scan *scan, const struct disk_reader *reader, const char *path, ino_t inode)
{
    struct disk_site *site = scan->site;
    void *array = site->dists;
    if (grow(&array, site->n_dists, &scan->cap_dists, sizeof *site->dists) < 0) {
        return -ENOMEM;
    }
    site->dists = array;
    struct disk_dist *dist = &site->dists[site->n_dists];
    memset(dist, 0, sizeof *dist);
    arena_init(&dist->arena);
    dist->reader = reader;
    dist->kind = reader->kind;
    dist->site_dir = site->dir;
    dist->installer = "";
    dist->pkgdb = site->pkgdb;
    dist->identity.inode = inode;
    const char *base = strrchr(path, '/') + 1;
    int result = problem_is_text(base, strlen(base))
                     ? reader->open(dist, site->dir, path)
                     : problem_add(&site->arena, &site->problems, path, NULL, 0, "has a name that is no UTF-8 text");
    if (result <= 0) {
        disk_dist_release(dist);
        return result;
    }
    site->n_dists++;
    return 0;
}

static int add_leftover(struct scan *scan, const char *name)
{
    struct disk_site *site = scan->site;
    struct stat st;
    void *array = site->leftovers;
    if (fstatat(scan->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        return 0; /* pip makes such names and removes them at once */
    }
    if (grow(&array, site->n_leftovers, &scan->cap_leftovers, sizeof *site->leftovers) < 0) {
        return -ENOMEM;
    }
    site->leftovers = array;
    const char *copy = arena_copy(&site->arena, name, strlen(name));
    if (!copy) {
        return -ENOMEM;
    }
    site->leftovers[site->n_leftovers++] = (struct disk_leftover){.name = copy, .changed_ns = file_ctime_ns(&st)};
    return 0;
}

static int add_pth_name(struct scan *scan, const char *name)
{
    void *array = scan->pths;
    if (name[0] == '.' && !(scan->flags & DISK_SCAN_HIDDEN_PTH)) {
        return 0;
    }
    if (grow(&array, scan->n_pths, &scan->cap_pths, sizeof *scan->pths) < 0) {
        return -ENOMEM;
    }
    scan->pths = array;
    scan->pths[scan->n_pths] = arena_copy(&scan->site->arena, name, strlen(name));
    return scan->pths[scan->n_pths++] ? 0 : -ENOMEM;
}

/* Is the entry of the kind that this reader reads? */
static bool is_for(const struct disk_reader *reader, int dir, const struct dirent *entry)
{
    struct stat st;
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK) {
        return entry->d_type == (reader->folder ? DT_DIR : DT_REG);
    }
    return fstatat(dir, entry->d_name, &st, 0) == 0 && (reader->folder ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode));
}

/* What installers leave beside the files while they are at work: pip, dpkg, conda. */
static bool is_leftover(const char *name)
{
    return name[0] == '~' || has_suffix(name, ".dpkg-new") || has_suffix(name, ".dpkg-tmp") || has_suffix(name, ".c~");
}

static int take_entry(struct scan *scan, const struct dirent *entry)
{
    const char *name = entry->d_name;
    if (is_leftover(name)) {
        return add_leftover(scan, name);
    }
    if (has_suffix(name, ".pth") || strcmp(name, ".pth") == 0) {
        return add_pth_name(scan, name);
    }
    for (size_t i = 0; i < N_READERS; i++) {
        if (has_suffix(name, readers[i]->suffix) && is_for(readers[i], scan->fd, entry)) {
            char *path = arena_join(&scan->site->arena, scan->site->dir, '/', name);
            return path ? add_dist(scan, readers[i], path, entry->d_ino) : -ENOMEM;
        }
    }
    return 0;
}

static int list_directory(struct scan *scan)
{
    int fd = dup(scan->fd);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (!stream) {
        int errnum = errno;
        if (fd >= 0) {
            close(fd);
        }
        return disk_fail(scan->error, errnum, "%s cannot be listed: %s", scan->site->dir, strerror(errnum));
    }
    int result = 0;
    struct dirent *entry;
    while (result == 0 && (errno = 0, entry = readdir(stream))) {
        result = take_entry(scan, entry);
    }
    int errnum = errno;
    closedir(stream);
    if (result < 0) {
        return disk_fail_memory(scan->error);
    }
    return entry || errnum == 0
               ? 0
               : disk_fail(scan->error, errnum, "%s cannot be listed: %s", scan->site->dir, strerror(errnum));
}

static int by_string(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_pths(struct scan *scan)
{
    struct disk_site *site = scan->site;
    site->pths = arena_calloc(&site->arena, scan->n_pths + 1, sizeof *site->pths);
    if (!site->pths) {
        return disk_fail_memory(scan->error);
    }
    if (scan->n_pths) {
        qsort(scan->pths, scan->n_pths, sizeof *scan->pths, by_string);
    }
    for (size_t i = 0; i < scan->n_pths; i++) {
        int result = pth_read(&site->arena, scan->fd, site->dir, scan->pths[i], scan->flags, &site->problems,
                              &site->pths[site->n_pths], scan->error);
        if (result < 0) {
            return result;
        }
        site->n_pths += (size_t)result;
    }
    return 0;
}

/* An egg outside the directory: what a line names, if it is a folder with EGG-INFO or a file. */
static int add_egg_at(struct scan *scan, const char *path)
{
    struct stat st;
    if (!has_suffix(path, egg_reader.suffix)) {
        return 0;
    }
    for (size_t i = 0; i < scan->site->n_dists; i++) {
        if (strcmp(scan->site->dists[i].root, path) == 0) {
            return 0;
        }
    }
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        return add_dist(scan, &egg_zip_reader, path, st.st_ino);
    }
    char *info = arena_join(&scan->site->arena, path, '/', "EGG-INFO");
    if (!info) {
        return -ENOMEM;
    }
    return stat(info, &st) == 0 && S_ISDIR(st.st_mode) ? add_dist(scan, &egg_reader, path, st.st_ino) : 0;
}

static int add_named_eggs(struct scan *scan)
{
    const struct disk_site *site = scan->site;
    int result = add_egg_at(scan, site->dir);
    for (size_t i = 0; i < site->n_pths; i++) {
        for (size_t k = 0; k < site->pths[i].n_paths && result == 0; k++) {
            result = add_egg_at(scan, site->pths[i].paths[k].path);
        }
    }
    return result < 0 ? disk_fail_memory(scan->error) : 0;
}

/* scan->fd is open, or -1 when the site is a single file. */
static int scan_open(struct scan *scan)
{
    int result = scan->fd >= 0 ? list_directory(scan) : 0;
    if (result == 0 && scan->fd >= 0) {
        result = read_pths(scan);
    }
    if (result == 0) {
        result = add_named_eggs(scan);
    }
    if (result == 0 && !(scan->flags & DISK_SCAN_SHALLOW)) {
        result = crew_load_metadata(scan->site->dists, scan->site->n_dists) < 0 ? disk_fail_memory(scan->error) : 0;
    }
    return result == 0 ? active_choose(scan->site, scan->error) : result;
}

static int scan_at(struct scan *scan)
{
    struct stat st;
    const char *dir = scan->site->dir;
    int64_t before = stamp_now();
    scan->fd = file_open_dir(AT_FDCWD, dir);
    bool file = scan->fd == -ENOTDIR && has_suffix(dir, egg_zip_reader.suffix);
    if (scan->fd < 0 && !file) {
        return scan->fd == -ENOENT
                   ? 0
                   : disk_fail(scan->error, -scan->fd, "%s cannot be read: %s", dir, strerror(-scan->fd));
    }
    if (file ? stat(dir, &st) == 0 : fstat(scan->fd, &st) == 0) {
        stamp_take(&scan->site->stamp, &st, before);
    }
    int result = scan_open(scan);
    if (!file) {
        close(scan->fd);
    }
    return result;
}

static int scan_directory(struct scan *scan, const char *site_dir)
{
    struct strbuf path;
    strbuf_init(&path);
    int result = file_normalise(NULL, site_dir, &path);
    if (result == 0) {
        scan->site->dir = arena_copy(&scan->site->arena, path.data, path.length);
    }
    strbuf_release(&path);
    if (result < 0 || !scan->site->dir) {
        return result == 0 || result == -ENOMEM
                   ? disk_fail_memory(scan->error)
                   : disk_fail(scan->error, -result, "the working directory is not known: %s", strerror(-result));
    }
    return pkgdb_open(scan->site->dir, &scan->site->pkgdb) < 0 ? disk_fail_memory(scan->error) : scan_at(scan);
}

int disk_scan_site(const char *site_dir, unsigned scan_flags, struct disk_site *ret_site, struct disk_error *error)
{
    struct disk_site site;
    memset(&site, 0, sizeof site);
    arena_init(&site.arena);
    strmap_init(&site.index);
    struct scan scan = {.site = &site, .flags = scan_flags, .fd = -1, .error = error};
    int result = scan_directory(&scan, site_dir);
    free(scan.pths);
    if (result < 0) {
        disk_site_release(&site);
        return result;
    }
    *ret_site = site;
    return 0;
}

void disk_site_release(struct disk_site *site)
{
    for (size_t i = 0; i < site->n_dists; i++) {
        disk_dist_release(&site->dists[i]);
    }
    free(site->dists);
    free(site->leftovers);
    free(site->owners);
    pkgdb_free(site->pkgdb);
    strmap_release(&site->index);
    arena_release(&site->arena);
    memset(site, 0, sizeof *site);
}
