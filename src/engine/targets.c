/* Heap questions are asked with the collector forbidden and answered into plain arrays first, because a visitor must
 * not allocate Python objects; the list is made afterwards, still under the same hold of the GIL. */
#include "engine/targets.h"

#include "compat/heap.h"
#include "compat/holder.h"
#include "engine/base.h"

#include <stdlib.h>

struct question {
    const struct match *match;
    struct objects answer;
};

/* Of all objects whose type `wanted` says yes to. */
static PyObject *ask_heap(const struct match *match, unsigned (*wanted)(PyObject *, void *),
                          int (*visit)(PyObject *, unsigned, Py_ssize_t, void *))
{
    struct question question = {.match = match};
    const struct holder_sweep sweep = {NULL, wanted, visit, &question};
    bool before = heap_forbid_collection();
    int failed = holder_sweep_heap(&sweep);
    OWN_REF list = failed ? NULL : PyList_New((Py_ssize_t)question.answer.n);
    for (size_t i = 0; list && i < question.answer.n; i++) {
        PyList_SET_ITEM(list, i, Py_NewRef(question.answer.items[i]));
    }
    heap_allow_collection(before);
    free(question.answer.items);
    return STEAL(list);
}

static unsigned is_function(PyObject *object, void *arg)
{
    (void)arg;
    return PyFunction_Check(object);
}

static int visit_unpaired(PyObject *object, unsigned flags, Py_ssize_t count, void *arg)
{
    (void)flags, (void)count;
    struct question *question = arg;
    bool unpaired = generation_owns_function(question->match->old, object) && !match_find(question->match, object);
    return unpaired ? objects_add(&question->answer, object) : 0;
}

PyObject *targets_unpaired(const struct match *match)
{
    return ask_heap(match, is_function, visit_unpaired);
}

static unsigned is_bound_method(PyObject *object, void *arg)
{
    (void)arg;
    return Py_IS_TYPE(object, &PyMethod_Type);
}

static int visit_rebound(PyObject *object, unsigned flags, Py_ssize_t count, void *arg)
{
    (void)flags, (void)count;
    struct question *question = arg;
    bool rebound =
        ptrmap_get(&question->match->rebound, PyMethod_GET_FUNCTION(object)) && !match_find(question->match, object);
    return rebound ? objects_add(&question->answer, object) : 0;
}

PyObject *targets_rebound(const struct match *match)
{
    return match->rebound.used ? ask_heap(match, is_bound_method, visit_rebound) : PyList_New(0);
}

/* Classes cannot be told by their module's name (the new ones have the same), but the record of the old module lists
 * its own. */
static int add_classes(struct upgrade *upgrade, PyObject *record, PyObject *list)
{
    PyObject *copies = base_copies(record);
    for (Py_ssize_t i = 0; copies && i < PyList_GET_SIZE(copies); i++) {
        PyObject *object = PyTuple_GET_ITEM(PyList_GET_ITEM(copies, i), 0);
        bool removed = generation_owns_class(&upgrade->old, object) && !match_find(&upgrade->match, object);
        if (removed && PyList_Append(list, object) < 0) {
            return -1;
        }
    }
    return copies ? 0 : -1;
}

int targets_add_removed(struct upgrade *upgrade, PyObject *list)
{
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (PyDict_Next(upgrade->old_modules, &position, &name, &module)) {
        PyObject *record = PyDict_GetItemWithError(base_records(), name);
        bool known = record && PyTuple_GET_ITEM(record, BASE_MODULE) == module;
        if ((known && add_classes(upgrade, record, list) < 0) ||
            (!match_find(&upgrade->match, module) && PyModule_Check(module) && PyList_Append(list, module) < 0)) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

static unsigned is_of_new_class(PyObject *object, void *arg)
{
    const struct question *question = arg;
    PyTypeObject *type = Py_TYPE(object);
    return (type->tp_flags & Py_TPFLAGS_HEAPTYPE) && ptrmap_get(&question->match->partners, type) &&
           !PyType_Check(object);
}

static int visit_wanted(PyObject *object, unsigned flags, Py_ssize_t count, void *arg)
{
    (void)flags, (void)count;
    return objects_add(&((struct question *)arg)->answer, object);
}

PyObject *targets_staged_instances(const struct match *match)
{
    return ask_heap(match, is_of_new_class, visit_wanted);
}

int targets_of_gate(struct upgrade *upgrade, struct drain_target **ret_targets, size_t *ret_n)
{
    size_t n = 0, removed = (size_t)PyList_GET_SIZE(upgrade->removed);
    struct drain_target *targets = calloc(upgrade->match.n_pairs + removed + 1, sizeof *targets);
    if (!targets) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < upgrade->match.n_pairs; i++) {
        struct pair *pair = &upgrade->match.pairs[i];
        if (pair->kind == PAIR_FUNCTION && PyFunction_Check(pair->old)) {
            bool rebound =
                ptrmap_get(&upgrade->match.rebound, pair->old); /* what waits has arguments for the old one */
            targets[n++] = (struct drain_target){pair->old, rebound ? NULL : pair->partner, pair->changed};
        }
    }
    for (size_t i = 0; i < removed; i++) {
        PyObject *object = PyList_GET_ITEM(upgrade->removed, (Py_ssize_t)i);
        if (PyFunction_Check(object)) {
            targets[n++] = (struct drain_target){object, NULL, true};
        }
    }
    *ret_targets = targets;
    *ret_n = n;
    return 0;
}

bool targets_is_staged(const struct upgrade *upgrade, PyObject *namespace)
{
    PyObject *module = ptrmap_get(&upgrade->new.dicts, namespace);
    PyObject *name = module ? PyDict_GetItemString(namespace, "__name__") : NULL;
    return module && !(name && PyDict_GetItemWithError(PyImport_GetModuleDict(), name) == module);
}

void targets_count(struct upgrade *upgrade)
{
    for (size_t i = 0; i < upgrade->match.n_pairs; i++) {
        enum pair_kind kind = upgrade->match.pairs[i].kind;
        upgrade->count_modules += kind == PAIR_MODULE;
        upgrade->count_functions += kind == PAIR_FUNCTION;
        upgrade->count_classes += kind == PAIR_CLASS;
    }
}
