/* Idea: a static type's tp_dealloc is looked up in the type at each death, also by the deallocators of types that
 * derive from it. So one pointer a type is exchanged, at the first object that is watched, and stays so.
 *
 * CPython's own deallocators of nested containers bound their depth (the trashcan) only if they stand in the type
 * themselves. Where ours stands before such a one, it does the same, as any deallocator of an extension would. It tells
 * first: an object that the trashcan keeps for later is out of reach already.
 *
 * Invariant: an address in the map is an object that lives. GIL held. */
#include "compat/deaths.h"

#include "base/ptrmap.h"

#include <string.h>

static struct ptrmap watched; /* object -> its watcher */
static void (*tell)(void *watcher);

static void tell_of(PyObject *object)
{
    void *watcher = ptrmap_get(&watched, object);
    if (watcher) {
        ptrmap_remove(&watched, object);
        tell(watcher);
    }
}

static inline void tell_if_watched(PyObject *object)
{
    if (ptrmap_maybe(&watched, object)) {
        tell_of(object);
    }
}

#define DIES(name)                            \
    static destructor name##_own;             \
    static void name##_dies(PyObject *object) \
    {                                         \
        tell_if_watched(object);              \
        name##_own(object);                   \
    }

#define NESTED_DIES(name)                                          \
    static destructor name##_own;                                  \
    static void name##_dies(PyObject *object)                      \
    {                                                              \
        tell_if_watched(object);                                   \
        PyObject_GC_UnTrack(object);                               \
        Py_TRASHCAN_BEGIN(object, name##_dies) name##_own(object); \
        Py_TRASHCAN_END                                            \
    }

NESTED_DIES(list)
NESTED_DIES(dict)
NESTED_DIES(set)
DIES(cell)
DIES(function)
DIES(module)
DIES(property)
DIES(staticmethod)
DIES(classmethod)
DIES(bytearray)
DIES(weakref)
DIES(getset)
DIES(member)
DIES(method)
DIES(proxy)
DIES(namespace)

/* By how many objects there are. */
static struct {
    PyTypeObject *type;
    destructor *own; /* CPython's */
    destructor ours;
} types[] = {
    {&PyFunction_Type, &function_own, function_dies},
    {&PyDict_Type, &dict_own, dict_dies},
    {&PyList_Type, &list_own, list_dies},
    {&PyCell_Type, &cell_own, cell_dies},
    {&PyProperty_Type, &property_own, property_dies},
    {&PyClassMethod_Type, &classmethod_own, classmethod_dies},
    {&PyStaticMethod_Type, &staticmethod_own, staticmethod_dies},
    {&PyModule_Type, &module_own, module_dies},
    {&PySet_Type, &set_own, set_dies},
    {&PyByteArray_Type, &bytearray_own, bytearray_dies},
    {&PyGetSetDescr_Type, &getset_own, getset_dies},
    {&PyMemberDescr_Type, &member_own, member_dies},
    {&PyMethodDescr_Type, &method_own, method_dies},
    {&_PyWeakref_RefType, &weakref_own, weakref_dies},
    {&PyDictProxy_Type, &proxy_own, proxy_dies},
    {NULL, &namespace_own, namespace_dies}, /* SimpleNamespace, which has no name in C */
};

#define NAMESPACE (sizeof types / sizeof *types - 1)

void deaths_start(void (*told)(void *watcher))
{
    PyObject *implementation = sys_get("implementation");
    bool namespace = implementation && strcmp(Py_TYPE(implementation)->tp_name, "types.SimpleNamespace") == 0;
    types[NAMESPACE].type = namespace ? Py_TYPE(implementation) : NULL;
    tell = told;
}

static size_t index_of(PyTypeObject *type)
{
    size_t i = 0;
    while (i < sizeof types / sizeof *types && types[i].type != type) {
        i++;
    }
    return i;
}

bool deaths_can(PyTypeObject *type)
{
    return index_of(type) < sizeof types / sizeof *types;
}

int deaths_watch(PyObject *object, void *watcher)
{
    if (ptrmap_put(&watched, object, watcher) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    size_t i = index_of(Py_TYPE(object));
    if (!*types[i].own) {
        *types[i].own = types[i].type->tp_dealloc;
        types[i].type->tp_dealloc = types[i].ours;
    }
    return 0;
}

void *deaths_watcher(PyObject *object)
{
    return ptrmap_get(&watched, object);
}

void deaths_hand_on(PyObject *object, void *watcher)
{
    struct ptrmap_slot *slot = ptrmap_find(&watched, object);
    if (slot) {
        slot->value = watcher;
    }
}

void deaths_forget(PyObject *object)
{
    ptrmap_remove(&watched, object);
}
