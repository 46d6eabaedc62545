/* What the constructors of both versions set, compared.
 *
 * Invariant: a value comes from code of the new version that reads neither an argument nor the instance, or from the
 * one attribute that had the same expression. Must not guess: what is neither is wanting. */
#include "engine/fill.h"

#include "compat/attribute.h"
#include "compat/constructor.h"
#include "engine/carry.h"
#include "engine/fill_plan.h"
#include "engine/shape.h"
#include "engine/turn.h"

#include <stdlib.h>

/* ---- the stock ---- */

/* An object to store on, as free of rules as an object can be: a types.SimpleNamespace, as sys.implementation is one.
 */
static PyObject *new_recorder(void)
{
    PyObject *one = sys_get("implementation");
    if (!one) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_RuntimeError, "sys.implementation is gone");
        }
        return NULL;
    }
    return PyObject_CallNoArgs((PyObject *)Py_TYPE(one));
}

PyObject *fill_recorder(PyObject *attributes)
{
    OWN_REF recorder = new_recorder();
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (recorder && attributes && PyDict_Next(attributes, &position, &name, &value)) {
        if (PyObject_SetAttr(recorder, name, value) < 0) {
            return NULL;
        }
    }
    return STEAL(recorder);
}

PyObject *fill_recorded(PyObject *recorder, PyObject *attributes)
{
    OWN_REF stored = PyObject_GetAttrString(recorder, "__dict__");
    OWN_REF set = stored ? PyDict_Copy(stored) : NULL;
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (set && attributes && PyDict_Next(attributes, &position, &name, &value)) {
        if (PyDict_DelItem(set, name) < 0) {
            return NULL;
        }
    }
    return STEAL(set);
}

/* What a setter makes of a value. */
static PyObject *set_through(const struct fill *fill, PyObject *stored)
{
    PyObject *value = PyDict_GetItemWithError(stored, fill->through);
    OWN_REF recorder = value ? new_recorder() : NULL;
    OWN_REF result = recorder ? RESTING(PyObject_CallFunctionObjArgs(fill->setter, recorder, value, NULL)) : NULL;
    OWN_REF set = result ? PyObject_GetAttrString(recorder, "__dict__") : NULL;
    return set ? PyDict_Copy(set) : value || PyErr_Occurred() ? NULL : PyDict_New();
}

/* One value: what a part of a constructor stored, or what a factory gave. */
static PyObject *make_value(struct fill *fill)
{
    if (!fill->records) {
        OWN_REF value = RESTING(PyObject_CallNoArgs(fill->function));
        OWN_REF dict = value ? PyDict_New() : NULL;
        return dict && PyDict_SetItem(dict, PyTuple_GET_ITEM(fill->names, 0), value) == 0 ? STEAL(dict) : NULL;
    }
    OWN_REF recorder = fill_recorder(fill->asked);
    OWN_REF result = recorder ? RESTING(PyObject_CallOneArg(fill->function, recorder)) : NULL;
    OWN_REF stored = result ? fill_recorded(recorder, fill->asked) : NULL;
    return stored && fill->setter ? set_through(fill, stored) : STEAL(stored);
}

/* A value as the stock keeps it: the fewer objects, the shorter the walk. */
static PyObject *make_item(struct fill *fill)
{
    OWN_REF value = make_value(fill);
    if (!value || PyTuple_GET_SIZE(fill->names) > 1) {
        return STEAL(value);
    }
    PyObject *only = PyDict_GetItemWithError(value, PyTuple_GET_ITEM(fill->names, 0));
    return only || PyErr_Occurred() ? Py_XNewRef(only) : Py_NewRef(fill->names); /* stands for: it was not set */
}

PyObject *fill_fresh(struct fill *fill)
{
    if (fill->function) {
        return make_value(fill);
    }
    OWN_REF dict = PyDict_New();
    bool set = dict && PyDict_SetItem(dict, PyTuple_GET_ITEM(fill->names, 0), PyList_GET_ITEM(fill->stock, 0)) == 0;
    return set ? STEAL(dict) : NULL;
}

int fill_stock(struct fill *fill, size_t n)
{
    while (fill->function && (size_t)PyList_GET_SIZE(fill->stock) < n) {
        OWN_REF item = make_item(fill);
        if (!item || PyList_Append(fill->stock, item) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Nothing, zero, or an empty container. */
static bool is_nothing(PyObject *value)
{
    bool builtin = value == Py_None || PyBool_Check(value) || PyLong_CheckExact(value) || PyUnicode_CheckExact(value) ||
                   PyList_CheckExact(value) || PyTuple_CheckExact(value) || PyDict_CheckExact(value) ||
                   PyAnySet_CheckExact(value);
    return builtin && PyObject_Not(value) == 1;
}

bool fill_is_spoilt(const struct match *match, const struct fill *fill, PyObject *instance)
{
    for (Py_ssize_t i = 0; fill->forgets && i < PyList_GET_SIZE(fill->forgets); i++) {
        PyObject *value = attribute_get(instance, PyList_GET_ITEM(fill->forgets, i));
        if (value && !carry_is_disposable(match, value)) {
            return true;
        }
    }
    for (Py_ssize_t i = 0; fill->unless && i < PyList_GET_SIZE(fill->unless); i++) {
        PyObject *value = attribute_get(instance, PyList_GET_ITEM(fill->unless, i));
        if (value && !is_nothing(value)) {
            return true;
        }
    }
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (fill->asked && PyDict_Next(fill->asked, &position, &name, &value)) {
        if (attribute_get(instance, name)) {
            return true;
        }
    }
    return false;
}

PyObject *fill_next(const struct fill *fill)
{
    return fill->taken < PyList_GET_SIZE(fill->stock) ? PyList_GET_ITEM(fill->stock, fill->taken) : NULL;
}

void fill_use(struct fill *fill)
{
    fill->taken += fill->kind != FILL_SHARED;
}

PyObject *fill_value(const struct fill *fill, PyObject *item, Py_ssize_t i)
{
    if (PyTuple_GET_SIZE(fill->names) > 1) {
        return PyDict_GetItemWithError(item, PyTuple_GET_ITEM(fill->names, i));
    }
    return item == fill->names ? NULL : item;
}

void fill_rewind(struct fill *fill)
{
    fill->taken = 0;
}

static void release_one(struct fill *fill)
{
    Py_CLEAR(fill->names);
    Py_CLEAR(fill->from);
    Py_CLEAR(fill->through);
    Py_CLEAR(fill->setter);
    Py_CLEAR(fill->unless);
    Py_CLEAR(fill->forgets);
    Py_CLEAR(fill->asked);
    Py_CLEAR(fill->function);
    Py_CLEAR(fill->stock);
}

void fill_release(struct fills *fills)
{
    for (size_t i = 0; i < fills->n; i++) {
        release_one(&fills->items[i]);
    }
    free(fills->items);
    Py_XDECREF(fills->added);
    Py_XDECREF(fills->removed);
    Py_XDECREF(fills->setters);
    Py_XDECREF(fills->derived);
    Py_XDECREF(fills->hiding);
    *fills = (struct fills){0};
}

/* ---- adding a fill ---- */

static PyObject *interned(PyObject *names)
{
    OWN_REF tuple = PyTuple_New(PyList_GET_SIZE(names));
    for (Py_ssize_t i = 0; tuple && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = Py_NewRef(PyList_GET_ITEM(names, i));
        PyUnicode_InternInPlace(&name);
        PyTuple_SET_ITEM(tuple, i, name);
    }
    return STEAL(tuple);
}

int fill_add(struct fills *fills, const struct fill *wanted, PyObject *names)
{
    if (fills->n == fills->capacity) {
        size_t capacity = fills->capacity ? 2 * fills->capacity : 8;
        struct fill *grown = realloc(fills->items, capacity * sizeof *grown);
        if (!grown) {
            PyErr_NoMemory();
            return -1;
        }
        fills->items = grown;
        fills->capacity = capacity;
    }
    struct fill fill = *wanted;
    fill.names = interned(names);
    fill.stock = PyList_New(0);
    Py_XINCREF(fill.function);
    Py_XINCREF(fill.through);
    Py_XINCREF(fill.setter);
    Py_XINCREF(fill.unless);
    Py_XINCREF(fill.forgets);
    Py_XINCREF(fill.asked);
    if (fill.from) {
        Py_INCREF(fill.from);
        PyUnicode_InternInPlace(&fill.from);
    }
    if (!fill.names || !fill.stock) {
        release_one(&fill);
        return -1;
    }
    fills->items[fills->n++] = fill;
    return 0;
}

int fill_add_value(struct fills *fills, PyObject *names, PyObject *value)
{
    if (fill_add(fills, &(struct fill){.kind = FILL_SHARED}, names) < 0) {
        return -1;
    }
    return PyList_Append(fills->items[fills->n - 1].stock, value);
}
