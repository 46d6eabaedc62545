/* Stand-ins: functions that stand, for a while, in the place of a module's or a class's own. */
#ifndef MIDFLIGHT_STANDIN_H
#define MIDFLIGHT_STANDIN_H

#include "compat/ref.h"

struct standins {
    PyObject *places; /* owned list of tuples (module or class, name, original, stand-in); NULL: none */
};

/* Puts `object` where owner (a module, or a class that is not a built-in) has `name` of its own. What was there is kept
 * until the end. Returns 0; -1 with an exception set: then nothing was put. */
int standins_put(struct standins *standins, PyObject *owner, PyObject *name, PyObject *object) MUST_CHECK;

/* Puts the originals in the place of stand-ins that are values in the dict. Cannot fail, as standins_end. */
void standins_replace_in(const struct standins *standins, PyObject *dict);

/* Puts every original back where the stand-in still stands. Cannot fail: only values of keys that are there are
 * exchanged. Harmless when nothing was put. Runs no Python code but finalizers of stand-ins. */
void standins_end(struct standins *standins);

#endif
