/* Opcodes: what each takes from the value stack and puts on it.
 *
 * One table with the opcodes of the version that is compiled for, read out of CPython's Python/bytecodes.c (3.11:
 * Python/ceval.c); what is not linear in the argument is in special_shape.
 * Must not be completed by guessing: an opcode that is not here is unknown. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/opshape.h"

#include <opcode.h>
#include <stdint.h>

enum {
    KNOWN = 1,     /* tells an entry of the table from none */
    SPECIAL = 128, /* special_shape knows more */
    MOVED = OPSHAPE_MOVED,
    FORWARD = OPSHAPE_FORWARD,
    BACKWARD = OPSHAPE_BACKWARD,
    ENDS = OPSHAPE_ENDS,
    CALLS = OPSHAPE_CALLS,
    TESTS = OPSHAPE_TESTS,
};

/* pops + pops_arg * oparg words are consumed, pushes + pushes_arg * oparg appear. What is only looked at (the list of a
 * LIST_APPEND) is not consumed, except where the interpreter drops its own copy afterwards (the iterator of FOR_ITER).
 */
struct op {
    int8_t pops, pops_arg, pushes, pushes_arg;
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
static void special_shape(int opcode, int oparg, struct opshape *shape)
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

bool opshape_of(int opcode, int oparg, struct opshape *shape)
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
