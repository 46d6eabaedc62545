/* Holds the dotted names in the program's code against both worlds, side by side.
 *
 * Idea: `lib.sub.name` is walked twice, from the object that the global is now and from its partner. Where the old walk
 * goes on and the new one cannot, the name was removed; where both arrive at something that is called, it is asked
 * whether the arguments still bind. First a cheap question: which names are missing or differ at all? Code that
 * mentions none of them is not read.
 *
 * Invariant: every use is certain as far as the code says: what may answer by a hook, what a `try` or a condition
 * prepares for, what is not a module or a class counts as no use. A function that the program holds although its name
 * is gone is no use of the name. Must not: run code of the program, or keep the flip from finding its references
 * (nothing of the package is held here). */
#include "engine/impact.h"

#include "compat/codeguard.h"
#include "compat/codepath.h"
#include "compat/heap.h"
#include "compat/imports.h"
#include "engine/base.h"
#include "engine/impact_kept.h"
#include "engine/impact_names.h"
#include "engine/former.h"
#include "engine/known.h"
#include "engine/refuse.h"
#include "engine/targets.h"
#include "engine/turn.h"

#include <stdlib.h>

#define BATCH 32 /* functions that are read before other threads have a turn: a few milliseconds */

struct impact {
    const struct upgrade *upgrade;
    PyObject *names; /* owned set: code that has none of these is not read */
    PyObject *uses;  /* owned list */
    PyCodeObject *code;
    PyObject *globals, *builtins; /* dicts of the code that is being read */
};

/* ---- one use ---- */

/* Is the code prepared for this exception at that place? 1, 0, -1. */
static int is_prepared(const struct impact *impact, const struct codepath *path, PyObject *exception, PyObject *name)
{
    int caught = codeguard_caught(impact->code, path->position, impact->globals, impact->builtins, exception);
    if (caught == CODEGUARD_BROAD && (path->statement || !path->called)) {
        caught = CODEGUARD_NAMED; /* trying whether it is there; around a call it is error handling like any other */
    }
    return caught < 0 || caught == CODEGUARD_NAMED ? (caught < 0 ? -1 : 1)
                                                   : codeguard_asked(impact->code, path->position, name);
}

int impact_add_use(PyObject *uses, const char *code, PyObject *module, PyObject *symbol, PyObject *cause,
                   const struct impact_place *place)
{
    PyObject *none = Py_None;
    OWN_REF use =
        Py_BuildValue("{s:s,s:O,s:O,s:O,s:O,s:O,s:O,s:i}", "code", code, "module", module ? module : none, "symbol",
                      symbol ? symbol : none, "cause", cause, "user", place->user ? place->user : none, "function",
                      place->function, "file", place->file, "line", place->line);
    int known = use ? PySequence_Contains(uses, use) : -1;
    return known ? (known < 0 ? -1 : 0) : PyList_Append(uses, use);
}

static int add_use(struct impact *impact, const struct codepath *path, const char *code, PyObject *module,
                   PyObject *symbol, const char *cause)
{
    PyObject *user = dict_get(impact->globals, "__name__");
    struct impact_place place = {user && PyUnicode_Check(user) ? user : NULL, impact->code->co_qualname,
                                 impact->code->co_filename, codepath_line(impact->code, path->position)};
    OWN_REF text = PyErr_Occurred() ? NULL : PyUnicode_FromString(cause);
    return text ? impact_add_use(impact->uses, code, module, symbol, text, &place) : -1;
}

/* "C.name" of the class C, or "name" of a module; *ret_module: borrowed name. New reference. */
static PyObject *symbol_of(const struct impact *impact, const struct pair *pair, PyObject *name, PyObject **ret_module)
{
    OWN_REF path = match_path(&impact->upgrade->match, pair, ret_module);
    return path ? PyUnicode_GET_LENGTH(path) ? PyUnicode_FromFormat("%U.%U", path, name) : Py_NewRef(name) : NULL;
}

static int removed_name(struct impact *impact, const struct codepath *path, const struct pair *pair, PyObject *name)
{
    PyObject *module = NULL;
    OWN_REF symbol = symbol_of(impact, pair, name, &module);
    PyObject *exception = path->statement ? PyExc_ImportError : PyExc_AttributeError;
    int prepared = symbol ? is_prepared(impact, path, exception, name) : -1;
    if (prepared) {
        return prepared < 0 ? -1 : 0;
    }
    return add_use(impact, path, "name-removed", module ? module : Py_None, symbol,
                   path->statement ? "imports it" : "uses it");
}

static int removed_module(struct impact *impact, const struct codepath *path, PyObject *name)
{
    int prepared = is_prepared(impact, path, PyExc_ModuleNotFoundError, name);
    if (prepared) {
        return prepared < 0 ? -1 : 0;
    }
    return add_use(impact, path, "name-removed", name, Py_None, "imports it");
}

/* What a call of this attribute enters, and whether self comes first. Borrowed: the attribute keeps it. */
static PyObject *unwrap(PyObject *attribute, bool *ret_bound)
{
    *ret_bound = Py_TYPE(attribute) == &PyClassMethod_Type;
    if (!*ret_bound && Py_TYPE(attribute) != &PyStaticMethod_Type) {
        return attribute;
    }
    OWN_REF function = PyObject_GetAttrString(attribute, "__func__"); /* a C member of these types */
    if (!function) {
        PyErr_Clear();
    }
    return function ? function : attribute;
}

/* Both walks have arrived at something that is called. */
static int check_call(struct impact *impact, const struct codepath *path, PyObject *old, PyObject *new,
                      PyObject *module, PyObject *symbol)
{
    bool bound, bound_new;
    PyObject *callee = unwrap(old, &bound), *callee_new = unwrap(new, &bound_new);
    int took = known_takes(callee, &path->call, bound);
    int takes = took == 1 ? known_takes(callee_new, &path->call, bound_new) : 1;
    if (took < 0 || takes < 0) {
        return -1;
    }
    int prepared = takes == 0 ? is_prepared(impact, path, PyExc_TypeError, symbol) : 1;
    if (prepared) {
        return prepared < 0 ? -1 : 0;
    }
    return add_use(impact, path, "signature-changed", module, symbol, "calls it with arguments that no longer bind");
}

/* ---- walking ---- */

/* A place in both worlds. All borrowed. */
struct place {
    PyObject *old, *new;
    PyObject *module, *symbol; /* what it is called, as far as it lies in the upgrade; else NULL */
};

static bool has_attributes(PyObject *object)
{
    return PyModule_Check(object) || PyType_Check(object);
}

/* One attribute further. 1 went on, 0 the end of what is known (or a use was noted), -1. */
static int step(struct impact *impact, const struct codepath *path, int at, struct place *place)
{
    const struct match *match = &impact->upgrade->match;
    PyObject *name = path->names[at];
    PyObject *next = has_attributes(place->old) ? known_attribute(place->old, name) : NULL;
    if (!next || !has_attributes(place->new)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    PyObject *next_new = known_attribute(place->new, name);
    struct pair *pair = match_find(match, place->old);
    bool inside = pair || generation_owns_class(match->old, place->old) ||
                  (PyModule_Check(place->old) && ptrmap_get(&match->old->dicts, PyModule_GetDict(place->old)));
    if (inside && !pair) {
        return 0; /* its holder is gone from the new version, yet held: it goes on as it is */
    }
    if (pair && !next_new) {
        bool again = path->n_from && at == 0 && !path->statement; /* the import itself is told apart */
        bool hook = again || known_answers_all(place->new) || !impact_was_there(match, pair, name);
        return hook ? 0 : removed_name(impact, path, pair, name);
    }
    if (PyErr_Occurred()) {
        return -1;
    }
    *place = (struct place){next, next_new ? next_new : next, place->module, place->symbol};
    return 1;
}

/* From the root along all names, and to the call. */
static int walk(struct impact *impact, const struct codepath *path, PyObject *root)
{
    const struct match *match = &impact->upgrade->match;
    struct pair *pair = match_find(match, root), *last = pair;
    struct place place = {.old = root, .new = pair ? pair->partner : root};
    for (int i = 0; i < path->n_names; i++) {
        last = match_find(match, place.old);
        int went = step(impact, path, i, &place);
        if (went <= 0) {
            return went;
        }
    }
    if (!path->called || !last || place.old == place.new) {
        return 0;
    }
    PyObject *module = NULL;
    OWN_REF symbol = path->n_names ? symbol_of(impact, last, path->names[path->n_names - 1], &module)
                                   : match_path(match, last, &module);
    return symbol ? check_call(impact, path, place.old, place.new, module ? module : Py_None, symbol) : -1;
}

/* The modules that an import statement needs: is one of them gone? *ret_root: borrowed, NULL when nothing is known. */
static int follow_import(struct impact *impact, const struct codepath *path, PyObject **ret_root)
{
    OWN_REF name = imports_absolute(impact->globals, path->level, path->name);
    *ret_root = NULL;
    if (!name) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int gone = PySequence_Contains(impact->upgrade->stage.removed, name);
    if (gone) {
        return gone < 0 || !path->statement ? gone < 0 ? -1 : 0 : removed_module(impact, path, name);
    }
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1);
    OWN_REF top = path->root == CODEPATH_IMPORT && dot >= 0 ? PyUnicode_Substring(name, 0, dot) : Py_NewRef(name);
    *ret_root = top ? PyDict_GetItemWithError(PyImport_GetModuleDict(), top) : NULL;
    return PyErr_Occurred() ? -1 : 0;
}

static int on_path(const struct codepath *path, void *arg)
{
    struct impact *impact = arg;
    PyObject *root;
    if (path->root == CODEPATH_GLOBAL) {
        root = PyDict_GetItemWithError(impact->globals, path->name);
    } else if (follow_import(impact, path, &root) < 0) {
        return -1;
    }
    return root ? walk(impact, path, root) : PyErr_Occurred() ? -1 : 0;
}

/* ---- the program's code ---- */

/* Does the code, or what is nested in it, mention one of the names? Allocates nothing. */
static bool mentions(PyCodeObject *code, PyObject *names)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); i++) {
        if (PySet_Contains(names, PyTuple_GET_ITEM(code->co_names, i)) == 1) {
            return true;
        }
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        if (PyCode_Check(constant) && mentions((PyCodeObject *)constant, names)) {
            return true;
        }
    }
    return false;
}

/* from: negative for a function's code; of a module that is being executed only what is still to come counts. */
static int read_code(struct impact *impact, PyCodeObject *code, int from)
{
    impact->code = code;
    if (codepath_each(code, from, on_path, impact) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_ValueError)) {
            return -1;
        }
        PyErr_Clear(); /* code that is not understood says nothing plainly */
    }
    int line = from < 0 ? 0 : codepath_line(code, from);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        bool ahead = PyCode_Check(constant) && ((PyCodeObject *)constant)->co_firstlineno >= line;
        if (ahead && read_code(impact, (PyCodeObject *)constant, -1) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- calls under way ---- */

/* Of a call that is under way and will not be made again only what is still to come counts: bodies of modules and
 * classes, and the calls that wait for this very upgrade, as long as nothing around them loops. */
struct calls {
    const PyThreadState *self;
    PyObject *frames; /* owned list of (code, globals, position), innermost first */
    PyObject *own;    /* owned list: the same of this thread, whatever they are */
};

static int list_frame(frame *f, PyThreadState *thread, void *arg)
{
    struct calls *calls = arg;
    PyObject *globals = frame_globals(f);
    bool body = !(frame_code(f)->co_flags & CO_OPTIMIZED), known = globals && PyDict_Check(globals);
    OWN_REF entry = known ? Py_BuildValue("(OOi)", frame_code(f), globals, frame_position(f)) : NULL;
    if (known && (!entry || (body && PyList_Append(calls->frames, entry) < 0) ||
                  (thread == calls->self && PyList_Append(calls->own, entry) < 0))) {
        return -1;
    }
    return 0;
}

/* From the outermost call inwards, until one may be made again. */
static int add_own(struct calls *calls, struct ptrmap *once)
{
    int repeats = 0;
    for (Py_ssize_t i = PyList_GET_SIZE(calls->own) - 1; i >= 0 && !repeats; i--) {
        PyObject *entry = PyList_GET_ITEM(calls->own, i), *code = PyTuple_GET_ITEM(entry, 0);
        if (PyList_Append(calls->frames, entry) < 0 || ptrmap_put(once, code, code) < 0) {
            return -1;
        }
        repeats = codepath_repeats((PyCodeObject *)code, (int)PyLong_AsLong(PyTuple_GET_ITEM(entry, 2)));
        if (repeats < 0 && PyErr_ExceptionMatches(PyExc_ValueError)) {
            PyErr_Clear(); /* not understood: it may be a loop */
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* List of (code, globals, position); `once` gets the functions of which nothing else counts. New reference. */
static PyObject *find_calls(struct ptrmap *once)
{
    OWN_REF frames = PyList_New(0);
    OWN_REF own = PyList_New(0);
    struct calls calls = {PyThreadState_Get(), frames, own};
    bool before = heap_forbid_collection();
    int failed = frames && own ? frame_each(list_frame, &calls) : -1;
    heap_allow_collection(before);
    return failed || add_own(&calls, once) < 0 ? NULL : STEAL(frames);
}

static int read_calls(struct impact *impact, PyObject *calls)
{
    int failed = 0;
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(calls); i++) {
        PyObject *entry = PyList_GET_ITEM(calls, i);
        PyCodeObject *code = (PyCodeObject *)PyTuple_GET_ITEM(entry, 0);
        impact->globals = PyTuple_GET_ITEM(entry, 1);
        impact->builtins = PyEval_GetBuiltins();
        bool wanted = !ptrmap_get(&impact->upgrade->old.dicts, impact->globals) && mentions(code, impact->names);
        failed = wanted ? read_code(impact, code, (int)PyLong_AsLong(PyTuple_GET_ITEM(entry, 2))) : 0;
    }
    return failed;
}

/* ---- functions ---- */

struct candidates {
    const struct upgrade *upgrade;
    PyObject *names;
    const struct ptrmap *once;
    struct objects functions;
    struct ptrmap codes; /* of those: one function for each code is enough */
};

static int visit_function(PyObject *object, void *arg)
{
    struct candidates *candidates = arg;
    if (!PyFunction_Check(object) || generation_owns_function(&candidates->upgrade->old, object) ||
        targets_is_staged(candidates->upgrade, PyFunction_GET_GLOBALS(object)) ||
        former_owns(PyFunction_GET_GLOBALS(object))) {
        return 0;
    }
    PyObject *code = PyFunction_GET_CODE(object);
    bool body = !(((PyCodeObject *)code)->co_flags & CO_OPTIMIZED); /* of a module or class: see find_calls */
    if (body || ptrmap_get(candidates->once, code) || ptrmap_get(&candidates->codes, code) ||
        !mentions((PyCodeObject *)code, candidates->names)) {
        return 0;
    }
    return ptrmap_put(&candidates->codes, code, object) < 0 ? -1 : objects_add(&candidates->functions, object);
}

/* Functions of the program that may use one of the names. New list. */
static PyObject *find_functions(const struct upgrade *upgrade, PyObject *names, const struct ptrmap *once)
{
    struct candidates candidates = {.upgrade = upgrade, .names = names, .once = once};
    ptrmap_init(&candidates.codes);
    bool before = heap_forbid_collection();
    int failed = heap_each(visit_function, &candidates);
    OWN_REF list = failed ? NULL : PyList_New((Py_ssize_t)candidates.functions.n);
    for (size_t i = 0; list && i < candidates.functions.n; i++) {
        PyList_SET_ITEM(list, (Py_ssize_t)i, Py_NewRef(candidates.functions.items[i]));
    }
    heap_allow_collection(before);
    free(candidates.functions.items);
    ptrmap_release(&candidates.codes);
    if (!list && !PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    return STEAL(list);
}

static int read_functions(struct impact *impact, const struct ptrmap *once)
{
    OWN_REF functions = find_functions(impact->upgrade, impact->names, once);
    for (Py_ssize_t i = 0; functions && i < PyList_GET_SIZE(functions); i++) {
        PyFunctionObject *function = (PyFunctionObject *)PyList_GET_ITEM(functions, i);
        if (i % BATCH == BATCH - 1) {
            turn_give();
        }
        impact->globals = function->func_globals;
        impact->builtins = function->func_builtins;
        if (PyDict_Check(impact->globals) && PyDict_Check(impact->builtins) &&
            read_code(impact, (PyCodeObject *)function->func_code, -1) < 0) {
            return -1;
        }
    }
    return functions ? 0 : -1;
}

static int read_program(struct impact *impact)
{
    struct ptrmap once;
    ptrmap_init(&once);
    OWN_REF calls = find_calls(&once);
    int failed = !calls || read_functions(impact, &once) < 0 || read_calls(impact, calls) < 0;
    ptrmap_release(&once);
    if (failed && !PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    return failed ? -1 : 0;
}

PyObject *impact_find(struct upgrade *upgrade)
{
    OWN_REF names = impact_names(upgrade);
    OWN_REF uses = names ? PyList_New(0) : NULL;
    struct impact impact = {.upgrade = upgrade, .names = names, .uses = uses};
    bool none = uses && PySet_GET_SIZE(names) == 0; /* then no signature differs either */
    return uses && (none || (read_program(&impact) == 0 && impact_kept(upgrade, uses) == 0)) ? STEAL(uses) : NULL;
}

/* ---- the answer ---- */

/* What a use says under this name. Borrowed. Goes through its few entries, which cannot fail. */
static PyObject *part_of(PyObject *use, const char *name)
{
    PyObject *key, *value;
    for (Py_ssize_t i = 0; PyDict_Next(use, &i, &key, &value);) {
        if (PyUnicode_CompareWithASCIIString(key, name) == 0) {
            return value;
        }
    }
    return Py_None;
}

/* "lib.sub.name" of a use. New reference. */
static PyObject *full_name(PyObject *use)
{
    PyObject *module = part_of(use, "module"), *symbol = part_of(use, "symbol");
    return symbol == Py_None ? Py_NewRef(module) : PyUnicode_FromFormat("%S.%S", module, symbol);
}

/* 1, 0, -1. */
static int is_allowed(const struct upgrade *upgrade, PyObject *use, PyObject *name)
{
    PyObject *code = part_of(use, "code");
    OWN_REF kind =
        PyUnicode_FromString(PyUnicode_CompareWithASCIIString(code, "name-removed") == 0 ? "names" : "signatures");
    int by_kind = !upgrade->allow ? 0 : kind ? PySequence_Contains(upgrade->allow, kind) : -1;
    return by_kind || !upgrade->allow ? by_kind : PySequence_Contains(upgrade->allow, name);
}

/* "app.work (/srv/app.py:12) uses it" */
static PyObject *sentence(PyObject *use)
{
    return PyUnicode_FromFormat("%S.%S (%S:%S) %S", part_of(use, "user"), part_of(use, "function"),
                                part_of(use, "file"), part_of(use, "line"), part_of(use, "cause"));
}

static int add_reason(struct upgrade *upgrade, PyObject *use, Py_ssize_t more)
{
    PyObject *module = part_of(use, "module"), *symbol = part_of(use, "symbol");
    OWN_REF first = sentence(use);
    OWN_REF others = more > 1 ? PyUnicode_FromFormat(", and so do %zd more places", more)
                     : more   ? PyUnicode_FromString(", and so does one more place")
                              : PyUnicode_FromString("");
    bool gone = PyUnicode_CompareWithASCIIString(part_of(use, "code"), "name-removed") == 0;
    if (!first || !others) {
        return -1;
    }
    return gone ? refuse(upgrade->reasons, "name-removed", module, symbol == Py_None ? NULL : symbol,
                         "change that code first, or allow it: upgrade(..., allow=\"names\")",
                         "the new version does not have it, and %U%U", first, others)
                : refuse(upgrade->reasons, "signature-changed", module, symbol == Py_None ? NULL : symbol,
                         "change that code first, or allow it: upgrade(..., allow=\"signatures\")",
                         "the new version takes other arguments, and %U%U", first, others);
}

static int add_note(struct upgrade *upgrade, PyObject *use, PyObject *name)
{
    OWN_REF text = sentence(use);
    OWN_REF note = text ? PyUnicode_FromFormat("%U is not as it was, and %U: allowed", name, text) : NULL;
    return note ? PyList_Append(upgrade->notes, note) : -1;
}

int impact_refuse(struct upgrade *upgrade, PyObject *uses)
{
    OWN_REF counts = PyDict_New(); /* (code, name) -> [first use, how many more] */
    for (Py_ssize_t i = 0; counts && i < PyList_GET_SIZE(uses); i++) {
        PyObject *use = PyList_GET_ITEM(uses, i);
        OWN_REF name = full_name(use);
        int allowed = name ? is_allowed(upgrade, use, name) : -1;
        if (allowed) {
            if (allowed < 0 || add_note(upgrade, use, name) < 0) {
                return -1;
            }
            continue;
        }
        OWN_REF key = PyTuple_Pack(2, part_of(use, "code"), name);
        PyObject *known = key ? PyDict_GetItemWithError(counts, key) : NULL;
        Py_ssize_t more = known ? PyLong_AsSsize_t(PyTuple_GET_ITEM(known, 1)) + 1 : 0;
        OWN_REF entry = key ? Py_BuildValue("(On)", known ? PyTuple_GET_ITEM(known, 0) : use, more) : NULL;
        if (!entry || PyDict_SetItem(counts, key, entry) < 0) {
            return -1;
        }
    }
    PyObject *key, *entry;
    Py_ssize_t position = 0;
    while (counts && PyDict_Next(counts, &position, &key, &entry)) {
        if (add_reason(upgrade, PyTuple_GET_ITEM(entry, 0), PyLong_AsSsize_t(PyTuple_GET_ITEM(entry, 1))) < 0) {
            return -1;
        }
    }
    return counts ? PyDict_GET_SIZE(counts) > 0 : -1;
}

int impact_check(struct upgrade *upgrade)
{
    OWN_REF uses = impact_find(upgrade);
    return uses ? impact_refuse(upgrade, uses) : -1;
}
