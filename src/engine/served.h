/* Definitions that moved away and that their old module's new `__getattr__` still hands out. */
#ifndef MIDFLIGHT_SERVED_H
#define MIDFLIGHT_SERVED_H

#include "compat/ref.h"

/* While the new version is staged, in the thread that sees it: asks modules that have a `__getattr__` for the functions
 * and classes that their old namesakes (dict name -> module) define and they do not. What raises is not there. New list
 * of (old definition, what its name gives now); NULL with an exception set: MemoryError or KeyboardInterrupt. Runs code
 * of the new version. */
PyObject *served_find(PyObject *old_modules);

#endif
