/* A list, because there are as many entries as loaded distributions, and it is asked only when something is imported
 * that is not loaded yet.
 *
 * Invariant: an entry stands for one install, told by content and by the metadata directory's inode and ctime. */
#include "engine/kept.h"

#include "compat/modules.h"
#include "disk/taken.h"
#include "engine/base.h"
#include "engine/former.h"
#include "engine/owner.h"
#include "engine/watch.h"

#include <stdlib.h>
#include <string.h>

static struct keep *list;
static unsigned held; /* by all threads, and by this one */
static _Thread_local unsigned mine;
static bool unsettled; /* kept_settle was called meanwhile */

const struct keep *kept_first(void)
{
    return list;
}

/* Is it this install? By content, and by inode and time of the metadata directory. */
static bool is_of(const struct keep *keep, const struct disk_dist *dist)
{
    if (strcmp(keep->metadata_dir, dist->metadata_dir) != 0) {
        return false;
    }
    if (keep->taken && dist->taken) {
        return taken_equal(keep->taken, dist->taken);
    }
    if (!keep->taken && dist->parts & DISK_PART_FILES) {
        return disk_identity_equal(&keep->entry->identity, &dist->identity);
    }
    const struct disk_taken *taken = keep->taken ? keep->taken : dist->taken;
    const struct disk_identity *identity = keep->taken ? &dist->identity : &keep->entry->identity;
    uint8_t content[sizeof identity->content];
    taken_digest(taken, content);
    return memcmp(content, identity->content, sizeof content) == 0 && taken->dir_stamp.inode == identity->inode &&
           taken->dir_stamp.ctime_ns == identity->ctime_ns;
}

static void keep_free(struct keep *keep)
{
    if (keep) {
        taken_drop(keep->taken);
        vault_entry_free(keep->entry);
        Py_XDECREF(keep->owner);
        free(keep);
    }
}

/* NULL with an exception set. */
static struct keep *keep_new(const struct disk_dist *dist)
{
    struct keep *keep = calloc(1, sizeof *keep);
    if (keep && !(keep->taken = taken_hold(dist->taken)) && vault_entry_take(dist, &keep->entry) < 0) {
        keep_free(keep);
        keep = NULL;
    }
    if (!keep) {
        PyErr_NoMemory();
        return NULL;
    }
    const struct disk_taken *taken = keep->taken;
    const struct vault_entry *entry = keep->entry;
    keep->name = taken ? taken->name : entry->name;
    keep->version = taken ? taken->version : entry->version;
    keep->root = taken ? taken->root : entry->root;
    keep->metadata_dir = taken ? taken->metadata_dir : entry->metadata_dir;
    if (!(keep->owner = owner_of(dist))) {
        keep_free(keep);
        return NULL;
    }
    return keep;
}

int kept_want(const struct disk_dist *dist)
{
    if (!keeper_is_on() || (!dist->taken && dist->n_files == 0)) {
        return 0;
    }
    for (const struct keep *keep = list; keep; keep = keep->next) {
        if (is_of(keep, dist)) {
            return 0;
        }
    }
    struct keep *keep = keep_new(dist);
    if (!keep) {
        return -1;
    }
    keep->next = list;
    list = keep;
    keeper_add(keep);
    watch_more();
    return 0;
}

bool kept_is_owner(const struct keep *keep, PyObject *record)
{
    PyObject *owner = PyTuple_GET_ITEM(record, BASE_OWNER);
    if (owner == keep->owner || !PyTuple_Check(owner) ||
        PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(owner, 0), keep->name) != 0) {
        return owner == keep->owner;
    }
    owner_settle();
    PyObject *left = PyTuple_GET_ITEM(owner, 2), *right = PyTuple_GET_ITEM(keep->owner, 2);
    return memcmp(PyBytes_AS_STRING(left), PyBytes_AS_STRING(right), (size_t)PyBytes_GET_SIZE(left)) == 0;
}

static bool is_done(const struct keep *keep)
{
    return atomic_load_explicit(&keep->state, memory_order_acquire) == KEEP_DONE;
}

const struct keep *kept_at(const char *path)
{
    for (const struct keep *keep = list; keep; keep = keep->next) {
        size_t length = is_done(keep) ? strlen(keep->entry->dir) : 0;
        if (length && strncmp(path, keep->entry->dir, length) == 0 && path[length] == '/') {
            return keep;
        }
    }
    return NULL;
}

PyObject *kept_identity(const struct keep *keep)
{
    return Py_NewRef(keep->owner);
}

static bool owns(PyObject *record, const void *keep)
{
    return kept_is_owner(keep, record);
}

bool kept_is_loaded(const struct keep *keep)
{
    PyObject *name, *record;
    Py_ssize_t position = 0;
    while (PyDict_Next(base_records(), &position, &name, &record)) {
        if (kept_is_owner(keep, record) && modules_loaded(name) == PyTuple_GET_ITEM(record, BASE_MODULE)) {
            return true;
        }
    }
    return former_any_record(owns, keep);
}

void kept_hold(void)
{
    held++;
    mine++;
}

void kept_release(void)
{
    held--;
    mine--;
    if (unsettled) {
        kept_settle();
    }
}

void kept_after_fork(void)
{
    held = mine;
}

void kept_settle(void)
{
    PyObject *type, *value, *traceback; /* of the upgrade that was given up */
    unsettled = held > 0;
    if (unsettled) {
        return;
    }
    PyErr_Fetch(&type, &value, &traceback);
    for (struct keep **link = &list, *keep; (keep = *link);) {
        if (kept_is_loaded(keep)) {
            link = &keep->next;
            continue;
        }
        *link = keep->next;
        keeper_drop(keep);
        keep_free(keep);
    }
    PyErr_Restore(type, value, traceback);
}

static PyObject *row_of(const struct keep *keep)
{
    static const char *const words[] = {"queued", "kept", "failed"};
    int state = atomic_load_explicit(&keep->state, memory_order_acquire);
    const char *cause = state == KEEP_FAILED ? keep->text : "";
    OWN_REF text = PyUnicode_DecodeUTF8(cause, (Py_ssize_t)strlen(cause), "replace"); /* names a path, may be cut */
    return text ? Py_BuildValue("(sssO)", keep->name, keep->version, words[state], text) : NULL;
}

PyObject *kept_report(void)
{
    OWN_REF rows = PyList_New(0);
    bool any = false, failed = !rows;
    kept_hold(); /* a collection may begin, and finalizers run */
    for (const struct keep *keep = list; !failed && keep; keep = keep->next) {
        OWN_REF row = row_of(keep);
        any = any || is_done(keep);
        failed = !row || PyList_Append(rows, row) < 0;
    }
    kept_release();
    OWN_REF dir = failed ? NULL : any ? PyUnicode_DecodeFSDefault(keeper_vault()->dir) : Py_NewRef(Py_None);
    return dir ? Py_BuildValue("{s:O,s:O}", "dir", dir, "kept", rows) : NULL;
}
