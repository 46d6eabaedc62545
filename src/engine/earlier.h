/* earlier: what the program had changed in a package before the package loads one more of its modules.
 *
 * The record of such a late module copies all that can be reached from it, and so objects that were recorded when the
 * package was first imported. What the program did to them in between is no part of the import: in the new copy those
 * slots are what they were in the earlier one. */
#ifndef MIDFLIGHT_EARLIER_H
#define MIDFLIGHT_EARLIER_H

#include "compat/ref.h"

/* This thread begins to import `name`: remembers which of the recorded objects of its package differ from their copies.
 * Runs no Python code. 0 or -1; in any case earlier_forget comes when the import is over. */
int earlier_note(PyObject *records, PyObject *name) MUST_CHECK;

/* The copy (a dict or a list, as base_copy makes them) of what an object holds now, without what the program had
 * changed when this thread called earlier_note; attributes: of its attributes beside a content of its own. `now` is a
 * new copy, which is changed or handed back. New reference; NULL with an exception set. */
PyObject *earlier_copy(PyObject *object, PyObject *now, bool attributes);

/* The import is over, and recorded. May run finalizers. */
void earlier_forget(void);

#endif
