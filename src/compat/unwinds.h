/* Counts exceptions that leave functions of given packages for a caller outside of them.
 *
 * From 3.12 on by sys.monitoring, under a tool id of our own: nothing is slower but the unwinding itself. 3.11 has no
 * such thing: an eval function (PEP 523) sees each call of a Python function end, and calls from Python to Python take
 * the longer way while it is set. GIL held. */
#ifndef MIDFLIGHT_UNWINDS_H
#define MIDFLIGHT_UNWINDS_H

#include "compat/ref.h"

/* Begins to count for import names (an iterable of str; may be empty: only begins to look). Returns a new list [n]: n
 * is how many exceptions have left functions of modules of these names, or below them, since. What is no error is not
 * counted: StopIteration, GeneratorExit, SystemExit and the like. NULL with an exception set; RuntimeError: other tools
 * have taken all that there is to take. */
PyObject *unwinds_begin(PyObject *roots);

/* Ends that count, and the looking with the last one. Harmless twice. */
void unwinds_end(PyObject *count);

#endif
