/* Is this the interpreter that the rest of compat/ was built for? Asked before anything else is used. */
#ifndef MIDFLIGHT_SELFTEST_H
#define MIDFLIGHT_SELFTEST_H

#include "compat/ref.h"

/* Checks implementation, version and build, and reads every offset that compat/ uses from objects with known contents.
 * Called once, when the extension is imported; runs a few lines of Python. GIL held.
 * Returns 0, or -1 with ImportError set (it names what is not known) or MemoryError. */
int selftest_run(void) MUST_CHECK;

/* What can change while the process runs: subinterpreters, suspended greenlets, a JIT. Called before each upgrade,
 * never during a collection. Runs no Python code. Returns 0, or 1: no upgrade now (*ret_why: a static sentence), or -1
 * with an exception set. */
int selftest_live(const char **ret_why) MUST_CHECK;

#endif
