/* watch: a thread that sleeps until an installer touches what is loaded, and then calls repoint_all. */
#ifndef MIDFLIGHT_WATCH_H
#define MIDFLIGHT_WATCH_H

#include "compat/ref.h"

/* Starts it, unless it runs. It ends before the interpreter does, and before a fork, after which it begins again in
 * both. 0 (also when the interpreter is ending: then there is none), or -1 with an exception set. */
int watch_start(void) MUST_CHECK;

/* There is more to watch. Any thread; does nothing when it was not started. */
void watch_more(void);

#endif
