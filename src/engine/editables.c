/* Finders of the same name are moved by the flip like any class that is held. What is left to do is what no reference
 * says: a finder of another module (its name has the version in it), one that the new install does not have any more,
 * or the first one.
 *
 * They are told by the form that setuptools gives them: a module with a dict MAPPING, a function install() and the
 * class _EditableFinder; for namespaces, NAMESPACES, PATH_PLACEHOLDER and _EditableNamespaceFinder. install() itself is
 * not called: it appends to the live lists while other threads go through them.
 *
 * While the new version is staged, other finders of the old version are silent as well: objects that a package has put
 * on sys.meta_path to make its own submodules (toolz has one). The staged package puts its own behind them.
 *
 * Must not: edit sys.meta_path where an entry would move, or touch what is no finder of the upgrade. */
#include "engine/editables.h"

#include "base/file.h"
#include "compat/modules.h"
#include "disk/editable.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* ---- what is one? ---- */

int editables_names(const struct disk_dist *dist, PyObject *list)
{
    static const char suffix[] = "_finder.py";
    for (size_t i = 0; dist->editable && i < dist->n_files; i++) {
        const struct disk_file *file = &dist->files[i];
        size_t length = file->relative && file->module ? strlen(file->relative) : 0;
        if (length < sizeof suffix || strchr(file->relative, '/') || (file->flags & DISK_FILE_TREE) ||
            strcmp(file->relative + length - (sizeof suffix - 1), suffix) != 0) {
            continue;
        }
        OWN_REF name = PyUnicode_DecodeFSDefault(file->module);
        int known = name ? PySequence_Contains(list, name) : -1;
        if (known < 0 || (!known && PyList_Append(list, name) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* The class of that name in a finder's module. Borrowed; NULL without an exception: it is no such module. */
static PyObject *finder_in(PyObject *module, const char *name)
{
    PyObject *dict = module && PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
    PyObject *mapping = dict ? dict_get(dict, "MAPPING") : NULL;
    PyObject *install = mapping && PyDict_Check(mapping) ? dict_get(dict, "install") : NULL;
    PyObject *class = install && PyFunction_Check(install) ? dict_get(dict, name) : NULL;
    return class && PyType_Check(class) ? class : NULL;
}

#define FINDER "_EditableFinder"
#define NAMESPACE_FINDER "_EditableNamespaceFinder"

/* Is the class of one of these modules? 1, 0, -1. */
static int is_of(PyObject *class, PyObject *modules)
{
    bool made = PyType_Check(class) && PyType_HasFeature((PyTypeObject *)class, Py_TPFLAGS_HEAPTYPE);
    PyObject *name = made ? dict_get(((PyTypeObject *)class)->tp_dict, "__module__") : NULL;
    PyObject *module = name && PyUnicode_Check(name) ? PyDict_GetItemWithError(modules, name) : NULL;
    PyObject *there = module ? finder_in(module, FINDER) : NULL;
    PyObject *other = module ? finder_in(module, NAMESPACE_FINDER) : NULL;
    return PyErr_Occurred() ? -1 : (there && there == class) || (other && other == class);
}

/* ---- finders that are instances ---- */

static int add_to_table(const char *module, const char *path, void *table)
{
    OWN_REF name = PyUnicode_DecodeFSDefault(module);
    OWN_REF place = name ? PyUnicode_DecodeFSDefault(path) : NULL;
    return place && PyDict_SetItem(table, name, place) == 0 ? 0 : -EINVAL;
}

/* What the module on disk has as its table: an empty dict if none. New reference. */
static PyObject *table_on_disk(const char *path)
{
    struct strbuf text;
    uint32_t line;
    OWN_REF table = PyDict_New();
    strbuf_init(&text);
    int result = table ? file_read(AT_FDCWD, path, DISK_SMALL_MAX, &text, NULL) : -ENOMEM;
    result = result == 0 && text.data ? editable_mapping(text.data, text.length, &line, add_to_table, table) : result;
    strbuf_release(&text);
    if (result == -ENOMEM && !PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    return PyErr_Occurred() ? NULL : STEAL(table);
}

/* Has the finder that table among its attributes? 1, 0, -1. */
static int has_table(PyObject *finder, PyObject *table)
{
    OWN_REF attributes = PyObject_GenericGetDict(finder, NULL);
    PyObject *name, *value;
    int equal = 0;
    if (!attributes && !short_of_memory()) {
        PyErr_Clear(); /* an instance without a dict has no table in it */
        return 0;
    }
    for (Py_ssize_t i = 0; attributes && !equal && PyDict_Next(attributes, &i, &name, &value);) {
        equal = PyDict_CheckExact(value) ? PyObject_RichCompareBool(value, table, Py_EQ) : 0;
    }
    return attributes ? equal : -1;
}

/* Is the entry of sys.meta_path an instance of a class of that module? */
static bool is_instance_of(PyObject *entry, PyObject *module)
{
    PyTypeObject *type = Py_TYPE(entry);
    bool made = !PyType_Check(entry) && PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE);
    PyObject *home = made ? dict_get(type->tp_dict, "__module__") : NULL;
    return home && PyUnicode_Check(home) && PyUnicode_Compare(home, module) == 0;
}

/* 1, 0, -1. */
static int is_moved(PyObject *module, const char *path)
{
    PyObject *meta_path = sys_get("meta_path");
    for (Py_ssize_t i = 0; meta_path && PyList_Check(meta_path) && i < PyList_GET_SIZE(meta_path); i++) {
        OWN_REF entry = Py_NewRef(PyList_GET_ITEM(meta_path, i));
        if (!is_instance_of(entry, module)) {
            continue;
        }
        OWN_REF table = table_on_disk(path);
        int same = table && PyDict_GET_SIZE(table) ? has_table(entry, table) : table ? 1 : -1;
        if (same != 1) {
            return same < 0 ? -1 : 1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

int editables_moved(const struct disk_dist *dist)
{
    for (size_t i = 0; dist->editable && i < dist->n_files; i++) {
        const struct disk_file *file = &dist->files[i];
        bool top = file->relative && !strchr(file->relative, '/') && !(file->flags & DISK_FILE_TREE);
        OWN_REF name = top && file->module ? PyUnicode_DecodeFSDefault(file->module) : NULL;
        int moved = name ? is_moved(name, file->path) : PyErr_Occurred() ? -1 : 0;
        if (moved) {
            return moved;
        }
    }
    return 0;
}

/* ---- while the new version is staged ---- */

/* Stands in for the method find_spec; self is what was there, the first argument the finder: a class or an instance. */
static PyObject *find_nothing(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (modules_view_mine()) {
        Py_RETURN_NONE;
    }
    PyObject *finder = PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, 0) : Py_None;
    bool is_class = PyType_Check(finder);
    descrgetfunc get = Py_TYPE(self)->tp_descr_get;
    OWN_REF original = !get       ? Py_NewRef(self)
                       : is_class ? get(self, NULL, finder)
                                  : get(self, finder, (PyObject *)Py_TYPE(finder));
    OWN_REF rest = original ? PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args)) : NULL;
    return rest ? PyObject_Call(original, rest, kwargs) : NULL;
}

static PyMethodDef find_nothing_method = {"find_spec", (PyCFunction)(void (*)(void))find_nothing,
                                          METH_VARARGS | METH_KEYWORDS, NULL};

/* bind: makes a class method, or a method, of a function. */
static int hide(PyTypeObject *class, PyObject *(*bind)(PyObject *), struct standins *standins)
{
    OWN_REF name = PyUnicode_InternFromString("find_spec");
    PyObject *original = name ? PyDict_GetItemWithError(class->tp_dict, name) : NULL;
    if (!original ||
        (PyCFunction_Check(original) && PyCFunction_GET_FUNCTION(original) == find_nothing_method.ml_meth)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF function = PyCFunction_New(&find_nothing_method, original);
    OWN_REF bound = function ? bind(function) : NULL;
    return bound ? standins_put(standins, (PyObject *)class, name, bound) : -1;
}

/* The class that the finder, an instance, has its find_spec from, if that is of one of these modules; Py_None else.
 * Borrowed; NULL with an exception set. */
static PyObject *finding_class(PyObject *finder, PyObject *modules)
{
    PyObject *mro = Py_TYPE(finder)->tp_mro;
    for (Py_ssize_t i = 0; mro && !PyType_Check(finder) && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *class = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        bool made = PyType_HasFeature(class, Py_TPFLAGS_HEAPTYPE); /* object has no tp_dict in 3.12 */
        if (made && dict_get(class->tp_dict, "find_spec")) {
            PyObject *name = dict_get(class->tp_dict, "__module__");
            bool is = name && PyUnicode_Check(name) && PyDict_GetItemWithError(modules, name);
            return is ? (PyObject *)class : PyErr_Occurred() ? NULL : Py_None;
        }
        if (PyErr_Occurred()) {
            return NULL;
        }
    }
    return Py_None;
}

int editables_hide(PyObject *old_modules, struct standins *standins)
{
    PyObject *meta_path = sys_get("meta_path");
    for (Py_ssize_t i = 0; meta_path && PyList_Check(meta_path) && i < PyList_GET_SIZE(meta_path); i++) {
        PyObject *finder = PyList_GET_ITEM(meta_path, i);
        int old = is_of(finder, old_modules);
        PyObject *class = old < 0 ? NULL : finding_class(finder, old_modules);
        if (!class || (old && hide((PyTypeObject *)finder, PyClassMethod_New, standins) < 0) ||
            (class != Py_None && hide((PyTypeObject *)class, PyInstanceMethod_New, standins) < 0)) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* A finder asks PathFinder for what lies below its own folders, and PathFinder's stand-in asks here. */
static _Thread_local bool asking;

PyObject *editables_find(PyObject *names, PyObject *name, PyObject *path, PyObject *target)
{
    if (asking) {
        Py_RETURN_NONE;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        PyObject *own = PyList_GET_ITEM(names, i);
        OWN_REF module = PyUnicode_Compare(own, name) ? PyObject_GetItem(modules_dict(), own) : NULL;
        if (!module && PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_KeyError)) {
            return NULL;
        }
        PyErr_Clear(); /* not imported yet */
        OWN_REF class = Py_XNewRef(finder_in(module, FINDER));
        OWN_REF spaces = class ? Py_XNewRef(finder_in(module, NAMESPACE_FINDER)) : NULL;
        asking = true;
        OWN_REF spec = class ? PyObject_CallMethod(class, "find_spec", "OOO", name, path, target) : NULL;
        if (spec == Py_None && spaces) {
            Py_SETREF(spec, PyObject_CallMethod(spaces, "find_spec", "O", name));
        }
        asking = false;
        if (spec != Py_None && (spec || PyErr_Occurred())) {
            return STEAL(spec);
        }
    }
    Py_RETURN_NONE;
}

/* ---- after the flip ---- */

/* Is the entry in the list? Nothing is called on entries: they may be anybody's. */
static bool has(PyObject *list, PyObject *entry)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *other = PyList_GET_ITEM(list, i);
        bool texts = PyUnicode_Check(other) && PyUnicode_Check(entry) && PyUnicode_Compare(other, entry) == 0;
        bool methods = PyMethod_Check(other) && PyMethod_Check(entry) &&
                       PyMethod_GET_SELF(other) == PyMethod_GET_SELF(entry) &&
                       PyMethod_GET_FUNCTION(other) == PyMethod_GET_FUNCTION(entry);
        if (other == entry || texts || methods) {
            return true;
        }
    }
    return false;
}

/* What the finders of these modules have in a list. `of`: what to take of a module, new reference or NULL. New list. */
static PyObject *wanted_of(PyObject *modules, PyObject *(*of)(PyObject *module))
{
    OWN_REF found = PyList_New(0);
    PyObject *name, *module;
    for (Py_ssize_t i = 0; found && PyDict_Next(modules, &i, &name, &module);) {
        OWN_REF item = finder_in(module, FINDER) ? of(module) : NULL;
        if (PyErr_Occurred() || (item && PyList_Append(found, item) < 0)) {
            return NULL;
        }
    }
    return STEAL(found);
}

static PyObject *class_of(PyObject *module)
{
    return Py_XNewRef(finder_in(module, FINDER));
}

/* Has the install namespaces? Then its module's placeholder is to be on sys.path. */
static PyObject *placeholder_of(PyObject *module)
{
    PyObject *dict = PyModule_GetDict(module);
    PyObject *spaces = dict_get(dict, "NAMESPACES"), *text = spaces ? dict_get(dict, "PATH_PLACEHOLDER") : NULL;
    bool any = text && PyDict_Check(spaces) && PyDict_GET_SIZE(spaces) && PyUnicode_Check(text);
    return any ? Py_NewRef(text) : NULL;
}

static PyObject *hook_of(PyObject *module)
{
    OWN_REF placeholder = placeholder_of(module);
    PyObject *class = placeholder ? finder_in(module, NAMESPACE_FINDER) : NULL;
    return class ? PyObject_GetAttrString(class, "_path_hook") : NULL;
}

/* Does the entry of such a list belong to one of the modules? 1, 0, -1. */
typedef int (*belongs)(PyObject *entry, PyObject *modules);

static int hook_belongs(PyObject *entry, PyObject *modules)
{
    return PyMethod_Check(entry) ? is_of(PyMethod_GET_SELF(entry), modules) : 0;
}

static int placeholder_belongs(PyObject *entry, PyObject *modules)
{
    PyObject *name, *module;
    for (Py_ssize_t i = 0; PyUnicode_Check(entry) && PyDict_Next(modules, &i, &name, &module);) {
        OWN_REF text = finder_in(module, FINDER) ? placeholder_of(module) : NULL;
        if (text && PyUnicode_Compare(text, entry) == 0) {
            return 1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* Is the entry of these generations, and not wanted any more? 1, 0, -1. */
static int is_stale(PyObject *entry, PyObject *from, PyObject *to, belongs belongs_to, PyObject *wanted)
{
    if (has(wanted, entry)) {
        return 0;
    }
    int old = belongs_to(entry, from);
    return old ? old : belongs_to(entry, to);
}

/* The list with what is wanted in the place of what is stale, the rest at its end. New list. */
static PyObject *renewed(PyObject *list, PyObject *from, PyObject *to, belongs belongs_to, PyObject *wanted)
{
    OWN_REF out = PyList_New(0);
    Py_ssize_t next = 0;
    for (Py_ssize_t i = 0; out && i < PyList_GET_SIZE(list); i++) {
        OWN_REF entry = Py_NewRef(PyList_GET_ITEM(list, i));
        int stale = is_stale(entry, from, to, belongs_to, wanted);
        while (stale > 0 && next < PyList_GET_SIZE(wanted) && has(list, PyList_GET_ITEM(wanted, next))) {
            next++;
        }
        PyObject *now = stale <= 0 ? entry : next < PyList_GET_SIZE(wanted) ? PyList_GET_ITEM(wanted, next++) : NULL;
        if (stale < 0 || (now && PyList_Append(out, now) < 0)) {
            return NULL;
        }
    }
    for (; out && next < PyList_GET_SIZE(wanted); next++) {
        PyObject *rest = PyList_GET_ITEM(wanted, next);
        if (!has(out, rest) && PyList_Append(out, rest) < 0) {
            return NULL;
        }
    }
    return STEAL(out);
}

/* A thread that goes through the list sees each entry where it was, or goes on with the old list: entries are exchanged
 * in place if none moves, and else the name is bound anew. */
static int put(const char *name, PyObject *list, PyObject *out)
{
    Py_ssize_t n = PyList_GET_SIZE(out), old = PyList_GET_SIZE(list);
    bool moves = n < old;
    for (Py_ssize_t i = 0; i < n && !moves; i++) {
        PyObject *item = PyList_GET_ITEM(out, i);
        if (i >= old ? PyList_Append(list, item) < 0
                     : PyList_GET_ITEM(list, i) != item && PyList_SetItem(list, i, Py_NewRef(item)) < 0) {
            return -1;
        }
    }
    return moves ? PySys_SetObject(name, out) : 0;
}

static int settle_list(const char *name, PyObject *from, PyObject *to, belongs belongs_to,
                       PyObject *(*of)(PyObject *module))
{
    PyObject *list = sys_get(name);
    if (!list || !PyList_Check(list)) {
        return PyErr_Occurred() ? -1 : 0; /* the program's own */
    }
    OWN_REF held = Py_NewRef(list);
    OWN_REF wanted = wanted_of(to, of);
    OWN_REF out = wanted ? renewed(list, from, to, belongs_to, wanted) : NULL;
    return out ? put(name, list, out) : -1;
}

/* Most upgrades have none. */
static bool has_finder(PyObject *modules)
{
    PyObject *name, *module;
    for (Py_ssize_t i = 0; PyDict_Next(modules, &i, &name, &module);) {
        if (finder_in(module, FINDER)) {
            return true;
        }
    }
    return false;
}

int editables_settle(PyObject *from, PyObject *to)
{
    if (!has_finder(from) && !has_finder(to)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    bool done = settle_list("meta_path", from, to, is_of, class_of) == 0 &&
                settle_list("path_hooks", from, to, hook_belongs, hook_of) == 0 &&
                settle_list("path", from, to, placeholder_belongs, placeholder_of) == 0;
    return done ? 0 : -1;
}
