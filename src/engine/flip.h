/* flip: redirect every reference from the old generation to the new one, in one step. (docs/design.md, flip) */
#ifndef MIDFLIGHT_FLIP_H
#define MIDFLIGHT_FLIP_H

#include "engine/upgrade.h"

enum flip_result {
    FLIP_DONE = 0,
    FLIP_AGAIN =
        1, /* not at this moment: a collection is under way, a reference is in flight, a new closure appeared */
    FLIP_REFUSED = 2, /* never: reasons say why */
    FLIP_PREPARE = 3, /* an instance needs what only migrate_prepare can give */
    FLIP_SETTLED = 5, /* not at this moment: the state had changed; it is decided anew, so at once */
    FLIP_WALK = 4,    /* inside a rehearsal: walk once more, there is more to look for */
    FLIP_ERROR = -1,  /* exception set */
};

/* After a part of the plan: does it go on? A forecast notes a refusal and does. */
static inline bool flip_goes_on(struct upgrade *upgrade, enum flip_result *result)
{
    if (*result == FLIP_REFUSED && upgrade->forecast) {
        upgrade->flip.refused = true;
        *result = FLIP_DONE;
    }
    return *result == FLIP_DONE;
}

/* Fills the account's targets from match and carry. To be called again after either changed. 0 or -1. */
int flip_prepare(struct upgrade *upgrade) MUST_CHECK;

/* Everything up to the commit, and then backs out: finds what refuses. References in flight are no reason here. */
enum flip_result flip_rehearse(struct upgrade *upgrade);

/* The flip. Called with the GIL held since the look at the frames. */
enum flip_result flip_run(struct upgrade *upgrade);

/* Drops what the edits hold. May run finalizers. */
void flip_finish(struct upgrade *upgrade);

/* Drops the flip's part of the upgrade, flipped or not; harmless twice. May run finalizers. */
void flip_release(struct upgrade *upgrade);

#endif
