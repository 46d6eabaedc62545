/* fork: what a forked child has to end, because the thread that began it is not there. */
#ifndef MIDFLIGHT_FORK_H
#define MIDFLIGHT_FORK_H

#include "compat/ref.h"

/* From now on every child that forks by way of os.fork comes out on exactly one version, whatever an upgrade in the
 * parent was doing, and can import whatever other threads of the parent were importing. 0, or -1 with an exception set.
 */
int fork_start(void) MUST_CHECK;

#endif
