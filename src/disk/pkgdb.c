/* Two formats, one question: which package has this metadata directory, and what else is in it?
 *
 * Invariant: the lists are found from the site directory's own place, never from what a file says. They are read as
 * text; paths in them are handed on and not opened. */
#define _GNU_SOURCE /* memmem */
#include "disk/pkgdb.h"

#include "base/file.h"
#include "base/strmap.h"
#include "disk/problem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pkgdb {
    enum disk_list kind;
    char *lists;    /* owned: the folder with the lists */
    char *site_dir; /* owned, with a slash behind */
    char *prefix; /* owned: what the lists' paths are relative to; conda's with a slash behind, dpkg's begin with one */
    bool read;
    struct arena arena;
    struct strmap owners; /* metadata directory -> name of the list */
};

/* ---- where ---- */

/* The part of `path` before PARENT/lib/NAME/LAST; SIZE_MAX when it does not end so. */
static size_t before(const char *path, const char *lib, const char *last)
{
    size_t length = strlen(path), n_last = strlen(last), n_lib = strlen(lib);
    if (length <= n_last || strcmp(path + length - n_last, last) != 0) {
        return SIZE_MAX;
    }
    size_t name_end = length - n_last, name = name_end;
    while (name > 0 && path[name - 1] != '/') {
        name--;
    }
    return name_end > name && name >= n_lib && memcmp(path + name - n_lib, lib, n_lib) == 0 ? name - n_lib : SIZE_MAX;
}

static char *joined(const char *left, size_t n_left, const char *right)
{
    size_t n_right = strlen(right);
    char *text = malloc(n_left + n_right + 1);
    if (text) {
        memcpy(text, left, n_left);
        memcpy(text + n_left, right, n_right + 1);
    }
    return text;
}

int pkgdb_open(const char *site_dir, struct pkgdb **ret_db)
{
    struct stat st;
    size_t root = before(site_dir, "/usr/lib/", "/dist-packages");
    size_t prefix = root == SIZE_MAX ? before(site_dir, "/lib/", "/site-packages") : SIZE_MAX;
    *ret_db = NULL;
    if (root == SIZE_MAX && prefix == SIZE_MAX) {
        return 0;
    }
    bool dpkg = root != SIZE_MAX;
    char *lists = joined(site_dir, dpkg ? root : prefix, dpkg ? "/var/lib/dpkg/info" : "/conda-meta");
    if (!lists || stat(lists, &st) < 0 || !S_ISDIR(st.st_mode)) {
        int result = lists ? 0 : -ENOMEM;
        free(lists);
        return result;
    }
    struct pkgdb *db = calloc(1, sizeof *db);
    if (!db) {
        free(lists);
        return -ENOMEM;
    }
    db->kind = dpkg ? DISK_LIST_DPKG : DISK_LIST_CONDA;
    db->lists = lists;
    db->site_dir = joined(site_dir, strlen(site_dir), "/");
    db->prefix = dpkg ? joined(site_dir, root, "") : joined(site_dir, prefix, "/");
    arena_init(&db->arena);
    strmap_init(&db->owners);
    if (!db->site_dir || !db->prefix) {
        pkgdb_free(db);
        return -ENOMEM;
    }
    *ret_db = db;
    return 0;
}

void pkgdb_free(struct pkgdb *db)
{
    if (db) {
        free(db->lists);
        free(db->site_dir);
        free(db->prefix);
        strmap_release(&db->owners);
        arena_release(&db->arena);
        free(db);
    }
}

/* ---- one list ---- */

typedef int path_visitor(const char *path, void *arg);

struct asking {
    struct pkgdb *db;
    struct arena *arena;
    struct disk_problems *problems;
    path_visitor *visit;
    void *arg;
};

/* One path of a list: below the root of the system, or the prefix of conda. `path` is for its use. */
static int visit_path(const struct asking *asking, const char *listed, struct strbuf *path)
{
    strbuf_clear(path);
    return strbuf_add_string(path, asking->db->prefix) < 0 || strbuf_add_string(path, listed) < 0
               ? -ENOMEM
               : asking->visit(path->data, asking->arg);
}

static int each_dpkg(const struct asking *asking, const char *name, struct strbuf *text)
{
    struct strbuf path;
    uint32_t line = 1;
    int result = 0;
    strbuf_init(&path);
    for (char *at = text->data, *end; *at && result >= 0; at = end + 1, line++) {
        end = at + strcspn(at, "\n");
        bool last = *end == '\0';
        *end = '\0';
        if (*at == '/') {
            result = visit_path(asking, at, &path);
        } else if (*at) {
            result = problem_add(asking->arena, asking->problems, asking->db->lists, name, line, "is no absolute path");
        }
        if (last) {
            break;
        }
    }
    strbuf_release(&path);
    return result;
}

static int each_conda_file(const struct asking *asking, json_t *files)
{
    struct strbuf path;
    int result = 0;
    strbuf_init(&path);
    for (size_t i = 0; i < json_array_size(files) && result >= 0; i++) {
        const char *file = json_string_value(json_array_get(files, i));
        result = file ? visit_path(asking, file, &path) : result;
    }
    strbuf_release(&path);
    return result;
}

static int each_conda(const struct asking *asking, const char *name, struct strbuf *text)
{
    json_error_t error;
    json_t *root = json_loadb(text->data, text->length, 0, &error);
    json_t *files = json_object_get(root, "files");
    if (json_is_array(files)) {
        int result = each_conda_file(asking, files);
        json_decref(root);
        return result;
    }
    int result = problem_add(asking->arena, asking->problems, asking->db->lists, name,
                             root || error.line < 0 ? 0 : (uint32_t)error.line, "%s",
                             root ? "has no list named files" : error.text);
    json_decref(root);
    return result;
}

/* Calls asking->visit for each path of the list with that name. */
static int each_path(const struct asking *asking, const char *name)
{
    struct strbuf text, path;
    strbuf_init(&text);
    strbuf_init(&path);
    int result = strbuf_add_string(&path, asking->db->lists) < 0 || strbuf_add_char(&path, '/') < 0 ||
                         strbuf_add_string(&path, name) < 0
                     ? -ENOMEM
                     : file_read(AT_FDCWD, path.data, DISK_LIST_MAX, &text, NULL);
    if (result == -EFBIG) {
        result = problem_add(asking->arena, asking->problems, asking->db->lists, name, 0, "has more than %u bytes",
                             DISK_LIST_MAX);
    } else if (result < 0 && result != -ENOMEM) {
        result = problem_add(asking->arena, asking->problems, asking->db->lists, name, 0, "cannot be read: %s",
                             strerror(-result));
    } else if (result == 0 && text.length > 0) {
        result = (asking->db->kind == DISK_LIST_DPKG ? each_dpkg : each_conda)(asking, name, &text);
    }
    strbuf_release(&text);
    strbuf_release(&path);
    return result;
}

/* ---- the index ---- */

struct indexing {
    struct pkgdb *db;
    const char *list;
};

/* Notes the list when the path is a metadata directory of the site, or a file in one. */
static int index_path(const char *path, void *arg)
{
    struct indexing *indexing = arg;
    struct pkgdb *db = indexing->db;
    size_t n_site = strlen(db->site_dir);
    if (strncmp(path, db->site_dir, n_site) != 0) {
        return 0;
    }
    size_t length = strcspn(path + n_site, "/");
    bool metadata = (length > 9 && memcmp(path + n_site + length - 9, ".egg-info", 9) == 0) ||
                    (length > 10 && memcmp(path + n_site + length - 10, ".dist-info", 10) == 0);
    if (!metadata) {
        return 0;
    }
    char *key = arena_copy(&db->arena, path, n_site + length);
    return key && strmap_add(&db->owners, key, (void *)indexing->list) >= 0 ? 0 : -ENOMEM;
}

static int index_lists(struct asking *asking, DIR *stream)
{
    struct pkgdb *db = asking->db;
    struct indexing indexing = {.db = db};
    const char *suffix = db->kind == DISK_LIST_DPKG ? ".list" : ".json";
    int result = 0;
    struct dirent *entry;
    struct asking each = *asking;
    each.visit = index_path;
    each.arg = &indexing;
    while (result >= 0 && (entry = readdir(stream))) {
        size_t length = strlen(entry->d_name);
        if (length > 5 && strcmp(entry->d_name + length - 5, suffix) == 0) {
            indexing.list = arena_copy(&db->arena, entry->d_name, length);
            result = indexing.list ? each_path(&each, indexing.list) : -ENOMEM;
        }
    }
    return result;
}

static int read_index(struct asking *asking)
{
    struct pkgdb *db = asking->db;
    if (db->read) {
        return 0;
    }
    DIR *stream = opendir(db->lists);
    if (!stream) {
        return errno == ENOMEM ? -ENOMEM
                               : problem_add(asking->arena, asking->problems, db->lists, NULL, 0,
                                             "cannot be listed: %s", strerror(errno));
    }
    int result = index_lists(asking, stream);
    closedir(stream);
    db->read = result >= 0;
    return result;
}

int pkgdb_files(struct pkgdb *db, struct arena *arena, struct disk_problems *problems, const char *metadata_dir,
                int (*visit)(const char *path, void *arg), void *arg)
{
    struct asking asking = {.db = db, .arena = arena, .problems = problems, .visit = visit, .arg = arg};
    int result = read_index(&asking);
    const char *list = result >= 0 ? strmap_get(&db->owners, metadata_dir) : NULL;
    if (!list) {
        return result < 0 ? result : DISK_LIST_NONE;
    }
    result = each_path(&asking, list);
    return result < 0 ? result : (int)db->kind;
}

/* ---- half-way ---- */

/* dpkg notes each step in a file of UPDATES ("0001") before it takes it, and joins them into its status file when it is
 * done, or has many of them. A kill leaves both as they are. */
static bool has_journal(const struct pkgdb *db)
{
    char *path = joined(db->lists, strlen(db->lists) - strlen("info"), "updates");
    DIR *stream = path ? opendir(path) : NULL;
    bool found = !path;
    for (struct dirent *entry; stream && !found && (entry = readdir(stream));) {
        found = entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
    }
    if (stream) {
        closedir(stream);
    }
    free(path);
    return found;
}

static bool ends_line(const char *line, size_t length, const char *word)
{
    size_t n = strlen(word);
    return length > n && memcmp(line + length - n, word, n) == 0;
}

/* Does the status file say of the package (NULL: of any) that it was being unpacked? */
static bool is_half_installed(const char *status, const char *package, size_t n_package)
{
    bool named = !package;
    for (const char *line = status; *line;) {
        size_t length = strcspn(line, "\n");
        if (package && strncmp(line, "Package: ", 9) == 0) {
            named = length == 9 + n_package && memcmp(line + 9, package, n_package) == 0;
        } else if (named && strncmp(line, "Status: ", 8) == 0 && ends_line(line, length, " half-installed")) {
            return true;
        }
        line += length + (line[length] == '\n');
    }
    return false;
}

bool pkgdb_is_unfinished(const struct pkgdb *db, const char *metadata_dir)
{
    struct strbuf text;
    if (db->kind != DISK_LIST_DPKG) {
        return false;
    }
    if (has_journal(db)) {
        return true;
    }
    char *path = joined(db->lists, strlen(db->lists) - strlen("info"), "status");
    strbuf_init(&text);
    int result = path ? file_read(AT_FDCWD, path, DISK_LIST_MAX, &text, NULL) : -ENOMEM;
    const char *list = strmap_get(&db->owners, metadata_dir); /* python3-yaml.list, libpython3.11:amd64.list */
    size_t n_package = list ? strcspn(list, ":") : 0;
    n_package = list && !list[n_package] ? n_package - strlen(".list") : n_package;
    bool unfinished = result == 0 ? text.data && is_half_installed(text.data, list, n_package) : result != -ENOENT;
    strbuf_release(&text);
    free(path);
    return unfinished;
}
