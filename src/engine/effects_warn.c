/* Warning filters that staging added.
 *
 * The order of filters matters and simplefilter moves a filter that is there to the front; so the list gets back the
 * very content that it had, and at the flip only those filters are added that are not in it (the old version's
 * filters name the new categories by then). What was inserted in front goes to the front, what was appended to the
 * end.
 *
 * Looked at is the list that was in use when staging began: if another thread is inside warnings.catch_warnings by
 * now, the list in use is its own affair. */
#include "engine/effects_parts.h"
#include "engine/redo.h"

PyObject *effects_warn_begin(void)
{
    OWN_REF filters = effects_attribute("warnings", "filters");
    if (!filters || !PyList_Check(filters)) {
        return filters ? Py_NewRef(Py_None) : NULL;
    }
    OWN_REF copy = listed(filters);
    return copy ? PyTuple_Pack(2, filters, copy) : NULL;
}

static bool identical_in(PyObject *list, PyObject *item)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if (PyList_GET_ITEM(list, i) == item) {
            return true;
        }
    }
    return false;
}

/* The C code of warnings compares a version, not the list. */
int effects_warn_changed(void)
{
    static const char *const names[] = {"_filters_mutated", "_filters_mutated_lock_held"};
    for (int i = 0; i < 2; i++) {
        OWN_REF function = effects_attribute("warnings", names[i]);
        OWN_REF done = function && function != Py_None ? PyObject_CallNoArgs(function) : NULL;
        if (done || PyErr_Occurred()) {
            return done ? 0 : -1;
        }
    }
    PyErr_SetString(PyExc_RuntimeError, "warnings has no way to tell that its filters changed");
    return -1;
}

int effects_warn_end(PyObject *before, PyObject **ret_added)
{
    OWN_REF front = PyList_New(0);
    OWN_REF back = PyList_New(0);
    if (!front || !back) {
        return -1;
    }
    if (before != Py_None) {
        PyObject *filters = PyTuple_GET_ITEM(before, 0);
        PyObject *copy = PyTuple_GET_ITEM(before, 1);
        PyObject *added = front;
        bool changed = PyList_GET_SIZE(filters) != PyList_GET_SIZE(copy);
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(filters); i++) {
            PyObject *item = PyList_GET_ITEM(filters, i);
            changed = changed || item != PyList_GET_ITEM(copy, i);
            if (identical_in(copy, item)) {
                added = back;
            } else if (PyList_Append(added, item) < 0) {
                return -1;
            }
        }
        if (changed &&
            (PyList_SetSlice(filters, 0, PyList_GET_SIZE(filters), copy) < 0 || effects_warn_changed() < 0)) {
            return -1;
        }
    }
    *ret_added = PyTuple_Pack(2, front, back);
    return *ret_added ? 0 : -1;
}

/* 1 when it was missing. */
static int add_filter(PyObject *filters, PyObject *item, bool in_front, PyObject *undo)
{
    int there = PySequence_Contains(filters, item);
    if (there) {
        return there < 0 ? -1 : 0;
    }
    int failed = in_front ? PyList_Insert(filters, 0, item) : PyList_Append(filters, item);
    return failed || (undo && redo_note_removal(undo, filters, item, in_front) < 0) ? -1 : 1;
}

int effects_warn_redo(PyObject *added, PyObject *undo)
{
    PyObject *front = PyTuple_GET_ITEM(added, 0);
    PyObject *back = PyTuple_GET_ITEM(added, 1);
    if (!PyList_GET_SIZE(front) && !PyList_GET_SIZE(back)) {
        return 0;
    }
    OWN_REF filters = effects_attribute("warnings", "filters");
    if (!filters || !PyList_Check(filters)) {
        return filters ? 0 : -1;
    }
    int changed = 0;
    for (Py_ssize_t i = PyList_GET_SIZE(front); changed >= 0 && i > 0; i--) {
        int result = add_filter(filters, PyList_GET_ITEM(front, i - 1), true, undo);
        changed = result < 0 ? -1 : changed | result;
    }
    for (Py_ssize_t i = 0; changed >= 0 && i < PyList_GET_SIZE(back); i++) {
        int result = add_filter(filters, PyList_GET_ITEM(back, i), false, undo);
        changed = result < 0 ? -1 : changed | result;
    }
    return changed > 0 ? effects_warn_changed() : changed;
}
