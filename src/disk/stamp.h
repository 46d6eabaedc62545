/* Has a file changed since it was read? */
#ifndef MIDFLIGHT_DISK_STAMP_H
#define MIDFLIGHT_DISK_STAMP_H

#include "disk/disk.h"

#include <sys/stat.h>

/* The time by the clock of files, in nanoseconds. */
int64_t stamp_now(void);

/* Notes what stat said just before reading. `before`: stamp_now() from before stat was asked; a thread may rest between
 * any two calls for as long as a busy machine likes. */
void stamp_take(struct disk_stamp *stamp, const struct stat *st, int64_t before);

/* Is directory/name (name NULL: the directory) what the stamp says? A stamp of a file that was not there holds as long
 * as it is not there. False when in doubt: a file that changed just before it was read may change again without a
 * trace. */
bool stamp_holds(const struct disk_stamp *stamp, const char *directory, const char *name);

/* Is there a directory/name? */
bool stamp_exists(const char *directory, const char *name);

#endif
