/* The weak references to an object, one after the other. GIL held; no Python code runs. */
#ifndef MIDFLIGHT_WEAK_H
#define MIDFLIGHT_WEAK_H

#include "compat/ref.h"

/* Calls visit for each live weak reference (and proxy) to object. Not zero ends it and is returned. The visitor must
 * not create or destroy weak references to the object. */
int weak_each(PyObject *object, int (*visit)(PyObject *ref, void *arg), void *arg);

/* The object of a weak reference: a new reference, or NULL when it is dead. */
PyObject *weak_get(PyObject *ref);

#endif
