/* What the files that take constructors apart share: constructor.c, slice.c. */
#ifndef MIDFLIGHT_CONSTRUCTOR_PARTS_H
#define MIDFLIGHT_CONSTRUCTOR_PARTS_H

#include "compat/constructor.h"

struct op {
    int opcode, arg;
    int begin, end; /* units, prefixes and caches included */
    int depth;      /* of the stack before it; -1: never reached */
    int target;     /* index of the op that it may jump to; -1: none; n_ops: the end */
};

struct constructor {
    PyCodeObject *code; /* borrowed */
    PyObject *given;    /* borrowed set */
    PyObject *bytes;    /* owned */
    struct op *ops;     /* owned */
    int n_ops, n_params;
    int n_preamble; /* ops up to and including RESUME */
};

struct stretch {
    int s, e; /* ops [s, e) */
};

/* Takes a code apart. 0, or -1 with MemoryError or, for a code that is not understood, ValueError; close it in any
 * case. */
int constructor_open(struct constructor *ret_c, PyCodeObject *code, PyObject *given) MUST_CHECK;
void constructor_close(struct constructor *c);

/* Grows until nothing crosses its ends. */
void constructor_grow(const struct constructor *c, struct stretch *r);

/* Is it reached whatever happens before, exceptions apart, and watched by no handler? */
bool constructor_always_reaches(const struct constructor *c, const struct stretch *r);

/* Does op i put the first argument on the stack for nothing but a store that follows? Is it such a store? */
bool constructor_loads_self(const struct constructor *c, int i);
bool constructor_stores(const struct constructor *c, int i);

/* Is this a variable of an outer function? Those come with the function. */
bool constructor_is_free(const struct constructor *c, int index);

/* Instructions that read or write what is neither the instance nor a value. */
bool constructor_reaches_out(int opcode);

/* The name of a local: borrowed. */
PyObject *constructor_local(const struct constructor *c, int index);

/* The code with everything but the preamble and these stretches gone; they are in order, and what it returns is of no
 * meaning. New reference. */
PyObject *constructor_program(const struct constructor *c, const struct stretch *parts, int n);

#endif
