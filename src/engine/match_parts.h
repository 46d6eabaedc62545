/* The second sweep of match: what fills the same place, and what lies inside paired objects. For match.c only. */
#ifndef MIDFLIGHT_MATCH_PARTS_H
#define MIDFLIGHT_MATCH_PARTS_H

#include "engine/match.h"

/* Do both generations hold this object (match_run)? */
bool match_is_common(const struct match *match, PyObject *object);

/* Adds a pair unless the old object has one. 0, or -1 with an exception set. */
int match_add(struct match *match, PyObject *old, PyObject *partner, enum pair_kind kind, size_t parent,
              PyObject *key) MUST_CHECK;

/* Pairs two objects found at the same place, if they are of a kind that can be paired. */
int match_place(struct match *match, PyObject *old, PyObject *partner, size_t parent, PyObject *key) MUST_CHECK;

/* Pairs what lies inside a pair of functions, parts or data. */
int match_inside(struct match *match, size_t at) MUST_CHECK;

/* Is this variable of a function of functools.singledispatch the cache of its answers? Each version has its own: what
 * is registered decides, and that may have changed. */
bool match_is_cache(PyObject *function, PyObject *name);

#endif
