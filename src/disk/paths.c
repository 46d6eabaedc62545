/* What the .pth files of a site directory add to sys.path: the order of site.addsitedir, without running it.
 *
 * Existence is asked here, at the time of the call, by one stat a line; nothing is opened. */
#include "disk/disk.h"
#include "disk/fail.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static size_t count_lines(const struct disk_site *site, size_t *ret_bytes)
{
    size_t n = 0;
    *ret_bytes = 0;
    for (size_t i = 0; i < site->n_pths; i++) {
        for (size_t k = 0; k < site->pths[i].n_paths; k++) {
            *ret_bytes += strlen(site->pths[i].paths[k].path) + 1;
            n++;
        }
    }
    return n;
}

struct collecting {
    struct disk_pth_path *entries;
    size_t n;
    char *bytes; /* where the next string goes */
    struct strmap seen;
};

static int take(struct collecting *c, const struct disk_pth_path *line)
{
    struct stat st;
    if (stat(line->path, &st) < 0) {
        return 0; /* site asks before it remembers the path */
    }
    int added = strmap_add(&c->seen, line->path, c);
    if (added > 0) {
        size_t size = strlen(line->path) + 1;
        memcpy(c->bytes, line->path, size);
        c->entries[c->n++] = (struct disk_pth_path){.path = c->bytes, .front = line->front};
        c->bytes += size;
    }
    return added < 0 ? -1 : 0;
}

static int take_all(const struct disk_site *site, struct collecting *c)
{
    for (size_t i = 0; i < site->n_pths; i++) {
        for (size_t k = 0; k < site->pths[i].n_paths; k++) {
            if (take(c, &site->pths[i].paths[k]) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* A path that stands in the back of an earlier file and in the front of a later one keeps its first place in a real
 * interpreter; collecting the front first would move it. So the front is a stable partition of the whole. */
static int partition(struct collecting *c)
{
    struct disk_pth_path *sorted = calloc(c->n + 1, sizeof *sorted);
    size_t n = 0;
    if (!sorted) {
        return -1;
    }
    for (int front = 1; front >= 0; front--) {
        for (size_t i = 0; i < c->n; i++) {
            if (c->entries[i].front == (front == 1)) {
                sorted[n++] = c->entries[i];
            }
        }
    }
    memcpy(c->entries, sorted, n * sizeof *sorted);
    free(sorted);
    return 0;
}

int disk_site_paths(const struct disk_site *site, const char *const *known, size_t n_known,
                    struct disk_paths *ret_paths, struct disk_error *error)
{
    size_t n_bytes, n_lines = count_lines(site, &n_bytes);
    size_t table = (n_lines + 1) * sizeof(struct disk_pth_path);
    struct disk_pth_path *block = malloc(table + n_bytes);
    if (!block) {
        return disk_fail_memory(error);
    }
    struct collecting c = {.entries = block, .bytes = (char *)block + table};
    strmap_init(&c.seen);
    int result = strmap_add(&c.seen, site->dir, &c);
    for (size_t i = 0; i < n_known && result >= 0; i++) {
        result = strmap_add(&c.seen, known[i], &c);
    }
    if (result >= 0) {
        result = take_all(site, &c);
    }
    strmap_release(&c.seen);
    if (result < 0 || partition(&c) < 0) {
        free(block);
        return disk_fail_memory(error);
    }
    ret_paths->entries = block;
    ret_paths->n_entries = c.n;
    return 0;
}

void disk_paths_release(struct disk_paths *paths)
{
    free(paths->entries);
    paths->entries = NULL;
    paths->n_entries = 0;
}
