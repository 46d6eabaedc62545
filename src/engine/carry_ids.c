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
#include "compat/type.h"

#include <stdlib.h>

#define LEAST_ADDRESS 0x10000

struct search {
    const struct ptrmap *moves; /* object -> what takes its place */
    struct objects *found;      /* numbers, borrowed: nothing runs between the search and their use */
    struct ptrmap seen;
    struct ptrmap lists; /* dicts behind __subclasses__() */
    PyTypeObject *last;  /* looked at, and was it a dict or a set? */
    bool wanted;
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
    if (!carry_ids_moved(search->moves, key) || ptrmap_get(&search->seen, key)) {
        return 0;
    }
    if (ptrmap_put(&search->seen, key, key) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return objects_add(search->found, key);
}

static int look_at(PyObject *object, void *arg)
{
    struct search *search = arg;
    PyTypeObject *type = Py_TYPE(object);
    if (type != search->last) { /* objects of one type stand together */
        search->last = type;
        search->wanted = PyDict_Check(object) || PyAnySet_Check(object);
    }
    return !search->wanted || ptrmap_get(&search->lists, object) ? 0 : contents_each_number(object, look_at_key, arg);
}

/* Of a class made at run time: the lists that it is in. Static classes are not tracked, but found so. */
static int note_lists(PyObject *object, void *arg)
{
    struct search *search = arg;
    PyObject *bases = PyType_Check(object) ? ((PyTypeObject *)object)->tp_bases : NULL;
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

int carry_ids_search(const struct ptrmap *moves, struct objects *ret_found)
{
    struct search search = {.moves = moves, .found = ret_found};
    int failed = heap_each(note_lists, &search) ? -1 : heap_each(look_at, &search);
    ptrmap_release(&search.seen);
    ptrmap_release(&search.lists);
    return failed ? -1 : 0;
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
