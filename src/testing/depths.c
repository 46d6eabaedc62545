/* How deep is the stack of a frame? What the analysis says, beside what the interpreter has stored where it has. */
#define Py_BUILD_CORE_MODULE 1
#include "testing/testing.h"

#include "compat/frame.h"
#include "compat/stackdepth.h"

#include <internal/pycore_frame.h>

static _PyInterpreterFrame *inside(frame *f)
{
    return (_PyInterpreterFrame *)f;
}

/* The stored depth of a frame, or -1: it is inside a C call. */
static int stored_depth(frame *f)
{
    int top = inside(f)->stacktop;
    return top < 0 ? -1 : top - frame_code(f)->co_nlocalsplus;
}

static PyObject *build_at(const struct stackdepth *analysis, int position)
{
    struct stackdepth_at at;
    if (!stackdepth_find(analysis, position, &at)) {
        Py_RETURN_NONE;
    }
    return Py_BuildValue("(ii)", at.depth, at.inputs);
}

/* For each code unit: (depth, inputs), or None where no instruction begins or none can come. */
static PyObject *depths_of(PyObject *module, PyObject *code)
{
    (void)module;
    if (!PyCode_Check(code)) {
        PyErr_SetString(PyExc_TypeError, "not a code object");
        return NULL;
    }
    struct stackdepth *analysis = stackdepth_new((PyCodeObject *)code);
    if (!analysis) {
        return NULL;
    }
    OWN_REF list = PyList_New(0);
    for (int i = 0; list && i < stackdepth_size(analysis); i++) {
        OWN_REF entry = build_at(analysis, i);
        if (!entry || PyList_Append(list, entry) < 0) {
            Py_CLEAR(list);
        }
    }
    stackdepth_free(analysis);
    return STEAL(list);
}

/* The positions that can still be executed from one position. */
static PyObject *depths_reachable(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *code;
    int from;
    if (!PyArg_ParseTuple(args, "O!i", &PyCode_Type, &code, &from)) {
        return NULL;
    }
    struct stackdepth *analysis = stackdepth_new((PyCodeObject *)code);
    OWN_REF found = PySet_New(NULL);
    bool *marks = analysis ? PyMem_Calloc((size_t)stackdepth_size(analysis) + 1, sizeof *marks) : NULL;
    if (marks) {
        stackdepth_mark_reachable(analysis, (PyCodeObject *)code, from, marks);
    } else if (analysis) {
        PyErr_NoMemory();
        Py_CLEAR(found);
    } else {
        Py_CLEAR(found);
    }
    for (int i = 0; found && i < stackdepth_size(analysis); i++) {
        OWN_REF position = marks[i] ? PyLong_FromLong(i) : NULL;
        if (marks[i] && (!position || PySet_Add(found, position) < 0)) {
            Py_CLEAR(found);
        }
    }
    PyMem_Free(marks);
    if (analysis) {
        stackdepth_free(analysis);
    }
    return STEAL(found);
}

static PyObject *build_frame(frame *f, int position)
{
    struct stackdepth *analysis = stackdepth_new(frame_code(f));
    if (!analysis) {
        return NULL;
    }
    OWN_REF at = build_at(analysis, position);
    stackdepth_free(analysis);
    return at ? Py_BuildValue("(OiiO)", frame_code(f), position, stored_depth(f), at) : NULL;
}

/* A suspended generator: (code, position, stored depth, (depth, inputs)); None when it has ended or runs. */
static PyObject *depths_of_generator(PyObject *module, PyObject *generator)
{
    (void)module;
    bool running = false;
    frame *f = frame_of_generator(generator, &running);
    if (!f || running) {
        Py_RETURN_NONE;
    }
#if PY_VERSION_HEX >= 0x030d0000
    return build_frame(f, frame_position(f) - 1); /* suspended, 3.13 points behind the yield */
#else
    return build_frame(f, frame_position(f));
#endif
}

static int add_stored(frame *f, PyThreadState *thread, void *arg)
{
    (void)thread;
    if (stored_depth(f) < 0 || !frame_function(f)) {
        return 0;
    }
    OWN_REF entry = build_frame(f, frame_position(f));
    return entry ? PyList_Append(arg, entry) : -1;
}

/* The same for each running frame whose depth is stored: it has called another Python function. */
static PyObject *depths_stored(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    OWN_REF list = PyList_New(0);
    return list && frame_each(add_stored, list) == 0 ? STEAL(list) : NULL;
}

struct references {
    PyObject *object;
    int locals, stack, inputs, unsure;
};

static int add_references(frame *f, PyThreadState *thread, void *arg)
{
    (void)thread;
    struct references *found = arg;
    struct frame_slots slots;
    if (frame_find_slots(f, &slots) < 0) {
        return -1;
    }
    for (int i = 0; i < slots.n_locals; i++) {
        found->locals += slots.locals[i] == found->object;
    }
    for (int i = 0; i < slots.n_stack; i++) {
        found->stack += slots.stack[i] == found->object;
    }
    for (int i = slots.n_stack; i < slots.n_stack + slots.n_inputs; i++) {
        found->inputs += slots.stack[i] == found->object;
        found->unsure += slots.unsure && slots.stack[i] == found->object;
    }
    return 0;
}

/* The references to an object from the frames of all threads: (locals, stack, inputs, unsure). */
static PyObject *depths_references(PyObject *module, PyObject *object)
{
    (void)module;
    struct references found = {.object = object};
    int result = frame_each(add_references, &found);
    frame_fini();
    return result < 0 ? NULL : Py_BuildValue("(iiii)", found.locals, found.stack, found.inputs, found.unsure);
}

static PyMethodDef methods[] = {
    {"depths", depths_of, METH_O, "depths(code) -> [(depth, inputs) or None]"},
    {"reachable", depths_reachable, METH_VARARGS, "reachable(code, position) -> {position}"},
    {"generator_depth", depths_of_generator, METH_O,
     "generator_depth(generator) -> (code, position, stored, (depth, inputs)) or None"},
    {"stored_depths", depths_stored, METH_NOARGS, "stored_depths() -> [(code, position, stored, (depth, inputs))]"},
    {"frame_references", depths_references, METH_O, "frame_references(object) -> (locals, stack, inputs, unsure)"},
    {NULL, NULL, 0, NULL},
};

int depths_add(PyObject *module)
{
    return PyModule_AddFunctions(module, methods);
}
