/* absence: is a module that the import system did not find really not there? */
#ifndef MIDFLIGHT_ABSENCE_H
#define MIDFLIGHT_ABSENCE_H

#include "compat/ref.h"

/* Looks for the module's file or package below each entry of path (a list) by itself. New reference: None when there is
 * none; else a str: the place where there is one, or where that could not be found out, with the reason. NULL:
 * exception set. GIL held; runs no Python code. */
PyObject *absence_check(PyObject *path, PyObject *name);

#endif
