/* Which attributes are new, and what gives them.
 *
 * Both versions' constructors are read statement by statement (compat/constructor.h). New is what a new constructor
 * stores and no old one did. Its value comes from the statement itself if that can be run alone; from the default or
 * the factory of a field; or from the one vanished attribute that had the same expression. Must not: run Python code.
 */
#include "engine/fill_plan.h"

#include "compat/constructor.h"
#include "compat/instructions.h"
#include "engine/carry_equal.h"
#include "engine/same.h"
#include "engine/shape.h"

static void planning_release(struct planning *p)
{
    PyObject **fields[] = {&p->old_line, &p->new_line, &p->old_makers, &p->old_names, &p->vanished,
                           &p->added,    &p->counts,   &p->fresh,      &p->kept,      &p->later,
                           &p->filled,   &p->given,    &p->forgotten,  &p->moved,     &p->new_makers};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        Py_CLEAR(*fields[i]);
    }
}

/* The statements of a constructor. Of code that is not understood it is known only what it stores. */
PyObject *fill_statements(PyObject *maker, PyObject *given)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(maker);
    PyObject *statements = constructor_statements(code, given);
    if (statements || !PyErr_ExceptionMatches(PyExc_ValueError)) {
        return statements;
    }
    PyErr_Clear();
    OWN_REF names = PySet_New(NULL);
    OWN_REF tuple = names && code_self_stores(code, names) == 0 ? PySequence_Tuple(names) : NULL;
    PyObject *none = Py_None;
    return tuple ? Py_BuildValue("[(OOOOO)]", tuple, none, none, Py_False, none) : NULL;
}

/* ---- the old constructors ---- */

static int note_vanished(struct planning *p, PyObject *maker)
{
    OWN_REF nothing = PySet_New(NULL);
    OWN_REF statements = nothing ? fill_statements(maker, nothing) : NULL;
    for (Py_ssize_t i = 0; statements && i < PyList_GET_SIZE(statements); i++) {
        PyObject *statement = PyList_GET_ITEM(statements, i);
        PyObject *names = PyTuple_GET_ITEM(statement, CONSTRUCTOR_NAMES),
                 *key = PyTuple_GET_ITEM(statement, CONSTRUCTOR_KEY);
        PyObject *name = key == Py_None ? Py_None : PyTuple_GET_ITEM(names, 0);
        int stays = key == Py_None ? 1 : PySet_Contains(p->kept, name);
        int left_out = stays == 0 && p->left_out ? PySequence_Contains(p->left_out, name) : 0;
        OWN_REF entry = stays == 0 ? PyTuple_Pack(2, name, key) : NULL;
        PyObject *list = left_out > 0 ? p->forgotten : p->vanished;
        if (stays < 0 || left_out < 0 || (!stays && (!entry || PyList_Append(list, entry) < 0))) {
            return -1;
        }
    }
    return statements ? 0 : -1;
}

static int read_old(struct planning *p)
{
    if (shape_all_stores(p->new_line, p->kept) < 0 || shape_later_stores(p->old_line, p->old_makers, p->later) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(p->old_makers); i++) {
        PyObject *maker = PyList_GET_ITEM(p->old_makers, i);
        if (shape_stores(p->old_line, maker, p->old_names) < 0 || note_vanished(p, maker) < 0) {
            return -1;
        }
    }
    OWN_REF helpers = shape_helpers(p->old_line, p->old_makers);
    for (Py_ssize_t i = 0; helpers && i < PyList_GET_SIZE(helpers); i++) {
        if (shape_stores(p->old_line, PyList_GET_ITEM(helpers, i), p->old_names) < 0) {
            return -1;
        }
    }
    return helpers ? fill_old_properties(p) : -1;
}

/* ---- what cannot be given ---- */

int fill_is_wanted(const struct planning *p, PyObject *name)
{
    PyObject *value = shape_find(p->new_line, name);
    bool stands_in = value && !Py_IS_TYPE(value, &PyMemberDescr_Type);
    return PyErr_Occurred() ? -1 : stands_in ? 0 : PySet_Contains(p->reads, name);
}

int fill_want(struct planning *p, PyObject *name)
{
    int read = fill_is_wanted(p, name);
    int known = read > 0 ? PySequence_Contains(p->wanting, name) : 1;
    if (read < 0 || known < 0) {
        return -1;
    }
    return known ? 0 : PyList_Append(p->wanting, name);
}

/* ---- fields of generated constructors ---- */

/* Do two fields start with the same: an equal default, or one factory? */
static int same_start(PyObject *field, PyObject *other)
{
    static const char *const parts[] = {"default", "default_factory"};
    int same = 1;
    for (size_t i = 0; i < 2 && same > 0; i++) {
        OWN_REF left = PyObject_GetAttrString(field, parts[i]);
        OWN_REF right = left ? PyObject_GetAttrString(other, parts[i]) : NULL;
        same = !right ? -1 : carry_equal_atoms(left, right);
    }
    return same;
}

/* The field of a dataclass that vanished and says what this new one says: it has been given another name. Borrowed;
 * NULL without an exception: there is none, or more than one. */
static PyObject *renamed_field(struct planning *p, PyObject *name, PyObject *field)
{
    PyObject *found = NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(p->old_makers); i++) {
        bool attrs;
        PyObject *fields = shape_fields(p->old_line, PyList_GET_ITEM(p->old_makers, i), &attrs), *old_name, *old;
        Py_ssize_t position = 0;
        while (fields && !attrs && PyDict_Next(fields, &position, &old_name, &old)) {
            int stays = PyUnicode_CheckExact(old_name) ? PySet_Contains(p->kept, old_name) : 1;
            int same = stays == 0 && same_names(old_name, name) ? same_start(old, field) : stays < 0 ? -1 : 0;
            if (same < 0 || (same && found)) {
                return NULL;
            }
            found = same ? old_name : found;
        }
    }
    return found;
}

static bool is_nothing(PyObject *value)
{
    const char *type = Py_TYPE(value)->tp_name;
    return strcmp(type, "_MISSING_TYPE") == 0 || strcmp(type, "_Nothing") == 0;
}

/* 1 filled, 0: it needs an argument, -1. */
static int fill_dataclass_field(struct planning *p, PyObject *names, PyObject *field)
{
    OWN_REF value = PyObject_GetAttrString(field, "default");
    OWN_REF factory = value ? PyObject_GetAttrString(field, "default_factory") : NULL;
    if (!factory) {
        return -1;
    }
    OWN_REF init = PyObject_GetAttrString(field, "init");
    PyObject *attribute = init ? shape_find(p->new_line, PyList_GET_ITEM(names, 0)) : NULL;
    if (!init || PyErr_Occurred()) {
        return -1;
    }
    PyObject *from = renamed_field(p, PyList_GET_ITEM(names, 0), field);
    if (from || PyErr_Occurred()) {
        struct fill moved = {.kind = FILL_MOVED, .from = from};
        return from && fill_add(p->fills, &moved, names) == 0 ? 1 : -1;
    }
    if (!is_nothing(value) && init == Py_False && attribute && !Py_IS_TYPE(attribute, &PyMemberDescr_Type)) {
        return 1; /* the class's attribute is the default: __init__ stores nothing */
    }
    if (!is_nothing(value)) {
        return fill_add_value(p->fills, names, value) < 0 ? -1 : 1;
    }
    if (is_nothing(factory)) {
        return 0;
    }
    return fill_add(p->fills, &(struct fill){.kind = FILL_MADE, .function = factory}, names) < 0 ? -1 : 1;
}

static int fill_attrs_field(struct planning *p, PyObject *names, PyObject *field)
{
    OWN_REF value = PyObject_GetAttrString(field, "default");
    OWN_REF converter = value ? PyObject_GetAttrString(field, "converter") : NULL;
    if (!converter) {
        return -1;
    }
    if (is_nothing(value) || converter != Py_None) {
        return 0;
    }
    if (strcmp(Py_TYPE(value)->tp_name, "Factory") != 0) {
        return fill_add_value(p->fills, names, value) < 0 ? -1 : 1;
    }
    OWN_REF factory = PyObject_GetAttrString(value, "factory");
    OWN_REF takes_self = factory ? PyObject_GetAttrString(value, "takes_self") : NULL;
    if (!takes_self || takes_self == Py_True) {
        return takes_self ? 0 : -1;
    }
    return fill_add(p->fills, &(struct fill){.kind = FILL_MADE, .function = factory}, names) < 0 ? -1 : 1;
}

static int fill_field(struct planning *p, PyObject *name, PyObject *field, bool attrs)
{
    OWN_REF kind = attrs ? NULL : PyObject_GetAttrString(field, "_field_type");
    OWN_REF kind_name = kind ? PyObject_GetAttrString(kind, "name") : NULL;
    bool pseudo = kind_name && PyUnicode_Check(kind_name) && PyUnicode_CompareWithASCIIString(kind_name, "_FIELD") != 0;
    int had = PyErr_Occurred() ? -1 : PySet_Contains(p->old_names, name);
    if (had || pseudo) {
        return had < 0 ? -1 : 0;
    }
    OWN_REF names = PyList_New(1);
    if (!names || PySet_Add(p->fresh, name) < 0) {
        return -1;
    }
    PyList_SET_ITEM(names, 0, Py_NewRef(name));
    OWN_REF unless = NULL;
    int needs = fill_is_filled(p, names, &unless);
    needs = needs == 0 && unless ? 1 : needs;
    int filled = needs ? (needs < 0 ? -1 : 0)
                       : (attrs ? fill_attrs_field(p, names, field) : fill_dataclass_field(p, names, field));
    return filled < 0 ? -1 : filled ? 0 : fill_want(p, name);
}

static int fill_fields(struct planning *p, PyObject *fields, bool attrs)
{
    PyObject *name, *field;
    Py_ssize_t position = 0;
    if (!attrs) {
        while (PyDict_Next(fields, &position, &name, &field)) {
            if (PyUnicode_CheckExact(name) && fill_field(p, name, field, false) < 0) {
                return -1;
            }
        }
        return 0;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(fields); i++) {
        OWN_REF owned = PyObject_GetAttrString(PyTuple_GET_ITEM(fields, i), "name");
        if (!owned || fill_field(p, owned, PyTuple_GET_ITEM(fields, i), true) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- written constructors ---- */

static int count(struct planning *p, PyObject *name)
{
    PyObject *before = PyDict_GetItemWithError(p->counts, name);
    OWN_REF now = PyErr_Occurred() ? NULL : PyLong_FromLong(1 + (before ? PyLong_AsLong(before) : 0));
    return now ? PyDict_SetItem(p->counts, name, now) : -1;
}

static bool counted_once(const struct planning *p, PyObject *names)
{
    bool once = true;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names); i++) {
        PyObject *n = PyDict_GetItemWithError(p->counts, PyList_GET_ITEM(names, i));
        once = once && n && PyLong_AsLong(n) == 1;
    }
    return once;
}

/* at: the place of the constructor, or -1: a method that one calls. */
static int note_added(struct planning *p, PyObject *maker, Py_ssize_t at, PyObject *statement)
{
    PyObject *names = PyTuple_GET_ITEM(statement, CONSTRUCTOR_NAMES);
    OWN_REF added = PyList_New(0);
    for (Py_ssize_t i = 0; added && i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        int had = count(p, name) < 0 ? -1 : PySet_Contains(p->old_names, name);
        int property = had < 0 ? -1 : fill_property(p, name, statement, maker);
        if (property < 0) {
            return -1;
        }
        had = had || property ? 1 : PySet_Contains(p->given, name);
        if (had < 0 || (!had && (PyList_Append(added, name) < 0 || PySet_Add(p->fresh, name) < 0))) {
            return -1;
        }
    }
    if (!added || PyList_GET_SIZE(added) == 0) {
        return added ? 0 : -1;
    }
    OWN_REF entry = Py_BuildValue("(OOOn)", added, statement, maker, at);
    return entry ? PyList_Append(p->added, entry) : -1;
}

static int read_new(struct planning *p, PyObject *makers, Py_ssize_t at)
{
    PyObject *maker = PyList_GET_ITEM(makers, at);
    bool attrs;
    PyObject *fields = shape_fields(p->new_line, maker, &attrs);
    if (fields) {
        return fill_fields(p, fields, attrs);
    }
    OWN_REF given = fill_given(p, makers, at);
    OWN_REF statements = given ? fill_statements(maker, given) : NULL;
    for (Py_ssize_t i = 0; statements && i < PyList_GET_SIZE(statements); i++) {
        if (note_added(p, maker, at, PyList_GET_ITEM(statements, i)) < 0) {
            return -1;
        }
    }
    return statements ? 0 : -1;
}

/* Methods that the constructors call: what they store is new as well. Their arguments are not known. */
static int read_helpers(struct planning *p, PyObject *makers)
{
    OWN_REF helpers = shape_helpers(p->new_line, makers);
    OWN_REF nothing = helpers ? PySet_New(NULL) : NULL;
    for (Py_ssize_t i = 0; nothing && i < PyList_GET_SIZE(helpers); i++) {
        PyObject *helper = PyList_GET_ITEM(helpers, i);
        OWN_REF statements = fill_statements(helper, nothing);
        for (Py_ssize_t j = 0; statements && j < PyList_GET_SIZE(statements); j++) {
            if (note_added(p, helper, -1, PyList_GET_ITEM(statements, j)) < 0) {
                return -1;
            }
        }
        if (!statements) {
            return -1;
        }
    }
    return nothing ? 0 : -1;
}

/* How many entries of a list have this key (the second item; of `added`: the statement's)? */
static int count_keys(PyObject *list, PyObject *key, bool statements, PyObject **ret_first)
{
    int n = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *entry = PyList_GET_ITEM(list, i), *other = PyTuple_GET_ITEM(entry, 1);
        int equal = PyObject_RichCompareBool(statements ? PyTuple_GET_ITEM(other, CONSTRUCTOR_KEY) : other, key, Py_EQ);
        if (equal < 0) {
            return -1;
        }
        *ret_first = equal && !n ? entry : *ret_first;
        n += equal;
    }
    return n;
}

/* The same function with only that statement; every parameter gets its default, or None where nothing asks. */
PyObject *fill_function(PyObject *maker, PyObject *program)
{
    PyCodeObject *code = (PyCodeObject *)program;
    PyObject *own = PyFunction_GET_DEFAULTS(maker);
    Py_ssize_t n = code->co_argcount - 1, n_own = own ? PyTuple_GET_SIZE(own) : 0;
    OWN_REF function = PyFunction_New(program, PyFunction_GET_GLOBALS(maker));
    OWN_REF defaults = function ? PyTuple_New(n) : NULL;
    OWN_REF named = defaults ? PyDict_New() : NULL;
    if (!named) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_ssize_t from = i - (n - n_own);
        PyTuple_SET_ITEM(defaults, i, Py_NewRef(from >= 0 ? PyTuple_GET_ITEM(own, from) : Py_None));
    }
    for (int i = 0; i < code->co_kwonlyargcount; i++) {
        PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, code->co_argcount + i);
        if (PyDict_SetItem(named, name, Py_None) < 0) {
            return NULL;
        }
    }
    PyObject *own_named = PyFunction_GET_KW_DEFAULTS(maker), *closure = PyFunction_GET_CLOSURE(maker);
    if ((own_named && PyDict_Update(named, own_named) < 0) || PyFunction_SetDefaults(function, defaults) < 0 ||
        PyFunction_SetKwDefaults(function, named) < 0 || (closure && PyFunction_SetClosure(function, closure) < 0)) {
        return NULL;
    }
    return STEAL(function);
}

/* The names of a list of (name, key) that have this key. New list. */
static PyObject *names_with_key(PyObject *list, PyObject *key)
{
    OWN_REF names = PyList_New(0);
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(list); i++) {
        PyObject *entry = PyList_GET_ITEM(list, i);
        int equal = PyObject_RichCompareBool(PyTuple_GET_ITEM(entry, 1), key, Py_EQ);
        if (equal < 0 || (equal && PyList_Append(names, PyTuple_GET_ITEM(entry, 0)) < 0)) {
            return NULL;
        }
    }
    return STEAL(names);
}

/* Where the values of one new statement come from. 1 filled, 0 from nowhere, -1. */
static int fill_statement(struct planning *p, PyObject *names, PyObject *statement, PyObject *maker, Py_ssize_t at)
{
    PyObject *program = PyTuple_GET_ITEM(statement, CONSTRUCTOR_PROGRAM);
    PyObject *key = PyTuple_GET_ITEM(statement, CONSTRUCTOR_KEY), *from = NULL, *ignored = NULL;
    if (p->own_setattr || !counted_once(p, names)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int gone = key == Py_None ? 0 : count_keys(p->vanished, key, false, &from);
    int new = gone > 0 ? count_keys(p->added, key, true, &ignored) : 0;
    if (gone < 0 || new < 0) {
        return -1;
    }
    int renamed = gone == 1 && new == 1 ? fill_is_rename(p, names, statement, PyTuple_GET_ITEM(from, 0)) : gone ? 2 : 0;
    if (renamed == 1) {
        struct fill moved = {.kind = FILL_MOVED, .from = PyTuple_GET_ITEM(from, 0)};
        return fill_add(p->fills, &moved, names) < 0 ? -1 : 1;
    }
    OWN_REF unless = NULL;
    int filled = renamed ? 1 : fill_is_filled(p, names, &unless);
    if (filled) {
        return renamed < 0 || filled < 0 ? -1 : 0;
    }
    if (program == Py_None) {
        return unless || at < 0 ? 0 : fill_slice(p, names, at);
    }
    OWN_REF forgets = names_with_key(p->forgotten, key);
    OWN_REF function = forgets ? fill_function(maker, program) : NULL;
    bool constant = PyTuple_GET_ITEM(statement, CONSTRUCTOR_CONSTANT) == Py_True;
    struct fill made = {.kind = constant ? FILL_SHARED : FILL_MADE,
                        .function = function,
                        .records = true,
                        .unless = unless,
                        .forgets = forgets};
    return function && fill_add(p->fills, &made, names) == 0 ? 1 : -1;
}

/* The names of a list that are no new names of old attributes: those have what the instance has. New list. */
static PyObject *names_unmoved(const struct planning *p, PyObject *names)
{
    OWN_REF rest = PyList_New(0);
    for (Py_ssize_t i = 0; rest && i < PyList_GET_SIZE(names); i++) {
        int moved = PySet_Contains(p->moved, PyList_GET_ITEM(names, i));
        if (moved < 0 || (!moved && PyList_Append(rest, PyList_GET_ITEM(names, i)) < 0)) {
            return NULL;
        }
    }
    return STEAL(rest);
}

/* One statement that stores something new. 0 or -1. */
static int plan_added(struct planning *p, PyObject *entry)
{
    OWN_REF names = names_unmoved(p, PyTuple_GET_ITEM(entry, 0));
    if (!names || PyList_GET_SIZE(names) == 0) {
        return names ? 0 : -1;
    }
    Py_ssize_t at = PyLong_AsSsize_t(PyTuple_GET_ITEM(entry, 3));
    int filled = fill_statement(p, names, PyTuple_GET_ITEM(entry, 1), PyTuple_GET_ITEM(entry, 2), at);
    for (Py_ssize_t i = 0; filled == 0 && i < PyList_GET_SIZE(names); i++) {
        if (fill_want(p, PyList_GET_ITEM(names, i)) < 0) {
            return -1;
        }
    }
    return filled < 0 ? -1 : 0;
}

/* ---- what a constructor hands on by name ---- */

/* Does the constructor pass a keyword of this name in some call? Its keywords are a tuple among the constants. */
static bool passes_keyword(PyObject *maker, PyObject *name)
{
    PyObject *constants = PyFunction_Check(maker) ? ((PyCodeObject *)PyFunction_GET_CODE(maker))->co_consts : NULL;
    bool found = false;
    for (Py_ssize_t i = 0; constants && !found && i < PyTuple_GET_SIZE(constants); i++) {
        PyObject *names = PyTuple_GET_ITEM(constants, i);
        for (Py_ssize_t j = 0; PyTuple_CheckExact(names) && !found && j < PyTuple_GET_SIZE(names); j++) {
            PyObject *item = PyTuple_GET_ITEM(names, j);
            found = PyUnicode_CheckExact(item) && PyUnicode_Compare(item, name) == 0;
        }
    }
    return found;
}

/* A new slot that nothing stores by name may be set by a base that takes any keyword (`for k, v in kw.items():
 * setattr(self, k, v)`): it lacks if a constructor passes it. 0 or -1. */
static int want_slots(struct planning *p, PyObject *makers)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(p->new_line); i++) {
        PyObject *name, *value, *space = ((PyTypeObject *)PyList_GET_ITEM(p->new_line, i))->tp_dict;
        OWN_REF dict = space ? PyDict_Copy(space) : PyDict_New(); /* object has none in 3.12 */
        for (Py_ssize_t at = 0; dict && PyDict_Next(dict, &at, &name, &value);) {
            bool slot = Py_IS_TYPE(value, &PyMemberDescr_Type) && !shape_find(p->old_line, name), passed = false;
            int known = slot ? PySet_Contains(p->fresh, name) : 1;
            for (Py_ssize_t j = 0; known == 0 && !passed && j < PyList_GET_SIZE(makers); j++) {
                passed = passes_keyword(PyList_GET_ITEM(makers, j), name);
            }
            if (known < 0 || PyErr_Occurred() || (passed && fill_want(p, name) < 0)) {
                return -1;
            }
        }
        if (!dict) {
            return -1;
        }
    }
    return 0;
}

/* ---- all of it ---- */

static int begin(struct planning *p, const struct match *match, PyTypeObject *type)
{
    p->old_line = shape_line(match, type, false);
    p->new_line = p->old_line ? shape_line(match, type, true) : NULL;
    p->old_makers = p->new_line ? shape_constructors(p->old_line) : NULL;
    p->old_names = p->old_makers ? PySet_New(NULL) : NULL;
    p->vanished = p->old_names ? PyList_New(0) : NULL;
    p->added = p->vanished ? PyList_New(0) : NULL;
    p->forgotten = p->added ? PyList_New(0) : NULL;
    p->moved = p->forgotten ? PySet_New(NULL) : NULL;
    p->fresh = p->moved ? PySet_New(NULL) : NULL;
    p->kept = p->fresh ? PySet_New(NULL) : NULL;
    p->later = p->kept ? PySet_New(NULL) : NULL;
    p->filled = p->later ? PyDict_New() : NULL;
    p->given = p->filled ? PySet_New(NULL) : NULL;
    p->counts = p->given ? PyDict_New() : NULL;
    OWN_REF setattr = p->counts ? PyUnicode_FromString("__setattr__") : NULL;
    PyObject *own = setattr ? shape_find(p->new_line, setattr) : NULL;
    PyObject *old = own ? shape_find(p->old_line, setattr) : NULL;
    p->own_setattr = own && PyFunction_Check(own);
    p->old_setattr = old && PyFunction_Check(old);
    return setattr && !PyErr_Occurred() ? read_old(p) : -1;
}

static int plan_all(struct planning *p)
{
    PyObject *makers = p->new_makers = shape_constructors(p->new_line);
    if (!makers || fill_find_filled(p, makers) < 0 || fill_properties(p) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(makers); i++) {
        if (read_new(p, makers, i) < 0) {
            return -1;
        }
    }
    if (read_helpers(p, makers) < 0 || fill_private_renames(p) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(p->added); i++) {
        if (plan_added(p, PyList_GET_ITEM(p->added, i)) < 0) {
            return -1;
        }
    }
    return want_slots(p, makers);
}

/* For hooks: the names that come and go. 0 or -1. */
static int list_names(struct planning *p)
{
    OWN_REF gone = PyNumber_Subtract(p->old_names, p->kept);
    p->fills->added = gone ? listed(p->fresh) : NULL;
    p->fills->removed = p->fills->added ? listed(gone) : NULL;
    return p->fills->removed && PyList_Sort(p->fills->added) == 0 ? PyList_Sort(p->fills->removed) : -1;
}

int fill_plan(const struct match *match, PyTypeObject *type, PyObject *reads, PyObject *left_out, PyObject **binders,
              struct fills *ret_fills, PyObject *wanting)
{
    struct planning p = {.match = match,
                         .reads = reads,
                         .left_out = left_out,
                         .binders = binders,
                         .wanting = wanting,
                         .fills = ret_fills};
    *ret_fills = (struct fills){0};
    int result = begin(&p, match, type) < 0 ? -1 : plan_all(&p) < 0 ? -1 : list_names(&p);
    planning_release(&p);
    if (result < 0) {
        fill_release(ret_fills);
    }
    return result;
}
