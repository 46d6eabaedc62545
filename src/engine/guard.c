/* A thread cannot be taken back, so staging does not start one: the functions of _thread that start threads, and
 * threading's own names for them, are exchanged for stand-ins while staging runs. For every thread but the stager a
 * stand-in is the original. What the staged code makes of the RuntimeError does not matter: the upgrade is refused.
 *
 * Invariant: guard_end puts back only where its own stand-in still stands.
 * Must not: hold up or refuse a thread that the program starts. */
#include "engine/guard.h"

#include "compat/modules.h"

static const char *const starters[][2] = {
    {"_thread", "start_new_thread"},         {"_thread", "start_new"},
    {"_thread", "start_joinable_thread"},    {"threading", "_start_new_thread"},
    {"threading", "_start_joinable_thread"},
};

/* What to call the thread whose function is `function`: the Thread object's name, else the function. */
static PyObject *thread_name(PyObject *function)
{
    OWN_REF thread = PyObject_GetAttrString(function, "__self__");
    OWN_REF name = thread ? PyObject_GetAttrString(thread, "name") : NULL;
    PyErr_Clear();
    return name && PyUnicode_Check(name) ? STEAL(name) : PyObject_Repr(function);
}

/* self: (original, prevented) */
static PyObject *start(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (!modules_view_mine()) {
        return PyObject_Call(PyTuple_GET_ITEM(self, 0), args, kwargs);
    }
    OWN_REF name = PyTuple_GET_SIZE(args) ? thread_name(PyTuple_GET_ITEM(args, 0)) : NULL;
    if (!name) {
        PyErr_Clear();
        name = PyUnicode_FromString("a thread");
    }
    if (name && PyList_Append(PyTuple_GET_ITEM(self, 1), name) == 0) {
        PyErr_SetString(PyExc_RuntimeError, "no thread is started while midflight stages a new version");
    }
    return NULL;
}

static PyMethodDef start_method = {"start_new_thread", (PyCFunction)(void (*)(void))start, METH_VARARGS | METH_KEYWORDS,
                                   NULL};

static int stand_in(struct guard *guard, const char *module_name, const char *name)
{
    OWN_REF key = PyUnicode_FromString(module_name);
    PyObject *module = key ? modules_loaded(key) : NULL;
    if (!module || !PyModule_Check(module)) {
        return key ? 0 : -1;
    }
    PyObject *original = dict_get(PyModule_GetDict(module), name);
    if (!original) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF self = PyTuple_Pack(2, original, guard->prevented);
    OWN_REF function = self ? PyCFunction_New(&start_method, self) : NULL;
    OWN_REF place = function ? Py_BuildValue("(OsOO)", module, name, original, function) : NULL;
    if (!place || PyList_Append(guard->places, place) < 0) {
        return -1;
    }
    return PyDict_SetItemString(PyModule_GetDict(module), name, function);
}

int guard_begin(struct guard *guard)
{
    guard->places = PyList_New(0);
    guard->prevented = PyList_New(0);
    if (!guard->places || !guard->prevented) {
        return -1;
    }
    for (size_t i = 0; i < sizeof starters / sizeof *starters; i++) {
        if (stand_in(guard, starters[i][0], starters[i][1]) < 0) {
            return -1;
        }
    }
    return 0;
}

void guard_end(struct guard *guard)
{
    for (Py_ssize_t i = 0; guard->places && i < PyList_GET_SIZE(guard->places); i++) {
        PyObject *place = PyList_GET_ITEM(guard->places, i);
        PyObject *space = PyModule_GetDict(PyTuple_GET_ITEM(place, 0));
        PyObject *name = PyTuple_GET_ITEM(place, 1);
        PyObject *current = PyDict_GetItemWithError(space, name);
        if (current == PyTuple_GET_ITEM(place, 3) && PyDict_SetItem(space, name, PyTuple_GET_ITEM(place, 2)) < 0) {
            PyErr_Clear(); /* exchanging the value of a key that is there allocates nothing */
        }
    }
    Py_CLEAR(guard->places);
}

void guard_release(struct guard *guard)
{
    guard_end(guard);
    Py_CLEAR(guard->prevented);
}
