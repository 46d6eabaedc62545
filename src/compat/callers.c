/* Idea: a frame that the interpreter has entered from C has a caller that called its function, and had it from
 * somewhere: it may own one reference. What else C code has at hand is known in six cases only:
 *
 * - who looks an attribute up owns the descriptor that serves it, and if the class has a __getattr__ that as well;
 * - who sets or deletes one owns the descriptor and the class;
 * - who looks an attribute up by super() owns the class in whose order it looks;
 * - who calls back for a weak reference deallocates an object, which owns its class until the end;
 * - who makes an instance owns the __new__, and afterwards runs the __init__ only if what that made is an instance of
 *   the class that it was asked for;
 * - a method of an object that has a finalizer may be called by it, and that by the object's deallocation, which then
 *   goes on with the class that it began with, by a borrowed pointer.
 *
 * Invariant: what is counted here is never used by C code again but to drop it, or to call it, which an old function
 * forwards. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/callers.h"

#include "compat/detour.h"
#include "compat/instructions.h"
#include "compat/type.h"

#include <internal/pycore_frame.h>

static bool is_entered_from_c(const frame *opaque)
{
    const _PyInterpreterFrame *f = (const _PyInterpreterFrame *)opaque;
    if (f->owner == FRAME_OWNED_BY_GENERATOR) {
        return false;
    }
#if PY_VERSION_HEX < 0x030c0000
    return f->is_entry;
#else
    return f->previous != NULL && f->previous->owner == FRAME_OWNED_BY_CSTACK;
#endif
}

/* An argument that the frame's call was given, if the frame still has it there; borrowed. */
static PyObject *argument(const frame *opaque, int at)
{
    const _PyInterpreterFrame *f = (const _PyInterpreterFrame *)opaque;
    const PyCodeObject *code = frame_code(opaque);
    int positional = code->co_argcount;
    bool packed = at >= positional && code->co_flags & CO_VARARGS;
    PyObject *word = packed            ? f->localsplus[positional + code->co_kwonlyargcount]
                     : at < positional ? f->localsplus[at]
                                       : NULL;
    word = word != NULL && PyCell_Check(word) ? PyCell_GET(word) : word;
    at -= positional;
    return !packed || word == NULL                                   ? word
           : PyTuple_CheckExact(word) && PyTuple_GET_SIZE(word) > at ? PyTuple_GET_ITEM(word, at)
                                                                     : NULL;
}

/* Is this function what a class, or the nearest of its bases, has under the name? */
static bool is_method(PyTypeObject *type, const char *name, PyObject *function)
{
    PyObject *mro = type->tp_mro, *found = NULL;
    for (Py_ssize_t i = 0; found == NULL && mro != NULL && PyTuple_Check(mro) && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *class = PyTuple_GET_ITEM(mro, i);
        PyObject *dict = PyType_Check(class) ? ((PyTypeObject *)class)->tp_dict : NULL;
        found = dict != NULL ? dict_get(dict, name) : NULL;
    }
    OWN_REF bare = found != NULL && Py_IS_TYPE(found, &PyStaticMethod_Type)
                       ? PyStaticMethod_Type.tp_descr_get(found, NULL, NULL)
                       : Py_XNewRef(found);
    PyErr_Clear(); /* no memory: then nobody is known to hold it */
    return function != NULL && bare == function;
}

static bool is_method_of_moved(const struct ptrmap *moved, const char *name, PyObject *function)
{
    const struct ptrmap_slot *slot;
    for (size_t i = 0; (slot = ptrmap_next(moved, &i)) != NULL;) {
        PyObject *object = (PyObject *)slot->key;
        if (PyType_Check(object) && is_method((PyTypeObject *)object, name, function)) {
            return true;
        }
    }
    return false;
}

/* Is the function one by which a descriptor of this class serves an attribute? */
static bool is_binding(PyTypeObject *type, PyObject *function)
{
    static const char *const names[] = {"__get__", "__set__", "__delete__"};
    return is_method(type, names[0], function) || is_method(type, names[1], function) ||
           is_method(type, names[2], function);
}

/* Is the function what one of these attributes of a property is? */
static bool serves(PyObject *property, const char *const *names, PyObject *function)
{
    bool does = false;
    for (; *names != NULL && !does; names++) {
        OWN_REF part = PyObject_GetAttrString(property, *names);
        does = part == function;
        PyErr_Clear(); /* a class of its own may lack the name; no memory: then it is not known to serve */
    }
    return does;
}

/* Does the frame set or delete an attribute of an instance of this very class? */
static bool sets(PyTypeObject *type, const frame *f, PyObject *function)
{
    static const char *const setters[] = {"fset", "fdel", NULL};
    PyObject *self = argument(f, 0), *instance = argument(f, 1);
    if (self != NULL && instance != NULL && Py_IS_TYPE(instance, type) && is_binding(Py_TYPE(self), function)) {
        return true;
    }
    PyObject *mro = self != NULL && Py_IS_TYPE(self, type) ? type->tp_mro : NULL;
    for (Py_ssize_t i = 0; mro != NULL && PyTuple_Check(mro) && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *class = PyTuple_GET_ITEM(mro, i), *name, *value;
        PyObject *dict = PyType_Check(class) ? ((PyTypeObject *)class)->tp_dict : NULL;
        for (Py_ssize_t at = 0; dict != NULL && PyDict_Next(dict, &at, &name, &value);) {
            if (Py_IS_TYPE(value, &PyProperty_Type) && serves(value, setters, function)) {
                return true;
            }
        }
    }
    return false;
}

/* Is the frame a callback for the death of an object? That is being deallocated below it, and still owns its class. */
static bool tells_of_death(const frame *f)
{
    for (int i = 0; i < 2; i++) {
        PyObject *ref = argument(f, i);
        if (ref != NULL && PyWeakref_CheckRefExact(ref) && ((PyWeakReference *)ref)->wr_object == Py_None) {
            return true;
        }
    }
    return false;
}

/* Does no instance of this class, or of one that derives from it, have an __init__ that does anything? */
static bool begins_without_init(PyTypeObject *type)
{
    if (type->tp_init != PyBaseObject_Type.tp_init) {
        return false;
    }
    PyObject *list = type_subclass_dict(type), *key, *reference;
    bool without = true;
    for (Py_ssize_t i = 0; without && list != NULL && PyDict_Next(list, &i, &key, &reference);) {
        PyObject *subclass = PyWeakref_CheckRefExact(reference) ? ((PyWeakReference *)reference)->wr_object : Py_None;
        without = !PyType_Check(subclass) || begins_without_init((PyTypeObject *)subclass);
    }
    return without;
}

/* The frame is a __new__. Its caller compares the class of what is made with the one that it asked for: does what
 * follows happen as well if that is replaced? */
static bool goes_on_after_new(const struct ptrmap *moved, const frame *f)
{
    PyObject *class = argument(f, 0);
    if (class == NULL || !PyType_Check(class) || code_assigns(frame_code(f), 0) != 0) {
        PyErr_Clear(); /* no memory: then it is not known */
        return false;
    }
    PyObject *partner = ptrmap_get(moved, class);
    return partner == NULL || (PyType_Check(partner) && begins_without_init((PyTypeObject *)class) &&
                               begins_without_init((PyTypeObject *)partner));
}

/* Is the frame at a super().name that is looked up in this class, or in an instance of it? */
static bool looks_beyond(PyTypeObject *type, frame *f)
{
    struct frame_slots slots;
    if (frame_find_slots(f, &slots) < 0) {
        PyErr_Clear(); /* no memory: then it is not known */
        return false;
    }
    return slots.super_of && (slots.super_of == (PyObject *)type || Py_IS_TYPE(slots.super_of, type));
}

struct holding {
    PyObject *object;            /* borrowed */
    const struct ptrmap *moved;  /* borrowed */
    bool makes, gets, finalizes; /* it is __new__, __getattr__ or __del__ of a class */
    size_t n;
};

static bool gets_attribute(const struct holding *holding, const frame *f)
{
    for (int i = 0; i < 2 && holding->gets; i++) { /* a getter's self, or the instance that a descriptor is given */
        PyObject *self = argument(f, i);
        if (self != NULL && is_method(Py_TYPE(self), "__getattr__", holding->object)) {
            return true;
        }
    }
    return false;
}

static int count_holder(frame *f, PyThreadState *thread, void *arg)
{
    static const char *const parts[] = {"fget", "fset", "fdel", NULL};
    (void)thread;
    struct holding *holding = arg;
    holding->n += PyType_Check(holding->object) && looks_beyond((PyTypeObject *)holding->object, f);
    PyObject *executed = is_entered_from_c(f) ? frame_function(f) : NULL;
    if (executed == NULL) {
        return 0;
    }
    if (PyType_Check(holding->object)) {
        holding->n += sets((PyTypeObject *)holding->object, f, executed) || tells_of_death(f);
    } else if (PyFunction_Check(holding->object)) {
        holding->n += executed == holding->object && (!holding->finalizes || argument(f, 0) != NULL) &&
                      (!holding->makes || goes_on_after_new(holding->moved, f));
        holding->n += gets_attribute(holding, f);
    } else if (Py_IS_TYPE(holding->object, &PyProperty_Type)) {
        holding->n += serves(holding->object, parts, executed);
    } else {
        holding->n += argument(f, 0) == holding->object && is_binding(Py_TYPE(holding->object), executed);
    }
    return 0;
}

size_t callers_hold(PyObject *object, const struct ptrmap *moved)
{
    bool function = PyFunction_Check(object);
    struct holding holding = {.object = object,
                              .moved = moved,
                              .makes = function && is_method_of_moved(moved, "__new__", object),
                              .gets = function && is_method_of_moved(moved, "__getattr__", object),
                              .finalizes = function && is_method_of_moved(moved, "__del__", object)};
    frame_each(count_holder, &holding);
    return holding.n;
}

static int is_executing(frame *f, PyThreadState *thread, void *arg)
{
    (void)thread;
    return is_entered_from_c(f) && frame_function(f) != NULL && frame_function(f) == arg;
}

bool callers_wait_for(PyObject *function)
{
    PyObject *partner = detour_forwards_to(function);
    return partner != NULL && frame_each_of(PyThreadState_Get(), is_executing, partner) != 0;
}

struct borrowing {
    const struct ptrmap *moved;
    callers_visit visit;
    void *arg;
    PyTypeObject *type; /* borrowed by who called the frame before, which is looked for; or NULL */
    PyThreadState *thread;
};

static int find_borrower(frame *f, PyThreadState *thread, void *arg)
{
    struct borrowing *borrowing = arg;
    frame *below = thread == borrowing->thread ? f : NULL;
    int result =
        borrowing->type == NULL ? 0 : borrowing->visit(borrowing->type, borrowing->thread, below, borrowing->arg);
    PyObject *self = is_entered_from_c(f) ? argument(f, 0) : NULL;
    PyTypeObject *type = self != NULL ? Py_TYPE(self) : NULL;
    bool borrows = type != NULL && ptrmap_get(borrowing->moved, type) != NULL && type->tp_finalize != NULL;
    borrowing->type = borrows ? type : NULL;
    borrowing->thread = thread;
    return result;
}

int callers_each_borrowed(const struct ptrmap *moved, callers_visit visit, void *arg)
{
    struct borrowing borrowing = {moved, visit, arg, NULL, NULL};
    int result = frame_each(find_borrower, &borrowing);
    return result != 0 || borrowing.type == NULL ? result : visit(borrowing.type, borrowing.thread, NULL, arg);
}

/* ---- keys under way ---- */

struct collecting {
    struct ptrmap *found;
    PyThreadState *thread; /* of the frame before */
    bool hashes;           /* that was a __hash__ or __eq__ that C code called */
};

static int note_word(struct ptrmap *found, PyObject *word)
{
    if (word != NULL && ptrmap_put(found, word, found) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* The inputs of a frame that called into C code, which called such a method. */
static int collect_inputs(struct ptrmap *found, frame *f)
{
    struct frame_slots slots;
    if (frame_find_slots(f, &slots) < 0) {
        return -1;
    }
    for (int i = 0; i < slots.n_inputs; i++) {
        if (note_word(found, slots.stack[slots.n_stack + i]) < 0) {
            return -1;
        }
    }
    return 0;
}

static int collect_hashed(frame *f, PyThreadState *thread, void *arg)
{
    struct collecting *collecting = arg;
    if (collecting->hashes && collecting->thread == thread && collect_inputs(collecting->found, f) < 0) {
        return -1;
    }
    PyObject *function = is_entered_from_c(f) ? frame_function(f) : NULL;
    PyObject *self = function != NULL ? argument(f, 0) : NULL;
    PyObject *name = frame_code(f)->co_name;
    bool called_so = PyUnicode_CompareWithASCIIString(name, "__hash__") == 0 ||
                     PyUnicode_CompareWithASCIIString(name, "__eq__") == 0;
    collecting->thread = thread;
    collecting->hashes =
        function != NULL && (called_so || (self != NULL && is_method(Py_TYPE(self), "__hash__", function)) ||
                             (self != NULL && is_method(Py_TYPE(self), "__eq__", function)));
    return !collecting->hashes                      ? 0
           : note_word(collecting->found, self) < 0 ? -1
                                                    : note_word(collecting->found, argument(f, 1));
}

int callers_collect_hashed(struct ptrmap *ret)
{
    struct collecting collecting = {ret, NULL, false};
    return frame_each(collect_hashed, &collecting) != 0 ? -1 : 0;
}
