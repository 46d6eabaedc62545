/* What the import of a new version does to a registry outside may have to be another thing than what it does in a fresh
 * process. The program says so for one function: calls of the staging thread go to the program's function, with the
 * original as its first argument.
 *
 * Must not: be in the way of other threads, or of a place that has another function by now. */
#include "engine/stage_hooks.h"

#include "compat/modules.h"

/* self: (original, the program's function) */
static PyObject *call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *original = PyTuple_GET_ITEM(self, 0);
    if (!modules_view_mine()) {
        return PyObject_Call(original, args, kwargs);
    }
    Py_ssize_t n = PyTuple_GET_SIZE(args);
    OWN_REF longer = PyTuple_New(n + 1);
    if (!longer) {
        return NULL;
    }
    PyTuple_SET_ITEM(longer, 0, Py_NewRef(original));
    for (Py_ssize_t i = 0; i < n; i++) {
        PyTuple_SET_ITEM(longer, i + 1, Py_NewRef(PyTuple_GET_ITEM(args, i)));
    }
    return PyObject_Call(PyTuple_GET_ITEM(self, 1), longer, kwargs);
}

static PyMethodDef call_method = {"while_staging", (PyCFunction)(void (*)(void))call, METH_VARARGS | METH_KEYWORDS,
                                  NULL};

static int put(struct standins *standins, PyObject *owner, PyObject *name, PyObject *function)
{
    PyObject *space = PyModule_Check(owner) ? PyModule_GetDict(owner) : ((PyTypeObject *)owner)->tp_dict;
    PyObject *original = PyDict_GetItemWithError(space, name);
    if (!original || !PyFunction_Check(original)) {
        return PyErr_Occurred() ? -1 : 0; /* the program has put something else there since */
    }
    OWN_REF self = PyTuple_Pack(2, original, function);
    OWN_REF stand_in = self ? PyCFunction_New(&call_method, self) : NULL;
    OWN_REF bound = !stand_in ? NULL : PyType_Check(owner) ? PyInstanceMethod_New(stand_in) : Py_NewRef(stand_in);
    return bound ? standins_put(standins, owner, name, bound) : -1;
}

int stage_hooks_begin(struct standins *standins, PyObject *old_modules)
{
    OWN_REF name = PyUnicode_FromString("midflight.hooks");
    PyObject *module = name ? modules_loaded(name) : NULL;
    OWN_REF hooks = module ? PyObject_CallMethod(module, "_while_staging", "O", old_modules) : NULL;
    for (Py_ssize_t i = 0; hooks && i < PyList_GET_SIZE(hooks); i++) {
        PyObject *hook = PyList_GET_ITEM(hooks, i);
        if (put(standins, PyTuple_GET_ITEM(hook, 0), PyTuple_GET_ITEM(hook, 1), PyTuple_GET_ITEM(hook, 2)) < 0) {
            return -1;
        }
    }
    return hooks || (name && !module) ? 0 : -1;
}
