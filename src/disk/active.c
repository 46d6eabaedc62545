/* A fresh interpreter takes the first sys.path entry that has the name. So the place of each distribution on the path
 * decides (disk.h, D3): eggs between sys.__plen lines stand before the site directory, the site directory itself comes
 * next, then the other lines of its .pth files in order. An egg that no line names is not on the path at all.
 *
 * Two dist-infos of one name share their place: pip leaves the second one behind when an install fails, and always with
 * --target --upgrade. There the one whose RECORD agrees with the files on disk counts; version numbers say nothing.
 *
 * Must not: call an egg active when something that no reader knows (a folder without EGG-INFO) stands before it. */
#include "disk/active.h"

#include "base/file.h"
#include "disk/check.h"
#include "disk/fail.h"
#include "disk/metadata.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOWHERE UINTPTR_MAX

struct places {
    struct strmap roots;  /* path -> place + 1 */
    struct strmap others; /* canonical name of an egg that no distribution here is -> place + 1 */
    uintptr_t site;       /* the place of the site directory itself */
};

static void *as_value(uintptr_t place)
{
    return (void *)(place + 1);
}

static uintptr_t place_in(const struct strmap *map, const char *key)
{
    uintptr_t value = (uintptr_t)strmap_get(map, key);
    return value ? value - 1 : NOWHERE;
}

static uintptr_t place_of(const struct disk_site *site, const struct places *places, const struct disk_dist *dist)
{
    return strcmp(dist->root, site->dir) == 0 ? places->site : place_in(&places->roots, dist->root);
}

/* An entry that looks like an egg and is none of the distributions: it hides eggs of its name that come later. */
static int note_other(struct disk_site *site, struct places *places, const char *path, uintptr_t place)
{
    const char *base = strrchr(path, '/') + 1;
    size_t length = strlen(base);
    if (length < 5 || strcmp(base + length - 4, ".egg") != 0) {
        return 0;
    }
    for (size_t i = 0; i < site->n_dists; i++) {
        if (strcmp(site->dists[i].root, path) == 0) {
            return 0;
        }
    }
    char *name = metadata_canonical(&site->arena, base, strcspn(base, "-"));
    return name && strmap_add(&places->others, name, as_value(place)) >= 0 ? 0 : -1;
}

/* Places count from 0; the site directory stands behind the front entries. */
static int find_places(struct disk_site *site, const struct disk_paths *paths, struct places *places)
{
    places->site = 0;
    while (places->site < paths->n_entries && paths->entries[places->site].front) {
        places->site++;
    }
    for (size_t i = 0; i < paths->n_entries; i++) {
        const char *path = paths->entries[i].path;
        uintptr_t place = i < places->site ? i : i + 1;
        if (strmap_add(&places->roots, path, as_value(place)) < 0 || note_other(site, places, path, place) < 0) {
            return -1;
        }
    }
    return 0;
}

struct agreement {
    size_t rows, wrong; /* rows of code and data that could be compared; those that do not agree */
    bool vouched;       /* an installer signed RECORD, or a package manager lists it as its own */
    int64_t ctime_ns;
};

static int measure(struct disk_dist *dist, struct agreement *ret_agreement)
{
    struct agreement a = {.rows = 1, .wrong = 1};
    int result = disk_dist_load(dist, NULL);
    int root = file_open_dir(AT_FDCWD, dist->root);
    if (result == 0 && root >= 0 && dist->record >= DISK_RECORD_CUT) {
        struct check_result found;
        a.rows = a.wrong = 0;
        for (size_t i = 0; i < dist->n_files; i++) {
            enum check check = dist->files[i].flags & DISK_FILE_METADATA
                                   ? CHECK_SKIPPED
                                   : check_file(root, &dist->files[i], true, &found);
            a.rows += check != CHECK_SKIPPED;
            a.wrong += check != CHECK_SKIPPED && check != CHECK_AGREES;
        }
    }
    if (root >= 0) {
        close(root);
    }
    if (a.rows == 0) {
        a.rows = a.wrong = 1;
    }
    a.vouched = dist->record == DISK_RECORD_SIGNED || dist->list == DISK_LIST_DPKG || dist->list == DISK_LIST_CONDA;
    a.ctime_ns = dist->identity.ctime_ns;
    *ret_agreement = a;
    return result;
}

static bool agrees_better(const struct agreement *a, const struct agreement *b)
{
    double left = (double)a->wrong / (double)a->rows, right = (double)b->wrong / (double)b->rows;
    if (left != right) {
        return left < right;
    }
    return a->vouched != b->vouched ? a->vouched : a->ctime_ns > b->ctime_ns;
}

/* The best of those with the same, best place. A distribution that cannot be read is the worst. */
static int choose(struct disk_site *site, const struct places *places, size_t from, size_t to)
{
    uintptr_t best_place = place_in(&places->others, site->dists[from].name);
    struct disk_dist *best = NULL;
    struct agreement best_agreement, agreement;
    bool measured = false;
    for (size_t i = from; i < to; i++) {
        struct disk_dist *dist = &site->dists[i];
        uintptr_t place = place_of(site, places, dist);
        if (place == NOWHERE || place > best_place) {
            continue;
        }
        if (!best || place < best_place) {
            best = dist;
            best_place = place;
            measured = false;
            continue;
        }
        if (!measured && measure(best, &best_agreement) == -ENOMEM) {
            return -1;
        }
        measured = true;
        if (measure(dist, &agreement) == -ENOMEM) {
            return -1;
        }
        if (agrees_better(&agreement, &best_agreement)) {
            best = dist;
            best_agreement = agreement;
        }
    }
    if (best) {
        best->active = true;
    }
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct disk_dist *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order ? order : strcmp(left->metadata_dir, right->metadata_dir);
}

static int active_first(const void *a, const void *b)
{
    const struct disk_dist *left = a, *right = b;
    return left->active != right->active ? (int)right->active - (int)left->active : by_name(a, b);
}

static int choose_all(struct disk_site *site, const struct places *places)
{
    for (size_t from = 0, to; from < site->n_dists; from = to) {
        for (to = from + 1; to < site->n_dists && strcmp(site->dists[to].name, site->dists[from].name) == 0;) {
            to++;
        }
        if (choose(site, places, from, to) < 0) {
            return -1;
        }
    }
    return 0;
}

int active_choose(struct disk_site *site, struct disk_error *error)
{
    struct disk_paths paths;
    int result = disk_site_paths(site, NULL, 0, &paths, error);
    if (result < 0) {
        return result;
    }
    struct places places;
    strmap_init(&places.roots);
    strmap_init(&places.others);
    if (site->n_dists) {
        qsort(site->dists, site->n_dists, sizeof *site->dists, by_name);
    }
    if (find_places(site, &paths, &places) < 0 || choose_all(site, &places) < 0) {
        result = disk_fail_memory(error);
    }
    strmap_release(&places.roots);
    strmap_release(&places.others);
    disk_paths_release(&paths);
    if (result == 0 && site->n_dists) {
        qsort(site->dists, site->n_dists, sizeof *site->dists, active_first);
    }
    for (size_t i = 0; i < site->n_dists; i++) {
        site->dists[i].key = site->dists[i].name;
        site->n_active += site->dists[i].active;
    }
    return result;
}
