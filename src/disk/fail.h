/* How the disk room says what went wrong: -errno and a sentence. */
#ifndef MIDFLIGHT_DISK_FAIL_H
#define MIDFLIGHT_DISK_FAIL_H

#include "disk/disk.h"

/* Puts the sentence into *error (may be NULL) and returns -errnum. errnum must be positive. */
int disk_fail(struct disk_error *error, int errnum, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* -ENOMEM with its sentence. */
int disk_fail_memory(struct disk_error *error);

#endif
