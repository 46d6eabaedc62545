/* Kinds of objects whose identity is their meaning. */
#ifndef MIDFLIGHT_KINDS_H
#define MIDFLIGHT_KINDS_H

#include "compat/ref.h"

/* Does the object hold what no other object can stand for: a lock, a ContextVar, an iterator, a counter, a queue, a
 * socket, a weak container, a random generator, a file or another thing that only C code understands? Runs no Python
 * code. */
bool kinds_is_opaque(PyObject *object);

/* What makes a function of ctypes a callback: the object behind the address that C code has, which has the Python
 * function. Borrowed; NULL: it is none. */
PyObject *kinds_thunk(PyObject *object);

/* An instance of a class of the standard library that belongs to everybody (a logger), or says nothing by its
 * attributes (an alias of typing): not looked into. */
bool kinds_is_shared(PyObject *object);

/* Is this class an enumeration? Told by its metaclass's home. */
bool kinds_is_enum(PyObject *type);

#endif
