/* Constructors that set a property: the attribute is what the setter stores.
 *
 * Of a setter only the statements count that store on self (its checks have nothing to do here). The value is the
 * constructor's, if that can be made alone; or, when the old version had it under the same name, what the instance has.
 * Must not: run Python code. */
#include "engine/fill_plan.h"

#include "compat/constructor.h"
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
    OWN_REF names = PySequence_List(p->old_names);
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

/* Where one statement of the setter gets its value from. 1 filled, 0 from nowhere, -1. */
static int fill_stored(struct planning *p, PyObject *name, PyObject *names, PyObject *set, PyObject *setter,
                       PyObject *statement, PyObject *maker)
{
    PyObject *program = PyTuple_GET_ITEM(statement, CONSTRUCTOR_PROGRAM);
    PyObject *set_program = PyTuple_GET_ITEM(set, CONSTRUCTOR_PROGRAM);
    int had = PySet_Contains(p->old_names, name);
    if (had < 0 || p->own_setattr) {
        return had < 0 ? -1 : 0;
    }
    if (had) {
        OWN_REF from = stores_value(set) ? old_place(p, name) : NULL;
        struct fill moved = {.kind = FILL_MOVED, .from = from};
        return from ? (fill_add(p->fills, &moved, names) < 0 ? -1 : 1) : PyErr_Occurred() ? -1 : 0;
    }
    if (program == Py_None || set_program == Py_None) {
        return 0;
    }
    OWN_REF function = fill_function(maker, program);
    OWN_REF store = function ? fill_function(setter, set_program) : NULL;
    struct fill made = {.kind = FILL_MADE, .function = function, .records = true, .through = name, .setter = store};
    return store && fill_add(p->fills, &made, names) == 0 ? 1 : -1;
}

/* The names of a statement that the old version did not store. New list. */
static PyObject *fresh_names(struct planning *p, PyObject *set)
{
    PyObject *names = PyTuple_GET_ITEM(set, CONSTRUCTOR_NAMES);
    OWN_REF fresh = PyList_New(0);
    for (Py_ssize_t i = 0; fresh && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        int had = PySet_Contains(p->old_names, name);
        if (had < 0 || (!had && (PyList_Append(fresh, name) < 0 || PySet_Add(p->fresh, name) < 0))) {
            return NULL;
        }
    }
    return STEAL(fresh);
}

int fill_property(struct planning *p, PyObject *name, PyObject *statement, PyObject *maker)
{
    bool computed;
    OWN_REF setter = setter_of(p->new_line, name, &computed);
    if (!computed || PyErr_Occurred()) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF sets = setter ? statements_of(setter) : PyList_New(0);
    for (Py_ssize_t i = 0; sets && i < PyList_GET_SIZE(sets); i++) {
        PyObject *set = PyList_GET_ITEM(sets, i);
        OWN_REF names = fresh_names(p, set);
        int filled = !names                        ? -1
                     : PyList_GET_SIZE(names) == 0 ? 1
                                                   : fill_stored(p, name, names, set, setter, statement, maker);
        for (Py_ssize_t j = 0; filled == 0 && j < PyList_GET_SIZE(names); j++) {
            if (fill_want(p, PyList_GET_ITEM(names, j)) < 0) {
                return -1;
            }
        }
        if (filled < 0) {
            return -1;
        }
    }
    return sets ? 1 : -1;
}
