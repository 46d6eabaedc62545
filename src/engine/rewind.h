/* rewind: a kept generation becomes what its import had made it. (docs/design.md, rollback) */
#ifndef MIDFLIGHT_REWIND_H
#define MIDFLIGHT_REWIND_H

#include "engine/former.h"

/* Puts back what the program changed in the old version before it was replaced, and what an attempt to go back to it
 * wrote there: namespaces, classes, functions, cells, containers and instances of FORMER_MOVED, from the base records.
 * What both versions hold (FORMER_STAYED) is in use and is left alone. Caches of functools.lru_cache are emptied. May
 * be called again. Runs finalizers, no other Python code but audit hooks. 0, or -1 with an exception set. */
int rewind_former(PyObject *kept) MUST_CHECK;

/* After an attempt that is not made: empties the cells and dicts of its functions, which base records of other packages
 * may hold, so that they keep nothing of the kept generation alive. rewind_former fills them again. 0 or -1. */
int rewind_cut(PyObject *kept) MUST_CHECK;

#endif
