/* Settings, lists and tables that an import can change without a staged object ending up in them.
 *
 * Each is read before and after; a difference is put back and refused. (What does hold a staged object is found by
 * the walk over the heap, wherever it is; here are the well-known places where plain values count too, or where
 * something was taken out.) */
#include "engine/effects_parts.h"

#include "compat/hooks.h"
#include "compat/modules.h"
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

static PyObject *copy_of(PyObject *container)
{
    return PyDict_Check(container) ? PyDict_Copy(container) : PySequence_List(container);
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

/* One key back to what it was. A staged object under it is left to the walk, which knows its old counterpart. 1:
 * changed. */
static int restore_key(PyObject *dict, PyObject *copy, PyObject *key, bool *ret_changed)
{
    PyObject *before = PyDict_GetItemWithError(copy, key);
    PyObject *now = PyDict_GetItemWithError(dict, key);
    if (before == now || is_volatile(key)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (now && (PyFunction_Check(now) || PyType_Check(now) || PyMethod_Check(now))) {
        return 0;
    }
    *ret_changed = true;
    return before ? PyDict_SetItem(dict, key, before) : PyDict_DelItem(dict, key);
}

static int restore_dict(PyObject *dict, PyObject *copy)
{
    bool changed = false;
    OWN_REF keys = PyDict_Keys(dict);
    OWN_REF before = keys ? PyDict_Keys(copy) : NULL;
    for (Py_ssize_t i = 0; before && i < PyList_GET_SIZE(keys); i++) {
        if (restore_key(dict, copy, PyList_GET_ITEM(keys, i), &changed) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; before && i < PyList_GET_SIZE(before); i++) {
        if (restore_key(dict, copy, PyList_GET_ITEM(before, i), &changed) < 0) {
            return -1;
        }
    }
    return before ? changed : -1;
}

static int restore_list(PyObject *list, PyObject *copy)
{
    Py_ssize_t n = PyList_GET_SIZE(list);
    bool same = n == PyList_GET_SIZE(copy);
    for (Py_ssize_t i = 0; same && i < n; i++) {
        same = PyList_GET_ITEM(list, i) == PyList_GET_ITEM(copy, i);
    }
    return same ? 0 : PyList_SetSlice(list, 0, n, copy) < 0 ? -1 : 1;
}

static int refuse_change(PyObject *reasons, PyObject *what)
{
    return refuse(reasons, EFFECT_CODE, NULL, what, EFFECT_ACTION, "importing the new version changes %U", what);
}

static int end_containers(PyObject *tables, PyObject *reasons)
{
    int refused = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(tables); i++) {
        PyObject *entry = PyList_GET_ITEM(tables, i);
        PyObject *container = PyTuple_GET_ITEM(entry, 1);
        PyObject *copy = PyTuple_GET_ITEM(entry, 2);
        int changed = PyDict_Check(container) ? restore_dict(container, copy) : restore_list(container, copy);
        if (changed > 0) {
            changed = refuse_change(reasons, PyTuple_GET_ITEM(entry, 0));
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

static int end_settings(PyObject *values, PyObject *reasons)
{
    int refused = 0;
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
        if (refuse_change(reasons, PyTuple_GET_ITEM(entry, 0)) < 0) {
            return -1;
        }
        refused = 1;
    }
    return refused;
}

static int end_signals(PyObject *before, PyObject *reasons)
{
    OWN_REF now = before == Py_None ? NULL : signal_handlers();
    if (!now || !PyList_Check(now)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int refused = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(now); i++) {
        PyObject *old = PyList_GET_ITEM(before, i);
        if (same_value(old, PyList_GET_ITEM(now, i)) || old == Py_None) {
            continue;
        }
        OWN_REF setter = effects_attribute("_signal", "signal");
        OWN_REF done = setter ? PyObject_CallFunction(setter, "iO", (int)i + 1, old) : NULL;
        if (short_of_memory()) {
            return -1;
        }
        PyErr_Clear();
        OWN_REF what = PyUnicode_FromFormat("the handler of signal %d", (int)i + 1);
        if (!what || refuse_change(reasons, what) < 0) {
            return -1;
        }
        refused = 1;
    }
    return refused;
}

static int end_environment(PyObject *before, PyObject *reasons)
{
    OWN_REF now = environment();
    int same = now ? PyObject_RichCompareBool(now, before, Py_EQ) : -1;
    if (same) {
        return same < 0 ? -1 : 0;
    }
    OWN_REF environ = effects_attribute("os", "environ");
    OWN_REF names = environ ? PyDict_Keys(now) : NULL;
    if (!names) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        if (!PyDict_Contains(before, name) && PyObject_DelItem(environ, name) < 0) {
            if (short_of_memory()) {
                return -1;
            }
            PyErr_Clear();
        }
    }
    PyObject *name, *value;
    for (Py_ssize_t i = 0; PyDict_Next(before, &i, &name, &value);) {
        PyObject *other = PyDict_GetItemWithError(now, name);
        if ((!other || !same_value(other, value)) && PyObject_SetItem(environ, name, value) < 0) {
            if (short_of_memory()) {
                return -1;
            }
            PyErr_Clear();
        }
    }
    OWN_REF what = PyUnicode_FromString("os.environ");
    return what ? refuse_change(reasons, what) : -1;
}

/* What a hook calls: itself, or the function of an atexit callback without arguments. */
static PyObject *hook_function(PyObject *hook)
{
    if (!PyTuple_CheckExact(hook) || PyTuple_GET_SIZE(hook) != 3) {
        return hook;
    }
    bool plain = PyTuple_GET_SIZE(PyTuple_GET_ITEM(hook, 1)) == 0 && PyTuple_GET_ITEM(hook, 2) == Py_None;
    return plain ? PyTuple_GET_ITEM(hook, 0) : NULL;
}

static bool holds_function(PyObject *hooks, PyObject *function)
{
    for (Py_ssize_t i = 0; function && i < PyList_GET_SIZE(hooks); i++) {
        if (hook_function(PyList_GET_ITEM(hooks, i)) == function) {
            return true;
        }
    }
    return false;
}

struct keeping {
    struct outside *outside;
    bool failed;   /* memory was short while deciding */
    bool doubtful; /* a function of the standard library that was loaded before was added, by whom nobody knows */
};

/* Is this object a value in the namespace of a module that was loaded meanwhile, for everybody to see? */
static bool in_published_module(struct outside *outside, PyObject *object)
{
    PyObject *before = outside_before(outside, modules_dict());
    PyObject *name, *module, *key, *value;
    for (Py_ssize_t i = 0; PyDict_Next(modules_dict(), &i, &name, &module);) {
        if (!PyModule_Check(module) || PyDict_Contains(before, name) != 0) {
            continue;
        }
        for (Py_ssize_t j = 0; PyDict_Next(PyModule_GetDict(module), &j, &key, &value);) {
            if (value == object) {
                return true;
            }
        }
    }
    return false;
}

static bool is_standard(PyObject *name)
{
    PyObject *names = sys_get("stdlib_module_names");
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1);
    OWN_REF top = dot < 0 ? Py_NewRef(name) : PyUnicode_Substring(name, 0, dot);
    return names && top && PySequence_Contains(names, top) == 1;
}

static PyObject *hook_attribute(struct keeping *keeping, PyObject *hook, const char *name)
{
    OWN_REF value = PyObject_GetAttrString(hook, name);
    keeping->failed = keeping->failed || short_of_memory();
    PyErr_Clear();
    return STEAL(value);
}

/* What a module that was loaded meanwhile for everybody to see (of the standard library, or by another thread)
 * registers belongs to it and stays. So does a Python function of the standard library that was loaded before: it
 * may have registered itself, and remembers that (weakref.finalize does). */
static bool keep_hook(PyObject *hook, void *arg)
{
    struct keeping *keeping = arg;
    OWN_REF name = hook_attribute(keeping, hook, "__module__");
    OWN_REF self = hook_attribute(keeping, hook, "__self__");
    bool named = name && PyUnicode_Check(name) && modules_loaded(name);
    if (named && PyDict_Contains(outside_before(keeping->outside, modules_dict()), name) == 0) {
        return true;
    }
    if (self && !PyModule_Check(self) && in_published_module(keeping->outside, self)) {
        return true;
    }
    bool standard = named && (PyFunction_Check(hook) || PyMethod_Check(hook)) && is_standard(name);
    keeping->failed = keeping->failed || short_of_memory();
    PyErr_Clear();
    if (keeping->failed) {
        return true; /* whose it is cannot be told: the next try decides */
    }
    keeping->doubtful = keeping->doubtful || standard;
    return standard;
}

/* Has everything added an old counterpart that is there? */
static bool only_repeats(struct outside *outside, PyObject *before, PyObject *added)
{
    bool repeats = PyList_Check(before);
    for (Py_ssize_t i = 0; repeats && i < PyList_GET_SIZE(added); i++) {
        PyObject *function = hook_function(PyList_GET_ITEM(added, i));
        repeats = function && holds_function(before, outside_partner(outside, function));
    }
    return repeats;
}

static int end_hooks(PyObject *before, struct outside *outside, PyObject *reasons)
{
    struct keeping keeping = {outside, false, false};
    OWN_REF changed = hooks_restore(before, keep_hook, &keeping);
    int refused = changed ? 0 : -1;
    if (changed && keeping.failed) {
        PyErr_NoMemory();
        return -1;
    }
    if (keeping.doubtful && changed) {
        OWN_REF what = PyUnicode_FromString("the interpreter's hooks, where a function of the standard library stays");
        refused = what ? refuse_change(reasons, what) : -1;
    }
    for (Py_ssize_t i = 0; refused >= 0 && i < PyList_GET_SIZE(changed); i++) {
        PyObject *entry = PyList_GET_ITEM(changed, i);
        bool taken_out = PyObject_IsTrue(PyTuple_GET_ITEM(entry, 3)) == 1;
        bool repeats = !taken_out && only_repeats(outside, PyTuple_GET_ITEM(entry, 1), PyTuple_GET_ITEM(entry, 2));
        if (PyErr_Occurred()) {
            return -1;
        }
        if (!repeats) {
            int result = refuse_change(reasons, PyTuple_GET_ITEM(entry, 0));
            refused = result < 0 ? -1 : 1;
        }
    }
    return refused;
}

int effects_watch_end(PyObject *before, struct outside *outside, PyObject *reasons)
{
    int (*const ends[])(PyObject *, PyObject *) = {end_containers, end_settings, end_signals, end_environment};
    int refused = 0;
    for (size_t i = 0; i <= COUNT(ends); i++) {
        PyObject *part = PyTuple_GET_ITEM(before, (Py_ssize_t)i);
        int result = i < COUNT(ends) ? ends[i](part, reasons) : end_hooks(part, outside, reasons);
        if (result < 0) {
            return -1;
        }
        refused |= result;
    }
    return refused;
}
