/* absence: is a module that the import system did not find really not there? */
#ifndef MIDFLIGHT_ABSENCE_H
#define MIDFLIGHT_ABSENCE_H

#include "compat/ref.h"

/* Looks for the module's file or package below each entry of path (a list) by itself. New reference: None when there is
 * none; else a str: the place where there is one, or where that could not be found out, with the reason. NULL:
 * exception set. GIL held; runs no Python code. */
PyObject *absence_check(PyObject *path, PyObject *name);

/* With an ImportError set, by the import of a module of the new version: a loader of the package itself, defined in one
 * of old_modules, made the old one, and it is that module's code which says now that there is none of this name. What
 * a module that it found was looking for in vain does not count. The exception stays set. May run Python code. */
bool absence_said(PyObject *old_modules, PyObject *name);

#endif
