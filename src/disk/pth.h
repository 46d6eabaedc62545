/* One .pth file: the path lines that site adds to sys.path. Import lines are counted and never executed. */
#ifndef MIDFLIGHT_DISK_PTH_H
#define MIDFLIGHT_DISK_PTH_H

#include "disk/disk.h"

/* Reads site_dir/name (site_fd: the open directory). Strings live in the arena. Returns 1 read, 0 when there is nothing
 * that site could read (gone, a directory, not permitted), -EFBIG for a file or a line that is too long, -ENOMEM. */
int pth_read(struct arena *arena, int site_fd, const char *site_dir, const char *name, struct disk_pth *ret_pth,
             struct disk_error *error) DISK_MUST_CHECK;

#endif
