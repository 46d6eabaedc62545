/* functools.lru_cache: what it remembers is a memo like others, and the object that remembers it stays with it.
 *
 * It stays if the function, what that calls and what these read are the same in both versions; and if it remembers
 * things with an identity (settings, a connection; not values), whatever became of the function: the program may hold
 * them, and has perhaps changed them. It never stays if it knows anything by a definition of the package, or remembers
 * one: what is asked of a class follows from all of the class, and code comes from the new version. Must not: keep
 * results of a class that is gone. */
#include "engine/carry_memo.h"

#include "compat/lrucache.h"
#include "compat/state.h"
#include "compat/type.h"
#include "engine/kinds.h"

#include <string.h>

/* Is it a definition of the old version, or does it have one among its items? */
static bool has_definition(const struct match *match, PyObject *value, int depth)
{
    bool class_gone =
        generation_owns_class(match->old, (PyObject *)Py_TYPE(value)) && !match_find(match, (PyObject *)Py_TYPE(value));
    bool found = class_gone || carry_is_old_code(match, value) || PyMethod_Check(value);
    bool sequence = PyTuple_Check(value) || PyList_Check(value);
    for (Py_ssize_t i = 0; sequence && !found && depth < 4 && i < Py_SIZE(value); i++) {
        found = has_definition(match, PyList_Check(value) ? PyList_GET_ITEM(value, i) : PyTuple_GET_ITEM(value, i),
                               depth + 1);
    }
    PyObject *key, *item;
    Py_ssize_t position = 0;
    while (PyDict_Check(value) && !found && depth < 4 && PyDict_Next(value, &position, &key, &item)) {
        found = has_definition(match, key, depth + 1) || has_definition(match, item, depth + 1);
    }
    return found;
}

static bool is_value(const struct match *match, PyObject *item, int depth);

/* Is it an instance of a frozen dataclass, all of whose attributes are values? */
static bool is_frozen(const struct match *match, PyObject *item, int depth)
{
    OWN_REF name = PyUnicode_InternFromString("__dataclass_params__");
    PyObject *params = name ? type_lookup(Py_TYPE(item), name) : NULL;
    bool known = params && strcmp(Py_TYPE(params)->tp_name, "_DataclassParams") == 0;
    OWN_REF field = known ? PyUnicode_InternFromString("frozen") : NULL;
    OWN_REF frozen = field ? PyObject_GenericGetAttr(params, field) : NULL; /* a plain attribute, or a slot's */
    OWN_REF attributes = frozen == Py_True ? state_copy(item) : NULL;
    bool values = attributes && PyDict_CheckExact(attributes);
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (values && PyDict_Next(attributes, &position, &key, &value)) {
        values = depth < 4 && is_value(match, value, depth + 1);
    }
    PyErr_Clear(); /* no memory: a thing with an identity, which stays */
    return values;
}

/* Is it a value: hashed by what it is, and without room for anything that the program could have given it? (A pattern,
 * a path, a number of any kind, what a frozen dataclass makes.) */
static bool is_value(const struct match *match, PyObject *item, int depth)
{
    PyTypeObject *type = Py_TYPE(item);
    bool hashed =
        type->tp_hash && type->tp_hash != PyBaseObject_Type.tp_hash && type->tp_hash != PyObject_HashNotImplemented;
    if (memo_is_plain(match, item)) {
        return true; /* with all that is in it, however deep that goes */
    }
    bool value =
        (hashed && (type->tp_dictoffset == 0 || is_frozen(match, item, depth))) || kinds_is_enum((PyObject *)type);
    for (Py_ssize_t i = 0; PyTuple_Check(item) && value && i < PyTuple_GET_SIZE(item); i++) {
        value = depth < 4 && is_value(match, PyTuple_GET_ITEM(item, i), depth + 1);
    }
    return value;
}

/* Would the function compute other results now? 1, 0, -1. */
static int computes_otherwise(struct carrying *carrying, PyObject *cache, PyObject *partner)
{
    PyObject *function = lrucache_function(cache);
    struct pair *pair = match_find(carrying->match, function);
    struct memo_index *index = memo_index_of(carrying);
    bool known = pair && PyFunction_Check(function) && pair->partner == lrucache_function(partner);
    if (!index || !known) {
        return index ? 1 : -1;
    }
    struct memo_closure closure = {
        .carrying = carrying, .index = index, .memo = ((PyFunctionObject *)function)->func_name};
    int failed = memo_follow(&closure, function);
    memo_closure_release(&closure);
    return failed < 0 ? -1 : closure.changed;
}

int carry_memo_lru(struct carrying *carrying, const struct pair *pair)
{
    PyObject *old = pair->old;
    if (!lrucache_check(old) || !lrucache_check(pair->partner) || old == pair->partner) {
        return 0;
    }
    enum policy policy = carry_policy_of_pair(carrying, pair);
    OWN_REF content = lrucache_content(old);
    if (!content || policy == POLICY_KEEP || policy == POLICY_NEW || PyList_GET_SIZE(content) == 0) {
        return !content ? -1 : policy == POLICY_KEEP;
    }
    bool plain = true, definition = false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(content); i++) {
        PyObject *item = PyList_GET_ITEM(content, i);
        plain = plain && (i % 2 == 0 || is_value(carrying->match, item, 0));
        definition = definition || has_definition(carrying->match, item, 0);
    }
    int otherwise = definition || !lrucache_alike(old, pair->partner) ? 1
                    : plain                                           ? computes_otherwise(carrying, old, pair->partner)
                                                                      : 0;
    if (otherwise > 0 && carry_note_gone(carrying, old, NULL, PyList_GET_SIZE(content) / 2) < 0) {
        return -1;
    }
    return otherwise < 0 ? -1 : !otherwise;
}
