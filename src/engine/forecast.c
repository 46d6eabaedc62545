/* Looks around after a trial flip: layouts and instances, native references, frames, the program's code.
 *
 * Invariant: what is put down is text and numbers; nothing of the package is held by it. References that are on their
 * way through C calls of other threads look like native ones: only those count that are there in every one of several
 * looks. Must not: run code of the program or of the package. */
#include "engine/forecast.h"

#include "compat/heap.h"
#include "compat/type.h"
#include "engine/base.h"
#include "engine/flip_frames.h"
#include "engine/impact.h"

#include <stdlib.h>
#include <time.h>

#define LOOKS 4
#define BETWEEN_NS 3000000 /* between two looks, without the GIL */

/* A new tuple (module or None, symbol, a, b) about a pair. */
static PyObject *describe_pair(const struct upgrade *upgrade, const struct pair *pair, PyObject *a, PyObject *b)
{
    PyObject *module = NULL;
    OWN_REF path = a && b ? match_path(&upgrade->match, pair, &module) : NULL;
    return path ? PyTuple_Pack(4, module ? module : Py_None, path, a, b) : NULL;
}

/* ---- layouts ---- */

/* How many live instances has each class? Into counts: class -> number. */
static int count_instances(const struct account *account, struct ptrmap *counts)
{
    for (size_t i = 0; i < account->instances.n; i++) {
        PyObject *instance = account->instances.items[i];
        uintptr_t n = (uintptr_t)ptrmap_get(counts, Py_TYPE(instance));
        if (!ptrmap_get(&account->fixed, instance) && ptrmap_put(counts, Py_TYPE(instance), (void *)(n + 1)) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

static int add_layout(struct upgrade *upgrade, const struct pair *pair, const struct ptrmap *counts, PyObject *list)
{
    const char *why = "it is no class any more";
    PyTypeObject *old = (PyTypeObject *)pair->old, *new = (PyTypeObject *)pair->partner;
    bool same = PyType_Check(pair->partner) && type_same_layout(old, new, &upgrade->flip.account.map, &why);
    size_t n = (size_t)(uintptr_t)ptrmap_get(counts, old);
    if (same && n == 0) {
        return 0;
    }
    OWN_REF instances = PyLong_FromSize_t(n);
    OWN_REF change = same ? Py_NewRef(Py_None) : PyUnicode_FromString(why);
    OWN_REF entry = describe_pair(upgrade, pair, instances, change);
    return entry ? PyList_Append(list, entry) : -1;
}

/* List of (module, symbol, live instances, None or how the layout differs): classes that have instances, and those
 * whose layout differs. */
static PyObject *find_layouts(struct upgrade *upgrade)
{
    OWN_REF list = PyList_New(0);
    struct account *account = &upgrade->flip.account;
    struct ptrmap counts;
    ptrmap_init(&counts);
    bool before = heap_forbid_collection();
    int failed = !list || account_walk(account) < 0 || count_instances(account, &counts) < 0;
    for (size_t i = 0; !failed && i < upgrade->match.n_pairs; i++) {
        const struct pair *pair = &upgrade->match.pairs[i];
        failed = pair->kind == PAIR_CLASS && PyType_Check(pair->old) && add_layout(upgrade, pair, &counts, list) < 0;
    }
    heap_allow_collection(before);
    ptrmap_release(&counts);
    return failed ? NULL : STEAL(list);
}

/* List of (distribution or None, module or None, class): whose __upgrade__ an upgrade would call. */
static PyObject *find_hooks(struct upgrade *upgrade)
{
    OWN_REF list = PyList_New(0);
    for (size_t i = 0; list && i < upgrade->migrate.n_classes; i++) {
        const struct migrate_class *class = &upgrade->migrate.classes[i];
        PyObject *module = class_module_name(class->type);
        PyObject *record = class->hook && module ? PyDict_GetItemWithError(base_records(), module) : NULL;
        PyObject *owner = record ? PyTuple_GET_ITEM(record, BASE_OWNER) : Py_None;
        OWN_REF entry = class->hook
                            ? Py_BuildValue("(OOO)", owner == Py_None ? Py_None : PyTuple_GET_ITEM(owner, 0),
                                            module ? module : Py_None, ((PyHeapTypeObject *)class->type)->ht_qualname)
                            : NULL;
        if (class->hook && (!entry || PyList_Append(list, entry) < 0)) {
            return NULL;
        }
    }
    return STEAL(list);
}

/* ---- native holders ---- */

/* One look: `left` has of each target what was left over in all looks so far. */
static int look_once(struct account *account, Py_ssize_t *left, bool first)
{
    bool before = heap_forbid_collection();
    int failed = account_walk(account);
    for (size_t i = 0; !failed && i < account->n_targets; i++) {
        Py_ssize_t now = account_left_over(&account->list[i]);
        left[i] = first || now < left[i] ? now : left[i];
    }
    heap_allow_collection(before);
    return failed;
}

static int list_native(struct upgrade *upgrade, const Py_ssize_t *left, PyObject *list)
{
    struct account *account = &upgrade->flip.account;
    for (size_t i = 0; i < account->n_targets; i++) {
        PyObject *object = account->list[i].object;
        struct pair *pair = left[i] > 0 ? match_find(&upgrade->match, object) : NULL;
        if (!pair) {
            continue;
        }
        OWN_REF kind = PyUnicode_FromString(Py_TYPE(object)->tp_name);
        OWN_REF count = PyLong_FromSsize_t(left[i]);
        OWN_REF entry = describe_pair(upgrade, pair, kind, count);
        if (!entry || PyList_Append(list, entry) < 0) {
            return -1;
        }
    }
    return 0;
}

/* List of (module, symbol, type, references): objects of the package that native code keeps references to. */
static PyObject *find_native(struct upgrade *upgrade)
{
    struct account *account = &upgrade->flip.account;
    Py_ssize_t *left = calloc(account->n_targets + 1, sizeof *left);
    OWN_REF list = PyList_New(0);
    int failed = !left || !list;
    for (int i = 0; i < LOOKS && !failed; i++) {
        if (i > 0) {
            Py_BEGIN_ALLOW_THREADS nanosleep(&(struct timespec){.tv_nsec = BETWEEN_NS}, NULL);
            Py_END_ALLOW_THREADS
        }
        failed = look_once(account, left, i == 0) < 0;
    }
    failed = failed || list_native(upgrade, left, list) < 0;
    free(left);
    if (failed && !PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    return failed ? NULL : STEAL(list);
}

/* ---- frames ---- */

struct frames {
    struct upgrade *upgrade;
    PyObject *list;
};

/* Is a changed function executed by this frame, or code that has no counterpart? */
static bool is_changed(const struct upgrade *upgrade, frame *f)
{
    PyObject *globals = frame_globals(f), *function = frame_function(f);
    struct pair *pair = function ? match_find(&upgrade->match, function) : NULL;
    bool inside = globals && ptrmap_get(&upgrade->old.dicts, globals);
    return pair ? pair->changed || !PyFunction_Check(pair->partner) : inside;
}

static int list_frame(frame *f, PyThreadState *thread, void *arg)
{
    struct frames *frames = arg;
    if (!is_changed(frames->upgrade, f)) {
        return 0;
    }
    PyCodeObject *code = frame_code(f);
    OWN_REF why = NULL;
    int fits = flip_frame_fits(f, frames->upgrade, &why);
    OWN_REF name = fits < 0 ? NULL : drain_thread_name(thread);
    OWN_REF entry = name ? Py_BuildValue("(OOOiOO)", name, code->co_qualname, code->co_filename, frame_line(f),
                                         fits ? Py_True : Py_False, why ? why : Py_None)
                         : NULL;
    return entry ? PyList_Append(frames->list, entry) : -1;
}

/* List of (thread, function, file, line, can it go on in the new version?, None or why not). */
static PyObject *find_frames(struct upgrade *upgrade)
{
    OWN_REF list = PyList_New(0);
    struct frames frames = {upgrade, list};
    bool before = heap_forbid_collection();
    int failed = list ? frame_each(list_frame, &frames) : -1;
    heap_allow_collection(before);
    frame_fini();
    return failed ? NULL : STEAL(list);
}

/* ---- all of it ---- */

int forecast_look(struct upgrade *upgrade)
{
    OWN_REF uses = impact_find(upgrade);
    OWN_REF layouts = uses ? find_layouts(upgrade) : NULL;
    OWN_REF frames = layouts ? find_frames(upgrade) : NULL;
    OWN_REF hooks = frames ? find_hooks(upgrade) : NULL;
    OWN_REF native = hooks ? find_native(upgrade) : NULL;
    if (!native || impact_refuse(upgrade, uses) < 0) {
        return -1;
    }
    upgrade->seen = Py_BuildValue("{s:O,s:O,s:O,s:O,s:O}", "uses", uses, "layouts", layouts, "frames", frames, "hooks",
                                  hooks, "native", native);
    return upgrade->seen ? 0 : -1;
}

PyObject *forecast_answer(struct upgrade *upgrade, bool whole)
{
    OWN_REF answer = Py_BuildValue("{s:O,s:O,s:O,s:O,s:d}", "changes", upgrade->changes ? upgrade->changes : Py_None,
                                   "reasons", upgrade->reasons, "notes", upgrade->notes, "whole",
                                   whole ? Py_True : Py_False, "staged", upgrade->stage.seconds);
    if (!answer || !whole) {
        return STEAL(answer);
    }
    OWN_REF functions = forecast_functions(upgrade);
    OWN_REF classes = functions ? forecast_classes(upgrade) : NULL;
    OWN_REF modules = classes ? forecast_modules(upgrade) : NULL;
    bool failed = !modules || PyDict_SetItemString(answer, "functions", functions) < 0 ||
                  PyDict_SetItemString(answer, "classes", classes) < 0 ||
                  PyDict_SetItemString(answer, "modules", modules) < 0 ||
                  PyDict_SetItemString(answer, "conflicts", upgrade->carry.conflicts) < 0 ||
                  PyDict_Update(answer, upgrade->seen) < 0;
    return failed ? NULL : STEAL(answer);
}
