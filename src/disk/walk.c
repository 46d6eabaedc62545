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
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct walk {
    struct disk_dist *dist;
    struct files *files;
    struct strbuf path; /* absolute path of where we are */
    bool tree;          /* of an editable install */
    struct strbuf as;   /* then: where we would be below a sys.path entry */
    struct disk_error *error;
};

static int walk_entry(struct walk *walk, int dir, const char *name, unsigned depth);

static int add_file(struct walk *walk, const struct stat *st)
{
    struct disk_file *file;
    if (walk->files->count >= DISK_EGG_FILES_MAX) {
        return disk_fail(walk->error, EFBIG, "%s has more than %u files", walk->dist->root, DISK_EGG_FILES_MAX);
    }
    int result = walk->tree ? files_add_tree(walk->dist, walk->files, walk->path.data, walk->as.data, &file)
                            : files_add(walk->dist, walk->files, walk->path.data, &file);
    if (result < 0) {
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
        if (walk->tree && ++walk->files->n_seen > DISK_TREE_MAX) {
            result = disk_fail(walk->error, EFBIG, "%s: its trees have more than %u files and folders",
                               walk->dist->metadata_dir, DISK_TREE_MAX);
        } else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            result = walk_entry(walk, dirfd(stream), entry->d_name, depth + 1);
        }
    }
    closedir(stream);
    return result;
}

/* In a tree that people work in lies more than what is imported. */
static bool belongs(const struct walk *walk, int dir, const char *name, bool folder)
{
    struct stat st;
    char config[300];
    size_t length = strlen(name);
    bool module = length > 3 && (strcmp(name + length - 3, ".py") == 0 || strcmp(name + length - 3, ".so") == 0);
    bool top = walk->as.length == 0;
    if (!folder) {
        return name[0] != '.' && (module || !top) && !(length > 4 && strcmp(name + length - 4, ".pyc") == 0);
    }
    if (name[0] == '.' || strcmp(name, "__pycache__") == 0 || (top && !files_is_identifier(name, length))) {
        return false;
    }
    int n = snprintf(config, sizeof config, "%s/pyvenv.cfg", name);
    return n > 0 && (size_t)n < sizeof config && fstatat(dir, config, &st, 0) < 0;
}

static int walk_inside(struct walk *walk, int dir, const char *name, unsigned depth, struct stat *st)
{
    size_t length = walk->path.length, n_as = walk->as.length;
    if (strbuf_add_char(&walk->path, '/') < 0 || strbuf_add_string(&walk->path, name) < 0 ||
        (walk->tree && n_as > 0 && strbuf_add_char(&walk->as, '/') < 0) ||
        (walk->tree && strbuf_add_string(&walk->as, name) < 0)) {
        return disk_fail_memory(walk->error);
    }
    int result = S_ISDIR(st->st_mode) ? walk_folder(walk, dir, name, depth) : add_file(walk, st);
    strbuf_truncate(&walk->path, length);
    strbuf_truncate(&walk->as, n_as);
    return result;
}

static int walk_entry(struct walk *walk, int dir, const char *name, unsigned depth)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || (S_ISLNK(st.st_mode) && fstatat(dir, name, &st, 0) < 0)) {
        return 0;
    }
    bool folder = S_ISDIR(st.st_mode); /* a link to one is not entered: walk_folder opens it without following */
    bool wanted = (folder || S_ISREG(st.st_mode)) && (!walk->tree || belongs(walk, dir, name, folder));
    return wanted ? walk_inside(walk, dir, name, depth, &st) : 0;
}

int files_walk_tree(struct disk_dist *dist, struct files *files, const char *path, const char *imported,
                    struct disk_error *error)
{
    struct walk walk = {.dist = dist, .files = files, .error = error, .tree = true};
    struct stat st;
    strbuf_init(&walk.path);
    strbuf_init(&walk.as);
    int result = 0;
    if (strbuf_add_string(&walk.path, path) < 0 || strbuf_add_string(&walk.as, imported) < 0) {
        result = disk_fail_memory(error);
    } else if (stat(path, &st) == 0) {
        result = S_ISDIR(st.st_mode)   ? walk_folder(&walk, AT_FDCWD, path, 0)
                 : S_ISREG(st.st_mode) ? add_file(&walk, &st)
                                       : 0;
    }
    strbuf_release(&walk.path);
    strbuf_release(&walk.as);
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
