/* Where the attributes of an instance lie differs in each of 3.11, 3.12 and 3.13; this file is the one place that reads
 * them all. Invariant: nothing is created in the instance, nothing is called on its values. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/state.h"

#include "compat/attributes.h"
#include "compat/type.h"
#include "compat/type_slots.h"

#include <structmember.h>

int state_each_value(PyObject *instance, state_visit visit, void *arg)
{
    PyDictValues *values = attributes_inline(instance);
    PyDictKeysObject *keys = values ? ((PyHeapTypeObject *)Py_TYPE(instance))->ht_cached_keys : NULL;
    int stop = 0;
    for (Py_ssize_t i = 0; keys && i < keys->dk_nentries && !stop; i++) {
        stop = values->values[i] ? visit(DK_UNICODE_ENTRIES(keys)[i].me_key, values->values[i], arg) : 0;
    }
    return stop;
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
    PyObject *dict = holder_instance_dict(instance), *name, *value;
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

static int put(PyObject *name, PyObject *value, void *state)
{
    return PyDict_SetItem(state, name, value);
}

PyObject *state_copy(PyObject *instance)
{
    OWN_REF state = PyDict_New(); /* first: it may collect, and a finalizer change the instance */
    OWN_REF dict = state ? Py_XNewRef(holder_instance_dict(instance)) : NULL;
    if (dict && PyDict_Check(dict)) {
        Py_SETREF(state, holder_copy_dict(dict));
    }
    if (!state || (!dict && state_each_value(instance, put, state) < 0) || each_slot(instance, put, state) < 0) {
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
