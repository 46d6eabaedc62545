/* What a descriptor computed once and left in an instance (functools.cached_property does), in any instance that is
 * alive: it goes with the flip if the new version computes it in another way, and is computed again when it is asked
 * for.
 *
 * Where code of the program binds that attribute itself, it is asked of each instance (carry_override.c). Otherwise
 * this is decided from what is certain: the descriptor's function itself changed, or one that it calls by a global name
 * or on its own class, or a constant that these read. It stays if code of the package binds the name, too, and if what
 * is computed is not the same every time (a time, a random number, what a file says). What has an identity of its own
 * stays in any case (memo_is_plain, for each instance). Must not: run Python code. */
#include "engine/carry_memo.h"
#include "engine/carry_override.h"

#include "compat/contents.h"
#include "compat/state.h"

#include <stdlib.h>

struct cached {
    struct memo_closure closure;
    PyTypeObject *type; /* borrowed: whose descriptor it is */
    bool varies;
};

bool memo_varies(PyObject *name)
{
    static const char *const names[] = {
        "time",   "monotonic", "perf_counter", "now",     "utcnow",    "today", "random",     "Random",     "uuid",
        "uuid1",  "uuid4",     "secrets",      "urandom", "token_hex", "open",  "read_text",  "read_bytes", "environ",
        "getenv", "getpid",    "getcwd",       "stat",    "id",        "next",  "subprocess", "socket",     "count"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (PyUnicode_CompareWithASCIIString(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A function that is called: what it does is read later. */
static int follow(struct cached *cached, PyObject *function)
{
    struct memo_closure *closure = &cached->closure;
    int first = memo_meet(closure, function);
    struct pair *pair = first > 0 ? match_find(closure->carrying->match, function) : NULL;
    closure->changed = closure->changed || (pair && pair->changed);
    return first < 0 ? -1 : 0;
}

/* A method or property of the class. */
static int follow_attribute(struct cached *cached, PyObject *name)
{
    PyObject *found = memo_class_attribute(cached->type, name);
    OWN_REF getter = found && Py_IS_TYPE(found, &PyProperty_Type) ? PyObject_GetAttrString(found, "fget") : NULL;
    PyObject *function = getter ? getter : found;
    return PyErr_Occurred() ? -1 : function && PyFunction_Check(function) ? follow(cached, function) : 0;
}

static int follow_global(struct cached *cached, PyObject *function, PyObject *name)
{
    const struct match *match = cached->closure.carrying->match;
    PyObject *space = PyFunction_GET_GLOBALS(function), *base = match_base(match, space, false);
    PyObject *value = PyDict_GetItemWithError(base ? base : space, name);
    struct pair *pair = match_find(match, space);
    if (!value || !pair || PyType_Check(value)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return PyFunction_Check(value) ? follow(cached, value)
                                   : memo_follow_data(&cached->closure, space, pair->partner, name);
}

/* What one function calls and reads. */
static int read_function(struct cached *cached, PyObject *function)
{
    struct memo_index *index = cached->closure.index;
    if (memo_know(index, function) < 0) {
        return -1;
    }
    for (size_t i = memo_first(index, function); !cached->varies && i < index->n; i++) {
        struct event event = index->events[i];
        if (event.function != function) {
            break;
        }
        bool loads = event.kind == FILLER_LOAD;
        cached->varies = loads && memo_varies(event.name);
        int failed = !loads                            ? 0
                     : event.where == FILLER_GLOBAL    ? follow_global(cached, function, event.name)
                     : event.where == FILLER_ATTRIBUTE ? follow_attribute(cached, event.name)
                                                       : 0;
        if (failed < 0) {
            return -1;
        }
    }
    return 0;
}

/* Does code of the package bind this attribute itself? */
static bool is_bound(const struct memo_index *index, PyObject *name)
{
    for (size_t i = 0; i < index->n; i++) {
        const struct event *event = &index->events[i];
        if (event->kind == FILLER_STORE && event->where == FILLER_ATTRIBUTE && memo_same_name(event->name, name)) {
            return true;
        }
    }
    return false;
}

/* Does the new version compute what this descriptor of the class leaves in instances in another way? 1, 0, -1. */
static int computes_otherwise(struct carrying *carrying, PyTypeObject *type, PyObject *name, PyObject *descriptor)
{
    struct memo_index *index = memo_index_of(carrying);
    OWN_REF state = index && !is_bound(index, name) ? state_copy(descriptor) : NULL;
    if (!state) {
        return PyErr_Occurred() ? -1 : 0;
    }
    struct cached cached = {.closure = {.carrying = carrying, .index = index, .memo = name}, .type = type};
    PyObject *key, *value;
    Py_ssize_t position = 0;
    int failed = 0;
    while (!failed && PyDict_Next(state, &position, &key, &value)) {
        failed = PyFunction_Check(value) ? follow(&cached, value) : 0;
    }
    while (!failed && !cached.varies && cached.closure.todo.n) {
        failed = read_function(&cached, cached.closure.todo.items[--cached.closure.todo.n]);
    }
    memo_closure_release(&cached.closure);
    return failed ? -1 : cached.closure.changed && !cached.varies;
}

static int add_spent(struct carrying *carrying, PyTypeObject *type, PyObject *name)
{
    struct carry *carry = carrying->carry;
    if (!carrying->codes && !(carrying->codes = override_codes(carrying->match))) {
        return -1;
    }
    int doubtful = override_possible(carrying->codes, type, name);
    if (doubtful < 0) {
        return -1;
    }
    struct carry_spent *grown = realloc(carry->spent, (carry->n_spent + 1) * sizeof *grown);
    if (!grown) {
        PyErr_NoMemory();
        return -1;
    }
    carry->spent = grown;
    carry->spent[carry->n_spent++] = (struct carry_spent){type, Py_NewRef(name), doubtful};
    return 0;
}

static int look_at_class(struct carrying *carrying, const struct pair *pair)
{
    PyTypeObject *type = (PyTypeObject *)pair->old;
    PyObject *name, *value;
    Py_ssize_t position = 0;
    OWN_REF attributes = PyDict_Copy(type->tp_dict);
    while (attributes && PyDict_Next(attributes, &position, &name, &value)) {
        bool caches = PyUnicode_CheckExact(name) && memo_leaves_values(value);
        int otherwise = caches ? computes_otherwise(carrying, type, name, value) : 0;
        if (otherwise < 0 || (otherwise && add_spent(carrying, type, name) < 0)) {
            return -1;
        }
    }
    return attributes ? 0 : -1;
}

int memo_find_spent(struct carrying *carrying)
{
    for (size_t i = 0; i < carrying->match->n_pairs; i++) {
        const struct pair *pair = &carrying->match->pairs[i];
        if (pair->kind == PAIR_CLASS && PyType_Check(pair->partner) && look_at_class(carrying, pair) < 0) {
            return -1;
        }
    }
    return 0;
}

static PyObject *names_of(const struct carry *carry, PyTypeObject *type, bool doubtful)
{
    OWN_REF names = PyList_New(0);
    for (size_t i = 0; names && i < carry->n_spent; i++) {
        const struct carry_spent *spent = &carry->spent[i];
        PyObject *found = PyType_IsSubtype(type, spent->type) ? memo_class_attribute(type, spent->name) : NULL;
        bool its = found && (!doubtful || spent->doubtful) &&
                   found == PyDict_GetItemWithError(spent->type->tp_dict, spent->name);
        if (PyErr_Occurred() || (its && PyList_Append(names, spent->name) < 0)) {
            return NULL;
        }
    }
    return names ? PyList_AsTuple(names) : NULL;
}

PyObject *carry_spent_names(const struct carry *carry, PyTypeObject *type)
{
    return names_of(carry, type, false);
}

PyObject *carry_doubtful_names(const struct carry *carry, PyTypeObject *type)
{
    return names_of(carry, type, true);
}

bool carry_is_computed(const struct match *match, PyObject *value)
{
    return memo_is_plain(match, value);
}
