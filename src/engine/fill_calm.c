/* May a setter run before the flip, on an object that stands for an instance?
 *
 * Told from the instructions of the setter and of all that it calls: they bind no global, put nothing into what the
 * program could see, import nothing, store attributes on self only, and call functions of the new version for which
 * the same holds, or what is known to do no more. What is called by another way than by its name may be anything
 * (compat/reaching.h). What self has and what the setter is given is known only when it is there: it must be data then.
 * Invariant: in doubt it may not. Must not: run Python code. */
#include "engine/fill_plan.h"

#include "compat/fillers.h"
#include "compat/instructions.h"
#include "compat/reaching.h"
#include "compat/state.h"
#include "engine/kinds.h"
#include "engine/shape.h"

#include <string.h>

#define DEEPEST 8 /* calls */

struct calm {
    const struct generation *generation; /* whose functions may be followed */
    PyObject *line;                      /* borrowed: the classes that answer for an attribute */
    PyObject *stored;                    /* borrowed set: names that instances have */
    PyObject *seen;                      /* owned set of functions */
    PyObject *stores;   /* owned set: what the function being read stores on self; nothing, if it has none */
    PyObject *function; /* borrowed: being read */
    PyObject *lent;     /* owned list: modules and classes that it loads, whose attributes it may ask for */
    PyObject *reads;    /* borrowed set: the names of all attributes that are read */
    bool restless;
    int depth;
};

static int follow(struct calm *calm, PyObject *function, bool method);

static bool is_one_of(PyObject *name, const char *const *names)
{
    for (size_t i = 0; names[i]; i++) {
        if (PyUnicode_CompareWithASCIIString(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Modules of the standard library of which nothing has an effect. */
static bool is_calm_module(PyObject *name)
{
    static const char *const names[] = {"math",        "cmath",   "re",        "operator",  "_operator", "string",
                                        "textwrap",    "decimal", "_decimal",  "fractions", "numbers",   "datetime",
                                        "_datetime",   "enum",    "itertools", "posixpath", "ipaddress", "uuid",
                                        "unicodedata", "html",    "json",      "base64",    "binascii",  "urllib.parse",
                                        "collections", "typing",  NULL};
    return name && PyUnicode_Check(name) && is_one_of(name, names);
}

/* A built-in type, or one of such a module. */
static bool is_calm_type(PyTypeObject *type)
{
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        return is_calm_module(class_module_name(type));
    }
    const char *dot = strrchr(type->tp_name, '.');
    OWN_REF module = dot ? PyUnicode_FromStringAndSize(type->tp_name, dot - type->tp_name) : NULL;
    if (dot && !module) {
        PyErr_Clear();
    }
    return !dot || is_calm_module(module);
}

/* What those modules have for changing or calling what it is given: under whatever name the code has it. */
static bool is_denied(PyObject *value)
{
    static const char *const names[] = {
        "setcontext", "localcontext", "dump",    "load",      "call",    "setitem",    "delitem",     "iadd", "iand",
        "iconcat",    "ior",          "ilshift", "ifloordiv", "imatmul", "imod",       "imul",        "ipow", "irshift",
        "isub",       "itruediv",     "ixor",    "encode",    "decode",  "getcontext", "methodcaller"};
    PyTypeObject *type = PyType_Check(value) ? (PyTypeObject *)value : NULL;
    const char *name = PyCFunction_Check(value)  ? ((PyCFunctionObject *)value)->m_ml->ml_name
                       : PyFunction_Check(value) ? PyUnicode_AsUTF8(((PyFunctionObject *)value)->func_name)
                       : type                    ? type->tp_name
                                                 : "";
    const char *dot = name ? strrchr(name, '.') : NULL;
    bool denied = !name;
    if (!name) {
        PyErr_Clear(); /* a name of no characters that UTF-8 has */
    }
    for (size_t i = 0; i < sizeof names / sizeof *names && !denied; i++) {
        denied = strcmp(dot ? dot + 1 : name, names[i]) == 0;
    }
    return denied;
}

/* Is it data, of which no method of those below does more than to read it? */
static bool is_data(PyObject *value)
{
    static PyTypeObject *const types[] = {
        &PyBool_Type, &PyLong_Type, &PyFloat_Type, &PyComplex_Type,   &PyUnicode_Type,   &PyBytes_Type, &PyTuple_Type,
        &PyList_Type, &PyDict_Type, &PySet_Type,   &PyFrozenSet_Type, &PyByteArray_Type, &PyRange_Type, &PySlice_Type};
    PyTypeObject *type = Py_TYPE(value);
    bool found = value == Py_None || value == Py_Ellipsis || PyType_Check(value) || kinds_is_enum((PyObject *)type);
    for (size_t i = 0; i < sizeof types / sizeof *types && !found; i++) {
        found = type == types[i];
    }
    return found || (((type->tp_flags & Py_TPFLAGS_HEAPTYPE) || strchr(type->tp_name, '.')) && is_calm_type(type) &&
                     !type->tp_iternext && !type->tp_call);
}

static bool is_calm_builtin(PyObject *name)
{
    static const char *const names[] = {"abs",        "all",        "any",     "ascii",   "bin",    "callable", "chr",
                                        "divmod",     "format",     "getattr", "hasattr", "hash",   "hex",      "id",
                                        "isinstance", "issubclass", "iter",    "len",     "max",    "min",      "oct",
                                        "ord",        "pow",        "repr",    "round",   "sorted", "sum",      NULL};
    return is_one_of(name, names);
}

/* Methods of built-in values that make another value. */
static bool is_value_method(PyObject *name)
{
    static const char *const names[] = {"strip",        "lstrip",       "rstrip",
                                        "lower",        "upper",        "title",
                                        "capitalize",   "casefold",     "split",
                                        "rsplit",       "partition",    "rpartition",
                                        "join",         "replace",      "startswith",
                                        "endswith",     "splitlines",   "encode",
                                        "decode",       "format",       "isdigit",
                                        "isalpha",      "isalnum",      "isspace",
                                        "isidentifier", "removeprefix", "removesuffix",
                                        "zfill",        "ljust",        "rjust",
                                        "center",       "bit_length",   "as_integer_ratio",
                                        "is_integer",   "to_bytes",     "from_bytes",
                                        "hex",          "fromkeys",     NULL};
    return is_one_of(name, names);
}

/* Methods that read a built-in container, and of other things do anything. */
static bool is_reader(PyObject *name)
{
    static const char *const names[] = {"count", "find",     "index",      "items", "keys", "values", "get",
                                        "union", "issubset", "issuperset", "copy",  NULL,   NULL};
    return is_one_of(name, names) || PyUnicode_CompareWithASCIIString(name, "intersection") == 0 ||
           PyUnicode_CompareWithASCIIString(name, "difference") == 0;
}

/* Methods that change a container. */
static bool is_changing_method(PyObject *name)
{
    static const char *const names[] = {"append", "add", "extend", "update", "setdefault", "insert", NULL};
    return is_one_of(name, names);
}

/* Names that built-in values have: no more than a name, if nothing calls it. */
static bool is_calm_name(PyObject *name)
{
    static const char *const names[] = {"real",      "imag",     "numerator",    "denominator",
                                        "__class__", "__name__", "__qualname__", NULL};
    return is_value_method(name) || is_reader(name) || is_changing_method(name) || is_one_of(name, names);
}

/* Built-in functions and types whose result is new. */
static bool is_maker(PyObject *name)
{
    static const char *const names[] = {"int", "str", "float", "bool", "bytes", "tuple", "list",   "dict",
                                        "set", "len", "repr",  "hash", "abs",   "round", "sorted", NULL};
    return is_one_of(name, names);
}

/* What makes an instance of a class of the package. */
static int follow_class(struct calm *calm, PyObject *type)
{
    static const char *const names[] = {"__new__", "__init__", "__post_init__"};
    PyObject *mro = ((PyTypeObject *)type)->tp_mro;
    bool plain = Py_IS_TYPE(type, &PyType_Type) || kinds_is_enum(type);
    calm->restless = calm->restless || !plain || !mro;
    for (Py_ssize_t i = 0; !calm->restless && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        for (size_t j = 0; j < 3 && (base->tp_flags & Py_TPFLAGS_HEAPTYPE) && !kinds_is_enum(type); j++) {
            PyObject *made = dict_get(base->tp_dict, names[j]);
            if (PyErr_Occurred()) {
                return -1;
            }
            if (made && follow(calm, made, true) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* A value that a global name stands for. */
static int follow_value(struct calm *calm, PyObject *name, PyObject *value, bool builtin)
{
    calm->restless = calm->restless || is_denied(value);
    if (PyType_Check(value)) {
        PyTypeObject *type = (PyTypeObject *)value;
        bool heap = type->tp_flags & Py_TPFLAGS_HEAPTYPE, known = is_calm_type(type);
        calm->restless = calm->restless || (!heap && !known);
        return known || !heap ? PyList_Append(calm->lent, value) : follow_class(calm, value);
    }
    if (PyModule_Check(value)) {
        OWN_REF module = PyModule_GetNameObject(value);
        calm->restless = calm->restless || !module || !is_calm_module(module);
        return module ? PyList_Append(calm->lent, value) : -1;
    }
    if (PyCFunction_Check(value)) {
        PyObject *module = ((PyCFunctionObject *)value)->m_module;
        calm->restless = calm->restless || !(builtin ? is_calm_builtin(name) : is_calm_module(module));
        return 0;
    }
    if (PyFunction_Check(value)) {
        PyObject *module = ((PyFunctionObject *)value)->func_module;
        return is_calm_module(module) ? 0 : follow(calm, value, false);
    }
    calm->restless = calm->restless || Py_TYPE(value)->tp_call;
    return 0;
}

static int follow_global(struct calm *calm, PyObject *name)
{
    PyFunctionObject *function = (PyFunctionObject *)calm->function;
    PyObject *value = PyDict_GetItemWithError(function->func_globals, name);
    PyObject *builtin = value || PyErr_Occurred() ? NULL : PyDict_GetItemWithError(function->func_builtins, name);
    calm->restless = calm->restless || (!value && !builtin);
    if (PyErr_Occurred() || (!value && !builtin)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return follow_value(calm, name, value ? value : builtin, !value);
}

/* Does one of the modules and classes that the function names have this attribute? Methods of a class are not meant:
 * called there, they change what they are given. */
static bool is_lent(const struct calm *calm, PyObject *name)
{
    bool found = false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(calm->lent) && !found; i++) {
        PyObject *lender = PyList_GET_ITEM(calm->lent, i);
        bool module = PyModule_Check(lender);
        PyObject *dict = module ? PyModule_GetDict(lender) : ((PyTypeObject *)lender)->tp_dict;
        PyObject *value = dict ? PyDict_GetItemWithError(dict, name) : NULL;
        bool method = value && !module &&
                      (PyFunction_Check(value) || Py_IS_TYPE(value, &PyMethodDescr_Type) ||
                       Py_IS_TYPE(value, &PyWrapperDescr_Type));
        found = value && !method && !is_denied(value);
    }
    return found;
}

/* An attribute of self, or of anything: a function that the class has under this name may be meant. */
static int follow_attribute(struct calm *calm, PyObject *name)
{
    PyObject *found = shape_find(calm->line, name);
    int stored = found || PyErr_Occurred() ? 0 : PySet_Contains(calm->stored, name);
    stored = found || stored || PyErr_Occurred() ? stored : PySet_Contains(calm->stores, name);
    if (PyErr_Occurred()) {
        return -1;
    }
    if (!found) {
        calm->restless = calm->restless || !(stored || is_calm_name(name) || is_lent(calm, name));
        return PyErr_Occurred() ? -1 : 0;
    }
    bool own = generation_owns_function(calm->generation, found);
    if (PyFunction_Check(found) && !own) { /* the program's own, of which a stand-in has nothing */
        calm->restless = true;
        return 0;
    }
    if (Py_IS_TYPE(found, &PyProperty_Type)) {
        OWN_REF getter = PyObject_GetAttrString(found, "fget");
        return getter ? follow(calm, getter, true) : -1;
    }
    if (Py_IS_TYPE(found, &PyStaticMethod_Type) || Py_IS_TYPE(found, &PyClassMethod_Type)) {
        OWN_REF function = PyObject_GetAttrString(found, "__func__"); /* a member of C code */
        return function ? follow(calm, function, false) : -1;
    }
    if (PyFunction_Check(found)) {
        return follow(calm, found, true);
    }
    calm->restless = calm->restless || (Py_TYPE(found)->tp_descr_get && !Py_IS_TYPE(found, &PyMemberDescr_Type) &&
                                        !Py_IS_TYPE(found, &PyWrapperDescr_Type));
    return 0;
}

static int visit(const struct filler_event *event, void *arg)
{
    struct calm *calm = arg;
    int own;
    switch (event->kind) {
    case FILLER_LOAD:
        return event->where == FILLER_GLOBAL      ? follow_global(calm, event->name)
               : event->where == FILLER_ATTRIBUTE ? follow_attribute(calm, event->name)
                                                  : 0;
    case FILLER_STORE:
        own = event->where == FILLER_ATTRIBUTE ? PySet_Contains(calm->stores, event->name) : 0;
        calm->restless = calm->restless || own <= 0;
        return own < 0 ? -1 : 0;
    case FILLER_ITEM:
        calm->restless = true;
        return 0;
    case FILLER_READ:
        return 0;
    }
    return 0;
}

/* ---- calls ---- */

/* A method of what a global stands for: a function of a calm module, or of a class of one. */
static bool global_reaches(const struct calm *calm, const struct reaching_call *call)
{
    PyFunctionObject *function = (PyFunctionObject *)calm->function;
    PyObject *value = PyDict_GetItemWithError(function->func_globals, call->global);
    if (!value && !PyErr_Occurred()) {
        value = PyDict_GetItemWithError(function->func_builtins, call->global);
    }
    if (!value || PyErr_Occurred()) {
        return true;
    }
    bool heap = PyType_Check(value) && (((PyTypeObject *)value)->tp_flags & Py_TPFLAGS_HEAPTYPE);
    if (PyModule_Check(value) || heap) {
        return !is_lent(calm, call->name);
    }
    return !(is_value_method(call->name) || (is_data(value) && !PyType_Check(value) && is_reader(call->name)));
}

/* A method that the class has: of self, or of what is data. */
static bool found_reaches(PyObject *found, const struct reaching_call *call)
{
    bool function = PyFunction_Check(found) || Py_IS_TYPE(found, &PyStaticMethod_Type) ||
                    Py_IS_TYPE(found, &PyClassMethod_Type) || Py_IS_TYPE(found, &PyWrapperDescr_Type);
    return !function || call->receiver < REACHING_GIVEN || call->receiver == REACHING_GLOBAL;
}

static int reaches(struct reaching_call *call, void *arg)
{
    struct calm *calm = arg;
    if (!call->name) { /* follow_value has looked at it */
        bool finds = PyUnicode_CompareWithASCIIString(call->global, "getattr") == 0 ||
                     PyUnicode_CompareWithASCIIString(call->global, "iter") == 0;
        call->ret_value = finds ? REACHING_UNKNOWN : is_maker(call->global) ? REACHING_MADE : REACHING_GIVEN;
        return 0;
    }
    if (call->loaded && !is_changing_method(call->name)) {
        return 0; /* follow_attribute has looked at it */
    }
    PyObject *found = shape_find(calm->line, call->name);
    if (call->loaded && !PyErr_Occurred()) { /* what is found was followed; what instances have must be data */
        int known = found ? 1 : PySet_Contains(calm->stored, call->name);
        return known < 0 ? -1 : !known && call->receiver != REACHING_MADE;
    }
    if (PyErr_Occurred() || found) {
        return PyErr_Occurred() ? -1 : found_reaches(found, call);
    }
    if (call->receiver == REACHING_GLOBAL) {
        bool global = global_reaches(calm, call);
        return PyErr_Occurred() ? -1 : global;
    }
    bool copies = PyUnicode_CompareWithASCIIString(call->name, "copy") == 0 || is_value_method(call->name);
    call->ret_value = copies ? REACHING_MADE : REACHING_UNKNOWN;
    return is_value_method(call->name) ? 0
           : is_reader(call->name)     ? call->receiver < REACHING_GIVEN
                                       : !is_changing_method(call->name) || call->receiver != REACHING_MADE;
}

/* ---- all of it ---- */

/* The parameters: what is put into what was given is seen by whoever gave it. New set. */
static PyObject *parameters_of(PyCodeObject *code)
{
    OWN_REF names = PySet_New(NULL);
    for (int i = 0; names && i < code->co_argcount + code->co_kwonlyargcount; i++) {
        if (PySet_Add(names, PyTuple_GET_ITEM(code->co_localsplusnames, i)) < 0) {
            return NULL;
        }
    }
    return STEAL(names);
}

static int read_code(struct calm *calm, PyCodeObject *code, bool method)
{
    OWN_REF parameters = parameters_of(code);
    if (!parameters || (method && code_self_stores(code, calm->stores) < 0)) {
        return -1;
    }
    int waits = code_imports_or_waits(code);
    calm->restless = calm->restless || waits;
    if (waits < 0 || fillers_scan(code, parameters, visit, calm) < 0 || code_attribute_reads(code, calm->reads) < 0) {
        return -1;
    }
    int beyond = calm->restless ? 0 : reaching_scan(code, reaches, calm);
    calm->restless = calm->restless || beyond;
    return beyond < 0 ? -1 : 0;
}

static int follow(struct calm *calm, PyObject *function, bool method)
{
    int seen = PyFunction_Check(function) ? PySet_Contains(calm->seen, function) : 0;
    calm->restless = calm->restless || !PyFunction_Check(function) || calm->depth > DEEPEST;
    if (seen || calm->restless) {
        return seen < 0 ? -1 : 0;
    }
    struct calm before = *calm;
    OWN_REF stores = PySet_Add(calm->seen, function) == 0 ? PySet_New(NULL) : NULL;
    OWN_REF lent = stores ? PyList_New(0) : NULL;
    if (!lent) {
        return -1;
    }
    calm->stores = stores;
    calm->lent = lent;
    calm->function = function;
    calm->depth++;
    int result = read_code(calm, (PyCodeObject *)PyFunction_GET_CODE(function), method);
    calm->stores = before.stores;
    calm->lent = before.lent;
    calm->function = before.function;
    calm->depth = before.depth;
    return result;
}

/* Borrowed arguments; the names that are read are added to `reads`. */
static int is_calm(const struct generation *generation, PyObject *line, PyObject *stored, PyObject *function,
                   PyObject *reads)
{
    OWN_REF seen = PySet_New(NULL);
    struct calm calm = {.generation = generation, .line = line, .stored = stored, .seen = seen, .reads = reads};
    int result = seen ? follow(&calm, function, true) : -1;
    return result < 0 ? -1 : !calm.restless;
}

int fill_is_calm(struct planning *p, PyObject *setter, PyObject *reads)
{
    OWN_REF stored = PyNumber_Or(p->kept, p->old_names);
    return stored ? is_calm(p->match->new, p->new_line, stored, setter, reads) : -1;
}

int fill_is_calm_of_old(const struct match *match, PyTypeObject *type, PyObject *function, PyObject *reads)
{
    OWN_REF line = shape_line(match, type, false);
    OWN_REF stored = line ? PySet_New(NULL) : NULL;
    return stored && shape_all_stores(line, stored) == 0 ? is_calm(match->old, line, stored, function, reads) : -1;
}

int fill_is_data(PyObject *state, PyObject *reads, PyObject *given)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    int data = !given || is_data(given);
    while (data > 0 && PyDict_Next(state, &position, &name, &value)) {
        int read = is_data(value) ? 0 : PySet_Contains(reads, name);
        data = read < 0 ? -1 : !read;
    }
    return data;
}
