/* Numbers that are addresses: keys made by id(). */
#ifndef MIDFLIGHT_CARRY_IDS_H
#define MIDFLIGHT_CARRY_IDS_H

#include "engine/account.h"

/* The same for use inside the flip: appends the numbers found, borrowed; the caller frees the array. 0 or -1 with
 * MemoryError set. */
int carry_ids_search(const struct ptrmap *moves, struct objects *ret_found) MUST_CHECK;

/* What moves from the address that the number is; NULL: nothing. */
PyObject *carry_ids_moved(const struct ptrmap *moves, PyObject *number);

/* Looks through all dicts and sets for keys that are the address of an object that moves. moves: object -> what takes
 * its place. New list of (number, new number); NULL with an exception set. No Python code runs. */
PyObject *carry_ids_find(const struct ptrmap *moves);

#endif
