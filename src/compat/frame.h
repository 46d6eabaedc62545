/* Interpreter frames of all threads: who is executing what, and which words of a frame are references.
 *
 * The value stack of a frame that is inside a C call has no stored depth (stacktop == -1) and stale words above the
 * real one (experiment e4): its depth comes from a static analysis of the code, never from scanning. The inputs of the
 * instruction in progress are C locals of the interpreter (e16): they are counted and never rewritten.
 *
 * All functions: GIL held, no Python code runs. A frame pointer is valid until the GIL is released. */
#ifndef MIDFLIGHT_FRAME_H
#define MIDFLIGHT_FRAME_H

#include "compat/edits.h"

typedef struct frame frame; /* opaque: CPython's _PyInterpreterFrame */

/* Called for each Python frame of each thread of this interpreter, innermost first, thread after thread; frames of
 * running generators are among them. Not zero ends the iteration and is returned by frame_each. */
typedef int (*frame_visit)(frame *f, PyThreadState *thread, void *arg);
int frame_each(frame_visit visit, void *arg);
int frame_each_of(PyThreadState *thread, frame_visit visit, void *arg);

PyCodeObject *frame_code(const frame *f); /* borrowed */
PyObject *frame_function(const frame *f); /* borrowed; NULL when there is none */
PyObject *frame_globals(const frame *f);  /* borrowed */
int frame_line(const frame *f);           /* the line being executed, or -1 */
int frame_position(const frame *f); /* of the instruction in progress, in code units from the beginning of the code */
bool frame_owned_by_generator(const frame *f);

/* The frame of a generator, coroutine or async generator that has started or not and has not finished; NULL otherwise.
 * *ret_running: it is executing now (then frame_each visits it too). */
frame *frame_of_generator(PyObject *generator, bool *ret_running);

/* The frame that a frame object carries itself because its call has ended (tracebacks); NULL while it is active. */
frame *frame_of_object(PyObject *frame_object);

/* Entries of locals and stack may be NULL. */
struct frame_slots {
    PyObject **locals; /* locals, cells and free variables */
    int n_locals;
    PyObject **stack; /* value stack below the inputs of the instruction in progress: may be rewritten */
    int n_stack;
    int n_inputs; /* words stack[n_stack .. n_stack + n_inputs): count as references, never rewrite nor follow */
    bool calls;   /* the instruction in progress is a call: the first input that is not NULL is what is called */
    bool unsure; /* the inputs may be gone, stack[n_stack] being a result (rarely: a call of a class in 3.13 that may be
                    over). When one of the inputs is a replaced object, this is no moment for a flip. */
    PyObject *super_of;  /* the object, or class, in which super().name is being looked up by C code that owns its class
                            (3.12 and later); borrowed, or NULL */
    PyObject **function; /* owned words of the frame itself: its function (NULL when it has none), */
    PyObject **code;     /* code object, */
    PyObject **names;    /* f_locals: the namespace of a class body or module, or NULL in it, */
    PyObject **object;   /* the frame object, or NULL in it */
};

/* Finds the owned references of a frame. Returns 0, or -1 with an exception set (memory, or a code that the analysis
 * does not understand: a ValueError that names it). Results of the analysis are cached per code object. */
int frame_find_slots(frame *f, struct frame_slots *ret_slots) MUST_CHECK;

/* Appends the edits that move the frame into another function's world: function (owned reference), globals, builtins.
 * The code object stays. */
int frame_move(frame *f, PyObject *function, struct edits *edits) MUST_CHECK;

/* Drops the cache of analyses, which keeps the code objects in it alive. */
void frame_fini(void);

#endif
