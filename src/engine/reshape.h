/* reshape: classes outside whose layout or metaclass follows from what is replaced. (docs/design.md, flip)
 *
 * Part of each try of the flip, as replace.h, which makes new objects for their instances. */
#ifndef MIDFLIGHT_RESHAPE_H
#define MIDFLIGHT_RESHAPE_H

#include "compat/rebuild.h"
#include "compat/type_twin.h"

struct upgrade;
struct objects;

struct reshape {
    struct type_twins twins; /* of this try */
    struct ptrmap plans;     /* class -> owned struct rebuild * of this try */
    PyObject *droppable;     /* owned list of sets, one for each plan, or NULL */
    struct ptrmap refused;   /* classes that cannot follow: told once (a forecast goes on) */
};

/* Classes in the order in which they are to be planned: bases first. */
void reshape_sort(struct objects *classes);

/* After a walk: sorts the classes outside, bases first, and makes twins for those that need one. An enum flip_result.
 * Runs no Python code. */
int reshape_make(struct upgrade *upgrade) MUST_CHECK;

/* How instances of a class outside get new objects: NULL with FLIP_DONE when they need none. An enum flip_result. */
int reshape_plan_of(struct upgrade *upgrade, PyTypeObject *type, const struct rebuild **ret_plan) MUST_CHECK;

/* A class of the old generation that cannot be moved, or one outside that was refused: left alone by the flip. */
bool reshape_leaves(struct upgrade *upgrade, PyTypeObject *type);

/* Refuses a class outside. An enum flip_result. */
int reshape_refuse(struct upgrade *upgrade, PyTypeObject *type, const char *why) MUST_CHECK;

/* After the edits of a try and all objects made of its twins were released. May run finalizers after a commit. */
void reshape_forget(struct upgrade *upgrade);

void reshape_release(struct upgrade *upgrade);

#endif
