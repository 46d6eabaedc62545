/* An instance made by the old __init__ lacks what the new one adds; a method that reads it would raise in the middle of
 * somebody's call.
 *
 * Told from instructions: stores to the first argument. A store in any old method counts as "the old version has it".
 * Until missing attributes are filled in, they refuse the upgrade while instances are alive. */
#include "engine/shape.h"

#include "compat/instructions.h"

/* The plain function behind what a class's dict holds, or NULL. */
static PyObject *method_code(PyObject *value)
{
    return PyFunction_Check(value) ? PyFunction_GET_CODE(value) : NULL;
}

/* Names stored on self: by __init__ alone, or by every method, through the classes of the mro. */
static int collect_stores(PyTypeObject *type, bool init_only, PyObject *names)
{
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(mro, i))->tp_dict, *key, *value;
        Py_ssize_t position = 0;
        while (dict && PyDict_Next(dict, &position, &key, &value)) {
            PyObject *code = method_code(value);
            bool wanted = code && (!init_only || PyUnicode_CompareWithASCIIString(key, "__init__") == 0);
            if (wanted && code_self_stores((PyCodeObject *)code, names) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int has_class_attribute(PyTypeObject *type, PyObject *name)
{
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(mro, i))->tp_dict;
        int there = dict ? PyDict_Contains(dict, name) : 0;
        if (there) {
            return there;
        }
    }
    return 0;
}

PyObject *shape_reads(const struct match *match)
{
    OWN_REF reads = PySet_New(NULL);
    for (size_t i = 0; reads && i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        PyObject *code = pair->kind == PAIR_FUNCTION ? method_code(pair->partner) : NULL;
        if (code && code_attribute_reads((PyCodeObject *)code, reads) < 0) {
            return NULL;
        }
    }
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (reads && PyDict_Next(match->new->modules, &position, &name, &module)) { /* functions that are new */
        PyObject *key, *value;
        Py_ssize_t at = 0;
        while (PyModule_Check(module) && PyDict_Next(PyModule_GetDict(module), &at, &key, &value)) {
            PyObject *dict = PyType_Check(value) ? ((PyTypeObject *)value)->tp_dict : NULL, *inner_key, *inner;
            PyObject *code = method_code(value);
            Py_ssize_t inner_at = 0;
            if (code && code_attribute_reads((PyCodeObject *)code, reads) < 0) {
                return NULL;
            }
            while (dict && PyDict_Next(dict, &inner_at, &inner_key, &inner)) {
                code = method_code(inner);
                if (code && code_attribute_reads((PyCodeObject *)code, reads) < 0) {
                    return NULL;
                }
            }
        }
    }
    return STEAL(reads);
}

PyObject *shape_missing(const struct match *match, PyTypeObject *old, PyTypeObject *partner, PyObject *reads)
{
    (void)match;
    OWN_REF had = PySet_New(NULL);
    OWN_REF wanted = had ? PySet_New(NULL) : NULL;
    OWN_REF missing = wanted ? PySet_New(NULL) : NULL;
    if (!missing || collect_stores(old, false, had) < 0 || collect_stores(partner, true, wanted) < 0) {
        return NULL;
    }
    OWN_REF names = PySequence_List(wanted);
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        int known = PySet_Contains(had, name);
        known = known == 0 ? has_class_attribute(partner, name) : known;
        int read = known == 0 ? PySet_Contains(reads, name) : 0;
        if (known < 0 || read < 0 || (read && PySet_Add(missing, name) < 0)) {
            return NULL;
        }
    }
    return names ? STEAL(missing) : NULL;
}
