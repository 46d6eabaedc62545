/* newborn: which objects did staging make, and which did it only find?
 *
 * A module of the new version that binds somebody else's logger, table or lock does not own it: references to the one
 * that the old version had bound must not move to it. */
#ifndef MIDFLIGHT_NEWBORN_H
#define MIDFLIGHT_NEWBORN_H

#include "engine/outside.h"

struct newborn {
    struct ptrmap made;  /* what the collector knows and was not there before staging */
    struct ptrmap found; /* what it does not know, and namespaces or containers outside held before */
    bool known;          /* `made` has all that was made, whatever the collector knows (a kept generation) */
};

/* Looks while the epoch is open and outside has its copies. 0, or -1 with MemoryError. No Python code runs. */
int newborn_begin(struct newborn *newborn, const struct outside *outside) MUST_CHECK;

/* Was this object, which a staged module leads to, made by staging? NULL: nothing is known, everything was. */
bool newborn_is(const struct newborn *newborn, PyObject *object);

void newborn_release(struct newborn *newborn);

#endif
