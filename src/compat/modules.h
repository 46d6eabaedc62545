/* A view on sys.modules: while one thread stages, the one modules dict of the interpreter shows that thread the new
 * generation and everybody else what it really holds.
 *
 * The dict itself stays the same object with the same content; its type is switched to a dict subclass whose every
 * operation goes by the calling thread, and back. C code that uses PyDict_* on the dict by-passes the view by design:
 * the functions below do so to reach the real content.
 *
 * What the staging thread sees under a name: what it put there; else nothing, if the name belongs to the upgrade, was
 * deleted by it, or was not loaded when the view began (such a name is *default-staged*: the thread imports its own);
 * else what is really there. Modules of the standard library that were not loaded are published at once: read and
 * written through. No entry that was there before is ever changed.
 *
 * One view at a time. GIL held; errors are Python exceptions. */
#ifndef MIDFLIGHT_MODULES_H
#define MIDFLIGHT_MODULES_H

#include "compat/ref.h"

/* The real modules dict, borrowed. */
PyObject *modules_dict(void);

/* The module really loaded under this name (not the calling thread's view): borrowed, NULL without an exception
 * when there is none. */
PyObject *modules_loaded(PyObject *name);

/* Begins the view for the calling thread. roots: set of names that belong to the upgrade together with all names
 * below them; names: dict or set of further names that do; others: a list of names that do not, though they are
 * below a root, or NULL. All are borrowed until the end of the view and must not change. Returns 0; 1 when the modules
 * dict is no plain dict (somebody else has replaced it) or a view is on; -1 with an exception set. */
int modules_view_begin(PyObject *roots, PyObject *names, PyObject *others) MUST_CHECK;

/* Ends the view. ret_staged: dict name -> object of what the thread put there, in that order. ret_hidden: set of
 * names of loaded modules outside the upgrade that the thread deleted. Both are new references. Cannot fail. */
void modules_view_end(PyObject **ret_staged, PyObject **ret_hidden);

/* Is the view on, for whichever thread? */
bool modules_view_on(void);

/* Does another thread execute code of a staged module right now? The view is on; called by the staging thread. */
bool modules_view_elsewhere(void);

/* Is the view on, and does the calling thread see the new generation: the staging thread, and one of an older pool
 * while it executes a staged function? May be called without an exception check. */
bool modules_view_mine(void);

/* Does this name belong to the upgrade, or to the standard library (and not the upgrade)? Valid while the view is on.
 * 1, 0, or -1 with an exception set. */
int modules_view_owns(PyObject *name) MUST_CHECK;
int modules_view_standard(PyObject *name) MUST_CHECK;

/* Does the staging thread see what is really loaded under this name, if anything is (and not what it put there itself)?
 * Valid while the view is on. 1, 0, or -1 with an exception set. */
int modules_view_shows(PyObject *name) MUST_CHECK;

#endif
