/* settle: what of the loaded distributions differs from what is installed, and may it be taken? (docs/installs.md) */
#ifndef MIDFLIGHT_SETTLE_H
#define MIDFLIGHT_SETTLE_H

#include "compat/ref.h"

/* List of (name, loaded version, installed version or None, "ready" | "waiting" | "broken", cause): the loaded
 * distributions whose install is another one than was loaded, sorted by name. Reads the disk anew; changes nothing. New
 * reference. */
PyObject *settle_changes(void);

#endif
