/* fit: hold every sentence of the old code against the new world.
 *
 * Idea: codescan says what the code asks for; each event is looked up in the old world and in the new one. It fits as
 * long as nothing that the old world answers is missing in the new. Invariant: only what worked in the old world can be
 * a reason; code that was wrong before stays what it was. Must not run Python code: classes are read through their mro,
 * never through getattr. */
#include "engine/fit.h"

#include "compat/type.h"
#include "engine/known.h"

struct check {
    const struct fit_frame *frame;
    bool nested;       /* inside a code object that the frame may make a function of */
    PyObject *removed; /* owned set */
    PyObject *why;     /* owned str, or NULL */
};

/* ---- events ---- */

/* Notes why it does not fit (second may be left out of the format). 1 to end the scan, -1 with an exception set. */
static int misfit(struct check *check, const char *format, PyObject *first, PyObject *second)
{
    check->why = PyUnicode_FromFormat(format, first, second);
    return check->why != NULL ? 1 : -1;
}

static int check_global(struct check *check, PyObject *name)
{
    const struct fit_frame *frame = check->frame;
    bool was = PyDict_GetItemWithError(frame->old_globals, name) != NULL;
    if (!was || PyDict_GetItemWithError(frame->new_globals, name) != NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (frame->builtins != NULL && PyDict_GetItemWithError(frame->builtins, name) != NULL) {
        return 0; /* the new version uses the builtin of that name now */
    }
    if (check->nested) {
        return misfit(check, "a function inside it uses %U, which is gone", name, NULL);
    }
    return PySet_Add(check->removed, name);
}

static int check_global_use(struct check *check, const struct codescan_event *event)
{
    PyObject *old = PyDict_GetItemWithError(check->frame->old_globals, event->name);
    PyObject *new = PyDict_GetItemWithError(check->frame->new_globals, event->name);
    if (old == NULL || new == NULL || old == new) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (event->kind == CODESCAN_GLOBAL_ATTR) {
        bool was = known_attribute(old, event->attribute) != NULL;
        bool missing = was && (PyModule_Check(new) || PyType_Check(new)) && !known_attribute(new, event->attribute) &&
                       !known_answers_all(new);
        return missing ? misfit(check, "it uses %U.%U, which is gone", event->name, event->attribute) : 0;
    }
    int took = known_takes(old, event, false), takes_now = took == 1 ? known_takes(new, event, false) : 1;
    if (took < 0 || takes_now < 0) {
        return -1;
    }
    return takes_now == 1
               ? 0
               : misfit(check, "it calls %U with arguments that the new one does not take", event->name, NULL);
}

static int check_self_use(struct check *check, const struct codescan_event *event)
{
    const struct fit_frame *frame = check->frame;
    if (check->nested || frame->old_class == NULL || frame->new_class == NULL || frame->old_class == frame->new_class) {
        return 0;
    }
    PyObject *old = type_lookup(frame->old_class, event->attribute);
    PyObject *new = type_lookup(frame->new_class, event->attribute);
    if (old == NULL) {
        return 0;
    }
    PyObject *class_name = dict_get(frame->old_class->tp_dict, "__qualname__");
    if (class_name == NULL) {
        PyErr_Clear(); /* only a name in a sentence */
        class_name = ((PyHeapTypeObject *)frame->old_class)->ht_qualname;
    }
    if (new == NULL && Py_IS_TYPE(old, &PyMemberDescr_Type) && frame->new_class->tp_dictoffset != 0) {
        return 0; /* what was in the slot is in the instance's __dict__ */
    }
    if (new == NULL) {
        return known_has(frame->new_class, "__getattr__")
                   ? 0
                   : misfit(check, "it uses %U.%U, which is gone", class_name, event->attribute);
    }
    if (event->kind != CODESCAN_SELF_CALL || !PyFunction_Check(old) || !PyFunction_Check(new)) {
        return 0;
    }
    int took = known_takes(old, event, true), takes_now = took == 1 ? known_takes(new, event, true) : 1;
    if (took < 0 || takes_now < 0) {
        return -1;
    }
    return takes_now == 1 ? 0
                          : misfit(check, "it calls %U.%U with arguments that the new one does not take", class_name,
                                   event->attribute);
}

static int check_event(const struct codescan_event *event, void *arg)
{
    struct check *check = arg;
    switch (event->kind) {
    case CODESCAN_GLOBAL:
        return check_global(check, event->name);
    case CODESCAN_GLOBAL_ATTR:
    case CODESCAN_GLOBAL_CALL:
        return check_global_use(check, event);
    case CODESCAN_SELF_ATTR:
    case CODESCAN_SELF_CALL:
        return check_self_use(check, event);
    }
    return 0;
}

/* The code, and what is nested in it: a function that the frame makes is at home in the new globals, but nobody serves
 * removed names to it. */
static int check_code(struct check *check, PyCodeObject *code, int from)
{
    int result = codescan(code, from, check_event, check);
    bool before = check->nested;
    check->nested = true;
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        if (PyCode_Check(constant)) {
            result = check_code(check, (PyCodeObject *)constant, -1);
        }
    }
    check->nested = before;
    return result;
}

int fit_check(const struct fit_frame *frame, PyObject **ret_removed, PyObject **ret_why)
{
    OWN_REF removed = PySet_New(NULL);
    struct check check = {.frame = frame, .removed = removed};
    int result = removed != NULL ? check_code(&check, frame->code, frame->from) : -1;
    if (result < 0 || PyErr_Occurred()) {
        Py_XDECREF(check.why);
        return -1;
    }
    if (check.why != NULL) {
        *ret_why = check.why;
        return 0;
    }
    *ret_removed = STEAL(removed);
    return 1;
}

int fit_code(PyCodeObject *old_code, PyObject *old_globals, PyObject *new_globals, PyObject *builtins,
             PyTypeObject *old_self_class, PyTypeObject *new_self_class, PyObject **ret_removed, PyObject **ret_why)
{
    struct fit_frame frame = {.code = old_code,
                              .from = -1,
                              .old_globals = old_globals,
                              .new_globals = new_globals,
                              .builtins = builtins,
                              .old_class = old_self_class,
                              .new_class = new_self_class};
    return fit_check(&frame, ret_removed, ret_why);
}

/* ---- an activation's own function ---- */

static int serve_removed(PyFunctionObject *function, PyObject *removed)
{
    OWN_REF builtins = PyDict_Copy(function->func_builtins);
    if (builtins == NULL || PyDict_Update(builtins, removed) < 0) {
        return -1;
    }
    Py_SETREF(function->func_builtins, STEAL(builtins));
    return 0;
}

PyObject *fit_private_function(PyObject *like, PyCodeObject *code, PyObject *new_globals, PyObject *closure,
                               PyObject *removed)
{
    PyFunctionObject *old = like != NULL && PyFunction_Check(like) ? (PyFunctionObject *)like : NULL;
    OWN_REF function =
        PyFunction_NewWithQualName((PyObject *)code, new_globals, old != NULL ? old->func_qualname : NULL);
    if (function == NULL) {
        return NULL;
    }
    PyFunctionObject *fresh = (PyFunctionObject *)function;
    if (closure != NULL && PyFunction_SetClosure(function, closure) < 0) {
        return NULL;
    }
    if (old != NULL) {
        Py_XSETREF(fresh->func_defaults, Py_XNewRef(old->func_defaults));
        Py_XSETREF(fresh->func_kwdefaults, Py_XNewRef(old->func_kwdefaults));
    }
    if (removed != NULL && PyDict_GET_SIZE(removed) > 0 && serve_removed(fresh, removed) < 0) {
        return NULL;
    }
    return STEAL(function);
}
