/* One object takes another's place.
 *
 * The replacement is made in two steps: what cannot change or goes by name is put in at once, what may change stays
 * where it is and changes places with the empty counterpart in the new object, by an operation of the edits. So before
 * the commit the old object is whole, after it the new one is, and doing it twice is the undo.
 *
 * Invariant: of the two, the one that is not in use carries the collector's mark "already finalized", so its __del__
 * does not run when it dies; the other one carries the mark that the instance had.
 * Every instance of a class made by a class statement has a head of the collector, whatever its __slots__.
 * Must not: let anything of the program run, or drop a reference at the commit. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/rebuild_internal.h"

#include "compat/type.h"
#include "compat/type_slots.h"

#include <internal/pycore_gc.h>

bool rebuild_wanted(PyTypeObject *old, PyTypeObject *partner, const struct ptrmap *map)
{
    const char *why;
    return !type_same_layout(old, partner, map, &why) || rebuild_fields_differ(old, partner);
}

/* 0, 1 (*ret_why), -1. */
static int plan(struct rebuild *how, const struct ptrmap *map, PyObject **ret_why)
{
    const char *why = NULL;
    if (!type_is_python(how->old) || !type_is_python(how->partner) || !PyType_IS_GC(how->old) ||
        !PyType_IS_GC(how->partner)) {
        why = "it is a class made by native code";
    } else if (how->old->tp_flags & Py_TPFLAGS_TYPE_SUBCLASS) {
        why = "it is a metaclass";
    }
    if (why) {
        *ret_why = PyUnicode_FromString(why);
        return *ret_why ? 1 : -1;
    }
    int status = rebuild_plan_base(how, map, ret_why);
    return status ? status : rebuild_plan_attributes(how);
}

struct rebuild *rebuild_new(PyTypeObject *old, PyTypeObject *partner, const struct ptrmap *map, PyObject *droppable,
                            PyObject **ret_why)
{
    struct rebuild *how = PyMem_Calloc(1, sizeof *how);
    *ret_why = NULL;
    if (!how) {
        PyErr_NoMemory();
        return NULL;
    }
    how->old = old;
    how->partner = partner;
    how->droppable = droppable;
    if (plan(how, map, ret_why) != 0) {
        rebuild_free(how);
        return NULL;
    }
    return how;
}

void rebuild_by_twin(struct rebuild *how)
{
    how->by_twin = true;
}

static void free_slots(struct named_slot *slots, size_t n)
{
    for (size_t i = 0; slots && i < n; i++) {
        Py_XDECREF(slots[i].name);
    }
    PyMem_Free(slots);
}

void rebuild_free(struct rebuild *how)
{
    if (!how) {
        return;
    }
    free_slots(how->added, how->n_added);
    free_slots(how->removed, how->n_removed);
    for (Py_ssize_t i = 0; how->defaults && i < how->n_items; i++) {
        Py_XDECREF(how->defaults[i]);
    }
    PyMem_Free(how->defaults);
    PyMem_Free(how->items);
    for (size_t i = 0; i < how->n_move; i++) {
        Py_DECREF(how->move[i].name);
    }
    PyMem_Free(how->move);
    PyMem_Free(how);
}

/* ---- the mark ---- */

static void set_mark(PyObject *object, bool marked)
{
    PyGC_Head *head = _Py_AS_GC(object);
    head->_gc_prev =
        marked ? head->_gc_prev | _PyGC_PREV_MASK_FINALIZED : head->_gc_prev & ~(uintptr_t)_PyGC_PREV_MASK_FINALIZED;
}

static bool is_marked(PyObject *object)
{
    return _Py_AS_GC(object)->_gc_prev & _PyGC_PREV_MASK_FINALIZED;
}

/* ---- one object ---- */

/* Do weak references exist that could not follow? */
static bool has_stuck_weakrefs(PyObject *old, PyTypeObject *partner)
{
    return PyType_SUPPORTS_WEAKREFS(Py_TYPE(old)) && !PyType_SUPPORTS_WEAKREFS(partner) &&
           *(PyObject **)((char *)old + Py_TYPE(old)->tp_weaklistoffset);
}

int rebuild_instance(const struct rebuild *how, PyObject *old, struct rebuilt *ret, PyObject **ret_why)
{
    struct rebuilt rebuilt = {.how = how, .old = old, .finalized = is_marked(old)};
    *ret_why = NULL;
    if (has_stuck_weakrefs(old, how->partner)) {
        *ret_why = PyUnicode_FromString("there are weak references to an instance, which those of the new version do "
                                        "not allow");
        return *ret_why ? 1 : -1;
    }
    rebuilt.made = rebuild_make(how, old);
    if (!rebuilt.made) {
        return -1;
    }
    set_mark(rebuilt.made, true);
    int status = rebuild_fill(&rebuilt, ret_why);
    if (status) {
        rebuilt_drop(&rebuilt);
        return status;
    }
    *ret = rebuilt;
    return 0;
}

void rebuilt_drop(struct rebuilt *rebuilt)
{
    Py_CLEAR(rebuilt->made);
    Py_CLEAR(rebuilt->table);
}

bool rebuild_is_sorted(const struct rebuilt *rebuilt)
{
    return PyList_Check(rebuilt->old) && ((PyListObject *)rebuilt->old)->allocated < 0;
}

/* ---- the commit ---- */

struct exchange {
    const struct rebuilt *items; /* borrowed */
    size_t n;
};

static void exchange_types(const struct rebuilt *item)
{
    PyTypeObject *type = Py_TYPE(item->old);
    if (item->how->by_twin) {
        Py_SET_TYPE(item->old, Py_TYPE(item->made));
        Py_SET_TYPE(item->made, type);
    }
}

/* Each object is read by the type that it has. */
static void exchange_contents(const struct rebuilt *item)
{
    rebuild_exchange_base(item->how, item->old, item->made);
    rebuild_exchange_attributes(item);
}

static void apply(void *arg)
{
    const struct exchange *all = arg;
    for (size_t i = 0; i < all->n; i++) {
        exchange_contents(&all->items[i]);
        exchange_types(&all->items[i]);
        set_mark(all->items[i].made, all->items[i].finalized);
        set_mark(all->items[i].old, true);
    }
}

static void undo(void *arg)
{
    const struct exchange *all = arg;
    for (size_t i = 0; i < all->n; i++) {
        exchange_types(&all->items[i]);
        exchange_contents(&all->items[i]);
        set_mark(all->items[i].made, true);
        set_mark(all->items[i].old, all->items[i].finalized);
    }
}

int rebuild_add(struct rebuilt *items, size_t n, struct edits *edits)
{
    for (size_t i = 0; i < n; i++) {
        bool dict = PyDict_Check(items[i].made);
        if ((dict && edits_touch(edits, items[i].made) < 0) ||
            (items[i].table && edits_touch(edits, items[i].dict) < 0)) {
            return -1;
        }
    }
    struct exchange *all = PyMem_Malloc(sizeof *all);
    if (!all) {
        PyErr_NoMemory();
        return -1;
    }
    *all = (struct exchange){items, n};
    struct edit_op op = {apply, undo, PyMem_Free, all};
    if (edits_add_op(edits, &op) < 0) {
        PyMem_Free(all);
        return -1;
    }
    return 0;
}
