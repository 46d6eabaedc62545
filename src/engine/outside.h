/* outside: what the namespaces of the process held before staging, and putting things back. */
#ifndef MIDFLIGHT_OUTSIDE_H
#define MIDFLIGHT_OUTSIDE_H

#include "engine/reach.h"

struct outside {
    /* in */
    struct epoch *epoch;   /* borrowed, open */
    PyObject *old_modules; /* borrowed dict: the upgraded modules as they are loaded */
    PyObject *paired;      /* borrowed list or NULL: gets (old, staged) functions that nothing but a hook leads to */
    /* out */
    PyObject *spaces;      /* owned list of tuples (owner, dict, copy); owner: a module, a class, or a str: its name */
    struct ptrmap by_dict; /* dict -> its index in spaces plus one; copy -> 0 */
    PyObject *kept;        /* owned list of the copies of containers */
    PyObject *holders;     /* owned list of what was copied: an address in copies is that of the same object */
    struct ptrmap copies;  /* container or instance outside -> its copy (outside_copies.h) */
    struct ptrmap rebuilt; /* dicts whose copy was made afterwards, of what staging wrote (effects_written.h) */
    struct ptrmap used;    /* old objects that were taken for the counterpart of something staged */
    PyObject *redo;        /* owned list: what was undone and can be done after the flip (redo.h) */
};

/* Copies, shallowly, the namespaces of all loaded modules and of all heap classes, and the containers in them. 0, or -1
 * with an exception set. */
int outside_begin(struct outside *outside) MUST_CHECK;

enum outside_result {
    OUTSIDE_FAILED = -1, /* exception set */
    OUTSIDE_STUCK,       /* could not be undone */
    OUTSIDE_UNDONE,      /* what staging put there is gone; what it replaced, if anything, is not known */
    OUTSIDE_NOTED,       /* the holder is as it was; what staging did is noted in redo */
    OUTSIDE_PARTNER,     /* so it is, and holds the old counterpart of what staging put there: the flip redoes it */
    OUTSIDE_CACHE,       /* the holder was a cache, and is empty now */
};

/* Undoes one reference from outside. A namespace or a container that was copied gets the value it had. Another dict or
 * list gets the old counterpart of the staged object if that is no longer in it; otherwise the entry goes. May run
 * Python code. */
enum outside_result outside_undo(struct outside *outside, const struct reach_hit *hit);

/* The namespace `dict` gets back what it had under `name`. 0, or -1 with an exception set. */
int outside_put_back(struct outside *outside, PyObject *dict, PyObject *name) MUST_CHECK;

/* Writes dict[key] = value, or deletes the key where value is NULL, as its owner does that (a class has caches). 0, or
 * -1 with an exception set. May run Python code (hashes of keys). */
int outside_write(struct outside *outside, PyObject *dict, PyObject *key, PyObject *value) MUST_CHECK;

/* Notes for the flip that dict[key] was value (NULL: deleted) where before (NULL: nothing) stood. 0 or -1. */
int outside_note(struct outside *outside, PyObject *dict, PyObject *key, PyObject *value, PyObject *before) MUST_CHECK;

/* Puts the keys of the dict back into the order of its copy, what was added since behind them: a key that was deleted
 * and came back stands at the end. Only where all keys are strings. 0, or -1 with an exception set. */
int outside_reorder(struct outside *outside, PyObject *dict) MUST_CHECK;

/* For struct reach. */
PyObject *outside_content_before(const void *outside, PyObject *container);

/* What the dict of `owner` (a module or class with a snapshot) held under its names before: borrowed dict, or NULL. */
PyObject *outside_before(const struct outside *outside, PyObject *dict);

/* Where something is, in words: new reference to a str. Call before undoing. */
PyObject *outside_name(struct outside *outside, const struct reach_hit *hit);

/* The old object that holds `object`, or NULL: borrowed. */
PyObject *outside_owner(struct outside *outside, PyObject *object);

/* Is `old` what the old version has where the new one has `staged`? The same definition; or an instance of the
 * counterpart of its class. */
bool outside_is_counterpart(const struct outside *outside, PyObject *staged, PyObject *old);

/* The same of functions that no module has under a name (lambdas, closures): of one module and one qualified name.
 * Which of several it is, only their order says. */
bool outside_is_unnamed_counterpart(const struct outside *outside, PyObject *staged, PyObject *old);

/* No namespace and no factory leads to a function without a name that a module only registered: the flip is to move old
 * to staged. (Those of factories are closures, and keep their cells: match_closures.h.) 0, or -1 with an exception set.
 */
int outside_pair(const struct outside *outside, PyObject *staged, PyObject *old) MUST_CHECK;

/* The old counterpart of a staged function or class: same module and qualified name. Borrowed; NULL without
 * an exception: there is none, with one: no memory. */
PyObject *outside_partner(const struct outside *outside, PyObject *staged);

/* A module of the standard library that staging was the first to import, and that everybody has now: what it held when
 * its import ended is what it held before staging. 0, or -1 with an exception set. */
int outside_add_late(struct outside *outside, PyObject *module) MUST_CHECK;

/* Drops the copies. May run finalizers (of what staging or the program has replaced since). */
void outside_release(struct outside *outside);

#endif
