/* Methods that their class binds in another way now: a method that became a static one, and the like. */
#ifndef MIDFLIGHT_MATCH_BOUND_H
#define MIDFLIGHT_MATCH_BOUND_H

#include "engine/match.h"

/* Pairs the function of an entry of an old class with what the new class gives for that name, if both entries are
 * plain, static or class methods, but not of one kind. at: the pair of the classes; prefix: the qualified name of the
 * old one. 0, also when there is nothing to do, or -1 with an exception set. */
int match_rebound(struct match *match, size_t at, PyObject *name, PyObject *old, PyObject *new) MUST_CHECK;

/* Pairs bound methods (a list of exact PyMethod objects, whose functions match->rebound knows) with what their owner
 * gives for that name in the new version. 0 or -1. */
int match_bound(struct match *match, PyObject *methods) MUST_CHECK;

#endif
