/* A thread cannot be taken back, so staging does not start one. threading.Thread.start is exchanged for a stand-in
 * while staging runs, and so are the functions of _thread below it. For every thread but the stager a stand-in is the
 * original. The stager's Thread.start only notes the thread: it is started after the flip, unless the old version's
 * counterpart is running, which goes on.
 *
 * Code that waits for a thread that was not started would wait for ever: a wait without a limit raises then. What the
 * staged code makes of that RuntimeError does not matter: the upgrade is refused.
 *
 * signal.signal and signal.set_wakeup_fd are for the main thread alone: an import in another one that calls them
 * refuses the upgrade, too.
 *
 * Invariant: guard_end puts back only where its own stand-in still stands.
 * Must not: hold up or refuse a thread that the program starts. */
#include "engine/guard.h"

#include "compat/modules.h"
#include "compat/signals.h"
#include "engine/limit.h"

#include <math.h>
#include <time.h>

#define SLICE 0.02 /* seconds */

/* What to call the thread whose function is `function`: the Thread object's name, else the function. */
static PyObject *thread_name(PyObject *function)
{
    OWN_REF thread = PyObject_GetAttrString(function, "__self__");
    OWN_REF name = thread ? PyObject_GetAttrString(thread, "name") : NULL;
    PyErr_Clear();
    return name && PyUnicode_Check(name) ? STEAL(name) : PyObject_Repr(function);
}

/* Notes `text` for the refusal and raises `message`. self as the stand-ins have it. */
static PyObject *prevent(PyObject *self, PyObject *text, const char *message)
{
    if (PyList_Append(PyTuple_GET_ITEM(self, 1), text) == 0) {
        PyErr_SetString(PyExc_RuntimeError, message);
    }
    return NULL;
}

/* self: (original, prevented, deferred) */
static PyObject *start(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (!modules_view_mine()) {
        return PyObject_Call(PyTuple_GET_ITEM(self, 0), args, kwargs);
    }
    OWN_REF name = PyTuple_GET_SIZE(args) ? thread_name(PyTuple_GET_ITEM(args, 0)) : NULL;
    if (!name) {
        PyErr_Clear();
        name = PyUnicode_FromString("a thread");
    }
    OWN_REF text = name ? PyUnicode_FromFormat("starts a thread (%U), which cannot be taken back", name) : NULL;
    return text ? prevent(self, text, "no thread is started while midflight stages a new version") : NULL;
}

/* os.fork. self: (original, prevented, deferred) */
static PyObject *fork_process(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (!modules_view_mine()) {
        return PyObject_Call(PyTuple_GET_ITEM(self, 0), args, kwargs);
    }
    OWN_REF text = PyUnicode_FromString("forks the process, and a child that goes on with it is neither version's");
    return text ? prevent(self, text, "the process is not forked while midflight stages a new version") : NULL;
}

/* What only the main thread may do. In another one it raises, as ever; whoever catches that has not done what it does
 * in a fresh process. self: (original, prevented, deferred) */
static PyObject *call_in_main_thread(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *original = PyTuple_GET_ITEM(self, 0);
    if (modules_view_mine() && !signals_is_main_thread()) {
        OWN_REF name = PyObject_GetAttrString(original, "__name__");
        OWN_REF entry = name ? PyTuple_Pack(1, name) : NULL;
        if (!entry || PyList_Append(PyTuple_GET_ITEM(self, 1), entry) < 0) {
            return NULL;
        }
    }
    return PyObject_Call(original, args, kwargs);
}

/* Thread.start(thread). self: (original, prevented, deferred) */
static PyObject *start_object(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (!modules_view_mine() || PyTuple_GET_SIZE(args) != 1) {
        return PyObject_Call(PyTuple_GET_ITEM(self, 0), args, kwargs);
    }
    PyObject *deferred = PyTuple_GET_ITEM(self, 2), *thread = PyTuple_GET_ITEM(args, 0);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(deferred); i++) {
        if (PyList_GET_ITEM(deferred, i) == thread) {
            PyErr_SetString(PyExc_RuntimeError, "threads can only be started once");
            return NULL;
        }
    }
    return PyList_Append(deferred, thread) < 0 ? NULL : Py_NewRef(Py_None);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* The seconds that a number says, or INFINITY for None or nothing; -1 when it is no number of seconds. */
static double seconds_of(PyObject *number)
{
    double seconds = number && number != Py_None ? PyFloat_AsDouble(number) : INFINITY;
    if (PyErr_Occurred() || !(seconds >= 0)) {
        PyErr_Clear();
        return -1;
    }
    return seconds;
}

/* Condition.wait, in a thread that nothing can interrupt: it looks at the time itself. A condition's lock is held
 * between two slices, so nothing that it waits for is missed. */
static PyObject *wait_in_slices(PyObject *wait, PyObject *args, PyObject *kwargs, PyObject *limit)
{
    double rest = seconds_of(limit), end = now() + rest;
    if (!limit_must_look() || rest < 0) {
        return PyObject_Call(wait, args, kwargs);
    }
    for (;;) {
        OWN_REF answer = PyObject_CallFunction(wait, "Od", PyTuple_GET_ITEM(args, 0), rest < SLICE ? rest : SLICE);
        int done = answer ? PyObject_IsTrue(answer) : 1;
        rest = end - now();
        if (done || rest <= 0) {
            return STEAL(answer);
        }
        if (limit_is_up()) {
            limit_raise();
            return NULL;
        }
    }
}

/* time.sleep, likewise. self: (original, prevented, deferred) */
static PyObject *sleep_in_slices(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *sleep = PyTuple_GET_ITEM(self, 0);
    double rest = modules_view_mine() && limit_must_look() && PyTuple_GET_SIZE(args) == 1
                      ? seconds_of(PyTuple_GET_ITEM(args, 0))
                      : -1;
    if (rest < 0) {
        return PyObject_Call(sleep, args, kwargs);
    }
    for (double end = now() + rest;; rest = end - now()) {
        OWN_REF slept = PyObject_CallFunction(sleep, "d", rest < 0 ? 0.0 : rest < SLICE ? rest : SLICE);
        if (!slept || rest <= SLICE) {
            return STEAL(slept);
        }
        if (limit_is_up()) {
            limit_raise();
            return NULL;
        }
    }
}

/* Condition.wait(condition, timeout=None): events, queues, barriers and futures all wait here. */
static PyObject *wait_object(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *limit = PyTuple_GET_SIZE(args) > 1 ? PyTuple_GET_ITEM(args, 1)
                      : kwargs                   ? dict_get(kwargs, "timeout")
                                                 : NULL;
    PyObject *deferred = PyTuple_GET_ITEM(self, 2);
    if (!modules_view_mine()) {
        return PyObject_Call(PyTuple_GET_ITEM(self, 0), args, kwargs);
    }
    if ((limit && limit != Py_None) || !PyList_GET_SIZE(deferred)) {
        return wait_in_slices(PyTuple_GET_ITEM(self, 0), args, kwargs, limit);
    }
    OWN_REF name = PyObject_GetAttrString(PyList_GET_ITEM(deferred, 0), "name");
    PyErr_Clear();
    OWN_REF text = PyUnicode_FromFormat("starts a thread (%S) and waits, perhaps for it; before the flip it cannot run",
                                        name ? name : Py_None);
    return text ? prevent(self, text, "a thread that was to be started waits for midflight's flip") : NULL;
}

#define METHOD(name, function) {name, (PyCFunction)(void (*)(void))function, METH_VARARGS | METH_KEYWORDS, NULL}
static PyMethodDef start_method = METHOD("start_new_thread", start);
static PyMethodDef fork_method = METHOD("fork", fork_process);
static PyMethodDef signal_method = METHOD("signal", call_in_main_thread);
static PyMethodDef wakeup_method = METHOD("set_wakeup_fd", call_in_main_thread);
static PyMethodDef sleep_method = METHOD("sleep", sleep_in_slices);
static PyMethodDef start_object_method = METHOD("start", start_object);
static PyMethodDef wait_object_method = METHOD("wait", wait_object);

static const struct {
    const char *module, *class_name, *name;
    PyMethodDef *method;
} starters[] = {
    {"_thread", NULL, "start_new_thread", &start_method},
    {"_thread", NULL, "start_new", &start_method},
    {"_thread", NULL, "start_joinable_thread", &start_method},
    {"posix", NULL, "fork", &fork_method},
    {"posix", NULL, "forkpty", &fork_method},
    {"os", NULL, "fork", &fork_method},
    {"os", NULL, "forkpty", &fork_method},
    {"_signal", NULL, "signal", &signal_method},
    {"_signal", NULL, "set_wakeup_fd", &wakeup_method},
    {"signal", NULL, "set_wakeup_fd", &wakeup_method},
    {"time", NULL, "sleep", &sleep_method},
    {"threading", NULL, "_start_new_thread", &start_method},
    {"threading", NULL, "_start_joinable_thread", &start_method},
    {"threading", "Thread", "start", &start_object_method},
    {"threading", "Condition", "wait", &wait_object_method},
};

/* What class or module has under this name, if anything. Borrowed. */
static PyObject *own(PyObject *owner, const char *name)
{
    return dict_get(PyModule_Check(owner) ? PyModule_GetDict(owner) : ((PyTypeObject *)owner)->tp_dict, name);
}

static int stand_in(struct guard *guard, PyObject *owner, const char *name, PyMethodDef *method)
{
    PyObject *original = own(owner, name);
    if (!original) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF key = PyUnicode_InternFromString(name);
    OWN_REF self = key ? PyTuple_Pack(3, original, guard->prevented, guard->deferred) : NULL;
    OWN_REF function = self ? PyCFunction_New(method, self) : NULL;
    OWN_REF bound = !function ? NULL : PyType_Check(owner) ? PyInstanceMethod_New(function) : Py_NewRef(function);
    return bound ? standins_put(&guard->standins, owner, key, bound) : -1;
}

/* The module of that name, or a class in it; borrowed; NULL without exception when it is not loaded. */
static PyObject *owner_of(const char *module_name, const char *class_name)
{
    OWN_REF key = PyUnicode_FromString(module_name);
    PyObject *module = key ? modules_loaded(key) : NULL;
    if (!module || !PyModule_Check(module) || !class_name) {
        return module && PyModule_Check(module) ? module : NULL;
    }
    PyObject *found = dict_get(PyModule_GetDict(module), class_name);
    return found && PyType_Check(found) ? found : NULL;
}

int guard_begin(struct guard *guard)
{
    guard->prevented = PyList_New(0);
    guard->deferred = PyList_New(0);
    if (!guard->prevented || !guard->deferred) {
        return -1;
    }
    for (size_t i = 0; i < sizeof starters / sizeof *starters; i++) {
        PyObject *owner = owner_of(starters[i].module, starters[i].class_name);
        if (PyErr_Occurred() || (owner && stand_in(guard, owner, starters[i].name, starters[i].method) < 0)) {
            return -1;
        }
    }
    return 0;
}

void guard_uncapture(struct guard *guard, PyObject *modules)
{
    PyObject *name, *module;
    for (Py_ssize_t i = 0; PyDict_Next(modules, &i, &name, &module);) {
        if (PyModule_Check(module)) {
            standins_replace_in(&guard->standins, PyModule_GetDict(module));
        }
    }
}

void guard_end(struct guard *guard)
{
    standins_end(&guard->standins);
}

void guard_release(struct guard *guard)
{
    guard_end(guard);
    Py_CLEAR(guard->prevented);
    Py_CLEAR(guard->deferred);
}

/* ---- after the flip ---- */

static int same_attribute(PyObject *a, PyObject *b, const char *name)
{
    OWN_REF left = PyObject_GetAttrString(a, name);
    OWN_REF right = left ? PyObject_GetAttrString(b, name) : NULL;
    if (!right && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear(); /* a thread that ends at this moment drops its target */
        return 0;
    }
    return right ? PyObject_RichCompareBool(left, right, Py_EQ) : -1;
}

/* Do two threads of this class run the same? Without a target it is their class's run(). */
static int same_work(PyObject *a, PyObject *b)
{
    static const char *const parts[] = {"daemon", "_target", "_args", "_kwargs"};
    int same = Py_IS_TYPE(a, Py_TYPE(b));
    for (size_t i = 0; same == 1 && i < sizeof parts / sizeof *parts; i++) {
        same = same_attribute(a, b, parts[i]);
    }
    return same;
}

/* Takes the thread's counterpart out of the list of living threads. 1: there was one. */
static int take_counterpart(PyObject *living, PyObject *thread)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(living); i++) {
        OWN_REF other = Py_NewRef(PyList_GET_ITEM(living, i));
        int same = other == thread ? 1 : same_work(other, thread);
        if (same) {
            return same < 0 || PyList_SetSlice(living, i, i + 1, NULL) < 0 ? -1 : 1;
        }
    }
    return 0;
}

int guard_redo(PyObject *deferred)
{
    if (!PyList_GET_SIZE(deferred)) {
        return 0;
    }
    OWN_REF threading = PyImport_ImportModule("threading");
    OWN_REF living = threading ? PyObject_CallMethod(threading, "enumerate", NULL) : NULL;
    for (Py_ssize_t i = 0; living && i < PyList_GET_SIZE(deferred); i++) {
        PyObject *thread = PyList_GET_ITEM(deferred, i);
        OWN_REF identity = PyObject_GetAttrString(thread, "ident");
        if (!identity) {
            return -1;
        }
        /* With an identity it is the old thread: the flip put it in the place of the one that was not started. */
        int running = take_counterpart(living, thread);
        running = running < 0 ? -1 : running || identity != Py_None;
        OWN_REF done = running ? NULL : PyObject_CallMethod(thread, "start", NULL);
        if (running < 0 || (!running && !done)) {
            return -1;
        }
    }
    return living ? 0 : -1;
}
