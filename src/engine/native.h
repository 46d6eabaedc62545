/* native: extension modules that the new version is the first to load. (docs/design.md, stage) */
#ifndef MIDFLIGHT_NATIVE_H
#define MIDFLIGHT_NATIVE_H

#include "compat/ref.h"

/* A finder of the staging thread has found an extension module: its loader will load a copy, and what it writes into
 * the real sys.modules is moved behind the view. Returns 0: the loader does something else now until it has been asked,
 * or native_leave. -1 with an exception set: an ImportError when this module cannot be loaded on trial.
 *
 * refused: list that gets a tuple (name, why, both str) for each module that could not be loaded, then or later. */
int native_prepare(PyObject *refused, PyObject *name, PyObject *loader) MUST_CHECK;

/* The loader is what it was. Cannot fail. */
void native_leave(PyObject *loader);

#endif
