/* stage_hooks: functions outside that have a stand-in for the import of a new version (midflight.while_staging). */
#ifndef MIDFLIGHT_STAGE_HOOKS_H
#define MIDFLIGHT_STAGE_HOOKS_H

#include "compat/standin.h"

/* Puts what the program has marked in its places, except in the packages that are upgraded (old_modules: dict name ->
 * module). For every thread but the one that stages the functions are what they were. 0, or -1 with an exception set.
 * Ended by standins_end. */
int stage_hooks_begin(struct standins *standins, PyObject *old_modules) MUST_CHECK;

#endif
