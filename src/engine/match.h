/* match: pair every definition of the old generation with its counterpart in the new one. (docs/design.md, match)
 *
 * A definition is paired by where it lives (module, qualified name), not by the names it happens to be bound to; what
 * has no home of its own (closures made by decorators, descriptors, data) is paired by the place that it fills. */
#ifndef MIDFLIGHT_MATCH_H
#define MIDFLIGHT_MATCH_H

#include "engine/generation.h"
#include "engine/newborn.h"

enum pair_kind {
    PAIR_MODULE,
    PAIR_NAMESPACE, /* the dict of a module */
    PAIR_FUNCTION,  /* old is a function; new may be of another kind */
    PAIR_CLASS,     /* old is a class; new may be of another kind */
    PAIR_PART,      /* descriptors and wrappers: property, classmethod, partial, lru_cache ... */
    PAIR_DATA,      /* containers and instances; carry decides which of the two stays */
    PAIR_MEMBER,    /* members of an enumeration, by name (match_members.h); carry decides which stays */
};

struct pair {
    PyObject *old;     /* owned, exactly one reference (and another one as partner, if it is both) */
    PyObject *partner; /* owned, exactly one reference */
    PyObject *key;     /* owned: the last step of the path (a name, key or index), NULL for a module */
    size_t parent;     /* index of the pair it was reached from; its own for a module */
    size_t module;     /* index of the pair of the module that this way began in */
    enum pair_kind kind;
    bool changed; /* functions: another program; else: always false */
};

struct moved; /* match_moved.h */

struct match {
    const struct generation *old, *new; /* borrowed */
    struct pair *pairs;                 /* owned array */
    size_t n_pairs, capacity;
    size_t n_imported;      /* the first pairs: what the imports made; behind them is what the program made since */
    struct ptrmap index;    /* old object -> index + 1 */
    struct ptrmap partners; /* partner -> index + 1 */
    struct ptrmap base;     /* object of the old generation -> its entry of BASE_COPIES (base.h), borrowed */
    const struct newborn *newborn; /* borrowed: what of the new generation staging made */
    PyObject *shared_homes;        /* owned set, see match_homes.h */
    bool late;                     /* what the places say is known: shared homes may be paired by name */
    bool found_shared;             /* a shared home was met that was not known to be one */
    struct ptrmap rebound;         /* old functions that their class binds in another way now -> themselves
                                      (match_bound.h) */
    struct moved *moved;           /* owned: globals that are elsewhere now (match_moved.h) */
    size_t n_moved;
    const struct ptrmap *common; /* borrowed or NULL: see match_run */
    PyObject *known;             /* borrowed or NULL: see match_run */
    PyObject *codes; /* owned dict (module name, qualified name) -> list of code objects of the new generation */
};

/* Pairs everything reachable from the modules that both generations have, as it was when it was recorded: what the
 * program put in a place later has no counterpart there. common (kept by the caller while the match lives; NULL: none):
 * objects that both generations hold, because a flip left them where they were -> the entry of BASE_COPIES that says
 * what the new generation starts with in them, or anything. Each is paired with itself. known (the same): a list of
 * (old, partner) of definitions that are known to be counterparts, or NULL. 0, or -1 with an exception set. Runs no
 * code of the packages. */
int match_run(struct match *match, const struct generation *old, const struct generation *new,
              const struct newborn *newborn, const struct ptrmap *common, PyObject *known) MUST_CHECK;

/* What the new generation starts with in an object that both hold: an entry of BASE_COPIES, borrowed. NULL: it is no
 * such object, or has none. */
PyObject *match_common_entry(const struct match *match, PyObject *object);

/* Pairs the functions of the old generation that are alive but reachable from no module: closures that the program
 * holds, functions of suspended generators. A partner is *made*: the new code of the same place, with the old cells,
 * defaults and attributes. A function whose code has no counterpart stays unpaired (removed). `functions`: list of
 * functions of the old generation. Returns 0, 1 when one cannot be made (reasons), -1 exception. */
int match_closures(struct match *match, PyObject *functions, PyObject *reasons) MUST_CHECK;

/* Pairs definitions that the program has replaced in the old generation (monkeypatches) and may still hold: by the
 * places that `records` (base.h) say they had. Before anything is written into the new generation. 0 or -1. */
int match_replaced(struct match *match, PyObject *records) MUST_CHECK;

/* What an object of the old generation held when it was recorded: a dict or list, borrowed; NULL when it has no record.
 * attributes: of a container that has some as well. */
PyObject *match_base(const struct match *match, PyObject *old, bool attributes);

/* The pair of an old object, or NULL. */
struct pair *match_find(const struct match *match, PyObject *old);

/* Where a pair lives: new reference to a str such as "Session.send" (qualified inside its module); *ret_module: the
 * module's name, borrowed from the generation. Of a long way (closures in closures) the last steps, behind dots. NULL
 * with an exception set. */
PyObject *match_path(const struct match *match, const struct pair *pair, PyObject **ret_module);

/* Drops all pairs and empties it; harmless when zeroed. May run finalizers. */
void match_release(struct match *match);

#endif
