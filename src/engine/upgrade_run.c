/* The way: notice, settle, stage, match, carry, drain, flip, retire. Up to the flip everything can be abandoned with no
 * trace.
 *
 * Signal handlers run between two steps, while the drain waits and in code of packages: what one raises abandons.
 * Invariant: when this returns anything but UPGRADE_DONE the process is as it was. One upgrade at a time: `current`. */
#include "engine/upgrade_run.h"

#include "compat/monitored.h"
#include "compat/signals.h"
#include "engine/abc_caches.h"
#include "engine/base.h"
#include "engine/carry_policy.h"
#include "engine/consts.h"
#include "engine/derived.h"
#include "engine/effects_added.h"
#include "engine/flip.h"
#include "engine/flip_frames.h"
#include "engine/forecast.h"
#include "engine/former.h"
#include "engine/hooks_run.h"
#include "engine/impact.h"
#include "engine/kept.h"
#include "engine/match_bound.h"
#include "engine/match_members.h"
#include "engine/notice.h"
#include "engine/plan.h"
#include "engine/portions.h"
#include "engine/refuse.h"
#include "engine/rehearse.h"
#include "engine/retire.h"
#include "engine/rollback.h"
#include "engine/targets.h"
#include "engine/turn.h"
#include "engine/upgrade_after.h"
#include "engine/spared.h"
#include "engine/upgrade_stage.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_SECONDS 0.1 /* how long a moment without any call of the package is looked for */
#define MAX_PREPARES 24  /* how often instances are prepared; each time more is held in stock */
#define MAX_RACES 10     /* how often it begins anew because other threads import more of the package */
#define MAX_TRIES 1000   /* each class is detached once, and closures may appear while they are being matched */

/* The upgrade under way in this process, and its thread; guarded by the GIL. */
static struct upgrade *current;
static unsigned long current_thread;

/* ---- match and carry ---- */

static int run_match(struct upgrade *upgrade)
{
    if (spared_keep(upgrade) < 0 || generation_init(&upgrade->old, upgrade->old_modules) < 0 ||
        generation_init(&upgrade->new, upgrade->stage.modules) < 0 ||
        match_run(&upgrade->match, &upgrade->old, &upgrade->new, &upgrade->stage.newborn,
                  upgrade->back ? &upgrade->common : NULL,
                  upgrade->back ? PyTuple_GET_ITEM(upgrade->back, FORMER_PAIRS) : upgrade->stage.served) < 0 ||
        match_replaced(&upgrade->match, base_records()) < 0) {
        return -1;
    }
    Py_CLEAR(upgrade->stage.served);
    turn_give();
    upgrade->removed = PyList_New(0);
    upgrade->removed_members = PyList_New(0);
    upgrade->flip.staged_instances =
        upgrade->removed && upgrade->removed_members ? targets_staged_instances(&upgrade->match) : NULL;
    return upgrade->flip.staged_instances ? 0 : -1;
}

/* A forecast collects refusals and goes on. */
static bool ends(const struct upgrade *upgrade, int result)
{
    return result < 0 || (result > 0 && !upgrade->forecast);
}

/* Combinations of flags that the program made get partners; the new version may make members for that, which are
 * instances that staging made as well. 0 or -1. */
static int settle_members(struct upgrade *upgrade)
{
    int asked = match_composites(&upgrade->match, upgrade->removed_members);
    if (asked > 0) {
        Py_XSETREF(upgrade->flip.staged_instances, targets_staged_instances(&upgrade->match));
        ptrmap_release(&upgrade->flip.detached);
    }
    return asked < 0 || !upgrade->flip.staged_instances ? -1 : 0;
}

/* Closures that are alive get partners; what the program changed is decided. Again after something new appeared. 0, 1,
 * -1. */
static int settle_generation(struct upgrade *upgrade)
{
    OWN_REF functions = targets_unpaired(&upgrade->match);
    int result = functions ? match_closures(&upgrade->match, functions, upgrade->reasons) : -1;
    if (ends(upgrade, result)) {
        return result;
    }
    if (PyList_SetSlice(upgrade->removed, 0, PY_SSIZE_T_MAX, NULL) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(functions); i++) {
        PyObject *function = PyList_GET_ITEM(functions, i);
        if (!match_find(&upgrade->match, function) && PyList_Append(upgrade->removed, function) < 0) {
            return -1;
        }
    }
    Py_CLEAR(functions);
    OWN_REF methods = targets_rebound(&upgrade->match);
    if (!methods || match_bound(&upgrade->match, methods) < 0) {
        return -1;
    }
    Py_CLEAR(methods);
    if (targets_add_removed(upgrade, upgrade->removed) < 0 || settle_members(upgrade) < 0) {
        return -1;
    }
    carry_release(&upgrade->carry);
    struct carry_input input = {&upgrade->match, upgrade->new_records, upgrade->policy, upgrade->reasons};
    int carried = carry_run(&upgrade->carry, &input);
    if (ends(upgrade, carried)) {
        return carried;
    }
    if (!upgrade->bindings) {
        upgrade->bindings = consts_find(&upgrade->match);
    }
    return upgrade->bindings && flip_prepare(upgrade) == 0 ? result | carried : -1;
}

/* What live instances need of the new version is made; what it made may be targets. 0, 1 refused, -1. */
static int prepare_instances(void *arg)
{
    struct upgrade *upgrade = arg;
    if (upgrade->migrate.prepared >= MAX_PREPARES) {
        return refuse(upgrade->reasons, "busy", NULL, NULL, "try again when it is idle, or restart the process",
                      "instances are made or changed faster than the attributes that the new version adds can be");
    }
    int result = migrate_prepare(upgrade);
    if (ends(upgrade, result)) {
        return result;
    }
    return flip_prepare(upgrade) < 0 || keyhash_prepare(upgrade) < 0 ? -1 : result;
}

/* Everything up to the commit, tried once without a gate: what must be refused is refused before a call is held up. */
static int rehearse_flip(struct upgrade *upgrade)
{
    enum flip_result result = FLIP_AGAIN;
    for (int i = 0; i < MAX_TRIES && (result == FLIP_AGAIN || result == FLIP_PREPARE); i++) {
        int settled = settle_generation(upgrade);
        if (!ends(upgrade, settled) && (i == 0 || result == FLIP_PREPARE)) {
            settled = prepare_instances(upgrade);
        }
        if (ends(upgrade, settled) || (settled && result == FLIP_PREPARE)) {
            return settled; /* a forecast: what cannot be prepared is known now, and nothing more behind it */
        }
        result = flip_rehearse(upgrade);
        turn_give();
    }
    int refused = result == FLIP_ERROR ? -1 : result == FLIP_REFUSED;
    return ends(upgrade, refused) ? refused : derived_find(upgrade);
}

/* ---- drain and flip ---- */

static int flip_now(void *arg)
{
    struct upgrade *upgrade = arg;
    enum flip_result result = flip_run(upgrade);
    upgrade->phase = result == FLIP_DONE ? UPGRADE_FLIPPED : upgrade->phase;
    if (result == FLIP_DONE && abc_caches_reset(upgrade->abcs) < 0) {
        upgrade_note_failure(upgrade, "answers of ABCs about the old classes may be remembered");
    }
    if (result != FLIP_AGAIN) { /* FLIP_PREPARE too: drain opens the gate first */
        return (int)result;
    }
    int settled = settle_generation(upgrade);
    return settled < 0 ? FLIP_ERROR : settled ? FLIP_REFUSED : upgrade->flip.stale ? FLIP_SETTLED : FLIP_AGAIN;
}

/* Who watches code of the old version watches that of the new one from the flip on. 0 or -1. */
static int copy_monitoring(const struct match *match)
{
    OWN_REF tools = monitored_tools();
    for (size_t i = 0; tools && PyList_GET_SIZE(tools) && i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        bool functions = pair->kind == PAIR_FUNCTION && PyFunction_Check(pair->partner);
        if (functions &&
            monitored_copy(tools, PyFunction_GET_CODE(pair->old), PyFunction_GET_CODE(pair->partner)) < 0) {
            return -1;
        }
    }
    return tools ? 0 : -1;
}

/* A rollback knows what the newer version registered, and takes it back (redo.c). */
static int note_registrations(struct upgrade *upgrade)
{
    PyObject *registered = dict_get(upgrade->stage.effects, "weak");
    bool back = upgrade->back != NULL || PyErr_Occurred();
    return back ? (PyErr_Occurred() ? -1 : 0)
                : abc_caches_note_left(upgrade->abcs, &upgrade->match, registered, upgrade->notes);
}

static int run_drain(struct upgrade *upgrade)
{
    struct drain_target *targets;
    size_t n;
    bool ready = copy_monitoring(&upgrade->match) == 0 && former_prepare(upgrade) == 0;
    upgrade->abcs = ready ? abc_caches_find(&upgrade->match) : NULL;
    if (!upgrade->abcs || note_registrations(upgrade) < 0 || targets_of_gate(upgrade, &targets, &n) < 0) {
        return -1;
    }
    upgrade->drain = (struct drain){.targets = targets,
                                    .n_targets = n,
                                    .map = &upgrade->flip.account.map,
                                    .constructed = &upgrade->flip.replace.classes,
                                    .old_globals = &upgrade->old.dicts,
                                    .when = upgrade->when,
                                    .wait = upgrade->wait,
                                    .hold = upgrade->hold,
                                    .look = LOOK_SECONDS,
                                    .fits = flip_frame_fits,
                                    .flip = flip_now,
                                    .prepare = prepare_instances,
                                    .arg = upgrade,
                                    .reasons = upgrade->reasons};
    int result = drain_run(&upgrade->drain);
    upgrade->drain.targets = NULL;
    free(targets);
    if (result == 1 && upgrade->flip.stuck &&
        refuse(upgrade->reasons, "native-holder", PyTuple_GET_ITEM(upgrade->flip.stuck, 0),
               PyTuple_GET_ITEM(upgrade->flip.stuck, 1), "let the call end, or restart to take this release", "%U",
               PyTuple_GET_ITEM(upgrade->flip.stuck, 2)) < 0) {
        return -1;
    }
    return result;
}

/* ---- the way ---- */

/* What is to be taken, and from where: the disk, or a version that was kept. */
static int run_plan(struct upgrade *upgrade)
{
    return upgrade->back ? plan_back(upgrade) : plan_distributions(upgrade);
}

static int run_stage(struct upgrade *upgrade)
{
    return upgrade->back ? rollback_stage(upgrade) : upgrade_stage(upgrade);
}

static int run_steps(struct upgrade *upgrade, PyObject *module)
{
    int (*const steps[])(struct upgrade *) = {plan_wrapped, rehearse_run,  run_stage,    rehearse_compare, hooks_before,
                                              run_match,    rehearse_flip, impact_check, run_drain};
    int result = module ? plan_module(upgrade, module) : run_plan(upgrade);
    if (result == 0 && carry_policy_check(upgrade->policy, upgrade->old_modules) < 0) {
        return -1;
    }
    if (result == 0 && !turn_give()) {
        return refuse_collecting(upgrade->reasons);
    }
    for (size_t i = 0; i < sizeof steps / sizeof *steps && result == 0; i++) {
        turn_give();
        result = signals_deliver() < 0 ? -1 : steps[i](upgrade);
    }
    return result;
}

/* Each reason says whose module it is about. */
static int name_distributions(struct upgrade *upgrade)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(upgrade->reasons); i++) {
        PyObject *reason = PyList_GET_ITEM(upgrade->reasons, i);
        PyObject *module = dict_get(reason, "module");
        PyObject *record = module && module != Py_None ? PyDict_GetItemWithError(base_records(), module) : NULL;
        PyObject *owner = record ? PyTuple_GET_ITEM(record, BASE_OWNER) : Py_None;
        PyObject *only = upgrade->changes && PyList_GET_SIZE(upgrade->changes) == 1
                             ? PyTuple_GET_ITEM(PyList_GET_ITEM(upgrade->changes, 0), 0)
                             : Py_None;
        PyObject *name = owner != Py_None ? PyTuple_GET_ITEM(owner, 0) : only;
        if (dict_get(reason, "distribution") == Py_None && PyDict_SetItemString(reason, "distribution", name) < 0) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

bool upgrade_is_busy(void)
{
    return current != NULL;
}

/* One at a time in a process. 0 or -1. */
static int begin(struct upgrade *upgrade)
{
    if (current) {
        PyErr_SetString(PyExc_RuntimeError, "another upgrade is under way in this process");
        return -1;
    }
    upgrade->reasons = PyList_New(0);
    upgrade->notes = PyList_New(0);
    if (!upgrade->reasons || !upgrade->notes || reserve_begin(&upgrade->reserve) < 0) {
        return -1;
    }
    current = upgrade;
    current_thread = PyThread_get_thread_ident();
    return 0;
}

/* ---- fork ---- */

/* In a forked child there is nobody to raise into. */
static void told(int outcome)
{
    if (outcome < 0) {
        PyErr_WriteUnraisable(NULL);
    }
}

void upgrade_after_fork(void)
{
    struct upgrade *upgrade = current;
    if (!upgrade || current_thread == PyThread_get_thread_ident()) {
        return; /* none was under way, or it goes on: this thread makes it */
    }
    bool in_order = turn_resting();
    turn_rest(false);
    retire_after_fork();
    notice_set_staging(false);
    told(stage_after_fork());
    if (upgrade->std_names) {
        told(effects_added_end(upgrade->std_names, NULL));
    }
    if (upgrade->phase != UPGRADE_BEFORE) {
        upgrade_after_in_child(upgrade);
    } else if (in_order) {
        if (upgrade->back) {
            rollback_abandon(upgrade);
        }
        upgrade_release(upgrade); /* else it is left: its thread was in the middle of changing it */
    }
    current = NULL;
}

PyObject *upgrade_forecast(struct upgrade *upgrade)
{
    int (*const steps[])(struct upgrade *) = {run_plan, plan_wrapped, run_stage, run_match, rehearse_flip};
    const size_t n_steps = sizeof steps / sizeof *steps;
    if (begin(upgrade) < 0) {
        return NULL;
    }
    upgrade->forecast = true;
    bool held = signals_hold();
    int result = 0;
    size_t done = 0;
    while (done < n_steps && result == 0) {
        result = signals_deliver() < 0 ? -1 : steps[done](upgrade);
        done++;
    }
    bool whole = done == n_steps && result >= 0; /* the last step goes on whatever it finds */
    OWN_REF answer = result < 0 || (whole && forecast_look(upgrade) < 0) ? NULL : forecast_answer(upgrade, whole);
    if (answer && name_distributions(upgrade) < 0) {
        Py_CLEAR(answer);
    }
    if (upgrade->back) {
        rollback_abandon(upgrade);
    }
    current = NULL;
    return signals_allow(held) < 0 ? NULL : STEAL(answer);
}

/* Was it refused for nothing but what other threads imported meanwhile? */
static bool is_raced(const struct upgrade *upgrade)
{
    Py_ssize_t n = PyList_GET_SIZE(upgrade->reasons);
    bool raced = n > 0;
    for (Py_ssize_t i = 0; raced && i < n; i++) {
        PyObject *code = dict_get(PyList_GET_ITEM(upgrade->reasons, i), "code");
        raced = code && PyUnicode_CompareWithASCIIString(code, "staging-raced") == 0;
    }
    return raced;
}

/* The steps; from the beginning when another thread has loaded more of the old version. */
static int run_until_alone(struct upgrade *upgrade, PyObject *module)
{
    const struct upgrade asked = *upgrade;
    int result = begin(upgrade) < 0 ? -1 : run_steps(upgrade, module);
    for (int i = 1; result == 1 && i < MAX_RACES && !asked.back && is_raced(upgrade); i++) {
        upgrade_release(upgrade);
        *upgrade = asked;
        current = NULL;
        turn_give();
        result = begin(upgrade) < 0 ? -1 : run_steps(upgrade, module);
    }
    return result;
}

/* After the steps: what an upgrade ends with, however it went. */
static int end_run(struct upgrade *upgrade, int result)
{
    if (result == 0) {
        upgrade_after(upgrade);
    }
    if (result == 1 && name_distributions(upgrade) < 0) {
        result = -1;
    }
    if (upgrade->back) {
        rollback_abandon(upgrade); /* the flip, had it been made, had let go of it */
    }
    portions_settle();
    kept_settle();
    current = NULL;
    if (result == 0 && upgrade->interrupted) {
        PyErr_SetObject((PyObject *)Py_TYPE(upgrade->interrupted), upgrade->interrupted);
        result = -1;
    }
    return result;
}

enum upgrade_result upgrade_run(struct upgrade *upgrade, PyObject *module)
{
    bool held = signals_hold();
    int result = run_until_alone(upgrade, module);
    result = current == upgrade ? end_run(upgrade, result) : result; /* else it did not come to begin */
    return signals_allow(held) < 0 ? UPGRADE_ERROR : (enum upgrade_result)result;
}

void upgrade_release(struct upgrade *upgrade)
{
    flip_release(upgrade);
    migrate_release(&upgrade->migrate);
    carry_release(&upgrade->carry);
    match_release(&upgrade->match);
    generation_release(&upgrade->old);
    generation_release(&upgrade->new);
    stage_release(&upgrade->stage);
    Py_CLEAR(upgrade->rehearsed);
    Py_CLEAR(upgrade->rehearsal_output);
    Py_CLEAR(upgrade->std_names);
    Py_CLEAR(upgrade->new_records);
    derived_release(&upgrade->derived);
    Py_CLEAR(upgrade->bindings);
    Py_CLEAR(upgrade->abcs);
    Py_CLEAR(upgrade->removed);
    Py_CLEAR(upgrade->removed_members);
    Py_CLEAR(upgrade->drain.old_frames);
    Py_CLEAR(upgrade->alive);
    Py_CLEAR(upgrade->path);
    sitepath_release(&upgrade->site_path);
    Py_CLEAR(upgrade->finders);
    Py_CLEAR(upgrade->roots);
    Py_CLEAR(upgrade->aliases);
    Py_CLEAR(upgrade->spared);
    Py_CLEAR(upgrade->old_modules);
    Py_CLEAR(upgrade->changes);
    Py_CLEAR(upgrade->installed);
    Py_CLEAR(upgrade->reasons);
    Py_CLEAR(upgrade->notes);
    Py_CLEAR(upgrade->interrupted);
    Py_CLEAR(upgrade->seen);
    Py_CLEAR(upgrade->former);
    Py_CLEAR(upgrade->back);
    Py_CLEAR(upgrade->alias_modules);
    Py_CLEAR(upgrade->path_before);
    Py_CLEAR(upgrade->forwards);
    ptrmap_release(&upgrade->common);
    reserve_release(&upgrade->reserve);
}
