/* Which names may be missing after an upgrade, or take other arguments: the cheap question that comes before reading
 * code. For impact.c. */
#ifndef MIDFLIGHT_IMPACT_NAMES_H
#define MIDFLIGHT_IMPACT_NAMES_H

#include "engine/upgrade.h"

/* Names that code must mention to be of interest: attributes and modules that the new version does not have, callables
 * whose arguments differ, under every name that a loaded module binds them to. New set; empty: nothing can break. */
PyObject *impact_names(const struct upgrade *upgrade);

/* Had the module or class of this pair the name when its import ended? What came later is not the release's to keep. In
 * doubt yes. */
bool impact_was_there(const struct match *match, const struct pair *pair, PyObject *name);

#endif
