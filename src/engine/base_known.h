/* base_known: which objects of a package are recorded, and where.
 *
 * Tells an object that a late module of a package leads to from one that was recorded with an earlier module, and finds
 * those that have changed since without looking into each: a dict whose version (compat/state.h) is what it was holds
 * what it held. Derived from the records: it may be forgotten at any time. It owns next to nothing; what it names is
 * alive because the records are. */
#ifndef MIDFLIGHT_BASE_KNOWN_H
#define MIDFLIGHT_BASE_KNOWN_H

#include "base/ptrmap.h"
#include "engine/base_pack.h"

#include <stdint.h>

/* An object that has an entry. */
struct known_object {
    PyObject *object;        /* NULL: it has a later entry */
    const uint64_t *version; /* a word that changes when it does (a dict's version, what is in a cell), or NULL */
    uint64_t recorded;       /* that word when it was recorded */
    PyObject *list;          /* the packed list; NULL while it is being made */
    size_t at;               /* where its entry begins there */
    size_t run;              /* in which run (base_run) it was recorded */
    bool foreign;            /* see base_copy.c */
};

struct known_module {
    PyObject *name, *module;
};

/* A package: the outermost regular one that its modules lie in. */
struct known_package {
    PyObject *name;               /* owned */
    Py_hash_t hash;               /* of the name */
    struct ptrmap index;          /* object -> how it is known */
    struct known_object *objects; /* owned array */
    size_t n, capacity;
    struct known_module *modules; /* owned array: those whose records were read */
    size_t n_modules, cap_modules;
    PyObject *lists; /* owned list of packed lists that no record has; NULL: none */
    bool stale;      /* its records have to be read again */
    size_t run;      /* the last run in which it was asked for */
    size_t looked;   /* the last run in which it was looked through for changes */
    struct known_package *next;
};

/* What objects of a type are to the package that is being recorded (base_copy.c). */
struct known_sort {
    PyTypeObject *type; /* borrowed for as long as no code of the program runs */
    unsigned sort;
};

#define KNOWN_SORTS 256 /* a power of two */

struct known {
    struct known_package *packages; /* owned */
    struct known_sort sorts[KNOWN_SORTS];
    struct known_package *sorted_for; /* those are right for this package */
    size_t sorted_in;                 /* in this run, base_copy.c */
    size_t run;                       /* counts the imports that ended */
    bool complete;                    /* all records were read */
};

/* Begins a run: what was met in the one before may be met again. */
void known_begin(struct known *known);

/* The package of that name. Not in the current run yet: if one of its modules is not loaded any more, it is read anew
 * from the records (as base_records has them, or NULL: there are none). NULL with an exception set. */
struct known_package *known_package(struct known *known, PyObject *name, PyObject *records);

/* Reads what the records say, after known_forget. 0, or -1 with an exception set. */
int known_complete(struct known *known, PyObject *records) MUST_CHECK;

/* Is the object met for the first time in this run, and is there no entry for it that will do? It has been met then.
 * 1, 0, -1 with MemoryError. */
int known_meet(struct known *known, struct known_package *package, PyObject *object, bool foreign) MUST_CHECK;

/* An entry for the object is at this place of the list that is being made. exact: it says what the object holds at this
 * moment. 0, or -1 with MemoryError. */
int known_add(struct known *known, struct known_package *package, PyObject *object, size_t at, bool foreign,
              bool exact) MUST_CHECK;

/* A function that is recorded: it is not met again. 0, or -1 with MemoryError. */
int known_add_function(struct known_package *package, PyObject *function) MUST_CHECK;

/* The list is made, and belongs to the record of that module: entries from the `first` on are in it. 0, or -1 with
 * MemoryError. */
int known_settle(struct known_package *package, size_t first, PyObject *list, PyObject *name,
                 PyObject *module) MUST_CHECK;

/* The next object from *at on that holds something else than its entry says; *at is behind it then. 1, 0 no more, -1
 * with an exception set. Runs no Python code. */
int known_next_changed(struct known_package *package, size_t *at, struct known_object **ret_object) MUST_CHECK;

/* The records of this package have been written anew: their lists are other ones. */
void known_reread(struct known *known, PyObject *name);

/* Reads a package's records again, if that was said or one of its modules is not loaded any more. 0, or -1 with an
 * exception set (all is forgotten then). */
int known_refresh(struct known *known, struct known_package *package, PyObject *records) MUST_CHECK;

/* Forgets everything: some record is to be taken away. */
void known_forget(struct known *known);

#endif
