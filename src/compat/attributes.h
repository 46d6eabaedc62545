/* Where the attributes of an instance lie, for those who count and edit its references. Not for others.
 *
 * To be included after Py_BUILD_CORE_MODULE is defined. */
#ifndef MIDFLIGHT_ATTRIBUTES_H
#define MIDFLIGHT_ATTRIBUTES_H

#include "compat/holder_internal.h"

#include <internal/pycore_dict.h>
#include <internal/pycore_object.h>
#include <string.h>

/* The values that lie in an instance and that no __dict__ shows, in the order of its class's shared keys; NULL: it
 * keeps its attributes in a dict, or can have none. */
static inline PyDictValues *attributes_inline(PyObject *instance)
{
    PyTypeObject *type = Py_TYPE(instance);
#if PY_VERSION_HEX >= 0x030d0000
    if (!(type->tp_flags & Py_TPFLAGS_INLINE_VALUES) || _PyObject_ManagedDictPointer(instance)->dict) {
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

/* Where an instance of a class with Py_TPFLAGS_MANAGED_DICT keeps its attributes: n values, or (and) a dict. Inline
 * values that a __dict__ shows (3.13) belong to whoever reports them, so that each is counted and edited once. */
struct attributes {
    PyObject **values; /* that the instance reports */
    Py_ssize_t n;
    PyObject **dict; /* the word */
    bool shows;      /* does the __dict__ show values that lie in the instance? */
};

static inline void find_attributes(PyObject *instance, struct attributes *ret)
{
    memset(ret, 0, sizeof *ret);
#if PY_VERSION_HEX >= 0x030d0000
    PyObject **dict = (PyObject **)&_PyObject_ManagedDictPointer(instance)->dict;
    if (Py_TYPE(instance)->tp_flags & Py_TPFLAGS_INLINE_VALUES) {
        PyDictValues *values = _PyObject_InlineValues(instance);
        ret->shows = values->valid && *dict;
        if (values->valid && (!*dict || holder_known.instance_reports_values)) {
            ret->values = values->values;
            ret->n = values->capacity;
        }
    }
    ret->dict = dict;
#else
    PyDictKeysObject *shared = ((PyHeapTypeObject *)Py_TYPE(instance))->ht_cached_keys;
#if PY_VERSION_HEX >= 0x030c0000
    PyDictOrValues *where = _PyObject_DictOrValuesPointer(instance);
    if (_PyDictOrValues_IsValues(*where)) {
        ret->values = _PyDictOrValues_GetValues(*where)->values;
        ret->n = shared->dk_nentries;
        return;
    }
    ret->dict = &where->dict;
#else
    PyDictValues *values = *_PyObject_ValuesPointer(instance);
    if (values) {
        ret->values = values->values;
        ret->n = shared->dk_nentries;
    }
    ret->dict = _PyObject_ManagedDictPointer(instance);
#endif
#endif
}

#endif
