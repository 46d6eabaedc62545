/* What of a constructor an attribute's value depends on, as a program of its own. GIL held; no Python code runs. */
#ifndef MIDFLIGHT_SLICE_H
#define MIDFLIGHT_SLICE_H

#include "compat/ref.h"

/* What is known of the arguments, all borrowed. An argument is "kept" if the instance has it as it was given. */
struct slice_known {
    PyObject *given;    /* set: parameters that everybody left to their default; */
    PyObject *atoms;    /* set: those of them with a default that nobody can change, */
    PyObject *empty;    /* set: and those with one that is false */
    PyObject *kept;     /* dict: parameter -> attribute that the instance has it under */
    PyObject *keywords; /* dict: name among the constructor's own **keywords -> (attribute, default) */
    bool assume_empty;  /* is everything kept that the slice needs false? */
};

/* The fields of what slice_make gives. */
enum slice_field {
    SLICE_PROGRAM, /* a code object with the constructor's signature and free variables: the statement that stores the
                      attribute on the first argument, and those before it that it depends on */
    SLICE_INPUTS,  /* dict: keyword to call it with -> attribute with the value */
    SLICE_KEYS,    /* dict: such a keyword -> set of constants, if it is a mapping that is asked for nothing else;
                      None: it is read as a whole */
    SLICE_ASKED,   /* set: names that it asks `self` for */
    SLICE_FIELDS,
};

/* New tuple. None: the value depends on something else too, or other statements may change what it is made of. NULL
 * with an exception set: MemoryError, or ValueError for a code that is not understood. */
PyObject *slice_make(PyCodeObject *code, PyObject *name, const struct slice_known *known);

#endif
