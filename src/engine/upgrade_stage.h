/* The step "stage" as the way takes it. */
#ifndef MIDFLIGHT_UPGRADE_STAGE_H
#define MIDFLIGHT_UPGRADE_STAGE_H

#include "engine/upgrade.h"

/* Stages upgrade->old_modules. Leaves upgrade->stage and upgrade->new_records. 0; 1 refused (reasons); -1 exception
 * set. */
int upgrade_stage(struct upgrade *upgrade) MUST_CHECK;

#endif
