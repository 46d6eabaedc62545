/* Only the header is looked at; the description behind it may be a megabyte long. The first Name and Version count.
 * Keys are compared without regard to case, as for mail. */
#define _GNU_SOURCE /* memmem */
#include "disk/metadata.h"

#include "base/file.h"
#include "disk/fail.h"
#include "disk/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

struct scan {
    const char *at, *end;
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
    if (!*field && value->length > 0) {
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
    struct scan scan = {text, text + length};
    struct strbuf value;
    strbuf_init(&value);
    const char *key;
    size_t key_length, capacity = 0;
    int got;
    while ((got = next_field(&scan, &key, &key_length, &value)) > 0) {
        int kept = 0;
        if (key_is(key, key_length, "Name")) {
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

int metadata_read(struct arena *arena, const char *path, struct metadata *ret_metadata, struct disk_stamp *ret_stamp)
{
    struct stat st;
    struct strbuf text;
    strbuf_init(&text);
    memset(ret_stamp, 0, sizeof *ret_stamp);
    int result = file_read_head(AT_FDCWD, path, FIRST_LOOK, &text, &st);
    if (result == 0 && text.length == FIRST_LOOK && !memmem(text.data, text.length, "\n\n", 2)) {
        strbuf_clear(&text);
        result = file_read_head(AT_FDCWD, path, DISK_METADATA_MAX, &text, &st);
    }
    if (result == 0) {
        stamp_take(ret_stamp, &st);
        result = metadata_parse(arena, text.data, text.length, ret_metadata);
    } else if (result != -ENOMEM) {
        memset(ret_metadata, 0, sizeof *ret_metadata);
        result = 0;
    }
    strbuf_release(&text);
    return result;
}

int metadata_load(struct disk_dist *dist, const char *file, struct disk_error *error)
{
    if (dist->parts & DISK_PART_METADATA) {
        return 0;
    }
    struct metadata m;
    char *path = arena_join(&dist->arena, dist->metadata_dir, '/', file);
    if (!path || metadata_read(&dist->arena, path, &m, &dist->metadata_stamp) < 0) {
        return disk_fail_memory(error);
    }
    if (!m.name || !m.version) {
        return 0;
    }
    char *name = metadata_canonical(&dist->arena, m.name, strlen(m.name));
    if (!name) {
        return disk_fail_memory(error);
    }
    dist->name = name;
    dist->version = m.version;
    dist->requirements = m.requirements;
    dist->n_requirements = m.n_requirements;
    dist->parts |= DISK_PART_METADATA;
    return 0;
}

char *metadata_canonical(struct arena *arena, const char *name, size_t length)
{
    char *canonical = arena_copy(arena, name, length);
    if (!canonical) {
        return NULL;
    }
    char *to = canonical;
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
    return canonical;
}
