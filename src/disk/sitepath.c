/* site.main(), step by step: removeduppaths, the environment's site directory, the user's, the installation's; in each
 * the directory itself and then its .pth files, in sorted order, line by line; a path that is known already, or does
 * not exist, changes nothing.
 *
 * Old easy_install's lines move what they added to the front of everything, behind what such lines moved before
 * (sys.__egginsert). What stands first (the script's folder) comes when site is done, so it is never compared. */
#include "disk/sitepath.h"

#include "base/file.h"
#include "disk/fail.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* ---- a list of entries ---- */

struct building {
    struct sitepath path;
    size_t capacity;
    size_t n_front;      /* sys.__egginsert */
    struct strmap known; /* known_paths; its keys live in the arena */
};

static int put(struct building *b, size_t at, const char *entry)
{
    if (b->path.n == b->capacity) {
        size_t larger = b->capacity ? b->capacity * 2 : 32;
        const char **entries = reallocarray(b->path.entries, larger, sizeof *entries);
        if (!entries) {
            return -ENOMEM;
        }
        b->path.entries = entries;
        b->capacity = larger;
    }
    memmove(b->path.entries + at + 1, b->path.entries + at, (b->path.n - at) * sizeof *b->path.entries);
    b->path.entries[at] = entry;
    b->path.n++;
    return 0;
}

/* Adds an entry unless it is known. */
static int add(struct building *b, const char *entry, bool front)
{
    char *copy = arena_copy(&b->path.arena, entry, strlen(entry));
    int added = copy ? strmap_add(&b->known, copy, b) : -1;
    if (added <= 0) {
        return added < 0 ? -ENOMEM : 0;
    }
    return put(b, front ? b->n_front++ : b->path.n, copy);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int add_site(struct building *b, const struct disk_site *site)
{
    struct stat st;
    if (!is_folder(site->dir)) {
        return 0;
    }
    int result = add(b, site->dir, false);
    for (size_t i = 0; i < site->n_pths; i++) {
        for (size_t k = 0; k < site->pths[i].n_paths && result == 0; k++) {
            const struct disk_pth_path *line = &site->pths[i].paths[k];
            result = stat(line->path, &st) == 0 ? add(b, line->path, line->front) : 0;
        }
    }
    return result;
}

static void begin(struct building *b)
{
    memset(b, 0, sizeof *b);
    arena_init(&b->path.arena);
    strmap_init(&b->known);
}

/* Hands the list over, or drops it. */
static int finish(struct building *b, int result, struct sitepath *ret_path, struct disk_error *error)
{
    strmap_release(&b->known);
    if (result < 0) {
        sitepath_release(&b->path);
        return disk_fail_memory(error);
    }
    *ret_path = b->path;
    return 0;
}

int sitepath_model(const char *const *before, size_t n_before, const struct disk_site *const *sites, size_t n_sites,
                   struct sitepath *ret_path, struct disk_error *error)
{
    struct building b;
    int result = 0;
    begin(&b);
    for (size_t i = 0; i < n_before && result == 0; i++) {
        result = add(&b, before[i], false);
    }
    for (size_t i = 0; i < n_sites && result == 0; i++) {
        result = add_site(&b, sites[i]);
    }
    return finish(&b, result, ret_path, error);
}

void sitepath_release(struct sitepath *path)
{
    free(path->entries);
    arena_release(&path->arena);
    memset(path, 0, sizeof *path);
}

/* ---- an interpreter from outside ---- */

struct fresh {
    const struct sitepath_interpreter *interpreter;
    struct building b;
    bool site; /* site runs: entries are made absolute and kept once */
};

static int scan(struct fresh *f, const char *dir)
{
    struct disk_site site;
    if (!is_folder(dir)) {
        return 0;
    }
    int result = disk_scan_site(dir, DISK_SCAN_SHALLOW | f->interpreter->scan_flags, &site, NULL);
    if (result < 0) { /* listed or not, the directory itself is an entry */
        return result == -ENOMEM ? -ENOMEM : add(&f->b, dir, false);
    }
    result = add_site(&f->b, &site);
    disk_site_release(&site);
    return result;
}

static int scan_below(struct fresh *f, const char *prefix)
{
    struct strbuf text, dir;
    strbuf_init(&text);
    strbuf_init(&dir);
    bool made = strbuf_add_string(&text, prefix) == 0 && strbuf_add_string(&text, "/lib/python") == 0 &&
                strbuf_add_string(&text, f->interpreter->version) == 0 &&
                strbuf_add_string(&text, "/site-packages") == 0 && file_normalise(NULL, text.data, &dir) == 0;
    int result = made ? scan(f, dir.data) : -ENOMEM;
    strbuf_release(&text);
    strbuf_release(&dir);
    return result;
}

/* One entry of the part that getpath makes. */
static int add_before(struct fresh *f, const char *entry)
{
    struct strbuf path;
    if (!f->site) {
        char *copy = arena_copy(&f->b.path.arena, entry, strlen(entry));
        return copy ? put(&f->b, f->b.path.n, copy) : -ENOMEM;
    }
    strbuf_init(&path);
    int result = file_normalise(NULL, entry, &path) == 0 ? add(&f->b, path.data, false) : -ENOMEM;
    strbuf_release(&path);
    return result;
}

/* How far does a relative path lead up beyond where it begins? */
static size_t count_ups(const char *path)
{
    size_t depth = 0, ups = 0;
    for (; *path; path += strspn(path, "/")) {
        size_t n = strcspn(path, "/");
        bool up = n == 2 && path[0] == '.' && path[1] == '.';
        ups += up && depth == 0;
        depth = up ? depth - (depth > 0) : depth + (n > 0 && !(n == 1 && path[0] == '.'));
        path += n;
    }
    return ups;
}

/* getpath normalises each part by itself and then puts the working directory before what is relative, so that ".." in
 * front stays. */
static int add_part(struct fresh *f, const char *part)
{
    struct strbuf entry, tail;
    strbuf_init(&entry);
    strbuf_init(&tail);
    bool made = file_normalise("/", part, &tail) == 0;
    if (made && part[0] != '/') {
        made = file_normalise(NULL, ".", &entry) == 0;
        for (size_t ups = count_ups(part); ups > 0 && made; ups--) {
            made = strbuf_add_string(&entry, "/..") == 0;
        }
    }
    made = made && (tail.length == 1 && entry.length > 0 ? true : strbuf_add_string(&entry, tail.data) == 0);
    int result = made ? add_before(f, entry.data) : -ENOMEM;
    strbuf_release(&entry);
    strbuf_release(&tail);
    return result;
}

static int add_python_path(struct fresh *f, const char *text)
{
    struct strbuf part;
    int result = 0;
    strbuf_init(&part);
    for (const char *at = text, *end; at && result == 0; at = end ? end + 1 : NULL) {
        end = strchr(at, ':');
        strbuf_clear(&part);
        bool made = strbuf_reserve(&part, 0) == 0 && strbuf_add(&part, at, end ? (size_t)(end - at) : strlen(at)) == 0;
        result = made ? add_part(f, part.data) : -ENOMEM;
    }
    strbuf_release(&part);
    return result;
}

static int add_library(struct fresh *f)
{
    const char *version = f->interpreter->version, *dot = strchr(version, '.');
    char zip[64], library[64], dynamic[64];
    snprintf(zip, sizeof zip, "lib/python%.*s%s.zip", (int)strcspn(version, "."), version, dot ? dot + 1 : "");
    snprintf(library, sizeof library, "lib/python%s", version);
    snprintf(dynamic, sizeof dynamic, "lib/python%s/lib-dynload", version);
    const char *const parts[] = {zip, library, dynamic};
    int result = 0;
    for (size_t i = 0; i < 3 && result == 0; i++) {
        char *entry = arena_join(&f->b.path.arena, f->interpreter->base_prefix, '/', parts[i]);
        result = entry ? add_before(f, entry) : -ENOMEM;
    }
    return result;
}

/* "key = value" of pyvenv.cfg: does it say include-system-site-packages, and what? */
static void read_config(char *text, bool *ret_system)
{
    char *state = NULL;
    for (char *line = strtok_r(text, "\r\n", &state); line; line = strtok_r(NULL, "\r\n", &state)) {
        char *equals = strchr(line, '=');
        if (!equals) {
            continue;
        }
        char *key_end = equals, *value = equals + 1, *end = value + strlen(value);
        line += strspn(line, " \t");
        while (key_end > line && isspace((unsigned char)key_end[-1])) {
            key_end--;
        }
        value += strspn(value, " \t");
        while (end > value && isspace((unsigned char)end[-1])) {
            end--;
        }
        *end = *key_end = '\0';
        if (strcasecmp(line, "include-system-site-packages") == 0) {
            *ret_system = strcasecmp(value, "true") == 0;
        }
    }
}

/* Is the executable in an environment? 1 (then its prefix and whether it shows the installation's packages), 0,
 * -ENOMEM. */
static int find_environment(const char *executable, struct strbuf *prefix, bool *ret_system)
{
    struct strbuf text, path;
    strbuf_init(&text);
    strbuf_init(&path);
    int result = -ENOENT;
    static const char *const above[] = {"..", "../.."}; /* beside the executable, or one up */
    for (size_t i = 0; i < 2 && result == -ENOENT; i++) {
        strbuf_clear(&path);
        strbuf_clear(&text);
        bool made = strbuf_add_string(&text, executable) == 0 && strbuf_add_char(&text, '/') == 0 &&
                    strbuf_add_string(&text, above[i]) == 0 && strbuf_add_string(&text, "/pyvenv.cfg") == 0 &&
                    file_normalise(NULL, text.data, &path) == 0;
        strbuf_clear(&text);
        result = made ? file_read(AT_FDCWD, path.data, DISK_SMALL_MAX, &text, NULL) : -ENOMEM;
    }
    if (result == 0) {
        *ret_system = true;
        read_config(text.data ? text.data : (char[]){""}, ret_system);
        strbuf_clear(&path);
        bool made = strbuf_add_string(&path, executable) == 0 && strbuf_add_string(&path, "/../..") == 0;
        result = made && file_normalise(NULL, path.data, prefix) == 0 ? 1 : -ENOMEM;
    } else {
        result = result == -ENOMEM ? -ENOMEM : 0;
    }
    strbuf_release(&text);
    strbuf_release(&path);
    return result;
}

static int add_user_site(struct fresh *f)
{
    const struct sitepath_interpreter *i = f->interpreter;
    bool set = i->user_base && i->user_base[0];
    if (!set && !i->home) {
        return 0;
    }
    char *base = set ? arena_copy(&f->b.path.arena, i->user_base, strlen(i->user_base))
                     : arena_join(&f->b.path.arena, i->home, '/', ".local");
    return base ? scan_below(f, base) : -ENOMEM;
}

static int add_sites(struct fresh *f)
{
    bool system = true, user = !(f->interpreter->flags & (SITEPATH_NO_USER_SITE | SITEPATH_ISOLATED));
    struct strbuf prefix;
    strbuf_init(&prefix);
    int environment = find_environment(f->interpreter->executable, &prefix, &system);
    int result = environment < 0 ? environment : 0;
    if (environment > 0) {
        result = scan_below(f, prefix.data);
    }
    if (result == 0 && user && system) {
        result = add_user_site(f);
    }
    if (result == 0 && system) {
        result = scan_below(f, f->interpreter->base_prefix);
    }
    strbuf_release(&prefix);
    return result;
}

int sitepath_fresh(const struct sitepath_interpreter *interpreter, struct sitepath *ret_path, struct disk_error *error)
{
    bool isolated = interpreter->flags & SITEPATH_ISOLATED;
    struct fresh f = {.interpreter = interpreter, .site = !(interpreter->flags & SITEPATH_NO_SITE)};
    const char *python_path = isolated || interpreter->flags & SITEPATH_IGNORE_ENV ? NULL : interpreter->python_path;
    begin(&f.b);
    int result = python_path && *python_path ? add_python_path(&f, python_path) : 0;
    if (result == 0) {
        result = add_library(&f);
    }
    if (result == 0 && f.site) {
        result = add_sites(&f);
    }
    if (result == 0 && !isolated && !(interpreter->flags & SITEPATH_SAFE_PATH)) {
        char *first = arena_copy(&f.b.path.arena, interpreter->first, strlen(interpreter->first));
        result = first ? put(&f.b, 0, first) : -ENOMEM;
    }
    return finish(&f.b, result, ret_path, error);
}
