/* A name of a module or class that the program bound to another value. For carry (rows 7 and 9 of the design's table,
 * for plain values). */
#ifndef MIDFLIGHT_CARRY_REBOUND_H
#define MIDFLIGHT_CARRY_REBOUND_H

#include "engine/match.h"

/* May the program's value of a name of a module (owner: its dict) or class (owner: the class) simply stay? Only when it
 * is a plain value, the release did not change where it starts, and no function of the package stores a call's result
 * there (that would be a memo, right only for the old code). 1, 0, -1. */
int carry_rebound(const struct match *match, PyObject *owner, PyObject *name, PyObject *base, PyObject *now,
                  PyObject *theirs) MUST_CHECK;

/* Is this attribute of an instance a memo that may simply start anew: a value where nothing (None) was at first, that
 * is derived from code (a signature, a function), or immutable and stored by the package's methods, __init__ apart,
 * only as a call's result? 1, 0, -1. */
int carry_memo(const struct match *match, PyObject *object, PyObject *key, PyObject *base, PyObject *now) MUST_CHECK;

#endif
