/* late: what loaded code imports late comes from the install that was loaded, whatever the disk has by then. */
#ifndef MIDFLIGHT_LATE_H
#define MIDFLIGHT_LATE_H

#include "compat/ref.h"

/* Puts itself in the place of importlib's _find_spec. 0, or -1 with an exception set. */
int late_start(void) MUST_CHECK;

#endif
