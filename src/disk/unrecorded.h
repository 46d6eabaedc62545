/* Installs that no RECORD describes: eggs, .egg-info, packages of the system, and wheels laid out by hand. */
#ifndef MIDFLIGHT_DISK_UNRECORDED_H
#define MIDFLIGHT_DISK_UNRECORDED_H

#include "disk/disk.h"

/* Finds the files by the first list that there is (an egg's own folder, installed-files.txt, the package manager's,
 * top_level.txt), sets dist->list and makes identity.content. `dir` is the open metadata directory, or negative when
 * the metadata is a single file; `text` stands for the metadata file in the identity (NULL: the file itself). */
struct strbuf;
int unrecorded_load(struct disk_dist *dist, int dir, const struct strbuf *text,
                    struct disk_error *error) DISK_MUST_CHECK;

/* Calls `visit` for each name in top_level.txt that can be imported. A result of not zero ends it and is returned. */
int unrecorded_each_top(const struct disk_dist *dist, int (*visit)(const char *top, void *arg), void *arg);

/* Is there root/TOP, root/TOP.py or root/TOP.*.so? *ret_st: what was found. */
struct stat;
bool unrecorded_top_exists(const struct disk_dist *dist, const char *top, struct stat *ret_st);

#endif
