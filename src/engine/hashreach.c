/* What a __hash__ in Python looks at.
 *
 * Idea: most hash what the instance has, `hash((self.a, self.b))`, and whether that moves is known from the instance.
 * But `hash((type(self), self.a))` is another number once the class has moved, and so is what a helper makes of a
 * global that the release changed. So the names that the code asks for are looked up, as the code would, and functions
 * of the package that it may call are followed.
 * Invariant: in doubt it reaches further. What an attribute belongs to is known of `self` alone, in __hash__ and in the
 * methods that are called on it; else a method of that name of any class counts. Must not: run Python code; a property
 * or other descriptor is never asked. */
#include "engine/hashreach.h"

#include "compat/fillers.h"
#include "compat/type.h"
#include "engine/account.h"
#include "engine/carry_equal.h"

#include <stdlib.h>
#include <string.h>

/* What a function is given first. */
enum given { GIVEN_SELF = 1, GIVEN_ANYTHING };

struct reaching {
    const struct match *match;
    const struct ptrmap *map;
    PyTypeObject *type, *partner; /* borrowed; both the same for a class outside */
    struct ptrmap seen;           /* function -> enum given */
    struct objects todo;          /* those whose code is still to be read: calls go deeper than the C stack */
    PyObject *function;           /* borrowed: the one whose code is read */
    enum given given;             /* to that one */
    size_t n_events;
    bool shallow; /* only what __hash__ itself looks at */
};

/* A function that may be called: is it the same in the new version? What it looks at is asked later. */
static int follow(struct reaching *reaching, PyObject *function, enum given given)
{
    enum given seen = (enum given)(uintptr_t)ptrmap_get(&reaching->seen, function);
    if (seen >= given || (reaching->shallow && reaching->function)) {
        return 0;
    }
    if (ptrmap_put(&reaching->seen, function, (void *)(uintptr_t)given) < 0 ||
        objects_add(&reaching->todo, function) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    struct pair *pair = match_find(reaching->match, function);
    return pair && pair->changed;
}

/* A function in C that is given an object, and asks it for more than its value. (id() tells the address of something
 * that the code has from elsewhere.) */
static bool asks_for_more(PyObject *function)
{
    static const char *const names[] = {"getattr", "vars", "dir", "globals", "eval"};
    const char *name = ((PyCFunctionObject *)function)->m_ml->ml_name;
    bool asks = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        asks = asks || strcmp(name, names[i]) == 0;
    }
    return asks;
}

/* What a getter gets: a tuple. New reference; NULL without an exception: it does not say. */
static PyObject *gotten(PyObject *getter)
{
    OWN_REF whole = PyObject_CallMethod(getter, "__reduce__", NULL); /* C code: (its type, its arguments) */
    bool known = whole && PyTuple_CheckExact(whole) && PyTuple_GET_SIZE(whole) == 2;
    PyObject *arguments = known ? PyTuple_GET_ITEM(whole, 1) : NULL;
    return arguments && PyTuple_CheckExact(arguments) ? Py_NewRef(arguments) : NULL;
}

/* attrgetter("a", "b") and attrgetter("a", "b"), as far as what they get is the instance's own. Other arguments than
 * names and numbers have code of their own. */
static bool is_same_getter(PyObject *getter, PyObject *theirs)
{
    const char *type = Py_TYPE(getter)->tp_name;
    if (!Py_IS_TYPE(theirs, Py_TYPE(getter)) ||
        (strcmp(type, "operator.attrgetter") != 0 && strcmp(type, "operator.itemgetter") != 0)) {
        return false;
    }
    OWN_REF left = gotten(getter);
    OWN_REF right = left ? gotten(theirs) : NULL;
    OWN_REF class = right ? PyUnicode_FromString("__class__") : NULL;
    bool same = class && PyTuple_GET_SIZE(left) == PyTuple_GET_SIZE(right);
    for (Py_ssize_t i = 0; same && i < PyTuple_GET_SIZE(left); i++) {
        PyObject *what = PyTuple_GET_ITEM(left, i);
        bool own = PyUnicode_CheckExact(what) ? PyUnicode_Contains(what, class) == 0 : PyLong_CheckExact(what);
        same = own && carry_equal_atoms(what, PyTuple_GET_ITEM(right, i));
    }
    PyErr_Clear(); /* no memory: then they are not known to be the same */
    return same;
}

/* A value that code finds under a name; `theirs` is what the new version has there, or NULL. */
static bool value_reaches(const struct reaching *reaching, PyObject *value, PyObject *theirs)
{
    if (PyType_Check(value)) { /* super() leads to a method of the same name further up: attribute_reaches */
        bool outside = reaching->type == reaching->partner,
             heap = ((PyTypeObject *)value)->tp_flags & Py_TPFLAGS_HEAPTYPE;
        return value == (PyObject *)&PyType_Type ? !outside : heap;
    }
    if (PyCFunction_Check(value)) {
        return asks_for_more(value);
    }
    return theirs == NULL || !carry_equal_atoms(value, theirs);
}

static int global_reaches(struct reaching *reaching, PyObject *name)
{
    PyObject *globals = PyFunction_GET_GLOBALS(reaching->function);
    PyObject *value = PyDict_GetItemWithError(globals, name);
    struct pair *pair = match_find(reaching->match, globals);
    PyObject *theirs =
        value && pair && PyDict_Check(pair->partner) ? PyDict_GetItemWithError(pair->partner, name) : value;
    PyObject *builtins = ((PyFunctionObject *)reaching->function)->func_builtins;
    if (!value && !PyErr_Occurred() && builtins && PyDict_Check(builtins)) {
        theirs = value = PyDict_GetItemWithError(builtins, name);
    }
    if (PyErr_Occurred()) {
        return -1;
    }
    bool code = value && PyFunction_Check(value) && match_find(reaching->match, value);
    if (value && theirs && is_same_getter(value, theirs)) {
        return 0; /* which moves, and its own address counts for nothing */
    }
    return code ? follow(reaching, value, GIVEN_ANYTHING)
                : !value || ptrmap_get(reaching->map, value) || value_reaches(reaching, value, theirs);
}

/* What a class has under the name of an attribute that is read: a method, a property, data. */
static int found_reaches(struct reaching *reaching, PyObject *found, PyObject *theirs, enum given given)
{
    if (PyFunction_Check(found)) {
        return follow(reaching, found, given);
    }
    if (Py_IS_TYPE(found, &PyProperty_Type)) {
        OWN_REF getter = PyObject_GetAttrString(found, "fget"); /* a member of a C struct */
        return !getter ? -1 : PyFunction_Check(getter) ? follow(reaching, getter, given) : 1;
    }
    bool in_c = Py_IS_TYPE(found, &PyMemberDescr_Type) || Py_IS_TYPE(found, &PyGetSetDescr_Type) ||
                Py_IS_TYPE(found, &PyWrapperDescr_Type) || Py_IS_TYPE(found, &PyMethodDescr_Type);
    return !in_c && (theirs == NULL || ptrmap_get(reaching->map, found) || !carry_equal_atoms(found, theirs));
}

/* A method or property of this name, of another class of the package. What is called for every key that is hashed,
 * __hash__, is asked for by name only of bases. */
static int others_reach(struct reaching *reaching, PyObject *name)
{
    const struct match *match = reaching->match;
    bool bases = PyUnicode_CompareWithASCIIString(name, "__hash__") == 0;
    int reaches = 0;
    for (size_t i = 0; i < match->n_pairs && reaches == 0; i++) {
        PyObject *class = match->pairs[i].kind == PAIR_CLASS ? match->pairs[i].old : NULL;
        if (bases && class && PyType_Check(class) && !PyType_IsSubtype(reaching->type, (PyTypeObject *)class)) {
            continue;
        }
        PyObject *found =
            class && PyType_Check(class) ? PyDict_GetItemWithError(((PyTypeObject *)class)->tp_dict, name) : NULL;
        bool code = found && (PyFunction_Check(found) || Py_IS_TYPE(found, &PyProperty_Type));
        reaches = code ? found_reaches(reaching, found, NULL, GIVEN_ANYTHING) : PyErr_Occurred() ? -1 : 0;
    }
    return reaches;
}

static int attribute_reaches(struct reaching *reaching, PyObject *name, bool own)
{
    if (PyUnicode_CompareWithASCIIString(name, "__class__") == 0) {
        return reaching->type != reaching->partner;
    }
    PyObject *found = type_lookup(reaching->type, name);
    PyObject *theirs = type_lookup(reaching->partner, name);
    if (!found && theirs && Py_IS_TYPE(theirs, &PyProperty_Type)) {
        return 1; /* what the instance has is another value by then: its setter makes that (fill_property.c) */
    }
    int reaches = found ? found_reaches(reaching, found, theirs, own ? GIVEN_SELF : GIVEN_ANYTHING) : 0;
    return reaches == 0 && !own ? others_reach(reaching, name) : reaches;
}

/* A variable of an outer function, not one that functions inside share with this, nor the `__class__` of super(). */
static int variable_reaches(struct reaching *reaching, PyObject *name)
{
    if (PyUnicode_CompareWithASCIIString(name, "__class__") == 0) {
        OWN_REF super = PyUnicode_InternFromString("super");
        PyObject *names = ((PyCodeObject *)PyFunction_GET_CODE(reaching->function))->co_names;
        int plain = super ? PySequence_Contains(names, super) : -1;
        return plain < 0 ? -1 : !plain && reaching->type != reaching->partner;
    }
    OWN_REF free = PyCode_GetFreevars((PyCodeObject *)PyFunction_GET_CODE(reaching->function));
    return free ? PySequence_Contains(free, name) : -1;
}

static int visit(const struct filler_event *event, void *arg)
{
    struct reaching *reaching = arg;
    reaching->n_events++;
    return event->kind != FILLER_LOAD      ? 0
           : event->where == FILLER_GLOBAL ? global_reaches(reaching, event->name)
           : event->where == FILLER_ATTRIBUTE
               ? attribute_reaches(reaching, event->name, event->own && reaching->given == GIVEN_SELF)
               : variable_reaches(reaching, event->name);
}

/* What the next function looks at. */
static int read_next(struct reaching *reaching)
{
    PyObject *function = reaching->todo.items[--reaching->todo.n];
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    reaching->function = function;
    reaching->given = (enum given)(uintptr_t)ptrmap_get(&reaching->seen, function);
    reaching->n_events = 0;
    int reaches = fillers_scan(code, NULL, visit, reaching);
    bool unread = PyTuple_GET_SIZE(code->co_names) > 0 && reaching->n_events == 0;
    return reaches == 0 && unread ? 1 : reaches; /* code that is not understood shows nothing */
}

/* A str, int, tuple ... of a class of the package hashes that value, by methods of the built-in type or what caches
 * them; a stand-in, which lacks it, could not tell. */
static bool is_value_type(PyTypeObject *type)
{
    return PyType_HasFeature(type, Py_TPFLAGS_UNICODE_SUBCLASS | Py_TPFLAGS_BYTES_SUBCLASS | Py_TPFLAGS_LONG_SUBCLASS |
                                       Py_TPFLAGS_TUPLE_SUBCLASS) ||
           PyType_IsSubtype(type, &PyFloat_Type) || PyType_IsSubtype(type, &PyFrozenSet_Type);
}

int hashreach_type(const struct match *match, const struct ptrmap *map, PyTypeObject *type, bool outside)
{
    OWN_REF name = PyUnicode_InternFromString("__hash__");
    PyObject *hash = name ? type_lookup(type, name) : NULL;
    PyObject *partner = outside ? (PyObject *)type : ptrmap_get(map, type);
    if (!name || !hash || !PyFunction_Check(hash) || !partner || !PyType_Check(partner)) {
        return name ? 0 : -1;
    }
    struct reaching reaching = {.match = match, .map = map, .type = type, .partner = (PyTypeObject *)partner};
    reaching.shallow = is_value_type(type);
    ptrmap_init(&reaching.seen);
    int reaches = follow(&reaching, hash, GIVEN_SELF);
    while (reaches == 0 && reaching.todo.n) {
        reaches = read_next(&reaching);
    }
    ptrmap_release(&reaching.seen);
    free(reaching.todo.items);
    return reaches;
}
