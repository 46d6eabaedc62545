/* The interpreter's own tables of hooks, behind one pair of verbs: copy all, restore all.
 *
 * Invariant: a table that did not change is not written.
 * Must not: call a hook, or compare hooks but by identity. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/hooks.h"

#include <internal/pycore_interp.h>

#include <string.h>

enum { N_TABLES = 6 };

/* The cache of codecs fills up in use: it is put back only if the search functions were. */
#define CODEC_CACHE "the codec cache"
#define EXIT_CALLBACKS "the atexit callbacks"

struct table {
    const char *name;
    PyObject **at; /* borrowed address of an owned list or dict, or of NULL */
};

static void tables(struct table table[N_TABLES])
{
    PyInterpreterState *interp = PyInterpreterState_Get();
#if PY_VERSION_HEX >= 0x030d0000
    table[0] = (struct table){"the codec search functions", &interp->codecs.search_path};
    table[1] = (struct table){CODEC_CACHE, &interp->codecs.search_cache};
#else
    table[0] = (struct table){"the codec search functions", &interp->codec_search_path};
    table[1] = (struct table){CODEC_CACHE, &interp->codec_search_cache};
#endif
    table[2] = (struct table){"the functions called before a fork", &interp->before_forkers};
    table[3] = (struct table){"the functions called after a fork in the parent", &interp->after_forkers_parent};
    table[4] = (struct table){"the functions called after a fork in the child", &interp->after_forkers_child};
    table[5] = (struct table){"the audit hooks", &interp->audit_hooks};
}

PyObject *hooks_error_handlers(void)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
#if PY_VERSION_HEX >= 0x030d0000
    return interp->codecs.error_registry;
#else
    return interp->codec_error_registry;
#endif
}

PyObject *hooks_numbered_modules(void)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
#if PY_VERSION_HEX >= 0x030c0000
    return interp->imports.modules_by_index;
#else
    return interp->modules_by_index;
#endif
}

static PyObject *copy_table(PyObject *content)
{
    if (!content) {
        return Py_NewRef(Py_None);
    }
    return PyDict_Check(content) ? PyDict_Copy(content) : PyList_GetSlice(content, 0, PyList_GET_SIZE(content));
}

/* atexit: a C array of callbacks in the interpreter state; an entry is NULL after atexit.unregister. */
#if PY_VERSION_HEX >= 0x030c0000
typedef atexit_py_callback exit_callback;
#else
typedef atexit_callback exit_callback;
#endif

static PyObject *copy_exits(void)
{
    struct atexit_state *state = &PyInterpreterState_Get()->atexit;
    OWN_REF list = PyList_New(0);
    for (int i = 0; list && i < state->ncallbacks; i++) {
        exit_callback *callback = state->callbacks[i];
        OWN_REF entry =
            callback ? PyTuple_Pack(3, callback->func, callback->args, callback->kwargs ? callback->kwargs : Py_None)
                     : Py_NewRef(Py_None);
        if (!entry || PyList_Append(list, entry) < 0) {
            return NULL;
        }
    }
    return STEAL(list);
}

PyObject *hooks_copy(void)
{
    struct table table[N_TABLES];
    tables(table);
    OWN_REF copies = PyList_New(0);
    for (int i = 0; copies && i <= N_TABLES; i++) {
        OWN_REF copy = i < N_TABLES ? copy_table(*table[i].at) : copy_exits();
        OWN_REF entry = copy ? Py_BuildValue("(sO)", i < N_TABLES ? table[i].name : EXIT_CALLBACKS, copy) : NULL;
        if (!entry || PyList_Append(copies, entry) < 0) {
            return NULL;
        }
    }
    return STEAL(copies);
}

typedef bool (*keeper)(PyObject *hook, void *arg);

static bool list_holds(PyObject *list, PyObject *object)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if (PyList_GET_ITEM(list, i) == object) {
            return true;
        }
    }
    return false;
}

/* The cache of codecs: back to its copy. */
static int restore_cache(PyObject *cache, PyObject *copy)
{
    if (!cache || !PyDict_Check(cache) || !PyDict_Check(copy)) {
        return 0;
    }
    PyDict_Clear(cache);
    return PyDict_Update(cache, copy);
}

/* 1 something had been taken out, 0 not, -1 exception. What goes is added to dropped. */
static int restore_list(PyObject **at, PyObject *copy, keeper keep, void *arg, PyObject *dropped)
{
    OWN_REF list = Py_XNewRef(*at);
    OWN_REF result = PyList_Check(copy) ? PyList_GetSlice(copy, 0, PyList_GET_SIZE(copy)) : PyList_New(0);
    if (!list || !result) {
        return result ? 0 : -1;
    }
    Py_ssize_t n = PyList_GET_SIZE(result), seen = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *hook = PyList_GET_ITEM(list, i);
        bool before = PyList_Check(copy) && list_holds(copy, hook);
        seen += before;
        if (!before && PyList_Append(keep(hook, arg) ? result : dropped, hook) < 0) {
            return -1;
        }
    }
    if (seen == n && !PyList_GET_SIZE(dropped)) {
        return 0;
    }
    if (!PyList_GET_SIZE(result) && copy == Py_None) {
        Py_CLEAR(*at);
    } else if (PyList_SetSlice(list, 0, PyList_GET_SIZE(list), result) < 0) {
        return -1;
    }
    return seen != n;
}

static void drop_exit(exit_callback **at)
{
    exit_callback *callback = *at;
    *at = NULL;
    if (callback) {
        Py_DECREF(callback->func);
        Py_DECREF(callback->args);
        Py_XDECREF(callback->kwargs);
        PyMem_Free(callback);
    }
}

static int put_exit(exit_callback **at, PyObject *entry)
{
    exit_callback *callback = PyMem_Malloc(sizeof *callback);
    if (!callback) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject *kwargs = PyTuple_GET_ITEM(entry, 2);
    callback->func = Py_NewRef(PyTuple_GET_ITEM(entry, 0));
    callback->args = Py_NewRef(PyTuple_GET_ITEM(entry, 1));
    callback->kwargs = kwargs == Py_None ? NULL : Py_NewRef(kwargs);
    *at = callback;
    return 0;
}

/* As restore_list. held: what copy_exits says now. */
static int restore_exits(PyObject *held, PyObject *copy, keeper keep, void *arg, PyObject *dropped)
{
    struct atexit_state *state = &PyInterpreterState_Get()->atexit;
    Py_ssize_t n = PyList_GET_SIZE(copy);
    int taken_out = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(held) && i < state->ncallbacks; i++) {
        PyObject *entry = PyList_GET_ITEM(held, i);
        PyObject *before = i < n ? PyList_GET_ITEM(copy, i) : Py_None;
        if (i < n && entry == Py_None && before != Py_None) {
            taken_out = 1;
            if (put_exit(&state->callbacks[i], before) < 0) {
                return -1;
            }
        } else if (i >= n && entry != Py_None && !keep(PyTuple_GET_ITEM(entry, 0), arg)) {
            if (PyList_Append(dropped, entry) < 0) {
                return -1;
            }
            drop_exit(&state->callbacks[i]);
        }
    }
    while (state->ncallbacks > n && !state->callbacks[state->ncallbacks - 1]) {
        state->ncallbacks--;
    }
    return taken_out;
}

/* Did the table differ? Then (name, copy, dropped, taken out) is added to changed. */
static int restore(struct table *table, PyObject *copy, keeper keep, void *arg, PyObject *changed)
{
    OWN_REF dropped = PyList_New(0);
    OWN_REF held = table ? NULL : copy_exits();
    if (!dropped || (!table && !held)) {
        return -1;
    }
    int taken_out =
        table ? restore_list(table->at, copy, keep, arg, dropped) : restore_exits(held, copy, keep, arg, dropped);
    if (taken_out < 0 || (!taken_out && !PyList_GET_SIZE(dropped))) {
        return taken_out;
    }
    OWN_REF entry = Py_BuildValue("(sOOi)", table ? table->name : EXIT_CALLBACKS, copy, dropped, taken_out);
    return entry ? PyList_Append(changed, entry) : -1;
}

PyObject *hooks_restore(PyObject *copies, keeper keep, void *arg)
{
    struct table table[N_TABLES];
    tables(table);
    OWN_REF changed = PyList_New(0);
    for (int i = 0; changed && i <= N_TABLES; i++) {
        PyObject *copy = PyTuple_GET_ITEM(PyList_GET_ITEM(copies, i), 1);
        int failed = 0;
        if (i < N_TABLES && strcmp(table[i].name, CODEC_CACHE) == 0) {
            failed = PyList_GET_SIZE(changed) ? restore_cache(*table[i].at, copy) : 0;
        } else {
            failed = restore(i < N_TABLES ? &table[i] : NULL, copy, keep, arg, changed);
        }
        if (failed < 0) {
            return NULL;
        }
    }
    return STEAL(changed);
}
