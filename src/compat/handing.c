/* Idea: the arguments of a call stand in the instructions between the load of the method and the call. A stack of what
 * those instructions push says which of them are constants, parameters or mappings with known keys.
 *
 * Invariant: in doubt the answer is "not known", so what it says of a call is true of every execution. Must not: take a
 * parameter that the function assigns to for what the caller gave. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/handing.h"

#include <opcode.h>

#include "compat/opshape.h"
#include "compat/stackdepth.h"

enum kind { OTHER, CONSTANT, LOCAL, TUPLE, MAPPING };

struct word {
    enum kind kind;
    int arg;         /* LOCAL: its index; TUPLE: its size */
    PyObject *value; /* CONSTANT: borrowed */
};

enum { MOST_WORDS = 64 };

struct handing {
    PyCodeObject *code;
    const struct stackdepth *analysis;
    struct word words[MOST_WORDS]; /* what was pushed since the method */
    int n_words;
    PyObject *names;    /* borrowed: the values of KW_NAMES, or NULL */
    PyObject *keywords; /* borrowed dict: of the call being read */
    bool rest;
};

static int n_named(const PyCodeObject *code)
{
    return code->co_argcount + code->co_kwonlyargcount;
}

/* The index of the function's **keywords, or -1. */
static int rest_index(const PyCodeObject *code)
{
    return code->co_flags & CO_VARKEYWORDS ? n_named(code) + ((code->co_flags & CO_VARARGS) != 0) : -1;
}

/* ---- single instructions ---- */

static bool stores_local(const struct stackdepth_op *op, int index)
{
    switch (op->opcode) {
    case STORE_FAST:
    case DELETE_FAST:
    case MAKE_CELL: /* others may assign to it */
#if PY_VERSION_HEX >= 0x030c0000
    case LOAD_FAST_AND_CLEAR:
#endif
        return op->oparg == index;
#if PY_VERSION_HEX >= 0x030d0000
    case STORE_FAST_LOAD_FAST:
        return op->oparg >> 4 == index;
    case STORE_FAST_STORE_FAST:
        return op->oparg >> 4 == index || (op->oparg & 15) == index;
#endif
    default:
        return false;
    }
}

static bool is_assigned(const struct handing *h, int index)
{
    struct stackdepth_op op;
    for (int next = 0; stackdepth_next(h->analysis, &next, &op);) {
        if (stores_local(&op, index)) {
            return true;
        }
    }
    return false;
}

/* The locals that it pushes: how many (0 to 2), the last one in ret_locals[n - 1]. */
static int loaded_locals(const struct stackdepth_op *op, int ret_locals[2])
{
    switch (op->opcode) {
    case LOAD_FAST:
#if PY_VERSION_HEX >= 0x030c0000
    case LOAD_FAST_CHECK:
#endif
        ret_locals[0] = op->oparg;
        return 1;
#if PY_VERSION_HEX >= 0x030d0000
    case LOAD_FAST_LOAD_FAST:
        ret_locals[0] = op->oparg >> 4;
        ret_locals[1] = op->oparg & 15;
        return 2;
#endif
    default:
        return 0;
    }
}

/* The name of the attribute or method that it loads (borrowed), or NULL. */
static PyObject *loaded_attribute(const PyCodeObject *code, const struct stackdepth_op *op)
{
    int index = -1;
    switch (op->opcode) {
    case LOAD_ATTR:
        index = PY_VERSION_HEX >= 0x030c0000 ? op->oparg >> 1 : op->oparg;
        break;
#if PY_VERSION_HEX < 0x030c0000
    case LOAD_METHOD:
        index = op->oparg;
        break;
#else
    case LOAD_SUPER_ATTR:
        index = op->oparg >> 2;
        break;
#endif
    default:
        break;
    }
    return index >= 0 ? PyTuple_GET_ITEM(code->co_names, index) : NULL;
}

/* ---- the words of a call ---- */

static bool push(struct handing *h, enum kind kind, int arg, PyObject *value)
{
    if (h->n_words == MOST_WORDS) {
        return false;
    }
    h->words[h->n_words++] = (struct word){kind, arg, value};
    return true;
}

/* 1 noted, 0 not known, -1. */
static int note_keyword(struct handing *h, PyObject *keyword, const struct word *word)
{
    if (!keyword || !PyUnicode_CheckExact(keyword)) {
        return 0;
    }
    bool plain = word->kind == LOCAL && word->arg > 0 && word->arg < n_named(h->code) && !is_assigned(h, word->arg);
    PyObject *name = plain ? PyTuple_GET_ITEM(h->code->co_localsplusnames, word->arg) : Py_None;
    return PyDict_SetItem(h->keywords, keyword, name) < 0 ? -1 : 1;
}

/* The n topmost words have these names. */
static int note_names(struct handing *h, PyObject *names, int n)
{
    int known = names && PyTuple_CheckExact(names) && PyTuple_GET_SIZE(names) == n && n <= h->n_words;
    for (int i = 0; i < n && known == 1; i++) {
        known = note_keyword(h, PyTuple_GET_ITEM(names, i), &h->words[h->n_words - n + i]);
    }
    return known;
}

/* A mapping of n pairs, or with the names on top, takes the place of its parts. */
static int make_mapping(struct handing *h, int n, bool names)
{
    int size = names ? n + 1 : 2 * n, known = size <= h->n_words;
    if (known && names) {
        const struct word *top = &h->words[--h->n_words];
        known = note_names(h, top->kind == CONSTANT ? top->value : NULL, n);
        size = n;
    }
    for (int i = 0; i < n && known == 1 && !names; i++) {
        const struct word *pair = &h->words[h->n_words - size + 2 * i];
        known = note_keyword(h, pair->kind == CONSTANT ? pair->value : NULL, &pair[1]);
    }
    h->n_words -= known == 1 ? size : 0;
    return known == 1 ? push(h, MAPPING, 0, NULL) : known;
}

/* Of an instruction without a meaning here it is known how many words it takes and leaves. */
static int pass_over(struct handing *h, const struct stackdepth_op *op)
{
    struct opshape shape;
    if (op->opcode == SWAP || !opshape_of(op->opcode, op->oparg, &shape) || shape.pops > h->n_words ||
        (shape.flags & (OPSHAPE_FORWARD | OPSHAPE_BACKWARD | OPSHAPE_ENDS))) {
        return 0;
    }
    h->n_words -= shape.pops;
    bool room = true;
    for (int i = 0; i < shape.pushes && room; i++) {
        room = push(h, OTHER, 0, NULL);
    }
    return room;
}

static int merge(struct handing *h, const struct stackdepth_op *op)
{
    const struct word *from = h->n_words >= 2 && op->oparg == 1 ? &h->words[h->n_words - 1] : NULL;
    if (!from || from[-1].kind != MAPPING || from->kind != LOCAL || from->arg != rest_index(h->code)) {
        return 0;
    }
    h->n_words--;
    h->rest = true;
    return 1;
}

/* 1 goes on, 0 not known, -1. */
static int read_op(struct handing *h, const struct stackdepth_op *op)
{
    int locals[2], n = loaded_locals(op, locals);
    for (int i = 0; i < n; i++) {
        if (!push(h, LOCAL, locals[i], NULL)) {
            return 0;
        }
    }
    if (n) {
        return 1;
    }
    switch (op->opcode) {
    case LOAD_CONST:
        return push(h, CONSTANT, 0, PyTuple_GET_ITEM(h->code->co_consts, op->oparg));
    case BUILD_TUPLE:
        h->n_words -= op->oparg;
        return h->n_words >= 0 && push(h, TUPLE, op->oparg, NULL);
    case BUILD_MAP:
        return make_mapping(h, op->oparg, false);
    case BUILD_CONST_KEY_MAP:
        return make_mapping(h, op->oparg, true);
    case DICT_MERGE:
        return merge(h, op);
#if PY_VERSION_HEX < 0x030d0000
    case KW_NAMES:
        h->names = PyTuple_GET_ITEM(h->code->co_consts, op->oparg);
        return 1;
#endif
    default:
        return pass_over(h, op);
    }
}

/* ---- calls ---- */

static int size_of(const struct word *word)
{
    if (word->kind == TUPLE) {
        return word->arg;
    }
    return word->kind == CONSTANT && PyTuple_CheckExact(word->value) ? (int)PyTuple_GET_SIZE(word->value) : -1;
}

/* Is this the call of the method (below its arguments there is nothing but a NULL)? 1 and the number of positional
 * arguments, 0 not, -1 error, -2 not known. */
static int read_call(struct handing *h, const struct stackdepth_op *op, int *ret_positional)
{
    bool spread = op->opcode == CALL_FUNCTION_EX, named = false;
#if PY_VERSION_HEX >= 0x030d0000
    named = op->opcode == CALL_KW;
#endif
    int n = spread ? 1 + (op->oparg & 1) : op->oparg + named;
    if ((!spread && !named && op->opcode != CALL) || h->n_words < n || h->n_words - n > 1) {
        return 0;
    }
    const struct word *first = &h->words[h->n_words - n];
    if (spread) {
        *ret_positional = size_of(first);
        return n == 1 || first[1].kind == MAPPING ? 1 : -2;
    }
    PyObject *names = h->names;
    if (named) {
        const struct word *top = &h->words[--h->n_words];
        names = top->kind == CONSTANT ? top->value : Py_None;
    }
    int n_names = names && PyTuple_CheckExact(names) ? (int)PyTuple_GET_SIZE(names) : 0;
    int known = names ? note_names(h, names, n_names) : 1;
    *ret_positional = op->oparg - n_names;
    return known == 1 ? 1 : known < 0 ? -1 : -2;
}

/* From behind the load of the method to its call. 1 added, 0 not known, -1. */
static int add_call(struct handing *h, int next, PyObject *list)
{
    OWN_REF keywords = PyDict_New();
    struct stackdepth_op op;
    h->keywords = keywords;
    h->n_words = 0;
    h->names = NULL;
    h->rest = false;
    int known = keywords ? 1 : -1, n_positional = -1;
    while (known == 1 && stackdepth_next(h->analysis, &next, &op)) {
        int found = read_call(h, &op, &n_positional);
        if (found == 1) {
            OWN_REF entry = Py_BuildValue("(iOO)", n_positional, keywords, h->rest ? Py_True : Py_False);
            return !entry || PyList_Append(list, entry) < 0 ? -1 : 1;
        }
        known = found == -2 ? 0 : found < 0 ? -1 : read_op(h, &op);
#if PY_VERSION_HEX < 0x030d0000
        h->names = op.opcode == CALL ? NULL : h->names; /* an inner call's */
#endif
    }
    return known == 1 ? 0 : known;
}

static bool nested_names(PyCodeObject *code, PyObject *name)
{
    bool found = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts) && !found; i++) {
        PyObject *inner = PyTuple_GET_ITEM(code->co_consts, i);
        PyObject *names = PyCode_Check(inner) ? ((PyCodeObject *)inner)->co_names : NULL;
        for (Py_ssize_t j = 0; names && j < PyTuple_GET_SIZE(names) && !found; j++) {
            found = PyUnicode_Compare(PyTuple_GET_ITEM(names, j), name) == 0;
        }
        found = found || (names && nested_names((PyCodeObject *)inner, name));
    }
    return found;
}

/* NULL without an exception: the code is not understood. */
static struct stackdepth *analyse(PyCodeObject *code)
{
    struct stackdepth *analysis = stackdepth_new(code);
    if (!analysis && PyErr_ExceptionMatches(PyExc_ValueError)) {
        PyErr_Clear();
    }
    return analysis;
}

PyObject *handing_calls(PyCodeObject *code, PyObject *name)
{
    OWN_REF list = PyList_New(0);
    struct stackdepth *analysis = list ? analyse(code) : NULL;
    if (!analysis) {
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    }
    struct handing h = {.code = code, .analysis = analysis};
    struct stackdepth_op op;
    int known = !nested_names(code, name);
    for (int next = 0; known == 1 && stackdepth_next(analysis, &next, &op);) {
        PyObject *loaded = loaded_attribute(code, &op);
        known = loaded && PyUnicode_Compare(loaded, name) == 0 ? add_call(&h, next, list) : 1;
    }
    stackdepth_free(analysis);
    return known < 0 ? NULL : known ? STEAL(list) : Py_NewRef(Py_None);
}

/* ---- what else is done with **keywords ---- */

/* Is the constant that an instruction loads another keyword? */
static bool is_other(PyCodeObject *code, const struct stackdepth_op *op, PyObject *keyword)
{
    PyObject *value = op->opcode == LOAD_CONST ? PyTuple_GET_ITEM(code->co_consts, op->oparg) : NULL;
    return value && PyUnicode_CheckExact(value) && PyUnicode_Compare(value, keyword) != 0;
}

/* **keywords were loaded by the instruction before `next`: is what follows harmless? */
static bool harmless(const struct handing *h, int next, PyObject *keyword)
{
    struct stackdepth_op op, then, after;
    if (!stackdepth_next(h->analysis, &next, &op)) {
        return false;
    }
    if (op.opcode == CONTAINS_OP || op.opcode == DICT_MERGE) {
        return true; /* a merge makes a new dict, whose way is that of handing_calls */
    }
    PyObject *method = loaded_attribute(h->code, &op);
    bool gets = method && PyUnicode_CompareWithASCIIString(method, "get") == 0;
    if (gets || (method && PyUnicode_CompareWithASCIIString(method, "pop") == 0)) {
        return stackdepth_next(h->analysis, &next, &then) &&
               (is_other(h->code, &then, keyword) || (gets && then.opcode == LOAD_CONST));
    }
    return is_other(h->code, &op, keyword) && stackdepth_next(h->analysis, &next, &after) &&
           after.opcode == BINARY_SUBSCR;
}

int handing_leaves(PyCodeObject *code, PyObject *keyword)
{
    int rest = rest_index(code);
    struct stackdepth *analysis = rest >= 0 ? analyse(code) : NULL;
    if (!analysis) {
        return PyErr_Occurred() ? -1 : rest < 0;
    }
    struct handing h = {.code = code, .analysis = analysis};
    struct stackdepth_op op;
    bool leaves = !is_assigned(&h, rest);
    for (int next = 0; leaves && stackdepth_next(analysis, &next, &op);) {
        int locals[2], n = loaded_locals(&op, locals);
        bool below = n == 2 && locals[0] == rest;
        leaves = !below && (n == 0 || locals[n - 1] != rest || harmless(&h, next, keyword));
#if PY_VERSION_HEX >= 0x030d0000
        bool joined = op.opcode == STORE_FAST_LOAD_FAST && (op.oparg & 15) == rest;
        leaves = leaves && (!joined || harmless(&h, next, keyword));
#endif
    }
    stackdepth_free(analysis);
    return leaves;
}

int handing_same(PyObject *value, PyObject *other)
{
    if (value == other) {
        return 1;
    }
    bool plain = PyUnicode_CheckExact(value) || PyLong_CheckExact(value) || PyBytes_CheckExact(value);
    return plain && Py_IS_TYPE(other, Py_TYPE(value)) ? PyObject_RichCompareBool(value, other, Py_EQ) : 0;
}
