/* The header of METADATA (wheels) and PKG-INFO (eggs): who is it, which version, what does it need. */
#ifndef MIDFLIGHT_DISK_METADATA_H
#define MIDFLIGHT_DISK_METADATA_H

#include "disk/disk.h"

struct metadata {
    const char *name;    /* as written; NULL: not there */
    const char *version; /* as written; NULL: not there */
    uint32_t line;       /* where Name is */
    const char *const *requirements;
    size_t n_requirements;
};

/* Reads the header: lines "Key: value" up to the first empty line, continued by lines that begin with a blank. Strings
 * live in the arena. Returns 0 or -ENOMEM; a file that is no header gives an empty result. */
int metadata_parse(struct arena *arena, const char *text, size_t length, struct metadata *ret_metadata) DISK_MUST_CHECK;

/* Takes name, version and requirements out of the text of a header into the distribution, when both name and version
 * are there; what is missing is a problem. Returns 0 or -ENOMEM. */
int metadata_take(struct disk_dist *dist, const char *text, size_t length) DISK_MUST_CHECK;

/* The same with the distribution's metadata file, which it also stamps. A file that is not there is no problem here:
 * the install may be under way. */
int metadata_load(struct disk_dist *dist, struct disk_error *error) DISK_MUST_CHECK;

/* The canonical form of a project's name (PEP 503): small letters, each run of "-_." one "-". NULL: memory. */
char *metadata_canonical(struct arena *arena, const char *name, size_t length);

/* The same into a buffer of length + 1 bytes. */
void metadata_write_canonical(const char *name, size_t length, char *ret_canonical);

#endif
