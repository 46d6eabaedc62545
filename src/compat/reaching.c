/* Each word is what is known of the value. Locals are looked at without order: a variable is the least of what is put
 * there anywhere in the function, so the code is gone through until nothing changes. Depths are those of stackdepth.h.
 *
 * Invariant: what an instruction leaves that is not listed here is REACHING_UNKNOWN, and may be neither called nor
 * changed. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/reaching.h"

#include "compat/opshape.h"
#include "compat/stackdepth.h"

#include <opcode.h>
#include <string.h>

enum kind { PLAIN, NOTHING /* the NULL beside a callee */, METHOD, NUMBER, FUNCTION };

struct word {
    enum reaching_value value; /* of a METHOD: of its receiver */
    enum kind kind;
    PyObject *name;   /* borrowed: the attribute that it is, with the receiver's value in `value` */
    PyObject *global; /* borrowed: the global that it is, or whose attribute it is */
};

struct scan {
    PyCodeObject *code;
    reaching_visit visit;
    void *arg;
    struct word *stack;
    enum reaching_value *locals;
    int n_stack;
    bool *joins;          /* by position */
    bool nested, changed; /* changed: a local is less than it seemed */
};

static const struct word unknown = {REACHING_UNKNOWN, PLAIN, NULL, NULL};
static const struct word made = {REACHING_MADE, PLAIN, NULL, NULL};
static const struct word nothing = {REACHING_UNKNOWN, NOTHING, NULL, NULL};

static PyObject *item_of(PyObject *tuple, int at)
{
    return at >= 0 && at < PyTuple_GET_SIZE(tuple) ? PyTuple_GET_ITEM(tuple, at) : NULL;
}

static struct word get(const struct scan *scan, int depth)
{
    return depth >= 0 && depth < scan->n_stack ? scan->stack[depth] : unknown;
}

static void set(struct scan *scan, int depth, struct word word)
{
    if (depth >= 0 && depth < scan->n_stack) {
        scan->stack[depth] = word;
    }
}

/* What a word is as a value; a method that was loaded is not one that was called. */
static enum reaching_value value_of(struct word word)
{
    return word.name ? (word.value == REACHING_SELF ? REACHING_GIVEN : REACHING_UNKNOWN) : word.value;
}

static struct word local(const struct scan *scan, int at)
{
    struct word word = unknown;
    word.value = at < scan->code->co_nlocalsplus ? scan->locals[at] : REACHING_UNKNOWN;
    return word;
}

static void store(struct scan *scan, int at, struct word word)
{
    if (at < scan->code->co_nlocalsplus && value_of(word) < scan->locals[at]) {
        scan->locals[at] = value_of(word);
        scan->changed = true;
    }
}

/* ---- calls ---- */

/* The callee lies in one of two words, by version and kind of the call. What it gives is left in *ret_result. */
static int scan_call(const struct scan *scan, int base, struct word *ret_result)
{
    struct word callee = get(scan, base).kind == NOTHING ? get(scan, base + 1) : get(scan, base);
    *ret_result = unknown;
    if (callee.kind == FUNCTION) {
        ret_result->value = REACHING_GIVEN; /* its code is read */
        return 0;
    }
    if (!callee.name && !callee.global) {
        return 1;
    }
    struct reaching_call call = {callee.name, callee.global, callee.value, false, REACHING_GIVEN};
    int reaches = scan->visit(&call, scan->arg);
    ret_result->value = call.ret_value;
    return reaches;
}

/* The instructions that call. 1, 0, -1, or 2: it is none. */
static int scan_calling(struct scan *scan, const struct stackdepth_op *op, int depth, const struct opshape *shape)
{
    struct word result;
    int base;
    switch (op->opcode) {
    case CALL:
        base = depth - op->oparg - 2;
        break;
#if PY_VERSION_HEX >= 0x030d0000
    case CALL_KW:
        base = depth - op->oparg - 3;
        break;
#endif
    case CALL_FUNCTION_EX:
        base = depth - shape->pops;
        break;
    case BEFORE_WITH:
    case LOAD_BUILD_CLASS:
    case DELETE_GLOBAL:
    case DELETE_NAME:
        return 1;
    default:
        return 2;
    }
    int reaches = scan_call(scan, base, &result);
    set(scan, base, result);
    return reaches;
}

/* ---- what is changed ---- */

/* An operator that may change its left side. Of a number it makes another one. */
static bool changes_left(const struct scan *scan, const struct stackdepth_op *op, int depth)
{
    struct word left = get(scan, depth - 2), right = get(scan, depth - 1);
    return op->oparg >= NB_INPLACE_ADD && left.kind != NUMBER && right.kind != NUMBER &&
           value_of(left) != REACHING_MADE;
}

/* Does the instruction change what was not made here? */
static bool changes(const struct scan *scan, const struct stackdepth_op *op, int depth)
{
    switch (op->opcode) {
    case STORE_SUBSCR:
    case DELETE_SUBSCR:
        return value_of(get(scan, depth - 2)) != REACHING_MADE;
#if PY_VERSION_HEX >= 0x030c0000
    case STORE_SLICE:
        return value_of(get(scan, depth - 3)) != REACHING_MADE;
#endif
    case STORE_ATTR:
    case DELETE_ATTR:
        return value_of(get(scan, depth - 1)) != REACHING_SELF;
    case BINARY_OP:
        return changes_left(scan, op, depth);
    default:
        return false;
    }
}

/* ---- names and locals ---- */

static bool scan_local(struct scan *scan, const struct stackdepth_op *op, int depth)
{
    switch (op->opcode) {
    case LOAD_FAST:
#if PY_VERSION_HEX >= 0x030c0000
    case LOAD_FAST_CHECK:
    case LOAD_FAST_AND_CLEAR:
#endif
        set(scan, depth, local(scan, op->oparg));
        return true;
    case STORE_FAST:
        store(scan, op->oparg, get(scan, depth - 1));
        return true;
#if PY_VERSION_HEX >= 0x030d0000
    case LOAD_FAST_LOAD_FAST:
        set(scan, depth, local(scan, op->oparg >> 4));
        set(scan, depth + 1, local(scan, op->oparg & 15));
        return true;
    case STORE_FAST_LOAD_FAST:
        store(scan, op->oparg >> 4, get(scan, depth - 1));
        set(scan, depth - 1, local(scan, op->oparg & 15));
        return true;
    case STORE_FAST_STORE_FAST:
        store(scan, op->oparg >> 4, get(scan, depth - 1));
        store(scan, op->oparg & 15, get(scan, depth - 2));
        return true;
#endif
    case LOAD_DEREF: {
        struct word word = local(scan, op->oparg); /* self and the arguments, too, where functions inside use them */
        bool free = op->oparg >= scan->code->co_nlocalsplus - scan->code->co_nfreevars;
        word.value = free ? REACHING_GIVEN : word.value;
        set(scan, depth, word);
        return true;
    }
    case STORE_DEREF:
        store(scan, op->oparg, get(scan, depth - 1));
        return true;
    default:
        return false;
    }
}

static struct word attribute_of(struct word from, PyObject *name)
{
    struct word word = {value_of(from), METHOD, name, from.name ? NULL : from.global};
    bool class = name && PyUnicode_CompareWithASCIIString(name, "__class__") == 0;
    return class && word.value == REACHING_SELF ? (struct word){REACHING_GIVEN, PLAIN, NULL, NULL} : word;
}

/* An attribute that is loaded as a value: a method may be handed on, to code that calls it. 1, 0, -1. */
static int scan_loaded(const struct scan *scan, const struct stackdepth_op *op, int depth)
{
    if (op->opcode != LOAD_ATTR || (PY_VERSION_HEX >= 0x030c0000 && (op->oparg & 1))) {
        return 0;
    }
    PyObject *name = item_of(scan->code->co_names, PY_VERSION_HEX >= 0x030c0000 ? op->oparg >> 1 : op->oparg);
    struct word from = get(scan, depth - 1);
    struct reaching_call call = {name, from.name ? NULL : from.global, value_of(from), true, REACHING_GIVEN};
    return name ? scan->visit(&call, scan->arg) : 1;
}

/* Instructions that load something by its name. */
static bool scan_name(struct scan *scan, const struct stackdepth_op *op, int depth, const struct opshape *shape)
{
    PyObject *names = scan->code->co_names;
    struct word word;
    switch (op->opcode) {
    case LOAD_GLOBAL:
        word = (struct word){REACHING_GLOBAL, PLAIN, NULL, item_of(names, op->oparg >> 1)};
        if (shape->pushes == 2) { /* a NULL beside it, before or behind */
            set(scan, depth, PY_VERSION_HEX >= 0x030d0000 ? word : nothing);
            set(scan, depth + 1, PY_VERSION_HEX >= 0x030d0000 ? nothing : word);
        } else {
            set(scan, depth, word);
        }
        return true;
    case LOAD_ATTR:
        word = attribute_of(get(scan, depth - 1),
                            item_of(names, PY_VERSION_HEX >= 0x030c0000 ? op->oparg >> 1 : op->oparg));
        set(scan, depth - 1, word);
        set(scan, depth, unknown);
        return true;
#if PY_VERSION_HEX < 0x030c0000
    case LOAD_METHOD:
        set(scan, depth - 1, attribute_of(get(scan, depth - 1), item_of(names, op->oparg)));
        set(scan, depth, unknown);
        return true;
#else
    case LOAD_SUPER_ATTR:
        set(scan, depth - 3, (struct word){REACHING_SELF, METHOD, item_of(names, op->oparg >> 2), NULL});
        set(scan, depth - 2, unknown);
        return true;
#endif
    default:
        return false;
    }
}

static bool is_number(PyObject *value)
{
    return value && (PyLong_Check(value) || PyFloat_CheckExact(value));
}

/* All that neither calls nor names anything. */
static void scan_plain(struct scan *scan, const struct stackdepth_op *op, int depth, const struct opshape *shape)
{
    struct word word = made;
    switch (op->opcode) {
    case LOAD_CONST:
        word.kind = is_number(item_of(scan->code->co_consts, op->oparg)) ? NUMBER : PLAIN;
        set(scan, depth, word);
        return;
    case PUSH_NULL:
        set(scan, depth, nothing);
        return;
    case MAKE_FUNCTION:
        set(scan, depth - shape->pops, (struct word){REACHING_GIVEN, FUNCTION, NULL, NULL});
        return;
    case BUILD_LIST:
    case BUILD_SET:
    case BUILD_TUPLE:
    case BUILD_MAP:
    case BUILD_STRING:
    case BUILD_CONST_KEY_MAP:
#if PY_VERSION_HEX >= 0x030d0000
    case FORMAT_SIMPLE:
    case FORMAT_WITH_SPEC:
#else
    case FORMAT_VALUE:
#endif
        set(scan, depth - shape->pops, made);
        return;
    case COPY:
        set(scan, depth, get(scan, depth - op->oparg));
        return;
    case SWAP:
        word = get(scan, depth - 1);
        set(scan, depth - 1, get(scan, depth - op->oparg));
        set(scan, depth - op->oparg, word);
        return;
#if PY_VERSION_HEX >= 0x030d0000
    case TO_BOOL:
#endif
    case LIST_APPEND: /* and the like: what is below stays what it is */
    case SET_ADD:
    case MAP_ADD:
    case LIST_EXTEND:
    case SET_UPDATE:
    case DICT_UPDATE:
    case DICT_MERGE:
        return;
    default:
        break;
    }
    for (int i = 0; i < shape->pushes; i++) {
        set(scan, depth - shape->pops + i, unknown);
    }
}

static int scan_op(struct scan *scan, const struct stackdepth_op *op, int depth)
{
    struct opshape shape;
    if (scan_local(scan, op, depth)) {
        return 0;
    }
    if (!opshape_of(op->opcode, op->oparg, &shape) || changes(scan, op, depth)) {
        return 1;
    }
#if PY_VERSION_HEX < 0x030c0000
    if (op->opcode == PRECALL) {
        return 0;
    }
#endif
    int called = scan_calling(scan, op, depth, &shape);
    if (called != 2) {
        return called;
    }
    int reaches = scan_loaded(scan, op, depth);
    if (!scan_name(scan, op, depth, &shape)) {
        scan_plain(scan, op, depth, &shape);
    }
    return reaches;
}

/* ---- all of a code ---- */

static void begin_locals(struct scan *scan)
{
    PyCodeObject *code = scan->code;
    int spread = ((code->co_flags & CO_VARARGS) != 0) + ((code->co_flags & CO_VARKEYWORDS) != 0);
    int n = code->co_argcount + code->co_kwonlyargcount + spread;
    for (int i = 0; i < code->co_nlocalsplus; i++) {
        scan->locals[i] = i >= n ? REACHING_MADE : scan->nested ? REACHING_UNKNOWN : REACHING_GIVEN;
    }
    if (!scan->nested && code->co_argcount) {
        scan->locals[0] = REACHING_SELF;
    }
}

static int scan_once(struct scan *scan, const struct stackdepth *analysis)
{
    struct stackdepth_op op;
    struct stackdepth_at at;
    int result = 0;
    scan->changed = false;
    for (int next = 0; result == 0 && stackdepth_next(analysis, &next, &op);) {
        if (!stackdepth_find(analysis, op.position, &at)) {
            continue;
        }
        if (scan->joins[op.position]) {
            set(scan, at.depth - 1, unknown);
        }
        result = scan_op(scan, &op, at.depth);
    }
    return result;
}

/* Where ways join: what they leave on top may be this or that. 0 or -1. */
static int find_joins(struct scan *scan, const struct stackdepth *analysis)
{
    struct stackdepth_op op;
    int size = stackdepth_size(analysis);
    scan->joins = PyMem_Calloc((size_t)size + 1, sizeof *scan->joins);
    for (int next = 0; scan->joins && stackdepth_next(analysis, &next, &op);) {
        int target = stackdepth_target(analysis, op.position);
        if (target >= 0 && target < size) {
            scan->joins[target] = true;
        }
    }
    return scan->joins ? 0 : -1;
}

static int scan_one(struct scan *scan)
{
    struct stackdepth *analysis = stackdepth_new(scan->code);
    if (!analysis) {
        bool unknown_code = PyErr_ExceptionMatches(PyExc_ValueError);
        if (unknown_code) {
            PyErr_Clear();
        }
        return unknown_code ? 1 : -1;
    }
    scan->n_stack = scan->code->co_stacksize + 4;
    scan->stack = PyMem_Calloc((size_t)scan->n_stack, sizeof *scan->stack);
    scan->locals = PyMem_Calloc((size_t)scan->code->co_nlocalsplus + 1, sizeof *scan->locals);
    int result = scan->stack && scan->locals && find_joins(scan, analysis) == 0 ? 0 : (PyErr_NoMemory(), -1);
    if (result == 0) {
        begin_locals(scan);
        do {
            result = scan_once(scan, analysis);
        } while (result == 0 && scan->changed);
    }
    PyMem_Free(scan->stack);
    PyMem_Free(scan->locals);
    PyMem_Free(scan->joins);
    stackdepth_free(analysis);
    return result;
}

static int scan_all(PyCodeObject *code, bool nested, reaching_visit visit, void *arg)
{
    struct scan scan = {.code = code, .visit = visit, .arg = arg, .nested = nested};
    int result = scan_one(&scan);
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        result = PyCode_Check(constant) ? scan_all((PyCodeObject *)constant, true, visit, arg) : 0;
    }
    return result;
}

int reaching_scan(PyCodeObject *code, reaching_visit visit, void *arg)
{
    return scan_all(code, false, visit, arg);
}
