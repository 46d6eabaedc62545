/* The attributes that an instance itself has, read without changing it.
 *
 * object.__dict__ would give an instance with inline values a dict for ever (slower, larger) and may run Python code;
 * here dict, inline values and __slots__ are read where they lie. */
#ifndef MIDFLIGHT_STATE_H
#define MIDFLIGHT_STATE_H

#include "compat/ref.h"

/* A new dict: attribute name -> value, of the instance's dict or inline values, then of its __slots__ that are set.
 * Empty when it has none. NULL with an exception set when memory is short. Runs no Python code. GIL held. */
PyObject *state_copy(PyObject *instance);

/* Visits the attributes that lie in the instance itself, in no dict: their names and values, both borrowed. Not zero
 * ends it and is returned. */
typedef int (*state_visit)(PyObject *name, PyObject *value, void *arg);
int state_each_value(PyObject *instance, state_visit visit, void *arg);

/* Does the instance have this attribute itself (not its class)? 1, 0, -1 exception. */
int state_has(PyObject *instance, PyObject *name);

/* Are all keys of the dict exact str? Then a look-up by a str runs no Python code. */
bool state_has_str_keys(PyObject *dict);

/* A new list of the members of a set or frozenset, in the order of its table; nothing is hashed. NULL: MemoryError. */
PyObject *state_set_members(PyObject *set);

#endif
