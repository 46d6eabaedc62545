/* The parts of sentences, for those who read bytecode: codescan.c and codepath.c. */
#ifndef MIDFLIGHT_CODESCAN_PARTS_H
#define MIDFLIGHT_CODESCAN_PARTS_H

#include "compat/codescan.h"
#include "compat/stackdepth.h"

/* A scan under way. All borrowed. */
struct codescan {
    PyCodeObject *code;
    const struct stackdepth *analysis;
    const bool *marks; /* what can be executed */
    codescan_visit visit;
    void *arg;
};

/* co_names[index], borrowed; NULL out of range. */
PyObject *codescan_name(const struct codescan *scan, int index);

/* The name that an instruction loads from the globals, or the attribute that it reads of the word on top. Borrowed;
 * NULL: it does something else. */
PyObject *codescan_global(const struct codescan *scan, const struct stackdepth_op *op);
PyObject *codescan_attribute(const struct codescan *scan, const struct stackdepth_op *op);

/* Does this instruction prepare a call of what it loads? (Otherwise a call that follows may be a decorator's, which has
 * one argument more than it says.) `next`: position behind it. */
bool codescan_prepares_call(const struct codescan *scan, const struct stackdepth_op *op, int next);

/* The call whose callee was pushed at depth `base` by the instruction before `position`: fills in its arguments. False:
 * none that is understood. */
bool codescan_find_call(const struct codescan *scan, int position, int base, struct codescan_event *event);

#endif
