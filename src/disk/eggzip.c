/* zipimport's view of an egg: what the central directory lists are the files, by the names that their modules will have
 * as __file__ (ARCHIVE/pkg/mod.pyc).
 *
 * easy_install writes the file in place and again at the same path when a version is installed again, so the file's own
 * inode and times are the stamp, and the CRCs of its members the content. A file that is no zip archive (yet) is a
 * distribution without metadata: not ready. */
#include "disk/eggzip.h"

#include "base/file.h"
#include "disk/fail.h"
#include "disk/files.h"
#include "disk/metadata.h"
#include "disk/problem.h"
#include "disk/stamp.h"
#include "disk/unrecorded.h"
#include "disk/zipdir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int egg_zip_open(struct disk_dist *dist, const char *site_dir, const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    (void)site_dir;
    dist->root = path;
    dist->metadata_dir = arena_join(&dist->arena, path, '/', "EGG-INFO");
    dist->metadata = "PKG-INFO";
    dist->record = DISK_RECORD_NONE;
    return dist->metadata_dir ? reader_hint(dist, name, strlen(name) - strlen(".egg")) : -ENOMEM;
}

/* Opens the archive and reads its directory. Returns the descriptor, -1 when it is no archive (a problem by then), or
 * -ENOMEM. */
static int open_archive(struct disk_dist *dist, struct zipdir *ret_zip)
{
    struct stat st;
    const char *cause = strerror(ENOENT);
    int64_t before = stamp_now();
    int fd = open(dist->root, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int result = fd < 0 ? -errno : fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ? -EINVAL : 0;
    if (result == 0) {
        stamp_take(&dist->dir_stamp, &st, before);
        dist->metadata_stamp = dist->dir_stamp;
        result = zipdir_read(&dist->arena, fd, ret_zip, &cause);
    } else {
        cause = strerror(-result);
    }
    if (result == 0) {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    return result == -ENOMEM || problem_add(&dist->arena, &dist->problems, dist->root, NULL, 0, "%s", cause) < 0
               ? -ENOMEM
               : -1;
}

/* Appends a member, if there is one. Returns 1, 0 (with a problem when it is damaged), -ENOMEM. */
static int read_member(struct disk_dist *dist, int fd, const struct zipdir *zip, const char *name, struct strbuf *text)
{
    const char *cause;
    const struct zipdir_member *member = zipdir_find(zip, name);
    int result = member ? zipdir_extract(fd, zip, member, DISK_METADATA_MAX, text, &cause) : -ENOENT;
    if (result == -ENOENT || result == -ENOMEM || result == 0) {
        return result == 0 ? 1 : result == -ENOENT ? 0 : -ENOMEM;
    }
    return problem_add(&dist->arena, &dist->problems, dist->root, name, 0, "%s", cause);
}

static int egg_zip_load_metadata(struct disk_dist *dist, struct disk_error *error)
{
    struct zipdir zip;
    struct strbuf text;
    strbuf_init(&text);
    int fd = open_archive(dist, &zip);
    int result = fd < 0 ? fd : read_member(dist, fd, &zip, "EGG-INFO/PKG-INFO", &text);
    if (result > 0) {
        result = metadata_take(dist, text.data ? text.data : "", text.length);
    }
    if (fd >= 0) {
        close(fd);
    }
    strbuf_release(&text);
    return result == -ENOMEM ? disk_fail_memory(error) : 0;
}

static int add_members(struct disk_dist *dist, const struct zipdir *zip, struct files *files, struct disk_error *error)
{
    for (size_t i = 0; i < zip->n; i++) {
        const struct zipdir_member *member = &zip->members[i];
        struct disk_file *file;
        size_t length = strlen(member->name);
        if (length == 0 || member->name[length - 1] == '/') {
            continue;
        }
        if (files->count >= DISK_EGG_FILES_MAX) {
            return disk_fail(error, EFBIG, "%s has more than %u files", dist->root, DISK_EGG_FILES_MAX);
        }
        char *path = arena_join(&dist->arena, dist->root, '/', member->name);
        if (!path || files_add(dist, files, path, &file) < 0) {
            return disk_fail_memory(error);
        }
        file->size = member->size;
        file->mtime_ns = member->crc;
    }
    return 0;
}

static int egg_zip_load_files(struct disk_dist *dist, struct disk_error *error)
{
    struct zipdir zip;
    struct files files;
    struct strbuf text;
    files_init(&files);
    strbuf_init(&text);
    int fd = open_archive(dist, &zip);
    int result = fd < 0 ? (fd == -ENOMEM ? disk_fail_memory(error) : 0) : add_members(dist, &zip, &files, error);
    if (fd >= 0 && result == 0 && read_member(dist, fd, &zip, "EGG-INFO/PKG-INFO", &text) < 0) {
        result = disk_fail_memory(error);
    }
    if (fd >= 0) {
        close(fd);
    }
    if (result == 0) {
        result = files_finish(dist, &files, error);
    }
    if (result == 0) {
        dist->list = fd >= 0 ? DISK_LIST_FOLDER : DISK_LIST_NONE;
        files_digest(dist, text.data, text.length, dist->identity.content);
    }
    files_release(&files);
    strbuf_release(&text);
    return result;
}

const struct disk_reader egg_zip_reader = {
    .kind = DISK_EGG_ZIP,
    .suffix = ".egg",
    .open = egg_zip_open,
    .load_metadata = egg_zip_load_metadata,
    .load_files = egg_zip_load_files,
};
