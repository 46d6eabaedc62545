/* An ABC keeps weak references to the classes that it has found to be subclasses of it, and to those that it has found
 * not to be. In the flip these references move to the new classes like all others, and so would the answers: a class
 * that gained __len__ would not be Sized, and neither would the program's subclasses of it. Only the second kind of
 * answer has a counter that makes it invalid (registering something steps it), the first has none.
 *
 * So all are forgotten, which costs no more than asking again: by _abc's own function, right after the exchange while
 * the GIL is still held, for the ABCs that there were when the flip was prepared, and once more after it for the
 * others. Those of the two generations need nothing: the old ones are dying, and the new ones were asked of new
 * classes.
 *
 * Must not: touch what is registered. */
#include "engine/abc_caches.h"

#include "compat/heap.h"
#include "compat/state.h"
#include "compat/weak.h"

#include <stdlib.h>

struct abcs {
    const struct match *match; /* borrowed */
    PyObject *key;             /* borrowed: "_abc_impl" */
    PyTypeObject **all;        /* owned array of borrowed classes: nothing runs between the walk and the list */
    size_t n, capacity;
};

static int collect(PyObject *object, void *arg)
{
    struct abcs *abcs = arg;
    PyTypeObject *type = (PyTypeObject *)object;
    if (!PyType_Check(object) || !(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || !type->tp_dict ||
        !PyDict_GetItemWithError(type->tp_dict, abcs->key) || generation_owns_class(abcs->match->old, object) ||
        generation_owns_class(abcs->match->new, object)) {
        return 0;
    }
    if (abcs->n == abcs->capacity) {
        size_t capacity = abcs->capacity ? abcs->capacity * 2 : 256;
        PyTypeObject **all = realloc(abcs->all, capacity * sizeof(PyTypeObject *));
        if (!all) {
            return -1;
        }
        abcs->all = all;
        abcs->capacity = capacity;
    }
    abcs->all[abcs->n++] = type;
    return 0;
}

PyObject *abc_caches_find(const struct match *match)
{
    OWN_REF key = PyUnicode_InternFromString("_abc_impl");
    OWN_REF classes = key ? PyList_New(0) : NULL;
    struct abcs abcs = {match, key, NULL, 0, 0};
    bool before = heap_forbid_collection();
    int failed = classes ? heap_each(collect, &abcs) : -1;
    if (classes && failed) {
        PyErr_NoMemory();
    }
    for (size_t i = 0; !failed && i < abcs.n; i++) {
        failed = PyList_Append(classes, (PyObject *)abcs.all[i]);
    }
    heap_allow_collection(before);
    free(abcs.all);
    return failed ? NULL : STEAL(classes);
}

int abc_caches_reset(PyObject *classes)
{
    OWN_REF abc = PyList_GET_SIZE(classes) ? PyImport_ImportModule("_abc") : NULL;
    OWN_REF reset = abc ? PyObject_GetAttrString(abc, "_reset_caches") : NULL;
    int result = reset || !PyErr_Occurred() ? 0 : -1;
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    for (Py_ssize_t i = 0; reset && i < PyList_GET_SIZE(classes); i++) {
        OWN_REF done = PyObject_CallOneArg(reset, PyList_GET_ITEM(classes, i));
        if (done) {
            continue;
        }
        if (result == 0) {
            PyErr_Fetch(&type, &value, &traceback);
        }
        PyErr_Clear();
        result = -1;
    }
    if (type) {
        PyErr_Restore(type, value, traceback);
    }
    return result;
}

/* ---- what stays registered ---- */

static bool registers(PyObject *registered, PyObject *abc, PyObject *class)
{
    bool found = false;
    for (Py_ssize_t i = 0; registered && i < PyList_GET_SIZE(registered) && !found; i++) {
        PyObject *entry = PyList_GET_ITEM(registered, i);
        found = PyTuple_GET_ITEM(entry, 0) == abc && PyTuple_GET_ITEM(entry, 1) == class;
    }
    return found;
}

int abc_caches_note_left(PyObject *classes, const struct match *match, PyObject *registered, PyObject *notes)
{
    OWN_REF abc = PyList_GET_SIZE(classes) ? PyImport_ImportModule("_abc") : NULL;
    for (Py_ssize_t i = 0; abc && i < PyList_GET_SIZE(classes); i++) {
        PyObject *base = PyList_GET_ITEM(classes, i);
        OWN_REF dump = PyObject_CallMethod(abc, "_get_dump", "O", base);
        PyObject *registry = dump && PyTuple_Check(dump) && PyTuple_GET_SIZE(dump) ? PyTuple_GET_ITEM(dump, 0) : NULL;
        OWN_REF refs = registry && PyAnySet_Check(registry) ? state_set_members(registry) : NULL;
        for (Py_ssize_t j = 0; refs && j < PyList_GET_SIZE(refs); j++) {
            PyObject *ref = PyList_GET_ITEM(refs, j);
            OWN_REF class = PyWeakref_CheckRef(ref) ? weak_get(ref) : NULL;
            struct pair *pair = class ? match_find(match, class) : NULL;
            if (!pair || !PyType_Check(pair->partner) || registers(registered, base, pair->partner)) {
                continue;
            }
            OWN_REF note =
                PyUnicode_FromFormat("%s is registered with the ABC %s, which the new version's import does not do: it "
                                     "stays so, as the program may have done it",
                                     ((PyTypeObject *)class)->tp_name, ((PyTypeObject *)base)->tp_name);
            if (!note || PyList_Append(notes, note) < 0) {
                return -1;
            }
        }
        if (!refs) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}
