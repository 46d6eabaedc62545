/* Dotted names in bytecode: `lib.sub.name`, `lib.f(1, key=2)`, `from lib import name` inside a function, and what is
 * done with a name that such an import bound to a local variable.
 *
 * Told as codescan tells its sentences: only what the instructions say plainly. GIL held; no Python code runs. */
#ifndef MIDFLIGHT_CODEPATH_H
#define MIDFLIGHT_CODEPATH_H

#include "compat/codescan.h"

enum codepath_root {
    CODEPATH_GLOBAL, /* a global */
    CODEPATH_IMPORT, /* import a.b: the value is a */
    CODEPATH_MODULE, /* import a.b as c, or what `from a.b import ...` reads from: the value is a.b */
};

enum { CODEPATH_MAX = 8 }; /* attributes beyond these are not followed */

/* All borrowed from the code. */
struct codepath {
    enum codepath_root root;
    PyObject *name;                /* the global; of an import its module, as written */
    PyObject *level;               /* of an import: int, how many packages up; else NULL */
    PyObject *names[CODEPATH_MAX]; /* attributes, one after the other */
    int n_names, n_from;           /* how many of them are `from a import name` */
    bool statement; /* all of it stands in one import statement: that raises ImportError, what follows AttributeError */
    bool called;    /* and then called with the arguments of `call` */
    struct codescan_event call; /* n_positional, keywords */
    int position;               /* of the last instruction, in code units */
};

typedef int (*codepath_visit)(const struct codepath *path, void *arg);

/* Visits the dotted names that can still be executed from position `from` on (negative: everything), without nested
 * code objects. Not zero ends the scan and is returned. -1 with an exception set: the visitor's, MemoryError, or
 * ValueError for a code not understood. */
int codepath_each(PyCodeObject *code, int from, codepath_visit visit, void *arg) MUST_CHECK;

/* Can the instruction at a position be executed again after it is done, in the same call? A loop around it. 1, 0, -1
 * with an exception set. */
int codepath_repeats(PyCodeObject *code, int position) MUST_CHECK;

/* The line of a position, or -1. */
int codepath_line(PyCodeObject *code, int position);

#endif
