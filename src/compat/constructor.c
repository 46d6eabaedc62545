/* Idea: the value stack is empty between two statements, so a stretch between two such places, grown until no jump
 * crosses its ends, is a program of its own. It becomes one by leaving all its bytes where they are and turning the
 * rest of the code into NOPs, so that jumps, names, constants and line numbers stay right.
 *
 * Invariant: a program touches no local that the constructor's call would have set otherwise, and stores on nothing but
 * its first argument. In doubt a statement has no program. Must not: execute anything. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/constructor_parts.h"

#include <opcode.h>
#include <string.h>

#include "compat/opshape.h"
#include "compat/stackdepth.h"

/* ---- reading ---- */

static int op_at(const struct constructor *c, int unit)
{
    for (int i = 0; i < c->n_ops; i++) {
        if (c->ops[i].begin <= unit && unit < c->ops[i].end) {
            return i;
        }
    }
    return c->n_ops;
}

static void find_target(struct constructor *c, struct op *op)
{
    struct opshape shape;
    op->target = -1;
    if (opshape_of(op->opcode, op->arg, &shape) && (shape.flags & (OPSHAPE_FORWARD | OPSHAPE_BACKWARD))) {
        op->target = op_at(c, shape.flags & OPSHAPE_FORWARD ? op->end + op->arg : op->end - op->arg);
    }
}

/* 0, or -1 with an exception set. */
static int read_ops(struct constructor *c, const struct stackdepth *analysis)
{
    const unsigned char *bytes = (const unsigned char *)PyBytes_AS_STRING(c->bytes);
    int n_units = (int)(PyBytes_GET_SIZE(c->bytes) / 2), position = 0, begin = 0;
    c->ops = PyMem_Calloc((size_t)n_units + 1, sizeof *c->ops);
    if (!c->ops) {
        PyErr_NoMemory();
        return -1;
    }
    struct stackdepth_op op;
    struct stackdepth_at at;
    while (stackdepth_next(analysis, &position, &op)) {
        int end = op.position + 1;
        while (end < n_units && bytes[2 * end] == CACHE) {
            end++;
        }
        int depth = stackdepth_find(analysis, op.position, &at) ? at.depth : -1;
        c->ops[c->n_ops++] = (struct op){op.opcode, op.oparg, begin, end, depth, -1};
        begin = end;
        if (op.opcode == RESUME && !c->n_preamble) {
            c->n_preamble = c->n_ops;
        }
    }
    for (int i = 0; i < c->n_ops; i++) {
        find_target(c, &c->ops[i]);
    }
    return 0;
}

/* Does op i put the first argument on the stack for nothing but a store that follows? */
bool constructor_loads_self(const struct constructor *c, int i)
{
    const struct op *op = &c->ops[i];
    bool loads = (op->opcode == LOAD_FAST || op->opcode == LOAD_DEREF) && op->arg == 0;
#if PY_VERSION_HEX >= 0x030c0000
    loads = loads || (op->opcode == LOAD_FAST_CHECK && op->arg == 0);
#endif
#if PY_VERSION_HEX >= 0x030d0000
    loads = loads || ((op->opcode == LOAD_FAST_LOAD_FAST || op->opcode == STORE_FAST_LOAD_FAST) && (op->arg & 15) == 0);
#endif
    return loads && i + 1 < c->n_ops && c->ops[i + 1].opcode == STORE_ATTR && c->ops[i + 1].target < 0;
}

bool constructor_stores(const struct constructor *c, int i)
{
    return c->ops[i].opcode == STORE_ATTR && i > 0 && constructor_loads_self(c, i - 1);
}

static bool returns(const struct op *op)
{
#if PY_VERSION_HEX >= 0x030c0000
    if (op->opcode == RETURN_CONST) {
        return true;
    }
#endif
    return op->opcode == RETURN_VALUE;
}

/* ---- the stretch ---- */

static void to_empty_stack(const struct constructor *c, struct stretch *r)
{
    while (r->s > c->n_preamble && c->ops[r->s].depth != 0) {
        r->s--;
    }
    while (r->e < c->n_ops && c->ops[r->e].depth != 0) {
        r->e++;
    }
}

/* Must this jump be inside? It enters the stretch, leaves it, or goes around it. */
static bool crosses(const struct stretch *r, int from, int to)
{
    bool inside = r->s <= from && from < r->e;
    if (inside) {
        return to < r->s || to > r->e;
    }
    return from < r->s ? to > r->s : to < r->e;
}

/* Grows until nothing crosses its ends. */
void constructor_grow(const struct constructor *c, struct stretch *r)
{
    for (bool again = true; again;) {
        struct stretch before = *r;
        to_empty_stack(c, r);
        for (int i = 0; i < c->n_ops; i++) {
            int to = c->ops[i].target;
            if (to >= 0 && crosses(r, i, to)) {
                r->s = i < r->s ? i : to < r->s ? to : r->s;
                r->e = i >= r->e ? i + 1 : to > r->e ? to : r->e;
            }
            if (r->s <= i && i < r->e && returns(&c->ops[i])) {
                r->e = c->n_ops; /* what follows is reached on some ways only */
            }
        }
        again = r->s != before.s || r->e != before.e;
    }
}

/* Do handlers watch over a part of [begin, end), in units? A comprehension's that lie inside and only put its variables
 * back do not count: they have values below the exception, which a `try` has not. */
static bool guarded(const struct constructor *c, int begin, int end)
{
    struct stackdepth_handler handler;
    int more;
    for (Py_ssize_t at = 0; (more = stackdepth_next_handler(c->code, &at, &handler)) > 0;) {
        bool touches = handler.start < end && handler.start + handler.size > begin;
        bool inside = handler.start >= begin && handler.start + handler.size <= end;
        if (touches && (!inside || handler.depth == 1)) {
            return true;
        }
    }
    return more < 0;
}

bool constructor_always_reaches(const struct constructor *c, const struct stretch *r)
{
    for (int i = 0; i < r->s; i++) {
        if (returns(&c->ops[i])) {
            return false;
        }
    }
    return r->s >= c->n_preamble &&
           !guarded(c, c->ops[r->s].begin, r->e < c->n_ops ? c->ops[r->e].begin : c->ops[r->e - 1].end);
}

/* ---- what it needs ---- */

PyObject *constructor_local(const struct constructor *c, int index)
{
    return PyTuple_GET_ITEM(c->code->co_localsplusnames, index);
}

/* Does the constructor assign to this parameter anywhere? Then it has not what the caller gave. */
static bool is_assigned(const struct constructor *c, int index)
{
    bool found = false;
    for (int i = 0; i < c->n_ops && !found; i++) {
        const struct op *op = &c->ops[i];
        switch (op->opcode) {
        case STORE_FAST:
        case DELETE_FAST:
        case STORE_DEREF:
        case DELETE_DEREF:
            found = op->arg == index;
            break;
#if PY_VERSION_HEX >= 0x030d0000
        case STORE_FAST_LOAD_FAST:
            found = op->arg >> 4 == index;
            break;
        case STORE_FAST_STORE_FAST:
            found = op->arg >> 4 == index || (op->arg & 15) == index;
            break;
#endif
        default:
            break;
        }
    }
    return found;
}

/* Is this a parameter with the value that is known from outside? */
static bool is_given(const struct constructor *c, int index)
{
    return index < c->n_params && PySet_Contains(c->given, constructor_local(c, index)) == 1 && !is_assigned(c, index);
}

/* Is local `index` known without the call: a given parameter, or stored by the stretch itself (before op i)? */
static bool local_known(const struct constructor *c, const struct stretch *r, int i, int index)
{
    if (index < c->n_params) {
        return is_given(c, index);
    }
    for (int j = r->s; j <= i; j++) {
        const struct op *op = &c->ops[j];
        if (op->opcode == STORE_FAST && op->arg == index) {
            return true;
        }
#if PY_VERSION_HEX >= 0x030c0000
        if (op->opcode == LOAD_FAST_AND_CLEAR && op->arg == index) {
            return true; /* a comprehension's own variable */
        }
#endif
#if PY_VERSION_HEX >= 0x030d0000
        if ((op->opcode == STORE_FAST_LOAD_FAST && op->arg >> 4 == index) ||
            (op->opcode == STORE_FAST_STORE_FAST && (op->arg >> 4 == index || (op->arg & 15) == index))) {
            return true;
        }
#endif
    }
    return false;
}

/* Is this a variable of an outer function? Those come with the function. */
bool constructor_is_free(const struct constructor *c, int index)
{
    return index >= c->code->co_nlocalsplus - c->code->co_nfreevars;
}

static bool deref_known(const struct constructor *c, int index)
{
    return constructor_is_free(c, index) || is_given(c, index);
}

/* Instructions that read or write what is neither the instance nor a value. */
bool constructor_reaches_out(int opcode)
{
    switch (opcode) {
    case STORE_DEREF:
    case DELETE_DEREF:
    case STORE_GLOBAL:
    case DELETE_GLOBAL:
    case STORE_NAME:
    case DELETE_NAME:
    case DELETE_ATTR:
    case STORE_SUBSCR:
    case DELETE_SUBSCR:
    case DELETE_FAST:
    case IMPORT_NAME:
    case IMPORT_FROM:
    case BEFORE_WITH:
    case BEFORE_ASYNC_WITH:
    case YIELD_VALUE:
    case SEND:
    case RETURN_GENERATOR:
#if PY_VERSION_HEX >= 0x030c0000
    case STORE_SLICE:
#endif
        return true;
    default:
        return false;
    }
}

static bool op_alone(const struct constructor *c, const struct stretch *r, int i)
{
    const struct op *op = &c->ops[i];
    switch (op->opcode) {
    case LOAD_FAST:
#if PY_VERSION_HEX >= 0x030c0000
    case LOAD_FAST_CHECK:
#endif
        return constructor_loads_self(c, i) || local_known(c, r, i, op->arg);
    case LOAD_DEREF:
        return constructor_loads_self(c, i) || deref_known(c, op->arg);
#if PY_VERSION_HEX < 0x030d0000
    case LOAD_CLOSURE:
        return constructor_is_free(c, op->arg);
#endif
    case STORE_FAST:
        return op->arg >= c->n_params;
#if PY_VERSION_HEX >= 0x030c0000
    case LOAD_FAST_AND_CLEAR:
        return op->arg >= c->n_params;
#endif
#if PY_VERSION_HEX >= 0x030d0000
    case LOAD_FAST_LOAD_FAST:
        return local_known(c, r, i, op->arg >> 4) &&
               (constructor_loads_self(c, i) || local_known(c, r, i, op->arg & 15));
    case STORE_FAST_LOAD_FAST:
        return op->arg >> 4 >= c->n_params && (constructor_loads_self(c, i) || local_known(c, r, i, op->arg & 15));
    case STORE_FAST_STORE_FAST:
        return op->arg >> 4 >= c->n_params && (op->arg & 15) >= c->n_params;
#endif
    case STORE_ATTR:
        return constructor_stores(c, i);
    default:
        return !constructor_reaches_out(op->opcode);
    }
}

/* The local that op i assigns to, beside what is stored elsewhere (`self.a = b = []`), or -1. */
static int other_name(const struct constructor *c, int i)
{
    const struct op *op = &c->ops[i];
    int local = op->opcode == STORE_FAST ? op->arg : -1;
#if PY_VERSION_HEX >= 0x030d0000
    local = op->opcode == STORE_FAST_LOAD_FAST || op->opcode == STORE_FAST_STORE_FAST ? op->arg >> 4 : local;
#endif
    return i > 0 && (c->ops[i - 1].opcode == COPY || constructor_stores(c, i - 1)) ? local : -1;
}

/* Does op i read this local for more than to store it on self? */
static bool uses(const struct constructor *c, int i, int local)
{
    const struct op *op = &c->ops[i];
    bool loads = op->opcode == LOAD_FAST && op->arg == local, stored = false;
#if PY_VERSION_HEX >= 0x030c0000
    loads = loads || (op->opcode == LOAD_FAST_CHECK && op->arg == local);
#endif
#if PY_VERSION_HEX >= 0x030d0000
    bool two = op->opcode == LOAD_FAST_LOAD_FAST;
    loads = loads || (two && op->arg >> 4 == local) ||
            ((two || op->opcode == STORE_FAST_LOAD_FAST) && (op->arg & 15) == local);
    stored = two && op->arg >> 4 == local && constructor_loads_self(c, i);
#endif
    return loads && !stored && !(i + 1 < c->n_ops && constructor_loads_self(c, i + 1));
}

/* Has what the stretch stores another name, under which other statements may change it? */
static bool is_shared(const struct constructor *c, const struct stretch *r)
{
    bool shared = false;
    for (int i = r->s; i < r->e && !shared; i++) {
        int local = other_name(c, i);
        for (int j = 0; j < c->n_ops && local >= 0 && !shared; j++) {
            shared = (j < r->s || j >= r->e) && uses(c, j, local);
        }
    }
    return shared;
}

static bool alone(const struct constructor *c, const struct stretch *r)
{
    bool result = constructor_always_reaches(c, r) && !is_shared(c, r);
    for (int i = r->s; i < r->e && result; i++) {
        result = op_alone(c, r, i);
    }
    return result;
}

/* ---- the results ---- */

PyObject *constructor_program(const struct constructor *c, const struct stretch *parts, int n)
{
    Py_ssize_t size = PyBytes_GET_SIZE(c->bytes), end = 2 * c->ops[parts[n - 1].e - 1].end;
    OWN_REF text = PyBytes_FromStringAndSize(NULL, size + 4);
    if (!text) {
        return NULL;
    }
    unsigned char *to = (unsigned char *)PyBytes_AS_STRING(text);
    memcpy(to, PyBytes_AS_STRING(c->bytes), (size_t)size);
    int at = 0;
    for (Py_ssize_t i = 2 * c->ops[c->n_preamble - 1].end; i < size + 4; i += 2) {
        while (at < n && i >= 2 * c->ops[parts[at].e - 1].end) {
            at++;
        }
        if (at == n || i < 2 * c->ops[parts[at].s].begin) {
            to[i] = NOP;
            to[i + 1] = 0;
        }
    }
    to[end] = LOAD_FAST;
    to[end + 1] = 0;
    to[end + 2] = RETURN_VALUE;
    OWN_REF replace = PyObject_GetAttrString((PyObject *)c->code, "replace");
    OWN_REF nothing = replace ? PyTuple_New(0) : NULL;
    OWN_REF changes =
        nothing ? Py_BuildValue("{s:O,s:y#}", "co_code", text, "co_exceptiontable", "", (Py_ssize_t)0) : NULL;
    return changes ? PyObject_Call(replace, nothing, changes) : NULL;
}

/* What an op's argument means, so that equal expressions are equal wherever their tables have it. */
static PyObject *meaning(const struct constructor *c, int i)
{
    const struct op *op = &c->ops[i];
    int name = -1;
    switch (op->opcode) {
    case LOAD_CONST: {
        PyObject *value = PyTuple_GET_ITEM(c->code->co_consts, op->arg);
        return Py_BuildValue("(OO)", (PyObject *)Py_TYPE(value), value);
    }
    case LOAD_FAST:
    case STORE_FAST:
    case LOAD_DEREF:
        return Py_NewRef(op->arg == 0 ? Py_None : constructor_local(c, op->arg));
#if PY_VERSION_HEX >= 0x030d0000
    case LOAD_FAST_LOAD_FAST:
        return Py_BuildValue("(OO)", constructor_local(c, op->arg >> 4),
                             (op->arg & 15) == 0 ? Py_None : constructor_local(c, op->arg & 15));
#endif
    case LOAD_GLOBAL:
        name = op->arg >> 1;
        break;
    case LOAD_ATTR:
        name = PY_VERSION_HEX >= 0x030c0000 ? op->arg >> 1 : op->arg;
        break;
#if PY_VERSION_HEX < 0x030c0000
    case LOAD_METHOD:
#endif
    case STORE_ATTR:
        name = constructor_stores(c, i) ? -1 : op->arg;
        return Py_NewRef(name < 0 ? Py_None : PyTuple_GET_ITEM(c->code->co_names, name));
    default:
        return PyLong_FromLong(op->arg);
    }
    return Py_NewRef(PyTuple_GET_ITEM(c->code->co_names, name));
}

static PyObject *make_key(const struct constructor *c, const struct stretch *r)
{
    OWN_REF key = PyTuple_New(2 * (Py_ssize_t)(r->e - r->s));
    for (int i = r->s; key && i < r->e; i++) {
        PyObject *opcode = PyLong_FromLong(c->ops[i].opcode), *means = meaning(c, i);
        PyTuple_SET_ITEM(key, 2 * (i - r->s), opcode);
        PyTuple_SET_ITEM(key, 2 * (i - r->s) + 1, means);
        if (!opcode || !means) {
            return NULL;
        }
    }
    return STEAL(key);
}

static bool is_constant(const struct constructor *c, const struct stretch *r)
{
    PyObject *value = c->ops[r->s].opcode == LOAD_CONST && r->e - r->s == 3 && constructor_stores(c, r->s + 2)
                          ? PyTuple_GET_ITEM(c->code->co_consts, c->ops[r->s].arg)
                          : NULL;
    return value && !PyCode_Check(value);
}

/* The parameter that the stretch stores as it is (borrowed), or None. */
static PyObject *plain_parameter(const struct constructor *c, const struct stretch *r)
{
    const struct op *first = &c->ops[r->s];
    int index = r->e - r->s == 3 && first->opcode == LOAD_FAST && constructor_stores(c, r->s + 2) ? first->arg : -1;
#if PY_VERSION_HEX >= 0x030d0000
    bool joined = r->e - r->s == 2 && first->opcode == LOAD_FAST_LOAD_FAST && constructor_stores(c, r->s + 1);
    index = joined ? first->arg >> 4 : index;
#endif
    return index > 0 && index < c->n_params && !is_assigned(c, index) ? constructor_local(c, index) : Py_None;
}

static PyObject *stored_names(const struct constructor *c, const struct stretch *r)
{
    OWN_REF names = PyList_New(0);
    for (int i = r->s; names && i < r->e; i++) {
        PyObject *name = constructor_stores(c, i) ? PyTuple_GET_ITEM(c->code->co_names, c->ops[i].arg) : NULL;
        int known = name ? PySequence_Contains(names, name) : 1;
        if (known < 0 || (!known && PyList_Append(names, name) < 0)) {
            return NULL;
        }
    }
    return names ? PyList_AsTuple(names) : NULL;
}

static int add_statement(const struct constructor *c, const struct stretch *r, PyObject *list)
{
    int n_stores = 0;
    for (int i = r->s; i < r->e; i++) {
        n_stores += constructor_stores(c, i);
    }
    OWN_REF names = stored_names(c, r);
    OWN_REF program = names && alone(c, r) ? constructor_program(c, r, 1) : Py_NewRef(Py_None);
    OWN_REF key = program && n_stores == 1 ? make_key(c, r) : Py_NewRef(Py_None);
    OWN_REF entry = names && program && key
                        ? Py_BuildValue("(OOOOO)", names, program, key, is_constant(c, r) ? Py_True : Py_False,
                                        plain_parameter(c, r))
                        : NULL;
    return entry ? PyList_Append(list, entry) : -1;
}

static int add_statements(const struct constructor *c, PyObject *list)
{
    for (int i = c->n_preamble; i < c->n_ops; i++) {
        if (!constructor_stores(c, i)) {
            continue;
        }
        struct stretch r = {i, i + 1};
        constructor_grow(c, &r);
        if (add_statement(c, &r, list) < 0) {
            return -1;
        }
        i = r.e - 1;
    }
    return 0;
}

int constructor_open(struct constructor *ret_c, PyCodeObject *code, PyObject *given)
{
    struct stackdepth *analysis = stackdepth_new(code);
    *ret_c = (struct constructor){.code = code, .given = given, .bytes = analysis ? PyCode_GetCode(code) : NULL};
    ret_c->n_params = code->co_argcount + code->co_kwonlyargcount + ((code->co_flags & CO_VARARGS) != 0) +
                      ((code->co_flags & CO_VARKEYWORDS) != 0);
    int result = ret_c->bytes ? read_ops(ret_c, analysis) : -1;
    stackdepth_free(analysis);
    return result;
}

void constructor_close(struct constructor *c)
{
    PyMem_Free(c->ops);
    Py_CLEAR(c->bytes);
    c->ops = NULL;
}

PyObject *constructor_statements(PyCodeObject *code, PyObject *given)
{
    OWN_REF list = PyList_New(0);
    if (!list || code->co_argcount == 0) {
        return STEAL(list);
    }
    struct constructor c;
    int result = constructor_open(&c, code, given);
    result = result < 0 || !c.n_preamble ? result : add_statements(&c, list);
    constructor_close(&c);
    return result < 0 ? NULL : STEAL(list);
}
