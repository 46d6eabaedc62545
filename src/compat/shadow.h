/* An object that stands for another one while code looks at what that will be.
 *
 * GIL held. */
#ifndef MIDFLIGHT_SHADOW_H
#define MIDFLIGHT_SHADOW_H

#include "compat/ref.h"

/* A new instance of a class without a call of its constructor, without attributes, whose __del__ never runs: what it
 * will refer to belongs to another object. NULL with *ret_why (a static sentence) when the class keeps more than
 * attributes (it derives from another built-in class than object); NULL with an exception set when memory is short. */
PyObject *shadow_new(PyTypeObject *type, const char **ret_why);

/* The same, and where the class derives from array.array it has the items of the original too, which is an instance of
 * such a class: they are numbers, so nothing of them moves. Audit hooks hear of an array that is made. */
PyObject *shadow_like(PyTypeObject *type, PyObject *original, const char **ret_why);

#endif
