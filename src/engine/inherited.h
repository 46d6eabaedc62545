/* Classes outside for which a generator (dataclasses, attrs) wrote methods from the fields of their bases. */
#ifndef MIDFLIGHT_INHERITED_H
#define MIDFLIGHT_INHERITED_H

#include "engine/match.h"

/* Has a base of this class other fields in the new version? Then the methods that were written for the class are those
 * of the old fields. map: old class -> new one. *ret_base: the base, borrowed. 1, 0, -1. Runs no Python code. */
int inherited_fields_differ(const struct match *match, PyTypeObject *type, const struct ptrmap *map,
                            PyTypeObject **ret_base) MUST_CHECK;

#endif
