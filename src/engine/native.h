/* native: extension modules that the new version is the first to load. (docs/design.md, stage) */
#ifndef MIDFLIGHT_NATIVE_H
#define MIDFLIGHT_NATIVE_H

#include "compat/ref.h"

struct natives {
    PyObject *refused; /* owned list of (name, why, all str): they were not loaded */
    PyObject *loaded;  /* owned list of modules: they were */
};

/* 0, or -1 with an exception set. */
int natives_init(struct natives *natives) MUST_CHECK;

/* A finder of the staging thread has found an extension module: its loader will load a copy, and what it writes into
 * the real sys.modules is moved behind the view. Returns 1 when it has changed the loader (native_leave), 0 when it
 * need not be; -1 with an ImportError set when this module cannot be loaded on trial: it is noted in `refused`. */
int native_prepare(struct natives *natives, PyObject *name, PyObject *spec, PyObject *loader) MUST_CHECK;

/* The loader is what it was. Cannot fail. */
void native_leave(PyObject *loader);

/* Drops both lists. Modules of `loaded` that are not in the real sys.modules were given up, and count as such. Keeps
 * the exception that is set. */
void natives_release(struct natives *natives);

#endif
