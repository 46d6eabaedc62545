/* Which first names stand in a RECORD: asked before it is read, for a file whose name does not say whose it is. */
#ifndef MIDFLIGHT_DISK_HINT_H
#define MIDFLIGHT_DISK_HINT_H

#include <stdbool.h>
#include <stdint.h>

struct disk_hint {
    uint64_t bits[16]; /* of the first parts of all paths in it, by hash */
    bool known;
    unsigned round; /* it was what the disk has in this round */
    uint64_t inode;
    int64_t size, mtime_ns, ctime_ns;
};

/* May the text of this RECORD contain the path, relative to the site directory whose last part is `base`? Much cheaper
 * than reading it row by row; false is certain. What cannot be read that way is "maybe". The hint starts out zeroed and
 * belongs to one RECORD; round is not 0, and another number makes it look again whether the file is still the same. */
bool disk_hint_may_list(struct disk_hint *hint, const char *record, const char *base, const char *relative,
                        unsigned round);

#endif
