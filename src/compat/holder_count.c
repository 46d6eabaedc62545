/* How many references to marked objects does an object hold: asked of one object, or of all that are tracked.
 *
 * Idea: nearly every word of a heap is no reference to a marked object, so what counts is how fast a word is dismissed.
 * What to do with an object depends on its type alone; the types of a heap are few, so the answer is remembered in a
 * small table on the stack. The commonest shapes are read here, field by field; everything else is asked through its
 * tp_traverse. While one object is looked at, the memory of those behind it in the collector's list is on its way.
 * Invariant: what is counted here is what holder_traverse reports (the tests compare the two for every object).
 * Must not: allocate, or run Python code. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/holder_internal.h"

#include "compat/attributes.h"
#include "compat/heap.h"
#include "compat/type_slots.h"

#include <internal/pycore_gc.h>
#include <structmember.h>

/* ---- any type ---- */

int holder_traverse(PyObject *holder, visitproc visit, void *arg)
{
    PyTypeObject *type = Py_TYPE(holder);
    int stop = type->tp_traverse(holder, visit, arg);
    if (stop || !holder_known.instance_reports_values || !(type->tp_flags & Py_TPFLAGS_MANAGED_DICT)) {
        return stop;
    }
    PyObject *dict = holder_unreported_dict(holder);
    return dict ? visit(dict, arg) : 0;
}

struct tally {
    const struct ptrmap *map;
    const PyObject *type; /* of the holder */
    Py_ssize_t n, n_type;
};

static int tally_visit(PyObject *object, void *arg)
{
    struct tally *tally = arg;
    if (holder_hit(tally->map, object)) {
        tally->n++;
        tally->n_type += object == tally->type;
    }
    return 0;
}

Py_ssize_t holder_count_by_traverse(PyObject *holder, const struct ptrmap *map)
{
    PyTypeObject *type = Py_TYPE(holder);
    if (!type->tp_traverse || !PyObject_IS_GC(holder)) {
        return 0;
    }
    struct tally tally = {map, (PyObject *)type, 0, 0};
    holder_traverse(holder, tally_visit, &tally);
    /* An object of a class made at run time reports its class, which is counted apart. */
    return tally.n - (tally.n_type && type->tp_flags & Py_TPFLAGS_HEAPTYPE ? 1 : 0);
}

/* ---- the commonest types, by their fields ---- */

static inline Py_ssize_t count_words(PyObject *const *at, Py_ssize_t n, const struct ptrmap *map)
{
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        count += holder_hit(map, at[i]);
    }
    return count;
}

static Py_ssize_t count_function(const PyFunctionObject *f, const struct ptrmap *map)
{
    return holder_hit(map, f->func_code) + holder_hit(map, f->func_globals) + holder_hit(map, f->func_builtins) +
           holder_hit(map, f->func_module) + holder_hit(map, f->func_defaults) + holder_hit(map, f->func_kwdefaults) +
           holder_hit(map, f->func_doc) + holder_hit(map, f->func_name) + holder_hit(map, f->func_dict) +
           holder_hit(map, f->func_closure) + holder_hit(map, f->func_annotations) +
#if PY_VERSION_HEX >= 0x030c0000
           holder_hit(map, f->func_typeparams) +
#endif
           holder_hit(map, f->func_qualname);
}

static Py_ssize_t count_type(const PyTypeObject *type, const struct ptrmap *map)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return 0;
    }
    return holder_hit(map, type->tp_dict) + holder_hit(map, type->tp_cache) + holder_hit(map, type->tp_mro) +
           holder_hit(map, type->tp_bases) + holder_hit(map, type->tp_base) +
           holder_hit(map, ((const PyHeapTypeObject *)type)->ht_module);
}

static inline Py_ssize_t count_dict(const PyDictObject *d, const struct ptrmap *map)
{
    PyDictKeysObject *keys = d->ma_keys;
    Py_ssize_t n = keys->dk_nentries, count = 0;
    if (!DK_IS_UNICODE(keys)) {
        const PyDictKeyEntry *entry = DK_ENTRIES(keys);
        for (Py_ssize_t i = 0; i < n; i++, entry++) {
            if (entry->me_value) {
                count += holder_hit(map, entry->me_value) + holder_hit(map, entry->me_key);
            }
        }
    } else if (d->ma_values) {
#if PY_VERSION_HEX >= 0x030d0000
        if (d->ma_values->embedded && holder_known.instance_reports_values) {
            return 0;
        }
#endif
        return count_words(d->ma_values->values, n, map);
    } else {
        const PyDictUnicodeEntry *entry = DK_UNICODE_ENTRIES(keys);
        for (Py_ssize_t i = 0; i < n; i++, entry++) {
            count += holder_hit(map, entry->me_value);
        }
    }
    return count;
}

Py_ssize_t holder_count_dict(PyObject *dict, const struct ptrmap *map)
{
    return count_dict((PyDictObject *)dict, map);
}

/* A dummy, the trace of a deleted member, is marked by nobody. */
static inline Py_ssize_t count_set(const PySetObject *set, const struct ptrmap *map)
{
    Py_ssize_t count = 0;
    for (const setentry *entry = set->table; entry <= &set->table[set->mask]; entry++) {
        count += entry->key && holder_hit(map, entry->key);
    }
    return count;
}

static inline Py_ssize_t count_attributes(PyObject *instance, const struct ptrmap *map)
{
    struct attributes at;
    find_attributes(instance, &at);
    return count_words(at.values, at.n, map) + (at.dict ? holder_hit(map, *at.dict) : 0);
}

/* __slots__ of a class and of its bases. */
static Py_ssize_t count_slots(PyObject *instance, const struct ptrmap *map)
{
    Py_ssize_t count = 0;
    for (PyTypeObject *type = Py_TYPE(instance); type != &PyBaseObject_Type; type = type->tp_base) {
        const PyMemberDef *member = type_members(type);
        for (Py_ssize_t i = 0; i < Py_SIZE(type); i++, member++) {
            if (member->type == T_OBJECT_EX) {
                count += holder_hit(map, *(PyObject **)((char *)instance + member->offset));
            }
        }
    }
    return count;
}

/* ---- which way for which type ---- */

enum shape {
    SHAPE_ANY,
    SHAPE_DICT,
    SHAPE_TUPLE,
    SHAPE_LIST,
    SHAPE_SET,
    SHAPE_FUNCTION,
    SHAPE_CELL,
    SHAPE_TYPE,
    SHAPE_ATTRIBUTES, /* a class of Python, below object alone: what is in its __dict__ or inline values */
    SHAPE_SLOTS,
    SHAPE_ATTRIBUTES_AND_SLOTS,
};

/* An instance of a class made by class statements all the way up: what can it hold? */
static enum shape shape_of_instance(PyTypeObject *type)
{
    bool attributes = type->tp_flags & Py_TPFLAGS_MANAGED_DICT;
    if (!attributes && type->tp_dictoffset) {
        return SHAPE_ANY;
    }
    bool slots = false;
    PyTypeObject *base = type;
    for (; base->tp_traverse == holder_known.subtype_traverse; base = base->tp_base) {
        slots = slots || Py_SIZE(base);
    }
    if (base != &PyBaseObject_Type) {
        return SHAPE_ANY;
    }
    return attributes ? (slots ? SHAPE_ATTRIBUTES_AND_SLOTS : SHAPE_ATTRIBUTES) : SHAPE_SLOTS;
}

static enum shape shape_of(PyTypeObject *type)
{
    static const struct {
        PyTypeObject *type;
        enum shape shape;
    } known[] = {
        {&PyDict_Type, SHAPE_DICT},         {&PyTuple_Type, SHAPE_TUPLE},   {&PyList_Type, SHAPE_LIST},
        {&PySet_Type, SHAPE_SET},           {&PyFrozenSet_Type, SHAPE_SET}, {&PyCell_Type, SHAPE_CELL},
        {&PyFunction_Type, SHAPE_FUNCTION}, {&PyType_Type, SHAPE_TYPE},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (type == known[i].type) {
            return known[i].shape;
        }
    }
    return type->tp_traverse == holder_known.subtype_traverse ? shape_of_instance(type) : SHAPE_ANY;
}

static inline Py_ssize_t count_shape(PyObject *holder, enum shape shape, const struct ptrmap *map)
{
    switch (shape) {
    case SHAPE_DICT:
        return count_dict((PyDictObject *)holder, map);
    case SHAPE_TUPLE:
        return count_words(((PyTupleObject *)holder)->ob_item, Py_SIZE(holder), map);
    case SHAPE_LIST:
        return count_words(((PyListObject *)holder)->ob_item, Py_SIZE(holder), map);
    case SHAPE_SET:
        return count_set((PySetObject *)holder, map);
    case SHAPE_FUNCTION:
        return count_function((PyFunctionObject *)holder, map);
    case SHAPE_CELL:
        return holder_hit(map, ((PyCellObject *)holder)->ob_ref);
    case SHAPE_TYPE:
        return count_type((PyTypeObject *)holder, map);
    case SHAPE_ATTRIBUTES:
        return count_attributes(holder, map);
    case SHAPE_SLOTS:
        return count_slots(holder, map);
    case SHAPE_ATTRIBUTES_AND_SLOTS:
        return count_attributes(holder, map) + count_slots(holder, map);
    default:
        return holder_count_by_traverse(holder, map);
    }
}

Py_ssize_t holder_count(PyObject *holder, const struct ptrmap *map)
{
    return count_shape(holder, shape_of(Py_TYPE(holder)), map);
}

/* ---- all of the heap ---- */

#define MEMOS 512 /* a power of two */
#define AHEAD 8   /* objects between the one whose memory is asked for and the one that is looked at */

struct memo {
    PyTypeObject *type; /* NULL: free */
    uint32_t shape;
    uint32_t flags;
};

struct sweeping {
    const struct holder_sweep *sweep;
    struct memo memos[MEMOS];
};

static inline const struct memo *memo_of(struct sweeping *sweeping, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    struct memo *memo = &sweeping->memos[(ptrmap_hash(type) >> 32) & (MEMOS - 1)];
    if (memo->type != type) {
        const struct holder_sweep *sweep = sweeping->sweep;
        *memo = (struct memo){type, shape_of(type), sweep->classify(object, sweep->arg)};
    }
    return memo;
}

static inline int sweep_one(struct sweeping *sweeping, PyObject *object)
{
    const struct holder_sweep *sweep = sweeping->sweep;
    const struct memo *memo = memo_of(sweeping, object);
    uint32_t flags = memo->flags;
    Py_ssize_t count = sweep->marks ? count_shape(object, (enum shape)memo->shape, sweep->marks) : 0;
    return count || flags ? sweep->visit(object, flags, count, sweep->arg) : 0;
}

/* Asks for the memory behind the object itself. */
static inline void fetch_inside(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (type == &PyDict_Type) {
        __builtin_prefetch(((PyDictObject *)object)->ma_keys);
    } else if (type == &PyList_Type) {
        __builtin_prefetch(((PyListObject *)object)->ob_item);
    }
}

static int sweep_list(struct sweeping *sweeping, PyGC_Head *list)
{
    PyGC_Head *scout = _PyGCHead_NEXT(list);
    for (int i = 0; i < AHEAD && scout != list; i++) {
        scout = _PyGCHead_NEXT(scout);
    }
    for (PyGC_Head *node = _PyGCHead_NEXT(list); node != list; node = _PyGCHead_NEXT(node)) {
        if (scout != list) {
            if (sweeping->sweep->marks) {
                fetch_inside((PyObject *)(scout + 1));
            }
            scout = _PyGCHead_NEXT(scout);
        }
        int stop = sweep_one(sweeping, (PyObject *)(node + 1));
        if (stop) {
            return stop;
        }
    }
    return 0;
}

int holder_sweep_object(const struct holder_sweep *sweep, PyObject *object)
{
    Py_ssize_t count = sweep->marks ? holder_count(object, sweep->marks) : 0;
    unsigned flags = sweep->classify(object, sweep->arg);
    return count || flags ? sweep->visit(object, flags, count, sweep->arg) : 0;
}

int holder_sweep_heap(const struct holder_sweep *sweep)
{
    struct sweeping sweeping = {.sweep = sweep};
    PyGC_Head *lists[HEAP_LISTS];
    heap_lists((void **)lists);
    int stop = 0;
    for (int i = 0; i < HEAP_LISTS && !stop; i++) {
        stop = sweep_list(&sweeping, lists[i]);
    }
    return stop;
}
