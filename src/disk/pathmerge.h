/* The three-way merge of search paths (docs/design.md, sys.path). */
#ifndef MIDFLIGHT_DISK_PATHMERGE_H
#define MIDFLIGHT_DISK_PATHMERGE_H

#include "disk/disk.h"

struct pathmerge_entry {
    const char *text; /* borrowed from theirs, or from ours */
    size_t ours;      /* its place in ours; SIZE_MAX: new, or moved by site */
};

/* base: what site gave at the start; theirs: what it gives now; both have each entry once. ours: the live list; NULL is
 * an entry that is no str. The result keeps what the program put into the list, in its order and beside the same
 * neighbours; leaves out what the program took out, and what site gives no more; and has what site gives now in the
 * order of a fresh interpreter. *ret_entries is malloc'd. Returns 0 or -ENOMEM. */
int pathmerge(const char *const *base, size_t n_base, const char *const *theirs, size_t n_theirs,
              const char *const *ours, size_t n_ours, struct pathmerge_entry **ret_entries,
              size_t *ret_n) DISK_MUST_CHECK;

#endif
