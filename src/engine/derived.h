/* Copies of a table that the new version extends: `self.config = dict(self.default_config)`. */
#ifndef MIDFLIGHT_DERIVED_H
#define MIDFLIGHT_DERIVED_H

#include "engine/upgrade.h"

/* Is a dict alive that was filled from a table of the old version, and lacks an entry that the new version's table has
 * (and its code will read)? 1 refused (reasons), 0 no, -1 exception set. Runs no Python code. */
int derived_check(struct upgrade *upgrade) MUST_CHECK;

#endif
