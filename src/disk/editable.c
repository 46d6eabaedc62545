/* What says that a wheel is editable is direct_url.json (pip and uv write it). Where its code is say the files that
 * RECORD lists: a .pth file with path lines, or one whose import line imports a module that installs a finder. That
 * module has its table in one of three forms, which are read as text and never executed:
 *
 *     MAPPING: dict[str, str] = {'pkg': '/tree/pkg'}                      setuptools
 *     F.map_module('pkg', '/tree/pkg/__init__.py')                        the editables library: hatchling, pdm-backend
 *     install({'pkg': '/tree/pkg/__init__.py', 'pkg.m': ...}, {}, ...)    scikit-build-core
 *
 * Another form (meson-python's has a command that builds, and no table) is a problem, and such an install is `opaque`.
 *
 * All of the tree counts as the distribution's files, as found: somebody works on it, and no installer tells. Of a tree
 * that top_level.txt describes only those names count. */
#define _GNU_SOURCE /* memmem */
#include "disk/editable.h"

#include "base/file.h"
#include "disk/fail.h"
#include "disk/problem.h"
#include "disk/pth.h"
#include "disk/unrecorded.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

struct editing {
    struct disk_dist *dist;
    struct files *files;
    int site; /* the open site directory */
    size_t n_trees;
    bool cut;         /* a table could not be read to its end */
    const char *tree; /* while its names are looked for */
    size_t n_tops;
    struct disk_error *error;
};

/* ---- direct_url.json ---- */

/* 1, 0, -ENOMEM. */
static int is_editable(struct disk_dist *dist, int dir)
{
    struct strbuf text;
    json_error_t error;
    strbuf_init(&text);
    int result = file_read(dir, "direct_url.json", DISK_SMALL_MAX, &text, NULL);
    if (result < 0) {
        strbuf_release(&text);
        return result == -ENOMEM   ? -ENOMEM
               : result == -ENOENT ? 0
                                   : problem_add(&dist->arena, &dist->problems, dist->metadata_dir, "direct_url.json",
                                                 0, "cannot be read: %s", strerror(-result));
    }
    json_t *root = json_loadb(text.data, text.length, 0, &error);
    strbuf_release(&text);
    if (!root) {
        return problem_add(&dist->arena, &dist->problems, dist->metadata_dir, "direct_url.json",
                           error.line < 0 ? 0 : (uint32_t)error.line, "%s", error.text);
    }
    bool editable = json_is_true(json_object_get(json_object_get(root, "dir_info"), "editable"));
    json_decref(root);
    return editable;
}

/* ---- MAPPING ---- */

struct literal {
    const char *at, *end;
    uint32_t line;
};

static void skip_blank(struct literal *l)
{
    while (l->at < l->end && strchr(" \t\r\n", *l->at) && *l->at) {
        l->line += *l->at++ == '\n';
    }
}

static bool take(struct literal *l, char c)
{
    skip_blank(l);
    bool there = l->at < l->end && *l->at == c;
    l->at += there;
    return there;
}

/* A string as repr() writes it, with the escapes that a path can need. 1, 0 none, -ENOMEM. */
static int take_string(struct literal *l, struct strbuf *buf)
{
    skip_blank(l);
    strbuf_clear(buf);
    if (l->at >= l->end || (*l->at != '\'' && *l->at != '"')) {
        return 0;
    }
    char quote = *l->at++;
    while (l->at < l->end && *l->at != quote) {
        char c = *l->at++;
        if (c == '\\' && l->at < l->end) {
            c = *l->at++;
            if (c != '\\' && c != '\'' && c != '"') {
                return 0;
            }
        }
        if (c == '\n' || c == '\0') {
            return 0;
        }
        if (strbuf_add_char(buf, c) < 0) {
            return -ENOMEM;
        }
    }
    return l->at < l->end && *l->at++ == quote ? (strbuf_reserve(buf, 0) < 0 ? -ENOMEM : 1) : 0;
}

/* The forms, by how a line begins; the table follows behind `after`. */
static const struct form {
    const char *begin, *after;
    char open, between, close; /* open 0: one pair alone */
} forms[] = {{"MAPPING", "=", '{', ':', '}'}, {"F.map_module(", "(", 0, ',', ')'}, {"install(", "(", '{', ':', '}'}};

/* Moves behind the beginning of the next line that has one of the forms. NULL: there is none. */
static const struct form *find_form(struct literal *l)
{
    while (l->at < l->end) {
        const char *newline = memchr(l->at, '\n', (size_t)(l->end - l->at));
        const char *end = newline ? newline : l->end;
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
            size_t n = strlen(forms[i].begin);
            bool begins = (size_t)(end - l->at) > n && memcmp(l->at, forms[i].begin, n) == 0;
            const char *after = begins ? memchr(l->at, forms[i].after[0], (size_t)(end - l->at)) : NULL;
            if (after && (forms[i].begin[n - 1] == '(' || strchr(" :=", l->at[n]))) {
                l->at = after + 1;
                return &forms[i];
            }
        }
        l->at = newline ? newline + 1 : l->end;
        l->line++;
    }
    return NULL;
}

typedef int table_visitor(const char *module, const char *path, void *arg);

/* 1, 0 none of the form, negative. */
static int read_pair(struct literal *l, char between, table_visitor *visit, void *arg)
{
    struct strbuf key, value;
    strbuf_init(&key);
    strbuf_init(&value);
    int result = take_string(l, &key);
    result = result > 0 && !take(l, between) ? 0 : result;
    result = result > 0 ? take_string(l, &value) : result;
    if (result > 0) {
        int visited = visit(key.data, value.data, arg);
        result = visited < 0 ? visited : 1;
    }
    strbuf_release(&key);
    strbuf_release(&value);
    return result;
}

static int read_table(struct literal *l, const struct form *form, table_visitor *visit, void *arg)
{
    if (!form->open) {
        int result = read_pair(l, form->between, visit, arg);
        return result > 0 ? take(l, form->close) : result;
    }
    int result = take(l, form->open);
    while (result > 0 && !take(l, form->close)) {
        result = read_pair(l, form->between, visit, arg);
        if (result > 0 && !take(l, ',')) {
            return take(l, form->close);
        }
    }
    return result;
}

int editable_mapping(const char *text, size_t length, uint32_t *ret_line,
                     int (*visit)(const char *module, const char *path, void *arg), void *arg)
{
    struct literal l = {text, text + length, 1};
    int result = 0;
    for (const struct form *form; (form = find_form(&l)) && (result = read_table(&l, form, visit, arg)) > 0;) {
        if (form->open) {
            break; /* all of it is in one */
        }
    }
    *ret_line = l.line;
    return result;
}

/* ---- trees ---- */

/* path as module `imported`: a folder, or PATH.py, or PATH.*.so */
static int walk_module(struct editing *e, const char *path, const char *imported)
{
    static const char *const suffixes[] = {"", ".py"};
    int result = 0;
    for (size_t i = 0; i < 2 && result == 0; i++) {
        char *file = arena_join(&e->dist->arena, path, 0, suffixes[i]);
        char *as = arena_join(&e->dist->arena, imported, 0, suffixes[i]);
        result = file && as ? files_walk_tree(e->dist, e->files, file, as, e->error) : disk_fail_memory(e->error);
    }
    return result;
}

/* Cuts off what is behind the folder of a package, or the suffix of a file. */
static void cut_file(struct strbuf *path)
{
    static const char *const ends[] = {"/__init__.py", ".py"};
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(ends[i]);
        if (path->length > n && memcmp(path->data + path->length - n, ends[i], n) == 0) {
            path->length -= n;
            path->data[path->length] = '\0';
            return;
        }
    }
}

static int add_mapped(const char *module, const char *path, void *arg)
{
    struct editing *e = arg;
    struct strbuf normal;
    if (path[0] != '/') {
        return 0; /* all tools write absolute ones */
    }
    strbuf_init(&normal);
    char *imported = arena_copy(&e->dist->arena, module, strlen(module));
    for (char *c = imported; c && *c; c++) {
        *c = *c == '.' ? '/' : *c;
    }
    bool known = imported && file_normalise(NULL, path, &normal) == 0;
    if (known) {
        cut_file(&normal);
    }
    int result = known ? walk_module(e, normal.data, imported) : disk_fail_memory(e->error);
    strbuf_release(&normal);
    e->n_trees++;
    return result;
}

static int add_top(const char *top, void *arg)
{
    struct editing *e = arg;
    char *path = arena_join(&e->dist->arena, e->tree, '/', top);
    e->n_tops++;
    return path ? walk_module(e, path, top) : disk_fail_memory(e->error);
}

static int add_tree(struct editing *e, const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
        return 0;
    }
    e->tree = path;
    e->n_tops = 0;
    e->n_trees++;
    int result = unrecorded_each_top(e->dist, add_top, e);
    return result == 0 && e->n_tops == 0 ? files_walk_tree(e->dist, e->files, path, "", e->error) : result;
}

static bool ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), n_suffix = strlen(suffix);
    return n > n_suffix && strcmp(name + n - n_suffix, suffix) == 0;
}

/* Not every module of an editable install is a finder; one whose table ends within is no finder that is understood. */
static int add_finder(struct editing *e, const char *name)
{
    struct strbuf text;
    uint32_t line = 0;
    size_t before = e->n_trees;
    strbuf_init(&text);
    int result = file_read(e->site, name, DISK_SMALL_MAX, &text, NULL);
    if (result == 0) {
        result = editable_mapping(text.data ? text.data : "", text.length, &line, add_mapped, e);
        e->cut = e->cut || (result == 0 && e->n_trees > before);
        bool finder = ends_with(name, "_finder.py") || e->n_trees > before;
        result = result > 0 ? 0
                 : result == 0 && finder
                     ? problem_add(&e->dist->arena, &e->dist->problems, e->dist->site_dir, name, line,
                                   "has no table of plain strings: where the modules are is "
                                   "not known")
                     : result;
    } else if (result != -ENOMEM) {
        result = problem_add(&e->dist->arena, &e->dist->problems, e->dist->site_dir, name, 0, "cannot be read: %s",
                             strerror(-result));
    }
    strbuf_release(&text);
    return result;
}

static int add_pth(struct editing *e, const char *name)
{
    struct disk_pth pth;
    int result = pth_read(&e->dist->arena, e->site, e->dist->site_dir, name, 0, &e->dist->problems, &pth, e->error);
    for (size_t i = 0; result == 1 && i < pth.n_paths; i++) {
        int added = add_tree(e, pth.paths[i].path);
        result = added < 0 ? added : 1;
    }
    return result < 0 ? result : 0;
}

static int add_trees(struct editing *e)
{
    size_t n_rows = e->files->count;
    int result = 0;
    for (size_t i = 0; i < n_rows && result == 0; i++) {
        const char *name = e->files->items[i].relative;
        if (name && !strchr(name, '/')) {
            result = ends_with(name, ".pth") ? add_pth(e, name) : ends_with(name, ".py") ? add_finder(e, name) : 0;
        }
    }
    if (result == 0 && (e->n_trees == 0 || e->cut)) {
        e->dist->opaque = true;
        result = problem_add(&e->dist->arena, &e->dist->problems, e->dist->metadata_dir, NULL, 0,
                             "is editable in a way that is not known: its files are not listed");
    }
    return result == -ENOMEM ? disk_fail_memory(e->error) : result;
}

int editable_load(struct disk_dist *dist, int dir, struct files *files, struct disk_error *error)
{
    int editable = is_editable(dist, dir);
    if (editable <= 0) {
        return editable < 0 ? disk_fail_memory(error) : 0;
    }
    struct editing e = {.dist = dist, .files = files, .error = error};
    e.site = file_open_dir(AT_FDCWD, dist->site_dir);
    if (e.site < 0) {
        return disk_fail(error, -e.site, "%s cannot be read: %s", dist->site_dir, strerror(-e.site));
    }
    dist->editable = true;
    int result = add_trees(&e);
    close(e.site);
    return result;
}
