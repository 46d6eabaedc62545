/* Who defined this? A function belongs to the module whose dict it runs in; a class to the module it names in its own
 * dict.
 *
 * Invariant: asks nothing of the objects themselves (no attribute look-up, no isinstance): proxies lie, and this is
 * asked for every function and class of the heap. */
#include "engine/generation.h"

#include <string.h>

int generation_init(struct generation *generation, PyObject *modules)
{
    memset(generation, 0, sizeof *generation);
    ptrmap_init(&generation->dicts);
    generation->modules = Py_NewRef(modules);
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (PyDict_Next(modules, &position, &name, &module)) {
        if (PyModule_Check(module) && ptrmap_put(&generation->dicts, PyModule_GetDict(module), module) < 0) {
            generation_release(generation);
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

void generation_release(struct generation *generation)
{
    ptrmap_release(&generation->dicts);
    Py_CLEAR(generation->modules);
}

bool generation_owns_function(const struct generation *generation, PyObject *object)
{
    return PyFunction_Check(object) && ptrmap_get(&generation->dicts, PyFunction_GET_GLOBALS(object));
}

bool generation_owns_module(const struct generation *generation, PyObject *object)
{
    return PyModule_Check(object) && ptrmap_get(&generation->dicts, PyModule_GetDict(object));
}

/* What a class has in its dict under this name; *key is interned for ever. Borrowed, or NULL. */
static PyObject *in_class(PyTypeObject *type, PyObject **key, const char *name)
{
    if (!*key && !(*key = PyUnicode_InternFromString(name))) {
        PyErr_Clear();
        return NULL;
    }
    bool has = (type->tp_flags & Py_TPFLAGS_HEAPTYPE) && type->tp_dict;
    return has ? PyDict_GetItemWithError(type->tp_dict, *key) : NULL;
}

/* What an array or pointer type was made of by ctypes; the type itself if it was not. Such types are made once for all
 * that ask, in the name of the module that asked first. */
static PyTypeObject *made_of(PyTypeObject *type)
{
    static PyObject *key;
    const char *kind = Py_TYPE(type)->tp_name;
    bool made = (strcmp(kind, "_ctypes.PyCArrayType") == 0 && strstr(type->tp_name, "_Array_")) ||
                (strcmp(kind, "_ctypes.PyCPointerType") == 0 && strncmp(type->tp_name, "LP_", 3) == 0);
    PyObject *items = made ? in_class(type, &key, "_type_") : NULL;
    return items && PyType_Check(items) && items != (PyObject *)type ? made_of((PyTypeObject *)items) : type;
}

struct body {
    PyObject *qualified; /* borrowed: the class's qualified name */
    PyObject *module;    /* borrowed: what was found, or NULL */
};

/* A function that was defined in the body says which module that is of; methods, properties and the like lead to one.
 */
static int find_in_body(PyObject *value, void *arg)
{
    struct body *body = arg;
    PyTypeObject *const wrappers[] = {&PyProperty_Type, &PyClassMethod_Type, &PyStaticMethod_Type};
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++) {
        if (Py_IS_TYPE(value, wrappers[i])) {
            return wrappers[i]->tp_traverse(value, find_in_body, arg);
        }
    }
    PyFunctionObject *function = PyFunction_Check(value) ? (PyFunctionObject *)value : NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(body->qualified);
    bool of_body = function && PyUnicode_GET_LENGTH(function->func_qualname) > length &&
                   PyUnicode_ReadChar(function->func_qualname, length) == '.' &&
                   PyUnicode_Tailmatch(function->func_qualname, body->qualified, 0, PY_SSIZE_T_MAX, -1) == 1;
    bool named = of_body && function->func_module && PyUnicode_CheckExact(function->func_module);
    body->module = named ? function->func_module : NULL;
    return named;
}

static PyObject *module_of_body(PyTypeObject *type)
{
    struct body body = {.qualified = ((PyHeapTypeObject *)type)->ht_qualname};
    PyObject *key, *value;
    for (Py_ssize_t i = 0; PyDict_Next(type->tp_dict, &i, &key, &value);) {
        if (find_in_body(value, &body)) {
            break;
        }
    }
    return body.module;
}

PyObject *class_module_name(PyTypeObject *type)
{
    static PyObject *key;
    type = made_of(type);
    PyObject *name = in_class(type, &key, "__module__");
    return !name || PyUnicode_CheckExact(name) ? name : module_of_body(type);
}

bool generation_owns_class(const struct generation *generation, PyObject *object)
{
    if (!PyType_Check(object)) {
        return false;
    }
    PyObject *name = class_module_name((PyTypeObject *)object);
    return name && PyDict_GetItemWithError(generation->modules, name);
}

PyObject *generation_name_of(PyObject *object)
{
    if (PyFunction_Check(object)) {
        PyFunctionObject *function = (PyFunctionObject *)object;
        return PyUnicode_FromFormat("%S.%S", function->func_module ? function->func_module : Py_None,
                                    function->func_qualname);
    }
    if (PyType_Check(object)) {
        return PyUnicode_FromFormat("%V.%S", class_module_name((PyTypeObject *)object), "?",
                                    ((PyHeapTypeObject *)object)->ht_qualname);
    }
    return PyModule_GetNameObject(object);
}

bool generation_defines(PyObject *module, PyTypeObject *type)
{
    PyObject *space = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
    if (!space || PyDict_GetItemWithError(space, ((PyHeapTypeObject *)type)->ht_name) == (PyObject *)type) {
        return space != NULL;
    }
    PyObject *key, *value;
    for (Py_ssize_t i = 0; type->tp_dict && PyDict_Next(type->tp_dict, &i, &key, &value);) {
        if (PyFunction_Check(value) && PyFunction_GET_GLOBALS(value) == space) {
            return true;
        }
    }
    return false;
}
