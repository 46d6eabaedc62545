/* The weak references to an object, one after the other. GIL held; no Python code runs. */
#ifndef MIDFLIGHT_WEAK_H
#define MIDFLIGHT_WEAK_H

#include "compat/ref.h"

/* Calls visit for each live weak reference (and proxy) to object. Not zero ends it and is returned. The visitor must
 * not create or destroy weak references to the object. */
int weak_each(PyObject *object, int (*visit)(PyObject *ref, void *arg), void *arg);

/* The object of a weak reference: a new reference, or NULL when it is dead. */
PyObject *weak_get(PyObject *ref);

/* The same, borrowed. */
PyObject *weak_peek(PyObject *ref);

/* May the object be referred to weakly? */
bool weak_possible(PyObject *object);

/* A weak reference of a type of our own, the same one for each call as long as it lives. It is in the object's list and
 * counted there, but told from those of the program by weak_is_own. New reference; NULL with an exception set. */
PyObject *weak_own(PyObject *object);
bool weak_is_own(PyObject *ref);

/* Before the first weak_own. 0 or -1. */
int weak_start(void) MUST_CHECK;

#endif
