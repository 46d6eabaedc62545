/* importlib keeps a table of locks by name of module. The staging thread's get another name in the same table.
 *
 * So everything that importlib does about locks (waiting, finding deadlocks, dropping a lock that nobody has) goes on
 * as it is, and there is nothing to undo but the one function that looks a lock up. A lock taken before the view began
 * is released by the object, not by its name.
 *
 * The names are importlib's private ones, which is why this is in compat; importlocks_begin refuses where they are not.
 * Must not: be asked for locks of the standard library by another name, which all threads load together. */
#include "compat/importlocks.h"

#include "compat/modules.h"

#define NOT_KNOWN "this importlib keeps its locks in a way that midflight does not know"

/* What importlib._bootstrap has under this name, borrowed; NULL with an exception set. */
static PyObject *importlib_get(const char *name)
{
    OWN_REF importlib = PyImport_ImportModule("_frozen_importlib");
    PyObject *value = importlib ? dict_get(PyModule_GetDict(importlib), name) : NULL;
    if (!value && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_RuntimeError, NOT_KNOWN);
    }
    return value;
}

/* ---- two worlds ---- */

/* Stands in for importlib._bootstrap._get_module_lock, which is its self. */
static PyObject *get_module_lock(PyObject *original, PyObject *name)
{
    int shared = modules_view_mine() ? modules_view_shows(name) : 1;
    if (shared < 0) {
        return NULL;
    }
    OWN_REF key = shared ? Py_NewRef(name) : PyUnicode_FromFormat("new version of %U", name);
    return key ? PyObject_CallOneArg(original, key) : NULL;
}

static PyMethodDef get_module_lock_method = {"_get_module_lock", get_module_lock, METH_O, NULL};

int importlocks_begin(struct standins *standins)
{
    PyObject *original = importlib_get("_get_module_lock");
    OWN_REF function = original ? PyCFunction_New(&get_module_lock_method, original) : NULL;
    OWN_REF name = function ? PyUnicode_InternFromString("_get_module_lock") : NULL;
    OWN_REF importlib = name ? PyImport_ImportModule("_frozen_importlib") : NULL;
    return importlib ? standins_put(standins, importlib, name, function) : -1;
}

/* ---- who holds what ---- */

enum holder { NOBODY, ME, ANOTHER };

/* Whose is the lock that this weak reference of the table refers to? *ret_lock: the lock, new reference, unless
 * nobody's. -1 with an exception set. */
static int holder_of(PyObject *reference, PyObject **ret_lock)
{
    OWN_REF lock = PyObject_CallNoArgs(reference);
    OWN_REF owner = lock && lock != Py_None ? PyObject_GetAttrString(lock, "owner") : NULL;
    if (!owner || owner == Py_None) {
        return PyErr_Occurred() ? -1 : NOBODY;
    }
    unsigned long thread = PyLong_AsUnsignedLong(owner);
    if (thread == (unsigned long)-1 && PyErr_Occurred()) {
        return -1;
    }
    *ret_lock = STEAL(lock);
    return thread == PyThread_get_thread_ident() ? ME : ANOTHER;
}

/* Calls `visit` with each name and lock that the calling thread holds, or that another does. */
static int each_lock(enum holder wanted, int (*visit)(PyObject *name, PyObject *lock, void *arg), void *arg)
{
    PyObject *table = importlib_get("_module_locks");
    OWN_REF items = table ? PyMapping_Items(table) : NULL; /* the table changes as locks go */
    for (Py_ssize_t i = 0; items && i < PyList_GET_SIZE(items); i++) {
        PyObject *item = PyList_GET_ITEM(items, i);
        OWN_REF lock = NULL;
        int holder = holder_of(PyTuple_GET_ITEM(item, 1), &lock);
        if (holder < 0 || (holder == (int)wanted && visit(PyTuple_GET_ITEM(item, 0), lock, arg) < 0)) {
            return -1;
        }
    }
    return items ? 0 : -1;
}

static int note_name(PyObject *name, PyObject *lock, void *set)
{
    (void)lock;
    return PySet_Add(set, name);
}

PyObject *importlocks_held(void)
{
    OWN_REF held = PySet_New(NULL);
    return held && each_lock(ME, note_name, held) == 0 ? STEAL(held) : NULL;
}

static int release(PyObject *name, PyObject *lock, void *held)
{
    int keep = PySet_Contains(held, name);
    while (keep == 0) { /* it counts how often it was taken */
        OWN_REF done = PyObject_CallMethod(lock, "release", NULL);
        OWN_REF owner = done ? PyObject_GetAttrString(lock, "owner") : NULL;
        keep = !owner ? -1 : owner == Py_None;
    }
    return keep < 0 ? -1 : 0;
}

int importlocks_release_beyond(PyObject *held)
{
    return each_lock(ME, release, held);
}

/* ---- fork ---- */

/* Takes a module out of sys.modules that is still being loaded. */
static int drop_unfinished(PyObject *name)
{
    OWN_REF module = Py_XNewRef(modules_loaded(name));
    OWN_REF spec = module ? PyObject_GetAttrString(module, "__spec__") : NULL;
    OWN_REF loading = spec ? PyObject_GetAttrString(spec, "_initializing") : NULL;
    if (!loading) {
        PyErr_Clear();
        return 0;
    }
    return loading == Py_True ? PyDict_DelItem(modules_dict(), name) : 0;
}

static int drop(PyObject *name, PyObject *lock, void *table)
{
    (void)lock;
    int there = PyDict_Contains(table, name);
    return there == 1 ? PyDict_DelItem(table, name) : there;
}

static int drop_with_module(PyObject *name, PyObject *lock, void *table)
{
    int dropped = drop(name, lock, table);
    return drop_unfinished(name) < 0 ? -1 : dropped;
}

/* A lock that nobody owns goes too. Whoever was giving it back, or about to take it, may have had the small lock inside
 * it, for which nobody would wait in vain but a child. */
int importlocks_after_fork(void)
{
    PyObject *table = importlib_get("_module_locks");
    if (!table || !PyDict_Check(table)) {
        return -1;
    }
    if (!PyDict_GET_SIZE(table)) {
        return 0;
    }
    int dropped = each_lock(ANOTHER, drop_with_module, table);
    dropped = each_lock(NOBODY, drop, table) < 0 ? -1 : dropped;
    PyObject *waiting = importlib_get("_blocking_on"); /* thread -> lock: numbers of threads are used again */
    OWN_REF done = waiting ? PyObject_CallMethod(waiting, "clear", NULL) : NULL;
    return done ? dropped : -1;
}
