/* What a piece of bytecode puts where: into containers, under names; and what it looks up.
 *
 * Told from the instructions with a symbolic stack. What is said is right for plain code; where ways join, what was
 * seen last counts: enough to tell a cache from a registry, never to prove anything. GIL held; no Python code runs. */
#ifndef MIDFLIGHT_FILLERS_H
#define MIDFLIGHT_FILLERS_H

#include "compat/ref.h"

enum filler_kind {
    FILLER_LOAD,  /* a global, attribute or variable of an outer function is loaded */
    FILLER_STORE, /* ... is bound */
    FILLER_ITEM, /* something is put into a container that was found under a name (item, append, add, setdefault ...) */
    FILLER_READ, /* an item is taken out of one (subscript, get, setdefault) */
};

enum filler_where { FILLER_ATTRIBUTE, FILLER_GLOBAL, FILLER_VARIABLE /* of an outer function */ };

enum filler_value {
    FILLER_EMPTY = 1,   /* None, or an empty list, dict or the like */
    FILLER_CONST = 2,   /* another constant */
    FILLER_GIVEN = 4,   /* an argument, a name, a new function, what is made of those by str() and the like */
    FILLER_COUNTED = 8, /* an arithmetic result */
    FILLER_RESULT = 16, /* what a call gave */
    FILLER_FOUND = 32,  /* an item of a container */
    FILLER_CALLER = 64, /* and made of an argument that neither the key nor the container's owner tells */
};

struct filler_event {
    enum filler_kind kind;
    enum filler_where where;
    PyObject *name;  /* borrowed from the code */
    unsigned values; /* bits of filler_value: of STORE and ITEM */
    bool own;        /* of LOAD: an attribute of what the outermost function was given first, a method's self */
};

typedef int (*filler_visit)(const struct filler_event *event, void *arg);

/* Visits code and the code nested in it. kept: a set of names of its parameters, or NULL: those whose default is a
 * container, so that it outlives the call; they count as variables of an outer function. Not zero ends it and is
 * returned. -1 with an exception set. A code object that is not understood is left out. */
int fillers_scan(PyCodeObject *code, PyObject *kept, filler_visit visit, void *arg) MUST_CHECK;

#endif
