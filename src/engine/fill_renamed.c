/* Has an attribute another name in the new version?
 *
 * Methods that are the same but for names, and use one attribute where they used the other, say so. Must not: take
 * what begins with the same constant for the same. */
#include "engine/fill_plan.h"

#include "compat/constructor.h"
#include "compat/fillers.h"
#include "engine/same.h"
#include "engine/shape.h"

/* Does a method do more with an attribute than give it a constant? */
static int note_use(const struct filler_event *event, void *arg)
{
    bool resets = event->kind == FILLER_STORE && !(event->values & ~(unsigned)(FILLER_EMPTY | FILLER_CONST));
    return event->where == FILLER_ATTRIBUTE && !resets && PyUnicode_Compare(event->name, arg) == 0;
}

/* Do methods that are the same but for names, and no constructors, use one name where they used the other? One that
 * only sets both back says nothing. 1; 0: none uses it, or they do not agree; -1. */
static int methods_rename(const struct planning *p, PyObject *from, PyObject *to)
{
    PyObject *key, *old;
    int said = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(p->old_line); i++) {
        PyObject *dict = ((PyTypeObject *)PyList_GET_ITEM(p->old_line, i))->tp_dict;
        Py_ssize_t position = 0;
        while (dict && PyDict_Next(dict, &position, &key, &old)) {
            PyObject *new = PyFunction_Check(old) ? shape_find(p->new_line, key) : NULL;
            int made = new ? PySequence_Contains(p->old_makers, old) : 1;
            OWN_REF names = made == 0 && PyFunction_Check(new) ? PyDict_New() : NULL;
            int same = names ? same_renamed(PyFunction_GET_CODE(old), PyFunction_GET_CODE(new), names) : 0;
            PyObject *now = same > 0 ? PyDict_GetItemWithError(names, from) : NULL;
            if (PyErr_Occurred()) {
                return -1;
            }
            if (now && (now == Py_None || PyUnicode_Compare(now, to) != 0)) {
                return 0;
            }
            int uses = now && !said ? fillers_scan((PyCodeObject *)PyFunction_GET_CODE(old), NULL, note_use, from) : 0;
            if (uses < 0) {
                return -1;
            }
            said = said || uses;
        }
    }
    return said;
}

int fill_is_rename(const struct planning *p, PyObject *names, PyObject *statement, PyObject *from)
{
    bool constant = PyTuple_GET_ITEM(statement, CONSTRUCTOR_CONSTANT) == Py_True;
    if (!constant || same_names(from, PyList_GET_ITEM(names, 0))) {
        return 1;
    }
    int renamed = methods_rename(p, from, PyList_GET_ITEM(names, 0));
    if (renamed) {
        return renamed;
    }
    int changed = PySet_Contains(p->later, from);
    return changed > 0 ? 2 : changed;
}

/* ---- names that were made private, or are so no longer ---- */

/* The name as the class that it is private to writes it, without underscores: `_C__rows` in a class C is `rows`. New
 * reference. *ret_private: it is such a name. */
static PyObject *bare_name(PyObject *line, PyObject *name, bool *ret_private)
{
    Py_ssize_t start = 0, n = PyUnicode_GET_LENGTH(name);
    *ret_private = false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(line) && !*ret_private; i++) {
        PyTypeObject *type = (PyTypeObject *)PyList_GET_ITEM(line, i);
        bool heap = (type->tp_flags & Py_TPFLAGS_HEAPTYPE) != 0;
        OWN_REF class = heap ? PyObject_CallMethod(((PyHeapTypeObject *)type)->ht_name, "lstrip", "s", "_") : NULL;
        OWN_REF prefix = class ? PyUnicode_FromFormat("_%U__", class) : NULL;
        if (heap && !prefix) {
            return NULL;
        }
        *ret_private = prefix && PyUnicode_Tailmatch(name, prefix, 0, n, -1) == 1;
        start = *ret_private ? PyUnicode_GET_LENGTH(prefix) : 0;
    }
    while (start < n && PyUnicode_READ_CHAR(name, start) == '_') {
        start++;
    }
    return PyUnicode_Substring(name, start, n);
}

/* Is the old name, of which nothing is left, the new one, which the old version did not have, but for that it is
 * private, and do methods say the same? 1, 0, -1. */
static int is_same_private(const struct planning *p, PyObject *from, PyObject *to)
{
    bool private_from, private_to;
    OWN_REF old = bare_name(p->old_line, from, &private_from);
    OWN_REF new = old ? bare_name(p->new_line, to, &private_to) : NULL;
    if (!new || private_from == private_to || PyUnicode_Compare(old, new) != 0) {
        return new ? 0 : -1;
    }
    int left = PySet_Contains(p->reads, from), before = left == 0 ? PySet_Contains(p->later, to) : left;
    return before ? (before < 0 ? -1 : 0) : methods_rename(p, from, to);
}

/* The old name of a new attribute, if there is exactly one. Borrowed; NULL with an exception set or not. */
static PyObject *private_name_of(const struct planning *p, PyObject *gone, PyObject *to)
{
    PyObject *found = NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(gone); i++) {
        PyObject *from = PyList_GET_ITEM(gone, i);
        int same = is_same_private(p, from, to);
        if (same < 0 || (same && found)) {
            return NULL;
        }
        found = same ? from : found;
    }
    return found;
}

int fill_private_renames(struct planning *p)
{
    OWN_REF set = PyNumber_Subtract(p->old_names, p->kept);
    OWN_REF gone = set ? listed(set) : NULL;
    OWN_REF fresh = gone ? listed(p->fresh) : NULL;
    for (Py_ssize_t i = 0; fresh && PyList_GET_SIZE(gone) && i < PyList_GET_SIZE(fresh); i++) {
        PyObject *to = PyList_GET_ITEM(fresh, i), *from = private_name_of(p, gone, to);
        struct fill moved = {.kind = FILL_MOVED, .from = from};
        OWN_REF names = from ? PyList_New(0) : NULL;
        if (PyErr_Occurred() || (from && (!names || PyList_Append(names, to) < 0 ||
                                          fill_add(p->fills, &moved, names) < 0 || PySet_Add(p->moved, to) < 0))) {
            return -1;
        }
    }
    return fresh ? 0 : -1;
}
