/* repoint: loaded modules of an install that the disk no longer has say that they lie in the vault. */
#ifndef MIDFLIGHT_REPOINT_H
#define MIDFLIGHT_REPOINT_H

#include "compat/ref.h"

/* Looks at every kept install; where the disk has another one by now, the modules loaded from it get the kept files'
 * paths: __file__, __path__, __spec__'s origin and search locations, the loader's path. GIL held; runs setters of specs
 * and loaders (importlib's own classes only). 0, or -1 with an exception set. */
int repoint_all(void) MUST_CHECK;

/* The kept file for a path whose file the disk has replaced, or None. New reference. */
PyObject *repoint_path(PyObject *path);

#endif
