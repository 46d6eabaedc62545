/* After the flip. (docs/design.md, keep and retire) */
#ifndef MIDFLIGHT_UPGRADE_AFTER_H
#define MIDFLIGHT_UPGRADE_AFTER_H

#include "engine/upgrade.h"

/* Takes the exception that is set into upgrade->notes, behind `what`. The flip is made and stays made; what is no
 * Exception is also left in upgrade->interrupted, to be raised at the very end. */
void upgrade_note_failure(struct upgrade *upgrade, const char *what);

/* Everything after the flip, in order. Runs code of the program (hooks, finalizers). Failures are noted. */
void upgrade_after(struct upgrade *upgrade);

/* The same in a forked child, from where the parent's thread had come to. */
void upgrade_after_in_child(struct upgrade *upgrade);

#endif
