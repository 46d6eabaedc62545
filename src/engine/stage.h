/* stage: import the new version in this process, seen by this thread alone. (docs/design.md, stage) */
#ifndef MIDFLIGHT_STAGE_H
#define MIDFLIGHT_STAGE_H

#include "compat/ref.h"
#include "engine/newborn.h"
#include "engine/reserve.h"

struct stage {
    /* in */
    PyObject
        *old_modules; /* borrowed dict: name -> module of every loaded module of the upgrade, in the order to import */
    PyObject *
        roots; /* borrowed set of top-level (or namespace-qualified) import names owned by the upgrade, also new ones */
    PyObject *spared;    /* borrowed list: names below them that are not (spared.h) */
    double limit;        /* seconds that the import may take; 0: any time */
    PyObject *path;      /* borrowed list: sys.path as a fresh interpreter would have it (search path of the stager) */
    PyObject *finders;   /* borrowed list: names of modules that find others of the new version (editables.h) */
    PyObject *reasons;   /* borrowed list */
    PyObject *std_names; /* borrowed list of effects_added.h */
    struct reserve *reserve; /* borrowed: used up only to undo */
    /* out */
    PyObject
        *modules; /* owned dict: name -> staged module, in import order; what is to be in sys.modules after the flip */
    PyObject *removed; /* owned list of names in old_modules that the new version does not have */
    PyObject
        *effects; /* owned: what staging did to the outside, undone now, to be done at the flip (opaque to others) */
    PyObject
        *served; /* owned list of (old definition, new one) that no namespace leads to (served.h, effects_hooks.c) */
    struct newborn newborn; /* what staging made */
    PyObject *native;       /* owned list: extension modules that could not be loaded (native.h) */
    double seconds;
};

/* Stages every module of old_modules that the new version has. Returns 0; 1 refused (import failed, unknown effect ...:
 * reasons); -1 exception set (MemoryError and the like). Unless 0, everything is as it was before. Effects on the
 * outside are undone when it returns: nobody but the caller can reach what was staged. */
int stage_run(struct stage *stage) MUST_CHECK;

/* After the flip: does what was undone and is still missing (added log handlers without an old counterpart, new warning
 * filters, ABC registrations ...). undo: a list that gets what takes it back (redo.h), or NULL. Returns 0 or -1 with an
 * exception set (then what could not be done is named in it).
 */
int stage_do_effects(struct stage *stage, PyObject *undo) MUST_CHECK;

/* In a forked child whose parent was staging, in another thread: everything is as it was before. Harmless when nothing
 * was staged. 0, or -1 with an exception set. Runs Python code. */
int stage_after_fork(void) MUST_CHECK;

/* Drops everything staged; after a collection nothing of it is alive. */
void stage_release(struct stage *stage);

#endif
