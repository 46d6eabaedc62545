/* Classes outside the upgrade that a class statement would now make otherwise: which they are, and what their instances
 * need.
 *
 * Invariant: twins live as long as one try. Classes of the program may get attributes, and instances come and go, when
 * the GIL is free.
 * Must not: touch a class that derives from one that was refused: it would be refused for the same reason. */
#include "engine/reshape.h"

#include "compat/type.h"
#include "engine/flip.h"
#include "engine/flip_plan.h"
#include "engine/inherited.h"
#include "engine/refuse.h"
#include "engine/upgrade.h"

#include <stdlib.h>

static int by_depth(const void *a, const void *b)
{
    PyObject *left = (*(PyTypeObject *const *)a)->tp_mro, *right = (*(PyTypeObject *const *)b)->tp_mro;
    Py_ssize_t depth = (left ? PyTuple_GET_SIZE(left) : 0) - (right ? PyTuple_GET_SIZE(right) : 0);
    return depth < 0 ? -1 : depth > 0;
}

void reshape_sort(struct objects *classes)
{
    if (classes->n) {
        qsort(classes->items, classes->n, sizeof *classes->items, by_depth);
    }
}

/* A class that the new version removed, of a base whose layout changed: it stays with the old version until whoever
 * holds it lets go (retirement names it). */
static bool stays_behind(struct upgrade *upgrade, PyTypeObject *type)
{
    bool removed = false, moved = true;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(upgrade->removed) && !removed; i++) {
        removed = PyList_GET_ITEM(upgrade->removed, i) == (PyObject *)type;
    }
    PyObject *mro = removed ? type->tp_mro : NULL;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro) && moved; i++) {
        PyObject *base = PyTuple_GET_ITEM(mro, i), *partner = ptrmap_get(&upgrade->flip.account.map, base);
        const char *why;
        moved = !partner || (PyType_Check(partner) && type_same_layout((PyTypeObject *)base, (PyTypeObject *)partner,
                                                                       &upgrade->flip.account.map, &why));
    }
    return !moved;
}

bool reshape_leaves(struct upgrade *upgrade, PyTypeObject *type)
{
    const struct ptrmap *refused = &upgrade->flip.reshape.refused;
    bool leaves = stays_behind(upgrade, type);
    for (Py_ssize_t i = 0; refused->used && i < PyTuple_GET_SIZE(type->tp_mro) && !leaves; i++) {
        leaves = ptrmap_get(refused, PyTuple_GET_ITEM(type->tp_mro, i));
    }
    return leaves;
}

int reshape_refuse(struct upgrade *upgrade, PyTypeObject *type, const char *why)
{
    OWN_REF name = PyUnicode_FromString(type->tp_name);
    if (!name || ptrmap_put(&upgrade->flip.reshape.refused, type, type) < 0) {
        PyErr_NoMemory();
        return FLIP_ERROR;
    }
    return refuse(upgrade->reasons, "subclass", class_module_name(type), name, "restart to take this release",
                  "this subclass of an upgraded class cannot get its new base: %s", why) > 0
               ? FLIP_REFUSED
               : FLIP_ERROR;
}

/* Methods that were written from the fields of a base would be those of the old ones. An enum flip_result. */
static enum flip_result check_fields(struct upgrade *upgrade, PyTypeObject *type)
{
    PyTypeObject *base = NULL;
    int differ = inherited_fields_differ(&upgrade->match, type, &upgrade->flip.account.map, &base);
    if (differ <= 0) {
        return differ < 0 ? FLIP_ERROR : FLIP_DONE;
    }
    OWN_REF why = PyUnicode_FromFormat("its __init__ was generated from the fields of %s, which are others in the new "
                                       "version",
                                       base->tp_name);
    const char *text = why ? PyUnicode_AsUTF8(why) : NULL;
    return text ? (enum flip_result)reshape_refuse(upgrade, type, text) : FLIP_ERROR;
}

int reshape_make(struct upgrade *upgrade)
{
    struct reshape *reshape = &upgrade->flip.reshape;
    struct objects *classes = &upgrade->flip.account.subclasses;
    reshape_sort(classes);
    upgrade->flip.refused = upgrade->flip.refused || reshape->refused.used; /* told in an earlier round */
    enum flip_result result = FLIP_DONE;
    for (size_t i = 0; i < classes->n && result == FLIP_DONE; i++) {
        PyTypeObject *type = (PyTypeObject *)classes->items[i];
        if (reshape_leaves(upgrade, type)) {
            continue;
        }
        result = check_fields(upgrade, type);
        if (result != FLIP_DONE) {
            flip_goes_on(upgrade, &result);
            continue;
        }
        OWN_REF why = NULL;
        int status = type_twins_add(&reshape->twins, type, &upgrade->flip.account.map, &why);
        const char *text = status > 0 ? PyUnicode_AsUTF8(why) : NULL;
        result = status == 0 ? FLIP_DONE : text ? (enum flip_result)reshape_refuse(upgrade, type, text) : FLIP_ERROR;
        flip_goes_on(upgrade, &result);
    }
    type_twins_complete(&reshape->twins);
    return result;
}

int reshape_plan_of(struct upgrade *upgrade, PyTypeObject *type, const struct rebuild **ret_plan)
{
    struct reshape *reshape = &upgrade->flip.reshape;
    const struct type_twin *entry = type_twin_of(&reshape->twins, type);
    *ret_plan = ptrmap_get(&reshape->plans, type);
    if (*ret_plan || !entry || !entry->relaid) {
        return FLIP_DONE;
    }
    OWN_REF why = NULL;
    OWN_REF names = replace_droppable_names(type);
    if (!names || (!reshape->droppable && !(reshape->droppable = PyList_New(0))) ||
        PyList_Append(reshape->droppable, names) < 0) {
        return FLIP_ERROR;
    }
    struct rebuild *plan = rebuild_new(type, entry->twin, &upgrade->flip.account.map, names, &why);
    if (!plan) {
        return replace_refuse(upgrade, type, why);
    }
    rebuild_by_twin(plan);
    if (ptrmap_put(&reshape->plans, type, plan) < 0) {
        rebuild_free(plan);
        PyErr_NoMemory();
        return FLIP_ERROR;
    }
    *ret_plan = plan;
    return FLIP_DONE;
}

void reshape_forget(struct upgrade *upgrade)
{
    struct reshape *reshape = &upgrade->flip.reshape;
    struct ptrmap_slot *slot;
    for (size_t i = 0; (slot = ptrmap_next(&reshape->plans, &i));) {
        rebuild_free(slot->value);
    }
    ptrmap_release(&reshape->plans);
    Py_CLEAR(reshape->droppable);
    type_twins_release(&reshape->twins);
}

void reshape_release(struct upgrade *upgrade)
{
    reshape_forget(upgrade);
    ptrmap_release(&upgrade->flip.reshape.refused);
}
