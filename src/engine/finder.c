/* A finder that answers by the calling thread.
 *
 * Idea: it takes the place of importlib's PathFinder in a *copy* of sys.meta_path, so that the order of finders is
 * what a fresh process has; asked by the staging thread it searches the new version's path, asked by anybody else
 * it is PathFinder. The live sys.path and every parent's __path__ are not touched.
 *
 * sys.meta_path is rebound, not edited: another thread that is going through the list would miss a finder when one
 * before it is taken out.
 *
 * Bytecode: a .pyc is valid for CPython when size and whole seconds of the source's mtime agree, which an upgrade
 * within one second, or with times set back, defeats. It is believed only if it was also written after the source
 * came to its place (ctime, which no installer can set). Otherwise the loader compiles from source, once, by an
 * instance attribute that removes itself: afterwards loader and spec are what a normal import leaves.
 *
 * Must not: answer for the standard library, or load an extension module (it would get the old file's memory). */
#include "engine/finder.h"

#include "compat/modules.h"

#include <string.h>
#include <sys/stat.h>

typedef struct {
    PyObject_HEAD PyObject *path;         /* owned list; NULL when staging is over */
    PyObject *path_finder;                /* owned: importlib.machinery.PathFinder */
    PyObject *source_loader;              /* owned: SourceFileLoader */
    PyObject *native_loader;              /* owned: ExtensionFileLoader */
    PyObject *missing, *native, *patched; /* owned, as in struct finder; NULL when staging is over */
} finder_object;

static bool answers(finder_object *self)
{
    return self->path && modules_view_mine();
}

/* Is the module of this name, as the stager sees it, one that everybody sees? Then new reference to it, else NULL. */
static PyObject *live_module(PyObject *name)
{
    PyObject *live = modules_loaded(name);
    OWN_REF seen = live ? PyObject_GetItem(modules_dict(), name) : NULL;
    PyErr_Clear();
    return seen == live ? STEAL(seen) : NULL;
}

static bool is_directory(PyObject *path)
{
    OWN_REF bytes = NULL;
    struct stat status;
    if (!PyUnicode_FSConverter(path, &bytes)) {
        PyErr_Clear();
        return false;
    }
    return stat(PyBytes_AS_STRING(bytes), &status) == 0 && S_ISDIR(status.st_mode);
}

/* [entry/parent/as/folders for entry in the staged path, as far as they exist] + path */
static PyObject *extended_path(finder_object *self, PyObject *parent, PyObject *path)
{
    OWN_REF slash = PyUnicode_FromString("/");
    OWN_REF dot = PyUnicode_FromString(".");
    OWN_REF folders = slash && dot ? PyUnicode_Replace(parent, dot, slash, -1) : NULL;
    OWN_REF result = folders ? PyList_New(0) : NULL;
    for (Py_ssize_t i = 0; result && i < PyList_GET_SIZE(self->path); i++) {
        PyObject *entry = PyList_GET_ITEM(self->path, i);
        OWN_REF folder = PyUnicode_Check(entry) ? PyUnicode_FromFormat("%U/%U", entry, folders) : NULL;
        if (PyErr_Occurred() || (folder && is_directory(folder) && PyList_Append(result, folder) < 0)) {
            return NULL;
        }
    }
    if (!result || PyList_SetSlice(result, PyList_GET_SIZE(result), PyList_GET_SIZE(result), path) < 0) {
        return NULL;
    }
    return STEAL(result);
}

/* Where the stager looks for a submodule: in its parent's __path__; if the parent is shared with the old version
 * (a namespace package, a package of another distribution), the new version's folders come first. */
static PyObject *submodule_path(finder_object *self, PyObject *name, PyObject *path)
{
    OWN_REF list = PySequence_List(path);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), -1);
    if (!list || dot < 0) {
        return STEAL(list);
    }
    OWN_REF parent = PyUnicode_Substring(name, 0, dot);
    OWN_REF module = parent ? live_module(parent) : NULL;
    if (!parent || !module) {
        return parent ? STEAL(list) : NULL;
    }
    OWN_REF file = PyObject_GetAttrString(module, "__file__");
    PyErr_Clear();
    int owned = modules_view_owns(name);
    if (owned < 0) {
        return NULL;
    }
    return owned || !file || file == Py_None ? extended_path(self, parent, list) : STEAL(list);
}

static bool later(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* May the .pyc beside this source be believed, if it validates? Yes if there is none. */
static bool bytecode_trusted(PyObject *source, PyObject *cached)
{
    OWN_REF source_path = NULL;
    OWN_REF cached_path = NULL;
    struct stat source_status, cached_status;
    if (!PyUnicode_Check(cached) || !PyUnicode_FSConverter(source, &source_path) ||
        !PyUnicode_FSConverter(cached, &cached_path)) {
        PyErr_Clear();
        return true;
    }
    if (stat(PyBytes_AS_STRING(cached_path), &cached_status) < 0 ||
        stat(PyBytes_AS_STRING(source_path), &source_status) < 0) {
        return true;
    }
    return later(&cached_status.st_ctim, &source_status.st_ctim);
}

/* Stands for loader.get_code, once. */
static PyObject *get_code(PyObject *loader, PyObject *name)
{
    if (PyObject_DelAttrString(loader, "get_code") < 0) {
        return NULL;
    }
    OWN_REF path = PyObject_CallMethod(loader, "get_filename", "O", name);
    OWN_REF data = path ? PyObject_CallMethod(loader, "get_data", "O", path) : NULL;
    return data ? PyObject_CallMethod(loader, "source_to_code", "OO", data, path) : NULL;
}

static PyMethodDef get_code_method = {"get_code", get_code, METH_O, NULL};

static int prepare_source(finder_object *self, PyObject *spec, PyObject *loader)
{
    OWN_REF source = PyObject_GetAttrString(loader, "path");
    OWN_REF cached = source ? PyObject_GetAttrString(spec, "cached") : NULL;
    if (!cached) {
        return -1;
    }
    if (bytecode_trusted(source, cached)) {
        return 0;
    }
    OWN_REF function = PyCFunction_New(&get_code_method, loader);
    if (!function || PyList_Append(self->patched, loader) < 0) {
        return -1;
    }
    return PyObject_SetAttrString(loader, "get_code", function);
}

/* What was found may be an extension module, or source with doubtful bytecode. */
static int prepare(finder_object *self, PyObject *name, PyObject *spec)
{
    OWN_REF loader = PyObject_GetAttrString(spec, "loader");
    if (!loader) {
        return -1;
    }
    if ((PyObject *)Py_TYPE(loader) == self->source_loader) {
        return prepare_source(self, spec, loader);
    }
    if ((PyObject *)Py_TYPE(loader) == self->native_loader) {
        if (PyList_Append(self->native, name) < 0) {
            return -1;
        }
        OWN_REF message = PyUnicode_FromFormat("extension module %R is not staged", name);
        PyErr_SetImportError(message, name, NULL);
        return -1;
    }
    return 0;
}

static PyObject *finder_find_spec(finder_object *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"fullname", "path", "target", NULL};
    PyObject *name, *path = Py_None, *target = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U|OO", names, &name, &path, &target)) {
        return NULL;
    }
    int standard = answers(self) ? modules_view_standard(name) : 1;
    if (standard) {
        return standard < 0 ? NULL : PyObject_CallMethod(self->path_finder, "find_spec", "OOO", name, path, target);
    }
    OWN_REF search = path == Py_None ? Py_NewRef(self->path) : submodule_path(self, name, path);
    OWN_REF spec = search ? PyObject_CallMethod(self->path_finder, "find_spec", "OOO", name, search, target) : NULL;
    if (!spec) {
        return NULL;
    }
    int failed = spec == Py_None ? PySet_Add(self->missing, name) : prepare(self, name, spec);
    return failed ? NULL : STEAL(spec);
}

/* importlib.metadata: the stager finds the distributions of the new version. */
static PyObject *finder_find_distributions(finder_object *self, PyObject *args)
{
    PyObject *context = NULL;
    if (!PyArg_UnpackTuple(args, "find_distributions", 0, 1, &context)) {
        return NULL;
    }
    OWN_REF function = PyObject_GetAttrString(self->path_finder, "find_distributions");
    OWN_REF attributes = function && context && answers(self) ? PyObject_GetAttrString(context, "__dict__") : NULL;
    if (!function || (!attributes && PyErr_Occurred())) {
        return NULL;
    }
    if (!attributes || PyMapping_HasKeyString(attributes, "path")) {
        return PyObject_CallObject(function, args);
    }
    OWN_REF changed = PyDict_New();
    OWN_REF empty = PyTuple_New(0);
    if (!changed || !empty || PyDict_Update(changed, attributes) < 0 ||
        PyDict_SetItemString(changed, "path", self->path) < 0) {
        return NULL;
    }
    OWN_REF staged = PyObject_Call((PyObject *)Py_TYPE(context), empty, changed);
    return staged ? PyObject_CallOneArg(function, staged) : NULL;
}

/* Whatever else one asks of it, it is PathFinder. */
static PyObject *finder_getattro(finder_object *self, PyObject *name)
{
    PyObject *value = PyObject_GenericGetAttr((PyObject *)self, name);
    if (value || !PyErr_ExceptionMatches(PyExc_AttributeError)) {
        return value;
    }
    PyErr_Clear();
    return PyObject_GetAttr(self->path_finder, name);
}

static void forget(finder_object *self)
{
    Py_CLEAR(self->path);
    Py_CLEAR(self->missing);
    Py_CLEAR(self->native);
    Py_CLEAR(self->patched);
}

static void finder_dealloc(finder_object *self)
{
    PyTypeObject *type = Py_TYPE(self);
    forget(self);
    Py_CLEAR(self->path_finder);
    Py_CLEAR(self->source_loader);
    Py_CLEAR(self->native_loader);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef finder_methods[] = {
    {"find_spec", (PyCFunction)(void (*)(void))finder_find_spec, METH_VARARGS | METH_KEYWORDS, NULL},
    {"find_distributions", (PyCFunction)finder_find_distributions, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot finder_slots[] = {
    {Py_tp_methods, finder_methods},
    {Py_tp_getattro, finder_getattro},
    {Py_tp_dealloc, finder_dealloc},
    {0, NULL},
};

static PyType_Spec finder_spec = {
    .name = "midflight.StagedPathFinder",
    .basicsize = sizeof(finder_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = finder_slots,
};

static PyObject *make_object(struct finder *finder, PyObject *path)
{
    static PyTypeObject *type; /* owned, made once: a type more each time would show in object.__subclasses__() */
    OWN_REF machinery = PyImport_ImportModule("_frozen_importlib_external");
    if (machinery && !type) {
        type = (PyTypeObject *)PyType_FromSpec(&finder_spec);
    }
    OWN_REF object = machinery && type ? PyType_GenericAlloc(type, 0) : NULL;
    if (!object) {
        return NULL;
    }
    finder_object *self = (finder_object *)object;
    self->path = Py_NewRef(path);
    self->missing = Py_NewRef(finder->missing);
    self->native = Py_NewRef(finder->native);
    self->patched = Py_NewRef(finder->patched);
    self->path_finder = PyObject_GetAttrString(machinery, "PathFinder");
    self->source_loader = self->path_finder ? PyObject_GetAttrString(machinery, "SourceFileLoader") : NULL;
    self->native_loader = self->source_loader ? PyObject_GetAttrString(machinery, "ExtensionFileLoader") : NULL;
    return self->native_loader ? STEAL(object) : NULL;
}

/* A copy of list with every `from` replaced by `to`. */
static PyObject *exchanged(PyObject *list, PyObject *from, PyObject *to)
{
    OWN_REF copy = PySequence_List(list);
    for (Py_ssize_t i = 0; copy && i < PyList_GET_SIZE(copy); i++) {
        if (PyList_GET_ITEM(copy, i) == from && PyList_SetItem(copy, i, Py_NewRef(to)) < 0) {
            return NULL;
        }
    }
    return STEAL(copy);
}

/* What importlib.invalidate_caches does, without importing anything: every finder reads its folder again. */
static int refresh(void)
{
    PyObject *cache = sys_get("path_importer_cache");
    OWN_REF entries = cache ? PyMapping_Items(cache) : NULL;
    for (Py_ssize_t i = 0; entries && i < PyList_GET_SIZE(entries); i++) {
        PyObject *entry = PyList_GET_ITEM(entries, i);
        PyObject *key = PyTuple_GET_ITEM(entry, 0);
        PyObject *finder = PyTuple_GET_ITEM(entry, 1);
        if (finder == Py_None) {
            if (PyObject_DelItem(cache, key) < 0) {
                PyErr_Clear();
            }
            continue;
        }
        OWN_REF done = PyObject_CallMethod(finder, "invalidate_caches", NULL);
        if (!done) {
            PyErr_Clear();
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

int finder_begin(struct finder *finder, PyObject *path)
{
    PyObject *meta_path = sys_get("meta_path");
    if (!meta_path || !PyList_Check(meta_path)) {
        if (!short_of_memory()) {
            PyErr_SetString(PyExc_RuntimeError, "sys.meta_path is no list");
        }
        return -1;
    }
    PyObject *sys = dict_get(PyImport_GetModuleDict(), "sys");
    if (!sys || !PyModule_Check(sys)) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_RuntimeError, "sys is not in sys.modules");
        }
        return -1;
    }
    finder->meta_path = Py_NewRef(meta_path);
    finder->space = Py_NewRef(PyModule_GetDict(sys));
    finder->name = PyUnicode_InternFromString("meta_path");
    finder->missing = PySet_New(NULL);
    finder->native = PyList_New(0);
    finder->patched = PyList_New(0);
    bool made = finder->name && finder->missing && finder->native && finder->patched;
    finder->object = made ? make_object(finder, path) : NULL;
    if (!finder->object || refresh() < 0) {
        return -1;
    }
    PyObject *path_finder = ((finder_object *)finder->object)->path_finder;
    if (PySequence_Contains(meta_path, path_finder) != 1) {
        PyErr_SetString(PyExc_RuntimeError, "importlib's PathFinder is not on sys.meta_path");
        return -1;
    }
    OWN_REF used = exchanged(meta_path, path_finder, finder->object);
    if (!used || PyDict_SetItem(finder->space, finder->name, used) < 0) {
        return -1;
    }
    finder->used = STEAL(used);
    return 0;
}

/* Loaders that were found and never asked for their code. */
static void unpatch(PyObject *patched)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(patched); i++) {
        if (PyObject_DelAttrString(PyList_GET_ITEM(patched, i), "get_code") < 0) {
            PyErr_Clear();
        }
    }
}

static bool same_list(PyObject *a, PyObject *b)
{
    Py_ssize_t n = PyList_GET_SIZE(a);
    bool same = n == PyList_GET_SIZE(b);
    for (Py_ssize_t i = 0; same && i < n; i++) {
        same = PyList_GET_ITEM(a, i) == PyList_GET_ITEM(b, i);
    }
    return same;
}

/* The old list is in its place again, and nobody has the finder any more. Allocates nothing, unless somebody has
 * deleted sys.meta_path. */
static int leave(struct finder *finder)
{
    finder_object *self = (finder_object *)finder->object;
    OWN_REF current = Py_XNewRef(PyDict_GetItemWithError(finder->space, finder->name));
    if (PyDict_SetItem(finder->space, finder->name, finder->meta_path) < 0) {
        return -1;
    }
    bool list = current && PyList_Check(current);
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(current); i++) {
        if (PyList_GET_ITEM(current, i) == finder->object) {
            (void)PyList_SetItem(current, i, Py_NewRef(self->path_finder)); /* the place is there */
        }
    }
    Py_SETREF(finder->used, list ? STEAL(current) : Py_NewRef(finder->meta_path));
    unpatch(finder->patched);
    forget(self);
    return 0;
}

int finder_end(struct finder *finder)
{
    PyObject *list = finder->meta_path;
    if (!finder->used) {
        return 0;
    }
    if (((finder_object *)finder->object)->path && leave(finder) < 0) {
        return -1;
    }
    if (!same_list(finder->used, list) && PyList_SetSlice(list, 0, PyList_GET_SIZE(list), finder->used) < 0) {
        return -1;
    }
    Py_CLEAR(finder->used);
    return 0;
}

void finder_release(struct finder *finder)
{
    Py_CLEAR(finder->object);
    Py_CLEAR(finder->meta_path);
    Py_CLEAR(finder->used);
    Py_CLEAR(finder->space);
    Py_CLEAR(finder->name);
    Py_CLEAR(finder->missing);
    Py_CLEAR(finder->native);
    Py_CLEAR(finder->patched);
}
