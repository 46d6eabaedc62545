/* What the process held before staging, and putting it back.
 *
 * Modules' and classes' namespaces are copied beforehand, so they are restored exactly. What another container held
 * before is not known; there the rule is: an entry whose staged object has an old counterpart gives way to it, unless
 * the counterpart is in the container anyway; an entry without one was only added, and goes.
 *
 * Invariant: only slots that hold something staged are written, so what other threads did meanwhile stays. Must
 * not: write a class's dict but through type's own setter (the method cache). */
#include "engine/outside.h"

#include "compat/hooks.h"
#include "compat/modules.h"
#include "compat/state.h"
#include "engine/generation.h"

#include <stdlib.h>
#include <string.h>

static int add_space(struct outside *outside, PyObject *owner, PyObject *dict)
{
    OWN_REF copy = PyDict_Copy(dict);
    OWN_REF space = copy ? PyTuple_Pack(3, owner, dict, copy) : NULL;
    if (!space || PyList_Append(outside->spaces, space) < 0) {
        return -1;
    }
    uintptr_t index = (uintptr_t)PyList_GET_SIZE(outside->spaces);
    if (ptrmap_put(&outside->by_dict, dict, (void *)index) < 0 || ptrmap_put(&outside->by_dict, copy, NULL) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static int add_table(struct outside *outside, const char *what, PyObject *dict)
{
    OWN_REF owner = PyUnicode_FromString(what);
    return owner && dict ? add_space(outside, owner, dict) : owner ? 0 : -1;
}

struct classes {
    PyObject **types; /* owned references */
    size_t n, capacity;
};

static int collect_class(PyObject *object, void *arg)
{
    struct classes *classes = arg;
    if (!PyType_Check(object) || !((PyTypeObject *)object)->tp_dict) {
        return 0;
    }
    if (classes->n == classes->capacity) {
        size_t capacity = classes->capacity ? classes->capacity * 2 : 4096;
        PyObject **types = realloc(classes->types, capacity * sizeof *types);
        if (!types) {
            return -1;
        }
        classes->types = types;
        classes->capacity = capacity;
    }
    classes->types[classes->n++] = Py_NewRef(object);
    return 0;
}

static int add_classes(struct outside *outside)
{
    struct classes classes = {NULL, 0, 0};
    int failed = epoch_each_old(outside->epoch, collect_class, &classes);
    if (failed) {
        PyErr_NoMemory();
    }
    for (size_t i = 0; i < classes.n; i++) {
        failed = failed || add_space(outside, classes.types[i], ((PyTypeObject *)classes.types[i])->tp_dict) < 0;
        Py_DECREF(classes.types[i]);
    }
    free(classes.types);
    return failed ? -1 : 0;
}

int outside_begin(struct outside *outside)
{
    ptrmap_init(&outside->by_dict);
    outside->spaces = PyList_New(0);
    OWN_REF loaded = PyDict_Copy(modules_dict());
    if (!outside->spaces || !loaded || add_table(outside, "sys.modules", modules_dict()) < 0 ||
        add_table(outside, "the codec error handlers", hooks_error_handlers()) < 0) {
        return -1;
    }
    PyObject *name, *module;
    for (Py_ssize_t i = 0; PyDict_Next(loaded, &i, &name, &module);) {
        bool once = PyModule_Check(module) && !ptrmap_find(&outside->by_dict, PyModule_GetDict(module));
        if (once && add_space(outside, module, PyModule_GetDict(module)) < 0) {
            return -1;
        }
    }
    return add_classes(outside);
}

void outside_release(struct outside *outside)
{
    ptrmap_release(&outside->by_dict);
    Py_CLEAR(outside->spaces);
}

/* The tuple (owner, dict, copy) of this dict, borrowed, or NULL. */
static PyObject *space_of(const struct outside *outside, PyObject *dict)
{
    uintptr_t index = (uintptr_t)ptrmap_get(&outside->by_dict, dict);
    return index ? PyList_GET_ITEM(outside->spaces, (Py_ssize_t)index - 1) : NULL;
}

PyObject *outside_before(const struct outside *outside, PyObject *dict)
{
    PyObject *space = space_of(outside, dict);
    return space ? PyTuple_GET_ITEM(space, 2) : NULL;
}

int outside_put_back(struct outside *outside, PyObject *dict, PyObject *name)
{
    PyObject *space = space_of(outside, dict);
    PyObject *owner = space ? PyTuple_GET_ITEM(space, 0) : NULL;
    PyObject *value = space ? PyDict_GetItemWithError(PyTuple_GET_ITEM(space, 2), name) : NULL;
    if (!value && PyErr_Occurred()) {
        return -1;
    }
    if (owner && PyType_Check(owner)) {
        return PyType_Type.tp_setattro(owner, name, value);
    }
    if (value) {
        return PyDict_SetItem(dict, name, value);
    }
    return PyDict_Contains(dict, name) == 1 ? PyDict_DelItem(dict, name) : 0;
}

static PyObject *attribute_of(PyObject *owner, PyObject *name)
{
    PyObject *dict = PyModule_Check(owner) ? PyModule_GetDict(owner)
                     : PyType_Check(owner) ? ((PyTypeObject *)owner)->tp_dict
                                           : NULL;
    PyObject *value = dict ? PyDict_GetItemWithError(dict, name) : NULL;
    PyErr_Clear();
    if (value && (Py_IS_TYPE(value, &PyStaticMethod_Type) || Py_IS_TYPE(value, &PyClassMethod_Type))) {
        OWN_REF function = PyObject_GetAttrString(value, "__func__");
        PyErr_Clear();
        return function; /* the descriptor keeps it alive */
    }
    return value;
}

PyObject *outside_partner(const struct outside *outside, PyObject *staged)
{
    if (!PyFunction_Check(staged) && !PyType_Check(staged)) {
        return NULL;
    }
    PyObject *module =
        PyFunction_Check(staged) ? PyFunction_GetModule(staged) : class_module_name((PyTypeObject *)staged);
    PyObject *owner = module ? PyDict_GetItemWithError(outside->old_modules, module) : NULL;
    OWN_REF path = owner ? PyObject_GetAttrString(staged, "__qualname__") : NULL;
    OWN_REF dot = path ? PyUnicode_FromString(".") : NULL;
    OWN_REF parts = dot && PyUnicode_Check(path) ? PyUnicode_Split(path, dot, -1) : NULL;
    if (short_of_memory()) {
        return NULL;
    }
    PyErr_Clear();
    for (Py_ssize_t i = 0; parts && owner && i < PyList_GET_SIZE(parts); i++) {
        owner = attribute_of(owner, PyList_GET_ITEM(parts, i));
    }
    bool definition = parts && owner && (PyFunction_Check(owner) || PyType_Check(owner));
    return definition && owner != staged ? owner : NULL;
}

struct search {
    PyObject *wanted, *found, *object;
};

static int holds_wanted(PyObject *referent, void *arg)
{
    return referent == ((struct search *)arg)->wanted;
}

static int find_owner(PyObject *object, void *arg)
{
    struct search *search = arg;
    traverseproc traverse = Py_TYPE(object)->tp_traverse;
    if (!traverse || !traverse(object, holds_wanted, search)) {
        return 0;
    }
    search->found = object;
    return 1;
}

PyObject *outside_owner(struct outside *outside, PyObject *object)
{
    struct search search = {object, NULL, NULL};
    epoch_each_old(outside->epoch, find_owner, &search);
    return search.found;
}

static bool list_holds(PyObject *list, PyObject *object)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if (PyList_GET_ITEM(list, i) == object) {
            return true;
        }
    }
    return false;
}

/* The keys of entries that hold `held` as key or value. */
static PyObject *keys_of(PyObject *dict, PyObject *held)
{
    OWN_REF keys = PyList_New(0);
    PyObject *key, *value;
    for (Py_ssize_t i = 0; keys && PyDict_Next(dict, &i, &key, &value);) {
        if ((key == held || value == held) && PyList_Append(keys, key) < 0) {
            return NULL;
        }
    }
    return STEAL(keys);
}

static enum outside_result undo_space(struct outside *outside, PyObject *space, const struct reach_hit *hit,
                                      PyObject *partner)
{
    PyObject *dict = PyTuple_GET_ITEM(space, 1);
    PyObject *copy = PyTuple_GET_ITEM(space, 2);
    OWN_REF keys = keys_of(dict, hit->held);
    if (!keys) {
        return OUTSIDE_FAILED;
    }
    bool all = partner && PyList_GET_SIZE(keys);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        all = all && PyDict_GetItemWithError(copy, key) == partner;
        if (outside_put_back(outside, dict, key) < 0) {
            return OUTSIDE_FAILED;
        }
    }
    return all ? OUTSIDE_PARTNER : OUTSIDE_UNDONE;
}

/* An attribute that is kept in the object itself. */
static enum outside_result undo_instance(const struct reach_hit *hit, PyObject *partner)
{
    OWN_REF state = state_copy(hit->holder);
    OWN_REF names = state ? keys_of(state, hit->held) : NULL;
    if (!names) {
        return OUTSIDE_FAILED;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        if (PyObject_GenericSetAttr(hit->holder, PyList_GET_ITEM(names, i), partner) < 0) {
            return OUTSIDE_FAILED;
        }
    }
    return PyList_GET_SIZE(names) ? OUTSIDE_UNDONE : OUTSIDE_STUCK;
}

/* The entry under the old counterpart of a staged key says the same: it has the same value, or the value's
 * counterpart. */
static bool key_repeats(struct outside *outside, PyObject *dict, PyObject *key)
{
    PyObject *old_key = outside_partner(outside, key);
    PyObject *value = PyDict_GetItemWithError(dict, key);
    PyObject *old_value = value && old_key ? PyDict_GetItemWithError(dict, old_key) : NULL;
    PyErr_Clear();
    return old_value && (old_value == value || old_value == outside_partner(outside, value));
}

static enum outside_result undo_dict(struct outside *outside, const struct reach_hit *hit, PyObject *partner)
{
    OWN_REF keys = keys_of(hit->holder, hit->held);
    OWN_REF values = keys ? PyDict_Values(hit->holder) : NULL;
    if (!values) {
        return OUTSIDE_FAILED;
    }
    if (!PyList_GET_SIZE(keys)) { /* went with another entry; or it is an attribute of the dict itself */
        return PyDict_CheckExact(hit->holder) ? OUTSIDE_PARTNER : undo_instance(hit, partner);
    }
    bool there = partner && list_holds(values, partner);
    bool repeats = partner != NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        bool hand_back = partner && !there && key != hit->held;
        repeats = repeats && (key == hit->held ? key_repeats(outside, hit->holder, key) : hand_back);
        int failed = hand_back ? PyDict_SetItem(hit->holder, key, partner) : PyDict_DelItem(hit->holder, key);
        if (failed) {
            return OUTSIDE_FAILED;
        }
    }
    return repeats ? OUTSIDE_PARTNER : OUTSIDE_UNDONE;
}

static enum outside_result undo_list(const struct reach_hit *hit, PyObject *partner)
{
    PyObject *list = hit->holder;
    PyObject *back = partner && !list_holds(list, partner) ? partner : NULL;
    for (Py_ssize_t i = PyList_GET_SIZE(list) - 1; i >= 0; i--) {
        if (i < PyList_GET_SIZE(list) && PyList_GET_ITEM(list, i) == hit->held) {
            int failed = back ? PyList_SetItem(list, i, Py_NewRef(back)) : PyList_SetSlice(list, i, i + 1, NULL);
            if (failed) {
                return OUTSIDE_FAILED;
            }
            back = NULL;
        }
    }
    return partner ? OUTSIDE_PARTNER : OUTSIDE_UNDONE;
}

static enum outside_result undo_set(const struct reach_hit *hit, PyObject *partner)
{
    int there = partner ? PySet_Contains(hit->holder, partner) : 0;
    return there < 0 || PySet_Discard(hit->holder, hit->held) < 0 ? OUTSIDE_FAILED
           : there                                                ? OUTSIDE_PARTNER
                                                                  : OUTSIDE_UNDONE;
}

static bool is_lru_cache(PyObject *object)
{
    return object && strcmp(Py_TYPE(object)->tp_name, "functools._lru_cache_wrapper") == 0;
}

static enum outside_result clear_cache(PyObject *cache)
{
    OWN_REF done = PyObject_CallMethod(cache, "cache_clear", NULL);
    return done ? OUTSIDE_CACHE : OUTSIDE_FAILED;
}

enum outside_result outside_undo(struct outside *outside, const struct reach_hit *hit)
{
    PyObject *space = space_of(outside, hit->holder);
    PyObject *partner = hit->held == hit->target ? outside_partner(outside, hit->target) : NULL;
    if (PyErr_Occurred()) {
        return OUTSIDE_FAILED;
    }
    if (space) {
        return undo_space(outside, space, hit, partner);
    }
    if (is_lru_cache(hit->holder)) {
        return clear_cache(hit->holder);
    }
    if (PyDict_CheckExact(hit->holder)) {
        OWN_REF owner = Py_XNewRef(outside_owner(outside, hit->holder));
        return is_lru_cache(owner) ? clear_cache(owner) : undo_dict(outside, hit, partner);
    }
    if (PyDict_Check(hit->holder)) {
        return undo_dict(outside, hit, partner);
    }
    if (PyList_Check(hit->holder)) {
        return undo_list(hit, partner);
    }
    if (PySet_Check(hit->holder)) {
        return undo_set(hit, partner);
    }
    if (PyTuple_Check(hit->holder) || PyFunction_Check(hit->holder) || PyModule_Check(hit->holder)) {
        return OUTSIDE_STUCK;
    }
    return undo_instance(hit, partner);
}

/* "sys.x" for a value of a namespace, NULL without exception when it is in none. */
static PyObject *name_in_spaces(struct outside *outside, PyObject *object)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(outside->spaces); i++) {
        PyObject *space = PyList_GET_ITEM(outside->spaces, i);
        PyObject *owner = PyTuple_GET_ITEM(space, 0);
        PyObject *key, *value;
        for (Py_ssize_t j = 0; !PyUnicode_Check(owner) && PyDict_Next(PyTuple_GET_ITEM(space, 1), &j, &key, &value);) {
            if (value == object) {
                OWN_REF name = PyObject_GetAttrString(owner, "__name__");
                PyErr_Clear();
                return name ? PyUnicode_FromFormat("%S.%S", name, key) : NULL;
            }
        }
    }
    return NULL;
}

PyObject *outside_name(struct outside *outside, const struct reach_hit *hit)
{
    PyObject *space = space_of(outside, hit->holder);
    if (space) {
        PyObject *owner = PyTuple_GET_ITEM(space, 0);
        OWN_REF keys = keys_of(PyTuple_GET_ITEM(space, 1), hit->held);
        OWN_REF name = PyUnicode_Check(owner) ? Py_NewRef(owner) : PyObject_GetAttrString(owner, "__name__");
        if (!keys || !name) {
            return NULL;
        }
        return PyList_GET_SIZE(keys) ? PyUnicode_FromFormat("%S.%S", name, PyList_GET_ITEM(keys, 0)) : STEAL(name);
    }
    PyObject *holder = hit->holder;
    for (int depth = 0; holder && depth < 3; depth++) {
        PyObject *name = name_in_spaces(outside, holder);
        if (name || PyErr_Occurred()) {
            return name;
        }
        holder = outside_owner(outside, holder);
    }
    return PyUnicode_FromFormat("an object of type %s", Py_TYPE(hit->holder)->tp_name);
}
