/* The word of the program (upgrade(..., state={...})) or of the new version (__upgrade_state__ in a module) about a
 * name: keep what is there, take the new version's, or merge. The program's word goes before the package's, the longer
 * path before the shorter.
 *
 * A name is a path: module, then attributes, then keys of dicts. It is resolved once, in the old generation; the slot
 * is what counts afterwards. */
#include "engine/carry_policy.h"

#include "compat/state.h"
#include "engine/carry_parts.h"

#include <stdlib.h>
#include <string.h>

static enum policy policy_of_word(PyObject *word)
{
    static const char *const words[] = {"", "keep", "new", "merge"};
    for (int i = POLICY_KEEP; PyUnicode_Check(word) && i <= POLICY_MERGE; i++) {
        if (PyUnicode_CompareWithASCIIString(word, words[i]) == 0) {
            return (enum policy)i;
        }
    }
    return POLICY_NONE;
}

/* Splits "lib.sub.NAME.attribute" at the longest module name of `modules`: *ret_module is borrowed, *ret_rest a new
 * list of the other parts, never empty. 0; 1 when no module is named; -1. */
static int split_path(PyObject *modules, PyObject *path, PyObject **ret_module, PyObject **ret_rest)
{
    OWN_REF dot = PyUnicode_FromString(".");
    OWN_REF parts = dot ? PyUnicode_Split(path, dot, -1) : NULL;
    if (!parts) {
        return -1;
    }
    for (Py_ssize_t n = PyList_GET_SIZE(parts) - 1; n > 0; n--) {
        OWN_REF head = PyList_GetSlice(parts, 0, n);
        OWN_REF name = head ? PyUnicode_Join(dot, head) : NULL;
        PyObject *module = name ? PyDict_GetItemWithError(modules, name) : NULL;
        if (PyErr_Occurred()) {
            return -1;
        }
        if (module && PyModule_Check(module)) {
            *ret_module = module;
            *ret_rest = PyList_GetSlice(parts, n, PyList_GET_SIZE(parts));
            return *ret_rest ? 0 : -1;
        }
    }
    return 1;
}

/* The value of a slot of an owner (dict, class or instance). New reference; NULL without an exception: none. */
static PyObject *value_of(PyObject *owner, PyObject *key)
{
    OWN_REF attributes = NULL;
    PyObject *dict = PyType_Check(owner) ? ((PyTypeObject *)owner)->tp_dict : owner;
    if (!PyDict_Check(dict)) {
        attributes = state_copy(owner);
        dict = attributes;
    }
    return dict ? Py_XNewRef(PyDict_GetItemWithError(dict, key)) : NULL;
}

/* The owner of the last part of a path, and whether that is there. *ret_owner is borrowed from the old generation,
 * which keeps it. 0; 1 when something on the way is not there; -1. */
static int walk_path(PyObject *module, PyObject *rest, PyObject **ret_owner, bool *ret_there)
{
    PyObject *owner = PyModule_GetDict(module);
    Py_ssize_t last = PyList_GET_SIZE(rest) - 1;
    for (Py_ssize_t i = 0; i < last; i++) {
        OWN_REF value = value_of(owner, PyList_GET_ITEM(rest, i));
        if (!value) {
            return PyErr_Occurred() ? -1 : 1;
        }
        owner = value;
    }
    OWN_REF value = value_of(owner, PyList_GET_ITEM(rest, last));
    if (PyErr_Occurred()) {
        return -1;
    }
    *ret_owner = owner;
    *ret_there = value;
    return 0;
}

int carry_policy_check(PyObject *policy, PyObject *modules)
{
    PyObject *path, *word;
    Py_ssize_t position = 0;
    while (policy && PyDict_Next(policy, &position, &path, &word)) {
        PyObject *module, *owner;
        OWN_REF rest = NULL;
        bool there = false;
        if (!PyUnicode_Check(path) || policy_of_word(word) == POLICY_NONE) {
            PyErr_Format(PyExc_ValueError, "state[%R] must be \"keep\", \"new\" or \"merge\", not %R", path, word);
            return -1;
        }
        int split = split_path(modules, path, &module, &rest);
        int walked = split ? split : walk_path(module, rest, &owner, &there);
        if (walked < 0) {
            return -1;
        }
        if (walked > 0 || !there) {
            PyErr_Format(PyExc_ValueError, "state names %R, which is nothing that the modules to be upgraded have",
                         path);
            return -1;
        }
    }
    return 0;
}

static int add_policy(struct carrying *carrying, PyObject *module, PyObject *rest, enum policy policy, bool program)
{
    PyObject *owner;
    bool there;
    int walked = walk_path(module, rest, &owner, &there);
    if (walked) {
        return walked < 0 ? -1 : 0; /* only the new version has it: nothing to decide */
    }
    struct policy_entry *grown = realloc(carrying->policies, (carrying->n_policies + 1) * sizeof *carrying->policies);
    if (!grown) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject *key = PyList_GET_ITEM(rest, PyList_GET_SIZE(rest) - 1);
    grown[carrying->n_policies++] = (struct policy_entry){owner, Py_NewRef(key), policy, program};
    carrying->policies = grown;
    return 0;
}

/* One module's __upgrade_state__: names relative to it. */
static int add_package_policy(struct carrying *carrying, PyObject *name, PyObject *words)
{
    PyObject *key, *word;
    Py_ssize_t position = 0;
    if (!PyDict_Check(words)) {
        PyErr_Format(PyExc_ValueError, "%U.__upgrade_state__ must be a dict", name);
        return -1;
    }
    while (PyDict_Next(words, &position, &key, &word)) {
        if (!PyUnicode_Check(key) || policy_of_word(word) == POLICY_NONE) {
            PyErr_Format(PyExc_ValueError, "%U.__upgrade_state__[%R] must be \"keep\", \"new\" or \"merge\", not %R",
                         name, key, word);
            return -1;
        }
        PyObject *module = PyDict_GetItemWithError(carrying->match->old->modules, name);
        OWN_REF dot = PyUnicode_FromString(".");
        OWN_REF rest = dot ? PyUnicode_Split(key, dot, -1) : NULL;
        if (!rest ||
            (module && PyModule_Check(module) && add_policy(carrying, module, rest, policy_of_word(word), false) < 0)) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

void carry_policy_release(struct carrying *carrying)
{
    for (size_t i = 0; i < carrying->n_policies; i++) {
        Py_DECREF(carrying->policies[i].key);
    }
    free(carrying->policies);
}

int carry_policy_init(struct carrying *carrying)
{
    PyObject *path, *word, *name, *module;
    Py_ssize_t position = 0;
    while (carrying->program_policy && PyDict_Next(carrying->program_policy, &position, &path, &word)) {
        OWN_REF rest = NULL;
        int split = split_path(carrying->match->old->modules, path, &module, &rest);
        if (split < 0 || (split == 0 && add_policy(carrying, module, rest, policy_of_word(word), true) < 0)) {
            return -1;
        }
    }
    position = 0;
    while (PyDict_Next(carrying->match->new->modules, &position, &name, &module)) {
        PyObject *words = PyModule_Check(module) ? dict_get(PyModule_GetDict(module), "__upgrade_state__") : NULL;
        if (PyErr_Occurred()) {
            return -1;
        }
        if (words && add_package_policy(carrying, name, words) < 0) {
            return -1;
        }
    }
    return 0;
}

enum policy carry_policy_of_slot(const struct carrying *carrying, PyObject *owner, PyObject *key)
{
    enum policy found = POLICY_NONE;
    for (size_t i = 0; i < carrying->n_policies && PyUnicode_Check(key); i++) {
        const struct policy_entry *entry = &carrying->policies[i];
        if (entry->owner == owner && PyUnicode_Compare(entry->key, key) == 0 && (entry->program || !found)) {
            found = entry->policy;
        }
    }
    return found;
}

enum policy carry_policy_of_pair(const struct carrying *carrying, const struct pair *pair)
{
    const struct match *match = carrying->match;
    for (size_t steps = 0; carrying->n_policies && pair->kind != PAIR_MODULE && steps < match->n_pairs; steps++) {
        const struct pair *parent = &match->pairs[pair->parent];
        enum policy policy = pair->key ? carry_policy_of_slot(carrying, parent->old, pair->key) : POLICY_NONE;
        if (policy != POLICY_NONE) {
            return policy;
        }
        pair = parent;
    }
    return POLICY_NONE;
}
