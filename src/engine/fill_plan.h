/* What the files of fill share. */
#ifndef MIDFLIGHT_FILL_PLAN_H
#define MIDFLIGHT_FILL_PLAN_H

#include "engine/fill.h"

struct planning {
    const struct match *match;     /* borrowed */
    PyObject *old_line, *new_line; /* owned lists of classes */
    PyObject *old_makers;          /* owned list: old constructors */
    PyObject *new_makers;          /* owned list: new ones */
    PyObject *old_names;           /* owned set: what they store */
    PyObject *vanished;            /* owned list of (name, key): what no new method stores any more */
    PyObject *added;               /* owned list of (names, statement, function, place among new_makers or -1) */
    PyObject *fresh;               /* owned set: names that new constructors store and old ones did not */
    PyObject *kept;                /* owned set: names that any new method stores */
    PyObject *later;               /* owned set: names that old methods other than constructors store */
    PyObject *counts;              /* owned dict: name -> number of statements of new constructors that store it */
    PyObject *moved;               /* owned set: new names of old attributes (fill_renamed.c) */
    PyObject *left_out;            /* borrowed tuple or NULL: names of old attributes that instances can do without */
    PyObject *forgotten;           /* owned list of (name, key): those of them that vanished */
    PyObject *given;               /* owned set: names of properties, and of what their setters make of old values */
    PyObject *filled;              /* owned dict: name of what new code goes on to fill -> None, or a set of names
                                      (fill_filled.c) */
    PyObject *reads, *wanting;     /* borrowed */
    PyObject **binders;            /* borrowed: see fill_plan() */
    bool own_setattr;              /* new instances set attributes by Python code, */
    bool old_setattr;              /* or old ones did */
    struct fills *fills;
};

/* Adds a fill of this kind, function (borrowed), from (borrowed) and records; its names are those of a list. 0 or -1.
 */
int fill_add(struct fills *fills, const struct fill *wanted, PyObject *names) MUST_CHECK;

/* The statements of a function, as compat/constructor.h gives them; of code that is not understood, one without a
 * program. New list. */
PyObject *fill_statements(PyObject *maker, PyObject *given);

/* The parameters of a new constructor (makers[at]) that no caller can have given, so that their defaults are what the
 * instances would have got. New set of names. */
PyObject *fill_given(const struct planning *p, PyObject *makers, Py_ssize_t at);

/* The parameters of a constructor: the place of one, or -1; its default, borrowed, or NULL: it has none; the place of
 * the old constructor that makers[at] takes the place of, or -1. */
int fill_parameter(const PyCodeObject *code, PyObject *name);
PyObject *fill_default(PyObject *function, int place);
Py_ssize_t fill_counterpart(const struct planning *p, PyObject *makers, Py_ssize_t at);

/* A new constructor, new_makers[at], stores these names (a list) with a statement that cannot be run alone: plans to
 * run it together with those that it depends on, with what the instance remembers. 1 filled; 0: it needs more, or
 * nobody wants them; -1. */
int fill_slice(struct planning *p, PyObject *names, Py_ssize_t at) MUST_CHECK;

/* An object to store on that has these attributes (a dict, or NULL); and what was stored on it, without those that it
 * was made with: a new dict. */
PyObject *fill_recorder(PyObject *attributes);
PyObject *fill_recorded(PyObject *recorder, PyObject *attributes);

/* Finds what the new version fills after it was made, with what it is given: an empty one is not what an instance
 * lacks. fill_is_filled: is one of these names (a list) such a one? 1, 0, -1. */
int fill_find_filled(struct planning *p, PyObject *makers) MUST_CHECK;
int fill_is_filled(const struct planning *p, PyObject *names, PyObject **ret_unless) MUST_CHECK;

/* The same function with the code of one statement; every parameter has a default. New reference. */
PyObject *fill_function(PyObject *maker, PyObject *program);

/* Does new code read this name, and no class attribute stand in? 1, 0, -1. Notes one that nothing here gives, if so: 0
 * or -1. */
int fill_is_wanted(const struct planning *p, PyObject *name) MUST_CHECK;
int fill_want(struct planning *p, PyObject *name) MUST_CHECK;

/* Adds to old_names what setters of properties store when old constructors set those. 0 or -1. */
int fill_old_properties(struct planning *p) MUST_CHECK;

/* Attributes of the old version that are properties with a setter in the new one: plans what becomes of the values that
 * instances have, and notes the names in given. 0 or -1. */
int fill_properties(struct planning *p) MUST_CHECK;

/* A new constructor stores a name that is a property of the new class: plans what its setter stores, and returns 1. 0:
 * it is no property; -1. */
int fill_property(struct planning *p, PyObject *name, PyObject *statement, PyObject *maker) MUST_CHECK;

/* May this setter of a property of the new class run on a stand-in, before the flip? It may read and store attributes
 * of self, and call what does no more: nothing else of the process can tell that it ran, if fill_is_data says so of
 * the instance. The names of the attributes that are read are added to `reads`, a set. Runs no Python code. 1, 0, -1.
 */
int fill_is_calm(struct planning *p, PyObject *setter, PyObject *reads) MUST_CHECK;

/* The same of a function that takes an instance of an old class. */
int fill_is_calm_of_old(const struct match *match, PyTypeObject *type, PyObject *function, PyObject *reads) MUST_CHECK;

/* Is what an instance (its state) has under these names data, and what is given to the function (or NULL)? Nothing that
 * acts when it is read, called or gone through: a queue, a callback, an iterator. Runs no Python code. 1, 0, -1. */
int fill_is_data(PyObject *state, PyObject *reads, PyObject *given) MUST_CHECK;

/* The only attribute that vanished and the only new one begin with the same value. Many do that begin with None: such a
 * constant alone says too little, if no method says the same. 1 a rename, 0 not, 2: nobody can tell, and something may
 * be lost. -1. */
int fill_is_rename(const struct planning *p, PyObject *names, PyObject *statement, PyObject *from) MUST_CHECK;

/* Old attributes that have the same name in the new version, but for that it is, or is no longer, private to the class:
 * plans that their values move, and notes the names in moved. However many statements of constructors store them:
 * methods say that it is the same. 0 or -1. */
int fill_private_renames(struct planning *p) MUST_CHECK;

/* Adds a fill that gives every instance this value. names: list of one. 0 or -1. */
int fill_add_value(struct fills *fills, PyObject *names, PyObject *value) MUST_CHECK;

#endif
