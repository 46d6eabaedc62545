/* Values that the new version makes of what one instance has (fill_slice.c plans them).
 *
 * They are made on a stand-in, before the flip, of constants, and of what a plain dict has under constant keys: what
 * may have changed since it was given, or may be of the old version (`value is UNSET`), is not known. Must not: guess.
 */
#include "engine/fill_plan.h"

#include "engine/turn.h"

/* Is it what it was when it was given? Nothing can change it, and nothing runs when it is looked at. */
static bool is_constant(PyObject *value)
{
    bool constant = value == Py_None || PyBool_Check(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
                    PyUnicode_CheckExact(value) || PyBytes_CheckExact(value) || PyTuple_CheckExact(value);
    for (Py_ssize_t i = 0; constant && PyTuple_CheckExact(value) && i < PyTuple_GET_SIZE(value); i++) {
        PyObject *item = PyTuple_GET_ITEM(value, i);
        constant = !PyTuple_CheckExact(item) && is_constant(item); /* no deeper */
    }
    return constant;
}

/* What a dict has under these keys, all of it constant: new dict; NULL without an exception: it is more. */
static PyObject *items_of(PyObject *mapping, PyObject *keys)
{
    OWN_REF list = listed(keys);
    OWN_REF items = list && PyDict_CheckExact(mapping) ? PyDict_New() : NULL;
    for (Py_ssize_t i = 0; items && i < PyList_GET_SIZE(list); i++) {
        PyObject *key = PyList_GET_ITEM(list, i), *value = PyDict_GetItemWithError(mapping, key);
        bool told = PyUnicode_CheckExact(key) && !PyErr_Occurred() && (!value || is_constant(value));
        if (!told || (value && PyDict_SetItem(items, key, value) < 0)) {
            return NULL;
        }
    }
    return STEAL(items);
}

/* The input `name`, which the state has under `from`. New reference; NULL without an exception: it is not known. */
static PyObject *input(PyObject *entry, PyObject *state, PyObject *name, PyObject *from)
{
    PyObject *value = PyDict_GetItemWithError(state, from);
    PyObject *keys = value ? PyDict_GetItemWithError(PyTuple_GET_ITEM(entry, DERIVED_KEYS), name) : NULL;
    bool empty = PyTuple_GET_ITEM(entry, DERIVED_EMPTY) == Py_True;
    if (!value || PyErr_Occurred()) {
        return NULL;
    }
    if (keys && keys != Py_None && !empty) {
        return items_of(value, keys);
    }
    return is_constant(value) && (!empty || PyObject_Not(value) == 1) ? Py_NewRef(value) : NULL;
}

/* New dict: the arguments; NULL without an exception: not all are known. */
static PyObject *inputs_of(PyObject *entry, PyObject *state)
{
    OWN_REF arguments = PyDict_New();
    PyObject *name, *from;
    Py_ssize_t position = 0;
    while (arguments && PyDict_Next(PyTuple_GET_ITEM(entry, DERIVED_INPUTS), &position, &name, &from)) {
        OWN_REF value = input(entry, state, name, from);
        if (!value || PyDict_SetItem(arguments, name, value) < 0) {
            return NULL;
        }
    }
    return STEAL(arguments);
}

int fill_derive(PyObject *entry, PyObject *state, PyObject **ret_values)
{
    PyObject *asked = PyTuple_GET_ITEM(entry, DERIVED_ASKED), *names = PyTuple_GET_ITEM(entry, DERIVED_NAMES);
    PyObject *name, *value;
    Py_ssize_t position = 0;
    bool hidden = false;
    while (PyDict_Next(asked, &position, &name, &value)) {
        hidden = hidden || PyDict_Contains(state, name) != 0;
    }
    OWN_REF arguments = hidden ? NULL : inputs_of(entry, state);
    if (!arguments) {
        return PyErr_Occurred() ? -1 : 1;
    }
    OWN_REF recorder = fill_recorder(asked);
    OWN_REF self = recorder ? PyTuple_Pack(1, recorder) : NULL;
    OWN_REF result = self ? RESTING(PyObject_Call(PyTuple_GET_ITEM(entry, DERIVED_FUNCTION), self, arguments)) : NULL;
    OWN_REF stored = result ? fill_recorded(recorder, asked) : NULL;
    OWN_REF values = stored ? PyDict_New() : NULL;
    for (Py_ssize_t i = 0; values && i < PyList_GET_SIZE(names); i++) {
        value = PyDict_GetItemWithError(stored, PyList_GET_ITEM(names, i));
        if (PyErr_Occurred() || (value && PyDict_SetItem(values, PyList_GET_ITEM(names, i), value) < 0)) {
            return -1;
        }
    }
    *ret_values = STEAL(values);
    return *ret_values ? 0 : -1;
}
