/* Who is there: the live instances that an upgrade concerns, and their classes. One pass over the heap. Must not: run
 * Python code, or keep a borrowed reference beyond the pass. */
#include "engine/migrate.h"

#include "compat/heap.h"
#include "engine/flip.h"
#include "engine/targets.h"

#include <stdlib.h>

struct finding {
    struct upgrade *upgrade;
    struct ptrmap verdicts; /* class -> itself if its instances matter, else &PyType_Type */
    struct objects classes; /* those that matter and have instances, or lie outside */
    struct objects instances;
};

/* Is this an old class that has a new one, or a class outside that derives from such a class? */
static bool matters(const struct match *match, PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro && PyTuple_CheckExact(mro) && i < PyTuple_GET_SIZE(mro); i++) {
        struct pair *pair = match_find(match, PyTuple_GET_ITEM(mro, i));
        if (pair && PyType_Check(pair->old) && PyType_Check(pair->partner)) {
            return true;
        }
    }
    return false;
}

/* 1, 0, -1 with MemoryError. */
static int class_matters(struct finding *finding, PyTypeObject *type, bool has_instances)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return 0;
    }
    void *known = ptrmap_get(&finding->verdicts, type);
    if (!known) {
        known = matters(&finding->upgrade->match, type) ? (void *)type : (void *)&PyType_Type;
        bool outside = known == (void *)type && !match_find(&finding->upgrade->match, (PyObject *)type);
        if ((outside || (has_instances && known == (void *)type)) &&
            objects_add(&finding->classes, (PyObject *)type) < 0) {
            return -1;
        }
        /* an old class seen without instances is asked again when one is met */
        if ((has_instances || outside || known != (void *)type) && ptrmap_put(&finding->verdicts, type, known) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return known == (void *)type;
}

static int look_at(PyObject *object, void *arg)
{
    struct finding *finding = arg;
    const struct account *account = &finding->upgrade->flip.account;
    if (PyType_Check(object)) {
        return class_matters(finding, (PyTypeObject *)object, false) < 0 ? -1 : 0;
    }
    int wanted = class_matters(finding, Py_TYPE(object), true);
    if (wanted <= 0 || ptrmap_get(&account->fixed, object)) {
        return wanted < 0 ? -1 : 0;
    }
    PyObject *partner = ptrmap_get(&account->map, object);
    bool replaced = partner && !ptrmap_get(&finding->upgrade->migrate.recorded, object);
    return replaced ? 0 : objects_add(&finding->instances, object);
}

/* Lists of the classes and the instances; both new references. */
int migrate_find_all(struct upgrade *upgrade, PyObject **ret_classes, PyObject **ret_instances)
{
    struct finding finding = {.upgrade = upgrade};
    bool before = heap_forbid_collection();
    bool failed = heap_each(look_at, &finding) != 0;
    struct objects *found[] = {&finding.classes, &finding.instances};
    PyObject *lists[2] = {NULL, NULL};
    for (int i = 0; i < 2 && !failed; i++) {
        lists[i] = PyList_New((Py_ssize_t)found[i]->n);
        failed = lists[i] == NULL;
        for (size_t j = 0; !failed && j < found[i]->n; j++) {
            PyList_SET_ITEM(lists[i], (Py_ssize_t)j, Py_NewRef(found[i]->items[j]));
        }
    }
    heap_allow_collection(before);
    ptrmap_release(&finding.verdicts);
    free(finding.classes.items);
    free(finding.instances.items);
    if (failed) {
        Py_XDECREF(lists[0]);
        Py_XDECREF(lists[1]);
        return PyErr_Occurred() ? -1 : (PyErr_NoMemory(), -1);
    }
    *ret_classes = lists[0];
    *ret_instances = lists[1];
    return 0;
}
