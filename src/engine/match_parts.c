/* What fills the same place in both versions is paired by kind; then the same is done inside what was paired.
 *
 * A function or class counts only if its own generation defines it. Everything else counts if it was made by the
 * import: a closure of a foreign decorator (equal code object on both sides), a descriptor or wrapper of the same type,
 * a container, an instance. Atoms (numbers, strings, None, compiled code) have no identity worth following and are
 * never paired. Must not: hash or compare an object whose class could run Python code for it. */
#include "engine/match_parts.h"

#include "compat/contents.h"
#include "compat/lrucache.h"
#include "compat/rebuild.h"
#include "compat/state.h"
#include "engine/base.h"
#include "engine/carry_equal.h"
#include "engine/kinds.h"
#include "engine/match_homes.h"

#include <stdlib.h>
#include <string.h>

#define MOST_COMPARED 10000 /* pairs of items of two lists */
#define LONGEST_SEARCH 1000 /* entries of a table keyed by members of an enumeration */

/* Objects that are equal by value and never redirected, nor looked into. */
static bool is_atom(PyObject *object)
{
    return object == Py_None || PyUnicode_CheckExact(object) || PyLong_CheckExact(object) ||
           PyFloat_CheckExact(object) || PyBool_Check(object) || PyBytes_CheckExact(object) ||
           PyComplex_CheckExact(object) || PyCode_Check(object) || object == Py_Ellipsis ||
           object == Py_NotImplemented || PyCFunction_Check(object) || PyModule_Check(object) || PyRange_Check(object);
}

static bool is_container(PyObject *object)
{
    return PyDict_Check(object) || PyList_Check(object) || PyTuple_Check(object) || PyAnySet_Check(object);
}

/* Does the object take part in calls or attribute look-ups (a descriptor or a callable), rather than hold data? */
static bool is_part(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    return type->tp_descr_get || type->tp_call;
}

/* Which of several functions of one name this is, another place than that name has to say. */
static int place_namesake(struct match *match, PyObject *old, PyObject *partner, size_t parent, PyObject *key)
{
    enum pair_kind kind = match->pairs[parent].kind;
    bool by_name = kind == PAIR_NAMESPACE || kind == PAIR_CLASS;
    return !by_name && homes_same(match, old, partner) ? match_add(match, old, partner, PAIR_FUNCTION, parent, key) : 0;
}

/* Functions at the same place. A foreign one (made by somebody else's decorator) must come from the same code. */
static int place_function(struct match *match, PyObject *old, PyObject *partner, size_t parent, PyObject *key)
{
    int shared = homes_note(match, old, partner) < 0 ? -1 : homes_shared(match, old);
    if (shared) {
        return shared < 0 ? -1 : place_namesake(match, old, partner, parent, key);
    }
    if (generation_owns_function(match->old, old)) {
        bool fits = generation_owns_function(match->new, partner) || generation_owns_class(match->new, partner) ||
                    (is_part(partner) && !PyFunction_Check(partner) && !PyType_Check(partner) && !is_atom(partner));
        return fits ? match_add(match, old, partner, PAIR_FUNCTION, parent, key) : 0;
    }
    PyFunctionObject *left = (PyFunctionObject *)old, *right = (PyFunctionObject *)partner;
    PyObject *claims = left->func_module; /* functools.wraps: "I am that function" */
    bool ours = claims && PyUnicode_CheckExact(claims) && PyDict_GetItemWithError(match->old->modules, claims);
    if (!PyFunction_Check(partner)) {
        bool follows = ours && generation_owns_class(match->new, partner);
        return follows ? match_add(match, old, partner, PAIR_FUNCTION, parent, key) : PyErr_Occurred() ? -1 : 0;
    }
    if (left->func_code == right->func_code ||
        (ours && PyUnicode_Compare(left->func_qualname, right->func_qualname) == 0)) {
        return match_add(match, old, partner, PAIR_FUNCTION, parent, key);
    }
    return 0;
}

/* What C code has of its own behind an object that is paired. What an ABC remembers of other classes: each class has
 * its own from the start; what is registered is carried by name (carry_abc.h), answers are not. The links of a bounded
 * lru_cache: they go with its list, which refers to them where no walk can see it. */
static bool is_private(PyObject *object)
{
    return strcmp(Py_TYPE(object)->tp_name, "_abc._abc_data") == 0 || lrucache_is_link(object);
}

/* Are the types of two values one type, or an old class and its partner? */
static bool same_type(const struct match *match, PyObject *old, PyObject *partner)
{
    PyTypeObject *left = Py_TYPE(old), *right = Py_TYPE(partner);
    struct pair *pair = left == right ? NULL : match_find(match, (PyObject *)left);
    return left == right || (pair && pair->partner == (PyObject *)right);
}

/* Is it a descriptor of a built-in or foreign class (`__str__ = int.__repr__`)? Those of own classes are their slots.
 */
static bool is_foreign_descriptor(const struct match *match, PyObject *object)
{
    PyTypeObject *const types[] = {&PyWrapperDescr_Type, &PyMethodDescr_Type, &PyClassMethodDescr_Type,
                                   &PyMemberDescr_Type, &PyGetSetDescr_Type};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (Py_TYPE(object) == types[i]) {
            return !generation_owns_class(match->old, (PyObject *)PyDescr_TYPE(object));
        }
    }
    return false;
}

/* What its module hands out by name to whoever asks: a logger, a compiled pattern. A place that holds another one now
 * says nothing about those who asked for the first. */
static bool is_registered(PyObject *object)
{
    PyObject *mro = Py_TYPE(object)->tp_mro;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        PyObject *module = strcmp(type->tp_name, "Logger") == 0 ? class_module_name(type) : NULL;
        if (strcmp(type->tp_name, "re.Pattern") == 0 ||
            (module && PyUnicode_CompareWithASCIIString(module, "logging") == 0)) {
            return true;
        }
    }
    return false;
}

/* A string or number of somebody else's class is a value; one of a class of the package is an object with an identity.
 */
static bool is_foreign_value(const struct match *match, PyObject *object)
{
    return (PyUnicode_Check(object) || PyFloat_Check(object) || PyComplex_Check(object)) &&
           !generation_owns_class(match->old, (PyObject *)Py_TYPE(object));
}

/* An instance without state, of a class of the generation: all that it is good for is to be told from others. 1, 0, -1.
 */
static int is_sentinel(const struct generation *generation, PyObject *object)
{
    if (!generation_owns_class(generation, (PyObject *)Py_TYPE(object)) || PyType_Check(object) || is_part(object) ||
        is_container(object) || Py_TYPE(object)->tp_hash != PyBaseObject_Type.tp_hash) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF state = state_copy(object);
    return state ? PyDict_GET_SIZE(state) == 0 : -1;
}

/* A class that the new version renamed, or made anew in another way: its sentinel goes by the name it is bound to. */
static int place_sentinel(struct match *match, PyObject *old, PyObject *partner, size_t parent, PyObject *key)
{
    int sentinel = match_find(match, (PyObject *)Py_TYPE(old)) ? 0 : is_sentinel(match->old, old);
    sentinel = sentinel > 0 ? is_sentinel(match->new, partner) : sentinel;
    return sentinel > 0 ? match_add(match, old, partner, PAIR_DATA, parent, key) : sentinel;
}

/* The class that a module has under the name of this one, which was made anew from it: with its bases, as dataclass()
 * and attrs do for slots, or derived from it. Borrowed; NULL without an exception: there is none. */
static PyObject *made_from(const struct generation *generation, PyTypeObject *type)
{
    PyObject *home = (type->tp_flags & Py_TPFLAGS_HEAPTYPE) ? class_module_name(type) : NULL;
    PyObject *module = home && PyUnicode_Check(home) ? PyDict_GetItemWithError(generation->modules, home) : NULL;
    PyObject *named = module && PyModule_Check(module)
                          ? PyDict_GetItemWithError(PyModule_GetDict(module), ((PyHeapTypeObject *)type)->ht_qualname)
                          : NULL;
    if (!named || !PyType_Check(named) || named == (PyObject *)type || !generation_owns_class(generation, named)) {
        return NULL;
    }
    PyObject *bases = type->tp_bases, *like = ((PyTypeObject *)named)->tp_bases;
    bool same = PyTuple_GET_SIZE(bases) == PyTuple_GET_SIZE(like);
    for (Py_ssize_t i = 0; same && i < PyTuple_GET_SIZE(bases); i++) {
        same = PyTuple_GET_ITEM(bases, i) == PyTuple_GET_ITEM(like, i);
    }
    bool derived = PyTuple_GET_SIZE(bases) == 1 && PyTuple_GET_ITEM(bases, 0) == named;
    return same || derived ? named : NULL;
}

/* The classes of two values of one place are no module's, but were made from classes that are partners: then so are
 * they. Not of containers, whose content such a class may make on demand. 0 or -1. */
static int pair_made(struct match *match, PyObject *old, PyObject *partner)
{
    PyTypeObject *left = Py_TYPE(old), *right = Py_TYPE(partner);
    if (left == right || is_container(old) || !generation_owns_class(match->old, (PyObject *)left) ||
        !generation_owns_class(match->new, (PyObject *)right) || match_find(match, (PyObject *)left) ||
        ptrmap_get(&match->partners, right)) {
        return 0;
    }
    PyObject *from = made_from(match->old, left), *now = from ? made_from(match->new, right) : NULL;
    struct pair *pair = now ? match_find(match, from) : NULL;
    bool made = pair && pair->partner == now && pair->kind == PAIR_CLASS;
    return PyErr_Occurred() ? -1
           : made           ? match_add(match, (PyObject *)left, (PyObject *)right, PAIR_CLASS, pair->parent, pair->key)
                            : 0;
}

int match_place(struct match *match, PyObject *old, PyObject *partner, size_t parent, PyObject *key)
{
    if ((old == partner && !match_is_common(match, old)) || is_atom(old) || is_atom(partner) ||
        kinds_is_enum((PyObject *)Py_TYPE(old))) {
        return 0; /* a member is paired by its name (match_members.h) */
    }
    if (is_foreign_descriptor(match, old) || is_foreign_value(match, old) || is_private(old)) {
        return 0;
    }
    if (PyFunction_Check(old)) {
        return place_function(match, old, partner, parent, key);
    }
    if (PyType_Check(old)) {
        bool ours = generation_owns_class(match->old, old) &&
                    (generation_owns_class(match->new, partner) || generation_owns_function(match->new, partner));
        return ours ? match_add(match, old, partner, PAIR_CLASS, parent, key) : 0;
    }
    if (!newborn_is(match->newborn, partner) || is_registered(old)) {
        return 0; /* somebody else's, which the new version binds */
    }
    if (pair_made(match, old, partner) < 0) {
        return -1;
    }
    if (!same_type(match, old, partner)) {
        bool replaced = is_part(old) && !is_container(old) &&
                        (generation_owns_function(match->new, partner) || generation_owns_class(match->new, partner));
        return replaced ? match_add(match, old, partner, PAIR_PART, parent, key)
                        : place_sentinel(match, old, partner, parent, key);
    }
    bool data = is_container(old) || !is_part(old) || kinds_thunk(old) || match_find(match, (PyObject *)Py_TYPE(old));
    return match_add(match, old, partner, data ? PAIR_DATA : PAIR_PART, parent, key);
}

/* The entry whose key is this very object, found without hashing it: mostly it stands at the same place. Borrowed. */
static PyObject *entry_of(PyObject *dict, PyObject *wanted, Py_ssize_t place)
{
    PyObject *key, *value;
    Py_ssize_t position = place;
    if (PyDict_Next(dict, &position, &key, &value) && key == wanted) {
        return value;
    }
    position = 0;
    while (PyDict_GET_SIZE(dict) < LONGEST_SEARCH && PyDict_Next(dict, &position, &key, &value)) {
        if (key == wanted) {
            return value;
        }
    }
    return NULL;
}

/* A class that both versions mean, and whose hash is its address: a key of dispatch tables. */
static bool is_outside_class(const struct match *match, PyObject *key)
{
    return PyType_Check(key) && Py_TYPE(key)->tp_hash == PyType_Type.tp_hash &&
           Py_TYPE(key)->tp_richcompare == PyType_Type.tp_richcompare && !generation_owns_class(match->old, key);
}

static int inside_dict(struct match *match, size_t at, PyObject *old, PyObject *new)
{
    PyObject *key, *value;
    Py_ssize_t position = 0, place = 0;
    for (; PyDict_Next(old, &position, &key, &value); place = position) {
        struct pair *pair = match_find(match, key);
        bool plain = PyUnicode_CheckExact(key) || PyLong_CheckExact(key) || PyBytes_CheckExact(key);
        bool member = pair && pair->kind == PAIR_MEMBER;
        bool stays = plain || (!pair && is_outside_class(match, key));
        if (!stays && !member && !(pair && (pair->kind == PAIR_FUNCTION || Py_TYPE(pair->partner) == &PyType_Type))) {
            continue;
        }
        PyObject *partner =
            member ? entry_of(new, pair->partner, place) : PyDict_GetItemWithError(new, stays ? key : pair->partner);
        if (!partner && PyErr_Occurred()) {
            return -1;
        }
        if (partner && match_place(match, value, partner, at, key) < 0) {
            return -1;
        }
    }
    return 0;
}

static int inside_sequence(struct match *match, size_t at, PyObject *old, PyObject *new)
{
    Py_ssize_t size = Py_SIZE(old);
    if (size != Py_SIZE(new)) {
        return 0;
    }
    PyObject **left = PyList_Check(old) ? ((PyListObject *)old)->ob_item : ((PyTupleObject *)old)->ob_item;
    PyObject **right = PyList_Check(new) ? ((PyListObject *)new)->ob_item : ((PyTupleObject *)new)->ob_item;
    for (Py_ssize_t i = 0; i < size; i++) {
        OWN_REF key = PyLong_FromSsize_t(i);
        if (!key || match_place(match, left[i], right[i], at, key) < 0) {
            return -1;
        }
    }
    return 0;
}

bool match_is_cache(PyObject *function, PyObject *name)
{
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    return PyUnicode_CompareWithASCIIString(name, "dispatch_cache") == 0 &&
           (PyUnicode_CompareWithASCIIString(code->co_qualname, "singledispatch.<locals>.wrapper") == 0 ||
            PyUnicode_CompareWithASCIIString(code->co_qualname, "singledispatch.<locals>.dispatch") == 0 ||
            PyUnicode_CompareWithASCIIString(code->co_qualname, "singledispatch.<locals>.register") == 0);
}

static int inside_cells(struct match *match, size_t at, PyObject *old, PyObject *new)
{
    PyObject *left = PyFunction_GET_CLOSURE(old), *right = PyFunction_GET_CLOSURE(new);
    if (!left || !right) {
        return 0;
    }
    OWN_REF names = PyObject_GetAttrString(PyFunction_GET_CODE(old), "co_freevars");
    OWN_REF others = names ? PyObject_GetAttrString(PyFunction_GET_CODE(new), "co_freevars") : NULL;
    if (!others) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(others); j++) {
            PyObject *cell = PyTuple_GET_ITEM(left, i), *base = match_base(match, cell, false);
            PyObject *a = !base ? PyCell_GET(cell) : PyList_GET_SIZE(base) ? PyList_GET_ITEM(base, 0) : NULL;
            PyObject *b = PyCell_GET(PyTuple_GET_ITEM(right, j));
            if (PyUnicode_Compare(name, PyTuple_GET_ITEM(others, j)) == 0 && a && b && !match_is_cache(old, name) &&
                match_place(match, a, b, at, name) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* The default of a positional parameter. Borrowed; NULL without an exception: it has none. */
static PyObject *default_of(PyObject *function, PyObject *names, PyObject *name)
{
    PyObject *defaults = ((PyFunctionObject *)function)->func_defaults;
    Py_ssize_t n = ((PyCodeObject *)PyFunction_GET_CODE(function))->co_argcount;
    Py_ssize_t first = n - (defaults ? PyTuple_GET_SIZE(defaults) : 0);
    for (Py_ssize_t i = first > 0 ? first : 0; defaults && i < n; i++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(names, i), name) == 0) {
            return PyTuple_GET_ITEM(defaults, i - first);
        }
    }
    return NULL;
}

/* Defaults of parameters of the same name, wherever they stand. */
static int inside_defaults(struct match *match, size_t at, PyObject *old, PyObject *new)
{
    OWN_REF names = PyObject_GetAttrString(PyFunction_GET_CODE(old), "co_varnames");
    OWN_REF others = names ? PyObject_GetAttrString(PyFunction_GET_CODE(new), "co_varnames") : NULL;
    Py_ssize_t n = ((PyCodeObject *)PyFunction_GET_CODE(old))->co_argcount;
    for (Py_ssize_t i = 0; others && i < n; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        PyObject *ours = default_of(old, names, name), *theirs = ours ? default_of(new, others, name) : NULL;
        OWN_REF key = theirs ? PyLong_FromSsize_t(i) : NULL;
        if (PyErr_Occurred() || (key && match_place(match, ours, theirs, at, key) < 0)) {
            return -1;
        }
    }
    return others ? 0 : -1;
}

static int inside_function(struct match *match, size_t at, PyObject *old, PyObject *new)
{
    PyFunctionObject *left = (PyFunctionObject *)old, *right = (PyFunctionObject *)new;
    if (inside_cells(match, at, old, new) < 0) {
        return -1;
    }
    if (left->func_defaults && right->func_defaults && inside_defaults(match, at, old, new) < 0) {
        return -1;
    }
    if (left->func_kwdefaults && right->func_kwdefaults &&
        inside_dict(match, at, left->func_kwdefaults, right->func_kwdefaults) < 0) {
        return -1;
    }
    PyObject *base = left->func_dict ? match_base(match, left->func_dict, false) : NULL;
    return left->func_dict && right->func_dict ? inside_dict(match, at, base ? base : left->func_dict, right->func_dict)
                                               : 0;
}

/* What a wrapper refers to, in the order that its tp_traverse reports it: only what can be paired. */
struct referents {
    PyObject *items[16];
    int n;
    bool last; /* more than there is room for: the last ones count */
};

static int collect_referent(PyObject *object, void *arg)
{
    struct referents *referents = arg;
    bool interesting = PyFunction_Check(object) || PyDict_CheckExact(object) || PyTuple_CheckExact(object) ||
                       (!PyType_Check(object) && !is_atom(object) && is_part(object));
    if (interesting && referents->last && referents->n == 16) {
        memmove(referents->items, referents->items + 1, 15 * sizeof *referents->items);
        referents->n--;
    }
    if (interesting && referents->n < 16) {
        referents->items[referents->n++] = object;
    }
    return 0;
}

/* Is there a function of neither generation among them? */
static bool wraps_foreign(const struct match *match, const struct referents *referents)
{
    for (int i = 0; i < referents->n; i++) {
        PyObject *object = referents->items[i];
        if (PyFunction_Check(object) && !generation_owns_function(match->old, object) &&
            !generation_owns_function(match->new, object)) {
            return true;
        }
    }
    return false;
}

/* A wrapper (property, partial, lru_cache ...): what it refers to by what `traverse` reports, pairwise, as long as the
 * kinds agree. */
static int inside_wrapper(struct match *match, size_t at, PyObject *old, PyObject *new, traverseproc traverse)
{
    bool cache = lrucache_check(old); /* what it remembers comes first */
    struct referents left = {.n = 0, .last = cache}, right = {.n = 0, .last = cache};
    traverse(old, collect_referent, &left);
    traverse(new, collect_referent, &right);
    if (wraps_foreign(match, &left) && !wraps_foreign(match, &right)) {
        return 0; /* staticmethod(theirs) that became staticmethod(ours): what it copied from theirs is not ours */
    }
    int more = cache ? left.n - right.n : 0;
    for (int i = more > 0 ? more : 0, j = more < 0 ? -more : 0; i < left.n && j < right.n; i++, j++) {
        PyObject *a = left.items[i], *b = right.items[j];
        int failed;
        if (PyDict_CheckExact(a) && PyDict_CheckExact(b)) {
            failed = inside_dict(match, at, a, b); /* attributes of the wrapper, or a cache: its own affair */
        } else if (PyTuple_CheckExact(a) && PyTuple_CheckExact(b)) {
            failed = inside_sequence(match, at, a, b);
        } else {
            failed = match_place(match, a, b, at, NULL);
        }
        if (failed < 0) {
            return -1;
        }
    }
    return 0;
}

static int inside_part(struct match *match, size_t at, PyObject *old, PyObject *new)
{
    traverseproc traverse = Py_TYPE(old)->tp_traverse;
    return traverse && Py_TYPE(new)->tp_traverse == traverse ? inside_wrapper(match, at, old, new, traverse) : 0;
}

/* An instance of a subclass of a wrapper: what the built-in class keeps of it, beside its attributes. */
static int inside_native(struct match *match, size_t at, PyObject *old, PyObject *new)
{
    PyTypeObject *native = Py_TYPE(old), *other = Py_TYPE(new);
    while (native && (native->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        native = native->tp_base;
    }
    while (other && (other->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        other = other->tp_base;
    }
    bool both = native && native == other && native->tp_traverse && is_part(old) && !is_container(old);
    return both ? inside_wrapper(match, at, old, new, native->tp_traverse) : 0;
}

static int take_function(PyObject *object, void *arg)
{
    PyObject **function = arg;
    *function = PyFunction_Check(object) ? object : *function;
    return 0;
}

/* The function that C code calls through a callback of ctypes. */
static int inside_thunk(struct match *match, size_t at, PyObject *old, PyObject *new)
{
    PyObject *functions[] = {NULL, NULL};
    Py_TYPE(old)->tp_traverse(old, take_function, &functions[0]);
    Py_TYPE(new)->tp_traverse(new, take_function, &functions[1]);
    return functions[0] && functions[1] ? match_place(match, functions[0], functions[1], at, NULL) : 0;
}

/* The old one stays, with all that is in it; but a function that it was made with (the target of a thread) is a
 * definition. */
static int inside_opaque(struct match *match, size_t at, PyObject *old, PyObject *new)
{
    PyObject *thunk = kinds_thunk(old), *other = thunk ? kinds_thunk(new) : NULL;
    if (thunk) {
        return other ? inside_thunk(match, at, thunk, other) : 0;
    }
    if (!(Py_TYPE(old)->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        return 0;
    }
    OWN_REF left = state_copy(old);
    OWN_REF right = left ? state_copy(new) : NULL;
    PyObject *name, *function;
    for (Py_ssize_t i = 0; right && PyDict_Next(left, &i, &name, &function);) {
        PyObject *partner = PyFunction_Check(function) ? PyDict_GetItemWithError(right, name) : NULL;
        if (partner && PyFunction_Check(partner) && match_place(match, function, partner, at, name) < 0) {
            return -1;
        }
    }
    return right ? 0 : -1;
}

/* Attributes of two instances: are those equal that both have, if there are any? The class may have got others. */
static int equal_in_common(struct match *match, PyObject *base, PyObject *content)
{
    PyObject *name, *value;
    Py_ssize_t position = 0, n = 0;
    while (PyDict_Next(base, &position, &name, &value)) {
        PyObject *theirs = PyDict_GetItemWithError(content, name);
        int equal = theirs ? carry_equal(match, value, theirs) : PyErr_Occurred() ? -1 : 1;
        if (equal != 1) {
            return equal;
        }
        n += theirs != NULL;
    }
    return n > 0 || (PyDict_GET_SIZE(base) == 0 && PyDict_GET_SIZE(content) == 0);
}

/* Has the old object, as it was recorded, the content that the new one has? */
static int starts_alike(struct match *match, PyObject *old, PyObject *new)
{
    PyObject *base = match_base(match, old, false);
    OWN_REF content = base && same_type(match, old, new) ? base_copy(new) : NULL;
    if (!content) {
        return PyErr_Occurred() ? -1 : 0;
    }
    bool instance = contents_kind(old) == CONTENTS_NONE && PyDict_Check(base) && PyDict_Check(content);
    return instance ? equal_in_common(match, base, content) : carry_equal(match, base, content);
}

/* Do two items belong together? Data, if it started alike; functions, if they have one home: those of homes of their
 * own are paired already. 1, 0, -1. */
static int belong_together(struct match *match, PyObject *old, PyObject *new)
{
    return PyFunction_Check(old) ? homes_same(match, old, new) : starts_alike(match, old, new);
}

/* Lists, or tuples, of which one is longer: what belongs together, in order. */
static int inside_unequal(struct match *match, size_t at, PyObject *old, PyObject *new)
{
    Py_ssize_t from = 0, n = PySequence_Fast_GET_SIZE(old), m = PySequence_Fast_GET_SIZE(new);
    for (Py_ssize_t i = 0; i < n && n * m <= MOST_COMPARED; i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(old, i);
        int alike = 0;
        bool known = match_base(match, item, false) || PyFunction_Check(item);
        for (Py_ssize_t j = from; known && j < m && alike == 0; j++) {
            OWN_REF key = PyLong_FromSsize_t(i);
            PyObject *other = PySequence_Fast_GET_ITEM(new, j);
            alike = key ? belong_together(match, item, other) : -1;
            if (alike > 0 && match_place(match, item, other, at, key) < 0) {
                return -1;
            }
            from = alike > 0 ? j + 1 : from;
        }
        if (alike < 0) {
            return -1;
        }
    }
    return 0;
}

/* Named tuples whose classes have other fields: by name. */
static int inside_fields(struct match *match, size_t at, PyObject *old, PyObject *new)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(old); i++) {
        Py_ssize_t j = rebuild_field_of(Py_TYPE(old), i, Py_TYPE(new));
        OWN_REF key = PyLong_FromSsize_t(i);
        bool there = j >= 0 && j < PyTuple_GET_SIZE(new);
        if (!key || (there && match_place(match, PyTuple_GET_ITEM(old, i), PyTuple_GET_ITEM(new, j), at, key) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* What lies in a container, now or as it was recorded; of one that both hold: as each started with it. */
static int inside_container(struct match *match, size_t at, PyObject *old, PyObject *new)
{
    PyObject *base = match_base(match, old, false);
    PyObject **maker = contents_factory(old), **other = contents_factory(new);
    PyObject *start = match_common_entry(match, new);
    new = start ? PyTuple_GET_ITEM(start, 1) : new;
    if (maker && other && *maker && *other && match_place(match, *maker, *other, at, NULL) < 0) {
        return -1;
    }
    if (PyDict_Check(old)) {
        return inside_dict(match, at, base ? base : old, new);
    }
    if (PyList_Check(old)) {
        PyObject *items = base ? base : old;
        return PyList_GET_SIZE(items) == PyList_GET_SIZE(new) ? inside_sequence(match, at, items, new)
                                                              : inside_unequal(match, at, items, new);
    }
    if (!PyTuple_Check(old)) {
        return 0;
    }
    if (rebuild_fields_differ(Py_TYPE(old), Py_TYPE(new))) {
        return inside_fields(match, at, old, new);
    }
    return PyTuple_GET_SIZE(old) == PyTuple_GET_SIZE(new) ? inside_sequence(match, at, old, new)
                                                          : inside_unequal(match, at, old, new);
}

static int inside_data(struct match *match, size_t at, PyObject *old, PyObject *new)
{
    if (kinds_is_opaque(old)) {
        return inside_opaque(match, at, old, new);
    }
    if (inside_container(match, at, old, new) < 0 || inside_native(match, at, old, new) < 0) {
        return -1;
    }
    if (!contents_has_attributes(old)) {
        return 0;
    }
    bool both = contents_kind(old) != CONTENTS_NONE;
    PyObject *base = match_base(match, old, both), *start = match_common_entry(match, new);
    OWN_REF left = base ? Py_NewRef(base) : state_copy(old);
    OWN_REF right = !left                                         ? NULL
                    : start && PyTuple_GET_SIZE(start) > 1 + both ? Py_NewRef(PyTuple_GET_ITEM(start, 1 + both))
                                                                  : state_copy(new);
    return right ? inside_dict(match, at, left, right) : -1;
}

int match_inside(struct match *match, size_t at)
{
    struct pair pair = match->pairs[at]; /* a copy: the array may move */
    switch (pair.kind) {
    case PAIR_FUNCTION:
        if (PyFunction_Check(pair.partner)) {
            return inside_function(match, at, pair.old, pair.partner);
        }
        return 0;
    case PAIR_PART:
        return Py_TYPE(pair.old) == Py_TYPE(pair.partner) && !PyType_Check(pair.old)
                   ? inside_part(match, at, pair.old, pair.partner)
                   : 0; /* a class: its partner is somebody else's */
    case PAIR_DATA:
    case PAIR_MEMBER:
        return inside_data(match, at, pair.old, pair.partner);
    case PAIR_MODULE:
    case PAIR_NAMESPACE:
    case PAIR_CLASS:
        return 0;
    }
    return 0;
}
