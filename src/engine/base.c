/* When a record is made: at the end of the outermost import, by a hook (base_copy.c says what is in one).
 *
 * The hook: _frozen_importlib._find_and_load is looked up as an attribute each time a module that is not loaded yet is
 * imported, so a function put in its place sees the begin and the end of every real import and costs cached imports
 * nothing. Must not: compare or hash values (a proxy resolves itself when it is looked at), nor raise into somebody's
 * import. */
#include "engine/base.h"

#include "compat/heap.h"
#include "engine/base_loggers.h"
#include "engine/earlier.h"
#include "engine/generation.h"
#include "engine/notice.h"

#include <stdlib.h>
#include <unistd.h>

static PyObject *records;  /* owned for ever: dict module name -> record */
static PyObject *started;  /* owned for ever: dict module name -> None, in the order in which imports began */
static PyObject *pending;  /* owned for ever: dict name that began and has no record yet -> ident of its thread */
static PyObject *active;   /* owned for ever: dict ident of a thread that is importing -> None */
static pid_t active_in;    /* the process that `active` is true of: a forked child has one thread */
static PyObject *original; /* owned for ever: importlib's own _find_and_load */
static PyObject *stdlib;   /* owned for ever: sys.stdlib_module_names */

static struct known known; /* which objects have a record */

PyObject *base_records(void)
{
    return records;
}

/* ---- lists that the collector does not know ---- */

/* What records hold is alive for as long as they are, and they are part of no cycle that could be freed. So that they
 * make no collection longer, their lists are tracked only when somebody walks over the heap. */
static struct {
    PyObject **lists; /* owned array of borrowed references */
    size_t n, capacity;
} hidden;

static void show_hidden(void)
{
    while (hidden.n) {
        PyObject_GC_Track(hidden.lists[--hidden.n]);
    }
}

/* Without memory it is tracked as it is. */
static void hide(PyObject *list)
{
    if (hidden.n == hidden.capacity) {
        size_t capacity = hidden.capacity ? hidden.capacity * 2 : 256;
        PyObject **lists = realloc(hidden.lists, capacity * sizeof *lists);
        if (!lists) {
            return;
        }
        hidden.lists = lists;
        hidden.capacity = capacity;
    }
    PyObject_GC_UnTrack(list);
    hidden.lists[hidden.n++] = list;
}

PyObject *base_copies(PyObject *record)
{
    PyObject *list = PyTuple_GET_ITEM(record, BASE_COPIES);
    if (PyTuple_GET_ITEM(record, BASE_PACKED) != Py_True) {
        return list;
    }
    PyObject *copies = pack_unpack(list);
    if (copies) {
        show_hidden();
        known_reread(&known, PyTuple_GET_ITEM(record, BASE_TOP));
        PyTuple_SET_ITEM(record, BASE_COPIES, copies);
        PyTuple_SET_ITEM(record, BASE_PACKED, Py_NewRef(Py_False));
        Py_DECREF(list);
        Py_DECREF(Py_True);
    }
    return copies;
}

void base_before_removal(void)
{
    show_hidden();
    known_forget(&known);
}

PyObject *base_started(void)
{
    return started;
}

/* The first part of a dotted name. New reference. */
static PyObject *top_of(PyObject *name)
{
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1);
    return dot < 0 ? Py_NewRef(name) : PyUnicode_Substring(name, 0, dot);
}

/* ---- recording ---- */

/* Is this a module of the standard library (or one that has no name)? Such modules are never upgraded. */
static int is_foreign(PyObject *name)
{
    if (!PyUnicode_CheckExact(name)) {
        return 1;
    }
    OWN_REF top = top_of(name);
    return top ? PySet_Contains(stdlib, top) : -1;
}

/* A record takes the place of another one that the module's name had, or of none. */
static int set_record(PyObject *name, PyObject *record, PyObject *before)
{
    if (before) {
        show_hidden();
        known_forget(&known);
    }
    if (PyDict_SetItem(records, name, record) < 0) {
        known_forget(&known);
        return -1;
    }
    hide(PyTuple_GET_ITEM(record, BASE_COPIES));
    hide(PyTuple_GET_ITEM(record, BASE_FUNCTIONS));
    return 0;
}

static int record_module(PyObject *name, PyObject *module, bool late)
{
    int foreign = is_foreign(name);
    if (foreign != 0 || !PyModule_Check(module)) {
        return foreign < 0 ? -1 : 0;
    }
    PyObject *before = PyDict_GetItemWithError(records, name);
    if (before && PyTuple_GET_ITEM(before, BASE_MODULE) == module) {
        return 0;
    }
    OWN_REF record = PyErr_Occurred() ? NULL : base_record(module, &known, records, late);
    return record ? set_record(name, record, before) : -1;
}

/* No finalizer runs in the middle: what is being recorded stays what it is. */
static int without_collections(int (*step)(void *arg), void *arg)
{
    int enabled = PyGC_Disable();
    int result = step(arg);
    if (enabled) {
        PyGC_Enable();
    }
    return result;
}

/* Records every loaded module that has no record yet, as late. Walks a copy: recording may import nothing, but other
 * threads may. */
static int record_all(void *arg)
{
    (void)arg;
    OWN_REF modules = PyDict_Copy(PyImport_GetModuleDict());
    PyObject *name, *module;
    Py_ssize_t position = 0;
    int failed = modules ? 0 : -1;
    known_begin(&known);
    while (!failed && PyDict_Next(modules, &position, &name, &module)) {
        failed = record_module(name, module, true);
    }
    return failed;
}

/* The imports of this thread that are under way, innermost first: an import runs others inside. */
struct importing {
    PyObject *name; /* borrowed from the caller's arguments */
    struct importing *outer;
    struct importing *next, **link; /* in all_importing, while it is watched */
    unsigned long thread;
    bool outermost;                                               /* of the imports of distributions */
    enum { OWNER_UNKNOWN, OWNER_NONE, OWNER_DISTRIBUTION } owner; /* of the module, once there is one */
};

static _Thread_local struct importing *innermost;
static struct importing *all_importing; /* of all threads that do not stage, guarded by the GIL */
static size_t n_imports;                /* how many there have been */

size_t base_imports_begun(void)
{
    return n_imports;
}

int base_each_import(int (*visit)(PyObject *name, void *arg), void *arg)
{
    int result = 0;
    for (struct importing *at = all_importing; at && !result; at = at->next) {
        if (at->thread != PyThread_get_thread_ident()) {
            result = visit(at->name, arg);
        }
    }
    return result;
}

static void enter(struct importing *importing)
{
    importing->thread = PyThread_get_thread_ident();
    importing->next = all_importing;
    importing->link = &all_importing;
    if (all_importing) {
        all_importing->link = &importing->next;
    }
    all_importing = importing;
    n_imports++;
}

static void leave(struct importing *importing)
{
    *importing->link = importing->next;
    if (importing->next) {
        importing->next->link = importing->link;
    }
}

void base_after_fork(void)
{
    all_importing = NULL; /* those of other threads lie on stacks that are gone */
    for (struct importing *at = innermost; at; at = at->outer) {
        if (at->link) {
            enter(at);
        }
    }
}

/* Is this an import of a distribution's module, or of one in the same package as `inner`? Then what it loads inside is
 * not complete before it ends. The program's own modules are no reason to wait: they use what they import. */
static int is_library_import(struct importing *importing, PyObject *inner)
{
    if (importing->owner != OWNER_UNKNOWN) {
        return importing->owner == OWNER_DISTRIBUTION;
    }
    PyObject *module = PyDict_GetItemWithError(PyImport_GetModuleDict(), importing->name);
    if (!module) {
        OWN_REF left = PyErr_Occurred() ? NULL : top_of(importing->name);
        OWN_REF right = left ? top_of(inner) : NULL;
        return right ? PyUnicode_Compare(left, right) == 0 : -1;
    }
    OWN_REF origin = notice_origin(module);
    OWN_REF owner = origin ? notice_owner(origin, false) : NULL;
    if (owner) {
        importing->owner = owner == Py_None ? OWNER_NONE : OWNER_DISTRIBUTION;
    }
    return owner ? owner != Py_None : -1;
}

/* Has the outermost import of distributions ended? */
static int is_outermost(PyObject *name)
{
    for (struct importing *outer = innermost; outer; outer = outer->outer) {
        int library = is_library_import(outer, name);
        if (library != 0) {
            return library < 0 ? -1 : 0;
        }
    }
    return 1;
}

static PyObject *this_thread(void)
{
    return PyLong_FromUnsignedLong(PyThread_get_thread_ident());
}

/* A thread's outermost import begins or ends. */
static int set_active(PyObject *thread, bool on)
{
    pid_t process = getpid();
    if (active_in != process) {
        active_in = process;
        PyDict_Clear(active);
    }
    return on                                     ? PyDict_SetItem(active, thread, Py_None)
           : PyDict_Contains(active, thread) == 1 ? PyDict_DelItem(active, thread)
                                                  : 0;
}

/* Does another thread load this, and is not done with all that it loads? 1, 0, -1. */
static int is_elsewhere(PyObject *name, PyObject *thread)
{
    PyObject *starter = PyDict_GetItemWithError(pending, name);
    int same = starter ? PyObject_RichCompareBool(starter, thread, Py_EQ) : 1;
    return PyErr_Occurred() ? -1 : same ? 0 : PyDict_Contains(active, starter);
}

/* Is it loaded around the import that has just ended? */
static bool is_under_way(PyObject *name)
{
    for (struct importing *outer = innermost; outer; outer = outer->outer) {
        if (PyUnicode_CheckExact(outer->name) && PyUnicode_Compare(outer->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static int note_earlier(void *name)
{
    return earlier_note(&known, records, name);
}

/* Remembers in which order modules began to be imported: sys.modules has them in the order in which they were done. */
static int note_start(struct importing *importing)
{
    PyObject *name = importing->name;
    OWN_REF thread = this_thread();
    if (!thread || (!innermost && set_active(thread, true) < 0)) {
        return -1;
    }
    if (!PyUnicode_CheckExact(name)) {
        return 0;
    }
    int outermost = is_outermost(name), foreign = outermost > 0 ? is_foreign(name) : 0;
    importing->outermost = outermost > 0 && foreign == 0;
    if (outermost < 0 || foreign < 0 || (importing->outermost && without_collections(note_earlier, name) < 0)) {
        return -1;
    }
    int begun = PyDict_Contains(started, name);
    int elsewhere =
        begun < 0 || (!begun && PyDict_SetItem(started, name, Py_None) < 0) ? -1 : is_elsewhere(name, thread);
    return elsewhere ? (elsewhere < 0 ? -1 : 0) : PyDict_SetItem(pending, name, thread);
}

static int record_one(PyObject *name, PyObject *thread)
{
    int elsewhere = is_elsewhere(name, thread);
    if (elsewhere < 0) {
        return -1;
    }
    if (elsewhere || is_under_way(name)) {
        return 0;
    }
    PyObject *module = PyDict_GetItemWithError(PyImport_GetModuleDict(), name);
    OWN_REF held = Py_XNewRef(module);
    bool failed = PyErr_Occurred() || (held && record_module(name, held, false) < 0);
    return failed || (PyDict_Contains(pending, name) == 1 && PyDict_DelItem(pending, name) < 0) ? -1 : 0;
}

/* Records what began to be imported since the last time and is loaded by now: not what goes on around this import, nor
 * what another thread is loading. */
static int record_pending(void *thread)
{
    notice_look_again();
    OWN_REF names = PyDict_Keys(pending);
    int failed = names ? 0 : -1;
    known_begin(&known);
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(names); i++) {
        failed = record_one(PyList_GET_ITEM(names, i), thread);
    }
    return failed ? -1 : base_loggers_note(true);
}

static int note_end(PyObject *name, bool loaded)
{
    OWN_REF thread = this_thread();
    if (!thread) {
        return -1;
    }
    int outermost = loaded && PyUnicode_CheckExact(name) ? is_outermost(name) : 0;
    int recorded = outermost > 0 ? without_collections(record_pending, thread) : outermost;
    return !innermost && set_active(thread, false) < 0 ? -1 : recorded;
}

/* Somebody's import must neither fail because of us nor lose its own exception. */
static void tell_only(int result, PyObject *type, PyObject *value, PyObject *traceback)
{
    if (result < 0) {
        PyErr_WriteUnraisable(original);
    }
    PyErr_Restore(type, value, traceback);
}

static PyObject *find_and_load(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    (void)self;
    bool watch = n_args > 0 && !notice_is_staging();
    struct importing frame = {.name = n_args > 0 ? args[0] : NULL, .outer = innermost};
    if (watch) {
        enter(&frame);
        tell_only(note_start(&frame), NULL, NULL, NULL);
    }
    innermost = &frame;
    OWN_REF module = PyObject_Vectorcall(original, args, (size_t)n_args, NULL);
    innermost = frame.outer;
    if (watch) {
        leave(&frame);
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        int result = note_end(args[0], module != NULL);
        if (frame.outermost) {
            earlier_forget();
        }
        tell_only(result, type, value, traceback);
    }
    return STEAL(module);
}

static PyMethodDef hook = {
    "_find_and_load", (PyCFunction)(void (*)(void))find_and_load, METH_FASTCALL,
    "_find_and_load(name, import_)\n--\n\nimportlib's function; midflight notes what was loaded."};

int base_start(void)
{
    if (records) {
        return 0;
    }
    OWN_REF importlib = PyImport_ImportModule("_frozen_importlib");
    OWN_REF theirs = importlib ? PyObject_GetAttrString(importlib, hook.ml_name) : NULL;
    OWN_REF ours = theirs ? PyCFunction_New(&hook, NULL) : NULL;
    OWN_REF dict = ours ? PyDict_New() : NULL;
    PyObject *names = sys_get("stdlib_module_names");
    if (!dict || !names) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_RuntimeError, "sys.stdlib_module_names is missing");
        }
        return -1;
    }
    if ((!started && !(started = PyDict_New())) || (!pending && !(pending = PyDict_New())) ||
        (!active && !(active = PyDict_New()))) {
        return -1;
    }
    records = Py_NewRef(dict);
    original = Py_NewRef(theirs);
    stdlib = Py_NewRef(names);
    heap_before_walks(show_hidden);
    if (without_collections(record_all, NULL) < 0 || base_loggers_note(false) < 0 ||
        PyObject_SetAttrString(importlib, hook.ml_name, ours) < 0) {
        Py_CLEAR(records);
        return -1;
    }
    return 0;
}
