/* Which definitions change, stay, come and go: lists of names.
 *
 * Invariant: reads pairs and dicts only; runs no Python code. What a factory or an expression makes (names with
 * <locals> or <lambda> in them) has no place of its own and is left out where it comes or goes. */
#include "engine/forecast.h"

#include "compat/heap.h"
#include "engine/base.h"
#include "engine/former.h"
#include "engine/targets.h"

#include <stdlib.h>

struct lists {
    PyObject *changed, *unchanged, *added, *removed; /* owned lists of str */
    PyObject *paired;                                /* owned set: the names in the first two */
};

static int lists_init(struct lists *lists)
{
    *lists = (struct lists){PyList_New(0), PyList_New(0), PyList_New(0), PyList_New(0), PySet_New(NULL)};
    return lists->changed && lists->unchanged && lists->added && lists->removed && lists->paired ? 0 : -1;
}

/* The lists as a dict, sorted; NULL when failed. Releases them. */
static PyObject *lists_finish(struct lists *lists, bool failed)
{
    PyObject *const all[] = {lists->changed, lists->unchanged, lists->added, lists->removed};
    for (size_t i = 0; i < sizeof all / sizeof *all && !failed; i++) {
        failed = PyList_Sort(all[i]) < 0;
    }
    PyObject *answer = failed ? NULL
                              : Py_BuildValue("{s:O,s:O,s:O,s:O}", "changed", lists->changed, "unchanged",
                                              lists->unchanged, "added", lists->added, "removed", lists->removed);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        Py_XDECREF(all[i]);
    }
    Py_XDECREF(lists->paired);
    return answer;
}

/* Adds what a definition calls itself, once. Closures and lambdas are nobody's, and what is declared several times over
 * (typing.overload) stays where one of them does. */
static int add_definition(const struct lists *lists, PyObject *list, PyObject *object)
{
    OWN_REF name = generation_name_of(object);
    bool placeless = name && PyUnicode_FindChar(name, '<', 0, PyUnicode_GET_LENGTH(name), 1) >= 0;
    int known = !name ? -1 : placeless ? 1 : PySet_Contains(lists->paired, name);
    known = known == 0 ? PySequence_Contains(list, name) : known;
    return known ? (known < 0 ? -1 : 0) : PyList_Append(list, name);
}

static int add_pair(const struct upgrade *upgrade, struct lists *lists, const struct pair *pair, bool changed)
{
    PyObject *module = NULL;
    OWN_REF path = match_path(&upgrade->match, pair, &module);
    OWN_REF name = path ? PyUnicode_FromFormat("%V.%U", module, "?", path) : NULL;
    return name && PySet_Add(lists->paired, name) == 0
               ? PyList_Append(changed ? lists->changed : lists->unchanged, name)
               : -1;
}

/* ---- functions ---- */

struct asking {
    const struct upgrade *upgrade;
    struct objects found;
};

static int visit_added(PyObject *object, void *arg)
{
    struct asking *asking = arg;
    const struct upgrade *upgrade = asking->upgrade;
    bool added = PyFunction_Check(object) && !ptrmap_get(&upgrade->match.partners, object) &&
                 targets_is_staged(upgrade, PyFunction_GET_GLOBALS(object));
    return added ? objects_add(&asking->found, object) : 0;
}

/* Functions of the new version that no old one became. */
static int list_added(const struct upgrade *upgrade, const struct lists *lists)
{
    struct asking asking = {.upgrade = upgrade};
    bool before = heap_forbid_collection();
    int failed = heap_each(visit_added, &asking);
    for (size_t i = 0; !failed && i < asking.found.n; i++) {
        failed = add_definition(lists, lists->added, asking.found.items[i]);
    }
    heap_allow_collection(before);
    free(asking.found.items);
    return failed && !PyErr_Occurred() ? (PyErr_NoMemory(), -1) : failed;
}

static int list_removed(const struct upgrade *upgrade, bool functions, const struct lists *lists)
{
    OWN_REF removed = upgrade->back ? former_leave_out(upgrade->back, upgrade->removed) : Py_NewRef(upgrade->removed);
    for (Py_ssize_t i = 0; removed && i < PyList_GET_SIZE(removed); i++) {
        PyObject *object = PyList_GET_ITEM(removed, i);
        bool wanted = functions ? PyFunction_Check(object) : PyType_Check(object);
        if (wanted && add_definition(lists, lists->removed, object) < 0) {
            return -1;
        }
    }
    return removed ? 0 : -1;
}

PyObject *forecast_functions(const struct upgrade *upgrade)
{
    struct lists lists;
    int failed = lists_init(&lists);
    for (size_t i = 0; !failed && i < upgrade->match.n_pairs; i++) {
        const struct pair *pair = &upgrade->match.pairs[i];
        bool changed = pair->changed || !PyFunction_Check(pair->partner);
        if (pair->kind == PAIR_FUNCTION && PyFunction_Check(pair->old)) {
            failed = add_pair(upgrade, &lists, pair, changed);
        }
    }
    failed = failed || list_added(upgrade, &lists) < 0 || list_removed(upgrade, true, &lists) < 0;
    return lists_finish(&lists, failed);
}

/* ---- classes ---- */

/* Made by the class statement itself, or text. */
static bool is_made(PyObject *name)
{
    static const char *const names[] = {"__dict__",   "__weakref__",           "__doc__",
                                        "__module__", "__qualname__",          "__firstlineno__",
                                        "_abc_impl",  "__static_attributes__", "__annotations__"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_plain(PyObject *value)
{
    return PyUnicode_CheckExact(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
           PyBool_Check(value) || PyBytes_CheckExact(value) || value == Py_None;
}

/* Does an entry of the class's dict differ? 1, 0, -1. */
static int entry_differs(const struct match *match, PyObject *old, PyObject *new)
{
    struct pair *pair = match_find(match, old);
    if (!new || (pair && pair->changed)) {
        return 1;
    }
    if (!is_plain(old) || Py_TYPE(old) != Py_TYPE(new)) {
        return is_plain(old);
    }
    return PyObject_RichCompareBool(old, new, Py_NE);
}

/* Is one of the bases not the other's partner? */
static bool bases_differ(const struct match *match, PyObject *old, PyObject *new)
{
    bool differ = PyTuple_GET_SIZE(old) != PyTuple_GET_SIZE(new);
    for (Py_ssize_t i = 0; !differ && i < PyTuple_GET_SIZE(old); i++) {
        struct pair *pair = match_find(match, PyTuple_GET_ITEM(old, i));
        differ = PyTuple_GET_ITEM(new, i) != (pair ? pair->partner : PyTuple_GET_ITEM(old, i));
    }
    return differ;
}

static int class_differs(const struct match *match, const struct pair *pair)
{
    if (!PyType_Check(pair->partner)) {
        return 1;
    }
    PyTypeObject *old = (PyTypeObject *)pair->old, *new = (PyTypeObject *)pair->partner;
    int differs = bases_differ(match, old->tp_bases, new->tp_bases);
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (!differs && PyDict_Next(old->tp_dict, &position, &name, &value)) {
        differs = is_made(name) ? 0 : entry_differs(match, value, PyDict_GetItemWithError(new->tp_dict, name));
    }
    position = 0;
    while (!differs && PyDict_Next(new->tp_dict, &position, &name, &value)) {
        differs = !is_made(name) && PyDict_Contains(old->tp_dict, name) == 0;
    }
    return PyErr_Occurred() ? -1 : differs;
}

/* Classes of the new version that no old one became, as far as the records of its modules know them. */
static int list_added_classes(const struct upgrade *upgrade, const struct lists *lists)
{
    PyObject *name, *record;
    Py_ssize_t position = 0;
    while (PyDict_Next(upgrade->new_records, &position, &name, &record)) {
        PyObject *copies = base_copies(record);
        if (!copies) {
            return -1;
        }
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(copies); i++) {
            PyObject *object = PyTuple_GET_ITEM(PyList_GET_ITEM(copies, i), 0);
            bool added = PyType_Check(object) && generation_owns_class(&upgrade->new, object) &&
                         !ptrmap_get(&upgrade->match.partners, object);
            if (added && add_definition(lists, lists->added, object) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

PyObject *forecast_classes(const struct upgrade *upgrade)
{
    struct lists lists;
    int failed = lists_init(&lists);
    for (size_t i = 0; !failed && i < upgrade->match.n_pairs; i++) {
        const struct pair *pair = &upgrade->match.pairs[i];
        bool class = pair->kind == PAIR_CLASS && PyType_Check(pair->old);
        int differs = class ? class_differs(&upgrade->match, pair) : 0;
        failed = differs < 0 || (class && add_pair(upgrade, &lists, pair, differs) < 0);
    }
    failed = failed || list_added_classes(upgrade, &lists) < 0 || list_removed(upgrade, false, &lists) < 0;
    return lists_finish(&lists, failed);
}

/* ---- modules ---- */

PyObject *forecast_modules(const struct upgrade *upgrade)
{
    OWN_REF added = PyList_New(0);
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (added && PyDict_Next(upgrade->stage.modules, &position, &name, &module)) {
        bool staged = PyModule_Check(module) && targets_is_staged(upgrade, PyModule_GetDict(module));
        int known = staged ? PyDict_Contains(upgrade->old_modules, name) : 1;
        if (known < 0 || (!known && PyList_Append(added, name) < 0)) {
            return NULL;
        }
    }
    return added ? Py_BuildValue("{s:O,s:O}", "added", added, "removed", upgrade->stage.removed) : NULL;
}
