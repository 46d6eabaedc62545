/* outside_copies: what the containers of other modules held before staging. Internal to outside. */
#ifndef MIDFLIGHT_OUTSIDE_COPIES_H
#define MIDFLIGHT_OUTSIDE_COPIES_H

#include "engine/outside.h"

/* outside->copies: container or instance -> its copy, a list or a dict, which outside->kept owns. Copies the dicts,
 * lists and sets in `space`, a copy of the namespace of a module or class, and those in the attributes of the instances
 * in it with these attributes. What has more than some ten thousand entries is left out. Runs no Python code. 0, or -1
 * with MemoryError. */
int outside_copies_add(struct outside *outside, PyObject *space) MUST_CHECK;

#endif
