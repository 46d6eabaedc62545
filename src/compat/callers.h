/* What the C code that called a Python function owns of it until the call returns.
 *
 * CPython's slot functions (C()(), C()[0], next(C()), del C(), ...) look a special method up, own it while it runs, and
 * drop it; so do weak references, signals and many others with what they call back. That reference lies in a C local,
 * where no walk finds it.
 *
 * moved: object -> its partner; the classes among the objects are looked at. All functions: GIL held, no Python code
 * runs. */
#ifndef MIDFLIGHT_CALLERS_H
#define MIDFLIGHT_CALLERS_H

#include "base/ptrmap.h"
#include "compat/frame.h"

/* How many references to this function, descriptor or class may be owned by the callers of frames that execute it, or
 * what belongs to it, now? For a class's __new__ 0, unless an __init__ that follows is run all the same: who called
 * that compares the class of what it made with the one it asked for. */
size_t callers_hold(PyObject *object, const struct ptrmap *moved);

/* Does a frame of the calling thread execute this function, or what it forwards to since a flip, for a caller in C? */
bool callers_wait_for(PyObject *function);

/* Each moved class to which C code in progress may have a borrowed pointer: that of an object that may be finalized
 * just now. place: the frame below the method's, NULL when there is none; while the thread is there, the class must
 * live. Not zero ends it and is returned. */
typedef int (*callers_visit)(PyTypeObject *type, PyThreadState *thread, frame *place, void *arg);
int callers_each_borrowed(const struct ptrmap *moved, callers_visit visit, void *arg);

/* What C code may be looking up or storing by a hash that it has in a C local, as it waits for a __hash__ or __eq__ in
 * Python: that method's arguments, and the inputs of the instruction that the code below was at; or where it does so.
 * Addresses are put into *ret, to be compared and never followed. 0, or -1 with an exception set. */
int callers_collect_hashed(struct ptrmap *ret) MUST_CHECK;

#endif
