/* Hooks of the interpreter that an import adds: codec search functions, functions around a fork, audit hooks, atexit
 * callbacks.
 *
 * They are taken out again. One whose old counterpart is there is the same hook, which the flip moves; any other is
 * registered after the flip, as its module did it. What a module of the standard library registered for itself stays.
 */
#include "engine/effects_parts.h"

#include "compat/hooks.h"
#include "compat/modules.h"
#include "engine/redo.h"
#include "engine/refuse.h"

#include <string.h>

/* An atexit callback is (function, arguments, keywords); any other hook is called itself. */
static bool is_callback(PyObject *hook)
{
    return PyTuple_CheckExact(hook) && PyTuple_GET_SIZE(hook) == 3;
}

/* Does the old version call with `old` what the new one calls with `staged`? Methods are of counterparts, and bound to
 * such. */
static bool calls_same(const struct outside *outside, PyObject *staged, PyObject *old)
{
    if (PyMethod_Check(staged) && PyMethod_Check(old)) {
        PyObject *self = PyMethod_GET_SELF(staged), *other = PyMethod_GET_SELF(old);
        return calls_same(outside, PyMethod_GET_FUNCTION(staged), PyMethod_GET_FUNCTION(old)) &&
               (self == other || outside_is_counterpart(outside, self, other));
    }
    if (!PyFunction_Check(staged)) {
        return outside_is_counterpart(outside, staged, old);
    }
    return outside_partner(outside, staged) == old || outside_is_unnamed_counterpart(outside, staged, old);
}

static bool is_same_hook(const struct outside *outside, PyObject *staged, PyObject *old)
{
    if (is_callback(staged) != is_callback(old)) {
        return false;
    }
    if (!is_callback(staged)) {
        return calls_same(outside, staged, old);
    }
    PyObject *left = PyTuple_GET_ITEM(staged, 2), *right = PyTuple_GET_ITEM(old, 2);
    Py_ssize_t n_left = PyDict_Check(left) ? PyDict_GET_SIZE(left) : 0;
    Py_ssize_t n_right = PyDict_Check(right) ? PyDict_GET_SIZE(right) : 0;
    return calls_same(outside, PyTuple_GET_ITEM(staged, 0), PyTuple_GET_ITEM(old, 0)) && n_left == n_right &&
           PyTuple_GET_SIZE(PyTuple_GET_ITEM(staged, 1)) == PyTuple_GET_SIZE(PyTuple_GET_ITEM(old, 1));
}

int effects_hooks_take(const struct outside *outside, PyObject *left, PyObject *staged)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(left); i++) {
        if (is_same_hook(outside, staged, PyList_GET_ITEM(left, i))) {
            OWN_REF old = Py_NewRef(PyList_GET_ITEM(left, i));
            PyObject *function = is_callback(staged) ? PyTuple_GET_ITEM(staged, 0) : staged;
            PyObject *other = is_callback(old) ? PyTuple_GET_ITEM(old, 0) : old;
            return PyList_SetSlice(left, i, i + 1, NULL) < 0 || outside_pair(outside, function, other) < 0 ? -1 : 1;
        }
        if (short_of_memory()) {
            return -1;
        }
    }
    return 0;
}

int effects_hooks_pair(struct outside *outside, PyObject *before, PyObject *added)
{
    OWN_REF left = listed(before);
    for (Py_ssize_t i = 0; left && i < PyList_GET_SIZE(added); i++) {
        bool function = PyFunction_Check(PyList_GET_ITEM(added, i));
        if (function && effects_hooks_take(outside, left, PyList_GET_ITEM(added, i)) < 0) {
            return -1;
        }
    }
    return left ? 0 : -1;
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
    bool standard = named && (PyFunction_Check(hook) || PyMethod_Check(hook)) && effects_is_standard(name) == 1;
    keeping->failed = keeping->failed || short_of_memory();
    PyErr_Clear();
    if (keeping->failed) {
        return true; /* whose it is cannot be told: the next try decides */
    }
    keeping->doubtful = keeping->doubtful || standard;
    return standard;
}

/* Notes that the function is to be registered in this table as its module does it. */
static int note_hook(PyObject *redo, const char *table, PyObject *hook)
{
    static const char *const ways[][4] = {
        {"the codec search functions", "_codecs", "register", NULL},
        {"the functions called before a fork", "posix", "register_at_fork", "before"},
        {"the functions called after a fork in the parent", "posix", "register_at_fork", "after_in_parent"},
        {"the functions called after a fork in the child", "posix", "register_at_fork", "after_in_child"},
        {"the audit hooks", "sys", "addaudithook", NULL},
        {"the atexit callbacks", "atexit", "register", NULL},
    };
    size_t i = 0;
    while (i < sizeof ways / sizeof *ways && strcmp(ways[i][0], table) != 0) {
        i++;
    }
    OWN_REF function = i < sizeof ways / sizeof *ways ? effects_attribute(ways[i][1], ways[i][2]) : NULL;
    if (!function || function == Py_None) {
        return PyErr_Occurred() ? -1 : 1;
    }
    bool call = PyTuple_CheckExact(hook) && PyTuple_GET_SIZE(hook) == 3; /* (function, args, kwargs) of atexit */
    PyObject *kwargs = call && PyTuple_GET_ITEM(hook, 2) != Py_None ? PyTuple_GET_ITEM(hook, 2) : NULL;
    OWN_REF first = PyTuple_Pack(1, call ? PyTuple_GET_ITEM(hook, 0) : hook);
    OWN_REF args = !first ? NULL : call ? PySequence_Concat(first, PyTuple_GET_ITEM(hook, 1)) : Py_NewRef(first);
    OWN_REF named = ways[i][3] && args ? Py_BuildValue("{sO}", ways[i][3], hook) : NULL;
    OWN_REF none = named ? PyTuple_New(0) : NULL;
    if (!args || (ways[i][3] && !none)) {
        return -1;
    }
    return redo_note_call(redo, function, named ? none : args, named ? named : kwargs);
}

/* What was added and has no old counterpart there is noted. 1: it cannot be. */
static int note_hooks(struct outside *outside, PyObject *entry)
{
    PyObject *before = PyTuple_GET_ITEM(entry, 1), *added = PyTuple_GET_ITEM(entry, 2);
    const char *table = PyUnicode_AsUTF8(PyTuple_GET_ITEM(entry, 0));
    OWN_REF left = PyList_Check(before) ? listed(before) : PyList_New(0);
    int result = table && left ? 0 : -1;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(added); i++) {
        int there = effects_hooks_take(outside, left, PyList_GET_ITEM(added, i));
        result = there < 0 ? -1 : there ? 0 : note_hook(outside->redo, table, PyList_GET_ITEM(added, i));
    }
    return result;
}

int effects_hooks_end(PyObject *before, struct outside *outside, PyObject *reasons)
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
        refused = what ? effects_refuse_change(reasons, what) : -1;
    }
    for (Py_ssize_t i = 0; refused >= 0 && i < PyList_GET_SIZE(changed); i++) {
        PyObject *entry = PyList_GET_ITEM(changed, i);
        bool taken_out = PyObject_IsTrue(PyTuple_GET_ITEM(entry, 3)) == 1;
        int result = taken_out ? 1 : note_hooks(outside, entry);
        if (result > 0) {
            result = effects_refuse_change(reasons, PyTuple_GET_ITEM(entry, 0));
        }
        refused = result < 0 ? -1 : refused | result;
    }
    return refused;
}
