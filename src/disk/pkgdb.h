/* What a package manager of the system knows: dpkg's lists of files, and conda's.
 *
 * An install by one of them may have no list of its files of its own (Debian removes RECORD), or one that the package
 * manager does not keep (conda). The manager's list counts then. */
#ifndef MIDFLIGHT_DISK_PKGDB_H
#define MIDFLIGHT_DISK_PKGDB_H

#include "disk/disk.h"

struct pkgdb;

/* Is there a package manager's directory that belongs to this site directory, by its place alone?
 * ROOT/var/lib/dpkg/info for ROOT/usr/lib/NAME/dist-packages, PREFIX/conda-meta for PREFIX/lib/NAME/site-packages.
 * Nothing is read yet. Returns 0 with *ret_db NULL when there is none; -ENOMEM. Freed by pkgdb_free. */
int pkgdb_open(const char *site_dir, struct pkgdb **ret_db) DISK_MUST_CHECK;

void pkgdb_free(struct pkgdb *db); /* NULL is allowed */

/* Calls `visit` with each path (absolute) of the package that metadata_dir belongs to, directories included. The first
 * call reads all lists and keeps where what is; what is wrong with one becomes a problem of the caller. Returns the
 * list's kind, DISK_LIST_NONE when no package has that directory, or -ENOMEM; a negative result of `visit` ends it and
 * is returned. */
int pkgdb_files(struct pkgdb *db, struct arena *arena, struct disk_problems *problems, const char *metadata_dir,
                int (*visit)(const char *path, void *arg), void *arg) DISK_MUST_CHECK;

/* Has the package manager begun something with the directory's packages that it has not finished: is it at work, or was
 * it stopped half-way? dpkg: anything in its journal, or the package that has metadata_dir half-installed; when none is
 * known to have it, any: dpkg changes files and lists one after the other. True also when it cannot be told. conda
 * keeps no such state. */
bool pkgdb_is_unfinished(const struct pkgdb *db, const char *metadata_dir);

#endif
