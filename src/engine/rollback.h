/* rollback: the kept generation is the staged one. (docs/design.md, rollback) */
#ifndef MIDFLIGHT_ROLLBACK_H
#define MIDFLIGHT_ROLLBACK_H

#include "engine/upgrade.h"

/* In the place of staging: fills upgrade->stage and upgrade->new_records from upgrade->back. Nothing is imported, and
 * no file is read. 0, 1 refused (reasons), -1 with an exception set. */
int rollback_stage(struct upgrade *upgrade) MUST_CHECK;

/* The rollback is not made: what it wrote into the kept generation is taken back. An exception that is set stays. */
void rollback_abandon(struct upgrade *upgrade);

#endif
