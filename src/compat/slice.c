/* Idea: a constructor is a row of stretches, each with an empty value stack before and after it (constructor.c). What a
 * stretch needs of others is in local variables. So the slice of an attribute is the stretch that stores it and,
 * backwards, every earlier one that assigns to a local which the slice reads. Conditions lie inside their stretch.
 *
 *     if help:                               is no part of it if `help` is known to be false:
 *         help = cleandoc(help)              what is not executed assigns nothing
 *     self.kind = kind(help)
 *
 * Invariant: a slice reads only parameters that are known, locals that it assigns, globals, and attributes of `self`
 * that it names; what it reads is used nowhere else in a way that could change it. In doubt there is none. Must not:
 * execute anything. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/slice.h"

#include <opcode.h>

#include "compat/constructor_parts.h"
#include "compat/handing.h"

struct touch {
    int loads[2], stores[2]; /* locals, in this order */
    int n_loads, n_stores;
};

struct slicing {
    struct constructor c;
    const struct slice_known *known; /* borrowed */
    struct stretch *rows;            /* owned: the whole body */
    int n_rows, target;              /* target: the row that stores the attribute */
    bool *in, *skipped;              /* owned, a row each: part of the slice; never executed */
    bool *needed, *empty;            /* owned, a local each: read by the slice; known to be false */
    PyObject **assumed;              /* owned, a local each: the input (borrowed) that it is false for; or NULL */
    PyObject *inputs, *keys, *asked; /* owned, as in enum slice_field; keys: None for what is read as a whole */
};

/* ---- single instructions ---- */

static struct touch touches(const struct constructor *c, int i)
{
    int arg = c->ops[i].arg;
    switch (c->ops[i].opcode) {
    case LOAD_FAST:
    case LOAD_DEREF:
#if PY_VERSION_HEX < 0x030d0000
    case LOAD_CLOSURE:
#endif
#if PY_VERSION_HEX >= 0x030c0000
    case LOAD_FAST_CHECK:
#endif
        return (struct touch){{arg}, {0}, 1, 0};
    case STORE_FAST:
    case DELETE_FAST:
    case STORE_DEREF:
    case DELETE_DEREF:
#if PY_VERSION_HEX >= 0x030c0000
    case LOAD_FAST_AND_CLEAR:
#endif
        return (struct touch){{0}, {arg}, 0, 1};
#if PY_VERSION_HEX >= 0x030d0000
    case LOAD_FAST_LOAD_FAST:
        return (struct touch){{arg >> 4, arg & 15}, {0}, 2, 0};
    case STORE_FAST_LOAD_FAST:
        return (struct touch){{arg & 15}, {arg >> 4}, 1, 1};
    case STORE_FAST_STORE_FAST:
        return (struct touch){{0}, {arg >> 4, arg & 15}, 0, 2};
#endif
    default:
        return (struct touch){.n_loads = 0};
    }
}

/* The opcode of an op, or -1 behind the end. */
static int opcode_at(const struct constructor *c, int i)
{
    return i < c->n_ops ? c->ops[i].opcode : -1;
}

/* The attribute or method that op i takes from what lies on top, or NULL. Borrowed. */
static PyObject *attribute_at(const struct constructor *c, int i)
{
    int opcode = opcode_at(c, i), index = -1;
    if (opcode == LOAD_ATTR) {
        index = PY_VERSION_HEX >= 0x030c0000 ? c->ops[i].arg >> 1 : c->ops[i].arg;
    }
#if PY_VERSION_HEX < 0x030c0000
    index = opcode == LOAD_METHOD ? c->ops[i].arg : index;
#endif
    return index >= 0 ? PyTuple_GET_ITEM(c->code->co_names, index) : NULL;
}

static PyObject *constant_at(const struct constructor *c, int i)
{
    return opcode_at(c, i) == LOAD_CONST ? PyTuple_GET_ITEM(c->code->co_consts, c->ops[i].arg) : NULL;
}

static bool jumps_if_false(int opcode)
{
#if PY_VERSION_HEX >= 0x030c0000
    return opcode == POP_JUMP_IF_FALSE;
#else
    return opcode == POP_JUMP_FORWARD_IF_FALSE;
#endif
}

/* Does op i only test what lies on top, together with those that follow? */
static bool tests(const struct constructor *c, int i)
{
    int opcode = opcode_at(c, i);
#if PY_VERSION_HEX >= 0x030c0000
    bool jumps = opcode == POP_JUMP_IF_FALSE || opcode == POP_JUMP_IF_TRUE || opcode == POP_JUMP_IF_NONE ||
                 opcode == POP_JUMP_IF_NOT_NONE;
#else
    bool jumps = opcode == POP_JUMP_FORWARD_IF_FALSE || opcode == POP_JUMP_FORWARD_IF_TRUE ||
                 opcode == POP_JUMP_FORWARD_IF_NONE || opcode == POP_JUMP_FORWARD_IF_NOT_NONE;
#endif
#if PY_VERSION_HEX >= 0x030d0000
    jumps = jumps || opcode == TO_BOOL;
#endif
    return jumps || (opcode == LOAD_CONST && opcode_at(c, i + 1) == IS_OP);
}

static bool stores_local(const struct constructor *c, struct stretch row, int local)
{
    bool found = false;
    for (int i = row.s; i < row.e && !found; i++) {
        struct touch touch = touches(c, i);
        for (int j = 0; j < touch.n_stores; j++) {
            found = found || touch.stores[j] == local;
        }
    }
    return found;
}

static bool is_cell(const struct constructor *c, int local)
{
    bool found = false;
    for (int i = 0; i < c->n_preamble && !found; i++) {
        found = c->ops[i].opcode == MAKE_CELL && c->ops[i].arg == local;
    }
    return found;
}

/* ---- parameters ---- */

static bool is_among(PyObject *names, const struct constructor *c, int local)
{
    return local < c->n_params && PySequence_Contains(names, constructor_local(c, local)) == 1;
}

/* The index of the constructor's **keywords, or -1. */
static int rest_of(const struct constructor *c)
{
    return c->code->co_flags & CO_VARKEYWORDS ? c->n_params - 1 : -1;
}

/* `keywords.get("name", default)`: the op of the call if i begins it and the name is known; else 0. */
static int reads_keyword(const struct slicing *s, int i, PyObject **ret_name)
{
    const struct constructor *c = &s->c;
    struct touch touch = touches(c, i);
    PyObject *method = attribute_at(c, i + 1), *name = constant_at(c, i + 2), *value = constant_at(c, i + 3);
    bool reads =
        touch.n_loads && touch.loads[touch.n_loads - 1] == rest_of(c) && method && name && PyUnicode_CheckExact(name) &&
        (PyUnicode_CompareWithASCIIString(method, "get") == 0 || PyUnicode_CompareWithASCIIString(method, "pop") == 0);
    PyObject *known = reads ? PyDict_GetItemWithError(s->known->keywords, name) : NULL;
    int call = i + 3 + (value != NULL);
#if PY_VERSION_HEX < 0x030c0000
    call += opcode_at(c, call) == PRECALL;
#endif
    bool calls = known && opcode_at(c, call) == CALL && c->ops[call].arg == 1 + (value != NULL);
    int same = calls ? handing_same(value ? value : Py_None, PyTuple_GET_ITEM(known, 1)) : 0;
    *ret_name = same > 0 ? name : NULL;
    return same > 0 ? call : 0;
}

/* The constant key (borrowed) that op i puts a mapping on top for: `p.get("key")`, `p["key"]`. NULL: for something
 * else. */
static PyObject *looks_up(const struct constructor *c, int i)
{
    PyObject *method = attribute_at(c, i + 1);
    if (method) {
        return PyUnicode_CompareWithASCIIString(method, "get") == 0 ? constant_at(c, i + 2) : NULL;
    }
    return opcode_at(c, i + 2) == BINARY_SUBSCR ? constant_at(c, i + 1) : NULL;
}

/* Is a kept argument used by op i without being changed? It is stored on self, tested, or asked for an item. */
static bool is_harmless(const struct constructor *c, int i, bool last)
{
    if (!last || constructor_loads_self(c, i + 1)) {
        return constructor_loads_self(c, last ? i + 1 : i);
    }
    return looks_up(c, i) || tests(c, i + 1);
}

/* ---- which rows ---- */

/* The local that a row tests to do something or nothing (`if x:` without an else), or -1. */
static int tested_by(const struct constructor *c, struct stretch row)
{
    int at = row.s + 1;
#if PY_VERSION_HEX >= 0x030d0000
    at += opcode_at(c, at) == TO_BOOL;
#endif
    bool tests = c->ops[row.s].opcode == LOAD_FAST && at < row.e && jumps_if_false(opcode_at(c, at)) &&
                 c->ops[at].target == row.e;
    return tests ? c->ops[row.s].arg : -1;
}

/* If a row is nothing but `local = keywords.get("name")`, of a known name, and what is kept is false: the name. */
static PyObject *takes_false(const struct slicing *s, struct stretch row)
{
    PyObject *name;
    int call = s->known->assume_empty ? reads_keyword(s, row.s, &name) : 0;
    return call && call + 2 == row.e && opcode_at(&s->c, call + 1) == STORE_FAST ? name : NULL;
}

/* Which parameters are false when the constructor begins. */
static void begin_empty(struct slicing *s)
{
    const struct constructor *c = &s->c;
    for (int i = 1; i < c->n_params; i++) {
        bool kept = s->known->assume_empty && is_among(s->known->kept, c, i);
        s->empty[i] = !is_cell(c, i) && (kept || is_among(s->known->empty, c, i));
        s->assumed[i] = s->empty[i] && kept ? constructor_local(c, i) : NULL;
    }
}

/* A row is not executed, as this local is false. If that was assumed, the slice depends on it. 0 or -1. */
static int skip_row(struct slicing *s, int row, int local)
{
    PyObject *name = s->assumed[local], *keyword = name ? PyDict_GetItemWithError(s->known->keywords, name) : NULL;
    PyObject *attribute = keyword ? PyTuple_GET_ITEM(keyword, 0) : NULL;
    if (name && !keyword && !PyErr_Occurred()) {
        attribute = PyDict_GetItemWithError(s->known->kept, name);
    }
    s->skipped[row] = true;
    return PyErr_Occurred() || (name && PyDict_SetItem(s->inputs, name, attribute) < 0) ? -1 : 0;
}

/* Which rows before the target are never executed. 0 or -1. */
static int skip_rows(struct slicing *s)
{
    const struct constructor *c = &s->c;
    begin_empty(s);
    for (int row = 0; row < s->target; row++) {
        int tested = tested_by(c, s->rows[row]);
        if (tested >= 0 && s->empty[tested] && skip_row(s, row, tested) < 0) {
            return -1;
        }
        PyObject *name = takes_false(s, s->rows[row]);
        for (int i = s->rows[row].s; i < s->rows[row].e && !s->skipped[row]; i++) {
            struct touch touch = touches(c, i);
            for (int j = 0; j < touch.n_stores; j++) {
                s->empty[touch.stores[j]] = name != NULL;
                s->assumed[touch.stores[j]] = name;
            }
        }
    }
    return 0;
}

/* What a row of the slice reads is needed, and every executed row before that assigns to it. */
static bool add_needs(struct slicing *s, struct stretch row)
{
    bool more = false;
    for (int i = row.s; i < row.e; i++) {
        struct touch touch = touches(&s->c, i);
        for (int j = 0; j < touch.n_loads; j++) {
            int local = touch.loads[j];
            s->needed[local] = true;
            for (int q = 0; q < s->target; q++) {
                bool adds = !s->in[q] && !s->skipped[q] && stores_local(&s->c, s->rows[q], local);
                s->in[q] = s->in[q] || adds;
                more = more || adds;
            }
        }
    }
    return more;
}

static int choose_rows(struct slicing *s)
{
    if (skip_rows(s) < 0) {
        return -1;
    }
    s->in[s->target] = true;
    for (bool more = true; more;) {
        more = false;
        for (int row = 0; row <= s->target; row++) {
            more = (s->in[row] && add_needs(s, s->rows[row])) || more;
        }
    }
    return 0;
}

/* ---- may they run alone? ---- */

/* A local that a row of the slice assigns to, at the latest the one that reads it. */
static bool is_assigned_before(const struct slicing *s, int at, int local)
{
    bool found = false;
    for (int row = 0; row <= at && !found; row++) {
        found = s->in[row] && stores_local(&s->c, s->rows[row], local);
    }
    return found;
}

/* An input is asked for a key, or (NULL) read as a whole. 0 or -1. */
static int add_key(struct slicing *s, PyObject *name, PyObject *key)
{
    PyObject *known = PyDict_GetItemWithError(s->keys, name);
    OWN_REF keys = !key ? Py_NewRef(Py_None) : known ? Py_NewRef(known) : PyErr_Occurred() ? NULL : PySet_New(NULL);
    bool added = keys && (keys == Py_None || PySet_Add(keys, key) == 0);
    return added ? PyDict_SetItem(s->keys, name, keys) : -1;
}

/* May op i of a row read this local? 1, 0, -1. */
static int may_load(struct slicing *s, int row, int i, int local, bool last)
{
    const struct constructor *c = &s->c;
    PyObject *name;
    if (local == 0) {
        PyObject *asked = last ? attribute_at(c, i + 1) : NULL;
        return last && constructor_loads_self(c, i) ? 1 : asked ? (PySet_Add(s->asked, asked) < 0 ? -1 : 1) : 0;
    }
    if (constructor_is_free(c, local) || local >= c->n_params) {
        return constructor_is_free(c, local) || is_assigned_before(s, row, local);
    }
    if (is_cell(c, local)) {
        return 0; /* functions inside share it */
    }
    if (local == rest_of(c)) {
        bool reads = last && reads_keyword(s, i, &name);
        PyObject *known = reads ? PyDict_GetItemWithError(s->known->keywords, name) : NULL;
        if (!known) {
            return PyErr_Occurred() ? -1 : 0;
        }
        return add_key(s, name, NULL) < 0 || PyDict_SetItem(s->inputs, name, PyTuple_GET_ITEM(known, 0)) < 0 ? -1 : 1;
    }
    if (is_among(s->known->given, c, local)) {
        return 1;
    }
    name = local < c->code->co_posonlyargcount ? NULL : constructor_local(c, local);
    PyObject *from = name ? PyDict_GetItemWithError(s->known->kept, name) : NULL;
    if (!from) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return add_key(s, name, last ? looks_up(c, i) : NULL) < 0 || PyDict_SetItem(s->inputs, name, from) < 0 ? -1 : 1;
}

/* 1, 0, -1. */
static int may_run(struct slicing *s, int row, int i)
{
    const struct constructor *c = &s->c;
    struct touch touch = touches(c, i);
    int opcode = c->ops[i].opcode, may = 1;
    if (constructor_reaches_out(opcode) || (opcode == STORE_ATTR && !constructor_stores(c, i))) {
        return 0;
    }
#if PY_VERSION_HEX < 0x030d0000
    may = opcode != LOAD_CLOSURE || constructor_is_free(c, touch.loads[0]);
#endif
    for (int j = 0; j < touch.n_stores && may; j++) {
        may = touch.stores[j] > 0 && touch.stores[j] != rest_of(c);
    }
    for (int j = 0; j < touch.n_loads && may > 0; j++) {
        may = may_load(s, row, i, touch.loads[j], j == touch.n_loads - 1);
    }
    return may;
}

static int may_run_all(struct slicing *s)
{
    int may = 1;
    for (int row = 0; row <= s->target && may > 0; row++) {
        may = !s->in[row] || constructor_always_reaches(&s->c, &s->rows[row]);
        for (int i = s->rows[row].s; i < s->rows[row].e && may > 0 && s->in[row]; i++) {
            may = may_run(s, row, i);
        }
    }
    return may;
}

/* ---- does anything else change it? ---- */

/* A local that the slice reads is read by op i of a row that is no part of it: can that change the value? */
static bool may_change(const struct slicing *s, int i, int local, bool last)
{
    const struct constructor *c = &s->c;
    if (local == 0 || local == rest_of(c) || constructor_is_free(c, local)) {
        return false; /* of **keywords the caller knows */
    }
    if (is_assigned_before(s, s->target, local)) {
        return true;
    }
    if (is_among(s->known->given, c, local)) {
        return !is_among(s->known->atoms, c, local);
    }
    return !is_harmless(c, i, last);
}

static bool is_left_alone(const struct slicing *s)
{
    bool alone = true;
    for (int row = 0; row < s->n_rows && alone; row++) {
        for (int i = s->rows[row].s; i < s->rows[row].e && alone && !s->in[row] && !s->skipped[row]; i++) {
            struct touch touch = touches(&s->c, i);
            for (int j = 0; j < touch.n_loads; j++) {
                int local = touch.loads[j]; /* what the slice assigns to is another name, perhaps: `other = x = []` */
                bool last = j == touch.n_loads - 1;
                bool its =
                    s->needed[local] || (is_assigned_before(s, s->target, local) && !is_harmless(&s->c, i, last));
                alone = alone && !(its && may_change(s, i, local, last));
            }
        }
    }
    return alone;
}

/* ---- all of it ---- */

/* Cuts the body into rows, and finds the one that stores the attribute: 1; 0: there is none; -1. */
static int cut(struct slicing *s, PyObject *name)
{
    const struct constructor *c = &s->c;
    int n_locals = c->code->co_nlocalsplus + 1;
    s->rows = PyMem_Calloc((size_t)c->n_ops + 1, sizeof *s->rows);
    s->in = PyMem_Calloc(2 * ((size_t)c->n_ops + 1), sizeof *s->in);
    s->needed = PyMem_Calloc(2 * (size_t)n_locals, sizeof *s->needed);
    s->assumed = PyMem_Calloc((size_t)n_locals, sizeof *s->assumed);
    if (!s->rows || !s->in || !s->needed || !s->assumed) {
        PyErr_NoMemory();
        return -1;
    }
    s->skipped = s->in + c->n_ops + 1;
    s->empty = s->needed + n_locals;
    s->target = -1;
    for (int i = c->n_preamble; i < c->n_ops;) {
        struct stretch row = {i, i + 1};
        constructor_grow(c, &row);
        if (row.s < i) {
            return 0; /* a jump leads back into what was cut before: no row of rows */
        }
        for (int j = row.s; j < row.e; j++) {
            bool stores = constructor_stores(c, j) &&
                          PyUnicode_Compare(PyTuple_GET_ITEM(c->code->co_names, c->ops[j].arg), name) == 0;
            s->target = stores ? s->n_rows : s->target;
        }
        s->rows[s->n_rows++] = row;
        i = row.e;
    }
    return s->target >= 0;
}

static PyObject *build(struct slicing *s)
{
    int n = 0;
    for (int row = 0; row <= s->target; row++) {
        if (s->in[row]) {
            s->rows[n++] = s->rows[row]; /* what follows is of no meaning any more */
        }
    }
    OWN_REF program = constructor_program(&s->c, s->rows, n);
    return program ? PyTuple_Pack(SLICE_FIELDS, program, s->inputs, s->keys, s->asked) : NULL;
}

static PyObject *make(struct slicing *s, PyObject *name)
{
    int found = s->c.n_preamble ? cut(s, name) : 0;
    s->inputs = found > 0 ? PyDict_New() : NULL;
    s->keys = s->inputs ? PyDict_New() : NULL;
    s->asked = s->keys ? PySet_New(NULL) : NULL;
    if (!s->asked) {
        return found == 0 ? Py_NewRef(Py_None) : NULL;
    }
    int may = choose_rows(s) < 0 ? -1 : may_run_all(s);
    return may < 0 ? NULL : may && is_left_alone(s) ? build(s) : Py_NewRef(Py_None);
}

PyObject *slice_make(PyCodeObject *code, PyObject *name, const struct slice_known *known)
{
    if (code->co_argcount == 0) {
        return Py_NewRef(Py_None);
    }
    struct slicing s = {.known = known};
    OWN_REF result = constructor_open(&s.c, code, known->given) < 0 ? NULL : make(&s, name);
    constructor_close(&s.c);
    PyMem_Free(s.rows);
    PyMem_Free(s.in);
    PyMem_Free(s.needed);
    PyMem_Free(s.assumed);
    Py_XDECREF(s.inputs);
    Py_XDECREF(s.keys);
    Py_XDECREF(s.asked);
    return STEAL(result);
}
