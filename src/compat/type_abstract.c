/* Which methods of a class are abstract: what ABCMeta notes in the class's __abstractmethods__ when the class is made.
 *
 * A name that the class itself defines stays what it is. One that is inherited is abstract exactly if the base it comes
 * through says so: the class finds the same object there that the base found. So nothing has to be asked of the
 * methods. Invariant: the bases' sets are final, or planned before (bases first). Must not run Python code: names are
 * exact strs. */
#define Py_BUILD_CORE_MODULE 1
#include "base/ptrmap.h"
#include "compat/type_slots.h"

#include <internal/pycore_dict.h>

struct type_abstract {
    PyTypeObject *type; /* borrowed */
    PyObject *names;    /* owned frozenset */
    bool toggle;        /* does Py_TPFLAGS_IS_ABSTRACT change? */
};

/* Class -> struct type_abstract of edits not yet committed. */
static struct ptrmap plans;
static size_t n_plans;

static PyObject *key_abstract, *key_mark; /* owned, interned: "__abstractmethods__", "__isabstractmethod__" */

static int prepare(void)
{
    if (!key_abstract) {
        key_abstract = PyUnicode_InternFromString("__abstractmethods__");
    }
    if (!key_mark) {
        key_mark = PyUnicode_InternFromString("__isabstractmethod__");
    }
    return key_abstract && key_mark ? 0 : -1;
}

/* The word of a dict that holds a key's value; NULL when the key is not there. */
static PyObject **value_place(PyObject *dict, PyObject *name)
{
    PyDictKeysObject *keys = ((PyDictObject *)dict)->ma_keys;
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
        PyObject *key = DK_IS_UNICODE(keys) ? DK_UNICODE_ENTRIES(keys)[i].me_key : DK_ENTRIES(keys)[i].me_key;
        if (key == name) {
            return DK_IS_UNICODE(keys) ? &DK_UNICODE_ENTRIES(keys)[i].me_value : &DK_ENTRIES(keys)[i].me_value;
        }
    }
    return NULL;
}

/* The set of a class as it will be, borrowed; NULL when its metaclass keeps none. */
static PyObject *names_of(PyTypeObject *type)
{
    struct type_abstract *plan = ptrmap_get(&plans, type);
    if (plan) {
        return plan->names;
    }
    PyObject *dict = type_dict(type);
    PyObject **place = dict ? value_place(dict, key_abstract) : NULL;
    return place && *place && PyFrozenSet_CheckExact(*place) ? *place : NULL;
}

/* Is this a function marked abstract, or a builtin wrapper around one? Of other things nothing is asked, lest their
 * code run. 1, 0, -1 exception. */
static int is_marked(PyObject *method)
{
    if (PyFunction_Check(method)) {
        PyObject *dict = ((PyFunctionObject *)method)->func_dict;
        return dict && PyDict_GetItemWithError(dict, key_mark) == Py_True;
    }
    static const char *const of_property[] = {"fget", "fset", "fdel", NULL}, *const of_method[] = {"__func__", NULL};
    const char *const *part = Py_IS_TYPE(method, &PyProperty_Type) ? of_property : of_method;
    if (part == of_method && !Py_IS_TYPE(method, &PyClassMethod_Type) && !Py_IS_TYPE(method, &PyStaticMethod_Type)) {
        return 0;
    }
    int marked = 0;
    for (; *part && !marked; part++) {
        OWN_REF function = PyObject_GetAttrString(method, *part);
        marked = function ? is_marked(function) : -1;
    }
    return marked;
}

/* What decides about a class. */
struct lineage {
    PyTypeObject *type;
    PyObject *bases, *mro;
    const struct ptrmap *new_mros;
};

/* Is the inherited method abstract that `name` stands for in the class? 1, 0, -1 exception. */
static int is_abstract(PyObject *name, const struct lineage *lineage)
{
    PyObject *found = type_find(lineage->mro, name);
    for (Py_ssize_t i = 0; found && i < PyTuple_GET_SIZE(lineage->bases); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(lineage->bases, i);
        PyObject *planned = ptrmap_get(lineage->new_mros, base), *base_mro = planned ? planned : base->tp_mro;
        PyObject *names = type_find(base_mro, name) == found ? names_of(base) : NULL;
        if (names) {
            return PySet_Contains(names, name);
        }
    }
    return found ? is_marked(found) : 0;
}

/* Adds to names those of `inherited` that are abstract in the class. */
static int add_inherited(PyObject *names, PyObject *inherited, const struct lineage *lineage)
{
    OWN_REF iterator = PyObject_GetIter(inherited);
    if (!iterator) {
        return -1;
    }
    for (PyObject *next; (next = PyIter_Next(iterator));) {
        OWN_REF name = next;
        if (!PyUnicode_CheckExact(name) || type_find_own(lineage->type, name)) {
            continue;
        }
        int abstract = is_abstract(name, lineage);
        if (abstract < 0 || (abstract && PySet_Add(names, name) < 0)) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* Adds the names that the class itself defines and that were abstract before. */
static int add_own(PyObject *names, PyObject *before, PyTypeObject *type)
{
    OWN_REF iterator = PyObject_GetIter(before);
    if (!iterator) {
        return -1;
    }
    for (PyObject *next; (next = PyIter_Next(iterator));) {
        OWN_REF name = next;
        if (PyUnicode_CheckExact(name) && type_find_own(type, name) && PySet_Add(names, name) < 0) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *new_names(PyObject *before, const struct lineage *lineage)
{
    OWN_REF names = PySet_New(NULL);
    if (!names || add_own(names, before, lineage->type) < 0) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(lineage->bases); i++) {
        PyObject *inherited = names_of((PyTypeObject *)PyTuple_GET_ITEM(lineage->bases, i));
        if (inherited && add_inherited(names, inherited, lineage) < 0) {
            return NULL;
        }
    }
    return PyFrozenSet_New(names);
}

/* Once committed, the class itself says what is abstract. */
static void abstract_forget(struct type_abstract *plan)
{
    struct ptrmap_slot *slot = ptrmap_find(&plans, plan->type);
    if (slot && slot->value == plan) {
        slot->value = NULL;
    }
}

static void abstract_undo(void *arg)
{
    struct type_abstract *plan = arg;
    if (plan->toggle) {
        plan->type->tp_flags ^= Py_TPFLAGS_IS_ABSTRACT;
    }
}

static void abstract_apply(void *arg)
{
    abstract_forget(arg);
    abstract_undo(arg); /* its own inverse */
}

static void abstract_release(void *arg)
{
    struct type_abstract *plan = arg;
    abstract_forget(plan);
    if (--n_plans == 0) {
        ptrmap_release(&plans);
    }
    Py_DECREF(plan->names);
    PyMem_Free(plan);
}

/* Takes over a reference to names. */
static struct type_abstract *plan_add(PyTypeObject *type, PyObject *names, struct edits *edits)
{
    struct type_abstract *plan = PyMem_Malloc(sizeof *plan);
    if (!plan || ptrmap_put(&plans, type, plan) < 0) {
        PyMem_Free(plan);
        Py_DECREF(names);
        PyErr_NoMemory();
        return NULL;
    }
    n_plans++;
    bool is = PySet_GET_SIZE(names) > 0, was = type->tp_flags & Py_TPFLAGS_IS_ABSTRACT;
    *plan = (struct type_abstract){type, names, is != was};
    struct edit_op op = {abstract_apply, abstract_undo, abstract_release, plan};
    if (edits_add_op(edits, &op) < 0) {
        abstract_release(plan);
        return NULL;
    }
    return plan;
}

PyObject *type_abstract_own(PyObject *dict)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    OWN_REF names = prepare() < 0 ? NULL : PySet_New(NULL);
    while (names && PyDict_Next(dict, &position, &name, &value)) {
        int marked = is_marked(value);
        if (marked < 0 || (marked && PySet_Add(names, name) < 0)) {
            return NULL;
        }
    }
    return names ? PyFrozenSet_New(names) : NULL;
}

int type_abstract_plan(PyTypeObject *type, PyObject *dict, PyObject *bases, PyObject *mro,
                       const struct ptrmap *new_mros, struct edits *edits)
{
    if (prepare() < 0) {
        return -1;
    }
    PyObject **place = value_place(dict, key_abstract);
    if (!place || !*place || !PyFrozenSet_CheckExact(*place)) {
        return 0;
    }
    struct lineage lineage = {type, bases, mro, new_mros};
    OWN_REF names = new_names(*place, &lineage);
    int same = names ? PyObject_RichCompareBool(names, *place, Py_EQ) : -1;
    bool flag = type->tp_flags & Py_TPFLAGS_IS_ABSTRACT;
    if (same < 0 || (same && flag == (PySet_GET_SIZE(names) > 0))) {
        return same < 0 ? -1 : 0;
    }
    if (!plan_add(type, Py_NewRef(names), edits) || edits_add_object(edits, place, names) < 0) {
        return -1;
    }
    return edits_touch(edits, type->tp_dict);
}
