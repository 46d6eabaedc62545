/* A forked child has one thread. CPython frees the states of the others, but what their frames referred to it does not
 * let go of: those reference counts stay too high by what was on dead stacks. An account that should close has to know
 * them.
 *
 * They are counted right inside fork(), before CPython gets to free the frames. Nothing is dropped: finalizers of what
 * another thread was using (a file, a temporary directory) have no place in the child.
 *
 * Invariant: an object in the table is alive for ever, as its count includes what is in the table. Must not: run when
 * the child does not own the GIL; allocate Python objects that the collector tracks. What threads held in C locals is
 * not known. */
#include "compat/orphans.h"

#include <pthread.h>

#include "base/ptrmap.h"
#include "compat/frame.h"
#include "compat/threads.h"

static struct ptrmap orphans; /* object -> number of references */

Py_ssize_t orphans_of(PyObject *object)
{
    return orphans.used ? (Py_ssize_t)(uintptr_t)ptrmap_get(&orphans, object) : 0;
}

static int add(PyObject *object)
{
    return object ? ptrmap_put(&orphans, object, (void *)(uintptr_t)(orphans_of(object) + 1)) : 0;
}

static int add_frame(frame *f, PyThreadState *thread, void *self)
{
    struct frame_slots slots;
    if (thread == self || frame_owned_by_generator(f)) { /* a generator's frame is found with the generator */
        return 0;
    }
    if (frame_find_slots(f, &slots) < 0) {
        PyErr_Clear(); /* of this frame nothing is known: an upgrade in the child may be refused for it */
        return 0;
    }
    int n = slots.n_locals + slots.n_stack + (slots.unsure ? 0 : slots.n_inputs);
    for (int i = 0; i < n; i++) {
        if (add(i < slots.n_locals ? slots.locals[i] : slots.stack[i - slots.n_locals]) < 0) {
            return -1;
        }
    }
    return add(frame_function(f));
}

static void count_in_child(void)
{
    PyThreadState *thread = PyGILState_Check() ? threads_first_in_child() : NULL;
    while (thread &&
           frame_each_of(thread, add_frame, PyThreadState_Get()) == 0) { /* else of the rest nothing is known */
        thread = PyThreadState_Next(thread);
    }
}

int orphans_start(void)
{
    if (pthread_atfork(NULL, NULL, count_in_child) != 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}
