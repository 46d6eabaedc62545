/* Reads the list that CPython threads through an object's weak references. Invariant: nothing is changed. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/weak.h"

#include <internal/pycore_object.h>

int weak_each(PyObject *object, int (*visit)(PyObject *ref, void *arg), void *arg)
{
    if (!PyType_SUPPORTS_WEAKREFS(Py_TYPE(object))) {
        return 0;
    }
    PyWeakReference **list = (PyWeakReference **)PyObject_GET_WEAKREFS_LISTPTR(object);
    int stop = 0;
    for (PyWeakReference *ref = *list; ref && !stop; ref = ref->wr_next) {
        stop = visit((PyObject *)ref, arg);
    }
    return stop;
}

PyObject *weak_get(PyObject *ref)
{
#if PY_VERSION_HEX >= 0x030d0000
    PyObject *target = NULL;
    return PyWeakref_GetRef(ref, &target) > 0 ? target : NULL;
#else
    PyObject *target = PyWeakref_GET_OBJECT(ref);
    return target == Py_None ? NULL : Py_NewRef(target);
#endif
}
