/* A few hundred bits for each RECORD.
 *
 * Idea: many modules are in a distribution of another name (yaml in PyYAML), and for each all RECORDs would be
 * searched. The first part of a module's path tells nearly always that a RECORD cannot have it. Invariant: a path is in
 * the text only if the bit of its first part is set, as long as the file has the stamp that it had. A line that spells
 * a path otherwise (quoted, or by way of another directory) sets all bits. */
#define _GNU_SOURCE
#include "disk/hint.h"

#include "base/file.h"
#include "disk/disk.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#define N_BITS (sizeof((struct disk_hint){0}.bits) * 8)

/* The bit of a first part: up to a slash, or to the comma behind the path. */
static unsigned bit_of(const char *path, size_t length)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < length && path[i] != '/' && path[i] != ','; i++) {
        hash = (hash ^ (unsigned char)path[i]) * 16777619u;
    }
    return (hash ^ hash >> 15) % N_BITS;
}

static void set_all(struct disk_hint *hint)
{
    memset(hint->bits, 0xff, sizeof hint->bits);
}

/* One line. */
static void note_line(struct disk_hint *hint, const char *line, size_t length, const char *base)
{
    if (length && line[0] != '"' && line[0] != '.' && line[0] != '/') {
        unsigned bit = bit_of(line, length);
        hint->bits[bit / 64] |= (uint64_t)1 << bit % 64;
    } else if (length && (line[0] == '"' || memmem(line, length, base, strlen(base)))) {
        set_all(hint);
    }
}

static void note_text(struct disk_hint *hint, const char *text, size_t length, const char *base)
{
    memset(hint->bits, 0, sizeof hint->bits);
    for (const char *end = text + length; text < end;) {
        const char *next = memchr(text, '\n', (size_t)(end - text));
        size_t line = (size_t)((next ? next : end) - text);
        note_line(hint, text, line, base);
        text += line + 1;
    }
    hint->known = true;
}

static bool is_same(const struct disk_hint *hint, const struct stat *status)
{
    return hint->inode == status->st_ino && hint->size == status->st_size && hint->mtime_ns == file_mtime_ns(status) &&
           hint->ctime_ns == file_ctime_ns(status);
}

static void note_stamp(struct disk_hint *hint, const struct stat *status)
{
    hint->inode = status->st_ino;
    hint->size = status->st_size;
    hint->mtime_ns = file_mtime_ns(status);
    hint->ctime_ns = file_ctime_ns(status);
}

/* Reads the file: the bits, and is the path in it? */
static bool search(struct disk_hint *hint, const char *record, const char *base, const char *relative)
{
    struct strbuf text;
    struct stat status;
    strbuf_init(&text);
    bool read = file_read(AT_FDCWD, record, DISK_RECORD_MAX, &text, &status) == 0 && text.length;
    bool found = !read || memmem(text.data, text.length, relative, strlen(relative));
    if (read && (!hint->known || !is_same(hint, &status))) {
        note_text(hint, text.data, text.length, base);
        note_stamp(hint, &status); /* taken before reading: what was written meanwhile is seen in the next round */
    }
    strbuf_release(&text);
    return found;
}

bool disk_hint_may_list(struct disk_hint *hint, const char *record, const char *base, const char *relative,
                        unsigned round)
{
    struct stat status;
    if (hint->known && hint->round != round) {
        hint->known = stat(record, &status) == 0 && is_same(hint, &status);
    }
    hint->round = round;
    unsigned bit = bit_of(relative, strlen(relative));
    if (hint->known && !(hint->bits[bit / 64] >> bit % 64 & 1)) {
        return false;
    }
    return search(hint, record, base, relative);
}
