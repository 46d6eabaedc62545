/* What a flip leaves of the old version dies with the last reference to it (retire.c). To keep it is to hold its
 * modules and, so that it can be made what it was, its base records. Nothing is copied.
 *
 * Invariant: at most one generation is kept of any package: the one before what is loaded. So there is one way back,
 * and memory for one more version at most. Must not: keep alive what the program has let go of. What both versions hold
 * (FORMER_STAYED) is held by the records of the loaded version anyway. */
#include "engine/former.h"

#include "engine/base.h"
#include "engine/kept.h"
#include "engine/retire.h"

#include <time.h>

#define PATIENCE_SECONDS 1.0 /* how long confirm waits for calls that were parked at the gate */

static PyObject *all; /* owned, NULL at first: list of kept generations, the last one last */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static Py_ssize_t count(void)
{
    return all ? PyList_GET_SIZE(all) : 0;
}

static PyObject *get(Py_ssize_t i)
{
    return PyList_GET_ITEM(all, i);
}

/* ---- making ---- */

int former_prepare(struct upgrade *upgrade)
{
    if (upgrade->keep <= 0) {
        return 0;
    }
    Py_XSETREF(upgrade->alias_modules, PyDict_New());
    PyObject *path = sys_get("path");
    Py_XSETREF(upgrade->path_before, path && PyList_Check(path) ? PyList_GetSlice(path, 0, PY_SSIZE_T_MAX) : NULL);
    if (!upgrade->alias_modules || !upgrade->path_before) {
        return PyErr_Occurred() ? -1 : (PyErr_SetString(PyExc_RuntimeError, "sys.path is not a list"), -1);
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(upgrade->aliases); i++) {
        PyObject *name = PyList_GET_ITEM(upgrade->aliases, i);
        PyObject *module = PyDict_GetItemWithError(PyImport_GetModuleDict(), name);
        if (module ? PyDict_SetItem(upgrade->alias_modules, name, module) < 0 : PyErr_Occurred() != NULL) {
            return -1;
        }
    }
    return 0;
}

/* Which list a pair's old object is kept in, by where references to it went; NULL: in none. */
static PyObject *list_for(const struct upgrade *upgrade, size_t at, PyObject *kept)
{
    const struct pair *pair = &upgrade->match.pairs[at];
    bool value = pair->kind == PAIR_DATA || pair->kind == PAIR_MEMBER || pair->kind == PAIR_PART;
    bool ours =
        pair->old == pair->partner || (value && at < upgrade->carry.n_ways && upgrade->carry.ways[at] == CARRY_OURS);
    bool moved = ptrmap_get(&upgrade->flip.account.map, pair->old);
    enum former_field field = moved ? FORMER_MOVED : ours ? FORMER_STAYED : FORMER_OTHER;
    return pair->kind == PAIR_MODULE ? NULL : PyTuple_GET_ITEM(kept, field);
}

/* A lambda in a tuple that both versions may hold is found again by what it was exchanged for. */
static int add_pair(PyObject *list, const struct pair *pair)
{
    bool definition = pair->kind == PAIR_FUNCTION || pair->kind == PAIR_CLASS || pair->kind == PAIR_PART;
    OWN_REF entry = definition ? PyTuple_Pack(2, pair->partner, pair->old) : NULL;
    return !definition ? 0 : entry ? PyList_Append(list, entry) : -1;
}

static int add_cells(PyObject *kept, PyObject *function)
{
    PyObject *cells = PyFunction_Check(function) ? PyFunction_GET_CLOSURE(function) : NULL;
    for (Py_ssize_t i = 0; cells && i < PyTuple_GET_SIZE(cells); i++) {
        if (PyList_Append(PyTuple_GET_ITEM(kept, FORMER_CELLS), PyTuple_GET_ITEM(cells, i)) < 0) {
            return -1;
        }
    }
    return 0;
}

/* What the program made has the cells of what the import made, or may have. */
static int find_live_cells(const struct upgrade *upgrade, PyObject *kept)
{
    for (size_t i = upgrade->match.n_imported; i < upgrade->match.n_pairs; i++) {
        if (add_cells(kept, upgrade->match.pairs[i].partner) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(upgrade->removed); i++) {
        if (add_cells(kept, PyList_GET_ITEM(upgrade->removed, i)) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The functions that the records name: function -> its record. 0 or -1. */
static int index_functions(PyObject *records, struct ptrmap *functions)
{
    PyObject *name, *record;
    for (Py_ssize_t i = 0; PyDict_Next(records, &i, &name, &record);) {
        PyObject *list = PyTuple_GET_ITEM(record, BASE_FUNCTIONS);
        for (Py_ssize_t j = 0; j < PyList_GET_SIZE(list); j += BASE_FUNCTION_FIELDS) {
            if (ptrmap_put(functions, PyList_GET_ITEM(list, j), record) < 0) {
                PyErr_NoMemory();
                return -1;
            }
        }
    }
    return 0;
}

static int sort_pair(const struct upgrade *upgrade, size_t at, PyObject *kept)
{
    const struct pair *pair = &upgrade->match.pairs[at];
    PyObject *list = list_for(upgrade, at, kept);
    return list && (PyList_Append(list, pair->old) < 0 || add_pair(PyTuple_GET_ITEM(kept, FORMER_PAIRS), pair) < 0) ? -1
                                                                                                                    : 0;
}

/* Behind what the imports made are also functions that an import made and the release dropped, where the code that a
 * decorator gave them has a counterpart: they are of the kept version, too, and forward meanwhile. */
static int sort_pairs(const struct upgrade *upgrade, PyObject *kept)
{
    const struct match *match = &upgrade->match;
    struct ptrmap recorded;
    ptrmap_init(&recorded);
    bool more = match->n_pairs > match->n_imported;
    int failed = more ? index_functions(PyTuple_GET_ITEM(kept, FORMER_RECORDS), &recorded) : 0;
    for (size_t i = 0; !failed && i < match->n_pairs; i++) {
        if (i < match->n_imported || ptrmap_get(&recorded, match->pairs[i].old)) {
            failed = sort_pair(upgrade, i, kept);
        }
    }
    ptrmap_release(&recorded);
    return failed ? -1 : find_live_cells(upgrade, kept);
}

/* The records of the old modules, as far as there are any, in the order in which they were made. */
static PyObject *old_records(const struct upgrade *upgrade)
{
    OWN_REF records = PyDict_New();
    PyObject *name, *record;
    for (Py_ssize_t i = 0; records && PyDict_Next(base_records(), &i, &name, &record);) {
        PyObject *module = PyDict_GetItemWithError(upgrade->old_modules, name);
        bool known = module && PyTuple_GET_ITEM(record, BASE_MODULE) == module;
        if (known ? PyDict_SetItem(records, name, record) < 0 : PyErr_Occurred() != NULL) {
            return NULL;
        }
    }
    return STEAL(records);
}

int former_collect(struct upgrade *upgrade)
{
    Py_CLEAR(upgrade->former);
    double begin = now();
    OWN_REF records = old_records(upgrade);
    OWN_REF modules = records ? PyDict_Copy(upgrade->old_modules) : NULL;
    OWN_REF kept = modules ? Py_BuildValue("(OOOOO(OO)[][][][][][][]dd)", upgrade->changes, modules,
                                           upgrade->alias_modules, records, upgrade->roots, upgrade->path_before,
                                           upgrade->path, begin, begin + upgrade->keep)
                           : NULL;
    if (!kept || sort_pairs(upgrade, kept) < 0) {
        return -1;
    }
    Py_XSETREF(upgrade->former, STEAL(kept));
    return 0;
}

/* ---- the list ---- */

void former_remove(PyObject *kept)
{
    for (Py_ssize_t i = count(); i > 0; i--) {
        if (get(i - 1) == kept && PyList_SetSlice(all, i - 1, i, NULL) < 0) {
            PyErr_WriteUnraisable(NULL); /* taking one out needs no memory */
        }
    }
}

static bool overlaps(PyObject *kept, PyObject *roots)
{
    int disjoint = -1;
    OWN_REF common = PyNumber_And(PyTuple_GET_ITEM(kept, FORMER_ROOTS), roots);
    disjoint = common ? PySet_GET_SIZE(common) == 0 : -1;
    if (disjoint < 0) {
        PyErr_Clear(); /* no memory: better no way back than a wrong one */
    }
    return disjoint != 1;
}

void former_forget(PyObject *roots)
{
    for (Py_ssize_t i = count(); i > 0; i--) {
        OWN_REF kept = i <= count() ? Py_NewRef(get(i - 1)) : NULL; /* finalizers may change the list */
        if (kept && overlaps(kept, roots)) {
            former_remove(kept);
        }
    }
}

int former_add(struct upgrade *upgrade)
{
    if (!all && !(all = PyList_New(0))) {
        return -1;
    }
    former_forget(upgrade->roots);
    return PyList_Append(all, upgrade->former);
}

static bool has_distribution(PyObject *kept, PyObject *name)
{
    PyObject *changes = PyTuple_GET_ITEM(kept, FORMER_CHANGES);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(changes); i++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(PyList_GET_ITEM(changes, i), 0), name) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_all(PyObject *kept, PyObject *names)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        if (!has_distribution(kept, PyTuple_GET_ITEM(names, i))) {
            return false;
        }
    }
    return true;
}

PyObject *former_find(PyObject *names)
{
    for (Py_ssize_t i = count(); i > 0; i--) {
        if (has_all(get(i - 1), names)) {
            return Py_NewRef(get(i - 1));
        }
    }
    if (PyTuple_GET_SIZE(names) == 0) {
        PyErr_SetString(PyExc_LookupError, "no version is kept that could be gone back to: upgrade(..., keep=seconds)");
    } else {
        OWN_REF comma = PyUnicode_FromString(", ");
        OWN_REF text = comma ? PyUnicode_Join(comma, names) : NULL;
        if (text) {
            PyErr_Format(PyExc_LookupError,
                         "no version of %U is kept that could be gone back to: upgrade(..., "
                         "keep=seconds); what one call has upgraded goes back together",
                         text);
        }
    }
    return NULL;
}

PyObject *former_find_since(double since)
{
    for (Py_ssize_t i = count(); i > 0; i--) {
        if (PyFloat_AS_DOUBLE(PyTuple_GET_ITEM(get(i - 1), FORMER_SINCE)) == since) {
            return Py_NewRef(get(i - 1));
        }
    }
    PyErr_SetString(PyExc_LookupError, "the version before is not kept any more");
    return NULL;
}

/* ---- the end ---- */

/* Takes it out of the list and asks what stays alive of it. Appends to `alive`. The caller has no reference to it but
 * `kept`, which is given up. */
static int let_go(PyObject **kept, double patience, PyObject *alive)
{
    OWN_REF watch = Py_NewRef(PyTuple_GET_ITEM(*kept, FORMER_WATCH));
    former_remove(*kept);
    Py_CLEAR(*kept);
    kept_settle();
    OWN_REF left = retire_check(watch, patience);
    return left ? PyList_SetSlice(alive, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, left) : -1;
}

PyObject *former_confirm(PyObject *names)
{
    OWN_REF alive = PyList_New(0);
    for (Py_ssize_t i = count(); alive && i > 0; i--) {
        OWN_REF kept = i <= count() ? Py_NewRef(get(i - 1)) : NULL;
        bool wanted = kept && PyTuple_GET_SIZE(names) == 0;
        for (Py_ssize_t j = 0; kept && j < PyTuple_GET_SIZE(names); j++) {
            wanted = wanted || has_distribution(kept, PyTuple_GET_ITEM(names, j));
        }
        if (wanted && let_go(&kept, PATIENCE_SECONDS, alive) < 0) {
            return NULL;
        }
    }
    return STEAL(alive);
}

PyObject *former_confirm_one(PyObject *kept)
{
    OWN_REF mine = kept;
    OWN_REF alive = PyList_New(0);
    return alive && let_go(&mine, PATIENCE_SECONDS, alive) == 0 ? STEAL(alive) : NULL;
}

double former_next_end(void)
{
    double next = Py_HUGE_VAL;
    for (Py_ssize_t i = 0; i < count(); i++) {
        double until = PyFloat_AS_DOUBLE(PyTuple_GET_ITEM(get(i), FORMER_UNTIL));
        next = until < next ? until : next;
    }
    return next;
}

int former_expire(void)
{
    OWN_REF alive = NULL;
    for (Py_ssize_t i = count(); i > 0; i--) {
        OWN_REF kept = i <= count() ? Py_NewRef(get(i - 1)) : NULL;
        bool over = kept && PyFloat_AS_DOUBLE(PyTuple_GET_ITEM(kept, FORMER_UNTIL)) <= now();
        if (over && ((!alive && !(alive = PyList_New(0))) || let_go(&kept, 0, alive) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* ---- questions ---- */

bool former_any_record(bool (*asked)(PyObject *record, const void *arg), const void *arg)
{
    for (Py_ssize_t i = 0; i < count(); i++) {
        PyObject *name, *record;
        Py_ssize_t position = 0;
        while (PyDict_Next(PyTuple_GET_ITEM(get(i), FORMER_RECORDS), &position, &name, &record)) {
            if (asked(record, arg)) {
                return true;
            }
        }
    }
    return false;
}

bool former_owns(PyObject *namespace)
{
    for (Py_ssize_t i = 0; i < count(); i++) {
        PyObject *name, *module;
        Py_ssize_t position = 0;
        while (PyDict_Next(PyTuple_GET_ITEM(get(i), FORMER_MODULES), &position, &name, &module)) {
            if (PyModule_Check(module) && PyModule_GetDict(module) == namespace) {
                return true;
            }
        }
    }
    return false;
}

/* Functions and classes that the records name. */
static int index_defined(PyObject *kept, struct ptrmap *defined)
{
    PyObject *records = PyTuple_GET_ITEM(kept, FORMER_RECORDS);
    return base_index(records, PyTuple_GET_ITEM(kept, FORMER_MODULES), defined) < 0 ? -1
                                                                                    : index_functions(records, defined);
}

/* The namespaces of the kept modules: a function that has one for its globals is of that version, named or not (an
 * overload). */
static int index_spaces(PyObject *kept, struct ptrmap *spaces)
{
    PyObject *name, *module;
    for (Py_ssize_t i = 0; PyDict_Next(PyTuple_GET_ITEM(kept, FORMER_MODULES), &i, &name, &module);) {
        if (PyModule_Check(module) && ptrmap_put(spaces, PyModule_GetDict(module), module) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

PyObject *former_leave_out(PyObject *kept, PyObject *list)
{
    OWN_REF rest = PyList_New(0);
    struct ptrmap defined;
    ptrmap_init(&defined);
    int failed = rest && index_spaces(kept, &defined) == 0 ? index_defined(kept, &defined) : -1;
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(list); i++) {
        PyObject *object = PyList_GET_ITEM(list, i);
        bool its = ptrmap_get(&defined, object) ||
                   (PyFunction_Check(object) && ptrmap_get(&defined, PyFunction_GET_GLOBALS(object)));
        failed = its ? 0 : PyList_Append(rest, object);
    }
    ptrmap_release(&defined);
    return failed ? NULL : STEAL(rest);
}

PyObject *former_list(void)
{
    OWN_REF list = PyList_New(0);
    for (Py_ssize_t i = 0; list && i < count(); i++) {
        double left = PyFloat_AS_DOUBLE(PyTuple_GET_ITEM(get(i), FORMER_UNTIL)) - now();
        OWN_REF changes = PyList_GetSlice(PyTuple_GET_ITEM(get(i), FORMER_CHANGES), 0, PY_SSIZE_T_MAX);
        OWN_REF entry =
            changes ? Py_BuildValue("(OdO)", changes, left > 0 ? left : 0.0, PyTuple_GET_ITEM(get(i), FORMER_SINCE))
                    : NULL;
        if (!entry || PyList_Append(list, entry) < 0) {
            return NULL;
        }
    }
    return STEAL(list);
}
