/* A logger that a package sets to WARNING at import, and the program to DEBUG: when the new version sets it to WARNING
 * again, that is no news. What the import had set tells this from a level that the release changed.
 *
 * Invariant: the first import that ends after a logger has appeared says what its base is. Must not: run code of the
 * program, whose logger classes may be its own: attributes are read from the instances. */
#include "engine/base_loggers.h"

#include "compat/state.h"
#include "engine/generation.h"

static PyObject *known;  /* owned for ever: dict name -> tuple of settings, or None */
static Py_ssize_t n_met; /* size of logging's own table when it was last looked at */

/* logging.Logger.manager.loggerDict: new reference; NULL without an exception while logging is not loaded. */
static PyObject *logger_table(void)
{
    PyObject *logging = dict_get(PyImport_GetModuleDict(), "logging");
    PyObject *class = logging && PyModule_Check(logging) ? dict_get(PyModule_GetDict(logging), "Logger") : NULL;
    if (!class || !PyType_Check(class)) {
        return NULL; /* it is still being imported */
    }
    PyObject *manager = dict_get(((PyTypeObject *)class)->tp_dict, "manager");
    OWN_REF attributes = manager ? state_copy(manager) : NULL;
    PyObject *table = attributes ? dict_get(attributes, "loggerDict") : NULL;
    return table && PyDict_Check(table) ? Py_NewRef(table) : NULL;
}

/* Of a function its qualified name, else that of its class; with the module before it. */
static PyObject *name_of(PyObject *item)
{
    bool function = PyFunction_Check(item);
    PyTypeObject *type = Py_TYPE(item);
    PyObject *home = function ? ((PyFunctionObject *)item)->func_module : class_module_name(type);
    return function ? PyUnicode_FromFormat("%V.%U", home && PyUnicode_Check(home) ? home : NULL, "",
                                           ((PyFunctionObject *)item)->func_qualname)
                    : PyUnicode_FromFormat("%V.%s", home && PyUnicode_Check(home) ? home : NULL, "", type->tp_name);
}

PyObject *base_logger_names(PyObject *items)
{
    OWN_REF names = PyTuple_New(PyList_GET_SIZE(items));
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(items); i++) {
        PyObject *name = name_of(PyList_GET_ITEM(items, i));
        if (!name) {
            return NULL;
        }
        PyTuple_SET_ITEM(names, i, name);
    }
    return STEAL(names);
}

/* Its settings, or None if they are no plain attributes (a placeholder has none). New reference. */
static PyObject *settings_of(PyObject *logger)
{
    OWN_REF attributes = state_copy(logger);
    PyObject *level = attributes ? dict_get(attributes, "level") : NULL;
    PyObject *propagate = level ? dict_get(attributes, "propagate") : NULL;
    PyObject *disabled = propagate ? dict_get(attributes, "disabled") : NULL;
    PyObject *handlers = disabled ? dict_get(attributes, "handlers") : NULL;
    PyObject *filters = handlers ? dict_get(attributes, "filters") : NULL;
    if (!filters || !PyList_CheckExact(handlers) || !PyList_CheckExact(filters)) {
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    }
    OWN_REF handler_names = base_logger_names(handlers);
    OWN_REF filter_names = handler_names ? base_logger_names(filters) : NULL;
    return filter_names ? PyTuple_Pack(BASE_LOGGER_FIELDS, level, propagate, disabled, handler_names, filter_names)
                        : NULL;
}

int base_loggers_note(bool certain)
{
    OWN_REF table = logger_table();
    if (!table || PyDict_GET_SIZE(table) == n_met) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (!known && !(known = PyDict_New())) {
        return -1;
    }
    Py_ssize_t n = PyDict_GET_SIZE(table);
    OWN_REF items = PyDict_Items(table);
    for (Py_ssize_t i = 0; items && i < PyList_GET_SIZE(items); i++) {
        PyObject *name = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 0);
        int met = PyUnicode_CheckExact(name) ? PyDict_Contains(known, name) : 1;
        OWN_REF settings = met       ? NULL
                           : certain ? settings_of(PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 1))
                                     : Py_NewRef(Py_None);
        if (met < 0 || (!met && (!settings || PyDict_SetItem(known, name, settings) < 0))) {
            return -1;
        }
    }
    n_met = items ? n : n_met;
    return items ? 0 : -1;
}

/* The name of a logger, borrowed from its attributes, which the caller owns. */
static PyObject *name_in(PyObject *attributes)
{
    PyObject *name = attributes ? dict_get(attributes, "name") : NULL;
    return name && PyUnicode_CheckExact(name) ? name : NULL;
}

PyObject *base_logger(PyObject *logger)
{
    OWN_REF attributes = state_copy(logger);
    PyObject *name = known ? name_in(attributes) : NULL;
    PyObject *settings = name ? PyDict_GetItemWithError(known, name) : NULL;
    return settings && PyTuple_Check(settings) ? settings : NULL;
}

int base_logger_set(PyObject *logger, enum base_logger_field field, PyObject *value)
{
    OWN_REF attributes = state_copy(logger);
    OWN_REF name = Py_XNewRef(name_in(attributes));
    OWN_REF settings = name ? settings_of(logger) : NULL;
    if (!settings || settings == Py_None || (!known && !(known = PyDict_New()))) {
        return PyErr_Occurred() ? -1 : 0;
    }
    PyObject *before = PyDict_GetItemWithError(known, name);
    for (int i = 0; before && PyTuple_Check(before) && i < BASE_LOGGER_FIELDS; i++) {
        PyTuple_SetItem(settings, i, Py_NewRef(PyTuple_GET_ITEM(before, i)));
    }
    return PyErr_Occurred() || PyTuple_SetItem(settings, (Py_ssize_t)field, Py_NewRef(value)) < 0
               ? -1
               : PyDict_SetItem(known, name, settings);
}
