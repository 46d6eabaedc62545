/* Collects an island by making it young.
 *
 * A collection of the youngest generation looks at that generation's list only, and takes every reference that does not
 * come from the list for one from outside. So the list may be any set of objects: garbage whose referrers are all in it
 * is found, anything else survives, and has been moved to another list, which means nothing to the program. What is
 * moved therefore need not be exact; it is what can be reached from the roots, without going through definitions of
 * others, which would lead everywhere.
 *
 * Invariant: an object is in one list; the lists are touched only while no collection is under way.
 * Must not: thaw what others have frozen, or move an object that is not tracked. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/island.h"

#include "base/ptrmap.h"
#include "compat/gclist.h"
#include "compat/heap.h"

#include <internal/pycore_interp.h>

#include <stdlib.h>

#define LIMIT 200000 /* objects: more would take as long as a collection of many a heap */
#define FROZEN_LIMIT 20000

struct island {
    struct ptrmap seen; /* object -> itself; of frozen objects too, which are never entered */
    PyObject **objects; /* borrowed, in the order in which they were found */
    size_t n, capacity;
};

static int add(struct island *island, PyObject *object)
{
    if (ptrmap_get(&island->seen, object)) {
        return 0;
    }
    if (island->n == island->capacity) {
        size_t capacity = island->capacity ? island->capacity * 2 : 4096;
        PyObject **objects = realloc(island->objects, capacity * sizeof *objects);
        if (!objects) {
            return -1;
        }
        island->objects = objects;
        island->capacity = capacity;
    }
    if (ptrmap_put(&island->seen, object, object) < 0) {
        return -1;
    }
    island->objects[island->n++] = object;
    return 0;
}

static int visit(PyObject *object, void *arg)
{
    struct island *island = arg;
    if (island->n >= LIMIT || !PyObject_IS_GC(object) || !PyObject_GC_IsTracked(object)) {
        return 0;
    }
    bool stranger = PyModule_Check(object) || PyType_Check(object) ||
                    (PyFunction_Check(object) && !ptrmap_get(&island->seen, PyFunction_GET_GLOBALS(object)));
    return stranger ? 0 : add(island, object);
}

/* CPython 3.12 freezes some objects at start; a program that has frozen its heap has frozen the old version with it. 1:
 * too many, 0, -1. */
static int leave_frozen(struct island *island, PyGC_Head *list)
{
    for (PyGC_Head *node = _PyGCHead_NEXT(list); node != list; node = _PyGCHead_NEXT(node)) {
        if (island->seen.used >= FROZEN_LIMIT) {
            return 1;
        }
        if (ptrmap_put(&island->seen, node + 1, node + 1) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Breadth first, so that the limit cuts off what is far away. */
static int reach(struct island *island, PyObject *const *roots, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (PyObject_IS_GC(roots[i]) && PyObject_GC_IsTracked(roots[i]) && add(island, roots[i]) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < n; i++) { /* namespaces first: functions are told by them */
        if (PyModule_Check(roots[i]) && visit(PyModule_GetDict(roots[i]), island) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < island->n; i++) {
        traverseproc traverse = Py_TYPE(island->objects[i])->tp_traverse;
        if (traverse && traverse(island->objects[i], visit, island) < 0) {
            return -1;
        }
    }
    return 0;
}

int island_rejuvenate(PyObject *const *roots, size_t n)
{
    struct _gc_runtime_state *gc = &PyInterpreterState_Get()->gc;
    if (heap_collecting()) {
        return 0;
    }
    struct island island = {0};
    int failed = leave_frozen(&island, &gc->permanent_generation.head);
    if (failed == 0) {
        failed = reach(&island, roots, n);
        for (size_t i = 0; i < island.n && !failed; i++) {
            gclist_unlink(gclist_header(island.objects[i]));
            gclist_append(&gc->generations[0].head, gclist_header(island.objects[i]));
        }
    }
    free(island.objects);
    ptrmap_release(&island.seen);
    if (failed < 0) {
        PyErr_NoMemory();
    }
    return failed < 0 ? -1 : 0;
}
