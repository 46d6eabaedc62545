/* What the native base of a class keeps in its instances, and how it gets into another object.
 *
 * Idea: the base's own constructor makes a valid empty object of the new class. If the base's values can be changed,
 * the words of both objects are exchanged at the commit: the new one then has the very table that iterators and C code
 * know, and the old one is valid and empty. If they cannot, they are copied at once.
 * Invariant: only bases that are listed here are touched; their structs hold no address of the object itself, except
 * the small table of a set, which is corrected. Must not: pass an instance of the old class to a constructor, which
 * might call its methods: it is made exact first. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/rebuild_internal.h"

#include "compat/heap.h"
#include "compat/holder_internal.h"
#include "compat/private.h"
#include "compat/type_slots.h"

/* The nearest class on the chain of tp_base that C code made, and that keeps something. */
static PyTypeObject *native_base(PyTypeObject *type)
{
    while (type && (type_is_python(type) || type_adds_nothing(type))) {
        type = type->tp_base;
    }
    return type;
}

static bool is_native_exception(PyTypeObject *base)
{
    return base->tp_flags & Py_TPFLAGS_BASE_EXC_SUBCLASS;
}

/* ---- which base, which way ---- */

/* Bases whose words can be exchanged, exceptions apart. */
static bool has_movable_words(PyTypeObject *base)
{
    PyTypeObject *const known[] = {&PyDict_Type, &PyODict_Type,     holder_known.defaultdict, &PyList_Type,
                                   &PySet_Type,  &PyFrozenSet_Type, &PyByteArray_Type,        holder_known.deque};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (base == known[i]) {
            return true;
        }
    }
    return false;
}

static bool has_value(PyTypeObject *base)
{
    return base == &PyLong_Type || base == &PyFloat_Type || base == &PyComplex_Type || base == &PyUnicode_Type ||
           base == &PyBytes_Type;
}

/* Weak references and the __dict__ stay out of the exchange: they go their own ways. */
static void exchange_words_of(struct rebuild *how, PyTypeObject *base, size_t end)
{
    how->payload = PAYLOAD_WORDS;
    how->words_end = end;
    how->except[0] = base->tp_weaklistoffset > 0 ? (size_t)base->tp_weaklistoffset : 0;
    how->except[1] = base->tp_dictoffset > 0 ? (size_t)base->tp_dictoffset : 0;
}

/* Are the words by which an exception extends BaseException CPython's own, and (empty) may they be NULL? A group
 * without exceptions and a StopIteration without a value are none that CPython could use. */
static bool knows_words(PyTypeObject *type, bool empty)
{
    PyObject *const known[] = {PyExc_OSError,       PyExc_ImportError,        PyExc_SyntaxError,
                               PyExc_SystemExit,    PyExc_UnicodeEncodeError, PyExc_UnicodeDecodeError,
                               PyExc_NameError,     PyExc_AttributeError,     PyExc_UnicodeTranslateError,
                               PyExc_StopIteration, PyExc_BaseExceptionGroup};
    size_t n = sizeof known / sizeof *known - (empty ? 2 : 0);
    bool found = type->tp_basicsize == sizeof(PyBaseExceptionObject);
    for (size_t i = 0; i < n && !found; i++) {
        PyTypeObject *one = (PyTypeObject *)known[i];
        found = PyType_IsSubtype(type, one) && type->tp_basicsize == one->tp_basicsize;
    }
    return found;
}

static int refuse_state(PyTypeObject *type, PyObject **ret_why)
{
    *ret_why = PyUnicode_FromFormat(
        "its instances keep native state of the type %s, which cannot be moved into a new object", type->tp_name);
    return *ret_why ? 1 : -1;
}

/* Most exceptions may take another one's place: their words are empty until they are set. */
static int plan_exception(struct rebuild *how, PyTypeObject *from, PyTypeObject *to, PyObject **ret_why)
{
    PyTypeObject *base = (PyTypeObject *)PyExc_BaseException, *os_error = (PyTypeObject *)PyExc_OSError;
    PyTypeObject *common = PyType_IsSubtype(from, to) ? to : PyType_IsSubtype(to, from) ? from : base;
    if (!knows_words(common, false) || !knows_words(to, common->tp_basicsize < to->tp_basicsize)) {
        return refuse_state(knows_words(common, false) ? to : common, ret_why);
    }
    how->maker = PyType_IsSubtype(to, os_error) ? os_error : base; /* which counts from -1 */
    exchange_words_of(how, base, (size_t)common->tp_basicsize);
    return 0;
}

/* ---- named tuples ---- */

/* The names of a named tuple's fields: a tuple of str, borrowed; NULL when the class is none. */
static PyObject *fields_of(PyTypeObject *type)
{
    PyObject *fields =
        PyType_FastSubclass(type, Py_TPFLAGS_TUPLE_SUBCLASS) ? type_find(type->tp_mro, holder_known.fields) : NULL;
    if (!fields || !PyTuple_CheckExact(fields)) {
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(fields); i++) {
        if (!PyUnicode_CheckExact(PyTuple_GET_ITEM(fields, i))) {
            return NULL;
        }
    }
    return fields;
}

static Py_ssize_t position_of(PyObject *fields, PyObject *name)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(fields); i++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(fields, i), name) == 0) {
            return i;
        }
    }
    return -1;
}

Py_ssize_t rebuild_field_of(PyTypeObject *old, Py_ssize_t i, PyTypeObject *partner)
{
    PyObject *from = fields_of(old), *to = fields_of(partner);
    return from && to && i < PyTuple_GET_SIZE(from) ? position_of(to, PyTuple_GET_ITEM(from, i)) : -1;
}

bool rebuild_fields_differ(PyTypeObject *old, PyTypeObject *partner)
{
    PyObject *from = fields_of(old), *to = fields_of(partner);
    if (!from || !to || from == to) {
        return !from != !to;
    }
    if (PyTuple_GET_SIZE(from) != PyTuple_GET_SIZE(to)) {
        return true;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(to); i++) {
        if (position_of(from, PyTuple_GET_ITEM(to, i)) != i) {
            return true;
        }
    }
    return false;
}

static PyObject *default_of(PyTypeObject *partner, PyObject *field)
{
    OWN_REF name = PyUnicode_InternFromString("_field_defaults");
    PyObject *defaults = name ? type_find(partner->tp_mro, name) : NULL;
    return defaults && PyDict_CheckExact(defaults) ? PyDict_GetItemWithError(defaults, field) : NULL;
}

static int plan_fields(struct rebuild *how, PyObject *from, PyObject *to, PyObject **ret_why)
{
    how->n_items = PyTuple_GET_SIZE(to);
    how->n_old_items = PyTuple_GET_SIZE(from);
    how->items = PyMem_Calloc((size_t)how->n_items + 1, sizeof *how->items);
    how->defaults = PyMem_Calloc((size_t)how->n_items + 1, sizeof *how->defaults);
    if (!how->items || !how->defaults) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < how->n_items; i++) {
        PyObject *field = PyTuple_GET_ITEM(to, i);
        how->items[i] = position_of(from, field);
        if (how->items[i] >= 0) {
            continue;
        }
        how->defaults[i] = Py_XNewRef(default_of(how->partner, field));
        if (!how->defaults[i]) {
            *ret_why = PyErr_Occurred() ? NULL
                                        : PyUnicode_FromFormat("the new version adds the field %R, which has no "
                                                               "default",
                                                               field);
            return *ret_why ? 1 : -1;
        }
    }
    return 0;
}

static int plan_items(struct rebuild *how, PyObject **ret_why)
{
    PyObject *from = fields_of(how->old), *to = fields_of(how->partner);
    how->payload = PAYLOAD_ITEMS;
    if (!from != !to) {
        *ret_why = PyUnicode_FromString("only one of both versions is a named tuple");
        return *ret_why ? 1 : -1;
    }
    return from && rebuild_fields_differ(how->old, how->partner) ? plan_fields(how, from, to, ret_why) : 0;
}

/* ---- the plan ---- */

int rebuild_plan_base(struct rebuild *how, const struct ptrmap *map, PyObject **ret_why)
{
    PyTypeObject *from = native_base(how->old), *to = native_base(how->partner);
    PyTypeObject *moved = ptrmap_get(map, from);
    from = moved ? moved : from;
    how->maker = to;
    if (is_native_exception(from) && is_native_exception(to)) {
        return plan_exception(how, from, to, ret_why);
    }
    if (from != to) {
        *ret_why = PyUnicode_FromFormat("its instances hold what makes a %s, and those of the new version a %s",
                                        from->tp_name, to->tp_name);
        return *ret_why ? 1 : -1;
    }
    if (to == &PyBaseObject_Type) {
        how->payload = PAYLOAD_NONE;
    } else if (to == &PyTuple_Type) {
        return plan_items(how, ret_why);
    } else if (has_value(to)) {
        how->payload = PAYLOAD_VALUE;
    } else if (has_movable_words(to)) {
        exchange_words_of(how, to, (size_t)to->tp_basicsize);
    } else {
        return refuse_state(to, ret_why);
    }
    return 0;
}

/* ---- views ---- */

bool rebuild_has_buffer(const struct rebuild *how)
{
    return how->old->tp_as_buffer && how->old->tp_as_buffer->bf_getbuffer;
}

struct views {
    const struct ptrmap *map;
    struct edits *edits;
    const char *why;
};

static int edit_view(PyObject *object, void *arg)
{
    struct views *views = arg;
    Py_buffer *view = PyMemoryView_Check(object) ? PyMemoryView_GET_BUFFER(object) : NULL;
    PyObject *partner = view && view->obj ? ptrmap_get(views->map, view->obj) : NULL;
    if (!partner) {
        return 0;
    }
    if (PyBytes_Check(partner)) {
        views->why = "a memoryview shows the memory of an instance that gets a new object";
        return 1;
    }
    return edits_add_word(views->edits, &view->obj, (uintptr_t)partner);
}

int rebuild_views(const struct ptrmap *map, struct edits *edits, const char **ret_why)
{
    struct views views = {map, edits, NULL};
    int status = heap_each(edit_view, &views);
    *ret_why = views.why;
    return status;
}

/* ---- one object ---- */

/* The value of an instance, as an object of exactly the built-in class. New reference. */
static PyObject *exact_value(PyObject *object)
{
    if (PyLong_Check(object)) {
        return PyLong_Type.tp_as_number->nb_positive(object);
    }
    if (PyFloat_Check(object)) {
        return PyFloat_FromDouble(PyFloat_AS_DOUBLE(object));
    }
    if (PyComplex_Check(object)) {
        return PyComplex_FromCComplex(((PyComplexObject *)object)->cval);
    }
    if (PyUnicode_Check(object)) {
        return PyUnicode_FromObject(object);
    }
    return PyBytes_FromStringAndSize(PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object));
}

static PyObject *make_items(const struct rebuild *how, PyObject *old)
{
    bool by_name = how->items && Py_SIZE(old) == how->n_old_items; /* others were not made by the class's own rules */
    Py_ssize_t n = by_name ? how->n_items : Py_SIZE(old);
    PyObject *made = how->partner->tp_alloc(how->partner, n);
    for (Py_ssize_t i = 0; made && i < n; i++) {
        Py_ssize_t from = by_name ? how->items[i] : i;
        PyTuple_SET_ITEM(made, i, Py_NewRef(from < 0 ? how->defaults[i] : PyTuple_GET_ITEM(old, from)));
    }
    return made;
}

/* object.__new__ also gives the instance room for its attributes (3.11 and 3.12: tp_alloc does not, and they would get
 * a dict for ever). It refuses an abstract class; the instance is there already. */
static PyObject *make_plain(PyTypeObject *type)
{
    static PyObject *nothing; /* owned for ever */
    if (!nothing && !(nothing = PyTuple_New(0))) {
        return NULL;
    }
    unsigned long abstract = type->tp_flags & Py_TPFLAGS_IS_ABSTRACT;
    type->tp_flags &= ~abstract;
    PyObject *made = PyBaseObject_Type.tp_new(type, nothing, NULL);
    type->tp_flags |= abstract;
    return made;
}

PyObject *rebuild_make(const struct rebuild *how, PyObject *old)
{
    if (how->payload == PAYLOAD_NONE) {
        return make_plain(how->partner);
    }
    if (how->payload == PAYLOAD_ITEMS) {
        return make_items(how, old);
    }
    OWN_REF value = how->payload == PAYLOAD_VALUE ? exact_value(old) : NULL;
    OWN_REF args = how->payload != PAYLOAD_VALUE ? PyTuple_New(0) : value ? PyTuple_Pack(1, value) : NULL;
    return args ? how->maker->tp_new(how->partner, args, NULL) : NULL;
}

/* A small set's table lies in the set: after the words have changed places it must again be the set's own. */
static void correct_table(PySetObject *set, const PySetObject *other)
{
    if (set->table == other->smalltable) {
        set->table = set->smalltable;
    }
}

void rebuild_exchange_base(const struct rebuild *how, PyObject *old, PyObject *made)
{
    if (how->payload != PAYLOAD_WORDS) {
        return;
    }
    for (size_t at = sizeof(PyObject); at + sizeof(void *) <= how->words_end; at += sizeof(void *)) {
        void **left = (void **)((char *)old + at), **right = (void **)((char *)made + at);
        if (at != how->except[0] && at != how->except[1]) {
            void *kept = *left;
            *left = *right;
            *right = kept;
        }
    }
    if (PyAnySet_Check(made)) {
        correct_table((PySetObject *)old, (PySetObject *)made);
        correct_table((PySetObject *)made, (PySetObject *)old);
    }
}
