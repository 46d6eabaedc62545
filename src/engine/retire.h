/* retire: the old generation must die; what does not is named with its holder. (docs/design.md, retire) */
#ifndef MIDFLIGHT_RETIRE_H
#define MIDFLIGHT_RETIRE_H

#include "engine/match.h"

/* Weak references to every paired old module, function and class and to the functions that the new version removed,
 * with their names. To be taken after the flip, when no weak reference of the program is left on them. New list of
 * (weak reference, name). */
PyObject *retire_watch(const struct match *match, PyObject *removed);

/* After everything of ours was dropped: collects, and says what is still alive and who holds it. New list of str; empty
 * is right. Waits for calls that were parked at the gate to return, at most `patience` seconds. */
PyObject *retire_check(PyObject *watch, double patience);

#endif
