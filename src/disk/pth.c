/* What CPython's Lib/site.py (addpackage) does with a .pth file, as far as it needs no code to run.
 *
 * Old versions of easy_install wrap their lines in two import lines: the first notes the length of sys.path
 * (sys.__plen), the second moves what was added since to the front (sys.__egginsert). Nothing else that is executable
 * is understood. Must not: execute, follow what a path names (site.c asks whether it exists). */
#define _GNU_SOURCE /* memmem */
#include "disk/pth.h"

#include "base/file.h"
#include "disk/fail.h"
#include "disk/stamp.h"

#include <errno.h>
#include <string.h>

#define NO_BLOCK ((size_t)-1)

struct reading {
    struct arena *arena;
    const char *site_dir;
    struct disk_pth *pth;
    size_t block; /* the first path since the line with sys.__plen, or NO_BLOCK */
    struct strbuf path;
};

/* `text` is no C string. */
static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

static void import_line(struct reading *r, const char *line, size_t length)
{
    if (contains(line, length, "sys.__egginsert") && contains(line, length, "sys.__plen")) {
        for (size_t i = r->block; i < r->pth->n_paths; i++) {
            r->pth->paths[i].front = true;
        }
        r->block = NO_BLOCK;
    } else if (contains(line, length, "sys.__plen = len(sys.path)")) {
        r->block = r->pth->n_paths;
    } else {
        r->pth->n_imports++;
    }
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

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f');
}

static int one_line(struct reading *r, const char *line, size_t length)
{
    while (length > 0 && is_space(line[length - 1])) {
        length--;
    }
    if (length == 0 || line[0] == '#' || memchr(line, '\0', length)) {
        return 0; /* site skips a path with a NUL as one that does not exist */
    }
    if (length > 6 && memcmp(line, "import", 6) == 0 && (line[6] == ' ' || line[6] == '\t')) {
        import_line(r, line, length);
        return 0;
    }
    return path_line(r, line, length);
}

static int all_lines(struct reading *r, const char *text, size_t length, struct disk_error *error)
{
    size_t n_lines = 1;
    for (size_t i = 0; i < length; i++) {
        n_lines += text[i] == '\n' || text[i] == '\r';
    }
    r->pth->paths = arena_calloc(r->arena, n_lines, sizeof *r->pth->paths);
    if (!r->pth->paths) {
        return disk_fail_memory(error);
    }
    for (size_t at = 0, line = 1; at < length; line++) {
        size_t end = at;
        while (end < length && text[end] != '\n' && text[end] != '\r') {
            end++;
        }
        if (end - at > DISK_LINE_MAX) {
            return disk_fail(error, EFBIG, "%s/%s: line %zu has more than %u bytes", r->site_dir, r->pth->name, line,
                             DISK_LINE_MAX);
        }
        if (one_line(r, text + at, end - at) < 0) {
            return disk_fail_memory(error);
        }
        at = end + (end + 1 < length && text[end] == '\r' && text[end + 1] == '\n' ? 2 : 1);
    }
    return 0;
}

int pth_read(struct arena *arena, int site_fd, const char *site_dir, const char *name, struct disk_pth *ret_pth,
             struct disk_error *error)
{
    struct strbuf text;
    struct stat st;
    strbuf_init(&text);
    int result = file_read(site_fd, name, DISK_PTH_MAX, &text, &st);
    if (result < 0) {
        strbuf_release(&text);
        if (result == -ENOMEM) {
            return disk_fail_memory(error);
        }
        return result != -EFBIG ? 0
                                : disk_fail(error, EFBIG, "%s/%s has more than %u bytes", site_dir, name, DISK_PTH_MAX);
    }
    struct disk_pth pth = {.name = arena_copy(arena, name, strlen(name))};
    stamp_take(&pth.stamp, &st);
    char last = text.length ? text.data[text.length - 1] : '\0';
    pth.incomplete = last != '\n' && last != '\r';
    size_t bom = text.length >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    struct reading r = {.arena = arena, .site_dir = site_dir, .pth = &pth, .block = NO_BLOCK};
    strbuf_init(&r.path);
    result = pth.name ? all_lines(&r, text.data + bom, text.length - bom, error) : disk_fail_memory(error);
    strbuf_release(&r.path);
    strbuf_release(&text);
    if (result < 0) {
        return result;
    }
    *ret_pth = pth;
    return 1;
}
