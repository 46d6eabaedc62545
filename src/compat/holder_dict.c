/* dict in all its forms, OrderedDict, and the attributes of instances.
 *
 * Values are words and are exchanged where they are. A key whose address or hash changes moves in the index: the dict
 * gets a new keys object, with every entry at its old position (so order, live iterators and OrderedDict's own table
 * stay right) and a fresh index. A new object rather than a new index in the old one: C code that is in the middle of a
 * look-up starts again when it sees another keys object.
 *
 * Invariant: the new keys object holds the *old* references, as copies that own nothing; what differs is edited in it
 * like any other word. So the commit moves all references with the block, and an undo moves them back, exactly.
 * Shared (split) keys and unicode tables have keys of type str only and are never rebuilt. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/holder_internal.h"

#include "compat/attributes.h"
#include "compat/lrucache.h"
#include "compat/private.h"

/* ---- attributes of instances ---- */

PyObject **holder_dict_word(PyObject *instance)
{
    PyTypeObject *type = Py_TYPE(instance);
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        struct attributes at;
        find_attributes(instance, &at);
        return at.dict;
    }
    return type->tp_dictoffset ? _PyObject_GetDictPtr(instance) : NULL; /* computes an address, makes nothing */
}

PyObject *holder_instance_dict(PyObject *instance)
{
    PyObject **word = holder_dict_word(instance);
    return word ? *word : NULL;
}

PyObject *holder_unreported_dict(PyObject *instance)
{
    struct attributes at;
    find_attributes(instance, &at);
    return at.shows && holder_known.instance_reports_values ? *at.dict : NULL;
}

bool holder_must_detach(PyObject *instance, const struct ptrmap *map)
{
    if (!(Py_TYPE(instance)->tp_flags & Py_TPFLAGS_MANAGED_DICT)) {
        return false;
    }
    struct attributes at;
    find_attributes(instance, &at);
    return at.shows && holder_hit(map, *at.dict);
}

int holder_redirect_attributes(PyObject *instance, struct redirect *r)
{
    struct attributes at;
    find_attributes(instance, &at);
    Py_ssize_t before = r->found;
    if (holder_redirect_words(r, at.values, at.n) < 0) {
        return -1;
    }
    if (!at.shows) {
        return at.dict ? holder_redirect_word(r, at.dict) : 0;
    }
    if (holder_hit(r->map, *at.dict)) {
        r->why = "its __dict__ would be another while its attributes stay";
        return 1;
    }
    return r->found > before ? edits_touch(r->edits, *at.dict) : 0;
}

/* ---- a new keys object ---- */

static PyDictKeysObject *allocate_keys(size_t size)
{
#if PY_VERSION_HEX >= 0x030d0000
    return PyMem_Malloc(size);
#else
    return PyObject_Malloc(size);
#endif
}

static void free_keys(PyDictKeysObject *keys)
{
#if PY_VERSION_HEX >= 0x030d0000
    PyMem_Free(keys);
#else
    PyObject_Free(keys);
#endif
}

static Py_ssize_t index_get(const PyDictKeysObject *keys, size_t i)
{
    switch (keys->dk_log2_index_bytes - keys->dk_log2_size) {
    case 0:
        return ((const int8_t *)keys->dk_indices)[i];
    case 1:
        return ((const int16_t *)keys->dk_indices)[i];
    case 2:
        return ((const int32_t *)keys->dk_indices)[i];
    default:
        return ((const int64_t *)keys->dk_indices)[i];
    }
}

static void index_set(PyDictKeysObject *keys, size_t i, Py_ssize_t value)
{
    switch (keys->dk_log2_index_bytes - keys->dk_log2_size) {
    case 0:
        ((int8_t *)keys->dk_indices)[i] = (int8_t)value;
        break;
    case 1:
        ((int16_t *)keys->dk_indices)[i] = (int16_t)value;
        break;
    case 2:
        ((int32_t *)keys->dk_indices)[i] = (int32_t)value;
        break;
    default:
        ((int64_t *)keys->dk_indices)[i] = value;
    }
}

/* A copy of general keys with an empty index and nothing in use that the original does not use. */
static PyDictKeysObject *copy_keys(PyDictKeysObject *keys)
{
    size_t index = (size_t)1 << keys->dk_log2_index_bytes;
    size_t usable = ((size_t)DK_SIZE(keys) << 1) / 3;
    size_t head = sizeof(PyDictKeysObject) + index;
    size_t used = (size_t)keys->dk_nentries * sizeof(PyDictKeyEntry);
    size_t size = head + usable * sizeof(PyDictKeyEntry);
    PyDictKeysObject *copy = head + used <= size ? allocate_keys(size) : NULL;
    if (!copy) {
        PyErr_NoMemory();
        return NULL;
    }
    memcpy(copy, keys, sizeof(PyDictKeysObject));
    copy->dk_version = 0;
    memset(copy->dk_indices, 0xff, index);
    memcpy((char *)copy + head, (char *)keys + head, used);
    memset((char *)copy + head + used, 0, size - head - used);
    return copy;
}

/* ---- a copy ---- */

/* Appends an entry whose key is none of those that are there: nothing is compared. */
static void append(PyDictKeysObject *keys, PyObject *key, Py_hash_t hash, PyObject *value)
{
    size_t mask = (size_t)DK_SIZE(keys) - 1, perturb = (size_t)hash, i = (size_t)hash & mask;
    while (index_get(keys, i) != DKIX_EMPTY) {
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
    index_set(keys, i, keys->dk_nentries);
    PyDictKeyEntry *entry = &DK_ENTRIES(keys)[keys->dk_nentries++];
    *entry = (PyDictKeyEntry){.me_hash = hash, .me_key = Py_NewRef(key), .me_value = Py_NewRef(value)};
    keys->dk_usable--;
}

/* The entry of this very key. */
static const PyDictKeyEntry *entry_of(PyDictKeysObject *keys, PyObject *key, Py_hash_t hash)
{
    size_t mask = (size_t)DK_SIZE(keys) - 1, perturb = (size_t)hash, i = (size_t)hash & mask;
    for (Py_ssize_t at; (at = index_get(keys, i)) != DKIX_EMPTY;) {
        if (at >= 0 && DK_ENTRIES(keys)[at].me_key == key) {
            return &DK_ENTRIES(keys)[at];
        }
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
    return NULL;
}

static int copy_general(PyDictObject *dict, PyDictObject *copy)
{
    PyDictKeysObject *from = dict->ma_keys;
    PyDictKeysObject *keys = copy_keys(dict->ma_keys);
    if (!keys) {
        return -1;
    }
    keys->dk_refcnt = 1;
    keys->dk_nentries = 0;
    keys->dk_usable = (Py_ssize_t)(((size_t)DK_SIZE(keys) << 1) / 3);
    if (PyODict_Check(dict)) {
        for (struct private_odict_node *node = ((struct private_odict *)dict)->od_first; node; node = node->next) {
            const PyDictKeyEntry *entry = entry_of(from, node->key, node->hash);
            if (entry) {
                append(keys, entry->me_key, entry->me_hash, entry->me_value);
            }
        }
    } else {
        for (const PyDictKeyEntry *entry = DK_ENTRIES(from); entry < DK_ENTRIES(from) + from->dk_nentries; entry++) {
            if (entry->me_value) {
                append(keys, entry->me_key, entry->me_hash, entry->me_value);
            }
        }
    }
#if PY_VERSION_HEX < 0x030c0000
    copy->ma_keys->dk_refcnt--; /* those of all empty dicts; immortal from 3.12 on */
#endif
    copy->ma_keys = keys;
    copy->ma_used = keys->dk_nentries;
    PyObject_GC_Track(copy);
    return 0;
}

static int copy_names(PyObject *dict, PyObject *copy)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (!PyODict_Check(dict) && PyDict_Next(dict, &position, &key, &value)) {
        if (PyDict_SetItem(copy, key, value) < 0) {
            return -1;
        }
    }
    struct private_odict_node *node = PyODict_Check(dict) ? ((struct private_odict *)dict)->od_first : NULL;
    for (; node; node = node->next) {
        value = _PyDict_GetItem_KnownHash(dict, node->key, node->hash);
        if (!value || PyDict_SetItem(copy, node->key, value) < 0) {
            return -1;
        }
    }
    return 0;
}

PyObject *holder_copy_dict(PyObject *object)
{
    PyDictObject *dict = (PyDictObject *)object;
    if (PyDict_CheckExact(object) && DK_IS_UNICODE(dict->ma_keys) && !dict->ma_values) {
        return PyDict_Copy(object);
    }
    OWN_REF copy = PyDict_New();
    int failed = !copy                          ? -1
                 : !dict->ma_used               ? 0
                 : DK_IS_UNICODE(dict->ma_keys) ? copy_names(object, copy)
                                                : copy_general(dict, (PyDictObject *)copy);
    return failed ? NULL : STEAL(copy);
}

/* ---- redirected ---- */

struct rebuild {
    struct redirect *r;
    PyDictKeysObject *keys; /* owned until it is part of the edits */
    Py_ssize_t dropped;
};

/* Finds the slot of the index for a key with this hash: a free one (*ret_same = -1), or that of the entry which will be
 * the same key after the flip. */
static size_t find_slot(struct rebuild *b, PyObject *key, Py_hash_t hash, Py_ssize_t *ret_same)
{
    const PyDictKeyEntry *entries = DK_ENTRIES(b->keys);
    size_t mask = (size_t)DK_SIZE(b->keys) - 1, perturb = (size_t)hash, i = (size_t)hash & mask;
    Py_ssize_t at;
    while ((at = index_get(b->keys, i)) != DKIX_EMPTY) {
        if (entries[at].me_hash == hash && holder_same_key(b->r->map, b->r->rehash, entries[at].me_key, key)) {
            break;
        }
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
    *ret_same = at;
    return i;
}

/* Two keys become one: may the later entry go? 0 yes, 1 no, -1 exception set. */
static int may_drop(struct rebuild *b, const PyDictKeyEntry *first, const PyDictKeyEntry *later)
{
    if (lrucache_is_link(later->me_value)) {
        return holder_unlink_lru(later->me_value, b->r->edits);
    }
    bool agree = holder_partner(b->r->map, first->me_value) == holder_partner(b->r->map, later->me_value);
    if (agree || PyWeakref_Check(later->me_key)) {
        return 0;
    }
    b->r->why = "two keys of a dict would become one and their values differ";
    return 1;
}

/* The entry stays allocated, with no key and no value, as after a deletion. */
static int drop(struct rebuild *b, PyDictKeyEntry *entry)
{
    b->r->found += holder_hit(b->r->map, entry->me_key) + holder_hit(b->r->map, entry->me_value);
    b->dropped++;
    if (edits_add_object(b->r->edits, &entry->me_key, NULL) < 0) {
        return -1;
    }
    return edits_add_object(b->r->edits, &entry->me_value, NULL);
}

static int place(struct rebuild *b, Py_ssize_t position)
{
    PyDictKeyEntry *entries = DK_ENTRIES(b->keys), *entry = &entries[position];
    if (!entry->me_value) {
        return 0;
    }
    if (!holder_new_hash(b->r->rehash, entry->me_key, &entry->me_hash) && holder_hash_lost(b->r, entry->me_key)) {
        b->r->why = "the hash of a key's partner is computed by Python code";
        return 1;
    }
    Py_ssize_t same;
    size_t slot = find_slot(b, entry->me_key, entry->me_hash, &same);
    if (same >= 0) {
        int status = may_drop(b, &entries[same], entry);
        return status ? status : drop(b, entry);
    }
    index_set(b->keys, slot, position);
    if (holder_redirect_word(b->r, &entry->me_key) < 0) {
        return -1;
    }
    return holder_redirect_word(b->r, &entry->me_value);
}

/* *ret_keys: the new keys object, which is part of the edits and borrowed here. */
static int rebuild(PyDictObject *dict, struct redirect *r, PyDictKeysObject **ret_keys)
{
    struct rebuild b = {r, copy_keys(dict->ma_keys), 0};
    int status = b.keys ? 0 : -1;
    Py_ssize_t n = status ? 0 : b.keys->dk_nentries;
    for (Py_ssize_t i = 0; i < n && status == 0; i++) {
        status = place(&b, i);
    }
    if (status == 0 && b.dropped && PyODict_Check(dict)) {
        r->why = "two keys of an OrderedDict would become one";
        status = 1;
    }
    if (status == 0 && b.dropped) {
        status = edits_add_word(r->edits, &dict->ma_used, (uintptr_t)(dict->ma_used - b.dropped));
    }
    if (status) {
        if (b.keys) {
            free_keys(b.keys);
        }
        return status;
    }
    *ret_keys = b.keys;
    return edits_add(r->edits, (void **)&dict->ma_keys, b.keys, EDIT_DICTKEYS);
}

/* ---- dict ---- */

/* Does a key change its address or its hash? */
static bool keys_change(PyDictKeysObject *keys, const struct redirect *r)
{
    if (DK_IS_UNICODE(keys)) {
        return false;
    }
    const PyDictKeyEntry *entry = DK_ENTRIES(keys);
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++, entry++) {
        if (entry->me_value && (holder_hit(r->map, entry->me_key) || holder_hit(&r->rehash->hashes, entry->me_key))) {
            return true;
        }
    }
    return false;
}

static int redirect_values(PyDictObject *dict, struct redirect *r)
{
    PyDictKeysObject *keys = dict->ma_keys;
    Py_ssize_t n = keys->dk_nentries;
    if (dict->ma_values) {
#if PY_VERSION_HEX >= 0x030d0000
        if (dict->ma_values->embedded && holder_known.instance_reports_values) {
            return 0; /* edited as the instance's */
        }
#endif
        return holder_redirect_words(r, dict->ma_values->values, n);
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject **at = DK_IS_UNICODE(keys) ? &DK_UNICODE_ENTRIES(keys)[i].me_value : &DK_ENTRIES(keys)[i].me_value;
        if (holder_redirect_word(r, at) < 0) {
            return -1;
        }
    }
    return 0;
}

/* *ret_keys: the new keys object (borrowed), or NULL when the old one stays. */
static int redirect_table(PyDictObject *dict, struct redirect *r, PyDictKeysObject **ret_keys)
{
    Py_ssize_t before = r->found;
    *ret_keys = NULL;
    int status = keys_change(dict->ma_keys, r) ? rebuild(dict, r, ret_keys) : redirect_values(dict, r);
    if (status || (!*ret_keys && r->found == before)) {
        return status;
    }
    return edits_touch(r->edits, (PyObject *)dict);
}

int holder_redirect_dict(PyObject *dict, struct redirect *r)
{
    PyDictKeysObject *keys;
    return redirect_table((PyDictObject *)dict, r, &keys);
}

bool dict_may_need_rehash(PyObject *dict)
{
    return !DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys);
}

bool dict_needs_rehash(PyObject *dict, const struct rehash *rehash)
{
    PyDictKeysObject *keys = ((PyDictObject *)dict)->ma_keys;
    if (DK_IS_UNICODE(keys)) {
        return false;
    }
    const PyDictKeyEntry *entry = DK_ENTRIES(keys);
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++, entry++) {
        if (entry->me_value && holder_hit(&rehash->hashes, entry->me_key)) {
            return true;
        }
    }
    return false;
}

/* ---- OrderedDict ---- */

/* The list of nodes repeats keys and hashes. od_fast_nodes goes by position and stays; the keys object that it is for
 * is remembered in od_resize_sentinel. */
int holder_redirect_odict(PyObject *odict, struct redirect *r)
{
    struct private_odict *od = (struct private_odict *)odict;
    bool in_step = od->od_resize_sentinel == (void *)od->od_dict.ma_keys;
    PyDictKeysObject *keys;
    int status = redirect_table(&od->od_dict, r, &keys);
    if (status || !keys) {
        return status;
    }
    for (struct private_odict_node *node = od->od_first; node; node = node->next) {
        Py_hash_t hash;
        if (holder_new_hash(r->rehash, node->key, &hash) &&
            edits_add_word(r->edits, &node->hash, (uintptr_t)hash) < 0) {
            return -1;
        }
        if (holder_redirect_word(r, &node->key) < 0) {
            return -1;
        }
    }
    return in_step ? edits_add_word(r->edits, &od->od_resize_sentinel, (uintptr_t)keys) : 0;
}
