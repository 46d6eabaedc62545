/* effects_left: what differs outside from the copies that were made before staging, when no record of writes
 * (effects_written.h) says who did it: lists, sets, attributes kept in an instance, and dicts where CPython cannot
 * tell. Internal to effects. */
#ifndef MIDFLIGHT_EFFECTS_LEFT_H
#define MIDFLIGHT_EFFECTS_LEFT_H

#include "engine/effects_written.h"

struct left {
    unsigned long turns;  /* of the GIL, when the copies were begun */
    PyObject *found;      /* owned list of tuples (holder, copy made before, copy made at the end, name) */
    PyObject *random;     /* owned: the state of the random module's generator at the beginning, or None */
    PyObject *random_now; /* owned: at the end, if that is staging's doing; else NULL */
};

/* Before anything is copied. 0, or -1 with an exception set. */
int left_begin(struct left *left) MUST_CHECK;

/* Right after staging, before the GIL is given up: if no other thread ran since left_begin, what differs is staging's,
 * and is noted in left->found. Otherwise nobody can tell, and nothing is: other threads' doing stays. 0, or -1 with an
 * exception set. Runs no Python code. */
int left_find(struct left *left, const struct written *written, const struct outside *outside) MUST_CHECK;

/* Puts back what still stands of it, and notes it in outside->redo. Where a signal handler of the program may have been
 * the one, nothing is put back. 0, 1 refused, -1 exception. Can be called again. */
int left_undo(struct left *left, const struct written *written, struct outside *outside, PyObject *reasons) MUST_CHECK;

void left_release(struct left *left);

#endif
