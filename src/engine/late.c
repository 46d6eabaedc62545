/* _frozen_importlib._find_spec is looked up each time a module that is not loaded yet is searched for. The function in
 * its place asks three things about the name: is it a module of an install that is kept, is that install what is
 * loaded, and does the disk have something else by now? Only then the answer is the kept file; in all other cases the
 * import system goes its way, and nothing that the program can see was changed.
 *
 * "Is loaded" is asked of the nearest loaded package above the name, or for a name without one of the other modules of
 * the install. A module that was loaded before and was taken out of sys.modules is imported anew on purpose: from the
 * disk. A file that came into the old package's folder after its files were looked at, and is none of them, is not seen
 * by the old version.
 *
 * Between the answer "it is on disk as it was" and the reading of the file an installer may take it away, or put
 * another one there. So the same is asked again when the import system has looked, and once more of a loader that it
 * made for such a file, when that has its code, before that runs.
 *
 * Must not: answer the thread that stages, or importlib.reload; those want the new version. */
#include "engine/late.h"

#include "compat/modules.h"
#include "engine/base.h"
#include "engine/kept.h"
#include "engine/portions.h"

#include "base/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static PyObject *original; /* owned for ever: importlib's own _find_spec */

/* The record of a loaded module: NULL when it is not loaded, or another module stands there now. Borrowed. */
static PyObject *record_of(PyObject *name)
{
    PyObject *record = PyDict_GetItemWithError(base_records(), name);
    PyObject *module = record ? modules_loaded(name) : NULL;
    return module && module == PyTuple_GET_ITEM(record, BASE_MODULE) ? record : NULL;
}

/* Any loaded module of the install. */
static bool has_loaded(const struct keep *keep)
{
    PyObject *name, *record;
    Py_ssize_t position = 0;
    while (PyDict_Next(base_records(), &position, &name, &record)) {
        if (kept_is_owner(keep, record) && record_of(name)) {
            return true;
        }
    }
    return false;
}

/* The record of the nearest package above that belongs to a distribution. Borrowed; NULL: none, or with *ret_unknown
 * one that is being imported at this moment. */
static PyObject *record_above(PyObject *name, bool *ret_unknown)
{
    OWN_REF at = Py_NewRef(name);
    *ret_unknown = false;
    for (;;) {
        Py_ssize_t dot = PyUnicode_FindChar(at, '.', 0, PyUnicode_GET_LENGTH(at), -1);
        if (dot < 0) {
            return NULL;
        }
        Py_SETREF(at, PyUnicode_Substring(at, 0, dot));
        PyObject *record = at ? record_of(at) : NULL;
        if (!at || (!record && modules_loaded(at))) {
            *ret_unknown = true;
            return NULL;
        }
        if (record && PyTuple_GET_ITEM(record, BASE_OWNER) != Py_None) {
            return record;
        }
    }
}

static bool is_of_loaded(const struct keep *keep, PyObject *name)
{
    bool unknown;
    PyObject *before = PyDict_GetItemWithError(base_records(), name);
    if (before && kept_is_owner(keep, before)) {
        return false;
    }
    PyObject *above = record_above(name, &unknown);
    return !unknown && (above ? kept_is_owner(keep, above) : has_loaded(keep));
}

static bool has_top(const struct keep *keep, const char *name)
{
    size_t length = strcspn(name, ".");
    for (size_t i = 0; i < keep->entry->n_tops; i++) {
        const char *top = keep->entry->tops[i].name;
        if (strncmp(top, name, length) == 0 && (top[length] == '\0' || top[length] == '.')) {
            return true;
        }
    }
    return false;
}

/* ---- the answer ---- */

static PyObject *spec_of_file(PyObject *name, const char *path)
{
    OWN_REF external = PyImport_ImportModule("_frozen_importlib_external");
    OWN_REF location = external ? PyUnicode_DecodeFSDefault(path) : NULL;
    return location ? PyObject_CallMethod(external, "spec_from_file_location", "OO", name, location) : NULL;
}

/* What lies in a kept egg is zipimport's to find, in the folder that the name says. */
static PyObject *spec_in_archive(PyObject *name, const char *text, const char *archive)
{
    const char *last = strrchr(text, '.');
    struct strbuf path;
    strbuf_init(&path);
    int failed = strbuf_add_string(&path, archive);
    failed = failed < 0 || !last ? failed : strbuf_add_char(&path, '/');
    for (const char *at = text; failed >= 0 && last && at < last; at++) {
        failed = strbuf_add_char(&path, *at == '.' ? '/' : *at);
    }
    OWN_REF zipimport = failed < 0 ? PyErr_NoMemory() : PyImport_ImportModule("zipimport");
    OWN_REF place = zipimport ? PyUnicode_DecodeFSDefault(path.data) : NULL;
    OWN_REF importer = place ? PyObject_CallMethod(zipimport, "zipimporter", "O", place) : NULL;
    strbuf_release(&path);
    return importer ? PyObject_CallMethod(importer, "find_spec", "O", name) : NULL;
}

/* A folder without an __init__ of its own, in which the install has modules. */
static PyObject *spec_of_folder(PyObject *name, const char *path)
{
    OWN_REF importlib = PyImport_ImportModule("_frozen_importlib");
    OWN_REF type = importlib ? PyObject_GetAttrString(importlib, "ModuleSpec") : NULL;
    OWN_REF location = type ? PyUnicode_DecodeFSDefault(path) : NULL;
    OWN_REF spec = location ? PyObject_CallFunction(type, "OO", name, Py_None) : NULL;
    OWN_REF folders = spec ? PyList_New(0) : NULL;
    if (!folders || PyList_Append(folders, location) < 0 ||
        PyObject_SetAttrString(spec, "submodule_search_locations", folders) < 0) {
        return NULL;
    }
    return STEAL(spec);
}

/* Some file of the install that lies in the folder of that module name, or NULL. */
static const struct vault_file *file_below(const struct vault_entry *entry, const char *module)
{
    size_t length = strlen(module);
    for (size_t i = 0; i < entry->n_files; i++) {
        const struct vault_file *file = &entry->files[i];
        if (file->module && file->inode && !(file->flags & DISK_FILE_TREE) &&
            strncmp(file->module, module, length) == 0 && file->module[length] == '.') {
            return file;
        }
    }
    return NULL;
}

/* The path of the kept file, or of the folder of that module name which it lies in. 1, 0 not kept, -1 memory. */
static int kept_path(const struct keep *keep, const struct vault_file *file, const char *folder, struct strbuf *path)
{
    int failed = vault_file_path(keeper_vault(), keep->entry, file, path);
    if (failed < 0) {
        return failed == -ENOMEM ? -1 : 0;
    }
    if (folder) {
        size_t above = 1;
        for (const char *dot = folder; (dot = strchr(dot, '.')); dot++) {
            above++;
        }
        char *at = path->data + strlen(keep->entry->dir);
        for (; above && at; above--) {
            at = strchr(at + 1, '/');
        }
        strbuf_truncate(path, at ? (size_t)(at - path->data) : path->length);
    }
    return 1;
}

/* The spec of the kept file; NULL with or without an exception: without, the import system is to look. */
static PyObject *spec_from(const struct keep *keep, PyObject *name, const char *text)
{
    const struct vault_file *file = vault_find_module(keep->entry, text);
    const struct vault_file *below = file ? NULL : file_below(keep->entry, text);
    const struct vault_file *shown = file ? file : below;
    if (!shown || !vault_file_moved(keep->entry, shown) || !is_of_loaded(keep, name)) {
        return NULL;
    }
    struct strbuf path;
    strbuf_init(&path);
    kept_hold(); /* making a spec is Python code */
    int there = kept_path(keep, shown, file ? NULL : text, &path);
    OWN_REF spec = there <= 0             ? (there < 0 ? PyErr_NoMemory() : NULL)
                   : !file                ? spec_of_folder(name, path.data)
                   : keep->entry->archive ? spec_in_archive(name, text, keep->entry->dir)
                                          : spec_of_file(name, path.data);
    OWN_REF folders = spec && !file ? PyObject_GetAttrString(spec, "submodule_search_locations") : NULL;
    int failed = spec && !file ? (folders ? portions_note(keep, folders) : -1) : 0;
    kept_release();
    strbuf_release(&path);
    return failed < 0 ? NULL : STEAL(spec);
}

/* ---- what the old version does not have ---- */

/* Where a spec points: the file, or the first folder. New reference or NULL without an exception. */
static PyObject *location_of(PyObject *spec)
{
    OWN_REF origin = PyObject_GetAttrString(spec, "origin");
    if (origin && PyUnicode_Check(origin)) {
        return STEAL(origin);
    }
    OWN_REF folders = origin ? PyObject_GetAttrString(spec, "submodule_search_locations") : NULL;
    OWN_REF first = folders && folders != Py_None ? PySequence_GetItem(folders, 0) : NULL;
    PyErr_Clear();
    return first && PyUnicode_Check(first) ? STEAL(first) : NULL;
}

/* Is the name one in the folder of that install, and the install replaced by now? */
static bool may_be_newer(const struct keep *keep, PyObject *name)
{
    const struct vault_entry *entry = keep->entry;
    bool unknown;
    PyObject *above = entry->record && vault_file_moved(entry, entry->record) ? record_above(name, &unknown) : NULL;
    return above && kept_is_owner(keep, above);
}

/* Did what was found come into the folder of the loaded install after that was looked at? */
static bool is_newer(const struct keep *keep, const char *path)
{
    struct stat st;
    const struct vault_entry *entry = keep->entry;
    size_t length = strlen(entry->root);
    return strncmp(path, entry->root, length) == 0 && path[length] == '/' && !vault_find_path(entry, path) &&
           stat(path, &st) == 0 && file_ctime_ns(&st) > entry->taken_ns;
}

/* ---- the hook ---- */

static bool is_ready(const struct keep *keep, const char *text)
{
    return atomic_load_explicit(&keep->state, memory_order_acquire) == KEEP_DONE && has_top(keep, text);
}

/* Is the name that of a module that came after what is loaded? `path`: where it was found; NULL: wherever. */
static bool find_newer(PyObject *name, const char *text, const char *path)
{
    for (const struct keep *keep = kept_first(); keep; keep = keep->next) {
        if (is_ready(keep, text) && !vault_find_module(keep->entry, text) && may_be_newer(keep, name) &&
            (!path || is_newer(keep, path))) {
            return true;
        }
    }
    return false;
}

/* The import system's answer, unless only the new version has that. The spec may be anybody's, so that asking it runs
 * code; what is kept may be others afterwards. */
static PyObject *without_newer(PyObject *name, const char *text, PyObject *spec)
{
    OWN_REF mine = spec;
    bool ask = text && spec && spec != Py_None && find_newer(name, text, NULL);
    OWN_REF location = ask ? location_of(spec) : NULL;
    const char *path = location ? PyUnicode_AsUTF8(location) : NULL;
    bool newer = path && find_newer(name, text, path);
    if (spec) {
        PyErr_Clear(); /* no memory to ask: the import system has found it */
    }
    return newer ? Py_NewRef(Py_None) : STEAL(mine);
}

/* The spec of the kept file, if that is to be served; NULL with or without an exception. */
static PyObject *kept_spec(PyObject *name, const char *text)
{
    for (const struct keep *keep = kept_first(); keep; keep = keep->next) {
        PyObject *spec = is_ready(keep, text) ? spec_from(keep, name, text) : NULL;
        if (spec || PyErr_Occurred()) {
            return spec;
        }
    }
    return NULL;
}

/* ---- the code of a file that was there when it was looked for ---- */

#define CODE_HOOK "get_code"

/* The loader's own answer, unless the file was exchanged meanwhile: then that of the kept one. */
static PyObject *get_code(PyObject *loader, PyObject *name)
{
    OWN_REF attributes = PyObject_GenericGetDict(loader, NULL);
    int here = attributes ? PyMapping_HasKeyString(attributes, CODE_HOOK) : 0; /* not when it is called again */
    if (!attributes || (here && PyDict_DelItemString(attributes, CODE_HOOK) < 0)) {
        return NULL;
    }
    PyObject *type, *value, *traceback;
    OWN_REF code = PyObject_CallMethod(loader, CODE_HOOK, "O", name);
    PyErr_Fetch(&type, &value, &traceback);
    const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
    OWN_REF spec = text ? kept_spec(name, text) : NULL;
    OWN_REF kept = spec ? PyObject_GetAttrString(spec, "loader") : NULL;
    if (!kept) {
        PyErr_Clear();
        PyErr_Restore(type, value, traceback);
        return STEAL(code);
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return PyObject_CallMethod(kept, CODE_HOOK, "O", name);
}

static PyMethodDef code_hook = {CODE_HOOK, get_code, METH_O,
                                "get_code(fullname)\n--\n\nThe loader's own, asked once by midflight."};

/* Is the file kept, and the one that was found? */
static bool is_kept(PyObject *name, const char *text)
{
    for (const struct keep *keep = kept_first(); keep; keep = keep->next) {
        if (is_ready(keep, text) && vault_find_module(keep->entry, text) && is_of_loaded(keep, name)) {
            return true;
        }
    }
    return false;
}

/* Has the loader of a kept file ask once more. Failing that, it loads as it would without. */
static void watch_loader(PyObject *name, const char *text, PyObject *spec)
{
    if (!is_kept(name, text)) {
        return;
    }
    OWN_REF external = PyImport_ImportModule("_frozen_importlib_external");
    OWN_REF type = external ? PyObject_GetAttrString(external, "SourceFileLoader") : NULL;
    OWN_REF loader = type ? PyObject_GetAttrString(spec, "loader") : NULL;
    OWN_REF hook = loader && (PyObject *)Py_TYPE(loader) == type ? PyCFunction_New(&code_hook, loader) : NULL;
    if (hook) {
        (void)PyObject_SetAttrString(loader, CODE_HOOK, hook);
    }
    PyErr_Clear();
}

/* The kept spec; of a folder that several distributions may share, with all that the import system finds of that name.
 * Takes `spec`. */
static PyObject *complete(PyObject *spec, PyObject *const *args, size_t n_args)
{
    OWN_REF mine = spec;
    OWN_REF folders = portions_of(mine);
    if (!folders) {
        return PyErr_Occurred() ? NULL : STEAL(mine);
    }
    OWN_REF theirs = PyObject_Vectorcall(original, args, n_args, NULL);
    return theirs && portions_add(mine, theirs) == 0 ? STEAL(mine) : NULL;
}

static PyObject *find_spec(PyObject *self, PyObject *const *args, Py_ssize_t n_args, PyObject *keywords)
{
    (void)self;
    bool ask = kept_first() && n_args == 2 && !keywords && PyUnicode_CheckExact(args[0]) && !modules_view_mine();
    const char *text = ask ? PyUnicode_AsUTF8(args[0]) : NULL;
    if (ask && !text) {
        PyErr_Clear(); /* a name that is no UTF-8 is in no list of files */
    }
    OWN_REF kept = text ? kept_spec(args[0], text) : NULL;
    if (kept || PyErr_Occurred()) {
        return kept ? complete(STEAL(kept), args, (size_t)n_args) : NULL;
    }
    OWN_REF spec = without_newer(args[0], text, PyObject_Vectorcall(original, args, (size_t)n_args, keywords));
    OWN_REF gone = text && spec ? kept_spec(args[0], text) : NULL;
    if (gone || !spec || PyErr_Occurred()) {
        return gone ? complete(STEAL(gone), args, (size_t)n_args) : NULL;
    }
    if (text && spec != Py_None) {
        watch_loader(args[0], text, spec);
    }
    return STEAL(spec);
}

static PyMethodDef hook = {"_find_spec", (PyCFunction)(void (*)(void))find_spec, METH_FASTCALL | METH_KEYWORDS,
                           "_find_spec(name, path, target=None)\n--\n\nimportlib's function; midflight keeps loaded "
                           "packages in one version."};

/* importlib.util has the function under a name of its own. */
static int replace_in_util(PyObject *ours)
{
    OWN_REF name = PyUnicode_FromString("importlib.util");
    PyObject *util = name ? modules_loaded(name) : NULL;
    OWN_REF theirs = util ? PyObject_GetAttrString(util, hook.ml_name) : NULL;
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_AttributeError)) {
        return -1;
    }
    PyErr_Clear();
    return theirs == original && theirs ? PyObject_SetAttrString(util, hook.ml_name, ours) : 0;
}

int late_start(void)
{
    if (original || !keeper_is_on()) {
        return 0;
    }
    OWN_REF importlib = PyImport_ImportModule("_frozen_importlib");
    OWN_REF theirs = importlib ? PyObject_GetAttrString(importlib, hook.ml_name) : NULL;
    OWN_REF ours = theirs ? PyCFunction_New(&hook, NULL) : NULL;
    if (!ours) {
        return -1;
    }
    original = Py_NewRef(theirs);
    return PyObject_SetAttrString(importlib, hook.ml_name, ours) < 0 ? -1 : replace_in_util(ours);
}
