/* Base.__subclasses__(): a dict, address of subclass -> weak reference to it, that CPython also walks to spread
 * changes.
 *
 * All changes planned for one base are made in one copy of its dict, which the commit exchanges for the one in place:
 * so any number of classes can come and go in one list, and the undo is the same exchange.
 * Invariant: a dict in place is never written to. Must not run Python code: keys are ints, references have no callback.
 */
#define Py_BUILD_CORE_MODULE 1
#include "base/ptrmap.h"
#include "compat/type.h"
#include "compat/type_slots.h"

#include <internal/pycore_interp.h>
#include <internal/pycore_typeobject.h>

struct type_list {
    PyTypeObject *base; /* owned */
    PyObject *dict;     /* owned: before the commit the list to come, after it the list that was; NULL: none */
};

/* Base -> struct type_list of edits not yet committed (type_slots.c has the same for slots, for the same reason). */
static struct ptrmap lists;
static size_t n_lists;

/* Static builtin types are shared by interpreters: their lists are in the interpreter state from 3.12 on. */
PyObject **type_list_place(PyTypeObject *base)
{
#if PY_VERSION_HEX >= 0x030c0000
    if (base->tp_flags & _Py_TPFLAGS_STATIC_BUILTIN) {
        size_t index = (size_t)base->tp_subclasses - 1;
        struct types_state *types = &PyInterpreterState_Get()->types;
#if PY_VERSION_HEX >= 0x030d0000
        if (index < _Py_MAX_MANAGED_STATIC_BUILTIN_TYPES && types->builtins.initialized[index].type == base) {
            return &types->builtins.initialized[index].tp_subclasses;
        }
        if (index < _Py_MAX_MANAGED_STATIC_EXT_TYPES && types->for_extensions.initialized[index].type == base) {
            return &types->for_extensions.initialized[index].tp_subclasses;
        }
#else
        if (index < _Py_MAX_STATIC_BUILTIN_TYPES && types->builtins[index].type == base) {
            return &types->builtins[index].tp_subclasses;
        }
#endif
        return NULL;
    }
#endif
    return (PyObject **)&base->tp_subclasses;
}

PyObject *type_subclass_dict(PyTypeObject *base)
{
    PyObject **place = type_list_place(base);
    return place ? *place : NULL;
}

static void list_exchange(struct type_list *list)
{
    PyObject **place = type_list_place(list->base);
    PyObject *dict = *place;
    *place = list->dict;
    list->dict = dict;
}

/* Nothing more is planned into this list: what comes later starts from the dict in place. */
static void list_forget(struct type_list *list)
{
    struct ptrmap_slot *slot = ptrmap_find(&lists, list->base);
    if (slot && slot->value == list) {
        slot->value = NULL;
    }
}

static void list_apply(void *arg)
{
    list_forget(arg);
    list_exchange(arg);
}

static void list_undo(void *arg)
{
    list_exchange(arg);
}

static void list_release(void *arg)
{
    struct type_list *list = arg;
    list_forget(list);
    if (--n_lists == 0) {
        ptrmap_release(&lists);
    }
    Py_XDECREF(list->dict);
    Py_DECREF(list->base);
    PyMem_Free(list);
}

/* The list of base as these edits will leave it: may be written to. */
static struct type_list *list_planned(PyTypeObject *base, struct edits *edits)
{
    struct type_list *list = ptrmap_get(&lists, base);
    if (list) {
        return list;
    }
    PyObject **place = type_list_place(base);
    if (!place) {
        PyErr_Format(PyExc_SystemError, "midflight does not find the list of subclasses of %s", base->tp_name);
        return NULL;
    }
    OWN_REF dict = *place ? PyDict_Copy(*place) : PyDict_New();
    if (!dict || !(list = PyMem_Malloc(sizeof *list))) {
        return (struct type_list *)(dict ? PyErr_NoMemory() : NULL);
    }
    if (ptrmap_put(&lists, base, list) < 0) {
        PyMem_Free(list);
        return (struct type_list *)PyErr_NoMemory();
    }
    n_lists++;
    *list = (struct type_list){(PyTypeObject *)Py_NewRef(base), STEAL(dict)};
    struct edit_op op = {list_apply, list_undo, list_release, list};
    if (edits_add_op(edits, &op) < 0) {
        list_release(list);
        return NULL;
    }
    return list;
}

int type_hide_subclass(PyTypeObject *base, PyTypeObject *sub, struct edits *edits)
{
    struct type_list *list = list_planned(base, edits);
    OWN_REF key = list ? PyLong_FromVoidPtr(sub) : NULL;
    if (!key) {
        return -1;
    }
    int found = PyDict_Contains(list->dict, key);
    if (found <= 0) {
        return found;
    }
    return PyDict_DelItem(list->dict, key) < 0 ? -1 : edits_touch(edits, (PyObject *)sub);
}

int type_show_subclass(PyTypeObject *base, PyTypeObject *sub, struct edits *edits)
{
    struct type_list *list = list_planned(base, edits);
    OWN_REF key = list ? PyLong_FromVoidPtr(sub) : NULL;
    OWN_REF reference = key ? PyWeakref_NewRef((PyObject *)sub, NULL) : NULL;
    if (!reference || PyDict_SetItem(list->dict, key, reference) < 0) {
        return -1;
    }
    return edits_touch(edits, (PyObject *)sub);
}
