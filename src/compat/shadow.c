/* Invariant: a shadow owns references to what its attributes are and nothing else, so it can be dropped like any
 * object, except that its finalizer counts as run: it would close what the real instance still uses. Must not: call a
 * __new__ or __init__ in Python. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/shadow.h"

#include "compat/type_slots.h"

#include <internal/pycore_gc.h>

/* The nearest class on the chain of tp_base that C code made; it makes heap types, too. */
static PyTypeObject *native_base(PyTypeObject *type)
{
    while (type && type_is_python(type)) {
        type = type->tp_base;
    }
    return type;
}

static PyObject *finalized(PyObject *shadow)
{
    if (shadow && PyObject_IS_GC(shadow)) {
        _PyGC_SET_FINALIZED(shadow);
    }
    return shadow;
}

PyObject *shadow_new(PyTypeObject *type, const char **ret_why)
{
    *ret_why = NULL;
    if (native_base(type) != &PyBaseObject_Type) {
        *ret_why = "it derives from a built-in class, whose state cannot be copied by name";
        return NULL;
    }
    return finalized(type->tp_alloc(type, 0));
}

PyObject *shadow_like(PyTypeObject *type, PyObject *original, const char **ret_why)
{
    PyTypeObject *base = native_base(type);
    bool array = base && (base->tp_flags & Py_TPFLAGS_IMMUTABLETYPE) && strcmp(base->tp_name, "array.array") == 0;
    PyObject *typecode = array ? PyDict_GetItemString(base->tp_dict, "typecode") : NULL;
    if (!typecode || !Py_TYPE(typecode)->tp_descr_get || !PyObject_TypeCheck(original, base)) {
        return shadow_new(type, ret_why);
    }
    *ret_why = NULL;
    OWN_REF code = Py_TYPE(typecode)->tp_descr_get(typecode, original, (PyObject *)base);
    OWN_REF arguments = code ? PyTuple_Pack(2, code, original) : NULL;
    return arguments ? finalized(base->tp_new(type, arguments, NULL)) : NULL;
}
