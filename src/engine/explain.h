/* explain: every reference to an object, by holder and path, and what is left over. */
#ifndef MIDFLIGHT_EXPLAIN_H
#define MIDFLIGHT_EXPLAIN_H

#include "compat/ref.h"

/* For each object of a tuple: (list of (holder type, path, count), left over). New list. Costs two
 * walks of the heap under the GIL. */
PyObject *explain_objects(PyObject *objects);

#endif
