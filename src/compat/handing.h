/* What a constructor hands on to the constructors that it calls. GIL held; no Python code runs. */
#ifndef MIDFLIGHT_HANDING_H
#define MIDFLIGHT_HANDING_H

#include "compat/ref.h"

/* The fields of one entry of handing_calls. */
enum handing_field {
    HANDING_POSITIONAL, /* int: how many positional arguments are handed on, `self` included if it is; -1: not known */
    HANDING_KEYWORDS,   /* dict: keyword -> name of the parameter, never assigned to, that is handed on; or None */
    HANDING_REST,       /* True: the function's own **keywords are handed on too */
};

/* Every call of a method of this name (`super().NAME(...)`, `Base.NAME(...)`) in a function: new list of tuples. None:
 * there is one whose arguments the instructions do not say plainly. NULL: MemoryError. */
PyObject *handing_calls(PyCodeObject *code, PyObject *name);

/* Does the function leave this keyword alone in its own **keywords: are those neither stored, changed nor given away
 * but with handing_calls, and are only constant names looked up in them, and others taken out? True for a function
 * without **keywords. 1, 0, or -1 with MemoryError. */
int handing_leaves(PyCodeObject *code, PyObject *keyword) MUST_CHECK;

/* Is a value that equals this one as good as it? The same object, or equal ones of one plain immutable type. 1, 0, -1
 */
int handing_same(PyObject *value, PyObject *other) MUST_CHECK;

#endif
