/* What a metaclass does to a class beyond being its type.
 *
 * Whatever a metaclass inherits from `type` for making classes has been done when the class was made. What it defines
 * itself is code that would have to run, and could do anything; only ABCMeta's is known: it notes which methods are
 * abstract (type_abstract.c keeps that up to date) and gives the class a registry of its own.
 * Must not: run Python code. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/type_meta.h"

#include "compat/type_lineage.h"
#include "compat/type_slots.h"

static PyTypeObject *abc_meta; /* owned for ever */
static PyObject *abc_registry; /* owned for ever: that of abc.ABC; its type makes others */

int type_meta_init(void)
{
    if (abc_registry) {
        return 0;
    }
    OWN_REF module = PyImport_ImportModule("abc");
    OWN_REF abc = module ? PyObject_GetAttrString(module, "ABC") : NULL;
    OWN_REF registry = abc ? PyObject_GetAttrString(abc, "_abc_impl") : NULL;
    if (!registry) {
        return -1;
    }
    abc_meta = (PyTypeObject *)Py_NewRef((PyObject *)Py_TYPE(abc));
    abc_registry = STEAL(registry);
    return 0;
}

static PyObject *find(PyTypeObject *meta, const char *name)
{
    OWN_REF key = PyUnicode_InternFromString(name);
    return key ? type_find(meta->tp_mro, key) : NULL;
}

static bool makes_like_abc(PyTypeObject *meta)
{
    return find(meta, "__new__") == find(abc_meta, "__new__");
}

bool type_meta_fits(PyTypeObject *type, PyTypeObject *meta, const char **ret_why)
{
    PyTypeObject *old = Py_TYPE(type);
    static const char *const makers[] = {"__new__", "__init__", "__prepare__"};
    if (old->tp_basicsize != meta->tp_basicsize || old->tp_itemsize != meta->tp_itemsize ||
        old->tp_hash != meta->tp_hash || old->tp_richcompare != meta->tp_richcompare) {
        *ret_why = "a class that it derives from has a metaclass in the new version whose classes have another layout, "
                   "or compare otherwise";
        return false;
    }
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        PyObject *maker = find(meta, makers[i]);
        PyObject *plain = find(&PyType_Type, makers[i]), *former = find(old, makers[i]);
        bool loses_abc = i == 0 && makes_like_abc(old) && maker == plain;
        bool gains_abc = i == 0 && makes_like_abc(meta) && former == plain;
        bool known = former == maker || loses_abc || gains_abc;
        if (PyErr_Occurred()) {
            return false;
        }
        if (!known) {
            *ret_why =
                "a class that it derives from has another metaclass in the new version, and one of the two makes "
                "classes in a way of its own";
            return false;
        }
    }
    return true;
}

/* What ABCMeta.__new__ leaves in the namespace of a class. */
static int give_registry(PyObject *dict)
{
    OWN_REF registry = PyObject_CallNoArgs((PyObject *)Py_TYPE(abc_registry));
    OWN_REF names = registry ? type_abstract_own(dict) : NULL;
    return names && PyDict_SetItemString(dict, "_abc_impl", registry) == 0
               ? PyDict_SetItemString(dict, "__abstractmethods__", names)
               : -1;
}

/* Of a class that is no ABC any more: nothing of it is abstract, and it has no registry. */
static int take_registry(PyObject *dict)
{
    OWN_REF nothing = PyFrozenSet_New(NULL);
    return nothing && PyDict_SetItemString(dict, "__abstractmethods__", nothing) == 0
               ? PyDict_DelItemString(dict, "_abc_impl")
               : -1;
}

int type_meta_give(PyTypeObject *type, PyObject *dict, PyTypeObject *meta)
{
    PyTypeObject *old = Py_TYPE(type);
    bool is_abc = PyDict_GetItemString(dict, "_abc_impl"), becomes_abc = makes_like_abc(meta);
    if ((becomes_abc && !is_abc && give_registry(dict) < 0) || (!becomes_abc && is_abc && take_registry(dict) < 0)) {
        return -1;
    }
    Py_SET_TYPE((PyObject *)type, meta);
    if (meta->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        Py_INCREF(meta);
    }
    if (old->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        Py_DECREF(old);
    }
    return 0;
}
