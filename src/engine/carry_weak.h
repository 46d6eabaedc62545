/* What the new version has in weak containers otherwise than the old one, of which the old object stays. */
#ifndef MIDFLIGHT_CARRY_WEAK_H
#define MIDFLIGHT_CARRY_WEAK_H

#include "engine/carry_parts.h"

/* After the ways are decided: what is to be done to old containers after the flip, a new list for carry_weak_add. NULL
 * with an exception set. Runs no Python code. */
PyObject *carry_weak_find(struct carrying *carrying);

/* Does it, through the containers' own methods, where the program has not changed the entry since. 0 or -1. */
int carry_weak_add(PyObject *entries) MUST_CHECK;

/* A slot with a private dict in which the package remembers objects that it made, where the new version has an empty
 * WeakValueDictionary: notes that this is to have them. 1; 0: they are not such; -1. */
int carry_weak_note(struct carrying *carrying, const struct slot *slot) MUST_CHECK;

/* When all is decided: puts them there, as long as nobody sees it. Called again, it begins anew. Runs code of weakref.
 * 0 or -1. */
int carry_weak_adopt(struct carrying *carrying) MUST_CHECK;

#endif
