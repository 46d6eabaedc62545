/* A hold is a small object of a type of its own that the collector does not know. An object has at most one, found by
 * its address as long as it lives (compat/deaths.h). Must not: compare or hash but exact strings and numbers. */
#include "engine/base_hold.h"

#include "compat/deaths.h"
#include "compat/weak.h"

#include <string.h>

enum hold_kind { HOLD_DEATH, HOLD_TUPLE, HOLD_DIGEST, HOLD_ROW };

struct hold {
    PyObject ob_base;
    enum hold_kind kind;
    PyObject *object;  /* HOLD_DEATH: borrowed, NULL when it is gone; HOLD_TUPLE: owned, a tuple or list of items;
                          HOLD_DIGEST: its type, borrowed: a built-in one */
    Py_ssize_t size;   /* HOLD_DIGEST; HOLD_ROW: how many items */
    Py_hash_t hash;    /* HOLD_DIGEST */
    PyObject **items;  /* HOLD_ROW: owned array of owned references */
    PyObject *row;     /* HOLD_DEATH: owned, what goes with the object; or NULL */
    struct hold *next; /* HOLD_DEATH: borrowed, another one of the object: what it stood for became this one */
};

#define LARGE (64 << 10) /* bytes: from here on a string is known by its hash */
#define DEEP 16          /* tuples in tuples */

static PyObject *gone; /* owned for ever */

/* Items of a row are strings, numbers and holds: no code of the program runs when they go. */
static void empty_row(struct hold *row)
{
    PyObject **items = row->items;
    Py_ssize_t n = row->size;
    row->items = NULL;
    row->size = 0;
    while (n) {
        Py_DECREF(items[--n]);
    }
    PyMem_Free(items);
}

/* The object is not this hold's business any more. */
static void unlink_hold(struct hold *hold)
{
    struct hold *at = deaths_watcher(hold->object);
    if (at == hold && !hold->next) {
        deaths_forget(hold->object);
    } else if (at == hold) {
        deaths_hand_on(hold->object, hold->next);
    }
    while (at && at != hold && at->next != hold) {
        at = at->next;
    }
    if (at && at != hold) {
        at->next = hold->next;
    }
}

static void hold_dealloc(PyObject *self)
{
    struct hold *hold = (struct hold *)self;
    if (hold->kind == HOLD_DEATH && hold->object) {
        unlink_hold(hold);
    } else if (hold->kind == HOLD_TUPLE) {
        Py_DECREF(hold->object);
    } else if (hold->kind == HOLD_ROW) {
        empty_row(hold);
    }
    Py_XDECREF(hold->row);
    PyObject_Free(self);
}

static PyTypeObject hold_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "midflight._engine.hold",
    .tp_basicsize = sizeof(struct hold),
    .tp_dealloc = hold_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
};

static void told(void *watcher)
{
    PyObject *at = Py_NewRef((PyObject *)watcher); /* a row may own the last reference to a hold */
    while (at) {
        struct hold *hold = (struct hold *)at;
        PyObject *next = Py_XNewRef((PyObject *)hold->next);
        hold->next = NULL;
        hold->object = NULL;
        if (hold->row) {
            empty_row((struct hold *)hold->row);
        }
        Py_DECREF(at);
        at = next;
    }
}

int hold_start(void)
{
    if (gone) {
        return 0;
    }
    if (weak_start() < 0 || PyType_Ready(&hold_type) < 0 || !(gone = PyUnicode_FromString("(no longer there)"))) {
        return -1;
    }
    deaths_start(told);
    return 0;
}

static struct hold *as_hold(PyObject *item, enum hold_kind kind)
{
    struct hold *hold = (struct hold *)item;
    return Py_IS_TYPE(item, &hold_type) && hold->kind == kind ? hold : NULL;
}

static PyObject *make(enum hold_kind kind, PyObject *object)
{
    struct hold *hold = PyObject_New(struct hold, &hold_type);
    if (hold) {
        hold->kind = kind;
        hold->object = object;
        hold->row = NULL;
        hold->next = NULL;
    }
    return (PyObject *)hold;
}

/* ---- the kinds ---- */

static Py_ssize_t size_of(PyObject *object)
{
    return PyUnicode_CheckExact(object) ? PyUnicode_GET_LENGTH(object) * (Py_ssize_t)PyUnicode_KIND(object)
           : PyBytes_CheckExact(object) ? PyBytes_GET_SIZE(object)
                                        : -1;
}

/* Nobody can see how long it lives. */
static bool is_plain(PyObject *object)
{
    if (PyType_Check(object)) {
        return !(((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE);
    }
    return PyLong_CheckExact(object) || PyFloat_CheckExact(object) || PyComplex_CheckExact(object) ||
           PyCode_Check(object) || PyBool_Check(object) || object == Py_None || object == Py_Ellipsis ||
           object == Py_NotImplemented;
}

/* Items that refer to nothing that the walk over the heap looks for. */
static bool is_quiet(PyObject *item)
{
    return size_of(item) >= 0 || is_plain(item) || Py_IS_TYPE(item, &hold_type) || weak_is_own(item) ||
           PyWeakref_CheckRefExact(item);
}

static PyObject *hold_below(PyObject *object, int depth);

static PyObject *hold_items(PyObject *tuple, int depth)
{
    Py_ssize_t n = PyTuple_GET_SIZE(tuple);
    OWN_REF items = PyTuple_New(n);
    bool same = true, quiet = true;
    for (Py_ssize_t i = 0; items && i < n; i++) {
        PyObject *item = hold_below(PyTuple_GET_ITEM(tuple, i), depth + 1);
        if (!item) {
            return NULL;
        }
        same = same && item == PyTuple_GET_ITEM(tuple, i);
        quiet = quiet && is_quiet(item);
        PyTuple_SET_ITEM(items, i, item);
    }
    if (!items || same) {
        return items ? Py_NewRef(tuple) : NULL;
    }
    if (!quiet) { /* the walk has to find them: the collector forgets tuples of what it does not know, never lists */
        Py_SETREF(items, PySequence_List(items));
    }
    PyObject *hold = items ? make(HOLD_TUPLE, items) : NULL;
    if (hold) {
        items = NULL;
    }
    return hold;
}

static PyObject *hold_large(PyObject *object, Py_ssize_t size)
{
    Py_hash_t hash = PyObject_Hash(object); /* an exact str, bytes or int */
    struct hold *hold = hash == -1 ? NULL : (struct hold *)make(HOLD_DIGEST, (PyObject *)Py_TYPE(object));
    if (hold) {
        hold->size = size;
        hold->hash = hash;
    }
    return (PyObject *)hold;
}

static PyObject *hold_death(PyObject *object)
{
    struct hold *known = deaths_watcher(object);
    if (known) {
        return Py_NewRef((PyObject *)known);
    }
    OWN_REF hold = make(HOLD_DEATH, NULL);
    if (!hold || deaths_watch(object, hold) < 0) {
        return NULL;
    }
    ((struct hold *)hold)->object = object;
    return STEAL(hold);
}

static PyObject *hold_below(PyObject *object, int depth)
{
    PyTypeObject *type = Py_TYPE(object);
    Py_ssize_t size = size_of(object);
    if (size >= 0 || is_plain(object)) {
        return size < LARGE ? Py_NewRef(object) : hold_large(object, size);
    }
    if (deaths_can(type)) {
        return hold_death(object);
    }
    if (PyTuple_CheckExact(object) && depth < DEEP) {
        return hold_items(object, depth);
    }
    if (weak_possible(object)) {
        return PyType_Check(object) ? PyWeakref_NewRef(object, NULL) : weak_own(object);
    }
    return Py_NewRef(object);
}

PyObject *hold(PyObject *object)
{
    return hold_below(object, 0);
}

PyObject *hold_row(PyObject *of, PyObject *const *items, size_t n)
{
    struct hold *owner = as_hold(of, HOLD_DEATH);
    bool quiet = owner != NULL;
    for (size_t i = 0; quiet && i < n; i++) {
        quiet = is_quiet(items[i]);
    }
    struct hold *row = quiet ? (struct hold *)make(HOLD_ROW, NULL) : NULL;
    if (!row) {
        return NULL;
    }
    row->size = 0;
    row->items = PyMem_Malloc(n * sizeof *items);
    if (!row->items) {
        Py_DECREF(row);
        return PyErr_NoMemory();
    }
    memcpy(row->items, items, n * sizeof *items);
    row->size = (Py_ssize_t)n;
    Py_XSETREF(owner->row, Py_NewRef((PyObject *)row));
    return (PyObject *)row;
}

PyObject *const *hold_row_items(PyObject *row, size_t *ret_n)
{
    *ret_n = (size_t)((struct hold *)row)->size;
    return ((struct hold *)row)->items;
}

/* ---- and back ---- */

/* The program's own weak references have holds. */
static bool is_weak(PyObject *item)
{
    return weak_is_own(item) || PyWeakref_CheckRefExact(item);
}

PyObject *hold_get(PyObject *item)
{
    if (is_weak(item)) {
        return weak_peek(item);
    }
    if (!Py_IS_TYPE(item, &hold_type)) {
        return item;
    }
    struct hold *hold = as_hold(item, HOLD_DEATH);
    return hold ? hold->object : NULL;
}

PyObject *hold_tuple(PyObject *item)
{
    struct hold *tuple = as_hold(item, HOLD_TUPLE);
    return tuple ? tuple->object : NULL;
}

static bool is_tuple_of(PyObject *items, PyObject *object)
{
    Py_ssize_t n = PySequence_Fast_GET_SIZE(items);
    bool same = PyTuple_CheckExact(object) && PyTuple_GET_SIZE(object) == n;
    for (Py_ssize_t i = 0; same && i < n; i++) {
        same = hold_is(PySequence_Fast_GET_ITEM(items, i), PyTuple_GET_ITEM(object, i));
    }
    return same;
}

static bool is_digest_of(const struct hold *digest, PyObject *object)
{
    return digest->object == (PyObject *)Py_TYPE(object) && digest->size == size_of(object) &&
           digest->hash == PyObject_Hash(object);
}

bool hold_is(PyObject *item, PyObject *object)
{
    struct hold *digest = as_hold(item, HOLD_DIGEST);
    PyObject *items = hold_tuple(item);
    return !object  ? false
           : items  ? is_tuple_of(items, object)
           : digest ? is_digest_of(digest, object)
                    : hold_get(item) == object;
}

static PyObject *tuple_again(PyObject *items)
{
    OWN_REF tuple = PyTuple_New(PySequence_Fast_GET_SIZE(items));
    for (Py_ssize_t i = 0; tuple && i < PySequence_Fast_GET_SIZE(items); i++) {
        PyObject *value = hold_value(PySequence_Fast_GET_ITEM(items, i), NULL);
        if (!value) {
            return NULL;
        }
        PyTuple_SET_ITEM(tuple, i, value);
    }
    return STEAL(tuple);
}

PyObject *hold_value(PyObject *item, PyObject *now)
{
    PyObject *items = hold_tuple(item), *object = hold_get(item);
    return now && hold_is(item, now) ? Py_NewRef(now)
           : items                   ? tuple_again(items)
           : object                  ? Py_NewRef(object)
                                     : Py_NewRef(PyWeakref_CheckRefExact(item) ? gone : item);
}

static void follow(struct hold *moved, PyObject *from, PyObject *to)
{
    deaths_forget(from);
    struct hold *before = deaths_can(Py_TYPE(to)) ? deaths_watcher(to) : NULL, *last = moved;
    if (!deaths_can(Py_TYPE(to)) || (!before && deaths_watch(to, moved) < 0)) {
        PyErr_Clear();
        told(moved);
        return;
    }
    for (struct hold *at = moved; at; at = at->next) {
        at->object = to;
        last = at;
    }
    if (before) {
        last->next = before->next;
        before->next = moved;
    }
}

void hold_follow(const struct ptrmap *moved)
{
    const struct ptrmap_slot *slot;
    for (size_t i = 0; (slot = ptrmap_next(moved, &i));) {
        PyObject *from = (PyObject *)slot->key;
        bool moves = slot->value != from && !PyModule_Check(from);
        struct hold *hold = moves ? deaths_watcher(from) : NULL;
        if (hold) {
            follow(hold, from, slot->value);
        }
    }
}

bool hold_is_gone(PyObject *value)
{
    return value == gone || weak_is_own(value) || Py_IS_TYPE(value, &hold_type);
}
