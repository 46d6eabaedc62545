/* The number before a part says how many there are, of what, and whether another part follows. Pairs are the names and
 * values of dicts and attributes, in order. A dict with a key that is no exact str has three items for an entry, its
 * hash last: to make a dict of them again must not call __hash__. If two of its keys have one hash that would call
 * __eq__, and so the copy is kept as it is: such a dict's content lives on.
 *
 * Invariant: between calls the row ends behind an entry. Must not: compare or hash values. */
#include "engine/base_pack.h"

#include "compat/contents.h"
#include "compat/state.h"
#include "engine/base.h"
#include "engine/base_hold.h"

#include <stdlib.h>
#include <string.h>

enum part {
    PART_PAIRS,
    PART_ITEMS,
    PART_GIVEN,
    PART_TRIPLES,
    PART_KINDS = 3,
    PART_MORE = 4,
    PART_APART = 8, /* its items are a row of their own */
    PART_SHIFT = 4
};

#define LONG 4096 /* items: from here on they are put apart */

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

/* Appends the item for an object. */
static int push_item(struct pack *pack, PyObject *object)
{
    PyObject *item = reserve(pack, 1) < 0 ? NULL : hold(object);
    if (item) {
        pack->items[pack->n++] = item;
    }
    return item ? 0 : -1;
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

/* How many items an entry of a part has. */
static size_t step_of(enum part kind)
{
    return kind == PART_PAIRS ? 2 : kind == PART_TRIPLES ? 3 : 1;
}

/* The number of the part that begins at `at`, whose place was kept free. */
static int close_part(struct pack *pack, size_t at, enum part kind, bool more)
{
    size_t n = (pack->n - at - 1) / step_of(kind);
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

/* Appends a pair; not zero: the name is no exact str, or -1. */
static int add_pair(PyObject *name, PyObject *value, void *arg)
{
    struct pack *pack = arg;
    if (!PyUnicode_CheckExact(name)) {
        return 1;
    }
    return pack_push(pack, name) < 0 ? -1 : push_item(pack, value);
}

/* ---- dicts with other keys than strings ---- */

struct hashed {
    struct pack *pack;
    struct ptrmap met; /* hash -> its key */
};

static const void *word_of(Py_hash_t hash)
{
    return (const void *)(uintptr_t)((size_t)hash << 4 | 1); /* no NULL; the map's own hash leaves the last bits out */
}

static int add_triple(PyObject *key, PyObject *value, Py_hash_t hash, void *arg)
{
    struct hashed *hashed = arg;
    OWN_REF number = PyLong_FromSsize_t(hash);
    if (ptrmap_get(&hashed->met, word_of(hash))) {
        return 1;
    }
    if (ptrmap_put(&hashed->met, word_of(hash), key) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return !number || push_item(hashed->pack, key) < 0 || push_item(hashed->pack, value) < 0
               ? -1
               : pack_push(hashed->pack, number);
}

/* A dict or list of its own. */
static int add_given(struct pack *pack, PyObject *given, bool more)
{
    size_t at = pack->n;
    return !given || open_part(pack, 1) < 0 || pack_push(pack, given) < 0 ? -1 : close_part(pack, at, PART_GIVEN, more);
}

static int add_triples(struct pack *pack, PyObject *dict, bool more)
{
    size_t at = pack->n;
    struct hashed hashed = {.pack = pack};
    ptrmap_init(&hashed.met);
    int stop = open_part(pack, 3 * (size_t)PyDict_GET_SIZE(dict));
    stop = stop ? stop : state_each_hashed(dict, add_triple, &hashed);
    ptrmap_release(&hashed.met);
    if (stop > 0) {
        pack_truncate(pack, at);
        OWN_REF copy = contents_copy(dict);
        return add_given(pack, copy, more);
    }
    return stop < 0 ? -1 : close_part(pack, at, PART_TRIPLES, more);
}

/* ---- all kinds ---- */

static int add_dict(struct pack *pack, PyObject *dict, bool more)
{
    size_t at = pack->n, n = 2 * (size_t)PyDict_GET_SIZE(dict);
    if (open_part(pack, n) < 0) {
        return -1;
    }
    PyObject *key, *value;
    Py_ssize_t position = 0;
    int stop = 0;
    while (!stop && PyDict_Next(dict, &position, &key, &value)) {
        stop = add_pair(key, value, pack);
    }
    if (stop > 0) {
        pack_truncate(pack, at);
        return add_triples(pack, dict, more);
    }
    return stop < 0 ? -1 : close_part(pack, at, PART_PAIRS, more);
}

static int add_attributes(struct pack *pack, PyObject *object)
{
    size_t at = pack->n;
    int stop = open_part(pack, 16);
    stop = stop ? stop : state_each(object, add_pair, pack);
    if (stop > 0) {
        pack_truncate(pack, at);
        OWN_REF copy = state_copy(object);
        return copy ? add_dict(pack, copy, false) : -1;
    }
    return stop < 0 ? -1 : close_part(pack, at, PART_PAIRS, false);
}

static int add_items(struct pack *pack, PyObject *const *items, size_t n, bool more)
{
    size_t at = pack->n;
    int failed = open_part(pack, n);
    for (size_t i = 0; i < n && !failed; i++) {
        failed = push_item(pack, items[i]);
    }
    return failed ? -1 : close_part(pack, at, PART_ITEMS, more);
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
    return !copy ? -1 : kind == CONTENTS_DICT ? add_dict(pack, copy, more) : add_list(pack, copy, more);
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

/* A long entry of one part. What it says of large data goes with these. */
static int put_apart(struct pack *pack, size_t at)
{
    size_t n = pack->n - at - 2, word = n >= LONG ? PyLong_AsSize_t(pack->items[at + 1]) : PART_MORE;
    if (word & PART_MORE || (word & PART_KINDS) == PART_GIVEN) {
        return 0;
    }
    OWN_REF number = PyLong_FromSize_t(word | PART_APART);
    PyObject *row = number ? hold_row(pack->items[at], pack->items + at + 2, n) : NULL;
    if (!row) {
        return PyErr_Occurred() ? -1 : 0;
    }
    Py_SETREF(pack->items[at + 1], STEAL(number));
    pack->items[at + 2] = row;
    pack->n = at + 3;
    return 0;
}

int pack_add(struct pack *pack, PyObject *object)
{
    size_t at = pack->n;
    int added = push_item(pack, object) < 0 ? -1 : add_parts(pack, object);
    added = added > 0 && put_apart(pack, at) < 0 ? -1 : added;
    if (added <= 0) {
        pack_truncate(pack, at);
    }
    return added;
}

int pack_add_entry(struct pack *pack, PyObject *entry)
{
    size_t at = pack->n;
    Py_ssize_t n = PyTuple_GET_SIZE(entry);
    int failed = push_item(pack, PyTuple_GET_ITEM(entry, 0));
    for (Py_ssize_t i = 1; i < n && !failed; i++) {
        PyObject *part = PyTuple_GET_ITEM(entry, i);
        failed = PyDict_Check(part) ? add_dict(pack, part, i + 1 < n) : add_list(pack, part, i + 1 < n);
    }
    if (failed) {
        pack_truncate(pack, at);
    }
    return failed;
}

int pack_add_function(struct pack *pack, PyFunctionObject *function)
{
    PyObject *fields[BASE_FUNCTION_FIELDS] = {(PyObject *)function, function->func_code, function->func_defaults,
                                              function->func_kwdefaults, function->func_dict};
    for (int i = 0; i < BASE_FUNCTION_FIELDS; i++) {
        if (push_item(pack, fields[i] ? fields[i] : Py_None) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- reading ---- */

struct head {
    size_t n;
    enum part kind;
    bool more, apart;
    size_t length; /* of the part, its number included */
};

static struct head head_of(PyObject *number)
{
    size_t word = PyLong_AsSize_t(number), n = word >> PART_SHIFT;
    enum part kind = word & PART_KINDS;
    bool apart = word & PART_APART;
    return (struct head){n, kind, word & PART_MORE, apart, 1 + (apart ? 1 : n * step_of(kind))};
}

/* The items of a part. They are gone only with the object. */
static PyObject *const *items_of(PyObject *const *part, struct head head)
{
    size_t n;
    return head.apart ? hold_row_items(part[1], &n) : part + 1;
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
    bool keys = step_of(head.kind) > 1, given = head.kind == PART_GIVEN;
    *ret_part = (struct pack_part){items_of(at, head) + keys, given ? 0 : head.n, step_of(head.kind), head.apart,
                                   given ? at[1] : NULL};
    return true;
}

/* What an object holds at this moment, made when it is asked for: for what is known by value alone. */
struct present {
    PyObject *object;
    bool attributes;
    PyObject *content;  /* owned: a dict or a list */
    struct ptrmap keys; /* hash -> key, of a dict with other keys than strings */
};

static PyObject *content_of(struct present *present)
{
    if (!present->content) {
        present->content = present->attributes ? state_copy(present->object) : base_copy(present->object);
    }
    return present->content;
}

static int note_key(PyObject *key, PyObject *value, Py_hash_t hash, void *arg)
{
    (void)value;
    return ptrmap_put(arg, word_of(hash), key);
}

/* The key that lies under this hash now. Borrowed, or NULL. */
static PyObject *present_key(struct present *present, Py_hash_t hash)
{
    PyObject *content = content_of(present);
    if (content && PyDict_Check(content) && !present->keys.used) {
        (void)state_each_hashed(content, note_key, &present->keys); /* without memory a key is made again */
    }
    return ptrmap_get(&present->keys, word_of(hash));
}

static PyObject *present_value(struct present *present, PyObject *key)
{
    PyObject *content = content_of(present);
    bool plain = content && PyDict_Check(content) && state_has_str_keys(content);
    return plain ? PyDict_GetItemWithError(content, key) : NULL;
}

static PyObject *present_item(struct present *present, size_t i)
{
    PyObject *content = content_of(present);
    bool there = content && PyList_Check(content) && i < (size_t)PyList_GET_SIZE(content);
    return there ? PyList_GET_ITEM(content, (Py_ssize_t)i) : NULL;
}

static PyObject *unpack_pairs(PyObject *const *pairs, size_t n, struct present *present)
{
    OWN_REF dict = PyDict_New();
    for (size_t i = 0; dict && i < n; i++) {
        PyObject *key = pairs[2 * i], *item = pairs[2 * i + 1];
        OWN_REF value = hold_value(item, hold_get(item) ? NULL : present_value(present, key));
        if (!value || PyDict_SetItem(dict, key, value) < 0) {
            return NULL;
        }
    }
    return STEAL(dict);
}

/* An entry whose key is gone is one that nobody can ask for. */
static PyObject *unpack_triples(PyObject *const *triples, size_t n, struct present *present)
{
    OWN_REF dict = PyDict_New();
    for (size_t i = 0; dict && i < n; i++) {
        PyObject *const *triple = triples + 3 * i;
        Py_hash_t hash = PyLong_AsSsize_t(triple[2]);
        OWN_REF key = hold_value(triple[0], hold_get(triple[0]) ? NULL : present_key(present, hash));
        OWN_REF value = key ? hold_value(triple[1], NULL) : NULL;
        if (!value || (!hold_is_gone(key) && state_put_hashed(dict, key, value, hash) < 0)) {
            return NULL;
        }
    }
    return STEAL(dict);
}

static PyObject *unpack_items(PyObject *const *items, size_t n, struct present *present)
{
    OWN_REF list = PyList_New((Py_ssize_t)n);
    for (size_t i = 0; list && i < n; i++) {
        PyObject *value = hold_value(items[i], hold_get(items[i]) ? NULL : present_item(present, i));
        if (!value) {
            return NULL;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)i, value);
    }
    return STEAL(list);
}

static PyObject *unpack_part(PyObject *const *part, struct head head, PyObject *object, bool attributes)
{
    struct present present = {.object = object, .attributes = attributes};
    ptrmap_init(&present.keys);
    PyObject *const *items = items_of(part, head);
    PyObject *copy = head.kind == PART_PAIRS     ? unpack_pairs(items, head.n, &present)
                     : head.kind == PART_TRIPLES ? unpack_triples(items, head.n, &present)
                     : head.kind == PART_ITEMS   ? unpack_items(items, head.n, &present)
                                                 : Py_NewRef(part[1]);
    ptrmap_release(&present.keys);
    Py_XDECREF(present.content);
    return copy;
}

PyObject *pack_entry(PyObject *const *entry)
{
    struct head first = head_of(entry[1]);
    OWN_REF object = hold_get(entry[0]) ? Py_NewRef(hold_get(entry[0])) : hold_value(entry[0], NULL);
    if (!object || PyUnicode_CheckExact(object) || (first.apart && hold_is_gone(object))) {
        return NULL;
    }
    bool own = object && !PyType_Check(object) && !PyCell_Check(object) && contents_kind(object) == CONTENTS_NONE;
    OWN_REF copy = object ? unpack_part(entry + 1, first, object, own) : NULL;
    PyObject *const *second = entry + 1 + first.length;
    OWN_REF attributes = copy && first.more ? unpack_part(second, head_of(*second), object, true) : NULL;
    return !copy || (first.more && !attributes) ? NULL
           : first.more                         ? PyTuple_Pack(3, object, copy, attributes)
                                                : PyTuple_Pack(2, object, copy);
}

PyObject *pack_unpack(PyObject *list)
{
    OWN_REF copies = PyList_New(0);
    PyObject *const *items = ((PyListObject *)list)->ob_item;
    size_t n = (size_t)PyList_GET_SIZE(list);
    for (size_t at = 0; copies && at < n; at += pack_length(items + at)) {
        OWN_REF entry = pack_entry(items + at);
        if (entry ? PyList_Append(copies, entry) < 0 : PyErr_Occurred() != NULL) {
            return NULL;
        }
    }
    return STEAL(copies);
}

/* A field of a function. A dict that is gone was taken from the function: it has none any more that is known. */
static PyObject *function_field(PyObject *item, PyObject *now, int field)
{
    OWN_REF value = hold_value(item, now);
    bool named = value && hold_is_gone(value) && field == 3;
    return named ? PyDict_New() : value && hold_is_gone(value) ? Py_NewRef(Py_None) : STEAL(value);
}

PyObject *pack_unpack_functions(PyObject *list)
{
    OWN_REF functions = PyList_New(0);
    for (Py_ssize_t i = 0; functions && i < PyList_GET_SIZE(list); i += BASE_FUNCTION_FIELDS) {
        PyObject *const *items = &((PyListObject *)list)->ob_item[i];
        PyFunctionObject *f = (PyFunctionObject *)hold_get(items[0]);
        PyObject *now[BASE_FUNCTION_FIELDS] = {(PyObject *)f, f ? f->func_code : NULL, f ? f->func_defaults : NULL,
                                               f ? f->func_kwdefaults : NULL, f ? f->func_dict : NULL};
        for (int j = 0; f && j < BASE_FUNCTION_FIELDS; j++) {
            OWN_REF value = function_field(items[j], now[j], j);
            if (!value || PyList_Append(functions, value) < 0) {
                return NULL;
            }
        }
    }
    return STEAL(functions);
}

/* ---- is it the same? ---- */

struct reading {
    PyObject *const *at, *const *end;
    size_t step;
};

static int next_pair(PyObject *name, PyObject *value, void *arg)
{
    struct reading *reading = arg;
    if (reading->at == reading->end || !hold_is(reading->at[0], name) || !hold_is(reading->at[1], value)) {
        return 1;
    }
    reading->at += reading->step;
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
    bool same = (size_t)PyList_GET_SIZE(list) == n;
    for (size_t i = 0; same && i < n; i++) {
        same = hold_is(items[i], PyList_GET_ITEM(list, (Py_ssize_t)i));
    }
    return same;
}

/* True is certain. */
static bool same_part(PyObject *object, PyObject *const *part, struct head head, bool attributes)
{
    size_t step = step_of(head.kind);
    PyObject *const *items = items_of(part, head);
    struct reading entries = {items, items + step * head.n, step};
    enum contents_kind kind = attributes ? CONTENTS_NONE : contents_kind(object);
    if (head.kind == PART_GIVEN) {
        return false;
    }
    if (PyType_Check(object)) {
        return ((PyTypeObject *)object)->tp_dict && same_dict(entries, ((PyTypeObject *)object)->tp_dict);
    }
    if (kind == CONTENTS_DICT) {
        return !PyODict_Check(object) && same_dict(entries, object);
    }
    if (kind == CONTENTS_LIST) {
        return same_items(items, head.n, object);
    }
    if (PyCell_Check(object)) {
        return head.n ? hold_is(part[1], PyCell_GET(object)) : !PyCell_GET(object);
    }
    if (kind == CONTENTS_SET || kind == CONTENTS_DEQUE) {
        OWN_REF now = contents_copy(object);
        return now && same_items(items, head.n, now);
    }
    return state_each(object, next_pair, &entries) == 0 && entries.at == entries.end;
}

int pack_differs(PyObject *const *entry)
{
    struct head first = head_of(entry[1]);
    PyObject *const *second = entry + 1 + first.length;
    PyObject *object = hold_get(entry[0]);
    if (!object) {
        return 0;
    }
    if (same_part(object, entry + 1, first, false) &&
        (!first.more || same_part(object, second, head_of(*second), true))) {
        return 0;
    }
    PyErr_Clear(); /* a name for which there was no memory: then the next line says so */
    OWN_REF unpacked = pack_entry(entry);
    return unpacked ? base_entry_differs(unpacked) : -1;
}
