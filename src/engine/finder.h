/* finder: the staging thread imports from the new version's path; everybody else from where they always did. */
#ifndef MIDFLIGHT_FINDER_H
#define MIDFLIGHT_FINDER_H

#include "compat/ref.h"

struct finder {
    PyObject *object;    /* owned: stands on sys.meta_path in the place of PathFinder */
    PyObject *meta_path; /* owned: the list that is sys.meta_path otherwise */
    PyObject *used;      /* owned: the list that is sys.meta_path while staging; then the one that was at its end */
    PyObject *space;     /* owned: the namespace of sys */
    PyObject *name;      /* owned str: "meta_path" */
    PyObject *missing;   /* owned set: names searched for and not found */
    PyObject *native;    /* owned list: names that turned out to be extension modules, and were not loaded */
    PyObject *patched;   /* owned list: loaders that were told to compile from source */
};

/* Puts the finder in place (path: borrowed list, must live until finder_end) and makes the import system look at
 * the disk again. The view on sys.modules must be on by the time the first module is imported. 0, or -1 with an
 * exception set. */
int finder_begin(struct finder *finder, PyObject *path) MUST_CHECK;

/* sys.meta_path is the list that it was, holding in addition what others (staging included) did to it meanwhile.
 * 0, or -1 with an exception set: then sys.meta_path is the old list as it was, and what was done to it meanwhile comes
 * when this is called again. Harmless when not begun. */
int finder_end(struct finder *finder) MUST_CHECK;

/* Drops what it holds, after finder_end, or instead of it when not begun. */
void finder_release(struct finder *finder);

#endif
