/* Log handlers that staging added.
 *
 * Idea: a module that does logger.addHandler(...) at import finds its logger as the old version left it, handler
 * and all. So staging's handlers are taken off again, and at the flip those are added that are still missing: per
 * logger and type of handler (the old version's handler is of the new type by then) never more than staging alone
 * would have made.
 *
 * New loggers stay: a logger is a name, shared by whoever asks for it. A level, or whether it propagates or is
 * disabled, is set at the flip where nobody had set it before, or only the old version's import had (base_loggers.h).
 * What the program has set stays. Where nobody knows whose it was it is put back and refused, and so are filters where
 * there are some already, and a handler taken off.
 *
 * Must not: change a handlers list but at its end or to what it was (other threads go through it). */
#include "engine/base_loggers.h"
#include "engine/effects_parts.h"
#include "engine/generation.h"

#include <string.h>

#include "engine/redo.h"
#include "engine/refuse.h"

/* All loggers: a new list. Empty while logging is not loaded. */
static PyObject *all_loggers(void)
{
    OWN_REF loggers = PyList_New(0);
    OWN_REF root = loggers ? effects_attribute("logging", "root") : NULL;
    if (!root || root == Py_None) {
        return root ? STEAL(loggers) : NULL;
    }
    OWN_REF manager = PyObject_GetAttrString(root, "manager");
    OWN_REF dict = manager ? PyObject_GetAttrString(manager, "loggerDict") : NULL;
    OWN_REF values = dict ? PyMapping_Values(dict) : NULL;
    if (!values || PyList_Append(loggers, root) < 0) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(values); i++) {
        PyObject *value = PyList_GET_ITEM(values, i);
        OWN_REF handlers = PyObject_GetAttrString(value, "handlers");
        if (!handlers && PyErr_ExceptionMatches(PyExc_AttributeError)) {
            PyErr_Clear(); /* a PlaceHolder */
            continue;
        }
        if (!handlers || PyList_Append(loggers, value) < 0) {
            return NULL;
        }
    }
    return STEAL(loggers);
}

static const char *const settings[] = {"level", "propagate", "disabled", "filters"};
enum { N_SETTINGS = sizeof settings / sizeof *settings };

/* (handlers copy, level, propagate, disabled, filters copy) */
static PyObject *logger_state(PyObject *logger)
{
    OWN_REF handlers = PyObject_GetAttrString(logger, "handlers");
    OWN_REF state = handlers ? PyTuple_New(1 + N_SETTINGS) : NULL;
    if (!state) {
        return NULL;
    }
    PyTuple_SET_ITEM(state, 0, listed(handlers));
    for (int i = 0; i < N_SETTINGS && PyTuple_GET_ITEM(state, i); i++) {
        OWN_REF value = PyObject_GetAttrString(logger, settings[i]);
        PyObject *kept = value && PyList_Check(value) ? listed(value) : STEAL(value);
        PyTuple_SET_ITEM(state, i + 1, kept);
    }
    return PyErr_Occurred() ? NULL : STEAL(state);
}

/* The state of a logger nobody has touched; the root logger lets warnings through. */
static PyObject *fresh_state(PyObject *logger)
{
    OWN_REF root = effects_attribute("logging", "root");
    return !root ? NULL : Py_BuildValue("([]iOO[])", logger == root ? 30 : 0, Py_True, Py_False);
}

PyObject *effects_log_begin(void)
{
    OWN_REF loggers = all_loggers();
    OWN_REF before = loggers ? PyList_New(0) : NULL;
    for (Py_ssize_t i = 0; before && i < PyList_GET_SIZE(loggers); i++) {
        PyObject *logger = PyList_GET_ITEM(loggers, i);
        OWN_REF state = logger_state(logger);
        OWN_REF entry = state ? PyTuple_Pack(2, logger, state) : NULL;
        if (!entry || PyList_Append(before, entry) < 0) {
            return NULL;
        }
    }
    return STEAL(before);
}

static PyObject *state_before(PyObject *before, PyObject *logger)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(before); i++) {
        PyObject *entry = PyList_GET_ITEM(before, i);
        if (PyTuple_GET_ITEM(entry, 0) == logger) {
            return Py_NewRef(PyTuple_GET_ITEM(entry, 1));
        }
    }
    return fresh_state(logger);
}

static bool identical_in(PyObject *list, PyObject *item)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if (PyList_GET_ITEM(list, i) == item) {
            return true;
        }
    }
    return false;
}

/* The handlers back to what they were; those added are put into `added`. 1: one was taken off. */
static int undo_handlers(PyObject *logger, PyObject *before, PyObject *added)
{
    OWN_REF handlers = PyObject_GetAttrString(logger, "handlers");
    if (!handlers || !PyList_Check(handlers)) {
        return handlers ? 1 : -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(handlers); i++) {
        PyObject *handler = PyList_GET_ITEM(handlers, i);
        if (!identical_in(before, handler) && PyList_Append(added, handler) < 0) {
            return -1;
        }
    }
    bool removed = PyList_GET_SIZE(handlers) - PyList_GET_SIZE(added) != PyList_GET_SIZE(before);
    if (!removed && !PyList_GET_SIZE(added)) {
        return 0;
    }
    return PyList_SetSlice(handlers, 0, PyList_GET_SIZE(handlers), before) < 0 ? -1 : removed;
}

static int clear_cache(PyObject *logger)
{
    OWN_REF manager = PyObject_GetAttrString(logger, "manager");
    OWN_REF done = manager ? PyObject_CallMethod(manager, "_clear_cache", NULL) : NULL;
    return done ? 0 : -1;
}

/* May the new version set what was `before`? 1: nobody has, or only the old version's import; 0: the program has; 2:
 * nobody knows; -1. which: of settings. */
static int may_set(PyObject *logger, int which, PyObject *before)
{
    OWN_REF fresh = fresh_state(logger);
    int untouched = fresh ? PyObject_RichCompareBool(PyTuple_GET_ITEM(fresh, which + 1), before, Py_EQ) : -1;
    PyObject *base = untouched || which >= BASE_LOGGER_FIELDS ? NULL : base_logger(logger);
    return untouched || PyErr_Occurred() ? (untouched > 0 ? 1 : -1)
           : base                        ? PyObject_RichCompareBool(PyTuple_GET_ITEM(base, which), before, Py_EQ)
                                         : 2;
}

/* One of the settings. 1: it had changed and cannot be set again at the flip. */
static int undo_setting(PyObject *logger, int which, PyObject *now, PyObject *before, PyObject *set)
{
    int same = PyObject_RichCompareBool(now, before, Py_EQ);
    if (same) {
        return same < 0 ? -1 : 0;
    }
    int may = may_set(logger, which, before);
    OWN_REF list = PyList_Check(before) ? PyObject_GetAttrString(logger, settings[which]) : NULL;
    int failed = list && PyList_Check(list) ? PyList_SetSlice(list, 0, PyList_GET_SIZE(list), before)
                                            : PyObject_SetAttrString(logger, settings[which], before);
    if (failed || may < 0 || clear_cache(logger) < 0) {
        return -1;
    }
    if (may != 1) {
        return may == 2;
    }
    OWN_REF entry = Py_BuildValue("(sOO)", settings[which], now, before);
    return entry ? PyList_Append(set, entry) : -1;
}

/* All as they were. set: what is to be set at the flip, tuples (name, value, before). 1: there is more that changed. */
static int undo_settings(PyObject *logger, PyObject *before, PyObject *set)
{
    OWN_REF now = logger_state(logger);
    int changed = now ? 0 : -1;
    for (int i = 0; i < N_SETTINGS && changed >= 0; i++) {
        int result = undo_setting(logger, i, PyTuple_GET_ITEM(now, i + 1), PyTuple_GET_ITEM(before, i + 1), set);
        changed = result < 0 ? -1 : changed | result;
    }
    return changed;
}

static int undo_logger(PyObject *logger, PyObject *before, PyObject *result, PyObject *reasons)
{
    OWN_REF state = state_before(before, logger);
    OWN_REF added = state ? PyList_New(0) : NULL;
    OWN_REF set = added ? PyList_New(0) : NULL;
    int handlers = set ? undo_handlers(logger, PyTuple_GET_ITEM(state, 0), added) : -1;
    int changed = handlers < 0 ? -1 : undo_settings(logger, state, set);
    if (changed < 0) {
        return -1;
    }
    if (PyList_GET_SIZE(added) || PyList_GET_SIZE(set)) {
        OWN_REF entry = PyTuple_Pack(3, logger, added, set);
        if (!entry || PyList_Append(result, entry) < 0) {
            return -1;
        }
    }
    if (handlers || changed) {
        return refuse(reasons, EFFECT_CODE, NULL, NULL, EFFECT_ACTION, "importing the new version changes the %s of %R",
                      handlers ? "handlers" : "settings", logger);
    }
    return 0;
}

int effects_log_end(PyObject *before, PyObject *reasons, PyObject **ret_added)
{
    OWN_REF loggers = all_loggers();
    OWN_REF added = loggers ? PyList_New(0) : NULL;
    int refused = added ? 0 : -1;
    for (Py_ssize_t i = 0; refused >= 0 && i < PyList_GET_SIZE(loggers); i++) {
        int result = undo_logger(PyList_GET_ITEM(loggers, i), before, added, reasons);
        refused = result < 0 ? -1 : refused | result;
    }
    if (refused >= 0) {
        *ret_added = STEAL(added);
    }
    return refused;
}

/* How many of the first n objects of a list are exactly of this type? */
static Py_ssize_t count_type(PyObject *list, Py_ssize_t n, PyTypeObject *type)
{
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < n && i < PyList_GET_SIZE(list); i++) {
        count += Py_IS_TYPE(PyList_GET_ITEM(list, i), type);
    }
    return count;
}

/* A NullHandler is there to be the one handler of a logger that has none: where the program has put its own, none is
 * missing. */
static bool is_needless(PyObject *handler, PyObject *present)
{
    PyObject *home = class_module_name(Py_TYPE(handler));
    return PyList_GET_SIZE(present) > 0 && home && PyUnicode_CompareWithASCIIString(home, "logging") == 0 &&
           strcmp(Py_TYPE(handler)->tp_name, "NullHandler") == 0;
}

/* logger.addHandler(handler), and the opposite. */
static int add_handler(PyObject *logger, PyObject *handler, PyObject *undo)
{
    OWN_REF add = PyObject_GetAttrString(logger, "addHandler");
    OWN_REF remove = add ? PyObject_GetAttrString(logger, "removeHandler") : NULL;
    OWN_REF args = remove ? PyTuple_Pack(1, handler) : NULL;
    OWN_REF done = args ? PyObject_CallObject(add, args) : NULL;
    return done && undo ? redo_note_pair(undo, remove, args, NULL, add, args) : done ? 0 : -1;
}

static int redo_logger(PyObject *logger, PyObject *added, PyObject *undo)
{
    OWN_REF now = PyObject_GetAttrString(logger, "handlers");
    OWN_REF present = now ? listed(now) : NULL;
    for (Py_ssize_t i = 0; present && i < PyList_GET_SIZE(added); i++) {
        PyObject *handler = PyList_GET_ITEM(added, i);
        PyTypeObject *type = Py_TYPE(handler);
        if (is_needless(handler, present) ||
            count_type(added, i, type) < count_type(present, PyList_GET_SIZE(present), type)) {
            continue;
        }
        if (add_handler(logger, handler, undo) < 0) {
            return -1;
        }
    }
    return present ? 0 : -1;
}

/* What nobody has set meanwhile. */
static int redo_settings(PyObject *logger, PyObject *set, PyObject *undo)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(set); i++) {
        PyObject *entry = PyList_GET_ITEM(set, i), *name = PyTuple_GET_ITEM(entry, 0);
        OWN_REF now = PyObject_GetAttr(logger, name);
        int same = now ? PyObject_RichCompareBool(now, PyTuple_GET_ITEM(entry, 2), Py_EQ) : -1;
        PyObject *value = PyTuple_GET_ITEM(entry, 1);
        int which = 0;
        while (which < BASE_LOGGER_FIELDS && PyUnicode_CompareWithASCIIString(name, settings[which]) != 0) {
            which++;
        }
        if (same < 0 || (which < BASE_LOGGER_FIELDS && base_logger_set(logger, which, value) < 0) ||
            (same && (PyObject_SetAttr(logger, name, value) < 0 ||
                      (undo && redo_note_attribute(undo, logger, name, now, value) < 0)))) {
            return -1;
        }
    }
    return PyList_GET_SIZE(set) ? clear_cache(logger) : 0;
}

int effects_log_redo(PyObject *added, PyObject *undo)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(added); i++) {
        PyObject *entry = PyList_GET_ITEM(added, i);
        if (redo_logger(PyTuple_GET_ITEM(entry, 0), PyTuple_GET_ITEM(entry, 1), undo) < 0 ||
            redo_settings(PyTuple_GET_ITEM(entry, 0), PyTuple_GET_ITEM(entry, 2), undo) < 0) {
            return -1;
        }
    }
    return 0;
}
