/* What there is to upgrade: distributions, their loaded modules, the search path. The first part of the way (notice,
 * settle). */
#ifndef MIDFLIGHT_PLAN_H
#define MIDFLIGHT_PLAN_H

#include "engine/upgrade.h"

/* Fills changes, old_modules, roots and path of the upgrade from upgrade->names. Returns 0; 1 refused (reasons: an
 * install is half-written, ...); 2 nothing to do; -1 exception set: LookupError for a distribution that is not loaded
 * or not installed. */
int plan_distributions(struct upgrade *upgrade) MUST_CHECK;

/* The same for the modules below one import name that no distribution owns (a module of the working directory). */
int plan_module(struct upgrade *upgrade, PyObject *name) MUST_CHECK;

/* The same for upgrade->back: from what is loaded to what is kept. What is on disk is not asked. */
int plan_back(struct upgrade *upgrade) MUST_CHECK;

/* Refuses if a module of the old version lies behind another object. 0, 1 refused, -1. No Python code runs. */
int plan_wrapped(struct upgrade *upgrade) MUST_CHECK;

/* Has another thread, since the modules were collected, loaded one more that belongs to the upgrade? 0 no; 1 yes: a
 * reason is added (staging-raced); 2 it is about to; -1 exception set. Cheap when nothing was imported. No Python code
 * runs. */
int plan_raced(struct upgrade *upgrade) MUST_CHECK;

/* Has an installer been at work since the install was taken? What was imported meanwhile may be of two versions, or
 * lack a module whose file was away for a moment. 0 no, 1 refused (install-unfinished), -1 exception set. */
int plan_unsettled(struct upgrade *upgrade) MUST_CHECK;

#endif
