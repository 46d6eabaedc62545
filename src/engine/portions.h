/* portions: namespace packages that begin with a kept folder. GIL held. */
#ifndef MIDFLIGHT_PORTIONS_H
#define MIDFLIGHT_PORTIONS_H

#include "engine/keeper.h"

/* Remembers that this list, a spec's search locations, begins with a kept folder of that install. 0, or -1 with an
 * exception set. */
int portions_note(const struct keep *keep, PyObject *folders) MUST_CHECK;

/* Is the spec of a folder without an __init__? Then its search locations as a new list; NULL with or without an
 * exception. */
PyObject *portions_of(PyObject *spec);

/* Appends the folders that the import system found (`theirs`: a spec or None) to those of the spec. 0 or -1. */
int portions_add(PyObject *spec, PyObject *theirs) MUST_CHECK;

/* After an upgrade, or a rollback: lists of what is loaded begin with the kept folder, all others have the installed
 * one. May run Python code, of whoever put something that is no string into such a list. */
void portions_settle(void);

#endif
