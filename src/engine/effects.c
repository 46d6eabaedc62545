/* What staging did to the outside.
 *
 * Four nets, from fine to coarse: kinds that are understood (log handlers, warning filters, overloads, ABC
 * registrations) are undone and handed out for the flip; well-known places are compared with what they held; a
 * reverse walk over the heap finds every other reference from an old object to something staged, wherever it is; and
 * what leads to nothing staged is known from a record of the writes (effects_written.c) or, where there can be none,
 * from a comparison with the copies (effects_left.c). What cannot be done again at the flip is put back and refused, by
 * name.
 *
 * One case of those is harmless: staging put its own definition where the old version's counterpart was (a hook
 * that the package installs whenever it is imported). The counterpart is put back, and the flip moves it.
 *
 * The other way round, a staged module may have taken hold of something old through an outside place (it saves the hook
 * that it replaces). What it should have saved is what the old module saved; a logger of a class of the package is what
 * every import gets by that name, and goes on; anything else of the kind is refused.
 *
 * Invariant: effects_end leaves no reference from outside to anything staged, or says which.
 * Must not: take for staging's what another thread allocated (epoch.h, reach.c say how they are told apart). */
#include "engine/effects.h"

#include "compat/hooks.h"
#include "compat/modules.h"
#include "engine/effects_parts.h"
#include "engine/redo.h"
#include "engine/refuse.h"
#include "engine/stage_hooks.h"
#include "engine/turn.h"

/* The old generation, without modules of others that it has put under names of its own (requests.packages.urllib3). */
static int init_old(struct effects *effects)
{
    OWN_REF modules = PyDict_New();
    PyObject *name, *module;
    for (Py_ssize_t i = 0; modules && PyDict_Next(effects->old_modules, &i, &name, &module);) {
        PyObject *own = PyModule_Check(module) ? dict_get(PyModule_GetDict(module), "__name__") : NULL;
        if (PyErr_Occurred()) {
            return -1;
        }
        int in = own && PyUnicode_Check(own) ? PyDict_Contains(effects->old_modules, own) : 0;
        if (in < 0 || (in && PyDict_SetItem(modules, name, module) < 0)) {
            return -1;
        }
    }
    return modules ? generation_init(&effects->old, modules) : -1;
}

int effects_begin(struct effects *effects, PyObject *reasons)
{
    effects->watched = left_begin(&effects->left) == 0 ? effects_watch_begin() : NULL;
    effects->loggers = effects->watched ? effects_log_begin() : NULL;
    effects->filters = effects->loggers ? effects_warn_begin() : NULL;
    turn_give(); /* until no collection is under way */
    int busy = effects->filters ? epoch_begin(&effects->epoch) : -1;
    if (busy) {
        return busy < 0 ? -1 : refuse_collecting(reasons);
    }
    turn_give();
    effects->outside.epoch = &effects->epoch;
    if (init_old(effects) < 0) {
        return -1;
    }
    effects->outside.old_modules = effects->old_modules;
    if (outside_begin(&effects->outside) < 0) {
        return -1;
    }
    turn_give();
    if (written_begin(&effects->written, &effects->outside, PyTuple_GET_ITEM(effects->watched, WATCHED_SIGNALS)) < 0) {
        return -1;
    }
    turn_give();
    if (guard_begin(&effects->guard) < 0 || stage_hooks_begin(&effects->guard.standins, effects->old_modules) < 0 ||
        effects_log_stand_in(&effects->guard.standins, effects->old_modules) < 0) {
        return -1;
    }
    effects->overloads = effects_typing_begin(effects->old_modules); /* last: it alone takes something away */
    return effects->overloads ? 0 : -1;
}

void effects_release(struct effects *effects)
{
    guard_release(&effects->guard);
    written_release(&effects->written, &effects->epoch);
    left_release(&effects->left);
    generation_release(&effects->old);
    outside_release(&effects->outside);
    epoch_end(&effects->epoch);
    Py_CLEAR(effects->watched);
    Py_CLEAR(effects->loggers);
    Py_CLEAR(effects->filters);
    Py_CLEAR(effects->overloads);
}

/* Threads that could not wait, and what was done in the wrong one. */
static int report_threads(struct effects *effects, PyObject *reasons)
{
    PyObject *prevented = effects->guard.prevented;
    int refused = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(prevented) && refused >= 0; i++) {
        PyObject *what = PyList_GET_ITEM(prevented, i);
        refused = PyTuple_Check(what)
                      ? refuse(reasons, "main-thread", NULL, NULL, "call upgrade() in the main thread, or restart",
                               "importing the new version calls signal.%U(), which only the main thread may do",
                               PyTuple_GET_ITEM(what, 0))
                      : refuse(reasons, EFFECT_CODE, NULL, NULL, EFFECT_ACTION, "importing the new version %U", what);
    }
    return refused;
}

/* Modules outside the upgrade that staging deleted from its view of sys.modules. */
static int report_hidden(PyObject *hidden, PyObject *modules, PyObject *reasons)
{
    OWN_REF names = listed(hidden);
    int refused = names ? 0 : -1;
    for (Py_ssize_t i = 0; refused >= 0 && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        if (PyDict_Contains(modules, name) == 0) {
            refused = refuse(reasons, EFFECT_CODE, name, NULL, EFFECT_ACTION,
                             "importing the new version removes the module %R, which is not upgraded", name);
        }
    }
    return refused;
}

/* The import system bound each staged submodule in its parent; a parent that is not staged gets back what it had. */
static int unbind_children(struct effects *effects, PyObject *modules)
{
    PyObject *name, *module;
    for (Py_ssize_t i = 0; PyDict_Next(modules, &i, &name, &module);) {
        Py_ssize_t dot = PyUnicode_Check(name) ? PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), -1) : -1;
        if (dot < 0) {
            continue;
        }
        OWN_REF parent_name = PyUnicode_Substring(name, 0, dot);
        OWN_REF child = parent_name ? PyUnicode_Substring(name, dot + 1, PyUnicode_GET_LENGTH(name)) : NULL;
        PyObject *parent = child ? PyDict_GetItemWithError(modules, parent_name) : NULL;
        if (!child || PyErr_Occurred()) {
            return -1;
        }
        PyObject *live = modules_loaded(parent_name);
        if ((parent && parent != live) || !live || !PyModule_Check(live)) {
            continue;
        }
        PyObject *space = PyModule_GetDict(live);
        if (PyDict_GetItemWithError(space, child) == module && outside_put_back(&effects->outside, space, child) < 0) {
            return -1;
        }
    }
    return 0;
}

/* A staged module that keeps what stood in a hook before (to call it) found the old version's function there, and
 * would call itself after the flip: it gets what the old module keeps under the same name. *ret_mended false:
 * there is no such thing. */
static int mend_captured(struct effects *effects, const struct reach *reach, const struct reach_hit *hit,
                         bool *ret_mended)
{
    PyObject *module = ptrmap_get(&reach->spaces, hit->holder);
    PyObject *name = module ? dict_get(PyModule_GetDict(module), "__name__") : NULL;
    PyObject *old = name ? PyDict_GetItemWithError(effects->old_modules, name) : NULL;
    *ret_mended = false;
    if (!old || !PyModule_Check(old)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    PyObject *key, *value;
    for (Py_ssize_t i = 0; PyDict_Next(hit->holder, &i, &key, &value);) {
        PyObject *saved = value == hit->held ? PyDict_GetItemWithError(PyModule_GetDict(old), key) : NULL;
        if (saved && saved != hit->held) {
            if (PyDict_SetItem(hit->holder, key, saved) < 0) { /* the key is there: the table stays */
                return -1;
            }
            *ret_mended = true;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

static int undo_captured(struct effects *effects, const struct reach *reach, const struct reach_hit *hit,
                         PyObject *reasons)
{
    bool mended;
    if (mend_captured(effects, reach, hit, &mended) < 0) {
        return -1;
    }
    PyObject *module = ptrmap_get(&reach->spaces, hit->holder);
    PyObject *name = module ? dict_get(PyModule_GetDict(module), "__name__") : NULL;
    if (PyErr_Occurred()) {
        return -1;
    }
    return mended ? 0
                  : refuse(reasons, "staging-captured", name, NULL, EFFECT_ACTION,
                           "the new version, imported beside the old one, took hold of the old %s %R",
                           Py_TYPE(hit->held)->tp_name, hit->held);
}

/* A filled __warningregistry__ remembers classes of warnings: bookkeeping. */
static bool is_bookkeeping(PyObject *name)
{
    static const char *const suffix = ".__warningregistry__";
    OWN_REF end = PyUnicode_FromString(suffix);
    bool is = end && PyUnicode_Tailmatch(name, end, 0, PY_SSIZE_T_MAX, 1) == 1;
    PyErr_Clear();
    return is;
}

static int undo_hit(struct effects *effects, const struct reach_hit *hit, PyObject *reasons)
{
    OWN_REF name = outside_name(&effects->outside, hit);
    enum outside_result result = name ? outside_undo(&effects->outside, hit) : OUTSIDE_FAILED;
    if (result == OUTSIDE_FAILED) {
        return -1;
    }
    if (result == OUTSIDE_PARTNER || result == OUTSIDE_NOTED || result == OUTSIDE_CACHE ||
        (result == OUTSIDE_UNDONE && is_bookkeeping(name))) {
        return 0;
    }
    return refuse(reasons, EFFECT_CODE, NULL, name, EFFECT_ACTION, "importing the new version puts its %s %R into %U%s",
                  Py_TYPE(hit->target)->tp_name, hit->target, name,
                  result == OUTSIDE_STUCK ? ", where it cannot be taken out again" : "");
}

/* One walk. *ret_found: whether it found something that was then undone. */
static int walk(struct effects *effects, PyObject *modules, PyObject *reasons, PyObject **ret_registered,
                bool *ret_found)
{
    struct reach reach = {.epoch = &effects->epoch,
                          .modules = modules,
                          .roots = effects->roots,
                          .old = &effects->old,
                          .before = outside_content_before,
                          .arg = &effects->outside};
    turn_give();
    int refused = reach_find(&reach);
    if (refused > 0) {
        refused = refuse(reasons, EFFECT_CODE, NULL, NULL, "try again",
                         "the garbage collector's objects were frozen or unfrozen while the new version was imported");
    } else if (refused == 0) {
        refused = effects_weak_end(&effects->outside, &reach, reasons, ret_registered);
        size_t n = reach.n_hits + reach.n_captured;
        for (size_t i = 0; refused >= 0 && i < n; i++) {
            const struct reach_hit *hit = &reach.hits[i];
            bool known = i < reach.n_hits ? hit->holder == hooks_numbered_modules() /* native.c: it stays there */
                                          : effects_log_has(effects->loggers, hit->held);
            if (hit->weak || known) {
                continue;
            }
            int result =
                i < reach.n_hits ? undo_hit(effects, hit, reasons) : undo_captured(effects, &reach, hit, reasons);
            refused = result < 0 ? -1 : refused | result;
            *ret_found = true;
        }
    }
    reach_release(&reach);
    return refused;
}

/* The walk, and a second one to see that nothing is left. */
static int walk_until_clean(struct effects *effects, PyObject *modules, PyObject *reasons, PyObject **ret_registered)
{
    bool found = false, left = false;
    OWN_REF again = NULL;
    int refused = walk(effects, modules, reasons, ret_registered, &found);
    if (refused < 0 || !found) {
        return refused;
    }
    int result = walk(effects, modules, reasons, &again, &left);
    if (result == 0 && left) {
        result = refuse(reasons, EFFECT_CODE, NULL, NULL, EFFECT_ACTION,
                        "something changed by importing the new version could not be put back at once");
    }
    return result < 0 ? -1 : refused | result;
}

typedef int (*part)(struct effects *effects, PyObject *modules, PyObject *reasons, PyObject **ret);

static int end_threads(struct effects *effects, PyObject *modules, PyObject *reasons, PyObject **ret)
{
    (void)modules;
    *ret = Py_NewRef(effects->guard.deferred);
    return report_threads(effects, reasons);
}

static int end_children(struct effects *effects, PyObject *modules, PyObject *reasons, PyObject **ret)
{
    (void)reasons;
    *ret = Py_NewRef(Py_None);
    return unbind_children(effects, modules);
}

static int end_log(struct effects *effects, PyObject *modules, PyObject *reasons, PyObject **ret)
{
    (void)modules;
    return effects_log_end(effects->loggers, &effects->outside, reasons, ret);
}

static int end_warn(struct effects *effects, PyObject *modules, PyObject *reasons, PyObject **ret)
{
    (void)modules, (void)reasons;
    return effects_warn_end(effects->filters, ret);
}

static int end_typing(struct effects *effects, PyObject *modules, PyObject *reasons, PyObject **ret)
{
    (void)reasons;
    return effects_typing_end(effects->overloads, modules, ret);
}

static int end_watch(struct effects *effects, PyObject *modules, PyObject *reasons, PyObject **ret)
{
    (void)modules;
    *ret = Py_NewRef(Py_None);
    return effects_watch_end(effects->watched, &effects->outside, reasons);
}

/* What staging wrote, before anybody else can run. */
static int end_writing(struct effects *effects, PyObject *modules, PyObject *reasons, PyObject **ret)
{
    (void)modules, (void)reasons;
    *ret = Py_NewRef(Py_None);
    return left_find(&effects->left, &effects->written, &effects->outside) < 0
               ? -1
               : written_stop(&effects->written, &effects->outside);
}

static int end_written(struct effects *effects, PyObject *modules, PyObject *reasons, PyObject **ret)
{
    (void)modules;
    *ret = Py_NewRef(Py_None);
    return written_undo(&effects->written, &effects->outside, reasons);
}

static int end_left(struct effects *effects, PyObject *modules, PyObject *reasons, PyObject **ret)
{
    (void)modules;
    *ret = Py_NewRef(Py_None);
    return left_undo(&effects->left, &effects->written, &effects->outside, reasons);
}

/* In this order: the walk sees what the others left, and what it leaves is plain values. */
static const struct {
    const char *name;
    part end;
} parts[] = {
    {"writing", end_writing}, {"threads", end_threads}, {"children", end_children}, {"log", end_log},
    {"warn", end_warn},       {"typing", end_typing},   {"watch", end_watch},       {"weak", walk_until_clean},
    {"written", end_written}, {"left", end_left},
};

struct ending {
    struct effects *effects;
    PyObject *modules, *reasons;
    size_t part;
};

static int undo_part(void *arg)
{
    struct ending *ending = arg;
    OWN_REF result = NULL;
    return parts[ending->part].end(ending->effects, ending->modules, ending->reasons, &result);
}

/* Ends one part and keeps its result in redo. When that fails, what it did not come to undo is undone all the same: a
 * part undoes what it finds, so it can be run again. 1 refused, 0, -1 exception. */
static int end_part(const struct ending *ending, PyObject *redo)
{
    OWN_REF result = NULL;
    const char *name = parts[ending->part].name;
    int outcome = parts[ending->part].end(ending->effects, ending->modules, ending->reasons, &result);
    if (outcome >= 0 && redo && result && result != Py_None && PyDict_SetItemString(redo, name, result) < 0) {
        outcome = -1;
    }
    if (outcome >= 0) {
        return outcome;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    struct ending again = *ending;
    if (reserve_insist(ending->effects->reserve, undo_part, &again) < 0) {
        PyErr_Clear();
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        PyErr_Format(PyExc_RuntimeError, "what importing the new version did to the process could not be undone (%s)",
                     name);
    } else {
        PyErr_Restore(type, value, traceback);
    }
    return -1;
}

/* Every part runs, whatever became of the others: all that can be undone is undone. The first exception counts. */
int effects_end(struct effects *effects, PyObject *modules, PyObject *hidden, PyObject *reasons, PyObject **ret_redo)
{
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    struct ending ending = {effects, modules, reasons, 0};
    guard_uncapture(&effects->guard, modules);
    guard_end(&effects->guard);
    OWN_REF redo = PyDict_New();
    int refused = redo ? report_hidden(hidden, modules, reasons) : -1;
    for (; ending.part < sizeof parts / sizeof *parts; ending.part++) {
        if (type) {
            PyErr_Clear();
        } else {
            PyErr_Fetch(&type, &value, &traceback);
        }
        refused |= end_part(&ending, redo) > 0;
    }
    if (type) {
        PyErr_Clear();
        PyErr_Restore(type, value, traceback);
    }
    if (PyErr_Occurred()) {
        return -1;
    }
    if (PyDict_SetItemString(redo, "outside", effects->outside.redo) < 0) {
        return -1;
    }
    *ret_redo = STEAL(redo);
    return refused;
}

static int redo_threads(PyObject *deferred, PyObject *undo)
{
    (void)undo; /* a thread that was started goes on */
    return guard_redo(deferred);
}

int effects_redo(PyObject *redo, PyObject *undo)
{
    static const struct {
        const char *name;
        int (*redo)(PyObject *, PyObject *);
    } redos[] = {
        {"threads", redo_threads},       {"log", effects_log_redo},   {"warn", effects_warn_redo},
        {"typing", effects_typing_redo}, {"weak", effects_weak_redo}, {"outside", redo_run},
    };
    for (size_t i = 0; i < sizeof redos / sizeof *redos; i++) {
        PyObject *what = dict_get(redo, redos[i].name);
        if (what ? redos[i].redo(what, undo) < 0 : PyErr_Occurred() != NULL) {
            return -1;
        }
    }
    return 0;
}
