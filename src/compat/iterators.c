/* Where an iterator keeps its container, and how it notices that the container has changed.
 *
 * Iterators over dicts and sets compare sizes, those over deques and OrderedDicts a number that grows with every
 * change; otherwise they have a position: in the table, in a block, or the key that comes next. So an iterator can go
 * on in another container that has taken the table, the blocks or the nodes over. Invariant: such a container has the
 * content that the iterator began with, or the iterator is stale. Must not: drop the last reference to anything: both
 * containers are held by whoever moves an iterator. */
#include "compat/iterators.h"

#include "compat/holder_internal.h"
#include "compat/private.h"

#include <stdlib.h>

enum iterates {
    OVER_NOTHING,
    OVER_DICT,
    OVER_ODICT,
    OVER_SET,
    OVER_DEQUE,
};

static enum iterates iterates(PyTypeObject *type)
{
    PyTypeObject *const dicts[] = {&PyDictIterKey_Type,    &PyDictIterValue_Type,    &PyDictIterItem_Type,
                                   &PyDictRevIterKey_Type, &PyDictRevIterValue_Type, &PyDictRevIterItem_Type};
    for (size_t i = 0; i < sizeof dicts / sizeof *dicts; i++) {
        if (type == dicts[i]) {
            return OVER_DICT;
        }
    }
    return type == &PySetIter_Type                                                              ? OVER_SET
           : type == &PyODictIter_Type                                                          ? OVER_ODICT
           : type == holder_known.deque_iterator || type == holder_known.deque_reverse_iterator ? OVER_DEQUE
                                                                                                : OVER_NOTHING;
}

bool iterators_know(PyTypeObject *type)
{
    return iterates(type) != OVER_NOTHING;
}

static PyObject **container_word(PyObject *iterator)
{
    switch (iterates(Py_TYPE(iterator))) {
    case OVER_DICT:
        return (PyObject **)&((struct private_dict_iterator *)iterator)->di_dict;
    case OVER_ODICT:
        return (PyObject **)&((struct private_odict_iterator *)iterator)->di_odict;
    case OVER_SET:
        return (PyObject **)&((struct private_set_iterator *)iterator)->si_set;
    case OVER_DEQUE:
        return (PyObject **)&((struct private_deque_iterator *)iterator)->deque;
    case OVER_NOTHING:
        break;
    }
    return NULL;
}

PyObject *iterator_container(PyObject *iterator)
{
    PyObject **word = container_word(iterator);
    return word ? *word : NULL;
}

void iterator_stays(PyObject *iterator, size_t first, struct edits *edits)
{
    edits_withdraw(edits, first, container_word(iterator));
}

/* The number that it compares with one in its container, which is *ret_now; NULL: it compares none. */
static size_t *state_word(PyObject *iterator, size_t *ret_now)
{
    PyObject *container = iterator_container(iterator);
    enum iterates over = container ? iterates(Py_TYPE(iterator)) : OVER_NOTHING;
    if (over == OVER_ODICT) {
        *ret_now = ((struct private_odict *)container)->od_state;
        return &((struct private_odict_iterator *)iterator)->di_state;
    }
    if (over == OVER_DEQUE) {
        *ret_now = ((struct private_deque *)container)->state;
        return &((struct private_deque_iterator *)iterator)->state;
    }
    return NULL;
}

bool iterator_is_stale(PyObject *iterator)
{
    size_t now, *state = state_word(iterator, &now);
    return state && *state != now;
}

void iterator_move(PyObject *iterator, PyObject *from, PyObject *to, bool stale)
{
    PyObject **word = container_word(iterator);
    if (!word || *word != from) {
        return;
    }
    *word = Py_NewRef(to);
    Py_DECREF(from);
    size_t now, *state = state_word(iterator, &now);
    if (state) {
        *state = stale ? now - 1 : now;
    }
}

/* ---- all that there are ---- */

static int by_container(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t)((const struct iterator_over *)a)->container;
    uintptr_t right = (uintptr_t)((const struct iterator_over *)b)->container;
    return (left > right) - (left < right);
}

int iterators_init(struct iterators *iterators, PyObject *const *items, size_t n, const struct ptrmap *map)
{
    *iterators = (struct iterators){NULL, 0};
    if (n && !(iterators->over = reallocarray(NULL, n, 2 * sizeof *iterators->over))) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        PyObject *container = iterator_container(items[i]);
        PyObject *later = container && map ? ptrmap_get(map, container) : NULL;
        PyObject *const both[] = {container, later};
        for (int k = 0; k < 2; k++) {
            if (both[k]) {
                iterators->over[iterators->n++] = (struct iterator_over){both[k], items[i]};
            }
        }
    }
    if (iterators->n) {
        qsort(iterators->over, iterators->n, sizeof *iterators->over, by_container);
    }
    return 0;
}

void iterators_release(struct iterators *iterators)
{
    free(iterators->over);
    *iterators = (struct iterators){NULL, 0};
}

const struct iterator_over *iterators_over(const struct iterators *iterators, const PyObject *container, size_t *ret_n)
{
    size_t low = 0, high = iterators->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)iterators->over[middle].container < (uintptr_t)container) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (*ret_n = 0; low + *ret_n < iterators->n && iterators->over[low + *ret_n].container == container; ++*ret_n) {
    }
    return iterators->over ? &iterators->over[low] : NULL;
}
