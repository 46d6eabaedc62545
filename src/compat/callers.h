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
 * what belongs to it, now? 0 for a class's __new__: who called that compares the class of what it made with the one it
 * asked for. */
size_t callers_hold(PyObject *object, const struct ptrmap *moved);

/* Does a frame of the calling thread execute this function, or what it forwards to since a flip, for a caller in C? */
bool callers_wait_for(PyObject *function);

/* Each moved class to which C code in progress may have a borrowed pointer: that of an object that may be finalized
 * just now. place: the frame below the method's, NULL when there is none; while the thread is there, the class must
 * live. Not zero ends it and is returned. */
typedef int (*callers_visit)(PyTypeObject *type, PyThreadState *thread, frame *place, void *arg);
int callers_each_borrowed(const struct ptrmap *moved, callers_visit visit, void *arg);

#endif
