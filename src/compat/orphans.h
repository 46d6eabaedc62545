/* References that nobody will ever drop: those of the frames of threads that a fork left behind. */
#ifndef MIDFLIGHT_ORPHANS_H
#define MIDFLIGHT_ORPHANS_H

#include "compat/ref.h"

/* From now on they are counted in every child that forks with the GIL held. 0, or -1 with an exception set. */
int orphans_start(void) MUST_CHECK;

/* How many references to this object are such ones? */
Py_ssize_t orphans_of(PyObject *object);

#endif
