/* guard: no thread is started by staging. */
#ifndef MIDFLIGHT_GUARD_H
#define MIDFLIGHT_GUARD_H

#include "compat/ref.h"

struct guard {
    PyObject *places;    /* owned list of tuples (module, attribute name, original, stand-in) */
    PyObject *prevented; /* owned list of str: the threads that staging wanted to start */
};

/* From now on, starting a thread from the staging thread raises RuntimeError and is noted. 0, or -1 with an
 * exception set. */
int guard_begin(struct guard *guard) MUST_CHECK;

/* Puts the originals back. */
void guard_end(struct guard *guard);
void guard_release(struct guard *guard);

#endif
