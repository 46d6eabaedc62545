/* Row 7. A registry, a flag, a counter is state; a result that a function of the package computed, and would compute
 * again, is a memo: it stays only as long as that function, what it calls and what it reads are the same.
 *
 * The instructions tell one from the other. What is put into a registry was given (an argument, a constant, a sum);
 * what is put into a memo is what a call returned, and whoever puts it there looks it up first. Which functions fill a
 * name, and how, is read from the code of the old generation once, by name: `self.cache`, `cls.cache` and the global
 * `cache` of another module are not told apart, which at worst makes an answer "state".
 *
 * A thing with an identity (an instance, a connection) is never a memo: somebody may hold it, and its class follows.
 * Must not: call a memo what the program itself put there. */
#include "engine/carry_memo.h"

#include "compat/contents.h"
#include "compat/state.h"
#include "engine/base.h"

#include <stdlib.h>

#define MOST_LOOKED_AT 50000 /* values of a container */

/* ---- reading the code ---- */

/* The name by which code calls a function: `self.__load` in a class C is `_C__load`. New reference. */
static PyObject *called_name(PyObject *function)
{
    PyObject *name = ((PyFunctionObject *)function)->func_name, *path = ((PyFunctionObject *)function)->func_qualname;
    Py_ssize_t n = PyUnicode_GET_LENGTH(name), end = PyUnicode_GET_LENGTH(path) - n - 1;
    bool private = n > 2 && end > 0 && PyUnicode_READ_CHAR(name, 0) == '_' && PyUnicode_READ_CHAR(name, 1) == '_' &&
                   !(PyUnicode_READ_CHAR(name, n - 1) == '_' && PyUnicode_READ_CHAR(name, n - 2) == '_');
    Py_ssize_t start = private ? PyUnicode_FindChar(path, '.', 0, end, -1) + 1 : 0;
    while (private && start < end && PyUnicode_READ_CHAR(path, start) == '_') {
        start++; /* of the class's name these do not count */
    }
    private = private && start < end && PyUnicode_READ_CHAR(path, end) == '.' &&
              PyUnicode_READ_CHAR(path, start) != '<'; /* <locals>: no method */
    OWN_REF class = private ? PyUnicode_Substring(path, start, end) : NULL;
    return class ? PyUnicode_FromFormat("_%U%U", class, name) : PyErr_Occurred() ? NULL : Py_NewRef(name);
}

static int add_function(struct memo_index *index, PyObject *function)
{
    OWN_REF name = called_name(function);
    PyObject *list = name ? PyDict_GetItemWithError(index->by_name, name) : NULL;
    OWN_REF fresh = list || PyErr_Occurred() ? NULL : PyList_New(0);
    if (fresh && PyDict_SetItem(index->by_name, name, fresh) == 0) {
        list = fresh;
    }
    if (!list || PyList_Append(list, function) < 0) {
        return -1;
    }
    if (ptrmap_put(&index->known, function, function) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    index->function = function;
    return 0;
}

static int add_event(const struct filler_event *event, void *arg)
{
    struct memo_index *index = arg;
    bool first = !ptrmap_get(&index->firsts, index->function);
    if (first && ptrmap_put(&index->firsts, index->function, (void *)(index->n + 1)) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    if (index->n == index->capacity) {
        size_t wanted = index->capacity ? index->capacity * 2 : 1024;
        struct event *grown = realloc(index->events, wanted * sizeof *grown);
        if (!grown) {
            PyErr_NoMemory();
            return -1;
        }
        index->events = grown;
        index->capacity = wanted;
    }
    index->events[index->n++] = (struct event){index->function, event->name, event->kind, event->where, event->values};
    return 0;
}

/* The parameters whose default is a container: what is put there, stays. New set. */
static PyObject *kept_parameters(PyObject *function)
{
    PyFunctionObject *f = (PyFunctionObject *)function;
    PyCodeObject *code = (PyCodeObject *)f->func_code;
    OWN_REF kept = PySet_New(NULL);
    Py_ssize_t n = f->func_defaults ? PyTuple_GET_SIZE(f->func_defaults) : 0;
    for (Py_ssize_t i = 0; kept && i < n; i++) {
        Py_ssize_t at = code->co_argcount - n + i;
        bool wanted = at >= 0 && contents_kind(PyTuple_GET_ITEM(f->func_defaults, i)) != CONTENTS_NONE;
        if (wanted && PySet_Add(kept, PyTuple_GET_ITEM(code->co_localsplusnames, at)) < 0) {
            return NULL;
        }
    }
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (kept && f->func_kwdefaults && PyDict_Next(f->func_kwdefaults, &position, &name, &value)) {
        if (contents_kind(value) != CONTENTS_NONE && PySet_Add(kept, name) < 0) {
            return NULL;
        }
    }
    return STEAL(kept);
}

static int read_function(struct memo_index *index, PyObject *function, PyObject *code)
{
    OWN_REF kept = add_function(index, function) < 0 ? NULL : kept_parameters(function);
    return kept ? fillers_scan((PyCodeObject *)code, kept, add_event, index) : -1;
}

int memo_know(struct memo_index *index, PyObject *function)
{
    return ptrmap_get(&index->known, function) ? 0 : read_function(index, function, PyFunction_GET_CODE(function));
}

size_t memo_first(const struct memo_index *index, PyObject *function)
{
    size_t first = (uintptr_t)ptrmap_get(&index->firsts, function);
    return first ? first - 1 : index->n;
}

/* All functions that were recorded, those of classes and closures included. */
static int read_functions(struct carrying *carrying, struct memo_index *index)
{
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (PyDict_Next(carrying->match->old->modules, &position, &name, &module)) {
        PyObject *record = PyDict_GetItemWithError(base_records(), name);
        bool known = record && PyTuple_GET_ITEM(record, BASE_MODULE) == module;
        PyObject *functions = known ? PyTuple_GET_ITEM(record, BASE_FUNCTIONS) : NULL;
        for (Py_ssize_t i = 0; functions && i < PyList_GET_SIZE(functions); i += BASE_FUNCTION_FIELDS) {
            if (read_function(index, PyList_GET_ITEM(functions, i), PyList_GET_ITEM(functions, i + 1)) < 0) {
                return -1;
            }
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

struct memo_index *memo_index_of(struct carrying *carrying)
{
    if (!carrying->memos) {
        struct memo_index *index = calloc(1, sizeof *index);
        if (!index) {
            PyErr_NoMemory();
            return NULL;
        }
        carrying->memos = index;
        ptrmap_init(&index->firsts);
        index->by_name = PyDict_New();
        if (!index->by_name || read_functions(carrying, index) < 0) {
            carry_memo_release(carrying);
        }
    }
    return carrying->memos;
}

void carry_memo_release(struct carrying *carrying)
{
    if (carrying->memos) {
        free(carrying->memos->events);
        ptrmap_release(&carrying->memos->known);
        ptrmap_release(&carrying->memos->firsts);
        Py_XDECREF(carrying->memos->by_name);
        free(carrying->memos);
        carrying->memos = NULL;
    }
}

/* Nearly all names in code are interned: then it is enough to look at their addresses. */
bool memo_same_name(PyObject *a, PyObject *b)
{
    bool interned = PyUnicode_CHECK_INTERNED(a) && PyUnicode_CHECK_INTERNED(b);
    return a == b || (!interned && PyUnicode_Compare(a, b) == 0);
}

/* ---- is it a memo? ---- */

struct asked {
    PyObject *name;
    enum filler_kind kind; /* FILLER_STORE or FILLER_ITEM */
    PyObject *only;        /* the function in whose closure it lies; NULL: any may */
};

/* Is this about what is asked? */
static bool concerns(const struct asked *asked, const struct event *event, enum filler_kind kind)
{
    return event->kind == kind && (!asked->only || asked->only == event->function) &&
           memo_same_name(event->name, asked->name);
}

/* Does the function look the name up, too, or is it called by one that does? */
static bool is_looked_up(const struct memo_index *index, const struct asked *asked, PyObject *filler)
{
    enum filler_kind wanted = asked->kind == FILLER_ITEM ? FILLER_READ : FILLER_LOAD;
    OWN_REF called = called_name(filler);
    for (size_t i = 0; called && i < index->n; i++) {
        const struct event *event = &index->events[i];
        if (!concerns(asked, event, wanted)) {
            continue;
        }
        bool calls = event->function == filler;
        for (size_t j = 0; j < index->n && !calls; j++) {
            const struct event *other = &index->events[j];
            calls =
                other->function == event->function && other->kind == FILLER_LOAD && memo_same_name(other->name, called);
        }
        if (calls) {
            return true;
        }
    }
    return false;
}

static bool is_initialiser(PyObject *function)
{
    return PyUnicode_CompareWithASCIIString(((PyFunctionObject *)function)->func_name, "__init__") == 0;
}

/* Is all that is put there a result, and looked up before? */
static bool is_memo(const struct memo_index *index, const struct asked *asked)
{
    bool result = false, looked_up = false;
    for (size_t i = 0; i < index->n; i++) {
        const struct event *event = &index->events[i];
        bool counts =
            concerns(asked, event, asked->kind) && !(asked->kind == FILLER_STORE && is_initialiser(event->function));
        if (!counts) {
            continue;
        }
        if (event->values & ~(unsigned)(FILLER_RESULT | FILLER_EMPTY | FILLER_FOUND)) {
            return false;
        }
        result = result || (event->values & FILLER_RESULT);
        looked_up = looked_up || ((event->values & FILLER_RESULT) && is_looked_up(index, asked, event->function));
    }
    return result && looked_up;
}

/* Would it be computed differently now? 1, 0, -1. */
static int is_stale(struct carrying *carrying, const struct asked *asked)
{
    struct memo_index *index = memo_index_of(carrying);
    if (!index) {
        return -1;
    }
    if (!is_memo(index, asked)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    struct memo_closure closure = {.carrying = carrying, .index = index, .memo = asked->name};
    int failed = 0;
    for (size_t i = 0; i < index->n && !failed && !closure.changed; i++) {
        const struct event *event = &index->events[i];
        bool fills = concerns(asked, event, asked->kind) && (event->values & FILLER_RESULT);
        failed = fills ? memo_follow(&closure, event->function) : 0;
    }
    memo_closure_release(&closure);
    return failed ? -1 : closure.changed;
}

/* ---- what may be computed again ---- */

/* Is the value free of things with an identity of their own? Those that have a place in the package are only referred
 * to. Bounded: what is too large counts as not. */
static bool is_plain(const struct match *match, PyObject *value, int depth, int *budget)
{
    if (depth > 6 || --*budget < 0) {
        return false;
    }
    if (value == Py_None || value == Py_Ellipsis || (depth > 0 && match && match_find(match, value))) {
        return true;
    }
    if (PyDict_CheckExact(value)) {
        PyObject *key, *item;
        Py_ssize_t position = 0;
        while (PyDict_Next(value, &position, &key, &item)) {
            if (!is_plain(match, item, depth + 1, budget)) {
                return false;
            }
        }
        return true;
    }
    if (PyList_CheckExact(value) || PyTuple_CheckExact(value)) {
        PyObject **items =
            PyList_CheckExact(value) ? ((PyListObject *)value)->ob_item : ((PyTupleObject *)value)->ob_item;
        for (Py_ssize_t i = 0; i < Py_SIZE(value); i++) {
            if (!is_plain(match, items[i], depth + 1, budget)) {
                return false;
            }
        }
        return true;
    }
    bool native = !(Py_TYPE(value)->tp_flags & Py_TPFLAGS_HEAPTYPE);
    bool hashes = Py_TYPE(value)->tp_hash != PyBaseObject_Type.tp_hash;
    return PyFunction_Check(value) || PyCode_Check(value) || PyAnySet_CheckExact(value) || (native && hashes);
}

static bool may_be_computed(PyObject *value)
{
    int budget = MOST_LOOKED_AT;
    return is_plain(NULL, value, 0, &budget);
}

bool memo_is_plain(const struct match *match, PyObject *value)
{
    int budget = MOST_LOOKED_AT;
    return is_plain(match, value, 0, &budget);
}

/* Is it a function of another module's text, and not one that was made by exec()? The program may have put it there.
 * False with an exception set: nobody knows. */
static bool is_of_another(const struct match *match, PyObject *function)
{
    PyObject *space = PyFunction_GET_GLOBALS(function), *name = dict_get(space, "__name__");
    bool text = name && PyUnicode_Check(name);
    PyObject *module = text ? PyDict_GetItemWithError(PyImport_GetModuleDict(), name) : NULL;
    bool whole = module && PyModule_Check(module) && PyModule_GetDict(module) == space;
    return whole && !generation_owns_function(match->old, function);
}

/* Things that are only ever computed from code: signatures, functions, code. */
static bool is_derived(const struct match *match, PyObject *value)
{
    PyObject *module = class_module_name(Py_TYPE(value));
    return (PyFunction_Check(value) && !is_of_another(match, value)) || PyCode_Check(value) ||
           (module && PyUnicode_CompareWithASCIIString(module, "inspect") == 0);
}

/* The parameter whose default lies at this place of a function's. Borrowed, or NULL. */
static PyObject *parameter_of(PyObject *function, PyObject *key)
{
    PyObject *names = ((PyCodeObject *)PyFunction_GET_CODE(function))->co_localsplusnames;
    Py_ssize_t at = PyLong_AsSsize_t(key);
    return at >= 0 && at < PyTuple_GET_SIZE(names) ? PyTuple_GET_ITEM(names, at) : NULL;
}

/* Is it an attribute of the function, which any code may fill, and neither a variable of its own nor a default? */
static bool is_attribute(PyObject *function, PyObject *name)
{
    PyObject *attributes = ((PyFunctionObject *)function)->func_dict;
    return attributes && PyDict_GetItemWithError(attributes, name);
}

/* The name that code knows a container by: that of the slot in which it, or what it lies in, was found; *ret_function:
 * of whose closure, or whose parameter. Borrowed. */
static PyObject *name_of(const struct match *match, PyObject *object, PyObject **ret_function)
{
    struct pair *pair = match_find(match, object);
    for (size_t steps = 0; pair && pair->kind != PAIR_MODULE && steps < match->n_pairs; steps++) {
        struct pair *parent = &match->pairs[pair->parent];
        bool item = parent->kind == PAIR_DATA && contents_kind(parent->old) != CONTENTS_NONE;
        if (!item && pair->key && PyUnicode_Check(pair->key)) {
            *ret_function = parent->kind == PAIR_FUNCTION && !is_attribute(parent->old, pair->key) ? parent->old : NULL;
            return pair->key;
        }
        if (parent->kind == PAIR_FUNCTION && pair->key && PyLong_CheckExact(pair->key)) {
            *ret_function = parent->old;
            return parameter_of(parent->old, pair->key);
        }
        pair = parent;
    }
    return NULL;
}

/* The module's __getattr__, if that put a name there that was found missing. Borrowed; NULL with an exception set or
 * not.
 */
static PyObject *getter_of(struct carrying *carrying, const struct slot *slot)
{
    struct pair *pair = match_find(carrying->match, slot->owner);
    PyObject *getter =
        pair && pair->kind == PAIR_NAMESPACE && !slot->base ? dict_get(slot->owner, "__getattr__") : NULL;
    struct memo_index *index = getter && PyFunction_Check(getter) ? memo_index_of(carrying) : NULL;
    for (size_t i = 0; index && i < index->n; i++) {
        if (index->events[i].kind == FILLER_STORE && memo_same_name(index->events[i].name, slot->key)) {
            return NULL; /* an ordinary global of some function */
        }
    }
    return index ? getter : NULL;
}

int carry_memo_fetched(struct carrying *carrying, const struct slot *slot)
{
    struct pair *pair = slot->theirs ? NULL : match_find(carrying->match, slot->owner);
    bool fetched = pair && getter_of(carrying, slot) && dict_get(pair->partner, "__getattr__");
    return PyErr_Occurred() ? -1 : fetched;
}

/* A name that was found missing, and that the module's __getattr__ then put there: would it do that differently now? */
static int is_lazy_name(struct carrying *carrying, const struct slot *slot)
{
    PyObject *getter = getter_of(carrying, slot);
    if (!getter) {
        return PyErr_Occurred() ? -1 : 0;
    }
    struct memo_closure closure = {.carrying = carrying, .index = carrying->memos, .memo = slot->key};
    int failed = memo_follow(&closure, getter);
    memo_closure_release(&closure);
    return failed ? -1 : closure.changed;
}

PyObject *memo_class_attribute(PyTypeObject *type, PyObject *name)
{
    for (Py_ssize_t i = 0; type->tp_mro && i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i))->tp_dict;
        PyObject *found = dict ? PyDict_GetItemWithError(dict, name) : NULL;
        if (found || PyErr_Occurred()) {
            return found;
        }
    }
    return NULL;
}

bool memo_leaves_values(PyObject *descriptor)
{
    PyTypeObject *type = Py_TYPE(descriptor);
    return type->tp_descr_get && !type->tp_descr_set && contents_has_attributes(descriptor) &&
           !PyType_Check(descriptor) && !PyFunction_Check(descriptor);
}

/* A descriptor that computes a value once and leaves it in the instance (functools.cached_property does): did it, or
 * what it was made with, change? */
static int is_cached_attribute(struct carrying *carrying, const struct slot *slot)
{
    PyObject *descriptor = memo_class_attribute(Py_TYPE(slot->owner), slot->key);
    struct memo_index *index = descriptor && memo_leaves_values(descriptor) ? memo_index_of(carrying) : NULL;
    OWN_REF state = index ? state_copy(descriptor) : NULL;
    if (!state) {
        return PyErr_Occurred() ? -1 : 0;
    }
    struct memo_closure closure = {.carrying = carrying, .index = index, .memo = slot->key};
    PyObject *name, *value;
    Py_ssize_t position = 0;
    int failed = 0;
    while (!failed && PyDict_Next(state, &position, &name, &value)) {
        failed = PyFunction_Check(value) ? memo_follow(&closure, value) : 0;
    }
    PyObject *getter = failed ? NULL : memo_class_attribute(Py_TYPE(descriptor), carrying->get_name);
    failed = failed || (getter && PyFunction_Check(getter) && memo_follow(&closure, getter) < 0);
    memo_closure_release(&closure);
    return failed ? -1 : closure.changed;
}

int carry_memo_slot(struct carrying *carrying, const struct slot *slot)
{
    bool attribute = slot->named && !PyDict_Check(slot->owner) && !PyType_Check(slot->owner);
    bool lazy = !slot->base || slot->base == Py_None;
    if (attribute && lazy && is_derived(carrying->match, slot->now)) {
        return PyErr_Occurred() ? -1 : 1;
    }
    int prepared = slot->named && PyType_Check(slot->owner) ? memo_of_class(carrying, slot) : 0;
    if (prepared) {
        return prepared;
    }
    if (!may_be_computed(slot->now)) {
        return 0;
    }
    int lazy_name = slot->named && PyUnicode_Check(slot->key) ? is_lazy_name(carrying, slot) : 0;
    if (lazy_name) {
        return lazy_name;
    }
    int cached = attribute && !slot->base ? is_cached_attribute(carrying, slot) : 0;
    if (cached) {
        return cached;
    }
    struct asked asked = {slot->key, FILLER_STORE, NULL};
    if (!slot->named) {
        asked.kind = FILLER_ITEM;
        asked.name = name_of(carrying->match, slot->owner, &asked.only);
    }
    return asked.name && PyUnicode_Check(asked.name) ? is_stale(carrying, &asked) : 0;
}

int carry_memo_filled(struct carrying *carrying, PyObject *object)
{
    struct asked asked = {NULL, FILLER_ITEM, NULL};
    asked.name = name_of(carrying->match, object, &asked.only);
    struct memo_index *index = asked.name ? memo_index_of(carrying) : NULL;
    for (size_t i = 0; index && i < index->n; i++) {
        if (concerns(&asked, &index->events[i], FILLER_ITEM)) {
            return 1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

int carry_memo_stored(struct carrying *carrying, PyObject *name, bool global)
{
    struct asked asked = {name, FILLER_STORE, NULL};
    struct memo_index *index = memo_index_of(carrying);
    for (size_t i = 0; index && i < index->n; i++) {
        const struct event *event = &index->events[i];
        bool there = event->where == (global ? FILLER_GLOBAL : FILLER_ATTRIBUTE) && !is_initialiser(event->function);
        if (there && concerns(&asked, event, FILLER_STORE)) {
            return 1;
        }
    }
    return index ? 0 : -1;
}

int carry_memo_results(struct carrying *carrying, PyObject *name)
{
    struct asked asked = {name, FILLER_ITEM, NULL};
    struct memo_index *index = memo_index_of(carrying);
    int results = index ? is_memo(index, &asked) : -1;
    return PyErr_Occurred() ? -1 : results;
}

/* How much of it was put there since the import? */
static Py_ssize_t count_put(const struct carrying *carrying, PyObject *object, PyObject *content)
{
    PyObject *base = match_base(carrying->match, object, false), *key, *value;
    Py_ssize_t position = 0, n = 0;
    if (PyList_Check(content)) {
        n = PyList_GET_SIZE(content) - (base && PyList_Check(base) ? PyList_GET_SIZE(base) : 0);
        return n > 0 ? n : 0;
    }
    while (PyDict_Next(content, &position, &key, &value)) {
        n += !base || !carry_same_value(PyDict_GetItemWithError(base, key), value);
    }
    return n;
}

int carry_memo_object(struct carrying *carrying, PyObject *object)
{
    bool container = contents_kind(object) != CONTENTS_NONE && !contents_has_attributes(object);
    struct asked asked = {NULL, FILLER_ITEM, NULL};
    asked.name = container ? name_of(carrying->match, object, &asked.only) : NULL;
    OWN_REF content = asked.name ? contents_copy(object) : NULL;
    if (!content) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int stale = may_be_computed(content) ? is_stale(carrying, &asked) : 0;
    Py_ssize_t n = stale > 0 ? count_put(carrying, object, content) : 0;
    return PyErr_Occurred() || (n && carry_note_gone(carrying, object, NULL, n) < 0) ? -1 : stale;
}
