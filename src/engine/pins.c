/* A pin is a list of objects and, for each thread, the frame and instruction it was at. A thread that is elsewhere, or
 * gone, has left the C call; when all have, the list is dropped. What a finalizer's caller has borrowed has one place
 * only, which is not the innermost one: the frame below the finalizer.
 *
 * Process-wide, because it outlives the upgrade that made it: one linked list, guarded by the GIL. Must not: look into
 * the objects. */
#include "engine/pins.h"

#include "compat/callers.h"
#include "compat/gate.h"
#include "compat/threads.h"

#include <stdlib.h>

struct place {
    uint64_t thread;    /* PyThreadState.id, never used again */
    const frame *frame; /* compared, never followed */
    int position;
    bool below; /* other frames may be above it. Without a frame: all of the thread's are */
};

struct pin {
    PyObject *objects; /* owned list */
    struct place *places;
    size_t n_places;
    bool parked; /* until the gate is idle */
    struct pin *next;
};

static struct pin *pins;

/* ---- inputs ---- */

struct collecting {
    struct ptrmap *inputs;
    PyThreadState *thread; /* of the frame before: its innermost frame has been seen */
    PyObject *function;    /* of the frame before, which this one called; compared, never followed */
};

/* Did this frame call the one before straight, without C code in between that could have borrowed anything? */
static bool calls_straight(const struct frame_slots *slots, PyObject *function)
{
    for (int i = 0; i < slots->n_inputs; i++) {
        if (function && slots->stack[slots->n_stack + i] == function) {
            return true;
        }
    }
    return false;
}

static int add_inputs(struct ptrmap *inputs, const struct frame_slots *slots, bool parked)
{
    for (int i = 0; i < slots->n_inputs; i++) {
        PyObject *word = slots->stack[slots->n_stack + i];
        bool running = !parked || (word && ptrmap_get(inputs, word) == PINS_RUNNING);
        if (word && ptrmap_put(inputs, word, running ? PINS_RUNNING : PINS_PARKED) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

static int collect_frame(frame *f, PyThreadState *thread, void *arg)
{
    struct collecting *collecting = arg;
    struct frame_slots slots;
    bool innermost = thread != collecting->thread;
    PyObject *called = innermost ? NULL : collecting->function;
    collecting->thread = thread;
    collecting->function = frame_function(f);
    if (frame_find_slots(f, &slots) < 0) {
        return -1;
    }
    if (calls_straight(&slots, called)) {
        return 0;
    }
    return add_inputs(collecting->inputs, &slots, innermost && gate_is_parked(thread));
}

int pins_collect_inputs(struct ptrmap *inputs)
{
    struct collecting collecting = {inputs, NULL, NULL};
    return frame_each(collect_frame, &collecting) != 0 ? -1 : 0;
}

/* ---- where threads are ---- */

static int first_frame(frame *f, PyThreadState *thread, void *arg)
{
    (void)thread;
    struct place *place = arg;
    place->frame = f;
    place->position = frame_position(f);
    return 1;
}

static struct place place_of(PyThreadState *thread)
{
    struct place place = {thread->id, NULL, 0, false};
    frame_each_of(thread, first_frame, &place);
    return place;
}

static int is_place(frame *f, PyThreadState *thread, void *arg)
{
    (void)thread;
    const struct place *place = arg;
    return f == place->frame && frame_position(f) == place->position;
}

/* Each collection is an occasion to look whether threads have moved on. In gc.callbacks while there are pins. */
static PyObject *at_collection(PyObject *self, PyObject *args)
{
    (void)self;
    (void)args;
    pins_sweep();
    Py_RETURN_NONE;
}

static PyMethodDef callback = {"midflight_pins", at_collection, METH_VARARGS,
                               "Drops what no call can be using any more."};

/* Puts the callback into gc.callbacks, once for ever: with no pins it does nothing. */
static int register_callback(void)
{
    static bool registered;
    if (registered) {
        return 0;
    }
    OWN_REF gc = PyImport_ImportModule("gc");
    OWN_REF callbacks = gc ? PyObject_GetAttrString(gc, "callbacks") : NULL;
    OWN_REF function = callbacks ? PyCFunction_New(&callback, NULL) : NULL;
    if (!function || !PyList_Check(callbacks) || PyList_Append(callbacks, function) < 0) {
        return PyErr_Occurred() ? -1 : 0;
    }
    registered = true;
    return 0;
}

/* A new pin with room for n places, in the list. NULL with an exception set. */
static struct pin *add_pin(PyObject *objects, size_t n)
{
    struct pin *pin = register_callback() < 0 ? NULL : calloc(1, sizeof *pin);
    struct place *places = pin ? calloc(n, sizeof *places) : NULL;
    if (!places) {
        free(pin);
        return PyErr_Occurred() ? NULL : (void *)PyErr_NoMemory();
    }
    *pin = (struct pin){.objects = Py_NewRef(objects), .places = places, .next = pins};
    pins = pin;
    return pin;
}

static int keep_borrowed(PyTypeObject *type, PyThreadState *thread, frame *below, void *arg)
{
    (void)arg;
    OWN_REF objects = PyList_New(0);
    struct pin *pin = objects && PyList_Append(objects, (PyObject *)type) == 0 ? add_pin(objects, 1) : NULL;
    if (!pin) {
        return -1;
    }
    pin->places[pin->n_places++] = (struct place){thread->id, below, below ? frame_position(below) : 0, true};
    return 0;
}

int pins_keep_borrowed(const struct ptrmap *moved)
{
    return callers_each_borrowed(moved, keep_borrowed, NULL);
}

int pins_keep(PyObject *objects, bool parked)
{
    if (PyList_GET_SIZE(objects) == 0) {
        return 0;
    }
    size_t n = 1;
    PyThreadState *first = threads_first(); /* who comes meanwhile has no place here */
    for (PyThreadState *thread = first; thread; thread = PyThreadState_Next(thread)) {
        n++;
    }
    struct pin *pin = add_pin(objects, n);
    if (!pin) {
        return -1;
    }
    pin->parked = parked;
    for (PyThreadState *thread = first; thread; thread = PyThreadState_Next(thread)) {
        if (!parked) {
            pin->places[pin->n_places++] = place_of(thread);
        }
    }
    return 0;
}

static bool is_still_there(const struct place *was)
{
    PyThreadState *thread = threads_first();
    for (; thread; thread = PyThreadState_Next(thread)) {
        if (thread->id == was->thread && was->below) {
            return !was->frame || frame_each_of(thread, is_place, (void *)was);
        }
        if (thread->id == was->thread) {
            struct place now = place_of(thread);
            return now.frame == was->frame && now.position == was->position && now.frame;
        }
    }
    return false;
}

Py_ssize_t pins_sweep(void)
{
    Py_ssize_t kept = 0;
    for (struct pin **link = &pins; *link;) {
        struct pin *pin = *link;
        while (pin->n_places && !is_still_there(&pin->places[pin->n_places - 1])) {
            pin->n_places--;
        }
        if (pin->n_places || (pin->parked && !gate_is_idle())) {
            kept += PyList_GET_SIZE(pin->objects);
            link = &pin->next;
            continue;
        }
        *link = pin->next; /* before anything is dropped: finalizers may come back here */
        Py_DECREF(pin->objects);
        free(pin->places);
        free(pin);
        link = &pins;
    }
    return kept;
}
