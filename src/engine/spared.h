/* spared: entries of sys.modules below the package's names that the program made. They are no part of a release. */
#ifndef MIDFLIGHT_SPARED_H
#define MIDFLIGHT_SPARED_H

#include "engine/upgrade.h"

/* When the modules are collected: what stands where the new version has a file, though nothing was ever imported under
 * that name, is a fake. It leaves old_modules for `spared`; staging sees it as everybody does. 0 or -1 with an
 * exception set. No Python code runs. */
int spared_find(struct upgrade *upgrade) MUST_CHECK;

/* When the new version is staged: what the program made under names that the new version does not have leaves
 * old_modules, and what is removed, too. 0 or -1. No Python code runs. */
int spared_keep(struct upgrade *upgrade) MUST_CHECK;

#endif
