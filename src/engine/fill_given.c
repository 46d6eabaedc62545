/* Which parameters of a new constructor nobody can have given.
 *
 * Idea: a parameter that the old constructor would have refused was given by no program, whatever keywords the
 * constructors of subclasses hand on. What those add themselves in the new version is read from their calls
 * (compat/handing.h). Invariant: in doubt a parameter may have been given. Must not: run Python code. */
#include "engine/fill_plan.h"

#include "compat/handing.h"
#include "engine/same.h"

struct giving {
    const struct planning *p;
    PyObject *makers; /* borrowed: the new constructors, each called by those before it */
    PyObject *init;   /* owned: "__init__" */
};

static PyCodeObject *code_of(PyObject *makers, Py_ssize_t at)
{
    return (PyCodeObject *)PyFunction_GET_CODE(PyList_GET_ITEM(makers, at));
}

static int n_named(const PyCodeObject *code)
{
    return code->co_argcount + code->co_kwonlyargcount;
}

int fill_parameter(const PyCodeObject *code, PyObject *name)
{
    for (int i = 0; i < n_named(code); i++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(code->co_localsplusnames, i), name) == 0) {
            return i;
        }
    }
    return -1;
}

PyObject *fill_default(PyObject *function, int place)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    PyObject *defaults = PyFunction_GET_DEFAULTS(function), *named = PyFunction_GET_KW_DEFAULTS(function);
    if (place >= code->co_argcount) {
        return named ? PyDict_GetItemWithError(named, PyTuple_GET_ITEM(code->co_localsplusnames, place)) : NULL;
    }
    Py_ssize_t from = place - (code->co_argcount - (defaults ? PyTuple_GET_SIZE(defaults) : 0));
    return defaults && from >= 0 ? PyTuple_GET_ITEM(defaults, from) : NULL;
}

/* That of the same name among the old ones. That of the class itself may have been a base's. */
Py_ssize_t fill_counterpart(const struct planning *p, PyObject *makers, Py_ssize_t at)
{
    PyObject *name = code_of(makers, at)->co_qualname;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(p->old_makers); i++) {
        if (PyUnicode_Compare(code_of(p->old_makers, i)->co_qualname, name) == 0) {
            return i;
        }
    }
    return at == 0 && PyList_GET_SIZE(p->old_makers) > 0 ? 0 : -1;
}

static Py_ssize_t counterpart(const struct giving *g, Py_ssize_t at)
{
    return fill_counterpart(g->p, g->makers, at);
}

/* Does every old base come from Python code, so that what is left over reaches object.__init__, which refuses it? */
static bool ends_in_object(const struct giving *g)
{
    bool heap = true;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(g->p->old_line); i++) {
        heap = heap && (((PyTypeObject *)PyList_GET_ITEM(g->p->old_line, i))->tp_flags & Py_TPFLAGS_HEAPTYPE);
    }
    return heap;
}

/* Do all calls of bases' constructors hand **keywords on? 1, 0, -1. */
static int hands_rest_on(const struct giving *g, PyCodeObject *code)
{
    OWN_REF calls = handing_calls(code, g->init);
    if (!calls || !PyList_Check(calls)) {
        return calls ? 0 : -1;
    }
    bool all = PyList_GET_SIZE(calls) > 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(calls); i++) {
        all = all && PyTuple_GET_ITEM(PyList_GET_ITEM(calls, i), HANDING_REST) == Py_True;
    }
    return all;
}

/* Would the old constructors from this one on have raised at this keyword? 1, 0, -1. */
static int old_refuses(const struct giving *g, Py_ssize_t at, PyObject *keyword)
{
    PyObject *old = g->p->old_makers;
    for (; at < PyList_GET_SIZE(old); at++) {
        PyCodeObject *code = code_of(old, at);
        if (PyUnicode_Compare(code->co_name, g->init) != 0) {
            break;
        }
        if (!(code->co_flags & CO_VARKEYWORDS)) {
            return fill_parameter(code, keyword) < 0;
        }
        int on = fill_parameter(code, keyword) >= 0 ? 0 : handing_leaves(code, keyword);
        on = on > 0 ? hands_rest_on(g, code) : on;
        if (on <= 0) {
            return on;
        }
    }
    return ends_in_object(g);
}

static int given(const struct giving *g, Py_ssize_t at, int place);

/* May this call of a changed constructor give the parameter `place` of makers[to]? 1, 0, -1. */
static int call_gives(const struct giving *g, Py_ssize_t from, PyObject *call, Py_ssize_t to, int place)
{
    PyCodeObject *code = code_of(g->makers, to);
    PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, place);
    long n = PyLong_AsLong(PyTuple_GET_ITEM(call, HANDING_POSITIONAL));
    if (place < code->co_argcount && (n < 0 || n >= place)) {
        return 1;
    }
    PyObject *own = PyDict_GetItemWithError(PyTuple_GET_ITEM(call, HANDING_KEYWORDS), name);
    if (!own) {
        return PyErr_Occurred() ? -1 : 0;
    }
    PyObject *caller = PyList_GET_ITEM(g->makers, from);
    int own_place = own == Py_None ? -1 : fill_parameter((PyCodeObject *)PyFunction_GET_CODE(caller), own);
    PyObject *value = own_place > 0 ? fill_default(caller, own_place) : NULL;
    PyObject *wanted = value ? fill_default(PyList_GET_ITEM(g->makers, to), place) : NULL;
    int same = wanted ? handing_same(value, wanted) : 0;
    int known = same > 0 && !PyErr_Occurred() ? given(g, from, own_place) : same;
    return known < 0 || PyErr_Occurred() ? -1 : !known;
}

/* May a changed constructor give it? 1, 0, -1. */
static int caller_gives(const struct giving *g, Py_ssize_t from, Py_ssize_t to, int place)
{
    PyCodeObject *code = code_of(g->makers, from), *target = code_of(g->makers, to);
    PyObject *name = PyTuple_GET_ITEM(target->co_localsplusnames, place);
    Py_ssize_t old = counterpart(g, from);
    bool spreads =
        from + 1 < to && (code_of(g->makers, from + 1)->co_flags & CO_VARARGS) && place < target->co_argcount;
    if (old < 0 || spreads || PyUnicode_Compare(code->co_name, g->init) != 0) {
        return 1;
    }
    int refused = old_refuses(g, old, name);
    int leaves = refused > 0 ? handing_leaves(code, name) : refused;
    if (leaves <= 0) {
        return leaves < 0 ? -1 : 1;
    }
    OWN_REF calls = handing_calls(code, g->init);
    int gives = !calls ? -1 : !PyList_Check(calls);
    for (Py_ssize_t i = 0; gives == 0 && i < PyList_GET_SIZE(calls); i++) {
        gives = call_gives(g, from, PyList_GET_ITEM(calls, i), to, place);
    }
    return gives;
}

/* Is a parameter of makers[at] one that nobody can have given? 1, 0, -1. */
static int given(const struct giving *g, Py_ssize_t at, int place)
{
    PyCodeObject *code = code_of(g->makers, at);
    PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, place);
    Py_ssize_t old = counterpart(g, at);
    PyCodeObject *old_code = old >= 0 ? code_of(g->p->old_makers, old) : NULL;
    bool taken = old_code && (fill_parameter(old_code, name) >= 0 ||
                              (place < code->co_argcount && (old_code->co_flags & CO_VARARGS)));
    int known = taken || (!old_code && !ends_in_object(g)) ? 0 : 1;
    if (known && old_code && (old_code->co_flags & CO_VARKEYWORDS)) {
        known = old_refuses(g, old, name);
    }
    bool changed = false;
    for (Py_ssize_t i = 0; known == 1 && i < at; i++) {
        Py_ssize_t before = counterpart(g, i);
        int same = before < 0
                       ? 0
                       : same_code((PyObject *)code_of(g->p->old_makers, before), (PyObject *)code_of(g->makers, i));
        changed = changed || same == 0;
        int gives = same < 0 ? -1 : changed ? caller_gives(g, i, at, place) : 0;
        known = gives < 0 ? -1 : !gives;
    }
    return known;
}

PyObject *fill_given(const struct planning *p, PyObject *makers, Py_ssize_t at)
{
    PyObject *maker = PyList_GET_ITEM(makers, at);
    PyCodeObject *code = code_of(makers, at);
    OWN_REF names = PySet_New(NULL);
    OWN_REF init = names ? PyUnicode_FromString("__init__") : NULL;
    struct giving g = {p, makers, init};
    for (int i = 1; init && i < n_named(code); i++) {
        int known = fill_default(maker, i) ? given(&g, at, i) : 0;
        if (known < 0 || PyErr_Occurred() ||
            (known && PySet_Add(names, PyTuple_GET_ITEM(code->co_localsplusnames, i)) < 0)) {
            return NULL;
        }
    }
    return init ? STEAL(names) : NULL;
}
