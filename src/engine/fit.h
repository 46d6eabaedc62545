/* fit: can old instructions that are being executed go on in the new world? (docs/design.md, drain and flip)
 *
 * Asked of what the frame can still reach: globals it loads, attributes that its class or a module provided, calls
 * whose callee is known. What cannot be told from the code is taken to fit. GIL held; no Python code runs. */
#ifndef MIDFLIGHT_FIT_H
#define MIDFLIGHT_FIT_H

#include "compat/ref.h"

/* Where an old frame is and where it would go. All borrowed. */
struct fit_frame {
    PyCodeObject *code;
    int from;                            /* the instruction in progress (frame_position); negative: the whole code */
    PyObject *old_globals, *new_globals; /* dicts */
    PyObject *builtins;                  /* dict, or NULL */
    PyTypeObject *old_class, *new_class; /* of the first argument, or NULL */
};

/* 1 fits, *ret_removed: new set of the global names that the new version dropped, to be served by fit_private_function;
 * 0 does not fit, *ret_why: new str; -1 exception set. */
int fit_check(const struct fit_frame *frame, PyObject **ret_removed, PyObject **ret_why) MUST_CHECK;

/* fit_check of a whole code. */
int fit_code(PyCodeObject *old_code, PyObject *old_globals, PyObject *new_globals, PyObject *builtins,
             PyTypeObject *old_self_class, PyTypeObject *new_self_class, PyObject **ret_removed,
             PyObject **ret_why) MUST_CHECK;

/* A function of the old code in the new world, for one activation alone: what else it is (name, defaults) comes from
 * `like`, a function or NULL; closure is a tuple of cells or NULL; what `removed` (dict name -> object, or NULL) has is
 * found as if it were builtin. New reference, or NULL with an exception set. */
PyObject *fit_private_function(PyObject *like, PyCodeObject *code, PyObject *new_globals, PyObject *closure,
                               PyObject *removed) MUST_CHECK;

#endif
