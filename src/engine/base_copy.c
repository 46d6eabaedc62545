/* What a record is made of. Copies are shallow and made of what is reachable without leaving the package: a slot is
 * "changed" when it holds another object than at the end of the import, which is one comparison of addresses. Strong
 * references keep an address from being used again.
 *
 * Instances of other packages' classes are copied where the package holds them, but not followed from one to the next:
 * that way lies the whole process. What only means itself (kinds.h) is not looked into.
 * Must not: compare or hash values (a proxy resolves itself when it is looked at). */
#include "engine/base.h"

#include "compat/contents.h"
#include "compat/heap.h"
#include "compat/modules.h"
#include "compat/state.h"
#include "engine/account.h"
#include "engine/earlier.h"
#include "engine/generation.h"
#include "engine/kinds.h"
#include "engine/notice.h"

#include <stdlib.h>
#include <string.h>

#define DEEPEST 8 /* values in each other that are looked at at once */

/* Asked of everything that is recorded: so the name comes first. */
bool base_is_weak(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    bool weak = (type->tp_flags & Py_TPFLAGS_HEAPTYPE) && strncmp(type->tp_name, "Weak", 4) == 0 && weak_kind(type);
    return weak || strcmp(type->tp_name, "_abc._abc_data") == 0;
}

/* What an ABC's register() has put behind its dict: an entry for the object that it lies in, which is asked for of
 * something else that has it as an attribute: attributes of the class may be answered by code of its metaclass. NULL
 * without an exception: there is no _abc. */
static PyObject *registry_entry(PyObject *memory)
{
    PyObject *abc = dict_get(PyImport_GetModuleDict(), "_abc");
    OWN_REF bearer = abc && PyModule_CheckExact(abc) ? PyModule_New("bearer") : NULL;
    bool given = bearer && PyDict_SetItemString(PyModule_GetDict(bearer), "_abc_impl", memory) == 0;
    OWN_REF dump = given ? PyObject_CallMethod(abc, "_get_dump", "O", bearer) : NULL;
    PyObject *registry = dump && PyTuple_Check(dump) && PyTuple_GET_SIZE(dump) ? PyTuple_GET_ITEM(dump, 0) : NULL;
    OWN_REF members = registry && PyAnySet_Check(registry) ? state_set_members(registry) : NULL;
    return members ? PyTuple_Pack(2, memory, members) : NULL;
}

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
    if (base_is_weak(object)) {
        return weak_content(object);
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
    struct pack copies, functions;
    struct known *known;
    struct known_package *package;
    PyObject *top;          /* borrowed: the name of the package */
    PyObject *globals;      /* borrowed: of the function looked at last */
    PyObject *runs_in;      /* borrowed: what its module is called, or NULL */
    bool named_home;        /* is that the name of a module of the package? */
    bool runs_at_home;      /* and is it that module? */
    bool staged;            /* the package is loaded in another version, whose objects are not its own */
    struct objects deep;    /* borrowed: what lies too deep in tuples and wrappers to be looked at at once */
    struct ptrmap deferred; /* all that was in `deep`: tuples may share tuples. value -> it, if from_foreign, or this */
};

static int add_value(struct recording *recording, PyObject *value, bool from_foreign, int depth);

/* An entry for the object as it is now, without what the program had changed in it before this import (earlier.h). */
static int add_entry(struct recording *recording, PyObject *object, bool foreign)
{
    size_t at = recording->copies.n;
    if (base_is_weak(object)) {
        OWN_REF weak = base_entry(object);
        int failed = weak ? pack_add_entry(&recording->copies, weak) : PyErr_Occurred() ? -1 : 1;
        return failed ? (failed < 0 ? -1 : 0)
                      : known_add(recording->known, recording->package, object, at, foreign, false);
    }
    int added = pack_add(&recording->copies, object);
    if (added <= 0) {
        return added;
    }
    OWN_REF entry = earlier_entry(object);
    if (entry) {
        pack_truncate(&recording->copies, at);
    }
    return PyErr_Occurred() || (entry && pack_add_entry(&recording->copies, entry) < 0)
               ? -1
               : known_add(recording->known, recording->package, object, at, foreign, !entry);
}

/* The same unless it has one. */
static int add_copy(struct recording *recording, PyObject *object, bool foreign)
{
    int first = known_meet(recording->known, recording->package, object, foreign);
    return first <= 0 ? first : add_entry(recording, object, foreign);
}

/* A class; of an ABC, what is registered with it, too: once, as the program registers more. */
static int add_class(struct recording *recording, PyObject *type)
{
    int first = known_meet(recording->known, recording->package, type, false);
    if (first <= 0) {
        return first;
    }
    PyObject *dict = ((PyTypeObject *)type)->tp_dict, *memory = dict ? dict_get(dict, "_abc_impl") : NULL;
    bool abc = memory && base_is_weak(memory);
    first = abc ? known_meet(recording->known, recording->package, memory, false) : 0;
    OWN_REF entry = first > 0 ? registry_entry(memory) : NULL;
    size_t at = recording->copies.n;
    if (first < 0 || PyErr_Occurred() ||
        (entry && (pack_add_entry(&recording->copies, entry) < 0 ||
                   known_add(recording->known, recording->package, memory, at, false, false) < 0))) {
        return -1;
    }
    return add_entry(recording, type, false);
}

/* Is a module of this name part of the package? */
static bool is_own_name(const struct recording *recording, PyObject *module)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(recording->top);
    return module == recording->top || (PyUnicode_Tailmatch(module, recording->top, 0, PY_SSIZE_T_MAX, -1) == 1 &&
                                        (PyUnicode_GET_LENGTH(module) == n || PyUnicode_READ_CHAR(module, n) == '.'));
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

/* Where do functions with these globals run? */
static void look_at_globals(struct recording *recording, PyObject *globals)
{
    static PyObject *key; /* interned for ever */
    if (globals == recording->globals || (!key && !(key = PyUnicode_InternFromString("__name__")))) {
        return;
    }
    PyObject *name = PyDict_GetItemWithError(globals, key);
    recording->globals = globals;
    recording->runs_in = name && PyUnicode_Check(name) ? name : NULL;
    recording->named_home = recording->runs_in && is_own_name(recording, recording->runs_in);
    PyObject *loaded = recording->named_home ? loaded_instead(recording, recording->runs_in) : NULL;
    recording->runs_at_home = recording->named_home && !(loaded && PyModule_GetDict(loaded) == globals);
}

/* Is this the name of a module of the standard library? Those are never upgraded. */
static bool is_stdlib(PyObject *module)
{
    PyObject *names = sys_get("stdlib_module_names");
    Py_ssize_t dot = PyUnicode_FindChar(module, '.', 0, PyUnicode_GET_LENGTH(module), 1);
    OWN_REF top = dot < 0 ? Py_NewRef(module) : PyUnicode_Substring(module, 0, dot);
    int known = names && top ? PySet_Contains(names, top) : -1;
    if (known < 0) {
        PyErr_Clear();
    }
    return known > 0;
}

/* Is it a function of another package, by the code that it runs or by what it says (functools.wraps)? That package
 * remembers it: what is in its closures here would keep alive what its next version drops. */
static bool is_others(const struct recording *recording, const PyFunctionObject *function)
{
    PyObject *claim = function->func_module, *runs_in = recording->runs_in;
    bool claims = claim && PyUnicode_CheckExact(claim);
    if (recording->named_home || (claims && claim != runs_in && is_own_name(recording, claim))) {
        return false;
    }
    return (runs_in && !is_stdlib(runs_in)) || (claims && claim != runs_in && !is_stdlib(claim));
}

/* What a function was made of: only of those that run in a module of the package. Of another package's it would keep
 * its code alive. */
static int add_fields(struct recording *recording, PyFunctionObject *function)
{
    PyObject *fields[BASE_FUNCTION_FIELDS] = {(PyObject *)function, function->func_code, function->func_defaults,
                                              function->func_kwdefaults, function->func_dict};
    for (int i = 0; i < BASE_FUNCTION_FIELDS; i++) {
        if (pack_push(&recording->functions, fields[i] ? fields[i] : Py_None) < 0) {
            return -1;
        }
    }
    return known_add_function(recording->package, (PyObject *)function);
}

/* The containers that its defaults, cells and attributes lead to. */
static int add_function(struct recording *recording, PyObject *function, bool foreign, int depth)
{
    PyFunctionObject *f = (PyFunctionObject *)function;
    look_at_globals(recording, f->func_globals);
    int first = is_others(recording, f) ? 0 : known_meet(recording->known, recording->package, function, foreign);
    if (first <= 0 || (recording->runs_at_home && add_fields(recording, f) < 0)) {
        return first > 0 ? -1 : first;
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

/* property, staticmethod, partial, lru_cache, singledispatchmethod ...: functions lie behind them. */
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
    bool python = (Py_TYPE(value)->tp_flags & Py_TPFLAGS_HEAPTYPE) && PyObject_IS_GC(value);
    PyObject *home = python ? class_module_name(Py_TYPE(value)) : NULL;
    return home && PyUnicode_CompareWithASCIIString(home, "functools") == 0;
}

/* What a value of a type is. All bits unset: nothing that has slots of its own. */
enum sort {
    SORT_FUNCTION = 1 << 0,
    SORT_CLASS = 1 << 1,
    SORT_TUPLE = 1 << 2,
    SORT_WRAPPER = 1 << 3,
    SORT_OWN = 1 << 4, /* an instance of a class of the package */
    SORT_CONTAINER = 1 << 5,
    SORT_INSTANCE = 1 << 6, /* of another class, and what it has is not everybody's */
    SORT_WEAK = 1 << 7,     /* holds weakly: recorded once, as the program's own entries come and go */
};

static unsigned sort_anew(const struct recording *recording, PyObject *value)
{
    if (PyFunction_Check(value) || PyType_Check(value)) {
        return PyFunction_Check(value) ? SORT_FUNCTION : SORT_CLASS;
    }
    unsigned tuple = PyTuple_Check(value) ? SORT_TUPLE : 0;
    if (is_wrapper(value)) {
        return tuple | SORT_WRAPPER;
    }
    unsigned container = contents_kind(value) != CONTENTS_NONE ? SORT_CONTAINER : 0;
    if (is_own_class(recording, Py_TYPE(value))) {
        return tuple | container | SORT_OWN;
    }
    if (base_is_weak(value)) {
        return SORT_WEAK;
    }
    if (kinds_is_opaque(value)) {
        return tuple;
    }
    bool instance = contents_has_attributes(value) && !PyModule_Check(value) && !kinds_is_shared(value);
    return tuple | container | (instance ? SORT_INSTANCE : 0);
}

static unsigned sort_of(const struct recording *recording, PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);
    struct known_sort *sort = &recording->known->sorts[((uintptr_t)type >> 4) & (KNOWN_SORTS - 1)];
    if (type->tp_call && (type->tp_flags & Py_TPFLAGS_HEAPTYPE) && !PyType_Check(value)) {
        return sort_anew(recording, value); /* what C code calls is told by the object */
    }
    if (sort->type != type) {
        *sort = (struct known_sort){type, sort_anew(recording, value)};
    }
    return sort->sort;
}

/* To be looked at later, from the bottom of the C stack. */
static int defer(struct recording *recording, PyObject *value, bool from_foreign)
{
    void *known = ptrmap_get(&recording->deferred, value), *now = from_foreign ? (void *)value : (void *)recording;
    if (known == now || known == recording) {
        return 0;
    }
    if (ptrmap_put(&recording->deferred, value, now) < 0 || objects_add(&recording->deep, value) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* What a value leads to that has slots of its own. */
static int add_value(struct recording *recording, PyObject *value, bool from_foreign, int depth)
{
    unsigned sort = sort_of(recording, value);
    if (!sort || depth > DEEPEST) {
        return sort ? defer(recording, value, from_foreign) : 0;
    }
    if (sort & SORT_FUNCTION) {
        return add_function(recording, value, from_foreign, depth + 1);
    }
    if (sort & SORT_CLASS) {
        return is_own_class(recording, (PyTypeObject *)value) ? add_class(recording, value) : 0;
    }
    if ((sort & SORT_TUPLE) && add_items(recording, value, from_foreign, depth + 1) < 0) {
        return -1;
    }
    if (sort & SORT_WRAPPER) {
        return add_wrapped(recording, value, from_foreign, depth + 1);
    }
    if (sort & SORT_WEAK) {
        return add_copy(recording, value, false);
    }
    bool own = sort & SORT_OWN;
    if (own && add_class(recording, (PyObject *)Py_TYPE(value)) < 0) {
        return -1; /* no namespace may have it any more */
    }
    if (sort & (SORT_OWN | SORT_CONTAINER)) {
        return add_copy(recording, value, from_foreign && !own);
    }
    return (sort & SORT_INSTANCE) && !from_foreign ? add_copy(recording, value, true) : 0;
}

/* The builtins belong to everybody. */
static bool is_builtins(PyObject *key)
{
    static PyObject *known; /* interned for ever */
    if (!known) {
        known = PyUnicode_InternFromString("__builtins__");
    }
    return key == known;
}

/* Follows a part that is a dict or a list of its own. */
static int follow_given(struct recording *recording, PyObject *given, bool foreign)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Check(given) && PyDict_Next(given, &position, &key, &value)) {
        if (!is_builtins(key) && add_value(recording, value, foreign, 0) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; PyList_Check(given) && i < PyList_GET_SIZE(given); i++) {
        if (add_value(recording, PyList_GET_ITEM(given, i), foreign, 0) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Follows one part of an entry. The row of copies may move while it grows: places in it are numbers. */
static int follow_part(struct recording *recording, const struct pack_part *part, bool foreign)
{
    size_t at = (size_t)(part->values - recording->copies.items), n = part->n, step = part->step;
    if (part->given) {
        return follow_given(recording, part->given, foreign);
    }
    for (size_t i = 0; i < n; i++, at += step) {
        PyObject *const *item = &recording->copies.items[at];
        if (sort_of(recording, *item) && (step == 1 || !is_builtins(item[-1])) &&
            add_value(recording, *item, foreign, 0) < 0) {
            return -1;
        }
    }
    return 0;
}

static int follow_entry(struct recording *recording, struct known_object entry)
{
    struct pack_part part;
    for (int i = 0; pack_part(&recording->copies.items[entry.at], i, &part); i++) {
        if (follow_part(recording, &part, entry.foreign) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Walks breadth first through the copies, which grow while they are walked, and then through what lies deep. */
static int add_reachable(struct recording *recording, size_t first)
{
    int failed = 0;
    for (size_t i = first; !failed && (i < recording->package->n || recording->deep.n);) {
        if (i < recording->package->n) {
            failed = follow_entry(recording, recording->package->objects[i++]);
        } else {
            PyObject *value = recording->deep.items[--recording->deep.n];
            failed = add_value(recording, value, ptrmap_get(&recording->deferred, value) == value, 0);
        }
    }
    return failed;
}

/* The outermost regular package that a module lies in: what is above it (a namespace package) belongs to several
 * distributions. New reference. */
static PyObject *package_of(PyObject *name)
{
    static PyObject *key; /* interned for ever */
    Py_ssize_t n = PyUnicode_GET_LENGTH(name);
    if (!key && !(key = PyUnicode_InternFromString("__file__"))) {
        return NULL;
    }
    for (Py_ssize_t dot = 0; dot >= 0 && dot < n; dot++) {
        dot = PyUnicode_FindChar(name, '.', dot, n, 1);
        OWN_REF prefix = dot > 0 ? PyUnicode_Substring(name, 0, dot) : NULL;
        PyObject *module = prefix ? PyDict_GetItemWithError(PyImport_GetModuleDict(), prefix) : NULL;
        PyObject *file =
            module && PyModule_Check(module) ? PyDict_GetItemWithError(PyModule_GetDict(module), key) : NULL;
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
static int add_changed_of(struct recording *recording, struct known_package *package)
{
    struct known_object *found;
    size_t at = 0;
    int changed;
    while ((changed = known_next_changed(package, &at, &found)) > 0) {
        PyObject *object = found->object;
        bool foreign = contents_kind(object) == CONTENTS_NONE && !is_own_class(recording, Py_TYPE(object));
        found->object = NULL;
        if (add_entry(recording, object, foreign) < 0) {
            return -1;
        }
    }
    return changed;
}

static int add_changed(struct recording *recording, PyObject *records)
{
    struct known *known = recording->known;
    for (struct known_package *at = known->packages; at; at = at->next) {
        if (at->looked == known->run || !is_own_name(recording, at->name)) {
            continue;
        }
        at->looked = known->run;
        if (known_refresh(known, at, records) < 0 || add_changed_of(recording, at) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Types are sorted anew for each package, and after code of the program may have run. */
static void begin_sorts(const struct recording *recording)
{
    struct known *known = recording->known;
    size_t in = known->run * 2 + recording->staged;
    if (known->sorted_for != recording->package || known->sorted_in != in) {
        memset(known->sorts, 0, sizeof known->sorts);
        known->sorted_for = recording->package;
        known->sorted_in = in;
    }
}

static int record_all(struct recording *recording, PyObject *module, PyObject *records)
{
    size_t first = recording->package->n;
    begin_sorts(recording);
    return add_copy(recording, PyModule_GetDict(module), false) < 0 || add_changed(recording, records) < 0
               ? -1
               : add_reachable(recording, first);
}

/* (copies, functions, top) of what a module leads to; recorded as the module of that name. New reference. */
static PyObject *record_module(PyObject *module, struct known *known, PyObject *records)
{
    OWN_REF name = PyModule_GetNameObject(module);
    OWN_REF top = name ? package_of(name) : NULL;
    PyObject *loaded = name ? modules_loaded(name) : NULL;
    struct recording recording = {.known = known, .top = top, .staged = loaded && loaded != module};
    recording.package = top ? known_package(known, top, records) : NULL;
    size_t first = recording.package ? recording.package->n : 0;
    bool before = heap_forbid_collection(); /* no finalizer runs in the middle */
    bool failed = !recording.package || record_all(&recording, module, records) < 0;
    heap_allow_collection(before);
    free(recording.deep.items);
    ptrmap_release(&recording.deferred);
    OWN_REF copies = failed ? NULL : pack_finish(&recording.copies);
    OWN_REF functions = copies ? pack_finish(&recording.functions) : NULL;
    pack_release(&recording.copies);
    pack_release(&recording.functions);
    return functions && known_settle(recording.package, first, copies, name, module) == 0
               ? PyTuple_Pack(3, copies, functions, top)
               : NULL;
}

static PyObject *record_nothing(void)
{
    return Py_BuildValue("([][]s)", "");
}

/* What `python -m lib.tool` runs is the program's, whatever file it is in: no new version can be imported by that name.
 */
static PyObject *owner_of(PyObject *module, PyObject *origin)
{
    OWN_REF owner = notice_owner(origin, true);
    PyObject *main = owner ? dict_get(PyImport_GetModuleDict(), "__main__") : NULL;
    return PyErr_Occurred() ? NULL : main == module ? Py_NewRef(Py_None) : STEAL(owner);
}

PyObject *base_record(PyObject *module, struct known *known, PyObject *records, bool late)
{
    OWN_REF parts = PyModule_Check(module) ? record_module(module, known, records) : record_nothing();
    OWN_REF origin = parts ? notice_origin(module) : NULL;
    OWN_REF stamp = origin ? notice_stamp(origin) : NULL;
    OWN_REF owner = stamp ? owner_of(module, origin) : NULL;
    OWN_REF record = owner ? PyTuple_New(BASE_FIELDS) : NULL;
    if (!record) {
        known_forget(known);
        return NULL;
    }
    PyObject *fields[BASE_FIELDS] = {
        [BASE_MODULE] = module,
        [BASE_COPIES] = PyTuple_GET_ITEM(parts, 0),
        [BASE_ORIGIN] = origin,
        [BASE_STAMP] = stamp,
        [BASE_OWNER] = owner,
        [BASE_LATE] = late ? Py_True : Py_False,
        [BASE_TOP] = PyTuple_GET_ITEM(parts, 2),
        [BASE_PACKED] = Py_True,
        [BASE_FUNCTIONS] = PyTuple_GET_ITEM(parts, 1),
    };
    for (int i = 0; i < BASE_FIELDS; i++) {
        PyTuple_SET_ITEM(record, i, Py_NewRef(fields[i]));
    }
    return STEAL(record);
}
