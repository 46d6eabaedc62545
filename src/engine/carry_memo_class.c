/* A class that prepares itself when it is used for the first time:
 *
 *     if "_tokens" not in cls.__dict__:
 *         cls._all_tokens, cls._next = {}, 0
 *         cls._tokens = cls.compile(...)
 *
 * All that is bound there is computed from what the class says, in ways that no instructions show (a table that is
 * named by a string). So it always starts anew. The test tells this from a registry: its name is a constant of the
 * function, and what is bound to it a call's result. No other code fills it, nor what else is bound there, than what
 * this function calls. Must not: take anything for computed that has an identity of its own. */
#include "engine/carry_memo.h"

#include "engine/refuse.h"

static bool is_store(const struct event *event, PyObject *name)
{
    return event->kind == FILLER_STORE && event->where == FILLER_ATTRIBUTE &&
           (event->name == name || PyUnicode_Compare(event->name, name) == 0);
}

/* Does the function test for the attribute by its name, and bind the result of a call to it? */
static bool tests_for(const struct event *event)
{
    PyObject *consts = ((PyCodeObject *)PyFunction_GET_CODE(event->function))->co_consts;
    bool result = event->kind == FILLER_STORE && event->where == FILLER_ATTRIBUTE && event->values == FILLER_RESULT;
    for (Py_ssize_t i = 0; result && i < PyTuple_GET_SIZE(consts); i++) {
        PyObject *item = PyTuple_GET_ITEM(consts, i);
        if (PyUnicode_CheckExact(item) && PyUnicode_Compare(item, event->name) == 0) {
            return true;
        }
    }
    return false;
}

/* The first event of the function that prepares this attribute; index->n: there is none. */
static size_t find_preparing(const struct memo_index *index, PyObject *name)
{
    for (size_t i = 0; i < index->n; i++) {
        for (size_t j = 0; is_store(&index->events[i], name) && j < index->n; j++) {
            if (index->events[j].function == index->events[i].function && tests_for(&index->events[j])) {
                return j;
            }
        }
    }
    return index->n;
}

/* Adds the functions that one calls, by name, and so on. 0 or -1. */
static int add_called(const struct memo_index *index, PyObject *function, struct ptrmap *called)
{
    if (ptrmap_get(called, function)) {
        return 0;
    }
    if (ptrmap_put(called, function, function) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < index->n; i++) {
        if (index->events[i].function != function || index->events[i].kind != FILLER_LOAD) {
            continue;
        }
        for (size_t j = 0; j < index->n; j++) {
            PyObject *other = index->events[j].function;
            bool first = j == 0 || index->events[j - 1].function != other;
            if (first && PyUnicode_Compare(((PyFunctionObject *)other)->func_name, index->events[i].name) == 0 &&
                add_called(index, other, called) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* Is the attribute filled by code alone that the preparing function calls? 1, 0, -1. */
static int is_private(const struct memo_index *index, PyObject *preparing, PyObject *name)
{
    struct ptrmap called;
    ptrmap_init(&called);
    int result = add_called(index, preparing, &called) < 0 ? -1 : 1;
    for (size_t i = 0; i < index->n && result > 0; i++) {
        const struct event *event = &index->events[i];
        bool fills = event->kind == FILLER_STORE || event->kind == FILLER_ITEM;
        result = !fills || PyUnicode_Compare(event->name, name) != 0 || ptrmap_get(&called, event->function) != NULL;
    }
    ptrmap_release(&called);
    return result;
}

int memo_of_class(struct carrying *carrying, const struct slot *slot)
{
    if (slot->base || !slot->now || !PyUnicode_Check(slot->key)) {
        return 0;
    }
    const struct memo_index *index = memo_index_of(carrying);
    size_t at = index ? find_preparing(index, slot->key) : 0;
    if (!index || at == index->n || !memo_is_plain(carrying->match, slot->now)) {
        return index ? 0 : -1;
    }
    PyObject *preparing = index->events[at].function;
    int changed = is_private(index, preparing, slot->key);
    changed = changed > 0 ? memo_class_changed(carrying, slot->owner, preparing, slot->key) : changed;
    if (changed <= 0) {
        return changed;
    }
    PyTypeObject *type = (PyTypeObject *)slot->owner;
    OWN_REF symbol = PyUnicode_FromFormat("%U.%U", ((PyHeapTypeObject *)type)->ht_qualname, slot->key);
    carrying->refused = true;
    return symbol && refuse(carrying->reasons, "state-changed", class_module_name(type), symbol,
                            "restart to take this release, or upgrade before the class is used",
                            "the class computed this when it was first used, and the new version computes it from "
                            "other data") > 0
               ? 0
               : -1;
}
