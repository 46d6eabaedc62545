/* What CPython's Lib/site.py (addpackage) does with a .pth file, as far as it needs no code to run.
 *
 * Old versions of easy_install wrap their lines in two import lines: the first notes the length of sys.path
 * (sys.__plen), the second moves what was added since to the front (sys.__egginsert). Nothing else that is executable
 * is understood. Must not: execute, follow what a path names (site.c asks whether it exists). */
#define _GNU_SOURCE /* memmem */
#include "disk/pth.h"

#include "base/file.h"
#include "disk/fail.h"
#include "disk/problem.h"
#include "disk/stamp.h"

#include <errno.h>
#include <string.h>

#define NO_BLOCK ((size_t)-1)

struct reading {
    struct arena *arena;
    const char *site_dir;
    struct disk_pth *pth;
    unsigned flags; /* enum disk_scan_flags */
    struct disk_problems *problems;
    size_t block; /* the first path since the line with sys.__plen, or NO_BLOCK */
    struct strbuf path;
};

/* `text` is no C string. */
static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

static int import_line(struct reading *r, const char *line, size_t length, uint32_t number)
{
    if (contains(line, length, "sys.__egginsert") && contains(line, length, "sys.__plen")) {
        for (size_t i = r->block; i < r->pth->n_paths; i++) {
            r->pth->paths[i].front = true;
        }
        r->block = NO_BLOCK;
    } else if (contains(line, length, "sys.__plen = len(sys.path)")) {
        r->block = r->pth->n_paths;
    } else {
        char *text = arena_copy(r->arena, line, length);
        if (!text) {
            return -ENOMEM;
        }
        r->pth->imports[r->pth->n_imports++] = (struct disk_pth_import){.text = text, .line = number};
    }
    return 0;
}

static int path_line(struct reading *r, const char *line, size_t length)
{
    char *text = arena_copy(r->arena, line, length);
    strbuf_clear(&r->path);
    if (!text || file_normalise(r->site_dir, text, &r->path) < 0) {
        return -ENOMEM;
    }
    char *path = arena_copy(r->arena, r->path.data, r->path.length);
    if (!path) {
        return -ENOMEM;
    }
    r->pth->paths[r->pth->n_paths++] = (struct disk_pth_path){.path = path, .front = false};
    return 0;
}

/* The length of the blank character that ends at text[length], as str.rstrip() sees it; 0: none. */
static size_t blank_at_end(const char *text, size_t length)
{
    const unsigned char *end = (const unsigned char *)text + length;
    if (length >= 1 &&
        (end[-1] == ' ' || (end[-1] >= '\t' && end[-1] <= '\r') || (end[-1] >= 0x1C && end[-1] <= 0x1F))) {
        return 1;
    }
    if (length >= 2 && end[-2] == 0xC2 && (end[-1] == 0x85 || end[-1] == 0xA0)) {
        return 2;
    }
    if (length < 3) {
        return 0;
    }
    unsigned code = (end[-3] & 0x0Fu) << 12 | (end[-2] & 0x3Fu) << 6 | (end[-1] & 0x3Fu);
    bool blank = (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F ||
                 code == 0x205F || code == 0x3000 || code == 0x1680;
    return end[-3] >= 0xE0 && end[-3] < 0xF0 && (end[-2] & 0xC0) == 0x80 && (end[-1] & 0xC0) == 0x80 && blank ? 3 : 0;
}

/* The length of the line end at text[at]; 0: there is none. */
static size_t line_end(const struct reading *r, const char *text, size_t at, size_t length)
{
    const unsigned char *c = (const unsigned char *)text + at;
    size_t left = length - at;
    if (c[0] == '\r' || c[0] == '\n') {
        return c[0] == '\r' && left > 1 && c[1] == '\n' ? 2 : 1;
    }
    if (r->flags & DISK_SCAN_OLD_PTH) {
        return 0;
    }
    if (c[0] == '\v' || c[0] == '\f' || (c[0] >= 0x1C && c[0] <= 0x1E)) {
        return 1;
    }
    if (left > 1 && c[0] == 0xC2 && c[1] == 0x85) {
        return 2;
    }
    return left > 2 && c[0] == 0xE2 && c[1] == 0x80 && (c[2] == 0xA8 || c[2] == 0xA9) ? 3 : 0;
}

static int one_line(struct reading *r, const char *line, size_t length, uint32_t number)
{
    if (length > DISK_LINE_MAX) {
        return problem_add(r->arena, r->problems, r->site_dir, r->pth->name, number, "has more than %u bytes",
                           DISK_LINE_MAX);
    }
    if (!problem_is_utf8(line, length)) {
        return problem_add(r->arena, r->problems, r->site_dir, r->pth->name, number,
                           "is no UTF-8: a fresh interpreter may refuse the file");
    }
    for (size_t blank; (blank = blank_at_end(line, length)) > 0;) {
        length -= blank;
    }
    if (length == 0 || line[0] == '#' || memchr(line, '\0', length)) {
        return 0; /* site skips a path with a NUL as one that does not exist */
    }
    if (length > 6 && memcmp(line, "import", 6) == 0 && (line[6] == ' ' || line[6] == '\t')) {
        return import_line(r, line, length, number);
    }
    return path_line(r, line, length);
}

static size_t count_lines(const struct reading *r, const char *text, size_t length)
{
    size_t n_lines = 1;
    for (size_t at = 0; at < length; at++) {
        n_lines += line_end(r, text, at, length) > 0;
    }
    return n_lines;
}

static int all_lines(struct reading *r, const char *text, size_t length)
{
    size_t n_lines = count_lines(r, text, length);
    r->pth->paths = arena_calloc(r->arena, n_lines, sizeof *r->pth->paths);
    r->pth->imports = arena_calloc(r->arena, n_lines, sizeof *r->pth->imports);
    if (!r->pth->paths || !r->pth->imports) {
        return -ENOMEM;
    }
    uint32_t number = 1;
    for (size_t at = 0, mark; at < length; at += mark, number++) {
        size_t start = at;
        mark = 0;
        while (at < length && (mark = line_end(r, text, at, length)) == 0) {
            at++;
        }
        if (one_line(r, text + start, at - start, number) < 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

/* What stands in the way of reading is named; what is simply not there is not. */
static int unreadable(struct reading *r, const char *name, int result)
{
    if (result == -ENOENT || result == -ENOMEM) {
        return result == -ENOENT ? 0 : -ENOMEM;
    }
    return result == -EFBIG
               ? problem_add(r->arena, r->problems, r->site_dir, name, 0, "has more than %u bytes", DISK_PTH_MAX)
               : problem_add(r->arena, r->problems, r->site_dir, name, 0, "cannot be read: %s", strerror(-result));
}

int pth_read(struct arena *arena, int site_fd, const char *site_dir, const char *name, unsigned scan_flags,
             struct disk_problems *problems, struct disk_pth *ret_pth, struct disk_error *error)
{
    struct strbuf text;
    struct stat st;
    struct disk_pth pth = {.name = arena_copy(arena, name, strlen(name))};
    struct reading r = {.arena = arena, .site_dir = site_dir, .pth = &pth, .block = NO_BLOCK};
    r.flags = scan_flags;
    r.problems = problems;
    strbuf_init(&r.path);
    strbuf_init(&text);
    int64_t before = stamp_now();
    int result = pth.name ? file_read(site_fd, name, DISK_PTH_MAX, &text, &st) : -ENOMEM;
    bool there = result == 0;
    if (there) {
        stamp_take(&pth.stamp, &st, before);
        char last = text.length ? text.data[text.length - 1] : '\0';
        pth.incomplete = last != '\n' && last != '\r';
        bool mark = !(scan_flags & DISK_SCAN_OLD_PTH) && text.length >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0;
        result = all_lines(&r, text.data + (mark ? 3 : 0), text.length - (mark ? 3 : 0));
    } else {
        result = unreadable(&r, name, result);
    }
    strbuf_release(&r.path);
    strbuf_release(&text);
    if (result < 0) {
        return disk_fail_memory(error);
    }
    if (there) {
        *ret_pth = pth;
    }
    return there;
}
