/* A number or a string that staging puts into somebody's registry leads to nothing staged, so no walk finds it. Where
 * CPython tells of each write to a dict (compat/writes.h), every dict of the process is watched while staging runs, and
 * what the staging thread writes is noted with what stood there.
 *
 * Not every write of that thread is staging's:
 *   - a signal handler, or a finalizer that a collection calls, is the program, interrupting;
 *   - the body of a module of the standard library that is loaded meanwhile, for everybody: that stays;
 *   - modules of the standard library that keep books of their own (caches of re, of linecache; loggers): either the
 *     other parts of effects see to it, or it means nothing. Told by the function that writes, not by the place.
 * Whatever else happens with code of the new version below on the stack is staging's.
 *
 * Left alone are dicts that an object of C keeps for itself (a bounded lru_cache has pointers into its own).
 *
 * Invariant: taken back is only what still stands there as staging left it; so the record, read backwards, is an exact
 * inverse, and what another thread wrote over it stays. */
#include "engine/effects_written.h"

#include "compat/frame.h"
#include "compat/heap.h"
#include "compat/modules.h"
#include "engine/effects_parts.h"
#include "engine/redo.h"
#include "engine/refuse.h"

#include <string.h>

/* ---- whose write is it? ---- */

static const char *const bookkeepers[] = {
    "abc",
    "codecs",
    "copyreg",
    "encodings",
    "enum",
    "functools",
    "importlib._bootstrap",
    "linecache",
    "logging",
    "os",
    "re",
    "re._compiler",
    "re._parser",
    "importlib._bootstrap_external",
    "sre_parse",
    "tokenize",
    "typing",
    "threading",
    "warnings",
    "weakref",
    "_weakrefset",
    "inspect",
    "importlib",
    "multiprocessing.heap",
    "multiprocessing.util",
    "atexit",
    "zipimport",
    "_py_warnings",
    "contextlib",
    "sre_compile",
    "_frozen_importlib",
    "_frozen_importlib_external",
};

bool written_is_bookkeeper(PyObject *name)
{
    for (size_t i = 0; i < sizeof bookkeepers / sizeof *bookkeepers; i++) {
        if (PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, bookkeepers[i]) == 0) {
            return true;
        }
    }
    return false;
}

struct writer {
    const struct written *written;
    bool first; /* no frame was seen yet */
    bool staging;
};

/* From the innermost call outwards, until a frame decides. */
static int look_at(frame *f, PyThreadState *thread, void *arg)
{
    (void)thread;
    struct writer *writer = arg;
    const struct written *written = writer->written;
    PyObject *globals = frame_globals(f), *code = (PyObject *)frame_code(f);
    PyObject *name = globals && PyDict_Check(globals) ? PyDict_GetItemWithError(globals, written->name) : NULL;
    bool first = writer->first;
    writer->first = false;
    if (ptrmap_get(&written->handlers, code) || (first && name && written_is_bookkeeper(name))) {
        return 1;
    }
    if (!name || !PyUnicode_Check(name) || ptrmap_find(&written->outside->by_dict, globals)) {
        return 0;
    }
    PyObject *module = modules_loaded(name);
    bool published = module && PyModule_Check(module) && PyModule_GetDict(module) == globals;
    bool body = PyUnicode_CompareWithASCIIString(((PyCodeObject *)code)->co_name, "<module>") == 0;
    writer->staging = !published;
    return !published || body;
}

/* Lists of subclasses (int -> weak reference) are kept right by the type; bound submodules and the registries of
 * warnings are seen to elsewhere. */
static bool is_kept_elsewhere(PyObject *key, PyObject *value)
{
    return (key && PyLong_CheckExact(key) && value && PyWeakref_Check(value)) || (value && PyModule_Check(value)) ||
           (key && PyUnicode_Check(key) && PyUnicode_CompareWithASCIIString(key, "__warningregistry__") == 0);
}

static bool is_stagings(PyObject *dict, PyObject *key, PyObject *value, void *arg)
{
    (void)dict;
    if (!modules_view_mine() || heap_collecting() || is_kept_elsewhere(key, value)) {
        return false;
    }
    struct writer writer = {.written = arg, .first = true};
    frame_each_of(PyThreadState_Get(), look_at, &writer);
    PyErr_Clear();
    return writer.staging;
}

/* ---- beginning ---- */

/* The code that runs when this is called; NULL without exception when it is none of Python's. */
static PyObject *code_of(PyObject *callable)
{
    OWN_REF inner =
        Py_IS_TYPE(callable, &PyMethod_Type) ? NULL : PyObject_GetAttrString(callable, "func"); /* partial */
    if (short_of_memory()) {
        return NULL;
    }
    PyErr_Clear();
    OWN_REF call = PyObject_GetAttrString((PyObject *)Py_TYPE(inner ? inner : callable), "__call__");
    if (short_of_memory()) {
        return NULL;
    }
    PyErr_Clear();
    callable = inner ? inner : callable;
    callable = PyMethod_Check(callable)     ? PyMethod_GET_FUNCTION(callable)
               : PyFunction_Check(callable) ? callable
                                            : call;
    return callable && PyFunction_Check(callable) ? PyFunction_GET_CODE(callable) : NULL;
}

static int note_handlers(struct written *written, PyObject *signals)
{
    for (Py_ssize_t i = 0; PyList_Check(signals) && i < PyList_GET_SIZE(signals); i++) {
        PyObject *code = code_of(PyList_GET_ITEM(signals, i));
        if (PyErr_Occurred()) {
            return -1;
        }
        if (code && ptrmap_put(&written->handlers, code, code) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

bool written_has_handlers(const struct written *written)
{
    return written->handlers.used > 0;
}

struct watching {
    struct written *written;
    traverseproc of_classes; /* that of objects whose class was made by a class statement */
};

static int note_internal(PyObject *referent, void *arg)
{
    return PyDict_CheckExact(referent) ? ptrmap_put(arg, referent, referent) : 0;
}

/* Is what an object of this type refers to for Python code to change? */
static bool is_open(const struct watching *watching, PyTypeObject *type)
{
    while (type->tp_traverse == watching->of_classes && type->tp_base) {
        type = type->tp_base;
    }
    PyTypeObject *const open[] = {
        &PyBaseObject_Type, &PyDict_Type,    &PyList_Type, &PyTuple_Type, &PyModule_Type, &PyType_Type,
        &PyFunction_Type,   &PyMethod_Type,  &PyCell_Type, &PySet_Type,   &PyFrame_Type,  &PyGen_Type,
        &PyCoro_Type,       &PyUnicode_Type, &PyLong_Type, &PyFloat_Type, &PyBytes_Type,
    };
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        if (type == open[i]) {
            return true;
        }
    }
    return false;
}

static int find_internal(PyObject *object, void *arg)
{
    struct watching *watching = arg;
    PyTypeObject *type = Py_TYPE(object);
    return type->tp_traverse && !is_open(watching, type)
               ? type->tp_traverse(object, note_internal, &watching->written->internal)
               : 0;
}

static int watch(PyObject *object, void *arg)
{
    const struct watching *watching = arg;
    if (PyDict_Check(object) && !ptrmap_get(&watching->written->internal, object)) {
        writes_watch(object);
    }
    return 0;
}

/* Registries of warnings are written by C code, whoever runs. */
static int leave_registries(struct written *written)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(written->outside->spaces); i++) {
        PyObject *copy = PyTuple_GET_ITEM(PyList_GET_ITEM(written->outside->spaces, i), 2);
        PyObject *registry = dict_get(copy, "__warningregistry__");
        if ((registry && ptrmap_put(&written->internal, registry, registry) < 0) || PyErr_Occurred()) {
            return -1;
        }
    }
    return ptrmap_put(&written->internal, modules_dict(), modules_dict());
}

int written_begin(struct written *written, const struct outside *outside, PyObject *signals)
{
    ptrmap_init(&written->internal);
    ptrmap_init(&written->handlers);
    written->outside = outside;
    written->name = PyUnicode_InternFromString("__name__");
    if (!written->name || note_handlers(written, signals) < 0) {
        return -1;
    }
    int impossible = writes_begin(&written->writes, is_stagings, written);
    written->exact = impossible == 0;
    if (impossible) {
        return impossible < 0 ? -1 : 0;
    }
    OWN_REF sample = effects_attribute("_frozen_importlib_external", "SourceFileLoader"); /* some class of Python's */
    if (!sample || !PyType_Check(sample)) {
        written->exact = false;
        return sample ? 0 : -1;
    }
    struct watching watching = {written, ((PyTypeObject *)sample)->tp_traverse};
    if (leave_registries(written) < 0 || epoch_each_old(outside->epoch, find_internal, &watching) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return epoch_each_old(outside->epoch, watch, &watching);
}

/* ---- ending ---- */

/* One write less, in a copy. */
static int unwrite(PyObject *copy, const struct write *write)
{
    if (write->key && write->before) {
        return PyDict_SetItem(copy, write->key, write->before);
    }
    if (write->key) {
        return PyDict_Contains(copy, write->key) == 1 ? PyDict_DelItem(copy, write->key) : 0;
    }
    if (write->before) {
        return PyDict_Update(copy, write->before);
    }
    PyDict_Clear(copy);
    return 0;
}

int written_stop(struct written *written, struct outside *outside)
{
    writes_end();
    for (size_t i = written->writes.n; i-- > 0;) {
        const struct write *write = &written->writes.made[i];
        bool known = ptrmap_find(&outside->by_dict, write->dict) != NULL;
        struct ptrmap_slot *slot = known ? NULL : ptrmap_find(&outside->copies, write->dict);
        if (known || (slot && !ptrmap_find(&outside->rebuilt, write->dict))) {
            continue; /* copied beforehand */
        }
        OWN_REF copy = slot ? Py_NewRef(slot->value) : PyDict_Copy(write->dict);
        if (!copy || unwrite(copy, write) < 0) {
            return -1;
        }
        if (!slot && (PyList_Append(outside->kept, copy) < 0 || ptrmap_put(&outside->copies, write->dict, copy) < 0 ||
                      ptrmap_put(&outside->rebuilt, write->dict, copy) < 0)) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

/* Takes one write back if it still stands. */
static int take_back(struct outside *outside, struct write *write)
{
    PyObject *dict = write->dict, *key, *value;
    if (write->key) {
        PyObject *now = PyDict_GetItemWithError(dict, write->key);
        bool stands = now == write->value && !PyErr_Occurred();
        write->taken_back = write->taken_back || stands;
        return PyErr_Occurred() ? -1 : stands ? outside_write(outside, dict, write->key, write->before) : 0;
    }
    write->taken_back = true;
    PyObject *items = write->before ? write->before : write->value;
    for (Py_ssize_t i = 0; PyDict_Next(items, &i, &key, &value);) {
        PyObject *now = PyDict_GetItemWithError(dict, key);
        bool undo = write->before ? !now : now == value;
        if (PyErr_Occurred() || (undo && outside_write(outside, dict, key, write->before ? value : NULL) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* Notes it for the flip. Each is noted, in the order in which they were made: one that was overwritten by a later one
 * is what that one finds. */
static int note_again(struct outside *outside, const struct write *write)
{
    PyObject *dict = write->dict, *key, *value;
    if (write->key) {
        return outside_note(outside, dict, write->key, write->value, write->before);
    }
    PyObject *items = write->before ? write->before : write->value;
    for (Py_ssize_t i = 0; PyDict_Next(items, &i, &key, &value);) {
        if (outside_note(outside, dict, key, write->before ? NULL : value, write->before ? value : NULL) < 0) {
            return -1;
        }
    }
    return 0;
}

int written_undo(struct written *written, struct outside *outside, PyObject *reasons)
{
    struct writes *writes = &written->writes;
    for (size_t i = writes->n; i-- > 0;) {
        if (take_back(outside, &writes->made[i]) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < writes->n; i++) {
        const struct write *write = &writes->made[i];
        bool deleted = write->key ? !write->value : write->before != NULL;
        if (write->taken_back &&
            ((deleted && outside_reorder(outside, write->dict) < 0) || note_again(outside, write) < 0)) {
            return -1;
        }
    }
    return writes->lost ? refuse(reasons, EFFECT_CODE, NULL, NULL, "try again",
                                 "memory was short while what importing the new version does was recorded")
                        : 0;
}

static int unwatch(PyObject *object, void *arg)
{
    (void)arg;
    writes_unwatch(object);
    return 0;
}

void written_release(struct written *written, struct epoch *epoch)
{
    writes_end();
    if (written->exact && epoch->mark) {
        epoch_each_old(epoch, unwatch, NULL);
    }
    written->exact = false;
    writes_release(&written->writes);
    ptrmap_release(&written->internal);
    ptrmap_release(&written->handlers);
    Py_CLEAR(written->name);
}
