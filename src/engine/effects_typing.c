/* typing keeps every overload by module and name, and remembers every generic alias made.
 *
 * Staging's overloads would overwrite the old version's: those are set aside before and put back after; the new ones
 * take their place at the flip. What staging adds to a module that is not upgraded (it exchanges that, which is
 * refused) goes. The caches hold staged classes and would keep an abandoned generation alive: they are cleared, which
 * costs only their content. */
#include "engine/effects_parts.h"
#include "engine/redo.h"

/* Moves the entries of the registry whose key is in names to a new dict. On failure nothing has moved. */
static PyObject *take(PyObject *registry, PyObject *names)
{
    OWN_REF taken = PyDict_New();
    PyObject *key, *entry;
    for (Py_ssize_t i = 0; taken && PyDict_Next(registry, &i, &key, &entry);) {
        int in = PyDict_Contains(names, key);
        if (in < 0 || (in && PyDict_SetItem(taken, key, entry) < 0)) {
            return NULL;
        }
    }
    for (Py_ssize_t i = 0; taken && PyDict_Next(taken, &i, &key, &entry);) {
        if (PyDict_DelItem(registry, key) < 0) {
            PyErr_Clear(); /* gone meanwhile */
        }
    }
    return STEAL(taken);
}

/* name of a module -> name of a function -> its overloads by line: copies of all that is in the registry. */
static PyObject *copy_all(PyObject *registry)
{
    OWN_REF copies = PyDict_New();
    PyObject *name, *functions, *function, *overloads;
    for (Py_ssize_t i = 0; copies && PyDict_Next(registry, &i, &name, &functions);) {
        OWN_REF copy = PyDict_New();
        if (!copy || PyDict_SetItem(copies, name, copy) < 0) {
            return NULL;
        }
        for (Py_ssize_t j = 0; PyDict_Check(functions) && PyDict_Next(functions, &j, &function, &overloads);) {
            OWN_REF lines = PyDict_Check(overloads) ? PyDict_Copy(overloads) : Py_NewRef(Py_None);
            if (!lines || PyDict_SetItem(copy, function, lines) < 0) {
                return NULL;
            }
        }
    }
    return STEAL(copies);
}

/* One module's overloads as they were. */
static int restore(PyObject *functions, PyObject *copy)
{
    OWN_REF names = PyDict_Check(functions) ? PyDict_Keys(functions) : NULL;
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        PyObject *now = PyDict_GetItemWithError(functions, name), *before = PyDict_GetItemWithError(copy, name);
        if (PyErr_Occurred() || (!before && PyDict_DelItem(functions, name) < 0)) {
            return -1;
        }
        if (before && PyDict_Check(before) && PyDict_Check(now)) {
            PyDict_Clear(now);
            if (PyDict_Update(now, before) < 0) {
                return -1;
            }
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* Of the modules that were staged, those that are not upgraded: they leave `names`, which are those to be taken. */
static int restore_others(PyObject *registry, PyObject *copies, PyObject *names)
{
    PyObject *name, *copy;
    for (Py_ssize_t i = 0; PyDict_Next(copies, &i, &name, &copy);) {
        int staged = PyDict_Contains(names, name);
        PyObject *functions = staged > 0 ? PyDict_GetItemWithError(registry, name) : NULL;
        if (staged < 0 || PyErr_Occurred() || (functions && restore(functions, copy) < 0) ||
            (staged && PyDict_DelItem(names, name) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* (what was taken away, copies of the rest) */
PyObject *effects_typing_begin(PyObject *old_modules)
{
    OWN_REF registry = effects_attribute("typing", "_overload_registry");
    if (!registry || !PyDict_Check(registry)) {
        return registry ? Py_BuildValue("({}{})") : NULL;
    }
    OWN_REF copies = copy_all(registry);
    OWN_REF empty = copies ? PyDict_New() : NULL;
    OWN_REF before = empty ? PyTuple_Pack(2, empty, copies) : NULL;
    PyObject *aside = before ? take(registry, old_modules) : NULL; /* last: nothing can fail behind it */
    if (!aside) {
        return NULL;
    }
    PyTuple_SET_ITEM(before, 0, aside);
    Py_DECREF(empty);
    PyObject *name, *entry;
    for (Py_ssize_t i = 0; PyDict_Next(aside, &i, &name, &entry);) {
        if (PyDict_DelItem(copies, name) < 0) {
            PyErr_Clear(); /* it is there */
        }
    }
    return STEAL(before);
}

static int clear_caches(void)
{
    OWN_REF cleanups = effects_attribute("typing", "_cleanups");
    for (Py_ssize_t i = 0; cleanups && PyList_Check(cleanups) && i < PyList_GET_SIZE(cleanups); i++) {
        OWN_REF cleanup = Py_NewRef(PyList_GET_ITEM(cleanups, i));
        OWN_REF done = PyObject_CallNoArgs(cleanup);
        if (!done) {
            return -1;
        }
    }
    return cleanups ? 0 : -1;
}

int effects_typing_end(PyObject *before, PyObject *modules, PyObject **ret_changed)
{
    PyObject *aside = PyTuple_GET_ITEM(before, 0);
    OWN_REF registry = effects_attribute("typing", "_overload_registry");
    OWN_REF added = NULL;
    if (registry && PyDict_Check(registry)) {
        OWN_REF names = PyDict_Copy(modules);
        if (!names || restore_others(registry, PyTuple_GET_ITEM(before, 1), names) < 0 ||
            PyDict_Update(names, aside) < 0 || !(added = take(registry, names)) || PyDict_Update(registry, aside) < 0) {
            return -1;
        }
    } else if (registry) {
        added = PyDict_New();
    }
    OWN_REF gone = added ? PyDict_Keys(aside) : NULL;
    *ret_changed = gone ? PyTuple_Pack(2, added, gone) : NULL;
    return *ret_changed ? clear_caches() : -1;
}

/* What the registry has under these names (keys of a dict, or a list) is noted, to be there again. */
static int note_entries(PyObject *registry, PyObject *names, PyObject *after, PyObject *undo)
{
    OWN_REF list = listed(names);
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++) {
        PyObject *name = PyList_GET_ITEM(list, i);
        PyObject *before = PyDict_GetItemWithError(registry, name);
        PyObject *then = PyErr_Occurred() ? NULL : PyDict_GetItemWithError(after, name);
        if (PyErr_Occurred() || redo_note_item(undo, registry, name, before, then) < 0) {
            return -1;
        }
    }
    return list ? 0 : -1;
}

int effects_typing_redo(PyObject *changed, PyObject *undo)
{
    PyObject *added = PyTuple_GET_ITEM(changed, 0);
    PyObject *gone = PyTuple_GET_ITEM(changed, 1);
    OWN_REF registry = effects_attribute("typing", "_overload_registry");
    if (!registry || !PyDict_Check(registry)) {
        return registry ? 0 : -1;
    }
    OWN_REF all = undo ? PySet_New(added) : NULL;
    OWN_REF both = all ? PyObject_CallMethod(all, "update", "O", gone) : NULL;
    if (undo && (!both || note_entries(registry, all, added, undo) < 0)) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(gone); i++) {
        PyObject *name = PyList_GET_ITEM(gone, i);
        if (PyDict_Contains(registry, name) == 1 && PyDict_DelItem(registry, name) < 0) {
            return -1;
        }
    }
    return PyDict_Update(registry, added);
}
