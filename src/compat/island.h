/* A small part of the heap that is probably garbage, collected without looking at the rest. */
#ifndef MIDFLIGHT_ISLAND_H
#define MIDFLIGHT_ISLAND_H

#include "compat/ref.h"

/* Puts these objects, and what is reached from them, into the youngest generation: whatever of it nothing else refers
 * to is freed by the next collection of that generation. Does not enter other modules, classes and functions than those
 * given (functions of a given module apart), and stops at a limit: what is left out makes at most more survive.
 * Does nothing while a collection is under way, or when the program has frozen its heap (gc.freeze); frozen objects are
 * left where they are. GIL held; no Python code runs. Returns 0, or -1 with MemoryError (nothing is moved then). */
int island_rejuvenate(PyObject *const *roots, size_t n) MUST_CHECK;

#endif
