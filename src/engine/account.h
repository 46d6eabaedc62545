/* account: who refers to these objects, and does that explain their reference counts?
 *
 * One walk over all tracked objects and over the frames of all threads finds every reference to a set of *targets*.
 * What it finds plus what midflight itself holds must equal the reference count; what is left over is held by native
 * code, or by a C call in flight in another thread. The flip, explain(), retirement and the tests are questions to
 * this. */
#ifndef MIDFLIGHT_ACCOUNT_H
#define MIDFLIGHT_ACCOUNT_H

#include "base/ptrmap.h"
#include "compat/frame.h"
#include "engine/generation.h"

struct target {
    PyObject *object;  /* borrowed */
    PyObject *partner; /* borrowed; the object itself when nothing is to be redirected */
    Py_ssize_t own;    /* references that midflight's own tables hold and no walk sees */
    Py_ssize_t found;
};

struct holder {
    PyObject *object; /* borrowed */
    Py_ssize_t count; /* references to targets that its tp_traverse reports, its type apart */
    bool fixed;       /* counted, never edited: the old generation's own definitions, our tables */
};

struct objects {
    PyObject **items; /* borrowed */
    size_t n, capacity;
};

struct account {
    struct ptrmap map; /* target -> partner, as compat/holder.h wants it; the slot's index: + 1 that in list */
    struct target *list;
    size_t n_targets, capacity;
    struct ptrmap fixed; /* holders that are counted and never edited */

    /* what the walk found; borrowed, right until the GIL is released */
    struct holder *holders;
    size_t n_holders, cap_holders;
    struct objects instances;  /* objects whose type is a target */
    struct objects followers;  /* instances of the classes in `following`, which are no targets */
    struct objects subclasses; /* classes that are no targets and have one in their mro */
    struct objects late;       /* functions and classes of `old` that are no targets; see also rebound */
    struct objects iterators;  /* all that iterators_know: a container that is rebuilt, or whose content is exchanged,
                                  must not disturb one */
    struct objects hashables;  /* objects whose hash may depend on a target or a watched object */
    struct objects tables;     /* containers that may have one as a key */
    struct objects suspended;  /* generators and coroutines that hold a target or run a function of `old`; finished
                                  frames in tracebacks */
    bool unsure;               /* a frame's inputs may or may not hold a target: no moment for a flip */
    bool deep;                 /* also look into untracked containers: needed when a target is no container itself */
    struct ptrmap inputs;      /* objects that C calls in progress were given, */
    struct ptrmap inner;       /* and what those refer to (pins.h) */
    struct ptrmap seen;        /* untracked containers looked at */
    const struct generation *old; /* borrowed, may be NULL */
    const struct ptrmap *rebound; /* borrowed, may be NULL: bound methods of these functions must be targets, else they
                                     are `late` (match_bound.h) */
    const struct ptrmap *watched; /* borrowed: whose referrers are listed though they are no targets (flip_rehash.c).
                                     NULL: neither hashables nor tables are wanted */
    const struct ptrmap *marked;  /* what the walk looks for: targets, or */
    struct ptrmap marks;          /* targets and what is watched: what the walk looks for */
    const struct ptrmap *following; /* borrowed, may be NULL: classes whose instances are wanted too */
};

/* An empty account without targets. Allocates nothing. */
void account_init(struct account *account);

/* Adds a target. own: references held by tables that are not tracked. 0, or -1 with MemoryError. */
int account_add(struct account *account, PyObject *object, PyObject *partner, Py_ssize_t own) MUST_CHECK;

/* Makes room for n more targets. 0, or -1 with MemoryError. */
int account_reserve(struct account *account, size_t n) MUST_CHECK;

/* Another partner for a target, by its index in the list. */
void account_set_partner(struct account *account, size_t target, PyObject *partner);

/* Takes all targets but the first n out. */
void account_truncate(struct account *account, size_t n);

/* This holder is counted and never edited. 0, or -1 with MemoryError. */
int account_fix(struct account *account, PyObject *holder) MUST_CHECK;

/* Walks the heap and all frames. Forgets what an earlier walk found. GIL held, no Python code runs; the lists stay
 * right until the GIL is released. 0, or -1 with an exception set. */
int account_walk(struct account *account) MUST_CHECK;

/* References that nothing explains: 0 is what should be. */
static inline Py_ssize_t account_left_over(const struct target *target)
{
    return Py_REFCNT(target->object) - target->found - target->own;
}

/* Adds a holder that the walk did not find (a table whose keys' hashes change). 0, or -1 with MemoryError. */
int account_add_holder(struct account *account, PyObject *object, Py_ssize_t count) MUST_CHECK;

/* The target of that object, or NULL. Borrowed; right until the next account_add. */
struct target *account_target(const struct account *account, PyObject *object);

/* Frees its tables and empties it. It owns no object, so no Python code runs; harmless twice. */
void account_release(struct account *account);

/* Appends to an array of objects. 0, or -1 with MemoryError. */
int objects_add(struct objects *objects, PyObject *object) MUST_CHECK;

#endif
