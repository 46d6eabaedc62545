/* Holding Python's signal handlers back: they run between two instructions of any Python code, so also of the code that
 * midflight calls in the middle of something that must be finished. While held, a signal that arrives is remembered by
 * CPython, as always, and its handler runs when it is allowed again.
 *
 * Only the main thread runs handlers: in any other thread all of this does nothing. What needs the main thread
 * (signal.signal) fails while held. GIL held. */
#ifndef MIDFLIGHT_SIGNALS_H
#define MIDFLIGHT_SIGNALS_H

#include "compat/ref.h"

/* Holds handlers back in this thread. Returns what to hand to signals_allow: false when they were held already, or this
 * is not the main thread. */
bool signals_hold(void);

/* Ends it, if `held`, and runs the handlers of what has arrived. 0, or -1 with the exception set that a handler raised
 * now, or before that was postponed; an exception that was set before stays set otherwise. */
int signals_allow(bool held) MUST_CHECK;

/* Puts the exception that is set, and that a handler raised, off until then: what it came upon is to be finished. The
 * last one counts. */
void signals_postpone(void);

/* Runs the handlers of what has arrived now, held back or not. 0, or -1 with the exception set that one raised. */
int signals_deliver(void) MUST_CHECK;

/* Is this the main thread, whether it holds handlers back or not? */
bool signals_is_main_thread(void);

/* For code that needs the main thread: allows, but runs no handler by itself; and holds again. */
bool signals_pause(void);
void signals_resume(bool paused);

/* Has a signal handler of the program raised the exception that is set? Then it is the program's, and no failure of the
 * code that it came upon. Told by its traceback; runs no Python code but _signal.getsignal. */
bool signals_raised(void);

#endif
