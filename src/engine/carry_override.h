/* carry_override: did the program put a value over what a cached_property computes? (docs/design.md, carry)
 *
 * Both lie in the instance under the same name, and nothing tells one from the other but the code that may have put it
 * there. */
#ifndef MIDFLIGHT_CARRY_OVERRIDE_H
#define MIDFLIGHT_CARRY_OVERRIDE_H

#include "engine/match.h"

/* The code outside the upgrade that may bind attributes of the package's instances: of functions that are alive, and of
 * modules which know the package, through their loaders; and the classes that derive from the package's. The standard
 * library does not count. New list; NULL with an exception set. */
PyObject *override_codes(const struct match *match);

/* May any of it bind this attribute of instances of an old class? Runs no Python code. 1, 0, -1. */
int override_possible(PyObject *codes, PyTypeObject *type, PyObject *name) MUST_CHECK;

/* Is the value another one than the descriptor of the old class computes of the rest of `state` (all attributes that
 * the instance has)? Calls its function on a stand-in. 1; 0: it computes just that; 2: it may not be called, or raises:
 * nobody can tell. -1. */
int override_is(const struct match *match, PyTypeObject *type, PyObject *state, PyObject *name,
                PyObject *value) MUST_CHECK;

#endif
