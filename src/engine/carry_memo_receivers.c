/* Whose methods can a computation call? A name alone says any class's that has a method of that name. But an instance
 * has to come from somewhere: from what the computation is about, from data that its functions read or bring with them,
 * or from a class that they name.
 *
 * Invariant: a class that is left out has no instance in all that, however deep. Code that finds things in ways that
 * nobody can follow (getattr(), globals(), ...), and what is too large to be looked at, mean any class. Must not: run
 * Python code. */
#include "engine/carry_memo.h"

#include "compat/contents.h"
#include "compat/state.h"

#define MOST_VALUES 200000
#define DEEPEST 60

struct reaching {
    struct memo_closure *closure;
    int depth;
};

int receivers_init(struct receivers *receivers)
{
    *receivers = (struct receivers){.budget = MOST_VALUES, .names = PySet_New(NULL)};
    return receivers->names ? 0 : -1;
}

void receivers_release(struct receivers *receivers)
{
    ptrmap_release(&receivers->classes);
    ptrmap_release(&receivers->looked);
    Py_CLEAR(receivers->names);
}

int receivers_add_class(struct memo_closure *closure, PyObject *type)
{
    struct receivers *receivers = closure->receivers;
    bool ours = receivers && generation_owns_class(closure->carrying->match->old, type);
    if (ours && ptrmap_put(&receivers->classes, type, type) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static int look_at(struct reaching *reaching, PyObject *value);

static int look_at_attribute(PyObject *name, PyObject *value, void *arg)
{
    (void)name;
    return look_at(arg, value);
}

static int look_at_referent(PyObject *value, void *arg)
{
    return look_at(arg, value);
}

/* What can be had from a value. Modules, frames and the like lead to everything, and are had by names. */
static int look_inside(struct reaching *reaching, PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value), *base = type;
    if (PyFunction_Check(value)) {
        return receivers_add_function(reaching->closure, value);
    }
    if (PyType_Check(value)) {
        return receivers_add_class(reaching->closure, value);
    }
    while (contents_is_python_class(base)) {
        base = base->tp_base; /* the part that C code made: a dict, a tuple, a functools.partial */
    }
    bool plain = !PyModule_Check(value) && !PyCode_Check(value) && !PyFrame_Check(value);
    int result = base == type ? 0 : state_each(value, look_at_attribute, reaching);
    return result == 0 && plain && base->tp_traverse ? base->tp_traverse(value, look_at_referent, reaching) : result;
}

static int look_at(struct reaching *reaching, PyObject *value)
{
    struct receivers *receivers = reaching->closure->receivers;
    if (receivers->any || !PyObject_IS_GC(value) || ptrmap_get(&receivers->looked, value)) {
        return receivers->any ? 0 : receivers_add_class(reaching->closure, (PyObject *)Py_TYPE(value));
    }
    if (reaching->depth >= DEEPEST || --receivers->budget < 0) {
        receivers->any = true;
        return 0;
    }
    if (ptrmap_put(&receivers->looked, value, value) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    reaching->depth++;
    int result = receivers_add_class(reaching->closure, (PyObject *)Py_TYPE(value));
    result = result == 0 ? look_inside(reaching, value) : result;
    reaching->depth--;
    return result;
}

int receivers_add_value(struct memo_closure *closure, PyObject *value)
{
    struct reaching reaching = {closure, 0};
    return closure->receivers ? look_at(&reaching, value) : 0;
}

/* Does the code find things in ways that no name shows? */
static bool finds_anything(PyCodeObject *code)
{
    static const char *const names[] = {"getattr",  "globals",  "locals",      "vars",           "eval",
                                        "exec",     "modules",  "pickle",      "entry_points",   "iter_entry_points",
                                        "gc",       "inspect",  "__import__",  "import_module",  "__globals__",
                                        "__self__", "__func__", "__closure__", "__subclasses__", "__getattribute__"};
    bool found = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names) && !found; i++) {
        for (size_t j = 0; j < sizeof names / sizeof *names && !found; j++) {
            found = PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(code->co_names, i), names[j]) == 0;
        }
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts) && !found; i++) {
        PyObject *item = PyTuple_GET_ITEM(code->co_consts, i);
        found = PyCode_Check(item) && finds_anything((PyCodeObject *)item);
    }
    return found;
}

int receivers_add_function(struct memo_closure *closure, PyObject *function)
{
    struct receivers *receivers = closure->receivers;
    PyFunctionObject *f = (PyFunctionObject *)function;
    PyObject *brings[] = {f->func_defaults, f->func_kwdefaults, f->func_closure, f->func_dict};
    if (!receivers) {
        return 0;
    }
    for (size_t i = 0; i < sizeof brings / sizeof *brings; i++) {
        if (brings[i] && receivers_add_value(closure, brings[i]) < 0) {
            return -1;
        }
    }
    bool followed = ptrmap_get(&closure->seen, function);
    receivers->any = receivers->any || (followed && finds_anything((PyCodeObject *)f->func_code));
    return 0;
}

int receivers_may_call(struct memo_closure *closure, PyObject *name, PyObject *function)
{
    struct receivers *receivers = closure->receivers;
    const struct match *match = closure->carrying->match;
    struct pair *pair = match_find(match, function);
    PyObject *home = pair ? match->pairs[pair->parent].old : NULL;
    if (!receivers || receivers->any || !home || !PyType_Check(home)) {
        return 1;
    }
    if (PySet_Add(receivers->names, name) < 0) {
        return -1;
    }
    PyTypeObject *about = (PyTypeObject *)closure->type, *base = (PyTypeObject *)home;
    bool may = PyType_IsSubtype(about, base) || PyType_IsSubtype(Py_TYPE(about), base);
    struct ptrmap_slot *slot;
    for (size_t i = 0; !may && (slot = ptrmap_next(&receivers->classes, &i));) {
        PyTypeObject *type = slot->value;
        may = PyType_IsSubtype(type, base) || PyType_IsSubtype(Py_TYPE(type), base);
    }
    return may;
}
