/* Trial: a flip that a test takes apart. It collects edits verb by verb, commits, undoes, commits again.
 *
 * Between the verbs Python code of the test runs, which the rules of edits.h forbid to the engine. A test keeps to them
 * in effect: it leaves the holders alone, and no collection runs, between the first edit and the commit. A verb that
 * refuses raises Refused with the verb's sentence; the trial is then only good for release(). */
#include "testing/testing.h"

#include "compat/frame.h"
#include "compat/heap.h"
#include "compat/holder.h"
#include "compat/iterators.h"
#include "compat/type.h"

struct trial {
    PyObject_HEAD PyObject *pairs; /* owned list of tuples (old, partner): keeps both alive */
    struct ptrmap map;
    struct ptrmap mros;
    struct rehash rehash;
    struct edits edits;
};

static PyObject *refused; /* owned for ever: the exception */

static PyObject *refuse_trial(const char *what, const char *why)
{
    PyErr_Format(refused, "%s: %s", what, why ? why : "(no reason given)");
    return NULL;
}

static struct trial *trial_of(PyObject *self)
{
    return (struct trial *)self;
}

/* ---- life ---- */

static int trial_fill(struct trial *trial, PyObject *pairs)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); i++) {
        PyObject *pair = PyList_GET_ITEM(pairs, i);
        if (!PyTuple_CheckExact(pair) || PyTuple_GET_SIZE(pair) != 2) {
            PyErr_SetString(PyExc_TypeError, "a pair is a tuple (old, partner)");
            return -1;
        }
        if (ptrmap_put(&trial->map, PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1)) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    trial->pairs = Py_NewRef(pairs);
    return 0;
}

static PyObject *trial_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *pairs;
    static char *names[] = {"pairs", NULL};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!:Trial", names, &PyList_Type, &pairs)) {
        return NULL;
    }
    PyObject *self = type->tp_alloc(type, 0); /* cleared: an empty map is all zero, and so is an empty list of edits */
    if (self && trial_fill(trial_of(self), pairs) < 0) {
        Py_CLEAR(self);
    }
    return self;
}

static void trial_empty(struct trial *trial)
{
    edits_release(&trial->edits);
    ptrmap_release(&trial->map);
    ptrmap_release(&trial->mros);
    ptrmap_release(&trial->rehash.hashes);
    trial->rehash.map = NULL;
    Py_CLEAR(trial->pairs);
}

static void trial_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    trial_empty(trial_of(self));
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *trial_commit(PyObject *self, PyObject *unused)
{
    (void)unused;
    edits_commit(&trial_of(self)->edits);
    Py_RETURN_NONE;
}

static PyObject *trial_undo(PyObject *self, PyObject *unused)
{
    (void)unused;
    edits_undo(&trial_of(self)->edits);
    Py_RETURN_NONE;
}

static PyObject *trial_release(PyObject *self, PyObject *unused)
{
    (void)unused;
    trial_empty(trial_of(self));
    Py_RETURN_NONE;
}

static PyObject *trial_size(PyObject *self, PyObject *unused)
{
    (void)unused;
    struct edits *edits = &trial_of(self)->edits;
    return Py_BuildValue("(nnn)", (Py_ssize_t)edits->n_words, (Py_ssize_t)edits->n_ops, (Py_ssize_t)edits->n_touched);
}

/* ---- bare edits ---- */

static PyObject *trial_exchange(PyObject *self, PyObject *args)
{
    PyObject *list, *value;
    Py_ssize_t at;
    if (!PyArg_ParseTuple(args, "O!nO", &PyList_Type, &list, &at, &value)) {
        return NULL;
    }
    if (at < 0 || at >= PyList_GET_SIZE(list)) {
        PyErr_SetString(PyExc_IndexError, "no such item");
        return NULL;
    }
    return edits_add_object(&trial_of(self)->edits, &PyList_GET_ITEM(list, at), value) < 0 ? NULL : Py_NewRef(Py_None);
}

/* What an operation of a test does: it writes its number behind what the log has, 128 added when it is undone. */
struct operation {
    PyObject *log; /* owned bytearray: its first byte is the place of the last entry */
    unsigned char number;
};

static void write_log(struct operation *operation, unsigned char entry)
{
    unsigned char *log = (unsigned char *)PyByteArray_AS_STRING(operation->log);
    if (log[0] + 1 < PyByteArray_GET_SIZE(operation->log)) {
        log[++log[0]] = entry;
    }
}

static void apply_operation(void *arg)
{
    struct operation *operation = arg;
    write_log(operation, operation->number);
}

static void undo_operation(void *arg)
{
    struct operation *operation = arg;
    write_log(operation, operation->number | 128);
}

static void release_operation(void *arg)
{
    Py_DECREF(((struct operation *)arg)->log);
    PyMem_Free(arg);
}

static PyObject *trial_operation(PyObject *self, PyObject *args)
{
    PyObject *log;
    unsigned char number;
    if (!PyArg_ParseTuple(args, "O!b", &PyByteArray_Type, &log, &number)) {
        return NULL;
    }
    struct operation *operation = PyMem_Malloc(sizeof *operation);
    if (!operation || PyByteArray_GET_SIZE(log) == 0) {
        PyMem_Free(operation);
        return PyErr_NoMemory();
    }
    *operation = (struct operation){Py_NewRef(log), number};
    struct edit_op op = {apply_operation, undo_operation, release_operation, operation};
    if (edits_add_op(&trial_of(self)->edits, &op) < 0) {
        release_operation(operation);
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *trial_touch(PyObject *self, PyObject *touched)
{
    if (!PyDict_Check(touched) && !PyType_Check(touched)) {
        PyErr_SetString(PyExc_TypeError, "neither a dict nor a class");
        return NULL;
    }
    return edits_touch(&trial_of(self)->edits, touched) < 0 ? NULL : Py_NewRef(Py_None);
}

/* ---- holders ---- */

struct redirecting {
    struct trial *trial;
    PyObject *holders;      /* borrowed list */
    struct rehash suspects; /* objects whose new hash nobody can tell */
    const char *suspicion;
    Py_ssize_t n_holders, n_references;
};

/* What the test's own bookkeeping holds stays as it is. */
static bool is_ours(const struct redirecting *r, PyObject *object)
{
    PyObject *pairs = r->trial->pairs;
    if (object == pairs || object == r->holders || ptrmap_find(&r->trial->map, object)) {
        return true;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(pairs); i++) {
        if (object == PyList_GET_ITEM(pairs, i)) {
            return true;
        }
    }
    return false;
}

static int close_rehash(struct redirecting *r)
{
    struct trial *trial = r->trial;
    if (holder_rehash_seed(&trial->map, &trial->rehash) < 0) {
        return -1;
    }
    for (bool grew = true; grew;) {
        grew = false;
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(r->holders); i++) {
            PyObject *object = PyList_GET_ITEM(r->holders, i);
            int added = is_ours(r, object) || !holder_may_rehash(object)
                            ? 0
                            : holder_rehash_add(object, &trial->map, &trial->rehash, &r->suspicion);
            if (added < 0) {
                return -1;
            }
            if (added == 2 && ptrmap_put(&r->suspects.hashes, object, (void *)HOLDER_HASH_ZERO) < 0) {
                PyErr_NoMemory();
                return -1;
            }
            grew = grew || added == 1;
        }
    }
    return 0;
}

/* 0, 1 refused (exception set), -1. */
static int redirect_one(struct redirecting *r, PyObject *object)
{
    struct trial *trial = r->trial;
    bool table = holder_may_need_rehash(object);
    if (table && r->suspects.hashes.used && holder_needs_rehash(object, &r->suspects)) {
        refuse_trial(Py_TYPE(object)->tp_name, r->suspicion);
        return -1;
    }
    if (Py_IS_TYPE(object, &PySetIter_Type) && !ptrmap_get(&trial->map, iterator_container(object)) &&
        holder_shadow_iterator(object, &trial->map, &trial->rehash, &trial->edits) < 0) {
        return -1;
    }
    Py_ssize_t count = holder_count(object, &trial->map);
    if (PyType_Check(object)) {
        count -= type_count_lineage((PyTypeObject *)object, &trial->map);
    }
    if (!count && !holder_needs_rehash(object, &trial->rehash)) {
        return 0;
    }
    const char *why = NULL;
    int result = holder_redirect(object, count, &trial->map, &trial->rehash, &trial->edits, &why);
    if (result == 1) {
        refuse_trial(Py_TYPE(object)->tp_name, why);
    }
    r->n_holders++;
    r->n_references += count;
    return result ? -1 : 0;
}

static bool keep_ref(PyObject *ref, void *kept)
{
    for (Py_ssize_t i = 0; kept && i < PyList_GET_SIZE((PyObject *)kept); i++) {
        if (PyList_GET_ITEM((PyObject *)kept, i) == ref) {
            return true;
        }
    }
    return false;
}

static int move_weakrefs(struct trial *trial, PyObject *kept)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(trial->pairs); i++) {
        PyObject *pair = PyList_GET_ITEM(trial->pairs, i);
        if (holder_move_weakrefs(PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1), NULL, keep_ref, kept,
                                 &trial->edits) < 0) {
            return -1;
        }
    }
    return 0;
}

static int redirect_all(struct redirecting *r, PyObject *kept)
{
    if (close_rehash(r) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(r->holders); i++) {
        PyObject *object = PyList_GET_ITEM(r->holders, i);
        if (!is_ours(r, object) && redirect_one(r, object) < 0) {
            return -1;
        }
    }
    return move_weakrefs(r->trial, kept);
}

static PyObject *trial_redirect(PyObject *self, PyObject *args)
{
    struct redirecting r = {.trial = trial_of(self)};
    PyObject *kept = NULL;
    if (!PyArg_ParseTuple(args, "O!|O!", &PyList_Type, &r.holders, &PyList_Type, &kept)) {
        return NULL;
    }
    bool before = heap_forbid_collection();
    int result = redirect_all(&r, kept);
    heap_allow_collection(before);
    ptrmap_release(&r.suspects.hashes);
    return result < 0 ? NULL : Py_BuildValue("(nn)", r.n_holders, r.n_references);
}

/* The hash that an object will have, given what it is made of; None: the one it has. */
static PyObject *trial_new_hash(PyObject *self, PyObject *args)
{
    struct trial *trial = trial_of(self);
    PyObject *object, *parts;
    const char *why = NULL;
    if (!PyArg_ParseTuple(args, "OO!", &object, &PyList_Type, &parts)) {
        return NULL;
    }
    if (holder_rehash_seed(&trial->map, &trial->rehash) < 0) {
        return NULL;
    }
    for (Py_ssize_t round = 0; round <= PyList_GET_SIZE(parts); round++) {
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(parts); i++) {
            if (holder_rehash_add(PyList_GET_ITEM(parts, i), &trial->map, &trial->rehash, &why) < 0) {
                return NULL;
            }
        }
    }
    int added = holder_rehash_add(object, &trial->map, &trial->rehash, &why);
    if (added < 0) {
        return NULL;
    }
    if (added == 2) {
        return refuse_trial(Py_TYPE(object)->tp_name, why);
    }
    uintptr_t stored = (uintptr_t)ptrmap_get(&trial->rehash.hashes, object);
    if (!stored) {
        Py_RETURN_NONE;
    }
    return PyLong_FromSsize_t(stored == HOLDER_HASH_ZERO ? 0 : (Py_ssize_t)stored);
}

/* ---- classes and instances ---- */

static PyObject *trial_rebase(PyObject *self, PyObject *type)
{
    struct trial *trial = trial_of(self);
    const char *why = NULL;
    int result = type_rebase((PyTypeObject *)type, &trial->map, NULL, &trial->mros, &trial->edits, &why);
    if (result == 1) {
        return refuse_trial(((PyTypeObject *)type)->tp_name, why);
    }
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

static int parse_types(PyObject *args, PyTypeObject **ret_left, PyTypeObject **ret_right)
{
    return PyArg_ParseTuple(args, "O!O!", &PyType_Type, ret_left, &PyType_Type, ret_right) ? 0 : -1;
}

static PyObject *trial_layout(PyObject *self, PyObject *args)
{
    PyTypeObject *old, *partner;
    const char *why = NULL;
    if (parse_types(args, &old, &partner) < 0) {
        return NULL;
    }
    return type_same_layout(old, partner, &trial_of(self)->map, &why) ? Py_NewRef(Py_None)
                                                                      : refuse_trial(old->tp_name, why);
}

static PyObject *trial_adopt(PyObject *self, PyObject *args)
{
    PyTypeObject *old, *partner;
    if (parse_types(args, &old, &partner) < 0 || type_adopt_keys(old, partner, &trial_of(self)->edits) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *trial_retype(PyObject *self, PyObject *args)
{
    PyObject *instances, *type;
    if (!PyArg_ParseTuple(args, "O!O!", &PyList_Type, &instances, &PyType_Type, &type)) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(instances); i++) {
        PyObject **at = (PyObject **)&PyList_GET_ITEM(instances, i)->ob_type;
        if (edits_add_object(&trial_of(self)->edits, at, type) < 0) {
            return NULL;
        }
    }
    Py_RETURN_NONE;
}

static PyObject *trial_hide(PyObject *self, PyObject *args)
{
    PyTypeObject *base, *sub;
    if (parse_types(args, &base, &sub) < 0 || type_hide_subclass(base, sub, &trial_of(self)->edits) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *trial_show(PyObject *self, PyObject *args)
{
    PyTypeObject *base, *sub;
    if (parse_types(args, &base, &sub) < 0 || type_show_subclass(base, sub, &trial_of(self)->edits) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *trial_lineage(PyObject *self, PyObject *type)
{
    return PyLong_FromSsize_t(type_count_lineage((PyTypeObject *)type, &trial_of(self)->map));
}

/* ---- frames ---- */

static int redirect_words(struct trial *trial, PyObject **words, int n)
{
    int found = 0;
    for (int i = 0; i < n; i++) {
        PyObject *partner = words[i] ? ptrmap_get(&trial->map, words[i]) : NULL;
        if (partner && edits_add_object(&trial->edits, &words[i], partner) < 0) {
            return -1;
        }
        found += partner != NULL;
    }
    return found;
}

/* A suspended generator, coroutine or async generator into the world of another function, with what its frame holds. */
static PyObject *trial_move_frame(PyObject *self, PyObject *args)
{
    struct trial *trial = trial_of(self);
    PyObject *generator, *function;
    if (!PyArg_ParseTuple(args, "OO!", &generator, &PyFunction_Type, &function)) {
        return NULL;
    }
    bool running = false;
    frame *f = frame_of_generator(generator, &running);
    if (!f || running) {
        return refuse_trial(Py_TYPE(generator)->tp_name, "it has no frame, or is running");
    }
    struct frame_slots slots;
    if (frame_find_slots(f, &slots) < 0) {
        return NULL;
    }
    int locals = redirect_words(trial, slots.locals, slots.n_locals);
    int stack = locals < 0 ? -1 : redirect_words(trial, slots.stack, slots.n_stack);
    if (stack < 0 || frame_move(f, function, &trial->edits) < 0) {
        return NULL;
    }
    return Py_BuildValue("(ii)", locals, stack);
}

static PyMethodDef methods[] = {
    {"exchange", trial_exchange, METH_VARARGS, "exchange(list, index, value): one edit of a reference"},
    {"operation", trial_operation, METH_VARARGS,
     "operation(bytearray, number): notes there when it is applied and undone"},
    {"touch", trial_touch, METH_O, "touch(dict or class)"},
    {"redirect", trial_redirect, METH_VARARGS,
     "redirect(holders[, weak references to leave]) -> (holders, references)"},
    {"new_hash", trial_new_hash, METH_VARARGS,
     "new_hash(object, what it is made of) -> its hash after the flip, or None"},
    {"rebase", trial_rebase, METH_O, "rebase(class): bases first"},
    {"layout", trial_layout, METH_VARARGS, "layout(old, partner): Refused when the layouts differ"},
    {"adopt", trial_adopt, METH_VARARGS, "adopt(old, partner): the partner takes the shared keys over"},
    {"retype", trial_retype, METH_VARARGS, "retype(instances, class)"},
    {"hide", trial_hide, METH_VARARGS, "hide(base, class)"},
    {"show", trial_show, METH_VARARGS, "show(base, class)"},
    {"lineage", trial_lineage, METH_O, "lineage(class) -> references that rebase() edits"},
    {"move_frame", trial_move_frame, METH_VARARGS, "move_frame(generator, function) -> (locals, stack words)"},
    {"size", trial_size, METH_NOARGS, "size() -> (words, operations, touched)"},
    {"commit", trial_commit, METH_NOARGS, "commit()"},
    {"undo", trial_undo, METH_NOARGS, "undo()"},
    {"release", trial_release, METH_NOARGS, "release(): drops what the edits own"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, trial_new},
    {Py_tp_dealloc, trial_dealloc},
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "midflight._testing.Trial",
    .basicsize = sizeof(struct trial),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots,
};

int trial_add(PyObject *module)
{
    OWN_REF type = PyType_FromModuleAndSpec(module, &spec, NULL);
    if (!refused) {
        refused = PyErr_NewException("midflight._testing.Refused", NULL, NULL);
    }
    return type && refused && PyModule_AddObjectRef(module, "Trial", type) == 0
               ? PyModule_AddObjectRef(module, "Refused", refused)
               : -1;
}
