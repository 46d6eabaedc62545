/* What the carry_*.c files share. Not for others.
 *
 * carry.c         the order; which object of a pair stays; has the program gone on meanwhile
 * carry_slot.c    the decision table, for one slot
 * carry_owner.c   slots of namespaces, classes, functions and cells, written into the staged ones
 * carry_merge.c   contents of objects that stay: dicts and attributes
 * carry_list.c    the same for lists, deques and sets
 * carry_memo.c    is it a result that can be computed again?
 * carry_policy.c  the word of the program or of the package about a name
 * carry_equal.c   do values of two generations mean the same */
#ifndef MIDFLIGHT_CARRY_PARTS_H
#define MIDFLIGHT_CARRY_PARTS_H

#include "engine/carry.h"

enum policy { POLICY_NONE, POLICY_KEEP, POLICY_NEW, POLICY_MERGE };

struct policy_entry {
    PyObject *owner; /* borrowed: dict of a module, class or instance, */
    PyObject *key;   /* owned: and the name in it */
    enum policy policy;
    bool program; /* the program's word, not the package's */
};

struct memo_index; /* carry_memo.c */

struct carrying {
    struct carry *carry;
    const struct match *match;
    PyObject *reasons;
    PyObject *program_policy;   /* borrowed, or NULL */
    struct ptrmap theirs;       /* staged object -> its entry of BASE_COPIES, borrowed */
    struct ptrmap late;         /* old object -> itself: recorded only when midflight was started */
    struct ptrmap dirty;        /* old object -> itself: some slot of it was changed by the program */
    struct ptrmap touched;      /* old object -> what carry_touched found out */
    struct ptrmap through;      /* tuple -> the object in which it was looked through last, and nothing found */
    struct ptrmap compiled;     /* dicts of functions that compiled themselves since: what changes in them is cache */
    struct ptrmap cells, dicts; /* old cell -> staged cell; dict of an old function -> staged function */
    struct ptrmap ids;          /* number that is a key and an address -> the number it becomes */
    struct policy_entry *policies;
    size_t n_policies;
    PyObject *adopting;       /* owned list of (dict, staged WeakValueDictionary) or NULL: carry_weak_adopt */
    PyObject *preparing;      /* owned list of (function, staged class, name): what memo_prepare_classes runs */
    bool refused;             /* a slot that cannot be decided: its reason is among the reasons */
    PyObject *codes;          /* owned, or NULL until it is asked for: override_codes */
    PyObject *get_name;       /* owned: "__get__" */
    struct memo_index *memos; /* owned */
};

/* One slot of one object that both versions have. Borrowed; NULL: not there. */
struct slot {
    PyObject *owner, *key;
    PyObject *base, *now, *theirs;
    bool named;  /* of a namespace, a class or an instance: key is an identifier that code may use */
    bool always; /* kept even if it is a memo: the program or the package says so */
};

/* Interpreter's and import system's own names. */
bool carry_is_bookkeeping(PyObject *key);

/* Does a value belong to the old generation: code, class, module? */
bool carry_is_old_code(const struct match *match, PyObject *value);

/* Is this a slot's old value still, or an equal number, string or the like? */
bool carry_same_value(PyObject *base, PyObject *now);

/* After the flip, will `now` (in the old world) and `theirs` (in the new one) be one object, or equal atoms? */
bool carry_same_after(const struct carrying *carrying, PyObject *now, PyObject *theirs);

/* Was the object itself changed since it was recorded, or something that it alone leads to? Never fails. */
bool carry_touched(struct carrying *carrying, PyObject *object);

/* The table. *ret_ours: the slot keeps what it has now (nothing, if now is NULL); otherwise it gets what theirs has.
 * Notes conflicts. 0 or -1. */
int carry_decide(struct carrying *carrying, const struct slot *slot, bool *ret_ours) MUST_CHECK;

/* What a staged object held when staging ended: a new reference to a dict or list that is not to be written to.
 * NULL with an exception set, or without one for an object of no kind that is copied. */
PyObject *carry_their_copy(const struct carrying *carrying, PyObject *object, bool attributes);

/* Writes decisions into the staged namespaces, classes, functions and cells. 0 or -1. */
int carry_owners(struct carrying *carrying) MUST_CHECK;

/* Builds the contents of a pair of which the old object stays; adds it to carry->merges if it differs from what the
 * object holds. 0 or -1. */
int carry_merge(struct carrying *carrying, const struct pair *pair) MUST_CHECK;

/* The merged items of lists and deques, of sets: a new list; None: as the object is now. NULL with an exception set. */
PyObject *carry_merge_list(struct carrying *carrying, PyObject *old, PyObject *base, PyObject *now, PyObject *theirs);
PyObject *carry_merge_set(struct carrying *carrying, PyObject *old, PyObject *base, PyObject *now, PyObject *theirs);

/* A key of the old world as it will be after the flip, as far as that changes it. New reference. */
PyObject *carry_translate(const struct carrying *carrying, PyObject *key);

/* Notes that both sides changed something; `about` is what is said of the program's way. 0 or -1. */
int carry_conflict(struct carrying *carrying, const struct slot *slot, const char *about) MUST_CHECK;

/* Notes that a table (name NULL) goes without n entries that were put there since the import, or a name of the owner
 * without its value. 0 or -1. */
int carry_note_gone(struct carrying *carrying, PyObject *owner, PyObject *name, Py_ssize_t n) MUST_CHECK;

/* Memos. carry_memo_slot: is the slot's value a result that the new
 * version computes again (its function, what that calls or its data changed)? carry_memo_object: does the container
 * hold such results? 1, 0, -1. */
/* For what was recorded late: does code of the package put anything into this container; bind this name (of a
 * namespace, or of a class) after the import? Then it may have. 1, 0, -1. */
int carry_memo_filled(struct carrying *carrying, PyObject *object) MUST_CHECK;
int carry_memo_stored(struct carrying *carrying, PyObject *name, bool global) MUST_CHECK;
void carry_memo_release(struct carrying *carrying);
int carry_memo_slot(struct carrying *carrying, const struct slot *slot) MUST_CHECK;

/* Did the module's __getattr__ fetch this definition, so that the new version's, which does not start with it, fetches
 * its own when it is asked? 1, 0, -1. */
int carry_memo_fetched(struct carrying *carrying, const struct slot *slot) MUST_CHECK;
int carry_memo_object(struct carrying *carrying, PyObject *object) MUST_CHECK;

/* Is all that code of the package puts into containers of this name what calls returned, looked up before? Whatever it
 * is: the objects may have an identity. 1, 0, -1. */
int carry_memo_results(struct carrying *carrying, PyObject *name) MUST_CHECK;

/* Does this functools.lru_cache stay, with what it remembers? 1, 0 (also of anything else), -1. */
int carry_memo_lru(struct carrying *carrying, const struct pair *pair) MUST_CHECK;

/* Finds what descriptors have left in instances and would compute in another way now: carry->spent. 0 or -1. */
int memo_find_spent(struct carrying *carrying) MUST_CHECK;

/* Finds what instances have computed and their class leaves out of pickles: carry->left_out. 0 or -1. */
int memo_find_left_out(struct carrying *carrying) MUST_CHECK;

/* Refuses if a class of the program, which derives from one of the package, prepared itself otherwise than the new
 * version would: nobody can tell it to do that again. 0 or -1. */
int memo_check_outside(struct carrying *carrying) MUST_CHECK;

/* The last step: staged classes whose counterparts are in use, and had prepared themselves for that, do so too. Runs
 * code of the new version. 0 (refused if it raises) or -1. */
int memo_prepare_classes(struct carrying *carrying) MUST_CHECK;

/* Policies. carry_policy_init raises ValueError for a word or a name that means nothing. */
int carry_policy_init(struct carrying *carrying) MUST_CHECK;
void carry_policy_release(struct carrying *carrying);
enum policy carry_policy_of_slot(const struct carrying *carrying, PyObject *owner, PyObject *key);
enum policy carry_policy_of_pair(const struct carrying *carrying, const struct pair *pair);

#endif
