/* Attributes that the new version makes empty and fills afterwards.
 *
 *     def __init__(self, rules):                     def add(self, rule):
 *         self._rules = []                               self._rules.append(rule)
 *         for rule in rules: self.add(rule)
 *
 * An instance of the old version has been given its rules long ago: an empty list would say that it has none. So what
 * constructors, or the methods that they call on self, go on to fill needs what they were given. So does what another
 * method is given, if that method's old form put it into an attribute that vanished: there lies the state.
 * A cache is not meant: nobody is given what is in it. Must not: run Python code. */
#include "engine/fill_plan.h"

#include "compat/fillers.h"
#include "compat/instructions.h"
#include "engine/shape.h"

struct filling {
    struct planning *p;
    bool constructs; /* everything counts; else only what the method is given */
};

static int note_filled(const struct filler_event *event, void *arg)
{
    struct filling *filling = arg;
    bool item = event->kind == FILLER_ITEM;
    bool given = (event->values & FILLER_GIVEN) && (item || event->kind == FILLER_STORE);
    bool counts = event->where == FILLER_ATTRIBUTE && (filling->constructs ? item : given);
    return counts ? PySet_Add(filling->p->filled, event->name) : 0;
}

static int scan(struct planning *p, PyObject *function, bool constructs)
{
    struct filling filling = {p, constructs};
    return fillers_scan((PyCodeObject *)PyFunction_GET_CODE(function), note_filled, &filling);
}

static int scan_all(struct planning *p, PyObject *functions)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(functions); i++) {
        if (scan(p, PyList_GET_ITEM(functions, i), true) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Does the old method of this name use an attribute that vanished? 1, 0, -1. */
static int used_vanished(const struct planning *p, PyObject *name, PyObject *gone)
{
    PyObject *old = shape_find(p->old_line, name);
    OWN_REF reads = old && PyFunction_Check(old) ? PySet_New(NULL) : NULL;
    if (!reads || code_attribute_reads((PyCodeObject *)PyFunction_GET_CODE(old), reads) < 0) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF both = PyNumber_And(reads, gone);
    return both ? PySet_GET_SIZE(both) > 0 : -1;
}

static int scan_methods(struct planning *p, PyTypeObject *class, PyObject *makers, PyObject *gone)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (class->tp_dict && PyDict_Next(class->tp_dict, &position, &name, &value)) {
        int other = PyFunction_Check(value) ? !PySequence_Contains(makers, value) : 0;
        int used = other ? used_vanished(p, name, gone) : 0;
        if (PyErr_Occurred() || (used > 0 && scan(p, value, false) < 0)) {
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

int fill_is_filled(const struct planning *p, PyObject *names)
{
    int filled = 0;
    for (Py_ssize_t i = 0; filled == 0 && i < PyList_GET_SIZE(names); i++) {
        filled = PySet_Contains(p->filled, PyList_GET_ITEM(names, i));
    }
    return filled;
}
