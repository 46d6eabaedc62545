/* Which rule finds the references inside one object.
 *
 * Idea: what tp_traverse reports is the truth; everything here either repeats it faster (counting) or finds the words
 * that it read (redirecting). A word is believed to be one of them only if a rule for its container says so, or if a
 * sentinel written there for a moment is reported too: equal words prove nothing (a weak reference whose callback is
 * its own referent has two, one of them borrowed).
 * Invariant: the sentinel never stays, and nobody else sees it: the GIL is held and tp_traverse runs no Python code.
 * Must not: measure an object by ob_size unless its type is known (frames and generators lie), nor call tp_traverse of
 * a static type's object that is not of the collector's kind. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/holder_internal.h"
#include "compat/private.h"
#include "compat/type.h"

#include <internal/pycore_frame.h>
#include <string.h>

struct holder_known holder_known;

/* Stands for a moment where a reference to a replaced object is. Zeroes behind the head: a tp_traverse that looks
 * inside finds nothing. */
static union {
    PyObject object;
    char room[4096];
} sentinel __attribute__((aligned(16)));

static int find_subtype(void)
{
    OWN_REF plain = PyObject_CallFunction((PyObject *)&PyType_Type, "s(){}", "plain");
    OWN_REF hashed = PyObject_CallFunction((PyObject *)&PyType_Type, "s(){sO}", "hashed", "__hash__", Py_True);
    if (!plain || !hashed) {
        return -1;
    }
    holder_known.subtype_traverse = ((PyTypeObject *)plain)->tp_traverse;
    holder_known.subtype_dealloc = ((PyTypeObject *)plain)->tp_dealloc;
    holder_known.slot_hash = ((PyTypeObject *)hashed)->tp_hash;
    OWN_REF either = PyNumber_Or((PyObject *)&PyLong_Type, Py_None);
    OWN_REF bound = either ? PyObject_GetAttrString(Py_None, "__repr__") : NULL;
    if (!bound) {
        return -1;
    }
    holder_known.union_hash = Py_TYPE(either)->tp_hash;
    holder_known.wrapper_hash = Py_TYPE(bound)->tp_hash;
    return 0;
}

static int find_reporter(void)
{
    OWN_REF type = PyObject_CallFunction((PyObject *)&PyType_Type, "s(){}", "plain");
    OWN_REF instance = type ? PyObject_CallNoArgs(type) : NULL;
    if (!instance || PyObject_SetAttrString(instance, "value", (PyObject *)&PyBaseObject_Type) < 0) {
        return -1;
    }
    enum instance_reporter reporter = instance_reporter_of_values(instance);
    if (reporter == INSTANCE_REPORTER_UNKNOWN) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_ImportError, "midflight does not know how instances with a __dict__ are traversed");
        }
        return -1;
    }
    holder_known.instance_reports_values = reporter == INSTANCE_REPORTS_VALUES;
    return 0;
}

/* Keeps the type for ever: its address must stay its own. */
static int find_type(const char *module_name, const char *name, PyTypeObject **ret_type)
{
    OWN_REF module = PyImport_ImportModule(module_name);
    OWN_REF type = module ? PyObject_GetAttrString(module, name) : NULL;
    if (!type) {
        return -1;
    }
    if (!PyType_Check(type)) {
        PyErr_Format(PyExc_SystemError, "%s.%s is not a type", module_name, name);
        return -1;
    }
    *ret_type = (PyTypeObject *)STEAL(type);
    return 0;
}

int holder_init(void)
{
    if (holder_known.lru_cache) {
        return 0;
    }
    sentinel.object.ob_refcnt = INT32_MAX;
    sentinel.object.ob_type = &PyBaseObject_Type;
    if (!(holder_known.fields = PyUnicode_InternFromString("_fields")) ||
        !(holder_known.hash = PyUnicode_InternFromString("__hash__"))) {
        return -1;
    }
    if (find_subtype() < 0 || find_reporter() < 0 || find_type("_collections", "deque", &holder_known.deque) < 0 ||
        find_type("_collections", "defaultdict", &holder_known.defaultdict) < 0 ||
        find_type("_collections", "_deque_iterator", &holder_known.deque_iterator) < 0 ||
        find_type("_collections", "_deque_reverse_iterator", &holder_known.deque_reverse_iterator) < 0 ||
        find_type("_functools", "_lru_cache_wrapper", &holder_known.lru_cache) < 0) {
        return -1;
    }
    return 0;
}

/* ---- redirecting: any type, by its own memory ---- */

static int sentinel_visit(PyObject *object, void *arg)
{
    *(Py_ssize_t *)arg += object == &sentinel.object;
    return 0;
}

/* How often does tp_traverse report what is in this word of the holder? */
static Py_ssize_t prove(PyObject *holder, PyObject **at)
{
    Py_ssize_t reported = 0;
    PyObject *kept = *at;
    *(PyObject *volatile *)at = &sentinel.object;
    Py_TYPE(holder)->tp_traverse(holder, sentinel_visit, &reported);
    *(PyObject *volatile *)at = kept;
    return reported;
}

/* The words of memory that belongs to holder: those proved owned are edited. */
static int scan(PyObject *holder, void *from, void *end, struct redirect *r)
{
    if (!Py_TYPE(holder)->tp_traverse) {
        return 0;
    }
    for (PyObject **at = from; at + 1 <= (PyObject **)end; at++) {
        PyObject *partner = ptrmap_get(r->map, *at);
        Py_ssize_t reported = partner ? prove(holder, at) : 0;
        if (reported) {
            r->found += reported;
            if (edits_add_object(r->edits, at, partner) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int scan_own(PyObject *holder, size_t from, size_t end, struct redirect *r)
{
    return scan(holder, (char *)holder + from, (char *)holder + end, r);
}

/* Bases and the mro belong to compat/type.h: found, and left. */
static int redirect_type(PyTypeObject *type, struct redirect *r)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return 0;
    }
    r->found +=
        holder_hit(r->map, type->tp_base) + holder_hit(r->map, type->tp_bases) + holder_hit(r->map, type->tp_mro);
    if (holder_redirect_word(r, &((PyHeapTypeObject *)type)->ht_module) < 0) {
        return -1;
    }
    if (holder_count_dict(type->tp_dict, r->map) && edits_touch(r->edits, (PyObject *)type) < 0) {
        return -1;
    }
    return scan_own((PyObject *)type, sizeof(PyHeapTypeObject), Py_TYPE(type)->tp_basicsize, r);
}

/* A function's version stands for its code and defaults in specialised calls. */
static int redirect_function(PyObject *function, struct redirect *r)
{
    Py_ssize_t before = r->found;
    if (scan_own(function, sizeof(PyObject), sizeof(PyFunctionObject), r) < 0) {
        return -1;
    }
    if (r->found == before) {
        return 0;
    }
    _Static_assert(offsetof(PyFunctionObject, func_version) % sizeof(void *) == 0, "a word of its own");
    return edits_add_word(r->edits, &((PyFunctionObject *)function)->func_version, 0);
}

/* What a C module keeps beside its namespace. */
static int redirect_module(PyObject *module, struct redirect *r)
{
    if (scan_own(module, sizeof(PyObject), Py_TYPE(module)->tp_basicsize, r) < 0) {
        return -1;
    }
    PyModuleDef *def = PyModule_GetDef(module);
    char *state = PyModule_GetState(module);
    if (!def || !state || def->m_size <= 0) {
        return 0;
    }
    return scan(module, state, state + def->m_size / sizeof(void *) * sizeof(void *), r);
}

static int redirect_tuple(PyObject *tuple, struct redirect *r)
{
    PyTypeObject *type = Py_TYPE(tuple);
    Py_ssize_t n = Py_SIZE(tuple);
    if (holder_redirect_words(r, ((PyTupleObject *)tuple)->ob_item, n) < 0) {
        return -1;
    }
    /* Behind the items: the __dict__ of a subclass. */
    size_t items = offsetof(PyTupleObject, ob_item) + (size_t)n * sizeof(PyObject *);
    return scan_own(tuple, items, (size_t)type->tp_basicsize + (size_t)n * type->tp_itemsize, r);
}

bool holder_has_frame(PyObject *holder)
{
    return PyGen_CheckExact(holder) || PyCoro_CheckExact(holder) || PyAsyncGen_CheckExact(holder) ||
           PyFrame_Check(holder);
}

/* The words before the frame itself: names, traced exception, origin. */
static int redirect_frame_holder(PyObject *holder, struct redirect *r)
{
    size_t end = PyFrame_Check(holder) ? offsetof(PyFrameObject, _f_frame_data) : offsetof(PyGenObject, gi_iframe);
    return scan_own(holder, sizeof(PyObject), end, r);
}

/* The part that a built-in base class keeps outside tp_basicsize; *ret_start: where the rest of the object begins. */
static int redirect_base(PyObject *holder, struct redirect *r, size_t *ret_start)
{
    if (PyDict_Check(holder)) {
        *ret_start = sizeof(PyDictObject);
        return PyODict_Check(holder) ? holder_redirect_odict(holder, r) : holder_redirect_dict(holder, r);
    }
    if (PyList_Check(holder)) {
        *ret_start = sizeof(PyListObject);
        return holder_redirect_words(r, ((PyListObject *)holder)->ob_item, Py_SIZE(holder));
    }
    if (PyAnySet_Check(holder)) {
        *ret_start = sizeof(PySetObject);
        return holder_redirect_set(holder, r);
    }
    if (PyObject_TypeCheck(holder, holder_known.deque)) {
        return holder_redirect_deque(holder, r);
    }
    if (PyObject_TypeCheck(holder, holder_known.lru_cache)) {
        /* the ring's own links hold the cache's address and no reference: never to be proved by a sentinel */
        *ret_start = sizeof(struct private_lru_link);
        return holder_redirect_lru_cache(holder, r);
    }
    if (PyWeakref_Check(holder)) {
        return holder_redirect_weakref(holder, r);
    }
    return holder_redirect_by_name(holder, r);
}

static int redirect_object(PyObject *holder, struct redirect *r)
{
    PyTypeObject *type = Py_TYPE(holder);
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        int status = holder_redirect_attributes(holder, r);
        if (status) {
            return status;
        }
    }
    if (PyType_Check(holder)) {
        return redirect_type((PyTypeObject *)holder, r);
    }
    if (PyFunction_Check(holder)) {
        return redirect_function(holder, r);
    }
    if (PyModule_Check(holder)) {
        return redirect_module(holder, r);
    }
    if (PyTuple_Check(holder)) {
        return redirect_tuple(holder, r);
    }
    if (holder_has_frame(holder)) {
        return redirect_frame_holder(holder, r);
    }
    size_t start = type->tp_itemsize ? sizeof(PyVarObject) : sizeof(PyObject);
    int status = redirect_base(holder, r, &start);
    return status ? status : scan_own(holder, start, type->tp_basicsize, r);
}

int holder_redirect(PyObject *holder, Py_ssize_t expected, const struct ptrmap *map, const struct rehash *rehash,
                    struct edits *edits, const char **ret_why)
{
    struct redirect r = {map, rehash, edits, 0, NULL};
    int status = redirect_object(holder, &r);
    if (status == 0 && r.found < expected && !holder_has_frame(holder)) {
        r.why = "a reference that the object reports is not in memory of its own";
        status = 1;
    }
    if (status > 0) {
        *ret_why = r.why;
    }
    return status;
}
