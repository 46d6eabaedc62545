/* `Base.register(Mine)` is kept in C, behind Base's dict: the new Base starts with what its own import registered. What
 * the program registered since is asked of _abc, the standard library's own accessor, and done again.
 *
 * Invariant: classes of the old generation are left out, and so is what the old version's import registered: the new
 * import registered what it wants. */
#include "engine/carry_abc.h"

#include "compat/state.h"
#include "compat/weak.h"

struct registered {
    struct carrying *carrying;
    PyObject *abc;     /* borrowed: the module _abc */
    PyObject *partner; /* borrowed: the new class */
    PyObject *base;    /* borrowed list of weak references that the import had registered, or NULL: not known */
};

/* Had the import registered it? */
static bool was_there(const struct registered *registered, PyObject *ref)
{
    bool found = false;
    for (Py_ssize_t i = 0; registered->base && i < PyList_GET_SIZE(registered->base) && !found; i++) {
        found = PyList_GET_ITEM(registered->base, i) == ref;
    }
    return found;
}

static int register_one(const struct registered *registered, PyObject *ref)
{
    const struct match *match = registered->carrying->match;
    OWN_REF subclass = weak_get(ref);
    if (!subclass || match_find(match, subclass) || generation_owns_class(match->new, subclass) ||
        was_there(registered, ref)) {
        return 0;
    }
    OWN_REF done = PyObject_CallMethod(registered->abc, "_abc_register", "OO", registered->partner, subclass);
    return done ? 0 : -1;
}

/* What the record says, if it was made by the import. Borrowed, or NULL. */
static PyObject *registered_by_import(struct carrying *carrying, PyObject *type)
{
    PyObject *memory = dict_get(((PyTypeObject *)type)->tp_dict, "_abc_impl");
    PyObject *base = memory && !ptrmap_get(&carrying->late, memory) ? match_base(carrying->match, memory, false) : NULL;
    return base && PyList_Check(base) ? base : NULL;
}

static int carry_class(struct carrying *carrying, PyObject *abc, PyObject *old, PyObject *partner)
{
    struct registered registered = {carrying, abc, partner, registered_by_import(carrying, old)};
    OWN_REF dump = PyObject_CallMethod(abc, "_get_dump", "O", old);
    PyObject *registry = dump && PyTuple_Check(dump) && PyTuple_GET_SIZE(dump) ? PyTuple_GET_ITEM(dump, 0) : NULL;
    OWN_REF refs = registry && PyAnySet_Check(registry) ? state_set_members(registry) : NULL;
    for (Py_ssize_t i = 0; refs && i < PyList_GET_SIZE(refs); i++) {
        PyObject *ref = PyList_GET_ITEM(refs, i);
        if (PyWeakref_CheckRef(ref) && register_one(&registered, ref) < 0) {
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

int carry_abc(struct carrying *carrying)
{
    const struct match *match = carrying->match;
    OWN_REF abc = PyImport_ImportModule("_abc");
    for (size_t i = 0; abc && i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        if (pair->kind == PAIR_CLASS && is_abc(pair->old) && is_abc(pair->partner) &&
            carry_class(carrying, abc, pair->old, pair->partner) < 0) {
            return -1;
        }
    }
    return abc && !PyErr_Occurred() ? 0 : -1;
}
