/* Adding what fill_plan.c finds. For fill_plan.c. */
#ifndef MIDFLIGHT_FILL_PLAN_H
#define MIDFLIGHT_FILL_PLAN_H

#include "engine/fill.h"

/* Adds a fill of this kind, function (borrowed), from (borrowed) and records; its names are those of a list. 0 or -1.
 */
int fill_add(struct fills *fills, const struct fill *wanted, PyObject *names) MUST_CHECK;

/* Adds a fill that gives every instance this value. names: list of one. 0 or -1. */
int fill_add_value(struct fills *fills, PyObject *names, PyObject *value) MUST_CHECK;

#endif
