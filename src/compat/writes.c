/* A watcher of dicts (CPython 3.12) is told of a write before it happens: what stands there then is what is to come
 * back.
 *
 * Invariant: outside writes_begin and writes_end the watcher does nothing; it is never given back, so marks that dicts
 * bear cannot come to mean another watcher.
 * Must not: write into a watched dict, or lose a write without saying so (`lost`). */
#define Py_BUILD_CORE_MODULE 1
#include "compat/writes.h"

#include <internal/pycore_interp.h>
#include <internal/pycore_runtime.h>

#include <stdlib.h>

unsigned long writes_turns(void)
{
#if PY_VERSION_HEX >= 0x030c0000
    return PyInterpreterState_Get()->ceval.gil->switch_number;
#else
    return _PyRuntime.ceval.gil.switch_number;
#endif
}

bool writes_possible(PyObject *dict)
{
    if (!PyDict_Check(dict)) {
        return false;
    }
    PyMappingMethods *mapping = Py_TYPE(dict)->tp_as_mapping;
    return mapping && mapping->mp_ass_subscript == PyDict_Type.tp_as_mapping->mp_ass_subscript;
}

void writes_release(struct writes *writes)
{
    for (size_t i = 0; i < writes->n; i++) {
        Py_DECREF(writes->made[i].dict);
        Py_XDECREF(writes->made[i].key);
        Py_XDECREF(writes->made[i].before);
        Py_XDECREF(writes->made[i].value);
    }
    free(writes->made);
    *writes = (struct writes){NULL, 0, 0, false};
}

#if PY_VERSION_HEX >= 0x030c0000

/* One per process, as the watcher is. Guarded by the GIL. */
static int watcher = -1;
static struct writes *record; /* borrowed; NULL: nothing is recorded */
static writes_count asked;
static void *asked_arg;

static int add(PyObject *dict, PyObject *key, PyObject *before, PyObject *value)
{
    if (record->n == record->capacity) {
        size_t capacity = record->capacity ? record->capacity * 2 : 64;
        struct write *made = realloc(record->made, capacity * sizeof *made);
        if (!made) {
            return -1;
        }
        record->made = made;
        record->capacity = capacity;
    }
    record->made[record->n++] =
        (struct write){Py_NewRef(dict), Py_XNewRef(key), Py_XNewRef(before), Py_XNewRef(value), false};
    return 0;
}

static int note(PyDict_WatchEvent event, PyObject *dict, PyObject *key, PyObject *value)
{
    if (event == PyDict_EVENT_CLEARED || event == PyDict_EVENT_CLONED) {
        bool filled = event == PyDict_EVENT_CLONED;
        OWN_REF copy = PyDict_Copy(filled ? value : dict);
        return copy ? add(dict, NULL, filled ? NULL : copy, filled ? copy : NULL) : -1;
    }
    /* A key that other instances of the class have, but not this one, is said to be modified when it is added. */
    PyObject *before = event == PyDict_EVENT_ADDED ? NULL : PyDict_GetItemWithError(dict, key);
    return PyErr_Occurred() ? -1 : before == value ? 0 : add(dict, key, before, value);
}

/* An exception that is set is the writer's: dict functions are called in the middle of raising, too. */
static int written(PyDict_WatchEvent event, PyObject *dict, PyObject *key, PyObject *value)
{
    if (!record || event == PyDict_EVENT_DEALLOCATED) {
        return 0;
    }
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    if (asked(dict, key, key ? value : NULL, asked_arg) && note(event, dict, key, value) < 0) {
        record->lost = true;
    }
    PyErr_Clear();
    PyErr_Restore(type, error, traceback);
    return 0;
}

int writes_begin(struct writes *writes, writes_count counts, void *arg)
{
    if (watcher < 0) {
        watcher = PyDict_AddWatcher(written);
    }
    if (watcher < 0) {
        bool none_free = PyErr_ExceptionMatches(PyExc_RuntimeError);
        if (none_free) {
            PyErr_Clear();
        }
        return none_free ? 1 : -1;
    }
    *writes = (struct writes){NULL, 0, 0, false};
    asked = counts;
    asked_arg = arg;
    record = writes;
    return 0;
}

void writes_watch(PyObject *dict)
{
    if (record && writes_possible(dict) && PyDict_Watch(watcher, dict) < 0) {
        PyErr_Clear(); /* neither a dict nor the watcher is wrong */
    }
}

void writes_unwatch(PyObject *dict)
{
    if (watcher >= 0 && writes_possible(dict) && PyDict_Unwatch(watcher, dict) < 0) {
        PyErr_Clear();
    }
}

void writes_end(void)
{
    record = NULL;
}

#else

int writes_begin(struct writes *writes, writes_count counts, void *arg)
{
    (void)counts;
    (void)arg;
    *writes = (struct writes){NULL, 0, 0, false};
    return 1;
}

void writes_watch(PyObject *dict)
{
    (void)dict;
}

void writes_unwatch(PyObject *dict)
{
    (void)dict;
}

void writes_end(void)
{
}

#endif
