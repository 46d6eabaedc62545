/* Classes that stay while the ones they derive from are replaced.
 *
 * The lineage of a class is four words (tp_base, tp_bases, tp_mro and its place in its bases' lists of subclasses), and
 * its slots follow from the lineage and the dicts in it. All are computed here beforehand and exchanged by edits.
 *
 * Invariant: a class planned here ends as its class statement would make it now; its dict and its layout stay.
 * Must not: call mro(), __subclasshook__, __init_subclass__ or anything else of the program, or change a class itself.
 */
#define Py_BUILD_CORE_MODULE 1
#include "compat/type.h"
#include "compat/type_lineage.h"
#include "compat/type_slots.h"
#include "compat/type_twin.h"

#include <internal/pycore_object.h>
#include <stdlib.h>
#include <string.h>
#include <structmember.h>

/* ---- layout ------------------------------------------------------------------------------------------------- */

#define LAYOUT_FLAGS (TYPE_SHAPE_FLAGS | Py_TPFLAGS_HEAPTYPE | Py_TPFLAGS_TYPE_SUBCLASS)

PyMemberDef *type_members(PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030c0000
    return PyObject_GetItemData((PyObject *)type);
#else
    return _PyHeapType_GET_MEMBERS((PyHeapTypeObject *)type);
#endif
}

/* The nearest class on the chain of tp_base by which C code decides about the instances: what is below only adds
 * __slots__, __dict__, __weakref__. */
static PyTypeObject *native_root(PyTypeObject *type, Py_ssize_t *n_members)
{
    for (*n_members = 0; type && (type_is_python(type) || type_adds_nothing(type)); type = type->tp_base) {
        *n_members += type_is_python(type) ? Py_SIZE(type) : 0;
    }
    return type;
}

static bool has_member(PyTypeObject *type, const PyMemberDef *wanted)
{
    for (; type_is_python(type); type = type->tp_base) {
        PyMemberDef *member = type_members(type);
        for (Py_ssize_t i = 0; i < Py_SIZE(type); i++, member++) {
            if (member->offset == wanted->offset && member->type == wanted->type &&
                strcmp(member->name, wanted->name) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool same_members(PyTypeObject *old, PyTypeObject *partner)
{
    for (; type_is_python(old); old = old->tp_base) {
        PyMemberDef *member = type_members(old);
        for (Py_ssize_t i = 0; i < Py_SIZE(old); i++, member++) {
            if (!has_member(partner, member)) {
                return false;
            }
        }
    }
    return true;
}

unsigned type_version(const PyTypeObject *type)
{
    return (type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG) ? type->tp_version_tag : 0;
}

bool type_same_layout(PyTypeObject *old, PyTypeObject *partner, const struct ptrmap *map, const char **ret_why)
{
    *ret_why = NULL;
    if (old == partner) {
        return true;
    }
    Py_ssize_t n_old, n_partner;
    PyTypeObject *old_root = native_root(old, &n_old);
    PyTypeObject *root = native_root(partner, &n_partner);
    if (!type_is_python(old) || !type_is_python(partner)) {
        *ret_why = "a class made by native code";
    } else if (old_root != root && type_partner_of(map, old_root) != root) {
        *ret_why = "it derives from another builtin or native class";
    } else if ((old->tp_flags & LAYOUT_FLAGS) != (partner->tp_flags & LAYOUT_FLAGS) ||
               old->tp_dictoffset != partner->tp_dictoffset || old->tp_weaklistoffset != partner->tp_weaklistoffset) {
        *ret_why = "only one of both versions has a __dict__ or weak references, or has them elsewhere";
    } else if (n_old != n_partner || !same_members(old, partner)) {
        *ret_why = "its __slots__ are others or in another order";
    } else if (old->tp_basicsize != partner->tp_basicsize || old->tp_itemsize != partner->tp_itemsize) {
        *ret_why = "its instances have another size";
    } else if (old->tp_alloc != partner->tp_alloc || old->tp_free != partner->tp_free ||
               old->tp_dealloc != partner->tp_dealloc || old->tp_traverse != partner->tp_traverse ||
               old->tp_clear != partner->tp_clear || old->tp_is_gc != partner->tp_is_gc ||
               old->tp_vectorcall_offset != partner->tp_vectorcall_offset) {
        *ret_why = "its instances are allocated, traversed or called by other native code";
    }
    return !*ret_why;
}

int type_adopt_keys(PyTypeObject *old, PyTypeObject *partner, struct edits *edits)
{
    PyHeapTypeObject *from = (PyHeapTypeObject *)old, *to = (PyHeapTypeObject *)partner;
    if (!(old->tp_flags & partner->tp_flags & Py_TPFLAGS_MANAGED_DICT) || from->ht_cached_keys == to->ht_cached_keys) {
        return 0;
    }
    /* Each class owns one reference to the keys in its word; an exchange keeps the counts right, whichever dies first.
     */
    if (edits_add_word(edits, &to->ht_cached_keys, (uintptr_t)from->ht_cached_keys) < 0 ||
        edits_add_word(edits, &from->ht_cached_keys, (uintptr_t)to->ht_cached_keys) < 0) {
        return -1;
    }
    return edits_touch(edits, (PyObject *)old) < 0 ? -1 : edits_touch(edits, (PyObject *)partner);
}

PyObject *type_method(PyTypeObject *type, const char *name)
{
    OWN_REF interned = PyUnicode_InternFromString(name);
    return interned ? type_find(type->tp_mro, interned) : NULL;
}

PyObject *type_lookup(PyTypeObject *type, PyObject *name)
{
    return _PyType_Lookup(type, name);
}

/* ---- lineage ------------------------------------------------------------------------------------------------ */

Py_ssize_t type_count_lineage(PyTypeObject *type, const struct ptrmap *map)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return 0; /* borrows its lineage, and is not traversed */
    }
    return (ptrmap_get(map, type->tp_base) != NULL) + (ptrmap_get(map, type->tp_bases) != NULL) +
           (ptrmap_get(map, type->tp_mro) != NULL);
}

static bool same_items(PyObject *a, PyObject *b)
{
    Py_ssize_t n = PyTuple_GET_SIZE(a);
    if (n != PyTuple_GET_SIZE(b)) {
        return false;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        if (PyTuple_GET_ITEM(a, i) != PyTuple_GET_ITEM(b, i)) {
            return false;
        }
    }
    return true;
}

/* ---- rebase ------------------------------------------------------------------------------------------------- */

/* Do slots or methods in the dict of a class come from native code, which would not let them follow the bases? */
static bool has_native_slots(PyTypeObject *type)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(type->tp_dict, &position, &key, &value)) {
        if ((Py_IS_TYPE(value, &PyWrapperDescr_Type) || Py_IS_TYPE(value, &PyMethodDescr_Type)) &&
            PyDescr_TYPE(value) == type) {
            return true;
        }
    }
    return false;
}

/* Takes the class out of the lists of replaced bases and puts it into those of their partners. */
static int move_in_lists(PyTypeObject *type, const struct ptrmap *map, struct edits *edits)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_bases); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(type->tp_bases, i);
        PyTypeObject *partner = ptrmap_get(map, base);
        if (partner && (type_hide_subclass(base, type, edits) < 0 || type_show_subclass(partner, type, edits) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* Everything is known: writes it down as edits. */
static int plan_lineage(PyTypeObject *type, PyObject *bases, PyObject *mro, const struct ptrmap *map,
                        const struct type_twin *twin, const struct ptrmap *new_mros, struct edits *edits)
{
    PyTypeObject *base =
        twin ? (PyTypeObject *)PyTuple_GET_ITEM(bases, twin->base) : type_partner_of(map, type->tp_base);
    PyObject *dict = twin ? twin->twin->tp_dict : type->tp_dict; /* what will be the class's */
    if (type_slots_plan(type, base, mro, map, edits) < 0 ||
        type_abstract_plan(type, dict, bases, mro, new_mros, edits) < 0 ||
        edits_add_object(edits, &type->tp_mro, mro) < 0) {
        return -1;
    }
    if (bases != type->tp_bases &&
        (edits_add_object(edits, &type->tp_bases, bases) < 0 || move_in_lists(type, map, edits) < 0)) {
        return -1;
    }
    if (base != type->tp_base && edits_add_object(edits, (PyObject **)&type->tp_base, (PyObject *)base) < 0) {
        return -1;
    }
    return edits_touch(edits, (PyObject *)type);
}

bool type_must_fit(PyTypeObject *type, const char **ret_why)
{
    if (!type_is_python(type) || has_native_slots(type)) {
        *ret_why = "a class made by native code";
        return false;
    }
    return true;
}

/* Without a twin the bases must be what they were. */
static bool fits_as_it_is(PyTypeObject *type, PyObject *bases, const struct ptrmap *map, const struct ptrmap *new_mros,
                          const char **ret_why)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(type->tp_bases, i);
        if (!type_same_layout(base, (PyTypeObject *)PyTuple_GET_ITEM(bases, i), map, ret_why)) {
            return false;
        }
    }
    PyTypeObject *meta = type_new_meta(type, bases, map, NULL, new_mros, ret_why);
    if (meta && meta != type_partner_of(map, Py_TYPE(type))) {
        *ret_why = "a class that it derives from has another metaclass in the new version";
        meta = NULL;
    }
    return meta;
}

static int refused(void)
{
    return PyErr_Occurred() ? -1 : 1;
}

int type_rebase(PyTypeObject *type, const struct ptrmap *map, const struct type_twins *twins, struct ptrmap *new_mros,
                struct edits *edits, const char **ret_why)
{
    *ret_why = NULL;
    if (!type_must_fit(type, ret_why)) {
        return 1;
    }
    const struct type_twin *twin = twins ? type_twin_of(twins, type) : NULL;
    OWN_REF bases = type_new_bases(type, map, ret_why);
    if (!bases || (!twin && !fits_as_it_is(type, bases, map, new_mros, ret_why))) {
        return refused();
    }
    OWN_REF mro = type_new_mro(type, bases, new_mros, ret_why);
    if (!mro) {
        return refused();
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        if (ptrmap_get(map, PyTuple_GET_ITEM(mro, i))) {
            *ret_why = "the new version of a class that it derives from still derives from an old one";
            return 1;
        }
    }
    if (bases == type->tp_bases && same_items(mro, type->tp_mro)) {
        return 0;
    }
    if (plan_lineage(type, bases, mro, map, twin, new_mros, edits) < 0) {
        return -1;
    }
    if (ptrmap_put(new_mros, type, mro) < 0) { /* borrowed: edits own it */
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}
