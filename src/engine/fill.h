/* fill: which attributes live instances lack in the new version, and where their values come from.
 *
 * From the instructions of the constructors: what the new __init__ sets and the old one did not. A value that needs
 * neither an argument nor `self` is made anew for each instance; one whose expression is that of exactly one attribute
 * that the new version dropped is a rename, and moves. */
#ifndef MIDFLIGHT_FILL_H
#define MIDFLIGHT_FILL_H

#include "engine/match.h"

enum fill_kind {
    FILL_SHARED, /* a constant or a default: all instances get the same value */
    FILL_MADE,   /* made by a call, one for each instance */
    FILL_MOVED,  /* what the instance has under another name */
};

struct fill {
    enum fill_kind kind;
    PyObject *names;    /* owned tuple of interned str: what one value of the stock sets */
    PyObject *from;     /* owned str: the old name (MOVED) */
    PyObject *function; /* owned callable that makes a value; NULL: the stock is complete */
    PyObject *through;  /* owned str or NULL: what `function` stores under this name is given to `setter`, */
    PyObject *setter;   /* owned: the part of a property's setter that stores it; called as `function` is */
    PyObject *unless;   /* owned list of str or NULL: if an instance has something there, this is not what it lacks */
    PyObject *forgets; /* owned list or NULL: what an instance has there it can do without (carry_memo_leftout.c), if it
                          is data; if not, this is not what it lacks */
    PyObject *asked;   /* owned dict or NULL: static methods that it asks `self` for, name -> function; if an instance
                          has an attribute of that name, this is not what it lacks */
    bool records;      /* it is a part of a constructor, and called with an object that it stores on */
    PyObject *stock;   /* owned list: a value each, or, when there are several names, a dict name -> value */
    Py_ssize_t taken;  /* how many of them the flip under way has used: they stay in the list until it is over */
};

/* The fields of one entry of fills.derived. */
enum fill_derived {
    DERIVED_NAMES,    /* list of str: what it sets */
    DERIVED_FUNCTION, /* called with an object that it stores on, and the inputs as keywords */
    DERIVED_INPUTS,   /* dict, as slice_make gives it (compat/slice.h) */
    DERIVED_KEYS,     /* dict, the same */
    DERIVED_ASKED,    /* dict, as fill.asked */
    DERIVED_EMPTY,    /* bool: only if all inputs are false */
    DERIVED_FIELDS,
};

struct fills {
    struct fill *items; /* owned */
    size_t n, capacity;
    PyObject *added;   /* owned list: every name that new constructors store and old ones did not */
    PyObject *removed; /* owned list: every name that old constructors stored and no new method does */
    PyObject *setters; /* owned list or NULL: (name, old name, setter, names that it reads) of attributes that are
                          properties now; the setter makes of the value what the new version has, once for each
                          instance. None: a descriptor that nobody but a hook can serve */
    PyObject
        *derived; /* owned list or NULL: what is made of what the instance has, once for each (enum fill_derived) */
    PyObject
        *hiding; /* owned list or NULL: names of attributes that are methods now: what instances have hides those */
};

/* The fills for instances of an old class, or of a class outside. wanting: list, to which the names are added that only
 * arguments can give, that are among `reads` and that the class has nothing for. left_out: tuple of names that
 * instances can do without, or NULL. *binders: NULL, or what an earlier call of this upgrade left there for the next
 * ones: an owned list, of code that may bind attributes; binders may be NULL if nothing is in reads. Runs no Python
 * code. 0 or -1. */
int fill_plan(const struct match *match, PyTypeObject *type, PyObject *reads, PyObject *left_out, PyObject **binders,
              struct fills *ret_fills, PyObject *wanting) MUST_CHECK;

/* Makes values until the stock serves n instances. Runs code of the new version. 0 or -1 with its exception. */
int fill_stock(struct fill *fill, size_t n) MUST_CHECK;

/* One value that nobody else gets (not MOVED): a new dict name -> value. Runs code of the new version. */
PyObject *fill_fresh(struct fill *fill);

/* The values of a derived entry for an instance with this state: *ret_values a new dict name -> value, and 0. Runs code
 * of the new version. 1: nobody can tell it of this state; -1 with its exception. */
int fill_derive(PyObject *entry, PyObject *state, PyObject **ret_values) MUST_CHECK;

/* Has the instance something in an attribute that speaks against this fill? No Python code runs. */
bool fill_is_spoilt(const struct match *match, const struct fill *fill, PyObject *instance);

/* The next item of the stock, borrowed; NULL without an exception: none left. fill_use: it is given away now;
 * fill_rewind puts all back. */
PyObject *fill_next(const struct fill *fill);
void fill_use(struct fill *fill);

/* What an item has for the i-th name, borrowed; NULL without an exception: nothing. */
PyObject *fill_value(const struct fill *fill, PyObject *item, Py_ssize_t i);
void fill_rewind(struct fill *fill);

/* Drops everything. May run Python code. */
void fill_release(struct fills *fills);

#endif
