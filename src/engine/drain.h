/* drain: wait for a moment when nobody executes what changes, holding newcomers at a gate. (docs/design.md, drain)
 *
 * The functions of the upgrade get a gate. A thread that is inside any of them passes; others park at the entry with
 * their arguments and, when the gate opens, call the partner. The flip takes place, without letting go of the GIL after
 * the look,
 *  - at the first moment when no thread is inside the upgraded distributions, looked for during `look` seconds;
 *  - then at the first moment when no thread is inside a *changed* function;
 *  - at the end of the first closing, if every remaining frame in a changed function fits.
 * The gate stays closed for `hold` seconds at most at a time; tries go on until `wait` is over; then it is refused,
 * naming thread, function and line. */
#ifndef MIDFLIGHT_DRAIN_H
#define MIDFLIGHT_DRAIN_H

#include "base/ptrmap.h"
#include "compat/frame.h"

enum drain_when { WHEN_SAFE, WHEN_STRICT, WHEN_NOW };

struct drain_target {
    PyObject *function; /* borrowed: an old function */
    PyObject *partner;  /* borrowed: what its callers shall call after the flip; NULL when it was removed (old code then
                           runs) */
    bool changed;
};

struct drain {
    /* in */
    const struct drain_target *targets;
    size_t n_targets;
    const struct ptrmap *constructed; /* borrowed: classes whose instances get new objects (gate.h) */
    const struct ptrmap *map; /* replaced object -> partner, to translate the arguments of parked calls; borrowed */
    const struct ptrmap *old_globals; /* dicts of the old modules: a frame with such globals is inside; borrowed */
    enum drain_when when;
    double wait, hold, look; /* seconds */
    /* Does this old frame fit into the new world? 1 yes, 0 no (*ret_why: new reference to a str), -1 exception set. */
    int (*fits)(frame *f, void *arg, PyObject **ret_why);
    /* Makes the flip. 0 done, 1 not possible at this moment (try again), 2 refused for good (reasons filled), 3 not
     * before `prepare` was called, 5 not possible, but what was in the way is mended: look again before others can run,
     * -1 exception set. Called with the GIL held since the look, at most once per look. */
    int (*flip)(void *arg);
    /* Makes ready for another try, with the gate open: may run any code. 0, 1 refused (reasons), -1 exception set. */
    int (*prepare)(void *arg);
    void *arg;
    PyObject *reasons; /* borrowed list, for refuse() */
    /* out */
    double waited;           /* seconds from the first closing to the opening after the flip */
    size_t parked;           /* calls that waited at the gate, all tries together */
    size_t tries;            /* closings */
    PyObject *old_frames;    /* owned list of str "thread name: function (file:line)": frames of old code active at the
                                flip. The caller drops it whatever came back; NULL when no flip was tried. */
    size_t n_changed_frames; /* how many of those were in changed functions */
};

/* The name of a thread, as threading knows it, or its number. New reference. Runs no Python code. */
PyObject *drain_thread_name(PyThreadState *thread);

/* Runs the whole drain. Releases the GIL while it waits; the caller keeps targets, partners and map alive. Returns 0
 * flipped, 1 refused (reasons), -1 exception set. In every case all gates are open and the eval function is what it
 * was. Old functions that were flipped keep forwarding to their partner for as long as they live. */
int drain_run(struct drain *drain) MUST_CHECK;

#endif
