/* A release moves a class to another module, and nothing at the old place says so: instances would go on as old code
 * below new code that expects of them what the new class has.
 *
 * It is known by its name, which no other class without a partner has in either version, by what is in it, and by a
 * witness: at least half of the names of each are in the other, and code that both versions have knows it. A name alone
 * says nothing: an `Error`, `State` or `Node` that went, and another one that came, are two things.
 * Must not: pair what has a home or a place; run any code of the packages. */
#include "engine/match_strays.h"

#include "engine/kinds.h"
#include "engine/match_parts.h"
#include "engine/same.h"

/* A name that somebody chose: neither one that each class has, nor one that enumerations, named tuples, abstract
 * classes and protocols are given. */
static bool is_own_name(PyObject *name)
{
    static const char *const given[] = {"_abc_impl",    "_fields", "_make",
                                        "_replace",     "_asdict", "_field_defaults",
                                        "_is_protocol", "super",   "_is_runtime_protocol"};
    Py_ssize_t n = PyUnicode_CheckExact(name) ? PyUnicode_GET_LENGTH(name) : 0;
    bool own = n && !(n > 2 && PyUnicode_READ_CHAR(name, 0) == '_' && PyUnicode_READ_CHAR(name, n - 1) == '_');
    for (size_t i = 0; own && i < sizeof given / sizeof *given; i++) {
        own = PyUnicode_CompareWithASCIIString(name, given[i]) != 0;
    }
    return own;
}

static int add_keys(PyObject *names, PyObject *dict)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (dict && PyDict_CheckExact(dict) && PyDict_Next(dict, &position, &name, &value)) {
        if (is_own_name(name) && PySet_Add(names, name) < 0) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *function_at(PyTypeObject *class, const char *name)
{
    PyObject *function = dict_get(class->tp_dict, name);
    return function && PyFunction_Check(function) ? function : NULL;
}

/* What is in a class: what its statement gave it, its fields and members, and what its __init__ names. New set. */
static PyObject *names_of(PyTypeObject *class)
{
    OWN_REF names = PySet_New(NULL);
    PyObject *init = function_at(class, "__init__");
    PyObject *used = init ? ((PyCodeObject *)PyFunction_GET_CODE(init))->co_names : NULL;
    bool failed = !names || add_keys(names, class->tp_dict) < 0 ||
                  add_keys(names, dict_get(class->tp_dict, "__annotations__")) < 0 ||
                  add_keys(names, dict_get(class->tp_dict, "_member_map_")) < 0;
    for (Py_ssize_t i = 0; used && !failed && i < PyTuple_GET_SIZE(used); i++) {
        PyObject *name = PyTuple_GET_ITEM(used, i);
        failed = is_own_name(name) && PySet_Add(names, name) < 0;
    }
    return failed || PyErr_Occurred() ? NULL : STEAL(names);
}

/* ---- witnesses ---- */

/* Methods of the old class: how many of them the new one has as they are, and how many not. */
struct methods {
    int same, other;
};

/* What says no more than `pass` does not count. 0 or -1. */
static int count_method(struct methods *methods, PyObject *old, PyObject *new)
{
    PyObject *code = PyFunction_GET_CODE(old);
    int same = new && PyFunction_Check(new) ? same_code(code, PyFunction_GET_CODE(new)) : 0;
    bool says = PyTuple_GET_SIZE(((PyCodeObject *)code)->co_names) > 0;
    methods->same += same == 1 && says;
    methods->other += same == 0;
    return same < 0 ? -1 : 0;
}

static bool is_code(PyObject *value)
{
    return PyFunction_Check(value) || Py_IS_TYPE(value, &PyProperty_Type) || Py_IS_TYPE(value, &PyClassMethod_Type) ||
           Py_IS_TYPE(value, &PyStaticMethod_Type);
}

/* Are at least half of the methods as they were; or do they share nothing but data, and the new class has all that the
 * old one had? 1, 0, -1. */
static int has_same_content(PyTypeObject *old, PyTypeObject *new, bool all)
{
    PyObject *name, *value, *init = function_at(old, "__init__");
    Py_ssize_t position = 0;
    struct methods methods = {0, 0};
    int failed = init ? count_method(&methods, init, function_at(new, "__init__")) : 0;
    bool data = all && Py_TYPE(old) == Py_TYPE(new);
    while (!failed && PyDict_Next(old->tp_dict, &position, &name, &value)) {
        PyObject *theirs = is_own_name(name) ? PyDict_GetItemWithError(new->tp_dict, name) : NULL;
        bool method = is_own_name(name) && PyFunction_Check(value);
        data = data && !(theirs && is_code(value));
        failed = PyErr_Occurred() ? -1 : method ? count_method(&methods, value, theirs) : 0;
    }
    return failed ? -1 : data || (methods.same && methods.same >= methods.other);
}

/* Does a function look up the name, and find this under it? */
static bool uses(PyObject *function, PyObject *name, PyObject *class)
{
    PyObject *names = ((PyCodeObject *)PyFunction_GET_CODE(function))->co_names;
    bool finds = PyDict_GetItemWithError(PyFunction_GET_GLOBALS(function), name) == class;
    for (Py_ssize_t i = 0; finds && i < PyTuple_GET_SIZE(names); i++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(names, i), name) == 0) {
            return true;
        }
    }
    return false;
}

/* Is there a function that uses the one in the old version, and the other one in the new? */
static bool has_user(const struct match *match, PyObject *name, PyObject *old, PyObject *new)
{
    bool found = false;
    for (size_t i = 0; !found && i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        found = pair->kind == PAIR_FUNCTION && PyFunction_Check(pair->old) && PyFunction_Check(pair->partner) &&
                uses(pair->old, name, old) && uses(pair->partner, name, new);
    }
    return found;
}

/* Are they one class in two versions? 1, 0, -1. */
static int is_alike(const struct match *match, PyObject *name, PyObject *old, PyObject *new)
{
    OWN_REF left = names_of((PyTypeObject *)old);
    OWN_REF right = left ? names_of((PyTypeObject *)new) : NULL;
    OWN_REF both = right ? PyNumber_And(left, right) : NULL;
    if (!both) {
        return -1;
    }
    Py_ssize_t common = PySet_GET_SIZE(both), n = PySet_GET_SIZE(left), theirs = PySet_GET_SIZE(right);
    if (2 * common < n || 2 * common < theirs || kinds_is_enum(old) != kinds_is_enum(new)) {
        return 0;
    }
    int same = common ? has_same_content((PyTypeObject *)old, (PyTypeObject *)new, common == n) : 0;
    return same ? same : has_user(match, name, old, new);
}

/* ---- the classes ---- */

/* Adds name -> class, or None where there are several, for classes of a namespace that live there and are without a
 * partner. 0 or -1. */
static int add_classes(const struct match *match, const struct generation *generation, PyObject *module,
                       PyObject *found)
{
    PyObject *name, *value, *space = PyModule_GetDict(module);
    Py_ssize_t position = 0;
    while (PyDict_Next(space, &position, &name, &value)) {
        if (!generation_owns_class(generation, value) || ptrmap_get(&match->index, value) ||
            ptrmap_get(&match->partners, value)) {
            continue;
        }
        PyObject *home = class_module_name((PyTypeObject *)value);
        bool lives = home && PyDict_GetItemWithError(generation->modules, home) == module &&
                     PyUnicode_Compare(((PyHeapTypeObject *)value)->ht_qualname, name) == 0;
        PyObject *known = lives && !PyErr_Occurred() ? PyDict_GetItemWithError(found, name) : NULL;
        PyObject *entry = known && known != value ? Py_None : value;
        if (PyErr_Occurred() || (lives && PyDict_SetItem(found, name, entry) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* The classes without a partner of one version: a new dict. */
static PyObject *strays_of(const struct match *match, const struct generation *generation)
{
    OWN_REF found = PyDict_New();
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (found && PyDict_Next(generation->modules, &position, &name, &module)) {
        if (PyModule_Check(module) && add_classes(match, generation, module, found) < 0) {
            return NULL;
        }
    }
    return STEAL(found);
}

int match_strays(struct match *match)
{
    OWN_REF old = strays_of(match, match->old);
    OWN_REF new = old ? strays_of(match, match->new) : NULL;
    PyObject *name, *class;
    Py_ssize_t position = 0;
    while (new && PyDict_Next(old, &position, &name, &class)) {
        PyObject *partner = PyDict_GetItemWithError(new, name);
        bool both = class != Py_None && partner && partner != Py_None;
        int alike = both ? is_alike(match, name, class, partner) : 0;
        if (PyErr_Occurred() || alike < 0 ||
            (alike && match_add(match, class, partner, PAIR_CLASS, 0, name) < 0)) { /* 0: a module's pair */
            return -1;
        }
    }
    return new ? 0 : -1;
}
