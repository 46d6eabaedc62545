/* Names of modules that come and go: in sys.modules, and in packages that are not upgraded.
 *
 * Invariant: a key that is new is there before the walk, and its table has room for it; what is left to do after the
 * commit needs no memory. All keys are str, so no Python code runs.
 * Must not: take a name away before the flip is made. */
#include "engine/flip_publish.h"

/* A key that is not there yet enters before the commit, which must not need memory, and before the plan, which points
 * into the dict's table: it may grow. (dict, key) is added to added. */
static int publish(PyObject *dict, PyObject *key, PyObject *value, PyObject *added)
{
    int there = PyDict_Contains(dict, key);
    OWN_REF entry = there == 0 ? PyTuple_Pack(2, dict, key) : NULL;
    if (there || !entry) {
        return there > 0 ? 0 : -1;
    }
    return PyList_Append(added, entry) < 0 ? -1 : PyDict_SetItem(dict, key, value);
}

/* A module whose parent package is not part of the upgrade (a namespace package) is the parent's attribute: (namespace,
 * name, module or None) is added to children. module NULL: it is gone. */
static int publish_child(struct upgrade *upgrade, PyObject *name, PyObject *module, PyObject *added, PyObject *children)
{
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), -1);
    if (dot < 0) {
        return 0;
    }
    OWN_REF parent_name = PyUnicode_Substring(name, 0, dot);
    OWN_REF child = parent_name ? PyUnicode_Substring(name, dot + 1, PyUnicode_GET_LENGTH(name)) : NULL;
    PyObject *parent = child ? PyDict_GetItemWithError(PyImport_GetModuleDict(), parent_name) : NULL;
    if (!parent || !PyModule_Check(parent) || PyDict_Contains(upgrade->stage.modules, parent_name) ||
        PyDict_Contains(upgrade->old_modules, parent_name)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    PyObject *dict = PyModule_GetDict(parent);
    OWN_REF entry = PyTuple_Pack(3, dict, child, module ? module : Py_None);
    return !entry || PyList_Append(children, entry) < 0 ? -1 : module ? publish(dict, child, module, added) : 0;
}

int flip_publish(struct upgrade *upgrade, PyObject *added, PyObject *children)
{
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (PyDict_Next(upgrade->stage.modules, &position, &name, &module)) {
        if (publish(PyImport_GetModuleDict(), name, module, added) < 0 ||
            publish_child(upgrade, name, module, added, children) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(upgrade->stage.removed); i++) {
        if (publish_child(upgrade, PyList_GET_ITEM(upgrade->stage.removed, i), NULL, added, children) < 0) {
            return -1;
        }
    }
    return 0;
}

static void remove_key(PyObject *dict, PyObject *key)
{
    if (PyDict_Contains(dict, key) == 1 && PyDict_DelItem(dict, key) < 0) {
        PyErr_Clear(); /* it is there, and deleting needs no memory */
    }
}

void flip_publish_withdraw(PyObject *added)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    for (Py_ssize_t i = 0; added && i < PyList_GET_SIZE(added); i++) {
        PyObject *entry = PyList_GET_ITEM(added, i);
        remove_key(PyTuple_GET_ITEM(entry, 0), PyTuple_GET_ITEM(entry, 1));
    }
    PyErr_Restore(type, value, traceback);
}

/* A further name that the new version makes stands for what it makes it stand for; one that it does not make goes. */
static void settle_alias(struct upgrade *upgrade, PyObject *name)
{
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *module = PyDict_GetItemWithError(upgrade->stage.modules, name);
    if (!module) {
        remove_key(modules, name);
    } else if (PyDict_SetItem(modules, name, module) < 0) {
        PyErr_Clear(); /* an existing key needs no memory */
    }
}

static void settle_children(PyObject *children)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(children); i++) {
        PyObject *entry = PyList_GET_ITEM(children, i);
        PyObject *dict = PyTuple_GET_ITEM(entry, 0), *name = PyTuple_GET_ITEM(entry, 1);
        PyObject *module = PyTuple_GET_ITEM(entry, 2);
        if (module == Py_None) {
            remove_key(dict, name);
        } else if (PyDict_SetItem(dict, name, module) < 0) {
            PyErr_Clear(); /* the key is there: publish saw to it */
        }
    }
}

void flip_publish_settle(struct upgrade *upgrade, PyObject *children)
{
    settle_children(children);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(upgrade->aliases); i++) {
        settle_alias(upgrade, PyList_GET_ITEM(upgrade->aliases, i));
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(upgrade->stage.removed); i++) {
        remove_key(PyImport_GetModuleDict(), PyList_GET_ITEM(upgrade->stage.removed, i));
    }
}
