/* rebuild(instances, class, steps): replacements of instances, taken through the commit and back as a test wants.
 * exchange(container, content, iterators, steps): the same for what a container holds.
 *
 * No reference is redirected: the test compares the old objects with those that it is given. */
#include "testing/testing.h"

#include "compat/contents.h"
#include "compat/heap.h"
#include "compat/rebuild.h"

static PyObject *refused; /* owned for ever: the exception */

struct batch {
    struct rebuild *how;
    struct rebuilt *items;
    size_t n;
    struct edits edits;
};

static int refuse_with(PyObject *why)
{
    if (why) {
        PyErr_SetObject(refused, why);
        Py_DECREF(why);
    }
    return -1;
}

static int fill_batch(struct batch *batch, PyObject *instances, PyTypeObject *partner, PyObject *droppable)
{
    static const struct ptrmap nothing;
    PyObject *why = NULL;
    batch->how = rebuild_new(Py_TYPE(PyList_GET_ITEM(instances, 0)), partner, &nothing, droppable, &why);
    if (!batch->how) {
        return refuse_with(why);
    }
    batch->items = PyMem_Calloc((size_t)PyList_GET_SIZE(instances), sizeof *batch->items);
    if (!batch->items) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(instances); i++) {
        if (rebuild_instance(batch->how, PyList_GET_ITEM(instances, i), &batch->items[i], &why) != 0) {
            return refuse_with(why);
        }
        batch->n++;
    }
    return rebuild_add(batch->items, batch->n, &batch->edits);
}

/* 'c' commits, 'u' undoes. */
static void take_steps(struct batch *batch, const char *steps)
{
    for (; *steps; steps++) {
        (*steps == 'c' ? edits_commit : edits_undo)(&batch->edits);
    }
}

static PyObject *list_made(const struct batch *batch)
{
    OWN_REF list = PyList_New((Py_ssize_t)batch->n);
    for (size_t i = 0; list && i < batch->n; i++) {
        PyList_SET_ITEM(list, (Py_ssize_t)i, Py_NewRef(batch->items[i].made));
    }
    return STEAL(list);
}

static PyObject *rebuild(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *instances, *partner, *droppable = NULL;
    const char *steps;
    if (!PyArg_ParseTuple(args, "O!O!s|O!", &PyList_Type, &instances, &PyType_Type, &partner, &steps, &PySet_Type,
                          &droppable)) {
        return NULL;
    }
    if (PyList_GET_SIZE(instances) == 0) {
        PyErr_SetString(PyExc_ValueError, "no instances");
        return NULL;
    }
    struct batch batch = {0};
    bool before = heap_forbid_collection();
    int status = fill_batch(&batch, instances, (PyTypeObject *)partner, droppable);
    if (status == 0) {
        take_steps(&batch, steps);
    }
    heap_allow_collection(before);
    OWN_REF made = status == 0 ? list_made(&batch) : NULL;
    edits_release(&batch.edits);
    for (size_t i = 0; i < batch.n; i++) {
        rebuilt_drop(&batch.items[i]);
    }
    PyMem_Free(batch.items);
    rebuild_free(batch.how);
    return STEAL(made);
}

/* One step of each iterator; what has ended gives None, what raises the exception. 0 or -1. */
static int advance(PyObject *iterators, PyObject *seen)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(iterators); i++) {
        OWN_REF item = PyIter_Next(PyList_GET_ITEM(iterators, i));
        if (!item) {
            OWN_REF type = NULL;
            OWN_REF value = NULL;
            OWN_REF traceback = NULL;
            PyErr_Fetch(&type, &value, &traceback);
            item = Py_NewRef(type ? type : Py_None);
        }
        if (PyList_Append(seen, item) < 0) {
            return -1;
        }
    }
    return 0;
}

static PyObject *exchange(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *container, *content, *list;
    const char *steps;
    if (!PyArg_ParseTuple(args, "OOO!s", &container, &content, &PyList_Type, &list, &steps)) {
        return NULL;
    }
    struct edits edits = {0};
    struct iterators iterators;
    OWN_REF seen = PyList_New(0);
    OWN_REF other = contents_make(container, content);
    if (iterators_init(&iterators, ((PyListObject *)list)->ob_item, (size_t)PyList_GET_SIZE(list), NULL) < 0) {
        return NULL;
    }
    int failed = seen && other ? contents_exchange(container, other, &iterators, &edits) : -1;
    iterators_release(&iterators);
    if (failed > 0) {
        PyErr_SetString(PyExc_ValueError, "cannot be exchanged");
    }
    for (; !failed && *steps; steps++) {
        if (*steps == 'n') {
            failed = advance(list, seen);
        } else {
            (*steps == 'c' ? edits_commit : edits_undo)(&edits);
        }
    }
    edits_release(&edits);
    return failed ? NULL : STEAL(seen);
}

static PyMethodDef methods[] = {
    {"exchange", exchange, METH_VARARGS,
     "exchange(container, content, iterators, steps) -> items; steps: 'c' commit, 'u' undo, 'n' next of each iterator"},
    {"rebuild", rebuild, METH_VARARGS,
     "rebuild(instances of one class, class, steps[, droppable names]) -> replacements; steps: 'c' commit, 'u' undo"},
    {NULL, NULL, 0, NULL},
};

int rebuilding_add(PyObject *module)
{
    if (!refused) {
        refused = PyErr_NewException("midflight._testing.NotRebuilt", NULL, NULL);
    }
    return refused && PyModule_AddObjectRef(module, "NotRebuilt", refused) == 0 ? PyModule_AddFunctions(module, methods)
                                                                                : -1;
}
