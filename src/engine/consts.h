/* Constants that other modules imported by name: `from m import CONST` makes a binding that no redirect of references
 * reaches, because numbers and strings have no identity. It is found from the importing module's own code, and follows.
 */
#ifndef MIDFLIGHT_CONSTS_H
#define MIDFLIGHT_CONSTS_H

#include "engine/match.h"

/* Bindings in modules outside the upgrade that hold a value which changes: list of (namespace, name, old value, new
 * value). Reads the importing modules' code through their loaders. New reference; NULL with an exception set. */
PyObject *consts_find(const struct match *match);

/* Binds the new values, where the old ones still stand. Inside the flip: existing str keys only, so nothing can fail.
 */
void consts_bind(PyObject *bindings);

#endif
