/* replace: instances whose class has another memory layout in the new version get new objects. (docs/design.md, flip)
 *
 * All of it happens inside the flip, under one hold of the GIL: the walk finds the instances, each gets a replacement
 * (compat/rebuild.h), both become one more target of the account, and the walk is made again, so that every reference
 * to a replaced instance is counted and planned like one to a definition. When the flip is not made, the replacements
 * go and nothing has happened. */
#ifndef MIDFLIGHT_REPLACE_H
#define MIDFLIGHT_REPLACE_H

#include "base/ptrmap.h"
#include "compat/rebuild.h"
#include "engine/account.h"

struct upgrade;

/* A target that led to an instance which is itself replaced: leads to the replacement meanwhile. */
struct replace_detour {
    size_t target;      /* index in account.list */
    PyObject *instance; /* borrowed */
};

struct replace {
    struct ptrmap classes; /* old classes whose instances get replacements */
    struct ptrmap refused; /* old classes whose instances cannot get any: told once (a forecast goes on) */
    struct ptrmap plans;   /* old class -> struct rebuild * (owned), or &replace_none: by the type word alone */
    PyObject *droppable;   /* owned list of sets, one for each plan: names that may vanish */
    struct rebuilt *items; /* owned array: what this try replaces */
    size_t n_items, cap_items;
    size_t n_targets;               /* of the account, without ours: item i is its target n_targets + i */
    struct objects numbers;         /* owned references: what keys made by id() of the old objects become */
    bool was_deep;                  /* account.deep without them */
    struct replace_detour *detours; /* owned array */
    size_t n_detours, cap_detours;
};

/* After a walk: makes replacements for all instances that need one and adds them to the account. An enum flip_result;
 * FLIP_DONE with *ret_walk: the walk must be made again. Runs no Python code. */
int replace_make(struct upgrade *upgrade, bool *ret_walk) MUST_CHECK;

/* After migrate_serve_replacements: replacements of instances that the package made and the program changed get the
 * attributes that carry merged. An enum flip_result. */
int replace_serve_merged(struct upgrade *upgrade) MUST_CHECK;

/* Is a replaced instance in the hands of a call that is under way, which would go on with the old object? Borrowed;
 * NULL: none is, or *ret_error. */
PyObject *replace_find_busy(struct upgrade *upgrade, bool *ret_error);

/* The names that the old version's own code gives to instances of a class: what the new one has no place for, it has
 * dropped. A new set. */
PyObject *replace_droppable_names(PyTypeObject *old);

/* No instance of this class can get a new object: refused once; why NULL: an exception is set. An enum flip_result. */
int replace_refuse(struct upgrade *upgrade, PyTypeObject *old, PyObject *why) MUST_CHECK;

/* Do instances of this old class get replacements? Asked after replace_make. */
bool replace_concerns(const struct replace *replace, PyTypeObject *type);

/* The replacement of an instance in this try, or NULL. */
struct rebuilt *replace_find(struct upgrade *upgrade, PyObject *instance);

/* The next replacement from *at on whose hash is not its address; *at is behind it then. NULL: no more. */
struct rebuilt *replace_next_hashed(const struct replace *replace, size_t *at);

/* The hashes of replaced instances, after those of all other targets: into flip.rehash, as far as they can be told. One
 * that Python code computes stays if the method is the same in both versions. 0 or -1 with an exception set. */
int replace_tell_hashes(struct upgrade *upgrade) MUST_CHECK;

/* Adds what changes places at the commit to the edits, after all others. An enum flip_result. */
int replace_plan(struct upgrade *upgrade) MUST_CHECK;

/* After the edits of a try were released, made or not: drops the replacements (who is referred to lives on) and takes
 * them out of the account. May run finalizers after a commit. */
void replace_forget(struct upgrade *upgrade);

void replace_release(struct upgrade *upgrade);

#endif
