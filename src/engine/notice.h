/* notice: which distribution does a loaded module belong to, and what is installed now? (docs/design.md, notice)
 *
 * A module belongs to a distribution because the RECORD that was on disk when it was loaded lists its file (rule D1 of
 * disk.h). The answer is remembered with the module's base record: afterwards the disk says what is installed, not what
 * is loaded. */
#ifndef MIDFLIGHT_NOTICE_H
#define MIDFLIGHT_NOTICE_H

#include "compat/ref.h"
#include "disk/disk.h"

/* The file that a module was loaded from: its __file__, as it is; None for namespaces, built-ins and what is no module.
 * New reference; NULL with an exception set (memory). Reads the module's dict only; no Python code runs. */
PyObject *notice_origin(PyObject *module);

/* (inode, size, mtime_ns, ctime_ns) of a file now; None when there is none (or path is None). New reference; NULL with
 * an exception set (memory). */
PyObject *notice_stamp(PyObject *path);

/* (canonical name, version, content identity as bytes) of the distribution whose RECORD lists the file now; None:
 * nobody's. With `keep` its files are kept from then on (kept.h). A file in the vault belongs to the install it was
 * kept for. New reference; NULL with an exception set (memory). */
PyObject *notice_owner(PyObject *path, bool keep);

/* Is this thread staging? Then what it imports is recorded by the upgrade, not by the import hook. */
bool notice_is_staging(void);
void notice_set_staging(bool staging);

/* The next question about a site directory compares what was read of it with the disk: a stat of each file that was
 * read. Until then answers are as of the last time. */
void notice_look_again(void);

/* Forgets what was read of site directories: the next question reads them again. */
void notice_refresh(void);

/* How disk_scan_site is to read a site directory, for what this interpreter would see. -1 with an exception set. */
int notice_scan_flags(void) MUST_CHECK;

/* What was scanned of a directory (or a zipped egg). Borrowed, as below. 1 known, 0 it cannot be read, -1 exception. */
int notice_site(const char *dir, struct disk_site **ret_site) MUST_CHECK;

/* The distribution of that name that a fresh interpreter with this sys.path (a list; NULL: the live one) would import.
 * Borrowed pointers into a cache that lives until the next notice_ call. 1 found, 0 not installed, -1 exception. */
int notice_installed(PyObject *name, PyObject *path, struct disk_site **ret_site,
                     struct disk_dist **ret_dist) MUST_CHECK;

/* For disk_ready_options: is the file that of a module whose name is in `modules` (set or dict)? */
bool notice_will_load(const struct disk_file *file, void *modules);

/* When anything changed last in the site directories that were looked at (a name that came or went, a .pth file, an
 * installer's leftovers): nanoseconds since 1970. */
int64_t notice_path_changed(void);

/* (name, version, content identity) of a loaded disk_dist. New reference. */
PyObject *notice_identity(const struct disk_dist *dist);

/* The canonical form (PEP 503) of a distribution's name. New reference. */
PyObject *notice_canonical(PyObject *name);

/* dict: distribution name -> dict {"version", "identity", "modules": list of names}, of everything loaded. New
 * reference. */
PyObject *notice_loaded(void);

#endif
