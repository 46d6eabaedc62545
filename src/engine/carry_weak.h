/* What the new version's import put into weak containers, of which the old object stays. */
#ifndef MIDFLIGHT_CARRY_WEAK_H
#define MIDFLIGHT_CARRY_WEAK_H

#include "engine/match.h"

/* Entries of the staged partners of weak containers that the old generation knows nothing of: new list of (old
 * container, member or key, value or None). NULL with an exception set. */
PyObject *carry_weak_find(const struct match *match);

/* Puts them into the containers that stayed: after the flip, because their own methods do it. 0 or -1. */
int carry_weak_add(PyObject *entries) MUST_CHECK;

#endif
