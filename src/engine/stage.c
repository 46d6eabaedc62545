/* stage: import the new version beside the old one.
 *
 * In this order: note what the process looks like (effects), put the finder in place, switch the view on
 * sys.modules on, import; then everything off again in reverse, and last the effects are undone.
 *
 * Invariant: whatever happens in between, each of the three is ended, and only the caller can then reach what was
 * staged.
 * Must not: import on any thread but the caller's. The place for what comes later: loading from a private copy belongs
 * into the finder. */
#include "engine/stage.h"

#include "compat/importlocks.h"
#include "compat/modules.h"
#include "compat/parents.h"
#include "compat/signals.h"
#include "engine/absence.h"
#include "engine/duplicate.h"
#include "engine/effects.h"
#include "engine/finder.h"
#include "engine/limit.h"
#include "engine/pathsearch.h"
#include "engine/refuse.h"
#include "engine/served.h"

#include <string.h>
#include <time.h>

#define STAGING_FAILED "staging-failed"
#define STAGING_TIMEOUT "staging-timeout"
#define FIX_TIMEOUT "give it more time (limit=...), or install a version that can be imported here"
#define TIMEOUT_TEXT "importing %U of the new version took longer than it may"
#define FIX_DUPLICATE "give that function a while_staging hook, or restart the process"
#define FIX_PACKAGE "install a version that can be imported here"

/* What is under way: a forked child has to end it. Process-wide, as sys.modules is; one upgrade at a time. */
static struct staging {
    struct stage *stage; /* NULL: nothing */
    struct effects effects;
    struct finder finder;
    PyObject *hidden; /* owned set: names of modules outside the upgrade that staging deleted from its view */
    bool noted;       /* effects has begun and can end */
} under_way;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* "file:line" of where an exception was raised, or "". */
static PyObject *raised_at(PyObject *exception)
{
    OWN_REF file = NULL;
    OWN_REF line = NULL;
    if (PyErr_GivenExceptionMatches(exception, PyExc_SyntaxError)) {
        file = PyObject_GetAttrString(exception, "filename");
        line = file ? PyObject_GetAttrString(exception, "lineno") : NULL;
    } else {
        OWN_REF traceback = PyException_GetTraceback(exception);
        while (traceback) {
            PyObject *next = PyObject_GetAttrString(traceback, "tb_next");
            if (!next || next == Py_None) {
                Py_XDECREF(next);
                break;
            }
            Py_SETREF(traceback, next);
        }
        OWN_REF frame = traceback ? PyObject_GetAttrString(traceback, "tb_frame") : NULL;
        OWN_REF code = frame ? PyObject_GetAttrString(frame, "f_code") : NULL;
        file = code ? PyObject_GetAttrString(code, "co_filename") : NULL;
        line = file ? PyObject_GetAttrString(traceback, "tb_lineno") : NULL;
    }
    PyErr_Clear();
    return line ? PyUnicode_FromFormat(" (%S:%S)", file, line) : PyUnicode_FromString("");
}

/* The exception set becomes a reason. */
static int refuse_import(PyObject *name, PyObject *old_modules, PyObject *reasons)
{
    OWN_REF type = NULL;
    OWN_REF value = NULL;
    OWN_REF traceback = NULL;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback) {
        PyException_SetTraceback(value, traceback);
    }
    OWN_REF place = raised_at(value);
    if (place && limit_raised(value)) {
        return refuse(reasons, STAGING_TIMEOUT, name, NULL, FIX_TIMEOUT, TIMEOUT_TEXT "%U", name, place);
    }
    OWN_REF message = PyObject_Str(value);
    if (!message) {
        PyErr_Clear();
        message = PyUnicode_FromString("");
    }
    OWN_REF holder = NULL;
    if (!place || !message || duplicate_find(value, old_modules, &holder) < 0) {
        return -1;
    }
    if (holder) {
        return refuse(reasons, "staging-duplicate", name, NULL, FIX_DUPLICATE,
                      "importing %U of the new version raised %s: %U%U in %U", name, Py_TYPE(value)->tp_name, message,
                      place, holder);
    }
    return refuse(reasons, STAGING_FAILED, name, NULL, FIX_PACKAGE, "importing %U of the new version raised %s: %U%U",
                  name, Py_TYPE(value)->tp_name, message, place);
}

/* Is `name` other, or below it? */
static bool is_or_below(PyObject *name, PyObject *other)
{
    Py_ssize_t n = PyUnicode_GET_LENGTH(other);
    return PyUnicode_Tailmatch(name, other, 0, PY_SSIZE_T_MAX, -1) == 1 &&
           (PyUnicode_GET_LENGTH(name) == n || PyUnicode_READ_CHAR(name, n) == '.');
}

/* Is the parent of this name a staged module that is no package? */
static bool parent_is_no_package(PyObject *name)
{
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), -1);
    OWN_REF parent_name = dot > 0 ? PyUnicode_Substring(name, 0, dot) : NULL;
    OWN_REF parent = parent_name ? PyObject_GetItem(modules_dict(), parent_name) : NULL;
    PyErr_Clear();
    return parent && !PyObject_HasAttrString(parent, "__path__");
}

/* Does the exception set say that the new version has no module of this name? Not if a module that it has was
 * looking for another. */
static bool is_missing(struct finder *finder, PyObject *name)
{
    if (!PyErr_ExceptionMatches(PyExc_ModuleNotFoundError)) {
        return false;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    OWN_REF missing = PyObject_GetAttrString(value, "name");
    PyErr_Clear();
    bool is = missing && PyUnicode_Check(missing) && is_or_below(name, missing) &&
              (PySet_Contains(finder->missing, missing) == 1 || parent_is_no_package(missing));
    PyErr_Restore(type, value, traceback);
    return is;
}

/* What the import system did not find, though the kernel does not say that it is not there. 1 refused, 0, -1. */
static int refuse_unless_absent(PyObject *name, PyObject *path, PyObject *reasons)
{
    OWN_REF found = absence_check(path, name);
    return !found             ? -1
           : found == Py_None ? 0
                              : refuse(reasons, STAGING_FAILED, name, NULL, "try again",
                                       "%U was not found in the new version, and yet: %U", name, found);
}

/* A package whose __init__.py cannot be looked at is taken for a namespace package. */
static int check_whole(PyObject *name, PyObject *path, PyObject *reasons)
{
    OWN_REF module = PyObject_GetItem(modules_dict(), name);
    PyErr_Clear(); /* it has taken itself out */
    PyObject *file = module && PyModule_Check(module) ? dict_get(PyModule_GetDict(module), "__file__") : Py_None;
    return file ? 0 : PyErr_Occurred() ? -1 : refuse_unless_absent(name, path, reasons);
}

static bool is_lazy(PyObject *module)
{
    return strcmp(Py_TYPE(module)->tp_name, "_LazyModule") == 0;
}

/* A module of importlib.util.LazyLoader is executed when it is first looked at. So was the old one, if it is none any
 * more: then this one is now. 0, or -1 with an exception set. */
static int execute_lazy(struct stage *stage, PyObject *name)
{
    OWN_REF module = PyObject_GetItem(modules_dict(), name);
    PyObject *old = module && is_lazy(module) ? PyDict_GetItemWithError(stage->old_modules, name) : NULL;
    PyErr_Clear();
    OWN_REF executed = old && !is_lazy(old) ? PyObject_GetAttrString(module, "__dict__") : Py_NewRef(Py_None);
    return executed ? 0 : -1;
}

static int import_one(struct stage *stage, struct finder *finder, PyObject *name)
{
    PyObject *path = stage->path, *reasons = stage->reasons;
    OWN_REF there = PyObject_GetItem(modules_dict(), name);
    PyErr_Clear();
    OWN_REF imported = there ? Py_NewRef(there) : PyImport_ImportModuleLevelObject(name, NULL, NULL, NULL, 0);
    if (imported && execute_lazy(stage, name) == 0) {
        return there ? 0 : check_whole(name, path, reasons);
    }
    if (is_missing(finder, name) || absence_said(stage->old_modules, name)) {
        PyErr_Clear();
        int refused = parent_is_no_package(name) ? 0 : refuse_unless_absent(name, path, reasons);
        return refused ? refused : PyList_Append(stage->removed, name);
    }
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) || PyErr_ExceptionMatches(PyExc_MemoryError) ||
        signals_raised()) {
        return -1;
    }
    return refuse_import(name, stage->old_modules, reasons);
}

/* Extension modules that were not loaded, whatever the package made of that. */
static int refuse_native(struct stage *stage)
{
    PyObject *refused_names = stage->native;
    int refused = 0;
    for (Py_ssize_t i = 0; refused >= 0 && i < PyList_GET_SIZE(refused_names); i++) {
        PyObject *name = PyTuple_GET_ITEM(PyList_GET_ITEM(refused_names, i), 0);
        PyObject *why = PyTuple_GET_ITEM(PyList_GET_ITEM(refused_names, i), 1);
        int owned = modules_view_owns(name);
        const char *action = owned ? EFFECT_ACTION : "import it in the program, then try again";
        refused = owned < 0 ? -1
                            : refuse(stage->reasons, "extension-module", name, NULL, action,
                                     "%U, which the new version needs, is an extension module and cannot be loaded on "
                                     "trial: %U",
                                     name, why);
    }
    return refused;
}

static int import_all(struct stage *stage, struct finder *finder, PyObject *names)
{
    int refused = 0;
    for (Py_ssize_t i = 0; !refused && i < PyList_GET_SIZE(names); i++) {
        refused = import_one(stage, finder, PyList_GET_ITEM(names, i));
    }
    if (!refused && !(stage->served = served_find(stage->old_modules))) {
        return -1;
    }
    int native = refused < 0 ? 0 : refuse_native(stage);
    return native ? native : refused;
}

/* Import-time code that caught the exception which was to end it has not run as it would have. */
static int refuse_late(PyObject *reasons)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(reasons); i++) {
        PyObject *code = dict_get(PyList_GET_ITEM(reasons, i), "code");
        if (code && PyUnicode_CompareWithASCIIString(code, STAGING_TIMEOUT) == 0) {
            return 1;
        }
    }
    return refuse(reasons, STAGING_TIMEOUT, NULL, NULL, FIX_TIMEOUT,
                  "the import of the new version took longer than it may");
}

/* import_all, for as long as it may take. */
static int import_in_time(struct stage *stage, struct finder *finder, PyObject *names)
{
    OWN_REF held = importlocks_held();
    if (!held || limit_begin(stage->limit) < 0) {
        return -1;
    }
    int refused = import_all(stage, finder, names);
    bool late = limit_end();
    if (PyErr_Occurred() || !late) {
        return PyErr_Occurred() ? -1 : refused;
    }
    int late_refused = refuse_late(stage->reasons);
    return importlocks_release_beyond(held) < 0 ? -1 : late_refused;
}

/* The context variables of the calling thread, as a new dict. */
static PyObject *context_values(PyObject *context)
{
    OWN_REF items = PyObject_CallMethod(context, "items", NULL);
    OWN_REF values = items ? PyDict_New() : NULL;
    return !values || PyDict_MergeFromSeq2(values, items, 1) < 0 ? NULL : STEAL(values);
}

/* Imports in a copy of the thread's context. A variable that is set there would be set for this thread alone. */
static int import_in_context(struct stage *stage, struct finder *finder, PyObject *names)
{
    OWN_REF context = PyContext_CopyCurrent();
    OWN_REF before = context ? context_values(context) : NULL;
    if (!before || PyContext_Enter(context) < 0) {
        return -1;
    }
    int refused = import_in_time(stage, finder, names);
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    int left = PyContext_Exit(context);
    OWN_REF after = left < 0 ? NULL : context_values(context);
    PyObject *variable, *set;
    bool changed = after && PyDict_GET_SIZE(after) != PyDict_GET_SIZE(before);
    for (Py_ssize_t i = 0; after && PyDict_Next(after, &i, &variable, &set);) {
        changed = changed || PyDict_GetItemWithError(before, variable) != set;
    }
    if (changed && refused >= 0) {
        refused = refuse(stage->reasons, EFFECT_CODE, NULL, NULL, EFFECT_ACTION,
                         "importing the new version sets a context variable of the importing thread");
    }
    if (refused < 0 && type) {
        PyErr_Restore(type, value, traceback);
    }
    return after ? refused : -1;
}

/* Is the module that has this name in the process one that is upgraded, and staged as what the name stands for there?
 */
static bool is_alias(struct stage *stage, PyObject *name, PyObject *loaded)
{
    PyObject *staged = PyDict_GetItemWithError(stage->modules, name), *old_name, *old;
    bool is = false;
    for (Py_ssize_t i = 0; !is && PyDict_Next(stage->old_modules, &i, &old_name, &old);) {
        is = old == loaded && PyDict_GetItemWithError(stage->modules, old_name) == staged;
    }
    return is;
}

/* Names that do not belong to the upgrade: what is really loaded is no staged module; what staging exchanged, or
 * another thread has loaded meanwhile, cannot be published. before: what was in sys.modules. */
static int sort_out(struct stage *stage, PyObject *owned, PyObject *before)
{
    OWN_REF names = PyDict_Keys(stage->modules);
    int refused = names ? 0 : -1;
    for (Py_ssize_t i = 0; refused >= 0 && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        PyObject *loaded = PySet_Contains(owned, name) ? NULL : modules_loaded(name);
        bool same = loaded && loaded == PyDict_GetItemWithError(stage->modules, name);
        if (same || (loaded && is_alias(stage, name, loaded))) { /* an alias: the flip moves what it refers to */
            refused = PyDict_DelItem(stage->modules, name) < 0 ? -1 : refused;
        } else if (loaded && PyDict_Contains(before, name)) {
            refused = refuse(stage->reasons, EFFECT_CODE, name, NULL, EFFECT_ACTION,
                             "importing the new version exchanges the module %U, which is not upgraded", name);
        } else if (loaded) {
            refused = refuse(stage->reasons, "staging-raced", name, NULL, "try again",
                             "%U, which the new version needs, was loaded by the program while it was staged", name);
        }
    }
    return refused;
}

/* The staged names that belong to the upgrade: a new set. The view must be on. */
static PyObject *owned_names(void)
{
    OWN_REF seen = PyMapping_Keys(modules_dict()); /* what the stager sees */
    OWN_REF owned = seen ? PySet_New(NULL) : NULL;
    for (Py_ssize_t i = 0; owned && i < PyList_GET_SIZE(seen); i++) {
        PyObject *name = PyList_GET_ITEM(seen, i);
        int in = modules_view_owns(name);
        if (in < 0 || (in && PySet_Add(owned, name) < 0)) {
            return NULL;
        }
    }
    return STEAL(owned);
}

/* The view is off. What was staged and hidden behind it takes the place of stage->modules and staging->hidden. */
static void end_view(struct staging *staging)
{
    PyObject *staged, *hidden;
    parents_end();
    if (modules_view_on()) {
        modules_view_end(&staged, &hidden);
        Py_SETREF(staging->stage->modules, staged);
        Py_SETREF(staging->hidden, hidden);
    }
}

static int import_behind_view(struct staging *staging, PyObject *names)
{
    struct stage *stage = staging->stage;
    int refused =
        sys_get("modules") == modules_dict() ? modules_view_begin(stage->roots, stage->old_modules, stage->spared) : 1;
    if (refused) {
        return refused < 0 ? -1
                           : refuse(stage->reasons, STAGING_FAILED, NULL, NULL, "restart the process",
                                    "sys.modules is not the interpreter's own dict");
    }
    bool paused = signals_pause();
    refused = finder_view_parents(&staging->finder, stage->roots);
    refused = refused < 0 ? -1 : import_in_context(stage, &staging->finder, names);
    signals_resume(paused);
    if (refused == 0 && modules_view_elsewhere()) {
        refused = refuse(stage->reasons, EFFECT_CODE, NULL, NULL, EFFECT_ACTION,
                         "importing the new version has its code run by another thread, which has not come to its end");
    }
    OWN_REF owned = refused < 0 ? NULL : owned_names();
    end_view(staging);
    if (!owned) {
        return -1;
    }
    int sorted = sort_out(stage, owned, outside_before(&staging->effects.outside, modules_dict()));
    return sorted < 0 ? -1 : refused | sorted;
}

/* Ends what staging began. The first exception counts, be it that of `outcome` -1. */
static int finish(struct staging *staging, int outcome)
{
    struct stage *stage = staging->stage;
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    PyErr_Fetch(&type, &value, &traceback);
    finder_end(&staging->finder);
    if (outcome == 0 && newborn_begin(&stage->newborn, &staging->effects.outside) < 0) {
        PyErr_Fetch(&type, &value, &traceback);
    }
    staging->effects.outside.paired = stage->served;
    int undone = effects_end(&staging->effects, stage->modules, staging->hidden, stage->reasons, &stage->effects);
    if (type) {
        PyErr_Clear();
        PyErr_Restore(type, value, traceback);
        return -1;
    }
    return outcome < 0 || undone < 0 ? -1 : outcome | undone;
}

static int note_and_import(struct staging *staging)
{
    struct stage *stage = staging->stage;
    OWN_REF names = PyDict_Keys(stage->old_modules); /* in the order in which their imports began */
    if (names && stage->finders && PyList_SetSlice(names, 0, 0, stage->finders) < 0) {
        return -1;
    }
    staging->hidden = names ? PySet_New(NULL) : NULL;
    stage->modules = staging->hidden ? PyDict_New() : NULL;
    stage->removed = stage->modules ? PyList_New(0) : NULL;
    int outcome = stage->removed ? effects_begin(&staging->effects, stage->reasons) : -1;
    if (outcome) {
        return outcome;
    }
    staging->noted = true;
    staging->finder.own = stage->finders;
    staging->finder.outside = &staging->effects.outside;
    staging->finder.std_names = stage->std_names;
    staging->finder.native = stage->native = PyList_New(0);
    outcome = !stage->native ? -1 : finder_begin(&staging->finder, stage->path, stage->old_modules);
    outcome = outcome ? outcome : importlocks_begin(&staging->finder.standins);
    outcome = outcome ? outcome : import_behind_view(staging, names);
    return finish(staging, outcome);
}

static void release(struct staging *staging)
{
    staging->noted = false;
    finder_release(&staging->finder);
    effects_release(&staging->effects);
    Py_CLEAR(staging->hidden);
}

int stage_run(struct stage *stage)
{
    double begin = now();
    under_way = (struct staging){
        .stage = stage,
        .effects = {.old_modules = stage->old_modules, .roots = stage->roots, .reserve = stage->reserve}};
    stage->effects = NULL;
    int outcome = note_and_import(&under_way);
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    release(&under_way);
    under_way.stage = NULL;
    if (outcome) {
        stage_release(stage);
    }
    PyErr_Restore(type, value, traceback);
    stage->seconds = now() - begin;
    return outcome;
}

int stage_after_fork(void)
{
    struct staging *staging = &under_way;
    struct stage *stage = staging->stage;
    if (!stage) {
        return 0;
    }
    limit_after_fork();
    end_view(staging);
    finder_end(&staging->finder);
    OWN_REF redo = NULL;
    int undone =
        staging->noted ? effects_end(&staging->effects, stage->modules, staging->hidden, stage->reasons, &redo) : 0;
    release(staging);
    staging->stage = NULL;
    stage_release(stage);
    return undone < 0 ? -1 : 0;
}

int stage_do_effects(struct stage *stage, PyObject *undo)
{
    int refreshed = pathsearch_refresh(); /* what an install has changed is seen by the next import */
    return stage->effects && effects_redo(stage->effects, undo) < 0 ? -1 : refreshed;
}

void stage_release(struct stage *stage)
{
    Py_CLEAR(stage->native);
    newborn_release(&stage->newborn);
    Py_CLEAR(stage->modules);
    Py_CLEAR(stage->removed);
    Py_CLEAR(stage->served);
    Py_CLEAR(stage->effects);
}
