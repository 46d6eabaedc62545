/* hashreach: could a __hash__ in Python, unchanged itself, say something else after the flip? (docs/design.md, flip) */
#ifndef MIDFLIGHT_HASHREACH_H
#define MIDFLIGHT_HASHREACH_H

#include "engine/match.h"

/* Is there a __hash__ in Python that may look at more than the attributes of an instance: at its class, another thing
 * that moves, or data that differ in the new version? type: an old class, or (outside) a class outside that derives
 * from one; map: replaced object -> partner. Told from the instructions; in doubt 1. 0, or -1 with an exception set.
 * GIL held; no Python code runs. */
int hashreach_type(const struct match *match, const struct ptrmap *map, PyTypeObject *type, bool outside) MUST_CHECK;

#endif
