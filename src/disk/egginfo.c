/* setuptools and distutils, before wheels: the metadata is a directory or a file beside the code, and who lists the
 * code differs. In this order: installed-files.txt (old pip), the package manager of the system, top_level.txt.
 *
 * An .egg-link file (setup.py develop) stands in for such a directory: its first line names the folder that has both
 * the code and the .egg-info directory. It counts when a .pth line puts that folder on sys.path, as active.c finds. */
#include "disk/egginfo.h"

#include "base/file.h"
#include "disk/fail.h"
#include "disk/metadata.h"
#include "disk/problem.h"
#include "disk/stamp.h"
#include "disk/unrecorded.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *last_part(const char *path)
{
    return strrchr(path, '/') + 1;
}

static int egg_info_open(struct disk_dist *dist, const char *site_dir, const char *path)
{
    const char *name = last_part(path);
    dist->root = site_dir;
    dist->metadata_dir = path;
    dist->metadata = "PKG-INFO";
    dist->record = DISK_RECORD_NONE;
    return reader_hint(dist, name, strlen(name) - strlen(".egg-info"));
}

static int egg_info_file_open(struct disk_dist *dist, const char *site_dir, const char *path)
{
    int result = egg_info_open(dist, site_dir, path);
    dist->metadata = NULL;
    return result;
}

/* NAME.egg-info in the folder that the link names. The name in it is spelt as the project likes. */
static char *find_info(struct disk_dist *dist, const char *folder)
{
    DIR *stream = opendir(folder);
    char *found = NULL;
    struct dirent *entry;
    while (stream && !found && (entry = readdir(stream))) {
        size_t length = strlen(entry->d_name);
        if (length > 9 && strcmp(entry->d_name + length - 9, ".egg-info") == 0) {
            char *name = metadata_canonical(&dist->arena, entry->d_name, length - 9);
            found = name && strcmp(name, dist->name) == 0 ? arena_join(&dist->arena, folder, '/', entry->d_name) : NULL;
        }
    }
    if (stream) {
        closedir(stream);
    }
    return found;
}

static int egg_link_open(struct disk_dist *dist, const char *site_dir, const char *path)
{
    struct strbuf text, folder;
    const char *name = last_part(path);
    strbuf_init(&text);
    strbuf_init(&folder);
    int result = reader_hint(dist, name, strlen(name) - strlen(".egg-link"));
    if (result > 0) {
        result = file_read(AT_FDCWD, path, DISK_SMALL_MAX, &text, NULL);
        size_t length = result == 0 && text.data ? strcspn(text.data, "\r\n") : 0;
        if (length > 0) {
            text.data[length] = '\0';
            result = file_normalise(site_dir, text.data, &folder) == 0 ? 1 : -ENOMEM;
        } else {
            result = result == -ENOMEM ? -ENOMEM : 0; /* empty: it is being written; then the .pth line is not there */
        }
    }
    if (result > 0) {
        dist->root = arena_copy(&dist->arena, folder.data, folder.length);
        char *info = dist->root ? find_info(dist, dist->root) : NULL;
        dist->metadata_dir = info ? info : path;
        dist->metadata = info ? "PKG-INFO" : NULL;
        dist->editable = true;
        dist->record = DISK_RECORD_NONE;
        result = dist->root ? 1 : -ENOMEM;
    }
    strbuf_release(&text);
    strbuf_release(&folder);
    return result;
}

static int load_metadata(struct disk_dist *dist, struct disk_error *error)
{
    return metadata_load(dist, error);
}

static int load_files(struct disk_dist *dist, struct disk_error *error)
{
    struct stat st;
    int64_t before = stamp_now();
    int dir = dist->metadata ? file_open_dir(AT_FDCWD, dist->metadata_dir) : -ENOTDIR;
    if (dir >= 0 ? fstat(dir, &st) == 0 : stat(dist->metadata_dir, &st) == 0) {
        stamp_take(&dist->dir_stamp, &st, before);
    }
    if (dir < 0 && dist->metadata) {
        return dir == -ENOENT || dir == -ENOTDIR
                   ? 0
                   : disk_fail(error, -dir, "%s cannot be read: %s", dist->metadata_dir, strerror(-dir));
    }
    int result = unrecorded_load(dist, dir, NULL, error);
    if (dir >= 0) {
        close(dir);
    }
    return result;
}

const struct disk_reader egg_info_reader = {
    .kind = DISK_EGG_INFO,
    .suffix = ".egg-info",
    .folder = true,
    .open = egg_info_open,
    .load_metadata = load_metadata,
    .load_files = load_files,
};

const struct disk_reader egg_info_file_reader = {
    .kind = DISK_EGG_INFO,
    .suffix = ".egg-info",
    .open = egg_info_file_open,
    .load_metadata = load_metadata,
    .load_files = load_files,
};

const struct disk_reader egg_link_reader = {
    .kind = DISK_EGG_LINK,
    .suffix = ".egg-link",
    .open = egg_link_open,
    .load_metadata = load_metadata,
    .load_files = load_files,
};
