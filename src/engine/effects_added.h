/* Names that staging adds to modules of the standard library: plain values, which no walk for staged objects finds. */
#ifndef MIDFLIGHT_EFFECTS_ADDED_H
#define MIDFLIGHT_EFFECTS_ADDED_H

#include "compat/ref.h"

/* Before staging: list of (module name, namespace, its keys) of the standard library's loaded modules. New reference.
 */
PyObject *effects_added_begin(void);

/* After staging: removes what was added since, submodules and dunder names apart. 0 nothing was, 1 refused (reasons),
 * -1. */
int effects_added_end(PyObject *before, PyObject *reasons) MUST_CHECK;

#endif
