/* What is left to do when the flip is made: the tables that say what is loaded follow, what was undone while staging is
 * done again, the old version is kept or goes.
 *
 * Invariant: the new version is there, and nothing here can take it back: what fails is told, and the rest is done.
 * Each part that the upgrade's reserve is for can be done again (reserve_insist). Must not: leave a reference to the
 * old version with us. */
#include "engine/upgrade_after.h"

#include "engine/abc_caches.h"
#include "engine/base.h"
#include "engine/carry_weak.h"
#include "engine/consts.h"
#include "engine/derived.h"
#include "engine/editables.h"
#include "engine/expiry.h"
#include "engine/flip.h"
#include "engine/former.h"
#include "engine/hooks_run.h"
#include "engine/retire.h"
#include "engine/searchpath.h"
#include "engine/targets.h"
#include "engine/turn.h"

#define PATIENCE_SECONDS 1.0 /* how long retirement waits for calls that were parked at the gate */

void upgrade_note_failure(struct upgrade *upgrade, const char *what)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    OWN_REF text = PyUnicode_FromFormat("%s: %S", what, value ? value : Py_None);
    if (!text || PyList_Append(upgrade->notes, text) < 0) {
        PyErr_Clear(); /* no memory left to say so */
    }
    if (value && type && !PyErr_GivenExceptionMatches(type, PyExc_Exception)) {
        Py_XSETREF(upgrade->interrupted, Py_NewRef(value));
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

/* A program that keeps such a number elsewhere, too (as text, in a file) should hear of it. */
static int note_numbers(struct upgrade *upgrade)
{
    if (!upgrade->flip.numbers) {
        return 0;
    }
    OWN_REF note = PyUnicode_FromFormat("%zu keys were the id() of objects that got new ones in this version, and are "
                                        "now the id() of those",
                                        upgrade->flip.numbers);
    return note ? PyList_Append(upgrade->notes, note) : -1;
}

/* Records of others let go of what the old version's have: a value that a program imported by name. */
static int disown_old(struct upgrade *upgrade, PyObject *records)
{
    OWN_REF old = PyDict_New();
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (old && PyDict_Next(upgrade->old_modules, &position, &name, &value)) {
        PyObject *record = PyDict_GetItemWithError(records, name);
        if (PyErr_Occurred() || (record && PyDict_SetItem(old, name, record) < 0)) {
            return -1;
        }
    }
    return old ? base_disown(records, old) : -1;
}

/* The tables that say what is loaded follow; then everything of the old generation that is ours is dropped. */
static int settle_tables(void *arg)
{
    struct upgrade *upgrade = arg;
    PyObject *records = base_records(), *name, *value;
    Py_ssize_t position = 0;
    base_before_removal();
    if (consts_settle(upgrade->bindings) < 0 || disown_old(upgrade, records) < 0) {
        return -1;
    }
    while (PyDict_Next(upgrade->old_modules, &position, &name, &value)) {
        if (PyDict_Contains(records, name) == 1 && PyDict_DelItem(records, name) < 0) {
            return -1;
        }
    }
    if (PyDict_Update(records, upgrade->new_records) < 0 || base_disown(records, upgrade->new_records) < 0) {
        return -1;
    }
    OWN_REF change = searchpath_apply(&upgrade->site_path);
    if (!change || editables_settle(upgrade->old_modules, upgrade->stage.modules) < 0) {
        return -1;
    }
    return upgrade->finders ? searchpath_note_lines_of(upgrade->finders) : 0;
}

static int redo_effects(void *arg)
{
    struct upgrade *upgrade = arg;
    return stage_do_effects(&upgrade->stage,
                            upgrade->former ? PyTuple_GET_ITEM(upgrade->former, FORMER_EFFECTS) : NULL);
}

static int collect_former(void *arg)
{
    return former_collect(arg);
}

static int add_former(void *arg)
{
    return former_add(arg);
}

/* What is kept of these packages from before leads nowhere any more; what was flipped now takes its place. `watch`:
 * what retirement will look at. */
static void settle_former(struct upgrade *upgrade, PyObject *watch)
{
    former_forget(upgrade->roots);
    if (!upgrade->former) {
        return;
    }
    PyObject *list = PyTuple_GET_ITEM(upgrade->former, FORMER_WATCH);
    if ((watch && PyList_SetSlice(list, 0, 0, watch) < 0) ||
        reserve_insist(&upgrade->reserve, add_former, upgrade) < 0) {
        upgrade_note_failure(upgrade, "the old version could not be kept");
        Py_CLEAR(upgrade->former);
        return;
    }
    if (expiry_set() < 0) {
        upgrade_note_failure(upgrade, "the old version goes with the first call of midflight after its time is over");
    }
    PyObject *effects = PyTuple_GET_ITEM(upgrade->former, FORMER_EFFECTS);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(effects); i++) {
        PyObject *entry = PyList_GET_ITEM(effects, i);
        if (PyUnicode_Check(entry) && PyList_Append(upgrade->notes, entry) < 0) {
            PyErr_Clear(); /* no memory left to say so */
        }
    }
}

static int reset_abcs(void *arg)
{
    struct upgrade *upgrade = arg;
    OWN_REF abcs = abc_caches_find(&upgrade->match);
    return abcs ? abc_caches_reset(abcs) : -1;
}

static void drop_old(struct upgrade *upgrade)
{
    Py_CLEAR(upgrade->abcs);
    Py_CLEAR(upgrade->alias_modules);
    Py_CLEAR(upgrade->forwards);
    if (upgrade->back) {
        former_remove(upgrade->back);
        Py_CLEAR(upgrade->back);
    }
    flip_finish(upgrade);
    migrate_release(&upgrade->migrate);
    carry_finish(&upgrade->carry);
    derived_release(&upgrade->derived);
    Py_CLEAR(upgrade->bindings);
    Py_CLEAR(upgrade->flip.pinned);
    Py_CLEAR(upgrade->flip.pinned_parked);
    Py_CLEAR(upgrade->removed);
    Py_CLEAR(upgrade->flip.staged_instances);
    Py_CLEAR(upgrade->flip.private_functions);
    match_release(&upgrade->match);
    generation_release(&upgrade->old);
    upgrade->stage.old_modules = NULL;
    Py_CLEAR(upgrade->old_modules);
}

void upgrade_after(struct upgrade *upgrade)
{
    double begin = turn_now();
    targets_count(upgrade);
    OWN_REF removed = upgrade->back ? former_leave_out(upgrade->back, upgrade->removed) : Py_NewRef(upgrade->removed);
    OWN_REF watch = removed ? retire_watch(&upgrade->match, removed) : NULL;
    Py_CLEAR(removed);
    OWN_REF members = watch ? retire_watch_members(&upgrade->match, upgrade->removed_members) : NULL;
    Py_CLEAR(upgrade->removed_members);
    if (!members) {
        upgrade_note_failure(upgrade, "what is left of the old version is not known");
    }
    if (carry_weak_add(upgrade->carry.weak) < 0) {
        upgrade_note_failure(upgrade, "a weak container lacks what the new version's import put there");
    }
    if (PyList_SetSlice(upgrade->notes, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, upgrade->carry.notes) < 0) {
        upgrade_note_failure(upgrade, "notes about carried state are missing");
    }
    if (note_numbers(upgrade) < 0) {
        upgrade_note_failure(upgrade, "notes about keys made by id() are missing");
    }
    if (upgrade->keep > 0 && reserve_insist(&upgrade->reserve, collect_former, upgrade) < 0) {
        upgrade_note_failure(upgrade, "the old version could not be kept");
    }
    if (reserve_insist(&upgrade->reserve, settle_tables, upgrade) < 0) {
        upgrade_note_failure(upgrade, "the tables of what is loaded are incomplete");
    }
    if (reserve_insist(&upgrade->reserve, reset_abcs, upgrade) < 0) {
        upgrade_note_failure(upgrade, "answers of ABCs about the old classes may be remembered");
    }
    upgrade->phase = UPGRADE_TOLD;
    if (hooks_after(upgrade) < 0) {
        upgrade_note_failure(upgrade, "a hook for after the upgrade raised");
    }
    upgrade->phase = UPGRADE_DROPPING;
    drop_old(upgrade);
    if (reserve_insist(&upgrade->reserve, redo_effects, upgrade) < 0) {
        upgrade_note_failure(upgrade, "an effect of the new version's import on the outside could not be made");
    }
    Py_CLEAR(upgrade->stage.effects); /* the notes of what stood outside before hold old definitions */
    settle_former(upgrade, watch);
    upgrade->alive = watch && !upgrade->former ? retire_check(watch, PATIENCE_SECONDS) : PyList_New(0);
    if (!upgrade->alive || (members && !upgrade->former && retire_name_members(members, upgrade->notes) < 0)) {
        upgrade_note_failure(upgrade, "what is left of the old version is not known");
    }
    upgrade->seconds_retire = turn_now() - begin;
}

/* ---- in a forked child ---- */

/* In a forked child there is nobody to raise into. */
static void told(int outcome)
{
    if (outcome < 0) {
        PyErr_WriteUnraisable(NULL);
    }
}

/* The new version is there, the thread that was to tidy up is not. What it had begun is done again; hooks, which are
 * code of others, only if they had not begun; threads that the new version's import was to start are not: no thread
 * survives a fork. */
void upgrade_after_in_child(struct upgrade *upgrade)
{
    if (upgrade->phase == UPGRADE_FLIPPED) {
        told(upgrade->keep > 0 ? former_collect(upgrade) : 0);
        told(carry_weak_add(upgrade->carry.weak));
        told(settle_tables(upgrade));
        told(reset_abcs(upgrade));
        told(hooks_after(upgrade));
    }
    if (upgrade->phase != UPGRADE_DROPPING) {
        drop_old(upgrade);
    }
    PyObject *effects = upgrade->stage.effects;
    if (effects && dict_get(effects, "threads")) {
        told(PyDict_DelItemString(effects, "threads"));
    }
    told(redo_effects(upgrade));
    settle_former(upgrade, NULL);
}
