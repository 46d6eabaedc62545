/* Invariant: a shadow owns references to what its attributes are and nothing else, so it can be dropped like any
 * object, except that its finalizer counts as run: it would close what the real instance still uses. Must not: call
 * __new__ or
 * __init__. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/shadow.h"

#include <internal/pycore_gc.h>

PyObject *shadow_new(PyTypeObject *type, const char **ret_why)
{
    PyTypeObject *root = type;
    while (root && (root->tp_flags & Py_TPFLAGS_HEAPTYPE) && root->tp_base) {
        root = root->tp_base;
    }
    *ret_why = NULL;
    if (root != &PyBaseObject_Type) {
        *ret_why = "it derives from a built-in class, whose state cannot be copied by name";
        return NULL;
    }
    PyObject *shadow = type->tp_alloc(type, 0);
    if (shadow && PyObject_IS_GC(shadow)) {
        _PyGC_SET_FINALIZED(shadow);
    }
    return shadow;
}
