/* threads: the interpreter's list of threads, which native threads enter without the GIL.
 *
 * Two ways to begin a walk over it; PyThreadState_Next goes on. Needs the GIL, which keeps those in the list alive. */
#ifndef MIDFLIGHT_THREADS_H
#define MIDFLIGHT_THREADS_H

#include "compat/ref.h"

/* The thread that came last. Everything behind it is whole. May wait for a thread that is just entering. Not in a child
 * before CPython has made its locks new. No Python code runs. */
PyThreadState *threads_first(void);

/* The same inside fork(), in the child, and with no waiting. NULL: a thread that the child does not have was just
 * entering, and what is behind it cannot be told. */
PyThreadState *threads_first_in_child(void);

#endif
