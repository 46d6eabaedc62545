/* Without RECORD the files are those that somebody vouches for: the folder itself (egg), the list that old pip or the
 * package manager of the system keeps, top_level.txt, or the caller.
 *
 * Must not guess: a project's name is not the name of its package. */
#include "disk/unrecorded.h"

#include "base/file.h"
#include "disk/fail.h"
#include "disk/files.h"
#include "disk/pkgdb.h"
#include "disk/problem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define TOP_LEVEL_MAX 65536

/* TOP.so, TOP.abi3.so, TOP.cpython-311-x86_64-linux-gnu.so */
static bool is_extension_of(const char *entry, const char *top)
{
    size_t n = strlen(top), length = strlen(entry);
    return strncmp(entry, top, n) == 0 && entry[n] == '.' && length >= n + 3 && strcmp(entry + length - 3, ".so") == 0;
}

struct tops {
    struct disk_dist *dist;
    struct files *files;
    struct disk_error *error;
};

static int walk_extensions(struct tops *t, const char *top)
{
    DIR *stream = opendir(t->dist->root);
    if (!stream) {
        return errno == ENOMEM ? disk_fail_memory(t->error) : 0;
    }
    int result = 0;
    struct dirent *entry;
    while (result == 0 && (entry = readdir(stream))) {
        if (is_extension_of(entry->d_name, top)) {
            result = files_walk(t->dist, t->files, entry->d_name, t->error);
        }
    }
    closedir(stream);
    return result;
}

static int walk_top(const char *top, void *arg)
{
    struct tops *t = arg;
    int result = files_walk(t->dist, t->files, top, t->error);
    if (result == 0) {
        char *source = arena_join(&t->dist->arena, top, 0, ".py");
        result = source ? files_walk(t->dist, t->files, source, t->error) : disk_fail_memory(t->error);
    }
    return result < 0 ? result : walk_extensions(t, top);
}

int unrecorded_each_top(const struct disk_dist *dist, int (*visit)(const char *top, void *arg), void *arg)
{
    struct strbuf path, text;
    strbuf_init(&path);
    strbuf_init(&text);
    int result = strbuf_add_string(&path, dist->metadata_dir) < 0 || strbuf_add_string(&path, "/top_level.txt") < 0
                     ? -ENOMEM
                     : file_read(AT_FDCWD, path.data, TOP_LEVEL_MAX, &text, NULL);
    if (result < 0) {
        result = result == -ENOMEM ? result : 0;
    } else {
        char *state = NULL;
        for (char *name = strtok_r(text.data, " \t\r\n", &state); name && result == 0;
             name = strtok_r(NULL, " \t\r\n", &state)) {
            if (files_is_identifier(name, strlen(name))) {
                result = visit(name, arg);
            }
        }
    }
    strbuf_release(&path);
    strbuf_release(&text);
    return result;
}

bool unrecorded_top_exists(const struct disk_dist *dist, const char *top, struct stat *ret_st)
{
    DIR *stream = opendir(dist->root);
    struct dirent *entry;
    size_t n = strlen(top);
    bool found = false;
    while (stream && !found && (entry = readdir(stream))) {
        const char *name = entry->d_name;
        bool named = strncmp(name, top, n) == 0 && (name[n] == '\0' || strcmp(name + n, ".py") == 0 ||
                                                    strcmp(name + n, ".pyc") == 0 || is_extension_of(name, top));
        found = named && fstatat(dirfd(stream), name, ret_st, 0) == 0;
    }
    if (stream) {
        closedir(stream);
    }
    return found;
}

/* The text that stands for the install in its identity. */
static int digest(struct disk_dist *dist, int dir, const struct strbuf *given, struct disk_error *error)
{
    struct strbuf text;
    strbuf_init(&text);
    int result = given      ? 0
                 : dir >= 0 ? file_read_head(dir, dist->metadata, DISK_METADATA_MAX, &text, NULL)
                            : file_read_head(AT_FDCWD, dist->metadata_dir, DISK_METADATA_MAX, &text, NULL);
    if (result != -ENOMEM) {
        const struct strbuf *used = given ? given : &text;
        files_digest(dist, used->data, used->length, dist->identity.content);
    }
    strbuf_release(&text);
    return result == -ENOMEM ? disk_fail_memory(error) : 0;
}

/* Adds one path of somebody's list. Folders are in some lists and no files. */
static int add_listed(const char *path, void *arg)
{
    struct tops *t = arg;
    struct strbuf normal;
    struct stat st;
    struct disk_file *file = NULL;
    strbuf_init(&normal);
    size_t n_root = strlen(t->dist->root);
    bool inside = file_normalise(t->dist->root, path, &normal) == 0 &&
                  strncmp(normal.data, t->dist->root, n_root) == 0 && normal.data[n_root] == '/';
    bool there = inside && stat(normal.data, &st) == 0;
    int result = 0;
    if (!normal.data) {
        result = -ENOMEM;
    } else if (t->files->count >= FILES_MAX) {
        result = problem_add(&t->dist->arena, &t->dist->problems, t->dist->metadata_dir, NULL, 0,
                             "has a list of more than %u files", FILES_MAX);
    } else if (!(there && S_ISDIR(st.st_mode))) {
        result = files_add(t->dist, t->files, normal.data, &file);
    }
    if (file && there && !(file->flags & DISK_FILE_OUTSIDE)) {
        file->size = st.st_size;
        file->mtime_ns = file_mtime_ns(&st);
    }
    strbuf_release(&normal);
    return result;
}

/* Paths in it are relative to the metadata directory. DISK_LIST_NONE: there is none. */
static int add_installed_files(struct tops *t, int dir)
{
    struct strbuf text, path;
    strbuf_init(&text);
    strbuf_init(&path);
    int result = file_read(dir, "installed-files.txt", DISK_RECORD_MAX, &text, NULL);
    bool there = result == 0;
    if (result < 0 && result != -ENOMEM) {
        result = result == -ENOENT ? 0
                                   : problem_add(&t->dist->arena, &t->dist->problems, t->dist->metadata_dir,
                                                 "installed-files.txt", 0, "cannot be read: %s", strerror(-result));
    }
    char *state = NULL;
    for (char *line = there && text.data ? strtok_r(text.data, "\r\n", &state) : NULL; line && result == 0;
         line = strtok_r(NULL, "\r\n", &state)) {
        strbuf_clear(&path);
        result = file_normalise(t->dist->metadata_dir, line, &path) == 0 ? add_listed(path.data, t) : -ENOMEM;
    }
    strbuf_release(&text);
    strbuf_release(&path);
    return result < 0 ? disk_fail_memory(t->error) : there ? DISK_LIST_INSTALLED : DISK_LIST_NONE;
}

/* Adds the files and returns who listed them, or -errno with its sentence. */
static int add_by_list(struct tops *t, int dir)
{
    struct disk_dist *dist = t->dist;
    int list = DISK_LIST_NONE;
    if (dist->kind == DISK_EGG) {
        int result = files_walk(dist, t->files, "", t->error);
        return result < 0 ? result : DISK_LIST_FOLDER;
    }
    if (dist->kind == DISK_EGG_INFO && dir >= 0) {
        list = add_installed_files(t, dir);
    }
    if (list == DISK_LIST_NONE && dist->pkgdb) {
        list = pkgdb_files(dist->pkgdb, &dist->arena, &dist->problems, dist->metadata_dir, add_listed, t);
        list = list == -ENOMEM ? disk_fail_memory(t->error) : list;
    }
    if (list == DISK_LIST_NONE && dir >= 0) {
        int result = unrecorded_each_top(dist, walk_top, t);
        list = result < 0 ? result : t->files->count ? DISK_LIST_TOPS : DISK_LIST_NONE;
    }
    return list;
}

int unrecorded_load(struct disk_dist *dist, int dir, const struct strbuf *text, struct disk_error *error)
{
    struct files files;
    struct tops tops = {.dist = dist, .files = &files, .error = error};
    files_init(&files);
    int list = add_by_list(&tops, dir);
    int result = list < 0 ? list : files_finish(dist, &files, error);
    if (result == 0) {
        dist->list = (enum disk_list)list;
        result = digest(dist, dir, text, error);
    }
    files_release(&files);
    return result;
}

/* Begins with what the distribution has; files_finish drops what is there twice. */
static int copy_files(struct disk_dist *dist, struct files *files)
{
    for (size_t i = 0; i < dist->n_files; i++) {
        struct disk_file *copy;
        if (files_add(dist, files, dist->files[i].path, &copy) < 0) {
            return -ENOMEM;
        }
        *copy = dist->files[i];
    }
    return 0;
}

int disk_dist_adopt(struct disk_dist *dist, const char *top, struct disk_error *error)
{
    int result = disk_dist_load(dist, error);
    if (result < 0) {
        return result;
    }
    if (dist->kind != DISK_WHEEL || dist->record != DISK_RECORD_ABSENT) {
        return disk_fail(error, EINVAL, "%s lists its own files", dist->metadata_dir);
    }
    if (!files_is_identifier(top, strlen(top))) {
        return disk_fail(error, EINVAL, "%s is no name of a module", top);
    }
    struct files files;
    struct tops tops = {.dist = dist, .files = &files, .error = error};
    files_init(&files);
    result = copy_files(dist, &files) < 0 ? disk_fail_memory(error) : walk_top(top, &tops);
    if (result == 0) {
        result = files_finish(dist, &files, error);
    }
    files_release(&files);
    int dir = result == 0 ? file_open_dir(AT_FDCWD, dist->metadata_dir) : -1;
    if (dir >= 0) {
        dist->list = DISK_LIST_TOPS;
        result = digest(dist, dir, NULL, error);
        close(dir);
    }
    return result;
}
