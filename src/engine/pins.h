/* Pins: what C code of another thread may have borrowed from an object that the flip changed.
 *
 * A C function that runs without the GIL may hold borrowed pointers into objects that nobody normally changes: its
 * argument tuple, the bound method or partial it was called through. The flip changes those too, so what left them is
 * kept alive until the thread has moved on. */
#ifndef MIDFLIGHT_PINS_H
#define MIDFLIGHT_PINS_H

#include "base/ptrmap.h"
#include "compat/frame.h"

/* The values of `inputs` below: used by calls parked at the gate alone (until they go on), or by others (until their
 * thread is elsewhere). */
#define PINS_PARKED ((void *)1)
#define PINS_RUNNING ((void *)2)

/* Addresses that C calls in progress may be using: the inputs of the instruction in progress of every frame. Compared,
 * never followed: some may be stale. 0 or -1 with an exception set. GIL held; no Python code runs. */
int pins_collect_inputs(struct ptrmap *inputs) MUST_CHECK;

/* Keeps the objects (a list): parked, until every call parked now has gone on; else until every thread has left the
 * place where it is now. Nothing is kept when the list is empty. 0 or -1 with an exception set. */
int pins_keep(PyObject *objects, bool parked) MUST_CHECK;

/* Keeps the classes, of those moved, to which the deallocation of an object may come back (compat/callers.h), until it
 * has come to its end. 0 or -1 with an exception set. */
int pins_keep_borrowed(const struct ptrmap *moved) MUST_CHECK;

/* Drops what no thread can be using any more. Returns how many objects are still kept. May run finalizers. Called at
 * each collection too, while there are pins. */
Py_ssize_t pins_sweep(void);

#endif
