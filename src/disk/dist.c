/* One distribution: reading the rest of it, its identity, and looking things up in a site.
 *
 * Stamps are taken before the files they belong to are read: a change in between makes the next look differ, never the
 * same. */
#include "disk/fail.h"
#include "disk/files.h"
#include "disk/metadata.h"
#include "disk/problem.h"
#include "disk/reader.h"
#include "disk/stamp.h"
#include "disk/taken.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int disk_dist_load_metadata(struct disk_dist *dist, struct disk_error *error)
{
    return dist->parts & DISK_PART_METADATA ? 0 : dist->reader->load_metadata(dist, error);
}

int disk_dist_load(struct disk_dist *dist, struct disk_error *error)
{
    int result = disk_dist_load_metadata(dist, error);
    if (result < 0 || dist->parts & DISK_PART_FILES) {
        return result;
    }
    result = dist->reader->load_files(dist, error);
    if (result < 0) {
        return result;
    }
    files_who(dist, dist->identity.who);
    dist->identity.inode = dist->dir_stamp.inode;
    dist->identity.ctime_ns = dist->dir_stamp.ctime_ns;
    dist->parts |= DISK_PART_FILES;
    return 0;
}

int disk_dist_take(struct disk_dist *dist, struct disk_error *error)
{
    int result = disk_dist_load_metadata(dist, error);
    if (result < 0 || dist->parts & (DISK_PART_FILES | DISK_PART_TAKEN)) {
        return result;
    }
    int taken = dist->reader->take ? dist->reader->take(dist) : 0;
    if (taken <= 0) {
        return taken < 0 ? disk_fail_memory(error) : disk_dist_load(dist, error);
    }
    dist->parts |= DISK_PART_TAKEN;
    return 0;
}

bool disk_dist_lists(const struct disk_dist *dist, const char *path)
{
    bool loaded = dist->parts & DISK_PART_FILES;
    return loaded ? disk_dist_find_file(dist, path) != NULL : dist->taken && taken_lists(dist->taken, path);
}

void disk_dist_release(struct disk_dist *dist)
{
    free(dist->files);
    taken_drop(dist->taken);
    arena_release(&dist->arena);
}

bool disk_identity_same_content(const struct disk_identity *a, const struct disk_identity *b)
{
    return memcmp(a->who, b->who, sizeof a->who) == 0 && memcmp(a->content, b->content, sizeof a->content) == 0;
}

bool disk_identity_equal(const struct disk_identity *a, const struct disk_identity *b)
{
    return disk_identity_same_content(a, b) && a->inode == b->inode && a->ctime_ns == b->ctime_ns;
}

/* Nobody installs into a tree that people work on: the files themselves are asked. */
static bool tree_unchanged(const struct disk_dist *dist)
{
    struct disk_dist now = *dist;
    memset(&now.problems, 0, sizeof now.problems);
    now.files = NULL;
    now.taken = NULL;
    now.n_files = 0;
    arena_init(&now.arena);
    bool same = dist->reader->load_files(&now, NULL) == 0 &&
                memcmp(now.identity.content, dist->identity.content, sizeof now.identity.content) == 0;
    free(now.files);
    arena_release(&now.arena);
    return same;
}

bool disk_dist_unchanged(const struct disk_dist *dist)
{
    bool was_read = dist->parts != 0 || dist->metadata_stamp.inode != 0;
    if (dist->kind == DISK_EGG_ZIP) {
        return !was_read || stamp_holds(&dist->dir_stamp, dist->root, NULL);
    }
    if (was_read && !stamp_holds(&dist->metadata_stamp, dist->metadata_dir, dist->metadata)) {
        return false;
    }
    if (!(dist->parts & (DISK_PART_FILES | DISK_PART_TAKEN))) {
        return true;
    }
    return stamp_holds(&dist->dir_stamp, dist->metadata_dir, NULL) &&
           (dist->kind != DISK_WHEEL || stamp_holds(&dist->record_stamp, dist->metadata_dir, "RECORD")) &&
           (!dist->editable || tree_unchanged(dist));
}

bool disk_site_same_listing(const struct disk_site *site)
{
    bool unchanged = stamp_holds(&site->stamp, site->dir, NULL);
    for (size_t i = 0; i < site->n_pths && unchanged; i++) {
        unchanged = stamp_holds(&site->pths[i].stamp, site->dir, site->pths[i].name);
    }
    return unchanged;
}

bool disk_site_unchanged(const struct disk_site *site)
{
    bool unchanged = disk_site_same_listing(site);
    for (size_t i = 0; i < site->n_dists && unchanged; i++) {
        unchanged = disk_dist_unchanged(&site->dists[i]);
    }
    return unchanged;
}

struct disk_dist *disk_site_find(const struct disk_site *site, const char *name)
{
    char canonical[256];
    size_t length = strlen(name), low = 0, high = site->n_active;
    struct disk_dist *found = NULL;
    if (length >= sizeof canonical) {
        return NULL; /* no file system has a directory of that name */
    }
    metadata_write_canonical(name, length, canonical);
    while (low < high && !found) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(site->dists[middle].key, canonical);
        if (order == 0) {
            found = &site->dists[middle];
        } else if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return found;
}

static int load_all(struct disk_site *site, size_t *ret_count, size_t *ret_failed, struct disk_error *error)
{
    *ret_count = *ret_failed = 0;
    for (size_t i = 0; i < site->n_active; i++) {
        struct disk_dist *dist = &site->dists[i];
        int result = disk_dist_load(dist, error);
        if (result == -ENOMEM || (result < 0 && problem_add(&site->arena, &site->problems, dist->metadata_dir, NULL, 0,
                                                            "%s", error->text) < 0)) {
            return disk_fail_memory(error);
        }
        *ret_failed += result < 0;
        *ret_count += dist->n_files;
    }
    return 0;
}

int disk_site_load(struct disk_site *site, size_t *ret_failed, struct disk_error *error)
{
    size_t count, failed, n = 0;
    struct disk_error ignored;
    error = error ? error : &ignored;
    int result = load_all(site, &count, &failed, error);
    if (result < 0) {
        return result;
    }
    strmap_release(&site->index);
    free(site->owners);
    site->owners = calloc(count + 1, sizeof *site->owners);
    if (!site->owners) {
        return disk_fail_memory(error);
    }
    for (size_t i = 0; i < site->n_active; i++) {
        struct disk_dist *dist = &site->dists[i];
        for (size_t k = 0; k < dist->n_files; k++) {
            struct disk_owner *owner = &site->owners[n++];
            owner->dist = dist;
            owner->file = &dist->files[k];
            if (strmap_add(&site->index, owner->file->path, owner) < 0) {
                return disk_fail_memory(error);
            }
        }
    }
    if (ret_failed) {
        *ret_failed = failed;
    }
    return 0;
}

size_t disk_site_owners_of(const struct disk_site *site, const char *top, const struct disk_dist **ret_dists,
                           size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < site->n_active; i++) {
        const struct disk_dist *dist = &site->dists[i];
        for (size_t k = 0; k < dist->n_tops; k++) {
            if (strcmp(dist->tops[k].name, top) == 0) {
                if (n < max) {
                    ret_dists[n] = dist;
                }
                n++;
                break;
            }
        }
    }
    return n;
}

static bool may_be_editable(const struct disk_dist *dist)
{
    bool may = dist->kind == DISK_EGG_LINK || dist->editable;
    return may || (dist->kind == DISK_WHEEL && !(dist->parts & DISK_PART_FILES) &&
                   stamp_exists(dist->metadata_dir, "direct_url.json"));
}

bool disk_site_may_have_editable(const struct disk_site *site)
{
    bool may = false;
    for (size_t i = 0; i < site->n_active && site->n_pths > 0 && !may; i++) {
        may = may_be_editable(&site->dists[i]);
    }
    return may;
}

/* That a tree is too large takes a second or more to find out, and memory that stays. */
static bool can_be_read(struct disk_dist *dist)
{
    int failed = dist->passed_over ? -EFBIG : disk_dist_load(dist, NULL);
    dist->passed_over = failed == -EFBIG;
    return failed == 0;
}

struct disk_dist *disk_site_find_editable(struct disk_site *site, const char *path)
{
    for (size_t i = 0; i < site->n_active && site->n_pths > 0; i++) {
        struct disk_dist *dist = &site->dists[i];
        if (may_be_editable(dist) && can_be_read(dist) && dist->editable && disk_dist_find_file(dist, path)) {
            return dist;
        }
    }
    return NULL;
}

struct disk_dist *disk_site_owner(const struct disk_site *site, const char *path, const struct disk_file **ret_file)
{
    const struct disk_owner *owner = strmap_get(&site->index, path);
    if (owner && ret_file) {
        *ret_file = owner->file;
    }
    return owner ? owner->dist : NULL;
}
