/* Where the attributes of an instance lie differs in each of 3.11, 3.12 and 3.13; this file is the one place that reads
 * them all. Invariant: nothing is created in the instance, nothing is called on its values. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/state.h"

#include "compat/contents.h"

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
