/* The account, asked about any objects and told in words. Reads only; what it reports was true for the moment of one hold of the GIL. */
#include "engine/explain.h"

#include "compat/heap.h"
#include "engine/account.h"

/* ---- where is a holder? ---- */

struct search {
    PyObject *dict;
    PyObject *owner; /* borrowed: module or class whose dict it is */
};

static int find_owner(PyObject *object, void *arg)
{
    struct search *search = arg;
    bool owns = (PyModule_Check(object) && PyModule_GetDict(object) == search->dict) ||
                (PyType_Check(object) && ((PyTypeObject *)object)->tp_dict == search->dict);
    search->owner = owns ? object : NULL;
    return owns;
}

PyObject *explain_place(PyObject *holder)
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
        return PyUnicode_FromFormat("function %S.%S", function->func_module ? function->func_module : Py_None,
                                    function->func_qualname);
    }
    if (PyDict_Check(holder)) {
        struct search search = {holder, NULL};
        heap_each(find_owner, &search);
        if (search.owner) {
            OWN_REF place = explain_place(search.owner);
            return place ? PyUnicode_FromFormat("namespace of %U", place) : NULL;
        }
        return PyUnicode_FromFormat("%s of %zd entries at %p", Py_TYPE(holder)->tp_name, PyDict_GET_SIZE(holder), holder);
    }
    return PyUnicode_FromFormat("%s at %p", Py_TYPE(holder)->tp_name, (void *)holder);
}

/* ---- which of the holders hold this object? ---- */

struct matching {
    PyObject *object;
    Py_ssize_t n;
};

static int count_one(PyObject *object, void *arg)
{
    struct matching *matching = arg;
    matching->n += object == matching->object;
    return 0;
}

/* The key or attribute under which a dict holds the object, if one is a str. Borrowed or NULL. */
static PyObject *key_of(PyObject *holder, PyObject *object)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Check(holder) && PyDict_Next(holder, &position, &key, &value)) {
        if (value == object && PyUnicode_Check(key)) {
            return key;
        }
    }
    return NULL;
}

static int add_reference(PyObject *references, PyObject *holder, PyObject *object, Py_ssize_t count)
{
    OWN_REF place = explain_place(holder);
    PyObject *key = place ? key_of(holder, object) : NULL;
    OWN_REF path = !place ? NULL : key ? PyUnicode_FromFormat("%U[%R]", place, key) : Py_NewRef(place);
    OWN_REF entry = path ? Py_BuildValue("(sOn)", Py_TYPE(holder)->tp_name, path, count) : NULL;
    return entry ? PyList_Append(references, entry) : -1;
}

static PyObject *explain_target(struct account *account, struct target *target, Py_ssize_t left)
{
    OWN_REF references = PyList_New(0);
    Py_ssize_t shown = 0;
    for (size_t i = 0; references && i < account->n_holders; i++) {
        PyObject *holder = account->holders[i].object;
        struct matching matching = {target->object, 0};
        Py_TYPE(holder)->tp_traverse(holder, count_one, &matching);
        matching.n -= PyType_Check(target->object) && (PyObject *)Py_TYPE(holder) == target->object;
        if (matching.n > 0 && add_reference(references, holder, target->object, matching.n) < 0) {
            return NULL;
        }
        shown += matching.n;
    }
    Py_ssize_t instances = 0;
    for (size_t i = 0; i < account->instances.n; i++) {
        instances += (PyObject *)Py_TYPE(account->instances.items[i]) == target->object;
    }
    Py_ssize_t frames = target->found - shown - instances;
    const char *const kinds[] = {"instances of the class", "frames of running calls"};
    const Py_ssize_t counts[] = {instances, frames};
    for (int i = 0; references && i < 2; i++) {
        OWN_REF entry = counts[i] > 0 ? Py_BuildValue("(ssn)", i ? "frame" : "type", kinds[i], counts[i]) : NULL;
        if (counts[i] > 0 && (!entry || PyList_Append(references, entry) < 0)) {
            return NULL;
        }
    }
    return references ? Py_BuildValue("(On)", references, left) : NULL;
}

static PyObject *explain_all(struct account *account, PyObject *objects)
{
    Py_ssize_t n = PyTuple_GET_SIZE(objects);
    Py_ssize_t *left = PyMem_Calloc((size_t)n + 1, sizeof *left);
    if (!left || account_walk(account) < 0) {
        PyMem_Free(left);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    for (Py_ssize_t i = 0; i < n; i++) { /* before anything of ours refers to them */
        left[i] = account_left_over(account_target(account, PyTuple_GET_ITEM(objects, i)));
    }
    OWN_REF result = PyList_New(0);
    for (Py_ssize_t i = 0; result && i < n; i++) {
        OWN_REF entry = explain_target(account, account_target(account, PyTuple_GET_ITEM(objects, i)), left[i]);
        if (!entry || PyList_Append(result, entry) < 0) {
            Py_CLEAR(result);
        }
    }
    PyMem_Free(left);
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
