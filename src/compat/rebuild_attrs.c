/* Attributes of an instance that gets a new object: slots, a __dict__, values that lie in the object.
 *
 * A slot that both classes have is exchanged at the commit, and so is a __dict__ that somebody has asked for: the dict
 * object stays what it is, whoever holds it. Everything else goes by name, as the attribute of the new object that an
 * assignment would make it: a slot of the old class into the __dict__ of the new one, an entry of the __dict__ into a
 * slot, values in the object into the place that the new class has for them. These are copied beforehand; the old
 * object keeps its own until it dies.
 * Must not: run a setter of the new class: what is data on the class is written behind it. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/rebuild_internal.h"

#include "compat/attribute.h"
#include "compat/holder_internal.h"
#include "compat/state.h"
#include "compat/type.h"
#include "compat/type_slots.h"

#include <internal/pycore_dict.h>
#include <structmember.h>

/* ---- slots of a class ---- */

static size_t count_members(PyTypeObject *type)
{
    size_t n = 0;
    for (; type && type_is_python(type); type = type->tp_base) {
        n += (size_t)Py_SIZE(type);
    }
    return n;
}

/* All slots of a class and the classes that it grows from, nearest first. 0 or -1. */
static int list_members(PyTypeObject *type, struct named_slot **ret_list, size_t *ret_n)
{
    struct named_slot *list = PyMem_Calloc(count_members(type) + 1, sizeof *list);
    *ret_list = list;
    if (!list) {
        PyErr_NoMemory();
        return -1;
    }
    for (; type && type_is_python(type); type = type->tp_base) {
        PyMemberDef *member = type_members(type);
        for (Py_ssize_t i = 0; i < Py_SIZE(type); i++, member++) {
            if (!(list[*ret_n].name = PyUnicode_InternFromString(member->name))) {
                return -1;
            }
            list[(*ret_n)++].at = member->offset;
        }
    }
    return 0;
}

/* Takes the slots that both lists have out of them. A name that a class repeats is paired nearest with nearest. */
static void pair_members(struct rebuild *how)
{
    for (size_t i = 0; i < how->n_removed; i++) {
        for (size_t j = 0; j < how->n_added; j++) {
            struct named_slot *from = &how->removed[i], *to = &how->added[j];
            if (from->name && from->name == to->name) {
                how->move[how->n_move++] = (struct slot_move){STEAL(from->name), from->at, to->at};
                Py_CLEAR(to->name);
                break;
            }
        }
    }
    struct named_slot *lists[] = {how->removed, how->added};
    size_t *counts[] = {&how->n_removed, &how->n_added};
    for (int which = 0; which < 2; which++) {
        size_t n = 0;
        for (size_t i = 0; i < *counts[which]; i++) {
            if (lists[which][i].name) {
                lists[which][n++] = lists[which][i];
            }
        }
        *counts[which] = n;
    }
}

int rebuild_plan_attributes(struct rebuild *how)
{
    how->old_has_dict = how->old->tp_dictoffset != 0;
    how->has_dict = how->partner->tp_dictoffset != 0;
    if (list_members(how->old, &how->removed, &how->n_removed) < 0 ||
        list_members(how->partner, &how->added, &how->n_added) < 0) {
        return -1;
    }
    how->move = PyMem_Calloc(how->n_removed + 1, sizeof *how->move);
    if (!how->move) {
        PyErr_NoMemory();
        return -1;
    }
    pair_members(how);
    return 0;
}

/* ---- giving by name ---- */

static PyObject **slot_word(PyObject *object, Py_ssize_t at)
{
    return (PyObject **)((char *)object + at);
}

static const struct named_slot *added_slot(const struct rebuild *how, PyObject *name)
{
    for (size_t i = 0; i < how->n_added; i++) {
        if (how->added[i].name == name) {
            return &how->added[i];
        }
    }
    for (size_t i = 0; i < how->n_added && !PyUnicode_CHECK_INTERNED(name); i++) { /* two interned ones would be one */
        if (PyUnicode_Compare(how->added[i].name, name) == 0) {
            return &how->added[i];
        }
    }
    return NULL;
}

/* Puts an attribute where an assignment would, but past a property of that name: into the values that lie in a new
 * object, or into its __dict__. */
static int store(PyObject *made, PyObject *name, PyObject *value)
{
    PyObject *key = Py_NewRef(name);
    PyUnicode_InternInPlace(&key);
    OWN_REF interned = key;
    int stored = attribute_store(made, interned, value);
    if (stored <= 0) {
        return stored;
    }
    OWN_REF dict = PyObject_GenericGetDict(made, NULL);
    return dict ? PyDict_SetItem(dict, interned, value) : -1;
}

struct giving {
    struct rebuilt *rebuilt;
    PyObject **ret_why;
};

/* 0, 1 no place for it, -1. */
static int give(PyObject *name, PyObject *value, void *arg)
{
    struct giving *giving = arg;
    const struct rebuild *how = giving->rebuilt->how;
    const struct named_slot *slot = added_slot(how, name);
    if (slot) {
        Py_XSETREF(*slot_word(giving->rebuilt->made, slot->at), Py_NewRef(value));
        return 0;
    }
    if (how->has_dict) {
        return store(giving->rebuilt->made, name, value);
    }
    int may_go = how->droppable ? PySet_Contains(how->droppable, name) : 1;
    if (may_go) {
        return may_go < 0 ? -1 : 0;
    }
    *giving->ret_why =
        PyUnicode_FromFormat("an instance has an attribute %R, for which the new version has no place", name);
    return *giving->ret_why ? 1 : -1;
}

static int give_slots(struct giving *giving)
{
    const struct rebuild *how = giving->rebuilt->how;
    int status = 0;
    for (size_t i = 0; how->has_dict && i < how->n_removed && status == 0; i++) {
        PyObject *value = *slot_word(giving->rebuilt->old, how->removed[i].at);
        status = value ? give(how->removed[i].name, value, giving) : 0;
    }
    return status;
}

/* ---- a __dict__ that exists ---- */

/* Does an entry belong into a slot, or a slot into the dict? */
static bool contents_differ(const struct rebuild *how, PyObject *old, PyObject *dict)
{
    for (size_t i = 0; i < how->n_removed; i++) {
        if (*slot_word(old, how->removed[i].at)) {
            return true;
        }
    }
    for (size_t i = 0; i < how->n_added; i++) {
        if (PyDict_GetItemWithError(dict, how->added[i].name)) {
            return true;
        }
    }
    return false;
}

/* The dict will hold what is in the table: if that can be part of a cycle, the collector must know it. Always 0. */
static int track_with(PyObject *table, PyObject *dict)
{
    if (PyObject_GC_IsTracked(table) && !PyObject_GC_IsTracked(dict)) {
        PyObject_GC_Track(dict);
    }
    return 0;
}

/* What the dict is to contain, as another dict. 0 or -1. */
static int make_table(struct rebuilt *rebuilt, PyObject *dict)
{
    const struct rebuild *how = rebuilt->how;
    OWN_REF table = PyDict_Copy(dict);
    for (size_t i = 0; table && i < how->n_removed; i++) {
        PyObject *value = *slot_word(rebuilt->old, how->removed[i].at);
        if (value && PyDict_SetItem(table, how->removed[i].name, value) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; table && i < how->n_added; i++) {
        PyObject *value = PyDict_GetItemWithError(dict, how->added[i].name);
        if (!value) {
            continue;
        }
        Py_XSETREF(*slot_word(rebuilt->made, how->added[i].at), Py_NewRef(value));
        if (PyDict_DelItem(table, how->added[i].name) < 0) {
            return -1;
        }
    }
    rebuilt->table = STEAL(table);
    return rebuilt->table ? track_with(rebuilt->table, dict) : -1;
}

/* Only names: other keys could have a hash and an equality of their own. */
static bool is_plain(PyObject *dict)
{
    return PyDict_CheckExact(dict) && DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys);
}

static int fill_from_dict(struct giving *giving, PyObject *dict)
{
    struct rebuilt *rebuilt = giving->rebuilt;
    if (!is_plain(dict)) {
        *giving->ret_why = PyUnicode_FromString("the __dict__ of an instance is no plain dict of names");
        return *giving->ret_why ? 1 : -1;
    }
    if (rebuilt->how->has_dict) {
        bool differ = contents_differ(rebuilt->how, rebuilt->old, dict);
        if (PyErr_Occurred() || instance_detach(rebuilt->old) < 0 || (differ && make_table(rebuilt, dict) < 0)) {
            return -1;
        }
        rebuilt->dict = dict;
        OWN_REF empty = PyObject_GenericGetDict(rebuilt->made, NULL); /* takes the other's place at the commit */
        return empty ? instance_detach(rebuilt->made) : -1;
    }
    PyObject *name, *value;
    Py_ssize_t position = 0;
    int status = 0;
    while (status == 0 && PyDict_Next(dict, &position, &name, &value)) {
        status = give(name, value, giving);
    }
    return status;
}

int rebuild_fill(struct rebuilt *rebuilt, PyObject **ret_why)
{
    struct giving giving = {rebuilt, ret_why};
    PyObject *dict = rebuilt->how->old_has_dict ? holder_instance_dict(rebuilt->old) : NULL;
    if (dict) {
        return fill_from_dict(&giving, dict);
    }
    int status = rebuilt->how->old_has_dict ? state_each_value(rebuilt->old, give, &giving) : 0;
    return status ? status : give_slots(&giving);
}

bool rebuild_moves_slot(const struct rebuild *how, PyObject *name)
{
    for (size_t i = 0; i < how->n_move; i++) {
        if (PyUnicode_Compare(how->move[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* An attribute in the __dict__ or in the values of a new object goes, if it is there. */
static int forget(PyObject *made, PyObject *name)
{
    OWN_REF dict = PyObject_GenericGetDict(made, NULL);
    int there = dict ? PyDict_Contains(dict, name) : -1;
    return there > 0 ? PyDict_DelItem(dict, name) : there;
}

int rebuild_give(struct rebuilt *rebuilt, PyObject *name, PyObject *value)
{
    const struct named_slot *slot = added_slot(rebuilt->how, name);
    if (slot) {
        Py_XSETREF(*slot_word(rebuilt->made, slot->at), Py_XNewRef(value));
        return 0;
    }
    if (!rebuilt->how->has_dict) {
        return value ? 1 : 0;
    }
    if (!rebuilt->dict) {
        return value ? store(rebuilt->made, name, value) : forget(rebuilt->made, name);
    }
    if (!rebuilt->table && make_table(rebuilt, rebuilt->dict) < 0) {
        return -1;
    }
    int there = value ? 1 : PyDict_Contains(rebuilt->table, name);
    int result = there <= 0 ? there
                 : value    ? PyDict_SetItem(rebuilt->table, name, value)
                            : PyDict_DelItem(rebuilt->table, name);
    return result < 0 ? -1 : track_with(rebuilt->table, rebuilt->dict);
}

/* ---- the commit ---- */

static void exchange_words(PyObject **left, PyObject **right)
{
    PyObject *kept = *left;
    *left = *right;
    *right = kept;
}

void rebuild_exchange_attributes(const struct rebuilt *rebuilt)
{
    const struct rebuild *how = rebuilt->how;
    for (size_t i = 0; i < how->n_move; i++) {
        exchange_words(slot_word(rebuilt->old, how->move[i].from), slot_word(rebuilt->made, how->move[i].to));
    }
    if (!rebuilt->dict) {
        return;
    }
    if (rebuilt->table) {
        instance_exchange_tables(rebuilt->dict, rebuilt->table);
    }
    exchange_words(holder_dict_word(rebuilt->old), holder_dict_word(rebuilt->made));
}
