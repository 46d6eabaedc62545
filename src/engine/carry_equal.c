/* Structural equality under the map from old to new. Bounded in depth and in work: what is nested deeper, or takes
 * longer, counts as different, which makes an upgrade be refused, never be wrong. What was found equal is not gone
 * through again: a graph whose parts are shared at each level has more paths than anybody can wait for. Invariant: only
 * exact built-in atoms are compared by their own ==; only what was compared to its end is remembered as equal. */
#include "engine/carry_equal.h"

#include "compat/state.h"

#define MAX_DEPTH 40
#define MAX_STEPS 2000000 /* about a second */

struct comparing {
    const struct match *match;
    struct ptrmap equal; /* ours -> theirs; they are alive: nothing runs meanwhile that could free them */
    size_t steps;
};

static int equal_at(struct comparing *c, PyObject *ours, PyObject *theirs, int depth);

static bool is_exact_atom(PyObject *value)
{
    return value == Py_None || PyUnicode_CheckExact(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
           PyBool_Check(value) || PyBytes_CheckExact(value) || PyComplex_CheckExact(value) ||
           PyByteArray_CheckExact(value);
}

bool carry_equal_atoms(PyObject *a, PyObject *b)
{
    if (a == b) {
        return true;
    }
    if (!a || !b || Py_TYPE(a) != Py_TYPE(b) || !is_exact_atom(a) || PyByteArray_CheckExact(a)) {
        return false;
    }
    int equal = PyObject_RichCompareBool(a, b, Py_EQ);
    if (equal < 0) {
        PyErr_Clear(); /* no memory for two huge numbers: not known to be equal */
    }
    return equal == 1;
}

static int equal_dicts(struct comparing *c, PyObject *ours, PyObject *theirs, int depth)
{
    if (PyDict_GET_SIZE(ours) != PyDict_GET_SIZE(theirs)) {
        return 0;
    }
    /* In order, key by key: a table that was only added to is in the same order; otherwise "different" is a safe
     * answer. */
    PyObject *a_key, *a, *b_key, *b;
    Py_ssize_t at = 0, bt = 0;
    while (PyDict_Next(ours, &at, &a_key, &a) && PyDict_Next(theirs, &bt, &b_key, &b)) {
        int equal = equal_at(c, a_key, b_key, depth);
        equal = equal == 1 ? equal_at(c, a, b, depth) : equal;
        if (equal != 1) {
            return equal;
        }
    }
    return 1;
}

static int equal_lists(struct comparing *c, PyObject *ours, PyObject *theirs, int depth)
{
    Py_ssize_t size = Py_SIZE(ours);
    if (size != Py_SIZE(theirs)) {
        return 0;
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *a = PyList_Check(ours) ? PyList_GET_ITEM(ours, i) : PyTuple_GET_ITEM(ours, i);
        PyObject *b = PyList_Check(theirs) ? PyList_GET_ITEM(theirs, i) : PyTuple_GET_ITEM(theirs, i);
        int equal = equal_at(c, a, b, depth);
        if (equal != 1) {
            return equal;
        }
    }
    return 1;
}

/* Sets: every member of one has an equal one in the other. Small in practice; bounded by giving up. */
static int equal_sets(struct comparing *c, PyObject *ours, PyObject *theirs, int depth)
{
    OWN_REF left = state_set_members(ours);
    OWN_REF right = left ? state_set_members(theirs) : NULL;
    if (!right || PyList_GET_SIZE(left) != PyList_GET_SIZE(right) || PyList_GET_SIZE(left) > 2000) {
        return right ? 0 : -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(left); i++) {
        int found = 0;
        for (Py_ssize_t j = 0; j < PyList_GET_SIZE(right) && found == 0; j++) {
            found = equal_at(c, PyList_GET_ITEM(left, i), PyList_GET_ITEM(right, j), depth);
        }
        if (found != 1) {
            return found;
        }
    }
    return 1;
}

static int equal_payload(struct comparing *c, PyObject *ours, PyObject *theirs, bool *ret_known)
{
    PyTypeObject *const types[] = {&PyLong_Type, &PyUnicode_Type, &PyFloat_Type, &PyBytes_Type, &PyComplex_Type};
    *ret_known = true;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (PyObject_TypeCheck(ours, types[i]) && PyObject_TypeCheck(theirs, types[i])) {
            OWN_REF equal = types[i]->tp_richcompare(ours, theirs, Py_EQ);
            return equal ? equal == Py_True : -1;
        }
    }
    if (PyTuple_Check(ours) && PyTuple_Check(theirs)) {
        return equal_lists(c, ours, theirs, 0);
    }
    if (PyFrozenSet_Check(ours) && PyFrozenSet_Check(theirs)) {
        return equal_sets(c, ours, theirs, 0);
    }
    *ret_known = false;
    return 1;
}

/* What an instance of a class made by a class statement holds besides the entries of a container. */
static int equal_instances(struct comparing *c, PyObject *ours, PyObject *theirs, int depth)
{
    bool known;
    int payload = equal_payload(c, ours, theirs, &known);
    OWN_REF left = payload == 1 ? state_copy(ours) : NULL;
    OWN_REF right = left ? state_copy(theirs) : NULL;
    return payload != 1 ? payload : right ? equal_dicts(c, left, right, depth + 1) : -1;
}

static bool types_agree(const struct match *match, PyObject *ours, PyObject *theirs)
{
    struct pair *pair = match_find(match, (PyObject *)Py_TYPE(ours));
    return Py_TYPE(ours) == Py_TYPE(theirs) || (pair && pair->partner == (PyObject *)Py_TYPE(theirs));
}

/* What a factory gave to the functions that it made. One that refers to itself ends at a small depth. */
static int equal_closures(struct comparing *c, PyObject *ours, PyObject *theirs, int depth)
{
    PyObject *left = PyFunction_Check(ours) ? PyFunction_GET_CLOSURE(ours) : NULL;
    PyObject *right = PyFunction_Check(theirs) ? PyFunction_GET_CLOSURE(theirs) : NULL;
    if (!left || !right || depth > 8 || PyTuple_GET_SIZE(left) != PyTuple_GET_SIZE(right)) {
        return 1;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(left); i++) {
        PyObject *a = PyCell_Get(PyTuple_GET_ITEM(left, i)), *b = PyCell_Get(PyTuple_GET_ITEM(right, i));
        bool data = a && b && !PyType_Check(a);
        int equal = data ? equal_at(c, a, b, depth + 1) : 1;
        Py_XDECREF(a);
        Py_XDECREF(b);
        if (equal != 1) {
            return equal;
        }
    }
    return 1;
}

/* Of two objects that have parts, and types that agree. */
static int equal_parts(struct comparing *c, PyObject *ours, PyObject *theirs, int depth)
{
    if (PyDict_Check(ours)) {
        return equal_dicts(c, ours, theirs, depth + 1);
    }
    if (PyList_Check(ours) || PyTuple_Check(ours)) {
        return equal_lists(c, ours, theirs, depth + 1);
    }
    if (PyAnySet_Check(ours)) {
        return equal_sets(c, ours, theirs, depth + 1);
    }
    if (!(Py_TYPE(ours)->tp_flags & Py_TPFLAGS_HEAPTYPE) || PyType_Check(ours)) {
        return 0;
    }
    return equal_instances(c, ours, theirs, depth);
}

static int equal_at(struct comparing *c, PyObject *ours, PyObject *theirs, int depth)
{
    if (ours == theirs) {
        return 1;
    }
    struct pair *pair = match_find(c->match, ours);
    if (pair && pair->kind != PAIR_DATA) {
        return pair->partner != theirs ? 0 : equal_closures(c, ours, theirs, depth);
    }
    if (!types_agree(c->match, ours, theirs) || depth > MAX_DEPTH || c->steps++ > MAX_STEPS) {
        return 0;
    }
    if (is_exact_atom(ours)) {
        return PyObject_RichCompareBool(ours, theirs, Py_EQ);
    }
    if (ptrmap_get(&c->equal, ours) == theirs) {
        return 1;
    }
    int equal = equal_parts(c, ours, theirs, depth);
    if (equal == 1 && ptrmap_put(&c->equal, ours, theirs) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return equal;
}

int carry_equal(const struct match *match, PyObject *ours, PyObject *theirs)
{
    struct comparing c = {.match = match};
    ptrmap_init(&c.equal);
    int equal = equal_at(&c, ours, theirs, 0);
    ptrmap_release(&c.equal);
    return equal;
}

int carry_equal_inside(const struct match *match, PyObject *ours, PyObject *theirs)
{
    if (!types_agree(match, ours, theirs)) {
        return 0;
    }
    struct comparing c = {.match = match};
    ptrmap_init(&c.equal);
    int equal = equal_instances(&c, ours, theirs, 0);
    ptrmap_release(&c.equal);
    return equal;
}

int carry_equal_payload(const struct match *match, PyObject *ours, PyObject *theirs, bool *ret_known)
{
    struct comparing c = {.match = match};
    ptrmap_init(&c.equal);
    int equal = equal_payload(&c, ours, theirs, ret_known);
    ptrmap_release(&c.equal);
    return equal;
}
