/* The locks by which threads wait for each other's imports, one a module; told apart by world while one stages. */
#ifndef MIDFLIGHT_IMPORTLOCKS_H
#define MIDFLIGHT_IMPORTLOCKS_H

#include "compat/standin.h"

/* From now on the lock of a module that the staging thread imports for itself (modules_view_shows says no) is another
 * one than the lock under which everybody else imports a module of that name: neither waits for the other. Modules that
 * all share (the standard library, what was loaded before) keep one lock. 0, or -1 with an exception set. */
int importlocks_begin(struct standins *standins) MUST_CHECK;

/* The names of the locks that the calling thread holds: a new set; NULL with an exception set. */
PyObject *importlocks_held(void);

/* Releases what the calling thread holds beyond `held` (as importlocks_held gave it): an exception that came from
 * outside may have cut off the code that would have. 0, or -1 with an exception set. */
int importlocks_release_beyond(PyObject *held) MUST_CHECK;

/* In a forked child: all locks but the calling thread's are dropped, and with each that a thread had the module that it
 * had not finished loading, which the next import loads anew. 0, or -1 with an exception set (all that could be done
 * is). */
int importlocks_after_fork(void) MUST_CHECK;

#endif
