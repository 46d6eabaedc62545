/* Classes that get another layout where they are; the idea is in the header.
 *
 * Invariant: until the commit the class is untouched, and the twin is a whole class: its chain of tp_base leads over
 * twins to classes of the new world, so objects made of it can be traversed and freed. The commit exchanges words
 * between the two and is its own inverse; afterwards the twin's chain leads over twins to the old bases.
 * Must not: run code of the bases. A class statement calls __init_subclass__ and metaclasses; skeletons have neither.
 */
#define Py_BUILD_CORE_MODULE 1
#include "compat/type_twin.h"

#include "compat/array.h"
#include "compat/rebuild.h"
#include "compat/type.h"
#include "compat/type_lineage.h"
#include "compat/type_meta.h"
#include "compat/type_slots.h"

#include <internal/pycore_object.h>
#include <stdlib.h>
#include <string.h>
#include <structmember.h>

/* What is exchanged with the layout: the rest of tp_flags says other things. */
#define EXCHANGED_FLAGS (TYPE_SHAPE_FLAGS | _Py_TPFLAGS_MATCH_SELF)

static struct type_twin *entry_of(const struct type_twins *twins, PyTypeObject *type)
{
    return ptrmap_get(&twins->index, type);
}

struct type_twin *type_twin_of(const struct type_twins *twins, PyTypeObject *type)
{
    struct type_twin *entry = entry_of(twins, type);
    return entry && entry->twin ? entry : NULL;
}

static int refuse(PyObject **ret_why, const char *why)
{
    *ret_why = PyUnicode_FromString(why);
    return *ret_why ? 1 : -1;
}

/* ---- class statements ---- */

/* A class statement without code. A name of underscores alone: nothing is mangled twice. slots: a tuple, or NULL.
 * Returns 0, 1 with CPython's own sentence in *ret_why, -1. */
static int state_class(PyObject *bases, PyObject *slots, PyTypeObject **ret_class, PyObject **ret_why)
{
    OWN_REF namespace = Py_BuildValue("{ss}", "__module__", "midflight");
    if (!namespace || (slots && PyDict_SetItemString(namespace, "__slots__", slots) < 0)) {
        return -1;
    }
    OWN_REF class = PyObject_CallFunction((PyObject *)&PyType_Type, "sOO", "_", bases, namespace);
    if (class) {
        *ret_class = (PyTypeObject *)STEAL(class);
        return 0;
    }
    if (!PyErr_ExceptionMatches(PyExc_TypeError) && !PyErr_ExceptionMatches(PyExc_ValueError)) {
        return -1;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    *ret_why = value ? PyObject_Str(value) : NULL;
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return *ret_why ? 1 : -1;
}

/* A class that nobody uses any more: one made here is in cycles with itself, which only a collection would find. */
static void drop_class(PyTypeObject *class)
{
    if (type_is_python(class)) {
        Py_TYPE(class)->tp_clear((PyObject *)class);
    }
    Py_DECREF(class);
}

static int add_name(PyObject *list, const char *text)
{
    OWN_REF name = PyUnicode_FromString(text);
    return name ? PyList_Append(list, name) : -1;
}

/* What stands in __slots__ of a class with these members: a new tuple. */
static PyObject *slot_names(PyTypeObject *type, bool dict, bool weakrefs)
{
    OWN_REF names = PyList_New(0);
    PyMemberDef *member = type_members(type);
    for (Py_ssize_t i = 0; names && i < Py_SIZE(type); i++, member++) {
        if (add_name(names, member->name) < 0) {
            return NULL;
        }
    }
    if (!names || (dict && add_name(names, "__dict__") < 0) || (weakrefs && add_name(names, "__weakref__") < 0)) {
        return NULL;
    }
    return PyList_AsTuple(names);
}

/* ---- skeletons ---- */

static int skeleton_of(struct type_twins *twins, PyTypeObject *type, PyTypeObject **ret_skeleton, PyObject **ret_why);

/* The skeletons of bases, as a tuple in *ret_bases. 0, 1, -1. */
static int skeletons_of(struct type_twins *twins, PyObject *bases, PyObject **ret_bases, PyObject **ret_why)
{
    OWN_REF tuple = PyTuple_New(PyTuple_GET_SIZE(bases));
    int status = tuple ? 0 : -1;
    for (Py_ssize_t i = 0; status == 0 && i < PyTuple_GET_SIZE(bases); i++) {
        PyTypeObject *skeleton = NULL;
        status = skeleton_of(twins, (PyTypeObject *)PyTuple_GET_ITEM(bases, i), &skeleton, ret_why);
        if (status == 0) {
            PyTuple_SET_ITEM(tuple, i, Py_NewRef((PyObject *)skeleton));
        }
    }
    *ret_bases = status == 0 ? STEAL(tuple) : NULL;
    return status;
}

static bool same_shape(PyTypeObject *left, PyTypeObject *right)
{
    return left->tp_basicsize == right->tp_basicsize && left->tp_itemsize == right->tp_itemsize &&
           left->tp_dictoffset == right->tp_dictoffset && left->tp_weaklistoffset == right->tp_weaklistoffset &&
           (left->tp_flags & EXCHANGED_FLAGS) == (right->tp_flags & EXCHANGED_FLAGS);
}

static int make_skeleton(struct type_twins *twins, PyTypeObject *type, PyTypeObject **ret_skeleton, PyObject **ret_why)
{
    const struct type_twin *entry = entry_of(twins, type);
    PyTypeObject *like = entry && entry->twin ? entry->twin : type, *base = like->tp_base;
    bool adds_dict = entry && entry->twin ? entry->adds_dict : like->tp_dictoffset && !base->tp_dictoffset;
    bool adds_weakrefs =
        entry && entry->twin ? entry->adds_weakrefs : like->tp_weaklistoffset && !base->tp_weaklistoffset;
    bool may_dict = base->tp_dictoffset == 0, may_weakrefs = base->tp_weaklistoffset == 0 && base->tp_itemsize == 0;
    bool plain = Py_SIZE(like) == 0 && adds_dict == may_dict && adds_weakrefs == may_weakrefs; /* no __slots__ */
    OWN_REF slots = plain ? NULL : slot_names(like, adds_dict, adds_weakrefs);
    OWN_REF bases = NULL;
    int status = plain || slots ? skeletons_of(twins, entry ? entry->bases : type->tp_bases, &bases, ret_why) : -1;
    if (status == 0) {
        status = state_class(bases, slots, ret_skeleton, ret_why);
    }
    if (status == 0 && !same_shape(*ret_skeleton, like)) {
        drop_class(*ret_skeleton);
        status = refuse(ret_why, "a class that it derives from is not laid out as its class statement would");
    }
    return status;
}

/* A native class is its own skeleton, unless it would run code: Generic (from 3.12 on in C) calls typing's. It has
 * nothing in its instances, so a class without slots does as well. */
static int make_of_native(PyTypeObject *type, PyTypeObject **ret_skeleton, PyObject **ret_why)
{
    OWN_REF name = PyUnicode_InternFromString("__init_subclass__");
    if (!name) {
        return -1;
    }
    if (!Py_IS_TYPE(type, &PyType_Type)) {
        return refuse(ret_why, "it derives from a class with a native metaclass");
    }
    if (type_find(type->tp_mro, name) == type_find_own(&PyBaseObject_Type, name)) {
        *ret_skeleton = (PyTypeObject *)Py_NewRef((PyObject *)type);
        return 0;
    }
    if (type->tp_basicsize != PyBaseObject_Type.tp_basicsize || type->tp_itemsize || type->tp_dictoffset ||
        type->tp_weaklistoffset) {
        return refuse(ret_why, "it derives from a native class that wants to know its subclasses");
    }
    OWN_REF bases = PyTuple_Pack(1, (PyObject *)&PyBaseObject_Type);
    OWN_REF slots = PyTuple_New(0);
    return bases && slots ? state_class(bases, slots, ret_skeleton, ret_why) : -1;
}

/* The skeleton of a class of the new world, borrowed. 0, 1, -1. */
static int skeleton_of(struct type_twins *twins, PyTypeObject *type, PyTypeObject **ret_skeleton, PyObject **ret_why)
{
    *ret_skeleton = ptrmap_get(&twins->skeletons, type);
    int status = *ret_skeleton          ? 0
                 : type_is_python(type) ? make_skeleton(twins, type, ret_skeleton, ret_why)
                                        : make_of_native(type, ret_skeleton, ret_why);
    if (status == 0 && ptrmap_put(&twins->skeletons, type, *ret_skeleton) < 0) {
        drop_class(*ret_skeleton);
        PyErr_NoMemory();
        return -1;
    }
    return status;
}

void type_twins_complete(struct type_twins *twins)
{
    struct ptrmap_slot *slot;
    for (size_t i = 0; (slot = ptrmap_next(&twins->skeletons, &i));) {
        drop_class(slot->value);
    }
    ptrmap_release(&twins->skeletons);
}

/* ---- the class's own statement ---- */

/* What the class statement said in __slots__, as far as it is not among the members: 0, 1 *ret_why, -1. *ret_slots is a
 * new reference to a tuple, or NULL: it had none. */
static int own_slots(PyTypeObject *type, PyObject **ret_slots, PyObject **ret_why)
{
    PyObject *said = dict_get(type->tp_dict, "__slots__");
    bool has_dict = type->tp_dictoffset != 0, has_weakrefs = type->tp_weaklistoffset || type->tp_base->tp_itemsize;
    *ret_slots = NULL;
    if (PyErr_Occurred()) {
        return -1;
    }
    if (!said) {
        return Py_SIZE(type) == 0 && has_dict && has_weakrefs ? 0 : refuse(ret_why, "it has lost its __slots__");
    }
    OWN_REF names =
        PyUnicode_CheckExact(said) ? PyTuple_Pack(1, said)
        : PyTuple_CheckExact(said) || PyList_CheckExact(said) || PyDict_CheckExact(said) || PyAnySet_CheckExact(said)
            ? PySequence_Tuple(said)
            : NULL;
    if (!names) {
        return PyErr_Occurred() ? -1 : refuse(ret_why, "its __slots__ cannot be read again");
    }
    Py_ssize_t n_members = 0;
    bool dict = false, weakrefs = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        if (!PyUnicode_CheckExact(name)) {
            return refuse(ret_why, "its __slots__ cannot be read again");
        }
        bool is_dict = PyUnicode_CompareWithASCIIString(name, "__dict__") == 0;
        bool is_weakrefs = PyUnicode_CompareWithASCIIString(name, "__weakref__") == 0;
        dict = dict || is_dict;
        weakrefs = weakrefs || is_weakrefs;
        n_members += !is_dict && !is_weakrefs;
    }
    if (n_members != Py_SIZE(type) || (dict && !has_dict) || (weakrefs && !type->tp_weaklistoffset)) {
        return refuse(ret_why, "its __slots__ were changed after it was made");
    }
    *ret_slots = slot_names(type, dict, weakrefs);
    return *ret_slots ? 0 : -1;
}

/* ---- the twin ---- */

/* What stands for a class of the new world as long as nothing is committed. */
static PyTypeObject *twin_or_self(const struct type_twins *twins, PyTypeObject *type)
{
    struct type_twin *entry = type_twin_of(twins, type);
    return entry ? entry->twin : type;
}

/* The same tuple of classes, twins in the places of those that have one; `self` is one more. New reference. */
static PyObject *over_twins(const struct type_twins *twins, PyObject *classes, const struct type_twin *self)
{
    OWN_REF tuple = PyTuple_New(PyTuple_GET_SIZE(classes));
    for (Py_ssize_t i = 0; tuple && i < PyTuple_GET_SIZE(classes); i++) {
        PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(classes, i);
        PyTypeObject *item = type == self->type ? self->twin : twin_or_self(twins, type);
        PyTuple_SET_ITEM(tuple, i, Py_NewRef((PyObject *)item));
    }
    return STEAL(tuple);
}

/* From skeletons to the new world, twins included. */
static int set_lineage(const struct type_twins *twins, struct type_twin *entry, PyObject *skeletons)
{
    PyTypeObject *twin = entry->twin;
    for (entry->base = 0; PyTuple_GET_ITEM(skeletons, entry->base) != (PyObject *)twin->tp_base;) {
        entry->base++;
    }
    entry->adds_dict = twin->tp_dictoffset && !twin->tp_base->tp_dictoffset;
    entry->adds_weakrefs = twin->tp_weaklistoffset && !twin->tp_base->tp_weaklistoffset;
    OWN_REF bases = over_twins(twins, entry->bases, entry);
    OWN_REF mro = bases ? over_twins(twins, entry->mro, entry) : NULL;
    if (!mro) {
        return -1;
    }
    PyObject *base = PyTuple_GET_ITEM(bases, entry->base);
    Py_SETREF(twin->tp_base, (PyTypeObject *)Py_NewRef(base));
    Py_SETREF(twin->tp_bases, Py_NewRef(bases));
    Py_SETREF(twin->tp_mro, Py_NewRef(mro));
    PyType_Modified(twin);
    return 0;
}

/* A class statement puts __dict__ or __weakref__ into the namespace of the class that adds it. */
static int set_getter(PyTypeObject *type, PyObject *stated, PyObject *dict, const char *name)
{
    OWN_REF key = PyUnicode_InternFromString(name);
    PyObject *getter = key ? PyDict_GetItemWithError(stated, key) : NULL;
    int there = key && !PyErr_Occurred() ? PyDict_Contains(dict, key) : -1;
    if (there < 0 || !getter == !there) {
        return there < 0 ? -1 : 0;
    }
    if (!getter) {
        return Py_IS_TYPE(PyDict_GetItemWithError(dict, key), &PyGetSetDescr_Type) ? PyDict_DelItem(dict, key) : 0;
    }
    OWN_REF own = PyDescr_NewGetSet(type, ((PyGetSetDescrObject *)getter)->d_getset);
    return own ? PyDict_SetItem(dict, key, own) : -1;
}

/* The twin gets a copy of the namespace, as it will be. */
static int set_namespace(struct type_twin *entry)
{
    PyTypeObject *twin = entry->twin;
    OWN_REF dict = PyDict_Copy(entry->type->tp_dict);
    if (!dict || set_getter(entry->type, twin->tp_dict, dict, "__dict__") < 0 ||
        set_getter(entry->type, twin->tp_dict, dict, "__weakref__") < 0) {
        return -1;
    }
    Py_SETREF(twin->tp_dict, STEAL(dict));
    PyType_Modified(twin);
    return 0;
}

static int set_slots(PyTypeObject *twin, const struct ptrmap *map)
{
    struct edits edits;
    edits_init(&edits);
    int status = type_slots_plan(twin, twin->tp_base, twin->tp_mro, map, &edits);
    if (status == 0) {
        edits_commit(&edits);
    }
    edits_release(&edits);
    return status;
}

static bool same_names(PyTypeObject *left, PyTypeObject *right)
{
    PyMemberDef *a = type_members(left), *b = type_members(right);
    bool same = Py_SIZE(left) == Py_SIZE(right);
    for (Py_ssize_t i = 0; same && i < Py_SIZE(left); i++) {
        same = strcmp(a[i].name, b[i].name) == 0;
    }
    return same;
}

/* 0, 1, -1. What was made is dropped with the entry. */
static int make_twin(struct type_twins *twins, struct type_twin *entry, const struct ptrmap *map, PyObject **ret_why)
{
    PyTypeObject *type = entry->type;
    OWN_REF slots = NULL;
    OWN_REF skeletons = NULL;
    int status = own_slots(type, &slots, ret_why);
    status = status ? status : skeletons_of(twins, entry->bases, &skeletons, ret_why);
    status = status ? status : state_class(skeletons, slots, &entry->twin, ret_why);
    if (status) {
        return status;
    }
    if (!same_names(type, entry->twin)) {
        return refuse(ret_why, "its __slots__ cannot be read again");
    }
    if (set_lineage(twins, entry, skeletons) < 0 || set_namespace(entry) < 0 ||
        (entry->new_meta && type_meta_give(entry->twin, entry->twin->tp_dict, entry->meta) < 0) ||
        set_slots(entry->twin, map) < 0) {
        return -1;
    }
    entry->relaid = rebuild_wanted(type, entry->twin, map);
    return 0;
}

/* ---- one class outside ---- */

static void drop_entry(struct type_twin *entry)
{
    if (entry->twin) {
        PyTypeObject *twin = entry->twin;
        bool alone = Py_REFCNT(twin) == 2 && twin->tp_mro && PyTuple_GET_ITEM(twin->tp_mro, 0) == (PyObject *)twin;
        alone ? drop_class(twin) : Py_DECREF(twin); /* ours and its mro's */
    }
    Py_XDECREF(entry->bases);
    Py_XDECREF(entry->mro);
    PyMem_Free(entry);
}

/* Does something that this class derives from differ in what its instances or the class itself are made of? */
static bool is_concerned(const struct type_twin *entry, const struct ptrmap *map)
{
    PyObject *mro = entry->type->tp_mro;
    bool concerned = entry->new_meta;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro) && !concerned; i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i), *partner = ptrmap_get(map, base);
        concerned = partner && PyType_Check((PyObject *)partner) && rebuild_wanted(base, partner, map);
    }
    return concerned;
}

static int find_lineage(struct type_twins *twins, struct type_twin *entry, const struct ptrmap *map, PyObject **ret_why)
{
    const char *why = NULL;
    PyTypeObject *type = entry->type;
    if (!type_must_fit(type, &why)) {
        return refuse(ret_why, why);
    }
    entry->bases = type_new_bases(type, map, &why);
    entry->meta = entry->bases ? type_new_meta(type, entry->bases, map, &twins->metas, &twins->mros, &why) : NULL;
    entry->mro = entry->meta ? type_new_mro(type, entry->bases, &twins->mros, &why) : NULL;
    if (!entry->mro) {
        return PyErr_Occurred() ? -1 : refuse(ret_why, why);
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(entry->mro); i++) {
        if (ptrmap_get(map, PyTuple_GET_ITEM(entry->mro, i))) {
            return refuse(ret_why, "the new version of a class that it derives from still derives from an old one");
        }
    }
    entry->new_meta = entry->meta != type_partner_of(map, Py_TYPE(type));
    if (entry->new_meta && !type_meta_fits(type, entry->meta, &why)) {
        return refuse(ret_why, why);
    }
    return 0;
}

static int keep_entry(struct type_twins *twins, struct type_twin *entry)
{
    if (array_reserve((void **)&twins->list, twins->n, &twins->capacity, sizeof *twins->list) < 0) {
        return -1;
    }
    if (ptrmap_put(&twins->index, entry->type, entry) < 0 || ptrmap_put(&twins->mros, entry->type, entry->mro) < 0 ||
        ptrmap_put(&twins->metas, entry->type, entry->meta) < 0) {
        ptrmap_remove(&twins->index, entry->type);
        PyErr_NoMemory();
        return -1;
    }
    twins->list[twins->n++] = entry;
    twins->n_twins += entry->twin != NULL;
    return 0;
}

int type_twins_add(struct type_twins *twins, PyTypeObject *type, const struct ptrmap *map, PyObject **ret_why)
{
    struct type_twin *entry = PyMem_Calloc(1, sizeof *entry);
    *ret_why = NULL;
    if (!entry) {
        PyErr_NoMemory();
        return -1;
    }
    entry->type = type;
    int status = find_lineage(twins, entry, map, ret_why);
    if (status == 0 && is_concerned(entry, map)) {
        status = make_twin(twins, entry, map, ret_why);
    }
    if (status == 0) {
        status = keep_entry(twins, entry);
    }
    if (status) {
        drop_entry(entry);
    }
    return status;
}

/* ---- the commit ---- */

static void exchange_words(void *left, void *right)
{
    void *kept;
    memcpy(&kept, left, sizeof kept);
    memcpy(left, right, sizeof kept);
    memcpy(right, &kept, sizeof kept);
}

static void exchange_layout(PyTypeObject *type, PyTypeObject *twin)
{
    static const size_t words[] = {offsetof(PyTypeObject, tp_basicsize),      offsetof(PyTypeObject, tp_itemsize),
                                   offsetof(PyTypeObject, tp_dictoffset),     offsetof(PyTypeObject, tp_weaklistoffset),
                                   offsetof(PyTypeObject, tp_alloc),          offsetof(PyTypeObject, tp_free),
                                   offsetof(PyTypeObject, tp_traverse),       offsetof(PyTypeObject, tp_clear),
                                   offsetof(PyHeapTypeObject, ht_cached_keys)};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        exchange_words((char *)type + words[i], (char *)twin + words[i]);
    }
    unsigned long differ = (type->tp_flags ^ twin->tp_flags) & EXCHANGED_FLAGS;
    type->tp_flags ^= differ;
    twin->tp_flags ^= differ;
    PyMemberDef *left = type_members(type), *right = type_members(twin);
    for (Py_ssize_t i = 0; i < Py_SIZE(type); i++) {
        exchange_words(&left[i].offset, &right[i].offset);
    }
}

static void exchange_all(void *arg)
{
    const struct type_twins *twins = arg;
    for (size_t i = 0; i < twins->n; i++) {
        struct type_twin *entry = twins->list[i];
        if (!entry->twin) {
            continue;
        }
        if (entry->relaid) {
            exchange_layout(entry->type, entry->twin);
        }
        if (entry->new_meta) {
            exchange_words(&((PyObject *)entry->type)->ob_type, &((PyObject *)entry->twin)->ob_type);
        }
        instance_exchange_tables(entry->type->tp_dict, entry->twin->tp_dict);
    }
}

/* What the twin is to derive from afterwards: the old bases, over twins. */
static int plan_old_lineage(struct type_twins *twins, struct type_twin *entry, struct edits *edits)
{
    PyTypeObject *type = entry->type, *twin = entry->twin;
    OWN_REF bases = over_twins(twins, type->tp_bases, entry);
    OWN_REF mro = bases ? over_twins(twins, type->tp_mro, entry) : NULL;
    PyObject *base = (PyObject *)twin_or_self(twins, type->tp_base);
    return !mro || edits_add_object(edits, (PyObject **)&twin->tp_base, base) < 0 ||
                   edits_add_object(edits, &twin->tp_bases, bases) < 0 ||
                   edits_add_object(edits, &twin->tp_mro, mro) < 0 || type_slots_copy(twin, type, edits) < 0 ||
                   edits_touch(edits, (PyObject *)twin) < 0 || edits_touch(edits, type->tp_dict) < 0
               ? -1
               : 0;
}

int type_twins_plan(struct type_twins *twins, struct edits *edits)
{
    for (size_t i = 0; i < twins->n; i++) {
        if (twins->list[i]->twin && plan_old_lineage(twins, twins->list[i], edits) < 0) {
            return -1;
        }
    }
    struct edit_op op = {exchange_all, exchange_all, NULL, twins};
    return twins->n_twins ? edits_add_op(edits, &op) : 0;
}

void type_twins_release(struct type_twins *twins)
{
    type_twins_complete(twins);
    struct type_twins mine = *twins;
    memset(twins, 0, sizeof *twins); /* finalizers may run below */
    while (mine.n) {                 /* those derived from others first */
        drop_entry(mine.list[--mine.n]);
    }
    free(mine.list);
    ptrmap_release(&mine.index);
    ptrmap_release(&mine.mros);
    ptrmap_release(&mine.metas);
}
