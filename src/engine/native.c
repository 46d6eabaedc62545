/* Extension modules that nobody has loaded before.
 *
 * Idea: a shared library cannot be unloaded, and CPython gives a second import of the same file the first one's module
 * or memory. So what staging loads is a copy (disk/sharedlib.h) under a path of its own: if the version is given up,
 * the program's own import of the file begins afresh, and if not, the copy is simply where the code lies. Spec, loader
 * and __file__ say where the file is.
 *
 * Native code writes sys.modules by PyDict_SetItem, past the view: what it wrote there is moved behind the view as soon
 * as it has run, also when it has failed. That are entries which were not there, of the module itself or of modules
 * that it has made.
 *
 * What was given up stays: its code, and of a module of the old kind (one phase) the module, in CPython's list by
 * number, because a finalizer in C that is still to run may look it up there. sharedlib_copy bounds what that may take.
 *
 * Must not: load a module that the process has loaded already; its old form cannot be taken back. */
#include "engine/native.h"

#include "compat/modules.h"
#include "disk/sharedlib.h"

#include <dlfcn.h>
#include <unistd.h>

/* -1 with an ImportError set. */
static int refuse_load(PyObject *refused, PyObject *name, const char *why)
{
    OWN_REF text = PyUnicode_FromFormat("%s", why); /* may hold a path, cut anywhere */
    OWN_REF entry = text ? PyTuple_Pack(2, name, text) : NULL;
    OWN_REF message = entry ? PyUnicode_FromFormat("extension module %R is not staged: %U", name, text) : NULL;
    if (message && PyList_Append(refused, entry) == 0) {
        PyErr_SetImportError(message, name, NULL);
    }
    return -1;
}

/* The names that are in the real sys.modules, as a new dict. */
static PyObject *real_names(void)
{
    OWN_REF names = PyDict_New();
    PyObject *name, *module;
    for (Py_ssize_t i = 0; names && PyDict_Next(modules_dict(), &i, &name, &module);) {
        if (PyUnicode_CheckExact(name) && PyDict_SetItem(names, name, Py_None) < 0) {
            return NULL;
        }
    }
    return STEAL(names);
}

static bool has_value(PyObject *module, PyObject *wanted)
{
    PyObject *name, *value;
    for (Py_ssize_t i = 0;
         module && PyModule_Check(module) && PyDict_Next(PyModule_GetDict(module), &i, &name, &value);) {
        if (value == wanted) {
            return true;
        }
    }
    return false;
}

/* Was this entry made by a native module: something that the import system knows nothing of (cffi's are no modules at
 * all), and that stands in the namespace of it, or of another one that it has made, or under its name or below that?
 * own: NULL if it has failed. */
static bool is_inner(PyObject *own_name, PyObject *own, PyObject *moved, PyObject *name, PyObject *entry)
{
    PyObject *spec = PyModule_Check(entry) ? dict_get(PyModule_GetDict(entry), "__spec__") : NULL;
    if (PyErr_Occurred() || (spec && spec != Py_None)) {
        return false;
    }
    OWN_REF prefix = PyUnicode_FromFormat("%U.", own_name);
    bool is = PyUnicode_Compare(name, own_name) == 0 ||
              (prefix && PyUnicode_Tailmatch(name, prefix, 0, PY_SSIZE_T_MAX, -1) == 1) || has_value(own, entry);
    PyObject *key, *other;
    for (Py_ssize_t i = 0; !is && PyDict_Next(moved, &i, &key, &other);) {
        is = has_value(other, entry);
    }
    return is;
}

/* Adds to `moved` what of the real sys.modules was not there `before` and is this module's. 1: something; 0; -1. */
static int find_written(PyObject *before, PyObject *own_name, PyObject *own, PyObject *moved)
{
    PyObject *name, *module;
    int found = 0;
    for (Py_ssize_t i = 0; PyDict_Next(modules_dict(), &i, &name, &module);) {
        if (!PyUnicode_CheckExact(name) || PyDict_Contains(before, name) || PyDict_Contains(moved, name)) {
            continue;
        }
        if (module == own || is_inner(own_name, own, moved, name, module)) {
            found = PyDict_SetItem(moved, name, module) < 0 ? -1 : 1;
        }
        if (found < 0 || PyErr_Occurred()) {
            return -1;
        }
    }
    return found;
}

/* What native code has put into the real sys.modules since `before` goes behind the view. */
static int move_written(PyObject *before, PyObject *name, PyObject *module)
{
    OWN_REF moved = PyDict_New();
    int found = moved ? 1 : -1;
    while (found > 0) {
        found = find_written(before, name, module, moved);
    }
    PyObject *key, *value;
    for (Py_ssize_t i = 0; found == 0 && PyDict_Next(moved, &i, &key, &value);) {
        if (PyDict_DelItem(modules_dict(), key) < 0 || PyObject_SetItem(modules_dict(), key, value) < 0) {
            return -1;
        }
    }
    return found;
}

/* The same after native code that may have raised: that stays, unless this fails. */
static int move_after(PyObject *before, PyObject *name, PyObject *module)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    int moved = before ? move_written(before, name, module) : 0;
    if (type) {
        PyErr_Clear();
        PyErr_Restore(type, value, traceback);
    }
    return moved;
}

/* _imp.create_dynamic, from a copy. The spec says where the copy is only while that runs. */
static PyObject *create_from(PyObject *spec, PyObject *origin, const char *copy)
{
    OWN_REF imp = PyImport_ImportModule("_imp");
    OWN_REF path = imp ? PyUnicode_DecodeFSDefault(copy) : NULL;
    if (!path || PyObject_SetAttrString(spec, "origin", path) < 0) {
        return NULL;
    }
    OWN_REF module = PyObject_CallMethod(imp, "create_dynamic", "O", spec);
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (PyObject_SetAttrString(spec, "origin", origin) < 0) {
        Py_XDECREF(type), Py_XDECREF(value), Py_XDECREF(traceback);
        return NULL;
    }
    PyErr_Restore(type, value, traceback);
    if (!module || !PyModule_Check(module)) {
        return STEAL(module);
    }
    PyObject *file = dict_get(PyModule_GetDict(module), "__file__");
    bool is_copy = file && PyUnicode_Check(file) && PyUnicode_Compare(file, path) == 0;
    if (PyErr_Occurred() || (is_copy && PyObject_SetAttrString(module, "__file__", origin) < 0)) {
        return NULL;
    }
    return STEAL(module);
}

/* Is what is loaded now to give its symbols to the whole process: then the program's own import would be bound to those
 * of a copy that was given up. 1, 0, -1. */
static int loads_globally(void)
{
    PyObject *ask = sys_get("getdlopenflags");
    OWN_REF flags = ask ? PyObject_CallNoArgs(ask) : NULL;
    long value = flags ? PyLong_AsLong(flags) : 0;
    return PyErr_Occurred() ? -1 : (value & RTLD_GLOBAL) != 0;
}

static PyObject *create_copied(PyObject *refused, PyObject *name, PyObject *spec, PyObject *origin)
{
    OWN_REF path = NULL;
    struct disk_error error;
    struct strbuf copy;
    strbuf_init(&copy);
    int global = loads_globally();
    if (global > 0) {
        refuse_load(refused, name, "sys.setdlopenflags() gives its symbols to the whole process");
    }
    if (global || !PyUnicode_FSConverter(origin, &path)) {
        return NULL;
    }
    int fd = sharedlib_copy(PyBytes_AS_STRING(path), &copy, &error);
    PyObject *module = fd < 0 ? NULL : create_from(spec, origin, copy.data);
    if (fd < 0) {
        refuse_load(refused, name, error.text);
    } else {
        close(fd);
    }
    strbuf_release(&copy);
    return module;
}

/* Stand in for loader.create_module and exec_module. self: tuple (loader, refused). */
static PyObject *create_module(PyObject *self, PyObject *spec)
{
    OWN_REF name = PyObject_GetAttrString(spec, "name");
    OWN_REF origin = name ? PyObject_GetAttrString(spec, "origin") : NULL;
    OWN_REF before = origin ? real_names() : NULL;
    PyObject *refused = PyTuple_GET_ITEM(self, 1);
    Py_ssize_t n_refused = PyList_GET_SIZE(refused);
    OWN_REF module = before ? create_copied(refused, name, spec, origin) : NULL;
    int moved = move_after(before, name, module);
    if (module) {
        return moved < 0 ? NULL : STEAL(module);
    }
    if (before && PyErr_Occurred() && PyList_GET_SIZE(refused) == n_refused) {
        PyObject *type, *value, *traceback; /* a package may go on without it, as it would not in a fresh process */
        PyErr_Fetch(&type, &value, &traceback);
        OWN_REF text = value ? PyObject_Str(value) : NULL;
        OWN_REF entry = text ? PyTuple_Pack(2, name, text) : NULL;
        if (entry && PyList_Append(refused, entry) == 0) {
            PyErr_Restore(type, value, traceback);
        } else {
            Py_XDECREF(type), Py_XDECREF(value), Py_XDECREF(traceback);
        }
    }
    return NULL;
}

static PyObject *exec_module(PyObject *self, PyObject *module)
{
    native_leave(PyTuple_GET_ITEM(self, 0));
    OWN_REF name = PyObject_GetAttrString(PyTuple_GET_ITEM(self, 0), "name");
    OWN_REF before = name ? real_names() : NULL;
    OWN_REF imp = before ? PyImport_ImportModule("_imp") : NULL;
    OWN_REF done = imp ? PyObject_CallMethod(imp, "exec_dynamic", "O", module) : NULL;
    return move_after(before, name, module) < 0 || !done ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef create_method = {"create_module", create_module, METH_O, NULL};
static PyMethodDef exec_method = {"exec_module", exec_module, METH_O, NULL};

int native_prepare(PyObject *refused, PyObject *name, PyObject *loader)
{
    if (modules_loaded(name)) {
        return refuse_load(refused, name, "the process has loaded it already, in the form of the old version");
    }
    OWN_REF self = PyTuple_Pack(2, loader, refused);
    OWN_REF create = self ? PyCFunction_New(&create_method, self) : NULL;
    OWN_REF exec = create ? PyCFunction_New(&exec_method, self) : NULL;
    if (!exec || PyObject_SetAttrString(loader, "create_module", create) < 0 ||
        PyObject_SetAttrString(loader, "exec_module", exec) < 0) {
        return -1;
    }
    return 0;
}

void native_leave(PyObject *loader)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    static const char *const names[] = {"create_module", "exec_module"};
    for (int i = 0; i < 2; i++) {
        if (PyObject_DelAttrString(loader, names[i]) < 0) {
            PyErr_Clear(); /* it has been taken back */
        }
    }
    PyErr_Restore(type, value, traceback);
}
