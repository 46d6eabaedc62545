/* Every object that the garbage collector tracks, in all generations, the frozen ones included.
 * GIL held; no Python code runs; the visitor must not allocate or free tracked objects. */
#ifndef MIDFLIGHT_HEAP_H
#define MIDFLIGHT_HEAP_H

#include "compat/ref.h"

typedef int (*heap_visit)(PyObject *object, void *arg);

/* Visits every tracked object once. Not zero ends the walk and is returned. */
int heap_each(heap_visit visit, void *arg);

/* Before each walk this is called: objects that were hidden from the collector have to be tracked now. It must neither
 * allocate nor free objects. */
void heap_before_walks(void (*show)(void));

/* The heads of the collector's lists (PyGC_Head *): the generations, youngest first, then the frozen objects. */
#define HEAP_LISTS 4
void heap_lists(void *ret_lists[HEAP_LISTS]);

/* Is a collection under way (in any thread)? Then its unreachable set is in no list: never flip now (experiment e7). */
bool heap_collecting(void);

/* While held, no automatic or explicit collection runs. Returns what to hand to heap_allow_collection. */
bool heap_forbid_collection(void);
void heap_allow_collection(bool before);

#endif
