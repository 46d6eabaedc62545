/* The list that CPython threads through an object's weak references. Invariant: of those that are not ours nothing is
 * changed. */
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

PyObject *weak_peek(PyObject *ref)
{
    PyObject *target = ((PyWeakReference *)ref)->wr_object;
    return target == Py_None || Py_REFCNT(target) == 0 ? NULL : target;
}

bool weak_possible(PyObject *object)
{
    return PyType_SUPPORTS_WEAKREFS(Py_TYPE(object));
}

static PyTypeObject own_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "midflight._engine.ref",
    .tp_basicsize = sizeof(PyWeakReference),
    .tp_flags = Py_TPFLAGS_DEFAULT, /* the collector's part is inherited */
};

int weak_start(void)
{
    own_type.tp_base = &_PyWeakref_RefType;
    return PyType_Ready(&own_type);
}

bool weak_is_own(PyObject *ref)
{
    return Py_IS_TYPE(ref, &own_type);
}

static int find_own(PyObject *ref, void *arg)
{
    PyObject **found = arg;
    *found = weak_is_own(ref) ? ref : NULL;
    return *found != NULL;
}

PyObject *weak_own(PyObject *object)
{
    PyObject *found = NULL;
    return weak_each(object, find_own, &found) ? Py_NewRef(found) : PyObject_CallOneArg((PyObject *)&own_type, object);
}
