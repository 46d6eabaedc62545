/* Homes that several functions share. For match.c and match_parts.c only. */
#ifndef MIDFLIGHT_MATCH_HOMES_H
#define MIDFLIGHT_MATCH_HOMES_H

#include "engine/match.h"

/* Two functions of the two generations stand at the same place. If each of them could also belong to another one of the
 * same home, the home is shared: it is added to match->shared_homes, and match->found_shared is set. 0, or -1 with an
 * exception set. */
int homes_note(struct match *match, PyObject *old, PyObject *partner) MUST_CHECK;

/* Is the home of this old function known to be shared? 1, 0, or -1 with an exception set. */
int homes_shared(const struct match *match, PyObject *old) MUST_CHECK;

/* Are these functions of the two generations with the same module and qualified name? */
bool homes_same(const struct match *match, PyObject *old, PyObject *partner);

#endif
