/* rehearse: a fresh interpreter imports the new version first, at no risk. (docs/design.md, rehearse) */
#ifndef MIDFLIGHT_REHEARSE_H
#define MIDFLIGHT_REHEARSE_H

#include "engine/upgrade.h"

/* Imports the modules of the upgrade in a fresh interpreter: same executable, flags and environment, sys.path as it
 * will be. upgrade->rehearse is the limit in seconds; 0: does nothing. Python writes bytecode there, so staging need
 * not compile. Fills upgrade->rehearsed and rehearsal_output. Other threads run meanwhile; nothing is imported here but
 * midflight's own file. 0, 1 refused ("rehearsal-failed"), -1. */
int rehearse_run(struct upgrade *upgrade) MUST_CHECK;

/* Is what was staged what the fresh interpreter has? 0, 1 refused ("rehearsal-differs"), -1. */
int rehearse_compare(struct upgrade *upgrade) MUST_CHECK;

/* (seconds, number of modules, what was printed), or None when there was none. New reference. */
PyObject *rehearse_report(const struct upgrade *upgrade);

#endif
