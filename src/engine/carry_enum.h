/* Enumerations: which of two members stays, and what the program did to them. */
#ifndef MIDFLIGHT_CARRY_ENUM_H
#define MIDFLIGHT_CARRY_ENUM_H

#include "engine/upgrade.h"

/* Decides for every PAIR_MEMBER: the old member stays (CARRY_OURS) if nothing about its enumeration changed, else
 * references move to the new one (CARRY_THEIRS). ways: one for each pair of the match. 0, or -1 with an exception set.
 * Runs no Python code. */
int carry_enum_ways(const struct match *match, unsigned char *ways) MUST_CHECK;

/* Are changes of this object the business of enumerations: a member, or a table of theirs? */
bool carry_enum_handles(const struct match *match, PyObject *object);

/* What the program did to members (carry->changes): attributes are put on the new ones; what an enumeration keeps for
 * itself starts anew. Refused: enumerations that are none any more, or that the program itself changed. 0, 1 refused
 * (reasons), -1 with an exception set. */
int carry_enum_changes(const struct carry *carry, const struct match *match, PyObject *reasons) MUST_CHECK;

/* Is this pair one of the tables by which an enumeration finds its members? */
bool carry_enum_owns(const struct match *match, const struct pair *pair);

/* Members that the new version dropped, and whose new class has another layout or whose new code reads what they lack,
 * stay with the old class: fixed in the account, whose map is complete. 0, or -1 with an exception set. */
int carry_enum_leave(struct upgrade *upgrade) MUST_CHECK;

#endif
