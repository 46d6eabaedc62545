/* forecast: what would an upgrade do, and what stands in its way? (docs/design.md, plan)
 *
 * The way is gone as for an upgrade, up to the trial flip; refusals are collected on it. Then it is looked around:
 * which code would break, who is being executed, who holds what natively. Nothing of it changes the process. */
#ifndef MIDFLIGHT_FORECAST_H
#define MIDFLIGHT_FORECAST_H

#include "engine/upgrade.h"

/* After the trial flip: adds what only a look at the program can tell to upgrade->seen. Lets go of the GIL for moments.
 * 0 or -1. */
int forecast_look(struct upgrade *upgrade) MUST_CHECK;

/* All of it as a dict for the face. whole: forecast_look has been here; otherwise there are only reasons. New
 * reference.
 */
PyObject *forecast_answer(struct upgrade *upgrade, bool whole);

/* The parts: dicts and lists of plain data. New references. */
PyObject *forecast_functions(const struct upgrade *upgrade);
PyObject *forecast_classes(const struct upgrade *upgrade);
PyObject *forecast_modules(const struct upgrade *upgrade);

#endif
