/* midflight._testing: the verbs of compat and engine one by one, for the tests.
 *
 * Built only with MIDFLIGHT_TESTING, from the same object files as midflight._engine, and with static data of its own:
 * what is asked here tells of the code, not of the state of the engine that is loaded beside it.
 * Nothing depends on this room. */
#ifndef MIDFLIGHT_TESTING_H
#define MIDFLIGHT_TESTING_H

#include "compat/ref.h"

/* Each file adds its part. 0, or -1 with an exception set. */
int trial_add(PyObject *module) MUST_CHECK;       /* trial.c: a flip, step by step */
int depths_add(PyObject *module) MUST_CHECK;      /* depths.c: frames and their stacks */
int rebuilding_add(PyObject *module) MUST_CHECK;  /* rebuilding.c: objects of another layout */
int questions_add(PyObject *module) MUST_CHECK;   /* questions.c: what takes objects and answers */
int memory_add(PyObject *module) MUST_CHECK;      /* memory.c: allocations that fail */
int drains_add(PyObject *module) MUST_CHECK;      /* drains.c: a drain with a pretended flip */
int fingerprint_add(PyObject *module) MUST_CHECK; /* fingerprint.c: what the whole heap looks like */
int settling_add(PyObject *module) MUST_CHECK;    /* settling.c: versions and requirements */
int branches_add(PyObject *module) MUST_CHECK;    /* branches.c: a process for each number */
int strangers_add(PyObject *module) MUST_CHECK;   /* strangers.c: native threads that come and go */

/* memory.c: from now on the at-th allocation of anybody fails; none any more. For a few lines of C in between. */
void memory_fail_one(long at);
void memory_fail_none(void);

/* memory.c: where in the text of midflight._engine this address is; 0: it is elsewhere. */
uintptr_t memory_offset_of(uintptr_t address);

/* branches.c: number `number` has come. True in the process that was forked for it, where it is to go wrong; false
 * elsewhere, in a row that has no branches always. Allocates nothing and raises nothing. */
bool branches_at(long number);

#endif
