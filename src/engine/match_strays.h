/* match_strays: classes that live in another module in the new version. (docs/design.md, match) */
#ifndef MIDFLIGHT_MATCH_STRAYS_H
#define MIDFLIGHT_MATCH_STRAYS_H

#include "engine/match.h"

/* After all that has a home or a place was paired: pairs classes at the top level of a module that have neither. 0 or
 * -1 with an exception set. Runs no code of the packages. */
int match_strays(struct match *match) MUST_CHECK;

#endif
