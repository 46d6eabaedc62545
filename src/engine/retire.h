/* retire: the old generation must die; what does not is named with its holder. (docs/design.md, retire) */
#ifndef MIDFLIGHT_RETIRE_H
#define MIDFLIGHT_RETIRE_H

#include "engine/match.h"

/* Weak references to every paired old module, function and class and to the functions that the new version removed,
 * with their names. To be taken after the flip, when no weak reference of the program is left on them. New list of
 * (weak reference, name). */
PyObject *retire_watch(const struct match *match, PyObject *removed);

/* After everything of ours was dropped: collects, and says what is still alive and who holds it. New list of str; empty
 * is right. Waits for calls that were parked at the gate to return, at most `patience` seconds. */
PyObject *retire_check(PyObject *watch, double patience);

/* The same for members that enumerations no longer have: (member, name) of a list. To be taken when retire_watch is,
 * and given to retire_name_members after retire_check: that appends a str to `notes` for each one that is still held,
 * and empties the list. A member that neither followed its class nor can be referred to weakly is left out: its class
 * is named. */
PyObject *retire_watch_members(const struct match *match, PyObject *members);
int retire_name_members(PyObject *watch, PyObject *notes) MUST_CHECK;

/* In a forked child whose parent was in retire_check, in another thread: a collection that was under way there is over.
 */
void retire_after_fork(void);

#endif
