/* Pairs old with new by two sweeps over one growing list.
 *
 * The first sweep follows homes only: a function or class under its own qualified name. So `f = foo` in one version and
 * `f = bar` in the next pairs foo with foo and bar with bar, wherever f points. The second sweep pairs what the same
 * place holds: wrappers, closures, descriptors, data, aliases of what vanished. The first pair that an object gets is
 * the one it keeps, and breadth first means that the shortest path wins.
 *
 * Functions of which a name does not say which one they are, are left to the second sweep and come last
 * (match_homes.h).
 *
 * Invariant: a pair's old object belongs to the old generation and its partner to the new one; what both versions
 * merely import from elsewhere (the same object, or something at home in another module) is never paired. Must not:
 * call anything on the objects it reads. */
#include "engine/match.h"

#include "compat/state.h"
#include "engine/base.h"
#include "engine/match_bound.h"
#include "engine/match_homes.h"
#include "engine/match_members.h"
#include "engine/match_moved.h"
#include "engine/match_parts.h"
#include "engine/match_strays.h"
#include "engine/same.h"

#include <stdlib.h>
#include <string.h>

#define MOST_STEPS 16 /* of a path that somebody is to read */

struct pair *match_find(const struct match *match, PyObject *old)
{
    uintptr_t at = (uintptr_t)ptrmap_get(&match->index, old);
    return at ? &match->pairs[at - 1] : NULL;
}

bool match_is_common(const struct match *match, PyObject *object)
{
    return match->common && ptrmap_get(match->common, object);
}

PyObject *match_common_entry(const struct match *match, PyObject *object)
{
    PyObject *entry = match->common ? ptrmap_get(match->common, object) : NULL;
    return entry && entry != object ? entry : NULL;
}

static int reserve_pair(struct match *match)
{
    if (match->n_pairs < match->capacity) {
        return 0;
    }
    size_t wanted = match->capacity ? match->capacity * 2 : 1024;
    struct pair *grown = realloc(match->pairs, wanted * sizeof *grown);
    if (!grown) {
        PyErr_NoMemory();
        return -1;
    }
    match->pairs = grown;
    match->capacity = wanted;
    return 0;
}

int match_add(struct match *match, PyObject *old, PyObject *partner, enum pair_kind kind, size_t parent, PyObject *key)
{
    if ((old == partner && !match_is_common(match, old)) || ptrmap_get(&match->index, old)) {
        return 0;
    }
    if (reserve_pair(match) < 0) {
        return -1;
    }
    size_t at = match->n_pairs;
    bool changed = kind == PAIR_FUNCTION;
    if (kind == PAIR_FUNCTION && PyFunction_Check(partner)) {
        int same = same_code(PyFunction_GET_CODE(old), PyFunction_GET_CODE(partner));
        if (same < 0) {
            return -1;
        }
        changed = !same;
    }
    bool first = !ptrmap_get(&match->partners, partner);
    if (ptrmap_put(&match->index, old, (void *)(at + 1)) < 0 ||
        (first && ptrmap_put(&match->partners, partner, (void *)(at + 1)) < 0)) {
        PyErr_NoMemory();
        return -1;
    }
    bool plain =
        key && (PyUnicode_CheckExact(key) || PyLong_CheckExact(key)); /* another key may be a definition itself */
    match->pairs[at] = (struct pair){
        .old = Py_NewRef(old),
        .partner = Py_NewRef(partner),
        .key = plain ? Py_NewRef(key) : NULL,
        .parent = kind == PAIR_MODULE ? at : parent,
        .module = kind == PAIR_MODULE || parent >= at ? at : match->pairs[parent].module,
        .kind = kind,
        .changed = changed,
    };
    match->n_pairs++;
    return 0;
}

/* The last component of the qualified name of a function or class that is defined at top level or in a class, as a
 * borrowed str; NULL when it is a local (closures have no home). */
static PyObject *home_name(PyObject *object)
{
    if (PyFunction_Check(object)) {
        return ((PyFunctionObject *)object)->func_qualname;
    }
    if (PyType_Check(object) && (((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return ((PyHeapTypeObject *)object)->ht_qualname;
    }
    return NULL;
}

/* Is `prefix.name` (or `name` when prefix is NULL) the qualified name of this object? */
static bool is_home(PyObject *object, PyObject *prefix, PyObject *name)
{
    PyObject *qualified = home_name(object);
    if (!qualified || !PyUnicode_Check(qualified) || !PyUnicode_Check(name)) {
        return false;
    }
    if (!prefix) {
        return PyUnicode_Compare(qualified, name) == 0;
    }
    Py_ssize_t before = PyUnicode_GET_LENGTH(prefix), after = PyUnicode_GET_LENGTH(name);
    return PyUnicode_GET_LENGTH(qualified) == before + 1 + after &&
           PyUnicode_Tailmatch(qualified, prefix, 0, before, -1) == 1 && PyUnicode_ReadChar(qualified, before) == '.' &&
           PyUnicode_Tailmatch(qualified, name, before + 1, PY_SSIZE_T_MAX, -1) == 1;
}

/* Is the object defined in exactly this module? */
static bool lives_in(const struct match *match, PyObject *object, PyObject *module)
{
    if (PyFunction_Check(object)) {
        return ptrmap_get(&match->old->dicts, PyFunction_GET_GLOBALS(object)) == module;
    }
    PyObject *name = PyType_Check(object) ? class_module_name((PyTypeObject *)object) : NULL;
    return name && PyDict_GetItemWithError(match->old->modules, name) == module;
}

/* Pairs a function or class with what now stands at its home. The partner may be of another kind (a function that
 * became a class), or what the new version imports from elsewhere under that name (`Timeout = TimeoutError`). */
static int pair_definition(struct match *match, PyObject *old, PyObject *partner, size_t parent, PyObject *key)
{
    bool function = generation_owns_function(match->old, old);
    if (!function && !generation_owns_class(match->old, old)) {
        return 0;
    }
    bool made_there = generation_owns_function(match->new, partner) || generation_owns_class(match->new, partner);
    bool served =
        !made_there && PyCallable_Check(partner) && !PyModule_Check(partner); /* a wrapper, or somebody else's */
    int shared = function ? homes_shared(match, old) : 0;
    if (shared < 0 || (shared && (!match->late || ptrmap_get(&match->partners, partner)))) {
        return shared < 0 ? -1 : 0;
    }
    if (!made_there && served && members_listed(old)) {
        return match_enum_elsewhere(match, old, partner, parent, key);
    }
    if (!made_there && !served) {
        return 0;
    }
    enum pair_kind class = made_there ? PAIR_CLASS : PAIR_PART; /* nothing of somebody else's class is ours to write */
    return match_add(match, old, partner, function ? PAIR_FUNCTION : class, parent, key);
}

/* A class whose name is gone, and of which its module keeps an instance (a sentinel): no namespace has it, so it is
 * paired through the instances of one name. The same for metaclasses. */
static int pair_hidden(struct match *match, PyObject *old, PyObject *partner, size_t at)
{
    PyTypeObject *left = Py_TYPE(old), *right = Py_TYPE(partner);
    PyObject *module = match->pairs[match->pairs[at].parent].old, *name = home_name((PyObject *)left);
    bool alike = left != right && name && generation_owns_class(match->new, (PyObject *)right) &&
                 !match_find(match, (PyObject *)left) && lives_in(match, (PyObject *)left, module) &&
                 PyUnicode_Compare(name, home_name((PyObject *)right)) == 0;
    const struct pair *space = &match->pairs[at];
    bool named = alike && PyDict_GetItemWithError(space->old, name) && PyDict_GetItemWithError(space->partner, name);
    if (!alike || named || PyErr_Occurred()) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (pair_hidden(match, (PyObject *)left, (PyObject *)right, at) < 0) {
        return -1;
    }
    return match_add(match, (PyObject *)left, (PyObject *)right, PAIR_CLASS, at, name);
}

/* What a name of a class is in the new version when the class itself no longer has it: a method of the new version that
 * it inherits. Where a method went up to a base, and where an override was dropped, `Class.name` gives that. Borrowed;
 * NULL without an exception: none. */
static PyObject *inherited(const struct match *match, size_t at, PyObject *name, PyObject *old)
{
    PyObject *type = match->pairs[at].partner, *mro = PyType_Check(type) ? ((PyTypeObject *)type)->tp_mro : NULL;
    bool method = PyFunction_Check(old) || Py_IS_TYPE(old, &PyStaticMethod_Type) ||
                  Py_IS_TYPE(old, &PyClassMethod_Type) || Py_IS_TYPE(old, &PyProperty_Type);
    for (Py_ssize_t i = 1; method && mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *class = PyTuple_GET_ITEM(mro, i), *dict = ((PyTypeObject *)class)->tp_dict;
        PyObject *value = dict ? PyDict_GetItemWithError(dict, name) : NULL;
        if (value || PyErr_Occurred()) {
            bool alike = value && generation_owns_class(match->new, class) && Py_IS_TYPE(value, Py_TYPE(old));
            return alike ? value : NULL;
        }
    }
    return NULL;
}

/* First sweep over a namespace: only what is at home there. module and prefix say what home means. */
static int sweep_homes(struct match *match, size_t at, PyObject *old, PyObject *new, PyObject *module, PyObject *prefix)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(old, &position, &name, &value)) {
        bool home = is_home(value, prefix, name) && (prefix || lives_in(match, value, module));
        PyObject *partner = PyDict_GetItemWithError(new, name);
        partner = partner || !prefix || PyErr_Occurred() ? partner : inherited(match, at, name, value);
        if (PyErr_Occurred() || (partner && prefix && match_rebound(match, at, name, value, partner) < 0)) {
            return -1;
        }
        int failed = !partner  ? 0
                     : home    ? pair_definition(match, value, partner, at, name)
                     : !prefix ? pair_hidden(match, value, partner, at)
                               : 0;
        if (failed) {
            return -1;
        }
    }
    return 0;
}

PyObject *match_base(const struct match *match, PyObject *old, bool attributes)
{
    PyObject *entry = ptrmap_get(&match->base, old);
    Py_ssize_t at = attributes ? 2 : 1;
    return entry && at < PyTuple_GET_SIZE(entry) ? PyTuple_GET_ITEM(entry, at) : NULL;
}

/* Second sweep over a namespace (owner: the dict of a module, or a class): whatever had the same name. */
static int sweep_places(struct match *match, size_t at, PyObject *owner, PyObject *now, PyObject *new)
{
    PyObject *name, *value, *base = match_base(match, owner, false);
    PyObject *old = base && PyDict_Check(base) ? base : now;
    Py_ssize_t position = 0;
    while (PyDict_Next(old, &position, &name, &value)) {
        PyObject *partner = PyDict_GetItemWithError(new, name);
        partner = partner || !PyType_Check(owner) || PyErr_Occurred() ? partner : inherited(match, at, name, value);
        if (!partner && PyErr_Occurred()) {
            return -1;
        }
        if (partner && match_place(match, value, partner, at, name) < 0) {
            return -1;
        }
    }
    return 0;
}

static int sweep_pair(struct match *match, size_t at, bool homes)
{
    struct pair pair = match->pairs[at]; /* a copy: the array may move */
    if (pair.kind == PAIR_NAMESPACE) {
        PyObject *module = match->pairs[pair.parent].old;
        return homes ? sweep_homes(match, at, pair.old, pair.partner, module, NULL)
                     : sweep_places(match, at, pair.old, pair.old, pair.partner);
    }
    if (pair.kind == PAIR_CLASS && PyType_Check(pair.partner)) {
        PyObject *old = ((PyTypeObject *)pair.old)->tp_dict, *new = ((PyTypeObject *)pair.partner)->tp_dict;
        if (!old || !new) {
            return 0;
        }
        if (homes && match_members(match, at) < 0) {
            return -1;
        }
        return homes ? sweep_homes(match, at, old, new, NULL, home_name(pair.old))
                     : sweep_places(match, at, pair.old, old, new);
    }
    return homes ? 0 : match_inside(match, at);
}

static int sweep(struct match *match, bool homes)
{
    for (size_t i = 0; i < match->n_pairs; i++) {
        if (sweep_pair(match, i, homes) < 0) {
            return -1;
        }
    }
    return 0;
}

/* A module that is gone, and whose package has another one under its name now (`from ..new import x`). Borrowed. */
static PyObject *served_module(const struct match *match, PyObject *name)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(name), dot = PyUnicode_FindChar(name, '.', 0, n, -1);
    OWN_REF parent = dot > 0 ? PyUnicode_Substring(name, 0, dot) : NULL;
    OWN_REF last = parent ? PyUnicode_Substring(name, dot + 1, n) : NULL;
    PyObject *package = last ? PyDict_GetItemWithError(match->new->modules, parent) : NULL;
    PyObject *value =
        package && PyModule_Check(package) ? PyDict_GetItemWithError(PyModule_GetDict(package), last) : NULL;
    return value && generation_owns_module(match->new, value) ? value : NULL;
}

static int pair_modules(struct match *match)
{
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (PyDict_Next(match->old->modules, &position, &name, &module)) {
        PyObject *partner = PyDict_GetItemWithError(match->new->modules, name);
        partner = partner || PyErr_Occurred() ? partner : served_module(match, name);
        if (!partner) {
            if (PyErr_Occurred()) {
                return -1;
            }
            continue;
        }
        size_t at = match->n_pairs;
        if (match_add(match, module, partner, PAIR_MODULE, at, NULL) < 0) {
            return -1;
        }
        if (match->n_pairs > at && PyModule_Check(module) && PyModule_Check(partner) &&
            match_add(match, PyModule_GetDict(module), PyModule_GetDict(partner), PAIR_NAMESPACE, at, NULL) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The pair of the module that a function or class is at home in; NULL: none. */
static struct pair *home_pair(const struct match *match, PyObject *object)
{
    PyObject *name = PyType_Check(object) ? class_module_name((PyTypeObject *)object) : NULL;
    PyObject *module = generation_owns_function(match->old, object)
                           ? ptrmap_get(&match->old->dicts, PyFunction_GET_GLOBALS(object))
                       : name ? PyDict_GetItemWithError(match->old->modules, name)
                              : NULL;
    return module ? match_find(match, module) : NULL;
}

/* What was exchanged for what before goes the same way back, wherever it stands by now. Definitions first; wrappers
 * have no home and may be paired by their place, too. */
static int add_known(struct match *match, bool definitions)
{
    for (Py_ssize_t i = 0; match->known && i < PyList_GET_SIZE(match->known); i++) {
        PyObject *old = PyTuple_GET_ITEM(PyList_GET_ITEM(match->known, i), 0);
        PyObject *partner = PyTuple_GET_ITEM(PyList_GET_ITEM(match->known, i), 1);
        bool function = generation_owns_function(match->old, old), class = PyType_Check(old);
        bool foreign = PyFunction_Check(old) && !function;
        bool taken = ptrmap_get(&match->index, old) || ptrmap_get(&match->partners, partner);
        struct pair *parent = function || class ? home_pair(match, old) : match->pairs;
        parent =
            parent || !class || !match->n_pairs ? parent : match->pairs; /* its module is gone: see match_strays.h */
        enum pair_kind kind = function ? PAIR_FUNCTION : class ? PAIR_CLASS : PAIR_PART;
        if ((function || class) == definitions && !foreign && !taken && parent &&
            match_add(match, old, partner, kind, (size_t)(parent - match->pairs), home_name(old)) < 0) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

static void drop_pairs(struct match *match)
{
    for (size_t i = 0; i < match->n_pairs; i++) {
        Py_CLEAR(match->pairs[i].old);
        Py_CLEAR(match->pairs[i].partner);
        Py_CLEAR(match->pairs[i].key);
    }
    match->n_pairs = 0;
    ptrmap_release(&match->index);
    ptrmap_release(&match->partners);
    ptrmap_release(&match->rebound);
}

static int run_sweeps(struct match *match)
{
    do {
        drop_pairs(match);
        match->found_shared = false;
        if (pair_modules(match) < 0 || add_known(match, true) < 0 || sweep(match, true) < 0 ||
            sweep(match, false) < 0) {
            return -1;
        }
    } while (match->found_shared);
    match->late = true;
    bool some_left = PySet_GET_SIZE(match->shared_homes) > 0;
    if (some_left && (sweep(match, true) < 0 || sweep(match, false) < 0)) {
        return -1;
    }
    if (match->known && (add_known(match, false) < 0 || sweep(match, false) < 0)) {
        return -1;
    }
    size_t before;
    do {
        before = match->n_pairs;
        if (before && match_strays(match) < 0) {
            return -1;
        }
        if (match->n_pairs > before && (sweep(match, true) < 0 || sweep(match, false) < 0)) {
            return -1;
        }
    } while (match->n_pairs > before); /* what was paired may use others */
    before = match->n_pairs;
    return match_moved(match) < 0 || (match->n_pairs > before && sweep(match, false) < 0) ? -1 : 0;
}

int match_run(struct match *match, const struct generation *old, const struct generation *new,
              const struct newborn *newborn, const struct ptrmap *common, PyObject *known)
{
    memset(match, 0, sizeof *match);
    match->old = old;
    match->new = new;
    match->newborn = newborn;
    match->common = common;
    match->known = known;
    match->shared_homes = PySet_New(NULL);
    if (!match->shared_homes || base_index(base_records(), old->modules, &match->base) < 0 || run_sweeps(match) < 0) {
        match_release(match);
        return -1;
    }
    match->known = NULL;
    return 0;
}

/* One namespace or class as it was at the end of its import. */
static int sweep_copy(struct match *match, PyObject *object, PyObject *copy)
{
    struct pair *pair = PyDict_Check(copy) ? match_find(match, object) : NULL;
    bool namespace = pair && pair->kind == PAIR_NAMESPACE;
    bool class = pair && pair->kind == PAIR_CLASS && PyType_Check(pair->partner);
    if (!namespace && !class) {
        return 0;
    }
    PyObject *new = class ? ((PyTypeObject *)pair->partner)->tp_dict : pair->partner;
    PyObject *module = class ? NULL : match->pairs[pair->parent].old;
    return sweep_homes(match, (size_t)(pair - match->pairs), copy, new, module, class ? home_name(object) : NULL);
}

int match_replaced(struct match *match, PyObject *records)
{
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (PyDict_Next(match->old->modules, &position, &name, &module)) {
        PyObject *record = PyDict_GetItemWithError(records, name);
        PyObject *copies = record ? base_copies(record) : NULL;
        if (record && !copies) {
            return -1;
        }
        for (Py_ssize_t i = 0; copies && i < PyList_GET_SIZE(copies); i++) {
            PyObject *entry = PyList_GET_ITEM(copies, i);
            if (sweep_copy(match, PyTuple_GET_ITEM(entry, 0), PyTuple_GET_ITEM(entry, 1)) < 0) {
                return -1;
            }
        }
    }
    match->n_imported = match->n_pairs;
    return PyErr_Occurred() ? -1 : 0;
}

PyObject *match_path(const struct match *match, const struct pair *pair, PyObject **ret_module)
{
    OWN_REF path = PyUnicode_FromString("");
    PyObject *root = match->pairs[pair->module].old;
    for (int steps = 0; path && pair->kind != PAIR_MODULE; steps++) {
        if (steps == MOST_STEPS) {
            PyObject *cut = PyUnicode_FromFormat("[...].%U", path);
            Py_SETREF(path, cut);
            break;
        }
        if (pair->key) {
            const char *format = PyUnicode_Check(pair->key) ? (PyUnicode_GET_LENGTH(path) ? "%S.%U" : "%S%U")
                                                            : (PyUnicode_GET_LENGTH(path) ? "[%S].%U" : "[%S]%U");
            PyObject *longer = PyUnicode_FromFormat(format, pair->key, path);
            Py_SETREF(path, longer);
        }
        pair = &match->pairs[pair->parent];
    }
    if (path && ret_module) {
        *ret_module = NULL;
        PyObject *name, *module;
        Py_ssize_t position = 0;
        while (!*ret_module && PyDict_Next(match->old->modules, &position, &name, &module)) {
            *ret_module = module == root ? name : NULL;
        }
    }
    return STEAL(path);
}

void match_release(struct match *match)
{
    struct match mine = *match;
    memset(match, 0, sizeof *match);
    drop_pairs(&mine);
    match_moved_release(&mine);
    free(mine.pairs);
    ptrmap_release(&mine.base);
    Py_XDECREF(mine.shared_homes);
    Py_XDECREF(mine.codes);
}
