/* The account, asked about any objects and told in words. Reads only; what it reports was true for the moment of one
 * hold of the GIL. */
#include "engine/explain.h"

#include "compat/heap.h"
#include "compat/holder.h"
#include "engine/account.h"

/* ---- where is a holder? ---- */

/* Whose dict is it? One pass for all: dict -> module or class, borrowed. */
static int note_owner(PyObject *object, void *arg)
{
    PyObject *dict = PyModule_Check(object) ? PyModule_GetDict(object)
                     : PyType_Check(object) ? ((PyTypeObject *)object)->tp_dict
                                            : NULL;
    if (dict && ptrmap_put(arg, dict, object) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* "module requests.sessions", "class requests.Session", "dict of 3 entries ...". New str. */
static PyObject *place_of(PyObject *holder, const struct ptrmap *owners)
{
    if (PyModule_Check(holder)) {
        PyObject *name = PyModule_GetNameObject(holder);
        if (!name) {
            PyErr_Clear();
            return PyUnicode_FromString("a module without a name");
        }
        OWN_REF owned = name;
        return PyUnicode_FromFormat("module %U", owned);
    }
    if (PyType_Check(holder)) {
        PyObject *module = class_module_name((PyTypeObject *)holder);
        return PyUnicode_FromFormat("class %V.%s", module, "builtins", ((PyTypeObject *)holder)->tp_name);
    }
    if (PyFunction_Check(holder)) {
        PyFunctionObject *function = (PyFunctionObject *)holder;
        PyObject *module = function->func_module;
        return PyUnicode_FromFormat("function %V.%U", module && PyUnicode_Check(module) ? module : NULL, "?",
                                    function->func_qualname);
    }
    if (PyDict_Check(holder)) {
        PyObject *owner = ptrmap_get(owners, holder);
        if (owner) {
            OWN_REF place = place_of(owner, owners);
            return place ? PyUnicode_FromFormat("namespace of %U", place) : NULL;
        }
        return PyUnicode_FromFormat("%s of %zd entries at %p", Py_TYPE(holder)->tp_name, PyDict_GET_SIZE(holder),
                                    holder);
    }
    return PyUnicode_FromFormat("%s at %p", Py_TYPE(holder)->tp_name, (void *)holder);
}

/* ---- which targets does one holder hold? ---- */

struct hits {
    struct account *account;
    PyObject *items[64]; /* borrowed: targets found in this holder, each once */
    Py_ssize_t counts[64];
    int n;
};

static int note_hit(PyObject *object, void *arg)
{
    struct hits *hits = arg;
    if (!account_target(hits->account, object)) {
        return 0;
    }
    int at = 0;
    while (at < hits->n && hits->items[at] != object) {
        at++;
    }
    if (at == 64) {
        return 0; /* a holder of more targets than are told apart: the rest shows up as a difference of counts */
    }
    if (at == hits->n) {
        hits->items[hits->n] = object;
        hits->counts[hits->n++] = 0;
    }
    hits->counts[at]++;
    return 0;
}

/* The key or attribute under which a dict holds the object, if one is a str. Borrowed or NULL. */
static PyObject *key_of(PyObject *holder, PyObject *object)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Check(holder) && PyDict_Next(holder, &position, &key, &value)) {
        if (value == object && PyUnicode_CheckExact(key)) { /* its repr is not Python code */
            return key;
        }
    }
    return NULL;
}

static int add_reference(PyObject *references, PyObject *holder, PyObject *object, Py_ssize_t count,
                         const struct ptrmap *owners)
{
    OWN_REF place = place_of(holder, owners);
    PyObject *key = place ? key_of(holder, object) : NULL;
    OWN_REF path = !place ? NULL : key ? PyUnicode_FromFormat("%U[%R]", place, key) : Py_NewRef(place);
    OWN_REF entry = path ? Py_BuildValue("(sOn)", Py_TYPE(holder)->tp_name, path, count) : NULL;
    return entry ? PyList_Append(references, entry) : -1;
}

/* Adds (place, count) of one holder to the lists of the targets that it holds. told: target index -> references told so
 * far. */
static int tell_holder(struct account *account, PyObject *holder, PyObject *lists, Py_ssize_t *told,
                       const struct ptrmap *owners)
{
    struct hits hits = {.account = account};
    holder_traverse(holder, note_hit, &hits);
    for (int i = 0; i < hits.n; i++) {
        bool is_type = (PyObject *)Py_TYPE(holder) == hits.items[i];
        Py_ssize_t count = hits.counts[i] - is_type;
        struct target *target = account_target(account, hits.items[i]);
        Py_ssize_t at = target - account->list;
        if (count > 0 && add_reference(PyList_GET_ITEM(lists, at), holder, hits.items[i], count, owners) < 0) {
            return -1;
        }
        told[at] += count;
    }
    return 0;
}

/* What is no holder's: instances of a class, words of running frames and of the interpreter. */
static int tell_rest(struct account *account, PyObject *lists, const Py_ssize_t *told, const Py_ssize_t *instances)
{
    for (size_t i = 0; i < account->n_targets; i++) {
        Py_ssize_t rest = account->list[i].found - told[i] - instances[i];
        OWN_REF of_class = instances[i] ? Py_BuildValue("(ssn)", "type", "instances of the class", instances[i]) : NULL;
        OWN_REF of_frames = rest > 0 ? Py_BuildValue("(ssn)", "frame", "frames of running calls", rest) : NULL;
        PyObject *list = PyList_GET_ITEM(lists, i);
        if (PyErr_Occurred() || (of_class && PyList_Append(list, of_class) < 0) ||
            (of_frames && PyList_Append(list, of_frames) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* The tuple that the caller asked with holds each object once. */
static void told_by_question(struct account *account, PyObject *objects, Py_ssize_t *told)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(objects); i++) {
        told[account_target(account, PyTuple_GET_ITEM(objects, i)) - account->list]++;
    }
}

static int tell_all(struct account *account, PyObject *objects, PyObject *lists, Py_ssize_t *told,
                    Py_ssize_t *instances)
{
    struct ptrmap owners;
    ptrmap_init(&owners);
    int failed = heap_each(note_owner, &owners);
    for (size_t i = 0; i < account->n_holders && !failed; i++) {
        if (account->holders[i].object == objects) {
            told_by_question(account, objects, told); /* the question itself is no answer */
        } else {
            failed = tell_holder(account, account->holders[i].object, lists, told, &owners);
        }
    }
    ptrmap_release(&owners);
    if (failed) {
        return -1;
    }
    for (size_t i = 0; i < account->instances.n; i++) {
        instances[account_target(account, (PyObject *)Py_TYPE(account->instances.items[i])) - account->list]++;
    }
    return tell_rest(account, lists, told, instances);
}

/* A list of empty lists, one for each target. */
static PyObject *empty_lists(size_t n)
{
    OWN_REF lists = PyList_New((Py_ssize_t)n);
    for (size_t i = 0; lists && i < n; i++) {
        PyObject *list = PyList_New(0);
        if (!list) {
            return NULL;
        }
        PyList_SET_ITEM(lists, (Py_ssize_t)i, list);
    }
    return STEAL(lists);
}

static PyObject *explain_all(struct account *account, PyObject *objects)
{
    size_t n = account->n_targets;
    Py_ssize_t *left = PyMem_Calloc(n * 3 + 1, sizeof *left), *told = left + n, *instances = told + n;
    int failed = !left || account_walk(account) < 0;
    frame_fini();
    for (size_t i = 0; !failed && i < n; i++) { /* before anything of ours refers to them */
        left[i] = account_left_over(&account->list[i]);
    }
    OWN_REF lists = failed ? NULL : empty_lists(n);
    OWN_REF result = lists && tell_all(account, objects, lists, told, instances) == 0 ? PyList_New(0) : NULL;
    for (Py_ssize_t i = 0; result && i < PyTuple_GET_SIZE(objects); i++) {
        Py_ssize_t at = account_target(account, PyTuple_GET_ITEM(objects, i)) - account->list;
        OWN_REF entry = Py_BuildValue("(On)", PyList_GET_ITEM(lists, at), left[at]);
        if (!entry || PyList_Append(result, entry) < 0) {
            Py_CLEAR(result);
        }
    }
    PyMem_Free(left);
    if (!result && !PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    return STEAL(result);
}

PyObject *explain_objects(PyObject *objects)
{
    struct account account;
    account_init(&account);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(objects); i++) {
        PyObject *object = PyTuple_GET_ITEM(objects, i);
        if (!account_target(&account, object) && account_add(&account, object, object, 0) < 0) {
            account_release(&account);
            return NULL;
        }
    }
    bool before = heap_forbid_collection();
    PyObject *result = explain_all(&account, objects);
    heap_allow_collection(before);
    account_release(&account);
    return result;
}
