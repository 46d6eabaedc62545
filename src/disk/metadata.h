/* The header of METADATA (wheels) and PKG-INFO (eggs): who is it, which version, what does it need. */
#ifndef MIDFLIGHT_DISK_METADATA_H
#define MIDFLIGHT_DISK_METADATA_H

#include "disk/disk.h"

struct metadata {
    const char *name;    /* as written; NULL: not there */
    const char *version; /* as written; NULL: not there */
    const char *const *requirements;
    size_t n_requirements;
};

/* Reads the header: lines "Key: value" up to the first empty line, continued by lines that begin with a blank. Strings
 * live in the arena. Returns 0 or -ENOMEM; a file that is no header gives an empty result. */
int metadata_parse(struct arena *arena, const char *text, size_t length, struct metadata *ret_metadata) DISK_MUST_CHECK;

/* Reads the header of a file: METADATA or PKG-INFO. A file that is not there or not readable gives an empty result and
 * an empty stamp. Returns 0 or -ENOMEM. */
int metadata_read(struct arena *arena, const char *path, struct metadata *ret_metadata,
                  struct disk_stamp *ret_stamp) DISK_MUST_CHECK;

/* Takes name, version and requirements of the file into the distribution, when it has both name and version. */
int metadata_load(struct disk_dist *dist, const char *file, struct disk_error *error) DISK_MUST_CHECK;

/* The canonical form of a project's name (PEP 503): small letters, each run of "-_." one "-". NULL: memory. */
char *metadata_canonical(struct arena *arena, const char *name, size_t length);

#endif
