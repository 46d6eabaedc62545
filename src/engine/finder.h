/* finder: the staging thread imports from the new version's path; everybody else from where they always did. */
#ifndef MIDFLIGHT_FINDER_H
#define MIDFLIGHT_FINDER_H

#include "compat/standin.h"
#include "engine/outside.h"

struct finder {
    PyObject *object; /* owned: what the stand-ins share */
    struct standins standins;
    PyObject *missing; /* owned set: names searched for and not found */
    PyObject *patched; /* owned list: loaders that do something else until they have been asked, or staging ends */
    PyObject *native;  /* borrowed list, set before finder_begin: what native_prepare refuses */
    struct outside *outside; /* the same */
    PyObject *std_names;     /* the same: list of effects_added.h */
    PyObject *own; /* borrowed list, set before finder_begin: names of the new version's finders (editables.h) */
};

/* PathFinder answers the staging thread (modules_view_mine) from path: borrowed, a list, must live until finder_end.
 * Finders of old_modules (dict) are silent. The view on sys.modules must be on by the time the first module is
 * imported. 0, or -1 with an exception set. */
int finder_begin(struct finder *finder, PyObject *path, PyObject *old_modules) MUST_CHECK;

/* The packages above the roots (set of names) that are not upgraded have a view for the staging thread from now on
 * (compat/parents.h). After the view on sys.modules has begun; parents_end ends it. 0, or -1 with an exception set. */
int finder_view_parents(struct finder *finder, PyObject *roots) MUST_CHECK;

/* PathFinder is what it was. Cannot fail; harmless when not begun. */
void finder_end(struct finder *finder);

/* finder_end if need be, and drops what it holds. */
void finder_release(struct finder *finder);

#endif
