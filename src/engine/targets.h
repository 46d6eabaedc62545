/* Questions to the whole heap about one upgrade: who is of the old generation and has no partner, who was made by
 * staging. */
#ifndef MIDFLIGHT_TARGETS_H
#define MIDFLIGHT_TARGETS_H

#include "engine/upgrade.h"

/* Functions of the old generation that are alive and not paired. New list. */
PyObject *targets_unpaired(const struct match *match);

/* Bound methods of functions in match->rebound that are alive and not paired. New list. */
PyObject *targets_rebound(const struct match *match);

/* Adds to a list the classes and modules of the old generation that have no partner, as far as their base records know
 * them. 0 or -1. */
int targets_add_removed(struct upgrade *upgrade, PyObject *list) MUST_CHECK;

/* Instances of partner classes: staging made them. New list. */
PyObject *targets_staged_instances(const struct match *match);

/* The old functions that get a gate. *ret_targets is malloc'd; the caller frees it. 0 or -1. */
int targets_of_gate(struct upgrade *upgrade, struct drain_target **ret_targets, size_t *ret_n) MUST_CHECK;

/* Was this module's namespace made by staging? The new version may also have names for modules outside the upgrade. */
bool targets_is_staged(const struct upgrade *upgrade, PyObject *namespace);

/* Counts pairs for the report. */
void targets_count(struct upgrade *upgrade);

#endif
