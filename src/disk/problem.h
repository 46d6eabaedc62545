/* Lists of what could not be read (disk.h, D7). */
#ifndef MIDFLIGHT_DISK_PROBLEM_H
#define MIDFLIGHT_DISK_PROBLEM_H

#include "disk/disk.h"

/* Notes a problem; strings are copied into the arena. directory/name is the file (name NULL: directory itself). The
 * format gives the cause. Returns 0 or -ENOMEM. */
int problem_add(struct arena *arena, struct disk_problems *problems, const char *directory, const char *name,
                uint32_t line, const char *format, ...) __attribute__((format(printf, 6, 7))) DISK_MUST_CHECK;

bool problem_is_utf8(const char *text, size_t length);

/* Can these bytes be a project's name or version: UTF-8, nothing that a terminal would obey? */
bool problem_is_text(const char *text, size_t length);

#endif
