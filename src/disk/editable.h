/* Editable installs (PEP 660): a wheel whose RECORD lists no code but a .pth file that leads to it. */
#ifndef MIDFLIGHT_DISK_EDITABLE_H
#define MIDFLIGHT_DISK_EDITABLE_H

#include "disk/files.h"

/* Is the wheel editable? Then sets dist->editable and adds the files of its tree, or sets dist->opaque. `files` holds
 * the rows of RECORD, dir is the open metadata directory. Returns 0, or -errno with its sentence. */
int editable_load(struct disk_dist *dist, int dir, struct files *files, struct disk_error *error) DISK_MUST_CHECK;

/* Reads the table of a finder in one of the forms that are known (editable.c), as text: calls `visit` with each
 * module's name and path (a folder, or a file with or without its suffix). Returns 1 read, 0 there is none or it is
 * none of the forms (then *ret_line says where), or what visit returned when that was negative; -ENOMEM. */
int editable_mapping(const char *text, size_t length, uint32_t *ret_line,
                     int (*visit)(const char *module, const char *path, void *arg), void *arg) DISK_MUST_CHECK;

#endif
