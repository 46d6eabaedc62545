/* The list of words that a flip exchanges; the rules are in the header.
 *
 * The commit is a loop of exchanges with no branch that can fail; the undo is the same loop backwards. What a dict or
 * a class caches about itself (versions, watchers, the method cache) is renewed after either.
 * Must not: allocate in commit or undo, or drop a reference before edits_release. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/edits.h"

#include "compat/array.h"

#include <internal/pycore_dict.h>
#include <internal/pycore_interp.h>
#include <stdlib.h>
#include <string.h>

void edits_init(struct edits *edits)
{
    memset(edits, 0, sizeof *edits);
}

static void release_word(void *value, enum edit_kind kind)
{
    switch (kind) {
    case EDIT_OBJECT:
        Py_XDECREF((PyObject *)value);
        break;
    case EDIT_PYMEM:
        PyMem_Free(value);
        break;
    case EDIT_DICTKEYS:
#if PY_VERSION_HEX >= 0x030d0000
        PyMem_Free(value);
#else
        PyObject_Free(value);
#endif
        break;
    case EDIT_WORD:
        break;
    }
}

int edits_add(struct edits *edits, void **at, void *value, enum edit_kind kind)
{
    if (array_reserve((void **)&edits->words, edits->n_words, &edits->cap_words, sizeof *edits->words) < 0) {
        release_word(value, kind);
        return -1;
    }
    edits->words[edits->n_words++] = (struct edit){at, value, kind};
    return 0;
}

int edits_add_object(struct edits *edits, PyObject **at, PyObject *value)
{
    return edits_add(edits, (void **)at, Py_XNewRef(value), EDIT_OBJECT);
}

int edits_add_word(struct edits *edits, void *at, uintptr_t value)
{
    return edits_add(edits, (void **)at, (void *)value, EDIT_WORD);
}

void edits_withdraw(struct edits *edits, size_t first, void *at)
{
    for (size_t i = first; i < edits->n_words; i++) {
        if (edits->words[i].at == at) {
            release_word(edits->words[i].value, edits->words[i].kind);
            edits->words[i] = edits->words[--edits->n_words];
            return;
        }
    }
}

int edits_add_op(struct edits *edits, const struct edit_op *op)
{
    if (array_reserve((void **)&edits->ops, edits->n_ops, &edits->cap_ops, sizeof *edits->ops) < 0) {
        return -1;
    }
    edits->ops[edits->n_ops++] = *op;
    return 0;
}

#if PY_VERSION_HEX < 0x030c0000
static PyObject *scratch; /* owned for ever: one dict {None: True or False}, source of new versions */
#endif

static int prepare_versions(void)
{
#if PY_VERSION_HEX < 0x030c0000
    if (!scratch) {
        OWN_REF dict = PyDict_New();
        if (!dict || PyDict_SetItem(dict, Py_None, Py_True) < 0) {
            return -1;
        }
        scratch = STEAL(dict);
    }
#endif
    return 0;
}

int edits_touch(struct edits *edits, PyObject *dict_or_type)
{
    if (edits->n_touched && edits->touched[edits->n_touched - 1] == dict_or_type) {
        return 0;
    }
    if (prepare_versions() < 0 ||
        array_reserve((void **)&edits->touched, edits->n_touched, &edits->cap_touched, sizeof *edits->touched) < 0) {
        return -1;
    }
    edits->touched[edits->n_touched++] = Py_NewRef(dict_or_type);
    return 0;
}

/* A new version for a dict: whoever remembered the old one (Cython modules do) looks again. */
static void renew_version(PyDictObject *dict)
{
#if PY_VERSION_HEX >= 0x030c0000
    uint64_t kept = dict->ma_version_tag & (DICT_VERSION_INCREMENT - 1);
    dict->ma_version_tag = DICT_NEXT_VERSION(PyInterpreterState_Get()) | kept;
#else
    /* The counter is not exported: exchange a value in a dict of our own, which then has a version never used before.
     */
    PyObject *other = PyDict_GetItemWithError(scratch, Py_None) == Py_True ? Py_False : Py_True;
    if (PyDict_SetItem(scratch, Py_None, other) == 0) {
        dict->ma_version_tag = ((PyDictObject *)scratch)->ma_version_tag;
    }
#endif
}

#if PY_VERSION_HEX >= 0x030c0000
/* Tells watchers that every key of the dict was modified: more than happened, never less. They are C functions; one
 * that fails is reported as CPython does it. */
static void tell_watchers(PyDictObject *dict)
{
    uint64_t bits = dict->ma_version_tag & ((1 << DICT_MAX_WATCHERS) - 1);
    PyInterpreterState *interp = PyInterpreterState_Get();
    for (int i = 0; bits; i++, bits >>= 1) {
        PyDict_WatchCallback callback = (bits & 1) ? interp->dict_state.watchers[i] : NULL;
        PyObject *key, *value;
        Py_ssize_t position = 0;
        while (callback && PyDict_Next((PyObject *)dict, &position, &key, &value)) {
            if (callback(PyDict_EVENT_MODIFIED, (PyObject *)dict, key, value) < 0) {
                PyErr_WriteUnraisable((PyObject *)dict);
            }
        }
    }
}
#endif

static void renew_touched(struct edits *edits)
{
    for (size_t i = 0; i < edits->n_touched; i++) {
        PyObject *touched = edits->touched[i];
        if (PyType_Check(touched)) {
            PyType_Modified((PyTypeObject *)touched);
        } else {
            renew_version((PyDictObject *)touched);
        }
    }
}

static void exchange(struct edit *edit)
{
    void *value = *edit->at;
    *edit->at = edit->value;
    edit->value = value;
}

void edits_commit(struct edits *edits)
{
    for (size_t i = 0; i < edits->n_words; i++) {
        exchange(&edits->words[i]);
    }
    for (size_t i = 0; i < edits->n_ops; i++) {
        edits->ops[i].apply(edits->ops[i].arg);
    }
    renew_touched(edits);
}

void edits_undo(struct edits *edits)
{
    for (size_t i = edits->n_ops; i-- > 0;) {
        edits->ops[i].undo(edits->ops[i].arg);
    }
    for (size_t i = edits->n_words; i-- > 0;) {
        exchange(&edits->words[i]);
    }
    renew_touched(edits);
}

void edits_release(struct edits *edits)
{
    struct edits mine = *edits;
    edits_init(edits);
#if PY_VERSION_HEX >= 0x030c0000
    for (size_t i = 0; i < mine.n_touched; i++) {
        if (PyDict_Check(mine.touched[i])) {
            tell_watchers((PyDictObject *)mine.touched[i]);
        }
    }
#endif
    for (size_t i = 0; i < mine.n_ops; i++) {
        if (mine.ops[i].release) {
            mine.ops[i].release(mine.ops[i].arg);
        }
    }
    for (size_t i = 0; i < mine.n_words; i++) {
        release_word(mine.words[i].value, mine.words[i].kind);
    }
    for (size_t i = 0; i < mine.n_touched; i++) {
        Py_DECREF(mine.touched[i]);
    }
    free(mine.words);
    free(mine.ops);
    free(mine.touched);
}
