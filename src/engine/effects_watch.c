/* Settings, lists and tables that an import can change without a staged object ending up in them.
 *
 * Each is read before and after; a difference is put back and noted for the flip. Refused is what cannot be had again
 * so: a signal handler in the place of one that the program has set, something taken out of a list. (What does hold a
 * staged object is found by the walk over the heap, wherever it is; here are the well-known places where plain values
 * count too, or where something was taken out.) */
#include "engine/effects_parts.h"

#include "compat/hooks.h"
#include "compat/modules.h"
#include "compat/signals.h"
#include "engine/redo.h"
#include "engine/refuse.h"

/* Lists and dicts. */
static const char *const containers[][2] = {
    {"sys", "meta_path"},
    {"sys", "path"},
    {"sys", "path_hooks"},
    {"sys", "warnoptions"},
    {"gc", "callbacks"},
    {"copyreg", "dispatch_table"},
    {"copyreg", "_extension_registry"},
    {"logging", "_levelToName"},
    {"logging", "_nameToLevel"},
};

/* Functions without arguments that read a setting, and those that set it. */
static const char *const settings[][3] = {
    {"sys", "getrecursionlimit", "setrecursionlimit"},
    {"sys", "getswitchinterval", "setswitchinterval"},
    {"sys", "get_int_max_str_digits", "set_int_max_str_digits"},
    {"sys", "gettrace", "settrace"},
    {"sys", "getprofile", "setprofile"},
    {"gc", "get_threshold", "set_threshold"},
    {"_socket", "getdefaulttimeout", "setdefaulttimeout"},
    {"_thread", "stack_size", "stack_size"},
    {"readline", "get_completer", "set_completer"},
    {"readline", "get_completer_delims", "set_completer_delims"},
    {"posix", "getcwd", "chdir"},
};

/* Namespaces in which every name counts, and names in them that do not. */
static const char *const namespaces[] = {"sys", "builtins"};
static const char *const volatile_names[] = {"last_exc", "last_type", "last_value",         "last_traceback",
                                             "_",        "modules",   "__warningregistry__"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

PyObject *effects_attribute(const char *module_name, const char *name)
{
    OWN_REF key = PyUnicode_FromString(module_name);
    PyObject *module = key ? modules_loaded(key) : NULL;
    OWN_REF value = module ? PyObject_GetAttrString(module, name) : NULL;
    if (value || !key || (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_AttributeError))) {
        return STEAL(value);
    }
    PyErr_Clear();
    return Py_NewRef(Py_None);
}

int effects_is_standard(PyObject *name)
{
    PyObject *names = sys_get("stdlib_module_names");
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1);
    OWN_REF top = dot < 0 ? Py_NewRef(name) : PyUnicode_Substring(name, 0, dot);
    return names && top ? PySequence_Contains(names, top) : PyErr_Occurred() ? -1 : 0;
}

static PyObject *copy_of(PyObject *container)
{
    return PyDict_Check(container) ? PyDict_Copy(container) : listed(container);
}

/* Appends (what, container or setter, copy or value) to list. Steals nothing. */
static int note(PyObject *list, const char *module, const char *name, PyObject *at, PyObject *value)
{
    OWN_REF entry = value ? Py_BuildValue("(NOO)", PyUnicode_FromFormat("%s.%s", module, name), at, value) : NULL;
    return entry ? PyList_Append(list, entry) : -1;
}

static int begin_containers(PyObject *list)
{
    for (size_t i = 0; i < COUNT(containers); i++) {
        OWN_REF container = effects_attribute(containers[i][0], containers[i][1]);
        if (container && !PyList_Check(container) && !PyDict_Check(container)) {
            continue;
        }
        OWN_REF copy = container ? copy_of(container) : NULL;
        if (note(list, containers[i][0], containers[i][1], container, copy) < 0) {
            return -1;
        }
    }
    PyObject *handlers = hooks_error_handlers();
    OWN_REF handlers_copy = handlers ? PyDict_Copy(handlers) : NULL;
    if (handlers && note(list, "codecs", "register_error", handlers, handlers_copy) < 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT(namespaces); i++) {
        OWN_REF space = effects_attribute(namespaces[i], "__dict__");
        OWN_REF copy = space ? copy_of(space) : NULL;
        if (note(list, namespaces[i], "__dict__", space, copy) < 0) {
            return -1;
        }
    }
    return 0;
}

static int begin_settings(PyObject *list)
{
    for (size_t i = 0; i < COUNT(settings); i++) {
        OWN_REF getter = effects_attribute(settings[i][0], settings[i][1]);
        OWN_REF setter = getter ? effects_attribute(settings[i][0], settings[i][2]) : NULL;
        if (!setter) {
            return -1;
        }
        OWN_REF value = getter != Py_None && setter != Py_None ? PyObject_CallNoArgs(getter) : NULL;
        if (short_of_memory()) {
            return -1;
        }
        PyErr_Clear(); /* a working directory that is gone */
        if (value) {
            OWN_REF pair = PyTuple_Pack(2, getter, setter);
            if (!pair || note(list, settings[i][0], settings[i][1], pair, value) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* A list of handlers by signal number; None where signal is not loaded. */
static PyObject *signal_handlers(void)
{
    OWN_REF getter = effects_attribute("_signal", "getsignal");
    if (!getter || getter == Py_None) {
        return STEAL(getter);
    }
    OWN_REF handlers = PyList_New(0);
    for (int number = 1; handlers && number < 65; number++) {
        OWN_REF handler = PyObject_CallFunction(getter, "i", number);
        if (short_of_memory()) {
            return NULL;
        }
        if (!handler) {
            PyErr_Clear();
            handler = Py_NewRef(Py_None);
        }
        if (PyList_Append(handlers, handler) < 0) {
            return NULL;
        }
    }
    return STEAL(handlers);
}

static PyObject *environment(void)
{
    OWN_REF environ = effects_attribute("os", "environ");
    OWN_REF copy = environ ? PyDict_New() : NULL;
    if (!copy || (environ != Py_None && PyDict_Update(copy, environ) < 0)) {
        return NULL;
    }
    return STEAL(copy);
}

PyObject *effects_watch_begin(void)
{
    OWN_REF tables = PyList_New(0);
    OWN_REF values = PyList_New(0);
    if (!tables || !values || begin_containers(tables) < 0 || begin_settings(values) < 0) {
        return NULL;
    }
    OWN_REF signals = signal_handlers();
    OWN_REF environ = signals ? environment() : NULL;
    OWN_REF hooks = environ ? hooks_copy() : NULL;
    return hooks ? PyTuple_Pack(5, tables, values, signals, environ, hooks) : NULL;
}

static bool is_volatile(PyObject *name)
{
    for (size_t i = 0; i < COUNT(volatile_names); i++) {
        if (PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, volatile_names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* One key back to what it was. A staged object under it is left to the walk, which knows its old counterpart. */
static int restore_key(PyObject *dict, PyObject *copy, PyObject *key, PyObject *redo)
{
    PyObject *before = PyDict_GetItemWithError(copy, key);
    PyObject *now = PyDict_GetItemWithError(dict, key);
    if (before == now || is_volatile(key)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (now && (PyFunction_Check(now) || PyType_Check(now) || PyMethod_Check(now))) {
        return 0;
    }
    if (redo_note_item(redo, dict, key, now, before) < 0) {
        return -1;
    }
    return before ? PyDict_SetItem(dict, key, before) : PyDict_DelItem(dict, key);
}

static int restore_dict(PyObject *dict, PyObject *copy, PyObject *redo)
{
    OWN_REF keys = PyDict_Keys(dict);
    OWN_REF before = keys ? PyDict_Keys(copy) : NULL;
    for (Py_ssize_t i = 0; before && i < PyList_GET_SIZE(keys); i++) {
        if (restore_key(dict, copy, PyList_GET_ITEM(keys, i), redo) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; before && i < PyList_GET_SIZE(before); i++) {
        if (restore_key(dict, copy, PyList_GET_ITEM(before, i), redo) < 0) {
            return -1;
        }
    }
    return before ? 0 : -1;
}

/* Is there an element that is this one, or an equal string? */
static bool list_has(PyObject *list, PyObject *element)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *other = PyList_GET_ITEM(list, i);
        bool text = PyUnicode_CheckExact(element) && PyUnicode_CheckExact(other);
        if (other == element || (text && PyUnicode_Compare(other, element) == 0)) {
            return true;
        }
    }
    return false;
}

/* 1: something was taken out for which nothing of the same kind came. */
static int restore_list(PyObject *list, PyObject *copy, struct outside *outside)
{
    Py_ssize_t n = PyList_GET_SIZE(list), kept = 0, repeated = 0;
    bool same = n == PyList_GET_SIZE(copy);
    OWN_REF left = listed(copy);
    for (Py_ssize_t i = 0; left && i < n; i++) {
        PyObject *element = PyList_GET_ITEM(list, i);
        same = same && element == PyList_GET_ITEM(copy, i);
        bool stays = list_has(copy, element);
        int repeats = stays ? 0 : effects_hooks_take(outside, left, element);
        kept += stays;
        repeated += repeats > 0;
        if (repeats < 0) {
            return -1;
        }
        if (!stays && !repeats && redo_note_element(outside->redo, list, element, i == 0 && n > 1) < 0) {
            return -1;
        }
    }
    if (!left) {
        return -1;
    }
    bool lost = kept + repeated < PyList_GET_SIZE(copy);
    return same ? 0 : PyList_SetSlice(list, 0, n, copy) < 0 ? -1 : lost;
}

int effects_refuse_change(PyObject *reasons, PyObject *what)
{
    return refuse(reasons, EFFECT_CODE, NULL, what, EFFECT_ACTION, "importing the new version changes %U", what);
}

static int end_containers(PyObject *tables, struct outside *outside, PyObject *reasons)
{
    int refused = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(tables); i++) {
        PyObject *entry = PyList_GET_ITEM(tables, i);
        PyObject *container = PyTuple_GET_ITEM(entry, 1);
        PyObject *copy = PyTuple_GET_ITEM(entry, 2);
        int changed = PyDict_Check(container) ? restore_dict(container, copy, outside->redo)
                                              : restore_list(container, copy, outside);
        if (changed > 0) {
            changed = effects_refuse_change(reasons, PyTuple_GET_ITEM(entry, 0));
        }
        if (changed < 0) {
            return -1;
        }
        refused |= changed;
    }
    return refused;
}

/* Numbers and strings by value, anything else by identity. */
static bool same_value(PyObject *a, PyObject *b)
{
    bool plain = PyLong_CheckExact(a) || PyFloat_CheckExact(a) || PyUnicode_CheckExact(a) || PyTuple_CheckExact(a);
    int same = a == b ? 1 : plain && Py_IS_TYPE(b, Py_TYPE(a)) ? PyObject_RichCompareBool(a, b, Py_EQ) : 0;
    PyErr_Clear();
    return same > 0;
}

static int end_settings(PyObject *values, struct outside *outside, PyObject *reasons)
{
    (void)reasons;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(values); i++) {
        PyObject *entry = PyList_GET_ITEM(values, i);
        PyObject *pair = PyTuple_GET_ITEM(entry, 1);
        PyObject *before = PyTuple_GET_ITEM(entry, 2);
        OWN_REF now = PyObject_CallNoArgs(PyTuple_GET_ITEM(pair, 0));
        if (short_of_memory()) {
            return -1;
        }
        PyErr_Clear(); /* a working directory that is gone */
        if (now && same_value(before, now)) {
            continue;
        }
        PyObject *setter = PyTuple_GET_ITEM(pair, 1);
        OWN_REF done =
            PyTuple_CheckExact(before) ? PyObject_CallObject(setter, before) : PyObject_CallOneArg(setter, before);
        if (short_of_memory()) {
            return -1;
        }
        PyErr_Clear();
        if (now && redo_note_setting(outside->redo, PyTuple_GET_ITEM(pair, 0), setter, now, before) < 0) {
            return -1;
        }
    }
    return 0;
}

/* A function of _signal with the number given. */
static PyObject *of_signal(const char *function, int number)
{
    OWN_REF partial = effects_attribute("functools", "partial");
    OWN_REF bare = partial ? effects_attribute("_signal", function) : NULL;
    return bare ? PyObject_CallFunction(partial, "Oi", bare, number) : NULL;
}

/* Staging set the handler `set` where `old` was. 0: the flip moves that one, or sets this, or the program has put its
 * own in the place of the old version's; 1 refused: whose the old one is nobody knows; -1. */
static int note_handler(struct outside *outside, int number, PyObject *set, PyObject *old, PyObject *reasons)
{
    OWN_REF usual = effects_attribute("_signal", "default_int_handler");
    if (!usual) {
        return -1;
    }
    PyObject *partner = PyFunction_Check(set) ? outside_partner(outside, set) : NULL;
    if (partner || outside_is_counterpart(outside, set, old)) {
        return 0;
    }
    if (PyErr_Occurred()) {
        return -1;
    }
    if (PyLong_Check(old) || old == usual) { /* SIG_DFL, SIG_IGN */
        OWN_REF getter = of_signal("getsignal", number);
        OWN_REF setter = getter ? of_signal("signal", number) : NULL;
        return setter ? redo_note_setting(outside->redo, getter, setter, set, old) : -1;
    }
    OWN_REF what = PyUnicode_FromFormat("the handler of signal %d", number);
    return what ? effects_refuse_change(reasons, what) : -1;
}

/* Sets a handler. The setter runs handlers first, and does not set this one when one of them raises: that is put off,
 * and known by its code or, if that is C's, by being no Exception. Those that wait are run here, where there is no
 * doubt. In another than the main thread nothing can be set, and nothing was. 0, or -1 for lack of memory. */
static int set_handler(PyObject *setter, int number, PyObject *handler)
{
    for (bool again = true; again;) {
        again = signals_deliver() < 0;
        bool paused = signals_pause();
        OWN_REF done = again ? NULL : PyObject_CallFunction(setter, "iO", number, handler);
        signals_resume(paused);
        if (!again && short_of_memory()) {
            return -1;
        }
        again = again || (!done && paused && (signals_raised() || !PyErr_ExceptionMatches(PyExc_Exception)));
        if (again) {
            signals_postpone();
        }
    }
    PyErr_Clear();
    return 0;
}

static int end_signals(PyObject *before, struct outside *outside, PyObject *reasons)
{
    OWN_REF now = before == Py_None ? NULL : signal_handlers();
    if (!now || !PyList_Check(now)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int refused = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(now); i++) {
        PyObject *old = PyList_GET_ITEM(before, i), *set = PyList_GET_ITEM(now, i);
        if (same_value(old, set) || old == Py_None) {
            continue;
        }
        OWN_REF setter = effects_attribute("_signal", "signal");
        if (!setter || set_handler(setter, (int)i + 1, old) < 0) {
            return -1;
        }
        int result = note_handler(outside, (int)i + 1, set, old, reasons);
        if (result < 0) {
            return -1;
        }
        refused |= result;
    }
    return refused;
}

/* One name of the environment back to what it was; before and now may be NULL. */
static int restore_name(PyObject *environ, PyObject *name, PyObject *now, PyObject *before, PyObject *redo)
{
    if ((now && before && same_value(now, before)) || redo_note_item(redo, environ, name, now, before) < 0) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int failed = before ? PyObject_SetItem(environ, name, before) : PyObject_DelItem(environ, name);
    if (failed && short_of_memory()) {
        return -1;
    }
    PyErr_Clear();
    return 0;
}

static int end_environment(PyObject *before, struct outside *outside, PyObject *reasons)
{
    (void)reasons;
    OWN_REF now = environment();
    int same = now ? PyObject_RichCompareBool(now, before, Py_EQ) : -1;
    if (same) {
        return same < 0 ? -1 : 0;
    }
    OWN_REF environ = effects_attribute("os", "environ");
    PyObject *name, *value;
    for (Py_ssize_t i = 0; environ && PyDict_Next(now, &i, &name, &value);) {
        PyObject *old = PyDict_GetItemWithError(before, name);
        if (PyErr_Occurred() || restore_name(environ, name, value, old, outside->redo) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; environ && PyDict_Next(before, &i, &name, &value);) {
        int there = PyDict_Contains(now, name);
        if (there < 0 || (!there && restore_name(environ, name, NULL, value, outside->redo) < 0)) {
            return -1;
        }
    }
    return environ ? 0 : -1;
}

int effects_watch_end(PyObject *before, struct outside *outside, PyObject *reasons)
{
    int (*const ends[])(PyObject *, struct outside *, PyObject *) = {end_containers, end_settings, end_signals,
                                                                     end_environment};
    int refused = 0;
    for (size_t i = 0; i <= COUNT(ends); i++) {
        PyObject *part = PyTuple_GET_ITEM(before, (Py_ssize_t)i);
        int result = i < COUNT(ends) ? ends[i](part, outside, reasons) : effects_hooks_end(part, outside, reasons);
        if (result < 0) {
            return -1;
        }
        refused |= result;
    }
    return refused;
}
