/* Whose files they are is told from the text as it is: a table of the hashes of all paths, and where in the text each
 * one ends.
 *
 * Invariant: taken_lists says what reading the rows would say. That is so because rows that need to be read (quotes,
 * other fields than three, paths that name a place by way of another one) make the whole not plain. Must not: open any
 * file. */
#define _GNU_SOURCE
#include "disk/taken.h"

#include "base/sha256.h"
#include "disk/reader.h"
#include "disk/wheel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint32_t hash_of(const char *path, size_t length)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)path[i]) * 16777619u;
    }
    return hash ^ hash >> 15;
}

/* Has the path an empty part, or one that is "." or ".."? */
static bool has_odd_part(const char *path, size_t length)
{
    for (const char *end = path + length; path <= end;) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        size_t part = (size_t)((slash ? slash : end) - path);
        if (part == 0 || (part == 1 && *path == '.') || (part == 2 && path[0] == '.' && path[1] == '.')) {
            return true;
        }
        path += part + 1;
    }
    return false;
}

/* Does this path name a place by way of another one, or might it? Those that begin with ../ (scripts) lie outside, if
 * they do not come back by the name of the root. */
static bool is_roundabout(const char *path, size_t length, const char *root)
{
    const char *base = strrchr(root, '/') + 1;
    bool outside = length > 3 && memcmp(path, "../", 3) == 0 && !memmem(path, length, base, strlen(base));
    return !outside && has_odd_part(path, length);
}

/* The path of one line, and that two commas are in it. */
static bool is_plain_line(const char *line, size_t length, const char *root, size_t *ret_path)
{
    const char *first = memchr(line, ',', length), *end = line + length;
    const char *second = first ? memchr(first + 1, ',', (size_t)(end - first - 1)) : NULL;
    if (!second || memchr(second + 1, ',', (size_t)(end - second - 1)) || memchr(line, '\r', length) ||
        length > DISK_LINE_MAX) {
        return false;
    }
    *ret_path = (size_t)(first - line);
    return !is_roundabout(line, *ret_path, root);
}

static bool is_row(const struct disk_taken *taken, const struct taken_row *row, uint32_t hash, const char *path,
                   size_t length)
{
    const char *text = taken->text.data;
    return row->hash == hash && row->end >= length && memcmp(text + row->end - length, path, length) == 0 &&
           (row->end == length || text[row->end - length - 1] == '\n');
}

/* One row for all lines of a path: they would stand behind each other. */
static void add_row(struct disk_taken *taken, const char *path, size_t length)
{
    uint32_t hash = hash_of(path, length);
    size_t at = hash & (taken->n_rows - 1);
    while (taken->rows[at].end && !is_row(taken, &taken->rows[at], hash, path, length)) {
        at = (at + 1) & (taken->n_rows - 1);
    }
    taken->rows[at] = (struct taken_row){hash, (uint32_t)(path + length - taken->text.data)};
}

/* False: not plain. */
static bool read_lines(struct disk_taken *taken)
{
    const char *text = taken->text.data, *end = text + taken->text.length;
    while (text < end) {
        const char *next = memchr(text, '\n', (size_t)(end - text));
        size_t whole = (size_t)((next ? next : end) - text), path;
        size_t line = whole && text[whole - 1] == '\r' ? whole - 1 : whole; /* pip ends lines so, uv does not */
        if (line && !is_plain_line(text, line, taken->root, &path)) {
            return false;
        }
        if (line) {
            add_row(taken, text, path);
        }
        text += whole + 1;
    }
    return true;
}

static bool may_be_plain(const struct strbuf *text)
{
    return text->length && text->length < UINT32_MAX && !memchr(text->data, '"', text->length) &&
           !memchr(text->data, '\0', text->length);
}

static size_t count_lines(const struct strbuf *text)
{
    size_t n = 1;
    for (const char *at = text->data, *end = at + text->length; (at = memchr(at, '\n', (size_t)(end - at))); at++) {
        n++;
    }
    return n;
}

/* The strings of the distribution; its arena may go before. */
static int copy_strings(struct disk_taken *taken, const struct disk_dist *dist)
{
    const char *const from[] = {dist->name, dist->version,  dist->installer,
                                dist->root, dist->site_dir, dist->metadata_dir};
    const char **const to[] = {&taken->name, &taken->version,  &taken->installer,
                               &taken->root, &taken->site_dir, &taken->metadata_dir};
    for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
        if (!(*to[i] = arena_copy(&taken->arena, from[i], strlen(from[i])))) {
            return -ENOMEM;
        }
    }
    return 0;
}

/* 1, 0 not plain, -ENOMEM. */
static int fill(struct disk_taken *taken, const struct disk_dist *dist)
{
    size_t places = 16;
    while (places < 2 * count_lines(&taken->text)) {
        places *= 2;
    }
    taken->rows = calloc(places, sizeof *taken->rows);
    taken->n_rows = places;
    return !taken->rows || copy_strings(taken, dist) < 0 ? -ENOMEM : read_lines(taken);
}

int taken_new(const struct disk_dist *dist, struct strbuf *text, struct disk_taken **ret_taken)
{
    if (!may_be_plain(text)) {
        return 0;
    }
    struct disk_taken *taken = calloc(1, sizeof *taken);
    if (!taken) {
        return -ENOMEM;
    }
    atomic_init(&taken->holders, 1);
    arena_init(&taken->arena);
    taken->dir_stamp = dist->dir_stamp;
    taken->metadata_stamp = dist->metadata_stamp;
    taken->record_stamp = dist->record_stamp;
    taken->text = *text;
    int result = fill(taken, dist);
    if (result <= 0) {
        strbuf_init(&taken->text); /* stays the caller's */
        taken_drop(taken);
        return result;
    }
    strbuf_init(text);
    *ret_taken = taken;
    return 1;
}

struct disk_taken *taken_hold(struct disk_taken *taken)
{
    if (taken) {
        atomic_fetch_add_explicit(&taken->holders, 1, memory_order_relaxed);
    }
    return taken;
}

void taken_drop(struct disk_taken *taken)
{
    if (taken && atomic_fetch_sub_explicit(&taken->holders, 1, memory_order_acq_rel) == 1) {
        strbuf_release(&taken->text);
        arena_release(&taken->arena);
        free(taken->rows);
        free(taken);
    }
}

bool taken_lists(const struct disk_taken *taken, const char *path)
{
    size_t root = strlen(taken->root);
    root = root == 1 ? 0 : root; /* "/" */
    if (strncmp(path, taken->root, root) != 0 || path[root] != '/') {
        return false;
    }
    path += root + 1;
    size_t length = strlen(path);
    uint32_t hash = hash_of(path, length);
    for (size_t at = hash & (taken->n_rows - 1); taken->rows[at].end; at = (at + 1) & (taken->n_rows - 1)) {
        if (is_row(taken, &taken->rows[at], hash, path, length)) {
            return true;
        }
    }
    return false;
}

void taken_digest(const struct disk_taken *taken, uint8_t ret_digest[32])
{
    sha256_of(taken->text.data, taken->text.length, ret_digest);
}

bool taken_equal(const struct disk_taken *a, const struct disk_taken *b)
{
    return a == b || (a->text.length == b->text.length && a->dir_stamp.inode == b->dir_stamp.inode &&
                      a->dir_stamp.ctime_ns == b->dir_stamp.ctime_ns && strcmp(a->metadata_dir, b->metadata_dir) == 0 &&
                      strcmp(a->name, b->name) == 0 && strcmp(a->version, b->version) == 0 &&
                      memcmp(a->text.data, b->text.data, a->text.length) == 0);
}

int taken_load(struct disk_taken *taken, struct disk_dist *ret_dist, struct disk_error *error)
{
    struct disk_dist dist = {
        .kind = DISK_WHEEL,
        .active = true,
        .parts = DISK_PART_METADATA | DISK_PART_TAKEN,
        .name = taken->name,
        .key = taken->name,
        .version = taken->version,
        .installer = taken->installer,
        .root = taken->root,
        .site_dir = taken->site_dir,
        .metadata_dir = taken->metadata_dir,
        .metadata = "METADATA",
        .reader = &wheel_reader,
        .taken = taken_hold(taken),
        .dir_stamp = taken->dir_stamp,
        .metadata_stamp = taken->metadata_stamp,
        .record_stamp = taken->record_stamp,
    };
    arena_init(&dist.arena);
    int result = disk_dist_load(&dist, error);
    if (result < 0) {
        disk_dist_release(&dist);
        return result;
    }
    *ret_dist = dist;
    return 0;
}
