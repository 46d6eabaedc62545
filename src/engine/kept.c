/* A list, because there are as many entries as loaded distributions, and it is asked only when something is imported
 * that is not loaded yet.
 *
 * Invariant: an entry stands for one install, told by content and by the metadata directory's inode and ctime. */
#include "engine/kept.h"

#include "compat/modules.h"
#include "engine/base.h"
#include "engine/former.h"
#include "engine/watch.h"

#include <stdlib.h>
#include <string.h>

static struct keep *list;

const struct keep *kept_first(void)
{
    return list;
}

int kept_want(const struct disk_dist *dist)
{
    if (!keeper_is_on() || dist->n_files == 0 || dist->kind == DISK_EGG_ZIP) {
        return 0;
    }
    for (const struct keep *keep = list; keep; keep = keep->next) {
        if (disk_identity_equal(&keep->entry->identity, &dist->identity) &&
            strcmp(keep->entry->metadata_dir, dist->metadata_dir) == 0) {
            return 0;
        }
    }
    struct keep *keep = calloc(1, sizeof *keep);
    if (!keep || vault_entry_take(dist, &keep->entry) < 0) {
        free(keep);
        PyErr_NoMemory();
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
    PyObject *content = PyTuple_Check(owner) ? PyTuple_GET_ITEM(owner, 2) : NULL;
    return content && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(owner, 0), keep->entry->name) == 0 &&
           memcmp(PyBytes_AS_STRING(content), keep->entry->identity.content, sizeof keep->entry->identity.content) == 0;
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
    const struct vault_entry *entry = keep->entry;
    return Py_BuildValue("(ssy#)", entry->name, entry->version, (const char *)entry->identity.content,
                         (Py_ssize_t)sizeof entry->identity.content);
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

void kept_settle(void)
{
    PyObject *type, *value, *traceback; /* of the upgrade that was given up */
    PyErr_Fetch(&type, &value, &traceback);
    for (struct keep **link = &list, *keep; (keep = *link);) {
        if (kept_is_loaded(keep)) {
            link = &keep->next;
            continue;
        }
        *link = keep->next;
        keeper_drop(keep);
        vault_entry_free(keep->entry);
        free(keep);
    }
    PyErr_Restore(type, value, traceback);
}

PyObject *kept_report(void)
{
    static const char *const words[] = {"queued", "kept", "failed"};
    OWN_REF rows = PyList_New(0);
    bool any = false;
    for (const struct keep *keep = list; rows && keep; keep = keep->next) {
        int state = atomic_load_explicit(&keep->state, memory_order_acquire);
        any = any || state == KEEP_DONE;
        const char *cause = state == KEEP_FAILED ? keep->text : "";
        OWN_REF text = PyUnicode_DecodeUTF8(cause, (Py_ssize_t)strlen(cause), "replace"); /* names a path, may be cut */
        OWN_REF row =
            text ? Py_BuildValue("(sssO)", keep->entry->name, keep->entry->version, words[state], text) : NULL;
        if (!row || PyList_Append(rows, row) < 0) {
            return NULL;
        }
    }
    OWN_REF dir = any ? PyUnicode_DecodeFSDefault(keeper_vault()->dir) : Py_NewRef(Py_None);
    return rows && dir ? Py_BuildValue("{s:O,s:O}", "dir", dir, "kept", rows) : NULL;
}
