/* What is plainly known of modules, classes and functions: which attributes they have, which arguments they take.
 *
 * For those who hold code against another world: fit.c (old frames) and impact.c (the program's code). GIL held; no
 * Python code runs. */
#ifndef MIDFLIGHT_KNOWN_H
#define MIDFLIGHT_KNOWN_H

#include "compat/codescan.h"

/* An attribute of a module or class. Borrowed; NULL when the object is neither, or does not have it. */
PyObject *known_attribute(PyObject *object, PyObject *name);

/* Do instances of this class have a class attribute of that name? In doubt (no memory) yes. */
bool known_has(PyTypeObject *type, const char *name);

/* May a module or class answer for names that it does not list? */
bool known_answers_all(PyObject *object);

/* Would the callee take the arguments of this call? 1 yes, or not known; 0 no; -1 exception. bound: one more argument,
 * self, comes first. */
int known_takes(PyObject *callee, const struct codescan_event *call, bool bound) MUST_CHECK;

/* Do both take the same arguments, as far as that is known? False when either is not known and they are of different
 * kinds. */
bool known_same_signature(PyObject *old, PyObject *new);

#endif
