/* Do two values of two generations mean the same? For carry. */
#ifndef MIDFLIGHT_CARRY_EQUAL_H
#define MIDFLIGHT_CARRY_EQUAL_H

#include "engine/match.h"

/* The same object, an old definition and its partner, atoms of the same type and value, containers and instances whose
 * parts are equal in this sense. 1, 0, or -1 with an exception set. Calls no method of the values. Cycles count as
 * equal. */
int carry_equal(const struct match *match, PyObject *ours, PyObject *theirs) MUST_CHECK;

/* The same for two objects that are a pair: are their parts equal? */
int carry_equal_inside(const struct match *match, PyObject *ours, PyObject *theirs) MUST_CHECK;

/* The number, string, items ... that two objects are by a built-in base whose objects do not change. *ret_known false:
 * they have no such base. 1, 0, or -1 with an exception set. */
int carry_equal_payload(const struct match *match, PyObject *ours, PyObject *theirs, bool *ret_known) MUST_CHECK;

/* One object, or exact built-in atoms (numbers, strings, bytes, None) of one type and value. Never fails. */
bool carry_equal_atoms(PyObject *a, PyObject *b);

#endif
