/* What an instance has computed and its class leaves out of pickles:
 *
 *     def __getstate__(self):                def ranges(self):
 *         return (self._specs,)                  if self._ranges is None:
 *     def __setstate__(self, state):                 self._ranges = compute(self._specs)
 *         self._ranges = None                    return self._ranges
 *         (self._specs,) = state
 *
 * The class says itself that an instance is whole without it: copies begin with None there. That alone would be true of
 * a connection, or of a login, too. So it counts only if all code of the version makes it by itself: whoever binds a
 * result to the attribute reads it first, nobody binds anything else, and whoever reads it either makes it or calls
 * what does, and does not raise. Then None is as good as the value, if that is plain data.
 *
 * It begins anew where the new version would compute it in another way: what its code expects there is its own. And it
 * is no state that could have got another name (fill_plan.c). Invariant: in doubt an attribute is state. Must not: run
 * Python code. */
#include "engine/carry_memo.h"

#include "compat/constructor.h"
#include "compat/instructions.h"
#include "compat/state.h"
#include "engine/shape.h"

#include <stdlib.h>

#define DEEPEST 8
#define MOST_VALUES 5000

/* ---- what the class says ---- */

/* A plain function that instances of the class have under this name. Borrowed; NULL with an exception set or not. */
static PyObject *method_of(PyTypeObject *type, const char *text)
{
    OWN_REF name = PyUnicode_InternFromString(text);
    PyObject *found = name ? memo_class_attribute(type, name) : NULL;
    return found && PyFunction_Check(found) ? found : NULL;
}

static bool has_code_inside(PyCodeObject *code)
{
    bool found = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        found = found || PyCode_Check(PyTuple_GET_ITEM(code->co_consts, i));
    }
    return found;
}

/* Does the function do nothing but read attributes, and not this one? 1, 0, -1. */
static int leaves_out(PyObject *function, PyObject *name)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    OWN_REF reads = PySet_New(NULL);
    if (!reads || code_attribute_reads(code, reads) < 0) {
        return -1;
    }
    int plain = !has_code_inside(code);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names) && plain > 0; i++) {
        PyObject *read = PyTuple_GET_ITEM(code->co_names, i);
        bool whole = PyUnicode_READ_CHAR(read, 0) == '_' && PyUnicode_GET_LENGTH(read) > 1 &&
                     PyUnicode_READ_CHAR(read, 1) == '_'; /* __dict__, or another's __getstate__ */
        plain = whole || memo_same_name(read, name) ? 0 : PySet_Contains(reads, read);
    }
    return plain;
}

/* Does the statement bind None, whatever is given? */
static bool binds_none(PyObject *statement)
{
    PyObject *key = PyTuple_GET_ITEM(statement, CONSTRUCTOR_KEY);
    PyObject *value = PyTuple_GET_ITEM(statement, CONSTRUCTOR_PROGRAM) != Py_None &&
                              PyTuple_GET_ITEM(statement, CONSTRUCTOR_CONSTANT) == Py_True
                          ? PyTuple_GET_ITEM(key, 1) /* of LOAD_CONST: the type and the value */
                          : NULL;
    return value && PyTuple_CheckExact(value) && PyTuple_GET_ITEM(value, 1) == Py_None;
}

/* The private attributes that copies of an instance begin with None, and that their state does not say. New list; NULL
 * without an exception: the class does not say so of any. */
static PyObject *left_out_by(PyTypeObject *type)
{
    PyObject *get = method_of(type, "__getstate__"), *set = get ? method_of(type, "__setstate__") : NULL;
    bool own = set && !method_of(type, "__reduce__") && !method_of(type, "__reduce_ex__");
    OWN_REF nothing = own && !PyErr_Occurred() ? PySet_New(NULL) : NULL;
    OWN_REF statements = nothing ? constructor_statements((PyCodeObject *)PyFunction_GET_CODE(set), nothing) : NULL;
    if (!statements) {
        if (PyErr_ExceptionMatches(PyExc_ValueError)) {
            PyErr_Clear(); /* code that is not understood says nothing */
        }
        return NULL;
    }
    OWN_REF names = PyList_New(0);
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(statements); i++) {
        PyObject *statement = PyList_GET_ITEM(statements, i);
        PyObject *name = binds_none(statement) ? PyTuple_GET_ITEM(PyTuple_GET_ITEM(statement, 0), 0) : NULL;
        bool private = name && PyUnicode_READ_CHAR(name, 0) == '_';
        int out = private ? leaves_out(get, name) : 0;
        if (out < 0 || (out && PyList_Append(names, name) < 0)) {
            return NULL;
        }
    }
    return STEAL(names);
}

/* ---- what all code does with it ---- */

/* What one function does with attributes of this name. */
struct touch {
    PyObject *name; /* borrowed */
    bool reads, clears, fills;
    unsigned values; /* of what is bound that is not nothing */
};

static int note_touch(const struct filler_event *event, void *arg)
{
    struct touch *touch = arg;
    if (event->where != FILLER_ATTRIBUTE || !memo_same_name(event->name, touch->name)) {
        return 0;
    }
    unsigned values = event->values & ~(unsigned)FILLER_CALLER;
    touch->reads = touch->reads || event->kind == FILLER_LOAD;
    touch->fills = touch->fills || event->kind == FILLER_ITEM;
    if (event->kind == FILLER_STORE) {
        touch->clears = touch->clears || values == FILLER_EMPTY;
        touch->values |= values == FILLER_EMPTY ? 0 : values;
    }
    return 0;
}

static bool names_it(PyObject *code, PyObject *name)
{
    PyCodeObject *c = (PyCodeObject *)code;
    bool found = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(c->co_names) && !found; i++) {
        found = memo_same_name(PyTuple_GET_ITEM(c->co_names, i), name);
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(c->co_consts) && !found; i++) {
        PyObject *item = PyTuple_GET_ITEM(c->co_consts, i);
        found = PyCode_Check(item) && names_it(item, name);
    }
    return found;
}

/* Is the name among the code's strings, so that getattr() or setattr() may be given it? */
static bool quotes_it(PyObject *code, PyObject *name)
{
    PyObject *consts = ((PyCodeObject *)code)->co_consts;
    bool found = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(consts) && !found; i++) {
        PyObject *item = PyTuple_GET_ITEM(consts, i);
        bool several = PyTuple_CheckExact(item) || PyFrozenSet_CheckExact(item);
        found = PyCode_Check(item)      ? quotes_it(item, name)
                : several               ? PySequence_Check(item) && PySequence_Contains(item, name) == 1
                : PyUnicode_Check(item) ? memo_same_name(item, name)
                                        : false;
    }
    return found;
}

static bool mentions_any(PyObject *function, PyObject *names)
{
    bool found = false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names) && !found; i++) {
        found = names_it(PyFunction_GET_CODE(function), PyList_GET_ITEM(names, i));
    }
    return found;
}

/* Sorts the functions that touch the attribute: those that make what is there, and those that only read it. 1; 0: some
 * code does otherwise with it; -1. */
static int sort_functions(PyObject *functions, PyObject *name, PyObject *makers, PyObject *readers)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(functions); i++) {
        PyObject *function = PyList_GET_ITEM(functions, i), *code = PyFunction_GET_CODE(function);
        if (quotes_it(code, name)) {
            return 0;
        }
        struct touch touch = {.name = name};
        if (names_it(code, name) && fillers_scan((PyCodeObject *)code, NULL, note_touch, &touch) < 0) {
            return -1;
        }
        bool made = touch.reads && (touch.values & FILLER_RESULT) && !(touch.values & FILLER_COUNTED);
        if (touch.fills || (touch.values && !made)) {
            return 0;
        }
        PyObject *list = made ? makers : touch.reads ? readers : NULL;
        if (list && PyList_Append(list, function) < 0) {
            return -1;
        }
    }
    return PyList_GET_SIZE(makers) > 0;
}

/* The names of functions. New list. */
static PyObject *names_of(PyObject *functions)
{
    OWN_REF names = PyList_New(0);
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(functions); i++) {
        if (PyList_Append(names, ((PyFunctionObject *)PyList_GET_ITEM(functions, i))->func_name) < 0) {
            return NULL;
        }
    }
    return STEAL(names);
}

/* Is the function a method of a class of which some of these are? */
static bool is_beside(PyObject *function, PyObject *others)
{
    PyFunctionObject *f = (PyFunctionObject *)function;
    Py_ssize_t n = PyUnicode_GET_LENGTH(f->func_qualname) - PyUnicode_GET_LENGTH(f->func_name);
    OWN_REF class = n > 0 ? PyUnicode_Substring(f->func_qualname, 0, n) : NULL;
    bool beside = false;
    for (Py_ssize_t i = 0; class && i < PyList_GET_SIZE(others) && !beside; i++) {
        PyObject *path = ((PyFunctionObject *)PyList_GET_ITEM(others, i))->func_qualname;
        beside = PyUnicode_Tailmatch(path, class, 0, n, -1) == 1;
    }
    return beside;
}

/* Does everybody who reads the attribute call what makes it, or a method of its class that calls that, and never
 * complain that it is not there? 1, 0, -1. */
static int readers_make_it(PyObject *functions, PyObject *makers, PyObject *readers)
{
    OWN_REF names = names_of(makers);
    OWN_REF callers = names ? PyList_New(0) : NULL;
    for (Py_ssize_t i = 0; callers && i < PyList_GET_SIZE(functions); i++) {
        PyObject *function = PyList_GET_ITEM(functions, i);
        bool calls = mentions_any(function, names) && is_beside(function, makers);
        if (PyErr_Occurred() || (calls && PyList_Append(callers, function) < 0)) {
            return -1;
        }
    }
    OWN_REF further = callers ? names_of(callers) : NULL;
    int all = further ? 1 : -1;
    for (Py_ssize_t i = 0; all > 0 && i < PyList_GET_SIZE(readers); i++) {
        PyObject *reader = PyList_GET_ITEM(readers, i);
        int raises = code_raises((PyCodeObject *)PyFunction_GET_CODE(reader));
        all = raises < 0 ? -1 : !raises && (mentions_any(reader, names) || mentions_any(reader, further));
    }
    return all;
}

static int add_names(PyObject *code, PyObject *names)
{
    PyCodeObject *c = (PyCodeObject *)code;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(c->co_names); i++) {
        if (PySet_Add(names, PyTuple_GET_ITEM(c->co_names, i)) < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(c->co_consts); i++) {
        PyObject *item = PyTuple_GET_ITEM(c->co_consts, i);
        if (PyCode_Check(item) && add_names(item, names) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Adds all that functions of these names call, by any name, and so on. 0 or -1. */
static int add_reached(PyObject *functions, PyObject *names)
{
    OWN_REF rest = PyList_GetSlice(functions, 0, PyList_GET_SIZE(functions));
    for (bool again = rest; again;) {
        again = false;
        for (Py_ssize_t i = PyList_GET_SIZE(rest); i-- > 0;) {
            PyFunctionObject *function = (PyFunctionObject *)PyList_GET_ITEM(rest, i);
            int reached = PySet_Contains(names, function->func_name);
            if (reached < 0 ||
                (reached && (add_names(function->func_code, names) < 0 || PyList_SetSlice(rest, i, i + 1, NULL) < 0))) {
                return -1;
            }
            again = again || reached;
        }
    }
    return rest ? 0 : -1;
}

/* Do the makers, or what they call, ask for what is another thing every time? What only names an iterator's step, or a
 * file's number, is looked at in the makers alone: it is in most code. 1, 0, -1. */
static int makers_vary(PyObject *functions, PyObject *makers)
{
    static const char *const common[] = {"next", "count", "id", "stat"};
    OWN_REF names = PySet_New(NULL);
    bool found = false;
    for (int deep = 0; names && deep < 2 && !found; deep++) {
        for (Py_ssize_t i = 0; !deep && i < PyList_GET_SIZE(makers); i++) {
            if (add_names(PyFunction_GET_CODE(PyList_GET_ITEM(makers, i)), names) < 0) {
                return -1;
            }
        }
        OWN_REF list = deep && add_reached(functions, names) < 0 ? NULL : listed(names);
        for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list) && !found; i++) {
            PyObject *name = PyList_GET_ITEM(list, i);
            bool counts = memo_varies(name);
            for (size_t j = 0; deep && j < sizeof common / sizeof *common; j++) {
                counts = counts && PyUnicode_CompareWithASCIIString(name, common[j]) != 0;
            }
            found = counts;
        }
        if (!list) {
            return -1;
        }
    }
    return names ? found : -1;
}

/* Does all code of a generation make the attribute by itself? *ret_makers: the functions that do. 1, 0, -1. */
static int is_recomputed(PyObject *functions, PyObject *name, PyObject **ret_makers)
{
    OWN_REF makers = PyList_New(0);
    OWN_REF readers = makers ? PyList_New(0) : NULL;
    int result = readers ? sort_functions(functions, name, makers, readers) : -1;
    result = result > 0 ? readers_make_it(functions, makers, readers) : result;
    int vary = result > 0 ? makers_vary(functions, makers) : 0;
    result = vary < 0 ? -1 : vary ? 0 : result;
    *ret_makers = result > 0 ? STEAL(makers) : NULL;
    return result;
}

/* ---- both versions ---- */

struct looking {
    struct carrying *carrying;
    PyObject *functions[2]; /* owned lists: of the old and of the new generation; or NULL */
};

static PyObject *functions_of(struct looking *looking, bool new_world)
{
    PyObject **list = &looking->functions[new_world];
    return *list ? *list : (*list = shape_functions(looking->carrying->match, new_world));
}

/* Does the new version leave it out, too, and make it by itself, but in another way? 1, 0, -1. */
static int begins_anew(struct looking *looking, PyTypeObject *partner, PyObject *name, PyObject *makers)
{
    OWN_REF names = left_out_by(partner);
    int out = names ? PySequence_Contains(names, name) : PyErr_Occurred() ? -1 : 0;
    PyObject *functions = out > 0 ? functions_of(looking, true) : NULL;
    OWN_REF new_makers = NULL;
    int recomputed = functions ? is_recomputed(functions, name, &new_makers) : out > 0 ? -1 : out;
    struct memo_index *index = recomputed > 0 ? memo_index_of(looking->carrying) : NULL;
    if (!index) {
        return PyErr_Occurred() ? -1 : recomputed;
    }
    struct memo_closure closure = {.carrying = looking->carrying, .index = index, .memo = name};
    int failed = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(makers) && !failed && !closure.changed; i++) {
        failed = memo_follow(&closure, PyList_GET_ITEM(makers, i));
    }
    memo_closure_release(&closure);
    return failed ? -1 : closure.changed;
}

static int add_left_out(struct carry *carry, PyTypeObject *type, PyObject *name, bool anew)
{
    struct carry_left_out *grown = realloc(carry->left_out, (carry->n_left_out + 1) * sizeof *grown);
    if (!grown) {
        PyErr_NoMemory();
        return -1;
    }
    carry->left_out = grown;
    carry->left_out[carry->n_left_out++] = (struct carry_left_out){type, Py_NewRef(name), anew};
    return 0;
}

static int look_at_class(struct looking *looking, const struct pair *pair)
{
    PyTypeObject *type = (PyTypeObject *)pair->old;
    OWN_REF names = left_out_by(type);
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i), *functions = functions_of(looking, false);
        OWN_REF makers = NULL;
        int recomputed = functions ? is_recomputed(functions, name, &makers) : -1;
        int anew = recomputed > 0 ? begins_anew(looking, (PyTypeObject *)pair->partner, name, makers) : recomputed;
        if (anew < 0 || (recomputed && add_left_out(looking->carrying->carry, type, name, anew) < 0)) {
            return -1;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

int memo_find_left_out(struct carrying *carrying)
{
    struct looking looking = {.carrying = carrying};
    int failed = 0;
    for (size_t i = 0; i < carrying->match->n_pairs && !failed; i++) {
        const struct pair *pair = &carrying->match->pairs[i];
        bool class = pair->kind == PAIR_CLASS && PyType_Check(pair->partner);
        failed = class ? look_at_class(&looking, pair) : 0;
    }
    Py_XDECREF(looking.functions[0]);
    Py_XDECREF(looking.functions[1]);
    return failed;
}

/* ---- what instances have ---- */

/* Do classes of the program below this one, that the instance is of, touch the attribute or say otherwise what is left
 * out? */
static bool is_inherited(PyTypeObject *type, const struct carry_left_out *out)
{
    static const char *const names[] = {"__getstate__", "__setstate__", "__reduce__", "__reduce_ex__"};
    bool same = PyType_IsSubtype(type, out->type);
    for (size_t i = 0; i < sizeof names / sizeof *names && same; i++) {
        same = method_of(type, names[i]) == method_of(out->type, names[i]);
    }
    for (Py_ssize_t i = 0; same && PyTuple_GET_ITEM(type->tp_mro, i) != (PyObject *)out->type; i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i))->tp_dict, *key, *value;
        Py_ssize_t position = 0;
        while (same && dict && PyDict_Next(dict, &position, &key, &value)) {
            same = !PyFunction_Check(value) || !names_it(PyFunction_GET_CODE(value), out->name);
        }
    }
    return same;
}

static PyObject *left_out_names(const struct carry *carry, PyTypeObject *type, bool anew)
{
    OWN_REF names = PyList_New(0);
    for (size_t i = 0; names && i < carry->n_left_out; i++) {
        const struct carry_left_out *out = &carry->left_out[i];
        bool its = (!anew || out->anew) && is_inherited(type, out);
        if (PyErr_Occurred() || (its && PyList_Append(names, out->name) < 0)) {
            return NULL;
        }
    }
    return names ? PyList_AsTuple(names) : NULL;
}

PyObject *carry_left_out_names(const struct carry *carry, PyTypeObject *type)
{
    return left_out_names(carry, type, false);
}

PyObject *carry_anew_names(const struct carry *carry, PyTypeObject *type)
{
    return left_out_names(carry, type, true);
}

struct weighing {
    const struct match *match;
    int depth, budget;
};

static int is_more(PyObject *name, PyObject *value, void *arg);

/* Of the package, without a finalizer, and either equal to any other that says the same, or of a class that the new
 * version does not know. */
static bool is_value(const struct match *match, PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);
    bool compares = type->tp_hash != PyBaseObject_Type.tp_hash && type->tp_hash != PyObject_HashNotImplemented &&
                    type->tp_richcompare != PyBaseObject_Type.tp_richcompare;
    return generation_owns_class(match->old, (PyObject *)type) && !type->tp_finalize && !type->tp_del &&
           (compares || !match_find(match, (PyObject *)type));
}

/* Is it more than data: has it an identity that somebody may know? 1, 0. */
static int weigh(struct weighing *weighing, PyObject *value)
{
    if (++weighing->depth > DEEPEST || --weighing->budget < 0) {
        return 1;
    }
    int more = 0;
    if (PyTuple_CheckExact(value) || PyList_CheckExact(value)) {
        for (Py_ssize_t i = 0; i < Py_SIZE(value) && !more; i++) {
            more = weigh(weighing, PyTuple_CheckExact(value) ? PyTuple_GET_ITEM(value, i) : PyList_GET_ITEM(value, i));
        }
    } else if (PyMethod_Check(value)) {
        more = !generation_owns_function(weighing->match->old, PyMethod_GET_FUNCTION(value));
    } else if (!memo_is_plain(weighing->match, value) && !match_find(weighing->match, value)) {
        more = !is_value(weighing->match, value) || state_each(value, is_more, weighing);
    }
    weighing->depth--;
    return more;
}

static int is_more(PyObject *name, PyObject *value, void *arg)
{
    (void)name;
    return weigh(arg, value);
}

bool carry_is_disposable(const struct match *match, PyObject *value)
{
    struct weighing weighing = {match, 0, MOST_VALUES};
    bool more = weigh(&weighing, value) != 0;
    PyErr_Clear(); /* without memory to look it is taken for more */
    return !more;
}
