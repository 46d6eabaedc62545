/* A fingerprint of the heap: of every object that the collector tracks its address, its type, and its referents in
 * order, as numbers. It holds no reference, so it keeps nothing alive; and it is no Python object, so it is not in
 * itself.
 *
 * Two are compared for the objects that were there the first time. If none of those is gone or refers to anything else,
 * whatever is new is reachable only from frames and from C.
 * Must not: allocate tracked objects while it walks. */
#include "testing/testing.h"

#include "base/ptrmap.h"
#include "compat/heap.h"

#include <stdio.h>
#include <stdlib.h>

struct print {
    PyTypeObject *type; /* borrowed, compared only */
    char name[24];      /* of the type, which may be gone too by the time that it is asked for */
    uint64_t referents;
    uint32_t n;
    bool seen;
};

struct fingerprint {
    struct ptrmap index; /* object -> its index in prints plus one */
    struct print *prints;
    size_t n, capacity;
};

static int mix(PyObject *referent, void *arg)
{
    struct print *print = arg;
    print->referents = (print->referents ^ (uint64_t)(uintptr_t)referent) * 0x9E3779B97F4A7C15ull;
    print->referents ^= print->referents >> 29;
    print->n++;
    return 0;
}

/* A frame changes with every instruction; what it refers to at the moment is nobody's state. */
static bool is_stable(PyObject *object)
{
    return !PyFrame_Check(object);
}

static struct print print_of(PyObject *object)
{
    struct print print = {.type = Py_TYPE(object)};
    snprintf(print.name, sizeof print.name, "%s", Py_TYPE(object)->tp_name);
    traverseproc traverse = Py_TYPE(object)->tp_traverse;
    if (traverse) {
        (void)traverse(object, mix, &print);
    }
    return print;
}

static int take(PyObject *object, void *arg)
{
    struct fingerprint *fingerprint = arg;
    if (!is_stable(object)) {
        return 0;
    }
    if (fingerprint->n == fingerprint->capacity) {
        size_t capacity = fingerprint->capacity ? fingerprint->capacity * 2 : 1 << 16;
        struct print *prints = realloc(fingerprint->prints, capacity * sizeof *prints);
        if (!prints) {
            return -1;
        }
        fingerprint->prints = prints;
        fingerprint->capacity = capacity;
    }
    fingerprint->prints[fingerprint->n++] = print_of(object);
    return ptrmap_put(&fingerprint->index, object, (void *)fingerprint->n);
}

static void fingerprint_free(struct fingerprint *fingerprint)
{
    ptrmap_release(&fingerprint->index);
    free(fingerprint->prints);
    free(fingerprint);
}

static void destroy(PyObject *capsule)
{
    fingerprint_free(PyCapsule_GetPointer(capsule, "fingerprint"));
}

static PyObject *fingerprint_take(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    struct fingerprint *fingerprint = calloc(1, sizeof *fingerprint);
    if (!fingerprint) {
        return PyErr_NoMemory();
    }
    ptrmap_init(&fingerprint->index);
    PyObject *capsule = PyCapsule_New(fingerprint, "fingerprint", destroy);
    if (!capsule) {
        fingerprint_free(fingerprint);
        return NULL;
    }
    if (heap_each(take, fingerprint) < 0) {
        Py_DECREF(capsule);
        return PyErr_NoMemory();
    }
    return capsule;
}

/* Objects that changed, borrowed until the walk is over and nothing was freed. */
struct comparison {
    struct fingerprint *before;
    PyObject **changed;
    size_t n, capacity;
};

static int compare(PyObject *object, void *arg)
{
    struct comparison *comparison = arg;
    struct ptrmap_slot *slot = ptrmap_find(&comparison->before->index, object);
    if (!slot) {
        return 0;
    }
    struct print *before = &comparison->before->prints[(uintptr_t)slot->value - 1];
    struct print now = print_of(object);
    before->seen = true;
    if (before->type == now.type && before->n == now.n && before->referents == now.referents) {
        return 0;
    }
    if (comparison->n == comparison->capacity) {
        size_t capacity = comparison->capacity ? comparison->capacity * 2 : 64;
        PyObject **changed = realloc(comparison->changed, capacity * sizeof *changed);
        if (!changed) {
            return -1;
        }
        comparison->changed = changed;
        comparison->capacity = capacity;
    }
    comparison->changed[comparison->n++] = Py_NewRef(object);
    return 0;
}

/* The names of the types of objects that are gone. */
static PyObject *names_gone(const struct fingerprint *fingerprint)
{
    OWN_REF names = PyList_New(0);
    for (size_t i = 0; names && i < fingerprint->n; i++) {
        OWN_REF name = fingerprint->prints[i].seen ? NULL : PyUnicode_FromString(fingerprint->prints[i].name);
        if (PyErr_Occurred() || (name && PyList_Append(names, name) < 0)) {
            return NULL;
        }
    }
    return STEAL(names);
}

static PyObject *fingerprint_compare(PyObject *module, PyObject *capsule)
{
    (void)module;
    struct comparison comparison = {.before = PyCapsule_GetPointer(capsule, "fingerprint")};
    if (!comparison.before) {
        return NULL;
    }
    for (size_t i = 0; i < comparison.before->n; i++) {
        comparison.before->prints[i].seen = false;
    }
    int failed = heap_each(compare, &comparison);
    OWN_REF list = failed < 0 ? PyErr_NoMemory() : PyList_New((Py_ssize_t)comparison.n);
    for (size_t i = 0; i < comparison.n; i++) {
        if (list) {
            PyList_SET_ITEM(list, (Py_ssize_t)i, comparison.changed[i]);
        } else {
            Py_DECREF(comparison.changed[i]);
        }
    }
    free(comparison.changed);
    OWN_REF gone = list ? names_gone(comparison.before) : NULL;
    return gone ? PyTuple_Pack(2, list, gone) : NULL;
}

static PyMethodDef methods[] = {
    {"fingerprint", fingerprint_take, METH_NOARGS,
     "fingerprint() -> of all objects that the collector tracks, without a reference to any"},
    {"fingerprint_compare", fingerprint_compare, METH_O,
     "fingerprint_compare(fingerprint) -> ([objects of then that refer to something else now], [types of those gone])"},
    {NULL, NULL, 0, NULL},
};

int fingerprint_add(PyObject *module)
{
    return PyModule_AddFunctions(module, methods);
}
