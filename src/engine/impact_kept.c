/* An argument is lost if the old function names it, the new one takes neither it nor any keyword, and no function of
 * the new version mentions the name: nobody can take it out of the way before the call. An instance keeps it if it is a
 * key of a dict that the instance has as an attribute.
 *
 * That the dict is going to be passed on is not proved. But its key is a name that nothing in the new version knows,
 * and the call would raise long after the upgrade. Must not: run Python code, or hold what is of the package
 * afterwards. */
#include "engine/impact_kept.h"

#include "compat/heap.h"
#include "compat/instructions.h"
#include "compat/state.h"
#include "engine/impact.h"
#include "engine/known.h"

#define MOST_HITS 32 /* enough for a refusal to say where to look */

struct hit {
    PyTypeObject *type;
    PyObject *attribute, *argument; /* names */
}; /* borrowed: good until the GIL is released */

struct keeping {
    const struct match *match;
    PyObject *lost; /* dict: argument -> index of the function's pair */
    struct hit hits[MOST_HITS];
    int n_hits;
    PyTypeObject *type; /* of the instance that is looked at */
};

/* ---- what is lost ---- */

static bool takes_keyword(PyCodeObject *code, PyObject *name)
{
    bool takes = code->co_flags & CO_VARKEYWORDS;
    for (int i = code->co_posonlyargcount; !takes && i < code->co_argcount + code->co_kwonlyargcount; i++) {
        takes = PyUnicode_Compare(PyTuple_GET_ITEM(code->co_localsplusnames, i), name) == 0;
    }
    return takes;
}

static int add_lost(PyObject *lost, const struct match *match, size_t at)
{
    const struct pair *pair = &match->pairs[at];
    bool functions = PyFunction_Check(pair->old) && PyFunction_Check(pair->partner);
    if (!functions || pair->old == pair->partner || known_same_signature(pair->old, pair->partner)) {
        return 0;
    }
    PyCodeObject *old = (PyCodeObject *)PyFunction_GET_CODE(pair->old);
    PyCodeObject *new = (PyCodeObject *)PyFunction_GET_CODE(pair->partner);
    for (int i = old->co_posonlyargcount; i < old->co_argcount + old->co_kwonlyargcount; i++) {
        PyObject *name = PyTuple_GET_ITEM(old->co_localsplusnames, i);
        if (takes_keyword(new, name)) {
            continue;
        }
        OWN_REF index = PyLong_FromSize_t(at);
        if (!index || PyDict_SetItem(lost, name, index) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Takes the names that are in a tuple of strings, tuples and code out of the dict. Deleting frees no tracked object. */
static int take_out(PyObject *lost, PyObject *tuple)
{
    int failed = 0;
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(tuple); i++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, i);
        if (PyCode_Check(item)) {
            PyCodeObject *code = (PyCodeObject *)item;
            failed = take_out(lost, code->co_names) < 0 || take_out(lost, code->co_localsplusnames) < 0 ||
                     take_out(lost, code->co_consts) < 0;
        } else if (PyTuple_CheckExact(item)) {
            failed = take_out(lost, item) < 0;
        } else if (PyUnicode_CheckExact(item) && PyDict_GetItemWithError(lost, item)) {
            failed = PyDict_DelItem(lost, item) < 0;
        }
    }
    return failed ? -1 : 0;
}

static int visit_new_function(PyObject *object, void *arg)
{
    struct keeping *keeping = arg;
    if (!PyFunction_Check(object) || !generation_owns_function(keeping->match->new, object)) {
        return 0;
    }
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(object);
    bool failed = take_out(keeping->lost, code->co_names) < 0 ||
                  take_out(keeping->lost, code->co_localsplusnames) < 0 || take_out(keeping->lost, code->co_consts) < 0;
    return failed ? -1 : 0;
}

/* ---- who keeps it ---- */

static int add_hit(struct keeping *keeping, PyObject *attribute, PyObject *argument)
{
    for (int i = 0; i < keeping->n_hits; i++) {
        const struct hit *hit = &keeping->hits[i];
        if (hit->type == keeping->type && hit->argument == argument &&
            PyUnicode_Compare(hit->attribute, attribute) == 0) {
            return 0;
        }
    }
    if (keeping->n_hits < MOST_HITS) {
        keeping->hits[keeping->n_hits++] = (struct hit){keeping->type, attribute, argument};
    }
    return 0;
}

static int visit_attribute(PyObject *attribute, PyObject *value, void *arg)
{
    struct keeping *keeping = arg;
    PyObject *argument, *index;
    Py_ssize_t position = 0;
    if (!PyUnicode_CheckExact(attribute) || !PyDict_CheckExact(value) || !state_has_str_keys(value)) {
        return 0;
    }
    while (PyDict_Next(keeping->lost, &position, &argument, &index)) {
        int kept = PyDict_Contains(value, argument);
        if (kept < 0 || (kept && add_hit(keeping, attribute, argument) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* Instances of the package's classes, and of the program's that are made from these. */
static int visit_instance(PyObject *object, void *arg)
{
    struct keeping *keeping = arg;
    PyTypeObject *type = Py_TYPE(object);
    PyObject *mro = type->tp_flags & Py_TPFLAGS_HEAPTYPE && !PyType_Check(object) ? type->tp_mro : NULL;
    bool of_package = false;
    for (Py_ssize_t i = 0; mro && !of_package && i < PyTuple_GET_SIZE(mro); i++) {
        of_package = match_find(keeping->match, PyTuple_GET_ITEM(mro, i));
    }
    keeping->type = type;
    return of_package ? state_each(object, visit_attribute, keeping) : 0;
}

/* ---- who passes it on ---- */

/* A new set: the attribute's name, and that without the underscores in front. */
static PyObject *names_of(PyObject *attribute)
{
    Py_ssize_t start = 0, length = PyUnicode_GET_LENGTH(attribute);
    while (start < length && PyUnicode_READ_CHAR(attribute, start) == '_') {
        start++;
    }
    OWN_REF public = PyUnicode_Substring(attribute, start, length);
    OWN_REF names = public ? PySet_New(NULL) : NULL;
    bool made = names && PySet_Add(names, attribute) == 0 && PySet_Add(names, public) == 0;
    return made ? STEAL(names) : NULL;
}

struct passing {
    const struct match *match;
    PyObject *names; /* set */
};

static int visit_passing(PyObject *object, void *arg)
{
    const struct passing *passing = arg;
    bool new = PyFunction_Check(object) && generation_owns_function(passing->match->new, object);
    return new ? code_passes_keywords((PyCodeObject *)PyFunction_GET_CODE(object), passing->names) : 0;
}

/* 1, 0, -1. */
static int is_passed_on(const struct match *match, PyObject *attribute)
{
    OWN_REF names = names_of(attribute);
    struct passing passing = {match, names};
    return names ? heap_each(visit_passing, &passing) : -1;
}

/* ---- the answer ---- */

static int add_use(const struct keeping *keeping, const struct hit *hit, PyObject *uses)
{
    PyObject *index = PyDict_GetItemWithError(keeping->lost, hit->argument), *module = NULL;
    const struct pair *pair = &keeping->match->pairs[PyLong_AsSize_t(index)];
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(pair->old);
    OWN_REF symbol = match_path(keeping->match, pair, &module);
    OWN_REF where = PyUnicode_FromFormat("%U.%U", ((PyHeapTypeObject *)hit->type)->ht_qualname, hit->attribute);
    OWN_REF cause = PyUnicode_FromFormat("keeps an argument for it, %R, that nothing takes any more", hit->argument);
    struct impact_place place = {class_module_name(hit->type), where, code->co_filename, code->co_firstlineno};
    return symbol && where && cause ? impact_add_use(uses, "signature-changed", module, symbol, cause, &place) : -1;
}

int impact_kept(const struct upgrade *upgrade, PyObject *uses)
{
    OWN_REF lost = PyDict_New();
    struct keeping keeping = {.match = &upgrade->match, .lost = lost};
    int failed = lost ? 0 : -1;
    for (size_t i = 0; !failed && i < upgrade->match.n_pairs; i++) {
        failed = add_lost(lost, &upgrade->match, i);
    }
    if (failed || PyDict_GET_SIZE(lost) == 0) {
        return failed;
    }
    bool before = heap_forbid_collection();
    failed = heap_each(visit_new_function, &keeping);
    failed = !failed && PyDict_GET_SIZE(lost) ? heap_each(visit_instance, &keeping) : failed;
    for (int i = 0; !failed && i < keeping.n_hits; i++) {
        int passed_on = is_passed_on(&upgrade->match, keeping.hits[i].attribute);
        failed = passed_on > 0 ? add_use(&keeping, &keeping.hits[i], uses) : passed_on;
    }
    heap_allow_collection(before);
    return failed;
}
