/* What takes objects and answers: no flip, nothing that stays (but the view on sys.modules until view_end). */
#include "testing/testing.h"

#include "base/ptrmap.h"
#include "base/sha256.h"
#include "compat/heap.h"
#include "compat/holder_internal.h"
#include "compat/imports.h"
#include "compat/instructions.h"
#include "compat/modules.h"
#include "compat/selftest.h"
#include "compat/state.h"
#include "compat/type.h"
#include "engine/same.h"

#include <stddef.h>
#include <stdio.h>

/* ---- code ---- */

static PyObject *questions_same_code(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *left, *right;
    if (!PyArg_ParseTuple(args, "O!O!", &PyCode_Type, &left, &PyCode_Type, &right)) {
        return NULL;
    }
    int same = same_code(left, right);
    return same < 0 ? NULL : PyBool_FromLong(same);
}

static PyObject *questions_imports_of(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *code;
    return PyArg_ParseTuple(args, "O!", &PyCode_Type, &code) ? imports_of((PyCodeObject *)code) : NULL;
}

static PyObject *questions_global_stores(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *code, *name;
    if (!PyArg_ParseTuple(args, "O!U", &PyCode_Type, &code, &name)) {
        return NULL;
    }
    int kinds = imports_global_stores((PyCodeObject *)code, name);
    return kinds < 0 ? NULL : PyLong_FromLong(kinds);
}

static PyObject *collect_names(PyObject *args, int (*collect)(PyCodeObject *code, PyObject *names))
{
    PyObject *code;
    if (!PyArg_ParseTuple(args, "O!", &PyCode_Type, &code)) {
        return NULL;
    }
    OWN_REF names = PySet_New(NULL);
    return names && collect((PyCodeObject *)code, names) == 0 ? STEAL(names) : NULL;
}

static PyObject *questions_self_stores(PyObject *module, PyObject *args)
{
    (void)module;
    return collect_names(args, code_self_stores);
}

static PyObject *questions_attribute_reads(PyObject *module, PyObject *args)
{
    (void)module;
    return collect_names(args, code_attribute_reads);
}

/* ---- holders ---- */

struct comparison {
    struct ptrmap map;
    Py_ssize_t visited, references;
    PyObject *different; /* borrowed: an object that two ways of counting disagree about */
};

static int compare_counts(PyObject *object, void *arg)
{
    struct comparison *comparison = arg;
    Py_ssize_t fast = holder_count(object, &comparison->map);
    Py_ssize_t slow = holder_count_by_traverse(object, &comparison->map);
    comparison->visited++;
    comparison->references += slow;
    if (fast != slow) {
        comparison->different = object;
    }
    return 0;
}

/* Counts the references to some objects in the whole heap, fast and by tp_traverse. */
static PyObject *questions_compare_counts(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *objects;
    struct comparison comparison = {0};
    if (!PyArg_ParseTuple(args, "O!", &PyList_Type, &objects)) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(objects); i++) {
        PyObject *object = PyList_GET_ITEM(objects, i);
        if (ptrmap_put(&comparison.map, object, object) < 0) {
            ptrmap_release(&comparison.map);
            return PyErr_NoMemory();
        }
    }
    heap_each(compare_counts, &comparison);
    ptrmap_release(&comparison.map);
    return Py_BuildValue("(nnz)", comparison.visited, comparison.references,
                         comparison.different ? Py_TYPE(comparison.different)->tp_name : NULL);
}

/* Puts pairs (key, value) into a map with room for `room`, one whose value is 0 takes its key out; asks for keys:
 * (number used, values or None, pairs in the table's order). */
static PyObject *questions_pointer_map(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *puts, *asks;
    Py_ssize_t room = 0;
    if (!PyArg_ParseTuple(args, "O!O!|n", &PyList_Type, &puts, &PyList_Type, &asks, &room)) {
        return NULL;
    }
    struct ptrmap map;
    ptrmap_init(&map);
    OWN_REF found = PyList_New(0);
    OWN_REF content = PyList_New(0);
    int result = found && content && ptrmap_reserve(&map, (size_t)room) == 0 ? 0 : -1;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(puts); i++) {
        size_t key, value;
        result = PyArg_ParseTuple(PyList_GET_ITEM(puts, i), "nn", &key, &value) ? 0 : -1;
        if (result == 0 && value == 0) {
            ptrmap_remove(&map, (void *)key);
        } else if (result == 0 && ptrmap_put(&map, (void *)key, (void *)value) < 0) {
            PyErr_NoMemory();
            result = -1;
        }
    }
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(asks); i++) {
        struct ptrmap_slot *slot = ptrmap_find(&map, (void *)PyLong_AsSize_t(PyList_GET_ITEM(asks, i)));
        OWN_REF value = slot ? PyLong_FromSize_t((size_t)slot->value) : Py_NewRef(Py_None);
        result = value && !PyErr_Occurred() ? PyList_Append(found, value) : -1;
    }
    struct ptrmap_slot *slot;
    for (size_t i = 0; result == 0 && (slot = ptrmap_next(&map, &i));) {
        OWN_REF pair = Py_BuildValue("(nn)", (Py_ssize_t)slot->key, (Py_ssize_t)slot->value);
        result = pair ? PyList_Append(content, pair) : -1;
    }
    size_t used = map.used;
    ptrmap_release(&map);
    return result < 0 ? NULL : Py_BuildValue("(nOO)", (Py_ssize_t)used, found, content);
}

/* ---- classes and instances ---- */

#define WORD(member) {#member, offsetof(PyTypeObject, member)}
static const struct {
    const char *name;
    size_t offset;
} words[] = {
    WORD(tp_basicsize),   WORD(tp_itemsize),   WORD(tp_dealloc),        WORD(tp_vectorcall_offset),
    WORD(tp_getattr),     WORD(tp_setattr),    WORD(tp_repr),           WORD(tp_hash),
    WORD(tp_call),        WORD(tp_str),        WORD(tp_getattro),       WORD(tp_setattro),
    WORD(tp_as_buffer),   WORD(tp_traverse),   WORD(tp_clear),          WORD(tp_iter),
    WORD(tp_richcompare), WORD(tp_iternext),   WORD(tp_weaklistoffset), WORD(tp_descr_get),
    WORD(tp_descr_set),   WORD(tp_dictoffset), WORD(tp_init),           WORD(tp_alloc),
    WORD(tp_new),         WORD(tp_free),       WORD(tp_is_gc),          WORD(tp_del),
    WORD(tp_finalize),    WORD(tp_vectorcall), WORD(tp_base),
};

static int add_word(PyObject *dict, const char *name, uintptr_t word)
{
    OWN_REF value = PyLong_FromUnsignedLongLong(word);
    return value ? PyDict_SetItemString(dict, name, value) : -1;
}

/* The C slots of a heap class by name, those of its protocols by offset, and its flags. */
static PyObject *questions_type_words(PyObject *module, PyObject *object)
{
    (void)module;
    if (!PyType_Check(object) || !PyType_HasFeature((PyTypeObject *)object, Py_TPFLAGS_HEAPTYPE)) {
        PyErr_SetString(PyExc_TypeError, "not a heap class");
        return NULL;
    }
    OWN_REF dict = PyDict_New();
    int result = dict ? 0 : -1;
    for (size_t i = 0; result == 0 && i < sizeof words / sizeof *words; i++) {
        /* the parts of the class itself stand at addresses of its own */
        if (words[i].offset != offsetof(PyTypeObject, tp_as_buffer)) {
            result = add_word(dict, words[i].name, *(uintptr_t *)((char *)object + words[i].offset));
        }
    }
    for (size_t offset = offsetof(PyHeapTypeObject, as_async);
         result == 0 && offset < offsetof(PyHeapTypeObject, ht_name); offset += sizeof(uintptr_t)) {
        char name[32];
        snprintf(name, sizeof name, "protocol+%zu", offset - offsetof(PyHeapTypeObject, as_async));
        result = add_word(dict, name, *(uintptr_t *)((char *)object + offset));
    }
    unsigned long flags = ((PyTypeObject *)object)->tp_flags & ~Py_TPFLAGS_VALID_VERSION_TAG;
    return result == 0 && add_word(dict, "tp_flags", flags) == 0 ? STEAL(dict) : NULL;
}

static PyObject *questions_detach(PyObject *module, PyObject *instance)
{
    (void)module;
    return instance_detach(instance) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *questions_sha256(PyObject *module, PyObject *args)
{
    (void)module;
    Py_buffer bytes;
    Py_ssize_t step;
    if (!PyArg_ParseTuple(args, "y*n", &bytes, &step) || step < 1) {
        return NULL;
    }
    struct sha256 sha;
    uint8_t digest[SHA256_SIZE];
    sha256_init(&sha);
    for (Py_ssize_t at = 0; at < bytes.len; at += step) {
        sha256_add(&sha, (const char *)bytes.buf + at, (size_t)(bytes.len - at < step ? bytes.len - at : step));
    }
    sha256_end(&sha, digest);
    PyBuffer_Release(&bytes);
    return PyBytes_FromStringAndSize((const char *)digest, sizeof digest);
}

static PyObject *questions_version(PyObject *module, PyObject *object)
{
    (void)module;
    PyObject *dict = PyType_Check(object) ? ((PyTypeObject *)object)->tp_dict : object;
    if (!dict || !PyDict_Check(dict)) {
        return PyErr_Format(PyExc_TypeError, "not a dict");
    }
    const uint64_t *version = state_version(dict);
    return version ? PyLong_FromUnsignedLongLong(*version) : Py_NewRef(Py_None);
}

static PyObject *questions_state(PyObject *module, PyObject *instance)
{
    (void)module;
    return state_copy(instance);
}

/* ---- modules ---- */

static PyObject *viewed; /* owned while a view is on: what modules_view_begin borrowed */

static PyObject *questions_view_begin(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *roots, *names;
    if (!PyArg_ParseTuple(args, "O!O!", &PySet_Type, &roots, &PyDict_Type, &names)) {
        return NULL;
    }
    int result = modules_view_begin(roots, names, NULL);
    if (result == 0) {
        viewed = Py_NewRef(args);
    }
    return result < 0 ? NULL : PyBool_FromLong(result == 0);
}

static PyObject *questions_view_end(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    PyObject *staged, *hidden;
    if (!viewed) {
        PyErr_SetString(PyExc_RuntimeError, "no view is on");
        return NULL;
    }
    modules_view_end(&staged, &hidden);
    Py_CLEAR(viewed);
    return Py_BuildValue("(NN)", staged, hidden);
}

/* ---- the interpreter ---- */

static PyObject *questions_selftest(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return selftest_run() < 0 ? NULL : Py_NewRef(Py_None);
}

/* Why there can be no upgrade at this moment, or None. */
static PyObject *questions_live(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    const char *why = NULL;
    int result = selftest_live(&why);
    return result < 0 ? NULL : result ? PyUnicode_FromString(why) : Py_NewRef(Py_None);
}

static PyMethodDef methods[] = {
    {"same_code", questions_same_code, METH_VARARGS, "same_code(left, right) -> bool"},
    {"imports_of", questions_imports_of, METH_VARARGS, "imports_of(code) -> [(level, module, name, bound)]"},
    {"global_stores", questions_global_stores, METH_VARARGS, "global_stores(code, name) -> 1 plain | 2 result"},
    {"self_stores", questions_self_stores, METH_VARARGS, "self_stores(code) -> {name}"},
    {"attribute_reads", questions_attribute_reads, METH_VARARGS, "attribute_reads(code) -> {name}"},
    {"compare_counts", questions_compare_counts, METH_VARARGS,
     "compare_counts(objects) -> (visited, references, type)"},
    {"pointer_map", questions_pointer_map, METH_VARARGS, "pointer_map(puts, asks[, room]) -> (used, found, content)"},
    {"type_words", questions_type_words, METH_O, "type_words(class) -> {slot: word}"},
    {"detach", questions_detach, METH_O, "detach(instance)"},
    {"sha256", questions_sha256, METH_VARARGS, "sha256(bytes, step) -> digest; handed over in pieces of that size"},
    {"version", questions_version, METH_O, "version(dict or class) -> int, or None if it does not tell"},
    {"state", questions_state, METH_O, "state(instance) -> {attribute: value}"},
    {"view_begin", questions_view_begin, METH_VARARGS, "view_begin(roots, names) -> bool"},
    {"view_end", questions_view_end, METH_NOARGS, "view_end() -> (staged, hidden)"},
    {"selftest", questions_selftest, METH_NOARGS, "selftest(): ImportError when this Python is not known"},
    {"live", questions_live, METH_NOARGS, "live() -> why there can be no upgrade now, or None"},
    {NULL, NULL, 0, NULL},
};

int questions_add(PyObject *module)
{
    return PyModule_AddFunctions(module, methods);
}
