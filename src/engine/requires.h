/* requires: does what changes fit together with what it requires, and with what requires it? (docs/installs.md)
 *
 * Read is the METADATA on disk: Requires-Dist with its markers; extras are not followed. */
#ifndef MIDFLIGHT_REQUIRES_H
#define MIDFLIGHT_REQUIRES_H

#include "compat/ref.h"

struct requires {
    PyObject * loaded;  /* borrowed dict: notice_loaded() */
    PyObject * path;    /* borrowed list: sys.path as it is to be */
    PyObject * changed; /* borrowed dict, its keys are names: only their own requirements and those on them are asked */
    bool others_stay;   /* what is loaded and does not change counts as it is loaded, and not as it is installed */

    /* A requirement that is not met. `of` has it and `other` is meant (names), `cause` is a sentence; all borrowed.
     * `installed`: the disk has a version of `other` that would do, or that may do once its installer is done. Not zero
     * ends the check and is returned. */
    int (*broken)(PyObject * of, PyObject * other, PyObject * cause, bool installed, void *arg);
    void *arg;
};

/* Calls broken for each. 0, what broken returned, or -1 with an exception set. Reads the disk; runs no Python code but
 * that of `broken`. */
int requires_check(const struct requires *requires) MUST_CHECK;

#endif
