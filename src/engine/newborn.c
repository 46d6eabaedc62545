/* Told by the collector's lists: what is in the part behind the mark was made since. What the collector does not know
 * (a lock, a compiled pattern, a dict of plain values) is taken for staging's unless it was seen outside before.
 *
 * Must not: follow the addresses; they are compared only. */
#include "engine/newborn.h"

#include "compat/epoch.h"

static int add(struct ptrmap *map, PyObject *object)
{
    return ptrmap_put(map, object, object) < 0 ? -1 : 0;
}

static int add_made(PyObject *object, void *arg)
{
    return add(arg, object);
}

static bool is_known_to_collector(PyObject *object)
{
    return PyObject_IS_GC(object) && PyObject_GC_IsTracked(object);
}

static int add_found(struct ptrmap *found, PyObject *object)
{
    bool plain = PyUnicode_CheckExact(object) || PyLong_Check(object) || PyFloat_CheckExact(object) ||
                 PyBytes_CheckExact(object) || object == Py_None;
    return plain || is_known_to_collector(object) ? 0 : add(found, object);
}

static int add_copy(struct ptrmap *found, PyObject *copy)
{
    PyObject *key, *value;
    int failed = 0;
    for (Py_ssize_t i = 0; PyDict_Check(copy) && !failed && PyDict_Next(copy, &i, &key, &value);) {
        failed = add_found(found, value);
    }
    for (Py_ssize_t i = 0; PyList_Check(copy) && !failed && i < PyList_GET_SIZE(copy); i++) {
        failed = add_found(found, PyList_GET_ITEM(copy, i));
    }
    return failed;
}

int newborn_begin(struct newborn *newborn, const struct outside *outside)
{
    newborn_release(newborn);
    int failed = epoch_each_new(outside->epoch, add_made, &newborn->made);
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(outside->spaces); i++) {
        failed = add_copy(&newborn->found, PyTuple_GET_ITEM(PyList_GET_ITEM(outside->spaces, i), 2));
    }
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(outside->kept); i++) {
        failed = add_copy(&newborn->found, PyList_GET_ITEM(outside->kept, i));
    }
    return failed ? (PyErr_NoMemory(), -1) : 0;
}

bool newborn_is(const struct newborn *newborn, PyObject *object)
{
    if (!newborn || (!newborn->made.used && !newborn->known)) {
        return true;
    }
    return newborn->known || is_known_to_collector(object) ? ptrmap_find(&newborn->made, object) != NULL
                                                           : ptrmap_find(&newborn->found, object) == NULL;
}

void newborn_release(struct newborn *newborn)
{
    ptrmap_release(&newborn->made);
    ptrmap_release(&newborn->found);
    newborn->known = false;
}
