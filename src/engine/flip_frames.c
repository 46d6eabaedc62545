/* Frames, running or suspended, move to the new world as a whole: locals, cells, value stack, function, globals,
 * builtins. Only the code object stays: its instructions go on where they are.
 *
 * A frame of a function that has a partner gets the partner as its function. When its old instructions load a
 * module-level name that the new version does not have, or when there is no partner, it gets a function of its own: old
 * code, new globals, and builtins that hold the missing names, for that activation alone. Invariant: words that are
 * inputs of the instruction in progress are never written (compat/frame.h). */
#include "engine/flip_frames.h"

#include "compat/instructions.h"
#include "engine/fit.h"
#include "engine/flip_plan.h"
#include "engine/refuse.h"

/* The dict of the new module that a frame's old globals become; NULL: the frame is not of the old generation. */
static PyObject *new_globals_of(const struct upgrade *upgrade, const frame *f)
{
    PyObject *globals = frame_globals(f);
    if (!globals || !ptrmap_get(&upgrade->old.dicts, globals)) {
        return NULL;
    }
    struct pair *pair = match_find(&upgrade->match, globals);
    return pair ? pair->partner : NULL;
}

/* The old class and the new class of the first argument, when it is an instance of an upgraded class. */
static void self_classes(const struct upgrade *upgrade, frame *f, PyTypeObject **old, PyTypeObject **new)
{
    struct frame_slots slots;
    *old = *new = NULL;
    if (frame_code(f)->co_argcount == 0) {
        return;
    }
    if (frame_find_slots(f, &slots) < 0) {
        PyErr_Clear(); /* then nothing is known of self; the plan itself reports the error */
        return;
    }
    PyObject *self = slots.n_locals ? slots.locals[0] : NULL;
    struct pair *pair = self ? match_find(&upgrade->match, (PyObject *)Py_TYPE(self)) : NULL;
    if (pair && PyType_Check(pair->partner)) {
        *old = Py_TYPE(self);
        *new = (PyTypeObject *)pair->partner;
    }
}

static bool has_parameter(const PyCodeObject *code, PyObject *name)
{
    bool has = false;
    for (int i = 0; i < code->co_argcount + code->co_kwonlyargcount && !has; i++) {
        has = PyUnicode_Compare(PyTuple_GET_ITEM(code->co_localsplusnames, i), name) == 0;
    }
    return has;
}

static bool is_among(PyObject *tuple, PyObject *name)
{
    bool found = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple) && !found; i++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, i);
        found = PyUnicode_Check(item) && PyUnicode_Compare(item, name) == 0;
    }
    return found;
}

/* Does the code name an argument as a call does: in a tuple of keywords, or, if it makes calls with `**`, as the key of
 * a dict? Any other string may be anything (`settings.get("timeout")`). 1, 0, -1. */
static int gives_argument(PyCodeObject *code, PyObject *method, PyObject *name)
{
    bool found = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts) && !found; i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        found = PyTuple_Check(constant) && is_among(constant, name);
    }
    if (found || !is_among(code->co_consts, name)) {
        return found;
    }
    OWN_REF methods = PySet_New(NULL);
    return methods && PySet_Add(methods, method) == 0 ? code_passes_keywords(code, methods) : -1;
}

/* A parameter that an old function has, that the code gives it, and that its partner has not. Borrowed; NULL: none, or
 * an exception. */
static PyObject *lost_parameter(const struct pair *pair, PyCodeObject *code, PyObject *method)
{
    bool functions = pair->changed && PyFunction_Check(pair->partner) && is_among(code->co_names, method);
    const PyCodeObject *old = functions ? (PyCodeObject *)PyFunction_GET_CODE(pair->old) : NULL;
    const PyCodeObject *new = functions ? (PyCodeObject *)PyFunction_GET_CODE(pair->partner) : NULL;
    for (int i = 1; old && i < old->co_argcount + old->co_kwonlyargcount; i++) {
        PyObject *name = PyTuple_GET_ITEM(old->co_localsplusnames, i);
        int lost = has_parameter(new, name) ? 0 : gives_argument(code, method, name);
        if (lost) {
            return lost > 0 ? name : NULL;
        }
    }
    return NULL;
}

/* Old code that changed too may give a method an argument that the new one does not know; that it has **keywords does
 * not help it. On what it calls the method nobody can tell, so the names decide. 1 fits, 0 not (*ret_why), -1. */
static int keeps_arguments(const struct upgrade *upgrade, PyCodeObject *code, PyObject **ret_why)
{
    const struct match *match = &upgrade->match;
    PyObject *method = NULL, *lost = NULL;
    for (size_t i = 0; i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        if (pair->kind == PAIR_FUNCTION && PyFunction_GET_CODE(pair->old) == (PyObject *)code && !pair->changed) {
            return 1; /* the new version says the same */
        }
        PyObject *name = pair->kind == PAIR_FUNCTION ? ((PyFunctionObject *)pair->old)->func_name : NULL;
        bool asks = name && !lost && PyUnicode_CheckExact(name); /* a class of str has its own code to compare */
        PyObject *found = asks ? lost_parameter(pair, code, name) : NULL;
        if (PyErr_Occurred()) {
            return -1;
        }
        method = found ? name : method;
        lost = found ? found : lost;
    }
    *ret_why = lost ? PyUnicode_FromFormat("it calls %U with %U, which the new one does not know", method, lost) : NULL;
    return !lost ? 1 : *ret_why ? 0 : -1;
}

/* What an old frame needs: the names that only the old world has. 1 fits, 0 not, -1. */
static int ask_fit(struct upgrade *upgrade, frame *f, PyObject *new_globals, PyObject **ret_removed, PyObject **ret_why)
{
    PyTypeObject *old_self, *new_self;
    self_classes(upgrade, f, &old_self, &new_self);
    PyObject *builtins = dict_get(new_globals, "__builtins__");
    if (PyErr_Occurred()) {
        return -1;
    }
    builtins = builtins && PyModule_Check(builtins) ? PyModule_GetDict(builtins) : builtins;
    struct fit_frame question = {.code = frame_code(f),
                                 .from = frame_position(f),
                                 .old_globals = frame_globals(f),
                                 .new_globals = new_globals,
                                 .builtins = builtins ? builtins : PyEval_GetBuiltins(),
                                 .old_class = old_self,
                                 .new_class = new_self};
    int keeps = keeps_arguments(upgrade, question.code, ret_why);
    return keeps == 1 ? fit_check(&question, ret_removed, ret_why) : keeps;
}

int flip_frame_fits(frame *f, void *arg, PyObject **ret_why)
{
    struct upgrade *upgrade = arg;
    PyObject *new_globals = new_globals_of(upgrade, f);
    if (!new_globals) {
        if (!ptrmap_get(&upgrade->old.dicts, frame_globals(f))) {
            return 1; /* not of the upgrade: nothing changes for it */
        }
        *ret_why = PyUnicode_FromString("its module is gone from the new version");
        return *ret_why ? 0 : -1;
    }
    OWN_REF removed = NULL;
    return ask_fit(upgrade, f, new_globals, &removed, ret_why);
}

/* The values of removed names, from the old namespace. New dict. */
static PyObject *removed_values(PyObject *removed, PyObject *old_globals)
{
    OWN_REF values = PyDict_New();
    OWN_REF names = values ? listed(removed) : NULL;
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        PyObject *value = PyDict_GetItemWithError(old_globals, name);
        if (PyErr_Occurred() || (value && PyDict_SetItem(values, name, value) < 0)) {
            return NULL;
        }
    }
    return names ? STEAL(values) : NULL;
}

/* A function of old code in the new world, made once for each old function. Borrowed from
 * upgrade->flip.private_functions. removed: a set of names that only the old world has, or NULL. */
static PyObject *private_function(struct upgrade *upgrade, PyObject *function, PyCodeObject *code,
                                  PyObject *old_globals, PyObject *new_globals, PyObject *removed)
{
    PyObject *known = upgrade->flip.private_functions;
    if (!known && !(known = upgrade->flip.private_functions = PyDict_New())) {
        return NULL;
    }
    OWN_REF id = PyLong_FromVoidPtr(function);
    PyObject *made = id ? PyDict_GetItemWithError(known, id) : NULL;
    if (made || PyErr_Occurred()) {
        return made;
    }
    OWN_REF values = removed ? removed_values(removed, old_globals) : PyDict_New();
    PyObject *closure = function && PyFunction_Check(function) ? PyFunction_GET_CLOSURE(function) : NULL;
    OWN_REF fresh = values ? fit_private_function(function, code, new_globals, closure, values) : NULL;
    return fresh && PyDict_SetItem(known, id, fresh) == 0 ? fresh : NULL; /* the dict keeps it alive */
}

static PyObject *private_of_frame(struct upgrade *upgrade, frame *f, PyObject *new_globals, PyObject *removed)
{
    return private_function(upgrade, frame_function(f), frame_code(f), frame_globals(f), new_globals, removed);
}

/* A method about to be called, whose instance lies beside it: the new function, which its class binds otherwise, would
 * not know what to do with that. Borrowed. */
static PyObject *private_method(struct upgrade *upgrade, PyObject *function)
{
    PyObject *globals = PyFunction_GET_GLOBALS(function);
    struct pair *pair = match_find(&upgrade->match, globals);
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    return pair ? private_function(upgrade, function, code, globals, pair->partner, NULL) : function;
}

/* The function that an old frame gets. Borrowed. NULL with an exception, or without one: refused, *ret_why set. A frame
 * that is over (kept by a traceback) need not fit. */
static PyObject *function_for(struct upgrade *upgrade, frame *f, bool over, PyObject *new_globals, PyObject **ret_why)
{
    PyObject *function = frame_function(f);
    struct pair *pair = function ? match_find(&upgrade->match, function) : NULL;
    bool paired = pair && PyFunction_Check(pair->partner);
    if (paired && (over || !pair->changed)) {
        return pair->partner;
    }
    if (over) {
        return private_of_frame(upgrade, f, new_globals, NULL);
    }
    OWN_REF removed = NULL;
    int fits = ask_fit(upgrade, f, new_globals, &removed, ret_why);
    if (fits != 1) {
        return NULL;
    }
    bool plain = paired && (!removed || PySet_GET_SIZE(removed) == 0);
    return plain ? pair->partner : private_of_frame(upgrade, f, new_globals, removed);
}

static int edit_slots(struct upgrade *upgrade, frame *f)
{
    struct frame_slots slots;
    if (frame_find_slots(f, &slots) < 0) {
        return -1;
    }
    for (int i = 0; i < slots.n_locals + slots.n_stack; i++) {
        PyObject **slot = i < slots.n_locals ? &slots.locals[i] : &slots.stack[i - slots.n_locals];
        PyObject *partner = *slot ? ptrmap_get(&upgrade->flip.account.map, *slot) : NULL;
        bool rebound = partner && i >= slots.n_locals && ptrmap_get(&upgrade->match.rebound, *slot);
        if (rebound && !(partner = private_method(upgrade, *slot))) {
            return -1;
        }
        if (partner && edits_add_object(&upgrade->flip.edits, slot, partner) < 0) {
            return -1;
        }
    }
    return 0;
}

static enum flip_result edit_frame(struct upgrade *upgrade, frame *f, bool over)
{
    if (edit_slots(upgrade, f) < 0) {
        return FLIP_ERROR;
    }
    PyObject *new_globals = new_globals_of(upgrade, f);
    if (!new_globals) {
        return FLIP_DONE;
    }
    OWN_REF why = NULL;
    PyObject *function = function_for(upgrade, f, over, new_globals, &why);
    if (why) {
        PyCodeObject *code = frame_code(f);
        return refuse(upgrade->reasons, "frame", NULL, code->co_qualname,
                      "let the call or generator finish before the upgrade, or restart",
                      "it is suspended or running in %U at line %d and cannot go on in the new version: %U",
                      code->co_filename, frame_line(f), why) < 0
                   ? FLIP_ERROR
                   : FLIP_REFUSED;
    }
    if (!function || frame_move(f, function, &upgrade->flip.edits) < 0) {
        return FLIP_ERROR;
    }
    upgrade->flip.frames++;
    return FLIP_DONE;
}

static int visit_running(frame *f, PyThreadState *thread, void *arg)
{
    (void)thread;
    return (int)edit_frame(arg, f, false);
}

enum flip_result flip_plan_frames(struct upgrade *upgrade)
{
    struct objects *suspended = &upgrade->flip.account.suspended;
    upgrade->flip.frames = 0;
    /* In the rehearsal calls come and go: whether they fit is drain's question. */
    bool skip = upgrade->flip.rehearsing;
    enum flip_result result = skip ? FLIP_DONE : (enum flip_result)frame_each(visit_running, upgrade);
    for (size_t i = 0; i < suspended->n && result == FLIP_DONE; i++) {
        PyObject *object = suspended->items[i];
        bool running = false;
        frame *f = PyFrame_Check(object) ? frame_of_object(object) : frame_of_generator(object, &running);
        result = f && !running ? edit_frame(upgrade, f, PyFrame_Check(object)) : FLIP_DONE;
        flip_goes_on(upgrade, &result);
    }
    return result;
}
