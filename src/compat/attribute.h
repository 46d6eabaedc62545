/* The attributes that an instance itself has, one by one: read, added, replaced and removed where they lie.
 *
 * setattr() runs descriptors and may give the instance a dict for ever. Here a value goes where CPython's own store
 * would put it, so it is read as fast as one that __init__ set. Names are interned str. GIL held; no Python code runs,
 * as long as the caller keeps alive what is replaced. */
#ifndef MIDFLIGHT_ATTRIBUTE_H
#define MIDFLIGHT_ATTRIBUTE_H

#include "compat/ref.h"

/* Is this attribute of the instance in a slot? Then its word, in which NULL stands for "not set"; NULL otherwise.
 * Cannot fail. */
PyObject **attribute_slot(PyObject *instance, PyObject *name);

/* The value under this name, of __slots__, inline values or dict: borrowed. NULL without an exception: it has none. */
PyObject *attribute_get(PyObject *instance, PyObject *name);

/* Who reports the value under this name to the collector, the instance or its __dict__? Borrowed. */
PyObject *attribute_reporter(PyObject *instance, PyObject *name);

/* Has the instance a place for this name, so that attribute_set neither moves other values nor fails, but for memory
 * of a dict that must grow? */
bool attribute_has_room(PyObject *instance, PyObject *name);

/* Makes one: enters the name into the class's shared keys, or gives the instance a dict of its own. May move values, so
 * not between a walk and its edits. 0; 1: cannot have one (*ret_why: a static sentence); -1 with an exception set. */
int attribute_make_room(PyObject *instance, PyObject *name, const char **ret_why) MUST_CHECK;

/* Sets a value under a name that the instance has none for: 1; 0: it has one; 2: there is no room; -1 with MemoryError
 * set. attribute_set with NULL takes it out again. */
int attribute_add(PyObject *instance, PyObject *name, PyObject *value) MUST_CHECK;

/* Gives a new object, whose class has no slot of that (interned) name, an attribute where its class keeps those: among
 * its inline values or in a dict of its own. 0, 1 when it can have none, -1. */
int attribute_store(PyObject *made, PyObject *name, PyObject *value) MUST_CHECK;

/* Sets, or with NULL removes, a value; there must be room. Takes a reference to value and drops the one to what was
 * there. 0, or -1 with MemoryError set. Removing what is there, or putting back what was removed, cannot fail. */
int attribute_set(PyObject *instance, PyObject *name, PyObject *value);

#endif
