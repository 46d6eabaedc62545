/* outside: what the namespaces of the process held before staging, and putting things back. */
#ifndef MIDFLIGHT_OUTSIDE_H
#define MIDFLIGHT_OUTSIDE_H

#include "engine/reach.h"

struct outside {
    /* in */
    struct epoch *epoch;   /* borrowed, open */
    PyObject *old_modules; /* borrowed dict: the upgraded modules as they are loaded */
    /* out */
    PyObject *spaces;      /* owned list of tuples (owner, dict, copy); owner: a module, a class, or a str: its name */
    struct ptrmap by_dict; /* dict -> its index in spaces plus one; copy -> 0 */
};

/* Copies, shallowly, the namespaces of all loaded modules and of all heap classes. 0, or -1 with an exception set. */
int outside_begin(struct outside *outside) MUST_CHECK;

enum outside_result {
    OUTSIDE_FAILED = -1, /* exception set */
    OUTSIDE_STUCK,       /* could not be undone */
    OUTSIDE_UNDONE,      /* the holder is as it was */
    OUTSIDE_PARTNER,     /* so it is, and holds the old counterpart of what staging put there: the flip redoes it */
    OUTSIDE_CACHE,       /* the holder was a cache, and is empty now */
};

/* Undoes one reference from outside. A namespace gets the value it had. Another dict or list gets the old
 * counterpart of the staged object if that is no longer in it; otherwise the entry goes. May run Python code. */
enum outside_result outside_undo(struct outside *outside, const struct reach_hit *hit);

/* The namespace `dict` gets back what it had under `name`. 0, or -1 with an exception set. */
int outside_put_back(struct outside *outside, PyObject *dict, PyObject *name) MUST_CHECK;

/* What the dict of `owner` (a module or class with a snapshot) held under its names before: borrowed dict, or NULL. */
PyObject *outside_before(const struct outside *outside, PyObject *dict);

/* Where something is, in words: new reference to a str. Call before undoing. */
PyObject *outside_name(struct outside *outside, const struct reach_hit *hit);

/* The old object that holds `object`, or NULL: borrowed. */
PyObject *outside_owner(struct outside *outside, PyObject *object);

/* The old counterpart of a staged function or class: same module and qualified name. Borrowed; NULL without
 * an exception: there is none, with one: no memory. */
PyObject *outside_partner(const struct outside *outside, PyObject *staged);

/* Drops the copies. May run finalizers (of what staging or the program has replaced since). */
void outside_release(struct outside *outside);

#endif
