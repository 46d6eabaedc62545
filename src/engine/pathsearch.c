/* A search along a path, as the import system makes it, that leaves no trace in the process.
 *
 * PathFinder keeps a finder for each folder in sys.path_importer_cache, and each of those what it saw in its folder.
 * Everybody shares these. A search for the new version would put its folders there, and what it finds there may be
 * older than the install. So it has finders of its own, made by the same sys.path_hooks, which are gone with it.
 *
 * Must not: import anything, or keep a finder beyond the search (after the flip everybody's finders find the same). */
#include "engine/pathsearch.h"

#include <sys/stat.h>

int pathsearch_begin(struct pathsearch *search)
{
    OWN_REF external = PyImport_ImportModule("_frozen_importlib_external");
    OWN_REF core = external ? PyImport_ImportModule("_frozen_importlib") : NULL;
    search->path_finder = core ? PyObject_GetAttrString(external, "PathFinder") : NULL;
    search->namespace = search->path_finder ? PyObject_GetAttrString(external, "_NamespacePath") : NULL;
    search->new_spec = search->namespace ? PyObject_GetAttrString(core, "ModuleSpec") : NULL;
    search->cache = search->new_spec ? PyDict_New() : NULL;
    return search->cache ? 0 : -1;
}

/* The working directory, for the entry "". None when it is gone. New reference. */
static PyObject *working_directory(void)
{
    OWN_REF posix = PyImport_ImportModule("posix");
    OWN_REF folder = posix ? PyObject_CallMethod(posix, "getcwd", NULL) : NULL;
    if (!folder && PyErr_ExceptionMatches(PyExc_FileNotFoundError)) {
        PyErr_Clear();
        return Py_NewRef(Py_None);
    }
    return STEAL(folder);
}

/* zipimport remembers an archive's directory by its path: one that was written anew at the same path is another. A
 * finder that has no such method remembers nothing. */
static int look_again(PyObject *finder)
{
    if (finder == Py_None) {
        return 0;
    }
    OWN_REF invalidate = PyObject_GetAttrString(finder, "invalidate_caches");
    if (!invalidate && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        return 0;
    }
    OWN_REF done = invalidate ? PyObject_CallNoArgs(invalidate) : NULL;
    return done ? 0 : -1;
}

/* The finder for an entry, or None. New reference. */
static PyObject *finder_of(struct pathsearch *search, PyObject *entry)
{
    OWN_REF folder = PyUnicode_GET_LENGTH(entry) ? Py_NewRef(entry) : working_directory();
    if (!folder || folder == Py_None) {
        return STEAL(folder);
    }
    PyObject *known = PyDict_GetItemWithError(search->cache, folder);
    if (known || PyErr_Occurred()) {
        return Py_XNewRef(known);
    }
    OWN_REF finder = PyObject_CallMethod(search->path_finder, "_path_hooks", "O", folder);
    if (!finder || look_again(finder) < 0) {
        return NULL;
    }
    return PyDict_SetItem(search->cache, folder, finder) == 0 ? STEAL(finder) : NULL;
}

/* Asks one entry's finder. The spec, if it has a loader; else None, and the portions of a namespace package that it
 * names are appended. New reference. */
static PyObject *ask(PyObject *path_finder, PyObject *finder, PyObject *name, PyObject *target, PyObject *portions)
{
    OWN_REF find = PyObject_GetAttrString(finder, "find_spec");
    if (!find && !PyErr_ExceptionMatches(PyExc_AttributeError)) {
        return NULL;
    }
    PyErr_Clear(); /* 3.11 still knows finders without */
    OWN_REF spec = find ? PyObject_CallFunction(find, "OO", name, target)
                        : PyObject_CallMethod(path_finder, "_legacy_get_spec", "OO", name, finder);
    OWN_REF loader = spec && spec != Py_None ? PyObject_GetAttrString(spec, "loader") : NULL;
    if (!loader || loader != Py_None) {
        return PyErr_Occurred() ? NULL : STEAL(spec);
    }
    OWN_REF found = PyObject_GetAttrString(spec, "submodule_search_locations");
    if (!found) {
        return NULL;
    }
    if (found == Py_None) {
        PyErr_SetString(PyExc_ImportError, "spec missing loader");
        return NULL;
    }
    Py_ssize_t end = PyList_GET_SIZE(portions);
    OWN_REF list = listed(found);
    return list && PyList_SetSlice(portions, end, end, list) == 0 ? Py_NewRef(Py_None) : NULL;
}

/* The spec of a namespace package, as PathFinder makes it. */
static PyObject *namespace_spec(struct pathsearch *search, PyObject *name, PyObject *portions)
{
    OWN_REF recompute = PyObject_GetAttrString(search->path_finder, "_get_spec");
    OWN_REF spec = recompute ? PyObject_CallFunction(search->new_spec, "OO", name, Py_None) : NULL;
    OWN_REF path = spec ? PyObject_CallFunction(search->namespace, "OOO", name, portions, recompute) : NULL;
    return path && PyObject_SetAttrString(spec, "submodule_search_locations", path) == 0 ? STEAL(spec) : NULL;
}

PyObject *pathsearch_find(struct pathsearch *search, PyObject *name, PyObject *path, PyObject *target)
{
    OWN_REF portions = PyList_New(0);
    for (Py_ssize_t i = 0; portions && i < PyList_GET_SIZE(path); i++) {
        PyObject *entry = PyList_GET_ITEM(path, i);
        if (!PyUnicode_Check(entry)) {
            continue;
        }
        OWN_REF finder = finder_of(search, entry);
        OWN_REF spec = !finder             ? NULL
                       : finder == Py_None ? Py_NewRef(Py_None)
                                           : ask(search->path_finder, finder, name, target, portions);
        if (!spec || spec != Py_None) {
            return STEAL(spec);
        }
    }
    if (!portions || !PyList_GET_SIZE(portions)) {
        return portions ? Py_NewRef(Py_None) : NULL;
    }
    return namespace_spec(search, name, portions);
}

/* A folder's finder for what is a file now, or the reverse: an egg may be either. */
static bool of_another_kind(PyObject *entry, PyObject *finder)
{
    struct stat status;
    const char *path = PyUnicode_Check(entry) ? PyUnicode_AsUTF8(entry) : NULL;
    if (!path || stat(path, &status) < 0) {
        PyErr_Clear();
        return false;
    }
    bool archive = PyObject_HasAttrString(finder, "archive");
    return S_ISREG(status.st_mode) ? !archive : archive;
}

int pathsearch_refresh(void)
{
    PyObject *cache = sys_get("path_importer_cache");
    OWN_REF entries = cache ? PyMapping_Items(cache) : NULL;
    for (Py_ssize_t i = 0; entries && i < PyList_GET_SIZE(entries); i++) {
        PyObject *entry = PyList_GET_ITEM(entries, i);
        PyObject *key = PyTuple_GET_ITEM(entry, 0);
        PyObject *finder = PyTuple_GET_ITEM(entry, 1);
        if (finder == Py_None || of_another_kind(key, finder)) {
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

void pathsearch_release(struct pathsearch *search)
{
    Py_CLEAR(search->path_finder);
    Py_CLEAR(search->new_spec);
    Py_CLEAR(search->namespace);
    Py_CLEAR(search->cache);
}
