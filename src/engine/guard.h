/* guard: no thread is started by staging; those that import-time code starts wait for the flip. */
#ifndef MIDFLIGHT_GUARD_H
#define MIDFLIGHT_GUARD_H

#include "compat/standin.h"

struct guard {
    struct standins standins;
    PyObject *prevented; /* owned list: a str is what cannot wait, a sentence's end for the refusal; a tuple (str,) the
                            name of a function of signal that was called outside the main thread */
    PyObject *deferred;  /* owned list of Thread objects that the staging thread started, in that order */
};

/* From now on a Thread that the staging thread starts is only noted. Where that cannot work (it starts one below
 * threading.Thread, or waits without a limit while threads are deferred), RuntimeError is raised and noted. 0, or -1
 * with an exception set. */
int guard_begin(struct guard *guard) MUST_CHECK;

/* A staged module (modules: dict name -> module) that has imported a stand-in by name gets the original, as it would
 * have in a fresh process. Before guard_end; cannot fail. */
void guard_uncapture(struct guard *guard, PyObject *modules);

/* Puts the originals back. Cannot fail: only values of keys that are there are exchanged. Harmless when not begun. */
void guard_end(struct guard *guard);

/* guard_end if need be, and drops what was noted. */
void guard_release(struct guard *guard);

/* After the flip: starts those of the deferred threads that the program does not run already. A living thread of the
 * same class, daemon flag, target and arguments (they are one world now) is such a counterpart, for one of the
 * deferred. Runs Python code. 0, or -1 with an exception set. */
int guard_redo(PyObject *deferred) MUST_CHECK;

#endif
