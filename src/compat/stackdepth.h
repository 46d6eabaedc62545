/* How many words are on the value stack before each instruction of a code object, and how many of them the instruction
 * takes.
 *
 * The interpreter does not store the depth of a frame that is inside a C call. It follows from the code: every path to
 * an instruction has the same depth. The analysis reads the code as the compiler wrote it (specialised and instrumented
 * instructions are undone by CPython itself) and follows jumps and the exception table.
 * GIL held; no Python code runs. */
#ifndef MIDFLIGHT_STACKDEPTH_H
#define MIDFLIGHT_STACKDEPTH_H

#include "compat/ref.h"

struct stackdepth; /* the analysis of one code object */

/* What holds while an instruction is being executed. */
struct stackdepth_at {
    int depth;  /* words before the instruction */
    int inputs; /* the topmost of them, which the instruction consumes */
    bool owned; /* do the inputs still own their references while it calls out? (STORE_FAST has moved its input away) */
    bool call;  /* a call: the interpreter may give the GIL away after it is done, its one result on the stack */
    bool test;  /* a conditional jump that may do the same, its input gone */
    bool super; /* super().name (3.12 and later) */
};

/* Analyses a code object. NULL with an exception set: MemoryError, or a ValueError that names a code which is not
 * understood. */
struct stackdepth *stackdepth_new(PyCodeObject *code) MUST_CHECK;

/* NULL is harmless. */
void stackdepth_free(struct stackdepth *analysis);

/* The instruction at a position, in code units. False: unreachable by the analysis, or no position of this code. */
bool stackdepth_find(const struct stackdepth *analysis, int position, struct stackdepth_at *ret_at);

/* Iteration: the instruction at or after *position, with what its argument is; EXTENDED_ARG and inline caches are
 * skipped. Leaves in *position where to go on. False at the end. */
struct stackdepth_op {
    int position;
    int opcode; /* as the compiler wrote it */
    int oparg;  /* with its prefixes */
};
bool stackdepth_next(const struct stackdepth *analysis, int *position, struct stackdepth_op *ret_op);

/* Sets marks[position] for every instruction that can still be executed by a frame whose current one is at `from` (that
 * one included, as it may not be over); all of them if `from` is negative. marks has stackdepth_size entries, all
 * false. */
int stackdepth_size(const struct stackdepth *analysis);
void stackdepth_mark_reachable(const struct stackdepth *analysis, PyCodeObject *code, int from, bool *marks);

/* Where the jump at a position goes to, or -1. */
int stackdepth_target(const struct stackdepth *analysis, int position);

/* Iteration over a code's exception table, inner `try`s first. *at: 0 to begin with. 1 an entry, 0 the end, -1 damaged
 * (no exception is set). */
struct stackdepth_handler {
    int start, size, target; /* what it guards, and where it begins, in code units */
    int depth;               /* words on the stack when it begins */
};
int stackdepth_next_handler(PyCodeObject *code, Py_ssize_t *at, struct stackdepth_handler *ret_handler);

#endif
