/* effects_written: what staging wrote into dicts outside, a plain value too, told from what other threads wrote.
 * Internal to effects. */
#ifndef MIDFLIGHT_EFFECTS_WRITTEN_H
#define MIDFLIGHT_EFFECTS_WRITTEN_H

#include "compat/writes.h"
#include "engine/outside.h"

struct written {
    struct writes writes;
    bool exact;                    /* writes are recorded: it is known who wrote what into which dict */
    const struct outside *outside; /* borrowed */
    struct ptrmap internal;        /* dicts that an object of C keeps for itself */
    struct ptrmap handlers;        /* code of the program's signal handlers */
    PyObject *name;                /* owned str "__name__" */
};

/* Watches the dicts that are there, from now to written_stop. signals: list of the handlers that are set, or None. Only
 * where CPython can tell (writes.h). The outside must have been copied. 0, or -1 with an exception set. */
int written_begin(struct written *written, const struct outside *outside, PyObject *signals) MUST_CHECK;

/* Is any Python function of the program set as the handler of a signal? */
bool written_has_handlers(const struct written *written);

/* Does the module of this name keep books of its own, which are left alone? */
bool written_is_bookkeeper(PyObject *name);

/* Ends the record, and makes copies (into outside->copies) of what those dicts held before that staging wrote into and
 * that were not copied beforehand. 0, or -1 with an exception set; can be called again. */
int written_stop(struct written *written, struct outside *outside) MUST_CHECK;

/* Takes back what staging wrote and still stands there, and notes it in outside->redo. 0, 1 refused, -1 exception. Can
 * be called again. Runs Python code (hashes of keys). */
int written_undo(struct written *written, struct outside *outside, PyObject *reasons) MUST_CHECK;

/* Drops what it holds. May run finalizers. */
void written_release(struct written *written, struct epoch *epoch);

#endif
