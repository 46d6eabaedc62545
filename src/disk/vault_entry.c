/* What is known of one kept install, and the questions that are asked of it while the program runs. They are asked
 * once for a late import, and must be cheap: no directory is listed, no file is read. */
#include "base/file.h"
#include "disk/vault.h"
#include "disk/vault_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ELSEWHERE ".elsewhere" /* what does not lie below the root is kept below this, by its whole path */

static int copy_files(struct vault_entry *entry, const struct disk_dist *dist)
{
    struct arena *arena = &entry->arena;
    entry->files = arena_calloc(arena, dist->n_files ? dist->n_files : 1, sizeof *entry->files);
    if (!entry->files) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < dist->n_files; i++) {
        const struct disk_file *from = &dist->files[i];
        if ((from->flags & DISK_FILE_OUTSIDE) || (!from->relative && !(from->flags & DISK_FILE_TREE))) {
            continue;
        }
        struct vault_file *to = &entry->files[entry->n_files++];
        size_t length = strlen(from->path);
        char *path = arena_copy(arena, from->path, length);
        to->module = from->module ? arena_copy(arena, from->module, strlen(from->module)) : NULL;
        if (!path || (from->module && !to->module)) {
            return -ENOMEM;
        }
        to->path = path;
        to->relative =
            from->relative ? path + (length - strlen(from->relative)) : arena_join(arena, ELSEWHERE, 0, path);
        if (!to->relative) {
            return -ENOMEM;
        }
        to->flags = from->flags;
        to->size = from->size;
        to->mtime_ns = from->mtime_ns;
        if ((from->flags & DISK_FILE_METADATA) && length > 7 && strcmp(path + length - 7, "/RECORD") == 0) {
            entry->record = to;
        }
    }
    return 0;
}

/* The egg itself is what is kept, whatever is in it. */
static int add_archive(struct vault_entry *entry)
{
    const char *slash = strrchr(entry->root, '/');
    entry->archive = arena_calloc(&entry->arena, 1, sizeof *entry->archive);
    if (!entry->archive) {
        return -ENOMEM;
    }
    entry->archive->path = entry->root;
    entry->archive->relative = slash ? slash + 1 : entry->root;
    return 0;
}

static int copy_tops(struct vault_entry *entry, const struct disk_dist *dist)
{
    struct disk_top *tops = arena_calloc(&entry->arena, dist->n_tops ? dist->n_tops : 1, sizeof *tops);
    for (size_t i = 0; tops && i < dist->n_tops; i++) {
        tops[i].own = dist->tops[i].own;
        if (!(tops[i].name = arena_copy(&entry->arena, dist->tops[i].name, strlen(dist->tops[i].name)))) {
            return -ENOMEM;
        }
    }
    entry->tops = tops;
    entry->n_tops = tops ? dist->n_tops : 0;
    return tops ? 0 : -ENOMEM;
}

/* Those of whom it is known (docs/installs.md). */
static bool makes_new_files(const struct disk_dist *dist)
{
    bool signed_off = strcmp(dist->installer, "pip") == 0 || strcmp(dist->installer, "uv") == 0;
    return dist->list == DISK_LIST_DPKG || dist->list == DISK_LIST_CONDA ||
           (dist->list == DISK_LIST_RECORD && signed_off);
}

int vault_entry_take(const struct disk_dist *dist, struct vault_entry **ret_entry)
{
    struct vault_entry *entry = calloc(1, sizeof *entry);
    if (!entry) {
        return -ENOMEM;
    }
    struct arena *arena = &entry->arena;
    arena_init(arena);
    entry->name = arena_copy(arena, dist->name, strlen(dist->name));
    entry->version = arena_copy(arena, dist->version, strlen(dist->version));
    entry->root = arena_copy(arena, dist->root, strlen(dist->root));
    entry->metadata_dir = arena_copy(arena, dist->metadata_dir, strlen(dist->metadata_dir));
    entry->identity = dist->identity;
    entry->recorded = dist->list == DISK_LIST_RECORD && dist->record < DISK_RECORD_NONE && !dist->editable;
    entry->replaced = makes_new_files(dist);
    if (!entry->name || !entry->version || !entry->root || !entry->metadata_dir || copy_files(entry, dist) < 0 ||
        copy_tops(entry, dist) < 0 || (dist->kind == DISK_EGG_ZIP && add_archive(entry) < 0)) {
        vault_entry_free(entry);
        return -ENOMEM;
    }
    *ret_entry = entry;
    return 0;
}

void vault_entry_free(struct vault_entry *entry)
{
    if (entry) {
        arena_release(&entry->arena);
        free(entry);
    }
}

static bool is_as_taken(const struct vault_file *file)
{
    struct stat st;
    return stat(file->path, &st) == 0 && (uint64_t)st.st_ino == file->inode && st.st_size == file->size &&
           file_mtime_ns(&st) == file->mtime_ns;
}

bool vault_file_moved(const struct vault_entry *entry, const struct vault_file *file)
{
    if (entry->archive) {
        return !is_as_taken(entry->archive);
    }
    return !is_as_taken(file) || (entry->record && entry->record != file && !is_as_taken(entry->record));
}

int vault_file_path(const struct vault *vault, const struct vault_entry *entry, const struct vault_file *file,
                    struct strbuf *buf)
{
    struct stat st;
    size_t before = buf->length;
    if (!vault_dir_holds(vault)) {
        return -ESTALE;
    }
    if (strbuf_add_string(buf, entry->dir) < 0 || strbuf_add_char(buf, '/') < 0 ||
        strbuf_add_string(buf, file->relative) < 0) {
        strbuf_truncate(buf, before);
        return -ENOMEM;
    }
    const struct vault_file *kept = entry->archive ? entry->archive : file;
    int result = lstat(entry->archive ? entry->dir : buf->data + before, &st) < 0 ? -ENOENT : 0;
    bool ours = result == 0 && S_ISREG(st.st_mode) && (st.st_uid == vault->user || st.st_uid == 0) &&
                !(st.st_mode & (S_IWGRP | S_IWOTH));
    if (result == 0 && (!ours || st.st_size != kept->size || file_mtime_ns(&st) != kept->mtime_ns)) {
        result = -ESTALE; /* a linked file that somebody wrote to in place, after all */
    }
    if (result < 0) {
        strbuf_truncate(buf, before);
    }
    return result;
}

/* Does a source tree of the install, away from its root, have a file in the folder? */
static bool has_tree_below(const struct vault_entry *entry, const char *folder)
{
    size_t length = strlen(folder);
    for (size_t i = 0; i < entry->n_files; i++) {
        const struct vault_file *file = &entry->files[i];
        if ((file->flags & DISK_FILE_TREE) && strncmp(file->path, folder, length) == 0 && file->path[length] == '/') {
            return strncmp(file->relative, ELSEWHERE, sizeof ELSEWHERE - 1) == 0;
        }
    }
    return false;
}

int vault_folder_path(const struct vault_entry *entry, const char *path, struct strbuf *buf)
{
    size_t length = strlen(entry->root), before = buf->length;
    bool below = strncmp(path, entry->root, length) == 0 && path[length] == '/';
    if (!below && !has_tree_below(entry, path)) {
        return -ENOENT;
    }
    if (strbuf_add_string(buf, entry->dir) < 0 || (!below && strbuf_add_string(buf, "/" ELSEWHERE) < 0) ||
        strbuf_add_string(buf, below ? path + length : path) < 0) {
        strbuf_truncate(buf, before);
        return -ENOMEM;
    }
    return 0;
}

/* What the import system prefers among files of one module name. */
static int rank(const struct vault_file *file)
{
    int kind = file->flags & DISK_FILE_EXTENSION ? 0 : file->flags & DISK_FILE_SOURCE ? 1 : 2;
    return (file->flags & DISK_FILE_PACKAGE ? 0 : 3) + kind;
}

const struct vault_file *vault_find_module(const struct vault_entry *entry, const char *module)
{
    const struct vault_file *best = NULL;
    for (size_t i = 0; i < entry->n_files; i++) {
        const struct vault_file *file = &entry->files[i];
        if (file->module && file->inode && strcmp(file->module, module) == 0 && (!best || rank(file) < rank(best))) {
            best = file;
        }
    }
    return best;
}

const struct vault_file *vault_find_path(const struct vault_entry *entry, const char *path)
{
    size_t low = 0, high = entry->n_files;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(entry->files[middle].path, path);
        if (order == 0) {
            return &entry->files[middle];
        }
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    return NULL;
}
