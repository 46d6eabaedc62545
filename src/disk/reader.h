/* One way of being installed. site.c holds the table of them; the rest of the zoo is added there. */
#ifndef MIDFLIGHT_DISK_READER_H
#define MIDFLIGHT_DISK_READER_H

#include "disk/disk.h"

struct disk_reader {
    enum disk_kind kind;
    const char *suffix; /* how the directory entry's name ends */
    bool folder;        /* it is a directory; false: a regular file */

    /* Fills name, version, metadata_dir, metadata and root from the names alone; reads nothing (but .egg-link, which is
     * a name). `path` is absolute, ends with the suffix and lives in the site's arena. Returns 1, 0 when the name is
     * none of this kind, -ENOMEM. */
    int (*open)(struct disk_dist *dist, const char *site_dir, const char *path);

    /* See disk_dist_load_metadata, disk_dist_load; called once each at most. */
    int (*load_metadata)(struct disk_dist *dist, struct disk_error *error);
    int (*load_files)(struct disk_dist *dist, struct disk_error *error);

    /* See disk_dist_take; NULL: all of it is read at once. 1; 0: it cannot be put off; -ENOMEM. */
    int (*take)(struct disk_dist *dist);
};

/* Takes name and version hints out of "NAME-VERSION-whatever" (length without the suffix). Returns 1, 0 without a
 * name, -ENOMEM. */
int reader_hint(struct disk_dist *dist, const char *text, size_t length);

#endif
