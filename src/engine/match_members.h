/* Members of enumerations are definitions: they are paired by their names. */
#ifndef MIDFLIGHT_MATCH_MEMBERS_H
#define MIDFLIGHT_MATCH_MEMBERS_H

#include "engine/match.h"

/* Is this pair an enumeration in both versions? */
bool match_is_enum(const struct pair *pair);

/* A table of the enumeration's own (`_member_map_` ...), as its class statement left it. Borrowed; NULL: it has none,
 * or a MemoryError is set. Runs no Python code. */
PyObject *members_table(PyObject *type, const char *name);

/* Is it an enumeration that lists members? They would stay behind if nothing but the class followed. */
bool members_listed(PyObject *type);

/* Pairs the members that an enumeration lists by name; at: the index of the pair of classes. 0, or -1 with an exception
 * set. Runs no Python code. */
int match_members(struct match *match, size_t at) MUST_CHECK;

/* Does this enumeration give values that it does not remember? Flags with boundary=KEEP, in CPython 3.11.2: their
 * instances are found on the heap. 1, 0, -1 with an exception set. Runs no Python code. */
int match_forgets_values(const struct pair *pair) MUST_CHECK;

/* Pairs what an old enumeration made when it was asked for a value (combinations of flags, members of an own
 * _missing_): the new enumeration is asked for the same combination. That runs code of the new version, so not inside
 * the flip. So are values without a name that no table of the enumeration lists. Members that have no counterpart are
 * appended to `removed`, a list, as (member, "module.Class.NAME"); those that are in it are not asked for again.
 * Returns whether the new version was asked (1 or 0), or -1 with an exception set. */
int match_composites(struct match *match, PyObject *removed) MUST_CHECK;

/* An enumeration that the new version imports from elsewhere (`from http import HTTPStatus`): pairs it and its members,
 * if the other one has all of them, and is none of flags. 0 or -1. */
int match_enum_elsewhere(struct match *match, PyObject *old, PyObject *partner, size_t parent,
                         PyObject *key) MUST_CHECK;

#endif
