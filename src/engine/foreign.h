/* foreign: files of what is upgraded that the program has loaded under names of its own. */
#ifndef MIDFLIGHT_FOREIGN_H
#define MIDFLIGHT_FOREIGN_H

#include "engine/upgrade.h"

/* When the old modules are collected: adds a note for each such name and file. 0, or -1 with an exception set. */
int foreign_note(struct upgrade *upgrade) MUST_CHECK;

#endif
