/* A symbolic stack: each word is what is known of the value, the name under which the container was found that it is,
 * or came out of, and which arguments it was made of (origins.h), by whatever calls, operators and attributes. Depths
 * are those of stackdepth.h. Locals are looked at without order: what a variable is anywhere in the function counts
 * everywhere, so the code is gone through twice. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/fillers.h"

#include "compat/opshape.h"
#include "compat/origins.h"
#include "compat/stackdepth.h"

#include <opcode.h>
#include <string.h>

struct word {
    unsigned values;
    enum filler_where where;
    PyObject *name;     /* borrowed: of the container that it is, or lies in; NULL: none */
    PyObject *method;   /* borrowed: it is this method of the container */
    uint64_t from;      /* bit i: made of parameter i by operators alone; ANYTHING: of more than that */
    origin_set of;      /* made of these, in any way */
    int local;          /* it is what this local has, plus one; 0: none */
    PyObject *constant; /* borrowed: it is this; NULL: nobody knows what it is */
};

#define ANYTHING UINT64_MAX

/* Where a jump from before leads to, with a word on the stack: it may be that one as well. */
struct joint {
    int position;
    origin_set of;
};

#define MOST_JOINTS 16

struct scan {
    PyCodeObject *code;
    const struct scan *outer; /* the function that code is nested in, or NULL */
    filler_visit visit;       /* NULL: the first time */
    void *arg;
    struct word *stack, *locals;
    int n_stack;
    bool has_self; /* its first parameter is a method's */
    struct origins origins;
    struct joint joints[MOST_JOINTS]; /* a ring */
    int n_joints;
};

static const struct word unknown = {.values = FILLER_GIVEN, .from = ANYTHING};

/* Nothing is known of it but what it was made of. */
static struct word made_of(unsigned values, origin_set of)
{
    return (struct word){.values = values, .from = ANYTHING, .of = of};
}

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

/* Something is put into a container, or bound to a name: nothing then, as a key. */
static int tell_put(const struct scan *scan, enum filler_kind kind, const struct word *at, const struct word *key,
                    const struct word *value, unsigned values)
{
    origin_set closure = at->where == FILLER_VARIABLE ? origins_outer(&scan->origins) : 0;
    bool known = origins_known_from(&scan->origins, value->of, key ? key->of : 0, at->of | closure);
    return tell(scan, kind, at, values | (known ? 0 : FILLER_CALLER));
}

static struct word named(PyObject *name, enum filler_where where)
{
    return (struct word){.values = FILLER_GIVEN, .where = where, .name = name, .from = ANYTHING};
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

static int n_parameters(PyCodeObject *code)
{
    int rest = !!(code->co_flags & CO_VARARGS) + !!(code->co_flags & CO_VARKEYWORDS);
    return code->co_argcount + code->co_kwonlyargcount + rest;
}

/* What was put into something that only a local variable has is part of that from then on. */
static void put_into(struct scan *scan, const struct word *container, origin_set of)
{
    if (container->local > n_parameters(scan->code) && !container->name) {
        scan->locals[container->local - 1].of |= of;
    }
}

/* What a call is made of: what is called, and all that it is given. A method of one's own that is given something is
 * code, as a function is. */
static origin_set origins_of_call(struct scan *scan, int base, int n_args)
{
    origin_set of = 0;
    for (int i = 0; i < n_args + 2; i++) {
        const struct word *word = word_at(scan, base + i);
        bool code = i < 2 && n_args > 0 && scan->has_self && word->of == 1;
        of |= code ? 0 : word->of;
    }
    return of;
}

/* A method of a container that puts something into it. */
static int scan_filling(struct scan *scan, int base, int n_args, const struct word *callee)
{
    const struct word *last = n_args ? word_at(scan, base + 1 + n_args) : NULL, *first = word_at(scan, base + 2);
    static const struct word nothing = {.values = FILLER_EMPTY};
    bool keyed = n_args == 2 && PyUnicode_CompareWithASCIIString(callee->method, "setdefault") == 0;
    put_into(scan, callee, last ? last->of : 0);
    last = last ? last : &nothing;
    return tell_put(scan, FILLER_ITEM, callee, keyed ? first : NULL, last,
                    n_args == 2 ? under_key(first, last) : last->values);
}

static int scan_call(struct scan *scan, int base, int n_args)
{
    struct word *callee = word_at(scan, base), *other = word_at(scan, base + 1);
    unsigned given = 0;
    uint64_t from = 0;
    for (int i = 0; i < n_args; i++) {
        given |= word_at(scan, base + 2 + i)->values;
        from |= word_at(scan, base + 2 + i)->from;
    }
    struct word result = made_of(FILLER_RESULT, origins_of_call(scan, base, n_args));
    struct word *name = other->name && !callee->method ? other : callee; /* where a plain callee lies differs */
    int told = callee->method && is_one_of(callee->method, fillers) ? scan_filling(scan, base, n_args, callee) : 0;
    if (told) {
        return told;
    }
    if (callee->method && callee->name && is_one_of(callee->method, readers)) {
        result.values = FILLER_FOUND;
        result.where = callee->where;
        result.name = callee->name;
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
    bool own = !scan->outer && from.from == 1 && from.values == FILLER_GIVEN && !from.name;
    struct filler_event event = {FILLER_LOAD, FILLER_ATTRIBUTE, name.name, 0, own};
    int told = scan->visit && name.name ? scan->visit(&event, scan->arg) : 0;
    if (told) {
        return told;
    }
    name.of = origins_part(&scan->origins, from.of, name.name, 0);
    *word_at(scan, depth - 1) = name;
    if (pushes_method(op)) {
        struct word method = from; /* with what it is called on */
        method.values = FILLER_GIVEN;
        method.method = name.name;
        method.from = ANYTHING;
        *word_at(scan, depth - 1) = method;
        *word_at(scan, depth) = unknown;
    }
    return 0;
}

/* ---- instructions ---- */

static void load_local(struct scan *scan, int local, int depth)
{
    struct word word = scan->locals[local];
    word.values = word.values ? word.values : FILLER_GIVEN;
    word.local = local + 1;
    *word_at(scan, depth) = word;
}

static void store_local(struct scan *scan, int local, int depth)
{
    struct word *word = word_at(scan, depth), *to = &scan->locals[local];
    unsigned values = to->values | word->values;
    uint64_t from = to->from | word->from;
    origin_set of = to->of | word->of;
    *to = word->name ? *word : *to;
    to->values = values;
    to->from = from;
    to->of = of;
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
#if PY_VERSION_HEX < 0x030d0000
    case LOAD_CLOSURE:
        load_local(scan, op->oparg, depth);
        return true;
#endif
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

static struct word build(struct scan *scan, int depth, int n)
{
    struct word made = {.values = n ? 0 : FILLER_EMPTY};
    for (int i = 0; i < n; i++) {
        made.values |= word_at(scan, depth - 1 - i)->values;
        made.from |= word_at(scan, depth - 1 - i)->from;
        made.of |= word_at(scan, depth - 1 - i)->of;
    }
    return made;
}

/* Instructions that yield parts of a word, or put something into one that stays where it is. True when it was one. */
static bool scan_parts(struct scan *scan, const struct stackdepth_op *op, int depth, const struct opshape *shape)
{
    origin_set of = word_at(scan, depth - 1)->of;
    struct word *container = word_at(scan, depth - shape->pops - op->oparg);
    switch (op->opcode) {
    case FOR_ITER:
        *word_at(scan, depth) = made_of(FILLER_GIVEN, origins_part(&scan->origins, of, NULL, op->position));
        return true;
    case UNPACK_SEQUENCE:
    case UNPACK_EX:
        for (int i = 0; i < shape->pushes; i++) {
            origin_set part = origins_part(&scan->origins, of, scan->code, ((long)op->position << 32) + i);
            *word_at(scan, depth - 1 + i) = made_of(FILLER_GIVEN, part);
        }
        return true;
    case LIST_APPEND:
    case SET_ADD:
    case MAP_ADD:
        container->values |= FILLER_RESULT; /* a comprehension: as good as the call that it once was */
        container->of |= of | (op->opcode == MAP_ADD ? word_at(scan, depth - 2)->of : 0);
        return true;
    case LIST_EXTEND:
    case SET_UPDATE:
    case DICT_UPDATE:
    case DICT_MERGE:
        container->of |= of;
        return true;
    default:
        return false;
    }
}

/* An item is taken out: of what is no container with a name, and by a constant, a part of it. */
static int scan_subscript(struct scan *scan, int depth)
{
    struct word *key = word_at(scan, depth - 1), *to = word_at(scan, depth - 2), from = *to;
    bool part = !from.name && key->constant;
    *to = made_of(FILLER_FOUND, part ? origins_part(&scan->origins, from.of, key->constant, 0) : from.of | key->of);
    to->where = from.where;
    to->name = from.name;
    return tell(scan, FILLER_READ, &from, 0);
}

static int scan_store_subscript(struct scan *scan, int depth)
{
    struct word *key = word_at(scan, depth - 1), *container = word_at(scan, depth - 2);
    const struct word *value = word_at(scan, depth - 3);
    put_into(scan, container, key->of | value->of);
    return tell_put(scan, FILLER_ITEM, container, key, value, under_key(key, value));
}

/* An operator. fib(n - 1) + fib(n - 2) is as much a result as its operands are; what was found in a table, plus one, is
 * not. */
static void scan_operator(struct scan *scan, int depth)
{
    struct word *right = word_at(scan, depth - 1), *left = word_at(scan, depth - 2), made;
    bool results = right->values == FILLER_RESULT && left->values == FILLER_RESULT;
    made = made_of(results ? FILLER_RESULT : FILLER_COUNTED, left->of | right->of);
    made.from = left->from | right->from;
    *left = made;
}

/* Variables of the function that others see, or of outer ones. */
static struct word variable(const struct scan *scan, int local)
{
    struct word name = named(item_of(scan->code->co_localsplusnames, local), FILLER_VARIABLE);
    name.of = scan->locals[local].of;
    return name;
}

/* Something is bound to a name that outlives the call. */
static int scan_store(struct scan *scan, const struct stackdepth_op *op, int depth)
{
    const struct word *value = word_at(scan, depth - 1);
    struct word name = unknown;
    switch (op->opcode) {
    case STORE_DEREF:
        scan->locals[op->oparg].of |= value->of;
        name = variable(scan, op->oparg);
        name.of = 0;
        break;
    case STORE_ATTR:
        value = word_at(scan, depth - 2);
        name = named(attribute_name(scan, op), FILLER_ATTRIBUTE);
        name.of = word_at(scan, depth - 1)->of;
        put_into(scan, word_at(scan, depth - 1), value->of);
        break;
    default:
        name = named(global_name(scan, op), FILLER_GLOBAL);
    }
    return tell_put(scan, FILLER_STORE, &name, NULL, value, value->values);
}

/* What is loaded by a name. */
static int scan_load(struct scan *scan, const struct stackdepth_op *op, int depth, const struct opshape *shape)
{
    bool global = op->opcode != LOAD_DEREF;
    struct word name = global ? named(global_name(scan, op), FILLER_GLOBAL) : variable(scan, op->oparg);
    struct word nothing = unknown; /* a NULL may stand beside it, before or behind */
    bool behind = PY_VERSION_HEX >= 0x030d0000 && shape->pushes == 2;
    *word_at(scan, depth) = behind ? name : nothing;
    *word_at(scan, depth + shape->pushes - 1) = behind ? nothing : name;
    return tell(scan, FILLER_LOAD, &name, 0);
}

/* All that is neither a local nor a call. */
static int scan_plain(struct scan *scan, const struct stackdepth_op *op, int depth, const struct opshape *shape)
{
    struct word made;
    switch (op->opcode) {
    case LOAD_CONST: {
        PyObject *value = item_of(scan->code->co_consts, op->oparg);
        *word_at(scan, depth) =
            (struct word){.values = value == Py_None ? FILLER_EMPTY : FILLER_CONST, .constant = value};
        return 0;
    }
    case LOAD_GLOBAL:
    case LOAD_NAME:
    case LOAD_DEREF:
        return scan_load(scan, op, depth, shape);
    case STORE_GLOBAL:
    case STORE_NAME:
    case STORE_DEREF:
    case STORE_ATTR:
        return scan_store(scan, op, depth);
    case STORE_SUBSCR:
        return scan_store_subscript(scan, depth);
    case BINARY_SUBSCR:
        return scan_subscript(scan, depth);
    case BINARY_OP:
        scan_operator(scan, depth);
        return 0;
    case BUILD_STRING:
        made = build(scan, depth, shape->pops);
        made.values = FILLER_COUNTED;
        *word_at(scan, depth - shape->pops) = made;
        return 0;
    case BUILD_LIST:
    case BUILD_SET:
    case BUILD_TUPLE:
    case BUILD_MAP:
        *word_at(scan, depth - shape->pops) = build(scan, depth, shape->pops);
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
    if (scan_parts(scan, op, depth, shape)) {
        return 0;
    }
    made = made_of(FILLER_GIVEN, build(scan, depth, shape->pops).of);
    for (int i = 0; i < shape->pushes && shape->pops != shape->pushes; i++) {
        *word_at(scan, depth - shape->pops + i) = made;
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
            struct word made = made_of(FILLER_GIVEN, word_at(scan, depth - 1)->of);
            *word_at(scan, depth - shape.pops) = made;
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
        *word_at(scan, depth - shape.pops) = made_of(FILLER_RESULT, build(scan, depth, shape.pops).of);
        return 0;
    }
#if PY_VERSION_HEX < 0x030c0000
    if (op->opcode == PRECALL) {
        return 0;
    }
#endif
    return scan_plain(scan, op, depth, &shape);
}

/* Where two ways join, with a value each on the stack, what is there was made of what either was made of. */
static void join(struct scan *scan, const struct stackdepth *analysis, const struct stackdepth_op *op, int depth)
{
    struct opshape shape;
    for (int i = 0; i < MOST_JOINTS; i++) {
        if (scan->joints[i].position == op->position) {
            word_at(scan, depth - 1)->of |= scan->joints[i].of;
        }
    }
    int target = stackdepth_target(analysis, op->position);
    bool forward = target > op->position && opshape_of(op->opcode, op->oparg, &shape);
    int after = forward ? depth - shape.pops + shape.jump_pushes : 0;
    if (after > 0) {
        scan->joints[scan->n_joints++ % MOST_JOINTS] = (struct joint){target, word_at(scan, after - 1)->of};
    }
}

static int scan_once(struct scan *scan, const struct stackdepth *analysis)
{
    struct stackdepth_op op;
    struct stackdepth_at at;
    int result = 0;
    memset(scan->joints, 0, sizeof scan->joints);
    for (int next = 0; result == 0 && stackdepth_next(analysis, &next, &op);) {
        if (stackdepth_find(analysis, op.position, &at)) {
            join(scan, analysis, &op, at.depth);
            result = scan_op(scan, &op, at.depth);
        }
    }
    return result;
}

/* What is known of parameters: which are containers when nobody gives another one. 0 or -1. */
static int begin_parameters(struct scan *scan, PyObject *kept)
{
    PyCodeObject *code = scan->code;
    int n = code->co_argcount + code->co_kwonlyargcount;
    for (int i = 0; i < n_parameters(code); i++) {
        PyObject *name = item_of(code->co_localsplusnames, i);
        int wanted = kept && i < n ? PySet_Contains(kept, name) : 0;
        if (wanted < 0) {
            return -1;
        }
        scan->locals[i] = wanted ? named(name, FILLER_VARIABLE) : scan->locals[i];
        scan->locals[i].from = !wanted && i < n && i < 63 ? (uint64_t)1 << i : i < n ? ANYTHING : 0;
        scan->locals[i].of = origins_new(&scan->origins, i < n ? ORIGIN_ARGUMENT : ORIGIN_REST);
    }
    return 0;
}

/* Variables of outer functions: those that are made of something there. */
static void begin_outer(struct scan *scan)
{
    const struct scan *outer = scan->outer;
    PyObject *names = scan->code->co_localsplusnames;
    for (int i = scan->code->co_nlocalsplus - scan->code->co_nfreevars; outer && i < scan->code->co_nlocalsplus; i++) {
        for (int j = 0; j < outer->code->co_nlocalsplus; j++) {
            bool same = item_of(outer->code->co_localsplusnames, j) == item_of(names, i);
            if (same && outer->locals[j].of) {
                scan->locals[i].of = origins_new(&scan->origins, ORIGIN_OUTER);
            }
        }
    }
}

/* Is the first parameter a method's own object, by custom? */
static bool has_self(PyCodeObject *code)
{
    static const char *const names[] = {"self", "cls", "klass", "mcs", "mcls", "metacls", NULL};
    PyObject *first = code->co_argcount ? item_of(code->co_localsplusnames, 0) : NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(code->co_qualname), dot = length;
    while (dot > 0 && PyUnicode_READ_CHAR(code->co_qualname, dot - 1) != '.') {
        dot--;
    }
    bool method = dot > 1 && PyUnicode_READ_CHAR(code->co_qualname, dot - 2) != '>';
    return first && method && (PyUnicode_GET_LENGTH(first) == 1 || is_one_of(first, names));
}

static int scan_all(PyCodeObject *code, PyObject *kept, const struct scan *outer, filler_visit visit, void *arg);

static int scan_nested(const struct scan *scan)
{
    PyObject *constants = scan->code->co_consts;
    int result = 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(constants); i++) {
        PyObject *constant = PyTuple_GET_ITEM(constants, i);
        result = PyCode_Check(constant) ? scan_all((PyCodeObject *)constant, NULL, scan, scan->visit, scan->arg) : 0;
    }
    return result;
}

static int scan_all(PyCodeObject *code, PyObject *kept, const struct scan *outer, filler_visit visit, void *arg)
{
    struct stackdepth *analysis = stackdepth_new(code);
    if (!analysis && !PyErr_ExceptionMatches(PyExc_ValueError)) {
        return -1;
    }
    PyErr_Clear(); /* code that is not understood shows nothing */
    int n_stack = code->co_stacksize + 4;
    struct word *words = PyMem_Calloc((size_t)(n_stack + code->co_nlocalsplus + 1), sizeof *words);
    struct scan scan = {.code = code,
                        .outer = outer,
                        .arg = arg,
                        .stack = words,
                        .locals = words ? words + n_stack : NULL,
                        .n_stack = n_stack,
                        .has_self = !outer && has_self(code)};
    int result = !words ? (PyErr_NoMemory(), -1) : begin_parameters(&scan, kept);
    if (result == 0 && analysis) {
        begin_outer(&scan);
        result = scan_once(&scan, analysis);
        scan.visit = visit;
        result = result == 0 ? scan_once(&scan, analysis) : result;
    }
    scan.visit = visit;
    result = result == 0 ? scan_nested(&scan) : result;
    PyMem_Free(words);
    stackdepth_free(analysis);
    return result;
}

int fillers_scan(PyCodeObject *code, PyObject *kept, filler_visit visit, void *arg)
{
    return scan_all(code, kept, NULL, visit, arg);
}
