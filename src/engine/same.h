/* Are two code objects the same program? Wherever their lines are. */
#ifndef MIDFLIGHT_SAME_H
#define MIDFLIGHT_SAME_H

#include "compat/ref.h"

/* Equal instructions without caches, names, recursive typed constants, flags, signature and exception table; file name,
 * line numbers and qualified names are not compared. 1, 0, or -1 with an exception set. Runs no user code. */
int same_code(PyObject *left, PyObject *right) MUST_CHECK;

/* The same but for the names of globals and attributes: 1, and in `names` (a dict) what each name of the left one is in
 * the right one; None: not always the same. 0, -1. */
int same_renamed(PyObject *left, PyObject *right, PyObject *names) MUST_CHECK;

/* Does one name say what the other says: "_session" and "session", "items" and "_form_items"? Never fails. */
bool same_names(PyObject *a, PyObject *b);

#endif
