/* Steps of an upgrade that look at all of the heap hold the GIL for as long as that takes. None of them needs to follow
 * the one before without a break (the flip checks everything again), so between them others have their turn: the
 * longest time that a thread of the program waits is that of one step and not their sum. Must not: be used between the
 * look at the frames and the end of the flip. */
#include "engine/turn.h"

#include "compat/heap.h"
#include "compat/threads.h"

#include <time.h>

#define MOMENT_NS 50000 /* long enough for a sleeping thread to wake up */
#define COLLECTION_SECONDS 1.0

static bool resting; /* one upgrade at a time */

bool turn_resting(void)
{
    return resting;
}

void turn_rest(bool begins)
{
    resting = begins;
}

double turn_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void let_go(long nanoseconds)
{
    turn_rest(true);
    Py_BEGIN_ALLOW_THREADS struct timespec moment = {0, nanoseconds};
    nanosleep(&moment, NULL);
    Py_END_ALLOW_THREADS turn_rest(false);
}

/* A collection that this thread itself has begun waits for what it called: a finalizer that upgrades. */
static bool may_be_anothers(void)
{
    return PyThreadState_Next(threads_first()) != NULL;
}

bool turn_give(void)
{
    let_go(MOMENT_NS);
    double end = turn_now() + COLLECTION_SECONDS;
    while (heap_collecting() && may_be_anothers() && turn_now() < end) {
        let_go(1000000);
    }
    return !heap_collecting();
}
