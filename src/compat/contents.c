/* Tables change hands; objects stay.
 *
 * The exchange is an operation (edits.h): it runs after all words are exchanged, and is its own inverse. So a holder
 * may be edited as the walk found it, its own words and those of the object beside it, and whatever they became is
 * then exchanged.
 * Invariant: both objects are whole before and after. Live iterators that the walk has found follow the table they have
 * begun with into the other object, and end over what it holds; any else would see another size or another table, as
 * after a change by the program. Look-ups in flight start again, because the table's address changed. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/contents.h"

#include "compat/attribute.h"
#include "compat/holder_internal.h"
#include "compat/private.h"
#include "compat/state.h"

#include <internal/pycore_dict.h>
#include <string.h>

enum contents_kind contents_kind(PyObject *object)
{
    if (PyDict_Check(object)) {
        return CONTENTS_DICT;
    }
    if (PyList_Check(object)) {
        return CONTENTS_LIST;
    }
    if (PySet_Check(object)) {
        return CONTENTS_SET;
    }
    PyTypeObject *type = Py_TYPE(object);
    bool deque = type == holder_known.deque ||
                 ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) && PyType_IsSubtype(type, holder_known.deque));
    return deque ? CONTENTS_DEQUE : CONTENTS_NONE;
}

/* ---- reading ---- */

static PyObject *copy_deque(PyObject *object)
{
    OWN_REF copy = PyList_New(0); /* first: it may collect, and a finalizer change the deque */
    struct private_deque *deque = (struct private_deque *)object;
    struct private_deque_block *block = deque->leftblock;
    Py_ssize_t from = deque->leftindex;
    for (Py_ssize_t left = Py_SIZE(object); copy && left > 0; left--) {
        if (PyList_Append(copy, block->data[from]) < 0) {
            return NULL;
        }
        if (++from == PRIVATE_DEQUE_BLOCK) {
            block = block->rightlink;
            from = 0;
        }
    }
    return STEAL(copy);
}

PyObject *contents_copy(PyObject *object)
{
    switch (contents_kind(object)) {
    case CONTENTS_DICT:
        return holder_copy_dict(object);
    case CONTENTS_LIST:
        return PyList_GetSlice(object, 0, PyList_GET_SIZE(object));
    case CONTENTS_SET:
        return state_set_members(object);
    case CONTENTS_DEQUE:
        return copy_deque(object);
    case CONTENTS_NONE:
        break;
    }
    PyErr_SetString(PyExc_ValueError, "not a container");
    return NULL;
}

bool contents_has_attributes(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    return (type->tp_flags & Py_TPFLAGS_HEAPTYPE) || strcmp(type->tp_name, "types.SimpleNamespace") == 0;
}

bool contents_is_python_class(PyTypeObject *type)
{
    return (type->tp_flags & Py_TPFLAGS_HEAPTYPE) && type->tp_dealloc == holder_known.subtype_dealloc;
}

int contents_each_number(PyObject *object, int (*visit)(PyObject *number, void *arg), void *arg)
{
    int result = 0;
    if (PyDict_Check(object)) {
        PyDictKeysObject *keys = ((PyDictObject *)object)->ma_keys;
        for (Py_ssize_t i = 0; !DK_IS_UNICODE(keys) && i < keys->dk_nentries && result == 0; i++) {
            PyDictKeyEntry *entry = &DK_ENTRIES(keys)[i];
            result = entry->me_value && PyLong_CheckExact(entry->me_key) ? visit(entry->me_key, arg) : 0;
        }
    } else if (PyAnySet_Check(object)) {
        PySetObject *set = (PySetObject *)object;
        for (setentry *entry = set->table; entry <= &set->table[set->mask] && result == 0; entry++) {
            result = entry->key && entry->hash != -1 && PyLong_CheckExact(entry->key) ? visit(entry->key, arg) : 0;
        }
    }
    return result;
}

/* ---- building ---- */

static int fill_odict(PyObject *made, PyObject *content)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(content, &position, &key, &value)) {
        if (PyODict_SetItem(made, key, value) < 0) {
            return -1;
        }
    }
    return 0;
}

static PyObject *make_deque(PyObject *like, PyObject *content)
{
    Py_ssize_t most = ((struct private_deque *)like)->maxlen;
    PyObject *type = (PyObject *)holder_known.deque;
    return most < 0 ? PyObject_CallFunction(type, "O", content) : PyObject_CallFunction(type, "On", content, most);
}

PyObject *contents_make(PyObject *like, PyObject *content)
{
    switch (contents_kind(like)) {
    case CONTENTS_DICT: {
        if (!PyODict_Check(like)) {
            return PyDict_Copy(content);
        }
        OWN_REF made = PyODict_New();
        return made && fill_odict(made, content) == 0 ? STEAL(made) : NULL;
    }
    case CONTENTS_LIST:
        return PyList_GetSlice(content, 0, PyList_GET_SIZE(content));
    case CONTENTS_SET:
        return PySet_New(content);
    case CONTENTS_DEQUE:
        return make_deque(like, content);
    case CONTENTS_NONE:
        break;
    }
    PyErr_SetString(PyExc_ValueError, "not a container");
    return NULL;
}

/* ---- exchanging ---- */

#define EXCHANGE(type, a, b) \
    do {                     \
        type kept = (a);     \
        (a) = (b);           \
        (b) = kept;          \
    } while (0)

struct moving {
    PyObject *iterator; /* owned: it may end before an undo */
    bool stale;         /* changes under it had happened before */
};

struct swap {
    PyObject *object, *other; /* owned */
    void (*exchange)(struct swap *);
    size_t n;
    struct moving iterators[]; /* over object */
};

/* What an object now holds may be tracked though what it held before was not. Both live on: an iterator may keep the
 * other. */
static void track(PyObject *object, PyObject *other)
{
    PyObject *const both[] = {object, other};
    bool tracked = PyObject_GC_IsTracked(object) || PyObject_GC_IsTracked(other);
    for (int i = 0; i < 2 && tracked; i++) {
        if (!PyObject_GC_IsTracked(both[i])) {
            PyObject_GC_Track(both[i]);
        }
    }
}

static void swap_dicts(struct swap *swap)
{
    PyDictObject *a = (PyDictObject *)swap->object, *b = (PyDictObject *)swap->other;
    EXCHANGE(Py_ssize_t, a->ma_used, b->ma_used);
    EXCHANGE(PyDictKeysObject *, a->ma_keys, b->ma_keys);
    track(swap->object, swap->other);
}

static void swap_odicts(struct swap *swap)
{
    struct private_odict *a = (struct private_odict *)swap->object, *b = (struct private_odict *)swap->other;
    EXCHANGE(Py_ssize_t, a->od_dict.ma_used, b->od_dict.ma_used);
    EXCHANGE(PyDictKeysObject *, a->od_dict.ma_keys, b->od_dict.ma_keys);
    EXCHANGE(struct private_odict_node *, a->od_first, b->od_first);
    EXCHANGE(struct private_odict_node *, a->od_last, b->od_last);
    EXCHANGE(struct private_odict_node **, a->od_fast_nodes, b->od_fast_nodes);
    EXCHANGE(Py_ssize_t, a->od_fast_nodes_size, b->od_fast_nodes_size);
    EXCHANGE(void *, a->od_resize_sentinel, b->od_resize_sentinel);
    a->od_state++; /* iterators that are not moved notice; going back and forth never shows an old number again */
    b->od_state++;
}

static void swap_lists(struct swap *swap)
{
    PyListObject *a = (PyListObject *)swap->object, *b = (PyListObject *)swap->other;
    EXCHANGE(PyObject **, a->ob_item, b->ob_item);
    EXCHANGE(Py_ssize_t, a->allocated, b->allocated);
    Py_ssize_t size = Py_SIZE(a);
    Py_SET_SIZE(a, Py_SIZE(b));
    Py_SET_SIZE(b, size);
}

/* A small table lies in its set and cannot change hands: its entries do. */
static void swap_sets(struct swap *swap)
{
    PySetObject *a = (PySetObject *)swap->object, *b = (PySetObject *)swap->other;
    bool small_a = a->table == a->smalltable, small_b = b->table == b->smalltable;
    setentry entries[PySet_MINSIZE];
    memcpy(entries, a->smalltable, sizeof entries);
    memcpy(a->smalltable, b->smalltable, sizeof entries);
    memcpy(b->smalltable, entries, sizeof entries);
    EXCHANGE(setentry *, a->table, b->table);
    a->table = small_b ? a->smalltable : a->table;
    b->table = small_a ? b->smalltable : b->table;
    EXCHANGE(Py_ssize_t, a->fill, b->fill);
    EXCHANGE(Py_ssize_t, a->used, b->used);
    EXCHANGE(Py_ssize_t, a->mask, b->mask);
    EXCHANGE(Py_ssize_t, a->finger, b->finger);
}

static void swap_deques(struct swap *swap)
{
    struct private_deque *a = (struct private_deque *)swap->object, *b = (struct private_deque *)swap->other;
    EXCHANGE(struct private_deque_block *, a->leftblock, b->leftblock);
    EXCHANGE(struct private_deque_block *, a->rightblock, b->rightblock);
    EXCHANGE(Py_ssize_t, a->leftindex, b->leftindex);
    EXCHANGE(Py_ssize_t, a->rightindex, b->rightindex);
    Py_ssize_t size = Py_SIZE(a);
    Py_SET_SIZE(a, Py_SIZE(b));
    Py_SET_SIZE(b, size);
    a->state++;
    b->state++;
}

static void apply_swap(void *arg)
{
    struct swap *swap = arg;
    swap->exchange(swap);
    for (size_t i = 0; i < swap->n; i++) {
        iterator_move(swap->iterators[i].iterator, swap->object, swap->other, swap->iterators[i].stale);
    }
}

static void undo_swap(void *arg)
{
    struct swap *swap = arg;
    swap->exchange(swap);
    for (size_t i = 0; i < swap->n; i++) {
        iterator_move(swap->iterators[i].iterator, swap->other, swap->object, swap->iterators[i].stale);
    }
}

static void free_swap(void *arg)
{
    struct swap *swap = arg;
    for (size_t i = 0; i < swap->n; i++) {
        Py_DECREF(swap->iterators[i].iterator);
    }
    Py_DECREF(swap->object);
    Py_DECREF(swap->other);
    PyMem_Free(swap);
}

static int add_swap(PyObject *object, PyObject *other, void (*exchange)(struct swap *),
                    const struct iterators *iterators, struct edits *edits)
{
    size_t n = 0;
    const struct iterator_over *over = iterators ? iterators_over(iterators, object, &n) : NULL;
    struct swap *swap = PyMem_Malloc(sizeof *swap + n * sizeof *swap->iterators);
    if (!swap) {
        PyErr_NoMemory();
        return -1;
    }
    *swap = (struct swap){Py_NewRef(object), Py_NewRef(other), exchange, 0};
    for (size_t i = 0; i < n; i++) {
        PyObject *iterator = over[i].iterator;
        swap->iterators[swap->n++] = (struct moving){Py_NewRef(iterator), iterator_is_stale(iterator)};
    }
    struct edit_op op = {apply_swap, undo_swap, free_swap, swap};
    if (edits_add_op(edits, &op) < 0) {
        free_swap(swap);
        return -1;
    }
    return 0;
}

int contents_exchange(PyObject *object, PyObject *other, const struct iterators *iterators, struct edits *edits)
{
    enum contents_kind kind = contents_kind(object);
    if (kind != contents_kind(other) || PyODict_Check(object) != PyODict_Check(other)) {
        return 1;
    }
    switch (kind) {
    case CONTENTS_DICT:
        if (((PyDictObject *)object)->ma_values || ((PyDictObject *)other)->ma_values) {
            return 1;
        }
        if (edits_touch(edits, object) < 0) {
            return -1;
        }
        return add_swap(object, other, PyODict_Check(object) ? swap_odicts : swap_dicts, iterators, edits);
    case CONTENTS_LIST:
        if (((PyListObject *)object)->allocated < 0) {
            return 1;
        }
        return add_swap(object, other, swap_lists, NULL, edits);
    case CONTENTS_SET:
        return add_swap(object, other, swap_sets, iterators, edits);
    case CONTENTS_DEQUE:
        return add_swap(object, other, swap_deques, iterators, edits);
    case CONTENTS_NONE:
        break;
    }
    return 1;
}

/* ---- attributes ---- */

struct swap_word {
    PyObject **a, **b;
    PyObject *holder; /* owned: of b */
};

static void swap_words(void *arg)
{
    struct swap_word *swap = arg;
    EXCHANGE(PyObject *, *swap->a, *swap->b);
}

static void free_words(void *arg)
{
    struct swap_word *swap = arg;
    Py_DECREF(swap->holder);
    PyMem_Free(swap);
}

/* Where a dict with str keys keeps the value of this key: its words stay where they are as long as nobody writes. */
static PyObject **value_word(PyObject *dict, PyObject *key)
{
    PyDictKeysObject *keys = ((PyDictObject *)dict)->ma_keys;
    for (Py_ssize_t i = 0; DK_IS_UNICODE(keys) && i < keys->dk_nentries; i++) {
        if (DK_UNICODE_ENTRIES(keys)[i].me_key == key) {
            return &DK_UNICODE_ENTRIES(keys)[i].me_value;
        }
    }
    return NULL;
}

PyObject **contents_factory(PyObject *object)
{
    bool makes = PyDict_Check(object) && PyObject_TypeCheck(object, holder_known.defaultdict);
    return makes ? &((struct private_defaultdict *)object)->default_factory : NULL;
}

static int add_words(PyObject **a, PyObject **b, PyObject *holder, struct edits *edits)
{
    struct swap_word *swap = PyMem_Malloc(sizeof *swap);
    if (!swap) {
        PyErr_NoMemory();
        return -1;
    }
    *swap = (struct swap_word){a, b, Py_NewRef(holder)};
    struct edit_op op = {swap_words, swap_words, free_words, swap};
    if (edits_add_op(edits, &op) < 0) {
        free_words(swap);
        return -1;
    }
    return 0;
}

int contents_exchange_factory(PyObject *object, PyObject *other, struct edits *edits)
{
    PyObject **a = contents_factory(object), **b = contents_factory(other);
    return a && b ? add_words(a, b, other, edits) : 1;
}

int contents_exchange_attributes(PyObject *instance, PyObject *attributes, PyObject *slots,
                                 const struct iterators *iterators, struct edits *edits)
{
    PyObject *dict = attributes ? holder_instance_dict(instance) : NULL;
    int result = !attributes ? 0 : dict ? contents_exchange(dict, attributes, iterators, edits) : 1;
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (result == 0 && slots && PyDict_Next(slots, &position, &name, &value)) {
        PyObject **word = attribute_slot(instance, name), **other = value_word(slots, name);
        result = word && other ? add_words(word, other, slots, edits) : 1;
    }
    return result;
}
