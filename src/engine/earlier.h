/* earlier: what the program had changed in a package before the package loads one more of its modules.
 *
 * The record of such a late module copies all that can be reached from it, and so objects that were recorded when the
 * package was first imported. What the program did to them in between is no part of the import: in the new copy those
 * slots are what they were in the earlier one. */
#ifndef MIDFLIGHT_EARLIER_H
#define MIDFLIGHT_EARLIER_H

#include "engine/base_known.h"

/* This thread begins to import `name`: remembers which of the recorded objects of its package differ from their copies.
 * Runs no Python code. 0 or -1; in any case earlier_forget comes when the import is over. */
int earlier_note(struct known *known, PyObject *records, PyObject *name) MUST_CHECK;

/* If the program had changed this object when this thread called earlier_note: an entry (as base_copies has them) of
 * what it holds now without that. New reference; NULL: it had not, or with an exception set. */
PyObject *earlier_entry(PyObject *object);

/* The import is over, and recorded. May run finalizers. */
void earlier_forget(void);

#endif
