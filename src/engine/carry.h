/* carry: what of the old generation's state goes into the new one. (docs/design.md, carry)
 *
 * Three ways: what a slot was when it was imported (base), is now (ours), and is in the new version (theirs). What the
 * program put into namespaces, classes, functions and cells is written into the staged ones. Of two objects that fill
 * the same place in both versions one stays; where that is the old one, and the new version changed what is in it too,
 * the merged content is built beside it and exchanged at the flip. */
#ifndef MIDFLIGHT_CARRY_H
#define MIDFLIGHT_CARRY_H

#include "compat/edits.h"
#include "compat/iterators.h"
#include "engine/match.h"

enum carry_way {
    CARRY_NONE,   /* neither is redirected: equal values without identity */
    CARRY_THEIRS, /* references to the old object move to the new one */
    CARRY_OURS,   /* references to the new object move to the old one */
    CARRY_APART,  /* neither: the old object stays, and another one stands for the partner, which fills both places now
                   */
    CARRY_VALUE,  /* as THEIRS, unless such values are keys somewhere: their class says what equals what */
};

/* What the caller brings. All borrowed. */
struct carry_input {
    const struct match *match;
    PyObject
        *records; /* dict module name -> base record of the staged modules, made before anything was written there */
    PyObject *policy;  /* dict "module.NAME" -> "keep", "new" or "merge": the program's word; NULL: none */
    PyObject *reasons; /* list */
};

/* An attribute that a descriptor of this class has left in instances, and that goes (carry_memo_cached.c). */
struct carry_spent {
    PyTypeObject *type; /* borrowed from the match */
    PyObject *name;     /* owned */
    bool doubtful;      /* the program may have put it there itself (carry_override.h) */
};

/* An attribute that instances of this class compute, and that the class leaves out of pickles (carry_memo_leftout.c).
 */
struct carry_left_out {
    PyTypeObject *type; /* borrowed from the match */
    PyObject *name;     /* owned */
    bool anew;          /* the new version computes it, too, and otherwise */
};

struct carry {
    PyObject *changes; /* owned list of (object, key, now or None): slots that the program had changed when this was
                          decided */
    PyObject *merges;  /* owned list of (object, content, attributes, slots, maker, wanted): what objects that stay will
                          hold; each or None. content is of the object's kind, attributes and slots are dicts, and
                          wanted is both in one; maker: the staged defaultdict that has the new default_factory */
    PyObject *ids;     /* owned list of (number, number): keys that are addresses of what moves, and what they become;
                          may be NULL */
    PyObject *weak;    /* owned list or NULL: what weak containers that stay get after the flip (carry_weak.h) */
    PyObject *conflicts; /* owned list of (module or None, symbol, sentence): both sides changed, the program's way */
    PyObject *notes;     /* owned list of str */
    unsigned char *ways; /* owned: enum carry_way of each pair of the match */
    size_t n_ways;
    struct carry_spent *spent; /* owned */
    size_t n_spent;
    struct carry_left_out *left_out; /* owned */
    size_t n_left_out;
};

/* Decides. Writes into the new generation (which nobody sees yet) what the program put into namespaces and classes of
 * the old one. Carry is empty before (zeroed, or released); may be called again, after carry_release, when the program
 * went on. Runs Python code in two places: registering the program's classes with the new ABCs asks their
 * __subclasshook__, and new classes prepare themselves for instances that are alive. Returns 0, 1 refused (reasons), -1
 * exception set. */
int carry_run(struct carry *carry, const struct carry_input *input) MUST_CHECK;

/* Has the program changed something since carry_run? Asked inside the flip: no Python code runs. 1 yes, 0 no, -1
 * exception set. */
int carry_stale(const struct carry *carry, const struct match *match) MUST_CHECK;

/* Plans the exchange of contents (after everything that redirects words). iterators: all that are live; an object that
 * is replaced in the map gives its part to the replacement. 0; 1 when an object does not let itself be
 * changed now (*ret_object, borrowed); -1 with an exception set. */
int carry_plan(const struct carry *carry, const struct ptrmap *map, const struct iterators *iterators,
               struct edits *edits, PyObject **ret_object) MUST_CHECK;

/* The names that instances of this class, an old one or one outside, lose if what they have there was computed. New
 * tuple. */
PyObject *carry_spent_names(const struct carry *carry, PyTypeObject *type);

/* Those of them of which the program may have put the value there itself. New tuple. */
PyObject *carry_doubtful_names(const struct carry *carry, PyTypeObject *type);

/* May the value have been computed, and be computed again? No Python code runs. */
bool carry_is_computed(const struct match *match, PyObject *value);

/* The names of what instances of this class, an old one or one outside, have computed and can do without; those of them
 * that begin with None again. New tuples. */
PyObject *carry_left_out_names(const struct carry *carry, PyTypeObject *type);
PyObject *carry_anew_names(const struct carry *carry, PyTypeObject *type);

/* Is what such an attribute holds data, that nobody misses? No Python code runs. */
bool carry_is_disposable(const struct match *match, PyObject *value);

/* Does the exchange of contents give this object an attribute of that name, from the object of the new version's import
 * that it stands for? No Python code runs. */
bool carry_brings(const struct carry *carry, PyObject *object, PyObject *name);

/* Drops everything but what is told to the reader of the report: conflicts and notes. */
void carry_finish(struct carry *carry);

/* Drops what it holds and empties it; harmless twice. May run Python code (finalizers of what the program has let go).
 */
void carry_release(struct carry *carry);

#endif
