/* What a flip will exchange, from what the account found. For flip.c. */
#ifndef MIDFLIGHT_FLIP_PLAN_H
#define MIDFLIGHT_FLIP_PLAN_H

#include "engine/flip.h"

/* What will hash differently? To be called right after the walk, under the same hold of the GIL: may walk again, so
 * that what the walk found before is forgotten. FLIP_DONE, FLIP_AGAIN, FLIP_ERROR, or in a rehearsal FLIP_WALK. */
enum flip_result flip_plan_hashes(struct upgrade *upgrade);

/* Collects all edits, still under the same hold of the GIL. FLIP_DONE: planned. */
enum flip_result flip_plan(struct upgrade *upgrade);

/* The parts, in the order of the plan. */
enum flip_result flip_plan_tables(struct upgrade *upgrade);
enum flip_result flip_plan_instances(struct upgrade *upgrade);
enum flip_result flip_plan_subclasses(struct upgrade *upgrade);
enum flip_result flip_plan_holders(struct upgrade *upgrade);
enum flip_result flip_plan_frames(struct upgrade *upgrade);

/* Refuses with the place of an old definition. */
enum flip_result flip_refuse_pair(struct upgrade *upgrade, PyObject *old, const char *code, const char *action,
                                  const char *cause);

/* Refuses an object that cannot be edited. */
enum flip_result flip_refuse_holder(struct upgrade *upgrade, PyObject *holder, const char *why);

#endif
