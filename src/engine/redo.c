/* Effects on the outside that wait for the flip.
 *
 * Staging is undone as if it had not been; what it did is part of the new version all the same. So each effect that is
 * taken back is noted with what it replaced, and done after the flip if that still stands there: then nobody else has
 * written meanwhile.
 *
 * Must not: be asked before the flip is made; overwrite what the program wrote since. */
#include "engine/redo.h"

enum kind { ITEM, ATTRIBUTE, ELEMENT, SETTING, CALL };

/* (kind, a, b, c, d); what is absent is Ellipsis, which is never an effect's value. */
static int note(PyObject *record, enum kind kind, PyObject *a, PyObject *b, PyObject *c, PyObject *d)
{
    OWN_REF entry = Py_BuildValue("(iOOOO)", kind, a, b, c ? c : Py_Ellipsis, d ? d : Py_Ellipsis);
    return entry ? PyList_Append(record, entry) : -1;
}

int redo_note_item(PyObject *record, PyObject *mapping, PyObject *key, PyObject *value, PyObject *before)
{
    return note(record, ITEM, mapping, key, value, before);
}

int redo_note_attribute(PyObject *record, PyObject *object, PyObject *name, PyObject *value, PyObject *before)
{
    return note(record, ATTRIBUTE, object, name, value, before);
}

int redo_note_element(PyObject *record, PyObject *container, PyObject *element, bool in_front)
{
    return note(record, ELEMENT, container, element, in_front ? Py_True : Py_False, NULL);
}

int redo_note_setting(PyObject *record, PyObject *getter, PyObject *setter, PyObject *value, PyObject *before)
{
    return note(record, SETTING, getter, setter, value, before);
}

int redo_note_call(PyObject *record, PyObject *function, PyObject *args, PyObject *kwargs)
{
    return note(record, CALL, function, args, kwargs, NULL);
}

/* ---- doing ---- */

/* Identical, or both are plain values and equal. */
static bool is_same(PyObject *a, PyObject *b)
{
    bool plain = PyUnicode_CheckExact(a) || PyLong_CheckExact(a) || PyFloat_CheckExact(a) || PyTuple_CheckExact(a);
    int same = a == b ? 1 : plain && Py_IS_TYPE(b, Py_TYPE(a)) ? PyObject_RichCompareBool(a, b, Py_EQ) : 0;
    PyErr_Clear();
    return same > 0;
}

/* Of what was read: a new reference, Ellipsis where there is nothing, NULL with an exception set. */
static PyObject *or_absent(PyObject *found, PyObject *absent)
{
    if (found || (PyErr_Occurred() && !PyErr_ExceptionMatches(absent))) {
        return found;
    }
    PyErr_Clear();
    return Py_NewRef(Py_Ellipsis);
}

static int do_item(PyObject *mapping, PyObject *key, PyObject *value, PyObject *before)
{
    OWN_REF now = or_absent(PyObject_GetItem(mapping, key), PyExc_KeyError);
    if (!now || !is_same(now, before)) {
        return now ? 0 : -1;
    }
    if (value != Py_Ellipsis) {
        return PyObject_SetItem(mapping, key, value);
    }
    return now == Py_Ellipsis ? 0 : PyObject_DelItem(mapping, key);
}

static int do_attribute(PyObject *object, PyObject *name, PyObject *value, PyObject *before)
{
    OWN_REF now = or_absent(PyObject_GetAttr(object, name), PyExc_AttributeError);
    if (!now || !is_same(now, before)) {
        return now ? 0 : -1;
    }
    if (value != Py_Ellipsis) {
        return PyObject_SetAttr(object, name, value);
    }
    return now == Py_Ellipsis ? 0 : PyObject_DelAttr(object, name);
}

static int do_element(PyObject *container, PyObject *element, PyObject *in_front)
{
    if (PyAnySet_Check(container)) {
        return PySet_Add(container, element);
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(container); i++) {
        if (is_same(PyList_GET_ITEM(container, i), element)) {
            return 0;
        }
    }
    return in_front == Py_True ? PyList_Insert(container, 0, element) : PyList_Append(container, element);
}

static int do_setting(PyObject *getter, PyObject *setter, PyObject *value, PyObject *before)
{
    OWN_REF now = PyObject_CallNoArgs(getter);
    if (!now || !is_same(now, before)) {
        return now ? 0 : -1;
    }
    OWN_REF done = PyTuple_CheckExact(value) ? PyObject_CallObject(setter, value) : PyObject_CallOneArg(setter, value);
    return done ? 0 : -1;
}

static int do_call(PyObject *function, PyObject *args, PyObject *kwargs)
{
    OWN_REF done = PyObject_Call(function, args, kwargs == Py_Ellipsis ? NULL : kwargs);
    return done ? 0 : -1;
}

static int do_one(PyObject *entry)
{
    PyObject *a = PyTuple_GET_ITEM(entry, 1), *b = PyTuple_GET_ITEM(entry, 2);
    PyObject *c = PyTuple_GET_ITEM(entry, 3), *d = PyTuple_GET_ITEM(entry, 4);
    switch ((enum kind)PyLong_AsLong(PyTuple_GET_ITEM(entry, 0))) {
    case ITEM:
        return do_item(a, b, c, d);
    case ATTRIBUTE:
        return do_attribute(a, b, c, d);
    case ELEMENT:
        return do_element(a, b, c);
    case SETTING:
        return do_setting(a, b, c, d);
    case CALL:
        return do_call(a, b, c);
    }
    return 0;
}

int redo_run(PyObject *record)
{
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(record); i++) {
        if (do_one(PyList_GET_ITEM(record, i)) == 0) {
            continue;
        }
        if (type) {
            PyErr_Clear();
        } else {
            PyErr_Fetch(&type, &value, &traceback);
        }
    }
    if (!type) {
        return 0;
    }
    PyErr_Restore(type, value, traceback);
    return -1;
}
