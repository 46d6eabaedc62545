/* migrate: instances that cannot follow their class by their type word alone. (docs/design.md, migrate)
 *
 * The new version's code may expect more of an instance than the old one gave it: attributes that only the new __init__
 * sets, what an __upgrade__ method makes of its state, another layout. All Python code that this takes runs in
 * migrate_prepare, before the flip and between its tries, with the GIL free to switch; the flip itself only moves
 * references:
 *
 *   prepare   finds the instances, makes room in them, evaluates initialisers into stocks, runs hooks
 *   apply     in the flip, after the account closed and before the edits are planned: puts the values in
 *   undo      takes them out again when the flip is abandoned
 *
 * A value that does not depend on the instance is taken from a stock, so instances made meanwhile are served too. What
 * depends on one instance is its *record*; it counts only as long as the instance is what it was. An instance that
 * apply cannot serve gives FLIP_PREPARE: prepare again, and try again. */
#ifndef MIDFLIGHT_MIGRATE_H
#define MIDFLIGHT_MIGRATE_H

#include "base/ptrmap.h"
#include "compat/ref.h"
#include "engine/fill.h"

struct rebuilt;
struct upgrade;

/* What the instances of one class need: of an old class, or of a class outside that derives from one. */
struct migrate_class {
    PyTypeObject *type;    /* borrowed from migrate.types */
    PyTypeObject *partner; /* borrowed from the match; NULL: a class outside */
    struct fills fills;
    PyObject *wanting;    /* owned list: attributes that new code reads and only arguments can give */
    PyObject *left_out;   /* owned tuple: names of what instances have computed and can do without */
    PyObject *anew;       /* owned tuple: those of them that begin with None again */
    PyObject *spent;      /* owned tuple: names of what descriptors left in instances, and that goes */
    PyObject *doubtful;   /* owned tuple: those of them that the program may have set itself */
    PyObject *hook;       /* owned: the function __upgrade__, or NULL */
    PyTypeObject *shadow; /* borrowed: the new class that a hook sees an instance of */
    bool rebuilt;         /* another layout: each instance gets a replacement (record.replacement) */
    bool may_be_rebuilt;  /* a class outside, above which a layout changes */
};

/* What one instance gets. */
struct migrate_record {
    PyObject *instance;    /* borrowed from migrate.kept */
    PyObject *replacement; /* borrowed from migrate.kept: takes the instance's place, a target of the flip; or NULL */
    PyObject *shadow;      /* borrowed from migrate.kept: what a hook was called on; or NULL */
    PyObject *before;      /* borrowed from migrate.kept: dict name -> value when this was prepared; or NULL */
    PyObject *after;       /* borrowed from migrate.kept: dict name -> value to set; or NULL */
    PyObject *gone;        /* borrowed from migrate.kept: tuple of names to remove; or NULL */
};

struct migrate {
    struct migrate_class *classes; /* owned array */
    size_t n_classes, cap_classes;
    struct ptrmap index;            /* class -> index + 1 into classes */
    struct migrate_record *records; /* owned array */
    size_t n_records, cap_records;
    struct ptrmap recorded; /* instance -> index + 1 into records */
    PyObject *types;        /* owned list: all classes of `classes` */
    PyObject *kept;         /* owned list: everything that records refer to. Lists, so that the account sees them. */
    PyObject *reads;        /* owned set or NULL: attribute names that new code reads (shape.h) */
    PyObject *binders;      /* owned list or NULL: code that may bind attributes (fill_plan) */
    struct migrate_applied *applied; /* owned array: what apply has done, for undo */
    size_t n_applied, cap_applied;
    PyObject *displaced;    /* owned list: targets that apply took out of instances, for the account to see */
    Py_ssize_t n_displaced; /* its items in use; the rest is None */
    struct ptrmap taken;    /* holder -> how many of them its count in the account has too many */
    size_t prepared;        /* times that prepare ran */
    bool ran;               /* has code of the new version run in the last prepare? */
};

/* Is each instance of the class asked on its own, by a hook, by setters, for what it remembers, or what the program
 * set? What it gets is its record. */
static inline bool migrate_asks(const struct migrate_class *class)
{
    return class->hook || class->fills.setters || class->fills.derived || PyTuple_GET_SIZE(class->doubtful);
}

/* Makes ready for apply: every instance alive now is served. To be called after settle_generation, and again whenever
 * the flip answers FLIP_PREPARE. Runs code of the new version (initialisers, hooks). 0; 1 refused (reasons); -1. */
int migrate_prepare(struct upgrade *upgrade) MUST_CHECK;

/* All live instances of old classes that have a new one, and of classes outside that derive from such; and those
 * classes. Two new references to lists. 0 or -1. (migrate_find.c) */
int migrate_find_all(struct upgrade *upgrade, PyObject **ret_classes, PyObject **ret_instances) MUST_CHECK;

/* Adds replacements and shadows to the account's targets, and the tables above to its fixed holders. 0 or -1. */
int migrate_add_targets(struct upgrade *upgrade) MUST_CHECK;

/* In the flip, between the walk and the plan: gives every instance what it needs. An enum flip_result; unless it is
 * FLIP_DONE everything was taken back. Runs no Python code. */
int migrate_apply(struct upgrade *upgrade) MUST_CHECK;

/* After apply: how many references to targets did the walk count in this holder that are no longer there? */
Py_ssize_t migrate_taken_from(const struct migrate *migrate, PyObject *holder);

/* Before apply, when instances have got replacements (replace.h): gives those what they need. An enum flip_result. */
int migrate_serve_replacements(struct upgrade *upgrade) MUST_CHECK;

/* One attribute of a replacement; value NULL takes it away. Undone with the rest. 0; 1 when the new class has no place
 * for it; -1 with an exception set. */
int migrate_serve_attribute(struct upgrade *upgrade, struct rebuilt *item, PyObject *name, PyObject *value) MUST_CHECK;

/* After the walk: an enum flip_result, FLIP_AGAIN while code of the old version that names an attribute of `anew` is
 * being executed or is suspended (flip.stuck says which). Runs no Python code. */
int migrate_is_unread(struct upgrade *upgrade) MUST_CHECK;

/* Does what an instance has under a name of `anew` (or NULL) give way to None? No Python code runs. */
bool migrate_begins_anew(const struct match *match, PyObject *value);

/* After the exchange: what hooks have removed goes now. Cannot fail, drops no reference, runs no Python code. */
void migrate_commit(struct upgrade *upgrade);

/* Takes back what apply has done. Cannot fail, runs no Python code. Harmless when there is nothing. */
void migrate_undo(struct upgrade *upgrade);

/* What instances of this class need, or NULL: nothing is known of it. Borrowed, until the next migrate_prepare. */
struct migrate_class *migrate_class_of(const struct migrate *migrate, PyTypeObject *type);

/* Makes room for an attribute in an instance, if that is where it will be: 0; 1 there is none (*ret_why); -1. */
int migrate_make_room(const struct migrate_class *class, PyObject *instance, PyObject *name,
                      const char **ret_why) MUST_CHECK;

/* The record of an instance, or NULL; and sets it, all objects being in migrate.kept. 0 or -1. */
struct migrate_record *migrate_record_of(const struct migrate *migrate, PyObject *instance);
int migrate_put_record(struct migrate *migrate, const struct migrate_record *record) MUST_CHECK;

/* Refuses for a class, with a cause formatted from a name and (if not NULL) a sentence. 1, or -1. */
int migrate_refuse_class(struct upgrade *upgrade, const struct migrate_class *class, const char *action,
                         const char *format, PyObject *name, const char *why);

/* The same, because an instance lacks an attribute that nothing can give. 1, or -1. */
int migrate_refuse_wanting(struct upgrade *upgrade, const struct migrate_class *class, PyObject *name);

/* Drops everything. May run Python code. */
void migrate_release(struct migrate *migrate);

#endif
