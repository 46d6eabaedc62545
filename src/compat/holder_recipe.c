/* What the hash of an object is made of, by the hash function of its type.
 *
 * Idea: a type that hashes in C is known by the address of its tp_hash, which its subclasses share; a class whose
 * __hash__ is a function of the typing or enum modules, by that function's module and name. All else hashes in Python.
 *
 * Invariant: no Python code runs. Attributes are looked up as object.__getattribute__ does, past any __getattr__. */
#include "compat/holder_hash.h"

#include <string.h>

/* An attribute in the object itself or its __dict__; borrowed from the object. NULL, without an exception, when there
 * is none. */
static PyObject *attribute(PyObject *object, const char *name)
{
    PyObject *key = PyUnicode_InternFromString(name);
    PyObject *value = key ? PyObject_GenericGetAttr(object, key) : NULL;
    Py_XDECREF(key);
    if (!value) {
        PyErr_Clear();
        return NULL;
    }
    Py_DECREF(value); /* the object holds it */
    return value;
}

static void of_attributes(PyObject *object, const char *first, const char *second, enum fold fold, struct recipe *ret)
{
    ret->own[0] = attribute(object, first);
    ret->own[1] = second ? attribute(object, second) : Py_None;
    ret->n = second ? 2 : 1;
    ret->parts = ret->own;
    ret->fold = ret->own[0] && ret->own[1] ? fold : FOLD_PYTHON;
}

/* frozenset(args). */
static void of_arguments(PyObject *object, enum fold fold, struct recipe *ret)
{
    PyObject *args = attribute(object, "__args__");
    if (!args || !PyTuple_Check(args)) {
        ret->fold = FOLD_PYTHON;
        return;
    }
    ret->fold = fold;
    ret->parts = ((PyTupleObject *)args)->ob_item;
    ret->n = Py_SIZE(args);
}

/* __hash__ methods of the standard library that this file knows. */
static void of_python(PyObject *object, struct recipe *ret)
{
    ret->fold = FOLD_PYTHON;
    PyObject *hash = _PyType_Lookup(Py_TYPE(object), holder_known.hash);
    if (!hash || !PyFunction_Check(hash)) {
        return;
    }
    PyFunctionObject *f = (PyFunctionObject *)hash;
    if (!f->func_module || !PyUnicode_CheckExact(f->func_module)) {
        return;
    }
    PyObject *which = f->func_qualname;
    if (PyUnicode_CompareWithASCIIString(f->func_module, "enum") == 0) {
        if (PyUnicode_CompareWithASCIIString(which, "Enum.__hash__") == 0) {
            of_attributes(object, "_name_", NULL, FOLD_SAME, ret);
        }
        return;
    }
    if (PyUnicode_CompareWithASCIIString(f->func_module, "typing") != 0) {
        return;
    }
    if (PyUnicode_CompareWithASCIIString(which, "_GenericAlias.__hash__") == 0) {
        of_attributes(object, "__origin__", "__args__", FOLD_ITEMS, ret);
    } else if (PyUnicode_CompareWithASCIIString(which, "_AnnotatedAlias.__hash__") == 0) {
        of_attributes(object, "__origin__", "__metadata__", FOLD_ITEMS, ret);
    } else if (PyUnicode_CompareWithASCIIString(which, "ForwardRef.__hash__") == 0) {
        of_attributes(object, "__forward_arg__", "__forward_module__", FOLD_ITEMS, ret);
    } else if (PyUnicode_CompareWithASCIIString(which, "_UnionGenericAlias.__hash__") == 0) {
        of_arguments(object, FOLD_MEMBERS, ret);
    } else if (PyUnicode_CompareWithASCIIString(which, "_LiteralGenericAlias.__hash__") == 0) {
        of_arguments(object, FOLD_MEMBERS_AND_TYPES, ret);
    }
}

static void of_words(enum fold fold, PyObject *first, PyObject *second, struct recipe *ret)
{
    ret->fold = fold;
    ret->own[0] = first;
    ret->own[1] = second;
    ret->parts = ret->own;
    ret->n = second ? 2 : 1;
}

static bool hashes_by_value(hashfunc hash)
{
    return hash == PyUnicode_Type.tp_hash || hash == PyLong_Type.tp_hash || hash == PyFloat_Type.tp_hash ||
           hash == PyBytes_Type.tp_hash || hash == PyComplex_Type.tp_hash || hash == Py_TYPE(Py_None)->tp_hash ||
           hash == PyRange_Type.tp_hash;
}

/* Objects/descrobject.c: a bound wrapper of a slot. */
struct method_wrapper {
    PyObject_HEAD PyObject *descr;
    PyObject *self;
};

/* Objects/descrobject.c: mappingproxy. */
struct mapping_proxy {
    PyObject_HEAD PyObject *mapping;
};

/* Hash functions of types that hold other objects. */
static bool of_c_holder(PyObject *object, hashfunc hash, struct recipe *ret)
{
    if (hash == PyTuple_Type.tp_hash) {
        ret->fold = FOLD_ITEMS;
        ret->parts = ((PyTupleObject *)object)->ob_item;
        ret->n = Py_SIZE(object);
    } else if (hash == PyFrozenSet_Type.tp_hash) {
        ret->fold = FOLD_FROZENSET;
    } else if (hash == PyMethod_Type.tp_hash) {
        of_words(FOLD_METHOD, PyMethod_GET_SELF(object), PyMethod_GET_FUNCTION(object), ret);
    } else if (hash == PyCFunction_Type.tp_hash) {
        of_words(FOLD_C_METHOD, ((PyCFunctionObject *)object)->m_self, NULL, ret);
    } else if (hash == holder_known.wrapper_hash) {
        struct method_wrapper *wrapper = (struct method_wrapper *)object;
        of_words(FOLD_WRAPPER, wrapper->self, wrapper->descr, ret);
    } else if (hash == _PyWeakref_RefType.tp_hash) {
        of_words(FOLD_WEAK, ((PyWeakReference *)object)->wr_object, NULL, ret);
    } else if (hash == Py_GenericAliasType.tp_hash) {
        of_attributes(object, "__origin__", "__args__", FOLD_XOR, ret);
    } else if (hash == holder_known.union_hash) {
        of_arguments(object, FOLD_MEMBERS, ret);
#if PY_VERSION_HEX >= 0x030c0000
    } else if (hash == PySlice_Type.tp_hash) {
        PySliceObject *slice = (PySliceObject *)object;
        of_words(FOLD_SLICE, slice->start, slice->stop, ret);
        ret->own[2] = slice->step;
        ret->n = 3;
    } else if (hash == PyDictProxy_Type.tp_hash) {
        of_words(FOLD_SAME, ((struct mapping_proxy *)object)->mapping, NULL, ret);
#endif
    } else {
        return false;
    }
    return true;
}

void recipe_find(PyObject *object, struct recipe *ret)
{
    hashfunc hash = Py_TYPE(object)->tp_hash;
    memset(ret, 0, sizeof *ret);
    if (!hash || hash == PyObject_HashNotImplemented) {
        ret->fold = FOLD_NONE;
    } else if (hash == PyBaseObject_Type.tp_hash) {
        ret->fold = FOLD_ADDRESS;
    } else if (hashes_by_value(hash)) {
        ret->fold = FOLD_VALUE;
    } else if (hash == holder_known.slot_hash) {
        of_python(object, ret);
    } else if (!of_c_holder(object, hash, ret)) {
        ret->fold = FOLD_PYTHON;
    }
}

bool recipe_by_parts(hashfunc hash)
{
    const hashfunc known[] = {
        PyTuple_Type.tp_hash,      PyFrozenSet_Type.tp_hash,    PyMethod_Type.tp_hash,   PyCFunction_Type.tp_hash,
        holder_known.wrapper_hash, Py_GenericAliasType.tp_hash, holder_known.union_hash,
#if PY_VERSION_HEX >= 0x030c0000
        PySlice_Type.tp_hash,      PyDictProxy_Type.tp_hash,
#endif
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (hash == known[i]) {
            return true;
        }
    }
    return hashes_by_value(hash);
}
