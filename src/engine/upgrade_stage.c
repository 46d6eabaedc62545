/* The step "stage" of the way: the new version is imported (stage.c), names that it put into the standard library are
 * taken out again, what other threads loaded meanwhile is noticed, and what was staged is recorded as the base of the
 * new generation.
 *
 * Invariant: whatever it returns, nobody but the caller can reach what was staged. */
#include "engine/upgrade_stage.h"

#include "engine/base.h"
#include "engine/effects_added.h"
#include "engine/notice.h"
#include "engine/plan.h"

/* The base of the new generation: what staging left is what the program will be compared with later. */
static PyObject *record_staged(PyObject *modules)
{
    OWN_REF records = PyDict_New();
    struct known known = {0};
    PyObject *name, *module;
    Py_ssize_t position = 0;
    bool failed = !records;
    known_begin(&known);
    while (!failed && PyDict_Next(modules, &position, &name, &module)) {
        OWN_REF record = base_record(module, &known, NULL, false);
        failed = !record || PyDict_SetItem(records, name, record) < 0;
    }
    known_forget(&known);
    return failed ? NULL : STEAL(records);
}

struct added {
    PyObject *before, *effects; /* borrowed; effects may be NULL */
};

static int end_added(void *arg)
{
    struct added *added = arg;
    PyObject *redo = added->effects ? dict_get(added->effects, "outside") : NULL;
    return PyErr_Occurred() ? -1 : effects_added_end(added->before, redo);
}

/* Another thread has loaded more of the old version while staging ran: then that is the reason, and what else was found
 * is not sure, as its new objects may have been taken for staging's. What is only about to be loaded shows at the flip.
 */
static int check_raced(struct upgrade *upgrade)
{
    OWN_REF others = upgrade->reasons;
    upgrade->reasons = PyList_New(0);
    int raced = upgrade->reasons ? plan_raced(upgrade) : -1;
    if (raced == 0 || raced == 2) {
        Py_XSETREF(upgrade->reasons, STEAL(others));
    }
    upgrade->stage.reasons = upgrade->reasons;
    return raced == 2 ? 0 : raced;
}

int upgrade_stage(struct upgrade *upgrade)
{
    upgrade->stage.reserve = &upgrade->reserve;
    upgrade->stage.old_modules = upgrade->old_modules;
    upgrade->stage.spared = upgrade->spared;
    upgrade->stage.roots = upgrade->roots;
    upgrade->stage.limit = upgrade->limit;
    upgrade->stage.path = upgrade->path;
    upgrade->stage.finders = upgrade->finders;
    upgrade->stage.reasons = upgrade->reasons;
    upgrade->std_names = effects_added_begin();
    if (!upgrade->std_names) {
        return -1;
    }
    upgrade->stage.std_names = upgrade->std_names;
    notice_set_staging(true);
    int result = stage_run(&upgrade->stage);
    notice_set_staging(false);
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    struct added added_names = {upgrade->std_names, upgrade->stage.effects};
    int added = reserve_insist(&upgrade->reserve, end_added, &added_names);
    Py_CLEAR(upgrade->std_names);
    if (type) {
        PyErr_Restore(type, value, traceback); /* the first error is the one that matters */
    }
    if (result < 0 || added < 0) {
        return -1;
    }
    int raced = check_raced(upgrade);
    int unsettled = raced < 0 ? -1 : plan_unsettled(upgrade);
    if (raced || result || added || unsettled) {
        return unsettled < 0 ? -1 : 1;
    }
    upgrade->new_records = record_staged(upgrade->stage.modules);
    return upgrade->new_records ? 0 : -1;
}
