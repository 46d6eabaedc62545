/* Which of several distributions of one name counts? */
#ifndef MIDFLIGHT_DISK_ACTIVE_H
#define MIDFLIGHT_DISK_ACTIVE_H

#include "disk/disk.h"

/* Sets `active` of all distributions of the site (names, kinds and .pth files are known) and sorts them: active ones
 * first, each part by name. Returns 0 or -ENOMEM. */
int active_choose(struct disk_site *site, struct disk_error *error) DISK_MUST_CHECK;

#endif
