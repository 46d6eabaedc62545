/* Does a piece of bytecode reach beyond itself: does it call or change what it neither made nor finds by a name?
 *
 * Told from the instructions with a symbolic stack, as in fillers.h, but for proving: what is not understood reaches.
 * GIL held; no Python code runs. */
#ifndef MIDFLIGHT_REACHING_H
#define MIDFLIGHT_REACHING_H

#include "compat/ref.h"

/* What is known of a value, the safest last. */
enum reaching_value {
    REACHING_UNKNOWN, /* an item, an attribute of an attribute */
    REACHING_GIVEN,   /* an attribute of self, an argument, a variable of an outer function, a result */
    REACHING_GLOBAL,  /* what a global name stands for */
    REACHING_SELF,    /* the first argument, its class, or super() */
    REACHING_MADE,    /* a constant, or a container that was made here */
};

struct reaching_call {
    PyObject *name;                /* borrowed: of the attribute that is called; NULL: of the global */
    PyObject *global;              /* borrowed: the global that is called, or whose attribute is; NULL: none */
    enum reaching_value receiver;  /* of an attribute */
    bool loaded;                   /* the attribute is not called, but loaded: who calls it is not known */
    enum reaching_value ret_value; /* what the call gives: GIVEN, unless the visitor knows better */
};

/* Says whether a call, or a loaded attribute, reaches. 1, 0, -1 with an exception set. */
typedef int (*reaching_visit)(struct reaching_call *call, void *arg);

/* Asks of each call by name, and each attribute that is loaded as a value, in code and the code nested in it. 1 it
 * reaches, 0, -1 with an exception set. */
int reaching_scan(PyCodeObject *code, reaching_visit visit, void *arg) MUST_CHECK;

#endif
