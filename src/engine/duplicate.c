/* The import of a new version registers what the old one has registered. Most registries overwrite, which is undone;
 * some raise. That it is this, and no fault of the release, is told from the frame that raised: a function of a module
 * outside that was loaded before, whose locals (self, mostly) or globals lead in a few steps to an object that the old
 * version has under a name of its own.
 *
 * Must not: follow classes, functions and modules, which lead everywhere. */
#include "engine/duplicate.h"

#include "compat/modules.h"
#include "engine/effects_parts.h"
#include "engine/generation.h"

#include <frameobject.h>
#include <stdlib.h>

enum { STEPS = 4, MANY = 50000 };

struct step {
    PyObject *object; /* borrowed: reached from a frame that is alive; nothing runs meanwhile */
    int depth;
};

struct search {
    struct ptrmap names; /* object of the old version -> its name, a str of `kept` */
    PyObject *kept;      /* owned list */
    struct ptrmap seen;
    struct step *steps; /* owned */
    size_t n, capacity;
    int depth;       /* of what is being traversed */
    PyObject *found; /* borrowed: a name */
};

/* ---- what the old version has ---- */

static bool leads_everywhere(PyObject *object)
{
    return PyModule_Check(object) || PyType_Check(object) || PyFunction_Check(object) || PyFrame_Check(object) ||
           PyCode_Check(object);
}

static int note_name(struct search *search, const struct generation *old, PyObject *module, PyObject *key,
                     PyObject *value)
{
    bool own = PyType_Check(value)       ? generation_owns_class(old, value)
               : PyFunction_Check(value) ? generation_owns_function(old, value)
                                         : PyObject_IS_GC(value) && !PyModule_Check(value);
    if (!own || ptrmap_find(&search->names, value)) {
        return 0;
    }
    OWN_REF name = PyUnicode_FromFormat("%U.%S", module, key);
    if (!name || PyList_Append(search->kept, name) < 0) {
        return -1;
    }
    if (ptrmap_put(&search->names, value, name) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static int note_names(struct search *search, const struct generation *old)
{
    PyObject *name, *module, *key, *value;
    for (Py_ssize_t i = 0; PyDict_Next(old->modules, &i, &name, &module);) {
        PyObject *space = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
        for (Py_ssize_t j = 0; space && PyDict_Next(space, &j, &key, &value);) {
            if (PyUnicode_Check(key) && note_name(search, old, name, key, value) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* ---- what the frame leads to ---- */

static int visit(PyObject *object, void *arg)
{
    struct search *search = arg;
    PyObject *name = search->depth ? ptrmap_get(&search->names, object) : NULL;
    if (name) {
        search->found = name;
        return 1;
    }
    if (search->depth == STEPS || search->n == MANY || !PyObject_IS_GC(object) || leads_everywhere(object) ||
        ptrmap_find(&search->seen, object)) {
        return 0;
    }
    if (search->n == search->capacity) {
        size_t capacity = search->capacity ? search->capacity * 2 : 256;
        struct step *steps = realloc(search->steps, capacity * sizeof *steps);
        if (!steps) {
            return -1;
        }
        search->steps = steps;
        search->capacity = capacity;
    }
    search->steps[search->n++] = (struct step){object, search->depth};
    return ptrmap_put(&search->seen, object, object);
}

static int walk(struct search *search, PyObject *starts)
{
    int stop = 0;
    search->depth = 0;
    for (Py_ssize_t i = 0; stop == 0 && i < PyList_GET_SIZE(starts); i++) {
        stop = visit(PyList_GET_ITEM(starts, i), search);
    }
    for (size_t i = 0; stop == 0 && i < search->n; i++) {
        PyObject *object = search->steps[i].object;
        traverseproc traverse = Py_TYPE(object)->tp_traverse;
        search->depth = search->steps[i].depth + 1;
        stop = traverse ? traverse(object, visit, search) : 0;
    }
    if (stop < 0) {
        PyErr_NoMemory();
    }
    return stop < 0 ? -1 : 0;
}

/* The values of a frame's locals, and of the globals that its code names. New list. */
static PyObject *starts_of(PyFrameObject *frame, PyCodeObject *code, PyObject *globals)
{
    OWN_REF locals = PyFrame_GetLocals(frame);
    OWN_REF starts = locals ? PyMapping_Values(locals) : NULL;
    for (Py_ssize_t i = 0; starts && i < PyTuple_GET_SIZE(code->co_names); i++) {
        PyObject *value = PyDict_GetItemWithError(globals, PyTuple_GET_ITEM(code->co_names, i));
        if (value ? PyList_Append(starts, value) < 0 : PyErr_Occurred() != NULL) {
            return NULL;
        }
    }
    return STEAL(starts);
}

/* ---- the frame ---- */

/* The name of the loaded module whose function the frame executes. Borrowed; NULL: none, or a staged one. */
static PyObject *loaded_module(PyObject *globals)
{
    PyObject *name = dict_get(globals, "__name__");
    PyObject *module = name && PyUnicode_Check(name) ? modules_loaded(name) : NULL;
    return module && PyModule_Check(module) && PyModule_GetDict(module) == globals ? name : NULL;
}

/* The innermost frame of the traceback that is not of the standard library. New reference, or NULL. */
static PyFrameObject *raising_frame(PyObject *exception)
{
    OWN_REF found = NULL;
    OWN_REF traceback = PyException_GetTraceback(exception);
    while (traceback && traceback != Py_None) {
        OWN_REF frame = PyObject_GetAttrString(traceback, "tb_frame");
        OWN_REF globals = frame && PyFrame_Check(frame) ? PyFrame_GetGlobals((PyFrameObject *)frame) : NULL;
        PyObject *name = globals && PyDict_Check(globals) ? loaded_module(globals) : NULL;
        int standard = name ? effects_is_standard(name) : 0;
        if (frame && standard == 0) {
            Py_XSETREF(found, Py_NewRef(frame));
        }
        PyObject *next = PyObject_GetAttrString(traceback, "tb_next");
        Py_SETREF(traceback, next);
    }
    return PyErr_Occurred() ? NULL : (PyFrameObject *)STEAL(found);
}

static int search_frame(struct search *search, PyFrameObject *frame, PyObject *old_modules, PyObject **ret_what)
{
    OWN_REF code = (PyObject *)PyFrame_GetCode(frame);
    OWN_REF globals = PyFrame_GetGlobals(frame);
    PyObject *name = PyDict_Check(globals) ? loaded_module(globals) : NULL;
    if (!name || PyDict_Contains(old_modules, name)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    struct generation old = {0};
    if (generation_init(&old, old_modules) < 0) {
        return -1;
    }
    OWN_REF starts = starts_of(frame, (PyCodeObject *)code, globals);
    search->kept = starts ? PyList_New(0) : NULL;
    int failed = !search->kept || note_names(search, &old) < 0 || walk(search, starts) < 0;
    generation_release(&old);
    if (!failed && search->found) {
        *ret_what = PyUnicode_FromFormat("%U.%U, which has %U of the loaded version already", name,
                                         ((PyCodeObject *)code)->co_qualname, search->found);
        failed = !*ret_what;
    }
    return failed ? -1 : 0;
}

int duplicate_find(PyObject *exception, PyObject *old_modules, PyObject **ret_what)
{
    *ret_what = NULL;
    if (!PyErr_GivenExceptionMatches(exception, PyExc_Exception) ||
        PyErr_GivenExceptionMatches(exception, PyExc_ImportError)) {
        return 0;
    }
    PyFrameObject *frame = raising_frame(exception);
    OWN_REF held = (PyObject *)frame;
    if (!frame) {
        return PyErr_Occurred() ? -1 : 0;
    }
    struct search search = {0};
    ptrmap_init(&search.names);
    ptrmap_init(&search.seen);
    int failed = search_frame(&search, frame, old_modules, ret_what);
    ptrmap_release(&search.names);
    ptrmap_release(&search.seen);
    free(search.steps);
    Py_XDECREF(search.kept);
    return failed;
}
