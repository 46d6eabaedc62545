/* Debuggers and coverage tools that watch single code objects (sys.monitoring's local events, from CPython 3.12 on) go
 * on watching in the new version: events live on code objects, and those are other ones there. GIL held. */
#ifndef MIDFLIGHT_MONITORED_H
#define MIDFLIGHT_MONITORED_H

#include "compat/ref.h"

/* A new list of the tools that are in use; empty, and always in 3.11: there is nothing to copy. */
PyObject *monitored_tools(void);

/* Each tool gets in `new`, and in the code objects nested in it, the events that it has in `old`: nested ones by name,
 * in their order. Both are code objects. 0, or -1 with an exception set. */
int monitored_copy(PyObject *tools, PyObject *old, PyObject *new) MUST_CHECK;

#endif
