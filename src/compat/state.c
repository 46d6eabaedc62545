/* Where the attributes of an instance lie differs in each of 3.11, 3.12 and 3.13; this file is the one place that reads
 * them all. Invariant: nothing is created in the instance, nothing is called on its values. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/state.h"

#include "compat/contents.h"
#include "compat/type.h"

#include <internal/pycore_dict.h>
#include <internal/pycore_object.h>
#include <structmember.h>

/* The member definitions behind the __slots__ of a heap type. */
static PyMemberDef *type_members(PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030c0000
    return (PyMemberDef *)PyObject_GetItemData((PyObject *)type);
#else
    return _PyHeapType_GET_MEMBERS((PyHeapTypeObject *)type);
#endif
}

/* The inline values of an instance, or NULL when its attributes are in a dict (or it has none). */
static PyDictValues *inline_values(PyObject *instance)
{
    PyTypeObject *type = Py_TYPE(instance);
#if PY_VERSION_HEX >= 0x030d0000
    if (!(type->tp_flags & Py_TPFLAGS_INLINE_VALUES)) {
        return NULL;
    }
    PyDictValues *values = _PyObject_InlineValues(instance);
    return values->valid ? values : NULL;
#else
    if (!(type->tp_flags & Py_TPFLAGS_MANAGED_DICT)) {
        return NULL;
    }
#if PY_VERSION_HEX >= 0x030c0000
    PyDictOrValues either = *_PyObject_DictOrValuesPointer(instance);
    return _PyDictOrValues_IsValues(either) ? _PyDictOrValues_GetValues(either) : NULL;
#else
    return *_PyObject_ValuesPointer(instance);
#endif
#endif
}

/* The dict of an instance, borrowed; NULL when there is none (yet). */
static PyObject *instance_dict(PyObject *instance)
{
    PyTypeObject *type = Py_TYPE(instance);
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
#if PY_VERSION_HEX >= 0x030d0000
        return (PyObject *)_PyObject_ManagedDictPointer(instance)->dict;
#elif PY_VERSION_HEX >= 0x030c0000
        PyDictOrValues either = *_PyObject_DictOrValuesPointer(instance);
        return _PyDictOrValues_IsValues(either) ? NULL : _PyDictOrValues_GetDict(either);
#else
        return *_PyObject_ManagedDictPointer(instance);
#endif
    }
    if (type->tp_dictoffset == 0) {
        return NULL;
    }
    PyObject **pointer = _PyObject_GetDictPtr(instance); /* an offset: computes an address, makes nothing */
    return pointer ? *pointer : NULL;
}

int state_each_value(PyObject *instance, state_visit visit, void *arg)
{
    PyDictValues *values = inline_values(instance);
    PyDictKeysObject *keys = values ? ((PyHeapTypeObject *)Py_TYPE(instance))->ht_cached_keys : NULL;
    int stop = 0;
    for (Py_ssize_t i = 0; keys && i < keys->dk_nentries && !stop; i++) {
        stop = values->values[i] ? visit(DK_UNICODE_ENTRIES(keys)[i].me_key, values->values[i], arg) : 0;
    }
    return stop;
}

static int add_inline(PyObject *state, PyObject *instance, PyDictValues *values)
{
    PyDictKeysObject *keys = ((PyHeapTypeObject *)Py_TYPE(instance))->ht_cached_keys;
    PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
        if (values->values[i] && PyDict_SetItem(state, entries[i].me_key, values->values[i]) < 0) {
            return -1;
        }
    }
    return 0;
}

PyObject **contents_slot(PyObject *instance, PyObject *name)
{
    PyObject *mro = Py_TYPE(instance)->tp_mro;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        PyMemberDef *member = (base->tp_flags & Py_TPFLAGS_HEAPTYPE) ? type_members(base) : NULL;
        for (Py_ssize_t j = 0; member && j < Py_SIZE(base); j++, member++) {
            PyObject **word = (PyObject **)((char *)instance + member->offset);
            if (member->type == T_OBJECT_EX && PyUnicode_CompareWithASCIIString(name, member->name) == 0) {
                return word;
            }
        }
    }
    return NULL;
}

static int add_slots(PyObject *state, PyObject *instance)
{
    PyObject *mro = Py_TYPE(instance)->tp_mro;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (!(base->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
            continue;
        }
        PyMemberDef *member = type_members(base);
        for (Py_ssize_t j = 0; j < Py_SIZE(base); j++, member++) {
            if (member->type != T_OBJECT_EX) {
                continue; /* of a native class: a number or a flag, at any offset */
            }
            PyObject *value = *(PyObject **)((char *)instance + member->offset);
            if (value && PyDict_SetItemString(state, member->name, value) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

#define MEMOS 256 /* a power of two */

/* The names of a class's slots as str, in the order of its members; they are asked for its instances one after the
 * other. New reference. */
static PyObject *slot_names(PyTypeObject *class)
{
    static struct {
        PyTypeObject *class;
        unsigned version;
        PyObject *names; /* owned */
    } memos[MEMOS], *memo;
    unsigned version = type_version(class);
    memo = &memos[((uintptr_t)class >> 5) & (MEMOS - 1)];
    if (version && memo->class == class && memo->version == version) {
        return Py_NewRef(memo->names);
    }
    PyMemberDef *member = type_members(class);
    OWN_REF names = PyTuple_New(Py_SIZE(class));
    for (Py_ssize_t i = 0; names && i < Py_SIZE(class); i++, member++) {
        PyObject *name = PyUnicode_InternFromString(member->name);
        if (!name) {
            return NULL;
        }
        PyTuple_SET_ITEM(names, i, name);
    }
    if (names && version) {
        memo->class = class;
        memo->version = version;
        Py_XSETREF(memo->names, Py_NewRef(names));
    }
    return STEAL(names);
}

/* The slots of one class of the instance. */
static int each_slot_of(PyTypeObject *class, PyObject *instance, state_visit visit, void *arg)
{
    PyMemberDef *member = type_members(class);
    OWN_REF names = slot_names(class);
    int stop = names ? 0 : -1;
    for (Py_ssize_t i = 0; i < Py_SIZE(class) && !stop; i++, member++) {
        PyObject *value = member->type == T_OBJECT_EX ? *(PyObject **)((char *)instance + member->offset) : NULL;
        stop = value ? visit(PyTuple_GET_ITEM(names, i), value, arg) : 0;
    }
    return stop;
}

static int each_slot(PyObject *instance, state_visit visit, void *arg)
{
    PyObject *mro = Py_TYPE(instance)->tp_mro;
    int stop = 0;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro) && !stop; i++) {
        PyTypeObject *class = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        bool heap = class->tp_flags & Py_TPFLAGS_HEAPTYPE;
        stop = heap && Py_SIZE(class) ? each_slot_of(class, instance, visit, arg) : 0;
    }
    return stop;
}

int state_each(PyObject *instance, state_visit visit, void *arg)
{
    PyObject *dict = inline_values(instance) ? NULL : instance_dict(instance), *name, *value;
    Py_ssize_t position = 0;
    int stop = dict ? 0 : state_each_value(instance, visit, arg);
    while (!stop && dict && PyDict_Check(dict) && PyDict_Next(dict, &position, &name, &value)) {
        stop = visit(name, value, arg);
    }
    return stop ? stop : each_slot(instance, visit, arg);
}

size_t state_take_pairs(PyObject *dict, PyObject **ret_pairs)
{
    const PyDictObject *object = (const PyDictObject *)dict;
    PyObject **at = ret_pairs, *key, *value;
    Py_ssize_t position = 0, n = object->ma_keys->dk_nentries;
    if (!object->ma_values && DK_IS_UNICODE(object->ma_keys)) {
        const PyDictUnicodeEntry *entry = DK_UNICODE_ENTRIES(object->ma_keys);
        for (Py_ssize_t i = 0; i < n; i++, entry++) {
            if (entry->me_value) {
                *at++ = Py_NewRef(entry->me_key);
                *at++ = Py_NewRef(entry->me_value);
            }
        }
        return (size_t)(at - ret_pairs);
    }
    while (PyDict_Next(dict, &position, &key, &value) && PyUnicode_CheckExact(key)) {
        *at++ = Py_NewRef(key);
        *at++ = Py_NewRef(value);
    }
    return (size_t)(at - ret_pairs);
}

/* Of values that are shared with an instance CPython 3.13 does not count every change. */
const uint64_t *state_version(PyObject *dict)
{
    const PyDictObject *object = (const PyDictObject *)dict;
    return object->ma_values ? NULL : &object->ma_version_tag;
}

PyObject *state_copy(PyObject *instance)
{
    PyDictValues *values = inline_values(instance);
    PyObject *dict = values ? NULL : instance_dict(instance);
    OWN_REF state = dict && PyDict_Check(dict) ? PyDict_Copy(dict) : PyDict_New();
    if (!state || (values && add_inline(state, instance, values) < 0) || add_slots(state, instance) < 0) {
        return NULL;
    }
    return STEAL(state);
}

int state_has(PyObject *instance, PyObject *name)
{
    OWN_REF state = state_copy(instance);
    return state ? PyDict_Contains(state, name) : -1;
}

bool state_has_str_keys(PyObject *dict)
{
    return DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys);
}

PyObject *state_set_members(PyObject *set)
{
    PySetObject *table = (PySetObject *)set;
    OWN_REF members = PyList_New(0);
    for (Py_ssize_t i = 0; members && i <= table->mask; i++) {
        setentry *entry = &table->table[i];
        /* a deleted entry has a dummy key and the hash -1, which no object has */
        if (entry->key && entry->hash != -1 && PyList_Append(members, entry->key) < 0) {
            return NULL;
        }
    }
    return STEAL(members);
}

bool state_same_members(PyObject *set, PyObject *const *members, size_t n)
{
    const PySetObject *table = (const PySetObject *)set;
    if ((size_t)table->used != n) {
        return false;
    }
    size_t at = 0;
    for (Py_ssize_t i = 0; i <= table->mask && at < n; i++) {
        const setentry *entry = &table->table[i];
        if (entry->key && entry->hash != -1 && entry->key != members[at++]) {
            return false;
        }
    }
    return at == n;
}
