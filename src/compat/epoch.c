/* Old and new objects are kept apart by the collector's own lists.
 *
 * Invariant while open: permanent list = [frozen before ...] mark [old ...]; generations 0 to 2 = young mark and
 * new objects. The lists are doubly linked through the objects' headers, so an object may be freed in any of them.
 *
 * Must not: touch the lists while a collection is under way (it holds some of them on its stack), nor unfreeze what
 * others have frozen.
 *
 * Blocking collections instead would do for the marks, but a long import would then run without a collector, and so
 * would for ever a child that is forked in the middle; here a child has a working collector and some frozen
 * objects. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/epoch.h"

#include "compat/gclist.h"

#include <internal/pycore_interp.h>

#include <stdlib.h>

static struct _gc_runtime_state *collector(void)
{
    return &PyInterpreterState_Get()->gc;
}

/* Moves the nodes from `first` to the end of its list `from` to the end of `to`. */
static void list_move_tail(PyGC_Head *from, PyGC_Head *first, PyGC_Head *to)
{
    if (first == from) {
        return;
    }
    PyGC_Head *last = _PyGCHead_PREV(from);
    PyGC_Head *before = _PyGCHead_PREV(first);
    _PyGCHead_SET_NEXT(before, from);
    _PyGCHead_SET_PREV(from, before);
    PyGC_Head *to_last = _PyGCHead_PREV(to);
    _PyGCHead_SET_NEXT(to_last, first);
    _PyGCHead_SET_PREV(first, to_last);
    _PyGCHead_SET_NEXT(last, to);
    _PyGCHead_SET_PREV(to, last);
}

struct untracked {
    PyObject **dicts; /* borrowed */
    size_t n, capacity;
};

static int note_untracked(PyObject *object, void *arg)
{
    struct untracked *list = arg;
    if (!PyDict_CheckExact(object) || PyObject_GC_IsTracked(object)) {
        return 0;
    }
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 256;
        PyObject **dicts = realloc(list->dicts, capacity * sizeof *dicts);
        if (!dicts) {
            return -1;
        }
        list->dicts = dicts;
        list->capacity = capacity;
    }
    list->dicts[list->n++] = object;
    return 0;
}

static int note_referents(PyObject *object, void *arg)
{
    traverseproc traverse = Py_TYPE(object)->tp_traverse;
    return traverse ? traverse(object, note_untracked, arg) : 0;
}

/* An untracked dict holds no container, so one level of referents finds them all. */
static int track_dicts(void)
{
    struct untracked list = {NULL, 0, 0};
    int failed = heap_each(note_referents, &list);
    for (size_t i = 0; !failed && i < list.n; i++) {
        if (!PyObject_GC_IsTracked(list.dicts[i])) {
            PyObject_GC_Track(list.dicts[i]);
        }
    }
    free(list.dicts);
    if (failed) {
        PyErr_NoMemory();
    }
    return failed ? -1 : 0;
}

int epoch_begin(struct epoch *epoch)
{
    struct _gc_runtime_state *gc = collector();
    OWN_REF mark = PyList_New(0);
    OWN_REF young = PyList_New(0);
    if (!mark || !young) {
        return -1;
    }
    if (gc->collecting) {
        return 1;
    }
    if (track_dicts() < 0) {
        return -1;
    }
    PyGC_Head *permanent = &gc->permanent_generation.head;
    gclist_unlink(gclist_header(mark));
    gclist_append(permanent, gclist_header(mark));
    gclist_unlink(gclist_header(young));
    for (int i = NUM_GENERATIONS - 1; i >= 0; i--) {
        PyGC_Head *list = &gc->generations[i].head;
        list_move_tail(list, _PyGCHead_NEXT(list), permanent);
    }
    gclist_append(&gc->generations[0].head, gclist_header(young));
    epoch->mark = STEAL(mark);
    epoch->young = STEAL(young);
    epoch->mixed = false;
    return 0;
}

/* Is the mark still in the permanent list? Backwards the way is short: only what was frozen before lies there. */
static bool mark_in_place(struct epoch *epoch)
{
    struct _gc_runtime_state *gc = collector();
    PyGC_Head *node = _PyGCHead_PREV(gclist_header(epoch->mark));
    for (;;) {
        if (node == &gc->permanent_generation.head) {
            return true;
        }
        for (int i = 0; i < NUM_GENERATIONS; i++) {
            if (node == &gc->generations[i].head) {
                return false;
            }
        }
        node = _PyGCHead_PREV(node);
    }
}

void epoch_end(struct epoch *epoch)
{
    if (!epoch->mark) {
        return;
    }
    if (mark_in_place(epoch)) {
        struct _gc_runtime_state *gc = collector();
        list_move_tail(&gc->permanent_generation.head, gclist_header(epoch->mark),
                       &gc->generations[NUM_GENERATIONS - 1].head);
    }
    Py_CLEAR(epoch->mark);
    Py_CLEAR(epoch->young);
}

static int each(PyGC_Head *list, PyObject *stranger, struct epoch *epoch, heap_visit visit, void *arg)
{
    PyGC_Head *node = _PyGCHead_NEXT(list);
    while (node != list) {
        PyGC_Head *next = _PyGCHead_NEXT(node);
        __builtin_prefetch(next);
        PyObject *object = (PyObject *)(node + 1);
        if (object == stranger) {
            epoch->mixed = true;
        } else if (object != epoch->mark && object != epoch->young) {
            int stop = visit(object, arg);
            if (stop) {
                return stop;
            }
        }
        node = next;
    }
    return 0;
}

int epoch_each_old(struct epoch *epoch, heap_visit visit, void *arg)
{
    return each(&collector()->permanent_generation.head, epoch->young, epoch, visit, arg);
}

int epoch_each_new(struct epoch *epoch, heap_visit visit, void *arg)
{
    int stop = 0;
    for (int i = 0; i < NUM_GENERATIONS && !stop; i++) {
        stop = each(&collector()->generations[i].head, epoch->mark, epoch, visit, arg);
    }
    return stop;
}

bool epoch_intact(const struct epoch *epoch)
{
    return !epoch->mixed;
}

static int paint(PyObject *object, void *Py_UNUSED(arg))
{
    gclist_header(object)->_gc_prev |= _PyGC_PREV_MASK_COLLECTING;
    return 0;
}

static int unpaint(PyObject *object, void *Py_UNUSED(arg))
{
    epoch_age(object);
    return 0;
}

void epoch_paint(struct epoch *epoch)
{
    epoch_each_new(epoch, paint, NULL);
}

void epoch_unpaint(struct epoch *epoch)
{
    epoch_each_new(epoch, unpaint, NULL);
}

enum epoch_kind epoch_kind_of(PyObject *object)
{
    if (!PyObject_IS_GC(object)) {
        return EPOCH_PLAIN;
    }
    return gclist_header(object)->_gc_prev & _PyGC_PREV_MASK_COLLECTING ? EPOCH_NEW : EPOCH_OLD;
}

void epoch_age(PyObject *object)
{
    gclist_header(object)->_gc_prev &= ~(uintptr_t)_PyGC_PREV_MASK_COLLECTING;
}
