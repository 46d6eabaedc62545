/* Reading many distributions' metadata at once, with threads that end before the call does. */
#ifndef MIDFLIGHT_DISK_CREW_H
#define MIDFLIGHT_DISK_CREW_H

#include "disk/disk.h"

/* disk_dist_load_metadata of each, which it sorts by their inodes. A few distributions are read by the caller alone. 0
 * or -ENOMEM. */
int crew_load_metadata(struct disk_dist *dists, size_t n) DISK_MUST_CHECK;

#endif
