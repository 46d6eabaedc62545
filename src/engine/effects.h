/* effects: what importing the new version does to the rest of the process, found, undone, and done again at the
 * flip. */
#ifndef MIDFLIGHT_EFFECTS_H
#define MIDFLIGHT_EFFECTS_H

#include "engine/effects_left.h"
#include "engine/effects_written.h"
#include "engine/guard.h"
#include "engine/outside.h"
#include "engine/reserve.h"

/* How an effect that cannot be had again at the flip is refused. */
#define EFFECT_CODE "staging-effect"
#define EFFECT_ACTION "restart the process to run the new version"

struct effects {
    /* in, borrowed */
    PyObject *old_modules; /* dict: the upgraded modules as they are loaded */
    PyObject *roots;       /* set of names that belong to the upgrade */
    struct reserve *reserve;
    /* what was there before; owned */
    PyObject *watched, *loggers, *filters, *overloads;
    struct generation old;
    struct epoch epoch;
    struct outside outside;
    struct guard guard;
    struct written written;
    struct left left;
};

/* Notes what is there. Returns 0; 1 refused (reasons); -1 exception set. Unless 0, nothing has happened. */
int effects_begin(struct effects *effects, PyObject *reasons) MUST_CHECK;

/* Undoes what was done since: the view on sys.modules and the finder are gone by now. modules: dict name -> what
 * was staged; hidden: set of names of modules outside that staging deleted. ret_redo: what is to be done again
 * after the flip: a new reference to a dict of plain containers. Returns 0; 1 refused: an effect of a kind that
 * the flip could not repeat (reasons); -1 exception. In every case all that can be undone is undone; where something
 * could not be, for lack of memory in spite of the reserve, a RuntimeError says so. */
int effects_end(struct effects *effects, PyObject *modules, PyObject *hidden, PyObject *reasons,
                PyObject **ret_redo) MUST_CHECK;

/* After the flip. 0, or -1 with an exception set. */
int effects_redo(PyObject *redo, PyObject *undo) MUST_CHECK;

/* Drops what was noted; puts back what effects_begin took away and effects_end was not asked for. Whatever they
 * returned. May run Python code (finalizers). */
void effects_release(struct effects *effects);

#endif
