/* What a module reads beside itself it finds through __file__, __spec__ or its loader; a file of the old version is to
 * be read by old code. So these say where the old files are, as soon as they are no longer where they were.
 *
 * Each value is exchanged only if it is what the import system put there: a str that is the path of a file of the
 * install, a list of folders. New lists take the place of old ones, so that a loop over the old list goes on
 * undisturbed. Must not: touch what the program made of these, or modules that were imported anew since. */
#include "engine/repoint.h"

#include "compat/modules.h"
#include "engine/base.h"
#include "engine/kept.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool is_done(const struct keep *keep)
{
    return atomic_load_explicit(&keep->state, memory_order_acquire) == KEEP_DONE;
}

/* The kept file that stands for this path. New reference; NULL without an exception: none. */
static PyObject *kept_file(const struct keep *keep, PyObject *path)
{
    const char *text = path && PyUnicode_CheckExact(path) ? PyUnicode_AsUTF8(path) : NULL;
    const struct vault_file *file = text ? vault_find_path(keep->entry, text) : NULL;
    struct strbuf buf;
    if (!file || !file->inode) {
        PyErr_Clear();
        return NULL;
    }
    strbuf_init(&buf);
    int failed = vault_file_path(keeper_vault(), keep->entry, file, &buf);
    PyObject *kept = failed == 0 ? PyUnicode_DecodeFSDefault(buf.data) : failed == -ENOMEM ? PyErr_NoMemory() : NULL;
    strbuf_release(&buf);
    return kept;
}

/* The kept folder that stands for a folder of the install. As kept_file. */
static PyObject *kept_folder(const struct keep *keep, PyObject *path)
{
    struct stat st;
    struct strbuf buf;
    const char *text = PyUnicode_CheckExact(path) ? PyUnicode_AsUTF8(path) : NULL;
    strbuf_init(&buf);
    int failed = text ? vault_folder_path(keep->entry, text, &buf) : -ENOENT;
    PyErr_Clear();
    bool there = failed == 0 && (keep->entry->archive || (stat(buf.data, &st) == 0 && S_ISDIR(st.st_mode)));
    PyObject *kept = there ? PyUnicode_DecodeFSDefault(buf.data) : failed == -ENOMEM ? PyErr_NoMemory() : NULL;
    strbuf_release(&buf);
    return kept;
}

/* The list with kept folders in the place of the install's. NULL without an exception: nothing to exchange. */
static PyObject *kept_folders(const struct keep *keep, PyObject *list)
{
    OWN_REF copy = list && PyList_CheckExact(list) ? PyList_GetSlice(list, 0, PyList_GET_SIZE(list)) : NULL;
    bool any = false;
    for (Py_ssize_t i = 0; copy && i < PyList_GET_SIZE(copy); i++) {
        PyObject *kept = kept_folder(keep, PyList_GET_ITEM(copy, i));
        if (PyErr_Occurred()) {
            return NULL;
        }
        any = any || kept;
        if (kept && PyList_SetItem(copy, i, kept) < 0) {
            return NULL;
        }
    }
    return any ? STEAL(copy) : NULL;
}

/* Exchanges an attribute that is the path of a file of the install. */
static int repoint_attribute(const struct keep *keep, PyObject *object, const char *name)
{
    OWN_REF now = PyObject_GetAttrString(object, name);
    PyErr_Clear();
    OWN_REF kept = kept_file(keep, now);
    return kept ? PyObject_SetAttrString(object, name, kept) : PyErr_Occurred() ? -1 : 0;
}

static bool is_importlibs(PyObject *object)
{
    const char *name = Py_TYPE(object)->tp_name;
    static const char *const known[] = {"ModuleSpec", "SourceFileLoader", "SourcelessFileLoader",
                                        "ExtensionFileLoader"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The importer that reads from the kept egg what this one reads from the egg. The old one stays as it is: it may be
 * that of sys.path, which answers for what is installed. New reference; NULL without an exception: it is another
 * loader. */
static PyObject *kept_importer(const struct keep *keep, PyObject *loader)
{
    bool zip = strcmp(Py_TYPE(loader)->tp_name, "zipimporter") == 0;
    OWN_REF archive = zip ? PyObject_GetAttrString(loader, "archive") : NULL;
    OWN_REF prefix = archive ? PyObject_GetAttrString(loader, "prefix") : NULL;
    OWN_REF root = prefix ? PyUnicode_DecodeFSDefault(keep->entry->root) : NULL;
    bool ours = root && PyUnicode_Check(archive) && PyUnicode_Check(prefix) && PyUnicode_Compare(archive, root) == 0;
    OWN_REF dir = ours ? PyUnicode_DecodeFSDefault(keep->entry->dir) : NULL;
    OWN_REF place = dir ? PyUnicode_FromFormat("%U/%U", dir, prefix) : NULL;
    OWN_REF zipimport = place ? PyImport_ImportModule("zipimport") : NULL;
    return zipimport ? PyObject_CallMethod(zipimport, "zipimporter", "O", place) : NULL;
}

static int repoint_importer(const struct keep *keep, PyObject *dict, PyObject *spec, PyObject *loader)
{
    OWN_REF now = kept_importer(keep, loader);
    if (!now) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF of_spec = spec && is_importlibs(spec) ? PyObject_GetAttrString(spec, "loader") : NULL;
    bool same = of_spec == loader;
    PyErr_Clear();
    return same && PyObject_SetAttrString(spec, "loader", now) < 0 ? -1 : PyDict_SetItemString(dict, "__loader__", now);
}

static int repoint_spec(const struct keep *keep, PyObject *dict, PyObject *folders)
{
    PyObject *spec = dict_get(dict, "__spec__"), *loader = dict_get(dict, "__loader__");
    OWN_REF held_spec = Py_XNewRef(spec);
    OWN_REF held_loader = Py_XNewRef(loader);
    if (spec && is_importlibs(spec)) {
        if (repoint_attribute(keep, spec, "origin") < 0 || PyObject_SetAttrString(spec, "cached", Py_None) < 0 ||
            (folders && PyObject_SetAttrString(spec, "submodule_search_locations", folders) < 0)) {
            return -1;
        }
    }
    if (loader && keep->entry->archive) {
        return repoint_importer(keep, dict, spec, loader);
    }
    return loader && is_importlibs(loader) ? repoint_attribute(keep, loader, "path") : 0;
}

static int repoint_module(const struct keep *keep, PyObject *module)
{
    PyObject *dict = PyModule_GetDict(module);
    OWN_REF file = kept_file(keep, dict_get(dict, "__file__"));
    if (!file) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF folders = kept_folders(keep, dict_get(dict, "__path__"));
    if (PyErr_Occurred() || repoint_spec(keep, dict, folders) < 0 ||
        (folders && PyDict_SetItemString(dict, "__path__", folders) < 0)) {
        return -1;
    }
    return PyDict_SetItemString(dict, "__file__", file);
}

/* Has the disk another install, or none, where this one was? */
static bool is_gone(const struct keep *keep)
{
    const struct vault_entry *entry = keep->entry;
    for (size_t i = 0; i < entry->n_files; i++) {
        bool counts = !entry->record || (entry->files[i].flags & DISK_FILE_TREE); /* which no RECORD speaks of */
        if (counts && entry->files[i].inode && vault_file_moved(entry, &entry->files[i])) {
            return true;
        }
    }
    return entry->record && vault_file_moved(entry, entry->record);
}

static int repoint_install(const struct keep *keep)
{
    OWN_REF names = PyDict_Keys(base_records());
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        PyObject *record = PyDict_GetItemWithError(base_records(), name);
        PyObject *module = record && kept_is_owner(keep, record) ? PyTuple_GET_ITEM(record, BASE_MODULE) : NULL;
        OWN_REF held = Py_XNewRef(module);
        if (held && PyModule_Check(held) && modules_loaded(name) == held && repoint_module(keep, held) < 0) {
            return -1;
        }
    }
    return names ? 0 : -1;
}

int repoint_all(void)
{
    int failed = 0;
    kept_hold(); /* setting an attribute of a spec is Python code */
    for (const struct keep *keep = kept_first(); failed == 0 && keep; keep = keep->next) {
        failed = is_done(keep) && is_gone(keep) ? repoint_install(keep) : 0;
    }
    kept_release();
    return failed;
}

PyObject *repoint_path(PyObject *path)
{
    const char *text = PyUnicode_CheckExact(path) ? PyUnicode_AsUTF8(path) : NULL;
    PyErr_Clear();
    for (const struct keep *keep = text ? kept_first() : NULL; keep; keep = keep->next) {
        const struct vault_file *file =
            is_done(keep) && !keep->entry->archive ? vault_find_path(keep->entry, text) : NULL;
        if (file && file->inode && vault_file_moved(keep->entry, file) && kept_is_loaded(keep)) {
            OWN_REF kept = kept_file(keep, path);
            if (kept || PyErr_Occurred()) {
                return STEAL(kept);
            }
        }
    }
    Py_RETURN_NONE;
}
