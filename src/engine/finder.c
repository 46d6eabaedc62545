/* A finder that answers by the calling thread.
 *
 * Idea: the functions of importlib's PathFinder have stand-ins while staging runs. Asked by the staging thread they
 * search the new version's path; asked by anybody else they are PathFinder's. So the order of finders is what a fresh
 * process has, and the live sys.meta_path, sys.path, sys.path_importer_cache and every parent's __path__ are not
 * touched.
 *
 * Bytecode: a .pyc is valid for CPython when size and whole seconds of the source's mtime agree, which an upgrade
 * within one second, or with times set back, defeats. It is believed only if it was also written (mtime) after the
 * source came to its place (ctime, which no installer can set). Its own ctime says less: whoever links it, as the vault
 * does, makes that new. Otherwise the loader compiles from source, once, by an instance attribute that removes itself:
 * afterwards loader and spec are what a normal import leaves.
 *
 * Must not: answer for the standard library, or let an extension module be loaded from its file (native.c). */
#include "engine/finder.h"

#include "compat/modules.h"
#include "compat/parents.h"
#include "engine/editables.h"
#include "engine/effects_added.h"
#include "engine/native.h"
#include "engine/pathsearch.h"

#include <string.h>
#include <sys/stat.h>

typedef struct {
    PyObject_HEAD PyObject *path; /* owned list; NULL when staging is over */
    struct pathsearch search;
    PyObject *find_spec;               /* owned: what PathFinder has under that name, a class method */
    PyObject *find_distributions;      /* owned: the function that PathFinder gives under that name */
    PyObject *source_loader;           /* owned: SourceFileLoader */
    PyObject *native_loader;           /* owned: ExtensionFileLoader */
    PyObject *missing, *patched, *own; /* owned, as in struct finder; NULL when staging is over */
    PyObject *native;                  /* borrowed, as in struct finder; NULL when staging is over */
    struct outside *outside;           /* the same */
    PyObject *std_names;               /* the same */
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

/* The view on a package that everybody sees and that the stager looks for a submodule in. A namespace package has the
 * new version's folders first. 0, or -1 with an exception set. */
static int view_parent(finder_object *self, PyObject *name, PyObject *package, bool extend)
{
    OWN_REF file = PyObject_GetAttrString(package, "__file__");
    PyErr_Clear();
    bool namespace = !file || file == Py_None;
    OWN_REF path = extend || namespace ? PyObject_GetAttrString(package, "__path__") : NULL;
    OWN_REF list = path ? listed(path) : NULL;
    OWN_REF extended = list ? extended_path(self, name, list) : NULL;
    PyErr_Clear(); /* no package, or none yet */
    return parents_view(package, extended) < 0 ? -1 : 0;
}

int finder_view_parents(struct finder *finder, PyObject *roots)
{
    finder_object *self = (finder_object *)finder->object;
    OWN_REF names = listed(roots);
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        OWN_REF at = Py_NewRef(PyList_GET_ITEM(names, i));
        for (Py_ssize_t dot; (dot = PyUnicode_FindChar(at, '.', 0, PyUnicode_GET_LENGTH(at), -1)) > 0;) {
            Py_SETREF(at, PyUnicode_Substring(at, 0, dot));
            OWN_REF package = at ? live_module(at) : NULL;
            if (!at || (package && view_parent(self, at, package, true) < 0)) {
                return -1;
            }
        }
    }
    return names ? 0 : -1;
}

/* Where the stager looks for a submodule: in its parent's __path__, as the stager sees it. A parent that everybody sees
 * gets a view now at the latest: what is found will be bound in it. */
static PyObject *submodule_path(finder_object *self, PyObject *name, PyObject *path)
{
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), -1);
    OWN_REF parent = dot < 0 ? NULL : PyUnicode_Substring(name, 0, dot);
    OWN_REF package = parent ? live_module(parent) : NULL;
    if (package && !parents_viewed(package)) {
        if (view_parent(self, parent, package, false) < 0) {
            return NULL;
        }
        OWN_REF seen = PyObject_GetAttrString(package, "__path__");
        return seen ? listed(seen) : NULL;
    }
    return dot >= 0 && !parent ? NULL : listed(path);
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
    return later(&cached_status.st_ctim, &source_status.st_ctim) &&
           later(&cached_status.st_mtim, &source_status.st_ctim);
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

/* Stands for the exec_module of a loader of the standard library, once. self: tuple (loader, finder object). */
static PyObject *exec_standard(PyObject *self, PyObject *module)
{
    PyObject *loader = PyTuple_GET_ITEM(self, 0);
    finder_object *finder = (finder_object *)PyTuple_GET_ITEM(self, 1);
    OWN_REF done = PyObject_DelAttrString(loader, "exec_module") < 0
                       ? NULL
                       : PyObject_CallMethod(loader, "exec_module", "O", module);
    bool noted = !done || !finder->outside ||
                 (outside_add_late(finder->outside, module) == 0 && effects_added_late(finder->std_names, module) == 0);
    return noted ? STEAL(done) : NULL;
}

static PyMethodDef exec_standard_method = {"exec_module", exec_standard, METH_O, NULL};

/* A module of the standard library that the stager is the first to import is everybody's; what staged code then puts
 * into it has to be told from what it has itself. */
static int prepare_standard(finder_object *self, PyObject *spec)
{
    OWN_REF loader = PyObject_GetAttrString(spec, "loader");
    if (!loader || (PyObject *)Py_TYPE(loader) != self->source_loader) {
        return loader ? 0 : -1;
    }
    OWN_REF both = PyTuple_Pack(2, loader, (PyObject *)self);
    OWN_REF function = both ? PyCFunction_New(&exec_standard_method, both) : NULL;
    return !function || PyList_Append(self->patched, loader) < 0
               ? -1
               : PyObject_SetAttrString(loader, "exec_module", function);
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
        return native_prepare(self->native, name, loader) < 0 ? -1 : PyList_Append(self->patched, loader);
    }
    return 0;
}

/* The spec that the stager is to get. self is asked by the stager. New reference. */
static PyObject *find_staged(finder_object *self, PyObject *name, PyObject *path, PyObject *target)
{
    OWN_REF search = path == Py_None ? Py_NewRef(self->path) : submodule_path(self, name, path);
    OWN_REF spec = search ? pathsearch_find(&self->search, name, search, target) : NULL;
    if (!spec) {
        return NULL;
    }
    if (spec == Py_None && self->own) {
        Py_SETREF(spec, editables_find(self->own, name, path, target));
    }
    if (!spec || !self->path) { /* another thread's import, that staging has not waited for */
        return STEAL(spec);
    }
    int failed = spec == Py_None ? PySet_Add(self->missing, name) : prepare(self, name, spec);
    return failed ? NULL : STEAL(spec);
}

/* Stands in for the class method PathFinder.find_spec: the first argument is the class that was asked. */
static PyObject *find_spec(PyObject *finder, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"cls", "fullname", "path", "target", NULL};
    finder_object *self = (finder_object *)finder;
    PyObject *class, *name, *path = Py_None, *target = Py_None;
    bool standard_asked = false;
    if (answers(self)) {
        if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OU|OO", names, &class, &name, &path, &target)) {
            return NULL;
        }
        int standard = modules_view_standard(name);
        if (standard <= 0) {
            return standard < 0 ? NULL : find_staged(self, name, path, target);
        }
        standard_asked = true;
    }
    PyObject *asked = PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, 0) : self->search.path_finder;
    OWN_REF original = Py_TYPE(self->find_spec)->tp_descr_get(self->find_spec, NULL, asked);
    OWN_REF rest = original ? PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args)) : NULL;
    OWN_REF found = rest ? PyObject_Call(original, rest, kwargs) : NULL;
    bool prepared = found && (!standard_asked || found == Py_None || !self->path || prepare_standard(self, found) == 0);
    return prepared ? STEAL(found) : NULL;
}

/* Stands in for PathFinder.find_distributions, by which importlib.metadata asks: the stager finds those of the new
 * version. */
static PyObject *find_distributions(PyObject *finder, PyObject *args, PyObject *kwargs)
{
    finder_object *self = (finder_object *)finder;
    PyObject *context = PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, 0)
                        : kwargs               ? dict_get(kwargs, "context")
                                               : NULL;
    OWN_REF attributes = context && answers(self) ? PyObject_GetAttrString(context, "__dict__") : NULL;
    if (!attributes && PyErr_Occurred()) {
        return NULL;
    }
    if (!attributes || PyMapping_HasKeyString(attributes, "path")) {
        return PyObject_Call(self->find_distributions, args, kwargs);
    }
    OWN_REF changed = PyDict_New();
    OWN_REF empty = PyTuple_New(0);
    if (!changed || !empty || PyDict_Update(changed, attributes) < 0 ||
        PyDict_SetItemString(changed, "path", self->path) < 0) {
        return NULL;
    }
    OWN_REF staged = PyObject_Call((PyObject *)Py_TYPE(context), empty, changed);
    return staged ? PyObject_CallOneArg(self->find_distributions, staged) : NULL;
}

static void forget(finder_object *self)
{
    Py_CLEAR(self->path);
    Py_CLEAR(self->missing);
    Py_CLEAR(self->patched);
    Py_CLEAR(self->own);
    self->native = NULL;
    self->outside = NULL;
    self->std_names = NULL;
}

static void finder_dealloc(finder_object *self)
{
    PyTypeObject *type = Py_TYPE(self);
    forget(self);
    pathsearch_release(&self->search);
    Py_CLEAR(self->find_spec);
    Py_CLEAR(self->find_distributions);
    Py_CLEAR(self->source_loader);
    Py_CLEAR(self->native_loader);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot finder_slots[] = {{Py_tp_dealloc, finder_dealloc}, {0, NULL}};

static PyType_Spec finder_spec = {
    .name = "midflight.StagedFinder",
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
    self->native = finder->native;
    self->outside = finder->outside;
    self->std_names = finder->std_names;
    self->patched = Py_NewRef(finder->patched);
    self->own = Py_XNewRef(finder->own);
    self->source_loader = PyObject_GetAttrString(machinery, "SourceFileLoader");
    self->native_loader = self->source_loader ? PyObject_GetAttrString(machinery, "ExtensionFileLoader") : NULL;
    return self->native_loader && pathsearch_begin(&self->search) == 0 ? STEAL(object) : NULL;
}

/* What a class has of its own under this name. New reference. */
static PyObject *own(PyObject *class, PyObject *name)
{
    PyObject *value = PyDict_GetItemWithError(((PyTypeObject *)class)->tp_dict, name);
    if (!value && !PyErr_Occurred()) {
        PyErr_Format(PyExc_RuntimeError, "importlib's PathFinder has no %U", name);
    }
    return Py_XNewRef(value);
}

static PyMethodDef find_spec_method = {"find_spec", (PyCFunction)(void (*)(void))find_spec,
                                       METH_VARARGS | METH_KEYWORDS, NULL};
static PyMethodDef find_distributions_method = {"find_distributions", (PyCFunction)(void (*)(void))find_distributions,
                                                METH_VARARGS | METH_KEYWORDS, NULL};

static int stand_in(struct finder *finder)
{
    finder_object *self = (finder_object *)finder->object;
    PyObject *class = self->search.path_finder;
    OWN_REF spec_name = PyUnicode_InternFromString("find_spec");
    OWN_REF distributions_name = PyUnicode_InternFromString("find_distributions");
    self->find_spec = spec_name && distributions_name ? own(class, spec_name) : NULL;
    OWN_REF spec = self->find_spec ? PyCFunction_New(&find_spec_method, finder->object) : NULL;
    OWN_REF bound_spec = spec ? PyClassMethod_New(spec) : NULL;
    if (!bound_spec || standins_put(&finder->standins, class, spec_name, bound_spec) < 0) {
        return -1;
    }
    self->find_distributions = PyObject_GetAttr(class, distributions_name);
    if (!self->find_distributions && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear(); /* importlib_metadata takes it away and is asked instead */
        return 0;
    }
    OWN_REF distributions =
        self->find_distributions ? PyCFunction_New(&find_distributions_method, finder->object) : NULL;
    OWN_REF bound_distributions = distributions ? PyStaticMethod_New(distributions) : NULL;
    return bound_distributions ? standins_put(&finder->standins, class, distributions_name, bound_distributions) : -1;
}

int finder_begin(struct finder *finder, PyObject *path, PyObject *old_modules)
{
    PyObject *meta_path = sys_get("meta_path");
    if (!meta_path || !PyList_Check(meta_path)) {
        if (!short_of_memory()) {
            PyErr_SetString(PyExc_RuntimeError, "sys.meta_path is no list");
        }
        return -1;
    }
    finder->missing = PySet_New(NULL);
    finder->patched = PyList_New(0);
    finder->object = finder->missing && finder->patched ? make_object(finder, path) : NULL;
    if (!finder->object) {
        return -1;
    }
    int there = PySequence_Contains(meta_path, ((finder_object *)finder->object)->search.path_finder);
    if (there == 0) {
        PyErr_SetString(PyExc_RuntimeError, "importlib's PathFinder is not on sys.meta_path");
    }
    return there == 1 && stand_in(finder) == 0 ? editables_hide(old_modules, &finder->standins) : -1;
}

/* Loaders that were found and never asked. */
static void unpatch(PyObject *patched)
{
    for (Py_ssize_t i = 0; patched && i < PyList_GET_SIZE(patched); i++) {
        PyObject *loader = PyList_GET_ITEM(patched, i);
        if (PyObject_DelAttrString(loader, "get_code") < 0) {
            PyErr_Clear();
        }
        native_leave(loader);
    }
}

void finder_end(struct finder *finder)
{
    standins_end(&finder->standins);
    if (finder->object) {
        unpatch(finder->patched);
        forget((finder_object *)finder->object); /* another thread may be about to ask it */
    }
}

void finder_release(struct finder *finder)
{
    finder_end(finder);
    Py_CLEAR(finder->object);
    Py_CLEAR(finder->missing);
    Py_CLEAR(finder->patched);
}
