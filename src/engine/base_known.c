/* The index has three kinds of values: the number of an entry; "a function that is recorded"; "met in this run", for
 * objects that nobody keeps alive: their address means nothing in the next run.
 *
 * Invariant: an object with a number is alive as long as its record is; whoever takes a record away calls known_forget.
 */
#include "engine/base_known.h"

#include "compat/array.h"
#include "compat/contents.h"
#include "compat/state.h"
#include "engine/base.h"

#include <stdlib.h>
#include <string.h>

enum { IS_ENTRY = 1, IS_FUNCTION = 2, IS_MET = 3, IS_BITS = 2 };

static void *pack_word(size_t number, int kind)
{
    return (void *)(uintptr_t)(number << IS_BITS | (size_t)kind);
}

static int kind_of(const void *word)
{
    return (int)((uintptr_t)word & ((1 << IS_BITS) - 1));
}

static size_t number_of(const void *word)
{
    return (size_t)((uintptr_t)word >> IS_BITS);
}

static int put(struct known_package *package, PyObject *object, void *word)
{
    if (ptrmap_put(&package->index, object, word) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* ---- packages ---- */

static void package_empty(struct known_package *package)
{
    ptrmap_release(&package->index);
    Py_CLEAR(package->lists);
    package->n = package->n_modules = 0;
}

void known_forget(struct known *known)
{
    for (struct known_package *package; (package = known->packages);) {
        known->packages = package->next;
        package_empty(package);
        free(package->objects);
        free(package->modules);
        Py_DECREF(package->name);
        free(package);
    }
    known->complete = false;
    known->sorted_for = NULL;
}

void known_begin(struct known *known)
{
    known->run++;
}

static struct known_package *find(struct known *known, PyObject *name)
{
    Py_hash_t hash = PyObject_Hash(name); /* an exact str */
    struct known_package **link = &known->packages, *at;
    while ((at = *link) && (at->hash != hash || PyUnicode_Compare(at->name, name) != 0)) {
        link = &at->next;
    }
    if (at) { /* to the front: the modules of a package come one after the other */
        *link = at->next;
        at->next = known->packages;
        known->packages = at;
    }
    return at;
}

static struct known_package *make(struct known *known, PyObject *name)
{
    struct known_package *package = calloc(1, sizeof *package);
    if (!package) {
        PyErr_NoMemory();
        return NULL;
    }
    package->name = Py_NewRef(name);
    package->hash = PyObject_Hash(name);
    package->next = known->packages;
    return known->packages = package;
}

/* One entry of a list that is complete. */
static int add_object(struct known_package *package, PyObject *list, size_t at)
{
    if (array_reserve((void **)&package->objects, package->n, &package->capacity, sizeof *package->objects) < 0) {
        return -1;
    }
    PyObject *object = PyList_GET_ITEM(list, (Py_ssize_t)at);
    void *before = ptrmap_get(&package->index, object);
    if (kind_of(before) == IS_ENTRY) {
        package->objects[number_of(before)].object = NULL;
    }
    package->objects[package->n] = (struct known_object){.object = object, .list = list, .at = at, .foreign = true};
    return put(package, object, pack_word(package->n++, IS_ENTRY));
}

/* The packed list of a record, borrowed. Of one that was unpacked, and whose entries an upgrade may be using at this
 * moment, the package has a packed list of its own. */
static PyObject *packed_list(struct known_package *package, PyObject *record)
{
    PyObject *list = PyTuple_GET_ITEM(record, BASE_COPIES);
    if (PyTuple_GET_ITEM(record, BASE_PACKED) == Py_True) {
        return list;
    }
    if (!package->lists && !(package->lists = PyList_New(0))) {
        return NULL;
    }
    OWN_REF again = pack_again(list);
    return again && PyList_Append(package->lists, again) == 0 ? again : NULL;
}

/* What a record has. Which of its objects are foreign it does not say: all are met again. */
static int read_record(struct known_package *package, PyObject *name, PyObject *record)
{
    PyObject *list = packed_list(package, record), *functions = PyTuple_GET_ITEM(record, BASE_FUNCTIONS);
    Py_ssize_t n = list ? PyList_GET_SIZE(list) : 0;
    for (Py_ssize_t at = 0; at < n; at += (Py_ssize_t)pack_length(&((PyListObject *)list)->ob_item[at])) {
        if (add_object(package, list, (size_t)at) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(functions); i += BASE_FUNCTION_FIELDS) {
        if (known_add_function(package, PyList_GET_ITEM(functions, i)) < 0) {
            return -1;
        }
    }
    return list ? known_settle(package, package->n, list, name, PyTuple_GET_ITEM(record, BASE_MODULE)) : -1;
}

static bool is_loaded(PyObject *name, PyObject *module)
{
    return PyDict_GetItemWithError(PyImport_GetModuleDict(), name) == module;
}

/* Reads the records of one package; with NULL of all. */
static int read_records(struct known *known, struct known_package *only, PyObject *records)
{
    PyObject *name, *record;
    Py_ssize_t position = 0;
    while (records && PyDict_Next(records, &position, &name, &record)) {
        PyObject *top = PyTuple_GET_ITEM(record, BASE_TOP);
        bool wanted = !only || PyUnicode_Compare(top, only->name) == 0;
        if (!wanted || !is_loaded(name, PyTuple_GET_ITEM(record, BASE_MODULE))) {
            continue;
        }
        struct known_package *package = only ? only : find(known, top);
        package = package ? package : make(known, top);
        if (!package || read_record(package, name, record) < 0) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

int known_complete(struct known *known, PyObject *records)
{
    if (known->complete) {
        return 0;
    }
    known_forget(known);
    if (read_records(known, NULL, records) < 0) {
        known_forget(known);
        return -1;
    }
    known->complete = true;
    return 0;
}

void known_reread(struct known *known, PyObject *name)
{
    struct known_package *package = find(known, name);
    if (package) {
        package_empty(package);
        package->stale = true;
    }
}

static bool all_loaded(const struct known_package *package)
{
    for (size_t i = 0; i < package->n_modules; i++) {
        if (!is_loaded(package->modules[i].name, package->modules[i].module)) {
            return false;
        }
    }
    return true;
}

int known_refresh(struct known *known, struct known_package *package, PyObject *records)
{
    if (!package->stale && all_loaded(package)) {
        return 0;
    }
    package_empty(package);
    if (read_records(known, package, records) < 0) {
        known_forget(known);
        return -1;
    }
    package->stale = false;
    return 0;
}

struct known_package *known_package(struct known *known, PyObject *name, PyObject *records)
{
    struct known_package *package = known_complete(known, records) < 0 ? NULL : find(known, name);
    if (!package && !PyErr_Occurred()) {
        package = make(known, name);
    }
    if (package && package->run != known->run) {
        if (known_refresh(known, package, records) < 0) {
            return NULL;
        }
        package->run = known->run;
    }
    return package;
}

/* ---- objects ---- */

int known_meet(struct known *known, struct known_package *package, PyObject *object, bool foreign)
{
    void *word = ptrmap_get(&package->index, object);
    struct known_object *entry = kind_of(word) == IS_ENTRY ? &package->objects[number_of(word)] : NULL;
    if (kind_of(word) == IS_FUNCTION || (kind_of(word) == IS_MET && number_of(word) == known->run)) {
        return 0;
    }
    if (entry) { /* what was met among others' things, and now among the package's own, is followed further */
        bool will_do = !entry->foreign || foreign || entry->run == known->run;
        entry->object = will_do ? entry->object : NULL;
        return !will_do;
    }
    return put(package, object, pack_word(known->run, IS_MET)) < 0 ? -1 : 1;
}

/* The word that is another one if the object holds something else; NULL: there is none. */
static const uint64_t *version_of(PyObject *object)
{
    if (PyCell_Check(object)) {
        return (const uint64_t *)(const void *)&((PyCellObject *)object)->ob_ref;
    }
    bool plain = PyDict_Check(object) && !contents_has_attributes(object);
    PyObject *dict = PyType_Check(object) ? ((PyTypeObject *)object)->tp_dict : plain ? object : NULL;
    return dict ? state_version(dict) : NULL;
}

int known_add(struct known *known, struct known_package *package, PyObject *object, size_t at, bool foreign, bool exact)
{
    if (array_reserve((void **)&package->objects, package->n, &package->capacity, sizeof *package->objects) < 0) {
        return -1;
    }
    const uint64_t *version = exact ? version_of(object) : NULL;
    package->objects[package->n] =
        (struct known_object){object, version, version ? *version : 0, NULL, at, known->run, foreign};
    return put(package, object, pack_word(package->n++, IS_ENTRY));
}

int known_add_function(struct known_package *package, PyObject *function)
{
    return put(package, function, pack_word(0, IS_FUNCTION));
}

int known_settle(struct known_package *package, size_t first, PyObject *list, PyObject *name, PyObject *module)
{
    if (array_reserve((void **)&package->modules, package->n_modules, &package->cap_modules, sizeof *package->modules) <
        0) {
        return -1;
    }
    package->modules[package->n_modules++] = (struct known_module){name, module};
    for (size_t i = first; i < package->n; i++) {
        package->objects[i].list = list;
    }
    return 0;
}

static int has_changed(struct known_object *object)
{
    if ((object->version && *object->version == object->recorded) || base_is_weak(object->object)) {
        return 0; /* a weak container is recorded once */
    }
    int differs = pack_differs(&((PyListObject *)object->list)->ob_item[object->at]);
    if (!differs && object->version) {
        object->recorded = *object->version;
    }
    return differs;
}

int known_next_changed(struct known_package *package, size_t *at, struct known_object **ret_object)
{
    while (*at < package->n) {
        struct known_object *object = &package->objects[(*at)++];
        int changed = object->object && object->list ? has_changed(object) : 0;
        if (changed) {
            *ret_object = object;
            return changed;
        }
    }
    return 0;
}
