/* Arguments that instances keep for a call that is still to come: `self.kwargs = kwargs`, later
 * `Connection(**self.kwargs)`. For impact.c. */
#ifndef MIDFLIGHT_IMPACT_KEPT_H
#define MIDFLIGHT_IMPACT_KEPT_H

#include "engine/upgrade.h"

/* Adds a use ("signature-changed", see impact.h) for each class and attribute whose instances keep an argument that the
 * new version no longer takes; file and line are those of the function that took it. Runs no Python code. 0, or -1 with
 * an exception set. */
int impact_kept(const struct upgrade *upgrade, PyObject *uses) MUST_CHECK;

#endif
