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
