/* The gate.
 *
 * Idea: a Python function is called through its vectorcall pointer, or the interpreter enters its code directly. The
 * first way gets a vectorcall of our own. The second is closed by a version of 0 (specialised call sites give up); the
 * others look at the vectorcall pointer, except in 3.11, where an eval function (PEP 523) that only passes on stops
 * them. A leak does no harm: a thread that slips through is found inside by whoever looks at its frames.
 *
 * Invariants
 *  - All fields are read and written with the GIL held, except those that say otherwise.
 *  - A parked call is in the list from before it releases the GIL until after it has it again, and only its own thread
 *    removes it.
 *  - What a woken call needs after the gate has ended (callee, arguments) it owns: the function may have died with the
 *    old generation. While the gate is in use its caller keeps the functions alive.
 * Must not wait for anything with the GIL held, nor take the mutex for longer than a few words are written. */
#include "compat/gate.h"

#include <pthread.h>
#include <time.h>

#include "compat/detour.h"
#include "compat/heap.h"

#define GRACE 0.25 /* seconds that a parked call waits beyond the announced end before it helps itself */

struct entry {
    struct detour detour;
    PyObject *partner; /* borrowed, or NULL */
    bool passes;       /* never parks */
};

struct parked {
    struct parked *next, **link;
    PyThreadState *thread;
    PyObject *function; /* borrowed; dangling once callee is set */
    PyObject *const *args;
    size_t nargsf;
    PyObject *kwnames;
    PyObject *callee; /* owned, set when the gate opens */
    PyObject *
        *moved; /* owned array with room in front, or NULL: translated arguments; those unlike args[i] are owned */
};

struct resting {
    struct resting *next, **link;
    PyThreadState *thread;
};

static struct {
    bool active, closed, lost;
    PyThreadState *keeper;                  /* who operates it */
    const struct ptrmap *map, *old_globals; /* borrowed */
    const struct ptrmap *constructed;       /* borrowed, or NULL: classes whose constructors pass */
    struct entry *entries;                  /* owned */
    size_t n_entries, cap_entries;
    struct ptrmap functions; /* function -> index in entries + 1 */
    struct ptrmap codes;     /* code object (owned) -> enum gate_place */
    struct parked *parked;   /* outlives active: calls that have not woken up yet */
    size_t n_parked;
    struct resting *resting;
    uint64_t flips;
    PyObject *init_name; /* owned for ever */
    /* guarded by the mutex */
    pthread_mutex_t mutex;
    pthread_cond_t opened, arrived;
    uint64_t closing, open_until; /* number of the last closing; the last closing that has ended */
    size_t arrivals;
    struct timespec deadline;
} gate;

static struct timespec after(double seconds)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    int64_t ns = at.tv_nsec + (int64_t)(seconds * 1e9);
    at.tv_sec += (time_t)(ns / 1000000000);
    at.tv_nsec = (long)(ns % 1000000000);
    return at;
}

/* ---- which function, which frame ---- */

static struct entry *entry_of(PyObject *function)
{
    size_t at = (size_t)(uintptr_t)ptrmap_get(&gate.functions, function);
    return at != 0 ? &gate.entries[at - 1] : NULL;
}

enum gate_place gate_place_of(const frame *f)
{
    void *place = ptrmap_get(&gate.codes, frame_code(f));
    if (place != NULL) {
        return (enum gate_place)(uintptr_t)place;
    }
    PyObject *globals = gate.old_globals != NULL ? frame_globals(f) : NULL;
    return globals != NULL && ptrmap_get(gate.old_globals, globals) != NULL ? GATE_CHANGED : GATE_OUTSIDE;
}

static int is_inside(frame *f, PyThreadState *thread, void *arg)
{
    (void)thread, (void)arg;
    return gate_place_of(f) != GATE_OUTSIDE;
}

bool gate_is_parked(const PyThreadState *thread)
{
    const struct parked *call = gate.parked;
    while (call != NULL && call->thread != thread) {
        call = call->next;
    }
    return call != NULL;
}

bool gate_is_idle(void)
{
    return gate.parked == NULL;
}

static bool takes_part(const struct parked *call, PyObject *object)
{
    Py_ssize_t n = PyVectorcall_NARGS(call->nargsf) + (call->kwnames ? PyTuple_GET_SIZE(call->kwnames) : 0);
    bool part = call->function == object;
    for (Py_ssize_t i = 0; i < n && !part; i++) {
        part = call->args[i] == object;
    }
    return part;
}

size_t gate_parked_on(PyObject *object)
{
    size_t n = 0;
    for (const struct parked *call = gate.parked; call != NULL; call = call->next) {
        n += takes_part(call, object);
    }
    return n;
}

size_t gate_parked(void)
{
    return gate.n_parked;
}

bool gate_lost(void)
{
    return gate.lost;
}

/* ---- calls ---- */

static void wait_until_open(uint64_t closing)
{
    pthread_mutex_lock(&gate.mutex);
    gate.arrivals++;
    pthread_cond_signal(&gate.arrived);
    struct timespec deadline = gate.deadline;
    int result = 0;
    while (gate.open_until < closing && result == 0) {
        result = pthread_cond_timedwait(&gate.opened, &gate.mutex, &deadline);
    }
    pthread_mutex_unlock(&gate.mutex);
}

static void drop_moved(struct parked *call)
{
    if (call->moved == NULL) {
        return;
    }
    size_t n = (size_t)PyVectorcall_NARGS(call->nargsf) + (call->kwnames ? (size_t)PyTuple_GET_SIZE(call->kwnames) : 0);
    for (size_t i = 0; i < n; i++) {
        if (call->moved[i + 1] != call->args[i]) {
            Py_DECREF(call->moved[i + 1]);
        }
    }
    PyMem_Free(call->moved);
    call->moved = NULL;
}

static PyObject *call_parked(struct parked *call)
{
    PyObject *const *args = call->args;
    size_t nargsf = call->nargsf;
    if (call->moved != NULL) {
        args = call->moved + 1;
        nargsf |= PY_VECTORCALL_ARGUMENTS_OFFSET;
    }
    return PyObject_Vectorcall(call->callee, args, nargsf, call->kwnames);
}

static PyObject *park(struct entry *entry, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    struct parked call = {.next = gate.parked,
                          .link = &gate.parked,
                          .thread = PyThreadState_Get(),
                          .function = entry->detour.function,
                          .args = args,
                          .nargsf = nargsf,
                          .kwnames = kwnames};
    vectorcallfunc vectorcall = entry->detour.vectorcall;
    uint64_t closing = gate.closing;
    if (call.next != NULL) {
        call.next->link = &call.next;
    }
    gate.parked = &call;
    gate.n_parked++;
    Py_BEGIN_ALLOW_THREADS wait_until_open(closing);
    Py_END_ALLOW_THREADS *call.link = call.next;
    if (call.next != NULL) {
        call.next->link = call.link;
    }
    if (call.callee == NULL) { /* its time is over and nobody opened: the function is alive, go in */
        drop_moved(&call);
        return vectorcall(call.function, args, nargsf, kwnames);
    }
    PyObject *result = call_parked(&call);
    drop_moved(&call);
    Py_DECREF(call.callee);
    return result;
}

bool gate_rests(const PyThreadState *thread)
{
    const struct resting *here = gate.resting;
    while (here != NULL && here->thread != thread) {
        here = here->next;
    }
    return here != NULL;
}

bool gate_rest(void)
{
    PyThreadState *thread = PyThreadState_Get();
    if (!gate.closed || thread == gate.keeper) {
        return false;
    }
    struct resting here = {.next = gate.resting, .link = &gate.resting, .thread = thread};
    uint64_t closing = gate.closing, flips = gate.flips;
    if (here.next != NULL) {
        here.next->link = &here.next;
    }
    gate.resting = &here;
    Py_BEGIN_ALLOW_THREADS wait_until_open(closing);
    Py_END_ALLOW_THREADS *here.link = here.next;
    if (here.next != NULL) {
        here.next->link = here.link;
    }
    return gate.flips != flips;
}

void gate_let_constructors_pass(const struct ptrmap *classes)
{
    gate.constructed = classes;
}

static bool is_constructor(PyObject *function, PyObject *const *args, size_t nargsf)
{
    return gate.constructed != NULL && PyVectorcall_NARGS(nargsf) > 0 &&
           ptrmap_get(gate.constructed, Py_TYPE(args[0])) != NULL &&
           PyUnicode_Compare(((PyFunctionObject *)function)->func_name, gate.init_name) == 0;
}

/* What stands in for a guarded function. */
static PyObject *gate_vectorcall(PyObject *function, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    struct entry *entry = entry_of(function);
    if (entry == NULL || !entry->detour.on) {
        return detour_call(function, args, nargsf, kwnames);
    }
    PyThreadState *thread = PyThreadState_Get();
    if (!gate.closed || entry->passes || thread == gate.keeper || frame_each_of(thread, is_inside, NULL) != 0 ||
        is_constructor(function, args, nargsf)) {
        return entry->detour.vectorcall(function, args, nargsf, kwnames);
    }
    return park(entry, args, nargsf, kwnames);
}

/* ---- closing and opening ---- */

/* 3.13 enters __init__ of a specialised class call without asking the function's version. */
static void forget_specialised_classes(void)
{
#if PY_VERSION_HEX >= 0x030d0000
    const struct ptrmap_slot *slot;
    for (size_t i = 0; (slot = ptrmap_next(gate.map, &i));) {
        PyObject *object = (PyObject *)slot->key;
        PyObject *dict = PyType_Check(object) ? ((PyTypeObject *)object)->tp_dict : NULL;
        PyObject *init = dict != NULL ? PyDict_GetItemWithError(dict, gate.init_name) : NULL;
        if (init != NULL && entry_of(init) != NULL) {
            PyType_Modified((PyTypeObject *)object);
        }
    }
#endif
}

/* 3.11 enters functions that it finds by itself without asking for their vectorcall, unless there is an eval function.
 * With one, each Python call takes a piece of the C stack: a thread that recurses deeply gets rid of it. */
#if PY_VERSION_HEX < 0x030c0000
#define DEEP 1000

static void set_eval(_PyFrameEvalFunction from, _PyFrameEvalFunction to)
{
    PyInterpreterState *interpreter = PyInterpreterState_Get();
    if (_PyInterpreterState_GetEvalFrameFunc(interpreter) == from) {
        _PyInterpreterState_SetEvalFrameFunc(interpreter, to);
    }
}

static PyObject *pass_on(PyThreadState *thread, struct _PyInterpreterFrame *f, int throwflag)
{
    if (thread->recursion_limit - thread->recursion_remaining > DEEP) {
        set_eval(pass_on, _PyEval_EvalFrameDefault);
    }
    return _PyEval_EvalFrameDefault(thread, f, throwflag);
}
#endif

/* With somebody else's eval function set, calls are not entered directly anyway. */
static void set_direct_calls(bool allowed)
{
#if PY_VERSION_HEX < 0x030c0000
    set_eval(allowed ? pass_on : _PyEval_EvalFrameDefault, allowed ? _PyEval_EvalFrameDefault : pass_on);
#else
    (void)allowed;
#endif
}

void gate_close(double seconds)
{
    for (size_t i = 0; i < gate.n_entries; i++) {
        detour_set(&gate.entries[i].detour, gate_vectorcall);
    }
    forget_specialised_classes();
    set_direct_calls(false);
    gate.closed = true;
    pthread_mutex_lock(&gate.mutex);
    gate.closing++;
    gate.deadline = after(seconds + GRACE);
    pthread_mutex_unlock(&gate.mutex);
}

static int move_args(struct parked *call)
{
    size_t n = (size_t)PyVectorcall_NARGS(call->nargsf) + (call->kwnames ? (size_t)PyTuple_GET_SIZE(call->kwnames) : 0);
    size_t hits = 0;
    for (size_t i = 0; i < n; i++) {
        hits += ptrmap_get(gate.map, call->args[i]) != NULL;
    }
    drop_moved(call);
    if (hits == 0) {
        return 0;
    }
    call->moved = PyMem_Calloc(n + 1, sizeof(PyObject *));
    if (call->moved == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        PyObject *partner = ptrmap_get(gate.map, call->args[i]);
        call->moved[i + 1] = partner != NULL ? Py_NewRef(partner) : call->args[i];
    }
    return 0;
}

int gate_prepare(void)
{
    for (struct parked *call = gate.parked; call != NULL; call = call->next) {
        if (move_args(call) < 0) { /* also of one that an earlier opening let go and that has not woken up yet */
            return -1;
        }
    }
    return 0;
}

static void send_parked(bool flipped)
{
    for (struct parked *call = gate.parked; call != NULL; call = call->next) {
        if (call->callee != NULL) { /* has not woken up since it was let go; what it calls forwards by itself */
            if (!flipped) {
                drop_moved(call);
            }
            continue;
        }
        const struct entry *entry = entry_of(call->function);
        PyObject *partner = flipped && entry != NULL ? entry->partner : NULL;
        if (!flipped) {
            drop_moved(call);
        }
        call->callee = Py_NewRef(partner != NULL ? partner : call->function);
    }
}

void gate_open(bool flipped)
{
    if (!gate.active || (!gate.closed && !flipped)) {
        return;
    }
    send_parked(flipped);
    bool before = heap_forbid_collection(); /* a new dict may set one off */
    for (size_t i = 0; flipped && i < gate.n_entries; i++) {
        if (gate.entries[i].partner != NULL) {
            detour_end_forward(gate.entries[i].partner); /* a kept function is the partner now: a rollback */
        }
    }
    for (size_t i = 0; i < gate.n_entries; i++) {
        if (flipped) {
            detour_forward(&gate.entries[i].detour, gate.entries[i].partner);
        } else {
            detour_undo(&gate.entries[i].detour);
        }
    }
    heap_allow_collection(before);
    set_direct_calls(true);
    gate.closed = false;
    gate.flips += flipped;
    pthread_mutex_lock(&gate.mutex);
    gate.open_until = gate.closing;
    pthread_cond_broadcast(&gate.opened);
    pthread_mutex_unlock(&gate.mutex);
}

void gate_wait(double seconds)
{
    struct timespec until = after(seconds);
    Py_BEGIN_ALLOW_THREADS pthread_mutex_lock(&gate.mutex);
    size_t before = gate.arrivals;
    int result = 0;
    while (gate.arrivals == before && result == 0) {
        result = pthread_cond_timedwait(&gate.arrived, &gate.mutex, &until);
    }
    pthread_mutex_unlock(&gate.mutex);
    Py_END_ALLOW_THREADS
}

/* ---- beginning and end ---- */

static void init_locks(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&gate.mutex, NULL);
    pthread_cond_init(&gate.opened, &attributes);
    pthread_cond_init(&gate.arrived, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void undo_all(void)
{
    for (size_t i = 0; i < gate.n_entries; i++) {
        detour_undo(&gate.entries[i].detour);
    }
    set_direct_calls(true);
}

/* In a forked child: other threads are gone, also the one that would have opened the gate. Native code may have forked
 * without the GIL; then functions keep their detour, which leads straight on, until the next gate_begin. */
static void forget_in_child(void)
{
    init_locks();
    gate.parked = NULL;
    gate.resting = NULL;
    if (!gate.active) {
        return;
    }
    gate.active = gate.closed = false;
    gate.lost = true;
    if (PyGILState_Check()) {
        undo_all();
    }
}

static void init_once(void)
{
    init_locks();
    pthread_atfork(NULL, NULL, forget_in_child);
}

static void release_tables(void)
{
    const struct ptrmap_slot *slot;
    for (size_t i = 0; (slot = ptrmap_next(&gate.codes, &i));) {
        Py_DECREF((PyObject *)slot->key);
    }
    ptrmap_release(&gate.codes);
    ptrmap_release(&gate.functions);
    PyMem_Free(gate.entries);
    gate.entries = NULL;
    gate.n_entries = gate.cap_entries = 0;
    gate.map = gate.old_globals = gate.constructed = NULL;
}

int gate_begin(const struct ptrmap *map, const struct ptrmap *old_globals)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (gate.active) {
        PyErr_SetString(PyExc_RuntimeError, "an upgrade is under way in another thread");
        return -1;
    }
    pthread_once(&once, init_once);
    if (gate.init_name == NULL) {
        gate.init_name = PyUnicode_InternFromString("__init__");
    }
    if (gate.init_name == NULL || detour_init() < 0) {
        return -1;
    }
    undo_all(); /* what a fork left */
    release_tables();
    gate.map = map;
    gate.old_globals = old_globals;
    gate.keeper = PyThreadState_Get();
    gate.n_parked = 0;
    gate.lost = false;
    gate.active = true;
    return 0;
}

/* A code object and those nested in it. Shared code is changed if one of the functions is. */
static int add_code(PyObject *code, enum gate_place place)
{
    enum gate_place known = (enum gate_place)(uintptr_t)ptrmap_get(&gate.codes, code);
    if (known >= place) {
        return 0;
    }
    if (ptrmap_put(&gate.codes, code, (void *)(uintptr_t)place) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    if (known == GATE_OUTSIDE) {
        Py_INCREF(code);
    }
    PyObject *constants = ((PyCodeObject *)code)->co_consts;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); i++) {
        PyObject *constant = PyTuple_GET_ITEM(constants, i);
        if (PyCode_Check(constant) && add_code(constant, place) < 0) {
            return -1;
        }
    }
    return 0;
}

int gate_add(PyObject *function, PyObject *partner, bool changed)
{
    if (!PyFunction_Check(function) || entry_of(function) != NULL) {
        return 0;
    }
    if (gate.n_entries == gate.cap_entries) {
        size_t capacity = gate.cap_entries ? 2 * gate.cap_entries : 64;
        struct entry *entries = PyMem_Realloc(gate.entries, capacity * sizeof(*entries));
        if (entries == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        gate.entries = entries;
        gate.cap_entries = capacity;
    }
    if (ptrmap_put(&gate.functions, function, (void *)(uintptr_t)(gate.n_entries + 1)) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject *name = ((PyFunctionObject *)function)->func_name;
    bool for_keys = PyUnicode_CompareWithASCIIString(name, "__hash__") == 0 ||
                    PyUnicode_CompareWithASCIIString(name, "__eq__") == 0;
    gate.entries[gate.n_entries++] =
        (struct entry){.detour.function = function, .partner = partner, .passes = for_keys};
    return add_code(PyFunction_GET_CODE(function), changed ? GATE_CHANGED : GATE_UNCHANGED);
}

void gate_end(void)
{
    gate_open(false);
    release_tables();
    gate.active = false;
}
