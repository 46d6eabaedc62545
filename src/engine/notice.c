/* Answers from the disk room, remembered. One cache of scanned site directories, renewed when one of them changed:
 * looked at are also the files that are written in place (.pth files, RECORD), once for each import or call that asks.
 * An import asks whose its files are: then only the distributions that may own them are looked at again.
 *
 * Invariant: what a module's record says was read when the module was loaded, or the record says that it was late.
 * Must not: import anything, or trust names of directories. */
#include "engine/notice.h"

#include "engine/base.h"
#include "engine/kept.h"
#include "engine/owner.h"
#include "disk/hint.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static _Thread_local bool staging;

bool notice_is_staging(void)
{
    return staging;
}

void notice_set_staging(bool now)
{
    staging = now;
}

/* ---- which .pth files count ---- */

/* Does the code, or code in it, use this name? 1, 0, -1. */
static int mentions(PyObject *code, PyObject *name)
{
    int found = PySequence_Contains(((PyCodeObject *)code)->co_names, name);
    PyObject *constants = ((PyCodeObject *)code)->co_consts;
    for (Py_ssize_t i = 0; found == 0 && i < PyTuple_GET_SIZE(constants); i++) {
        PyObject *constant = PyTuple_GET_ITEM(constants, i);
        found = PyCode_Check(constant) ? mentions(constant, name) : 0;
    }
    return found;
}

/* Does the code have this constant? */
static bool holds(PyObject *code, const char *text)
{
    PyObject *constants = ((PyCodeObject *)code)->co_consts;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); i++) {
        PyObject *constant = PyTuple_GET_ITEM(constants, i);
        if (PyUnicode_Check(constant) && PyUnicode_CompareWithASCIIString(constant, text) == 0) {
            return true;
        }
    }
    return false;
}

/* Releases differ in how they read .pth files. The functions that do it are asked: only those that skip hidden files
 * look at how a name starts, only those that split text into lines by themselves decode it as "utf-8-sig". Without the
 * site module nobody reads any. -1 with an exception set. */
int notice_scan_flags(void)
{
    static int known = -1; /* once the site module was there */
    if (known >= 0) {
        return known;
    }
    PyObject *site = dict_get(PyImport_GetModuleDict(), "site");
    PyObject *reader = site && PyModule_Check(site) ? dict_get(PyModule_GetDict(site), "addsitedir") : NULL;
    OWN_REF name = reader ? PyUnicode_FromString("startswith") : NULL;
    if (!name || !PyFunction_Check(reader)) {
        return PyErr_Occurred() ? -1 : DISK_SCAN_SHALLOW;
    }
    int skips = mentions(PyFunction_GET_CODE(reader), name);
    PyObject *package = skips < 0 ? NULL : dict_get(PyModule_GetDict(site), "addpackage");
    bool modern = package && PyFunction_Check(package) && holds(PyFunction_GET_CODE(package), "utf-8-sig");
    return skips < 0
               ? -1
               : (known = DISK_SCAN_SHALLOW | (skips ? 0 : DISK_SCAN_HIDDEN_PTH) | (modern ? 0 : DISK_SCAN_OLD_PTH));
}

/* ---- the cache of site directories; the GIL guards it ---- */

/* A distribution has modules whose names begin so, and is not named like that. */
struct top {
    struct top *next;
    size_t dist;
    char name[];
};

struct site_entry {
    struct disk_site site;
    bool checked;    /* compared with the disk since notice_look_again, all of it */
    unsigned listed; /* the round in which its listing was */
    bool editable;   /* may it have editable installs? As of this round: */
    unsigned asked_editable;
    bool sure_of_editable;   /* or as of any */
    struct disk_hint *hints; /* owned array, one for each distribution; NULL: none was needed yet */
    unsigned *looked;        /* owned array: the round in which a distribution was compared with the disk; or NULL */
    struct top *tops;        /* owned: */
    char *dir;               /* owned */
    struct site_entry *next;
};

static struct site_entry *sites;
static unsigned round_of_looks = 1; /* counts notice_look_again */

static void entry_free(struct site_entry *entry)
{
    for (struct top *top; (top = entry->tops);) {
        entry->tops = top->next;
        free(top);
    }
    disk_site_release(&entry->site);
    free(entry->hints);
    free(entry->looked);
    free(entry->dir);
    free(entry);
}

/* Is this entry of sys.path an egg? Then it is a place that a site directory switched on, not a site directory. */
static bool is_egg(const char *dir)
{
    size_t length = strlen(dir);
    return length > 4 && strcmp(dir + length - 4, ".egg") == 0;
}

/* A new entry for the directory, first in the row. NULL with or without an exception: without, it cannot be read. */
static struct site_entry *add_site(const char *dir)
{
    struct stat status;
    int flags = notice_scan_flags();
    if (flags < 0 || stat(dir, &status) < 0 || !(S_ISDIR(status.st_mode) || (S_ISREG(status.st_mode) && is_egg(dir)))) {
        return NULL;
    }
    struct disk_error error;
    struct site_entry *entry = calloc(1, sizeof *entry);
    int failed =
        entry && (entry->dir = strdup(dir)) ? disk_scan_site(dir, (unsigned)flags, &entry->site, &error) : -ENOMEM;
    if (failed < 0) {
        if (entry) {
            free(entry->dir);
        }
        free(entry);
        if (failed == -ENOMEM) {
            PyErr_NoMemory();
        }
        return NULL;
    }
    entry->next = sites;
    return sites = entry;
}

/* The link to the directory's entry; to NULL: it was not scanned. */
static struct site_entry **find_site(const char *dir)
{
    struct site_entry **link = &sites;
    while (*link && strcmp((*link)->dir, dir) != 0) {
        link = &(*link)->next;
    }
    return link;
}

static void drop_site(struct site_entry **link)
{
    struct site_entry *entry = *link;
    *link = entry->next;
    entry_free(entry);
}

/* The scanned directory; scanned (again) when it changed. NULL as add_site. */
static struct site_entry *entry_get(const char *dir)
{
    struct site_entry **link = find_site(dir), *entry = *link;
    if (entry && !entry->checked && !disk_site_unchanged(&entry->site)) {
        drop_site(link);
        entry = NULL;
    }
    entry = entry ? entry : add_site(dir);
    if (entry) {
        entry->checked = true;
        entry->listed = round_of_looks;
    }
    return entry;
}

/* The same, but its distributions may have changed: is_same asks. */
static struct site_entry *entry_listed(const char *dir)
{
    struct site_entry **link = find_site(dir), *entry = *link;
    if (entry && entry->listed != round_of_looks && !disk_site_same_listing(&entry->site)) {
        drop_site(link);
        entry = NULL;
    }
    entry = entry ? entry : add_site(dir);
    if (entry) {
        entry->listed = round_of_looks;
    }
    return entry;
}

/* Is the distribution what the disk has, as far as it was read? */
static bool is_same(struct site_entry *entry, const struct disk_dist *dist)
{
    size_t at = (size_t)(dist - entry->site.dists);
    if (entry->checked) {
        return true;
    }
    if (!entry->looked && !(entry->looked = calloc(entry->site.n_dists, sizeof *entry->looked))) {
        return disk_dist_unchanged(dist);
    }
    if (entry->looked[at] != round_of_looks && disk_dist_unchanged(dist)) {
        entry->looked[at] = round_of_looks;
    }
    return entry->looked[at] == round_of_looks;
}

static struct disk_site *site_get(const char *dir)
{
    struct site_entry *entry = entry_get(dir);
    return entry ? &entry->site : NULL;
}

void notice_look_again(void)
{
    for (struct site_entry *entry = sites; entry; entry = entry->next) {
        entry->checked = false;
    }
    round_of_looks += round_of_looks == UINT_MAX ? 2 : 1; /* never 0 */
}

void notice_refresh(void)
{
    while (sites) {
        struct site_entry *entry = sites;
        sites = entry->next;
        entry_free(entry);
    }
}

/* ---- facts about one module ---- */

PyObject *notice_origin(PyObject *module)
{
    PyObject *dict = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
    PyObject *file = dict ? dict_get(dict, "__file__") : NULL;
    if (PyErr_Occurred()) {
        return NULL;
    }
    return Py_NewRef(file && PyUnicode_CheckExact(file) && PyUnicode_GET_LENGTH(file) ? file : Py_None);
}

PyObject *notice_stamp(PyObject *path)
{
    const char *name = path == Py_None ? NULL : PyUnicode_AsUTF8(path);
    struct stat status;
    if (!name || stat(name, &status) < 0) {
        if (short_of_memory()) {
            return NULL;
        }
        PyErr_Clear(); /* a name that is no UTF-8 names no file we know */
        Py_RETURN_NONE;
    }
    long long mtime = status.st_mtim.tv_sec * 1000000000ll + status.st_mtim.tv_nsec;
    long long ctime = status.st_ctim.tv_sec * 1000000000ll + status.st_ctim.tv_nsec;
    return Py_BuildValue("(KLLL)", (unsigned long long)status.st_ino, (long long)status.st_size, mtime, ctime);
}

PyObject *notice_identity(const struct disk_dist *dist)
{
    return Py_BuildValue("(ssy#)", dist->name, dist->version, (const char *)dist->identity.content,
                         (Py_ssize_t)sizeof dist->identity.content);
}

/* May this distribution's RECORD list the path (disk/hint.h)? */
static bool may_list(struct site_entry *entry, size_t at, const char *relative)
{
    const struct disk_dist *dist = &entry->site.dists[at];
    const char *base = strrchr(entry->site.dir, '/');
    char name[4096];
    if ((dist->parts & (DISK_PART_FILES | DISK_PART_TAKEN)) || dist->kind != DISK_WHEEL || !base || !base[1] ||
        (size_t)snprintf(name, sizeof name, "%s/RECORD", dist->metadata_dir) >= sizeof name ||
        strpbrk(relative, "\",")) {
        return true;
    }
    if (!entry->hints && !(entry->hints = calloc(entry->site.n_dists, sizeof *entry->hints))) {
        return true;
    }
    return disk_hint_may_list(&entry->hints[at], name, base + 1, relative, round_of_looks);
}

/* Reads what the distribution's files are. False: it cannot be read; with an exception set only for lack of memory. */
static bool load(struct disk_dist *dist)
{
    struct disk_error error;
    int failed = disk_dist_load(dist, &error);
    if (failed == -ENOMEM) {
        PyErr_NoMemory();
    }
    return failed == 0;
}

/* The first part of a path, or "" when it is too long. */
static void first_part(const char *below, char *ret_top, size_t size)
{
    size_t length = strcspn(below, "/.");
    length = length < size ? length : 0;
    memcpy(ret_top, below, length);
    ret_top[length] = '\0';
}

/* The distribution that most probably has modules of this name, or NULL. */
static struct disk_dist *likely_owner(const struct site_entry *entry, const char *top)
{
    const struct top *known = entry->tops;
    while (known && strcmp(known->name, top) != 0) {
        known = known->next;
    }
    return known ? &entry->site.dists[known->dist] : disk_site_find(&entry->site, top);
}

/* For lack of memory it is not remembered. */
static void note_top(struct site_entry *entry, const char *top, const struct disk_dist *dist)
{
    struct top *known = *top ? malloc(sizeof *known + strlen(top) + 1) : NULL;
    if (known) {
        *known = (struct top){entry->tops, (size_t)(dist - entry->site.dists)};
        strcpy(known->name, top);
        entry->tops = known;
    }
}

/* Reads what its files are, as far as must be at an import. The same. */
static bool take(struct disk_dist *dist)
{
    struct disk_error error;
    int failed = disk_dist_take(dist, &error);
    if (failed == -ENOMEM) {
        PyErr_NoMemory();
    }
    return failed == 0;
}

/* Does the distribution list the file? 1, 0; -1: it is not any more what the disk has. */
static int lists(struct site_entry *entry, struct disk_dist *dist, const char *path)
{
    return !is_same(entry, dist) ? -1 : take(dist) && disk_dist_lists(dist, path);
}

/* The distribution of one site directory that lists the file. First the one named like the first part of the path: most
 * are. 1; 0: none, with or without an exception; -1: the directory has to be scanned again. */
static int owner_in(struct site_entry *entry, const char *path, struct disk_dist **ret_dist)
{
    struct disk_site *site = &entry->site;
    const char *below = path + strlen(site->dir) + 1;
    char top[256];
    first_part(below, top, sizeof top);
    struct disk_dist *likely = *top ? likely_owner(entry, top) : NULL;
    int found = likely ? lists(entry, likely, path) : 0;
    *ret_dist = likely;
    for (size_t i = 0; i < site->n_dists && !found && !PyErr_Occurred(); i++) {
        struct disk_dist *dist = &site->dists[i];
        found = dist != likely && dist->active && may_list(entry, i, below) ? lists(entry, dist, path) : 0;
        if (found > 0) {
            note_top(entry, top, dist);
            *ret_dist = dist;
        }
    }
    return found;
}

/* The distribution of the directory that lists the file. NULL with or without an exception. */
static struct disk_dist *owner_below(const char *dir, const char *path)
{
    struct disk_dist *dist;
    struct site_entry *entry = entry_listed(dir);
    int found = entry ? owner_in(entry, path, &dist) : 0;
    if (found < 0) {
        entry = entry_get(dir); /* scans it again: something has changed */
        found = entry ? owner_in(entry, path, &dist) : 0;
    }
    return found > 0 ? dist : NULL;
}

#define AT_REST_NS 60000000000ll /* an installer that is at work changes the directory more often than that */

static bool is_at_rest(const struct disk_site *site)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - site->stamp.ctime_ns > AT_REST_NS;
}

/* Most sites have none, and the standard library's modules ask as well: so once, or while somebody may be installing
 * one once in a round. */
static bool has_editable(struct site_entry *entry)
{
    if (entry->asked_editable != round_of_looks && !entry->sure_of_editable) {
        entry->asked_editable = round_of_looks;
        entry->editable = disk_site_may_have_editable(&entry->site);
        entry->sure_of_editable = is_at_rest(&entry->site);
    }
    return entry->editable;
}

/* A file that lies below no distribution's directory may be in the tree of an editable install. Only site directories
 * have those. NULL with or without an exception. */
static struct disk_dist *editable_owner(PyObject *search, const char *path)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(search); i++) {
        PyObject *entry = PyList_GET_ITEM(search, i);
        const char *dir = PyUnicode_Check(entry) ? PyUnicode_AsUTF8(entry) : NULL;
        size_t length = dir ? strlen(dir) : 0;
        bool packages = length > 9 && strcmp(dir + length - 9, "-packages") == 0;
        struct site_entry *site = packages ? entry_get(dir) : NULL;
        struct disk_dist *dist = site && has_editable(site) ? disk_site_find_editable(&site->site, path) : NULL;
        if (dist || short_of_memory()) {
            return dist;
        }
        PyErr_Clear();
    }
    return NULL;
}

PyObject *notice_owner(PyObject *path, bool keep)
{
    const char *name = path == Py_None ? NULL : PyUnicode_AsUTF8(path);
    PyObject *search = sys_get("path");
    if (short_of_memory()) {
        return NULL;
    }
    const struct keep *kept = name ? kept_at(name) : NULL;
    if (kept) {
        return kept_identity(kept); /* imported late: the disk has another version by now */
    }
    for (Py_ssize_t i = 0; name && search && PyList_Check(search) && i < PyList_GET_SIZE(search); i++) {
        PyObject *entry = PyList_GET_ITEM(search, i);
        const char *dir = PyUnicode_Check(entry) ? PyUnicode_AsUTF8(entry) : NULL;
        size_t length = dir ? strlen(dir) : 0;
        if (!length || strncmp(name, dir, length) != 0 || name[length] != '/') {
            if (short_of_memory()) {
                return NULL;
            }
            PyErr_Clear(); /* an entry that is no UTF-8 */
            continue;
        }
        struct disk_dist *dist = owner_below(dir, name);
        if (dist) {
            return keep && kept_want(dist) < 0 ? NULL : owner_of(dist);
        }
        if (PyErr_Occurred()) {
            return NULL;
        }
    }
    struct disk_dist *dist = name && search && PyList_Check(search) ? editable_owner(search, name) : NULL;
    if (dist || PyErr_Occurred()) {
        return !dist || (keep && kept_want(dist) < 0) ? NULL : owner_of(dist);
    }
    Py_RETURN_NONE;
}

PyObject *notice_canonical(PyObject *name)
{
    OWN_REF lower = PyObject_CallMethod(name, "lower", NULL);
    const char *text = lower ? PyUnicode_AsUTF8(lower) : NULL;
    char *out = text ? PyMem_Malloc(strlen(text) + 1) : NULL;
    if (!out) {
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    size_t n = 0;
    for (const char *at = text; *at; at++) {
        bool separator = *at == '-' || *at == '_' || *at == '.';
        if (!separator || (n && out[n - 1] != '-')) {
            out[n++] = separator ? '-' : *at;
        }
    }
    PyObject *canonical = PyUnicode_FromStringAndSize(out, (Py_ssize_t)n);
    PyMem_Free(out);
    return canonical;
}

int notice_site(const char *dir, struct disk_site **ret_site)
{
    struct disk_site *site = site_get(dir);
    if (!site) {
        return PyErr_Occurred() ? -1 : 0;
    }
    *ret_site = site;
    return 1;
}

int notice_installed(PyObject *name, PyObject *path, struct disk_site **ret_site, struct disk_dist **ret_dist)
{
    OWN_REF canonical = notice_canonical(name);
    PyObject *search = path ? path : sys_get("path");
    if (!canonical || !search || !PyList_Check(search)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    for (int eggs = 0; eggs < 2; eggs++) {
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(search); i++) {
            PyObject *entry = PyList_GET_ITEM(search, i);
            const char *dir = PyUnicode_Check(entry) ? PyUnicode_AsUTF8(entry) : NULL;
            struct disk_site *site = dir && is_egg(dir) == eggs ? site_get(*dir ? dir : ".") : NULL;
            struct disk_dist *dist = site ? disk_site_find(site, PyUnicode_AsUTF8(canonical)) : NULL;
            if (dist && load(dist)) {
                *ret_site = site;
                *ret_dist = dist;
                return 1;
            }
            if (PyErr_Occurred()) {
                if (PyErr_ExceptionMatches(PyExc_MemoryError)) {
                    return -1;
                }
                PyErr_Clear(); /* an entry that is no UTF-8 */
            }
        }
    }
    return 0;
}

bool notice_will_load(const struct disk_file *file, void *modules)
{
    OWN_REF name = file->module ? PyUnicode_DecodeFSDefault(file->module) : NULL;
    int in = name ? PySequence_Contains(modules, name) : 0;
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return true; /* one hash too many does no harm */
    }
    return in > 0;
}

int64_t notice_path_changed(void)
{
    int64_t latest = 0;
    for (const struct site_entry *entry = sites; entry; entry = entry->next) {
        const struct disk_site *site = &entry->site;
        latest = site->stamp.ctime_ns > latest ? site->stamp.ctime_ns : latest;
        for (size_t i = 0; i < site->n_pths; i++) {
            latest = site->pths[i].stamp.ctime_ns > latest ? site->pths[i].stamp.ctime_ns : latest;
        }
        for (size_t i = 0; i < site->n_leftovers; i++) {
            latest = site->leftovers[i].changed_ns > latest ? site->leftovers[i].changed_ns : latest;
        }
    }
    return latest;
}

PyObject *notice_loaded(void)
{
    OWN_REF loaded = PyDict_New();
    PyObject *name, *record;
    Py_ssize_t position = 0;
    owner_settle();
    while (loaded && PyDict_Next(base_records(), &position, &name, &record)) {
        PyObject *owner = PyTuple_GET_ITEM(record, BASE_OWNER);
        PyObject *live = PyDict_GetItemWithError(PyImport_GetModuleDict(), name);
        if (owner == Py_None || live != PyTuple_GET_ITEM(record, BASE_MODULE)) {
            continue;
        }
        PyObject *dist = PyTuple_GET_ITEM(owner, 0);
        PyObject *entry = PyDict_GetItemWithError(loaded, dist);
        if (!entry) {
            OWN_REF fresh = Py_BuildValue("{s:O,s:O,s:[]}", "version", PyTuple_GET_ITEM(owner, 1), "identity",
                                          PyTuple_GET_ITEM(owner, 2), "modules");
            if (!fresh || PyDict_SetItem(loaded, dist, fresh) < 0) {
                return NULL;
            }
            entry = fresh;
        }
        PyObject *modules = dict_get(entry, "modules");
        if (!modules || PyList_Append(modules, name) < 0) {
            return NULL;
        }
    }
    return STEAL(loaded);
}
