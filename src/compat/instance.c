/* An instance and its __dict__: whose are the attributes?
 *
 * Detaching makes them independent of the class's shared keys: the dict is made by CPython, then its table is exchanged
 * with that of a fresh dict with the same items, which has keys of its own. The dict object stays what it was: whoever
 * holds it sees no difference.
 *
 * Who reports attributes to the collector is asked of an instance whose attributes are known. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/holder_internal.h"
#include "compat/state.h"
#include "compat/type.h"

#include <internal/pycore_dict.h>
#include <internal/pycore_object.h>

void instance_exchange_tables(PyObject *left, PyObject *right)
{
    PyDictObject *a = (PyDictObject *)left, *b = (PyDictObject *)right;
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

bool instance_is_detached(PyObject *instance)
{
    if (!(Py_TYPE(instance)->tp_flags & Py_TPFLAGS_MANAGED_DICT)) {
        return true;
    }
#if PY_VERSION_HEX >= 0x030d0000
    return !(Py_TYPE(instance)->tp_flags & Py_TPFLAGS_INLINE_VALUES) || !_PyObject_InlineValues(instance)->valid;
#elif PY_VERSION_HEX >= 0x030c0000
    return !_PyDictOrValues_IsValues(*_PyObject_DictOrValuesPointer(instance));
#else
    return *_PyObject_ValuesPointer(instance) == NULL;
#endif
}

int instance_detach_dict(PyObject *dict)
{
    if (!((PyDictObject *)dict)->ma_values) {
        return 0;
    }
    OWN_REF other = holder_copy_dict(dict);
    if (!other || !((PyDictObject *)dict)->ma_values) { /* making one may collect, and a finalizer write into it */
        return other ? 0 : -1;
    }
    instance_exchange_tables(dict, other);
    if (PyObject_GC_IsTracked(other) && !PyObject_GC_IsTracked(dict)) {
        PyObject_GC_Track(dict); /* 3.13.0 forgets it when an attribute is stored */
    }
#if PY_VERSION_HEX >= 0x030d0000
    drop_embedded(((PyDictObject *)other)->ma_values);
#endif
    return 0;
}

int instance_detach(PyObject *instance)
{
    if (!(Py_TYPE(instance)->tp_flags & Py_TPFLAGS_MANAGED_DICT)) {
        return 0; /* its dict, if it has one, owns the keys it uses */
    }
    OWN_REF dict = PyObject_GenericGetDict(instance, NULL);
    return dict ? instance_detach_dict(dict) : -1;
}

/* ---- who reports the attributes? ---------------------------------------------------------------------------- */

#define MOST 8

struct reported {
    PyObject *items[MOST]; /* borrowed */
    int n;
};

static int note_reported(PyObject *object, void *arg)
{
    struct reported *reported = arg;
    if (reported->n == MOST) {
        return 1;
    }
    reported->items[reported->n++] = object;
    return 0;
}

/* Does the object report each of these once, and nothing else? values: their values, if not NULL; then one or two
 * objects, if not NULL. */
static bool reports(PyObject *object, PyObject *values, PyObject *one, PyObject *two)
{
    struct reported reported = {.n = 0}, expected = {.n = 0};
    PyObject *key, *value, *others[] = {one, two};
    Py_ssize_t position = 0;
    while (values && PyDict_Next(values, &position, &key, &value)) {
        if (note_reported(value, &expected)) {
            return false;
        }
    }
    for (int i = 0; i < 2; i++) {
        if (others[i] && note_reported(others[i], &expected)) {
            return false;
        }
    }
    if (Py_TYPE(object)->tp_traverse(object, note_reported, &reported) || reported.n != expected.n) {
        return false;
    }
    for (int i = 0; i < expected.n; i++) {
        int at = 0;
        while (at < reported.n && reported.items[at] != expected.items[i]) {
            at++;
        }
        if (at == reported.n) {
            return false;
        }
        reported.items[at] = NULL;
    }
    return true;
}

enum instance_reporter instance_reporter_of_values(PyObject *instance)
{
    PyObject *type = (PyObject *)Py_TYPE(instance);
    OWN_REF values = state_copy(instance);
    if (!values || PyDict_GET_SIZE(values) < 1 || !reports(instance, values, type, NULL)) {
        return INSTANCE_REPORTER_UNKNOWN;
    }
    OWN_REF dict = PyObject_GenericGetDict(instance, NULL);
    if (!dict) {
        return INSTANCE_REPORTER_UNKNOWN;
    }
    enum instance_reporter reporter = INSTANCE_REPORTER_UNKNOWN;
    if (reports(instance, NULL, dict, type) && reports(dict, values, NULL, NULL)) {
        reporter = INSTANCE_REPORTS_DICT;
    }
#if PY_VERSION_HEX >= 0x030d0000
    if (reports(instance, values, type, NULL) && reports(dict, NULL, NULL, NULL)) {
        reporter = INSTANCE_REPORTS_VALUES;
    }
#endif
    bool detached = instance_detach(instance) == 0;
    return detached && reports(instance, NULL, dict, type) && reports(dict, values, NULL, NULL)
               ? reporter
               : INSTANCE_REPORTER_UNKNOWN;
}
