/* The base records say what each object of the old version held when its import ended (base.h). To be the staged
 * generation of a rollback it has to hold that again: what the program did to it in its time was carried over to the
 * version that followed, and comes back from there.
 *
 * Invariant: only objects that nobody but the kept generation refers to are written. Iterators of the program may be
 * over such a container (flip_plan.c): they go on with what it held.
 * Must not: call setters, __setitem__ or the like of the package. */
#include "engine/rewind.h"

#include "compat/attribute.h"
#include "compat/contents.h"
#include "compat/detour.h"
#include "compat/heap.h"
#include "compat/lrucache.h"
#include "compat/state.h"
#include "engine/account.h"
#include "engine/base.h"
#include "engine/carry_parts.h"

#include <stdlib.h>

struct rewinding {
    PyObject *kept;        /* borrowed */
    struct ptrmap own;     /* what may be written: objects of FORMER_MOVED, dicts and cells of functions among them; the
                              value of a dict is the address of this map */
    struct ptrmap entries; /* object -> its entry of BASE_COPIES */
    struct ptrmap changed; /* objects that are on the list already */
    PyObject *list;        /* owned: objects that differ from their copy */
    struct objects iterators; /* owned references: all over containers that may be written */
    struct iterators over;    /* the same, by container */
};

/* ---- what may be written ---- */

static int own(struct rewinding *rewinding, PyObject *object)
{
    if (object && ptrmap_put(&rewinding->own, object, object) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static int own_function(struct rewinding *rewinding, PyFunctionObject *function)
{
    PyObject *cells = function->func_closure;
    for (Py_ssize_t i = 0; cells && i < PyTuple_GET_SIZE(cells); i++) {
        if (own(rewinding, PyTuple_GET_ITEM(cells, i)) < 0) {
            return -1;
        }
    }
    PyObject *dict = detour_forwards_to((PyObject *)function) ? NULL : function->func_dict; /* that lies in it */
    if (dict && ptrmap_put(&rewinding->own, dict, &rewinding->own) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static int find_own(struct rewinding *rewinding)
{
    PyObject *moved = PyTuple_GET_ITEM(rewinding->kept, FORMER_MOVED);
    PyObject *live = PyTuple_GET_ITEM(rewinding->kept, FORMER_CELLS);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(moved); i++) {
        PyObject *object = PyList_GET_ITEM(moved, i);
        bool function = PyFunction_Check(object);
        if (own(rewinding, object) < 0 || (function && own_function(rewinding, (PyFunctionObject *)object) < 0)) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(live); i++) {
        ptrmap_remove(&rewinding->own, PyList_GET_ITEM(live, i));
    }
    return 0;
}

/* ---- what differs ---- */

static int note_changed(PyObject *object, PyObject *key, PyObject *base, PyObject *now, void *arg)
{
    (void)key, (void)base, (void)now;
    struct rewinding *rewinding = arg;
    if (!ptrmap_get(&rewinding->own, object) || ptrmap_get(&rewinding->changed, object)) {
        return 0;
    }
    if (ptrmap_put(&rewinding->changed, object, object) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return PyList_Append(rewinding->list, object);
}

static int find_changed(struct rewinding *rewinding)
{
    PyObject *name, *record, *records = PyTuple_GET_ITEM(rewinding->kept, FORMER_RECORDS);
    Py_ssize_t position = 0;
    int failed = base_index(records, PyTuple_GET_ITEM(rewinding->kept, FORMER_MODULES), &rewinding->entries);
    while (!failed && PyDict_Next(records, &position, &name, &record)) {
        failed = base_compare(record, &rewinding->entries, note_changed, rewinding);
    }
    return failed;
}

/* ---- writing ---- */

/* Sets, or with NULL removes, what `owner` has under this name. */
typedef int (*write_slot)(PyObject *owner, PyObject *name, PyObject *value);

static int write_item(PyObject *dict, PyObject *name, PyObject *value)
{
    return value ? PyDict_SetItem(dict, name, value) : PyDict_DelItem(dict, name);
}

static int write_class(PyObject *class, PyObject *name, PyObject *value)
{
    return PyType_Type.tp_setattro(class, name, value);
}

static int write_attribute(PyObject *instance, PyObject *name, PyObject *value)
{
    const char *why;
    PyObject *key = Py_NewRef(name);
    PyUnicode_InternInPlace(&key);
    OWN_REF interned = key;
    OWN_REF before = Py_XNewRef(attribute_get(instance, interned)); /* attribute_set wants it alive */
    int room = value && !before ? attribute_make_room(instance, interned, &why) : 0;
    return room < 0 ? -1 : room > 0 ? 0 : attribute_set(instance, interned, value);
}

/* Does the import system keep a submodule in the package's namespace under this name? It may have come later. */
static bool is_submodule(const struct rewinding *rewinding, PyObject *owner, PyObject *name, PyObject *now)
{
    PyObject *package = PyModule_Check(now) && PyDict_CheckExact(owner) ? dict_get(owner, "__name__") : NULL;
    PyObject *own = package ? dict_get(PyModule_GetDict(now), "__name__") : NULL;
    OWN_REF full =
        own && PyUnicode_Check(own) && PyUnicode_Check(package) ? PyUnicode_FromFormat("%U.%U", package, name) : NULL;
    return full && PyUnicode_Compare(full, own) == 0 &&
           PyDict_GetItemWithError(PyTuple_GET_ITEM(rewinding->kept, FORMER_MODULES), full) == now;
}

/* Slots by name. `now` is a copy of what is there. */
static int rewind_slots(struct rewinding *rewinding, PyObject *owner, PyObject *base, PyObject *now, write_slot write)
{
    PyObject *name, *value;
    for (Py_ssize_t i = 0; PyDict_Next(now, &i, &name, &value);) {
        bool named = PyUnicode_Check(name) && !carry_is_bookkeeping(name);
        int there = named ? PyDict_Contains(base, name) : 1;
        if (there < 0 || (!there && !is_submodule(rewinding, owner, name, value) && write(owner, name, NULL) < 0) ||
            PyErr_Occurred()) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; PyDict_Next(base, &i, &name, &value);) {
        bool named = PyUnicode_Check(name) && !carry_is_bookkeeping(name);
        PyObject *present = named ? PyDict_GetItemWithError(now, name) : value;
        bool kept = present == value || (present && is_submodule(rewinding, owner, name, present));
        if (PyErr_Occurred() || (!kept && write(owner, name, value) < 0)) {
            return -1;
        }
    }
    return 0;
}

static int rewind_attributes(struct rewinding *rewinding, PyObject *instance, PyObject *base)
{
    OWN_REF now = state_copy(instance);
    return now ? rewind_slots(rewinding, instance, base, now, write_attribute) : -1;
}

static int note_iterator(PyObject *object, void *arg)
{
    struct rewinding *rewinding = arg;
    PyObject *container = iterator_container(object);
    if (!container || !ptrmap_get(&rewinding->own, container)) {
        return 0;
    }
    if (objects_add(&rewinding->iterators, object) < 0) {
        return -1;
    }
    Py_INCREF(object);
    return 0;
}

/* The content is made beside the container and exchanged with what it holds. */
static int rewind_content(const struct rewinding *rewinding, PyObject *container, PyObject *base)
{
    struct edits edits = {0};
    OWN_REF made = contents_make(container, base);
    int failed = made ? contents_exchange(container, made, &rewinding->over, &edits) : -1;
    if (failed == 0) {
        edits_commit(&edits);
    }
    edits_release(&edits);
    if (failed > 0) {
        PyErr_Format(PyExc_RuntimeError, "a %s of the kept version is being changed", Py_TYPE(container)->tp_name);
    }
    return failed ? -1 : 0;
}

static int rewind_object(struct rewinding *rewinding, PyObject *object)
{
    PyObject *entry = ptrmap_get(&rewinding->entries, object);
    PyObject *base = entry ? PyTuple_GET_ITEM(entry, 1) : NULL;
    if (!base) { /* a function, or a dict that one got later */
        if (PyDict_CheckExact(object)) {
            PyDict_Clear(object);
        }
        return 0;
    }
    if (PyType_Check(object)) {
        OWN_REF now = PyDict_Copy(((PyTypeObject *)object)->tp_dict);
        return now ? rewind_slots(rewinding, object, base, now, write_class) : -1;
    }
    if (PyCell_Check(object)) {
        return PyCell_Set(object, PyList_GET_SIZE(base) ? PyList_GET_ITEM(base, 0) : NULL);
    }
    if (PyDict_CheckExact(object) && state_has_str_keys(object)) {
        OWN_REF now = PyDict_Copy(object);
        return now ? rewind_slots(rewinding, object, base, now, write_item) : -1;
    }
    if (contents_kind(object) == CONTENTS_NONE) {
        return rewind_attributes(rewinding, object, base);
    }
    if (rewind_content(rewinding, object, base) < 0) {
        return -1;
    }
    return PyTuple_GET_SIZE(entry) > 2 ? rewind_attributes(rewinding, object, PyTuple_GET_ITEM(entry, 2)) : 0;
}

/* Code, defaults and keyword defaults of the functions that a record names. */
static int rewind_functions(struct rewinding *rewinding, PyObject *record)
{
    PyObject *functions = PyTuple_GET_ITEM(record, BASE_FUNCTIONS);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(functions); i += BASE_FUNCTION_FIELDS) {
        PyObject **fields = &((PyListObject *)functions)->ob_item[i];
        PyFunctionObject *function = (PyFunctionObject *)fields[0];
        if (!ptrmap_get(&rewinding->own, function)) {
            continue;
        }
        PyObject *defaults = function->func_defaults ? function->func_defaults : Py_None;
        PyObject *named = function->func_kwdefaults ? function->func_kwdefaults : Py_None;
        OWN_REF code = fields[1] != function->func_code ? PyUnicode_InternFromString("__code__") : NULL;
        if ((code && PyObject_GenericSetAttr(fields[0], code, fields[1]) < 0) || PyErr_Occurred() ||
            (defaults != fields[2] && PyFunction_SetDefaults(fields[0], fields[2]) < 0) ||
            (named != fields[3] && PyFunction_SetKwDefaults(fields[0], fields[3]) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* Results that were remembered in the old version's time may be wrong by now. */
static int clear_caches(PyObject *moved)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(moved); i++) {
        PyObject *object = PyList_GET_ITEM(moved, i);
        bool cache = lrucache_check(object);
        OWN_REF done = cache ? PyObject_CallMethod(object, "cache_clear", NULL) : NULL;
        if (cache && !done) {
            return -1;
        }
    }
    return 0;
}

static int run(struct rewinding *rewinding)
{
    PyObject *name, *record, *records = PyTuple_GET_ITEM(rewinding->kept, FORMER_RECORDS);
    if (!rewinding->list || find_own(rewinding) < 0 || find_changed(rewinding) < 0 ||
        heap_each(note_iterator, rewinding) < 0 ||
        iterators_init(&rewinding->over, rewinding->iterators.items, rewinding->iterators.n, NULL) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; PyDict_Next(records, &i, &name, &record);) {
        if (rewind_functions(rewinding, record) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(rewinding->list); i++) {
        if (rewind_object(rewinding, PyList_GET_ITEM(rewinding->list, i)) < 0) {
            return -1;
        }
    }
    return clear_caches(PyTuple_GET_ITEM(rewinding->kept, FORMER_MOVED));
}

static int cut(struct rewinding *rewinding)
{
    struct ptrmap_slot *slot;
    if (!rewinding->list || find_own(rewinding) < 0) {
        return -1;
    }
    for (size_t at = 0; (slot = ptrmap_next(&rewinding->own, &at));) {
        PyObject *object = (PyObject *)slot->key;
        bool mine =
            PyCell_Check(object) || slot->value == &rewinding->own; /* finalizers must not find a table that moves */
        if (mine && PyList_Append(rewinding->list, object) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(rewinding->list); i++) {
        PyObject *object = PyList_GET_ITEM(rewinding->list, i);
        if (PyCell_Check(object) ? PyCell_Set(object, NULL) < 0 : (PyDict_Clear(object), false)) {
            return -1;
        }
    }
    return 0;
}

static int rewind_with(PyObject *kept, int (*step)(struct rewinding *))
{
    struct rewinding rewinding = {.kept = kept, .list = PyList_New(0)};
    int result = step(&rewinding);
    struct ptrmap *maps[] = {&rewinding.own, &rewinding.entries, &rewinding.changed};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        ptrmap_release(maps[i]);
    }
    iterators_release(&rewinding.over);
    for (size_t i = 0; i < rewinding.iterators.n; i++) {
        Py_DECREF(rewinding.iterators.items[i]);
    }
    free(rewinding.iterators.items);
    Py_XDECREF(rewinding.list);
    return result;
}

int rewind_former(PyObject *kept)
{
    return rewind_with(kept, run);
}

int rewind_cut(PyObject *kept)
{
    return rewind_with(kept, cut);
}
