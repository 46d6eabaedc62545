/* The attributes that an instance itself has, read without changing it.
 *
 * object.__dict__ would give an instance with inline values a dict for ever (slower, larger) and may run Python code;
 * here dict, inline values and __slots__ are read where they lie. */
#ifndef MIDFLIGHT_STATE_H
#define MIDFLIGHT_STATE_H

#include "compat/ref.h"

#include <stdint.h>

/* A new dict: attribute name -> value, of the instance's dict or inline values, then of its __slots__ that are set.
 * Empty when it has none. NULL with an exception set when memory is short. Runs no Python code. GIL held. */
PyObject *state_copy(PyObject *instance);

/* Visits the attributes that lie in the instance itself, in no dict: their names and values, both borrowed. Not zero
 * ends it and is returned. */
typedef int (*state_visit)(PyObject *name, PyObject *value, void *arg);
int state_each_value(PyObject *instance, state_visit visit, void *arg);

/* The same for all that state_copy has: of the dict or the inline values, then of the __slots__ that are set. */
int state_each(PyObject *instance, state_visit visit, void *arg);

/* Where the version of a dict lies: as long as that word is the same, so is what the dict holds. NULL: there are ways
 * to write into this dict that leave its version as it is. Valid as long as the dict lives. */
const uint64_t *state_version(PyObject *dict);

/* Writes the keys and values of a dict, in order, to an array with room for twice as many references as it has entries;
 * each is a new reference. How many were written; fewer than all: the next key is no exact str. */
size_t state_take_pairs(PyObject *dict, PyObject **ret_pairs);

/* Does the instance have this attribute itself (not its class)? 1, 0, -1 exception. */
int state_has(PyObject *instance, PyObject *name);

/* Are all keys of the dict exact str? Then a look-up by a str runs no Python code. */
bool state_has_str_keys(PyObject *dict);

/* A new list of the members of a set or frozenset, in the order of its table; nothing is hashed. NULL: MemoryError. */
PyObject *state_set_members(PyObject *set);

/* Does a set have these members, in this order of its table? */
bool state_same_members(PyObject *set, PyObject *const *members, size_t n);

#endif
