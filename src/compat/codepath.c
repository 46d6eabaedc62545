/* Follows a global, or what an import statement yields, through the attributes that are read right from it.
 *
 * Idea: the word that an instruction leaves on top is the object of the attribute read that follows it. A local
 * variable that is stored once in the whole code, by an import, is that import's value wherever it is read. Invariant:
 * as codescan's, a doubtful sentence is left out: a name that the code also binds otherwise is not followed. Must not:
 * execute anything. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/codepath.h"

#include <opcode.h>
#include <string.h>

#include "compat/codescan_parts.h"

struct follow {
    struct codescan scan;
    codepath_visit visit;
    void *arg;
    struct codepath *locals; /* owned array: what each local variable was imported as; name NULL: nothing known */
    int n_locals;
    bool null; /* the instruction before the present one pushed the NULL that a call of a plain attribute wants below it
                */
};

/* ---- instructions ---- */

/* The local variables that an instruction stores: up to two, -1 for none. */
static void stored_locals(const struct stackdepth_op *op, int ret_stored[2])
{
    ret_stored[0] = ret_stored[1] = -1;
    switch (op->opcode) {
    case STORE_FAST:
    case DELETE_FAST:
        ret_stored[0] = op->oparg;
        break;
#if PY_VERSION_HEX >= 0x030d0000
    case STORE_FAST_LOAD_FAST:
        ret_stored[0] = op->oparg >> 4;
        break;
    case STORE_FAST_STORE_FAST:
        ret_stored[0] = op->oparg >> 4;
        ret_stored[1] = op->oparg & 15;
        break;
#endif
    default:
        break;
    }
}

/* The local variable that an instruction leaves on top of the stack, or -1; *ret_above: how much higher it lies than
 * the stack was before. */
static int loaded_local(const struct stackdepth_op *op, int *ret_above)
{
    *ret_above = 0;
    switch (op->opcode) {
#if PY_VERSION_HEX >= 0x030c0000
    case LOAD_FAST_CHECK:
#endif
    case LOAD_FAST:
        return op->oparg;
#if PY_VERSION_HEX >= 0x030d0000
    case LOAD_FAST_LOAD_FAST:
        *ret_above = 1;
        return op->oparg & 15;
    case STORE_FAST_LOAD_FAST:
        *ret_above = -1;
        return op->oparg & 15;
#endif
    default:
        return -1;
    }
}

static PyObject *constant_of(const struct codescan *scan, const struct stackdepth_op *op)
{
    PyObject *constants = scan->code->co_consts;
    bool known = op->opcode == LOAD_CONST && op->oparg >= 0 && op->oparg < PyTuple_GET_SIZE(constants);
    return known ? PyTuple_GET_ITEM(constants, op->oparg) : NULL;
}

static bool is_same(PyObject *a, PyObject *b)
{
    return a != NULL && PyUnicode_Check(a) && PyUnicode_Check(b) && PyUnicode_Compare(a, b) == 0;
}

/* Does the code that can be executed bind this global (or name of a namespace) by anything but an import? */
static bool is_rebound(const struct codescan *scan, PyObject *name)
{
    struct stackdepth_op op;
    bool imported = false;
    for (int next = 0; stackdepth_next(scan->analysis, &next, &op);) {
        bool stores = op.opcode == STORE_NAME || op.opcode == STORE_GLOBAL || op.opcode == DELETE_NAME ||
                      op.opcode == DELETE_GLOBAL;
        if (stores && !imported && scan->marks[op.position] && is_same(codescan_name(scan, op.oparg), name)) {
            return true;
        }
        imported = op.opcode == IMPORT_NAME || op.opcode == IMPORT_FROM;
    }
    return false;
}

/* ---- paths ---- */

/* The object of `path` lies at depth `base`, pushed by the instruction before `position`: goes on through attributes,
 * and tells the longest path. */
static int follow_path(const struct follow *follow, struct codepath path, const struct stackdepth_op *loader,
                       int position, int base)
{
    const struct codescan *scan = &follow->scan;
    struct stackdepth_op last = *loader, op;
    /* A call of a plain attribute: up to 3.12 the NULL below it is pushed before, or by the load of the global. */
    bool before = PY_VERSION_HEX < 0x030d0000 && follow->null, ready = codescan_prepares_call(scan, loader, position);
    for (;;) {
        int next = position;
        PyObject *attribute = stackdepth_next(scan->analysis, &next, &op) ? codescan_attribute(scan, &op) : NULL;
        if (attribute == NULL || path.n_names == CODEPATH_MAX) {
            break;
        }
        path.names[path.n_names++] = attribute;
        path.position = op.position;
        path.statement = false;
        last = op;
        position = next;
    }
    path.called = (before || ready || codescan_prepares_call(scan, &last, position)) &&
                  codescan_find_call(scan, position, before ? base - 1 : base, &path.call);
    return follow->visit(&path, follow->arg);
}

static int follow_global(const struct follow *follow, PyObject *name, const struct stackdepth_op *op, int next)
{
    struct codepath path = {.root = CODEPATH_GLOBAL, .name = name, .position = op->position};
    struct stackdepth_at at;
    if (!stackdepth_find(follow->scan.analysis, op->position, &at) || is_rebound(&follow->scan, name)) {
        return 0;
    }
    return follow_path(follow, path, op, next, at.depth - at.inputs);
}

static int follow_local(const struct follow *follow, const struct stackdepth_op *op, int next)
{
    int above, local = loaded_local(op, &above);
    struct stackdepth_at at;
    if (local < 0 || local >= follow->n_locals || follow->locals[local].name == NULL ||
        !stackdepth_find(follow->scan.analysis, op->position, &at)) {
        return 0;
    }
    struct codepath path = follow->locals[local];
    path.position = op->position;
    path.statement = false;
    return follow_path(follow, path, op, next, at.depth + above);
}

/* ---- import statements ---- */

struct imported {
    struct codepath path; /* of the statement's module */
    bool names;           /* from a import ...: a tuple of names was asked for */
};

/* The import at `op`, whose two constants came just before. False: not understood. */
static bool read_import(const struct codescan *scan, const struct stackdepth_op *op, PyObject *level, PyObject *list,
                        struct imported *ret_imported)
{
    PyObject *name = codescan_name(scan, op->oparg);
    if (name == NULL || level == NULL || list == NULL || !PyLong_CheckExact(level)) {
        return false;
    }
    ret_imported->names = PyTuple_CheckExact(list);
    ret_imported->path = (struct codepath){.root = ret_imported->names ? CODEPATH_MODULE : CODEPATH_IMPORT,
                                           .name = name,
                                           .level = level,
                                           .statement = true,
                                           .position = op->position};
    return ret_imported->names || list == Py_None;
}

typedef int (*import_visit)(struct follow *follow, const struct codepath *path, const struct stackdepth_op *store);

/* Each value of the import statement that begins at `next`, and the instruction behind it (which binds it). */
static int each_value(struct follow *follow, const struct imported *imported, int next, import_visit visit)
{
    const struct codescan *scan = &follow->scan;
    struct codepath path = imported->path;
    struct stackdepth_op op;
    if (!imported->names) { /* import a.b [as c]: parts of the way are read by IMPORT_FROM */
        while (stackdepth_next(scan->analysis, &next, &op) &&
               (op.opcode == IMPORT_FROM || op.opcode == SWAP || op.opcode == POP_TOP)) {
            path.root = CODEPATH_MODULE;
        }
        return visit(follow, &path, &op);
    }
    while (stackdepth_next(scan->analysis, &next, &op) && op.opcode == IMPORT_FROM) {
        path.names[0] = codescan_name(scan, op.oparg);
        path.n_names = path.n_from = path.names[0] != NULL;
        path.position = op.position;
        if (!stackdepth_next(scan->analysis, &next, &op)) {
            break;
        }
        int result = visit(follow, &path, &op);
        if (result != 0) {
            return result;
        }
    }
    return 0;
}

/* All import statements of the code. */
static int each_import(struct follow *follow, bool reachable, import_visit visit)
{
    const struct codescan *scan = &follow->scan;
    PyObject *level = NULL, *list = NULL;
    struct stackdepth_op op;
    struct imported imported;
    int result = 0;
    for (int next = 0; result == 0 && stackdepth_next(scan->analysis, &next, &op);) {
        bool wanted = op.opcode == IMPORT_NAME && (scan->marks[op.position] || !reachable);
        if (wanted && read_import(scan, &op, level, list, &imported)) {
            result = each_value(follow, &imported, next, visit);
        }
        level = list;
        list = constant_of(scan, &op);
    }
    return result;
}

static int tell_import(struct follow *follow, const struct codepath *path, const struct stackdepth_op *store)
{
    (void)store;
    return follow->visit(path, follow->arg);
}

static int note_local(struct follow *follow, const struct codepath *path, const struct stackdepth_op *store)
{
    int stored[2];
    stored_locals(store, stored);
    if (stored[0] >= 0 && stored[0] < follow->n_locals) {
        follow->locals[stored[0]] = *path;
    }
    return 0;
}

/* Which local variables are an import's value and nothing else? Arguments and what is stored twice are not. */
static int find_locals(struct follow *follow)
{
    const PyCodeObject *code = follow->scan.code;
    int n = code->co_nlocals, arguments = code->co_argcount + code->co_kwonlyargcount +
                                          !!(code->co_flags & CO_VARARGS) + !!(code->co_flags & CO_VARKEYWORDS);
    follow->locals = PyMem_Calloc((size_t)n + 1, sizeof *follow->locals);
    int *stores = PyMem_Calloc((size_t)n + 1, sizeof *stores);
    if (follow->locals == NULL || stores == NULL) {
        PyMem_Free(stores);
        PyErr_NoMemory();
        return -1;
    }
    follow->n_locals = n;
    int result = each_import(follow, false, note_local), stored[2];
    struct stackdepth_op op;
    for (int next = 0; stackdepth_next(follow->scan.analysis, &next, &op);) {
        stored_locals(&op, stored);
        for (int i = 0; i < 2; i++) {
            if (stored[i] >= 0 && stored[i] < n) {
                stores[stored[i]]++;
            }
        }
    }
    for (int i = 0; i < n; i++) {
        if (i < arguments || stores[i] != 1) {
            follow->locals[i].name = NULL;
        }
    }
    PyMem_Free(stores);
    return result;
}

static int follow_all(struct follow *follow)
{
    const struct codescan *scan = &follow->scan;
    int result = find_locals(follow);
    if (result == 0) {
        result = each_import(follow, true, tell_import);
    }
    struct stackdepth_op op;
    for (int next = 0; result == 0 && stackdepth_next(scan->analysis, &next, &op);) {
        PyObject *name = codescan_global(scan, &op);
        if (scan->marks[op.position]) {
            result = name != NULL ? follow_global(follow, name, &op, next) : follow_local(follow, &op, next);
        }
        follow->null = op.opcode == PUSH_NULL;
    }
    PyMem_Free(follow->locals);
    return result;
}

/* The analysis of a code and room for marks; NULL with an exception set. The caller frees both. */
static struct stackdepth *analyse(PyCodeObject *code, bool **ret_marks)
{
    struct stackdepth *analysis = stackdepth_new(code);
    *ret_marks = analysis != NULL ? PyMem_Calloc((size_t)stackdepth_size(analysis), sizeof(bool)) : NULL;
    if (analysis != NULL && *ret_marks == NULL) {
        stackdepth_free(analysis);
        PyErr_NoMemory();
        return NULL;
    }
    return analysis;
}

int codepath_each(PyCodeObject *code, int from, codepath_visit visit, void *arg)
{
    bool *marks;
    struct stackdepth *analysis = analyse(code, &marks);
    if (analysis == NULL) {
        return -1;
    }
    stackdepth_mark_reachable(analysis, code, from, marks);
    struct follow follow = {.scan = {.code = code, .analysis = analysis, .marks = marks}, .visit = visit, .arg = arg};
    int result = follow_all(&follow);
    PyMem_Free(marks);
    stackdepth_free(analysis);
    return result;
}

int codepath_repeats(PyCodeObject *code, int position)
{
    bool *marks;
    struct stackdepth *analysis = analyse(code, &marks);
    if (analysis == NULL) {
        return -1;
    }
    struct stackdepth_op now, after;
    int next = position;
    bool more = stackdepth_next(analysis, &next, &now) && stackdepth_next(analysis, &next, &after);
    if (more) {
        stackdepth_mark_reachable(analysis, code, after.position, marks);
    }
    int result = more && marks[now.position];
    PyMem_Free(marks);
    stackdepth_free(analysis);
    return result;
}

int codepath_line(PyCodeObject *code, int position)
{
    return PyCode_Addr2Line(code, position * 2);
}
