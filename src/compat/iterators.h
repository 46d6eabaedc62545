/* Live iterators over a container, found by the walk, that are to go on with another one. */
#ifndef MIDFLIGHT_ITERATORS_H
#define MIDFLIGHT_ITERATORS_H

#include "base/ptrmap.h"
#include "compat/edits.h"

/* All that there are, by what they are over. */
struct iterators {
    struct iterator_over {
        PyObject *container, *iterator; /* borrowed */
    } *over;                            /* owned array, sorted by container */
    size_t n;
};

/* map: as compat/holder.h wants it, or NULL: an iterator over a container whose references will be to another one is
 * found under both. Others than iterators may be among the items. 0, or -1 with MemoryError. */
int iterators_init(struct iterators *iterators, PyObject *const *items, size_t n, const struct ptrmap *map) MUST_CHECK;
void iterators_release(struct iterators *iterators);

/* Those that were over this container: the first, and how many. */
const struct iterator_over *iterators_over(const struct iterators *iterators, const PyObject *container, size_t *ret_n);

/* Does this type iterate over a dict, OrderedDict, set or deque, forwards or backwards? (Lists need no care: their
 * iterators look at the list's size each time.) */
bool iterators_know(PyTypeObject *type);

/* The container that an iterator of such a type goes on with; NULL when it has ended, or for other objects. Borrowed.
 */
PyObject *iterator_container(PyObject *iterator);

/* Of the edits from the index `first` on, takes back the one that gives the iterator another container. */
void iterator_stays(PyObject *iterator, size_t first, struct edits *edits);

/* Has the container changed under the iterator, so that it will raise? (A dict or set tells by its size alone.) */
bool iterator_is_stale(PyObject *iterator);

/* An iterator that goes on with `from` goes on with `to`, which has from's former content; it is as stale as `stale`
 * says. Others are left. Moves one reference from `from` to `to`; the caller has one of both. */
void iterator_move(PyObject *iterator, PyObject *from, PyObject *to, bool stale);

#endif
