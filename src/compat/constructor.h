/* What a constructor stores on `self`, statement by statement, and which of its statements can be run alone.
 *
 * A statement here is a stretch of instructions that begins and ends with an empty value stack and that no jump enters
 * or leaves; `if` with both branches is one, and so is what follows a conditional return. It can be run alone when it
 * is reached on every way and needs nothing of the call: no argument but the given ones, no local made elsewhere, and
 * `self` only as the object that a value is stored on. GIL held; no Python code of anybody runs. */
#ifndef MIDFLIGHT_CONSTRUCTOR_H
#define MIDFLIGHT_CONSTRUCTOR_H

#include "compat/ref.h"

/* The fields of one entry of constructor_statements. */
enum constructor_field {
    CONSTRUCTOR_NAMES,   /* tuple of str: the attributes stored on self */
    CONSTRUCTOR_PROGRAM, /* a code object with the constructor's signature and free variables that does only this; or
                            None: it needs more than the given arguments, or is not reached on every way */
    CONSTRUCTOR_KEY, /* tuple; equal for equal expressions, whatever the attribute is called; or None: several stores */
    CONSTRUCTOR_CONSTANT,  /* True: one constant of an immutable type is stored */
    CONSTRUCTOR_PARAMETER, /* str: what is stored is this parameter, never assigned to, as it is; or None */
    CONSTRUCTOR_FIELDS,
};

/* New list of tuples, in the order of the code; empty for a code without a first argument. given: set of names of the
 * parameters whose values are known; with the first one among them a statement may read `self` as well. NULL with an
 * exception set: MemoryError, or ValueError for a code that is not understood. */
PyObject *constructor_statements(PyCodeObject *code, PyObject *given);

#endif
