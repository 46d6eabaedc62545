/* Attributes whose value needs more than one statement of the new constructor, or what the instance remembers.
 *
 * Of what the old constructor was given an instance remembers what was stored as it came, under a name that nobody else
 * binds: neither another method, nor other code of the package or the program. So of keywords that went on to a base.
 * compat/slice.h finds the statements; what depends on one instance may run only if nobody can tell that it ran
 * (fill_calm.c). Invariant: in doubt an argument is not known. Must not: run Python code. */
#include "engine/fill_plan.h"

#include "compat/constructor.h"
#include "compat/handing.h"
#include "compat/heap.h"
#include "compat/instructions.h"
#include "compat/slice.h"
#include "engine/account.h"
#include "engine/carry_override.h"
#include "engine/same.h"
#include "engine/shape.h"

#include <stdlib.h>

static PyCodeObject *code_of(PyObject *function)
{
    return (PyCodeObject *)PyFunction_GET_CODE(function);
}

/* ---- who binds an attribute ---- */

struct looking {
    const struct match *match;
    struct objects found; /* borrowed: nothing runs between the walk and the list */
};

static int take(PyObject *object, void *arg)
{
    struct looking *looking = arg;
    bool own = PyFunction_Check(object) && (generation_owns_function(looking->match->old, object) ||
                                            generation_owns_function(looking->match->new, object));
    return own ? objects_add(&looking->found, object) : 0;
}

/* Code of both versions, and code outside that may bind attributes of the package's instances. Borrowed, or NULL. */
static PyObject *binders(struct planning *p)
{
    if (*p->binders) {
        return *p->binders;
    }
    OWN_REF codes = override_codes(p->match);
    struct looking looking = {.match = p->match};
    bool before = heap_forbid_collection();
    int failed = !codes ? -1 : heap_each(take, &looking) == 0 ? 0 : (PyErr_NoMemory(), -1);
    for (size_t i = 0; i < looking.found.n && !failed; i++) {
        failed = PyList_Append(codes, (PyObject *)code_of(looking.found.items[i]));
    }
    heap_allow_collection(before);
    free(looking.found.items);
    *p->binders = failed ? NULL : STEAL(codes);
    return *p->binders;
}

/* In how many statements do these functions store it? -1 with an exception set. */
static int count_stores(PyObject *makers, PyObject *name)
{
    OWN_REF nothing = PySet_New(NULL);
    int n = nothing ? 0 : -1;
    for (Py_ssize_t i = 0; n >= 0 && i < PyList_GET_SIZE(makers); i++) {
        OWN_REF statements = fill_statements(PyList_GET_ITEM(makers, i), nothing);
        for (Py_ssize_t j = 0; statements && n >= 0 && j < PyList_GET_SIZE(statements); j++) {
            PyObject *names = PyTuple_GET_ITEM(PyList_GET_ITEM(statements, j), CONSTRUCTOR_NAMES);
            int stores = PySequence_Contains(names, name);
            n = stores < 0 ? -1 : n + stores;
        }
        n = statements ? n : -1;
    }
    return n;
}

/* Does code know a way to bind attributes whose names are not written in it? */
static bool binds_any(PyCodeObject *code)
{
    static const char *const ways[] = {"__dict__", "setattr", "vars", "__setattr__", "__setstate__"};
    bool found = false;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(code->co_names) && !found; j++) {
            found = PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(code->co_names, j), ways[i]) == 0;
        }
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts) && !found; i++) {
        PyObject *nested = PyTuple_GET_ITEM(code->co_consts, i);
        found = PyCode_Check(nested) && binds_any((PyCodeObject *)nested);
    }
    return found;
}

/* Does code that knows such a way name the attribute as a keyword: `vars(mark).update(level=9)`? Names of keywords are
 * a tuple among the constants. */
static bool binds_by_keyword(PyCodeObject *code, PyObject *name)
{
    bool found = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts) && !found; i++) {
        PyObject *item = PyTuple_GET_ITEM(code->co_consts, i);
        for (Py_ssize_t j = 0; PyTuple_CheckExact(item) && j < PyTuple_GET_SIZE(item) && !found; j++) {
            PyObject *word = PyTuple_GET_ITEM(item, j);
            found = PyUnicode_CheckExact(word) && PyUnicode_Compare(word, name) == 0;
        }
    }
    return found && binds_any(code);
}

/* Does a method of these classes? */
static bool methods_bind_any(PyObject *line)
{
    PyObject *key, *value;
    bool found = false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(line) && !found; i++) {
        PyTypeObject *type = (PyTypeObject *)PyList_GET_ITEM(line, i);
        Py_ssize_t position = 0;
        while (!found && (type->tp_flags & Py_TPFLAGS_HEAPTYPE) &&
               PyDict_Next(type->tp_dict, &position, &key, &value)) {
            found = PyFunction_Check(value) && binds_any(code_of(value));
        }
    }
    return found;
}

/* Is what an instance has under this name what the only statement of an old constructor put there? 1, 0, -1. */
static int is_private(struct planning *p, PyObject *name)
{
    PyObject *found = shape_find(p->old_line, name);
    bool computed = found && Py_TYPE(found)->tp_descr_set && !Py_IS_TYPE(found, &PyMemberDescr_Type);
    int later = PyErr_Occurred() ? -1 : computed ? 1 : PySet_Contains(p->later, name);
    int n = later ? 0 : count_stores(p->old_makers, name);
    PyObject *codes = n == 1 ? binders(p) : NULL;
    int bound = codes ? override_possible(codes, (PyTypeObject *)PyList_GET_ITEM(p->old_line, 0), name) : 1;
    for (Py_ssize_t i = 0; codes && bound == 0 && i < PyList_GET_SIZE(codes); i++) {
        PyObject *code = PyList_GET_ITEM(codes, i);
        bound = PyCode_Check(code) && binds_by_keyword((PyCodeObject *)code, name);
    }
    return PyErr_Occurred() ? -1 : !bound;
}

/* ---- what is remembered ---- */

struct known {
    PyObject *given, *atoms, *empty; /* owned, as in struct slice_known */
    PyObject *kept, *keywords;
};

static void known_release(struct known *known)
{
    PyObject **fields[] = {&known->given, &known->atoms, &known->empty, &known->kept, &known->keywords};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        Py_CLEAR(*fields[i]);
    }
}

/* Is it a value that nobody can change, and of which nothing runs when it is tested? */
static bool is_atom(PyObject *value)
{
    return value == Py_None || PyBool_Check(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
           PyUnicode_CheckExact(value) || PyBytes_CheckExact(value);
}

static int note_defaults(struct known *known, PyObject *maker)
{
    OWN_REF names = listed(known->given);
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        PyObject *value = fill_default(maker, fill_parameter(code_of(maker), name));
        bool atom = value && is_atom(value);
        if (PyErr_Occurred() || (atom && PySet_Add(known->atoms, name) < 0) ||
            (atom && PyObject_Not(value) == 1 && PySet_Add(known->empty, name) < 0)) {
            return -1;
        }
    }
    return names ? 0 : -1;
}

/* Are the constructors that call makers[at] what they were, so that it is given what it was given? 1, 0, -1. */
static int has_same_callers(const struct planning *p, Py_ssize_t at)
{
    int same = 1;
    for (Py_ssize_t i = 0; i < at && same > 0; i++) {
        Py_ssize_t before = fill_counterpart(p, p->new_makers, i);
        same = before < 0 ? 0
                          : same_code((PyObject *)code_of(PyList_GET_ITEM(p->old_makers, before)),
                                      (PyObject *)code_of(PyList_GET_ITEM(p->new_makers, i)));
    }
    return same;
}

/* Is what was given as this parameter what instances of the old version have under a name, and does the new constructor
 * store it there too, so that it means the same? 1, 0, -1. */
static int is_kept(struct planning *p, PyObject *new, PyObject *parameter, PyObject *name)
{
    OWN_REF nothing = PySet_New(NULL);
    OWN_REF statements = nothing ? fill_statements(new, nothing) : NULL;
    bool stores = false;
    for (Py_ssize_t i = 0; statements && i < PyList_GET_SIZE(statements) && !stores; i++) {
        PyObject *statement = PyList_GET_ITEM(statements, i), *names = PyTuple_GET_ITEM(statement, CONSTRUCTOR_NAMES),
                 *stored = PyTuple_GET_ITEM(statement, CONSTRUCTOR_PARAMETER);
        stores = stored != Py_None && PyUnicode_Compare(stored, parameter) == 0 && PyTuple_GET_SIZE(names) == 1 &&
                 PyUnicode_Compare(PyTuple_GET_ITEM(names, 0), name) == 0;
    }
    return statements ? (stores ? is_private(p, name) : 0) : -1;
}

/* One statement of the old constructor: does the instance remember a parameter that the new constructor has, too? 0 or
 * -1. */
static int note_statement(struct planning *p, struct known *known, PyObject *old, PyObject *new, PyObject *statement)
{
    PyObject *names = PyTuple_GET_ITEM(statement, CONSTRUCTOR_NAMES),
             *parameter = PyTuple_GET_ITEM(statement, CONSTRUCTOR_PARAMETER);
    int place = parameter == Py_None ? -1 : fill_parameter(code_of(old), parameter);
    if (place <= 0 || place != fill_parameter(code_of(new), parameter) || PyTuple_GET_SIZE(names) != 1) {
        return 0;
    }
    PyObject *name = PyTuple_GET_ITEM(names, 0);
    int remembered = is_kept(p, new, parameter, name);
    return remembered > 0 ? PyDict_SetItem(known->kept, parameter, name) : remembered;
}

/* Do all calls of a base's constructor, of which there is one, hand **keywords on, and this one with them? 1, 0, -1. */
static int hands_on(PyObject *function, PyObject *keyword, int place)
{
    OWN_REF init = PyUnicode_FromString("__init__");
    OWN_REF calls = init ? handing_calls(code_of(function), init) : NULL;
    if (!calls || !PyList_Check(calls) || PyList_GET_SIZE(calls) != 1) {
        return calls ? 0 : -1;
    }
    PyObject *call = PyList_GET_ITEM(calls, 0);
    long n = PyLong_AsLong(PyTuple_GET_ITEM(call, HANDING_POSITIONAL));
    int named = PyDict_Contains(PyTuple_GET_ITEM(call, HANDING_KEYWORDS), keyword);
    bool on = named == 0 && n >= 0 && n <= place && PyTuple_GET_ITEM(call, HANDING_REST) == Py_True;
    return named < 0 || PyErr_Occurred() ? -1 : on ? handing_leaves(code_of(function), keyword) : 0;
}

/* A keyword that went through the old constructor to a base, which stored it as it came. 0 or -1. */
static int note_keyword(struct planning *p, struct known *known, Py_ssize_t before, Py_ssize_t at, PyObject *statement)
{
    PyObject *old = PyList_GET_ITEM(p->old_makers, before), *base = PyList_GET_ITEM(p->old_makers, before + 1);
    PyObject *new = PyList_GET_ITEM(p->new_makers, at), *new_base = PyList_GET_ITEM(p->new_makers, at + 1);
    PyObject *names = PyTuple_GET_ITEM(statement, CONSTRUCTOR_NAMES),
             *keyword = PyTuple_GET_ITEM(statement, CONSTRUCTOR_PARAMETER);
    int place = keyword == Py_None ? -1 : fill_parameter(code_of(base), keyword);
    PyObject *value = place > 0 && place >= code_of(base)->co_posonlyargcount ? fill_default(base, place) : NULL;
    bool named = value && (fill_parameter(code_of(old), keyword) >= 0 || fill_parameter(code_of(new), keyword) >= 0);
    if (!value || named || PyTuple_GET_SIZE(names) != 1) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int remembered = hands_on(old, keyword, place);
    remembered = remembered > 0 ? handing_leaves(code_of(new), keyword) : remembered;
    remembered = remembered > 0 ? is_kept(p, new_base, keyword, PyTuple_GET_ITEM(names, 0)) : remembered;
    OWN_REF entry = remembered > 0 ? PyTuple_Pack(2, PyTuple_GET_ITEM(names, 0), value) : NULL;
    return remembered <= 0 ? remembered : entry ? PyDict_SetItem(known->keywords, keyword, entry) : -1;
}

/* What instances remember of the arguments of new_makers[at]. 0 or -1. */
static int note_remembered(struct planning *p, struct known *known, Py_ssize_t at)
{
    Py_ssize_t before = p->old_setattr || methods_bind_any(p->old_line) ? -1 : fill_counterpart(p, p->new_makers, at);
    int same = before < 0 ? 0 : has_same_callers(p, at);
    if (same <= 0) {
        return same;
    }
    PyObject *old = PyList_GET_ITEM(p->old_makers, before), *new = PyList_GET_ITEM(p->new_makers, at);
    bool rest = (code_of(old)->co_flags & CO_VARKEYWORDS) && (code_of(new)->co_flags & CO_VARKEYWORDS);
    bool handed = rest && before + 1 < PyList_GET_SIZE(p->old_makers) && at + 1 < PyList_GET_SIZE(p->new_makers);
    PyObject *base = handed ? PyList_GET_ITEM(p->old_makers, before + 1) : NULL;
    OWN_REF nothing = PySet_New(NULL);
    OWN_REF statements = nothing ? fill_statements(old, nothing) : NULL;
    OWN_REF handed_on = !statements ? NULL : base ? fill_statements(base, nothing) : PyList_New(0);
    int failed = handed_on ? 0 : -1;
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(statements); i++) {
        failed = note_statement(p, known, old, new, PyList_GET_ITEM(statements, i));
    }
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(handed_on); i++) {
        failed = note_keyword(p, known, before, at, PyList_GET_ITEM(handed_on, i));
    }
    return failed;
}

/* 0 or -1; to be released in any case. */
static int find_known(struct planning *p, struct known *known, Py_ssize_t at)
{
    known->given = fill_given(p, p->new_makers, at);
    known->atoms = known->given ? PySet_New(NULL) : NULL;
    known->empty = known->atoms ? PySet_New(NULL) : NULL;
    known->kept = known->empty ? PyDict_New() : NULL;
    known->keywords = known->kept ? PyDict_New() : NULL;
    return known->keywords && note_defaults(known, PyList_GET_ITEM(p->new_makers, at)) == 0
               ? note_remembered(p, known, at)
               : -1;
}

/* ---- what `self` is asked for ---- */

/* The function of a static method that every instance of the new class has under this name, if it has nothing of its
 * own. New reference; NULL without an exception: nobody can tell. */
static PyObject *static_method(const struct planning *p, PyObject *name)
{
    PyObject *sets[] = {p->kept, p->old_names, p->later, p->given};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        if (PySet_Contains(sets[i], name)) { /* -1, too */
            return NULL;
        }
    }
    PyObject *found = shape_find(p->new_line, name), *before = found ? shape_find(p->old_line, name) : NULL;
    OWN_REF function =
        found && Py_IS_TYPE(found, &PyStaticMethod_Type) ? PyObject_GetAttrString(found, "__func__") : NULL;
    OWN_REF old =
        before && Py_IS_TYPE(before, &PyStaticMethod_Type) ? PyObject_GetAttrString(before, "__func__") : NULL;
    bool own = function && generation_owns_function(p->match->new, function);
    bool patched = before && !(old && generation_owns_function(p->match->old, old)); /* by the program, for ever */
    return own && !patched && !PyErr_Occurred() ? STEAL(function) : NULL;
}

/* New dict name -> function; None: nobody can tell; NULL. */
static PyObject *static_methods(const struct planning *p, PyObject *asked)
{
    OWN_REF names = listed(asked);
    OWN_REF functions = names ? PyDict_New() : NULL;
    OWN_REF getter = functions ? PyUnicode_FromString("__getattribute__") : NULL;
    PyObject *own = getter ? shape_find(p->new_line, getter) : NULL;
    bool known = !own || !PyFunction_Check(own);
    for (Py_ssize_t i = 0; !PyErr_Occurred() && known && i < PyList_GET_SIZE(names); i++) {
        OWN_REF function = static_method(p, PyList_GET_ITEM(names, i));
        known = function != NULL;
        if (function && PyDict_SetItem(functions, PyList_GET_ITEM(names, i), function) < 0) {
            return NULL;
        }
    }
    return PyErr_Occurred() ? NULL : known ? STEAL(functions) : Py_NewRef(Py_None);
}

/* ---- all of it ---- */

/* Notes what is made of an instance's own values, if it may run. 1, 0, -1. */
static int add_derived(struct planning *p, PyObject *names, PyObject *function, PyObject *slice, PyObject *asked,
                       bool empty)
{
    PyObject *inputs = PyTuple_GET_ITEM(slice, SLICE_INPUTS);
    OWN_REF reads = PySet_New(NULL);
    int calm = reads ? fill_is_calm(p, function, reads) : -1;
    OWN_REF entry = calm > 0 ? PyTuple_Pack(DERIVED_FIELDS, names, function, inputs,
                                            PyTuple_GET_ITEM(slice, SLICE_KEYS), asked, empty ? Py_True : Py_False)
                             : NULL;
    if (!entry) {
        return calm == 0 ? 0 : -1;
    }
    if (!p->fills->derived && !(p->fills->derived = PyList_New(0))) {
        return -1;
    }
    return PyList_Append(p->fills->derived, entry) < 0 ? -1 : 1;
}

static int add_slice(struct planning *p, PyObject *names, PyObject *maker, PyObject *slice, bool empty)
{
    OWN_REF asked = static_methods(p, PyTuple_GET_ITEM(slice, SLICE_ASKED));
    OWN_REF function = asked && asked != Py_None ? fill_function(maker, PyTuple_GET_ITEM(slice, SLICE_PROGRAM)) : NULL;
    if (!function) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (PyDict_GET_SIZE(PyTuple_GET_ITEM(slice, SLICE_INPUTS))) {
        return add_derived(p, names, function, slice, asked, empty);
    }
    struct fill made = {.kind = FILL_MADE, .function = function, .records = true, .asked = asked};
    return fill_add(p->fills, &made, names) < 0 ? -1 : 1;
}

int fill_slice(struct planning *p, PyObject *names, Py_ssize_t at)
{
    PyObject *maker = PyList_GET_ITEM(p->new_makers, at);
    struct known known = {0};
    int wanted = 0;
    for (Py_ssize_t i = 0; wanted == 0 && i < PyList_GET_SIZE(names); i++) {
        wanted = fill_is_wanted(p, PyList_GET_ITEM(names, i));
    }
    if (wanted <= 0) {
        return wanted;
    }
    int filled = find_known(p, &known, at);
    for (int empty = 0; empty < 2 && filled == 0; empty++) {
        struct slice_known says = {known.given, known.atoms, known.empty, known.kept, known.keywords, empty};
        OWN_REF slice = slice_make(code_of(maker), PyList_GET_ITEM(names, 0), &says);
        if (!slice && PyErr_ExceptionMatches(PyExc_ValueError)) {
            PyErr_Clear();
            break; /* not understood */
        }
        filled = !slice ? -1 : slice == Py_None ? 0 : add_slice(p, names, maker, slice, empty);
    }
    known_release(&known);
    return filled;
}
