/* Hooks that the interpreter keeps in its own state, where no traversal of the heap finds them: codec search functions,
 * functions to call around a fork, audit hooks, atexit callbacks.
 *
 * GIL held; errors are Python exceptions. */
#ifndef MIDFLIGHT_HOOKS_H
#define MIDFLIGHT_HOOKS_H

#include "compat/ref.h"

/* A new list of all of them: one tuple (name, copy) a table. A copy is a list, a dict, or None where there is no table.
 * An atexit callback is a tuple (function, args, kwargs or None), or None where one was unregistered. */
PyObject *hooks_copy(void);

/* Puts every table back, in place, to what `copies` (of hooks_copy) says, except that what was added since and
 * `keep` says true of stays (an atexit callback is given as its function). Returns a new list of tuples (name,
 * copy of `copies`, list of what was dropped, whether something had been taken out) for the tables that differed;
 * NULL with an exception set. */
PyObject *hooks_restore(PyObject *copies, bool (*keep)(PyObject *hook, void *arg), void *arg);

/* The list in which PyState_FindModule looks modules up, by the number of their definition: borrowed, or NULL. Native
 * code may ask it at any time. */
PyObject *hooks_numbered_modules(void);

/* The error handlers of codecs: borrowed dict name -> function (the dict itself is tracked by the collector), or
 * NULL. */
PyObject *hooks_error_handlers(void);

#endif
