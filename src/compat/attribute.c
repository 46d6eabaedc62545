/* One attribute of one instance. Three places: a word behind __slots__, the inline values whose order the class's
 * shared keys give, a dict.
 *
 * Invariant: inline values and shared keys stay consistent as CPython keeps them: an entry of the keys has a word in
 * every instance of the class, because keys give away entries only while dk_usable says that all of them have one.
 * Must not: look a name up in a dict that may hold keys other than str (their __eq__ is Python code). */
#define Py_BUILD_CORE_MODULE 1
#include "compat/attribute.h"

#include "compat/attributes.h"
#include "compat/type.h"
#include "compat/type_slots.h"

#include <structmember.h>

/* ---- __slots__ ---- */

/* Is this str the name that a member has in UTF-8? Allocates nothing. */
static bool is_called(PyObject *name, const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(name); i++) {
        Py_UCS4 point = PyUnicode_READ_CHAR(name, i);
        int more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3; /* bytes behind the first */
        Py_UCS4 head = more ? 0xff00u >> (more + 1) & 0xff : 0;
        if (!*byte || *byte++ != (head | point >> 6 * more)) {
            return false;
        }
        while (more--) {
            if (*byte++ != (0x80 | (point >> 6 * more & 0x3f))) {
                return false;
            }
        }
    }
    return !*byte;
}

PyObject **attribute_slot(PyObject *instance, PyObject *name)
{
    PyObject *mro = Py_TYPE(instance)->tp_mro;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        bool has_members = (base->tp_flags & Py_TPFLAGS_HEAPTYPE) && Py_SIZE(base);
        PyMemberDef *member = has_members ? type_members(base) : NULL;
        for (Py_ssize_t j = 0; member && j < Py_SIZE(base); j++, member++) {
            if (member->type == T_OBJECT_EX && is_called(name, member->name)) {
                return (PyObject **)((char *)instance + member->offset);
            }
        }
    }
    return NULL;
}

/* ---- inline values ---- */

static PyDictKeysObject *shared_keys(PyObject *instance)
{
    return ((PyHeapTypeObject *)Py_TYPE(instance))->ht_cached_keys;
}

/* Where the name is in unicode keys, or -1. */
static Py_ssize_t key_index(PyDictKeysObject *keys, PyObject *name)
{
    PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
        if (entries[i].me_key == name) {
            return i;
        }
    }
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
        if (entries[i].me_key && PyUnicode_Compare(entries[i].me_key, name) == 0) {
            return i; /* the same name, not interned */
        }
    }
    return -1;
}

/* Dicts/dictobject.c, insert_split_key: the next entry, found from the first free place of the index. */
static bool add_key(PyDictKeysObject *keys, PyObject *name)
{
    Py_hash_t hash = PyObject_Hash(name); /* of a str: cannot fail */
    if (keys->dk_usable <= 0 || keys->dk_kind != DICT_KEYS_SPLIT || keys->dk_log2_index_bytes != keys->dk_log2_size) {
        return false; /* no room, or no table with one byte for each place */
    }
    int8_t *index = (int8_t *)keys->dk_indices;
    size_t mask = (size_t)DK_SIZE(keys) - 1, perturb = (size_t)hash, i = (size_t)hash & mask;
    while (index[i] >= 0) {
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
    index[i] = (int8_t)keys->dk_nentries;
    keys->dk_version = 0;
    DK_UNICODE_ENTRIES(keys)[keys->dk_nentries].me_key = Py_NewRef(name);
    keys->dk_nentries++;
    keys->dk_usable--;
    return true;
}

static void forget_order(PyDictValues *values, Py_ssize_t index)
{
#if PY_VERSION_HEX >= 0x030d0000
    uint8_t *order = get_insertion_order_array(values);
    int n = values->size, at = 0;
    while (at < n && order[at] != index) {
        at++;
    }
    for (; at + 1 < n; at++) {
        order[at] = order[at + 1];
    }
    values->size = (uint8_t)(n - 1);
#else
    uint8_t *size = (uint8_t *)values - 2;
    int n = *size, at = 1;
    while (at <= n && size[-at] != index) {
        at++;
    }
    for (; at < n; at++) {
        size[-at] = size[-at - 1];
    }
    *size = (uint8_t)(n - 1);
#endif
}

static void set_inline(PyDictValues *values, Py_ssize_t index, PyObject *value)
{
    PyObject *before = values->values[index];
    values->values[index] = Py_XNewRef(value);
    if (value && !before) {
        _PyDictValues_AddToInsertionOrder(values, index);
    } else if (before && !value) {
        forget_order(values, index);
    }
    Py_XDECREF(before);
}

/* ---- dicts ---- */

/* Do the values that this dict shows lie in the instance itself? Then a table of its own would take them out of it. */
static bool shows_values(PyObject *dict)
{
#if PY_VERSION_HEX >= 0x030d0000
    PyDictValues *values = ((PyDictObject *)dict)->ma_values;
    return values && values->embedded;
#else
    (void)dict;
    return false;
#endif
}

static bool has_str_keys(PyObject *dict)
{
    return DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys);
}

static PyObject *dict_value(PyObject *dict, PyObject *name)
{
    if (has_str_keys(dict)) {
        return PyDict_GetItemWithError(dict, name);
    }
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict, &position, &key, &value)) {
        if (PyUnicode_CheckExact(key) && PyUnicode_Compare(key, name) == 0) {
            return value;
        }
    }
    return NULL;
}

/* ---- any place ---- */

PyObject *attribute_get(PyObject *instance, PyObject *name)
{
    PyObject **slot = attribute_slot(instance, name);
    if (slot) {
        return *slot;
    }
    PyDictValues *values = attributes_inline(instance);
    if (values) {
        Py_ssize_t index = key_index(shared_keys(instance), name);
        return index < 0 ? NULL : values->values[index];
    }
    PyObject *dict = holder_instance_dict(instance);
    return dict && PyDict_Check(dict) ? dict_value(dict, name) : NULL;
}

PyObject *attribute_reporter(PyObject *instance, PyObject *name)
{
    PyObject *dict = attribute_slot(instance, name) ? NULL : holder_instance_dict(instance);
    bool managed = Py_TYPE(instance)->tp_flags & Py_TPFLAGS_MANAGED_DICT;
    return !dict || (managed && dict == holder_unreported_dict(instance)) ? instance : dict;
}

bool attribute_has_room(PyObject *instance, PyObject *name)
{
    if (attribute_slot(instance, name)) {
        return true;
    }
    if (attributes_inline(instance)) {
        return key_index(shared_keys(instance), name) >= 0;
    }
    PyObject *dict = holder_instance_dict(instance);
    if (!dict || !PyDict_Check(dict) || !has_str_keys(dict)) {
        return false;
    }
    return !shows_values(dict) || key_index(((PyDictObject *)dict)->ma_keys, name) >= 0;
}

/* A dict whose table is its own: nothing moves when it grows. */
static int own_dict(PyObject *instance, const char **ret_why)
{
    OWN_REF dict = Py_TYPE(instance)->tp_dictoffset ? PyObject_GenericGetDict(instance, NULL) : NULL;
    if (!dict) {
        *ret_why = "its instances have no __dict__";
        return PyErr_Occurred() ? -1 : 1;
    }
    if (!PyDict_Check(dict) || !has_str_keys(dict)) {
        *ret_why = "the __dict__ of an instance has keys that are no str";
        return 1;
    }
    return instance_detach(instance);
}

int attribute_make_room(PyObject *instance, PyObject *name, const char **ret_why)
{
    if (attribute_has_room(instance, name) || (attributes_inline(instance) && add_key(shared_keys(instance), name))) {
        return 0;
    }
    PyObject *dict = holder_instance_dict(instance);
    if (dict && PyDict_Check(dict) && shows_values(dict) && add_key(((PyDictObject *)dict)->ma_keys, name)) {
        return 0;
    }
    return own_dict(instance, ret_why);
}

int attribute_set(PyObject *instance, PyObject *name, PyObject *value)
{
    PyObject **slot = attribute_slot(instance, name);
    if (slot) {
        PyObject *before = *slot;
        *slot = Py_XNewRef(value);
        Py_XDECREF(before);
        return 0;
    }
    PyDictValues *values = attributes_inline(instance);
    if (values) {
        set_inline(values, key_index(shared_keys(instance), name), value);
        return 0;
    }
    PyObject *dict = holder_instance_dict(instance);
    return value ? PyDict_SetItem(dict, name, value) : PyDict_DelItem(dict, name);
}

int attribute_store(PyObject *made, PyObject *name, PyObject *value)
{
    PyDictValues *values = attributes_inline(made);
    PyDictKeysObject *keys = values ? shared_keys(made) : NULL;
    Py_ssize_t index = values ? key_index(keys, name) : -1;
    if (values && index < 0 && add_key(keys, name)) {
        index = keys->dk_nentries - 1;
    }
    if (index >= 0) {
        set_inline(values, index, value);
        return 0;
    }
    const char *why;
    int room = own_dict(made, &why);
    return room ? room : PyDict_SetItem(holder_instance_dict(made), name, value);
}

/* attribute_add, where there are neither a slot of that name nor inline values. */
static int add_to_dict(PyObject *dict, PyObject *name, PyObject *value)
{
    if (!dict || !PyDict_Check(dict)) {
        return 2;
    }
    if (dict_value(dict, name) || PyErr_Occurred()) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (!has_str_keys(dict) || (shows_values(dict) && key_index(((PyDictObject *)dict)->ma_keys, name) < 0)) {
        return 2;
    }
    return PyDict_SetItem(dict, name, value) < 0 ? -1 : 1;
}

int attribute_add(PyObject *instance, PyObject *name, PyObject *value)
{
    PyObject **slot = attribute_slot(instance, name);
    if (slot && *slot) {
        return 0;
    }
    if (slot) {
        *slot = Py_NewRef(value);
        return 1;
    }
    PyDictValues *values = attributes_inline(instance);
    if (!values) {
        return add_to_dict(holder_instance_dict(instance), name, value);
    }
    Py_ssize_t index = key_index(shared_keys(instance), name);
    if (index < 0 || values->values[index]) {
        return index < 0 ? 2 : 0;
    }
    set_inline(values, index, value);
    return 1;
}
