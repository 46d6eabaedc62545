/* Does code that uses a name expect that the name may be missing? Asked of one use that codepath found. GIL held; no
 * Python code runs. */
#ifndef MIDFLIGHT_CODEGUARD_H
#define MIDFLIGHT_CODEGUARD_H

#include "compat/ref.h"

enum codeguard {
    CODEGUARD_NONE = 0,
    CODEGUARD_NAMED = 1, /* an except clause names the exception, or what it names cannot be told */
    CODEGUARD_BROAD = 2, /* only one that catches everything: `except Exception`, a bare except */
};

/* How does a `try` around a position catch this exception (a built-in class)? `globals` and `builtins` (dicts) tell
 * what the names in its except clauses stand for. enum codeguard; -1 with an exception set. */
int codeguard_caught(PyCodeObject *code, int position, PyObject *globals, PyObject *builtins,
                     PyObject *exception) MUST_CHECK;

/* Does the code ask first? Before the position there is a condition, and before that a hasattr or getattr with this
 * name, or a look at a version. 1, 0, -1 with an exception set. */
int codeguard_asked(PyCodeObject *code, int position, PyObject *name) MUST_CHECK;

#endif
