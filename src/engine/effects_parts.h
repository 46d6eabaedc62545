/* The kinds of effects that staging has on the outside, one file a kind. Internal to effects: nobody else includes
 * this.
 *
 * Each kind has a `begin` (what is there now: a new object), an `end` (undo what staging did; what is to be done
 * again after the flip is handed out) and, where something is handed out, a `redo`, which notes in `undo` (redo.h;
 * NULL: not wanted) how it is taken back. Results: 0; 1 refused (in reasons); -1 exception. What changed in a watched
 * place while staging ran is taken for staging's doing. */
#ifndef MIDFLIGHT_EFFECTS_PARTS_H
#define MIDFLIGHT_EFFECTS_PARTS_H

#include "engine/effects.h"

/* The attribute of a module that is loaded: new reference; None when there is none; NULL with an exception set
 * (memory). */
PyObject *effects_attribute(const char *module, const char *name);

/* Is the module of this name, or the package that it is in, of the standard library? 1, 0, -1 exception. */
int effects_is_standard(PyObject *name) MUST_CHECK;

/* effects_log.c: handlers and filters of loggers. Handed out: list of (logger, [[handlers], [filters]], [settings]). */
PyObject *effects_log_begin(void);
int effects_log_end(PyObject *before, struct outside *outside, PyObject *reasons, PyObject **ret_added) MUST_CHECK;
int effects_log_redo(PyObject *added, PyObject *undo) MUST_CHECK;
bool effects_log_has(PyObject *before, PyObject *object); /* was it a logger then? Runs no Python code */

/* logging.getLoggerClass() gives staging what it gave when the old version was imported: not a class of its own. */
int effects_log_stand_in(struct standins *standins, PyObject *old_modules) MUST_CHECK;

/* effects_warn.c: warning filters. Handed out: ([inserted in front], [appended]). */
PyObject *effects_warn_begin(void);
int effects_warn_end(PyObject *before, PyObject **ret_added) MUST_CHECK;
int effects_warn_redo(PyObject *added, PyObject *undo) MUST_CHECK;

/* The list of filters was changed. */
int effects_warn_changed(void) MUST_CHECK;

/* effects_typing.c: what typing registers and caches. names: dict of the modules concerned. Handed out: (new
 * entries, names gone). */
PyObject *effects_typing_begin(PyObject *old_modules);
int effects_typing_end(PyObject *aside, PyObject *modules, PyObject **ret_changed) MUST_CHECK;
int effects_typing_redo(PyObject *changed, PyObject *undo) MUST_CHECK;

/* effects_weak.c: weak references from outside: lists of subclasses (left alone: the flip hides them), registries
 * and caches of ABCs, logging's own lists; anything else is refused. Handed out: list of (ABC, class). */
int effects_weak_end(struct outside *outside, const struct reach *reach, PyObject *reasons,
                     PyObject **ret_registered) MUST_CHECK;
int effects_weak_redo(PyObject *registered, PyObject *undo) MUST_CHECK;

/* Registers a class with an ABC, or takes it out of its registry. 1 done, 0 it was so, -1. */
int effects_weak_register(PyObject *abc, PyObject *class) MUST_CHECK;
int effects_weak_unregister(PyObject *abc, PyObject *class) MUST_CHECK;

/* effects_hooks.c: what hooks_copy says is there, and undoing what came since. */
int effects_hooks_end(PyObject *before, struct outside *outside, PyObject *reasons) MUST_CHECK;

/* Is the old version's counterpart of this hook among `left`, those that are no counterparts yet? It is taken out. 1,
 * 0, -1. */
int effects_hooks_take(const struct outside *outside, PyObject *left, PyObject *staged) MUST_CHECK;

/* Functions without a name (lambdas) in a list outside and those that staging added to it: the flip shall move the
 * first to the second (outside->paired). 0 or -1. */
int effects_hooks_pair(struct outside *outside, PyObject *before, PyObject *added) MUST_CHECK;

/* Refuses with "importing the new version changes `what`". */
int effects_refuse_change(PyObject *reasons, PyObject *what) MUST_CHECK;

/* effects_watch.c: settings, lists and tables of the interpreter and the standard library. Put back and noted
 * in outside->redo, unless the old version's counterpart of what was added stands there already. */
enum { WATCHED_TABLES, WATCHED_SETTINGS, WATCHED_SIGNALS, WATCHED_ENVIRON, WATCHED_HOOKS }; /* of the tuple */
PyObject *effects_watch_begin(void);
int effects_watch_end(PyObject *before, struct outside *outside, PyObject *reasons) MUST_CHECK;

#endif
