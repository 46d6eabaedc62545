/* Going back is an upgrade to a version that is already there: its modules are taken as they were kept, made what their
 * import had made them (rewind.c), and walk the same way from there.
 *
 * What is different from an import: objects that a flip had left where they were are in both generations (match_run's
 * `common`), and functions of the kept generation have been forwarding to their partners since they were replaced.
 *
 * Invariant: until the flip nobody but this thread sees the kept generation, and when the rollback is not made it is as
 * it was. */
#include "engine/rollback.h"

#include "compat/detour.h"
#include "engine/base.h"
#include "engine/former.h"
#include "engine/rewind.h"

static PyObject *part(const struct upgrade *upgrade, enum former_field field)
{
    return PyTuple_GET_ITEM(upgrade->back, field);
}

/* The functions are themselves again. What they stood for is noted, to be undone. */
static int end_forwards(struct upgrade *upgrade)
{
    PyObject *moved = part(upgrade, FORMER_MOVED);
    Py_XSETREF(upgrade->forwards, PyList_New(0));
    for (Py_ssize_t i = 0; upgrade->forwards && i < PyList_GET_SIZE(moved); i++) {
        PyObject *function = PyList_GET_ITEM(moved, i);
        if (!detour_forwards_to(function)) {
            detour_end_forward(function);
            continue;
        }
        OWN_REF forwarding = detour_forwarding(function);
        if (!forwarding || PyList_Append(upgrade->forwards, forwarding) < 0 || detour_suspend_forward(function) < 0) {
            return -1;
        }
    }
    return upgrade->forwards ? 0 : -1;
}

/* To forward, a function may have got a dict of its own: the one that its record knows comes back. */
static void restore_dicts(struct upgrade *upgrade)
{
    PyObject *name, *record;
    Py_ssize_t position = 0;
    while (PyDict_Next(part(upgrade, FORMER_RECORDS), &position, &name, &record)) {
        PyObject *functions = PyTuple_GET_ITEM(record, BASE_FUNCTIONS);
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(functions); i += BASE_FUNCTION_FIELDS) {
            PyFunctionObject *function = (PyFunctionObject *)PyList_GET_ITEM(functions, i);
            PyObject *dict = PyList_GET_ITEM(functions, i + BASE_FUNCTION_FIELDS - 1);
            bool moved = ptrmap_find(&upgrade->stage.newborn.made, function);
            if (moved && dict != Py_None && function->func_dict != dict) {
                Py_XSETREF(function->func_dict, Py_NewRef(dict));
            }
        }
    }
}

static int add_made(struct newborn *newborn, PyObject *list)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *object = PyList_GET_ITEM(list, i);
        if (ptrmap_put(&newborn->made, object, object) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

/* Who made what: nobody looks at the collector's lists, the upgrade that kept it knew. */
static int find_made(struct upgrade *upgrade)
{
    struct newborn *newborn = &upgrade->stage.newborn;
    newborn->known = true;
    return add_made(newborn, part(upgrade, FORMER_MOVED)) < 0 || add_made(newborn, part(upgrade, FORMER_STAYED)) < 0
               ? -1
               : add_made(newborn, part(upgrade, FORMER_OTHER));
}

static int find_common(struct upgrade *upgrade)
{
    PyObject *stayed = part(upgrade, FORMER_STAYED);
    struct ptrmap entries;
    ptrmap_init(&entries);
    int failed = base_index(part(upgrade, FORMER_RECORDS), part(upgrade, FORMER_MODULES), &entries);
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(stayed); i++) {
        PyObject *object = PyList_GET_ITEM(stayed, i), *entry = ptrmap_get(&entries, object);
        if (ptrmap_put(&upgrade->common, object, entry ? entry : object) < 0) {
            PyErr_NoMemory();
            failed = -1;
        }
    }
    ptrmap_release(&entries);
    return failed;
}

/* Names that what is loaded now has and the kept version has not: they go. */
static int find_removed(struct upgrade *upgrade)
{
    PyObject *name, *module;
    for (Py_ssize_t i = 0; PyDict_Next(upgrade->old_modules, &i, &name, &module);) {
        int there = PyDict_Contains(upgrade->stage.modules, name);
        if (there < 0 || (!there && PyList_Append(upgrade->stage.removed, name) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* A class that nothing told of changes of its bases, while it was in no list of subclasses, looks everything up anew.
 */
static void refresh_classes(struct upgrade *upgrade)
{
    PyObject *moved = part(upgrade, FORMER_MOVED);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(moved); i++) {
        if (PyType_Check(PyList_GET_ITEM(moved, i))) {
            PyType_Modified((PyTypeObject *)PyList_GET_ITEM(moved, i));
        }
    }
}

int rollback_stage(struct upgrade *upgrade)
{
    struct stage *stage = &upgrade->stage;
    stage->reserve = &upgrade->reserve;
    stage->old_modules = upgrade->old_modules;
    stage->roots = upgrade->roots;
    stage->path = upgrade->path;
    stage->reasons = upgrade->reasons;
    stage->modules = PyDict_Copy(part(upgrade, FORMER_MODULES));
    stage->removed = PyList_New(0);
    stage->effects = Py_BuildValue("{sO}", "outside", part(upgrade, FORMER_EFFECTS));
    if (!stage->modules || !stage->removed || !stage->effects ||
        PyDict_Update(stage->modules, part(upgrade, FORMER_ALIASES)) < 0 || find_removed(upgrade) < 0) {
        return -1;
    }
    upgrade->new_records = PyDict_Copy(part(upgrade, FORMER_RECORDS));
    if (!upgrade->new_records || find_made(upgrade) < 0 || end_forwards(upgrade) < 0) {
        return -1;
    }
    restore_dicts(upgrade);
    if (rewind_former(upgrade->back) < 0) {
        return -1;
    }
    refresh_classes(upgrade);
    return find_common(upgrade);
}

static int rewind_again(void *arg)
{
    return rewind_former(arg) < 0 ? -1 : rewind_cut(arg);
}

void rollback_abandon(struct upgrade *upgrade)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (reserve_insist(&upgrade->reserve, rewind_again, upgrade->back) < 0) {
        PyErr_WriteUnraisable(NULL); /* the next attempt rewinds first, and fails there */
    }
    for (Py_ssize_t i = 0; upgrade->forwards && i < PyList_GET_SIZE(upgrade->forwards); i++) {
        detour_resume_forward(PyList_GET_ITEM(upgrade->forwards, i));
    }
    Py_CLEAR(upgrade->forwards);
    PyErr_Restore(type, value, traceback);
}
