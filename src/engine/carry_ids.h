/* Numbers that are addresses: keys made by id(). */
#ifndef MIDFLIGHT_CARRY_IDS_H
#define MIDFLIGHT_CARRY_IDS_H

#include "engine/account.h"

/* Looks through all dicts and sets for keys that are the address of an object that moves. moves: object -> what takes
 * its place. New list of (number, new number); NULL with an exception set. No Python code runs. */
PyObject *carry_ids_find(const struct ptrmap *moves);

#endif
