/* match_moved: globals that have another name, or another module, in the new version. (docs/design.md, match)
 *
 * A number or string has no identity that could be followed; what its place is called now is told by the functions
 * that use it. */
#ifndef MIDFLIGHT_MATCH_MOVED_H
#define MIDFLIGHT_MATCH_MOVED_H

#include "engine/match.h"

/* Where what old functions use as global `name` of `space` is in the new version: `new_name` of `new_space`. */
struct moved {
    PyObject *space, *new_space; /* borrowed: dicts of modules of the two generations */
    PyObject *name, *new_name;   /* owned: str */
};

/* After all definitions are paired: finds them, and pairs what has an identity. Only where every paired function that
 * used the old name says the same, and no other global of the old version is at that place. 0 or -1 with an exception
 * set. Runs no code of the packages. */
int match_moved(struct match *match) MUST_CHECK;

/* Where the global went, or NULL. */
const struct moved *match_moved_from(const struct match *match, PyObject *space, PyObject *name);

void match_moved_release(struct match *match);

#endif
