/* An instance whose attributes do not depend on its class's shared keys.
 *
 * The dict is made by CPython, then its table is exchanged with that of a fresh dict with the same items, which has
 * keys of its own. The dict object stays what it was: whoever holds it sees no difference. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/type.h"

#include <internal/pycore_dict.h>
#include <internal/pycore_object.h>

static void exchange_tables(PyDictObject *a, PyDictObject *b)
{
    Py_ssize_t used = a->ma_used;
    PyDictKeysObject *keys = a->ma_keys;
    PyDictValues *values = a->ma_values;
    a->ma_used = b->ma_used;
    a->ma_keys = b->ma_keys;
    a->ma_values = b->ma_values;
    b->ma_used = used;
    b->ma_keys = keys;
    b->ma_values = values;
}

#if PY_VERSION_HEX >= 0x030d0000
/* Values that lie in the object itself belong to the object, not to the dict: it lets them go. The dict holds each of
 * them, so nothing is freed here. */
static void drop_embedded(PyDictValues *values)
{
    if (!values->embedded) {
        return;
    }
    values->valid = 0;
    for (Py_ssize_t i = 0; i < values->capacity; i++) {
        Py_CLEAR(values->values[i]);
    }
}
#endif

int instance_detach(PyObject *instance)
{
    if (!(Py_TYPE(instance)->tp_flags & Py_TPFLAGS_MANAGED_DICT)) {
        return 0; /* its dict, if it has one, owns the keys it uses */
    }
    OWN_REF dict = PyObject_GenericGetDict(instance, NULL);
    if (!dict) {
        return -1;
    }
    PyDictObject *table = (PyDictObject *)dict;
    if (!table->ma_values) {
        return 0;
    }
    OWN_REF other = PyDict_New();
    if (!other) {
        return -1;
    }
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict, &position, &key, &value)) {
        if (PyDict_SetItem(other, key, value) < 0) {
            return -1;
        }
    }
    exchange_tables(table, (PyDictObject *)other);
#if PY_VERSION_HEX >= 0x030d0000
    drop_embedded(((PyDictObject *)other)->ma_values);
#endif
    return 0;
}
