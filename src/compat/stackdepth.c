/* The value stack's depth, from the code alone.
 *
 * Idea: decode the instructions, then carry depths along: from an instruction to the next one and to its jump target,
 * and from the exception table (which states depths absolutely) to the handlers, until nothing new is learnt.
 * Invariant: an instruction has one depth. Two paths that disagree, or an opcode that is not in the table, make the
 * code "not understood": an error, never a guess. Must not read the instructions in the code object itself: those are
 * specialised, instrumented and change under way. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/stackdepth.h"

#include <opcode.h>
#include <stdint.h>

#include "compat/opshape.h"

struct unit {
    int32_t depth;  /* before the instruction; -1: not reached */
    int32_t oparg;  /* with its EXTENDED_ARG prefixes */
    uint8_t opcode; /* CACHE in the cache entries of an instruction */
};

struct stackdepth {
    int n_units;
    struct unit units[];
};

void stackdepth_free(struct stackdepth *analysis)
{
    PyMem_Free(analysis);
}

/* The instructions as the compiler made them: each with its full argument. */
static struct stackdepth *decode(PyCodeObject *code)
{
    OWN_REF bytes = PyCode_GetCode(code);
    if (bytes == NULL) {
        return NULL;
    }
    const unsigned char *text = (const unsigned char *)PyBytes_AS_STRING(bytes);
    int n_units = (int)(PyBytes_GET_SIZE(bytes) / 2);
    struct stackdepth *analysis = PyMem_Malloc(sizeof(*analysis) + (size_t)n_units * sizeof(struct unit));
    if (analysis == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    analysis->n_units = n_units;
    int32_t prefix = 0;
    for (int i = 0; i < n_units; i++) {
        struct unit *unit = &analysis->units[i];
        unit->depth = -1;
        unit->opcode = text[2 * i];
        if (unit->opcode == CACHE) {
            unit->oparg = 0;
            continue;
        }
        unit->oparg = (int32_t)(((uint32_t)prefix << 8) | text[2 * i + 1]);
        prefix = unit->opcode == EXTENDED_ARG ? unit->oparg : 0;
    }
    return analysis;
}

/* Notes a depth for the instruction at a position. 1: news, 0: known already, -1: a contradiction. */
static int reach(struct stackdepth *analysis, int position, int depth)
{
    if (position < 0 || position >= analysis->n_units || depth < 0) {
        return -1;
    }
    struct unit *unit = &analysis->units[position];
    if (unit->depth == -1) {
        unit->depth = depth;
        return 1;
    }
    return unit->depth == depth ? 0 : -1;
}

static int next_instruction(const struct stackdepth *analysis, int position)
{
    do {
        position++;
    } while (position < analysis->n_units && analysis->units[position].opcode == CACHE);
    return position;
}

/* One instruction's consequences. 1: something new, 0: nothing new, -1: not understood. */
static int follow(struct stackdepth *analysis, int position)
{
    const struct unit *unit = &analysis->units[position];
    struct opshape shape;
    if (!opshape_of(unit->opcode, unit->oparg, &shape) || unit->depth < shape.pops) {
        return -1;
    }
    int next = next_instruction(analysis, position);
    int rest = unit->depth - shape.pops;
    int news = 0;
    if (!(shape.flags & OPSHAPE_ENDS)) {
        news = reach(analysis, next, rest + shape.pushes);
    }
    if (news >= 0 && (shape.flags & (OPSHAPE_FORWARD | OPSHAPE_BACKWARD))) {
        int target = shape.flags & OPSHAPE_FORWARD ? next + unit->oparg : next - unit->oparg;
        int jump_news = reach(analysis, target, rest + shape.jump_pushes);
        news = jump_news < 0 ? -1 : news | jump_news;
    }
    return news;
}

static const unsigned char *parse_varint(const unsigned char *at, const unsigned char *end, int *ret_value)
{
    if (at >= end) {
        return NULL;
    }
    int value = *at & 63;
    while (*at & 64) {
        if (++at >= end) {
            return NULL;
        }
        value = (value << 6) | (*at & 63);
    }
    *ret_value = value;
    return at + 1;
}

int stackdepth_next_handler(PyCodeObject *code, Py_ssize_t *at, struct stackdepth_handler *ret_handler)
{
    const unsigned char *table = (const unsigned char *)PyBytes_AS_STRING(code->co_exceptiontable);
    const unsigned char *end = table + PyBytes_GET_SIZE(code->co_exceptiontable);
    const unsigned char *here = table + *at;
    int field[4] = {0}; /* start, size, target, depth and lasti */
    if (here >= end) {
        return 0;
    }
    for (int i = 0; i < 4; i++) {
        here = parse_varint(here, end, &field[i]);
        if (here == NULL) {
            return -1;
        }
    }
    *at = here - table;
    int pushed = 1 + (field[3] & 1); /* the exception, and the position if asked for */
    *ret_handler = (struct stackdepth_handler){field[0], field[1], field[2], (field[3] >> 1) + pushed};
    return 1;
}

static int reach_handlers(struct stackdepth *analysis, PyCodeObject *code)
{
    struct stackdepth_handler handler;
    int more;
    for (Py_ssize_t at = 0; (more = stackdepth_next_handler(code, &at, &handler)) > 0;) {
        if (reach(analysis, handler.target, handler.depth) < 0) {
            return -1;
        }
    }
    return more;
}

static int propagate(struct stackdepth *analysis, PyCodeObject *code)
{
    if (reach(analysis, 0, 0) < 0 || reach_handlers(analysis, code) < 0) {
        return -1;
    }
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < analysis->n_units; i = next_instruction(analysis, i)) {
            if (analysis->units[i].depth < 0) {
                continue;
            }
            int news = follow(analysis, i);
            if (news < 0) {
                return -1;
            }
            again |= news > 0;
        }
    }
    return 0;
}

struct stackdepth *stackdepth_new(PyCodeObject *code)
{
    struct stackdepth *analysis = decode(code);
    if (analysis == NULL) {
        return NULL;
    }
    if (propagate(analysis, code) < 0) {
        stackdepth_free(analysis);
        PyErr_Format(PyExc_ValueError, "the bytecode of %U (%U, line %d) is not understood", code->co_qualname,
                     code->co_filename, code->co_firstlineno);
        return NULL;
    }
    return analysis;
}

bool stackdepth_find(const struct stackdepth *analysis, int position, struct stackdepth_at *ret_at)
{
    if (position < 0 || position >= analysis->n_units) {
        return false;
    }
    while (position > 0 && analysis->units[position].opcode == CACHE) {
        position--;
    }
    const struct unit *unit = &analysis->units[position];
    struct opshape shape;
    if (unit->depth < 0 || !opshape_of(unit->opcode, unit->oparg, &shape)) {
        return false;
    }
    ret_at->depth = unit->depth;
    ret_at->inputs = shape.pops;
    ret_at->owned = !(shape.flags & OPSHAPE_MOVED);
    ret_at->call = (shape.flags & OPSHAPE_CALLS) != 0;
    ret_at->test = (shape.flags & OPSHAPE_TESTS) != 0;
#if PY_VERSION_HEX >= 0x030c0000
    ret_at->super = unit->opcode == LOAD_SUPER_ATTR;
#else
    ret_at->super = false;
#endif
    return true;
}

bool stackdepth_next(const struct stackdepth *analysis, int *position, struct stackdepth_op *ret_op)
{
    int at = *position;
    while (at < analysis->n_units &&
           (analysis->units[at].opcode == CACHE || analysis->units[at].opcode == EXTENDED_ARG)) {
        at++;
    }
    if (at >= analysis->n_units) {
        return false;
    }
    *ret_op = (struct stackdepth_op){at, analysis->units[at].opcode, analysis->units[at].oparg};
    *position = at + 1;
    return true;
}

int stackdepth_target(const struct stackdepth *analysis, int position)
{
    const struct unit *unit = &analysis->units[position];
    struct opshape shape;
    if (!opshape_of(unit->opcode, unit->oparg, &shape) || !(shape.flags & (OPSHAPE_FORWARD | OPSHAPE_BACKWARD))) {
        return -1;
    }
    int next = next_instruction(analysis, position);
    return shape.flags & OPSHAPE_FORWARD ? next + unit->oparg : next - unit->oparg;
}

int stackdepth_size(const struct stackdepth *analysis)
{
    return analysis->n_units;
}

/* Marks one more. Returns whether it was news. */
static bool mark(bool *marks, const struct stackdepth *analysis, int position)
{
    if (position < 0 || position >= analysis->n_units || marks[position]) {
        return false;
    }
    return marks[position] = true;
}

static bool mark_successors(const struct stackdepth *analysis, bool *marks, int position)
{
    const struct unit *unit = &analysis->units[position];
    struct opshape shape = {0};
    opshape_of(unit->opcode, unit->oparg, &shape);
    int next = next_instruction(analysis, position);
    bool news = !(shape.flags & OPSHAPE_ENDS) && mark(marks, analysis, next);
    if (shape.flags & (OPSHAPE_FORWARD | OPSHAPE_BACKWARD)) {
        news |= mark(marks, analysis, shape.flags & OPSHAPE_FORWARD ? next + unit->oparg : next - unit->oparg);
    }
    return news;
}

static bool mark_handlers(const struct stackdepth *analysis, PyCodeObject *code, bool *marks)
{
    struct stackdepth_handler handler;
    bool news = false;
    for (Py_ssize_t at = 0; stackdepth_next_handler(code, &at, &handler) > 0;) {
        bool guarded = false;
        for (int i = handler.start; i < handler.start + handler.size && i < analysis->n_units; i++) {
            guarded |= marks[i];
        }
        news |= guarded && mark(marks, analysis, handler.target);
    }
    return news;
}

void stackdepth_mark_reachable(const struct stackdepth *analysis, PyCodeObject *code, int from, bool *marks)
{
    if (from >= analysis->n_units) {
        return;
    }
    while (from > 0 && analysis->units[from].opcode == CACHE) {
        from--;
    }
    mark(marks, analysis, from < 0 ? 0 : from);
    for (bool news = true; news;) {
        news = false;
        for (int i = 0; i < analysis->n_units; i = next_instruction(analysis, i)) {
            news |= marks[i] && mark_successors(analysis, marks, i);
        }
        news |= mark_handlers(analysis, code, marks);
    }
}
