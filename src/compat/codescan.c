/* Reads bytecode as sentences: "load global f, load two values, call with 2".
 *
 * Idea: the callee of a call is the word below its arguments; whoever pushed the words from that depth on is found by
 * the depths that stackdepth knows. Invariant: a doubtful sentence is left out, so every event is true of the code.
 * Must not be used to prove that a code does *not* use something. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/codescan.h"

#include <opcode.h>

#include "compat/codescan_parts.h"

PyObject *codescan_name(const struct codescan *scan, int index)
{
    PyObject *names = scan->code->co_names;
    return index >= 0 && index < PyTuple_GET_SIZE(names) ? PyTuple_GET_ITEM(names, index) : NULL;
}

PyObject *codescan_global(const struct codescan *scan, const struct stackdepth_op *op)
{
    switch (op->opcode) {
    case LOAD_GLOBAL:
        return codescan_name(scan, op->oparg >> 1);
    case LOAD_NAME:
#if PY_VERSION_HEX >= 0x030c0000
    case LOAD_FROM_DICT_OR_GLOBALS:
#endif
        return codescan_name(scan, op->oparg);
    default:
        return NULL;
    }
}

/* Does it leave the first argument on top of the stack? */
static bool loads_self(const struct codescan *scan, const struct stackdepth_op *op)
{
    if (scan->code->co_argcount == 0) {
        return false;
    }
    switch (op->opcode) {
    case LOAD_FAST:
    case LOAD_DEREF:
#if PY_VERSION_HEX >= 0x030c0000
    case LOAD_FAST_CHECK:
#endif
        return op->oparg == 0;
#if PY_VERSION_HEX >= 0x030d0000
    case LOAD_FAST_LOAD_FAST:
        return (op->oparg & 15) == 0;
#endif
    default:
        return false;
    }
}

PyObject *codescan_attribute(const struct codescan *scan, const struct stackdepth_op *op)
{
    if (op->opcode == LOAD_ATTR) {
        return codescan_name(scan, PY_VERSION_HEX >= 0x030c0000 ? op->oparg >> 1 : op->oparg);
    }
#if PY_VERSION_HEX < 0x030c0000
    if (op->opcode == LOAD_METHOD) {
        return codescan_name(scan, op->oparg);
    }
#endif
    return NULL;
}

static PyObject *constant_tuple(const struct codescan *scan, int index)
{
    PyObject *constants = scan->code->co_consts;
    PyObject *value = index >= 0 && index < PyTuple_GET_SIZE(constants) ? PyTuple_GET_ITEM(constants, index) : NULL;
    return value != NULL && PyTuple_CheckExact(value) ? value : NULL;
}

/* Stands before a call and does not take the callee, though it may seem to. */
static bool belongs_to_call(int opcode)
{
#if PY_VERSION_HEX < 0x030c0000
    return opcode == PRECALL || opcode == KW_NAMES;
#elif PY_VERSION_HEX < 0x030d0000
    return opcode == KW_NAMES;
#else
    return opcode == PUSH_NULL; /* right above the callee */
#endif
}

/* The names of keyword arguments: 3.11 and 3.12 have them in an instruction of its own, 3.13 on the stack. */
static PyObject *keywords_of(const struct codescan *scan, const struct stackdepth_op *op)
{
#if PY_VERSION_HEX < 0x030d0000
    return op->opcode == KW_NAMES ? constant_tuple(scan, op->oparg) : NULL;
#else
    return op->opcode == LOAD_CONST ? constant_tuple(scan, op->oparg) : NULL;
#endif
}

static bool is_call(int opcode, bool *ret_keywords)
{
#if PY_VERSION_HEX >= 0x030d0000
    *ret_keywords = opcode == CALL_KW;
    return opcode == CALL || opcode == CALL_KW;
#else
    *ret_keywords = true; /* if there are names at all */
    return opcode == CALL;
#endif
}

/* The call whose callee was pushed at depth `base` by the instruction before `position`: fills in its arguments. */
bool codescan_find_call(const struct codescan *scan, int position, int base, struct codescan_event *event)
{
    struct stackdepth_op op;
    struct stackdepth_at at;
    PyObject *keywords = NULL;
    while (stackdepth_next(scan->analysis, &position, &op) && stackdepth_find(scan->analysis, op.position, &at) &&
           at.depth > base) {
        bool with_keywords;
        if (is_call(op.opcode, &with_keywords) && at.depth - at.inputs == base) {
            event->keywords = with_keywords ? keywords : NULL;
            event->n_positional = op.oparg - (event->keywords ? (int)PyTuple_GET_SIZE(event->keywords) : 0);
            return event->n_positional >= 0 && (event->keywords != NULL || op.opcode == CALL);
        }
        /* the callee is in one of the two words from base on */
        bool takes_callee = at.depth - at.inputs <= base + 1 || (op.opcode == SWAP && at.depth - op.oparg <= base + 1);
        if (takes_callee && !belongs_to_call(op.opcode)) {
            return false;
        }
        PyObject *found = keywords_of(scan, &op);
        if (found != NULL || !belongs_to_call(op.opcode)) {
            keywords = found;
        }
    }
    return false;
}

static int tell(const struct codescan *scan, struct codescan_event event, enum codescan_kind kind)
{
    event.kind = kind;
    return scan->visit(&event, scan->arg);
}

/* Does this instruction prepare a call of what it loads? (Otherwise a call that follows may be a decorator's, which has
 * one argument more than it says.) `next`: position behind it. */
bool codescan_prepares_call(const struct codescan *scan, const struct stackdepth_op *op, int next)
{
    switch (op->opcode) {
    case LOAD_GLOBAL:
        if (op->oparg & 1) {
            return true;
        }
        break;
#if PY_VERSION_HEX < 0x030c0000
    case LOAD_METHOD:
        return true;
#else
    case LOAD_ATTR:
        if (op->oparg & 1) {
            return true;
        }
        break;
#endif
    default:
        break;
    }
    struct stackdepth_op after;
    return PY_VERSION_HEX >= 0x030d0000 && stackdepth_next(scan->analysis, &next, &after) && after.opcode == PUSH_NULL;
}

/* An object (a global or the first argument) has just been pushed at depth `base` by `loader`: what is done with it? */
static int follow_object(const struct codescan *scan, const struct stackdepth_op *loader, int position, int base,
                         struct codescan_event event)
{
    bool self = event.name == NULL;
    struct stackdepth_op op;
    int next = position;
    if (!stackdepth_next(scan->analysis, &next, &op)) {
        return 0;
    }
    event.attribute = codescan_attribute(scan, &op);
    if (event.attribute != NULL) {
        int result = tell(scan, event, self ? CODESCAN_SELF_ATTR : CODESCAN_GLOBAL_ATTR);
        if (result != 0 || !self || !codescan_prepares_call(scan, &op, next) ||
            !codescan_find_call(scan, next, base, &event)) {
            return result;
        }
        return tell(scan, event, CODESCAN_SELF_CALL);
    }
    if (!self && codescan_prepares_call(scan, loader, position) && codescan_find_call(scan, position, base, &event)) {
        return tell(scan, event, CODESCAN_GLOBAL_CALL);
    }
    return 0;
}

static int look_at(const struct codescan *scan, const struct stackdepth_op *op, int next)
{
    struct codescan_event event = {.name = codescan_global(scan, op)};
    struct stackdepth_at at;
    if (!stackdepth_find(scan->analysis, op->position, &at)) {
        return 0;
    }
    if (event.name != NULL) {
        int result = tell(scan, event, CODESCAN_GLOBAL);
        return result != 0 ? result : follow_object(scan, op, next, at.depth - at.inputs, event);
    }
    if (!loads_self(scan, op)) {
        return 0;
    }
#if PY_VERSION_HEX >= 0x030d0000
    int base = at.depth + (op->opcode == LOAD_FAST_LOAD_FAST);
#else
    int base = at.depth;
#endif
    return follow_object(scan, op, next, base, event);
}

int codescan(PyCodeObject *code, int from, codescan_visit visit, void *arg)
{
    struct stackdepth *analysis = stackdepth_new(code);
    bool *marks = analysis != NULL ? PyMem_Calloc((size_t)stackdepth_size(analysis), sizeof(bool)) : NULL;
    int result = 0;
    if (marks == NULL) {
        stackdepth_free(analysis);
        if (!PyErr_Occurred()) {
            PyErr_NoMemory();
        }
        return -1;
    }
    stackdepth_mark_reachable(analysis, code, from, marks);
    struct codescan scan = {code, analysis, marks, visit, arg};
    struct stackdepth_op op;
    for (int next = 0; result == 0 && stackdepth_next(analysis, &next, &op);) {
        result = marks[op.position] ? look_at(&scan, &op, next) : 0;
    }
    PyMem_Free(marks);
    stackdepth_free(analysis);
    return result;
}
