/* An egg is a folder that is a sys.path entry of its own. It has no list of its files: they are what lies in it.
 *
 * EGG-INFO is written before the code, so its presence proves nothing; the line in easy-install.pth is what makes an
 * egg count, and active.c reads that. */
#include "disk/egg.h"

#include "base/file.h"
#include "disk/fail.h"
#include "disk/metadata.h"
#include "disk/stamp.h"
#include "disk/unrecorded.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int egg_open(struct disk_dist *dist, const char *site_dir, const char *directory)
{
    const char *name = strrchr(directory, '/') + 1;
    (void)site_dir;
    dist->root = directory;
    dist->metadata_dir = arena_join(&dist->arena, directory, '/', "EGG-INFO");
    dist->metadata = "PKG-INFO";
    dist->record = DISK_RECORD_NONE;
    return dist->metadata_dir ? reader_hint(dist, name, strlen(name) - strlen(egg_reader.suffix)) : -ENOMEM;
}

static int egg_load_metadata(struct disk_dist *dist, struct disk_error *error)
{
    return metadata_load(dist, error);
}

static int egg_load_files(struct disk_dist *dist, struct disk_error *error)
{
    struct stat st;
    int64_t before = stamp_now();
    int dir = file_open_dir(AT_FDCWD, dist->metadata_dir);
    if (dir < 0) {
        return dir == -ENOENT || dir == -ENOTDIR
                   ? 0
                   : disk_fail(error, -dir, "%s cannot be read: %s", dist->metadata_dir, strerror(-dir));
    }
    if (fstat(dir, &st) == 0) {
        stamp_take(&dist->dir_stamp, &st, before);
    }
    int result = unrecorded_load(dist, dir, NULL, error);
    close(dir);
    return result;
}

const struct disk_reader egg_reader = {
    .kind = DISK_EGG,
    .suffix = ".egg",
    .folder = true,
    .open = egg_open,
    .load_metadata = egg_load_metadata,
    .load_files = egg_load_files,
};
