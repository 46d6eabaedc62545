/* Attributes that the new version makes empty and fills afterwards.
 *
 *     def __init__(self, rules):                     def add(self, rule):
 *         self._rules = []                               self._rules.append(rule)
 *         for rule in rules: self.add(rule)
 *
 * An instance of the old version has been given its rules long ago: an empty list would say that it has none. So what
 * constructors, or the methods that they call on self, go on to fill needs what they were given. So does what another
 * method is given, if that method's old form put it into an attribute that vanished: there lies the state.
 * That counts only for instances in which there is something. A cache is not meant: nobody is given what is in it.
 * Must not: run Python code. */
#include "engine/fill_plan.h"

#include "compat/fillers.h"
#include "compat/instructions.h"
#include "engine/shape.h"

struct filling {
    struct planning *p;
    PyObject *used; /* borrowed set: what vanished of what the old method used, and only what it is given counts; NULL:
                       a constructor, and everything counts */
};

static int note_filled(const struct filler_event *event, void *arg)
{
    struct filling *filling = arg;
    bool item = event->kind == FILLER_ITEM;
    bool given = (event->values & FILLER_GIVEN) && (item || event->kind == FILLER_STORE);
    if (event->where != FILLER_ATTRIBUTE || !(filling->used ? given : item)) {
        return 0;
    }
    PyObject *before = PyDict_GetItemWithError(filling->p->filled, event->name);
    if (PyErr_Occurred() || before == Py_None || !filling->used) {
        return PyErr_Occurred() ? -1 : before ? 0 : PyDict_SetItem(filling->p->filled, event->name, Py_None);
    }
    OWN_REF both = before ? PyNumber_Or(before, filling->used) : Py_NewRef(filling->used);
    return both ? PyDict_SetItem(filling->p->filled, event->name, both) : -1;
}

static int scan(struct planning *p, PyObject *function, PyObject *used)
{
    struct filling filling = {p, used};
    return fillers_scan((PyCodeObject *)PyFunction_GET_CODE(function), NULL, note_filled, &filling);
}

static int scan_all(struct planning *p, PyObject *functions)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(functions); i++) {
        if (scan(p, PyList_GET_ITEM(functions, i), NULL) < 0) {
            return -1;
        }
    }
    return 0;
}

/* What vanished of the attributes that the old method of this name uses. New set; NULL with an exception set or not. */
static PyObject *used_vanished(const struct planning *p, PyObject *name, PyObject *gone)
{
    PyObject *old = shape_find(p->old_line, name);
    OWN_REF reads = old && PyFunction_Check(old) ? PySet_New(NULL) : NULL;
    if (!reads || code_attribute_reads((PyCodeObject *)PyFunction_GET_CODE(old), reads) < 0) {
        return NULL;
    }
    OWN_REF both = PyNumber_And(reads, gone);
    return both && PySet_GET_SIZE(both) > 0 ? STEAL(both) : NULL;
}

static int scan_methods(struct planning *p, PyTypeObject *class, PyObject *makers, PyObject *gone)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (class->tp_dict && PyDict_Next(class->tp_dict, &position, &name, &value)) {
        int other = PyFunction_Check(value) ? !PySequence_Contains(makers, value) : 0;
        OWN_REF used = other ? used_vanished(p, name, gone) : NULL;
        if (PyErr_Occurred() || (used && scan(p, value, used) < 0)) {
            return -1;
        }
    }
    return 0;
}

int fill_find_filled(struct planning *p, PyObject *makers)
{
    OWN_REF helpers = shape_helpers(p->new_line, makers);
    OWN_REF gone = helpers ? PyNumber_Subtract(p->old_names, p->kept) : NULL;
    if (!gone || scan_all(p, makers) < 0 || scan_all(p, helpers) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; PySet_GET_SIZE(gone) && i < PyList_GET_SIZE(p->new_line); i++) {
        if (scan_methods(p, (PyTypeObject *)PyList_GET_ITEM(p->new_line, i), makers, gone) < 0) {
            return -1;
        }
    }
    return 0;
}

static int add_all(PyObject *set, PyObject *names)
{
    OWN_REF both = PyNumber_InPlaceOr(set, names); /* the set itself */
    return both ? 0 : -1;
}

int fill_is_filled(const struct planning *p, PyObject *names, PyObject **ret_unless)
{
    OWN_REF unless = PySet_New(NULL);
    for (Py_ssize_t i = 0; unless && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i), *used = PyDict_GetItemWithError(p->filled, name);
        int read = used ? PySet_Contains(p->reads, name) : 0;
        if (PyErr_Occurred() || (read > 0 && used == Py_None)) {
            return PyErr_Occurred() ? -1 : 1;
        }
        if (read > 0 && add_all(unless, used) < 0) {
            return -1;
        }
    }
    *ret_unless = unless && PySet_GET_SIZE(unless) ? listed(unless) : NULL;
    return PyErr_Occurred() ? -1 : 0;
}
