/* Some tables are keyed by id(): an entry for an object that moves would be lost, or found for another. The keys are
 * moved with the object: the number itself is redirected to the new number, wherever it is held.
 *
 * A number is taken for an address when it is a key of a dict or a member of a set and equals the address of an object
 * that moves: addresses are far beyond what counts anything. The interpreter's own tables of that kind, the lists of
 * subclasses, are left to type_hide_subclass: nearly every upgrade would find some in them, and numbers among the
 * targets make the walk look into untracked containers.
 * Must not: run Python code; look at numbers that are no keys. */
#include "engine/carry_ids.h"

#include "compat/contents.h"
#include "compat/heap.h"
#include "compat/holder.h"
#include "compat/type.h"

#include <stdlib.h>

#define LEAST_ADDRESS 0x10000

struct search {
    const struct ptrmap *moves; /* object -> what takes its place */
    struct objects found;       /* numbers, and behind each the table that it was found in; borrowed: nothing runs
                                   between the search and their use */
    struct ptrmap lists;        /* dicts behind __subclasses__() */
    PyObject *table;            /* is looked at */
};

PyObject *carry_ids_moved(const struct ptrmap *moves, PyObject *number)
{
    if (!PyLong_CheckExact(number)) {
        return NULL;
    }
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    return !overflow && value >= LEAST_ADDRESS ? ptrmap_get(moves, (void *)(uintptr_t)value) : NULL;
}

static int look_at_key(PyObject *key, void *arg)
{
    struct search *search = arg;
    return carry_ids_moved(search->moves, key) &&
                   (objects_add(&search->found, key) < 0 || objects_add(&search->found, search->table) < 0)
               ? -1
               : 0;
}

/* Of a class made at run time: the lists that it is in. Static classes are not tracked, but found so. */
static int note_lists(struct search *search, PyObject *class)
{
    PyObject *bases = ((PyTypeObject *)class)->tp_bases;
    for (Py_ssize_t i = 0; bases && i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        PyObject *list = PyType_Check(base) ? type_subclass_dict((PyTypeObject *)base) : NULL;
        if (list && ptrmap_put(&search->lists, list, list) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

enum { LOOK_TABLE = 1, LOOK_CLASS = 2 };

static unsigned classify(PyObject *object, void *arg)
{
    (void)arg;
    return PyDict_Check(object) || PyAnySet_Check(object) ? LOOK_TABLE : PyType_Check(object) ? LOOK_CLASS : 0;
}

static int look_at(PyObject *object, unsigned flags, Py_ssize_t count, void *arg)
{
    (void)count;
    struct search *search = arg;
    search->table = object;
    return flags & LOOK_CLASS ? note_lists(search, object) : contents_each_number(object, look_at_key, search);
}

/* Each number once, but for those that are only in lists of subclasses. */
static int take_found(const struct search *search, struct objects *ret_found)
{
    struct ptrmap seen = {0};
    int failed = 0;
    for (size_t i = 0; i < search->found.n && !failed; i += 2) {
        PyObject *number = search->found.items[i];
        if (ptrmap_get(&search->lists, search->found.items[i + 1]) || ptrmap_get(&seen, number)) {
            continue;
        }
        failed = ptrmap_put(&seen, number, number) < 0 ? (PyErr_NoMemory(), -1) : objects_add(ret_found, number);
    }
    ptrmap_release(&seen);
    return failed;
}

int carry_ids_search(const struct ptrmap *moves, struct objects *ret_found)
{
    struct search search = {.moves = moves};
    const struct holder_sweep sweep = {NULL, classify, look_at, &search};
    int failed = holder_sweep_heap(&sweep) ? -1 : take_found(&search, ret_found);
    ptrmap_release(&search.lists);
    free(search.found.items);
    return failed;
}

static PyObject *list_found(const struct ptrmap *moves, const struct objects *found)
{
    OWN_REF list = PyList_New(0);
    for (size_t i = 0; list && i < found->n; i++) {
        OWN_REF number = PyLong_FromVoidPtr(carry_ids_moved(moves, found->items[i]));
        OWN_REF entry = number ? PyTuple_Pack(2, found->items[i], number) : NULL;
        if (!entry || PyList_Append(list, entry) < 0) {
            return NULL;
        }
    }
    return STEAL(list);
}

PyObject *carry_ids_find(const struct ptrmap *moves)
{
    struct objects found = {0};
    bool before = heap_forbid_collection();
    OWN_REF list = carry_ids_search(moves, &found) < 0 ? NULL : list_found(moves, &found);
    heap_allow_collection(before);
    free(found.items);
    return STEAL(list);
}
