/* The part of the self-test that reads objects. Private to selftest.c. */
#ifndef MIDFLIGHT_SELFTEST_LAYOUT_H
#define MIDFLIGHT_SELFTEST_LAYOUT_H

#include "compat/ref.h"

/* Objects with known contents, made by a few lines of Python and by the C API. All owned. */
struct layout_probe {
    PyObject *names;     /* dict: globals of the lines of Python */
    PyObject *a, *b;     /* two lists nobody else refers to */
    PyObject *function;  /* def function(a, b): its first cell holds a */
    PyObject *generator; /* function(a, b), suspended */
    PyObject *instance;  /* attributes first = a, second = b, in this order */
    PyObject *slotted;   /* __slots__ = ("slot",), slot = a */
};

struct layout_check {
    const char *what; /* completes: "midflight does not know this Python's layout of ..." */
    bool (*known)(const struct layout_probe *probe); /* may leave an exception set when false */
};

/* Ends with a NULL what. Sizes come first: they protect the reads that follow. */
extern const struct layout_check layout_core[];       /* selftest_core.c: frames, functions, classes, the interpreter */
extern const struct layout_check layout_containers[]; /* selftest_containers.c: dicts, sets and private structs */

/* Is queue.SimpleQueue what private.h says? *ret_asked: could it be asked? Its module is in a shared library of its
 * own, which is not loaded just for that. Runs no Python code; may leave an exception set when false. */
bool layout_queues_known(bool *ret_asked);

#endif
