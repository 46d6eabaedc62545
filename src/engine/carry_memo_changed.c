/* Would a result be computed differently by the new version? Followed from the function that computes it: what that
 * calls, by name, and the data of the package that all of these read, as both versions start with them.
 *
 * Invariant: in doubt it would. What an attribute belongs to is not known, so any class's attribute of that name
 * counts; of what is computed of a class itself only those that the class can lead to. Must not: run Python code. */
#include "engine/carry_memo.h"

#include "compat/lrucache.h"
#include "engine/base.h"
#include "engine/carry_equal.h"
#include "engine/kinds.h"

#include <stdlib.h>
#include <string.h>

/* What the two versions begin with; is NULL: the new one has nothing there. 0 or -1. */
static int compare(struct memo_closure *closure, PyObject *was, PyObject *is)
{
    const struct match *match = closure->carrying->match;
    PyObject *copy = match_base(match, was, false);
    OWN_REF their_copy = copy && is ? carry_their_copy(closure->carrying, is, false) : NULL;
    int equal = PyErr_Occurred()     ? -1
                : !is                ? 0
                : copy && their_copy ? carry_equal(match, copy, their_copy)
                                     : carry_equal(match, was, is);
    closure->changed = closure->changed || equal == 0;
    return equal < 0 || receivers_add_value(closure, was) < 0 ? -1 : 0;
}

int memo_follow_data(struct memo_closure *closure, PyObject *owner, PyObject *partner, PyObject *name)
{
    PyObject *base = match_base(closure->carrying->match, owner, false);
    PyObject *was = base ? PyDict_GetItemWithError(base, name) : NULL;
    OWN_REF their = was && !PyErr_Occurred() ? carry_their_copy(closure->carrying, partner, false) : NULL;
    PyObject *is = their ? PyDict_GetItemWithError(their, name) : NULL;
    if (PyErr_Occurred() || (was && receivers_add_value(closure, was) < 0)) {
        return -1;
    }
    bool code = was && (PyFunction_Check(was) || PyType_Check(was) || PyModule_Check(was) || PyCFunction_Check(was) ||
                        carry_is_old_code(closure->carrying->match, was) || carry_is_bookkeeping(name));
    return !was || code || memo_same_name(name, closure->memo) ? 0 : compare(closure, was, is);
}

/* Classes that data lead to: code that is given the data may ask them for theirs. */
static int add_classes(struct memo_closure *closure, PyObject *value, int depth)
{
    if (generation_owns_class(closure->carrying->match->old, value)) {
        int failed = ptrmap_put(&closure->classes, value, value);
        return failed ? (PyErr_NoMemory(), -1) : 0;
    }
    PyObject *key, *item;
    Py_ssize_t position = 0;
    while (depth < 4 && PyDict_CheckExact(value) && PyDict_Next(value, &position, &key, &item)) {
        if (add_classes(closure, key, depth + 1) < 0 || add_classes(closure, item, depth + 1) < 0) {
            return -1;
        }
    }
    bool sequence = PyList_CheckExact(value) || PyTuple_CheckExact(value);
    for (Py_ssize_t i = 0; depth < 4 && sequence && i < Py_SIZE(value); i++) {
        item = PyList_CheckExact(value) ? PyList_GET_ITEM(value, i) : PyTuple_GET_ITEM(value, i);
        if (add_classes(closure, item, depth + 1) < 0) {
            return -1;
        }
    }
    return 0;
}

/* May an attribute that the code reads be one of this class? */
static bool may_be_read(const struct memo_closure *closure, PyObject *owner)
{
    return !closure->type || !PyType_Check(owner) || ptrmap_get(&closure->classes, owner) ||
           PyType_IsSubtype(Py_TYPE(closure->type), (PyTypeObject *)owner);
}

int memo_meet(struct memo_closure *closure, PyObject *function)
{
    if (ptrmap_get(&closure->seen, function) || !generation_owns_function(closure->carrying->match->old, function)) {
        return 0;
    }
    if (ptrmap_put(&closure->seen, function, function) < 0 || objects_add(&closure->todo, function) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 1;
}

/* A function that is called. */
static int note(struct memo_closure *closure, PyObject *function)
{
    int first = memo_meet(closure, function);
    struct pair *pair = first > 0 ? match_find(closure->carrying->match, function) : NULL;
    closure->changed = closure->changed || (first > 0 && (!pair || pair->changed));
    return first < 0 ? -1 : 0;
}

/* Functions that an attribute of this name may be. */
static int close_methods(struct memo_closure *closure, PyObject *name)
{
    PyObject *list = PyDict_GetItemWithError(closure->index->by_name, name);
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list) && !closure->changed; i++) {
        int called = receivers_may_call(closure, name, PyList_GET_ITEM(list, i));
        if (called < 0 || (called && note(closure, PyList_GET_ITEM(list, i)) < 0)) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* A class that is called: its way of making instances. */
static int close_class(struct memo_closure *closure, PyObject *type)
{
    static const char *const names[] = {"__init__", "__new__", "__call__", "__post_init__"};
    struct pair *pair = match_find(closure->carrying->match, type);
    closure->changed = closure->changed || !pair || !PyType_Check(pair->partner);
    if (add_classes(closure, type, 0) < 0 || receivers_add_class(closure, type) < 0) {
        return -1;
    }
    for (size_t i = 0; i < 4 && !closure->changed; i++) {
        PyObject *function = dict_get(((PyTypeObject *)type)->tp_dict, names[i]);
        if (PyErr_Occurred() || (function && PyFunction_Check(function) && note(closure, function) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* ---- code that is no function: a cache, a partial, a method, what a descriptor holds ---- */

#define MOST_WRAPPERS 8 /* one in another */

struct unwrapping {
    struct memo_closure *closure;
    int depth, failed;
};

static int follow_code(struct memo_closure *closure, PyObject *value, int depth);

static int visit_wrapped(PyObject *object, void *arg)
{
    struct unwrapping *unwrapping = arg;
    unwrapping->failed = unwrapping->failed || follow_code(unwrapping->closure, object, unwrapping->depth + 1) < 0;
    return unwrapping->failed;
}

static bool is_wrapper(PyObject *value)
{
    static const char *const names[] = {"property", "staticmethod", "classmethod", "method", "functools.partial"};
    bool found = lrucache_check(value);
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++) {
        found = strcmp(Py_TYPE(value)->tp_name, names[i]) == 0;
    }
    return found;
}

/* Follows what is called when the value is. 1, 0: it is no code of the package that is known to be called, -1. */
static int follow_code(struct memo_closure *closure, PyObject *value, int depth)
{
    const struct match *match = closure->carrying->match;
    if (PyFunction_Check(value)) {
        return note(closure, value) < 0 ? -1 : 1;
    }
    if (generation_owns_class(match->old, value)) {
        return close_class(closure, value) < 0 ? -1 : 1;
    }
    if (!is_wrapper(value) || !carry_is_old_code(match, value)) {
        return 0;
    }
    struct pair *pair = match_find(match, value);
    bool same = pair && Py_TYPE(pair->partner) == Py_TYPE(value);
    struct unwrapping unwrapping = {closure, depth, 0};
    closure->changed = closure->changed || !same || depth > MOST_WRAPPERS;
    if (!closure->changed) {
        Py_TYPE(value)->tp_traverse(value, visit_wrapped, &unwrapping);
    }
    return unwrapping.failed ? -1 : 1;
}

/* Data that an attribute of this name may be, and what it may call: of any class, of any module. */
static int close_attribute(struct memo_closure *closure, PyObject *name)
{
    const struct match *match = closure->carrying->match;
    for (size_t i = 0; i < match->n_pairs && !closure->changed; i++) {
        const struct pair *pair = &match->pairs[i];
        bool owner = pair->kind == PAIR_NAMESPACE || (pair->kind == PAIR_CLASS && PyType_Check(pair->partner));
        PyObject *base = owner && may_be_read(closure, pair->old) ? match_base(match, pair->old, false) : NULL;
        PyObject *value = base ? PyDict_GetItemWithError(base, name) : NULL;
        bool by_name = closure->receivers && pair->kind == PAIR_CLASS; /* close_methods knows which can be called */
        int code = value && !by_name ? follow_code(closure, value, 0) : 0;
        if (PyErr_Occurred() || (value && !code && memo_follow_data(closure, pair->old, pair->partner, name) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* Files may hold anything, and nobody knows what was in them when it was read. */
static bool reads_files(PyObject *name)
{
    static const char *const names[] = {
        "open",     "read_text",   "read_bytes",    "open_text",       "open_binary",
        "get_data", "read_binary", "open_resource", "resource_string", "resource_stream"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (PyUnicode_CompareWithASCIIString(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int close_name(struct memo_closure *closure, PyObject *function, struct event event)
{
    closure->changed = closure->changed || reads_files(event.name);
    if (event.where == FILLER_VARIABLE) {
        return 0; /* the function's own cells: close_cells */
    }
    if (event.where == FILLER_ATTRIBUTE) {
        int failed = close_methods(closure, event.name);
        return failed < 0 ? -1 : close_attribute(closure, event.name);
    }
    PyObject *space = PyFunction_GET_GLOBALS(function), *base = match_base(closure->carrying->match, space, false);
    PyObject *value = PyDict_GetItemWithError(base ? base : space, event.name);
    struct pair *pair = match_find(closure->carrying->match, space);
    if (!value || !pair) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int code = follow_code(closure, value, 0);
    return code ? (code < 0 ? -1 : 0) : memo_follow_data(closure, space, pair->partner, event.name);
}

/* What lies in the function itself, cells and defaults: code that is called, or data. `is`: what the partner has. */
static int close_part(struct memo_closure *closure, PyObject *was, PyObject *is)
{
    int code = was ? follow_code(closure, was, 0) : 0;
    bool data = was && !code && !PyModule_Check(was) && !kinds_is_opaque(was) &&
                !carry_is_old_code(closure->carrying->match, was);
    return code < 0 ? -1 : data ? compare(closure, was, is) : 0;
}

/* The partner is the same program: its cells have the same names, in the same order. */
static int close_cells(struct memo_closure *closure, PyObject *function, PyObject *partner)
{
    const struct match *match = closure->carrying->match;
    PyObject *cells = PyFunction_GET_CLOSURE(function), *theirs = PyFunction_GET_CLOSURE(partner);
    for (Py_ssize_t i = 0; cells && i < PyTuple_GET_SIZE(cells) && !closure->changed; i++) {
        PyObject *cell = PyTuple_GET_ITEM(cells, i), *base = match_base(match, cell, false);
        PyObject *was = base ? (PyList_GET_SIZE(base) ? PyList_GET_ITEM(base, 0) : NULL) : PyCell_GET(cell);
        PyObject *their = theirs && i < PyTuple_GET_SIZE(theirs) ? PyTuple_GET_ITEM(theirs, i) : cell;
        bool shared = their == cell; /* a closure of the program's goes on with its cells */
        if (was && (shared ? follow_code(closure, was, 0) : close_part(closure, was, PyCell_GET(their))) < 0) {
            return -1;
        }
    }
    return 0;
}

static int close_defaults(struct memo_closure *closure, PyObject *function, PyObject *partner)
{
    PyFunctionObject *f = (PyFunctionObject *)function, *their = (PyFunctionObject *)partner;
    Py_ssize_t n = f->func_defaults ? PyTuple_GET_SIZE(f->func_defaults) : 0;
    closure->changed = closure->changed || n != (their->func_defaults ? PyTuple_GET_SIZE(their->func_defaults) : 0);
    for (Py_ssize_t i = 0; i < n && !closure->changed; i++) {
        PyObject *was = PyTuple_GET_ITEM(f->func_defaults, i), *is = PyTuple_GET_ITEM(their->func_defaults, i);
        if (close_part(closure, was, is) < 0) {
            return -1;
        }
    }
    PyObject *name, *was;
    Py_ssize_t position = 0;
    while (!closure->changed && f->func_kwdefaults && PyDict_Next(f->func_kwdefaults, &position, &name, &was)) {
        PyObject *is = their->func_kwdefaults ? PyDict_GetItemWithError(their->func_kwdefaults, name) : NULL;
        if (PyErr_Occurred() || close_part(closure, was, is) < 0) {
            return -1;
        }
    }
    return 0;
}

/* What one function calls and reads. */
static int read_function(struct memo_closure *closure, PyObject *function)
{
    if (memo_know(closure->index, function) < 0 || receivers_add_function(closure, function) < 0) {
        return -1;
    }
    for (size_t i = memo_first(closure->index, function); !closure->changed && i < closure->index->n; i++) {
        struct event event = closure->index->events[i];
        if (event.function != function) {
            break;
        }
        if (event.kind == FILLER_LOAD && close_name(closure, function, event) < 0) {
            return -1;
        }
    }
    struct pair *pair = closure->changed ? NULL : match_find(closure->carrying->match, function);
    bool both = pair && PyFunction_Check(pair->partner);
    return both && (close_cells(closure, function, pair->partner) < 0 ||
                    close_defaults(closure, function, pair->partner) < 0)
               ? -1
               : 0;
}

int memo_follow(struct memo_closure *closure, PyObject *function)
{
    int failed = note(closure, function);
    while (!failed && !closure->changed && closure->todo.n) {
        failed = read_function(closure, closure->todo.items[--closure->todo.n]);
    }
    return failed;
}

/* What is computed of a class comes from its attributes and its bases', and from the classes that these lead to. */
static int add_lineage(struct memo_closure *closure, PyObject *mro)
{
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *base = PyTuple_GET_ITEM(mro, i), *was = match_base(closure->carrying->match, base, false);
        PyObject *key, *value;
        Py_ssize_t position = 0;
        PyObject *now = was ? was : ((PyTypeObject *)base)->tp_dict;
        if (add_classes(closure, base, 0) < 0 || receivers_add_class(closure, base) < 0 ||
            (now && receivers_add_value(closure, now) < 0)) {
            return -1;
        }
        while (was && PyDict_Next(was, &position, &key, &value)) {
            if (add_classes(closure, value, 0) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* All their data: code may ask for attributes in ways that no instructions show. */
static int close_classes(struct memo_closure *closure)
{
    struct ptrmap_slot *slot;
    for (size_t i = 0; !closure->changed && (slot = ptrmap_next(&closure->classes, &i));) {
        PyObject *type = slot->value, *key, *value;
        struct pair *pair = match_find(closure->carrying->match, type);
        PyObject *was = pair && PyType_Check(pair->partner) ? match_base(closure->carrying->match, type, false) : NULL;
        Py_ssize_t position = 0;
        while (was && PyDict_Next(was, &position, &key, &value)) {
            if (PyUnicode_Check(key) && memo_follow_data(closure, type, pair->partner, key) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* Follows what more classes bring into reach, until there are no more. */
static int follow_receivers(struct memo_closure *closure, PyObject *preparing)
{
    const struct receivers *receivers = closure->receivers;
    int failed = memo_follow(closure, preparing);
    size_t n = 0;
    for (bool any = false; !failed && !closure->changed && (n != receivers->classes.used || any != receivers->any);) {
        n = receivers->classes.used;
        any = receivers->any;
        OWN_REF names = listed(receivers->names);
        for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names) && !failed; i++) {
            failed = close_methods(closure, PyList_GET_ITEM(names, i));
        }
        failed = !names || failed ? -1 : memo_follow(closure, preparing);
    }
    return failed;
}

int memo_class_changed(struct carrying *carrying, PyObject *type, PyObject *preparing, PyObject *name)
{
    struct memo_index *index = memo_index_of(carrying);
    struct memo_closure closure = {.carrying = carrying, .index = index, .memo = name, .type = type};
    struct receivers receivers;
    bool outside = !generation_owns_class(carrying->match->old, type); /* ours prepare themselves again */
    if (!index || receivers_init(&receivers) < 0) {
        return -1;
    }
    closure.receivers = outside ? &receivers : NULL;
    int failed = add_lineage(&closure, ((PyTypeObject *)type)->tp_mro) < 0 ||
                 (outside ? follow_receivers(&closure, preparing) : memo_follow(&closure, preparing)) < 0 ||
                 close_classes(&closure) < 0;
    memo_closure_release(&closure);
    receivers_release(&receivers);
    return failed ? -1 : closure.changed;
}

void memo_closure_release(struct memo_closure *closure)
{
    ptrmap_release(&closure->seen);
    ptrmap_release(&closure->classes);
    free(closure->todo.items);
    closure->todo = (struct objects){0};
}
