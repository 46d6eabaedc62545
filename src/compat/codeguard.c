/* Reads except clauses and conditions from the instructions.
 *
 * An except clause loads a class (or several, and makes a tuple of them) and then matches; what no clause matches is
 * raised again, and the entry of the exception table for that instruction is the next `try` outwards. Invariant: in
 * doubt the answer is that the code is prepared, so a use that counts is a plain one. Must not: execute anything. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/codeguard.h"

#include <opcode.h>

#include "compat/codescan_parts.h"
#include "compat/opshape.h"

#define MAX_NESTED 12 /* `try`s around one instruction that are looked at */

struct guard {
    struct codescan scan;
    PyObject *globals, *builtins, *exception;
};

/* ---- except clauses ---- */

static int by_class(const struct guard *guard, PyObject *class)
{
    if (!PyType_Check(class) || !PyType_IsSubtype((PyTypeObject *)guard->exception, (PyTypeObject *)class)) {
        return CODEGUARD_NONE;
    }
    return class == PyExc_Exception || class == PyExc_BaseException ? CODEGUARD_BROAD : CODEGUARD_NAMED;
}

/* What stands in an except clause: a class, or a tuple of classes. */
static int by_value(const struct guard *guard, PyObject *value)
{
    if (value == NULL || !PyTuple_CheckExact(value)) {
        return value != NULL ? by_class(guard, value) : CODEGUARD_NAMED;
    }
    int best = CODEGUARD_NONE;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(value); i++) {
        int one = by_class(guard, PyTuple_GET_ITEM(value, i));
        best = one != CODEGUARD_NONE && best != CODEGUARD_NAMED ? one : best;
    }
    return best;
}

/* A global of the code, as it is now. Borrowed, or NULL. */
static PyObject *global_value(const struct guard *guard, PyObject *name)
{
    PyObject *value = PyDict_GetItemWithError(guard->globals, name);
    return value != NULL || PyErr_Occurred() ? value : PyDict_GetItemWithError(guard->builtins, name);
}

/* The attribute of a module; NULL of anything else. Borrowed. */
static PyObject *attribute_value(PyObject *object, PyObject *name)
{
    return object != NULL && PyModule_Check(object) ? PyDict_GetItemWithError(PyModule_GetDict(object), name) : NULL;
}

static bool names_any(PyCodeObject *code, const char *const *names)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); i++) {
        for (const char *const *name = names; *name != NULL; name++) {
            if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(code->co_names, i), *name) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* What matters in a handler, read so far. */
struct clauses {
    int best, clause; /* of all clauses; of the one that is being read */
    PyObject *value;  /* what the last name in it stands for; borrowed, NULL: not known */
};

static void add_class(struct clauses *clauses, int one)
{
    clauses->clause = one != CODEGUARD_NONE && clauses->clause != CODEGUARD_NAMED ? one : clauses->clause;
}

/* One instruction of a handler. */
static void read_clause(const struct guard *guard, struct clauses *clauses, const struct stackdepth_op *op)
{
    PyObject *name = codescan_global(&guard->scan, op), *attribute = codescan_attribute(&guard->scan, op);
    if (name != NULL || attribute != NULL) {
        clauses->value = name != NULL ? global_value(guard, name) : attribute_value(clauses->value, attribute);
        add_class(clauses, by_value(guard, clauses->value));
    } else if (op->opcode == LOAD_FAST || op->opcode == LOAD_DEREF) { /* classes in a variable may be any */
        clauses->value = NULL;
        add_class(clauses, CODEGUARD_NAMED);
    } else if (op->opcode != BUILD_TUPLE) {
        clauses->value = NULL;
        clauses->clause = CODEGUARD_NONE;
    }
}

/* The clauses of the handler at `at`; *ret_raises: where it raises again what none of them takes, or -1. */
static int read_handler(const struct guard *guard, int at, int *ret_raises)
{
    static const char *const suppressing[] = {"suppress", "raises", "assertRaises", NULL};
    const struct stackdepth *analysis = guard->scan.analysis;
    struct clauses clauses = {0};
    bool first = true;
    struct stackdepth_op op = {0};
    *ret_raises = -1;
    while (stackdepth_next(analysis, &at, &op) && op.opcode != RERAISE) {
        if ((op.opcode == WITH_EXCEPT_START && names_any(guard->scan.code, suppressing)) ||
            (first && op.opcode == POP_TOP)) { /* except: */
            return op.opcode == POP_TOP && clauses.best != CODEGUARD_NAMED ? CODEGUARD_BROAD : CODEGUARD_NAMED;
        }
        if (op.opcode == CHECK_EXC_MATCH) {
            bool better = clauses.clause != CODEGUARD_NONE && clauses.best != CODEGUARD_NAMED;
            clauses.best = better ? clauses.clause : clauses.best;
            clauses.clause = CODEGUARD_NONE;
            int target = stackdepth_next(analysis, &at, &op) ? stackdepth_target(analysis, op.position) : -1;
            at = target >= 0 ? target : at; /* the next clause */
            first = true;
            continue;
        }
        read_clause(guard, &clauses, &op);
        first = op.opcode == PUSH_EXC_INFO;
    }
    *ret_raises = op.opcode == RERAISE ? op.position : -1;
    return clauses.best;
}

/* The innermost handler for a position: its target, or -1. */
static int handler_of(PyCodeObject *code, int position)
{
    struct stackdepth_handler handler;
    for (Py_ssize_t at = 0; stackdepth_next_handler(code, &at, &handler) > 0;) {
        if (position >= handler.start && position < handler.start + handler.size) {
            return handler.target;
        }
    }
    return -1;
}

int codeguard_caught(PyCodeObject *code, int position, PyObject *globals, PyObject *builtins, PyObject *exception)
{
    struct stackdepth *analysis = stackdepth_new(code);
    if (analysis == NULL) {
        return -1;
    }
    struct guard guard = {
        .scan = {.code = code, .analysis = analysis}, .globals = globals, .builtins = builtins, .exception = exception};
    int best = CODEGUARD_NONE;
    for (int i = 0; i < MAX_NESTED && position >= 0 && best != CODEGUARD_NAMED; i++) {
        int target = handler_of(code, position), raises = -1;
        int one = target >= 0 ? read_handler(&guard, target, &raises) : CODEGUARD_NONE;
        best = one != CODEGUARD_NONE ? one : best;
        position = target >= 0 ? raises : -1;
    }
    stackdepth_free(analysis);
    return PyErr_Occurred() ? -1 : best;
}

/* ---- conditions ---- */

static bool tells_version(PyObject *name)
{
    static const char *const words[] = {"version", "VERSION", "Version"};
    bool found = false;
    for (int i = 0; name != NULL && !found && i < 3; i++) {
        OWN_REF word = PyUnicode_FromString(words[i]);
        found = word != NULL && PyUnicode_Find(name, word, 0, PyUnicode_GET_LENGTH(name), 1) >= 0;
    }
    return found;
}

static bool is_named(PyObject *name, const char *text)
{
    return name != NULL && PyUnicode_CompareWithASCIIString(name, text) == 0;
}

int codeguard_asked(PyCodeObject *code, int position, PyObject *name)
{
    struct stackdepth *analysis = stackdepth_new(code);
    if (analysis == NULL) {
        return -1;
    }
    struct codescan scan = {.code = code, .analysis = analysis};
    bool asks = false, asked = false, looks = false;
    struct stackdepth_op op;
    struct opshape shape;
    for (int next = 0; !asked && stackdepth_next(analysis, &next, &op) && op.position < position;) {
        PyObject *global = codescan_global(&scan, &op), *attribute = codescan_attribute(&scan, &op);
        PyObject *constant = op.opcode == LOAD_CONST && op.oparg < PyTuple_GET_SIZE(code->co_consts)
                                 ? PyTuple_GET_ITEM(code->co_consts, op.oparg)
                                 : NULL;
        asks = asks || is_named(global, "hasattr") || is_named(global, "getattr");
        looks = looks || tells_version(global) || tells_version(attribute) ||
                (asks && constant != NULL && PyUnicode_CheckExact(constant) && PyUnicode_Compare(constant, name) == 0);
        bool condition =
            opshape_of(op.opcode, op.oparg, &shape) && (shape.flags & OPSHAPE_FORWARD) && !(shape.flags & OPSHAPE_ENDS);
        asked = looks && condition;
    }
    stackdepth_free(analysis);
    return PyErr_Occurred() ? -1 : asked;
}
