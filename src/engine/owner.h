/* owner: which install a module was loaded from, as records say it (base.h: BASE_OWNER). GIL held. */
#ifndef MIDFLIGHT_OWNER_H
#define MIDFLIGHT_OWNER_H

#include "compat/ref.h"
#include "disk/disk.h"

/* (name, version, content identity) of an install that was loaded or taken, as notice_identity. Of one that was taken
 * the third is good for nothing before owner_settle. New reference; NULL with an exception set (memory). */
PyObject *owner_of(const struct disk_dist *dist);

/* To be called before the third of any of them is read. Cannot fail. */
void owner_settle(void);

#endif
