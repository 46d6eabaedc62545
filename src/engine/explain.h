/* explain: every reference to an object, by holder and path, and what is left over. */
#ifndef MIDFLIGHT_EXPLAIN_H
#define MIDFLIGHT_EXPLAIN_H

#include "compat/ref.h"

/* For each object of a tuple: (list of (holder type, path, count), left over). New list. own: references of the caller that are no
 * frame's and no tracked object's (0 from Python code). */
PyObject *explain_objects(PyObject *objects);

/* A short text that says where a holder is: "module requests.sessions", "class requests.Session", "dict of 3 entries". New str. */
PyObject *explain_place(PyObject *holder);

#endif
