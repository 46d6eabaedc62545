/* A release moves a class to another module, and nothing at the old place says so: instances would go on as old code
 * below new code that expects of them what the new class has.
 *
 * It is known by its name, which no other class without a partner has in either version, and by what is in it: at least
 * half of the old names are in the new class. Must not: pair what has a home or a place; run any code of the packages.
 */
#include "engine/match_strays.h"

#include "engine/match_parts.h"

/* A name that the class statement gave, not one that each class has. */
static bool is_own_name(PyObject *name)
{
    Py_ssize_t n = PyUnicode_Check(name) ? PyUnicode_GET_LENGTH(name) : 0;
    bool special = n > 4 && PyUnicode_ReadChar(name, 0) == '_' && PyUnicode_ReadChar(name, 1) == '_' &&
                   PyUnicode_ReadChar(name, n - 1) == '_';
    return n && !special;
}

/* Has the new class at least half of what the old one has? Of two that have nothing, the bases have to agree. 1, 0, -1.
 */
static int is_alike(const struct match *match, PyTypeObject *old, PyTypeObject *new)
{
    PyObject *name, *value;
    Py_ssize_t position = 0, n = 0, common = 0;
    while (PyDict_Next(old->tp_dict, &position, &name, &value)) {
        int has = is_own_name(name) ? PyDict_Contains(new->tp_dict, name) : 2;
        if (has < 0) {
            return -1;
        }
        n += has != 2;
        common += has == 1;
    }
    struct pair *base = match_find(match, (PyObject *)old->tp_base);
    return n ? 2 * common >= n : old->tp_base == new->tp_base || (base && base->partner == (PyObject *)new->tp_base);
}

/* Adds name -> class, or None where there are several, for classes of a namespace that live there and are without a
 * partner. 0 or -1. */
static int add_classes(const struct match *match, const struct generation *generation, PyObject *module,
                       PyObject *found)
{
    PyObject *name, *value, *space = PyModule_GetDict(module);
    Py_ssize_t position = 0;
    while (PyDict_Next(space, &position, &name, &value)) {
        if (!generation_owns_class(generation, value) || ptrmap_get(&match->index, value) ||
            ptrmap_get(&match->partners, value)) {
            continue;
        }
        PyObject *home = class_module_name((PyTypeObject *)value);
        bool lives = home && PyDict_GetItemWithError(generation->modules, home) == module &&
                     PyUnicode_Compare(((PyHeapTypeObject *)value)->ht_qualname, name) == 0;
        PyObject *known = lives && !PyErr_Occurred() ? PyDict_GetItemWithError(found, name) : NULL;
        PyObject *entry = known && known != value ? Py_None : value;
        if (PyErr_Occurred() || (lives && PyDict_SetItem(found, name, entry) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* The classes without a partner of one version: a new dict. */
static PyObject *strays_of(const struct match *match, const struct generation *generation)
{
    OWN_REF found = PyDict_New();
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (found && PyDict_Next(generation->modules, &position, &name, &module)) {
        if (PyModule_Check(module) && add_classes(match, generation, module, found) < 0) {
            return NULL;
        }
    }
    return STEAL(found);
}

int match_strays(struct match *match)
{
    OWN_REF old = strays_of(match, match->old);
    OWN_REF new = old ? strays_of(match, match->new) : NULL;
    PyObject *name, *class;
    Py_ssize_t position = 0;
    while (new && PyDict_Next(old, &position, &name, &class)) {
        PyObject *partner = PyDict_GetItemWithError(new, name);
        bool both = class != Py_None && partner && partner != Py_None;
        int alike = both ? is_alike(match, (PyTypeObject *)class, (PyTypeObject *)partner) : 0;
        if (PyErr_Occurred() || alike < 0 ||
            (alike && match_add(match, class, partner, PAIR_CLASS, 0, name) < 0)) { /* 0: a module's pair */
            return -1;
        }
    }
    return new ? 0 : -1;
}
