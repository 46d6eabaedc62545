/* A name says who a function is only if no other function has it:
 *
 *     @render.register
 *     def _(value: int): ...
 *
 *     @render.register
 *     def _(value: list): ...
 *
 * Both are lib._, and the module keeps the last one under its name. Which of them corresponds to which of the old
 * version, only the table of `render` can tell. So when the places contradict the names, or two functions claim one
 * partner, the home is noted as shared, and match begins again: functions of shared homes are paired by the other
 * places that hold them first, and by their name only if it is still free after that.
 *
 * Invariant: what is noted only grows, and match begins again only if it grew: it ends. Must not: run any code of the
 * packages. */
#include "engine/match_homes.h"

#define MOST_WRAPPERS 16

static PyObject *module_of(const struct generation *generation, PyObject *function)
{
    return PyFunction_Check(function) ? ptrmap_get(&generation->dicts, PyFunction_GET_GLOBALS(function)) : NULL;
}

static PyObject *key_of(const struct match *match, PyObject *old)
{
    OWN_REF module = PyLong_FromVoidPtr(module_of(match->old, old));
    return module ? PyTuple_Pack(2, module, ((PyFunctionObject *)old)->func_qualname) : NULL;
}

bool homes_same(const struct match *match, PyObject *old, PyObject *partner)
{
    PyObject *left = module_of(match->old, old), *right = module_of(match->new, partner);
    struct pair *modules = left && right ? match_find(match, left) : NULL;
    return modules && modules->partner == right &&
           PyUnicode_Compare(((PyFunctionObject *)old)->func_qualname, ((PyFunctionObject *)partner)->func_qualname) ==
               0;
}

/* Is one of these functions a wrapper around the other (functools.wraps, or a closure)? Then they share the home
 * because they are one definition, and the name says which of them to take. */
static bool wraps(PyObject *wrapper, PyObject *function)
{
    PyObject *closure = PyFunction_GET_CLOSURE(wrapper);
    for (Py_ssize_t i = 0; closure && i < PyTuple_GET_SIZE(closure); i++) {
        if (PyCell_GET(PyTuple_GET_ITEM(closure, i)) == function) {
            return true;
        }
    }
    for (int depth = 0; wrapper && PyFunction_Check(wrapper) && depth < MOST_WRAPPERS; depth++) {
        PyObject *dict = ((PyFunctionObject *)wrapper)->func_dict;
        wrapper = dict ? dict_get(dict, "__wrapped__") : NULL;
        if (wrapper == function) {
            return true;
        }
    }
    return false;
}

static bool are_one(PyObject *left, PyObject *right)
{
    return wraps(left, right) || wraps(right, left);
}

/* Does another pair of this home contradict that these two belong together? */
static bool contradicted(const struct match *match, PyObject *old, PyObject *partner)
{
    struct pair *pair = match_find(match, old);
    if (pair) {
        return pair->partner != partner && homes_same(match, old, pair->partner) && !are_one(pair->partner, partner);
    }
    uintptr_t at = (uintptr_t)ptrmap_get(&match->partners, partner);
    PyObject *other = at ? match->pairs[at - 1].old : NULL;
    return other && homes_same(match, other, partner) && !are_one(other, old);
}

int homes_note(struct match *match, PyObject *old, PyObject *partner)
{
    if (!homes_same(match, old, partner) || !contradicted(match, old, partner)) {
        return 0;
    }
    OWN_REF key = key_of(match, old);
    int known = key ? PySet_Contains(match->shared_homes, key) : -1;
    if (known == 0 && PySet_Add(match->shared_homes, key) == 0) {
        match->found_shared = true;
    }
    return known < 0 || PyErr_Occurred() ? -1 : 0;
}

int homes_shared(const struct match *match, PyObject *old)
{
    if (PySet_GET_SIZE(match->shared_homes) == 0 || !module_of(match->old, old)) {
        return 0;
    }
    OWN_REF key = key_of(match, old);
    return key ? PySet_Contains(match->shared_homes, key) : -1;
}
