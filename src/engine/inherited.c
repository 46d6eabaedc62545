/* `@dataclass class Mine(lib.Point)` has an __init__, a __repr__ and an __eq__ with the fields that lib.Point had when
 * the program was imported. The decorator would have to run again, on a class as the program stated it, which nobody
 * has any more. What counts are the fields that a base itself lists: name, order, and what the generator reads of each.
 *
 * Must not: run Python code; a field that is no plain object of the generator counts as another one. */
#include "engine/inherited.h"

#include "compat/state.h"
#include "engine/carry_equal.h"

static const char *const lists[] = {"__dataclass_fields__", "__attrs_attrs__"};

/* What of a field is no part of the methods: said of it, and not done with it. */
static int drop_remarks(PyObject *state)
{
    static const char *const remarks[] = {"type", "metadata", "inherited"};
    for (size_t i = 0; i < sizeof remarks / sizeof *remarks; i++) {
        if (dict_get(state, remarks[i]) && PyDict_DelItemString(state, remarks[i]) < 0) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

static int same_field(const struct match *match, PyObject *old, PyObject *new)
{
    OWN_REF left = state_copy(old);
    OWN_REF right = left ? state_copy(new) : NULL;
    if (!right || drop_remarks(left) < 0 || drop_remarks(right) < 0) {
        return -1;
    }
    return Py_TYPE(old) == Py_TYPE(new) ? carry_equal(match, left, right) : 0;
}

/* The fields as a list, in order; of what is no list of fields an empty one. */
static PyObject *fields_of(PyTypeObject *type, const char *list)
{
    PyObject *fields = type->tp_dict ? dict_get(type->tp_dict, list) : NULL;
    if (fields && PyDict_CheckExact(fields)) {
        return PyDict_Values(fields);
    }
    return fields && PyTuple_Check(fields) ? listed(fields) : PyList_New(0);
}

static int same_fields(const struct match *match, PyTypeObject *old, PyTypeObject *new, const char *list)
{
    OWN_REF left = fields_of(old, list);
    OWN_REF right = left ? fields_of(new, list) : NULL;
    int same = !right ? -1 : PyList_GET_SIZE(left) == PyList_GET_SIZE(right);
    for (Py_ssize_t i = 0; same == 1 && i < PyList_GET_SIZE(left); i++) {
        same = same_field(match, PyList_GET_ITEM(left, i), PyList_GET_ITEM(right, i));
    }
    return same;
}

int inherited_fields_differ(const struct match *match, PyTypeObject *type, const struct ptrmap *map,
                            PyTypeObject **ret_base)
{
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        bool generated = type->tp_dict && dict_get(type->tp_dict, lists[i]);
        for (Py_ssize_t j = 1; generated && j < PyTuple_GET_SIZE(type->tp_mro); j++) {
            PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, j), *partner = ptrmap_get(map, base);
            int same = partner && PyType_Check((PyObject *)partner) ? same_fields(match, base, partner, lists[i]) : 1;
            if (same != 1) {
                *ret_base = base;
                return same < 0 ? -1 : 1;
            }
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}
