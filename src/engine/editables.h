/* editables: finders of editable installs. An import line in a .pth file puts a class on sys.meta_path that has a table
 * of where modules are, MAPPING; the module it is in belongs to the install, and so to its upgrade. */
#ifndef MIDFLIGHT_EDITABLES_H
#define MIDFLIGHT_EDITABLES_H

#include "compat/standin.h"
#include "disk/disk.h"

/* Appends the names of the modules that have finders of this install to the list. 0, or -1 with an exception set. */
int editables_names(const struct disk_dist *dist, PyObject *list) MUST_CHECK;

/* Is a finder of this install on sys.meta_path that keeps its own table (an instance, as scikit-build-core's), and has
 * the install another one on disk by now? An upgrade would leave the old table in place. 1, 0, or -1 with an exception
 * set. */
int editables_moved(const struct disk_dist *dist) MUST_CHECK;

/* Finders on sys.meta_path that are of these modules (dict name -> module), those of editable installs and any object,
 * find nothing for the staging thread until the stand-ins end: their tables are those of the old install, and what
 * they make is theirs. 0, or -1 with an exception set. */
int editables_hide(PyObject *old_modules, struct standins *standins) MUST_CHECK;

/* Asks the finders of the staged modules of these names (a list, borrowed). For the staging thread. New reference: a
 * spec or None; NULL with an exception set. Runs Python code: the finders'. */
PyObject *editables_find(PyObject *names, PyObject *name, PyObject *path, PyObject *target);

/* After a flip, from the one generation to the other (dicts name -> module): finders of the former leave sys.meta_path,
 * sys.path_hooks and sys.path, those of the latter come. What the flip has moved already stays where it is. 0, or -1
 * with an exception set: may be called again. */
int editables_settle(PyObject *from, PyObject *to) MUST_CHECK;

#endif
