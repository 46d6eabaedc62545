/* kept: the installs whose files the vault keeps for this process, by the distribution that was loaded.
 *
 * Asked for when a module is recorded (base.h), by notice_owner. GIL held. */
#ifndef MIDFLIGHT_KEPT_H
#define MIDFLIGHT_KEPT_H

#include "compat/ref.h"
#include "engine/keeper.h"

/* Keeps this install's files, unless that was asked for before. 0, or -1 with an exception set (memory). */
int kept_want(const struct disk_dist *dist) MUST_CHECK;

/* The installs in no particular order; NULL at the end. Borrowed, valid until kept_settle, which any Python code may
 * come to: whoever walks the list while some runs holds it. */
const struct keep *kept_first(void);

/* Until kept_release none is freed. */
void kept_hold(void);
void kept_release(void);

/* In a forked child: the threads that hold it are gone, but for the one that forked. */
void kept_after_fork(void);

/* Is this record's owner (base.h: BASE_OWNER) that install? */
bool kept_is_owner(const struct keep *keep, PyObject *record);

/* Is some module of that install loaded, or kept for a rollback? */
bool kept_is_loaded(const struct keep *keep);

/* The install in whose kept files the path lies, or NULL. */
const struct keep *kept_at(const char *path);

/* (name, version, content identity), as notice_identity. New reference. */
PyObject *kept_identity(const struct keep *keep);

/* After an upgrade, or one that was given up: installs of which nothing is loaded any more, and to which the program
 * cannot go back (former.h), are not kept any longer. What fails stays kept. */
void kept_settle(void);

/* For the user: {"dir": str or None, "kept": [(name, version, "queued" | "kept" | "failed", text)]}. New reference. */
PyObject *kept_report(void);

#endif
