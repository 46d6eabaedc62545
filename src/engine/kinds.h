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

/* The containers of the standard library that hold weakly, and what derives from them. */
enum weak_kind { WEAK_NONE, WEAK_SET, WEAK_VALUES, WEAK_KEYS };

enum weak_kind weak_kind(PyTypeObject *type);

/* What such a container holds: a new list of weak references (WEAK_SET), a dict key -> weak reference (WEAK_VALUES) or
 * weak reference -> value (WEAK_KEYS). NULL without an exception: it is not made as those are. Nothing is hashed. */
PyObject *weak_content(PyObject *container);

#endif
