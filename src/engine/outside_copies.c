/* Registries live in module globals, in class attributes and in the attributes of module-level instances and functions.
 * If staging overwrites an entry there, only a copy made before knows what stood there.
 *
 * Invariant: copies are shallow, and made of what is reached in two steps from a namespace; what lies deeper is found
 * by the walk, but not restored. Must not: copy what is so large that the copying would be felt. */
#include "engine/outside_copies.h"

#include "compat/state.h"

enum { LARGE = 20000 };

static int keep(struct outside *outside, PyObject *container, PyObject *copy)
{
    if (!copy || PyList_Append(outside->kept, copy) < 0 || PyList_Append(outside->holders, container) < 0) {
        return -1;
    }
    if (ptrmap_put(&outside->copies, container, copy) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* A subclass with an __iter__ of its own would be asked. */
static bool is_plain_dict(PyObject *object)
{
    return PyDict_Check(object) && Py_TYPE(object)->tp_iter == PyDict_Type.tp_iter;
}

/* 1: it is a container, and there is a copy now unless it is large. */
static int add_container(struct outside *outside, PyObject *object)
{
    Py_ssize_t size = is_plain_dict(object)  ? PyDict_GET_SIZE(object)
                      : PyList_Check(object) ? PyList_GET_SIZE(object)
                      : PySet_Check(object)  ? PySet_GET_SIZE(object)
                                             : -1;
    if (size < 0 || size > LARGE || ptrmap_find(&outside->copies, object)) {
        return size >= 0;
    }
    OWN_REF copy = is_plain_dict(object)  ? PyDict_Copy(object)
                   : PyList_Check(object) ? PyList_GetSlice(object, 0, size)
                                          : state_set_members(object);
    return keep(outside, object, copy) < 0 ? -1 : 1;
}

static int add_instance(struct outside *outside, PyObject *object)
{
    bool plain = (Py_TYPE(object)->tp_flags & Py_TPFLAGS_HEAPTYPE) && !PyType_Check(object) && !PyModule_Check(object);
    if (!plain || ptrmap_find(&outside->copies, object)) {
        return 0;
    }
    OWN_REF state = state_copy(object);
    if (!state || (PyDict_GET_SIZE(state) && keep(outside, object, state) < 0)) {
        return -1;
    }
    PyObject *name, *value;
    for (Py_ssize_t i = 0; PyDict_Next(state, &i, &name, &value);) {
        if (add_container(outside, value) < 0) {
            return -1;
        }
    }
    return 0;
}

int outside_copies_add(struct outside *outside, PyObject *space)
{
    PyObject *name, *value;
    for (Py_ssize_t i = 0; PyDict_Next(space, &i, &name, &value);) {
        PyObject *attributes = PyFunction_Check(value) ? ((PyFunctionObject *)value)->func_dict : NULL;
        int container = add_container(outside, attributes ? attributes : value);
        if (container < 0 || add_instance(outside, value) < 0) {
            return -1;
        }
    }
    return 0;
}
