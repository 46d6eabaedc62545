/* What a class's code says about its instances, from dicts and instructions alone.
 *
 * A live instance was made by the old constructors; what the new ones do is compared with that. Must not: run code of
 * the packages, or ask types through anything but their dicts. */
#include "engine/shape.h"

#include "compat/codescan.h"
#include "compat/heap.h"
#include "compat/instructions.h"
#include "engine/account.h"

#include <stdlib.h>
#include <string.h>

/* The plain function behind what a class's dict holds, or NULL. */
static PyObject *method_code(PyObject *value)
{
    return PyFunction_Check(value) ? PyFunction_GET_CODE(value) : NULL;
}

/* ---- lines ---- */

static int append_new(PyObject *line, PyObject *class)
{
    int known = PySequence_Contains(line, class); /* classes: compared by identity unless a metaclass has an __eq__ */
    return known < 0 ? -1 : known ? 0 : PyList_Append(line, class);
}

/* The partner of a class and what it derives from; `object` comes last. */
static int append_partner(PyObject *line, PyTypeObject *partner)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(partner->tp_mro); i++) {
        PyObject *class = PyTuple_GET_ITEM(partner->tp_mro, i);
        if (class != (PyObject *)&PyBaseObject_Type && append_new(line, class) < 0) {
            return -1;
        }
    }
    return 0;
}

static PyTypeObject *partner_of(const struct match *match, PyObject *class)
{
    struct pair *pair = match_find(match, class);
    return pair && PyType_Check(pair->partner) ? (PyTypeObject *)pair->partner : NULL;
}

/* A class and what it derives from, but what only a replaced class derives from: its partner may have other bases. */
static int add_reached(const struct match *match, PyObject *class, PyObject *reached)
{
    PyObject *bases = partner_of(match, class) ? NULL : ((PyTypeObject *)class)->tp_bases;
    int failed = PyList_Append(reached, class);
    for (Py_ssize_t i = 0; bases && !failed && i < PyTuple_GET_SIZE(bases); i++) {
        failed = add_reached(match, PyTuple_GET_ITEM(bases, i), reached);
    }
    return failed;
}

static PyObject *new_line(const struct match *match, PyTypeObject *type)
{
    OWN_REF line = PyList_New(0);
    OWN_REF reached = line ? PyList_New(0) : NULL;
    if (!reached || add_reached(match, (PyObject *)type, reached) < 0) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        PyObject *class = PyTuple_GET_ITEM(type->tp_mro, i);
        PyTypeObject *partner = partner_of(match, class);
        int wanted = class == (PyObject *)&PyBaseObject_Type ? 1 : PySequence_Contains(reached, class);
        int failed = wanted <= 0 ? wanted : partner ? append_partner(line, partner) : append_new(line, class);
        if (failed < 0) {
            return NULL;
        }
    }
    return STEAL(line);
}

PyObject *shape_line(const struct match *match, PyTypeObject *type, bool new_world)
{
    return new_world ? new_line(match, type) : listed(type->tp_mro);
}

PyObject *shape_find(PyObject *line, PyObject *name)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(line); i++) {
        PyObject *dict = ((PyTypeObject *)PyList_GET_ITEM(line, i))->tp_dict;
        PyObject *value = dict ? PyDict_GetItemWithError(dict, name) : NULL;
        if (value || PyErr_Occurred()) {
            return value;
        }
    }
    return NULL;
}

/* ---- constructors ---- */

/* Does this code, or code in it, read an attribute of that name? 1, 0, -1. */
static int reads_name(PyObject *function, PyObject *name)
{
    OWN_REF names = PySet_New(NULL);
    if (!names || code_attribute_reads((PyCodeObject *)PyFunction_GET_CODE(function), names) < 0) {
        return -1;
    }
    return PySet_Contains(names, name);
}

struct chain {
    PyObject *line, *name; /* borrowed */
    PyObject *list;        /* borrowed: what was found */
    bool named;            /* does the function call one by its class's name (Base.__init__)? */
};

static int append_from(struct chain *chain, Py_ssize_t at);

static bool is_called(PyTypeObject *type, PyObject *name)
{
    return ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) != 0) &&
           PyUnicode_Compare(((PyHeapTypeObject *)type)->ht_name, name) == 0;
}

static int follow_named(const struct codescan_event *event, void *arg)
{
    struct chain *chain = arg;
    if (event->kind != CODESCAN_GLOBAL_ATTR) {
        return 0;
    }
    bool plain = PyUnicode_Compare(event->attribute, chain->name) == 0; /* or package.Base.__init__, as it may be */
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(chain->line); i++) {
        if (is_called((PyTypeObject *)PyList_GET_ITEM(chain->line, i), plain ? event->name : event->attribute)) {
            chain->named = chain->named || plain;
            return append_from(chain, i);
        }
    }
    return 0;
}

/* codescan; a code that is not understood says nothing. */
static int scan(PyObject *function, codescan_visit visit, void *arg)
{
    int result = codescan((PyCodeObject *)PyFunction_GET_CODE(function), -1, visit, arg);
    if (result < 0 && PyErr_ExceptionMatches(PyExc_ValueError)) {
        PyErr_Clear();
        return 0;
    }
    return result;
}

/* The first method of that name from a place of the line on, and those that it calls on: by name, or with super(). */
static int append_from(struct chain *chain, Py_ssize_t at)
{
    PyObject *function = NULL;
    for (; at < PyList_GET_SIZE(chain->line) && !function; at++) {
        PyObject *dict = ((PyTypeObject *)PyList_GET_ITEM(chain->line, at))->tp_dict;
        function = dict ? PyDict_GetItemWithError(dict, chain->name) : NULL;
        function = function && PyFunction_Check(function) ? function : NULL;
    }
    int known = function ? PySequence_Contains(chain->list, function) : 1;
    if (PyErr_Occurred() || known) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int more = PyList_Append(chain->list, function) < 0 ? -1 : reads_name(function, chain->name);
    if (more <= 0) {
        return more;
    }
    struct chain inner = *chain;
    inner.named = false;
    int result = scan(function, follow_named, &inner);
    return result < 0 || inner.named ? result : append_from(chain, at);
}

static int append_chain(PyObject *line, PyObject *name, PyObject *list)
{
    struct chain chain = {line, name, list, false};
    return append_from(&chain, 0);
}

PyObject *shape_constructors(PyObject *line)
{
    static const char *const later[] = {"__attrs_pre_init__", "__post_init__", "__attrs_post_init__"};
    OWN_REF name = PyUnicode_FromString("__init__");
    OWN_REF list = name ? PyList_New(0) : NULL;
    if (!list || append_chain(line, name, list) < 0) {
        return NULL;
    }
    Py_ssize_t n = PyList_GET_SIZE(list);
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        Py_XSETREF(name, PyUnicode_FromString(later[i]));
        int called = name ? 0 : -1;
        for (Py_ssize_t j = 0; j < n && called == 0; j++) {
            called = reads_name(PyList_GET_ITEM(list, j), name);
        }
        if (called < 0 || (called && append_chain(line, name, list) < 0)) {
            return NULL;
        }
    }
    return STEAL(list);
}

struct helping {
    PyObject *line, *constructors; /* borrowed */
    PyObject *list;                /* borrowed: what was found */
};

static int follow_call(const struct codescan_event *event, void *arg)
{
    struct helping *helping = arg;
    PyObject *function =
        event->kind == CODESCAN_SELF_CALL && event->attribute ? shape_find(helping->line, event->attribute) : NULL;
    if (!function || !PyFunction_Check(function)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int known = PySequence_Contains(helping->constructors, function);
    known = known == 0 ? PySequence_Contains(helping->list, function) : known;
    return known < 0 ? -1 : known ? 0 : PyList_Append(helping->list, function);
}

PyObject *shape_helpers(PyObject *line, PyObject *constructors)
{
    OWN_REF list = PyList_New(0);
    struct helping helping = {line, constructors, list};
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(constructors); i++) {
        if (scan(PyList_GET_ITEM(constructors, i), follow_call, &helping) < 0) {
            return NULL;
        }
    }
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++) { /* grows meanwhile */
        if (scan(PyList_GET_ITEM(list, i), follow_call, &helping) < 0) {
            return NULL;
        }
    }
    return STEAL(list);
}

/* ---- generated constructors ---- */

static bool file_begins(PyObject *function, const char *with)
{
    const char *file = PyUnicode_AsUTF8(((PyCodeObject *)PyFunction_GET_CODE(function))->co_filename);
    if (!file) {
        PyErr_Clear(); /* a name that is no text is no generator's */
    }
    return file && strncmp(file, with, strlen(with)) == 0;
}

PyObject *shape_fields(PyObject *line, PyObject *constructor, bool *ret_attrs)
{
    *ret_attrs = file_begins(constructor, "<attrs generated ");
    if (!*ret_attrs && !file_begins(constructor, "<string>")) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(line); i++) {
        PyObject *dict = ((PyTypeObject *)PyList_GET_ITEM(line, i))->tp_dict;
        if (!dict || dict_get(dict, "__init__") != constructor) {
            continue;
        }
        PyObject *fields = dict_get(dict, *ret_attrs ? "__attrs_attrs__" : "__dataclass_fields__");
        return fields && (*ret_attrs ? PyTuple_Check(fields) : PyDict_CheckExact(fields)) ? fields : NULL;
    }
    return NULL;
}

static int add_field_names(PyObject *fields, bool attrs, PyObject *names)
{
    if (!attrs) {
        PyObject *name, *field;
        Py_ssize_t position = 0;
        while (PyDict_Next(fields, &position, &name, &field)) {
            if (PyUnicode_CheckExact(name) && PySet_Add(names, name) < 0) {
                return -1;
            }
        }
        return 0;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(fields); i++) {
        OWN_REF name = PyObject_GetAttrString(PyTuple_GET_ITEM(fields, i), "name");
        if (!name || PySet_Add(names, name) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- stores ---- */

int shape_stores(PyObject *line, PyObject *constructor, PyObject *names)
{
    bool attrs;
    PyObject *fields = shape_fields(line, constructor, &attrs);
    if (fields && add_field_names(fields, attrs, names) < 0) {
        return -1;
    }
    return code_self_stores((PyCodeObject *)PyFunction_GET_CODE(constructor), names);
}

int shape_all_stores(PyObject *line, PyObject *names)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(line); i++) {
        PyObject *dict = ((PyTypeObject *)PyList_GET_ITEM(line, i))->tp_dict, *key, *value;
        Py_ssize_t position = 0;
        while (dict && PyDict_Next(dict, &position, &key, &value)) {
            PyObject *code = method_code(value);
            if (code && (code_self_stores((PyCodeObject *)code, names) < 0 || shape_stores(line, value, names) < 0)) {
                return -1;
            }
        }
    }
    return 0;
}

int shape_later_stores(PyObject *line, PyObject *constructors, PyObject *names)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(line); i++) {
        PyObject *dict = ((PyTypeObject *)PyList_GET_ITEM(line, i))->tp_dict, *key, *value;
        Py_ssize_t position = 0;
        while (dict && PyDict_Next(dict, &position, &key, &value)) {
            PyObject *code = method_code(value);
            int constructs = code ? PySequence_Contains(constructors, value) : 1;
            if (constructs < 0 || (!constructs && code_self_stores((PyCodeObject *)code, names) < 0)) {
                return -1;
            }
        }
    }
    return 0;
}

/* ---- reads ---- */

struct reading {
    const struct generation *generation, *other;
    struct objects functions; /* borrowed */
};

/* Functions wherever they are held: below a property, a wrapper, in a class in a class, in a table. Those that a
 * generator made have namespaces of their own, and are found in their class. */
static int note_function(PyObject *object, void *arg)
{
    struct reading *reading = arg;
    if (PyFunction_Check(object)) {
        return generation_owns_function(reading->generation, object) ? objects_add(&reading->functions, object) : 0;
    }
    PyObject *key, *value;
    Py_ssize_t position = 0;
    bool own = PyType_Check(object) && generation_owns_class(reading->generation, object);
    while (own && PyDict_Next(((PyTypeObject *)object)->tp_dict, &position, &key, &value)) {
        bool made = PyFunction_Check(value) && !generation_owns_function(reading->generation, value) &&
                    !generation_owns_function(reading->other, value); /* of the same modules, both know the class */
        if (made && objects_add(&reading->functions, value) < 0) {
            return -1;
        }
    }
    return 0;
}

PyObject *shape_functions(const struct match *match, bool new_world)
{
    struct reading reading = {.generation = new_world ? match->new : match->old,
                              .other = new_world ? match->old : match->new};
    bool before = heap_forbid_collection();
    int failed = heap_each(note_function, &reading);
    OWN_REF list = failed ? NULL : PyList_New((Py_ssize_t)reading.functions.n);
    for (size_t i = 0; list && i < reading.functions.n; i++) {
        PyList_SET_ITEM(list, (Py_ssize_t)i, Py_NewRef(reading.functions.items[i]));
    }
    heap_allow_collection(before);
    free(reading.functions.items);
    return list || PyErr_Occurred() ? STEAL(list) : PyErr_NoMemory();
}

PyObject *shape_reads(const struct match *match)
{
    OWN_REF functions = shape_functions(match, true);
    OWN_REF reads = functions ? PySet_New(NULL) : NULL;
    for (Py_ssize_t i = 0; reads && i < PyList_GET_SIZE(functions); i++) {
        PyObject *function = PyList_GET_ITEM(functions, i);
        if (code_attribute_reads((PyCodeObject *)PyFunction_GET_CODE(function), reads) < 0) {
            return NULL;
        }
    }
    return STEAL(reads);
}
