/* Constructors that set a property: the attribute is what the setter stores.
 *
 * Of a setter only the statements count that store on self (its checks have nothing to do here). The value is the
 * constructor's, if that can be made alone; or, when the old version had it under the same name, what the instance has.
 * Must not: run Python code. */
#include "engine/fill_plan.h"

#include "compat/constructor.h"
#include "compat/fillers.h"
#include "compat/instructions.h"
#include "engine/shape.h"

/* The setter of a property in the first class of the line that has the name: new reference. NULL without an exception:
 * it is no property, or its setter is no plain function of (self, value). *ret_computed: is there a descriptor at all?
 */
static PyObject *setter_of(PyObject *line, PyObject *name, bool *ret_computed)
{
    PyObject *value = shape_find(line, name);
    *ret_computed = value && Py_TYPE(value)->tp_descr_set && !Py_IS_TYPE(value, &PyMemberDescr_Type);
    OWN_REF setter = value && Py_IS_TYPE(value, &PyProperty_Type) ? PyObject_GetAttrString(value, "fset") : NULL;
    bool plain = setter && PyFunction_Check(setter) && ((PyCodeObject *)PyFunction_GET_CODE(setter))->co_argcount == 2;
    return plain ? STEAL(setter) : NULL;
}

/* The statements of a setter, its value being given. New list. */
static PyObject *statements_of(PyObject *setter)
{
    OWN_REF given = PySet_New(NULL);
    PyObject *value = PyTuple_GET_ITEM(((PyCodeObject *)PyFunction_GET_CODE(setter))->co_localsplusnames, 1);
    return given && PySet_Add(given, value) == 0 ? fill_statements(setter, given) : NULL;
}

static bool stores_value(PyObject *statement)
{
    return PyTuple_GET_ITEM(statement, CONSTRUCTOR_PARAMETER) != Py_None;
}

int fill_old_properties(struct planning *p)
{
    OWN_REF names = listed(p->old_names);
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        bool computed;
        OWN_REF setter = setter_of(p->old_line, PyList_GET_ITEM(names, i), &computed);
        if (PyErr_Occurred() ||
            (setter && code_self_stores((PyCodeObject *)PyFunction_GET_CODE(setter), p->old_names) < 0)) {
            return -1;
        }
    }
    return names ? 0 : -1;
}

/* Where the old version has what this property is now: the name itself, or what its old setter stored the value under.
 * New reference; NULL without an exception: nowhere plainly. */
static PyObject *old_place(struct planning *p, PyObject *name)
{
    bool computed;
    OWN_REF setter = setter_of(p->old_line, name, &computed);
    if (!computed || PyErr_Occurred()) {
        return PyErr_Occurred() ? NULL : Py_NewRef(name);
    }
    OWN_REF statements = setter ? statements_of(setter) : NULL;
    for (Py_ssize_t i = 0; statements && i < PyList_GET_SIZE(statements); i++) {
        PyObject *statement = PyList_GET_ITEM(statements, i);
        if (stores_value(statement)) {
            return Py_NewRef(PyTuple_GET_ITEM(PyTuple_GET_ITEM(statement, CONSTRUCTOR_NAMES), 0));
        }
    }
    return NULL;
}

/* A property that is new with all that it is about: what one statement of its setter stores, the value being made. 1
 * filled, 0 from nowhere, -1. */
static int fill_made(struct planning *p, PyObject *name, PyObject *names, PyObject *set, PyObject *setter,
                     PyObject *statement, PyObject *maker)
{
    PyObject *program = PyTuple_GET_ITEM(statement, CONSTRUCTOR_PROGRAM);
    PyObject *set_program = PyTuple_GET_ITEM(set, CONSTRUCTOR_PROGRAM);
    if (p->own_setattr || program == Py_None || set_program == Py_None) {
        return 0;
    }
    OWN_REF function = fill_function(maker, program);
    OWN_REF store = function ? fill_function(setter, set_program) : NULL;
    struct fill made = {.kind = FILL_MADE, .function = function, .records = true, .through = name, .setter = store};
    return store && fill_add(p->fills, &made, names) == 0 ? 1 : -1;
}

static int note_item(const struct filler_event *event, void *arg)
{
    bool *puts = arg;
    *puts = *puts || (event->kind == FILLER_ITEM && event->where == FILLER_VARIABLE);
    return 0;
}

/* Does a setter store its value as it is, whatever else it does? Not if it puts something into it. 1, 0, -1. */
static int stores_as_it_is(PyObject *setter, PyObject *sets)
{
    bool stores = true;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(sets); i++) {
        stores = stores && stores_value(PyList_GET_ITEM(sets, i));
    }
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(setter);
    OWN_REF value = stores ? PySet_New(NULL) : NULL;
    if (!value || PySet_Add(value, PyTuple_GET_ITEM(code->co_localsplusnames, 1)) < 0) {
        return stores ? -1 : 0;
    }
    bool puts = false;
    return fillers_scan(code, value, note_item, &puts) < 0 ? -1 : !puts;
}

/* The values move as they are. 0 or -1. */
static int move_all(struct planning *p, PyObject *from, PyObject *fresh)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(fresh); i++) {
        struct fill moved = {.kind = FILL_MOVED, .from = from};
        PyObject *names = PyList_GET_ITEM(fresh, i);
        if (PyList_GET_SIZE(names) && fill_add(p->fills, &moved, names) < 0) {
            return -1;
        }
    }
    return 0;
}

/* setter: Py_None if only a hook can say. reads: set of names, of what it reads. */
static int add_setter(struct planning *p, PyObject *name, PyObject *from, PyObject *setter, PyObject *reads)
{
    OWN_REF entry = PyTuple_Pack(4, name, from, setter, reads);
    if (!p->fills->setters && !(p->fills->setters = PyList_New(0))) {
        return -1;
    }
    return entry ? PyList_Append(p->fills->setters, entry) : -1;
}

/* The old version has a value for this property: the setter makes of it what the new version has. One that may not be
 * called stores it as it is, or a hook must say. fresh: a list of names for each statement. 1 filled, 0 not, -1. */
static int fill_had(struct planning *p, PyObject *name, PyObject *sets, PyObject *fresh, PyObject *setter)
{
    OWN_REF from = p->own_setattr ? NULL : old_place(p, name);
    if (!from) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int plain = code_only_stores((PyCodeObject *)PyFunction_GET_CODE(setter));
    OWN_REF reads = PySet_New(NULL);
    int calm = plain || !reads ? plain : fill_is_calm(p, setter, reads);
    int moves = plain || calm ? plain : stores_as_it_is(setter, sets);
    if (!reads || plain < 0 || calm < 0 || moves < 0) {
        return -1;
    }
    int failed = moves ? move_all(p, from, fresh) : calm ? add_setter(p, name, from, setter, reads) : 0;
    return failed < 0 ? -1 : moves || calm;
}

/* The names of each statement that the old version stored nowhere: a new list of lists. *ret_n: how many in all. */
static PyObject *fresh_names(struct planning *p, PyObject *sets, Py_ssize_t *ret_n)
{
    OWN_REF all = PyList_New(0);
    for (Py_ssize_t i = 0; all && i < PyList_GET_SIZE(sets); i++) {
        PyObject *names = PyTuple_GET_ITEM(PyList_GET_ITEM(sets, i), CONSTRUCTOR_NAMES);
        OWN_REF fresh = PyList_New(0);
        for (Py_ssize_t j = 0; fresh && j < PyTuple_GET_SIZE(names); j++) {
            PyObject *name = PyTuple_GET_ITEM(names, j);
            int had = PySet_Contains(p->old_names, name);
            if (had < 0 || (!had && (PyList_Append(fresh, name) < 0 || PySet_Add(p->fresh, name) < 0))) {
                return NULL;
            }
        }
        if (!fresh || PyList_Append(all, fresh) < 0) {
            return NULL;
        }
        *ret_n += PyList_GET_SIZE(fresh);
    }
    return STEAL(all);
}

static int want_all(struct planning *p, PyObject *fresh)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(fresh); i++) {
        PyObject *names = PyList_GET_ITEM(fresh, i);
        for (Py_ssize_t j = 0; j < PyList_GET_SIZE(names); j++) {
            if (fill_want(p, PyList_GET_ITEM(names, j)) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* A name that instances of the old version may have. 0 or -1. */
static int plan_property(struct planning *p, PyObject *name)
{
    bool computed;
    Py_ssize_t n_fresh = 0;
    OWN_REF setter = setter_of(p->new_line, name, &computed);
    OWN_REF sets = setter ? statements_of(setter) : NULL;
    OWN_REF fresh = sets ? fresh_names(p, sets, &n_fresh) : NULL;
    if (!n_fresh || PyErr_Occurred()) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int filled = fill_had(p, name, sets, fresh, setter);
    if (filled < 0 || PySet_Add(p->given, name) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; filled && i < PyList_GET_SIZE(fresh); i++) {
        PyObject *names = PyList_GET_ITEM(fresh, i);
        for (Py_ssize_t j = 0; j < PyList_GET_SIZE(names); j++) {
            if (PySet_Add(p->given, PyList_GET_ITEM(names, j)) < 0) {
                return -1;
            }
        }
    }
    return filled ? 0 : want_all(p, fresh);
}

/* A descriptor with a __set__, but no property, that does not look into the instance's __dict__ when it is asked: it
 * does not find the value that instances of the old version have there. False with an exception set: nobody knows. */
static bool looks_elsewhere(PyObject *descriptor)
{
    PyTypeObject *type = Py_TYPE(descriptor);
    bool python = type->tp_descr_set && type->tp_descr_get && (type->tp_flags & Py_TPFLAGS_HEAPTYPE);
    PyObject *getter = NULL;
    for (Py_ssize_t i = 0; python && !getter && !PyErr_Occurred() && i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i))->tp_dict; /* property has none in 3.12 */
        getter = dict ? dict_get(dict, "__get__") : NULL;
    }
    bool looks = getter && PyFunction_Check(getter);
    PyObject *names = looks ? ((PyCodeObject *)PyFunction_GET_CODE(getter))->co_names : NULL;
    for (Py_ssize_t i = 0; names && looks && i < PyTuple_GET_SIZE(names); i++) {
        looks = PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, i), "__dict__") != 0;
    }
    return looks;
}

/* A name that instances of the old version may have, and that the new one has a method or a descriptor for. 0 or -1. */
static int plan_hidden(struct planning *p, PyObject *name)
{
    PyObject *found = shape_find(p->new_line, name), *before = found ? shape_find(p->old_line, name) : NULL;
    int stored = found && !before && !PyErr_Occurred() ? PySet_Contains(p->kept, name) : 1;
    if (PyErr_Occurred()) {
        return -1;
    }
    if (found && !before && looks_elsewhere(found)) {
        return add_setter(p, name, name, Py_None, Py_None);
    }
    if (PyErr_Occurred()) {
        return -1;
    }
    bool method = !stored && (PyFunction_Check(found) || Py_IS_TYPE(found, &PyStaticMethod_Type) ||
                              Py_IS_TYPE(found, &PyClassMethod_Type));
    if (method && !p->fills->hiding && !(p->fills->hiding = PyList_New(0))) {
        return -1;
    }
    return method ? PyList_Append(p->fills->hiding, name) : 0;
}

int fill_properties(struct planning *p)
{
    OWN_REF names = PyNumber_Or(p->old_names, p->later);
    OWN_REF list = names ? listed(names) : NULL;
    if (!list || PyList_Sort(list) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if (plan_property(p, PyList_GET_ITEM(list, i)) < 0 || plan_hidden(p, PyList_GET_ITEM(list, i)) < 0) {
            return -1;
        }
    }
    return 0;
}

int fill_property(struct planning *p, PyObject *name, PyObject *statement, PyObject *maker)
{
    bool computed;
    Py_ssize_t n_fresh = 0;
    OWN_REF setter = setter_of(p->new_line, name, &computed);
    int had = computed && !PyErr_Occurred() ? PySet_Contains(p->old_names, name) : 0;
    if (!computed || had || PyErr_Occurred()) {
        return PyErr_Occurred() ? -1 : computed; /* plan_property has seen to it */
    }
    OWN_REF sets = setter ? statements_of(setter) : PyList_New(0);
    OWN_REF fresh = sets ? fresh_names(p, sets, &n_fresh) : NULL;
    for (Py_ssize_t i = 0; fresh && i < PyList_GET_SIZE(sets); i++) {
        PyObject *names = PyList_GET_ITEM(fresh, i);
        int made = PyList_GET_SIZE(names) == 0
                       ? 1
                       : fill_made(p, name, names, PyList_GET_ITEM(sets, i), setter, statement, maker);
        OWN_REF missing = made ? NULL : Py_BuildValue("[O]", names);
        if (made < 0 || (!made && (!missing || want_all(p, missing) < 0))) {
            return -1;
        }
    }
    return fresh ? 1 : -1;
}
