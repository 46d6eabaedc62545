/* Calls the hooks of packages and programs (python/midflight/hooks.py). All run Python code of others, before the flip
 * or after it, never inside. */
#ifndef MIDFLIGHT_HOOKS_RUN_H
#define MIDFLIGHT_HOOKS_RUN_H

#include "engine/upgrade.h"

/* The functions marked with on_upgrade: before the generations are matched. 0; 1 one raised (reasons); -1. */
int hooks_before(struct upgrade *upgrade) MUST_CHECK;

/* After the flip, while both generations are there: registers what the new version marks, then calls. 0, or -1 with the
 * exception of a hook. */
int hooks_after(struct upgrade *upgrade) MUST_CHECK;

/* Calls the hook of its class for one instance, on a shadow of the new class with the instance's state and what is
 * filled in, and makes its record. A record that is still right is left alone. 0; 1 refused (reasons); -1. */
int hooks_instance(struct upgrade *upgrade, struct migrate_class *class, PyObject *instance) MUST_CHECK;

/* Is the instance what it was when its record was made? Runs no Python code. 1, 0, -1 with an exception set. */
int hooks_unchanged(const struct migrate_record *record);

#endif
