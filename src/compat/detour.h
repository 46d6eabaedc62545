/* A Python function whose calls go elsewhere: for a time, or, after a flip, for as long as it lives.
 * GIL held; nothing but detour's own forwarding runs Python code. */
#ifndef MIDFLIGHT_DETOUR_H
#define MIDFLIGHT_DETOUR_H

#include "compat/ref.h"

#include <stdint.h>

struct detour {
    PyObject *function; /* borrowed */
    bool on;
    vectorcallfunc instead; /* what stands in for it, and what was there; valid while on */
    vectorcallfunc vectorcall;
    uint32_t version;
    const void *parts[3]; /* what the version stands for: code, defaults, keyword defaults */
};

/* Once, before anything else. 0, or -1 with an exception set. */
int detour_init(void) MUST_CHECK;

/* Calls of the function go to `instead`; call sites that knew it ask anew. Harmless while it is on. */
void detour_set(struct detour *detour, vectorcallfunc instead);

/* As it was, unless somebody else has taken the function over meanwhile. Harmless while it is off. */
void detour_undo(struct detour *detour);

/* From now on every call goes to the partner, for which the function keeps a reference in its own dict (so it dies with
 * the function, and an address that is used again cannot be mistaken for it). Without memory for that: as it was.
 * In 3.11 the interpreter enters a function that bytecode finds without asking for this; what it is for are C functions
 * under way that hold an old function. */
void detour_forward(struct detour *detour, PyObject *partner);

/* A function that was forwarded and is wanted again (a rollback). Anything else: nothing happens. */
void detour_end_forward(PyObject *function);

/* Where its calls go: borrowed; NULL when they go nowhere else. */
PyObject *detour_forwards_to(PyObject *function);

/* Of a function whose calls go elsewhere: a new tuple (it, its dict, what in that dict says where). NULL with
 * MemoryError. */
PyObject *detour_forwarding(PyObject *function) MUST_CHECK;

/* It is wanted again, perhaps; that tuple is held meanwhile. 0, or -1 with MemoryError and as it was. */
int detour_suspend_forward(PyObject *function) MUST_CHECK;

/* It was not wanted after all: it has the dict of that tuple and forwards. Takes no memory. */
void detour_resume_forward(PyObject *forwarding);

/* Calls a function as if it had no detour. */
PyObject *detour_call(PyObject *function, PyObject *const *args, size_t nargsf, PyObject *kwnames);

#endif
