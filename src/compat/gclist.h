/* The collector's doubly linked lists. Not for others than compat; to be included after Py_BUILD_CORE_MODULE is
 * defined. */
#ifndef MIDFLIGHT_GCLIST_H
#define MIDFLIGHT_GCLIST_H

#include "compat/ref.h"

#include <internal/pycore_gc.h>

static inline PyGC_Head *gclist_header(PyObject *object)
{
    return (PyGC_Head *)object - 1;
}

static inline void gclist_unlink(PyGC_Head *node)
{
    PyGC_Head *previous = _PyGCHead_PREV(node);
    PyGC_Head *next = _PyGCHead_NEXT(node);
    _PyGCHead_SET_NEXT(previous, next);
    _PyGCHead_SET_PREV(next, previous);
}

static inline void gclist_append(PyGC_Head *list, PyGC_Head *node)
{
    PyGC_Head *last = _PyGCHead_PREV(list);
    _PyGCHead_SET_PREV(node, last);
    _PyGCHead_SET_NEXT(last, node);
    _PyGCHead_SET_NEXT(node, list);
    _PyGCHead_SET_PREV(list, node);
}

#endif
