/* One .pth file: the path lines that site adds to sys.path. Import lines are counted and never executed. */
#ifndef MIDFLIGHT_DISK_PTH_H
#define MIDFLIGHT_DISK_PTH_H

#include "disk/disk.h"

/* Reads site_dir/name (site_fd: the open directory). Strings live in the arena, that of `problems` too. scan_flags:
 * enum disk_scan_flags. Returns 1 read, 0 when there is nothing to be read (gone, a directory, not permitted, too
 * large: the latter two are problems), -ENOMEM. A line that is too long or no UTF-8 is a problem, and left out. */
int pth_read(struct arena *arena, int site_fd, const char *site_dir, const char *name, unsigned scan_flags,
             struct disk_problems *problems, struct disk_pth *ret_pth, struct disk_error *error) DISK_MUST_CHECK;

#endif
