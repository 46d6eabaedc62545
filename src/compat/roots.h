/* References that no traversal reaches: words of the interpreter's own C structures. */
#ifndef MIDFLIGHT_ROOTS_H
#define MIDFLIGHT_ROOTS_H

#include "compat/ref.h"

/* Calls visit with the address of each such word that owns a reference, and a static name of what it is: atexit
 * callbacks and their arguments, signal handlers (3.12 and later: in 3.11 they are out of reach), each thread's hooks
 * for profiling, tracing and async generators. GIL held; no Python code runs. Not zero ends it and is returned. */
typedef int (*roots_visit)(PyObject **word, const char *name, void *arg);
int roots_each(roots_visit visit, void *arg);

#endif
