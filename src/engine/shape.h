/* What the code of a class says about the attributes of its instances. */
#ifndef MIDFLIGHT_SHAPE_H
#define MIDFLIGHT_SHAPE_H

#include "engine/match.h"

/* The classes whose dicts answer for an attribute of an instance, in order: the mro of the class itself, or, for the
 * new world, with every replaced class exchanged for its partner and what that derives from. New list. */
PyObject *shape_line(const struct match *match, PyTypeObject *type, bool new_world);

/* A name in the dict of the first class of the line that has it: borrowed; NULL without an exception: none has. */
PyObject *shape_find(PyObject *line, PyObject *name);

/* The functions that make an instance: __init__ of the first class that has one, those of the bases as far as each one
 * calls on, and what they leave to methods of their own (__post_init__ and the like). New list. */
PyObject *shape_constructors(PyObject *line);

/* The methods that these constructors, and such methods in turn, call on self. New list, without the constructors. */
PyObject *shape_helpers(PyObject *line, PyObject *constructors);

/* Adds the names that a constructor stores on self, generated ones of dataclasses and attrs included. 0 or -1. */
int shape_stores(PyObject *line, PyObject *constructor, PyObject *names);

/* Adds the names that any method of the line stores on self. 0 or -1. */
int shape_all_stores(PyObject *line, PyObject *names);

/* The same for methods that are none of these constructors. 0 or -1. */
int shape_later_stores(PyObject *line, PyObject *constructors, PyObject *names);

/* The fields of a dataclass or attrs class whose generated __init__ this is: a dict or tuple, borrowed; NULL without an
 * exception: it is not generated. *ret_attrs: of attrs. */
PyObject *shape_fields(PyObject *line, PyObject *constructor, bool *ret_attrs);

/* The functions of the old or the new generation, wherever they are held. New list. */
PyObject *shape_functions(const struct match *match, bool new_world);

/* The names that the new generation's functions read as attributes. New set. */
PyObject *shape_reads(const struct match *match);

#endif
