/* Which objects mean themselves: told by their types' names and homes, without asking the objects. */
#include "engine/kinds.h"

#include "engine/generation.h"

#include <string.h>

static bool is_opaque_type(PyTypeObject *type)
{
    static const char *const names[] = {
        "_thread.lock",    "_thread.RLock",      "ContextVar",     "_contextvars.ContextVar",
        "itertools.count", "_queue.SimpleQueue", "_thread._local", "_random.Random",
        "_socket.socket",  "_asyncio.Future",    "_asyncio.Task",  "generator"};
    static const char *const modules[] = {"threading",   "queue",           "weakref",    "random", "socket",
                                          "_weakrefset", "multiprocessing", "concurrent", "asyncio"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(type->tp_name, names[i]) == 0) {
            return true;
        }
    }
    PyObject *module = class_module_name(type);
    for (size_t i = 0; module && i < sizeof modules / sizeof *modules; i++) {
        OWN_REF name = PyUnicode_FromString(modules[i]);
        if (name &&
            (PyUnicode_Compare(module, name) == 0 || (PyUnicode_Tailmatch(module, name, 0, PY_SSIZE_T_MAX, -1) == 1 &&
                                                      PyUnicode_ReadChar(module, PyUnicode_GET_LENGTH(name)) == '.'))) {
            return true;
        }
    }
    PyErr_Clear();
    return false;
}

/* A subclass (a thread with its own run(), a thread's locals with methods) is as opaque as its base. */
bool kinds_is_opaque(PyObject *object)
{
    PyObject *mro = Py_TYPE(object)->tp_mro;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        if (is_opaque_type((PyTypeObject *)PyTuple_GET_ITEM(mro, i))) {
            return true;
        }
    }
    return false;
}

bool kinds_is_enum(PyObject *type)
{
    PyTypeObject *meta = Py_TYPE(type);
    PyObject *mro = meta->tp_mro;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        PyObject *module = class_module_name(base);
        if (module && PyUnicode_CompareWithASCIIString(module, "enum") == 0) {
            return true;
        }
    }
    return false;
}
