/* `h = thing.parse` is a bound method: a function, and what it is bound to. If `parse` is a static method in the new
 * version, the new function must not get `thing` as its argument: what takes the place of h is what `thing.parse` gives
 * then, the function alone. The same way round, and for class methods: h becomes what the same expression would give.
 *
 * So the old function is paired with what `Thing.parse` gives, and each bound method that is alive is paired, too. A
 * call that waits at the gate has its arguments in the old order: it goes on in the old function (targets_of_gate).
 *
 * Must not: run descriptors of the package; only the three built-in kinds are known here. */
#include "engine/match_bound.h"

#include "engine/match_homes.h"
#include "engine/match_parts.h"

/* How a class binds what stands in its dict. */
enum binding { BINDS_OTHERWISE, BINDS_INSTANCE, BINDS_NOTHING, BINDS_CLASS };

static enum binding binding_of(PyObject *entry)
{
    return PyFunction_Check(entry)                   ? BINDS_INSTANCE
           : Py_IS_TYPE(entry, &PyStaticMethod_Type) ? BINDS_NOTHING
           : Py_IS_TYPE(entry, &PyClassMethod_Type)  ? BINDS_CLASS
                                                     : BINDS_OTHERWISE;
}

/* The function of an entry: a new reference; NULL without an exception: it is made of something else. */
static PyObject *function_of(PyObject *entry)
{
    OWN_REF function =
        PyFunction_Check(entry) ? Py_NewRef(entry) : PyObject_GetAttrString(entry, "__func__"); /* a member of C code */
    return function && PyFunction_Check(function) ? STEAL(function) : NULL;
}

int match_rebound(struct match *match, size_t at, PyObject *name, PyObject *old, PyObject *new)
{
    enum binding before = binding_of(old), after = binding_of(new);
    if (before == after || before == BINDS_OTHERWISE || after == BINDS_OTHERWISE) {
        return 0;
    }
    OWN_REF function = function_of(old);
    OWN_REF other = function ? function_of(new) : NULL;
    if (!other || !generation_owns_function(match->old, function) || !generation_owns_function(match->new, other) ||
        !homes_same(match, function, other) || match_find(match, function)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF given = after == BINDS_CLASS ? PyMethod_New(other, match->pairs[at].partner) : Py_NewRef(other);
    size_t index = match->n_pairs;
    if (!given || match_add(match, function, given, PAIR_FUNCTION, at, name) < 0) {
        return -1;
    }
    match->pairs[index].changed = true;
    if (ptrmap_put(&match->rebound, function, function) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* The class that a class method is called on through this object, as it will be. Borrowed. */
static PyObject *class_of(const struct match *match, PyObject *owner)
{
    PyObject *class = PyType_Check(owner) ? owner : (PyObject *)Py_TYPE(owner);
    struct pair *pair = match_find(match, class);
    return pair && PyType_Check(pair->partner) ? pair->partner : class;
}

int match_bound(struct match *match, PyObject *methods)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(methods); i++) {
        PyObject *method = PyList_GET_ITEM(methods, i);
        struct pair *pair = match_find(match, PyMethod_GET_FUNCTION(method));
        if (!pair || match_find(match, method)) {
            continue;
        }
        PyObject *given = pair->partner, *class = class_of(match, PyMethod_GET_SELF(method));
        OWN_REF bound =
            Py_IS_TYPE(given, &PyMethod_Type) ? PyMethod_New(PyMethod_GET_FUNCTION(given), class) : Py_NewRef(given);
        if (!bound || match_add(match, method, bound, PAIR_PART, (size_t)(pair - match->pairs), NULL) < 0) {
            return -1;
        }
    }
    return 0;
}
