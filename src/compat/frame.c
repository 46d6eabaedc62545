/* Interpreter frames: finding them, and finding the references in them.
 *
 * Idea: a frame that is suspended, or that has entered another Python function without leaving the interpreter loop,
 * has its depth stored. For a frame inside a C call it is derived from the code (stackdepth.h) and the instruction
 * pointer. Invariant: a word is reported as rewritable only if the interpreter will read it again from memory; the
 * inputs of the instruction in progress are not (it has copies), so those are counted only.
 *
 * One state cannot be told from the frame alone. After a call the interpreter may give the GIL away before it advances
 * the instruction pointer: then the inputs are gone and the result stands in place of the first one. Only the innermost
 * frame of a thread can be in that state. call_is_done decides by the first input word, which is valid in both states;
 * where that is not conclusive the slots are marked `unsure`. derive_super has another such state.
 *
 * Must not follow a pointer found among the inputs except that first one: they may be stale. Must not run Python code.
 */
#define Py_BUILD_CORE_MODULE 1
#include "compat/frame.h"

#include "base/ptrmap.h"
#include "compat/gate.h"
#include "compat/stackdepth.h"
#include "compat/threads.h"

#include <internal/pycore_frame.h>
#include <opcode.h>

#if PY_VERSION_HEX < 0x030c0000
#define TOP_FRAME(thread) ((thread)->cframe->current_frame)
#define FUNCTION_WORD(f) ((PyObject **)&(f)->f_func)
#define CODE_WORD(f) ((PyObject **)&(f)->f_code)
#define FUNCTION_OF(f) ((PyObject *)(f)->f_func)
#define CODE_OF(f) ((f)->f_code)
#define IS_C_ENTRY(f) false
#elif PY_VERSION_HEX < 0x030d0000
#define TOP_FRAME(thread) ((thread)->cframe->current_frame)
#define FUNCTION_WORD(f) (&(f)->f_funcobj)
#define CODE_WORD(f) ((PyObject **)&(f)->f_code)
#define FUNCTION_OF(f) ((f)->f_funcobj)
#define CODE_OF(f) ((f)->f_code)
#define IS_C_ENTRY(f) ((f)->owner == FRAME_OWNED_BY_CSTACK)
#else
#define TOP_FRAME(thread) ((thread)->current_frame)
#define FUNCTION_WORD(f) (&(f)->f_funcobj)
#define CODE_WORD(f) (&(f)->f_executable)
#define FUNCTION_OF(f) ((f)->f_funcobj)
#define CODE_OF(f) ((PyCodeObject *)(f)->f_executable)
#define IS_C_ENTRY(f) ((f)->owner == FRAME_OWNED_BY_CSTACK)
#endif

/* Code object (owned) -> its analysis, until frame_fini. One per process, like the GIL that guards it. */
static struct ptrmap analyses;

static _PyInterpreterFrame *inside(const frame *f)
{
    return (_PyInterpreterFrame *)f;
}

int frame_each_of(PyThreadState *thread, frame_visit visit, void *arg)
{
    for (_PyInterpreterFrame *f = TOP_FRAME(thread); f != NULL; f = f->previous) {
        /* A frame that runs __init__ for the interpreter counts as incomplete, but holds the new instance. */
        if (IS_C_ENTRY(f) || (_PyFrame_IsIncomplete(f) && PyFunction_Check(FUNCTION_OF(f)))) {
            continue;
        }
        int result = visit((frame *)f, thread, arg);
        if (result != 0) {
            return result;
        }
    }
    return 0;
}

int frame_each(frame_visit visit, void *arg)
{
    PyThreadState *thread = threads_first();
    for (; thread != NULL; thread = PyThreadState_Next(thread)) {
        int result = frame_each_of(thread, visit, arg);
        if (result != 0) {
            return result;
        }
    }
    return 0;
}

PyCodeObject *frame_code(const frame *f)
{
    return CODE_OF(inside(f));
}

PyObject *frame_function(const frame *f)
{
    PyObject *function = FUNCTION_OF(inside(f));
    return function != NULL && PyFunction_Check(function) ? function : NULL;
}

PyObject *frame_globals(const frame *f)
{
    return frame_function(f) == NULL ? NULL : inside(f)->f_globals;
}

int frame_position(const frame *f)
{
    return _PyInterpreterFrame_LASTI(inside(f));
}

int frame_line(const frame *f)
{
    if (frame_function(f) == NULL) {
        return -1;
    }
    return PyCode_Addr2Line(frame_code(f), frame_position(f) * (int)sizeof(_Py_CODEUNIT));
}

bool frame_owned_by_generator(const frame *f)
{
    return inside(f)->owner == FRAME_OWNED_BY_GENERATOR;
}

frame *frame_of_generator(PyObject *generator, bool *ret_running)
{
    if (!PyGen_CheckExact(generator) && !PyCoro_CheckExact(generator) && !PyAsyncGen_CheckExact(generator)) {
        return NULL;
    }
    PyGenObject *gen = (PyGenObject *)generator; /* the three begin alike */
    if (gen->gi_frame_state >= FRAME_COMPLETED) {
        return NULL;
    }
    *ret_running = gen->gi_frame_state == FRAME_EXECUTING;
    return (frame *)gen->gi_iframe;
}

frame *frame_of_object(PyObject *frame_object)
{
    if (!PyFrame_Check(frame_object)) {
        return NULL;
    }
    _PyInterpreterFrame *f = ((PyFrameObject *)frame_object)->f_frame;
    return f != NULL && f->owner == FRAME_OWNED_BY_FRAME_OBJECT ? (frame *)f : NULL;
}

/* The thread whose innermost frame this is, or NULL. */
static PyThreadState *innermost_of(const _PyInterpreterFrame *f)
{
    PyThreadState *thread = threads_first();
    while (thread != NULL && TOP_FRAME(thread) != f) {
        thread = PyThreadState_Next(thread);
    }
    return thread;
}

enum done { DONE_NO, DONE_YES, DONE_UNSURE };

/* Is the call of an innermost frame over, so that words[0] is its result? If not, words[0] is what is called, or (3.11
 * and 3.12) NULL when it is no method call, and words[1] is what is called then. A Python function is not being called
 * in an innermost frame unless its call is parked at the gate. */
static enum done call_is_done(PyThreadState *thread, PyObject *const *words)
{
    PyObject *first = words[0];
    if (thread == PyThreadState_Get() || gate_is_parked(thread) || first == NULL) {
        return DONE_NO;
    }
    if (PyFunction_Check(first) || Py_TYPE(first)->tp_call == NULL) {
        return DONE_YES;
    }
    if (PyType_Check(first)) {
#if PY_VERSION_HEX >= 0x030d0000
        /* a class is called without self, and making a plain instance does not leave the interpreter */
        bool plain = ((PyTypeObject *)first)->tp_new == PyBaseObject_Type.tp_new;
        return words[1] == NULL && !plain ? DONE_UNSURE : DONE_YES;
#else
        return DONE_YES; /* a class is no method, so it would be words[1] */
#endif
    }
    return DONE_NO;
}

#if PY_VERSION_HEX >= 0x030c0000
/* The frame is at super().name. Is that in a form which was specialised? */
static bool is_super_specialised(const _PyInterpreterFrame *f)
{
    const _Py_CODEUNIT *first = _PyCode_CODE(CODE_OF(f)), *unit = first + frame_position((const frame *)f);
    while (unit->op.code == CACHE && unit > first) {
        unit--;
    }
    return unit->op.code == LOAD_SUPER_ATTR_ATTR || unit->op.code == LOAD_SUPER_ATTR_METHOD;
}

/* In the general form the inputs are dropped before the attribute is fetched, which may run code (a property): what
 * owns them by then is the object that super() made. */
static void derive_super(const _PyInterpreterFrame *f, struct frame_slots *slots)
{
    if (is_super_specialised(f)) {
        slots->super_of = slots->stack[slots->n_stack + 2];
    } else if (slots->stack[slots->n_stack] == (PyObject *)&PySuper_Type) {
        slots->n_inputs = 0;
    } else {
        slots->unsure = true; /* the program's own super() is being called, or was */
    }
}
#endif

/* The stack of a frame without a stored depth. */
static int derive_stack(const _PyInterpreterFrame *f, struct frame_slots *slots, const struct stackdepth *analysis)
{
    struct stackdepth_at at;
    if (!stackdepth_find(analysis, frame_position((const frame *)f), &at)) {
        PyErr_Format(PyExc_ValueError, "the bytecode of %U is not understood where it is being executed",
                     frame_code((const frame *)f)->co_qualname);
        return -1;
    }
    slots->n_stack = at.depth - at.inputs;
    slots->n_inputs = at.owned ? at.inputs : 0;
#if PY_VERSION_HEX >= 0x030c0000
    if (at.super) {
        derive_super(f, slots);
    }
#endif
    if (!at.call && !at.test) {
        return 0;
    }
    PyThreadState *thread = innermost_of(f);
    slots->calls = at.call;
    if (thread == NULL) {
        return 0;
    }
    enum done done = at.test ? DONE_YES : call_is_done(thread, slots->stack + slots->n_stack);
    if (done == DONE_YES) {
        slots->calls = false;
        slots->n_stack += at.call ? 1 : 0; /* the result */
        slots->n_inputs = 0;
    }
    slots->unsure = done == DONE_UNSURE;
    return 0;
}

static const struct stackdepth *analysis_of(PyCodeObject *code)
{
    struct stackdepth *analysis = ptrmap_get(&analyses, code);
    if (analysis != NULL) {
        return analysis;
    }
    analysis = stackdepth_new(code);
    if (analysis == NULL) {
        return NULL;
    }
    if (ptrmap_put(&analyses, code, analysis) < 0) {
        stackdepth_free(analysis);
        PyErr_NoMemory();
        return NULL;
    }
    Py_INCREF(code);
    return analysis;
}

int frame_find_slots(frame *opaque, struct frame_slots *ret_slots)
{
    _PyInterpreterFrame *f = inside(opaque);
    PyCodeObject *code = frame_code(opaque);
    struct frame_slots slots = {
        .function = frame_function(opaque) ? FUNCTION_WORD(f) : NULL,
        .code = CODE_WORD(f),
        .names = &f->f_locals,
        .object = (PyObject **)&f->frame_obj,
        .locals = f->localsplus,
        .n_locals = code->co_nlocalsplus,
        .stack = f->localsplus + code->co_nlocalsplus,
    };
    if (f->stacktop >= 0) {
        if (f->stacktop < slots.n_locals) {
            slots.n_locals = f->stacktop; /* cleared: what a traceback keeps of a frame */
        }
        slots.n_stack = f->stacktop - slots.n_locals;
    } else if (slots.function != NULL) {
        const struct stackdepth *analysis = analysis_of(code);
        if (analysis == NULL || derive_stack(f, &slots, analysis) < 0) {
            return -1;
        }
    }
    *ret_slots = slots;
    return 0;
}

int frame_move(frame *opaque, PyObject *function, struct edits *edits)
{
    _PyInterpreterFrame *f = inside(opaque);
    PyFunctionObject *to = (PyFunctionObject *)function;
    if (edits_add_object(edits, FUNCTION_WORD(f), function) < 0 ||
        edits_add_word(edits, &f->f_globals, (uintptr_t)to->func_globals) < 0 ||
        edits_add_word(edits, &f->f_builtins, (uintptr_t)to->func_builtins) < 0) {
        return -1;
    }
    return 0;
}

void frame_fini(void)
{
    struct ptrmap_slot *slot;
    for (size_t i = 0; (slot = ptrmap_next(&analyses, &i));) {
        stackdepth_free(slot->value);
        Py_DECREF((PyObject *)slot->key);
    }
    ptrmap_release(&analyses);
}
