/* All files below a folder: the list that an egg, or an install without RECORD, does not carry itself.
 *
 * Folders are entered by descriptor and never through a symbolic link, so a walk ends and stays below the root. A file
 * or folder that vanishes while we look is passed over: whoever removes it will be noticed by the identity. */
#include "base/file.h"
#include "disk/fail.h"
#include "disk/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct walk {
    struct disk_dist *dist;
    struct files *files;
    struct strbuf path; /* absolute path of where we are */
    struct disk_error *error;
};

static int walk_entry(struct walk *walk, int dir, const char *name, unsigned depth);

static int add_file(struct walk *walk, const struct stat *st)
{
    struct disk_file *file;
    if (walk->files->count >= DISK_EGG_FILES_MAX) {
        return disk_fail(walk->error, EFBIG, "%s has more than %u files", walk->dist->root, DISK_EGG_FILES_MAX);
    }
    if (files_add(walk->dist, walk->files, walk->path.data, &file) < 0) {
        return disk_fail_memory(walk->error);
    }
    file->size = st->st_size;
    file->mtime_ns = file_mtime_ns(st);
    return 0;
}

static int walk_folder(struct walk *walk, int dir, const char *name, unsigned depth)
{
    if (depth > DISK_EGG_DEPTH_MAX) {
        return disk_fail(walk->error, EFBIG, "%s is nested more than %u folders deep", walk->path.data,
                         DISK_EGG_DEPTH_MAX);
    }
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (depth > 0 ? O_NOFOLLOW : 0));
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (!stream) {
        int errnum = errno;
        if (fd >= 0) {
            close(fd);
        }
        return errnum == ENOMEM ? disk_fail_memory(walk->error) : 0;
    }
    int result = 0;
    struct dirent *entry;
    while (result == 0 && (entry = readdir(stream))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            result = walk_entry(walk, dirfd(stream), entry->d_name, depth + 1);
        }
    }
    closedir(stream);
    return result;
}

static int walk_entry(struct walk *walk, int dir, const char *name, unsigned depth)
{
    struct stat st;
    size_t length = walk->path.length;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        return 0;
    }
    if (strbuf_add_char(&walk->path, '/') < 0 || strbuf_add_string(&walk->path, name) < 0) {
        return disk_fail_memory(walk->error);
    }
    int result = 0;
    if (S_ISDIR(st.st_mode)) {
        result = walk_folder(walk, dir, name, depth);
    } else if (S_ISREG(st.st_mode) || (S_ISLNK(st.st_mode) && fstatat(dir, name, &st, 0) == 0 && S_ISREG(st.st_mode))) {
        result = add_file(walk, &st);
    }
    strbuf_truncate(&walk->path, length);
    return result;
}

int files_walk(struct disk_dist *dist, struct files *files, const char *relative, struct disk_error *error)
{
    struct walk walk = {.dist = dist, .files = files, .error = error};
    int result = 0;
    strbuf_init(&walk.path);
    if (strbuf_add_string(&walk.path, dist->root) < 0) {
        return disk_fail_memory(error);
    }
    if (relative[0] == '\0') {
        result = walk_folder(&walk, AT_FDCWD, dist->root, 0);
    } else {
        int fd = file_open_dir(AT_FDCWD, dist->root);
        if (fd >= 0) {
            result = walk_entry(&walk, fd, relative, 1);
            close(fd);
        } else if (fd == -ENOMEM) {
            result = disk_fail_memory(error);
        }
    }
    strbuf_release(&walk.path);
    return result;
}
