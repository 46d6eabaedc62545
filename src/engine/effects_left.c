/* The last net. Lists, sets and attributes that lie in an instance tell nobody who writes to them; nor do dicts before
 * CPython 3.12. So they are compared with the copies that were made of them before. A difference is staging's if no
 * other thread had the GIL in between. If one had, it is taken for the program's: to take back what the program wrote
 * would be worse than to leave what an import wrote.
 *
 * Left out are modules of the standard library that keep books of their own (caches that fill up in use), and all of
 * it if a module of it was loaded meanwhile: that one may have written.
 *
 * Invariant: only what still stands as it was found is put back. Must not: give up the GIL between the end of staging
 * and the end of left_find. */
#include "engine/effects_left.h"

#include "compat/modules.h"
#include "compat/state.h"
#include "engine/effects_parts.h"
#include "engine/redo.h"
#include "engine/refuse.h"

/* None where random is not loaded, or has no state to give: the program may have put a generator of the system in the
 * place of its functions. */
static PyObject *random_state(void)
{
    OWN_REF getter = effects_attribute("random", "getstate");
    OWN_REF state = getter && getter != Py_None ? PyObject_CallNoArgs(getter) : Py_XNewRef(getter);
    if (state || !PyErr_ExceptionMatches(PyExc_Exception) || short_of_memory()) {
        return STEAL(state);
    }
    PyErr_Clear();
    return Py_NewRef(Py_None);
}

/* A state is whatever getstate gave; one that cannot be compared counts as the same. 1, 0, -1 (memory). */
static int same_state(PyObject *a, PyObject *b)
{
    int same = a == Py_None || b == Py_None ? 1 : PyObject_RichCompareBool(a, b, Py_EQ);
    if (same >= 0 || !PyErr_ExceptionMatches(PyExc_Exception) || short_of_memory()) {
        return same;
    }
    PyErr_Clear();
    return 1;
}

int left_begin(struct left *left)
{
    left->random = random_state();
    left->turns = writes_turns();
    return left->random ? 0 : -1;
}

void left_release(struct left *left)
{
    Py_CLEAR(left->found);
    Py_CLEAR(left->random);
    Py_CLEAR(left->random_now);
}

/* ---- finding ---- */

/* The content now, in the form of its copies; NULL without an exception: of no kind that is compared. */
static PyObject *content(PyObject *holder)
{
    if (PyDict_Check(holder)) {
        return PyDict_Copy(holder);
    }
    if (PyList_Check(holder)) {
        return PyList_GetSlice(holder, 0, PyList_GET_SIZE(holder));
    }
    return PySet_Check(holder) ? state_set_members(holder) : state_copy(holder);
}

static bool same_list(PyObject *a, PyObject *b)
{
    bool same = PyList_GET_SIZE(a) == PyList_GET_SIZE(b);
    for (Py_ssize_t i = 0; same && i < PyList_GET_SIZE(a); i++) {
        same = PyList_GET_ITEM(a, i) == PyList_GET_ITEM(b, i);
    }
    return same;
}

/* Keys and values in the same order. */
static bool same_dict(PyObject *a, PyObject *b)
{
    PyObject *key, *value, *other_key, *other;
    Py_ssize_t i = 0, j = 0;
    bool same = PyDict_GET_SIZE(a) == PyDict_GET_SIZE(b);
    while (same && PyDict_Next(a, &i, &key, &value)) {
        same = PyDict_Next(b, &j, &other_key, &other) && key == other_key && value == other;
    }
    return same;
}

static int add_difference(struct left *left, const struct written *written, PyObject *holder, PyObject *copy,
                          PyObject *name)
{
    if (!copy || (written->exact && writes_possible(holder))) {
        return 0;
    }
    bool plain = PyDict_Check(holder) && PyDict_Check(copy);
    if (plain && same_dict(holder, copy)) {
        return 0;
    }
    OWN_REF now = content(holder);
    if (!now || Py_TYPE(now) != Py_TYPE(copy)) {
        return now ? 0 : -1;
    }
    if (PyDict_Check(now) ? same_dict(now, copy) : same_list(now, copy)) {
        return 0;
    }
    OWN_REF entry = PyTuple_Pack(4, holder, copy, now, name);
    return entry ? PyList_Append(left->found, entry) : -1;
}

static PyObject *copy_of(const struct outside *outside, PyObject *holder)
{
    return ptrmap_find(&outside->rebuilt, holder) ? NULL : ptrmap_get(&outside->copies, holder);
}

/* An instance of a class of such a module; the program may have given it a name of its own. */
static bool keeps_books(PyObject *object)
{
    PyObject *module = class_module_name(Py_TYPE(object));
    return module && written_is_bookkeeper(module);
}

/* The containers and instances in a copied namespace, and the containers in those instances. */
static int compare_content(struct left *left, const struct written *written, const struct outside *outside,
                           PyObject *space, PyObject *prefix)
{
    PyObject *key, *value, *attribute, *inner;
    for (Py_ssize_t i = 0; PyDict_Next(space, &i, &key, &value);) {
        PyObject *copy = keeps_books(value) ? NULL : copy_of(outside, value);
        OWN_REF name = copy ? PyUnicode_FromFormat("%U.%S", prefix, key) : NULL;
        if (!copy || !name || add_difference(left, written, value, copy, name) < 0) {
            if (copy) {
                return -1;
            }
            continue;
        }
        bool instance = !PyDict_Check(value) && PyDict_Check(copy);
        for (Py_ssize_t j = 0; instance && PyDict_Next(copy, &j, &attribute, &inner);) {
            PyObject *inner_copy = copy_of(outside, inner);
            OWN_REF inner_name = inner_copy ? PyUnicode_FromFormat("%U.%S", name, attribute) : NULL;
            if (inner_copy && (!inner_name || add_difference(left, written, inner, inner_copy, inner_name) < 0)) {
                return -1;
            }
        }
    }
    return 0;
}

/* The name to call a namespace by; None for what is not compared. NULL: exception. */
static PyObject *space_name(PyObject *space, bool with_standard)
{
    PyObject *owner = PyTuple_GET_ITEM(space, 0), *copy = PyTuple_GET_ITEM(space, 2);
    PyObject *module = PyModule_Check(owner) ? dict_get(copy, "__name__")
                       : PyType_Check(owner) ? class_module_name((PyTypeObject *)owner)
                                             : NULL;
    if (!module || !PyUnicode_Check(module)) {
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    }
    int standard = effects_is_standard(module);
    bool watched = PyUnicode_CompareWithASCIIString(module, "sys") == 0 ||
                   PyUnicode_CompareWithASCIIString(module, "builtins") == 0;
    if (standard < 0 || (standard && (!with_standard || watched || written_is_bookkeeper(module)))) {
        return standard < 0 ? NULL : Py_NewRef(Py_None);
    }
    return PyType_Check(owner) ? PyUnicode_FromFormat("%U.%s", module, ((PyTypeObject *)owner)->tp_name)
                               : Py_NewRef(module);
}

int left_find(struct left *left, const struct written *written, const struct outside *outside)
{
    bool alone = writes_turns() == left->turns;
    bool as_loaded = PyDict_GET_SIZE(modules_dict()) == PyDict_GET_SIZE(outside_before(outside, modules_dict()));
    Py_XSETREF(left->found, PyList_New(0));
    if (!left->found) {
        return -1;
    }
    for (Py_ssize_t i = 0; alone && i < PyList_GET_SIZE(outside->spaces); i++) {
        PyObject *space = PyList_GET_ITEM(outside->spaces, i);
        OWN_REF name = space_name(space, as_loaded);
        if (!name) {
            return -1;
        }
        PyObject *copy = PyTuple_GET_ITEM(space, 2);
        if (name != Py_None && (add_difference(left, written, PyTuple_GET_ITEM(space, 1), copy, name) < 0 ||
                                compare_content(left, written, outside, copy, name) < 0)) {
            return -1;
        }
    }
    Py_CLEAR(left->random_now);
    OWN_REF random = alone && left->random != Py_None ? random_state() : Py_NewRef(Py_None);
    int same = random ? same_state(random, left->random) : -1;
    if (same == 0 && alone && writes_turns() == left->turns) {
        left->random_now = STEAL(random);
    }
    return same < 0 ? -1 : 0;
}

/* ---- putting back ---- */

static bool holds(PyObject *list, PyObject *object)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if (PyList_GET_ITEM(list, i) == object) {
            return true;
        }
    }
    return false;
}

/* What staging added goes, what it took out comes back, what came since stays at the end. 1: something had been taken
 * out. */
static int undo_list(struct outside *outside, PyObject *list, PyObject *copy, PyObject *seen)
{
    OWN_REF back = PyList_GetSlice(copy, 0, PyList_GET_SIZE(copy));
    bool lost = false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(copy); i++) {
        lost = lost || !holds(list, PyList_GET_ITEM(copy, i));
    }
    for (Py_ssize_t i = 0; back && i < PyList_GET_SIZE(list); i++) {
        PyObject *element = PyList_GET_ITEM(list, i);
        if (holds(copy, element)) {
            continue;
        }
        int failed = holds(seen, element)
                         ? redo_note_element(outside->redo, list, element, i == 0 && PyList_GET_SIZE(copy))
                         : PyList_Append(back, element);
        if (failed) {
            return -1;
        }
    }
    return !back || PyList_SetSlice(list, 0, PyList_GET_SIZE(list), back) < 0 ? -1 : lost;
}

static int undo_set(struct outside *outside, PyObject *set, PyObject *copy, PyObject *seen)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(seen); i++) {
        PyObject *member = PyList_GET_ITEM(seen, i);
        int there = holds(copy, member) ? 0 : PySet_Contains(set, member);
        if (there < 0 ||
            (there && (redo_note_element(outside->redo, set, member, false) < 0 || PySet_Discard(set, member) < 0))) {
            return -1;
        }
    }
    bool lost = false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(copy); i++) {
        PyObject *member = PyList_GET_ITEM(copy, i);
        bool gone = !holds(seen, member);
        lost = lost || gone;
        if (gone && PySet_Add(set, member) < 0) {
            return -1;
        }
    }
    return lost;
}

/* One slot of a dict or of an instance. */
static int undo_slot(struct outside *outside, PyObject *holder, PyObject *key, PyObject *before, PyObject *seen)
{
    bool dict = PyDict_Check(holder);
    OWN_REF state = dict ? Py_NewRef(holder) : state_copy(holder);
    PyObject *now = state ? PyDict_GetItemWithError(state, key) : NULL;
    if (!state || PyErr_Occurred() || now != seen || now == before || (seen && PyModule_Check(seen))) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (dict) {
        return outside_note(outside, holder, key, seen, before) < 0 ? -1 : outside_write(outside, holder, key, before);
    }
    return redo_note_attribute(outside->redo, holder, key, seen, before) < 0
               ? -1
               : PyObject_GenericSetAttr(holder, key, before);
}

static int undo_slots(struct outside *outside, PyObject *holder, PyObject *copy, PyObject *seen)
{
    PyObject *key, *value;
    for (Py_ssize_t i = 0; PyDict_Next(seen, &i, &key, &value);) {
        PyObject *before = PyDict_GetItemWithError(copy, key);
        if (PyErr_Occurred() || undo_slot(outside, holder, key, before, value) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; PyDict_Next(copy, &i, &key, &value);) {
        int there = PyDict_Contains(seen, key);
        if (there < 0 || (!there && undo_slot(outside, holder, key, value, NULL) < 0)) {
            return -1;
        }
    }
    return PyDict_Check(holder) ? outside_reorder(outside, holder) : 0;
}

static int undo_one(struct outside *outside, PyObject *entry, PyObject *reasons)
{
    PyObject *holder = PyTuple_GET_ITEM(entry, 0), *copy = PyTuple_GET_ITEM(entry, 1),
             *seen = PyTuple_GET_ITEM(entry, 2);
    int result = PyDict_Check(copy)     ? undo_slots(outside, holder, copy, seen)
                 : PyList_Check(holder) ? undo_list(outside, holder, copy, seen)
                                        : undo_set(outside, holder, copy, seen);
    return result > 0 ? effects_refuse_change(reasons, PyTuple_GET_ITEM(entry, 3)) : result;
}

/* Is anything of it still there that differs? What held staged objects has been undone by now. */
static int still_differs(PyObject *entry)
{
    PyObject *holder = PyTuple_GET_ITEM(entry, 0), *copy = PyTuple_GET_ITEM(entry, 1);
    OWN_REF now = content(holder);
    return !now ? -1 : PyDict_Check(now) ? !same_dict(now, copy) : !same_list(now, copy);
}

/* Numbers drawn are drawn again; a seed that was set is set again at the flip, unless numbers were drawn since. */
static int undo_random(struct left *left, struct outside *outside)
{
    OWN_REF getter = left->random_now ? effects_attribute("random", "getstate") : NULL;
    OWN_REF setter = getter ? effects_attribute("random", "setstate") : NULL;
    OWN_REF now = setter ? random_state() : NULL;
    int same = now && now != Py_None ? same_state(now, left->random_now) : PyErr_Occurred() ? -1 : 0;
    if (same <= 0) {
        return same;
    }
    OWN_REF value = PyTuple_Pack(1, left->random_now);
    OWN_REF done = value ? PyObject_CallOneArg(setter, left->random) : NULL;
    return done ? redo_note_setting(outside->redo, getter, setter, value, left->random) : -1;
}

int left_undo(struct left *left, const struct written *written, struct outside *outside, PyObject *reasons)
{
    int refused = undo_random(left, outside);
    for (Py_ssize_t i = 0; refused >= 0 && left->found && i < PyList_GET_SIZE(left->found); i++) {
        PyObject *entry = PyList_GET_ITEM(left->found, i);
        int result = still_differs(entry);
        if (result > 0 && written_has_handlers(written)) {
            result = refuse(reasons, EFFECT_CODE, NULL, PyTuple_GET_ITEM(entry, 3), "try again",
                            "%U was changed while the new version was imported, by it or by a signal handler",
                            PyTuple_GET_ITEM(entry, 3));
        } else if (result > 0) {
            result = undo_one(outside, entry, reasons);
        }
        if (result < 0) {
            return -1;
        }
        refused |= result;
    }
    return refused;
}
