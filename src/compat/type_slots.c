/* A class statement fills the slots of its class in two passes: it inherits C functions along the mro (PyType_Ready),
 * then looks every special method up and decides between a C function and a generic one that calls the method
 * (fixup_slot_dispatchers). Here both passes run on an image of the class, and what differs becomes edits.
 *
 * Restated from CPython's Objects/typeobject.c: inherit_slots, update_one_slot, resolve_slotdups (3.11 to 3.13). The
 * table they work with is not restated: every wrapper descriptor points into the interpreter's own, so the generic
 * functions and the wrappers are the right ones by construction.
 *
 * Invariant: the image of a class is complete before a class derived from it is planned (bases first), and is read
 * until the edits are committed. Must not: write to a class, assign a version tag, or run Python code. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/type_slots.h"

#include <internal/pycore_dict.h>
#include <internal/pycore_object.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define COLLECTION_FLAGS (Py_TPFLAGS_SEQUENCE | Py_TPFLAGS_MAPPING)
#define INHERITED_FLAGS (Py_TPFLAGS_HAVE_VECTORCALL | COLLECTION_FLAGS)
#define MAX_SLOTS 128
#define AT(field) ((int)offsetof(PyHeapTypeObject, field))
#define AT_TYPE(field) ((int)offsetof(PyTypeObject, field))

/* Facts about this interpreter, the same for as long as the process lives: found once, never changed. */
static const struct wrapperbase *slotdefs; /* the table, up to a NULL name */
static PyCFunction new_wrapper;            /* the C function behind object.__new__ */
static void *next_not_implemented;         /* what tp_iternext of a class without __next__ is */
static void *call_generic;                 /* the generic function of tp_call */
static destructor python_dealloc;          /* tp_dealloc of every class made by a class statement */
static PyTypeObject *generic;              /* typing.Generic where C code makes it; owned for ever */
static PyObject *name_eq, *name_hash;      /* owned, interned */

struct type_plan {
    PyTypeObject *type;     /* borrowed */
    unsigned long toggle;   /* the bits of tp_flags that change; XOR is its own inverse */
    PyHeapTypeObject image; /* as the class will be; pointers are borrowed */
};

/* Class -> struct type_plan of edits not yet committed. The GIL is held while edits exist uncommitted (edits.h, E2), so
 * one table serves all. */
static struct ptrmap plans;
static size_t n_plans;

PyObject *type_dict(PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030c0000
    return _PyType_GetDict(type); /* static builtin types keep theirs in the interpreter state */
#else
    return type->tp_dict;
#endif
}

/* dict[name] for an interned str, also in a dict that has keys whose __eq__ could be Python code: those are no str. */
static PyObject *dict_find(PyObject *dict, PyObject *name)
{
    if (DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys)) {
        return _PyDict_GetItem_KnownHash(dict, name, ((PyASCIIObject *)name)->hash);
    }
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict, &position, &key, &value)) {
        if (key == name || (PyUnicode_CheckExact(key) && PyUnicode_Compare(key, name) == 0)) {
            return value;
        }
    }
    return NULL;
}

PyObject *type_find_own(PyTypeObject *type, PyObject *name)
{
    PyObject *dict = type_dict(type);
    return dict ? dict_find(dict, name) : NULL;
}

PyObject *type_find(PyObject *mro, PyObject *name)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *found = type_find_own((PyTypeObject *)PyTuple_GET_ITEM(mro, i), name);
        if (found) {
            return found;
        }
    }
    return NULL;
}

/* ---- facts -------------------------------------------------------------------------------------------------- */

static int unknown(const char *what)
{
    PyErr_Format(PyExc_ImportError, "midflight does not know this Python's layout: %s", what);
    return -1;
}

/* From the entry of object.__repr__ back to the first: __getattribute__ in tp_getattr; and forward to the end,
 * checking. */
static int find_table(void)
{
    PyObject *descriptor = PyDict_GetItemString(type_dict(&PyBaseObject_Type), "__repr__");
    if (!descriptor || !Py_IS_TYPE(descriptor, &PyWrapperDescr_Type)) {
        return unknown("object.__repr__");
    }
    const struct wrapperbase *entry = ((PyWrapperDescrObject *)descriptor)->d_base;
    for (int back = 0; entry->offset != AT_TYPE(tp_getattr) || strcmp(entry->name, "__getattribute__") != 0; back++) {
        if (back == 4) {
            return unknown("the table of slots");
        }
        entry--;
    }
    slotdefs = entry;
    size_t n = 0;
    for (; entry->name; entry++, n++) {
        if (n == MAX_SLOTS || entry->offset < 0 || entry->offset >= AT(ht_name) || !entry->name_strobj ||
            !PyUnicode_CheckExact(entry->name_strobj) || strncmp(entry->name, "__", 2) != 0 ||
            PyUnicode_CompareWithASCIIString(entry->name_strobj, entry->name) != 0) {
            return unknown("the table of slots");
        }
        if (entry->offset == AT_TYPE(tp_call)) {
            call_generic = entry->function;
        }
    }
    return n > 80 && call_generic ? 0 : unknown("the table of slots");
}

/* A class with nothing in it tells what CPython puts where nothing is defined. */
static int ask_probe(void)
{
    OWN_REF probe = PyObject_CallFunction((PyObject *)&PyType_Type, "s(){}", "probe");
    if (!probe) {
        return -1;
    }
    PyTypeObject *type = (PyTypeObject *)probe;
    python_dealloc = type->tp_dealloc;
    next_not_implemented = (void *)type->tp_iternext;
    if (type->tp_as_number != &((PyHeapTypeObject *)type)->as_number || !next_not_implemented ||
        type->tp_hash != PyBaseObject_Type.tp_hash || type->tp_base != &PyBaseObject_Type ||
        PyTuple_GET_SIZE(type->tp_mro) != 2 || PyTuple_GET_ITEM(type->tp_mro, 0) != probe) {
        return unknown("the fields of a class");
    }
    return 0;
}

/* Its __class_getitem__ and the like are methods; what it adds to the memory of object is nothing, or it is not known.
 */
static int find_generic(void)
{
    OWN_REF module = PyImport_ImportModule("_typing");
    OWN_REF found = module ? PyObject_GetAttrString(module, "Generic") : NULL;
    if (!found) { /* CPython 3.11: a class as others are */
        bool other = module && PyErr_ExceptionMatches(PyExc_AttributeError);
        return other ? (PyErr_Clear(), 0) : -1;
    }
    PyTypeObject *type = (PyTypeObject *)found;
    if (PyType_Check(found) && type->tp_base == &PyBaseObject_Type &&
        type->tp_basicsize == PyBaseObject_Type.tp_basicsize && !type->tp_itemsize && !type->tp_dictoffset &&
        !type->tp_weaklistoffset && !(type->tp_flags & TYPE_SHAPE_FLAGS & ~Py_TPFLAGS_HAVE_GC)) {
        generic = (PyTypeObject *)STEAL(found);
    }
    return 0;
}

int type_slots_init(void)
{
    if (python_dealloc) {
        return 0;
    }
    PyObject *new = PyDict_GetItemString(type_dict(&PyBaseObject_Type), "__new__");
    if (!new || !PyCFunction_CheckExact(new)) {
        return unknown("object.__new__");
    }
    new_wrapper = PyCFunction_GET_FUNCTION(new);
    if (!(name_eq = PyUnicode_InternFromString("__eq__")) || !(name_hash = PyUnicode_InternFromString("__hash__"))) {
        return -1;
    }
    return find_generic() < 0 || find_table() < 0 ? -1 : ask_probe();
}

bool type_is_python(PyTypeObject *type)
{
    return (type->tp_flags & Py_TPFLAGS_HEAPTYPE) && !(type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE) &&
           type->tp_dealloc == python_dealloc && !type->tp_methods && !((PyHeapTypeObject *)type)->ht_module;
}

bool type_adds_nothing(PyTypeObject *type)
{
    return type == generic;
}

/* ---- images ------------------------------------------------------------------------------------------------- */

/* The class as it will be: its image if it is planned, else itself. */
static PyTypeObject *view(PyTypeObject *type)
{
    struct type_plan *plan = type ? ptrmap_get(&plans, type) : NULL;
    return plan ? &plan->image.ht_type : type;
}

/* The word of a slot, by its offset in PyHeapTypeObject; NULL when the type has no such table of functions. */
static void **slot_of(PyTypeObject *type, int offset)
{
    char *part = (char *)type;
    if (offset >= AT(as_buffer)) {
        part = (char *)type->tp_as_buffer;
        offset -= AT(as_buffer);
    } else if (offset >= AT(as_sequence)) {
        part = (char *)type->tp_as_sequence;
        offset -= AT(as_sequence);
    } else if (offset >= AT(as_mapping)) {
        part = (char *)type->tp_as_mapping;
        offset -= AT(as_mapping);
    } else if (offset >= AT(as_number)) {
        part = (char *)type->tp_as_number;
        offset -= AT(as_number);
    } else if (offset >= AT(as_async)) {
        part = (char *)type->tp_as_async;
        offset -= AT(as_async);
    }
    return part ? (void **)(part + offset) : NULL;
}

/* Slots that are inherited and that no special method fills (on 3.11 the buffer's two are such). */
static const int nameless[] = {AT_TYPE(tp_vectorcall_offset), AT_TYPE(tp_is_gc), AT(as_buffer.bf_getbuffer),
                               AT(as_buffer.bf_releasebuffer)};
#define N_NAMELESS (sizeof nameless / sizeof *nameless)

/* Visits the offset of every slot a class statement decides, the same one never twice. *step starts at 0. */
static bool next_slot(size_t *step, int *offset)
{
    if (*step < N_NAMELESS) {
        *offset = nameless[(*step)++];
        return true;
    }
    const struct wrapperbase *entry = slotdefs + (*step - N_NAMELESS);
    while (entry->name &&
           ((entry > slotdefs && entry[-1].offset == entry->offset) || entry->offset == AT(as_buffer.bf_getbuffer) ||
            entry->offset == AT(as_buffer.bf_releasebuffer))) {
        entry++;
    }
    if (!entry->name) {
        return false;
    }
    *offset = entry->offset;
    *step = (size_t)(entry - slotdefs) + 1 + N_NAMELESS;
    return true;
}

static void image_begin(PyHeapTypeObject *image, PyTypeObject *type, PyTypeObject *base)
{
    memcpy(image, type, sizeof *image);
    PyTypeObject *self = &image->ht_type;
    self->tp_as_async = &image->as_async;
    self->tp_as_number = &image->as_number;
    self->tp_as_mapping = &image->as_mapping;
    self->tp_as_sequence = &image->as_sequence;
    self->tp_as_buffer = &image->as_buffer;
    int offset;
    for (size_t step = 0; next_slot(&step, &offset);) {
        *slot_of(self, offset) = NULL;
    }
    self->tp_base = base;
    self->tp_new = view(base)->tp_new;
    self->tp_flags &= ~INHERITED_FLAGS;
}

/* ---- first pass: inherit_slots ------------------------------------------------------------------------------ */

/* Does base have something in this slot that is not just what its own base has? */
static bool defines(PyTypeObject *base, int offset)
{
    void **own = slot_of(base, offset);
    if (!own || !*own) {
        return false;
    }
    PyTypeObject *above = view(base->tp_base);
    void **inherited = above ? slot_of(above, offset) : NULL;
    return !inherited || *inherited != *own;
}

static void copy_slot(PyTypeObject *self, PyTypeObject *base, int offset)
{
    void **slot = slot_of(self, offset);
    if (!*slot && defines(base, offset)) {
        *slot = *slot_of(base, offset);
    }
}

/* The slots that are inherited in pairs or not at all. */
static void inherit_pairs(PyTypeObject *self, PyTypeObject *base, bool own_hash)
{
    if (!self->tp_getattr && !self->tp_getattro) {
        self->tp_getattr = base->tp_getattr;
        self->tp_getattro = base->tp_getattro;
    }
    if (!self->tp_setattr && !self->tp_setattro) {
        self->tp_setattr = base->tp_setattr;
        self->tp_setattro = base->tp_setattro;
    }
    if (!self->tp_richcompare && !self->tp_hash && !own_hash) {
        self->tp_richcompare = base->tp_richcompare;
        self->tp_hash = base->tp_hash;
    }
#if PY_VERSION_HEX >= 0x030c0000
    if (!self->tp_call && (base->tp_flags & Py_TPFLAGS_HAVE_VECTORCALL)) {
        self->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
    }
#endif
    if (!(self->tp_flags & COLLECTION_FLAGS)) {
        self->tp_flags |= base->tp_flags & COLLECTION_FLAGS;
    }
}

static bool is_paired(int offset)
{
    return offset == AT_TYPE(tp_getattr) || offset == AT_TYPE(tp_getattro) || offset == AT_TYPE(tp_setattr) ||
           offset == AT_TYPE(tp_setattro) || offset == AT_TYPE(tp_richcompare) || offset == AT_TYPE(tp_hash) ||
           offset == AT_TYPE(tp_new);
}

static void image_inherit(PyTypeObject *self, PyObject *mro)
{
    bool own_hash = type_find_own(self, name_eq) || type_find_own(self, name_hash);
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = view((PyTypeObject *)PyTuple_GET_ITEM(mro, i));
        inherit_pairs(self, base, own_hash); /* before tp_call is copied */
        int offset;
        for (size_t step = 0; next_slot(&step, &offset);) {
            if (!is_paired(offset)) {
                copy_slot(self, base, offset);
            }
        }
    }
}

/* ---- second pass: fixup_slot_dispatchers -------------------------------------------------------------------- */

struct lookup {
    PyTypeObject *self; /* the image */
    PyObject *mro;      /* borrowed */
    const struct ptrmap *map;
};

/* The only filled slot of those that this name stands for, or NULL when none or several are filled. */
static void **only_slot(PyTypeObject *self, PyObject *name)
{
    void **only = NULL;
    for (const struct wrapperbase *entry = slotdefs; entry->name; entry++) {
        if (entry->name_strobj != name) {
            continue;
        }
        void **slot = slot_of(self, entry->offset);
        if (!slot || !*slot) {
            continue;
        }
        if (only) {
            return NULL;
        }
        only = slot;
    }
    return only;
}

static bool in_mro(PyObject *mro, PyTypeObject *type)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        if (PyTuple_GET_ITEM(mro, i) == (PyObject *)type) {
            return true;
        }
    }
    return false;
}

struct choice {
    void *specific;   /* the C function that all names agree upon */
    void *generic;    /* the function that looks the method up */
    bool use_generic; /* they do not agree, or a method is no C function */
};

static void choose(const struct lookup *in, const struct wrapperbase *entry, void **slot, struct choice *choice)
{
    PyTypeObject *self = in->self;
    PyObject *found = type_find(in->mro, entry->name_strobj);
    if (!found) {
        if (slot == (void **)&self->tp_iternext) {
            choice->specific = next_not_implemented;
        }
        return;
    }
    PyObject *partner = ptrmap_get(in->map, found);
    found = partner ? partner : found;
    if (Py_IS_TYPE(found, &PyWrapperDescr_Type) &&
        ((PyWrapperDescrObject *)found)->d_base->name_strobj == entry->name_strobj) {
        PyWrapperDescrObject *wrapper = (PyWrapperDescrObject *)found;
        void **only = only_slot(self, entry->name_strobj);
        if (!only || only == slot) {
            choice->generic = entry->function;
        }
        if ((!choice->specific || choice->specific == wrapper->d_wrapped) &&
            wrapper->d_base->wrapper == entry->wrapper && in_mro(in->mro, PyDescr_TYPE(wrapper))) {
            choice->specific = wrapper->d_wrapped;
        } else {
            choice->use_generic = true;
        }
    } else if (PyCFunction_CheckExact(found) && PyCFunction_GET_FUNCTION(found) == new_wrapper &&
               slot == (void **)&self->tp_new) {
        choice->specific = (void *)self->tp_new;
    } else if (found == Py_None && slot == (void **)&self->tp_hash) {
        choice->specific = (void *)PyObject_HashNotImplemented;
    } else {
        choice->use_generic = true;
        choice->generic = entry->function;
        if (entry->function == call_generic) {
            self->tp_flags &= ~Py_TPFLAGS_HAVE_VECTORCALL;
        }
    }
}

static void image_dispatch(PyTypeObject *self, PyObject *mro, const struct ptrmap *map)
{
    struct lookup in = {self, mro, map};
    for (const struct wrapperbase *entry = slotdefs; entry->name;) {
        int offset = entry->offset;
        void **slot = slot_of(self, offset);
        struct choice choice = {NULL, NULL, false};
        for (; entry->name && entry->offset == offset; entry++) {
            choose(&in, entry, slot, &choice);
        }
        *slot = choice.specific && !choice.use_generic ? choice.specific : choice.generic;
    }
}

/* ---- edits -------------------------------------------------------------------------------------------------- */

/* Once committed, the class itself says what its slots are. */
static void plan_forget(struct type_plan *plan)
{
    struct ptrmap_slot *slot = ptrmap_find(&plans, plan->type);
    if (slot && slot->value == plan) {
        slot->value = NULL;
    }
}

static void plan_undo(void *arg)
{
    struct type_plan *plan = arg;
    plan->type->tp_flags ^= plan->toggle;
}

static void plan_apply(void *arg)
{
    plan_forget(arg);
    plan_undo(arg); /* its own inverse */
}

static void plan_release(void *arg)
{
    struct type_plan *plan = arg;
    plan_forget(plan);
    if (--n_plans == 0) {
        ptrmap_release(&plans);
    }
    PyMem_Free(plan);
}

/* The sequence and mapping bits were inherited or given to the class itself (abc register); its own stay. */
static unsigned long own_collection_flags(PyTypeObject *type)
{
    unsigned long inherited = 0;
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(type->tp_mro) && !inherited; i++) {
        inherited = ((PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i))->tp_flags & COLLECTION_FLAGS;
    }
    unsigned long now = type->tp_flags & COLLECTION_FLAGS;
    return now != inherited ? now : 0;
}

static struct type_plan *plan_make(PyTypeObject *type, PyTypeObject *base, PyObject *mro, const struct ptrmap *map)
{
    struct type_plan *plan = PyMem_Malloc(sizeof *plan);
    if (!plan) {
        PyErr_NoMemory();
        return NULL;
    }
    plan->type = type;
    PyTypeObject *self = &plan->image.ht_type;
    image_begin(&plan->image, type, base);
    image_inherit(self, mro);
    image_dispatch(self, mro, map);
    unsigned long own = own_collection_flags(type);
    if (own) {
        self->tp_flags = (self->tp_flags & ~COLLECTION_FLAGS) | own;
    }
    plan->toggle = (self->tp_flags ^ type->tp_flags) & INHERITED_FLAGS;
    return plan;
}

int type_slots_plan(PyTypeObject *type, PyTypeObject *base, PyObject *mro, const struct ptrmap *map,
                    struct edits *edits)
{
    struct type_plan *plan = plan_make(type, base, mro, map);
    if (!plan) {
        return -1;
    }
    if (ptrmap_put(&plans, type, plan) < 0) {
        PyMem_Free(plan);
        PyErr_NoMemory();
        return -1;
    }
    n_plans++;
    struct edit_op op = {plan_apply, plan_undo, plan_release, plan};
    if (edits_add_op(edits, &op) < 0) {
        plan_release(plan);
        return -1;
    }
    int offset;
    for (size_t step = 0; next_slot(&step, &offset);) {
        void **now = slot_of(type, offset);
        void *wanted = *slot_of(&plan->image.ht_type, offset);
        if (*now != wanted && edits_add_word(edits, now, (uintptr_t)wanted) < 0) {
            return -1;
        }
    }
    return 0;
}

int type_slots_copy(PyTypeObject *type, PyTypeObject *from, struct edits *edits)
{
    int offset;
    for (size_t step = 0; next_slot(&step, &offset);) {
        void **now = slot_of(type, offset), *wanted = *slot_of(from, offset);
        if (*now != wanted && edits_add_word(edits, now, (uintptr_t)wanted) < 0) {
            return -1;
        }
    }
    return 0;
}
