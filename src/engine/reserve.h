/* reserve: memory that is set aside while there is nothing to undo yet, so that undoing does not fail for lack of it.
 */
#ifndef MIDFLIGHT_RESERVE_H
#define MIDFLIGHT_RESERVE_H

#include "compat/ref.h"

struct reserve {
    void *memory; /* owned; NULL when it was given back */
};

/* Sets the memory aside, and has the thread's stack grow by what undoing takes of it. 0, or -1 with MemoryError set. */
int reserve_begin(struct reserve *reserve) MUST_CHECK;

/* Gives it back to the process. Harmless when done already. */
void reserve_release(struct reserve *reserve);

/* Runs step(arg), which returns a negative number with an exception set when it fails, and must be one that can be run
 * again after that. When it fails the reserve is given back and it is run again: for as long as memory is what it
 * lacks, a few hundred times at most with a pause in between (the GIL released), and after any other exception once.
 * Returns what it returned last, with its last exception set. GIL held; step may run Python code. */
int reserve_insist(struct reserve *reserve, int (*step)(void *arg), void *arg) MUST_CHECK;

#endif
