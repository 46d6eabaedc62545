/* Constants that other modules imported by name: `from m import CONST` makes a binding that no redirect of references
 * reaches, because numbers and strings have no identity. It is found from the importing module's own code, and follows.
 */
#ifndef MIDFLIGHT_CONSTS_H
#define MIDFLIGHT_CONSTS_H

#include "engine/match.h"

/* Bindings in modules outside the upgrade, and in bodies of their classes, that hold a value which changes: list of
 * (namespace or class, name, old value, new value). Reads the importing modules' code through their loaders, which are
 * Python code as a rule. New reference; NULL with an exception set: memory, or an interrupt; what else a loader raises
 * means that nothing is known of that module.
 */
PyObject *consts_find(const struct match *match);

/* The code of a module, compiled and not executed, through its loader. New reference; NULL without an exception: it is
 * not to be had. */
PyObject *consts_module_code(PyObject *module);

/* Binds the new values, where the old ones still stand. Inside the flip: existing str keys only, so nothing can fail;
 * no Python code runs. map: what was redirected, to what (members of enumerations are). */
void consts_bind(PyObject *bindings, const struct ptrmap *map);

/* After the flip: the records of those modules say so, too. 0, or -1 with an exception set: may be called again. */
int consts_settle(PyObject *bindings) MUST_CHECK;

#endif
