/* duplicate: a registry outside that takes a name only once, and has it from the loaded version. */
#ifndef MIDFLIGHT_DUPLICATE_H
#define MIDFLIGHT_DUPLICATE_H

#include "compat/ref.h"

/* Was the exception raised because of something that the old version has put into the object that raised it? Then
 * *ret_what is a sentence's end: "module.Class.function, which has lib.NAME of the loaded version already"; else NULL.
 * New reference. old_modules: dict name -> module. Reads frames and what they lead to; calls nothing on the objects. To
 * be called in the staging thread. 0, or -1 with an exception set. */
int duplicate_find(PyObject *exception, PyObject *old_modules, PyObject **ret_what) MUST_CHECK;

#endif
