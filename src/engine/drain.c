/* drain: find the moment for the flip.
 *
 * Idea: close the gate, look at every frame of every thread, let go of the GIL for a moment, look again. The look and
 * the flip are made without letting go of the GIL in between, so what was seen still holds. Invariant: whatever way
 * drain_run is left, the gate is open and nobody waits for it. The calling thread's own frames never leave by waiting:
 * those in changed functions must fit, or it is refused at once. Must not run Python code between a look and the flip;
 * descriptions are made from what can be read. */
#include "engine/drain.h"

#include <time.h>

#include "compat/gate.h"
#include "compat/heap.h"
#include "compat/signals.h"
#include "engine/refuse.h"
#include "engine/turn.h"

#define SLICE_FIRST 0.0002 /* seconds between two looks, growing to */
#define SLICE_LAST 0.002
#define RETRY_LAST 0.02 /* after flips that were not possible: each costs a walk over the heap */
#define BREATH 0.02     /* the gate stays open between two tries */

#define ACTION "try again when it is idle, or upgrade with when=\"now\"; or restart the process"

struct look {
    PyThreadState *self;
    size_t inside;      /* frames of other threads inside, changed or not */
    size_t changed;     /* those of them in changed functions */
    size_t own_changed; /* frames of this thread in changed functions */
    size_t rests;       /* frames in changed functions of threads that rest (gate.h): those must fit */
    uint64_t print;     /* tells two looks apart */
};

struct closing {
    double ends, look_ends; /* seconds, as now() */
    double slice;
};

enum verdict { GO, WAIT, AT_ONCE, PREPARE, REFUSED, FAILED };

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

/* ---- looking ---- */

static int look_at(frame *f, PyThreadState *thread, void *arg)
{
    struct look *look = arg;
    enum gate_place place = gate_place_of(f);
    if (place == GATE_OUTSIDE) {
        return 0;
    }
    if (gate_rests(thread)) {
        look->rests += place == GATE_CHANGED;
    } else if (thread != look->self) {
        look->inside++;
        look->changed += place == GATE_CHANGED;
    } else {
        look->own_changed += place == GATE_CHANGED;
    }
    look->print = (look->print ^ (uint64_t)(uintptr_t)f) * 0x100000001B3ull;
    look->print = (look->print ^ (uint64_t)(uintptr_t)frame_code(f)) * 0x100000001B3ull;
    return 0;
}

static struct look look_around(void)
{
    struct look look = {.self = PyThreadState_Get()};
    frame_each(look_at, &look);
    return look;
}

/* ---- describing ---- */

/* threading.Thread._name of the thread, without running any code of its class; or its number. */
PyObject *drain_thread_name(PyThreadState *thread)
{
    OWN_REF ident = PyLong_FromUnsignedLong(thread->thread_id);
    OWN_REF threading = PyUnicode_FromString("threading");
    OWN_REF key = PyUnicode_FromString("_name");
    if (ident == NULL || threading == NULL || key == NULL) {
        return NULL;
    }
    PyObject *module = PyDict_GetItemWithError(PyImport_GetModuleDict(), threading);
    PyObject *dict = module != NULL && PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
    PyObject *active = dict != NULL ? dict_get(dict, "_active") : NULL;
    PyObject *object = active != NULL && PyDict_CheckExact(active) ? PyDict_GetItemWithError(active, ident) : NULL;
    OWN_REF name = object != NULL ? PyObject_GenericGetAttr(object, key) : NULL;
    if (name != NULL && PyUnicode_Check(name)) {
        return STEAL(name);
    }
    PyErr_Clear();
    return PyUnicode_FromFormat("thread %S", ident);
}

static PyObject *describe(frame *f, PyThreadState *thread)
{
    PyCodeObject *code = frame_code(f);
    OWN_REF name = drain_thread_name(thread);
    return name == NULL
               ? NULL
               : PyUnicode_FromFormat("%U: %U (%U:%d)", name, code->co_qualname, code->co_filename, frame_line(f));
}

static int list_frame(frame *f, PyThreadState *thread, void *arg)
{
    struct drain *drain = arg;
    enum gate_place place = gate_place_of(f);
    if (place == GATE_OUTSIDE) {
        return 0;
    }
    OWN_REF text = describe(f, thread);
    if (text == NULL || PyList_Append(drain->old_frames, text) < 0) {
        return -1;
    }
    drain->n_changed_frames += place == GATE_CHANGED;
    return 0;
}

static int list_frames(struct drain *drain)
{
    Py_XSETREF(drain->old_frames, PyList_New(0));
    drain->n_changed_frames = 0;
    return drain->old_frames == NULL ? -1 : frame_each(list_frame, drain);
}

/* ---- fitting ---- */

struct fitting {
    struct drain *drain;
    PyThreadState *only; /* frames of this thread, or NULL: of all */
    bool reasons;        /* write down what does not fit, and go on */
    bool resting;        /* only threads that rest */
    size_t misfits;
};

static int add_reason(struct fitting *fitting, frame *f, PyThreadState *thread, PyObject *why)
{
    OWN_REF text = describe(f, thread);
    if (text == NULL) {
        return -1;
    }
    PyCodeObject *code = frame_code(f);
    PyObject *globals = frame_globals(f);
    PyObject *module = globals != NULL ? dict_get(globals, "__name__") : NULL;
    PyErr_Clear(); /* then the reason names no module */
    int result =
        why != NULL
            ? refuse(fitting->drain->reasons, "active", module, code->co_qualname, ACTION,
                     "a changed function is being executed (%U) and cannot go on in the new version: %U", text, why)
            : refuse(fitting->drain->reasons, "active", module, code->co_qualname, ACTION,
                     "a changed function is being executed (%U)", text);
    return result < 0 ? -1 : 0;
}

static int fit_frame(frame *f, PyThreadState *thread, void *arg)
{
    struct fitting *fitting = arg;
    struct drain *drain = fitting->drain;
    bool rests = gate_rests(thread);
    if (gate_place_of(f) != GATE_CHANGED || (fitting->only != NULL && thread != fitting->only) ||
        (fitting->resting && !rests)) {
        return 0;
    }
    OWN_REF why = NULL;
    int fits = drain->when == WHEN_STRICT && !rests ? 0 : drain->fits(f, drain->arg, &why);
    if (fits != 0) {
        return fits < 0 ? -1 : 0;
    }
    fitting->misfits++;
    return fitting->reasons ? add_reason(fitting, f, thread, why) : 1;
}

/* Do the frames in changed functions fit (of one thread, or all)? 1, 0, -1 exception set. */
static int all_fit(struct drain *drain, PyThreadState *only)
{
    struct fitting fitting = {.drain = drain, .only = only};
    int result = frame_each(fit_frame, &fitting);
    return result < 0 ? -1 : fitting.misfits == 0;
}

/* The same of the threads that rest. They are where the program says that they may be, whatever `when` says. */
static int resting_fit(struct drain *drain)
{
    struct fitting fitting = {.drain = drain, .resting = true};
    int result = frame_each(fit_frame, &fitting);
    return result < 0 ? -1 : fitting.misfits == 0;
}

/* Writes down who is in the way. Always 1, or -1 with an exception set. */
static int refuse_misfits(struct drain *drain, PyThreadState *only)
{
    struct fitting fitting = {.drain = drain, .only = only, .reasons = true};
    if (frame_each(fit_frame, &fitting) < 0) {
        return -1;
    }
    if (fitting.misfits > 0) {
        return 1;
    }
    return refuse(drain->reasons, "busy", NULL, NULL, ACTION,
                  "no moment was found at which every reference to the old version was accounted for");
}

/* ---- deciding ---- */

/* May the flip be tried right now? `last`: the end of a closing, when it is asked who fits. */
static enum verdict decide(struct drain *drain, const struct closing *closing, bool last)
{
    struct look look = look_around();
    bool quiet = look.inside == 0 || (look.changed == 0 && now() >= closing->look_ends);
    if (drain->when == WHEN_NOW || (quiet && look.own_changed == 0 && look.rests == 0)) {
        return GO;
    }
    int resting = quiet && look.own_changed == 0 ? resting_fit(drain) : 0;
    if (resting != 0) {
        struct look after = look_around();
        return resting < 0 ? FAILED : look.print == after.print ? GO : WAIT;
    }
    if (drain->when == WHEN_STRICT || !(quiet || last)) {
        return WAIT;
    }
    int fit = all_fit(drain, NULL);
    if (fit <= 0) {
        return fit < 0 ? FAILED : WAIT;
    }
    struct look again = look_around(); /* if asking has let another thread in, it was asked in vain */
    return look.print == again.print ? GO : WAIT;
}

/* Looks, and flips if it is the moment. */
static enum verdict attempt(struct drain *drain, struct closing *closing, bool last)
{
    if (heap_collecting()) {
        return WAIT;
    }
    bool before = heap_forbid_collection(); /* the list of frames is tracked, and must not set one off */
    enum verdict verdict = decide(drain, closing, last);
    if (verdict == GO && (list_frames(drain) < 0 || gate_prepare() < 0)) {
        verdict = FAILED;
    }
    heap_allow_collection(before);
    if (verdict != GO) {
        return verdict;
    }
    int result = drain->flip(drain->arg);
    if (result == 1 || result == 5) {
        closing->slice = closing->slice < RETRY_LAST / 2 ? 2 * closing->slice : RETRY_LAST;
        return result == 1 ? WAIT : AT_ONCE;
    }
    return result == 0 ? GO : result == 2 ? REFUSED : result == 3 ? PREPARE : FAILED;
}

/* A thread inside the package that writes to its globals without a pause has changed them whenever others could run
 * between the decision about them and the flip. */
static enum verdict attempt_settled(struct drain *drain, struct closing *closing, bool last)
{
    enum verdict verdict = attempt(drain, closing, last);
    verdict = verdict == AT_ONCE ? attempt(drain, closing, last) : verdict;
    return verdict == AT_ONCE ? WAIT : verdict;
}

/* One closing: looks until it is the moment or the time is over. The gate is still closed when it returns. */
static enum verdict try_once(struct drain *drain, double ends)
{
    double begun = now();
    struct closing closing = {.ends = begun + drain->hold < ends ? begun + drain->hold : ends,
                              .look_ends = begun + drain->look,
                              .slice = SLICE_FIRST};
    gate_close(closing.ends - begun);
    for (;;) {
        bool last = now() >= closing.ends;
        enum verdict verdict = attempt_settled(drain, &closing, last);
        if (verdict != WAIT || last) {
            return verdict;
        }
        turn_rest(true);
        gate_wait(closing.slice);
        turn_rest(false);
        closing.slice = closing.slice < SLICE_LAST / 1.5 ? 1.5 * closing.slice : closing.slice;
        int interrupted = signals_deliver();
        if (gate_lost()) { /* a signal handler forked, and this is the child */
            PyErr_Clear();
            PyErr_SetString(PyExc_RuntimeError, "the process forked while an upgrade was waiting; the child goes on "
                                                "with the old version");
            return FAILED;
        }
        if (interrupted) {
            return FAILED;
        }
    }
}

static enum verdict try_until(struct drain *drain, double ends)
{
    for (;;) {
        drain->tries++;
        enum verdict verdict = try_once(drain, ends);
        gate_open(verdict == GO);
        if (verdict == PREPARE) {
            int prepared = drain->prepare(drain->arg);
            if (prepared) {
                return prepared < 0 ? FAILED : REFUSED;
            }
            continue;
        }
        if (verdict != WAIT || now() + BREATH >= ends) {
            return verdict;
        }
        turn_rest(true);
        Py_BEGIN_ALLOW_THREADS nanosleep(&(struct timespec){.tv_nsec = (long)(BREATH * 1e9)}, NULL);
        Py_END_ALLOW_THREADS turn_rest(false);
        if (signals_deliver() < 0) {
            return FAILED;
        }
    }
}

static int begin(struct drain *drain)
{
    drain->waited = 0;
    drain->parked = drain->tries = drain->n_changed_frames = 0;
    drain->old_frames = NULL;
    if (gate_begin(drain->map, drain->old_globals) < 0) {
        return -1;
    }
    gate_let_constructors_pass(drain->constructed);
    for (size_t i = 0; i < drain->n_targets; i++) {
        const struct drain_target *target = &drain->targets[i];
        if (gate_add(target->function, target->partner, target->changed) < 0) {
            gate_end();
            return -1;
        }
    }
    return 0;
}

/* Is this thread itself inside something that never leaves by waiting and does not fit? 0 no, 1 refused, -1 exception.
 */
static int check_own_frames(struct drain *drain)
{
    struct look look = look_around();
    if (look.own_changed == 0 || drain->when == WHEN_NOW) {
        return 0;
    }
    int fit = all_fit(drain, look.self);
    return fit != 0 ? (fit < 0 ? -1 : 0) : refuse_misfits(drain, look.self);
}

int drain_run(struct drain *drain)
{
    if (begin(drain) < 0) {
        return -1;
    }
    double begun = now();
    int result = check_own_frames(drain);
    if (result == 0) {
        enum verdict verdict = try_until(drain, begun + drain->wait);
        result = verdict == GO ? 0 : verdict == FAILED ? -1 : 1;
        if (verdict == WAIT) {
            result = refuse_misfits(drain, NULL);
        }
    }
    drain->waited = now() - begun;
    drain->parked = gate_parked();
    gate_end();
    frame_fini();
    return result;
}
