/* Do live instances of an old class have the attributes that the new class's code expects? */
#ifndef MIDFLIGHT_SHAPE_H
#define MIDFLIGHT_SHAPE_H

#include "engine/match.h"

/* The attributes that only the new __init__ sets, that other new code reads, and that no class attribute stands in for.
 * New set; empty: old instances can go on. NULL with an exception set. Runs no Python code. reads: what the new
 * generation's code reads. */
PyObject *shape_missing(const struct match *match, PyTypeObject *old, PyTypeObject *partner, PyObject *reads);

/* The names that the new generation's functions read as attributes. New set. */
PyObject *shape_reads(const struct match *match);

#endif
