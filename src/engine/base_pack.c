/* The number before a part says how many there are, of what, and whether another part follows. Pairs are the names and
 * values of dicts and attributes, in order. A dict with a key that is no exact str is copied as it is: to make one
 * again from its pairs would call their __hash__.
 *
 * Invariant: between calls the row ends behind an entry. Must not: compare or hash values. */
#include "engine/base_pack.h"

#include "compat/contents.h"
#include "compat/state.h"
#include "engine/base.h"

#include <stdlib.h>
#include <string.h>

enum part { PART_PAIRS, PART_ITEMS, PART_GIVEN, PART_KINDS = 3, PART_MORE = 4, PART_SHIFT = 3 };

static int reserve(struct pack *pack, size_t more)
{
    if (pack->n + more <= pack->capacity) {
        return 0;
    }
    size_t capacity = pack->capacity ? pack->capacity : 256;
    while (capacity < pack->n + more) {
        capacity *= 2;
    }
    PyObject **items = realloc(pack->items, capacity * sizeof *items);
    if (!items) {
        PyErr_NoMemory();
        return -1;
    }
    pack->items = items;
    pack->capacity = capacity;
    return 0;
}

int pack_push(struct pack *pack, PyObject *object)
{
    if (reserve(pack, 1) < 0) {
        return -1;
    }
    pack->items[pack->n++] = Py_NewRef(object);
    return 0;
}

void pack_truncate(struct pack *pack, size_t n)
{
    while (pack->n > n) {
        Py_XDECREF(pack->items[--pack->n]);
    }
}

void pack_release(struct pack *pack)
{
    pack_truncate(pack, 0);
    free(pack->items);
    memset(pack, 0, sizeof *pack);
}

PyObject *pack_finish(struct pack *pack)
{
    PyObject *list = PyList_New((Py_ssize_t)pack->n);
    if (list && pack->n) {
        memcpy(((PyListObject *)list)->ob_item, pack->items, pack->n * sizeof *pack->items);
    }
    if (list) {
        free(pack->items);
        memset(pack, 0, sizeof *pack);
    }
    return list;
}

/* ---- parts ---- */

/* The number of the part that begins at `at`, whose place was kept free. */
static int close_part(struct pack *pack, size_t at, enum part kind, bool more)
{
    size_t n = pack->n - at - 1;
    n = kind == PART_PAIRS ? n / 2 : n;
    pack->items[at] = PyLong_FromSize_t(n << PART_SHIFT | (more ? PART_MORE : 0) | (size_t)kind);
    return pack->items[at] ? 0 : -1;
}

static int open_part(struct pack *pack, size_t expected)
{
    if (reserve(pack, expected + 1) < 0) {
        return -1;
    }
    pack->items[pack->n++] = NULL;
    return 0;
}

/* A dict or list of its own. */
static int add_given(struct pack *pack, PyObject *given, bool more)
{
    size_t at = pack->n;
    return !given || open_part(pack, 1) < 0 || pack_push(pack, given) < 0 ? -1 : close_part(pack, at, PART_GIVEN, more);
}

/* Appends a pair; not zero: the name is no exact str, or -1. */
static int add_pair(PyObject *name, PyObject *value, void *arg)
{
    struct pack *pack = arg;
    if (!PyUnicode_CheckExact(name)) {
        return 1;
    }
    if (reserve(pack, 2) < 0) {
        return -1;
    }
    pack->items[pack->n++] = Py_NewRef(name);
    pack->items[pack->n++] = Py_NewRef(value);
    return 0;
}

static int add_dict(struct pack *pack, PyObject *dict, bool more)
{
    size_t at = pack->n, n = 2 * (size_t)PyDict_GET_SIZE(dict);
    if (open_part(pack, n) < 0) {
        return -1;
    }
    size_t taken = state_take_pairs(dict, pack->items + pack->n);
    pack->n += taken;
    if (taken < n) {
        pack_truncate(pack, at);
        OWN_REF copy = contents_copy(dict);
        return add_given(pack, copy, more);
    }
    return close_part(pack, at, PART_PAIRS, more);
}

static int add_attributes(struct pack *pack, PyObject *object)
{
    size_t at = pack->n;
    int stop = open_part(pack, 16);
    stop = stop ? stop : state_each(object, add_pair, pack);
    if (stop > 0) {
        pack_truncate(pack, at);
        OWN_REF copy = state_copy(object);
        return add_given(pack, copy, false);
    }
    return stop < 0 ? -1 : close_part(pack, at, PART_PAIRS, false);
}

static int add_items(struct pack *pack, PyObject *const *items, size_t n, bool more)
{
    size_t at = pack->n;
    if (open_part(pack, n) < 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        pack->items[pack->n++] = Py_NewRef(items[i]);
    }
    return close_part(pack, at, PART_ITEMS, more);
}

static int add_list(struct pack *pack, PyObject *list, bool more)
{
    return !list ? -1 : add_items(pack, ((PyListObject *)list)->ob_item, (size_t)PyList_GET_SIZE(list), more);
}

static int add_content(struct pack *pack, PyObject *object, enum contents_kind kind, bool more)
{
    if (kind == CONTENTS_LIST) {
        return add_list(pack, object, more);
    }
    if (kind == CONTENTS_DICT && !PyODict_Check(object)) {
        return add_dict(pack, object, more);
    }
    OWN_REF copy = contents_copy(object);
    return kind == CONTENTS_DICT ? add_given(pack, copy, more) : add_list(pack, copy, more);
}

/* The parts of an entry. 1 done, 0 of no kind that is copied, -1. */
static int add_parts(struct pack *pack, PyObject *object)
{
    enum contents_kind kind = contents_kind(object);
    int failed;
    if (PyType_Check(object)) {
        PyObject *dict = ((PyTypeObject *)object)->tp_dict;
        failed = dict ? add_dict(pack, dict, false) : 1;
    } else if (kind != CONTENTS_NONE) {
        bool both = contents_has_attributes(object);
        failed = add_content(pack, object, kind, both);
        failed = failed || !both ? failed : add_attributes(pack, object);
    } else if (PyCell_Check(object)) {
        PyObject *content = PyCell_GET(object);
        failed = add_items(pack, &content, content != NULL, false);
    } else {
        failed = !PyModule_Check(object) && contents_has_attributes(object) ? add_attributes(pack, object) : 1;
    }
    return failed < 0 ? -1 : !failed;
}

int pack_add(struct pack *pack, PyObject *object)
{
    size_t at = pack->n;
    int added = pack_push(pack, object) < 0 ? -1 : add_parts(pack, object);
    if (added <= 0) {
        pack_truncate(pack, at);
    }
    return added;
}

int pack_add_entry(struct pack *pack, PyObject *entry)
{
    size_t at = pack->n;
    Py_ssize_t n = PyTuple_GET_SIZE(entry);
    int failed = pack_push(pack, PyTuple_GET_ITEM(entry, 0));
    for (Py_ssize_t i = 1; i < n && !failed; i++) {
        failed = add_given(pack, PyTuple_GET_ITEM(entry, i), i + 1 < n);
    }
    if (failed) {
        pack_truncate(pack, at);
    }
    return failed;
}

/* ---- reading ---- */

struct head {
    size_t n;
    enum part kind;
    bool more;
    size_t length; /* of the part, its number included */
};

static struct head head_of(PyObject *number)
{
    size_t word = PyLong_AsSize_t(number), n = word >> PART_SHIFT;
    enum part kind = word & PART_KINDS;
    return (struct head){n, kind, word & PART_MORE, 1 + (kind == PART_PAIRS ? 2 * n : n)};
}

size_t pack_length(PyObject *const *entry)
{
    size_t length = 1;
    struct head head;
    do {
        head = head_of(entry[length]);
        length += head.length;
    } while (head.more);
    return length;
}

bool pack_part(PyObject *const *entry, int part, struct pack_part *ret_part)
{
    PyObject *const *at = entry + 1;
    struct head head = head_of(*at);
    for (; part > 0 && head.more; part--) {
        at += head.length;
        head = head_of(*at);
    }
    if (part > 0) {
        return false;
    }
    bool pairs = head.kind == PART_PAIRS, given = head.kind == PART_GIVEN;
    *ret_part = (struct pack_part){at + 1 + pairs, given ? 0 : head.n, pairs ? 2 : 1, given ? at[1] : NULL};
    return true;
}

static PyObject *unpack_pairs(PyObject *const *pairs, size_t n)
{
    OWN_REF dict = PyDict_New();
    for (size_t i = 0; dict && i < n; i++) {
        if (PyDict_SetItem(dict, pairs[2 * i], pairs[2 * i + 1]) < 0) {
            return NULL;
        }
    }
    return STEAL(dict);
}

static PyObject *unpack_part(PyObject *const *part, struct head head)
{
    if (head.kind == PART_PAIRS) {
        return unpack_pairs(part + 1, head.n);
    }
    PyObject *list = head.kind == PART_ITEMS ? PyList_New((Py_ssize_t)head.n) : Py_NewRef(part[1]);
    for (size_t i = 0; head.kind == PART_ITEMS && list && i < head.n; i++) {
        PyList_SET_ITEM(list, (Py_ssize_t)i, Py_NewRef(part[1 + i]));
    }
    return list;
}

PyObject *pack_entry(PyObject *const *entry)
{
    struct head first = head_of(entry[1]);
    OWN_REF copy = unpack_part(entry + 1, first);
    PyObject *const *second = entry + 1 + first.length;
    OWN_REF attributes = copy && first.more ? unpack_part(second, head_of(*second)) : NULL;
    return !copy || (first.more && !attributes) ? NULL
           : first.more                         ? PyTuple_Pack(3, entry[0], copy, attributes)
                                                : PyTuple_Pack(2, entry[0], copy);
}

PyObject *pack_unpack(PyObject *list)
{
    OWN_REF copies = PyList_New(0);
    PyObject *const *items = ((PyListObject *)list)->ob_item;
    size_t n = (size_t)PyList_GET_SIZE(list);
    for (size_t at = 0; copies && at < n; at += pack_length(items + at)) {
        OWN_REF entry = pack_entry(items + at);
        if (!entry || PyList_Append(copies, entry) < 0) {
            return NULL;
        }
    }
    return STEAL(copies);
}

PyObject *pack_again(PyObject *copies)
{
    struct pack pack = {0};
    int failed = 0;
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(copies); i++) {
        failed = pack_add_entry(&pack, PyList_GET_ITEM(copies, i));
    }
    PyObject *list = failed ? NULL : pack_finish(&pack);
    pack_release(&pack);
    return list;
}

/* ---- is it the same? ---- */

struct reading {
    PyObject *const *at, *const *end; /* pairs */
};

static int next_pair(PyObject *name, PyObject *value, void *arg)
{
    struct reading *reading = arg;
    if (reading->at == reading->end || reading->at[0] != name || reading->at[1] != value) {
        return 1;
    }
    reading->at += 2;
    return 0;
}

static bool same_dict(struct reading reading, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict, &position, &key, &value)) {
        if (next_pair(key, value, &reading)) {
            return false;
        }
    }
    return reading.at == reading.end;
}

static bool same_items(PyObject *const *items, size_t n, PyObject *list)
{
    return (size_t)PyList_GET_SIZE(list) == n &&
           (n == 0 || memcmp(items, ((PyListObject *)list)->ob_item, n * sizeof *items) == 0);
}

/* True is certain. */
static bool same_part(PyObject *object, PyObject *const *part, struct head head, bool attributes)
{
    struct reading pairs = {part + 1, part + 1 + 2 * head.n};
    enum contents_kind kind = attributes ? CONTENTS_NONE : contents_kind(object);
    if (head.kind == PART_GIVEN) {
        return false;
    }
    if (PyType_Check(object)) {
        return ((PyTypeObject *)object)->tp_dict && same_dict(pairs, ((PyTypeObject *)object)->tp_dict);
    }
    if (kind == CONTENTS_DICT) {
        return same_dict(pairs, object);
    }
    if (kind == CONTENTS_LIST) {
        return same_items(part + 1, head.n, object);
    }
    if (PyCell_Check(object)) {
        return head.n ? PyCell_GET(object) == part[1] : !PyCell_GET(object);
    }
    if (kind == CONTENTS_SET) {
        return state_same_members(object, part + 1, head.n);
    }
    if (kind == CONTENTS_DEQUE) {
        OWN_REF now = contents_copy(object);
        return now && same_items(part + 1, head.n, now);
    }
    return state_each(object, next_pair, &pairs) == 0 && pairs.at == pairs.end;
}

int pack_differs(PyObject *const *entry)
{
    struct head first = head_of(entry[1]);
    PyObject *const *second = entry + 1 + first.length;
    if (same_part(entry[0], entry + 1, first, false) &&
        (!first.more || same_part(entry[0], second, head_of(*second), true))) {
        return 0;
    }
    PyErr_Clear(); /* a name for which there was no memory: then the next line says so */
    OWN_REF unpacked = pack_entry(entry);
    return unpacked ? base_entry_differs(unpacked) : -1;
}
