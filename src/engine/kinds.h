/* Kinds of objects whose identity is their meaning. */
#ifndef MIDFLIGHT_KINDS_H
#define MIDFLIGHT_KINDS_H

#include "compat/ref.h"

/* Does the object hold what no other object can stand for: a lock, a ContextVar, an iterator, a counter, a queue, a
 * socket, a weak container, a random generator? Runs no Python code. */
bool kinds_is_opaque(PyObject *object);

/* Is this class an enumeration? Told by its metaclass's home. */
bool kinds_is_enum(PyObject *type);

#endif
