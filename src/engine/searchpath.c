/* base, theirs and ours: what site gave at the start, what it gives now, and the live list.
 *
 * site.main() is never called: it makes all entries absolute, runs every import line again, appends at the wrong end
 * and removes nothing. The model in src/disk does what it does to the list of a fresh interpreter; pathmerge brings the
 * difference into the live list.
 *
 * Where the site directories are is asked of the live site module, which distributions of Python patch. What stands
 * before the first of them in sys.path at the start (PYTHONPATH, the standard library, the script's folder) is taken as
 * it is, for both sides.
 *
 * sys.path is rebound, not edited: a thread that is going through the list would miss entries. */
#include "engine/searchpath.h"

#include "disk/pathmerge.h"
#include "engine/notice.h"
#include "engine/pathsearch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct sitepath base;  /* owned; what site gave the last time that the live list followed */
static PyObject *before;      /* owned list of bytes: what stood before the first site directory */
static PyObject *noted_lines; /* owned set of (file, text) */

/* ---- lists of paths ---- */

/* The bytes that the system calls the path by; NULL without an exception when it is no path. New reference. */
static PyObject *encoded(PyObject *entry)
{
    if (!PyUnicode_Check(entry)) {
        return NULL;
    }
    PyObject *bytes = PyUnicode_EncodeFSDefault(entry);
    if (!bytes && !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
    }
    return bytes;
}

/* Pointers into a list of bytes; None gives NULL. malloc'd; NULL with an exception set. */
static const char **pointers(PyObject *list)
{
    Py_ssize_t n = PyList_GET_SIZE(list);
    const char **out = PyMem_Calloc((size_t)n + 1, sizeof *out);
    for (Py_ssize_t i = 0; out && i < n; i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        out[i] = PyBytes_Check(item) ? PyBytes_AS_STRING(item) : NULL;
    }
    return out ? out : (const char **)PyErr_NoMemory();
}

/* ---- where site looks ---- */

/* Appends what site.getsitepackages(*args) gives. */
static int add_site_packages(PyObject *dirs, PyObject *site, PyObject *prefix)
{
    OWN_REF function = PyObject_GetAttrString(site, "getsitepackages");
    OWN_REF found = !function ? NULL
                    : prefix  ? PyObject_CallFunction(function, "[O]", prefix)
                              : PyObject_CallNoArgs(function);
    Py_ssize_t end = PyList_GET_SIZE(dirs);
    return found ? PyList_SetSlice(dirs, end, end, found) : -1;
}

/* The environment's directory comes before the user's, also when it comes again afterwards. */
static int add_environment(PyObject *dirs, PyObject *site)
{
    PyObject *prefix = sys_get("prefix"), *installation = prefix ? sys_get("base_prefix") : NULL;
    int same = installation ? PyObject_RichCompareBool(prefix, installation, Py_EQ) : -1;
    if (same != 0) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return add_site_packages(dirs, site, prefix);
}

static int add_user(PyObject *dirs, PyObject *site)
{
    PyObject *dict = PyModule_GetDict(site);
    PyObject *enabled = dict_get(dict, "ENABLE_USER_SITE");
    PyObject *user = enabled == Py_True ? dict_get(dict, "USER_SITE") : NULL;
    return user && PyUnicode_Check(user) ? PyList_Append(dirs, user) : PyErr_Occurred() ? -1 : 0;
}

/* The directories that site looks at, in its order; none with -S, or when the site module is another one. New list. */
static PyObject *site_dirs(void)
{
    OWN_REF dirs = PyList_New(0);
    PyObject *flags = dirs ? sys_get("flags") : NULL;
    OWN_REF off = flags ? PyObject_GetAttrString(flags, "no_site") : NULL;
    PyObject *site = off ? dict_get(PyImport_GetModuleDict(), "site") : NULL;
    if (PyErr_Occurred() || !off) {
        return NULL;
    }
    bool usable =
        PyObject_IsTrue(off) == 0 && site && PyModule_Check(site) && PyObject_HasAttrString(site, "getsitepackages");
    bool made = !usable || (add_environment(dirs, site) == 0 && add_user(dirs, site) == 0 &&
                            add_site_packages(dirs, site, NULL) == 0);
    return made ? STEAL(dirs) : NULL;
}

struct sites {
    struct disk_site *
        *items; /* owned array of borrowed sites, valid until the next notice_ call that looks at the disk */
    size_t n;
};

static int read_sites(struct sites *ret_sites)
{
    OWN_REF dirs = site_dirs();
    Py_ssize_t n = dirs ? PyList_GET_SIZE(dirs) : 0;
    struct sites sites = {.items = dirs ? PyMem_Calloc((size_t)n + 1, sizeof *sites.items) : NULL};
    if (!sites.items) {
        if (dirs) {
            PyErr_NoMemory();
        }
        return -1;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        OWN_REF dir = encoded(PyList_GET_ITEM(dirs, i));
        int known = dir ? notice_site(PyBytes_AS_STRING(dir), &sites.items[sites.n]) : PyErr_Occurred() ? -1 : 0;
        if (known < 0) {
            PyMem_Free(sites.items);
            return -1;
        }
        sites.n += (size_t)known;
    }
    *ret_sites = sites;
    return 0;
}

/* ---- theirs ---- */

static int model(const struct sites *sites, struct sitepath *ret_path)
{
    const char **first = pointers(before);
    int result = first ? sitepath_model(first, (size_t)PyList_GET_SIZE(before),
                                        (const struct disk_site *const *)sites->items, sites->n, ret_path, NULL)
                       : 0;
    PyMem_Free(first);
    if (result < 0) {
        PyErr_NoMemory();
    }
    return first && result == 0 ? 0 : -1;
}

/* Files that end within a line, or have none, and were written a moment ago. New list. */
static PyObject *being_written(const struct sites *sites)
{
    OWN_REF waiting = PyList_New(0);
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t now_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    for (size_t i = 0; waiting && i < sites->n; i++) {
        for (size_t k = 0; k < sites->items[i]->n_pths; k++) {
            const struct disk_pth *pth = &sites->items[i]->pths[k];
            OWN_REF name = disk_pth_is_being_written(sites->items[i], pth, now_ns, DISK_YOUNG_NS)
                               ? PyUnicode_FromFormat("%s/%s", sites->items[i]->dir, pth->name)
                               : NULL;
            if (PyErr_Occurred() ||
                (name && PySequence_Contains(waiting, name) == 0 && PyList_Append(waiting, name) < 0)) {
                return NULL;
            }
        }
    }
    return STEAL(waiting);
}

int searchpath_read(struct sitepath *ret_now, PyObject **ret_waiting)
{
    struct sites sites;
    if (read_sites(&sites) < 0) {
        return -1;
    }
    OWN_REF waiting = being_written(&sites);
    int result = waiting ? model(&sites, ret_now) : -1;
    PyMem_Free(sites.items);
    if (result == 0) {
        *ret_waiting = STEAL(waiting);
    }
    return result;
}

/* ---- the start ---- */

static bool is_site_dir(const struct sites *sites, const char *entry)
{
    for (size_t i = 0; i < sites->n; i++) {
        if (strcmp(sites->items[i]->dir, entry) == 0) {
            return true;
        }
    }
    return false;
}

static int note_before(const struct sites *sites)
{
    PyObject *path = sys_get("path");
    before = path && PyList_Check(path) ? PyList_New(0) : NULL;
    if (!before) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_RuntimeError, "sys.path is not a list");
        }
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(path); i++) {
        OWN_REF entry = encoded(PyList_GET_ITEM(path, i));
        if (entry && is_site_dir(sites, PyBytes_AS_STRING(entry))) {
            break;
        }
        int known = entry ? PySequence_Contains(before, entry) : PyErr_Occurred() ? -1 : 1;
        if (known < 0 || (!known && PyList_Append(before, entry) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* Entries that a .pth file moved to the front stand there already: they are the model's. */
static int drop_front(const struct sites *sites)
{
    for (size_t i = 0; i < sites->n; i++) {
        for (size_t k = 0; k < sites->items[i]->n_pths; k++) {
            const struct disk_pth *pth = &sites->items[i]->pths[k];
            for (size_t j = 0; j < pth->n_paths; j++) {
                OWN_REF path = pth->paths[j].front ? PyBytes_FromString(pth->paths[j].path) : NULL;
                Py_ssize_t at = path ? PySequence_Index(before, path) : -1;
                if (at >= 0 ? PySequence_DelItem(before, at) < 0 : pth->paths[j].front && !path) {
                    return -1;
                }
                PyErr_Clear(); /* it is not there: ValueError */
            }
        }
    }
    return 0;
}

int searchpath_start(void)
{
    struct sites sites;
    if (before) {
        return 0;
    }
    if (read_sites(&sites) < 0) {
        return -1;
    }
    int result = note_before(&sites) == 0 && drop_front(&sites) == 0 ? model(&sites, &base) : -1;
    PyMem_Free(sites.items);
    noted_lines = result == 0 ? PySet_New(NULL) : NULL;
    OWN_REF lines = noted_lines ? searchpath_import_lines() : NULL;
    for (Py_ssize_t i = 0; lines && i < PyList_GET_SIZE(lines); i++) {
        if (searchpath_note_line(PyList_GET_ITEM(lines, i)) < 0) {
            Py_CLEAR(before);
            return -1;
        }
    }
    if (!lines) {
        Py_CLEAR(before);
    }
    return lines ? 0 : -1;
}

/* ---- ours ---- */

struct merged {
    PyObject *live, *encoded; /* owned lists: the live list as it was, and its bytes (or None) */
    struct pathmerge_entry *entries;
    size_t n;
};

static void merged_release(struct merged *merged)
{
    Py_CLEAR(merged->live);
    Py_CLEAR(merged->encoded);
    free(merged->entries);
}

static int read_live(struct merged *merged)
{
    PyObject *path = sys_get("path");
    if (!path || !PyList_Check(path)) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_RuntimeError, "sys.path is not a list");
        }
        return -1;
    }
    merged->live = PyList_GetSlice(path, 0, PyList_GET_SIZE(path));
    merged->encoded = merged->live ? PyList_New(0) : NULL;
    for (Py_ssize_t i = 0; merged->encoded && i < PyList_GET_SIZE(merged->live); i++) {
        OWN_REF bytes = encoded(PyList_GET_ITEM(merged->live, i));
        if (PyErr_Occurred() || PyList_Append(merged->encoded, bytes ? bytes : Py_None) < 0) {
            return -1;
        }
    }
    return merged->encoded ? 0 : -1;
}

/* Released by the caller, also after an error. */
static int merge(const struct sitepath *now, struct merged *ret_merged)
{
    memset(ret_merged, 0, sizeof *ret_merged);
    const char **ours = read_live(ret_merged) == 0 ? pointers(ret_merged->encoded) : NULL;
    if (!ours) {
        return -1;
    }
    int result = pathmerge(base.entries, base.n, now->entries, now->n, ours, (size_t)PyList_GET_SIZE(ret_merged->live),
                           &ret_merged->entries, &ret_merged->n);
    PyMem_Free(ours);
    if (result < 0) {
        PyErr_NoMemory();
    }
    return result;
}

/* The entry as an object: the live one if it stood there. New reference. */
static PyObject *entry_object(const struct merged *merged, size_t i)
{
    const struct pathmerge_entry *entry = &merged->entries[i];
    return entry->ours != SIZE_MAX ? Py_NewRef(PyList_GET_ITEM(merged->live, (Py_ssize_t)entry->ours))
                                   : PyUnicode_DecodeFSDefault(entry->text);
}

static PyObject *merged_list(const struct merged *merged)
{
    OWN_REF list = PyList_New((Py_ssize_t)merged->n);
    for (size_t i = 0; list && i < merged->n; i++) {
        PyObject *entry = entry_object(merged, i);
        if (!entry) {
            return NULL;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)i, entry);
    }
    return STEAL(list);
}

PyObject *searchpath_merge(const struct sitepath *now)
{
    struct merged merged;
    OWN_REF list = merge(now, &merged) == 0 ? merged_list(&merged) : NULL;
    merged_release(&merged);
    return STEAL(list);
}

PyObject *searchpath_now(void)
{
    struct sitepath now;
    OWN_REF waiting = NULL;
    if (searchpath_read(&now, &waiting) < 0) {
        return NULL;
    }
    OWN_REF list = searchpath_merge(&now);
    sitepath_release(&now);
    return STEAL(list);
}

/* The entries of a list as bytes; those that are no paths are left out. New list. */
static PyObject *encoded_list(PyObject *list)
{
    OWN_REF out = PyList_New(0);
    for (Py_ssize_t i = 0; out && i < PyList_GET_SIZE(list); i++) {
        OWN_REF entry = encoded(PyList_GET_ITEM(list, i));
        int known = entry ? PySequence_Contains(out, entry) : PyErr_Occurred() ? -1 : 1;
        if (known < 0 || (!known && PyList_Append(out, entry) < 0)) {
            return NULL;
        }
    }
    return STEAL(out);
}

int searchpath_reverse(PyObject *before_flip, PyObject *after_flip, struct sitepath *ret_then)
{
    OWN_REF was = encoded_list(before_flip);
    OWN_REF is = was ? encoded_list(after_flip) : NULL;
    const char **from = is ? pointers(is) : NULL, **to = from ? pointers(was) : NULL, **texts = NULL;
    struct pathmerge_entry *entries = NULL;
    size_t n = 0;
    int result = to ? pathmerge(from, (size_t)PyList_GET_SIZE(is), to, (size_t)PyList_GET_SIZE(was), base.entries,
                                base.n, &entries, &n)
                    : 0;
    texts = to && result == 0 ? PyMem_Calloc(n + 1, sizeof *texts) : NULL;
    for (size_t i = 0; texts && i < n; i++) {
        texts[i] = entries[i].text;
    }
    bool made = texts && sitepath_model(texts, n, NULL, 0, ret_then, NULL) == 0;
    if (!made && !PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    free(entries);
    PyMem_Free(from);
    PyMem_Free(to);
    PyMem_Free(texts);
    return made ? 0 : -1;
}

/* What is in `list` and not in `other`, or (common) in both. New list. */
static PyObject *difference(PyObject *list, PyObject *other, bool common)
{
    OWN_REF out = PyList_New(0);
    for (Py_ssize_t i = 0; out && i < PyList_GET_SIZE(list); i++) {
        PyObject *entry = PyList_GET_ITEM(list, i);
        bool there = false; /* by identity or as str: comparing what is no str would run its code */
        for (Py_ssize_t k = 0; k < PyList_GET_SIZE(other) && !there; k++) {
            PyObject *item = PyList_GET_ITEM(other, k);
            there = item == entry ||
                    (PyUnicode_Check(item) && PyUnicode_Check(entry) && PyUnicode_Compare(item, entry) == 0);
        }
        if (there == common && PyList_Append(out, entry) < 0) {
            return NULL;
        }
    }
    return STEAL(out);
}

/* The finders for these entries, and for folders in them, go: an egg that comes back is another one. */
static int forget_finders(PyObject *removed)
{
    PyObject *cache = sys_get("path_importer_cache");
    OWN_REF keys = cache && PyDict_Check(cache) ? PyDict_Keys(cache) : PyList_New(0);
    for (Py_ssize_t i = 0; keys && i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        OWN_REF name = encoded(key);
        for (Py_ssize_t k = 0; name && k < PyList_GET_SIZE(removed); k++) {
            OWN_REF gone = encoded(PyList_GET_ITEM(removed, k));
            size_t n = gone ? strlen(PyBytes_AS_STRING(gone)) : 0;
            const char *text = PyBytes_AS_STRING(name);
            bool below = n && strncmp(text, PyBytes_AS_STRING(gone), n) == 0 && (text[n] == '/' || text[n] == '\0');
            if (below && PyDict_Contains(cache, key) == 1 && PyDict_DelItem(cache, key) < 0) {
                return -1;
            }
        }
        if (PyErr_Occurred()) {
            return -1;
        }
    }
    return keys ? 0 : -1;
}

PyObject *searchpath_apply(struct sitepath *now)
{
    struct merged merged;
    OWN_REF list = merge(now, &merged) == 0 ? merged_list(&merged) : NULL;
    OWN_REF live = Py_XNewRef(merged.live);
    merged_release(&merged);
    OWN_REF added = list ? difference(list, live, false) : NULL;
    OWN_REF removed = added ? difference(live, list, false) : NULL;
    OWN_REF kept = removed ? difference(list, live, true) : NULL;
    OWN_REF change = kept ? PyTuple_Pack(3, added, removed, kept) : NULL;
    bool same = change && PyList_GET_SIZE(live) == PyList_GET_SIZE(list);
    for (Py_ssize_t i = 0; same && i < PyList_GET_SIZE(list); i++) {
        same = PyList_GET_ITEM(list, i) == PyList_GET_ITEM(live, i);
    }
    if (!change || (!same && PySys_SetObject("path", list) < 0) || forget_finders(removed) < 0 ||
        (!same && pathsearch_refresh() < 0)) {
        return NULL;
    }
    sitepath_release(&base);
    base = *now;
    memset(now, 0, sizeof *now);
    return STEAL(change);
}

/* ---- import lines ---- */

static int add_line(PyObject *lines, const struct disk_site *site, const struct disk_pth *pth, size_t i)
{
    OWN_REF dir = PyUnicode_DecodeFSDefault(site->dir);
    OWN_REF name = dir ? PyUnicode_DecodeFSDefault(pth->name) : NULL;
    OWN_REF file = name ? PyUnicode_FromFormat("%U/%U", dir, name) : NULL;
    OWN_REF text = file ? PyUnicode_FromString(pth->imports[i].text) : NULL;
    OWN_REF key = text ? PyTuple_Pack(2, file, text) : NULL;
    int known = key ? PySet_Contains(noted_lines, key) : -1;
    OWN_REF line = known == 0 ? Py_BuildValue("(OIOOO)", file, (unsigned)pth->imports[i].line, text, dir, name) : NULL;
    int listed = line ? PySequence_Contains(lines, line) : known < 0 || !known ? -1 : 1;
    return listed != 0 ? (listed < 0 ? -1 : 0) : PyList_Append(lines, line);
}

PyObject *searchpath_import_lines(void)
{
    struct sites sites;
    if (read_sites(&sites) < 0) {
        return NULL;
    }
    OWN_REF lines = PyList_New(0);
    int result = lines ? 0 : -1;
    for (size_t i = 0; i < sites.n && result == 0; i++) {
        for (size_t k = 0; k < sites.items[i]->n_pths && result == 0; k++) {
            const struct disk_pth *pth = &sites.items[i]->pths[k];
            for (size_t j = 0; j < pth->n_imports && result == 0; j++) {
                result = add_line(lines, sites.items[i], pth, j);
            }
        }
    }
    PyMem_Free(sites.items);
    return result == 0 ? STEAL(lines) : NULL;
}

int searchpath_note_line(PyObject *line)
{
    OWN_REF key = PyTuple_Check(line) && PyTuple_GET_SIZE(line) == 5
                      ? PyTuple_Pack(2, PyTuple_GET_ITEM(line, 0), PyTuple_GET_ITEM(line, 2))
                      : NULL;
    if (!key && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_TypeError, "that is no import line");
    }
    return key ? PySet_Add(noted_lines, key) : -1;
}

int searchpath_note_lines_of(PyObject *names)
{
    OWN_REF lines = PyList_GET_SIZE(names) ? searchpath_import_lines() : PyList_New(0);
    for (Py_ssize_t i = 0; lines && i < PyList_GET_SIZE(lines); i++) {
        PyObject *line = PyList_GET_ITEM(lines, i);
        for (Py_ssize_t k = 0; k < PyList_GET_SIZE(names); k++) {
            int speaks = PyUnicode_Contains(PyTuple_GET_ITEM(line, 2), PyList_GET_ITEM(names, k));
            if (speaks < 0 || (speaks && searchpath_note_line(line) < 0)) {
                return -1;
            }
        }
    }
    return lines ? 0 : -1;
}
