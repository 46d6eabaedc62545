/* A class that prepares itself when it is used for the first time:
 *
 *     if "_tokens" not in cls.__dict__:
 *         cls._all_tokens, cls._next = {}, 0
 *         cls._tokens = cls.compile(...)
 *
 * All that is bound there is computed from what the class says, in ways that no instructions show (a table that is
 * named by a string). The test tells this from a registry: its name is a constant of the function, and what is bound to
 * it a call's result. No other code fills it, nor what else is bound there, than what this function calls.
 *
 * It stays if the new version would compute the same. Otherwise the class of the new version prepares itself now, as
 * its instances expect: that statement is run alone, for it needs nothing but the class. A class that cannot do that,
 * or is not the package's, is a reason to refuse. Must not: take anything for computed that has an identity of its own.
 */
#include "engine/carry_memo.h"

#include "compat/constructor.h"
#include "compat/type.h"
#include "engine/fill_plan.h"
#include "engine/refuse.h"
#include "engine/turn.h"

static bool is_store(const struct event *event, PyObject *name)
{
    return event->kind == FILLER_STORE && event->where == FILLER_ATTRIBUTE && memo_same_name(event->name, name);
}

/* Does the function test for the attribute by its name, and bind the result of a call to it? */
static bool tests_for(const struct event *event)
{
    PyObject *consts = ((PyCodeObject *)PyFunction_GET_CODE(event->function))->co_consts;
    unsigned values = event->values & ~(unsigned)FILLER_CALLER;
    bool result = event->kind == FILLER_STORE && event->where == FILLER_ATTRIBUTE && values == FILLER_RESULT;
    for (Py_ssize_t i = 0; result && i < PyTuple_GET_SIZE(consts); i++) {
        PyObject *item = PyTuple_GET_ITEM(consts, i);
        if (PyUnicode_CheckExact(item) && PyUnicode_Compare(item, event->name) == 0) {
            return true;
        }
    }
    return false;
}

/* Is the function a method of a class that has nothing to do with `type`? What it stores on its self or cls is no
 * attribute of that. */
static bool is_unrelated(const struct match *match, PyObject *function, PyTypeObject *type)
{
    struct pair *pair = match_find(match, function);
    PyObject *home = pair ? match->pairs[pair->parent].old : NULL;
    return home && PyType_Check(home) && !PyType_IsSubtype(type, (PyTypeObject *)home) &&
           !PyType_IsSubtype(Py_TYPE(type), (PyTypeObject *)home);
}

/* Is the function called with an instance, so that what it stores is most likely that one's? A constructor's is. */
static bool has_instance(const struct match *match, PyObject *function, bool constructor)
{
    static const char *const names[] = {"__new__", "__init_subclass__", "__class_getitem__"};
    struct pair *pair = match_find(match, function);
    PyObject *home = pair ? match->pairs[pair->parent].old : NULL; /* of a classmethod: that */
    PyObject *name = ((PyFunctionObject *)function)->func_name;
    bool method = home && PyType_Check(home) && !PyType_IsSubtype((PyTypeObject *)home, &PyType_Type);
    for (size_t i = 0; method && i < sizeof names / sizeof *names; i++) {
        method = PyUnicode_CompareWithASCIIString(name, names[i]) != 0;
    }
    return method && (!constructor || PyUnicode_CompareWithASCIIString(name, "__init__") == 0);
}

/* Does it run when a class is made? What it binds was there before the class was used, and no class is made again. */
static bool makes_classes(const struct match *match, PyObject *function)
{
    struct pair *pair = match_find(match, function);
    PyObject *home = pair ? match->pairs[pair->parent].old : NULL;
    PyObject *name = ((PyFunctionObject *)function)->func_name;
    bool meta = home && PyType_Check(home) && PyType_IsSubtype((PyTypeObject *)home, &PyType_Type);
    return PyUnicode_CompareWithASCIIString(name, "__init_subclass__") == 0 ||
           (meta && (PyUnicode_CompareWithASCIIString(name, "__new__") == 0 ||
                     PyUnicode_CompareWithASCIIString(name, "__init__") == 0));
}

/* The first event of the function that prepares this attribute of the class; index->n: there is none. Of a class of the
 * program nobody knows what its body bound: only what is called with a class counts. */
static size_t find_preparing(const struct carrying *carrying, PyTypeObject *type, PyObject *name)
{
    const struct memo_index *index = carrying->memos;
    bool inside = generation_owns_class(carrying->match->old, (PyObject *)type);
    for (size_t i = 0; i < index->n; i++) {
        PyObject *function = index->events[i].function;
        bool stores = is_store(&index->events[i], name) && !is_unrelated(carrying->match, function, type) &&
                      !has_instance(carrying->match, function, inside) && !makes_classes(carrying->match, function);
        for (size_t j = 0; stores && j < index->n; j++) {
            if (index->events[j].function == function && tests_for(&index->events[j])) {
                return j;
            }
        }
    }
    return index->n;
}

static int note_called(PyObject *function, struct ptrmap *called, PyObject *todo)
{
    if (ptrmap_get(called, function)) {
        return 0;
    }
    if (ptrmap_put(called, function, function) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return PyList_Append(todo, function);
}

/* Adds the functions that one calls, by name, and what those call: all the names that it reads count. 0 or -1. */
static int add_called(const struct memo_index *index, PyObject *function, struct ptrmap *called)
{
    OWN_REF todo = PyList_New(0);
    int failed = todo ? note_called(function, called, todo) : -1;
    for (Py_ssize_t i = 0; failed == 0 && i < PyList_GET_SIZE(todo); i++) {
        function = PyList_GET_ITEM(todo, i);
        for (size_t at = memo_first(index, function); at < index->n && index->events[at].function == function; at++) {
            bool loads = index->events[at].kind == FILLER_LOAD;
            PyObject *list = loads ? PyDict_GetItemWithError(index->by_name, index->events[at].name) : NULL;
            for (Py_ssize_t j = 0; failed == 0 && list && j < PyList_GET_SIZE(list); j++) {
                failed = note_called(PyList_GET_ITEM(list, j), called, todo);
            }
        }
        failed = failed || PyErr_Occurred() ? -1 : 0;
    }
    return failed;
}

/* Is the attribute of this class filled by code alone that the preparing function calls? 1, 0, -1. */
static int is_private(const struct carrying *carrying, PyTypeObject *type, PyObject *preparing, PyObject *name)
{
    const struct memo_index *index = carrying->memos;
    struct ptrmap called;
    ptrmap_init(&called);
    int result = add_called(index, preparing, &called) < 0 ? -1 : 1;
    for (size_t i = 0; i < index->n && result > 0; i++) {
        const struct event *event = &index->events[i];
        bool fills = event->kind == FILLER_STORE || event->kind == FILLER_ITEM;
        result = !fills || !memo_same_name(event->name, name) || ptrmap_get(&called, event->function) != NULL ||
                 is_unrelated(carrying->match, event->function, type);
    }
    ptrmap_release(&called);
    return result;
}

/* ---- preparing the new version's class ---- */

/* The statement of a function that binds the name, as a function of the class alone. NULL without an exception: there
 * is none, or it needs more than the class. */
static PyObject *preparing_part(PyObject *function, PyObject *name)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    OWN_REF given = PySet_New(NULL);
    if (!given || code->co_argcount == 0) {
        return NULL;
    }
    if (PySet_Add(given, PyTuple_GET_ITEM(code->co_localsplusnames, 0)) < 0) {
        return NULL;
    }
    OWN_REF statements = fill_statements(function, given);
    for (Py_ssize_t i = 0; statements && i < PyList_GET_SIZE(statements); i++) {
        PyObject *statement = PyList_GET_ITEM(statements, i);
        PyObject *program = PyTuple_GET_ITEM(statement, CONSTRUCTOR_PROGRAM);
        int stores = PySequence_Contains(PyTuple_GET_ITEM(statement, CONSTRUCTOR_NAMES), name);
        if (stores) {
            return stores < 0 || program == Py_None ? NULL : fill_function(function, program);
        }
    }
    return NULL;
}

/* Notes that the counterpart of the class is to prepare itself. 1; 0: that cannot be; -1. */
static int note_preparing(struct carrying *carrying, const struct slot *slot, PyObject *preparing)
{
    struct pair *type = match_find(carrying->match, slot->owner), *pair = match_find(carrying->match, preparing);
    bool both = type && PyType_Check(type->partner) && pair && PyFunction_Check(pair->partner);
    OWN_REF part = both ? preparing_part(pair->partner, slot->key) : NULL;
    if (!part) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF entry = PyTuple_Pack(3, part, type->partner, slot->key);
    return entry && PyList_Append(carrying->preparing, entry) == 0 ? 1 : -1;
}

static int refuse_class(struct carrying *carrying, PyTypeObject *type, PyObject *name, const char *why)
{
    OWN_REF symbol = PyUnicode_FromFormat("%U.%U", ((PyHeapTypeObject *)type)->ht_qualname, name);
    carrying->refused = true;
    return symbol && refuse(carrying->reasons, "state-changed", class_module_name(type), symbol,
                            "restart to take this release, or upgrade before the class is used", "%s", why) > 0
               ? 0
               : -1;
}

int memo_prepare_classes(struct carrying *carrying)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(carrying->preparing); i++) {
        PyObject *entry = PyList_GET_ITEM(carrying->preparing, i), *type = PyTuple_GET_ITEM(entry, 1);
        OWN_REF result = RESTING(PyObject_CallOneArg(PyTuple_GET_ITEM(entry, 0), type));
        if (result) {
            continue;
        }
        if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_MemoryError)) {
            return -1;
        }
        PyErr_Clear();
        if (refuse_class(carrying, (PyTypeObject *)type, PyTuple_GET_ITEM(entry, 2),
                         "the class computed this when it was first used, and the new version raises when it computes "
                         "it") < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- is it one? ---- */

/* The function that prepares this attribute of the class, if what it prepares is another thing in the new version.
 * Borrowed; NULL with an exception set or not. */
static PyObject *prepared_otherwise(struct carrying *carrying, PyObject *type, PyObject *name, PyObject *now)
{
    struct memo_index *index = memo_index_of(carrying);
    size_t at = index ? find_preparing(carrying, (PyTypeObject *)type, name) : 0;
    if (!index || at == index->n || !memo_is_plain(carrying->match, now)) {
        return NULL;
    }
    PyObject *preparing = index->events[at].function;
    int changed = is_private(carrying, (PyTypeObject *)type, preparing, name);
    changed = changed > 0 ? memo_class_changed(carrying, type, preparing, name) : changed;
    return changed > 0 ? preparing : NULL;
}

int memo_of_class(struct carrying *carrying, const struct slot *slot)
{
    bool asked = !slot->base && slot->now && PyUnicode_Check(slot->key);
    PyObject *preparing = asked ? prepared_otherwise(carrying, slot->owner, slot->key, slot->now) : NULL;
    int noted = preparing ? note_preparing(carrying, slot, preparing) : PyErr_Occurred() ? -1 : 0;
    return noted || !preparing
               ? noted
               : refuse_class(carrying, (PyTypeObject *)slot->owner, slot->key,
                              "the class computed this when it was first used, and the new version computes it from "
                              "other data");
}

/* ---- classes of the program ---- */

/* Has this class of the program prepared itself, from what it inherits, in a way that the new version would not? */
static int check_outside(struct carrying *carrying, PyTypeObject *type)
{
    OWN_REF names = PyDict_Copy(type->tp_dict);
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (names && PyDict_Next(names, &position, &name, &value)) {
        bool own = PyFunction_Check(value) && !generation_owns_function(carrying->match->old, value);
        bool special = own || !PyUnicode_Check(name) || carry_is_bookkeeping(name);
        PyObject *preparing = special ? NULL : prepared_otherwise(carrying, (PyObject *)type, name, value);
        if (PyErr_Occurred() ||
            (preparing && refuse_class(carrying, type, name,
                                       "the class computed this when it was first used, from what it inherits, and "
                                       "the new version computes it from other data") < 0)) {
            return -1;
        }
    }
    return names ? 0 : -1;
}

static int check_below(struct carrying *carrying, PyTypeObject *type)
{
    PyObject *list = type_subclass_dict(type), *key, *reference;
    Py_ssize_t position = 0;
    while (list && PyDict_Next(list, &position, &key, &reference)) {
        OWN_REF class = PyObject_CallNoArgs(reference); /* a weak reference */
        bool outside = class && PyType_Check(class) && !generation_owns_class(carrying->match->old, class) &&
                       !generation_owns_class(carrying->match->new, class);
        if (outside &&
            (check_outside(carrying, (PyTypeObject *)class) < 0 || check_below(carrying, (PyTypeObject *)class) < 0)) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

int memo_check_outside(struct carrying *carrying)
{
    for (size_t i = 0; i < carrying->match->n_pairs; i++) {
        const struct pair *pair = &carrying->match->pairs[i];
        if (pair->kind == PAIR_CLASS && check_below(carrying, (PyTypeObject *)pair->old) < 0) {
            return -1;
        }
    }
    return 0;
}
