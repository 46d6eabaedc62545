/* The reverse walk after staging.
 *
 * Staged are, among the objects that are new since staging began: modules whose name was staged; functions whose
 * globals are such a module's namespace; classes that say so by __module__, by a base, or by a method; and the
 * instances of these classes. Anything else new (a list, a partial, a bound method, a tuple) counts by what it
 * leads to.
 *
 * A reference from outside begins at an old object: whatever a thread of the program made meanwhile can reach
 * something staged only through an old object that staging wrote to. New modules that are really loaded (the
 * standard library is published at once; other threads import) and what they hold are outside too; of a container whose
 * content before staging wrote to it is known, what it held then.
 *
 * Invariant: between epoch_paint and epoch_unpaint nothing is allocated in the collector's lists and nothing is
 * freed.
 * Must not: call anything on the objects. Only types' dicts are read. */
#include "engine/reach.h"

#include "compat/modules.h"
#include "engine/generation.h"

#include <stdlib.h>

static bool is_staged(const struct reach *reach, PyObject *object)
{
    return ptrmap_get(&reach->staged, object) != NULL;
}

static bool is_new(PyObject *object)
{
    return epoch_kind_of(object) == EPOCH_NEW;
}

static int mark_staged(struct reach *reach, PyObject *object)
{
    return ptrmap_put(&reach->staged, object, object);
}

/* Is this name one that was staged, or below one that belongs to the upgrade? Without memory to tell: false, with an
 * exception set. */
static bool name_is_staged(const struct reach *reach, PyObject *name)
{
    if (!name || !PyUnicode_Check(name)) {
        return false;
    }
    if (PyDict_Contains(reach->modules, name) == 1 || PySet_Contains(reach->roots, name) == 1) {
        return true;
    }
    Py_ssize_t end = PyUnicode_GET_LENGTH(name);
    while ((end = PyUnicode_FindChar(name, '.', 0, end, -1)) > 0) {
        OWN_REF parent = PyUnicode_Substring(name, 0, end);
        int in = parent ? PySet_Contains(reach->roots, parent) : -1;
        if (in) {
            return in > 0;
        }
    }
    return false;
}

static bool function_is_staged(const struct reach *reach, PyObject *object)
{
    return PyFunction_Check(object) && ptrmap_get(&reach->spaces, PyFunction_GET_GLOBALS(object));
}

/* Has the class a method of a staged module? (One of a published module may have been given one.) */
static bool has_staged_method(const struct reach *reach, PyTypeObject *type)
{
    PyObject *key, *value;
    bool published = type->tp_dict && reach->before(reach->arg, type->tp_dict);
    for (Py_ssize_t i = 0; type->tp_dict && !published && PyDict_Next(type->tp_dict, &i, &key, &value);) {
        if (function_is_staged(reach, value)) {
            return true;
        }
    }
    return false;
}

/* A thread of the program that imports an old submodule meanwhile makes new classes too: their module is really
 * loaded, or was already being loaded when staging began. */
static bool class_names_staged(const struct reach *reach, PyTypeObject *type)
{
    PyObject *name = class_module_name(type);
    PyObject *loaded = name ? modules_loaded(name) : NULL;
    return name_is_staged(reach, name) && !(loaded && (is_new(loaded) || generation_defines(loaded, type)));
}

static bool class_is_staged(const struct reach *reach, PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (is_new((PyObject *)base) && (class_names_staged(reach, base) || has_staged_method(reach, base))) {
            return true;
        }
        if (PyErr_Occurred()) {
            break;
        }
    }
    return false;
}

static int find_module(PyObject *object, void *arg)
{
    struct reach *reach = arg;
    if (!PyModule_Check(object)) {
        return 0;
    }
    PyObject *space = PyModule_GetDict(object);
    PyObject *name = dict_get(space, "__name__");
    if (!name || !name_is_staged(reach, name) || modules_loaded(name) == object) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return mark_staged(reach, object) < 0 || mark_staged(reach, space) < 0 ? -1
                                                                           : ptrmap_put(&reach->spaces, space, object);
}

static int find_definition(PyObject *object, void *arg)
{
    struct reach *reach = arg;
    bool staged =
        PyType_Check(object) ? class_is_staged(reach, (PyTypeObject *)object) : function_is_staged(reach, object);
    return staged ? mark_staged(reach, object) : PyErr_Occurred() ? -1 : 0;
}

static int find_instance(PyObject *object, void *arg)
{
    struct reach *reach = arg;
    return is_staged(reach, (PyObject *)Py_TYPE(object)) ? mark_staged(reach, object) : 0;
}

/* A growing stack of borrowed objects. */
struct stack {
    PyObject **objects;
    size_t n, capacity;
};

static int push(struct stack *stack, PyObject *object)
{
    if (stack->n == stack->capacity) {
        size_t capacity = stack->capacity ? stack->capacity * 2 : 256;
        PyObject **objects = realloc(stack->objects, capacity * sizeof *objects);
        if (!objects) {
            return -1;
        }
        stack->objects = objects;
        stack->capacity = capacity;
    }
    stack->objects[stack->n++] = object;
    return 0;
}

struct walk {
    struct reach *reach;
    struct stack published; /* new objects that count as old */
    struct stack todo;      /* of one search */
    PyObject *holder;       /* whose referents are visited */
    PyObject *found;        /* by one search */
};

static int traverse(PyObject *object, visitproc visit, struct walk *walk)
{
    traverseproc function = Py_TYPE(object)->tp_traverse;
    return function ? function(object, visit, walk) : 0;
}

/* A new object that a published one holds is published too, unless it is staged. */
static int publish(PyObject *object, void *arg)
{
    struct walk *walk = arg;
    if (!is_new(object) || is_staged(walk->reach, object)) {
        return 0;
    }
    epoch_age(object);
    return push(&walk->published, object);
}

static int publish_loaded(struct walk *walk)
{
    if (traverse(modules_dict(), publish, walk) < 0) {
        return -1;
    }
    for (size_t i = 0; i < walk->published.n; i++) {
        PyObject *object = walk->published.objects[i];
        PyObject *before = walk->reach->before(walk->reach->arg, object);
        if (traverse(before ? before : object, publish, walk) < 0) {
            return -1;
        }
    }
    return 0;
}

static int search_visit(PyObject *object, void *arg)
{
    struct walk *walk = arg;
    struct reach *reach = walk->reach;
    enum epoch_kind kind = epoch_kind_of(object);
    if (kind == EPOCH_OLD) {
        return 0;
    }
    if (kind == EPOCH_PLAIN) {
        PyTypeObject *type = Py_TYPE(object);
        bool staged = (type->tp_flags & Py_TPFLAGS_HEAPTYPE) && is_staged(reach, (PyObject *)type);
        walk->found = staged ? object : NULL;
        return staged;
    }
    if (is_staged(reach, object)) {
        walk->found = object;
        return 1;
    }
    if (ptrmap_find(&reach->seen, object) && ptrmap_get(&reach->seen, object)) {
        return 0;
    }
    return ptrmap_put(&reach->seen, object, object) < 0 ? -1 : push(&walk->todo, object);
}

/* Does this new object lead to something staged through new objects? walk->found says to what. */
static int search(struct walk *walk, PyObject *start)
{
    walk->todo.n = 0;
    walk->found = NULL;
    int stop = search_visit(start, walk);
    for (size_t i = 0; !stop && i < walk->todo.n; i++) {
        stop = traverse(walk->todo.objects[i], search_visit, walk);
    }
    /* After a success nobody knows which of these lead there: they are asked again. */
    for (size_t i = 0; walk->found && i < walk->todo.n; i++) {
        if (ptrmap_put(&walk->reach->seen, walk->todo.objects[i], NULL) < 0) {
            return -1;
        }
    }
    return stop < 0 ? -1 : 0;
}

static int add_hit(struct walk *walk, PyObject *held, PyObject *target, bool weak)
{
    struct reach *reach = walk->reach;
    if (reach->n_hits == reach->capacity) {
        size_t capacity = reach->capacity ? reach->capacity * 2 : 64;
        struct reach_hit *hits = realloc(reach->hits, capacity * sizeof *hits);
        if (!hits) {
            return -1;
        }
        reach->hits = hits;
        reach->capacity = capacity;
    }
    reach->hits[reach->n_hits++] =
        (struct reach_hit){Py_NewRef(walk->holder), Py_NewRef(held), Py_NewRef(target), weak};
    return 0;
}

static int visit_held(PyObject *object, void *arg)
{
    struct walk *walk = arg;
    enum epoch_kind kind = epoch_kind_of(object);
    if (kind == EPOCH_OLD || (kind == EPOCH_PLAIN && !(Py_TYPE(object)->tp_flags & Py_TPFLAGS_HEAPTYPE))) {
        return 0;
    }
    if (PyWeakref_Check(object)) {
        PyObject *target = ((PyWeakReference *)object)->wr_object;
        if (is_staged(walk->reach, target)) {
            return add_hit(walk, object, target, true);
        }
    }
    if (search(walk, object) < 0) {
        return -1;
    }
    return walk->found ? add_hit(walk, object, walk->found, false) : 0;
}

static int visit_holder(PyObject *object, void *arg)
{
    struct walk *walk = arg;
    walk->holder = object;
    return traverse(object, visit_held, walk);
}

static int walk_all(struct walk *walk)
{
    struct reach *reach = walk->reach;
    if (epoch_each_new(reach->epoch, find_module, reach) < 0 ||
        epoch_each_new(reach->epoch, find_definition, reach) < 0 ||
        epoch_each_new(reach->epoch, find_instance, reach) < 0 || publish_loaded(walk) < 0) {
        return -1;
    }
    for (size_t i = 0; i < walk->published.n; i++) {
        if (visit_holder(walk->published.objects[i], walk) < 0) {
            return -1;
        }
    }
    return epoch_each_old(reach->epoch, visit_holder, walk);
}

static bool is_old_generation(const struct generation *old, PyObject *object)
{
    if (PyModule_Check(object)) {
        return ptrmap_get(&old->dicts, PyModule_GetDict(object)) != NULL;
    }
    return generation_owns_function(old, object) || generation_owns_class(old, object) ||
           generation_owns_class(old, (PyObject *)Py_TYPE(object));
}

/* Follows new objects; an old one that belongs to the old generation is a capture. */
static int visit_captured(PyObject *object, void *arg)
{
    struct walk *walk = arg;
    struct reach *reach = walk->reach;
    enum epoch_kind kind = epoch_kind_of(object);
    if (kind == EPOCH_OLD) {
        return is_old_generation(reach->old, object) ? add_hit(walk, object, object, false) : 0;
    }
    if (kind == EPOCH_PLAIN || is_staged(reach, object) || ptrmap_get(&reach->seen, object)) {
        return 0;
    }
    return ptrmap_put(&reach->seen, object, object) < 0 ? -1 : push(&walk->todo, object);
}

static int find_captured(struct walk *walk)
{
    struct reach *reach = walk->reach;
    struct ptrmap_slot *slot;
    size_t n_hits = reach->n_hits;
    walk->todo.n = 0;
    ptrmap_release(&reach->seen);
    for (size_t position = 0; (slot = ptrmap_next(&reach->staged, &position));) {
        walk->holder = slot->value;
        if (traverse(walk->holder, visit_captured, walk) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < walk->todo.n; i++) {
        walk->holder = walk->todo.objects[i];
        if (traverse(walk->holder, visit_captured, walk) < 0) {
            return -1;
        }
    }
    reach->n_captured = reach->n_hits - n_hits;
    reach->n_hits = n_hits;
    return 0;
}

int reach_find(struct reach *reach)
{
    struct walk walk = {.reach = reach};
    epoch_paint(reach->epoch);
    int failed = walk_all(&walk) < 0 || find_captured(&walk) < 0;
    epoch_unpaint(reach->epoch);
    free(walk.published.objects);
    free(walk.todo.objects);
    ptrmap_release(&reach->seen);
    if (failed) {
        PyErr_NoMemory();
        return -1;
    }
    return epoch_intact(reach->epoch) ? 0 : 1;
}

void reach_release(struct reach *reach)
{
    for (size_t i = 0; i < reach->n_hits + reach->n_captured; i++) {
        Py_DECREF(reach->hits[i].holder);
        Py_DECREF(reach->hits[i].held);
        Py_DECREF(reach->hits[i].target);
    }
    free(reach->hits);
    reach->hits = NULL;
    reach->n_hits = reach->n_captured = reach->capacity = 0;
    ptrmap_release(&reach->staged);
    ptrmap_release(&reach->spaces);
    ptrmap_release(&reach->seen);
}
