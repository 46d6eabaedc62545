/* Log handlers and filters that staging added.
 *
 * Idea: a module that does logger.addHandler(...) at import finds its logger as the old version left it, handler
 * and all. So staging's handlers are taken off again, and at the flip those are added that are still missing: per
 * logger and type of handler (the old version's handler is of the new type by then) never more than staging alone
 * would have made. What the old version's import had added too is not added again: it is there, or the program has
 * taken it off (base_loggers.h). Filters are the same; one that is a function is moved by the flip.
 *
 * New loggers stay: a logger is a name, shared by whoever asks for it. A level, or whether it propagates or is
 * disabled, is set at the flip where nobody had set it before, or only the old version's import had (base_loggers.h).
 * What the program has set stays. Where nobody knows whose it was it is put back and refused, and so is a handler or
 * filter taken off.
 *
 * A package may set the class of all loggers to one that it derives from the class set before (`class
 * L(getLoggerClass())`). The class that the old version has set is no base for its own successor: while staging that
 * function looks past it.
 *
 * Must not: change a list but at its end or to what it was (other threads go through it). */
#include "compat/modules.h"
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

static const struct {
    const char *name, *add, *remove;
    enum base_logger_field base;
} lists[] = {{"handlers", "addHandler", "removeHandler", BASE_LOGGER_HANDLERS},
             {"filters", "addFilter", "removeFilter", BASE_LOGGER_FILTERS}};
static const char *const settings[] = {"level", "propagate", "disabled"}; /* by enum base_logger_field */
enum { N_LISTS = sizeof lists / sizeof *lists, N_SETTINGS = sizeof settings / sizeof *settings };

/* (handlers copy, filters copy, level, propagate, disabled) */
static PyObject *logger_state(PyObject *logger)
{
    OWN_REF state = PyTuple_New(N_LISTS + N_SETTINGS);
    for (int i = 0; state && i < N_LISTS + N_SETTINGS; i++) {
        OWN_REF value = PyObject_GetAttrString(logger, i < N_LISTS ? lists[i].name : settings[i - N_LISTS]);
        PyObject *kept = value && i < N_LISTS ? listed(value) : STEAL(value);
        if (!kept) {
            return NULL;
        }
        PyTuple_SET_ITEM(state, i, kept);
    }
    return STEAL(state);
}

/* The state of a logger nobody has touched; the root logger lets warnings through. */
static PyObject *fresh_state(PyObject *logger)
{
    OWN_REF root = effects_attribute("logging", "root");
    return !root ? NULL : Py_BuildValue("([][]iOO)", logger == root ? 30 : 0, Py_True, Py_False);
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

bool effects_log_has(PyObject *before, PyObject *object)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(before); i++) {
        if (PyTuple_GET_ITEM(PyList_GET_ITEM(before, i), 0) == object) {
            return true;
        }
    }
    return false;
}

/* self: (original, the old version's modules) */
static PyObject *logger_class(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    OWN_REF class = PyObject_CallNoArgs(PyTuple_GET_ITEM(self, 0));
    while (class && modules_view_mine() && PyType_Check(class)) {
        PyObject *home = class_module_name((PyTypeObject *)class);
        int old = home && PyUnicode_Check(home) ? PyDict_Contains(PyTuple_GET_ITEM(self, 1), home) : 0;
        if (old <= 0) {
            return old < 0 ? NULL : STEAL(class);
        }
        Py_SETREF(class, Py_NewRef(((PyTypeObject *)class)->tp_base));
    }
    return STEAL(class);
}

static PyMethodDef logger_class_method = {"getLoggerClass", logger_class, METH_NOARGS, NULL};

int effects_log_stand_in(struct standins *standins, PyObject *old_modules)
{
    OWN_REF name = PyUnicode_FromString("logging");
    PyObject *logging = name ? modules_loaded(name) : NULL;
    OWN_REF original = logging ? effects_attribute("logging", "getLoggerClass") : NULL;
    if (!original || !PyFunction_Check(original)) {
        return PyErr_Occurred() ? -1 : 0; /* not loaded, or the program has put something else there */
    }
    OWN_REF self = PyTuple_Pack(2, original, old_modules);
    OWN_REF stand_in = self ? PyCFunction_New(&logger_class_method, self) : NULL;
    OWN_REF key = stand_in ? PyUnicode_InternFromString("getLoggerClass") : NULL;
    return key ? standins_put(standins, logging, key, stand_in) : -1;
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

/* A list back to what it was; what was added is put into `added`. 1: something was taken off. */
static int undo_list(PyObject *logger, const char *name, PyObject *before, PyObject *added)
{
    OWN_REF items = PyObject_GetAttrString(logger, name);
    if (!items || !PyList_Check(items)) {
        return items ? 1 : -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++) {
        PyObject *item = PyList_GET_ITEM(items, i);
        if (!identical_in(before, item) && PyList_Append(added, item) < 0) {
            return -1;
        }
    }
    bool removed = PyList_GET_SIZE(items) - PyList_GET_SIZE(added) != PyList_GET_SIZE(before);
    if (!removed && !PyList_GET_SIZE(added)) {
        return 0;
    }
    return PyList_SetSlice(items, 0, PyList_GET_SIZE(items), before) < 0 ? -1 : removed;
}

/* Both lists; added: a list of two. 1: something was taken off. */
static int undo_lists(PyObject *logger, struct outside *outside, PyObject *before, PyObject *added)
{
    int removed = 0;
    for (int i = 0; i < N_LISTS && removed >= 0; i++) {
        OWN_REF news = PyList_New(0);
        PyObject *old = PyTuple_GET_ITEM(before, i);
        int result = !news || PyList_Append(added, news) < 0 ? -1 : undo_list(logger, lists[i].name, old, news);
        removed = result < 0 || effects_hooks_pair(outside, old, news) < 0 ? -1 : removed | result;
    }
    return removed;
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
    PyObject *base = base_logger(logger);
    if (base || PyErr_Occurred()) {
        return base ? PyObject_RichCompareBool(PyTuple_GET_ITEM(base, which), before, Py_EQ) : -1;
    }
    OWN_REF fresh = fresh_state(logger);
    int untouched = fresh ? PyObject_RichCompareBool(PyTuple_GET_ITEM(fresh, N_LISTS + which), before, Py_EQ) : -1;
    return untouched == 0 ? 2 : untouched;
}

/* One of the settings. 1: it had changed and cannot be set again at the flip. */
static int undo_setting(PyObject *logger, int which, PyObject *now, PyObject *before, PyObject *set)
{
    int same = PyObject_RichCompareBool(now, before, Py_EQ);
    if (same) {
        return same < 0 ? -1 : 0;
    }
    int may = may_set(logger, which, before);
    if (PyObject_SetAttrString(logger, settings[which], before) < 0 || may < 0 || clear_cache(logger) < 0) {
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
        int result =
            undo_setting(logger, i, PyTuple_GET_ITEM(now, N_LISTS + i), PyTuple_GET_ITEM(before, N_LISTS + i), set);
        changed = result < 0 ? -1 : changed | result;
    }
    return changed;
}

static int undo_logger(PyObject *logger, struct outside *outside, PyObject *before, PyObject *result, PyObject *reasons)
{
    OWN_REF state = state_before(before, logger);
    OWN_REF added = state ? PyList_New(0) : NULL;
    OWN_REF set = added ? PyList_New(0) : NULL;
    int removed = set ? undo_lists(logger, outside, state, added) : -1;
    int changed = removed < 0 ? -1 : undo_settings(logger, state, set);
    if (changed < 0) {
        return -1;
    }
    bool more = PyList_GET_SIZE(set) > 0;
    for (int i = 0; i < N_LISTS; i++) {
        more = more || PyList_GET_SIZE(PyList_GET_ITEM(added, i)) > 0;
    }
    OWN_REF entry = more ? PyTuple_Pack(3, logger, added, set) : NULL;
    if (more && (!entry || PyList_Append(result, entry) < 0)) {
        return -1;
    }
    if (removed || changed) {
        return refuse(reasons, EFFECT_CODE, NULL, NULL, EFFECT_ACTION, "importing the new version changes the %s of %R",
                      removed ? "handlers or filters" : "settings", logger);
    }
    return 0;
}

int effects_log_end(PyObject *before, struct outside *outside, PyObject *reasons, PyObject **ret_added)
{
    OWN_REF loggers = all_loggers();
    OWN_REF added = loggers ? PyList_New(0) : NULL;
    int refused = added ? 0 : -1;
    for (Py_ssize_t i = 0; refused >= 0 && i < PyList_GET_SIZE(loggers); i++) {
        int result = undo_logger(PyList_GET_ITEM(loggers, i), outside, before, added, reasons);
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

/* logger.addHandler(handler), and the opposite; of filters the same. */
static int add_item(PyObject *logger, int which, PyObject *item, PyObject *undo)
{
    OWN_REF add = PyObject_GetAttrString(logger, lists[which].add);
    OWN_REF remove = add ? PyObject_GetAttrString(logger, lists[which].remove) : NULL;
    OWN_REF args = remove ? PyTuple_Pack(1, item) : NULL;
    OWN_REF done = args ? PyObject_CallObject(add, args) : NULL;
    return done && undo ? redo_note_pair(undo, remove, args, NULL, add, args) : done ? 0 : -1;
}

/* Had the old version's import this one too? The i-th of those staging added. */
static int was_added_before(PyObject *base, PyObject *names, Py_ssize_t i)
{
    PyObject *name = PyTuple_GET_ITEM(names, i);
    OWN_REF until = PyTuple_GetSlice(names, 0, i + 1);
    Py_ssize_t rank = until ? PySequence_Count(until, name) : -1;
    Py_ssize_t had = rank >= 0 ? PySequence_Count(base, name) : -1;
    return had < 0 ? -1 : rank <= had;
}

static int redo_list(PyObject *logger, int which, PyObject *added, PyObject *undo)
{
    OWN_REF now = PyObject_GetAttrString(logger, lists[which].name);
    OWN_REF present = now ? listed(now) : NULL;
    OWN_REF names = present ? base_logger_names(added) : NULL;
    PyObject *base = names && PyList_GET_SIZE(added) ? base_logger(logger) : NULL;
    OWN_REF before = base ? Py_NewRef(PyTuple_GET_ITEM(base, lists[which].base)) : names ? PyTuple_New(0) : NULL;
    for (Py_ssize_t i = 0; before && !PyErr_Occurred() && i < PyList_GET_SIZE(added); i++) {
        PyObject *item = PyList_GET_ITEM(added, i);
        PyTypeObject *type = Py_TYPE(item);
        int had = was_added_before(before, names, i);
        bool function = PyFunction_Check(item);
        if (had || identical_in(present, item) || is_needless(item, present) ||
            (!function && count_type(added, i, type) < count_type(present, PyList_GET_SIZE(present), type))) {
            if (had < 0) {
                return -1;
            }
            continue;
        }
        if (add_item(logger, which, item, undo) < 0) {
            return -1;
        }
    }
    return !before || PyErr_Occurred() ||
                   (PyList_GET_SIZE(added) && base_logger_set(logger, lists[which].base, names) < 0)
               ? -1
               : 0;
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
        while (which < N_SETTINGS && PyUnicode_CompareWithASCIIString(name, settings[which]) != 0) {
            which++;
        }
        if (same < 0 || base_logger_set(logger, (enum base_logger_field)which, value) < 0 ||
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
        PyObject *entry = PyList_GET_ITEM(added, i), *logger = PyTuple_GET_ITEM(entry, 0);
        for (int which = 0; which < N_LISTS; which++) {
            if (redo_list(logger, which, PyList_GET_ITEM(PyTuple_GET_ITEM(entry, 1), which), undo) < 0) {
                return -1;
            }
        }
        if (redo_settings(logger, PyTuple_GET_ITEM(entry, 2), undo) < 0) {
            return -1;
        }
    }
    return 0;
}
