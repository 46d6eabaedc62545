/* Some tables are keyed by id(): an entry for an object that moves would be lost, or found for another. The keys are
 * moved with the object: the number itself is redirected to the new number, wherever it is held.
 *
 * A number is taken for an address when it is a key of a dict or a member of a set and equals the address of an object
 * that moves: addresses are far beyond what counts anything.
 * Must not: run Python code; look at numbers that are no keys. */
#include "engine/carry_ids.h"

#include "compat/contents.h"
#include "compat/heap.h"

#define LEAST_ADDRESS 0x10000

struct search {
    const struct ptrmap *moves; /* object -> what takes its place */
    struct objects found;       /* numbers, borrowed: nothing runs between the search and the list */
    struct ptrmap seen;
};

/* The object whose address the number is, if it moves. */
static void *moved_object(const struct search *search, PyObject *number)
{
    if (!PyLong_CheckExact(number)) {
        return NULL;
    }
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    return !overflow && value >= LEAST_ADDRESS ? ptrmap_get(search->moves, (void *)(uintptr_t)value) : NULL;
}

static int look_at_key(PyObject *key, void *arg)
{
    struct search *search = arg;
    if (!moved_object(search, key) || ptrmap_get(&search->seen, key)) {
        return 0;
    }
    if (ptrmap_put(&search->seen, key, key) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return objects_add(&search->found, key);
}

static int look_at(PyObject *object, void *arg)
{
    return contents_each_number(object, look_at_key, arg);
}

static PyObject *list_found(const struct search *search)
{
    OWN_REF list = PyList_New(0);
    for (size_t i = 0; list && i < search->found.n; i++) {
        OWN_REF number = PyLong_FromVoidPtr(moved_object(search, search->found.items[i]));
        OWN_REF entry = number ? PyTuple_Pack(2, search->found.items[i], number) : NULL;
        if (!entry || PyList_Append(list, entry) < 0) {
            return NULL;
        }
    }
    return STEAL(list);
}

PyObject *carry_ids_find(const struct ptrmap *moves)
{
    struct search search = {.moves = moves};
    ptrmap_init(&search.seen);
    bool before = heap_forbid_collection();
    int failed = heap_each(look_at, &search);
    OWN_REF list = failed ? NULL : list_found(&search);
    heap_allow_collection(before);
    ptrmap_release(&search.seen);
    free(search.found.items);
    return STEAL(list);
}
