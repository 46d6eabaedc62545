/* What one command of an installer changed is one change: as long as one distribution of it is not ready, none is.
 *
 * Each distribution that differs is judged alone first: its files against its RECORD (disk_dist_ready), those that will
 * be loaded by their hashes. Then all together: what they require is there in a fitting version, what requires them
 * still fits, no installer that can be told by a lock is at work, and nothing has changed for a moment.
 *
 * "Waiting" becomes "broken" when nothing has changed for BROKEN_NS: an installer that stopped half-way looks like one
 * that is at work, except that it never ends. Hashes are counted without the GIL, of a scan that is this call's own.
 * Must not: write, or believe what a file says of itself (rule D6). */
#include "engine/settle.h"

#include "base/strmap.h"
#include "disk/locks.h"
#include "engine/notice.h"
#include "engine/requires.h"
#include "engine/searchpath.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define BROKEN_NS 30000000000ll

enum state { READY, WAITING, BROKEN };

struct settle {
    PyObject *loaded; /* borrowed */
    PyObject *path;   /* borrowed: sys.path as it is to be */
    PyObject *rows;   /* borrowed list of lists [name, loaded, installed, state, cause], while it is worked on */
    int64_t now_ns, changed_ns; /* the latest change of anything that differs */
};

static int64_t clock_ns(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- one distribution ---- */

/* What is asked of the disk without the GIL; nobody else has a part of it. */
struct question {
    const char *dir, *name;        /* borrowed from bytes that the caller holds */
    struct disk_identity identity; /* of what was seen with the GIL */
    unsigned scan_flags;
    struct strmap modules; /* names of those that will be loaded, borrowed likewise */
    struct disk_ready_options options;
    struct disk_reason reason;
    struct disk_error error;
};

static bool will_load(const struct disk_file *file, void *modules)
{
    return file->module && strmap_get(modules, file->module);
}

/* 0 with the reason; -errno with a sentence. */
static int ask(struct question *question)
{
    struct disk_site site;
    int failed = disk_scan_site(question->dir, question->scan_flags, &site, &question->error);
    if (failed < 0) {
        return failed;
    }
    struct disk_dist *dist = disk_site_find(&site, question->name);
    failed = dist ? disk_dist_load(dist, &question->error) : -ENOENT;
    if (!dist || (failed == 0 && !disk_identity_equal(&dist->identity, &question->identity))) {
        failed = -ESTALE;
        snprintf(question->error.text, sizeof question->error.text, "%s was changed while it was looked at",
                 question->name);
    }
    if (failed == 0) {
        failed = disk_dist_ready(&site, dist, &question->options, &question->reason, &question->error);
    }
    disk_site_release(&site);
    return failed < 0 ? failed : 0;
}

/* Fills question->modules; the bytes are appended to `held`. */
static int name_modules(struct question *question, PyObject *modules, PyObject *held)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(modules); i++) {
        OWN_REF name = PyUnicode_EncodeFSDefault(PyList_GET_ITEM(modules, i));
        if (!name && !short_of_memory()) {
            PyErr_Clear(); /* no file has that name */
            continue;
        }
        if (!name || PyList_Append(held, name) < 0) {
            return -1;
        }
        if (strmap_add(&question->modules, PyBytes_AS_STRING(name), question) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

static enum state judge(const struct settle *settle, const struct disk_reason *reason)
{
    bool old = settle->now_ns - reason->changed_ns > BROKEN_NS;
    switch (reason->code) {
    case DISK_READY:
        return READY;
    case DISK_MODIFIED:
        return reason->n_missing ? BROKEN : READY;
    case DISK_HANDMADE:
    case DISK_OPAQUE:
        return BROKEN;
    case DISK_PENDING:
        return WAITING;
    default:
        return old ? BROKEN : WAITING;
    }
}

/* version: None, or a str. */
static int add_row(struct settle *settle, PyObject *name, PyObject *entry, PyObject *version, enum state state,
                   const char *cause)
{
    PyObject *loaded = dict_get(entry, "version");
    OWN_REF text =
        PyUnicode_DecodeUTF8(cause, (Py_ssize_t)strlen(cause), "replace"); /* it names files, and may be cut */
    OWN_REF row = loaded && text ? Py_BuildValue("[OOOiO]", name, loaded, version, (int)state, text) : NULL;
    return row ? PyList_Append(settle->rows, row) : -1;
}

/* Something that was installed is not any more. An installer that takes it away to put another there has just begun. */
static int add_absent(struct settle *settle, PyObject *name, PyObject *entry)
{
    int64_t changed = notice_path_changed();
    bool young = settle->now_ns - changed < DISK_YOUNG_NS;
    settle->changed_ns = changed > settle->changed_ns ? changed : settle->changed_ns;
    return add_row(settle, name, entry, Py_None, young ? WAITING : BROKEN, "it is not installed any more");
}

static int ask_without_gil(struct settle *settle, PyObject *name, PyObject *entry, PyObject *version,
                           struct question *question)
{
    int failed;
    Py_BEGIN_ALLOW_THREADS;
    failed = ask(question);
    Py_END_ALLOW_THREADS;
    if (failed == -ENOMEM) {
        PyErr_NoMemory();
        return -1;
    }
    if (failed < 0) {
        settle->changed_ns = settle->now_ns;
        return add_row(settle, name, entry, version, WAITING, question->error.text);
    }
    const struct disk_reason *reason = &question->reason;
    settle->changed_ns = reason->changed_ns > settle->changed_ns ? reason->changed_ns : settle->changed_ns;
    return add_row(settle, name, entry, version, judge(settle, reason), reason->text);
}

/* site and dist are not to be used after this: other threads may have looked again. */
static int add_changed(struct settle *settle, PyObject *name, PyObject *entry, const struct disk_site *site,
                       const struct disk_dist *dist)
{
    PyObject *modules = dict_get(entry, "modules");
    OWN_REF held = modules ? PyList_New(0) : NULL;
    OWN_REF dir = held ? PyBytes_FromString(site->dir) : NULL;
    OWN_REF own_name = dir ? PyBytes_FromString(dist->name) : NULL;
    OWN_REF version = own_name ? PyUnicode_FromString(dist->version) : NULL;
    int flags = version ? notice_scan_flags() : -1;
    if (flags < 0) {
        return -1;
    }
    struct question question = {.dir = PyBytes_AS_STRING(dir),
                                .name = PyBytes_AS_STRING(own_name),
                                .identity = dist->identity,
                                .scan_flags = (unsigned)flags};
    strmap_init(&question.modules);
    question.options = (struct disk_ready_options){
        .flags = DISK_CHECK_HASHES, .now_ns = settle->now_ns, .will_load = will_load, .arg = &question.modules};
    int failed = name_modules(&question, modules, held);
    failed = failed < 0 ? -1 : ask_without_gil(settle, name, entry, version, &question);
    strmap_release(&question.modules);
    return failed;
}

static int look_at(struct settle *settle, PyObject *name, PyObject *entry)
{
    struct disk_site *site;
    struct disk_dist *dist;
    int found = notice_installed(name, settle->path, &site, &dist);
    if (found <= 0) {
        return found < 0 ? -1 : add_absent(settle, name, entry);
    }
    PyObject *known = dict_get(entry, "identity");
    OWN_REF identity = known ? notice_identity(dist) : NULL;
    int same = identity ? PyObject_RichCompareBool(PyTuple_GET_ITEM(identity, 2), known, Py_EQ) : -1;
    return same ? (same < 0 ? -1 : 0) : add_changed(settle, name, entry, site, dist);
}

/* ---- all together ---- */

static enum state state_of(PyObject *row)
{
    return (enum state)PyLong_AsLong(PyList_GET_ITEM(row, 3));
}

/* A graver state, or a first cause. */
static int mark(PyObject *row, enum state state, PyObject *cause)
{
    if (state_of(row) >= state) {
        return 0;
    }
    OWN_REF number = PyLong_FromLong(state);
    return !number || PyList_SetItem(row, 3, Py_NewRef(number)) < 0 ? -1 : PyList_SetItem(row, 4, Py_NewRef(cause));
}

static int mark_all(struct settle *settle, enum state state, PyObject *cause)
{
    for (Py_ssize_t i = 0; cause && i < PyList_GET_SIZE(settle->rows); i++) {
        if (mark(PyList_GET_ITEM(settle->rows, i), state, cause) < 0) {
            return -1;
        }
    }
    return cause ? 0 : -1;
}

static PyObject *row_of(struct settle *settle, PyObject *name)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(settle->rows); i++) {
        PyObject *row = PyList_GET_ITEM(settle->rows, i);
        if (PyUnicode_Compare(PyList_GET_ITEM(row, 0), name) == 0) {
            return row;
        }
    }
    return NULL;
}

/* The distribution that has the requirement waits, or, if it is as it was, the one that it is about. */
static int not_met(PyObject *of, PyObject *other, PyObject *cause, enum requires_lack lack, void *arg)
{
    struct settle *settle = arg;
    if (lack == REQUIRES_AS_BEFORE) {
        return 0; /* nothing that it could wait for */
    }
    PyObject *own = row_of(settle, of);
    bool old = settle->now_ns - settle->changed_ns > BROKEN_NS;
    return mark(own ? own : row_of(settle, other), old ? BROKEN : WAITING, cause);
}

static int check_requirements(struct settle *settle)
{
    OWN_REF changed = PyDict_New();
    for (Py_ssize_t i = 0; changed && i < PyList_GET_SIZE(settle->rows); i++) {
        if (PyDict_SetItem(changed, PyList_GET_ITEM(PyList_GET_ITEM(settle->rows, i), 0), Py_None) < 0) {
            return -1;
        }
    }
    struct requires requires = {
        .loaded = settle->loaded, .path = settle->path, .changed = changed, .broken = not_met, .arg = settle};
    return changed ? requires_check(&requires) : -1;
}

static int check_installers(struct settle *settle)
{
    PyObject *prefix = sys_get("prefix");
    const char *text = prefix && PyUnicode_Check(prefix) ? PyUnicode_AsUTF8(prefix) : NULL;
    for (Py_ssize_t i = 0; text && i < PyList_GET_SIZE(settle->rows); i++) {
        struct disk_site *site;
        struct disk_dist *dist;
        int found = notice_installed(PyList_GET_ITEM(PyList_GET_ITEM(settle->rows, i), 0), settle->path, &site, &dist);
        const char *installer = found < 0 ? NULL : disk_installer_at_work(text, found ? dist->root : "");
        if (found < 0) {
            return -1;
        }
        if (installer) {
            OWN_REF cause = PyUnicode_FromFormat("%s is at work: it has its lock", installer);
            return mark_all(settle, WAITING, cause);
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

static int check_quiet(struct settle *settle)
{
    int64_t path = notice_path_changed();
    int64_t quiet = settle->now_ns - (path > settle->changed_ns ? path : settle->changed_ns);
    if (quiet >= DISK_QUIET_NS) {
        return 0;
    }
    OWN_REF cause = PyUnicode_FromFormat("it was changed %lld ms ago", (long long)(quiet > 0 ? quiet / 1000000 : 0));
    return mark_all(settle, WAITING, cause);
}

/* What belongs together goes together. A broken one that nobody waits for holds up nothing. */
static int check_others(struct settle *settle)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(settle->rows); i++) {
        PyObject *row = PyList_GET_ITEM(settle->rows, i);
        if (state_of(row) == WAITING) {
            OWN_REF cause = PyUnicode_FromFormat("%U, changed by the same command perhaps, is not ready: %U",
                                                 PyList_GET_ITEM(row, 0), PyList_GET_ITEM(row, 4));
            return mark_all(settle, WAITING, cause);
        }
    }
    return 0;
}

/* The rows as tuples, states as words. */
static PyObject *answer(struct settle *settle)
{
    static const char *const words[] = {[READY] = "ready", [WAITING] = "waiting", [BROKEN] = "broken"};
    OWN_REF rows = PyList_New(0);
    for (Py_ssize_t i = 0; rows && i < PyList_GET_SIZE(settle->rows); i++) {
        PyObject *row = PyList_GET_ITEM(settle->rows, i);
        OWN_REF done = Py_BuildValue("(OOOsO)", PyList_GET_ITEM(row, 0), PyList_GET_ITEM(row, 1),
                                     PyList_GET_ITEM(row, 2), words[state_of(row)], PyList_GET_ITEM(row, 4));
        if (!done || PyList_Append(rows, done) < 0) {
            return NULL;
        }
    }
    return rows && PyList_Sort(rows) == 0 ? STEAL(rows) : NULL;
}

PyObject *settle_changes(void)
{
    notice_refresh();
    OWN_REF loaded = notice_loaded();
    OWN_REF path = loaded ? searchpath_now() : NULL;
    OWN_REF rows = path ? PyList_New(0) : NULL;
    struct settle settle = {.loaded = loaded, .path = path, .rows = rows, .now_ns = clock_ns()};
    PyObject *name, *entry;
    Py_ssize_t position = 0;
    while (rows && PyDict_Next(loaded, &position, &name, &entry)) {
        if (look_at(&settle, name, entry) < 0) {
            return NULL;
        }
    }
    if (!rows || (PyList_GET_SIZE(rows) && (check_requirements(&settle) < 0 || check_installers(&settle) < 0 ||
                                            check_quiet(&settle) < 0 || check_others(&settle) < 0))) {
        return NULL;
    }
    return answer(&settle);
}
