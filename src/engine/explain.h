/* explain: every reference to an object, by holder and path, and what is left over. */
#ifndef MIDFLIGHT_EXPLAIN_H
#define MIDFLIGHT_EXPLAIN_H

#include "compat/ref.h"

/* For each object of a tuple: (list of (holder type, path, count), left over). New list of new tuples, which hold no
 * holder; NULL with an exception set (memory). GIL held throughout, no Python code runs, no collection begins: what is
 * said was true for one moment. Costs two walks of the heap. */
PyObject *explain_objects(PyObject *objects);

#endif
