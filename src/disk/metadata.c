/* Only the header is looked at; the description behind it may be a megabyte long. The first Name and Version count.
 * Keys are compared without regard to case, as for mail. */
#define _GNU_SOURCE /* memmem */
#include "disk/metadata.h"

#include "base/file.h"
#include "disk/fail.h"
#include "disk/problem.h"
#include "disk/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

struct scan {
    const char *at, *end;
    uint32_t line; /* how many were read */
};

/* The next line without its end mark; false at the end. */
static bool next_line(struct scan *scan, const char **ret_line, size_t *ret_length)
{
    if (scan->at >= scan->end) {
        return false;
    }
    const char *newline = memchr(scan->at, '\n', (size_t)(scan->end - scan->at));
    size_t length = (size_t)((newline ? newline : scan->end) - scan->at);
    *ret_line = scan->at;
    scan->at += length + (newline ? 1 : 0);
    scan->line++;
    while (length > 0 && (*ret_line)[length - 1] == '\r') {
        length--;
    }
    *ret_length = length;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Reads one field with its continuation lines into value. 1: read, 0: the header ended, -ENOMEM. */
static int next_field(struct scan *scan, const char **ret_key, size_t *ret_key_length, struct strbuf *value)
{
    const char *line;
    size_t length;
    if (!next_line(scan, &line, &length) || length == 0 || is_blank(line[0])) {
        return 0;
    }
    const char *colon = memchr(line, ':', length);
    if (!colon) {
        return 0;
    }
    *ret_key = line;
    *ret_key_length = (size_t)(colon - line);
    strbuf_clear(value);
    const char *part = colon + 1;
    for (;;) {
        size_t n = length - (size_t)(part - line);
        while (n > 0 && is_blank(part[0])) {
            part++;
            n--;
        }
        while (n > 0 && is_blank(part[n - 1])) {
            n--;
        }
        if ((value->length > 0 && strbuf_add_char(value, ' ') < 0) || strbuf_add(value, part, n) < 0) {
            return -ENOMEM;
        }
        if (scan->at >= scan->end || !is_blank(*scan->at)) {
            return 1;
        }
        next_line(scan, &line, &length);
        part = line;
    }
}

static bool key_is(const char *key, size_t length, const char *wanted)
{
    return strlen(wanted) == length && strncasecmp(key, wanted, length) == 0;
}

static int keep_once(struct arena *arena, const char **field, const struct strbuf *value)
{
    if (!*field && value->length > 0 && !memchr(value->data, '\0', value->length)) {
        *field = arena_copy(arena, value->data, value->length);
        return *field ? 0 : -ENOMEM;
    }
    return 0;
}

static int keep_requirement(struct arena *arena, struct metadata *m, size_t *capacity, const struct strbuf *value)
{
    if (m->n_requirements == *capacity) {
        size_t larger = *capacity ? *capacity * 2 : 8;
        const char **list = arena_calloc(arena, larger, sizeof *list);
        if (!list) {
            return -ENOMEM;
        }
        if (m->n_requirements) {
            memcpy(list, m->requirements, m->n_requirements * sizeof *list);
        }
        m->requirements = list;
        *capacity = larger;
    }
    const char *copy = arena_copy(arena, value->data, value->length);
    if (!copy) {
        return -ENOMEM;
    }
    ((const char **)m->requirements)[m->n_requirements++] = copy;
    return 0;
}

int metadata_parse(struct arena *arena, const char *text, size_t length, struct metadata *ret_metadata)
{
    struct metadata m = {0};
    struct scan scan = {text, text + length, 0};
    struct strbuf value;
    strbuf_init(&value);
    const char *key;
    size_t key_length, capacity = 0;
    int got;
    while ((got = next_field(&scan, &key, &key_length, &value)) > 0) {
        int kept = 0;
        if (key_is(key, key_length, "Name")) {
            m.line = m.name ? m.line : scan.line;
            kept = keep_once(arena, &m.name, &value);
        } else if (key_is(key, key_length, "Version")) {
            kept = keep_once(arena, &m.version, &value);
        } else if (key_is(key, key_length, "Requires-Dist") && value.length > 0) {
            kept = keep_requirement(arena, &m, &capacity, &value);
        }
        if (kept < 0) {
            got = kept;
            break;
        }
    }
    strbuf_release(&value);
    if (got == 0) {
        *ret_metadata = m;
    }
    return got;
}

#define FIRST_LOOK 16384

/* Appends the header and perhaps more. 0 or -errno. */
static int read_header(const char *path, struct strbuf *text, struct stat *ret_st)
{
    int result = file_read_head(AT_FDCWD, path, FIRST_LOOK, text, ret_st);
    if (result == 0 && text->length == FIRST_LOOK && !memmem(text->data, text->length, "\n\n", 2)) {
        strbuf_clear(text);
        result = file_read_head(AT_FDCWD, path, DISK_METADATA_MAX, text, ret_st);
    }
    return result;
}

int metadata_take(struct disk_dist *dist, const char *text, size_t length)
{
    struct metadata m;
    const char *missing = NULL;
    if (metadata_parse(&dist->arena, text, length, &m) < 0) {
        return -ENOMEM;
    }
    missing = !m.name ? "Name" : !m.version ? "Version" : NULL;
    if (missing) {
        return problem_add(&dist->arena, &dist->problems, dist->metadata_dir, dist->metadata, 0, "does not say %s",
                           missing);
    }
    if (!problem_is_text(m.name, strlen(m.name)) || !problem_is_text(m.version, strlen(m.version))) {
        return problem_add(&dist->arena, &dist->problems, dist->metadata_dir, dist->metadata, m.line,
                           "has a Name or Version that is no UTF-8 text");
    }
    char *name = metadata_canonical(&dist->arena, m.name, strlen(m.name));
    if (!name) {
        return -ENOMEM;
    }
    dist->name = name;
    dist->version = m.version;
    dist->requirements = m.requirements;
    dist->n_requirements = m.n_requirements;
    dist->parts |= DISK_PART_METADATA;
    return 0;
}

int metadata_load(struct disk_dist *dist, struct disk_error *error)
{
    struct stat st;
    struct strbuf text;
    const char *path =
        dist->metadata ? arena_join(&dist->arena, dist->metadata_dir, '/', dist->metadata) : dist->metadata_dir;
    strbuf_init(&text);
    memset(&dist->metadata_stamp, 0, sizeof dist->metadata_stamp);
    int64_t before = stamp_now();
    int result = path ? read_header(path, &text, &st) : -ENOMEM;
    if (result == 0) {
        stamp_take(&dist->metadata_stamp, &st, before);
        result = metadata_take(dist, text.data, text.length);
    } else if (result != -ENOMEM) {
        result = result == -ENOENT ? 0
                                   : problem_add(&dist->arena, &dist->problems, path, NULL, 0, "cannot be read: %s",
                                                 strerror(-result));
    }
    strbuf_release(&text);
    return result < 0 ? disk_fail_memory(error) : 0;
}

void metadata_write_canonical(const char *name, size_t length, char *ret_canonical)
{
    char *canonical = ret_canonical, *to = ret_canonical;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];
        if (c == '-' || c == '_' || c == '.') {
            if (i == 0 || to == canonical || to[-1] != '-') {
                *to++ = '-';
            }
        } else {
            *to++ = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        }
    }
    *to = '\0';
}

char *metadata_canonical(struct arena *arena, const char *name, size_t length)
{
    char *canonical = arena_copy(arena, name, length);
    if (canonical) {
        metadata_write_canonical(name, length, canonical);
    }
    return canonical;
}
