/* The drain alone: its flip sets attributes, and which frames fit is said by the test. */
#define Py_BUILD_CORE_MODULE 1
#include "testing/testing.h"

#include "compat/detour.h"
#include "compat/gate.h"
#include "engine/drain.h"

#include <internal/pycore_ceval.h>
#include <internal/pycore_interp.h>

struct pretended {
    PyObject *sets; /* borrowed list of (object, name, value): what the flip does */
    bool fits;
    int in_vain; /* so many tries of the flip are not possible at that moment */
    int flips;   /* how often it was tried */
};

static int flip(void *arg)
{
    struct pretended *pretended = arg;
    if (pretended->flips++ < pretended->in_vain) {
        return 1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pretended->sets); i++) {
        PyObject *object, *name, *value;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(pretended->sets, i), "OOO", &object, &name, &value) ||
            PyObject_SetAttr(object, name, value) < 0) {
            return -1;
        }
    }
    return 0;
}

static int fits(frame *f, void *arg, PyObject **ret_why)
{
    (void)f;
    struct pretended *pretended = arg;
    if (pretended->fits) {
        return 1;
    }
    *ret_why = PyUnicode_FromString("it does not fit");
    return *ret_why ? 0 : -1;
}

/* The targets of a list of (function, partner or None, changed): PyMem_Free them. */
static struct drain_target *targets_of(PyObject *list)
{
    struct drain_target *targets = PyMem_Calloc((size_t)PyList_GET_SIZE(list) + 1, sizeof *targets);
    for (Py_ssize_t i = 0; targets && i < PyList_GET_SIZE(list); i++) {
        int changed;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(list, i), "OOp", &targets[i].function, &targets[i].partner, &changed)) {
            PyMem_Free(targets);
            return NULL;
        }
        targets[i].partner = targets[i].partner == Py_None ? NULL : targets[i].partner;
        targets[i].changed = changed;
    }
    return targets ? targets : (struct drain_target *)PyErr_NoMemory();
}

/* map: old and new objects by turns. */
static int fill_map(struct ptrmap *map, PyObject *pairs)
{
    for (Py_ssize_t i = 0; i + 1 < PyList_GET_SIZE(pairs); i += 2) {
        if (ptrmap_put(map, PyList_GET_ITEM(pairs, i), PyList_GET_ITEM(pairs, i + 1)) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

static PyObject *drains_run(PyObject *module, PyObject *args, PyObject *kwargs)
{
    (void)module;
    static char *names[] = {"targets", "sets", "map", "when", "wait", "hold", "look", "fits", "in_vain", NULL};
    struct pretended pretended = {0};
    struct drain drain = {.wait = 5, .hold = 0.5, .look = 0.1, .fits = fits, .flip = flip, .arg = &pretended};
    PyObject *list, *pairs;
    int when = WHEN_SAFE, may_fit = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O!O!|idddpi", names, &PyList_Type, &list, &PyList_Type,
                                     &pretended.sets, &PyList_Type, &pairs, &when, &drain.wait, &drain.hold,
                                     &drain.look, &may_fit, &pretended.in_vain)) {
        return NULL;
    }
    struct drain_target *targets = targets_of(list);
    struct ptrmap map;
    ptrmap_init(&map);
    OWN_REF reasons = targets && fill_map(&map, pairs) == 0 ? PyList_New(0) : NULL;
    pretended.fits = may_fit;
    drain.targets = targets;
    drain.n_targets = (size_t)PyList_GET_SIZE(list);
    drain.map = &map;
    drain.when = (enum drain_when)when;
    drain.reasons = reasons;
    int result = reasons ? drain_run(&drain) : -1;
    OWN_REF frames = drain.old_frames ? drain.old_frames : Py_NewRef(Py_None);
    PyMem_Free(targets);
    ptrmap_release(&map);
    return result < 0 ? NULL
                      : Py_BuildValue("{s:N,s:d,s:n,s:n,s:O,s:n,s:O,s:i}", "flipped", PyBool_FromLong(result == 0),
                                      "waited", drain.waited, "parked", (Py_ssize_t)drain.parked, "tries",
                                      (Py_ssize_t)drain.tries, "frames", frames, "changed",
                                      (Py_ssize_t)drain.n_changed_frames, "reasons", reasons, "flips", pretended.flips);
}

/* A call parks, is let go, and before it has woken up the gate closes again and opens after a flip. */
static PyObject *drains_reopen(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *function, *partner, *old, *new;
    struct ptrmap map;
    if (!PyArg_ParseTuple(args, "OOOO", &function, &partner, &old, &new)) {
        return NULL;
    }
    ptrmap_init(&map);
    if (ptrmap_put(&map, old, new) < 0) {
        return PyErr_NoMemory();
    }
    int result = gate_begin(&map, NULL);
    if (result == 0) {
        result = gate_add(function, partner, true);
        gate_close(10);
        for (int i = 0; i < 1000 && !gate_parked(); i++) {
            gate_wait(0.01);
        }
        gate_open(false);
        gate_close(10);
        result = result < 0 ? -1 : gate_prepare();
        gate_open(result == 0);
        gate_end();
    }
    ptrmap_release(&map);
    return result < 0 ? NULL : PyLong_FromSize_t(gate_parked());
}

/* What a gate exchanges in a function. */
static PyObject *drains_entry(PyObject *module, PyObject *object)
{
    (void)module;
    if (!PyFunction_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "not a Python function");
        return NULL;
    }
    PyFunctionObject *function = (PyFunctionObject *)object;
    return Py_BuildValue("(IN)", function->func_version, PyLong_FromVoidPtr((void *)(uintptr_t)function->vectorcall));
}

static PyObject *drains_forward(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *function, *partner;
    long at;
    if (!PyArg_ParseTuple(args, "O!Ol", &PyFunction_Type, &function, &partner, &at) || detour_init() < 0) {
        return NULL;
    }
    struct detour detour = {.function = function};
    detour_set(&detour, detour_call);
    memory_fail_one(at);
    detour_forward(&detour, partner);
    memory_fail_none();
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static PyObject *drains_default(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyBool_FromLong(_PyInterpreterState_GetEvalFrameFunc(PyInterpreterState_Get()) == _PyEval_EvalFrameDefault);
}

static PyMethodDef methods[] = {
    {"drain", (PyCFunction)(void (*)(void))drains_run, METH_VARARGS | METH_KEYWORDS,
     "drain([(function, partner or None, changed)], [(object, name, value)], [old, new, ...], when, wait, hold, look, "
     "fits, "
     "in_vain) -> dict"},
    {"reopen", drains_reopen, METH_VARARGS,
     "reopen(function, partner, old, new) -> calls that were parked; another thread must call the function"},
    {"entry", drains_entry, METH_O, "entry(function) -> (version, address that calls enter)"},
    {"forward", drains_forward, METH_VARARGS, "forward(function, partner, n): the n-th allocation for it fails"},
    {"evaluates_by_default", drains_default, METH_NOARGS, "is the interpreter's own eval function in use?"},
    {NULL, NULL, 0, NULL},
};

int drains_add(PyObject *module)
{
    return PyModule_AddIntConstant(module, "SAFE", WHEN_SAFE) < 0 ||
                   PyModule_AddIntConstant(module, "STRICT", WHEN_STRICT) < 0 ||
                   PyModule_AddIntConstant(module, "NOW", WHEN_NOW) < 0
               ? -1
               : PyModule_AddFunctions(module, methods);
}
