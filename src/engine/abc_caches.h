/* Answers that ABCs remember: `isinstance(x, Sized)` asked before the flip was asked of the old class. */
#ifndef MIDFLIGHT_ABC_CACHES_H
#define MIDFLIGHT_ABC_CACHES_H

#include "engine/match.h"

/* Every ABC of neither generation: new list; NULL with an exception set. GIL held; no Python code runs. */
PyObject *abc_caches_find(const struct match *match);

/* They forget what they answered, yes and no; what was registered stays. 0, or -1 with an exception set, the rest of
 * them done all the same. GIL held and not released, unless a metaclass of theirs has a __getattribute__ in Python. */
int abc_caches_reset(PyObject *classes) MUST_CHECK;

/* What of the old version is registered with one of these ABCs and not among `registered`, what the import of the new
 * one registered (list of (ABC, class), or NULL: nothing): a sentence for each is added to notes. 0 or -1. */
int abc_caches_note_left(PyObject *classes, const struct match *match, PyObject *registered,
                         PyObject *notes) MUST_CHECK;

#endif
