/* The value stack's depth, from the code alone.
 *
 * Idea: decode the instructions, then carry depths along: from an instruction to the next one and to its jump target, and
 * from the exception table (which states depths absolutely) to the handlers, until nothing new is learnt.
 * Invariant: an instruction has one depth. Two paths that disagree, or an opcode that is not in the table, make the code
 * "not understood": an error, never a guess.
 * Must not read the instructions in the code object itself: those are specialised, instrumented and change under way. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/stackdepth.h"

#include <opcode.h>
#include <stdint.h>
#include <string.h>

enum {
    KNOWN = 1,
    MOVED = 2,     /* inputs are C locals or gone before anything is called */
    FORWARD = 4,   /* jumps forward by its argument */
    BACKWARD = 8,
    ENDS = 16,     /* never goes on to the next instruction */
    CALLS = 32,    /* stackdepth_at.call */
    TESTS = 64,    /* stackdepth_at.test */
    SPECIAL = 128, /* special_shape knows more */
};

/* pops + pops_arg * oparg words are consumed, pushes + pushes_arg * oparg appear. What is only looked at (the list of a
 * LIST_APPEND) is not consumed, except where the interpreter drops its own copy afterwards (the iterator of FOR_ITER). */
struct op {
    int8_t pops, pops_arg, pushes, pushes_arg;
    uint8_t flags;
};

struct shape {
    int pops, pushes;
    int jump_pushes; /* what appears when the jump is taken */
    uint8_t flags;
};

#define OP(pops, pushes, flags) {pops, 0, pushes, 0, KNOWN | (flags)}
#define OP_ARG(pops, pops_arg, pushes, pushes_arg, flags) {pops, pops_arg, pushes, pushes_arg, KNOWN | (flags)}

static const struct op ops[256] = {
    [BEFORE_ASYNC_WITH] = OP(1, 2, SPECIAL),
    [BEFORE_WITH] = OP(1, 2, SPECIAL),
    [BINARY_OP] = OP(2, 1, 0),
    [BINARY_SUBSCR] = OP(2, 1, 0),
    [BUILD_CONST_KEY_MAP] = OP_ARG(1, 1, 1, 0, 0),
    [BUILD_LIST] = OP_ARG(0, 1, 1, 0, 0),
    [BUILD_MAP] = OP_ARG(0, 2, 1, 0, 0),
    [BUILD_SET] = OP_ARG(0, 1, 1, 0, 0),
    [BUILD_SLICE] = OP(2, 1, SPECIAL),
    [BUILD_STRING] = OP_ARG(0, 1, 1, 0, 0),
    [BUILD_TUPLE] = OP_ARG(0, 1, 1, 0, 0),
    [CALL] = OP_ARG(2, 1, 1, 0, CALLS),
    [CALL_FUNCTION_EX] = OP(3, 1, CALLS | SPECIAL),
    [CHECK_EG_MATCH] = OP(2, 2, 0),
    [CHECK_EXC_MATCH] = OP(1, 1, 0),
    [COMPARE_OP] = OP(2, 1, 0),
    [CONTAINS_OP] = OP(2, 1, 0),
    [COPY] = OP(0, 1, 0),
    [COPY_FREE_VARS] = OP(0, 0, 0),
    [DELETE_ATTR] = OP(1, 0, 0),
    [DELETE_DEREF] = OP(0, 0, 0),
    [DELETE_FAST] = OP(0, 0, 0),
    [DELETE_GLOBAL] = OP(0, 0, 0),
    [DELETE_NAME] = OP(0, 0, 0),
    [DELETE_SUBSCR] = OP(2, 0, 0),
    [DICT_MERGE] = OP(1, 0, 0),
    [DICT_UPDATE] = OP(1, 0, 0),
    [END_ASYNC_FOR] = OP(2, 0, MOVED),
    [EXTENDED_ARG] = OP(0, 0, 0),
    [FOR_ITER] = OP(1, 2, FORWARD | SPECIAL),
    [GET_AITER] = OP(1, 1, 0),
    [GET_ANEXT] = OP(0, 1, 0),
    [GET_AWAITABLE] = OP(1, 1, 0),
    [GET_ITER] = OP(1, 1, 0),
    [GET_LEN] = OP(0, 1, 0),
    [GET_YIELD_FROM_ITER] = OP(1, 1, 0),
    [IMPORT_FROM] = OP(0, 1, 0),
    [IMPORT_NAME] = OP(2, 1, 0),
    [IS_OP] = OP(2, 1, 0),
    [JUMP_BACKWARD] = OP(0, 0, BACKWARD | ENDS),
    [JUMP_BACKWARD_NO_INTERRUPT] = OP(0, 0, BACKWARD | ENDS),
    [JUMP_FORWARD] = OP(0, 0, FORWARD | ENDS),
    [LIST_APPEND] = OP(1, 0, 0),
    [LIST_EXTEND] = OP(1, 0, 0),
    [LOAD_ASSERTION_ERROR] = OP(0, 1, 0),
    [LOAD_ATTR] = OP(1, 1, SPECIAL),
    [LOAD_BUILD_CLASS] = OP(0, 1, 0),
    [LOAD_CONST] = OP(0, 1, 0),
    [LOAD_DEREF] = OP(0, 1, 0),
    [LOAD_FAST] = OP(0, 1, 0),
    [LOAD_GLOBAL] = OP(0, 1, SPECIAL),
    [LOAD_NAME] = OP(0, 1, 0),
    [MAKE_CELL] = OP(0, 0, 0),
    [MAKE_FUNCTION] = OP(1, 1, SPECIAL),
    [MAP_ADD] = OP(2, 0, 0),
    [MATCH_CLASS] = OP(3, 1, 0),
    [MATCH_KEYS] = OP(0, 1, 0),
    [MATCH_MAPPING] = OP(0, 1, 0),
    [MATCH_SEQUENCE] = OP(0, 1, 0),
    [NOP] = OP(0, 0, 0),
    [POP_EXCEPT] = OP(1, 0, MOVED),
    [POP_TOP] = OP(1, 0, MOVED),
    [PUSH_EXC_INFO] = OP(1, 2, 0),
    [PUSH_NULL] = OP(0, 1, 0),
    [RAISE_VARARGS] = OP_ARG(0, 1, 0, 0, ENDS),
    [RERAISE] = OP(1, 0, MOVED | ENDS),
    [RESUME] = OP(0, 0, 0),
    [RETURN_GENERATOR] = OP(0, 1, 0), /* the word that the first send() brings */
    [RETURN_VALUE] = OP(1, 0, MOVED | ENDS),
    [SEND] = OP(2, 2, FORWARD | SPECIAL),
    [SETUP_ANNOTATIONS] = OP(0, 0, 0),
    [SET_ADD] = OP(1, 0, 0),
    [SET_UPDATE] = OP(1, 0, 0),
    [STORE_ATTR] = OP(2, 0, 0),
    [STORE_DEREF] = OP(1, 0, MOVED),
    [STORE_FAST] = OP(1, 0, MOVED),
    [STORE_GLOBAL] = OP(1, 0, 0),
    [STORE_NAME] = OP(1, 0, 0),
    [STORE_SUBSCR] = OP(3, 0, 0),
    [SWAP] = OP(0, 0, 0),
    [UNARY_INVERT] = OP(1, 1, 0),
    [UNARY_NEGATIVE] = OP(1, 1, 0),
    [UNARY_NOT] = OP(1, 1, 0),
    [UNPACK_EX] = OP(1, 1, SPECIAL),
    [UNPACK_SEQUENCE] = OP_ARG(1, 0, 0, 1, 0),
    [WITH_EXCEPT_START] = OP(0, 1, 0),
    [YIELD_VALUE] = OP(1, 1, MOVED),
#if PY_VERSION_HEX < 0x030c0000
    [ASYNC_GEN_WRAP] = OP(1, 1, 0),
    [IMPORT_STAR] = OP(1, 0, 0),
    [JUMP_IF_FALSE_OR_POP] = OP(1, 0, FORWARD | SPECIAL),
    [JUMP_IF_TRUE_OR_POP] = OP(1, 0, FORWARD | SPECIAL),
    [LIST_TO_TUPLE] = OP(1, 1, 0),
    [LOAD_CLASSDEREF] = OP(0, 1, 0),
    [LOAD_METHOD] = OP(1, 2, 0),
    [POP_JUMP_BACKWARD_IF_FALSE] = OP(1, 0, BACKWARD | TESTS),
    [POP_JUMP_BACKWARD_IF_NONE] = OP(1, 0, BACKWARD | TESTS),
    [POP_JUMP_BACKWARD_IF_NOT_NONE] = OP(1, 0, BACKWARD | TESTS),
    [POP_JUMP_BACKWARD_IF_TRUE] = OP(1, 0, BACKWARD | TESTS),
    [POP_JUMP_FORWARD_IF_FALSE] = OP(1, 0, FORWARD),
    [POP_JUMP_FORWARD_IF_NONE] = OP(1, 0, FORWARD),
    [POP_JUMP_FORWARD_IF_NOT_NONE] = OP(1, 0, FORWARD),
    [POP_JUMP_FORWARD_IF_TRUE] = OP(1, 0, FORWARD),
    [PRECALL] = OP_ARG(2, 1, 2, 1, CALLS), /* its specialised forms make the whole call and skip CALL */
    [PREP_RERAISE_STAR] = OP(2, 1, 0),
    [PRINT_EXPR] = OP(1, 0, 0),
    [UNARY_POSITIVE] = OP(1, 1, 0),
#else
    [BINARY_SLICE] = OP(3, 1, 0),
    [CALL_INTRINSIC_1] = OP(1, 1, 0),
    [CALL_INTRINSIC_2] = OP(2, 1, 0),
    [CLEANUP_THROW] = OP(3, 2, 0),
    [END_FOR] = OP(1, 0, MOVED | SPECIAL),
    [END_SEND] = OP(2, 1, MOVED),
    [INTERPRETER_EXIT] = OP(1, 0, MOVED | ENDS),
    [LOAD_FAST_AND_CLEAR] = OP(0, 1, 0),
    [LOAD_FAST_CHECK] = OP(0, 1, 0),
    [LOAD_FROM_DICT_OR_DEREF] = OP(1, 1, 0),
    [LOAD_FROM_DICT_OR_GLOBALS] = OP(1, 1, 0),
    [LOAD_LOCALS] = OP(0, 1, 0),
    [LOAD_SUPER_ATTR] = OP(3, 1, SPECIAL),
    [POP_JUMP_IF_FALSE] = OP(1, 0, FORWARD),
    [POP_JUMP_IF_NONE] = OP(1, 0, FORWARD),
    [POP_JUMP_IF_NOT_NONE] = OP(1, 0, FORWARD),
    [POP_JUMP_IF_TRUE] = OP(1, 0, FORWARD),
    [RETURN_CONST] = OP(0, 0, ENDS),
    [STORE_SLICE] = OP(4, 0, 0),
#endif
#if PY_VERSION_HEX < 0x030d0000
    [FORMAT_VALUE] = OP(1, 1, SPECIAL),
    [KW_NAMES] = OP(0, 0, 0),
    [LOAD_CLOSURE] = OP(0, 1, 0),
#else
    [CALL_KW] = OP_ARG(3, 1, 1, 0, CALLS),
    [CONVERT_VALUE] = OP(1, 1, 0),
    [EXIT_INIT_CHECK] = OP(1, 0, 0),
    [FORMAT_SIMPLE] = OP(1, 1, 0),
    [FORMAT_WITH_SPEC] = OP(2, 1, 0),
    [LOAD_FAST_LOAD_FAST] = OP(0, 2, 0),
    [SET_FUNCTION_ATTRIBUTE] = OP(2, 1, 0),
    [STORE_FAST_LOAD_FAST] = OP(1, 1, MOVED),
    [STORE_FAST_STORE_FAST] = OP(2, 0, MOVED),
    [TO_BOOL] = OP(1, 1, 0),
#endif
};

/* Instructions whose effect is not linear in their argument, or differs when the jump is taken. */
static void special_shape(int opcode, int oparg, struct shape *shape)
{
    switch (opcode) {
    case BEFORE_ASYNC_WITH:
    case BEFORE_WITH:
#if PY_VERSION_HEX >= 0x030c0000
        /* the manager is dropped before __enter__ is called; 3.11 puts __exit__ into its place first */
        shape->flags |= MOVED;
#endif
        break;
    case BUILD_SLICE:
        shape->pops = oparg == 3 ? 3 : 2;
        break;
    case CALL_FUNCTION_EX:
        shape->pops = 3 + (oparg & 1);
        break;
    case FOR_ITER:
#if PY_VERSION_HEX < 0x030c0000
        shape->jump_pushes = 0; /* from 3.12 on the jump leads to END_FOR, which takes what was never pushed */
#endif
        break;
    case LOAD_GLOBAL:
        shape->pushes = 1 + (oparg & 1);
        break;
    case SEND:
#if PY_VERSION_HEX < 0x030c0000
        shape->jump_pushes = 1; /* from 3.12 on END_SEND takes the receiver */
#endif
        break;
    case UNPACK_EX:
        shape->pushes = (oparg & 0xff) + (oparg >> 8) + 1;
        break;
#if PY_VERSION_HEX < 0x030c0000
    case JUMP_IF_FALSE_OR_POP:
    case JUMP_IF_TRUE_OR_POP:
        shape->jump_pushes = 1;
        break;
#else
    case END_FOR:
        shape->pops = PY_VERSION_HEX < 0x030d0000 ? 2 : 1;
        break;
    case LOAD_ATTR:
    case LOAD_SUPER_ATTR:
        shape->pushes = 1 + (oparg & 1);
        break;
#endif
#if PY_VERSION_HEX < 0x030d0000
    case FORMAT_VALUE:
        shape->pops = (oparg & 4) ? 2 : 1;
        break;
    case MAKE_FUNCTION:
        shape->pops = 1 + !!(oparg & 1) + !!(oparg & 2) + !!(oparg & 4) + !!(oparg & 8);
        break;
#endif
    default:
        break;
    }
}

/* False: an unknown opcode. */
static bool shape_of(int opcode, int oparg, struct shape *shape)
{
    const struct op *op = &ops[opcode & 0xff];
    if (!(op->flags & KNOWN)) {
        return false;
    }
    shape->pops = op->pops + op->pops_arg * oparg;
    shape->pushes = op->pushes + op->pushes_arg * oparg;
    shape->jump_pushes = shape->pushes;
    shape->flags = op->flags;
    if (op->flags & SPECIAL) {
        special_shape(opcode, oparg, shape);
    }
    return true;
}

struct unit {
    int32_t depth; /* before the instruction; -1: not reached */
    int32_t oparg; /* with its EXTENDED_ARG prefixes */
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
    struct shape shape;
    if (!shape_of(unit->opcode, unit->oparg, &shape) || unit->depth < shape.pops) {
        return -1;
    }
    int next = next_instruction(analysis, position);
    int rest = unit->depth - shape.pops;
    int news = 0;
    if (!(shape.flags & ENDS)) {
        news = reach(analysis, next, rest + shape.pushes);
    }
    if (news >= 0 && (shape.flags & (FORWARD | BACKWARD))) {
        int target = shape.flags & FORWARD ? next + unit->oparg : next - unit->oparg;
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

struct handler {
    int start, size, target, depth; /* depth: of the stack when it begins */
};

/* One entry of the exception table. 1: *at is behind it, 0: the end, -1: damaged. */
static int next_handler(PyCodeObject *code, Py_ssize_t *at, struct handler *ret_handler)
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
    *ret_handler = (struct handler){field[0], field[1], field[2], (field[3] >> 1) + pushed};
    return 1;
}

static int reach_handlers(struct stackdepth *analysis, PyCodeObject *code)
{
    struct handler handler;
    int more;
    for (Py_ssize_t at = 0; (more = next_handler(code, &at, &handler)) > 0;) {
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
    struct shape shape;
    if (unit->depth < 0 || !shape_of(unit->opcode, unit->oparg, &shape)) {
        return false;
    }
    ret_at->depth = unit->depth;
    ret_at->inputs = shape.pops;
    ret_at->owned = !(shape.flags & MOVED);
    ret_at->call = (shape.flags & CALLS) != 0;
    ret_at->test = (shape.flags & TESTS) != 0;
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
    struct shape shape = {0};
    shape_of(unit->opcode, unit->oparg, &shape);
    int next = next_instruction(analysis, position);
    bool news = !(shape.flags & ENDS) && mark(marks, analysis, next);
    if (shape.flags & (FORWARD | BACKWARD)) {
        news |= mark(marks, analysis, shape.flags & FORWARD ? next + unit->oparg : next - unit->oparg);
    }
    return news;
}

static bool mark_handlers(const struct stackdepth *analysis, PyCodeObject *code, bool *marks)
{
    struct handler handler;
    bool news = false;
    for (Py_ssize_t at = 0; next_handler(code, &at, &handler) > 0;) {
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
