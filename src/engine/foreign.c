/* `python -m lib.tool`, runpy and spec_from_file_location load a file of a package as a module of another name, or of
 * none in sys.modules. The package's new version is imported under its own names: nothing there is the partner of what
 * such a file has defined, and whoever reads the report should hear that it stays as it is.
 *
 * It shows in what sys.modules says of a module's file, and in functions whose code is of such a file while they run in
 * a namespace of another name. Earlier versions of the package itself have the package's names, and are not meant. */
#include "engine/foreign.h"

#include "compat/heap.h"
#include "compat/holder.h"
#include "engine/account.h"
#include "engine/notice.h"

#include <stdlib.h>

struct search {
    struct upgrade *upgrade;
    PyObject *files; /* set of str */
    PyObject *found; /* dict (name, file) -> None */
    struct objects functions;
};

/* ---- the files ---- */

static int add_file(struct search *search, PyObject *path)
{
    return path && PyUnicode_CheckExact(path) ? PySet_Add(search->files, path) : PyErr_Occurred() ? -1 : 0;
}

static int add_installed(struct search *search, PyObject *distribution)
{
    struct disk_site *site;
    struct disk_dist *dist;
    int found = notice_installed(distribution, search->upgrade->path, &site, &dist);
    for (size_t i = 0; found > 0 && i < dist->n_files; i++) {
        OWN_REF path = dist->files[i].module ? PyUnicode_DecodeFSDefault(dist->files[i].path) : NULL;
        if (dist->files[i].module && (!path || add_file(search, path) < 0)) {
            return -1;
        }
    }
    return found < 0 ? -1 : 0;
}

static int collect_files(struct search *search)
{
    PyObject *name, *value;
    for (Py_ssize_t i = 0; PyDict_Next(search->upgrade->old_modules, &i, &name, &value);) {
        if (PyModule_Check(value) && add_file(search, dict_get(PyModule_GetDict(value), "__file__")) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; PyDict_Next(search->upgrade->installed, &i, &name, &value);) {
        if (add_installed(search, name) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- who has them ---- */

/* The name in such a namespace, if it is none of the package's own. Borrowed or NULL. */
static PyObject *foreign_name(const struct search *search, PyObject *namespace)
{
    PyObject *name = dict_get(namespace, "__name__");
    bool foreign = name && PyUnicode_CheckExact(name) && !PyDict_Contains(search->upgrade->old_modules, name);
    return foreign ? name : NULL;
}

static int add_found(struct search *search, PyObject *name, PyObject *file)
{
    OWN_REF pair = PyTuple_Pack(2, name, file);
    return pair ? PyDict_SetItem(search->found, pair, Py_None) : -1;
}

static int search_modules(struct search *search)
{
    PyObject *name, *module;
    for (Py_ssize_t i = 0; PyDict_Next(PyImport_GetModuleDict(), &i, &name, &module);) {
        PyObject *dict = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
        PyObject *file = dict ? dict_get(dict, "__file__") : NULL, *own = file ? foreign_name(search, dict) : NULL;
        int of_package = own && PyUnicode_CheckExact(file) ? PySet_Contains(search->files, file) : 0;
        if (of_package < 0 || PyErr_Occurred() || (of_package && add_found(search, own, file) < 0)) {
            return -1;
        }
    }
    return 0;
}

static unsigned is_function(PyObject *object, void *arg)
{
    (void)arg;
    return PyFunction_Check(object);
}

static int visit_function(PyObject *object, unsigned flags, Py_ssize_t count, void *arg)
{
    (void)flags, (void)count;
    struct search *search = arg;
    PyObject *file = ((PyCodeObject *)PyFunction_GET_CODE(object))->co_filename;
    bool foreign = PySet_Contains(search->files, file) == 1 && foreign_name(search, PyFunction_GET_GLOBALS(object));
    return foreign ? objects_add(&search->functions, object) : 0;
}

static int search_functions(struct search *search)
{
    const struct holder_sweep sweep = {NULL, is_function, visit_function, search};
    int failed = holder_sweep_heap(&sweep);
    for (size_t i = 0; !failed && i < search->functions.n; i++) {
        PyObject *function = search->functions.items[i];
        PyObject *name = foreign_name(search, PyFunction_GET_GLOBALS(function));
        failed = name ? add_found(search, name, ((PyCodeObject *)PyFunction_GET_CODE(function))->co_filename) : 0;
    }
    return failed || PyErr_Occurred() ? -1 : 0;
}

/* Without collections, and so without anybody's code, what is borrowed stays. */
static int search_all(struct search *search)
{
    bool before = heap_forbid_collection();
    int failed = search_modules(search) < 0 || search_functions(search) < 0 ? -1 : 0;
    heap_allow_collection(before);
    return failed;
}

static int tell(struct search *search)
{
    PyObject *pair, *nothing;
    for (Py_ssize_t i = 0; PyDict_Next(search->found, &i, &pair, &nothing);) {
        OWN_REF note = PyUnicode_FromFormat("%U was loaded from %U, under a name that is not the package's own: it "
                                            "keeps the code that it has",
                                            PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
        if (!note || PyList_Append(search->upgrade->notes, note) < 0) {
            return -1;
        }
    }
    return 0;
}

int foreign_note(struct upgrade *upgrade)
{
    OWN_REF files = PySet_New(NULL);
    OWN_REF found = files ? PyDict_New() : NULL;
    struct search search = {.upgrade = upgrade, .files = files, .found = found};
    int failed = !found || collect_files(&search) < 0 || search_all(&search) < 0 || tell(&search) < 0;
    free(search.functions.items);
    return failed ? -1 : 0;
}
