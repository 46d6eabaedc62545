/* `Base.register(Mine)` is kept in C, behind Base's dict: the new Base starts with what its own import registered. What
 * the program registered is asked of _abc, the standard library's own accessor, and done again.
 *
 * Invariant: classes of the old generation are left out; the new import registered their partners itself. */
#include "engine/carry_abc.h"

#include "compat/state.h"
#include "compat/weak.h"

static int register_one(const struct match *match, PyObject *abc, PyObject *partner, PyObject *ref)
{
    OWN_REF subclass = weak_get(ref);
    if (!subclass || match_find(match, subclass) || generation_owns_class(match->new, subclass)) {
        return 0;
    }
    OWN_REF done = PyObject_CallMethod(abc, "_abc_register", "OO", partner, subclass);
    return done ? 0 : -1;
}

static int carry_class(const struct match *match, PyObject *abc, PyObject *old, PyObject *partner)
{
    OWN_REF dump = PyObject_CallMethod(abc, "_get_dump", "O", old);
    PyObject *registry = dump && PyTuple_Check(dump) && PyTuple_GET_SIZE(dump) ? PyTuple_GET_ITEM(dump, 0) : NULL;
    OWN_REF refs = registry && PyAnySet_Check(registry) ? state_set_members(registry) : NULL;
    for (Py_ssize_t i = 0; refs && i < PyList_GET_SIZE(refs); i++) {
        PyObject *ref = PyList_GET_ITEM(refs, i);
        if (PyWeakref_CheckRef(ref) && register_one(match, abc, partner, ref) < 0) {
            return -1;
        }
    }
    return refs ? 0 : -1;
}

static bool is_abc(PyObject *type)
{
    PyObject *dict = PyType_Check(type) ? ((PyTypeObject *)type)->tp_dict : NULL;
    return dict && dict_get(dict, "_abc_impl");
}

int carry_abc(const struct match *match)
{
    OWN_REF abc = PyImport_ImportModule("_abc");
    for (size_t i = 0; abc && i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        if (pair->kind == PAIR_CLASS && is_abc(pair->old) && is_abc(pair->partner) &&
            carry_class(match, abc, pair->old, pair->partner) < 0) {
            return -1;
        }
    }
    return abc && !PyErr_Occurred() ? 0 : -1;
}
