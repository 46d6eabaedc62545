/* expiry: what is kept of an old version goes when its time is over, whether anybody calls midflight again or not. */
#ifndef MIDFLIGHT_EXPIRY_H
#define MIDFLIGHT_EXPIRY_H

#include "compat/ref.h"

/* Sees to it that former_expire is called when the next one expires. To be called after something was kept. GIL held.
 * 0, or -1 with an exception set (no thread): then it goes with the next call of midflight. */
int expiry_set(void) MUST_CHECK;

#endif
