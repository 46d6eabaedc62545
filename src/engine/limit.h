/* limit: the import of a new version that does not end is cut off. */
#ifndef MIDFLIGHT_LIMIT_H
#define MIDFLIGHT_LIMIT_H

#include "compat/ref.h"

/* Makes what is needed later; once, when midflight is imported. 0, or -1 with an exception set. */
int limit_start(void) MUST_CHECK;

/* From now on the calling thread has so many seconds; 0: as many as it wants. After that an exception that no `except
 * Exception` catches is raised in it, again and again at growing intervals, until limit_end. 0, or -1 with an exception
 * set. May run Python code (signal handlers). */
int limit_begin(double seconds) MUST_CHECK;

/* Nothing is raised any more. An exception that is set stays set, unless a signal handler of the program raises another
 * here. True: time was up. Lets go of the GIL for a moment. Harmless when not begun. */
bool limit_end(void);

/* Is time up? Any thread may ask, with the GIL. limit_raise: sets that exception. */
bool limit_is_up(void);
void limit_raise(void);

/* Is the exception one that limit raised? */
bool limit_raised(PyObject *exception);

/* Can a wait of the thread that has the limit not be interrupted from outside? Then it must look by itself whether
 * time is up. */
bool limit_must_look(void);

/* In a forked child: the thread that watches the time is gone, and so is the limit. */
void limit_after_fork(void);

#endif
