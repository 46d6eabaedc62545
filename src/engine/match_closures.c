/* Closures that the program holds have no place in a module: each call of their factory makes another. The new
 * generation has no counterpart, but it has the code: the constant of the same qualified name, at the same position
 * among its namesakes, in the code of the new factory. A partner is made from that code with the old cells (by name),
 * defaults and attributes, so the state that a closure keeps stays one and the same.
 *
 * Invariant: a made function refers to the new generation's namespace only; an argument of the factory that one version
 * hands on as it is given, and the other assigns anew, is not the same variable. */
#include "engine/match.h"

#include "compat/instructions.h"
#include "engine/match_parts.h"
#include "engine/refuse.h"

/* Adds code and the codes nested in it to codes[(module, qualified name)], in the order of the constants. */
static int index_code(PyObject *codes, PyObject *module, PyObject *code)
{
    OWN_REF key = PyTuple_Pack(2, module, ((PyCodeObject *)code)->co_qualname);
    PyObject *list = key ? PyDict_GetItemWithError(codes, key) : NULL;
    if (!list) {
        OWN_REF fresh = PyErr_Occurred() ? NULL : PyList_New(0);
        if (!fresh || PyDict_SetItem(codes, key, fresh) < 0) {
            return -1;
        }
        list = fresh;
    }
    int known = PySequence_Contains(list, code);
    if (known || PyList_Append(list, code) < 0) {
        return known > 0 ? 0 : -1;
    }
    PyObject *constants = ((PyCodeObject *)code)->co_consts;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); i++) {
        PyObject *constant = PyTuple_GET_ITEM(constants, i);
        if (PyCode_Check(constant) && index_code(codes, module, constant) < 0) {
            return -1;
        }
    }
    return 0;
}

static PyObject *module_name_of(const struct generation *generation, PyObject *function)
{
    PyObject *module = ptrmap_get(&generation->dicts, PyFunction_GET_GLOBALS(function));
    return module ? PyModule_GetNameObject(module) : PyUnicode_FromString("");
}

/* The codes of all paired functions, indexed: of the old generation or of the new. */
static PyObject *index_codes(const struct match *match, bool new)
{
    OWN_REF codes = PyDict_New();
    for (size_t i = 0; codes && i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        PyObject *function = new ? pair->partner : pair->old;
        if (pair->kind != PAIR_FUNCTION || !PyFunction_Check(function)) {
            continue;
        }
        OWN_REF module = module_name_of(new ? match->new : match->old, function);
        if (!module || index_code(codes, module, PyFunction_GET_CODE(function)) < 0) {
            return NULL;
        }
    }
    return STEAL(codes);
}

/* The new code at the place of an old one: same module and qualified name, same position. Borrowed; NULL: none. */
static PyObject *counterpart(PyObject *old_codes, PyObject *new_codes, PyObject *module, PyObject *code)
{
    OWN_REF key = PyTuple_Pack(2, module, ((PyCodeObject *)code)->co_qualname);
    PyObject *theirs = key ? PyDict_GetItemWithError(new_codes, key) : NULL;
    PyObject *ours = theirs ? PyDict_GetItemWithError(old_codes, key) : NULL;
    if (!theirs) {
        return NULL;
    }
    Py_ssize_t at = 0;
    for (Py_ssize_t i = 0; ours && i < PyList_GET_SIZE(ours); i++) {
        if (PyList_GET_ITEM(ours, i) == code) {
            at = i;
        }
    }
    return at < PyList_GET_SIZE(theirs) ? PyList_GET_ITEM(theirs, at) : NULL;
}

/* The code that has this one among its constants. Borrowed; NULL without an exception: it is not known. */
static PyObject *around(PyObject *codes, PyObject *module, PyObject *code)
{
    PyObject *qualname = ((PyCodeObject *)code)->co_qualname;
    Py_ssize_t end = PyUnicode_FindChar(qualname, '.', 0, PyUnicode_GET_LENGTH(qualname), -1);
    OWN_REF prefix = end > 0 ? PyUnicode_Substring(qualname, 0, end) : NULL;
    OWN_REF locals = prefix ? PyUnicode_FromString(".<locals>") : NULL;
    if (!locals) {
        return NULL;
    }
    if (PyUnicode_Tailmatch(prefix, locals, 0, PY_SSIZE_T_MAX, 1) > 0) {
        Py_SETREF(prefix, PyUnicode_Substring(qualname, 0, end - PyUnicode_GET_LENGTH(locals)));
    }
    OWN_REF key = prefix ? PyTuple_Pack(2, module, prefix) : NULL;
    PyObject *list = key ? PyDict_GetItemWithError(codes, key) : NULL;
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++) {
        PyObject *constants = ((PyCodeObject *)PyList_GET_ITEM(list, i))->co_consts;
        for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(constants); j++) {
            if (PyTuple_GET_ITEM(constants, j) == code) {
                return PyList_GET_ITEM(list, i);
            }
        }
    }
    return NULL;
}

enum variable { VARIABLE_OTHER, VARIABLE_GIVEN, VARIABLE_REASSIGNED };

/* What is this variable of a closure in the code around it: an argument? Follows it outwards. -1 exception. */
static int variable_kind(PyObject *codes, PyObject *module, PyObject *code, PyObject *name)
{
    while ((code = around(codes, module, code))) {
        PyCodeObject *maker = (PyCodeObject *)code;
        int own = maker->co_nlocalsplus - maker->co_nfreevars;
        int n_arguments = maker->co_argcount + maker->co_kwonlyargcount;
        for (int i = 0; i < own; i++) {
            if (PyUnicode_Compare(PyTuple_GET_ITEM(maker->co_localsplusnames, i), name) == 0) {
                int assigned = i < n_arguments ? code_assigns_cell(maker, i) : 0;
                return assigned < 0       ? -1
                       : i >= n_arguments ? VARIABLE_OTHER
                       : assigned         ? VARIABLE_REASSIGNED
                                          : VARIABLE_GIVEN;
            }
        }
    }
    return PyErr_Occurred() ? -1 : VARIABLE_OTHER;
}

/* A variable of the new closure that means something else in the old one's: borrowed. NULL: none, or an exception. */
static PyObject *other_variable(PyObject *old_codes, PyObject *new_codes, PyObject *module, PyObject *old,
                                PyObject *new)
{
    PyCodeObject *code = (PyCodeObject *)new;
    for (int i = code->co_nlocalsplus - code->co_nfreevars; i < code->co_nlocalsplus; i++) {
        PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, i);
        int was = variable_kind(old_codes, module, old, name);
        int is = was > VARIABLE_OTHER ? variable_kind(new_codes, module, new, name) : was;
        if (was < 0 || is < 0) {
            return NULL;
        }
        if (is != VARIABLE_OTHER && is != was) {
            return name;
        }
    }
    return NULL;
}

/* The old cells in the order that the new code wants. NULL without an exception: a name that the old closure lacks. */
static PyObject *cells_for(PyObject *function, PyObject *code, PyObject **ret_missing)
{
    OWN_REF wanted = PyObject_GetAttrString(code, "co_freevars");
    OWN_REF had = wanted ? PyObject_GetAttrString(PyFunction_GET_CODE(function), "co_freevars") : NULL;
    OWN_REF cells = had ? PyTuple_New(PyTuple_GET_SIZE(wanted)) : NULL;
    for (Py_ssize_t i = 0; cells && i < PyTuple_GET_SIZE(wanted); i++) {
        PyObject *name = PyTuple_GET_ITEM(wanted, i);
        Py_ssize_t at = PySequence_Index(had, name);
        if (at < 0 && short_of_memory()) {
            return NULL;
        }
        if (at < 0) {
            PyErr_Clear();
            *ret_missing = Py_NewRef(name);
            return NULL;
        }
        PyTuple_SET_ITEM(cells, i, Py_NewRef(PyTuple_GET_ITEM(PyFunction_GET_CLOSURE(function), at)));
    }
    return STEAL(cells);
}

static PyObject *make_partner(PyObject *function, PyObject *code, PyObject *globals, PyObject *cells)
{
    PyFunctionObject *old = (PyFunctionObject *)function;
    OWN_REF made = PyFunction_NewWithQualName(code, globals, old->func_qualname);
    if (!made || (PyTuple_GET_SIZE(cells) && PyFunction_SetClosure(made, cells) < 0) ||
        (old->func_defaults && PyFunction_SetDefaults(made, old->func_defaults) < 0) ||
        (old->func_kwdefaults && PyFunction_SetKwDefaults(made, old->func_kwdefaults) < 0)) {
        return NULL;
    }
    PyFunctionObject *new = (PyFunctionObject *)made;
    Py_XSETREF(new->func_dict, Py_XNewRef(old->func_dict));
    Py_XSETREF(new->func_annotations, Py_XNewRef(old->func_annotations));
    Py_XSETREF(new->func_name, Py_NewRef(old->func_name));
    return STEAL(made);
}

/* Was the function made by a call of another one? Its code knows; its own name may be that of what it wraps. Only those
 * have siblings; what a module or class body defined and then replaced (overloads, a name bound twice) is simply no
 * longer there. Nor has code that was compiled from no file a place: all __init__ that dataclasses generates look
 * alike. */
static int is_local(PyObject *function)
{
    PyObject *file = ((PyCodeObject *)PyFunction_GET_CODE(function))->co_filename;
    if (PyUnicode_GET_LENGTH(file) > 0 && PyUnicode_READ_CHAR(file, 0) == '<') {
        return 0;
    }
    OWN_REF marker = PyUnicode_FromString("<locals>");
    OWN_REF made_in = marker ? PyObject_GetAttrString(PyFunction_GET_CODE(function), "co_qualname") : NULL;
    return made_in ? PyUnicode_Contains(made_in, marker) : -1;
}

/* Pairs one function. 0 also when it has no counterpart. */
static int pair_closure(struct match *match, PyObject *old_codes, PyObject *function, PyObject *reasons)
{
    int local = is_local(function);
    if (local <= 0) {
        return local;
    }
    OWN_REF module = module_name_of(match->old, function);
    PyObject *code = module ? counterpart(old_codes, match->codes, module, PyFunction_GET_CODE(function)) : NULL;
    if (!code) {
        return PyErr_Occurred() ? -1 : 0;
    }
    PyObject *new_module = PyDict_GetItemWithError(match->new->modules, module);
    if (!new_module || !PyModule_Check(new_module)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF missing = NULL;
    OWN_REF cells = cells_for(function, code, &missing);
    if (missing) {
        PyObject *name = ((PyFunctionObject *)function)->func_qualname;
        return refuse(reasons, "closure-changed", module, name,
                      "drop the closure before the upgrade and make a new one after it, or restart",
                      "the new version of this closure uses a variable %R that the one the program holds does not have",
                      missing);
    }
    PyObject *other =
        cells ? other_variable(old_codes, match->codes, module, PyFunction_GET_CODE(function), code) : NULL;
    if (other) {
        return refuse(reasons, "closure-changed", module, ((PyFunctionObject *)function)->func_qualname,
                      "drop the closure before the upgrade and make a new one after it, or restart",
                      "one version hands the argument %R on to this closure as it is given, the other assigns it anew",
                      other);
    }
    if (PyErr_Occurred()) {
        return -1;
    }
    OWN_REF made = cells ? make_partner(function, code, PyModule_GetDict(new_module), cells) : NULL;
    return made ? match_add(match, function, made, PAIR_FUNCTION, 0, ((PyFunctionObject *)function)->func_qualname)
                : -1;
}

int match_closures(struct match *match, PyObject *functions, PyObject *reasons)
{
    OWN_REF old_codes = index_codes(match, false);
    if (!old_codes || (!match->codes && !(match->codes = index_codes(match, true)))) {
        return -1;
    }
    int result = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(functions) && result >= 0; i++) {
        PyObject *function = PyList_GET_ITEM(functions, i);
        if (!match_find(match, function)) {
            int one = pair_closure(match, old_codes, function, reasons);
            result = one < 0 ? -1 : (one > result ? one : result);
        }
    }
    return result;
}
