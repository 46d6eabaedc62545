/* Effects on the outside that wait for the flip.
 *
 * Staging is undone as if it had not been; what it did is part of the new version all the same. So each effect that is
 * taken back is noted with what it replaced, and done after the flip if that still stands there: then nobody else has
 * written meanwhile.
 *
 * Taking back works the same way: the note of an effect that was done is the same note with before and after exchanged.
 *
 * Must not: be asked before the flip is made; overwrite what the program wrote since. */
#include "engine/redo.h"

#include "compat/signals.h"

#include "engine/effects_parts.h"

#include <string.h>

enum kind { ITEM, ATTRIBUTE, ELEMENT, REMOVAL, SETTING, CALL, ABC };

/* (kind, a, b, c, d); what is absent is Ellipsis, which is never an effect's value. */
static int note(PyObject *record, enum kind kind, PyObject *a, PyObject *b, PyObject *c, PyObject *d)
{
    OWN_REF entry = Py_BuildValue("(iOOOO)", kind, a, b, c ? c : Py_Ellipsis, d ? d : Py_Ellipsis);
    return entry ? PyList_Append(record, entry) : -1;
}

int redo_note_item(PyObject *record, PyObject *mapping, PyObject *key, PyObject *value, PyObject *before)
{
    return note(record, ITEM, mapping, key, value, before);
}

int redo_note_attribute(PyObject *record, PyObject *object, PyObject *name, PyObject *value, PyObject *before)
{
    return note(record, ATTRIBUTE, object, name, value, before);
}

int redo_note_element(PyObject *record, PyObject *container, PyObject *element, bool in_front)
{
    return note(record, ELEMENT, container, element, in_front ? Py_True : Py_False, NULL);
}

int redo_note_setting(PyObject *record, PyObject *getter, PyObject *setter, PyObject *value, PyObject *before)
{
    return note(record, SETTING, getter, setter, value, before);
}

int redo_note_call(PyObject *record, PyObject *function, PyObject *args, PyObject *kwargs)
{
    return note(record, CALL, function, args, kwargs, NULL);
}

int redo_note_removal(PyObject *record, PyObject *container, PyObject *element, bool in_front)
{
    return note(record, REMOVAL, container, element, in_front ? Py_True : Py_False, NULL);
}

int redo_note_pair(PyObject *record, PyObject *function, PyObject *args, PyObject *kwargs, PyObject *other,
                   PyObject *other_args)
{
    OWN_REF back = Py_BuildValue("(OO)", other, other_args);
    return back ? note(record, CALL, function, args, kwargs, back) : -1;
}

int redo_note_abc(PyObject *record, PyObject *abc, PyObject *class, bool registered)
{
    return note(record, ABC, abc, class, registered ? Py_True : Py_False, NULL);
}

/* ---- doing: 1 done, 0 nothing to do, -1 ---- */

/* Identical, or both are plain values and equal. */
static bool is_same(PyObject *a, PyObject *b)
{
    bool plain = PyUnicode_CheckExact(a) || PyLong_CheckExact(a) || PyFloat_CheckExact(a) || PyTuple_CheckExact(a);
    int same = a == b ? 1 : plain && Py_IS_TYPE(b, Py_TYPE(a)) ? PyObject_RichCompareBool(a, b, Py_EQ) : 0;
    PyErr_Clear();
    return same > 0;
}

/* Of what was read: a new reference, Ellipsis where there is nothing, NULL with an exception set. */
static PyObject *or_absent(PyObject *found, PyObject *absent)
{
    if (found || (PyErr_Occurred() && !PyErr_ExceptionMatches(absent))) {
        return found;
    }
    PyErr_Clear();
    return Py_NewRef(Py_Ellipsis);
}

static int do_item(PyObject *mapping, PyObject *key, PyObject *value, PyObject *before)
{
    OWN_REF now = or_absent(PyObject_GetItem(mapping, key), PyExc_KeyError);
    if (!now || !is_same(now, before) || now == value) {
        return now ? 0 : -1;
    }
    int failed = value == Py_Ellipsis ? PyObject_DelItem(mapping, key) : PyObject_SetItem(mapping, key, value);
    return failed ? -1 : 1;
}

static int do_attribute(PyObject *object, PyObject *name, PyObject *value, PyObject *before)
{
    OWN_REF now = or_absent(PyObject_GetAttr(object, name), PyExc_AttributeError);
    if (!now || !is_same(now, before) || now == value) {
        return now ? 0 : -1;
    }
    int failed = value == Py_Ellipsis ? PyObject_DelAttr(object, name) : PyObject_SetAttr(object, name, value);
    return failed ? -1 : 1;
}

/* C code compares a version of the list of warning filters, not the list. */
static int tell(PyObject *list)
{
    OWN_REF filters = effects_attribute("warnings", "filters");
    return !filters ? -1 : filters == list ? effects_warn_changed() : 0;
}

static Py_ssize_t find_in(PyObject *list, PyObject *element)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if (is_same(PyList_GET_ITEM(list, i), element)) {
            return i;
        }
    }
    return -1;
}

static int do_element(PyObject *container, PyObject *element, PyObject *in_front)
{
    if (PyAnySet_Check(container)) {
        int there = PySet_Contains(container, element);
        return there ? (there < 0 ? -1 : 0) : PySet_Add(container, element) < 0 ? -1 : 1;
    }
    if (find_in(container, element) >= 0) {
        return 0;
    }
    int failed = in_front == Py_True ? PyList_Insert(container, 0, element) : PyList_Append(container, element);
    return failed || tell(container) < 0 ? -1 : 1;
}

static int do_removal(PyObject *container, PyObject *element)
{
    if (PyAnySet_Check(container)) {
        return PySet_Discard(container, element);
    }
    Py_ssize_t at = find_in(container, element);
    if (at < 0) {
        return 0;
    }
    return PyList_SetSlice(container, at, at + 1, NULL) < 0 || tell(container) < 0 ? -1 : 1;
}

static int do_setting(PyObject *getter, PyObject *setter, PyObject *value, PyObject *before)
{
    OWN_REF now = PyObject_CallNoArgs(getter);
    if (!now || !is_same(now, before)) {
        return now ? 0 : -1;
    }
    for (;;) { /* signal.signal needs the main thread, and runs handlers of what has arrived first */
        bool paused = signals_pause();
        OWN_REF done =
            PyTuple_CheckExact(value) ? PyObject_CallObject(setter, value) : PyObject_CallOneArg(setter, value);
        signals_resume(paused);
        if (done || !paused || !signals_raised()) {
            return done ? 1 : -1;
        }
        signals_postpone();
    }
}

static int do_call(PyObject *function, PyObject *args, PyObject *kwargs)
{
    OWN_REF done = PyObject_Call(function, args, kwargs == Py_Ellipsis ? NULL : kwargs);
    return done ? 1 : -1;
}

static int do_one(PyObject *entry)
{
    PyObject *a = PyTuple_GET_ITEM(entry, 1), *b = PyTuple_GET_ITEM(entry, 2);
    PyObject *c = PyTuple_GET_ITEM(entry, 3), *d = PyTuple_GET_ITEM(entry, 4);
    switch ((enum kind)PyLong_AsLong(PyTuple_GET_ITEM(entry, 0))) {
    case ITEM:
        return do_item(a, b, c, d);
    case ATTRIBUTE:
        return do_attribute(a, b, c, d);
    case ELEMENT:
        return do_element(a, b, c);
    case REMOVAL:
        return do_removal(a, b);
    case SETTING:
        return do_setting(a, b, c, d);
    case CALL:
        return do_call(a, b, c);
    case ABC:
        return c == Py_True ? effects_weak_register(a, b) : effects_weak_unregister(a, b);
    }
    return 0;
}

/* ---- taking back ---- */

/* How a registration is taken back that was made with one argument or more: by the module's own `unregister`. A new
 * tuple (function, args), or a str that says that it cannot be. */
static PyObject *opposite(PyObject *function, PyObject *args)
{
    PyObject *module = PyCFunction_Check(function) ? PyCFunction_GET_SELF(function) : NULL;
    bool registers = module && PyModule_Check(module) && PyTuple_GET_SIZE(args) > 0 &&
                     strcmp(((PyCFunctionObject *)function)->m_ml->ml_name, "register") == 0;
    OWN_REF other = registers ? PyObject_GetAttrString(module, "unregister") : NULL;
    if (!other) {
        PyErr_Clear();
        return PyUnicode_FromFormat("what was done by %R cannot be taken back", function);
    }
    OWN_REF first = PyTuple_GetSlice(args, 0, 1);
    return first ? PyTuple_Pack(2, other, first) : NULL;
}

static PyObject *opposite_call(PyObject *entry)
{
    PyObject *function = PyTuple_GET_ITEM(entry, 1), *args = PyTuple_GET_ITEM(entry, 2);
    PyObject *kwargs = PyTuple_GET_ITEM(entry, 3), *known = PyTuple_GET_ITEM(entry, 4);
    OWN_REF back = known != Py_Ellipsis ? Py_NewRef(known) : opposite(function, args);
    if (!back || PyUnicode_Check(back)) {
        return STEAL(back);
    }
    OWN_REF again = kwargs == Py_Ellipsis ? PyTuple_Pack(2, function, args) : PyTuple_Pack(3, function, args, kwargs);
    PyObject *more = PyTuple_GET_SIZE(back) > 2 ? PyTuple_GET_ITEM(back, 2) : Py_Ellipsis;
    return again ? Py_BuildValue("(iOOOO)", CALL, PyTuple_GET_ITEM(back, 0), PyTuple_GET_ITEM(back, 1), more, again)
                 : NULL;
}

/* The note that takes this one back. New reference. */
static PyObject *opposite_of(PyObject *entry)
{
    PyObject *a = PyTuple_GET_ITEM(entry, 1), *b = PyTuple_GET_ITEM(entry, 2);
    PyObject *c = PyTuple_GET_ITEM(entry, 3), *d = PyTuple_GET_ITEM(entry, 4);
    enum kind kind = (enum kind)PyLong_AsLong(PyTuple_GET_ITEM(entry, 0));
    switch (kind) {
    case ITEM:
    case ATTRIBUTE:
    case SETTING:
        return Py_BuildValue("(iOOOO)", kind, a, b, d, c);
    case ELEMENT:
    case REMOVAL:
        return Py_BuildValue("(iOOOO)", kind == ELEMENT ? REMOVAL : ELEMENT, a, b, c, d);
    case ABC:
        return Py_BuildValue("(iOOOO)", kind, a, b, c == Py_True ? Py_False : Py_True, d);
    case CALL:
        break;
    }
    return opposite_call(entry);
}

static int run_one(PyObject *entry, PyObject *undo)
{
    int done = PyTuple_Check(entry) ? do_one(entry) : 0; /* a str: what cannot be taken back */
    OWN_REF back = done > 0 && undo ? opposite_of(entry) : NULL;
    return done < 0 || (done && undo && (!back || PyList_Insert(undo, 0, back) < 0)) ? -1 : 0;
}

int redo_run(PyObject *record, PyObject *undo)
{
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(record); i++) {
        if (run_one(PyList_GET_ITEM(record, i), undo) == 0) {
            continue;
        }
        if (type) {
            PyErr_Clear();
        } else {
            PyErr_Fetch(&type, &value, &traceback);
        }
    }
    if (!type) {
        return 0;
    }
    PyErr_Restore(type, value, traceback);
    return -1;
}
