/* What a record is made of. Copies are shallow and made of what is reachable without leaving the package: a slot is
 * "changed" when it holds another object than at the end of the import, which is one comparison of addresses. Strong
 * references keep an address from being used again.
 *
 * Instances of other packages' classes are copied where the package holds them, but not followed from one to the next:
 * that way lies the whole process. What only means itself (kinds.h) is not looked into.
 * Must not: compare or hash values (a proxy resolves itself when it is looked at). */
#include "engine/base.h"

#include "compat/contents.h"
#include "compat/modules.h"
#include "compat/state.h"
#include "engine/earlier.h"
#include "engine/generation.h"
#include "engine/kinds.h"
#include "engine/notice.h"

#include <string.h>

PyObject *base_copy(PyObject *object)
{
    if (PyModule_Check(object)) {
        return NULL;
    }
    if (PyType_Check(object)) {
        PyObject *dict = ((PyTypeObject *)object)->tp_dict;
        return dict ? PyDict_Copy(dict) : NULL;
    }
    if (contents_kind(object) != CONTENTS_NONE) {
        return contents_copy(object);
    }
    if (PyCell_Check(object)) {
        OWN_REF list = PyList_New(0);
        PyObject *content = PyCell_GET(object);
        return list && (!content || PyList_Append(list, content) == 0) ? STEAL(list) : NULL;
    }
    return contents_has_attributes(object) ? state_copy(object) : NULL;
}

PyObject *base_entry(PyObject *object)
{
    bool both = contents_kind(object) != CONTENTS_NONE && contents_has_attributes(object);
    OWN_REF copy = base_copy(object);
    OWN_REF attributes = copy && both ? state_copy(object) : NULL;
    if (!copy || (both && !attributes)) {
        return NULL;
    }
    return both ? PyTuple_Pack(3, object, copy, attributes) : PyTuple_Pack(2, object, copy);
}

/* ---- what is reachable ---- */

struct recording {
    PyObject *copies, *functions; /* borrowed lists */
    struct ptrmap *seen;          /* borrowed: addresses */
    PyObject *top;                /* borrowed: the name of the package */
    struct ptrmap foreign;        /* instances of other packages' classes, and what was reached from them */
    bool staged;                  /* the package is loaded in another version, whose objects are not its own */
};

static int add_value(struct recording *recording, PyObject *value, bool from_foreign, int depth);

/* 1 the first time, 0 later, -1. */
static int is_first(struct recording *recording, PyObject *object)
{
    if (ptrmap_get(recording->seen, object)) {
        return 0;
    }
    if (ptrmap_put(recording->seen, object, object) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 1;
}

/* Appends (object, copy[, attributes]) unless it was seen. */
static int add_copy(struct recording *recording, PyObject *object, bool foreign)
{
    int first = is_first(recording, object);
    if (first <= 0) {
        return first;
    }
    if (foreign && ptrmap_put(&recording->foreign, object, object) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    OWN_REF entry = base_entry(object);
    if (!entry) {
        return PyErr_Occurred() ? -1 : 0;
    }
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(entry); i++) {
        PyObject *now = PyTuple_GET_ITEM(entry, i), *copy = earlier_copy(object, now, i == 2);
        if (!copy) {
            return -1;
        }
        PyTuple_SET_ITEM(entry, i, copy);
        Py_DECREF(now);
    }
    return PyList_Append(recording->copies, entry);
}

/* Is a module of this name part of the package? */
static bool is_own_name(const struct recording *recording, PyObject *module)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(recording->top);
    return PyUnicode_Tailmatch(module, recording->top, 0, PY_SSIZE_T_MAX, -1) == 1 &&
           (PyUnicode_GET_LENGTH(module) == n || PyUnicode_READ_CHAR(module, n) == '.');
}

/* The module of that name that is loaded, while another version of it is recorded. Borrowed, or NULL. */
static PyObject *loaded_instead(const struct recording *recording, PyObject *name)
{
    PyObject *loaded = recording->staged ? modules_loaded(name) : NULL;
    return loaded && PyModule_Check(loaded) ? loaded : NULL;
}

/* Is this class at home in the package? */
static bool is_own_class(const struct recording *recording, PyTypeObject *type)
{
    PyObject *module = class_module_name(type);
    PyObject *loaded = module && is_own_name(recording, module) ? loaded_instead(recording, module) : NULL;
    return module && is_own_name(recording, module) && !(loaded && generation_defines(loaded, type));
}

static int add_items(struct recording *recording, PyObject *tuple, bool foreign, int depth)
{
    for (Py_ssize_t i = 0; tuple && PyTuple_Check(tuple) && i < PyTuple_GET_SIZE(tuple); i++) {
        if (add_value(recording, PyTuple_GET_ITEM(tuple, i), foreign, depth) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Does the function run in a module of the package? Only of those is kept what they were made of: of another package's
 * it would keep its code alive. */
static bool is_own_function(const struct recording *recording, PyFunctionObject *function)
{
    PyObject *name = PyDict_GetItemString(function->func_globals, "__name__");
    if (!name || !PyUnicode_Check(name) || !is_own_name(recording, name)) {
        return false;
    }
    PyObject *loaded = loaded_instead(recording, name);
    return !(loaded && PyModule_GetDict(loaded) == function->func_globals);
}

/* Does it say that it is a function of another package, whose code it does not run (functools.wraps)? That package
 * remembers it. */
static bool is_claimed(const struct recording *recording, PyFunctionObject *function)
{
    PyObject *claim = function->func_module, *runs_in = PyDict_GetItemString(function->func_globals, "__name__");
    return claim && PyUnicode_CheckExact(claim) && runs_in && PyUnicode_Check(runs_in) &&
           PyUnicode_Compare(claim, runs_in) != 0 && !is_own_name(recording, claim) && !is_own_name(recording, runs_in);
}

/* What a function was made of, and the containers that its defaults, cells and attributes lead to. */
static int add_function(struct recording *recording, PyObject *function, bool foreign, int depth)
{
    PyFunctionObject *f = (PyFunctionObject *)function;
    int first = is_claimed(recording, f) ? 0 : is_first(recording, function);
    if (first <= 0) {
        return first;
    }
    PyObject *fields[BASE_FUNCTION_FIELDS] = {function, f->func_code, f->func_defaults, f->func_kwdefaults,
                                              f->func_dict};
    bool own = is_own_function(recording, f);
    for (int i = 0; own && i < BASE_FUNCTION_FIELDS; i++) {
        if (PyList_Append(recording->functions, fields[i] ? fields[i] : Py_None) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; f->func_closure && i < PyTuple_GET_SIZE(f->func_closure); i++) {
        if (add_copy(recording, PyTuple_GET_ITEM(f->func_closure, i), foreign) < 0) {
            return -1;
        }
    }
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (f->func_kwdefaults && PyDict_Next(f->func_kwdefaults, &position, &key, &value)) {
        if (add_value(recording, value, foreign, depth) < 0) {
            return -1;
        }
    }
    return add_items(recording, f->func_defaults, foreign, depth) < 0 ? -1
           : f->func_dict                                             ? add_copy(recording, f->func_dict, foreign)
                                                                      : 0;
}

/* The functions that a wrapper refers to. */
struct wrapped {
    PyObject *items[8];
    int n;
};

static int note_wrapped(PyObject *object, void *arg)
{
    struct wrapped *wrapped = arg;
    if (wrapped->n < 8 && (PyFunction_Check(object) || PyType_Check(object) || contents_kind(object))) {
        wrapped->items[wrapped->n++] = object;
    }
    return 0;
}

/* property, staticmethod, partial, lru_cache ...: functions lie behind them. */
static int add_wrapped(struct recording *recording, PyObject *wrapper, bool foreign, int depth)
{
    struct wrapped wrapped = {.n = 0};
    Py_TYPE(wrapper)->tp_traverse(wrapper, note_wrapped, &wrapped);
    for (int i = 0; i < wrapped.n; i++) {
        if (!PyType_Check(wrapped.items[i]) && add_value(recording, wrapped.items[i], foreign, depth) < 0) {
            return -1;
        }
    }
    return 0;
}

static bool is_wrapper(PyObject *value)
{
    static const char *const names[] = {"property", "staticmethod", "classmethod", "functools.partial",
                                        "functools._lru_cache_wrapper"};
    const char *name = Py_TYPE(value)->tp_name;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* What a value leads to that has slots of its own. */
static int add_value(struct recording *recording, PyObject *value, bool from_foreign, int depth)
{
    if (depth > 8) {
        return 0;
    }
    if (PyFunction_Check(value)) {
        return add_function(recording, value, from_foreign, depth + 1);
    }
    if (PyType_Check(value)) {
        return is_own_class(recording, (PyTypeObject *)value) ? add_copy(recording, value, false) : 0;
    }
    if (PyTuple_Check(value) && add_items(recording, value, from_foreign, depth + 1) < 0) {
        return -1;
    }
    if (is_wrapper(value)) {
        return add_wrapped(recording, value, from_foreign, depth + 1);
    }
    bool own = is_own_class(recording, Py_TYPE(value));
    bool container = contents_kind(value) != CONTENTS_NONE;
    if (!own && kinds_is_opaque(value)) {
        return 0;
    }
    if (own && add_copy(recording, (PyObject *)Py_TYPE(value), false) < 0) {
        return -1; /* no namespace may have it any more */
    }
    if (own || container) {
        return add_copy(recording, value, from_foreign && !own);
    }
    bool instance = contents_has_attributes(value) && !PyModule_Check(value) && !kinds_is_shared(value);
    return instance && !from_foreign ? add_copy(recording, value, true) : 0;
}

/* Walks breadth first through the copies, which grow while they are walked. */
static int add_reachable(struct recording *recording)
{
    PyObject *copies = recording->copies;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(copies); i++) {
        PyObject *entry = PyList_GET_ITEM(copies, i), *key, *value;
        bool foreign = ptrmap_get(&recording->foreign, PyTuple_GET_ITEM(entry, 0));
        for (Py_ssize_t part = 1; part < PyTuple_GET_SIZE(entry); part++) {
            PyObject *copy = PyTuple_GET_ITEM(entry, part);
            Py_ssize_t position = 0;
            while (PyDict_Check(copy) && PyDict_Next(copy, &position, &key, &value)) {
                bool theirs = PyUnicode_Check(key) && PyUnicode_CompareWithASCIIString(key, "__builtins__") == 0;
                if (!theirs && add_value(recording, value, foreign, 0) < 0) {
                    return -1;
                }
            }
            for (Py_ssize_t j = 0; PyList_Check(copy) && j < PyList_GET_SIZE(copy); j++) {
                if (add_value(recording, PyList_GET_ITEM(copy, j), foreign, 0) < 0) {
                    return -1;
                }
            }
        }
    }
    return 0;
}

/* The outermost regular package that a module lies in: what is above it (a namespace package) belongs to several
 * distributions. New reference. */
static PyObject *package_of(PyObject *name)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(name);
    for (Py_ssize_t dot = 0; dot >= 0 && dot < n; dot++) {
        dot = PyUnicode_FindChar(name, '.', dot, n, 1);
        OWN_REF prefix = dot > 0 ? PyUnicode_Substring(name, 0, dot) : NULL;
        PyObject *module = prefix ? PyDict_GetItemWithError(PyImport_GetModuleDict(), prefix) : NULL;
        PyObject *file =
            module && PyModule_Check(module) ? PyDict_GetItemString(PyModule_GetDict(module), "__file__") : NULL;
        if (dot == -2 || PyErr_Occurred()) {
            return NULL;
        }
        if (dot < 0 || (file && file != Py_None)) {
            return dot < 0 ? Py_NewRef(name) : Py_NewRef(prefix);
        }
    }
    return Py_NewRef(name);
}

/* What earlier records of the package have and that is not what it was: the imports that have just ended did that, or
 * the program (earlier.h tells). */
static int add_changed(struct recording *recording, PyObject *records)
{
    PyObject *name, *record;
    Py_ssize_t position = 0;
    while (records && PyDict_Next(records, &position, &name, &record)) {
        PyObject *copies = is_own_name(recording, name) ? PyTuple_GET_ITEM(record, BASE_COPIES) : NULL;
        for (Py_ssize_t i = 0; copies && i < PyList_GET_SIZE(copies); i++) {
            PyObject *entry = PyList_GET_ITEM(copies, i), *object = PyTuple_GET_ITEM(entry, 0);
            bool foreign = contents_kind(object) == CONTENTS_NONE && !is_own_class(recording, Py_TYPE(object));
            int differs = base_entry_differs(entry);
            if (differs < 0 || (differs && add_copy(recording, object, foreign) < 0)) {
                return -1;
            }
        }
    }
    return 0;
}

static int record_all(PyObject *module, struct ptrmap *seen, PyObject *earlier, PyObject *copies, PyObject *functions)
{
    OWN_REF name = PyModule_GetNameObject(module);
    OWN_REF top = name ? package_of(name) : NULL;
    PyObject *loaded = name ? modules_loaded(name) : NULL;
    struct recording recording = {copies, functions, seen, top, {0}, loaded && loaded != module};
    ptrmap_init(&recording.foreign);
    int failed = !top || add_copy(&recording, PyModule_GetDict(module), false) < 0 ||
                 add_changed(&recording, earlier) < 0 || add_reachable(&recording) < 0;
    ptrmap_release(&recording.foreign);
    return failed ? -1 : 0;
}

PyObject *base_record(PyObject *module, struct ptrmap *seen, PyObject *earlier, bool late)
{
    OWN_REF copies = PyList_New(0);
    OWN_REF functions = copies ? PyList_New(0) : NULL;
    OWN_REF origin = functions ? notice_origin(module) : NULL;
    OWN_REF stamp = origin ? notice_stamp(origin) : NULL;
    if (!stamp || (PyModule_Check(module) && record_all(module, seen, earlier, copies, functions) < 0)) {
        return NULL;
    }
    OWN_REF owner = notice_owner(origin, true);
    return owner
               ? Py_BuildValue("(OOOOOOO)", module, copies, origin, stamp, owner, late ? Py_True : Py_False, functions)
               : NULL;
}

int base_index(PyObject *records, PyObject *modules, struct ptrmap *index)
{
    PyObject *name, *record;
    Py_ssize_t position = 0;
    while (PyDict_Next(records, &position, &name, &record)) {
        PyObject *module = PyDict_GetItemWithError(modules, name);
        PyObject *copies =
            module && PyTuple_GET_ITEM(record, BASE_MODULE) == module ? PyTuple_GET_ITEM(record, BASE_COPIES) : NULL;
        for (Py_ssize_t i = 0; copies && i < PyList_GET_SIZE(copies); i++) {
            PyObject *entry = PyList_GET_ITEM(copies, i);
            if (ptrmap_put(index, PyTuple_GET_ITEM(entry, 0), entry) < 0) {
                PyErr_NoMemory();
                return -1;
            }
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* The entries of a list of copies whose objects are not in the index, as a new list; None if that is all of them. */
static PyObject *others(PyObject *copies, const struct ptrmap *index)
{
    OWN_REF kept = PyList_New(0);
    for (Py_ssize_t i = 0; kept && i < PyList_GET_SIZE(copies); i++) {
        PyObject *entry = PyList_GET_ITEM(copies, i);
        if (!ptrmap_get(index, PyTuple_GET_ITEM(entry, 0)) && PyList_Append(kept, entry) < 0) {
            return NULL;
        }
    }
    return kept && PyList_GET_SIZE(kept) == PyList_GET_SIZE(copies) ? Py_NewRef(Py_None) : STEAL(kept);
}

static int index_owned(PyObject *owned, struct ptrmap *index)
{
    PyObject *name, *record;
    Py_ssize_t position = 0;
    while (PyDict_Next(owned, &position, &name, &record)) {
        PyObject *copies = PyTuple_GET_ITEM(record, BASE_COPIES);
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(copies); i++) {
            PyObject *entry = PyList_GET_ITEM(copies, i);
            if (ptrmap_put(index, PyTuple_GET_ITEM(entry, 0), entry) < 0) {
                PyErr_NoMemory();
                return -1;
            }
        }
    }
    return 0;
}

int base_disown(PyObject *records, PyObject *owned)
{
    struct ptrmap index;
    ptrmap_init(&index);
    int failed = index_owned(owned, &index);
    PyObject *name, *record;
    Py_ssize_t position = 0;
    while (!failed && PyDict_Next(records, &position, &name, &record)) {
        PyObject *copies = PyTuple_GET_ITEM(record, BASE_COPIES);
        if (PyDict_GetItemWithError(owned, name) == record) {
            continue;
        }
        OWN_REF kept = others(copies, &index);
        failed = !kept || (kept != Py_None && PyList_SetSlice(copies, 0, PY_SSIZE_T_MAX, kept) < 0);
    }
    ptrmap_release(&index);
    return failed ? -1 : 0;
}

/* ---- comparing ---- */

/* Nearly always nothing changed: then both dicts have the same entries in the same order. */
static bool equal_entries(PyObject *base, PyObject *now)
{
    PyObject *key, *value, *was_key, *was;
    Py_ssize_t position = 0, before = 0;
    while (PyDict_Next(now, &position, &key, &value)) {
        if (!PyDict_Next(base, &before, &was_key, &was) || was_key != key || was != value) {
            return false;
        }
    }
    return !PyDict_Next(base, &before, &was_key, &was);
}

/* The same of lists. */
static bool equal_items(PyObject *base, PyObject *now)
{
    Py_ssize_t n = PyList_GET_SIZE(base);
    if (!PyList_Check(now) || n != PyList_GET_SIZE(now)) {
        return false;
    }
    return n == 0 ||
           memcmp(((PyListObject *)base)->ob_item, ((PyListObject *)now)->ob_item, (size_t)n * sizeof(PyObject *)) == 0;
}

/* Is nothing changed? Told without a copy, where that is easy. */
static bool is_unchanged(PyObject *object, PyObject *base)
{
    if (PyList_Check(object)) {
        return equal_items(base, object);
    }
    if (PyCell_Check(object)) {
        PyObject *content = PyCell_GET(object);
        return PyList_GET_SIZE(base) == (content != NULL) && (!content || PyList_GET_ITEM(base, 0) == content);
    }
    PyObject *dict = PyType_Check(object) ? ((PyTypeObject *)object)->tp_dict : object;
    return dict && PyDict_Check(dict) && equal_entries(base, dict);
}

/* Keys that C code alone compares. */
static bool has_plain_keys(PyObject *dict)
{
    PyObject *key, *value;
    for (Py_ssize_t i = 0; PyDict_Next(dict, &i, &key, &value);) {
        if (!PyUnicode_CheckExact(key) && !PyLong_CheckExact(key) && !PyFloat_CheckExact(key) &&
            !PyBytes_CheckExact(key) && key != Py_None) {
            return false;
        }
    }
    return true;
}

static int index_keys(struct ptrmap *keys, PyObject *dict)
{
    PyObject *key, *value;
    for (Py_ssize_t i = 0; PyDict_Next(dict, &i, &key, &value);) {
        if (ptrmap_put(keys, key, value) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

/* Keys by identity: to ask them would run their __eq__, and this is asked inside the flip too. */
static int compare_keys(PyObject *object, PyObject *base, PyObject *now, base_changed changed, void *arg)
{
    struct ptrmap was, is;
    ptrmap_init(&was);
    ptrmap_init(&is);
    int stop = index_keys(&was, base) < 0 || index_keys(&is, now) < 0 ? -1 : 0;
    PyObject *key, *value;
    for (Py_ssize_t i = 0; !stop && PyDict_Next(now, &i, &key, &value);) {
        PyObject *before = ptrmap_get(&was, key);
        stop = before == value ? 0 : changed(object, key, before, value, arg);
    }
    for (Py_ssize_t i = 0; !stop && PyDict_Next(base, &i, &key, &value);) {
        stop = ptrmap_find(&is, key) ? 0 : changed(object, key, value, NULL, arg);
    }
    ptrmap_release(&was);
    ptrmap_release(&is);
    return stop;
}

static int compare_dicts(PyObject *object, PyObject *base, PyObject *now, base_changed changed, void *arg)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    if (equal_entries(base, now)) {
        return 0;
    }
    if (!has_plain_keys(base) || !has_plain_keys(now)) {
        return compare_keys(object, base, now, changed, arg);
    }
    while (PyDict_Next(now, &position, &key, &value)) {
        PyObject *was = PyDict_GetItemWithError(base, key);
        if (!was && PyErr_Occurred()) {
            return -1;
        }
        int stop = was == value ? 0 : changed(object, key, was, value, arg);
        if (stop) {
            return stop;
        }
    }
    position = 0;
    while (PyDict_Next(base, &position, &key, &value)) {
        int there = PyDict_Contains(now, key);
        int stop = there == 0 ? changed(object, key, value, NULL, arg) : (there < 0 ? -1 : 0);
        if (stop) {
            return stop;
        }
    }
    return 0;
}

static int compare_lists(PyObject *object, PyObject *base, PyObject *now, base_changed changed, void *arg)
{
    Py_ssize_t before = PyList_GET_SIZE(base), after = PyList_GET_SIZE(now);
    for (Py_ssize_t i = 0; i < (before > after ? before : after); i++) {
        PyObject *was = i < before ? PyList_GET_ITEM(base, i) : NULL;
        PyObject *is = i < after ? PyList_GET_ITEM(now, i) : NULL;
        if (was == is) {
            continue;
        }
        OWN_REF key = PyAnySet_Check(object) ? Py_NewRef(is ? is : was) : PyLong_FromSsize_t(i);
        int stop = key ? changed(object, key, was, is, arg) : -1;
        if (stop) {
            return stop;
        }
    }
    return 0;
}

static int compare_entry(PyObject *entry, base_changed changed, void *arg)
{
    PyObject *object = PyTuple_GET_ITEM(entry, 0), *base = PyTuple_GET_ITEM(entry, 1);
    if (!is_unchanged(object, base)) {
        OWN_REF now = base_copy(object);
        int stop = !now                 ? -1
                   : PyDict_Check(base) ? compare_dicts(object, base, now, changed, arg)
                                        : compare_lists(object, base, now, changed, arg);
        if (stop) {
            return stop;
        }
    }
    if (PyTuple_GET_SIZE(entry) < 3) {
        return 0;
    }
    OWN_REF attributes = state_copy(object);
    return attributes ? compare_dicts(object, PyTuple_GET_ITEM(entry, 2), attributes, changed, arg) : -1;
}

/* One function, from its fields in BASE_FUNCTIONS. A dict that it got since has no copy: every entry is new. */
static int compare_function(PyObject *const *fields, base_changed changed, void *arg)
{
    static const char *const names[] = {NULL, "__code__", "__defaults__", "__kwdefaults__"};
    PyFunctionObject *f = (PyFunctionObject *)fields[0];
    PyObject *now[] = {NULL, f->func_code, f->func_defaults, f->func_kwdefaults};
    for (int i = 1; i < BASE_FUNCTION_FIELDS - 1; i++) {
        PyObject *base = fields[i] == Py_None ? NULL : fields[i];
        if (base == now[i]) {
            continue;
        }
        OWN_REF key = PyUnicode_InternFromString(names[i]);
        int stop = key ? changed(fields[0], key, base, now[i], arg) : -1;
        if (stop) {
            return stop;
        }
    }
    PyObject *key, *value;
    Py_ssize_t position = 0;
    OWN_REF dict = fields[4] == Py_None && f->func_dict ? PyDict_Copy(f->func_dict) : NULL;
    while (dict && PyDict_Next(dict, &position, &key, &value)) {
        int stop = changed(f->func_dict, key, NULL, value, arg);
        if (stop) {
            return stop;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

static int stop_at_first(PyObject *object, PyObject *key, PyObject *base, PyObject *now, void *arg)
{
    (void)object, (void)key, (void)base, (void)now, (void)arg;
    return 1;
}

int base_entry_differs(PyObject *entry)
{
    return compare_entry(entry, stop_at_first, NULL);
}

int base_compare(PyObject *record, const struct ptrmap *latest, base_changed changed, void *arg)
{
    PyObject *copies = PyTuple_GET_ITEM(record, BASE_COPIES);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(copies); i++) {
        PyObject *entry = PyList_GET_ITEM(copies, i);
        bool superseded = ptrmap_get(latest, PyTuple_GET_ITEM(entry, 0)) != entry;
        int stop = superseded ? 0 : compare_entry(entry, changed, arg);
        if (stop) {
            return stop;
        }
    }
    PyObject *functions = PyTuple_GET_ITEM(record, BASE_FUNCTIONS);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(functions); i += BASE_FUNCTION_FIELDS) {
        int stop = compare_function(&((PyListObject *)functions)->ob_item[i], changed, arg);
        if (stop) {
            return stop;
        }
    }
    return 0;
}
