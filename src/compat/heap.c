/* Walks the collector's own lists. Invariant: the lists are read while nothing can change them: the GIL is held, and
 * the visitor neither allocates nor frees tracked objects. Must not be used while a collection is under way. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/heap.h"

#include <internal/pycore_gc.h>
#include <internal/pycore_interp.h>

static struct _gc_runtime_state *collector(void)
{
    return &PyInterpreterState_Get()->gc;
}

static int list_each(PyGC_Head *list, heap_visit visit, void *arg)
{
    PyGC_Head *node = _PyGCHead_NEXT(list);
    while (node != list) {
        PyGC_Head *next = _PyGCHead_NEXT(node);
        __builtin_prefetch(next);
        int stop = visit((PyObject *)(node + 1), arg);
        if (stop) {
            return stop;
        }
        node = next;
    }
    return 0;
}

_Static_assert(HEAP_LISTS == NUM_GENERATIONS + 1, "the generations and the permanent one");

static void (*show_hidden)(void);

void heap_before_walks(void (*show)(void))
{
    show_hidden = show;
}

void heap_lists(void *ret_lists[HEAP_LISTS])
{
    if (show_hidden) {
        show_hidden();
    }
    struct _gc_runtime_state *gc = collector();
    for (int i = 0; i < NUM_GENERATIONS; i++) {
        ret_lists[i] = &gc->generations[i].head;
    }
    ret_lists[NUM_GENERATIONS] = &gc->permanent_generation.head;
}

int heap_each(heap_visit visit, void *arg)
{
    void *lists[HEAP_LISTS];
    heap_lists(lists);
    int stop = 0;
    for (int i = 0; i < HEAP_LISTS && !stop; i++) {
        stop = list_each(lists[i], visit, arg);
    }
    return stop;
}

bool heap_collecting(void)
{
    return collector()->collecting;
}

bool heap_forbid_collection(void)
{
    bool before = collector()->collecting;
    collector()->collecting = 1;
    return before;
}

void heap_allow_collection(bool before)
{
    collector()->collecting = before;
}
