/* First: is there code at all that may have done it? Nearly always there is none, and all that lies there was computed.
 * Then, for each instance: what would the old function compute? That is asked on a stand-in, if its instructions say
 * that nobody else can tell (fill_calm.c).
 *
 * Invariant: in doubt it may have been. Must not: call anything on an instance of the program. */
#include "engine/carry_override.h"

#include "compat/attribute.h"
#include "compat/heap.h"
#include "compat/instructions.h"
#include "compat/shadow.h"
#include "compat/state.h"
#include "engine/account.h"
#include "engine/carry_equal.h"
#include "engine/carry_memo.h"
#include "engine/consts.h"
#include "engine/fill_plan.h"
#include "engine/shape.h"
#include "engine/turn.h"

#include <stdlib.h>

/* ---- code that may bind it ---- */

/* Of the standard library, or midflight's own, by the name of its module. */
static bool is_trusted(PyObject *globals)
{
    PyObject *names = sys_get("stdlib_module_names"), *module = dict_get(globals, "__name__");
    if (!module || !PyUnicode_Check(module)) {
        return false;
    }
    Py_ssize_t n = PyUnicode_GET_LENGTH(module), dot = PyUnicode_FindChar(module, '.', 0, n, 1);
    OWN_REF top = PyUnicode_Substring(module, 0, dot > 0 ? dot : n);
    bool own = top && PyUnicode_CompareWithASCIIString(top, "midflight") == 0;
    return own || (names && top && PySet_Check(names) && PySet_Contains(names, top) == 1) ||
           (names && top && PyFrozenSet_Check(names) && PySet_Contains(names, top) == 1);
}

struct looking {
    const struct match *match;
    struct objects found; /* borrowed: nothing runs between the walk and the list */
};

/* Does it derive from a class of the package? */
static bool derives(const struct match *match, PyObject *type)
{
    PyObject *mro = ((PyTypeObject *)type)->tp_mro;
    bool found = false;
    for (Py_ssize_t i = 1; mro && i < PyTuple_GET_SIZE(mro) && !found; i++) {
        found = generation_owns_class(match->old, PyTuple_GET_ITEM(mro, i));
    }
    return found;
}

static int take(PyObject *object, void *arg)
{
    struct looking *looking = arg;
    const struct match *match = looking->match;
    bool function = PyFunction_Check(object) && !generation_owns_function(match->old, object) &&
                    !generation_owns_function(match->new, object);
    bool class = PyType_Check(object) && !generation_owns_class(match->old, object) &&
                 !generation_owns_class(match->new, object) && derives(match, object);
    return function || class ? objects_add(&looking->found, object) : 0;
}

static int add_alive(const struct match *match, PyObject *codes)
{
    struct looking looking = {.match = match};
    bool before = heap_forbid_collection();
    int failed = heap_each(take, &looking) == 0 ? 0 : (PyErr_NoMemory(), -1);
    for (size_t i = 0; i < looking.found.n && !failed; i++) {
        PyObject *object = looking.found.items[i];
        bool function = PyFunction_Check(object), trusted = function && is_trusted(PyFunction_GET_GLOBALS(object));
        failed = trusted ? 0 : PyList_Append(codes, function ? PyFunction_GET_CODE(object) : object);
    }
    heap_allow_collection(before);
    free(looking.found.items);
    return failed;
}

/* Do methods of a class outside, which derives from the type, bind it on self? 1, 0, -1. */
static int class_binds(PyObject *class, PyObject *name)
{
    OWN_REF names = PySet_New(NULL);
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (names && PyDict_Next(((PyTypeObject *)class)->tp_dict, &position, &key, &value)) {
        bool function = PyFunction_Check(value);
        if (function && code_self_stores((PyCodeObject *)PyFunction_GET_CODE(value), names) < 0) {
            return -1;
        }
    }
    return names ? PySet_Contains(names, name) : -1;
}

/* Does a module hold anything of the package? */
static bool knows(const struct match *match, PyObject *space)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    bool found = false;
    while (!found && PyDict_Next(space, &position, &key, &value)) {
        found = generation_owns_module(match->old, value) || generation_owns_function(match->old, value) ||
                generation_owns_class(match->old, value) ||
                generation_owns_class(match->old, (PyObject *)Py_TYPE(value));
    }
    return found;
}

static int add_modules(const struct match *match, PyObject *codes)
{
    OWN_REF modules = PyDict_Values(PyImport_GetModuleDict());
    int failed = modules ? 0 : -1;
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(modules); i++) {
        PyObject *module = PyList_GET_ITEM(modules, i),
                 *space = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
        bool outside = space && !ptrmap_get(&match->old->dicts, space) && !is_trusted(space) && knows(match, space);
        OWN_REF code = outside ? consts_module_code(module) : NULL;
        failed = code ? PyList_Append(codes, code) : PyErr_Occurred() ? -1 : 0;
    }
    return failed;
}

PyObject *override_codes(const struct match *match)
{
    OWN_REF codes = PyList_New(0);
    return codes && add_alive(match, codes) == 0 && add_modules(match, codes) == 0 ? STEAL(codes) : NULL;
}

int override_possible(PyObject *codes, PyTypeObject *type, PyObject *name)
{
    int result = 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(codes); i++) {
        PyObject *object = PyList_GET_ITEM(codes, i);
        result = PyCode_Check(object)                             ? code_binds_attribute((PyCodeObject *)object, name)
                 : PyType_IsSubtype((PyTypeObject *)object, type) ? class_binds(object, name)
                                                                  : 0;
    }
    return result;
}

/* ---- what would be computed ---- */

/* The function of a descriptor that leaves values in instances. Borrowed from `state`; NULL: none, or several. */
static PyObject *function_in(PyObject *state)
{
    PyObject *name, *value, *found = NULL;
    Py_ssize_t position = 0;
    int n = 0;
    while (PyDict_Next(state, &position, &name, &value)) {
        n += PyFunction_Check(value) != 0;
        found = PyFunction_Check(value) ? value : found;
    }
    return n == 1 ? found : NULL;
}

/* A stand-in of the old class with all attributes but one; NULL without an exception: the class makes none. */
static PyObject *stand_in(PyTypeObject *type, PyObject *state, PyObject *left_out)
{
    const char *why = NULL;
    OWN_REF shadow = shadow_new(type, &why);
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (shadow && PyDict_Next(state, &position, &name, &value)) {
        PyObject *key = Py_NewRef(name);
        PyUnicode_InternInPlace(&key);
        OWN_REF interned = key;
        int room = PyUnicode_Compare(interned, left_out) == 0 ? 1 : attribute_make_room(shadow, interned, &why);
        if (room < 0 || (room == 0 && attribute_set(shadow, interned, value) < 0)) {
            return NULL;
        }
    }
    return STEAL(shadow);
}

int override_is(const struct match *match, PyTypeObject *type, PyObject *state, PyObject *name, PyObject *value)
{
    PyObject *descriptor = memo_class_attribute(type, name);
    OWN_REF parts = descriptor ? state_copy(descriptor) : NULL;
    PyObject *function = parts ? function_in(parts) : NULL;
    OWN_REF reads = function ? PySet_New(NULL) : NULL;
    int calm = reads ? fill_is_calm_of_old(match, type, function, reads) : 0;
    calm = calm > 0 ? fill_is_data(state, reads, NULL) : calm;
    OWN_REF shadow = calm > 0 ? stand_in(type, state, name) : NULL;
    if (!shadow) {
        return PyErr_Occurred() ? -1 : 2;
    }
    OWN_REF computed = RESTING(PyObject_CallOneArg(function, shadow));
    if (!computed && (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_MemoryError))) {
        return -1;
    }
    if (!computed) {
        PyErr_Clear();
        return 2;
    }
    int same = carry_equal(match, value, computed);
    return same < 0 ? -1 : !same;
}
