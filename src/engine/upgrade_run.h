/* The way of an upgrade, in order. */
#ifndef MIDFLIGHT_UPGRADE_RUN_H
#define MIDFLIGHT_UPGRADE_RUN_H

#include "engine/upgrade.h"

enum upgrade_result {
    UPGRADE_DONE = 0,
    UPGRADE_REFUSED = 1, /* upgrade->reasons; the process is as before */
    UPGRADE_NOTHING = 2, /* what is loaded is what is installed */
    UPGRADE_ERROR = -1,  /* exception set; the process is as before */
};

/* Upgrades the distributions of upgrade->names, or the modules below `module` when that is not NULL (names is ignored
 * then). The caller has filled names, wait, hold and when, and zeroed the rest. Fills the report's fields. Another
 * upgrade under way in this process: RuntimeError. upgrade must not lie on the stack: a forked child, where this thread
 * is no more, needs it. */
enum upgrade_result upgrade_run(struct upgrade *upgrade, PyObject *module);

/* The way up to the trial flip and back: what an upgrade of upgrade->names would do and why it would be refused, as a
 * dict for the face. The process stays as it is. The caller has filled names and zeroed the rest. New reference, or
 * NULL with an exception set. */
PyObject *upgrade_forecast(struct upgrade *upgrade);

/* Is an upgrade under way in this process, in this thread or another? GIL held. */
bool upgrade_is_busy(void);

/* What was done, as a dict for the face. New reference; NULL with an exception set (memory). No Python code runs. */
PyObject *upgrade_report(const struct upgrade *upgrade);

/* In a forked child: if another thread of the parent was upgrading, the child is on the old version, as if nothing had
 * been, or on the new one, if it was flipped. If this thread was (it forks while it upgrades), it goes on. Runs Python
 * code. */
void upgrade_after_fork(void);

/* Drops everything that an upgrade holds, however it ended. May run finalizers. */
void upgrade_release(struct upgrade *upgrade);

#endif
