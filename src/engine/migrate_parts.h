/* What migrate.c (before the flip) and migrate_apply.c (inside it) share. Not for others. */
#ifndef MIDFLIGHT_MIGRATE_PARTS_H
#define MIDFLIGHT_MIGRATE_PARTS_H

#include "engine/migrate.h"
#include "engine/upgrade.h"

/* An attribute that new code reads, that this instance lacks and that nothing can give. Borrowed, or NULL. */
PyObject *migrate_wants(const struct upgrade *upgrade, const struct migrate_class *class, PyObject *instance);

/* Does this instance lack some of what a statement gives? */
bool migrate_lacks(const struct fill *fill, PyObject *instance);

/* Is the value of this fill not what the instance lacks? */
bool migrate_is_spoilt(const struct match *match, const struct fill *fill, PyObject *instance);

/* Drops what apply kept for an undo. May run finalizers. */
void migrate_forget_applied(struct migrate *migrate);

#endif
