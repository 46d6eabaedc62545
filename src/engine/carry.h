/* carry: what of the old generation's state goes into the new one. (docs/design.md, carry)
 *
 * For now: nothing that the program changed is merged. A changed slot is accepted when the new version holds an equal
 * value, when it is the program's own code (a monkeypatch stays), or when it is bookkeeping; otherwise the upgrade is
 * refused. Of two objects that fill the same place in both versions one stays: the new one, or the old one when it is
 * opaque and mutable (locks, ContextVars) or an enum member. */
#ifndef MIDFLIGHT_CARRY_H
#define MIDFLIGHT_CARRY_H

#include "engine/match.h"

enum carry_way {
    CARRY_NONE,   /* neither is redirected: equal values without identity */
    CARRY_THEIRS, /* references to the old object move to the new one */
    CARRY_OURS,   /* references to the new object move to the old one */
    CARRY_VALUE,  /* as THEIRS, unless such values are keys somewhere: their class says what equals what */
};

struct carry {
    PyObject *changes;   /* owned list of (object, key, now or None): slots that the program had changed when this was
                            decided */
    unsigned char *ways; /* owned: enum carry_way of each PAIR_DATA and PAIR_PART pair of the match */
    size_t n_ways;
};

/* Decides. Writes into the new generation (which nobody sees yet) what the program put into namespaces and classes of
 * the old one. Carry is empty before (zeroed, or released). Runs Python code in one place: registering the program's
 * classes with the new ABCs asks their __subclasshook__. Returns 0, 1 refused (reasons), -1 exception set. */
int carry_run(struct carry *carry, const struct match *match, PyObject *reasons) MUST_CHECK;

/* Has the program changed something since carry_run? Asked inside the flip: no Python code runs. 1 yes, 0 no, -1
 * exception set. */
int carry_stale(const struct carry *carry, const struct match *match) MUST_CHECK;

/* Drops what it holds and empties it; harmless twice. May run Python code (finalizers of what the program has let go).
 */
void carry_release(struct carry *carry);

#endif
