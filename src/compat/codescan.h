/* What a piece of bytecode asks of the world around it: names, attributes, calls.
 *
 * Only what the instructions say plainly: a global that is loaded, an attribute that is read right from a global or
 * from the first argument, a call whose callee is one of these and whose arguments are counted. GIL held; no Python
 * code runs. */
#ifndef MIDFLIGHT_CODESCAN_H
#define MIDFLIGHT_CODESCAN_H

#include "compat/ref.h"

enum codescan_kind {
    CODESCAN_GLOBAL,      /* name is loaded from the globals (or builtins) */
    CODESCAN_GLOBAL_ATTR, /* attribute is read from global name */
    CODESCAN_GLOBAL_CALL, /* global name is called */
    CODESCAN_SELF_ATTR,   /* attribute is read from the first argument */
    CODESCAN_SELF_CALL,   /* attribute of the first argument is called */
};

struct codescan_event {
    enum codescan_kind kind;
    PyObject *name;      /* borrowed; NULL for SELF_... */
    PyObject *attribute; /* borrowed, or NULL */
    int n_positional;    /* of a call */
    PyObject *keywords;  /* borrowed tuple of names, or NULL */
};

typedef int (*codescan_visit)(const struct codescan_event *event, void *arg);

/* Visits what can still be executed from position `from` on (negative: everything), without nested code objects. Not
 * zero ends the scan and is returned. -1 with an exception set: the visitor's, MemoryError, or ValueError for a code
 * not understood. */
int codescan(PyCodeObject *code, int from, codescan_visit visit, void *arg) MUST_CHECK;

#endif
