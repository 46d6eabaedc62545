/* former: versions that were replaced and that rollback() goes back to. (docs/design.md, rollback)
 *
 * A kept generation is what the flip left of the old version: its modules, what they held when they were imported (the
 * base records), and what the new version did to the outside. It lives until its time is over, until confirm, or until
 * another upgrade of the same packages. */
#ifndef MIDFLIGHT_FORMER_H
#define MIDFLIGHT_FORMER_H

#include "engine/upgrade.h"

/* A Python tuple, so that a walk over the heap sees what it holds. */
enum former_field {
    FORMER_CHANGES, /* list of (distribution, the version kept, the version that took its place) */
    FORMER_MODULES, /* dict name -> module, in the order in which their imports began */
    FORMER_ALIASES, /* dict name -> module: further names in sys.modules */
    FORMER_RECORDS, /* dict name -> base record */
    FORMER_ROOTS,   /* set of import names */
    FORMER_PATHS,   /* (sys.path before the flip, after it): two lists */
    FORMER_EFFECTS, /* list for redo_run: takes back what the new version did to the outside */
    FORMER_MOVED,   /* list: objects of the old version that nobody but itself refers to since the flip */
    FORMER_STAYED,  /* list: objects that both versions hold, as they stayed where they were */
    FORMER_OTHER,   /* list: what else was made by importing the old version, values of which either may be held */
    FORMER_PAIRS, /* list of (definition that is loaded, the one that is kept): for those that have no name of their own
                   */
    FORMER_CELLS, /* list: cells that live closures share with functions of the old version */
    FORMER_WATCH, /* list for retire_check */
    FORMER_SINCE, /* float: the moment of the flip, in seconds of the monotonic clock */
    FORMER_UNTIL, /* float: the moment at which it expires; may be infinite */
    FORMER_FIELDS,
};

/* Before the gate closes: what the flip will have moved away. 0, or -1 with an exception set. */
int former_prepare(struct upgrade *upgrade) MUST_CHECK;

/* After the flip, while the upgrade has its tables: upgrade->former is made. FORMER_EFFECTS and FORMER_WATCH are empty:
 * the caller fills them. May be called again. 0, or -1 with an exception set. */
int former_collect(struct upgrade *upgrade) MUST_CHECK;

/* upgrade->former enters the list, in the place of what was kept of the same packages. 0, or -1 with an exception set.
 * May run finalizers. */
int former_add(struct upgrade *upgrade) MUST_CHECK;

/* Lets go of what is kept of packages with one of these import names (a set). Runs finalizers. */
void former_forget(PyObject *roots);

/* Takes one out of the list (it was gone back to). */
void former_remove(PyObject *kept);

/* The generation to go back to: the last one kept, or the last that holds every distribution of these canonical names
 * (a tuple). New reference; NULL with an exception set: LookupError when there is none. */
PyObject *former_find(PyObject *names);

/* The one with this FORMER_SINCE. As former_find. */
PyObject *former_find_since(double since);

/* Lets go of what is kept of the named distributions (an empty tuple: of all). Returns a list of str: what of it is
 * still alive, and who holds it. NULL with an exception set. Runs finalizers. */
PyObject *former_confirm(PyObject *names);

/* The same for one generation (former_find), of which the reference is given up. */
PyObject *former_confirm_one(PyObject *kept);

/* Lets go of what has expired. Runs finalizers. 0, or -1 with an exception set. Not while an upgrade is under way. */
int former_expire(void) MUST_CHECK;

/* The moment at which the next one expires, of the monotonic clock; infinite when none does. */
double former_next_end(void);

/* Is `asked` true of a base record of what is kept? No Python code runs. */
bool former_any_record(bool (*asked)(PyObject *record, const void *arg), const void *arg);

/* Is this the namespace of a module that is only kept? No Python code runs. */
bool former_owns(PyObject *namespace);

/* The objects of a list that importing the kept version did not make: of a function that the version after had removed,
 * and that the program went on calling, both versions say that it is theirs. New list. */
PyObject *former_leave_out(PyObject *kept, PyObject *list);

/* What is kept: a new list of (changes, seconds that are left, FORMER_SINCE). NULL with an exception set. */
PyObject *former_list(void);

#endif
