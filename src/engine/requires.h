/* requires: does what changes fit together with what it requires, and with what requires it? (docs/installs.md)
 *
 * Read is the METADATA on disk: Requires-Dist with its markers; extras are not followed. */
#ifndef MIDFLIGHT_REQUIRES_H
#define MIDFLIGHT_REQUIRES_H

#include "compat/ref.h"

enum requires_lack {
    REQUIRES_ABSENT,    /* no version is installed, and none is loaded that stays */
    REQUIRES_ANOTHER,   /* the version that there is will not do */
    REQUIRES_AS_BEFORE, /* the same, but that which is loaded does not do either, and is what it meets now */
    REQUIRES_INSTALLED, /* the disk has one that would do, or that may do once its installer is done */
};

struct requires {
    PyObject * loaded;  /* borrowed dict: notice_loaded() */
    PyObject * path;    /* borrowed list: sys.path as it is to be */
    PyObject * changed; /* borrowed dict, its keys are names: only their own requirements and those on them are asked */
    bool others_stay;   /* what is loaded and does not change counts as it is loaded, and not as it is installed */

    /* A requirement that is not met. `of` has it and `other` is meant (names), `cause` is a sentence; all borrowed. Not
     * zero ends the check and is returned. */
    int (*broken)(PyObject * of, PyObject * other, PyObject * cause, enum requires_lack lack, void *arg);
    void *arg;
};

/* Calls broken for each. 0, what broken returned, or -1 with an exception set. Reads the disk; runs no Python code but
 * that of `broken`. */
int requires_check(const struct requires *requires) MUST_CHECK;

#endif
