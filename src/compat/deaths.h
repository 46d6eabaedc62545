/* deaths: being told when an object of a built-in type dies that cannot be referred to weakly, or whose weak references
 * the program may count.
 *
 * The deallocators of a few built-in types (list, dict, set, cell, function, ...) get one of ours in front, which asks
 * a filter of bits whether somebody waits for this address, and goes on to CPython's own. Only exact instances of those
 * types are watched. */
#ifndef MIDFLIGHT_DEATHS_H
#define MIDFLIGHT_DEATHS_H

#include "compat/ref.h"

#include <stdbool.h>

/* `told` is called with what deaths_watch was given, when the object is about to be freed and nobody can reach it any
 * more. It must not touch the object, nor run Python code. Once in a process. */
void deaths_start(void (*told)(void *watcher));

/* Can deaths of objects of this type be told? */
bool deaths_can(PyTypeObject *type);

/* From now on the watcher is told when the object dies. An object has one watcher. 0, or -1 with MemoryError. */
int deaths_watch(PyObject *object, void *watcher) MUST_CHECK;

/* Who is told? NULL: nobody. */
void *deaths_watcher(PyObject *object);

/* Of an object that is watched another one is told instead. */
void deaths_hand_on(PyObject *object, void *watcher);

/* Nobody is told any more. The object may be dead. */
void deaths_forget(PyObject *object);

#endif
