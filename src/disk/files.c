/* From paths to modules.
 *
 * Invariant: after files_finish the array is sorted by path and has each path once, and every string in it lives in the
 * distribution's arena. Must not open any file: size and mtime come from stat, content is none of its business. */
#include "disk/files.h"

#include "base/sha256.h"
#include "disk/fail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void files_init(struct files *files)
{
    memset(files, 0, sizeof *files);
}

void files_release(struct files *files)
{
    free(files->items);
    memset(files, 0, sizeof *files);
}

bool files_is_identifier(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
        if (!letter && (i == 0 || c < '0' || c > '9')) {
            return false;
        }
    }
    return length > 0;
}

static bool ends_with(const char *text, size_t length, const char *suffix)
{
    size_t n = strlen(suffix);
    return length > n && memcmp(text + length - n, suffix, n) == 0;
}

/* What the last part of a path is, and how much of it is the module's name (0: it is no module). */
static unsigned classify(const char *base, size_t length, size_t *ret_stem)
{
    *ret_stem = 0;
    if (ends_with(base, length, ".py")) {
        *ret_stem = length - 3;
        return DISK_FILE_SOURCE;
    }
    if (ends_with(base, length, ".so")) {
        *ret_stem = strcspn(base, "."); /* name.cpython-311-x86_64-linux-gnu.so, name.abi3.so */
        return DISK_FILE_EXTENSION;
    }
    if (ends_with(base, length, ".pyc")) {
        *ret_stem = length - 4;
        return DISK_FILE_BYTECODE;
    }
    return 0;
}

/* Sets flags and, when every part of the path below its sys.path entry can be imported, the module's name. Returns 0 or
 * -ENOMEM. */
static int name_module(struct disk_dist *dist, struct disk_file *file, const char *relative)
{
    const char *slash = strrchr(relative, '/');
    const char *base = slash ? slash + 1 : relative;
    size_t stem;
    file->flags |= (uint8_t)classify(base, strlen(base), &stem);
    if (!files_is_identifier(base, stem)) {
        return 0;
    }
    for (const char *part = relative; part < base;) {
        size_t n = strcspn(part, "/");
        if (!files_is_identifier(part, n) || (n == 11 && memcmp(part, "__pycache__", 11) == 0)) {
            return 0;
        }
        part += n + 1;
    }
    size_t length = (size_t)(base - relative) + stem;
    if (stem == 8 && memcmp(base, "__init__", 8) == 0) {
        if (base == relative) {
            return 0;
        }
        file->flags |= DISK_FILE_PACKAGE;
        length = (size_t)(base - relative) - 1;
    }
    char *module = arena_copy(&dist->arena, relative, length);
    if (!module) {
        return -ENOMEM;
    }
    for (char *c = module; *c; c++) {
        *c = *c == '/' ? '.' : *c;
    }
    file->module = module;
    return 0;
}

/* What follows `directory` and a slash in path, or NULL when path is not below it. */
static const char *below(const char *directory, const char *path)
{
    size_t n = strlen(directory);
    if (n == 1) {
        return path + 1; /* the root of the file system */
    }
    return strncmp(directory, path, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

/* A new file with its path, not counted yet. NULL: memory. */
static struct disk_file *next_file(struct disk_dist *dist, struct files *files, const char *path)
{
    if (files->count == files->capacity) {
        size_t capacity = files->capacity ? files->capacity * 2 : 64;
        struct disk_file *items = reallocarray(files->items, capacity, sizeof *items);
        if (!items) {
            return NULL;
        }
        files->items = items;
        files->capacity = capacity;
    }
    struct disk_file *file = &files->items[files->count];
    memset(file, 0, sizeof *file);
    file->size = -1;
    file->path = arena_copy(&dist->arena, path, strlen(path));
    file->relative = file->path ? below(dist->root, file->path) : NULL;
    return file->path ? file : NULL;
}

int files_add(struct disk_dist *dist, struct files *files, const char *path, struct disk_file **ret_file)
{
    struct disk_file *file = next_file(dist, files, path);
    if (!file) {
        return -ENOMEM;
    }
    if (!file->relative) {
        file->flags |= DISK_FILE_OUTSIDE;
    } else if (below(dist->metadata_dir, file->path)) {
        file->flags |= DISK_FILE_METADATA;
    } else if (name_module(dist, file, file->relative) < 0) {
        return -ENOMEM;
    }
    files->count++;
    *ret_file = file;
    return 0;
}

int files_add_tree(struct disk_dist *dist, struct files *files, const char *path, const char *imported,
                   struct disk_file **ret_file)
{
    struct disk_file *file = next_file(dist, files, path);
    if (!file || name_module(dist, file, imported) < 0) {
        return -ENOMEM;
    }
    file->flags |= DISK_FILE_TREE;
    files->count++;
    *ret_file = file;
    return 0;
}

static int by_path(const void *a, const void *b)
{
    const struct disk_file *left = a, *right = b;
    int order = strcmp(left->path, right->path);
    return order ? order : left->line < right->line ? -1 : left->line > right->line;
}

static int by_name(const void *a, const void *b)
{
    const struct disk_top *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order ? order : (int)right->own - (int)left->own;
}

/* The first parts of all modules, each once, sorted. */
static int find_tops(struct disk_dist *dist, const struct files *files, struct disk_top **ret_tops, size_t *ret_count)
{
    size_t n = 0, kept = 0;
    struct disk_top *tops = reallocarray(NULL, files->count + 1, sizeof *tops);
    if (!tops) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < files->count; i++) {
        const char *module = files->items[i].module;
        if (module) {
            size_t length = strcspn(module, ".");
            bool own = module[length] == '\0';
            bool same = n > 0 && strncmp(tops[n - 1].name, module, length) == 0 && tops[n - 1].name[length] == '\0';
            if (same) {
                tops[n - 1].own |= own;
                continue;
            }
            const char *name = own ? module : arena_copy(&dist->arena, module, length);
            if (!name) {
                free(tops);
                return -ENOMEM;
            }
            tops[n++] = (struct disk_top){.name = name, .own = own};
        }
    }
    qsort(tops, n, sizeof *tops, by_name);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || strcmp(tops[kept - 1].name, tops[i].name) != 0) {
            tops[kept++] = tops[i];
        }
    }
    *ret_tops = arena_calloc(&dist->arena, kept + 1, sizeof *tops);
    if (*ret_tops) {
        memcpy(*ret_tops, tops, kept * sizeof *tops);
        *ret_count = kept;
    }
    free(tops);
    return *ret_tops ? 0 : -ENOMEM;
}

int files_finish(struct disk_dist *dist, struct files *files, struct disk_error *error)
{
    struct disk_top *tops;
    size_t n_tops, kept = 0;
    if (files->count) {
        qsort(files->items, files->count, sizeof *files->items, by_path);
    }
    for (size_t i = 0; i < files->count; i++) {
        if (kept == 0 || strcmp(files->items[kept - 1].path, files->items[i].path) != 0) {
            files->items[kept++] = files->items[i];
        }
    }
    files->count = kept;
    if (find_tops(dist, files, &tops, &n_tops) < 0) {
        return disk_fail_memory(error);
    }
    free(dist->files);
    dist->files = files->items;
    dist->n_files = files->count;
    dist->tops = tops;
    dist->n_tops = n_tops;
    files_init(files);
    return 0;
}

static void add_number(struct sha256 *sha, int64_t number)
{
    sha256_add(sha, &number, sizeof number); /* digests are compared in this process only */
}

void files_digest(const struct disk_dist *dist, const void *metadata, size_t length, uint8_t ret_digest[32])
{
    struct sha256 sha;
    sha256_init(&sha);
    add_number(&sha, (int64_t)length);
    sha256_add(&sha, metadata, length);
    for (size_t i = 0; i < dist->n_files; i++) {
        const struct disk_file *file = &dist->files[i];
        if (!(file->flags & (DISK_FILE_BYTECODE | DISK_FILE_OUTSIDE))) {
            sha256_add_string(&sha, file->relative ? file->relative : file->path);
            add_number(&sha, file->size);
            add_number(&sha, file->mtime_ns);
        }
    }
    sha256_end(&sha, ret_digest);
}

void files_who(const struct disk_dist *dist, uint8_t ret_digest[32])
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_add_string(&sha, dist->name);
    sha256_add_string(&sha, dist->version);
    sha256_end(&sha, ret_digest);
}

static int module_rank(const struct disk_file *file)
{
    int kind = file->flags & DISK_FILE_EXTENSION ? 0 : file->flags & DISK_FILE_SOURCE ? 1 : 2;
    return (file->flags & DISK_FILE_PACKAGE ? 0 : 3) + kind;
}

const struct disk_file *disk_dist_find_module(const struct disk_dist *dist, const char *module)
{
    const struct disk_file *best = NULL;
    for (size_t i = 0; i < dist->n_files; i++) {
        const struct disk_file *file = &dist->files[i];
        if (file->module && strcmp(file->module, module) == 0 && (!best || module_rank(file) < module_rank(best))) {
            best = file;
        }
    }
    return best;
}

const struct disk_file *disk_dist_find_file(const struct disk_dist *dist, const char *path)
{
    size_t low = 0, high = dist->n_files;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(dist->files[middle].path, path);
        if (order == 0) {
            return &dist->files[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}
