/* A symbolic stack: each word is what is known of the value, and the name under which the container was found that it
 * is, or came out of. Depths are those of stackdepth.h. Locals are looked at without order: what a variable is anywhere
 * in the function counts everywhere, so the code is gone through twice. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/fillers.h"

#include "compat/opshape.h"
#include "compat/stackdepth.h"

#include <opcode.h>
#include <string.h>

struct word {
    unsigned values;
    enum filler_where where;
    PyObject *name;   /* borrowed: of the container that it is, or lies in; NULL: none */
    PyObject *method; /* borrowed: it is this method of the container */
    uint64_t from;    /* bit i: made of parameter i; ANYTHING: of more than that */
};

#define ANYTHING UINT64_MAX

struct scan {
    PyCodeObject *code;
    filler_visit visit; /* NULL: the first time */
    void *arg;
    struct word *stack, *locals;
    int n_stack;
    bool outermost; /* not code that is nested in the one asked for */
};

static const struct word unknown = {FILLER_GIVEN, FILLER_ATTRIBUTE, NULL, NULL, ANYTHING};

static PyObject *item_of(PyObject *tuple, int at)
{
    return at >= 0 && at < PyTuple_GET_SIZE(tuple) ? PyTuple_GET_ITEM(tuple, at) : NULL;
}

static bool is_one_of(PyObject *name, const char *const *names)
{
    for (size_t i = 0; name && names[i]; i++) {
        if (PyUnicode_CompareWithASCIIString(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int tell(const struct scan *scan, enum filler_kind kind, const struct word *at, unsigned values)
{
    struct filler_event event = {kind, at->where, at->name, values, false};
    return scan->visit && at->name ? scan->visit(&event, scan->arg) : 0;
}

static struct word named(PyObject *name, enum filler_where where)
{
    return (struct word){FILLER_GIVEN, where, name, NULL, ANYTHING};
}

/* What is put under a key, and made of nothing but that key by an operator, can be made of it again: as good as a
 * call's result. */
static unsigned under_key(const struct word *key, const struct word *value)
{
    bool made = value->values == FILLER_COUNTED && value->from && value->from != ANYTHING && key->from != ANYTHING &&
                !(value->from & ~key->from);
    return made ? FILLER_RESULT : value->values;
}

static struct word *word_at(const struct scan *scan, int depth)
{
    static struct word nowhere; /* never read: depths are within co_stacksize */
    return depth >= 0 && depth < scan->n_stack ? &scan->stack[depth] : &nowhere;
}

/* ---- calls ---- */

static const char *const fillers[] = {"append", "add",        "insert", "appendleft", "extend",
                                      "update", "setdefault", "push",   NULL};
static const char *const readers[] = {"get", "setdefault", "pop", "popitem", NULL};
static const char *const makers[] = {"int",    "str",     "float",     "bool", "bytes", "tuple", "list",
                                     "dict",   "set",     "frozenset", "repr", "len",   "id",    "type",
                                     "sorted", "getattr", "max",       "min",  NULL};

static int scan_call(struct scan *scan, int base, int n_args)
{
    struct word *callee = word_at(scan, base), *other = word_at(scan, base + 1);
    unsigned given = 0;
    uint64_t from = 0;
    for (int i = 0; i < n_args; i++) {
        given |= word_at(scan, base + 2 + i)->values;
        from |= word_at(scan, base + 2 + i)->from;
    }
    unsigned last = n_args == 0   ? FILLER_EMPTY
                    : n_args == 2 ? under_key(word_at(scan, base + 2), word_at(scan, base + 3))
                                  : word_at(scan, base + 1 + n_args)->values;
    struct word result = {FILLER_RESULT, FILLER_ATTRIBUTE, NULL, NULL, ANYTHING};
    struct word *name = other->name && !callee->method ? other : callee; /* where a plain callee lies differs */
    int told = callee->method && is_one_of(callee->method, fillers) ? tell(scan, FILLER_ITEM, callee, last) : 0;
    if (told) {
        return told;
    }
    if (callee->method && is_one_of(callee->method, readers)) {
        result = (struct word){FILLER_FOUND, callee->where, callee->name, NULL, ANYTHING};
        told = tell(scan, FILLER_READ, callee, 0);
    } else if (name->where == FILLER_GLOBAL && !name->method && is_one_of(name->name, makers)) {
        bool made = n_args && from && from != ANYTHING; /* of parameters, as by an operator */
        result.values = n_args == 0 ? FILLER_EMPTY : made ? FILLER_COUNTED : given;
        result.from = n_args == 0 ? 0 : from;
    }
    *word_at(scan, base) = result;
    return told;
}

/* ---- names ---- */

static PyObject *global_name(const struct scan *scan, const struct stackdepth_op *op)
{
    switch (op->opcode) {
    case LOAD_GLOBAL:
        return item_of(scan->code->co_names, op->oparg >> 1);
    case LOAD_NAME:
    case STORE_GLOBAL:
    case STORE_NAME:
        return item_of(scan->code->co_names, op->oparg);
    default:
        return NULL;
    }
}

static PyObject *attribute_name(const struct scan *scan, const struct stackdepth_op *op)
{
    switch (op->opcode) {
    case STORE_ATTR:
        return item_of(scan->code->co_names, op->oparg);
    case LOAD_ATTR:
        return item_of(scan->code->co_names, PY_VERSION_HEX >= 0x030c0000 ? op->oparg >> 1 : op->oparg);
#if PY_VERSION_HEX < 0x030c0000
    case LOAD_METHOD:
        return item_of(scan->code->co_names, op->oparg);
#else
    case LOAD_SUPER_ATTR:
        return item_of(scan->code->co_names, op->oparg >> 2);
#endif
    default:
        return NULL;
    }
}

static bool pushes_method(const struct stackdepth_op *op)
{
#if PY_VERSION_HEX < 0x030c0000
    return op->opcode == LOAD_METHOD;
#else
    return op->opcode == LOAD_ATTR && (op->oparg & 1);
#endif
}

/* An attribute is loaded from the topmost word. As a method it is remembered with its container. */
static int load_attribute(struct scan *scan, const struct stackdepth_op *op, int depth)
{
    struct word name = named(attribute_name(scan, op), FILLER_ATTRIBUTE), from = *word_at(scan, depth - 1);
    bool own = scan->outermost && from.from == 1 && from.values == FILLER_GIVEN && !from.name;
    struct filler_event event = {FILLER_LOAD, FILLER_ATTRIBUTE, name.name, 0, own};
    int told = scan->visit && name.name ? scan->visit(&event, scan->arg) : 0;
    if (told) {
        return told;
    }
    *word_at(scan, depth - 1) = name;
    if (pushes_method(op)) {
        struct word method = {FILLER_GIVEN, from.where, from.name, from.name ? name.name : NULL, ANYTHING};
        *word_at(scan, depth - 1) = from.name ? method : name;
        *word_at(scan, depth) = unknown;
    }
    return 0;
}

/* ---- instructions ---- */

static void load_local(struct scan *scan, int local, int depth)
{
    struct word word = scan->locals[local];
    word.values = word.values ? word.values : FILLER_GIVEN;
    *word_at(scan, depth) = word;
}

static void store_local(struct scan *scan, int local, int depth)
{
    struct word *word = word_at(scan, depth), *to = &scan->locals[local];
    unsigned values = to->values | word->values;
    uint64_t from = to->from | word->from;
    *to = word->name ? *word : *to;
    to->values = values;
    to->from = from;
    to->method = NULL;
}

/* Instructions about locals. True when it was one. */
static bool scan_local(struct scan *scan, const struct stackdepth_op *op, int depth)
{
    switch (op->opcode) {
    case LOAD_FAST:
#if PY_VERSION_HEX >= 0x030c0000
    case LOAD_FAST_CHECK:
    case LOAD_FAST_AND_CLEAR:
#endif
        load_local(scan, op->oparg, depth);
        return true;
    case STORE_FAST:
        store_local(scan, op->oparg, depth - 1);
        return true;
#if PY_VERSION_HEX >= 0x030d0000
    case LOAD_FAST_LOAD_FAST:
        load_local(scan, op->oparg >> 4, depth);
        load_local(scan, op->oparg & 15, depth + 1);
        return true;
    case STORE_FAST_LOAD_FAST:
        store_local(scan, op->oparg >> 4, depth - 1);
        load_local(scan, op->oparg & 15, depth - 1);
        return true;
    case STORE_FAST_STORE_FAST:
        store_local(scan, op->oparg >> 4, depth - 1);
        store_local(scan, op->oparg & 15, depth - 2);
        return true;
#endif
    default:
        return false;
    }
}

static struct word build(struct scan *scan, const struct stackdepth_op *op, int depth, int n)
{
    struct word made = {n ? 0 : FILLER_EMPTY, FILLER_ATTRIBUTE, NULL, NULL, 0};
    (void)op;
    for (int i = 0; i < n; i++) {
        made.values |= word_at(scan, depth - 1 - i)->values;
        made.from |= word_at(scan, depth - 1 - i)->from;
    }
    return made;
}

/* All that is neither a local nor a call. */
static int scan_plain(struct scan *scan, const struct stackdepth_op *op, int depth, const struct opshape *shape)
{
    struct word name = unknown;
    switch (op->opcode) {
    case LOAD_CONST: {
        PyObject *value = item_of(scan->code->co_consts, op->oparg);
        *word_at(scan, depth) =
            (struct word){value == Py_None ? FILLER_EMPTY : FILLER_CONST, FILLER_ATTRIBUTE, NULL, NULL, 0};
        return 0;
    }
    case LOAD_GLOBAL:
    case LOAD_NAME:
        name = named(global_name(scan, op), FILLER_GLOBAL);
        *word_at(scan, depth) = unknown; /* a NULL may stand beside it, before or behind */
        *word_at(scan, depth + shape->pushes - 1) = name;
        if (PY_VERSION_HEX >= 0x030d0000 && shape->pushes == 2) {
            *word_at(scan, depth) = name;
            *word_at(scan, depth + 1) = unknown;
        }
        return tell(scan, FILLER_LOAD, &name, 0);
    case LOAD_DEREF:
        name = named(item_of(scan->code->co_localsplusnames, op->oparg), FILLER_VARIABLE);
        *word_at(scan, depth) = name;
        return tell(scan, FILLER_LOAD, &name, 0);
    case STORE_GLOBAL:
    case STORE_NAME:
        name = named(global_name(scan, op), FILLER_GLOBAL);
        return tell(scan, FILLER_STORE, &name, word_at(scan, depth - 1)->values);
    case STORE_DEREF:
        name = named(item_of(scan->code->co_localsplusnames, op->oparg), FILLER_VARIABLE);
        return tell(scan, FILLER_STORE, &name, word_at(scan, depth - 1)->values);
    case STORE_ATTR:
        name = named(attribute_name(scan, op), FILLER_ATTRIBUTE);
        return tell(scan, FILLER_STORE, &name, word_at(scan, depth - 2)->values);
    case STORE_SUBSCR:
        return tell(scan, FILLER_ITEM, word_at(scan, depth - 2),
                    under_key(word_at(scan, depth - 1), word_at(scan, depth - 3)));
    case BINARY_SUBSCR:
        name = *word_at(scan, depth - 2);
        *word_at(scan, depth - 2) = (struct word){FILLER_FOUND, name.where, name.name, NULL, ANYTHING};
        return tell(scan, FILLER_READ, &name, 0);
    case BINARY_OP: {
        /* fib(n - 1) + fib(n - 2) is as much a result as its operands are; what was found in a table, plus one, is not
         */
        struct word *right = word_at(scan, depth - 1), *left = word_at(scan, depth - 2);
        bool results = right->values == FILLER_RESULT && left->values == FILLER_RESULT;
        *left = (struct word){results ? FILLER_RESULT : FILLER_COUNTED, FILLER_ATTRIBUTE, NULL, NULL,
                              left->from | right->from};
        return 0;
    }
    case BUILD_STRING:
        name = build(scan, op, depth, shape->pops);
        name.values = FILLER_COUNTED;
        *word_at(scan, depth - shape->pops) = name;
        return 0;
    case BUILD_LIST:
    case BUILD_SET:
    case BUILD_TUPLE:
    case BUILD_MAP:
        *word_at(scan, depth - shape->pops) = build(scan, op, depth, shape->pops);
        return 0;
    case COPY:
        *word_at(scan, depth) = *word_at(scan, depth - op->oparg);
        return 0;
    case SWAP: {
        struct word *top = word_at(scan, depth - 1), *below = word_at(scan, depth - op->oparg), kept = *top;
        *top = *below;
        *below = kept;
        return 0;
    }
    default:
        break;
    }
    for (int i = 0; i < shape->pushes && shape->pops != shape->pushes; i++) {
        *word_at(scan, depth - shape->pops + i) = unknown;
    }
    return 0;
}

static int scan_op(struct scan *scan, const struct stackdepth_op *op, int depth)
{
    struct opshape shape;
    if (scan_local(scan, op, depth) || !opshape_of(op->opcode, op->oparg, &shape)) {
        return 0;
    }
    if (attribute_name(scan, op) && op->opcode != STORE_ATTR) {
#if PY_VERSION_HEX >= 0x030c0000
        if (op->opcode == LOAD_SUPER_ATTR) {
            struct word name = named(attribute_name(scan, op), FILLER_ATTRIBUTE);
            *word_at(scan, depth - shape.pops) = unknown;
            return tell(scan, FILLER_LOAD, &name, 0);
        }
#endif
        return load_attribute(scan, op, depth);
    }
    if (op->opcode == CALL) {
        return scan_call(scan, depth - op->oparg - 2, op->oparg);
    }
#if PY_VERSION_HEX >= 0x030d0000
    if (op->opcode == CALL_KW) {
        return scan_call(scan, depth - op->oparg - 3, op->oparg);
    }
#endif
    if (op->opcode == CALL_FUNCTION_EX) {
        *word_at(scan, depth - shape.pops) = (struct word){FILLER_RESULT, FILLER_ATTRIBUTE, NULL, NULL, ANYTHING};
        return 0;
    }
#if PY_VERSION_HEX < 0x030c0000
    if (op->opcode == PRECALL) {
        return 0;
    }
#endif
    return scan_plain(scan, op, depth, &shape);
}

static int scan_once(struct scan *scan, const struct stackdepth *analysis)
{
    struct stackdepth_op op;
    struct stackdepth_at at;
    int result = 0;
    for (int next = 0; result == 0 && stackdepth_next(analysis, &next, &op);) {
        result = stackdepth_find(analysis, op.position, &at) ? scan_op(scan, &op, at.depth) : 0;
    }
    return result;
}

/* What is known of parameters: which are containers when nobody gives another one. 0 or -1. */
static int begin_parameters(struct scan *scan, PyObject *kept)
{
    int n = scan->code->co_argcount + scan->code->co_kwonlyargcount;
    for (int i = 0; i < n; i++) {
        PyObject *name = item_of(scan->code->co_localsplusnames, i);
        int wanted = kept ? PySet_Contains(kept, name) : 0;
        if (wanted < 0) {
            return -1;
        }
        scan->locals[i].from = i < 63 ? (uint64_t)1 << i : ANYTHING;
        scan->locals[i] = wanted ? named(name, FILLER_VARIABLE) : scan->locals[i];
    }
    return 0;
}

static int scan_one(PyCodeObject *code, PyObject *kept, bool outermost, filler_visit visit, void *arg)
{
    struct stackdepth *analysis = stackdepth_new(code);
    if (!analysis) {
        bool unknown_code = PyErr_ExceptionMatches(PyExc_ValueError);
        if (unknown_code) {
            PyErr_Clear();
        }
        return unknown_code ? 0 : -1;
    }
    int n_stack = code->co_stacksize + 4;
    struct word *words = PyMem_Calloc((size_t)(n_stack + code->co_nlocalsplus + 1), sizeof *words);
    struct scan scan = {code, NULL, arg, words, words ? words + n_stack : NULL, n_stack, outermost};
    int result = !words ? (PyErr_NoMemory(), -1) : begin_parameters(&scan, kept) < 0 ? -1 : scan_once(&scan, analysis);
    scan.visit = visit;
    result = result == 0 ? scan_once(&scan, analysis) : result;
    PyMem_Free(words);
    stackdepth_free(analysis);
    return result;
}

static int scan_all(PyCodeObject *code, PyObject *kept, bool outermost, filler_visit visit, void *arg)
{
    int result = scan_one(code, kept, outermost, visit, arg);
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        result = PyCode_Check(constant) ? scan_all((PyCodeObject *)constant, NULL, false, visit, arg) : 0;
    }
    return result;
}

int fillers_scan(PyCodeObject *code, PyObject *kept, filler_visit visit, void *arg)
{
    return scan_all(code, kept, true, visit, arg);
}
