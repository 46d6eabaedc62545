/* Names that staging adds to modules of the standard library: plain values, which no walk for staged objects finds. */
#ifndef MIDFLIGHT_EFFECTS_ADDED_H
#define MIDFLIGHT_EFFECTS_ADDED_H

#include "compat/ref.h"

/* Before staging: list of (module name, namespace, its keys) of the standard library's loaded modules. New reference.
 */
PyObject *effects_added_begin(void);

/* A module of the standard library that staging was the first to import: adds it to the list. 0, or -1 with an
 * exception set. */
int effects_added_late(PyObject *before, PyObject *module) MUST_CHECK;

/* After staging: removes what was added since, submodules and dunder names apart, and notes it in redo (redo.h), if
 * that is not NULL. 0, or -1 with an exception set: then it can be called again. */
int effects_added_end(PyObject *before, PyObject *redo) MUST_CHECK;

#endif
