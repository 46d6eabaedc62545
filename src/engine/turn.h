/* A turn for the program's threads between two steps that each hold the GIL. */
#ifndef MIDFLIGHT_TURN_H
#define MIDFLIGHT_TURN_H

#include "compat/signals.h"

/* Lets go of the GIL for a moment. Every thread that waits for it can have it; one that has just begun to wait, too,
 * which a release alone would not give it: it would be taken again before that thread is awake. Anything may happen in
 * the program meanwhile: nothing borrowed is good afterwards. An exception that is set stays.
 *
 * Comes back when no garbage collection is under way in another thread (what it looks at would be in no list), or after
 * a second of waiting for that; at once where no other thread could have begun it. True: none is. */
bool turn_give(void);

/* Seconds, from an arbitrary point on. */
double turn_now(void);

/* Is the thread that upgrades at such a point, or between turn_rest(true) and turn_rest(false)? Then what it holds is
 * in order, and a forked child, which lacks that thread, can release it. */
bool turn_resting(void);
void turn_rest(bool begins);

/* A call that runs other people's code, or reads a file, at such a point, with signal handlers allowed. If it fails the
 * upgrade is released too. */
#define RESTING(call)                       \
    ({                                      \
        turn_rest(true);                    \
        bool turn_paused = signals_pause(); \
        PyObject *turn_result = (call);     \
        signals_resume(turn_paused);        \
        turn_rest(false);                   \
        turn_result;                        \
    })

#endif
