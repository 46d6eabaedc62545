/* Copies of a table that the new version extends: `self.config = dict(self.default_config)`. */
#ifndef MIDFLIGHT_DERIVED_H
#define MIDFLIGHT_DERIVED_H

#include "compat/ref.h"

struct upgrade;

struct derived {
    PyObject *wanted; /* owned list of (dict, key, value): entries that copies lack; NULL before derived_find */
    PyObject *added;  /* owned list: those that were put in */
};

/* Finds the dicts that were filled from a table of the old version and lack entries that the new version's table has
 * (and its code will read). Plain values will be put in; 1 refused (reasons) when an entry is none, 0, -1 exception
 * set. Runs no Python code. */
int derived_find(struct upgrade *upgrade) MUST_CHECK;

/* In the flip, before the edits are planned: puts in what copies still lack. 0, or -1 with MemoryError. */
int derived_apply(struct upgrade *upgrade) MUST_CHECK;

/* Takes it out again: the flip was abandoned. */
void derived_undo(struct upgrade *upgrade);

void derived_release(struct derived *derived);

#endif
