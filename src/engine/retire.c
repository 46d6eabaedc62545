/* After a flip nothing of the program refers to the old generation, so it is a cyclic island that a collection frees:
 * of the island alone (compat/island.h), because one of the whole heap holds every thread up for as long as it takes;
 * of the whole heap only if something is still alive. Weak references taken after the flip (the program's own have
 * moved) tell whether it did.
 *
 * Calls that were parked at the gate keep the function they had called on their caller's value stack until they return:
 * those are waited for a little. Those of this thread, below the call of upgrade(), are not. Must not: keep anything of
 * the old generation alive itself. */
#include "engine/retire.h"

#include "compat/callers.h"
#include "compat/gate.h"
#include "compat/heap.h"
#include "compat/island.h"
#include "compat/weak.h"
#include "engine/explain.h"
#include "engine/pins.h"
#include "engine/turn.h"

#include <time.h>

#define SHOWN 20            /* survivors that are named; the rest is counted */
#define SLICE_NS 5000000    /* between looks at calls that have not returned yet */
#define FIRST_INTERVAL 0.02 /* seconds between collections meanwhile; doubled each time */

enum { YOUNGEST, OLDEST = 2 }; /* generations of the collector */

static int watch_one(PyObject *watch, PyObject *object, PyObject *name)
{
    OWN_REF ref = PyWeakref_NewRef(object, NULL);
    OWN_REF entry = ref ? PyTuple_Pack(2, ref, name) : NULL;
    return entry ? PyList_Append(watch, entry) : -1;
}

PyObject *retire_watch(const struct match *match, PyObject *removed)
{
    OWN_REF watch = PyList_New(0);
    for (size_t i = 0; watch && i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        bool definition = pair->kind == PAIR_MODULE || pair->kind == PAIR_FUNCTION || pair->kind == PAIR_CLASS;
        if (!definition || !PyType_SUPPORTS_WEAKREFS(Py_TYPE(pair->old))) {
            continue;
        }
        PyObject *module = NULL;
        OWN_REF path = match_path(match, pair, &module);
        OWN_REF name = path ? PyUnicode_FromFormat("%V.%U", module, "?", path) : NULL;
        if (!name || watch_one(watch, pair->old, name) < 0) {
            return NULL;
        }
    }
    for (Py_ssize_t i = 0; watch && i < PyList_GET_SIZE(removed); i++) {
        PyObject *object = PyList_GET_ITEM(removed, i);
        OWN_REF name = generation_name_of(object);
        bool watchable = PyType_SUPPORTS_WEAKREFS(Py_TYPE(object));
        if (!name || (watchable && watch_one(watch, object, name) < 0)) {
            return NULL;
        }
    }
    return STEAL(watch);
}

/* The object of entry i, or NULL when it is dead. New reference. */
static PyObject *survivor(PyObject *watch, Py_ssize_t i)
{
    return weak_get(PyTuple_GET_ITEM(PyList_GET_ITEM(watch, i), 0));
}

static Py_ssize_t count_alive(PyObject *watch)
{
    Py_ssize_t alive = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(watch); i++) {
        OWN_REF object = survivor(watch, i);
        alive += object != NULL;
    }
    return alive;
}

static bool collecting; /* this module does, and may have let go of the GIL in a finalizer */

/* gc.collect(generation); also runs the program's gc.callbacks. */
static int collect(int generation)
{
    OWN_REF gc = PyImport_ImportModule("gc");
    collecting = !heap_collecting(); /* else it is another thread's, and this call does nothing */
    OWN_REF freed = gc ? PyObject_CallMethod(gc, "collect", "i", generation) : NULL;
    collecting = false;
    return freed ? 0 : -1;
}

void retire_after_fork(void)
{
    if (collecting) {
        collecting = false;
        heap_allow_collection(false);
    }
}

/* Collects what is left of the old generation, and no more of the heap than must be. */
static int collect_island(PyObject *watch)
{
    Py_ssize_t n = PyList_GET_SIZE(watch);
    PyObject **roots = PyMem_Calloc((size_t)n + 1, sizeof *roots);
    if (!roots) {
        PyErr_NoMemory();
        return -1;
    }
    size_t alive = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *object = survivor(watch, i);
        roots[alive] = object;
        alive += object != NULL;
    }
    int moved = island_rejuvenate(roots, alive);
    for (size_t i = 0; i < alive; i++) {
        Py_DECREF(roots[i]);
    }
    PyMem_Free(roots);
    return moved < 0 ? -1 : collect(YOUNGEST);
}

/* "requests.api.get: held by ..." for one survivor. */
static PyObject *describe(PyObject *object, PyObject *name)
{
    if (callers_wait_for(object)) {
        return PyUnicode_FromFormat("%U: held by a call of it that is under way", name);
    }
    OWN_REF objects = PyTuple_Pack(1, object);
    OWN_REF answer = objects ? explain_objects(objects) : NULL;
    PyObject *entry = answer ? PyList_GET_ITEM(answer, 0) : NULL;
    PyObject *references = entry ? PyTuple_GET_ITEM(entry, 0) : NULL;
    for (Py_ssize_t i = 0; references && i < PyList_GET_SIZE(references); i++) {
        PyObject *reference = PyList_GET_ITEM(references, i);
        if (PyObject_RichCompareBool(PyTuple_GET_ITEM(reference, 1), name, Py_EQ) == 0) {
            return PyUnicode_FromFormat("%U: held by %U", name, PyTuple_GET_ITEM(reference, 1));
        }
    }
    return references ? PyUnicode_FromFormat("%U: held by native code", name) : NULL;
}

PyObject *retire_watch_members(const struct match *match, PyObject *members)
{
    OWN_REF watch = PyList_New(0);
    for (Py_ssize_t i = 0; watch && i < PyList_GET_SIZE(members); i++) {
        PyObject *entry = PyList_GET_ITEM(members, i);
        PyObject *member = PyTuple_GET_ITEM(entry, 0);
        bool watchable = PyType_SUPPORTS_WEAKREFS(Py_TYPE(member));
        bool followed = !match_find(match, (PyObject *)Py_TYPE(member)); /* then it keeps nothing old alive */
        if ((watchable && watch_one(watch, member, PyTuple_GET_ITEM(entry, 1)) < 0) ||
            (!watchable && followed && PyList_Append(watch, entry) < 0)) {
            return NULL;
        }
    }
    return STEAL(watch);
}

int retire_name_members(PyObject *watch, PyObject *notes)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(watch); i++) {
        PyObject *first = PyTuple_GET_ITEM(PyList_GET_ITEM(watch, i), 0);
        OWN_REF member = PyWeakref_CheckRef(first) ? weak_get(first) : Py_NewRef(first);
        OWN_REF name = Py_NewRef(PyTuple_GET_ITEM(PyList_GET_ITEM(watch, i), 1));
        if (PyList_SetItem(watch, i, Py_NewRef(Py_None)) < 0) {
            return -1;
        }
        if (!member || Py_REFCNT(member) == 1) {
            continue; /* nobody else has it */
        }
        OWN_REF text = describe(member, name);
        OWN_REF note = text ? PyUnicode_FromFormat("%U (no longer a member)", text) : NULL;
        if (!note || PyList_Append(notes, note) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Is something alive that a call below this very one has in hand? No waiting ends that. */
static bool waits_for_us(PyObject *watch)
{
    bool waits = false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(watch) && !waits; i++) {
        OWN_REF object = survivor(watch, i);
        waits = object && callers_wait_for(object);
    }
    return waits && gate_is_idle();
}

/* What calls below this very one have in hand keeps the rest alive: of that only the number is told. */
static PyObject *list_alive(PyObject *watch)
{
    OWN_REF alive = PyList_New(0);
    Py_ssize_t rest = 0;
    bool waits = waits_for_us(watch);
    for (Py_ssize_t i = 0; alive && i < PyList_GET_SIZE(watch); i++) {
        PyObject *entry = PyList_GET_ITEM(watch, i);
        OWN_REF object = survivor(watch, i);
        if (!object) {
            continue;
        }
        if (PyList_GET_SIZE(alive) >= SHOWN || (waits && !callers_wait_for(object))) {
            rest++;
            continue;
        }
        OWN_REF text = describe(object, PyTuple_GET_ITEM(entry, 1));
        if (!text || PyList_Append(alive, text) < 0) {
            return NULL;
        }
    }
    OWN_REF more = rest ? PyUnicode_FromFormat("and %zd more", rest) : NULL;
    if (!alive || (rest && (!more || PyList_Append(alive, more) < 0))) {
        return NULL;
    }
    return STEAL(alive);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Lets other threads run for a moment. 0, or -1 with an exception set (a signal handler raised). */
static int wait_slice(void)
{
    Py_BEGIN_ALLOW_THREADS struct timespec pause = {0, SLICE_NS};
    nanosleep(&pause, NULL);
    Py_END_ALLOW_THREADS return PyErr_CheckSignals();
}

/* Calls that were parked at the gate return one by one: looks again and again, at growing intervals. */
static int wait_for_calls(PyObject *watch, double end)
{
    bool kept = pins_sweep() > 0;
    double interval = FIRST_INTERVAL, next = now() + interval;
    for (Py_ssize_t alive = count_alive(watch); alive && now() < end; alive = count_alive(watch)) {
        if (wait_slice() < 0) {
            return -1;
        }
        bool released = kept && pins_sweep() == 0;
        kept = kept && !released;
        if (released || now() >= next) {
            interval *= 2;
            next = now() + interval;
            if (collect_island(watch) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

PyObject *retire_check(PyObject *watch, double patience)
{
    double end = now() + patience;
    turn_give();
    if (count_alive(watch) && collect_island(watch) < 0) {
        return NULL;
    }
    if (waits_for_us(watch)) {
        return list_alive(watch);
    }
    if (count_alive(watch) && pins_sweep() == 0 && collect(OLDEST) < 0) { /* nothing that waiting would end */
        return NULL;
    }
    if (wait_for_calls(watch, end) < 0 || (count_alive(watch) && collect(OLDEST) < 0)) {
        return NULL;
    }
    return list_alive(watch);
}
