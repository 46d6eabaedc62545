/* reach: who outside the staged generation refers to something staged, and what of the old generation does it
 * refer to? */
#ifndef MIDFLIGHT_REACH_H
#define MIDFLIGHT_REACH_H

#include "base/ptrmap.h"
#include "compat/epoch.h"
#include "engine/generation.h"

/* One reference across the border. */
struct reach_hit {
    PyObject *holder; /* owned: from outside: an object that was there before staging, or that staging published */
    PyObject *held;   /* owned: what it refers to: the staged object itself, or something new that leads to it */
    PyObject *target; /* owned: the staged module, function, class or instance */
    bool weak;        /* held is a weak reference to target */
};

struct reach {
    /* in */
    struct epoch *epoch;          /* borrowed, open */
    PyObject *modules;            /* borrowed dict: name -> what was staged under it */
    PyObject *roots;              /* borrowed set of names that belong to the upgrade, with all below them */
    const struct generation *old; /* borrowed: the generation that is to be replaced */
    /* What a dict, list or set held before staging wrote to it: borrowed, or NULL where that is not known. Runs
     * nothing. */
    PyObject *(*before)(const void *arg, PyObject *container);
    const void *arg; /* borrowed: for before */
    /* out: references to staged objects from outside, then references from staged objects to definitions and instances
     * of the old generation (holder: new; held and target: the old object) */
    struct reach_hit *hits; /* owned */
    size_t n_hits, n_captured, capacity;
    /* the staged objects (borrowed) and what was already looked at */
    struct ptrmap staged, spaces, seen;
};

/* Finds all of them. GIL held throughout, no Python code runs. Returns 0; 1 when old and new objects cannot be told
 * apart any more (somebody froze the collector's objects); -1 with MemoryError set. */
int reach_find(struct reach *reach) MUST_CHECK;

/* Drops the hits and the tables; in-fields stay. May run Python code (finalizers). */
void reach_release(struct reach *reach);

#endif
