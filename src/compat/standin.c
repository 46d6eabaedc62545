/* A list of what was exchanged, undone from its end.
 *
 * Invariant: a place is in the list before its stand-in stands there, so the end finds all of them; an original is put
 * back only over its own stand-in, never over what somebody else has put there since. */
#include "compat/standin.h"

/* The dict of a module or of a class. */
static PyObject *space_of(PyObject *owner)
{
    return PyModule_Check(owner) ? PyModule_GetDict(owner) : ((PyTypeObject *)owner)->tp_dict;
}

/* Through the owner: a class has caches. */
static int put(PyObject *owner, PyObject *name, PyObject *value)
{
    return PyModule_Check(owner) ? PyDict_SetItem(space_of(owner), name, value)
                                 : PyType_Type.tp_setattro(owner, name, value);
}

int standins_put(struct standins *standins, PyObject *owner, PyObject *name, PyObject *object)
{
    PyObject *original = PyDict_GetItemWithError(space_of(owner), name);
    if (!original) {
        if (!PyErr_Occurred()) {
            PyErr_SetObject(PyExc_AttributeError, name);
        }
        return -1;
    }
    if (!standins->places) {
        standins->places = PyList_New(0);
    }
    OWN_REF place = standins->places ? PyTuple_Pack(4, owner, name, original, object) : NULL;
    if (!place || PyList_Append(standins->places, place) < 0) {
        return -1;
    }
    return put(owner, name, object);
}

void standins_replace_in(const struct standins *standins, PyObject *dict)
{
    PyObject *key, *value;
    for (Py_ssize_t position = 0; standins->places && PyDict_Next(dict, &position, &key, &value);) {
        for (Py_ssize_t i = 0; PyCFunction_Check(value) && i < PyList_GET_SIZE(standins->places); i++) {
            PyObject *place = PyList_GET_ITEM(standins->places, i);
            if (value == PyTuple_GET_ITEM(place, 3)) {
                if (PyDict_SetItem(dict, key, PyTuple_GET_ITEM(place, 2)) < 0) {
                    PyErr_Clear(); /* the key is there */
                }
                break;
            }
        }
    }
}

void standins_end(struct standins *standins)
{
    for (Py_ssize_t i = standins->places ? PyList_GET_SIZE(standins->places) : 0; i > 0; i--) {
        PyObject *place = PyList_GET_ITEM(standins->places, i - 1);
        PyObject *owner = PyTuple_GET_ITEM(place, 0);
        PyObject *name = PyTuple_GET_ITEM(place, 1);
        PyObject *current = PyDict_GetItemWithError(space_of(owner), name);
        if (current == PyTuple_GET_ITEM(place, 3) && put(owner, name, PyTuple_GET_ITEM(place, 2)) < 0) {
            PyErr_Clear(); /* exchanging the value of a key that is there allocates nothing */
        }
    }
    Py_CLEAR(standins->places);
}
