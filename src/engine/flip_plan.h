/* What a flip will exchange, from what the account found. For flip.c. */
#ifndef MIDFLIGHT_FLIP_PLAN_H
#define MIDFLIGHT_FLIP_PLAN_H

#include "engine/flip.h"

/* Collects all edits. The account's walk was made under the same hold of the GIL. FLIP_DONE: planned. */
enum flip_result flip_plan(struct upgrade *upgrade);

/* The parts, in the order of the plan. The first may walk again: what the others read is right only after it. */
enum flip_result flip_plan_rehash(struct upgrade *upgrade);
enum flip_result flip_plan_instances(struct upgrade *upgrade);
enum flip_result flip_plan_subclasses(struct upgrade *upgrade);
enum flip_result flip_plan_holders(struct upgrade *upgrade);
enum flip_result flip_plan_frames(struct upgrade *upgrade);

/* Refuses an object that cannot be edited. */
enum flip_result flip_refuse_holder(struct upgrade *upgrade, PyObject *holder, const char *why);

#endif
