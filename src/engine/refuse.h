/* Reasons why an upgrade is not made. A refusal is data: code, where, what, and what the reader can do.
 *
 * reasons is a list; each entry a dict with the keys code (short and stable, what refusals are counted by),
 * distribution, module, symbol (str or None), cause (a sentence) and action (a sentence: what to do). */
#ifndef MIDFLIGHT_REFUSE_H
#define MIDFLIGHT_REFUSE_H

#include "compat/ref.h"

/* Adds a reason. module and symbol are borrowed and may be NULL; the cause is formatted as by PyUnicode_FromFormat.
 * Returns 1 (refused), or -1 with an exception set. */
int refuse(PyObject *reasons, const char *code, PyObject *module, PyObject *symbol, const char *action,
           const char *cause_format, ...);

/* Adds the reason that a garbage collection is under way and does not end. Returns 1, or -1 with an exception set. */
int refuse_collecting(PyObject *reasons);

/* The exception that is set, taken away and put into words: new bytes, in UTF-8 whatever its text is. Asks it for its
 * text: may run Python code. NULL with an exception set: there is no memory, or a signal handler raised meanwhile. */
PyObject *refuse_raised(void);

#endif
