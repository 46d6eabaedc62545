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
#include "compat/lrucache.h"
#include "compat/modules.h"
#include "compat/contents.h"
#include "compat/state.h"
#include "engine/generation.h"
#include "engine/outside_copies.h"
#include "engine/redo.h"

#include <stdlib.h>

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

/* Of all namespaces but those of the modules that are upgraded: what they hold is of the old version. */
static int copy_containers(struct outside *outside)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(outside->spaces); i++) {
        PyObject *space = PyList_GET_ITEM(outside->spaces, i);
        PyObject *owner = PyTuple_GET_ITEM(space, 0);
        PyObject *name = PyModule_Check(owner) ? dict_get(PyTuple_GET_ITEM(space, 2), "__name__")
                         : PyType_Check(owner) ? class_module_name((PyTypeObject *)owner)
                                               : NULL;
        int ours = name && PyUnicode_Check(name) ? PyDict_Contains(outside->old_modules, name)
                   : PyErr_Occurred()            ? -1
                                                 : 0;
        if (ours < 0 || (!ours && outside_copies_add(outside, PyTuple_GET_ITEM(space, 2)) < 0)) {
            return -1;
        }
    }
    return 0;
}

int outside_begin(struct outside *outside)
{
    ptrmap_init(&outside->by_dict);
    ptrmap_init(&outside->copies);
    ptrmap_init(&outside->used);
    ptrmap_init(&outside->rebuilt);
    outside->spaces = PyList_New(0);
    outside->kept = PyList_New(0);
    outside->holders = PyList_New(0);
    outside->redo = PyList_New(0);
    OWN_REF loaded = PyDict_Copy(modules_dict());
    if (!outside->spaces || !outside->kept || !outside->holders || !outside->redo || !loaded ||
        add_table(outside, "sys.modules", modules_dict()) < 0 ||
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
    return add_classes(outside) < 0 ? -1 : copy_containers(outside);
}

/* Does the class belong to this namespace, and was it not copied yet? */
static bool is_late_class(struct outside *outside, PyObject *value, PyObject *name)
{
    PyTypeObject *type = PyType_Check(value) ? (PyTypeObject *)value : NULL;
    PyObject *home = type && (type->tp_flags & Py_TPFLAGS_HEAPTYPE) ? class_module_name(type) : NULL;
    bool is = home && PyUnicode_Check(home) && PyUnicode_Compare(home, name) == 0;
    return is && type->tp_dict && !ptrmap_find(&outside->by_dict, type->tp_dict);
}

int outside_add_late(struct outside *outside, PyObject *module)
{
    PyObject *space = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
    PyObject *name = space ? dict_get(space, "__name__") : NULL;
    if (!name || !PyUnicode_Check(name) || ptrmap_find(&outside->by_dict, space)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (add_space(outside, module, space) < 0) {
        return -1;
    }
    PyObject *copy = outside_before(outside, space), *key, *value;
    for (Py_ssize_t i = 0; PyDict_Next(copy, &i, &key, &value);) {
        if (is_late_class(outside, value, name) &&
            (add_space(outside, value, ((PyTypeObject *)value)->tp_dict) < 0 ||
             outside_copies_add(outside, outside_before(outside, ((PyTypeObject *)value)->tp_dict)) < 0)) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : outside_copies_add(outside, copy);
}

void outside_release(struct outside *outside)
{
    ptrmap_release(&outside->by_dict);
    ptrmap_release(&outside->copies);
    ptrmap_release(&outside->used);
    ptrmap_release(&outside->rebuilt);
    Py_CLEAR(outside->spaces);
    Py_CLEAR(outside->kept);
    Py_CLEAR(outside->holders);
    Py_CLEAR(outside->redo);
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

PyObject *outside_content_before(const void *arg, PyObject *container)
{
    const struct outside *outside = arg;
    bool is_container = PyDict_Check(container) || PyList_Check(container) || PySet_Check(container);
    PyObject *before = is_container ? outside_before(outside, container) : NULL;
    return before || !is_container ? before : ptrmap_get(&outside->copies, container);
}

int outside_write(struct outside *outside, PyObject *dict, PyObject *key, PyObject *value)
{
    PyObject *space = space_of(outside, dict);
    PyObject *owner = space ? PyTuple_GET_ITEM(space, 0) : NULL;
    if (owner && PyType_Check(owner)) {
        return PyType_Type.tp_setattro(owner, key, value);
    }
    if (value) {
        return PyDict_SetItem(dict, key, value);
    }
    int there = PyDict_Contains(dict, key);
    return there == 1 ? PyDict_DelItem(dict, key) : there;
}

int outside_put_back(struct outside *outside, PyObject *dict, PyObject *name)
{
    PyObject *space = space_of(outside, dict);
    PyObject *value = space ? PyDict_GetItemWithError(PyTuple_GET_ITEM(space, 2), name) : NULL;
    return !value && PyErr_Occurred() ? -1 : outside_write(outside, dict, name, value);
}

int outside_note(struct outside *outside, PyObject *dict, PyObject *key, PyObject *value, PyObject *before)
{
    PyObject *space = space_of(outside, dict);
    PyObject *owner = space ? PyTuple_GET_ITEM(space, 0) : NULL;
    return owner && PyType_Check(owner) ? redo_note_attribute(outside->redo, owner, key, value, before)
                                        : redo_note_item(outside->redo, dict, key, value, before);
}

/* Takes the key out and puts it in again, behind the others. */
static int move_to_end(PyObject *dict, PyObject *key)
{
    OWN_REF value = Py_XNewRef(PyDict_GetItemWithError(dict, key));
    return !value                                                                  ? PyErr_Occurred() ? -1 : 0
           : PyDict_DelItem(dict, key) < 0 || PyDict_SetItem(dict, key, value) < 0 ? -1
                                                                                   : 0;
}

int outside_reorder(struct outside *outside, PyObject *dict)
{
    PyObject *space = space_of(outside, dict);
    PyObject *owner = space ? PyTuple_GET_ITEM(space, 0) : NULL;
    PyObject *copy = space ? PyTuple_GET_ITEM(space, 2) : ptrmap_get(&outside->copies, dict);
    bool movable = copy && PyDict_Check(copy) && !(owner && PyType_Check(owner)) && state_has_str_keys(dict);
    OWN_REF now = movable ? PyDict_Keys(dict) : NULL;
    OWN_REF order = now ? PyDict_Keys(copy) : NULL;
    bool same = !order;
    for (Py_ssize_t i = 0; order && i < PyList_GET_SIZE(order); i++) {
        same = i < PyList_GET_SIZE(now) && PyList_GET_ITEM(now, i) == PyList_GET_ITEM(order, i);
        if (!same) {
            break;
        }
    }
    for (Py_ssize_t i = 0; !same && i < PyList_GET_SIZE(order); i++) {
        if (move_to_end(dict, PyList_GET_ITEM(order, i)) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; !same && i < PyList_GET_SIZE(now); i++) {
        int old = PyDict_Contains(copy, PyList_GET_ITEM(now, i));
        if (old < 0 || (!old && move_to_end(dict, PyList_GET_ITEM(now, i)) < 0)) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
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

/* Notes that the dict's key was or held `held`, unless it replaced its counterpart:
 * then the flip does it. before: what stood there, or NULL. */
static int note(struct outside *outside, PyObject *dict, PyObject *key, PyObject *held, PyObject *before)
{
    if (before && outside_is_counterpart(outside, held, before)) {
        return 0;
    }
    PyObject *value = key == held ? PyDict_GetItemWithError(dict, key) : held;
    return !value || PyErr_Occurred() ? -1 : outside_note(outside, dict, key, value, before);
}

static enum outside_result undo_space(struct outside *outside, PyObject *space, const struct reach_hit *hit)
{
    PyObject *dict = PyTuple_GET_ITEM(space, 1);
    PyObject *copy = PyTuple_GET_ITEM(space, 2);
    OWN_REF keys = keys_of(dict, hit->held);
    for (Py_ssize_t i = 0; keys && i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        PyObject *before = PyDict_GetItemWithError(copy, key);
        if (PyErr_Occurred() || note(outside, dict, key, hit->held, before) < 0 ||
            outside_put_back(outside, dict, key) < 0) {
            return OUTSIDE_FAILED;
        }
    }
    bool names_modules = dict == modules_dict(); /* what stands in sys.modules is the flip's own affair */
    return !keys ? OUTSIDE_FAILED : names_modules ? OUTSIDE_UNDONE : OUTSIDE_NOTED;
}

/* An attribute that is kept in the object itself. */
static enum outside_result undo_instance(struct outside *outside, const struct reach_hit *hit, PyObject *partner)
{
    OWN_REF state = state_copy(hit->holder);
    OWN_REF names = state ? keys_of(state, hit->held) : NULL;
    if (!names) {
        return OUTSIDE_FAILED;
    }
    PyObject *copy = ptrmap_get(&outside->copies, hit->holder);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        PyObject *before = copy ? PyDict_GetItemWithError(copy, name) : partner;
        bool repeats = before && outside_is_counterpart(outside, hit->held, before);
        if (PyErr_Occurred() ||
            (copy && !repeats && redo_note_attribute(outside->redo, hit->holder, name, hit->held, before) < 0) ||
            PyObject_GenericSetAttr(hit->holder, name, before) < 0) {
            return OUTSIDE_FAILED;
        }
    }
    return !PyList_GET_SIZE(names) ? OUTSIDE_STUCK : copy ? OUTSIDE_NOTED : OUTSIDE_UNDONE;
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

/* A dict whose content before is known. */
static enum outside_result undo_copied_dict(struct outside *outside, PyObject *copy, PyObject *keys,
                                            const struct reach_hit *hit)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        PyObject *before = PyDict_GetItemWithError(copy, key);
        bool repeats = key == hit->held && key_repeats(outside, hit->holder, key);
        if (PyErr_Occurred() || (!repeats && note(outside, hit->holder, key, hit->held, before) < 0) ||
            (before ? PyDict_SetItem(hit->holder, key, before) : PyDict_DelItem(hit->holder, key)) < 0) {
            return OUTSIDE_FAILED;
        }
    }
    return OUTSIDE_NOTED;
}

static enum outside_result undo_dict(struct outside *outside, const struct reach_hit *hit, PyObject *partner)
{
    PyObject *copy = ptrmap_get(&outside->copies, hit->holder);
    OWN_REF keys = keys_of(hit->holder, hit->held);
    OWN_REF values = keys ? PyDict_Values(hit->holder) : NULL;
    if (!values) {
        return OUTSIDE_FAILED;
    }
    if (!PyList_GET_SIZE(keys)) { /* went with another entry; or it is an attribute of the dict itself */
        return PyDict_CheckExact(hit->holder) ? OUTSIDE_PARTNER : undo_instance(outside, hit, partner);
    }
    if (copy && PyDict_Check(copy)) {
        return undo_copied_dict(outside, copy, keys, hit);
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

/* An old element that stood in the list and is the counterpart of `held`, for which nothing else was taken yet. Of
 * those without a name, which only their order tells apart, the one that `before` others are in front of. */
static PyObject *take_element(struct outside *outside, PyObject *copy, PyObject *held, Py_ssize_t before)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(copy); i++) {
        PyObject *old = PyList_GET_ITEM(copy, i);
        bool unnamed = outside_is_unnamed_counterpart(outside, held, old);
        bool same = unnamed || outside_is_counterpart(outside, held, old);
        if (!same || ptrmap_find(&outside->used, old) || (unnamed && before-- > 0)) {
            continue;
        }
        return ptrmap_put(&outside->used, old, NULL) < 0 ? PyErr_NoMemory()
               : outside_pair(outside, held, old) < 0    ? NULL
                                                         : old;
    }
    return NULL;
}

/* How many functions of the same place and qualified name stand before this one in the list? */
static Py_ssize_t count_alike(PyObject *list, Py_ssize_t at)
{
    PyObject *held = PyList_GET_ITEM(list, at);
    Py_ssize_t n = 0;
    for (Py_ssize_t i = 0; PyFunction_Check(held) && i < at; i++) {
        PyObject *other = PyList_GET_ITEM(list, i);
        n += PyFunction_Check(other) && PyFunction_GET_GLOBALS(other) == PyFunction_GET_GLOBALS(held) &&
             PyUnicode_Compare(((PyFunctionObject *)other)->func_qualname, ((PyFunctionObject *)held)->func_qualname) ==
                 0;
    }
    return n;
}

/* A list whose content before is known: what staging added goes, the counterpart that it took out comes back to its
 * place. */
static enum outside_result undo_copied_list(struct outside *outside, PyObject *copy, const struct reach_hit *hit)
{
    PyObject *list = hit->holder;
    for (Py_ssize_t i = PyList_GET_SIZE(list) - 1; i >= 0; i--) {
        if (i >= PyList_GET_SIZE(list) || PyList_GET_ITEM(list, i) != hit->held) {
            continue;
        }
        bool in_front = i == 0 && PyList_GET_SIZE(list) > 1;
        PyObject *old = take_element(outside, copy, hit->held, count_alike(list, i));
        bool lost = old && !list_holds(list, old);
        if (PyErr_Occurred() || (!old && redo_note_element(outside->redo, list, hit->held, in_front) < 0) ||
            PyList_SetSlice(list, i, i + 1, NULL) < 0) {
            return OUTSIDE_FAILED;
        }
        Py_ssize_t place = 0;
        while (lost && PyList_GET_ITEM(copy, place) != old) {
            place++;
        }
        if (lost && PyList_Insert(list, place, old) < 0) {
            return OUTSIDE_FAILED;
        }
    }
    return OUTSIDE_NOTED;
}

static enum outside_result undo_list(struct outside *outside, const struct reach_hit *hit, PyObject *partner)
{
    PyObject *list = hit->holder;
    PyObject *copy = ptrmap_get(&outside->copies, list);
    if (copy) {
        return undo_copied_list(outside, copy, hit);
    }
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

static enum outside_result undo_set(struct outside *outside, const struct reach_hit *hit, PyObject *partner)
{
    PyObject *copy = ptrmap_get(&outside->copies, hit->holder);
    int there = partner ? PySet_Contains(hit->holder, partner) : 0;
    PyObject *old = copy && !there ? take_element(outside, copy, hit->held, 0) : NULL;
    if (there < 0 || PyErr_Occurred() || PySet_Discard(hit->holder, hit->held) < 0 ||
        (old && PySet_Add(hit->holder, old) < 0) ||
        (copy && !there && !old && redo_note_element(outside->redo, hit->holder, hit->held, false) < 0)) {
        return OUTSIDE_FAILED;
    }
    return there ? OUTSIDE_PARTNER : copy ? OUTSIDE_NOTED : OUTSIDE_UNDONE;
}

/* As a list whose content before is not known: the counterpart stays, or gets the place. */
static enum outside_result undo_deque(struct outside *outside, const struct reach_hit *hit, PyObject *partner)
{
    OWN_REF items = contents_copy(hit->holder);
    if (!items) {
        return OUTSIDE_FAILED;
    }
    if (!list_holds(items, hit->held)) { /* went before; or it is an attribute of the deque itself */
        return contents_has_attributes(hit->holder) ? undo_instance(outside, hit, partner) : OUTSIDE_PARTNER;
    }
    PyObject *back = partner && !list_holds(items, partner) ? partner : NULL;
    for (Py_ssize_t i = PyList_GET_SIZE(items) - 1; i >= 0; i--) {
        if (PyList_GET_ITEM(items, i) == hit->held) {
            if ((back ? PySequence_SetItem(hit->holder, i, back) : PySequence_DelItem(hit->holder, i)) < 0) {
                return OUTSIDE_FAILED;
            }
            back = NULL;
        }
    }
    return partner ? OUTSIDE_PARTNER : OUTSIDE_UNDONE;
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
        return undo_space(outside, space, hit);
    }
    if (lrucache_check(hit->holder)) {
        return clear_cache(hit->holder);
    }
    if (PyDict_CheckExact(hit->holder)) {
        OWN_REF owner = Py_XNewRef(outside_owner(outside, hit->holder));
        return lrucache_check(owner) ? clear_cache(owner) : undo_dict(outside, hit, partner);
    }
    if (PyDict_Check(hit->holder)) {
        return undo_dict(outside, hit, partner);
    }
    if (PyList_Check(hit->holder)) {
        return undo_list(outside, hit, partner);
    }
    if (PySet_Check(hit->holder)) {
        return undo_set(outside, hit, partner);
    }
    if (contents_kind(hit->holder) == CONTENTS_DEQUE) {
        return undo_deque(outside, hit, partner);
    }
    if (PyTuple_Check(hit->holder) || PyFunction_Check(hit->holder) || PyModule_Check(hit->holder)) {
        return OUTSIDE_STUCK;
    }
    return undo_instance(outside, hit, partner);
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
