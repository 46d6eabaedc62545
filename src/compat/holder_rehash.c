/* Who hashes differently after the flip: the table `rehash`, filled from the replaced objects outwards.
 *
 * A hash that is in the table is right at once, because its fold goes down to the replaced objects by itself. What is
 * affected is found one level a round: the caller goes over the holders again until nothing is added.
 * Invariant: the table goes by address; two equal objects are two entries.
 * Must not: take two keys with equal hashes for one key: hashes by address of neighbouring objects do collide. */
#include "compat/holder_hash.h"

static int put(struct rehash *rehash, const void *object, Py_hash_t hash)
{
    uintptr_t stored = hash == 0 ? HOLDER_HASH_ZERO : (uintptr_t)hash;
    if (ptrmap_put(&rehash->hashes, object, (void *)stored) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

bool holder_hashes_by_address(PyObject *object)
{
    return Py_TYPE(object)->tp_hash == PyBaseObject_Type.tp_hash && !PyType_Check(object) && !PyFunction_Check(object);
}

bool holder_hashes_in_python(PyObject *object)
{
    struct recipe recipe;
    recipe_find(object, &recipe);
    return recipe.fold == FOLD_PYTHON;
}

int holder_rehash_seed_one(PyObject *object, PyObject *partner, struct rehash *rehash)
{
    static const struct ptrmap nothing;
    static const struct rehash none;
    struct hasher h = {&nothing, &none, 0};
    Py_hash_t hash;
    enum answer answer = holder_hashes_by_address(partner) ? UNKNOWN : hash_of(&h, partner, &hash);
    return answer == KNOWN ? put(rehash, object, hash) : 0;
}

int holder_rehash_seed(const struct ptrmap *map, struct rehash *rehash)
{
    rehash->map = map;
    size_t position = 0;
    struct ptrmap_slot *slot;
    while ((slot = ptrmap_next(map, &position))) {
        if (slot->value && holder_rehash_seed_one((PyObject *)slot->key, slot->value, rehash) < 0) {
            return -1;
        }
    }
    return 0;
}

int holder_rehash_replaced(PyObject *old, PyObject *replacement, bool same_method, struct rehash *rehash)
{
    static const struct ptrmap nothing;
    static const struct rehash none;
    struct hasher then = {rehash->map, rehash, 0}, now = {&nothing, &none, 0};
    Py_hash_t after, before;
    bool keeps = false;
    switch (hash_unlisted(&then, PyAnySet_Check(old) ? old : replacement, &after)) { /* a set's table is moved later */
    case KNOWN:
        keeps = hash_unlisted(&now, old, &before) == KNOWN && before == after;
        break;
    case UNHASHABLE:
        return 1;
    case UNKNOWN: {
        struct recipe recipe;
        recipe_find(replacement, &recipe);
        if (recipe.fold != FOLD_PYTHON || !same_method) {
            return 0;
        }
        keeps = true;
    }
    }
    if (keeps && ptrmap_put(&rehash->kept, old, replacement) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return keeps || put(rehash, old, after) == 0 ? 1 : -1;
}

/* Is this object replaced or about to hash differently? */
static bool changes(const struct hasher *h, const void *object)
{
    return (holder_hit(h->map, object) && !holder_hit(&h->rehash->kept, object)) ||
           holder_hit(&h->rehash->hashes, object);
}

bool holder_same_hash(PyObject *a, PyObject *b)
{
    static const struct ptrmap nothing;
    static const struct rehash none;
    struct hasher h = {&nothing, &none, 0};
    struct recipe x, y;
    recipe_find(a, &x);
    recipe_find(b, &y);
    if (x.fold == FOLD_ADDRESS || y.fold == FOLD_ADDRESS) {
        return x.fold == y.fold;
    }
    Py_hash_t left = 0, right = 0;
    enum answer answer = hash_of(&h, a, &left);
    return answer != UNKNOWN && answer == hash_of(&h, b, &right) && left == right;
}

struct search {
    struct hasher *h;
    const PyObject *type;
    bool found;
};

static int search_visit(PyObject *object, void *arg)
{
    struct search *search = arg;
    if (object != search->type && changes(search->h, object)) {
        search->found = true;
        return 1;
    }
    return 0;
}

/* Does an object refer, itself or through its __dict__, to something that changes? */
static bool refers_to_changed(struct hasher *h, PyObject *object)
{
    struct search search = {h, (PyObject *)Py_TYPE(object), false};
    PyTypeObject *type = Py_TYPE(object);
    if (type->tp_traverse && PyObject_IS_GC(object)) {
        type->tp_traverse(object, search_visit, &search);
    }
    PyObject *dict = holder_instance_dict(object);
    if (!search.found && dict) {
        PyDict_Type.tp_traverse(dict, search_visit, &search);
    }
    return search.found;
}

/* Is a part of what the hash is made of going to change? */
static bool depends(struct hasher *h, PyObject *object, const struct recipe *recipe)
{
    if (recipe->fold == FOLD_FROZENSET) {
        const PySetObject *set = (PySetObject *)object;
        for (const setentry *entry = set->table; entry <= &set->table[set->mask]; entry++) {
            if (entry->key && changes(h, entry->key)) {
                return true;
            }
        }
        return false;
    }
    for (Py_ssize_t i = 0; i < recipe->n; i++) {
        PyObject *part = recipe->parts[i];
        if (changes(h, part) || (recipe->fold == FOLD_MEMBERS_AND_TYPES && holder_hit(h->map, Py_TYPE(part)))) {
            return true;
        }
    }
    return false;
}

bool holder_may_rehash(PyObject *holder)
{
    hashfunc hash = Py_TYPE(holder)->tp_hash;
    return hash != PyBaseObject_Type.tp_hash && hash != PyType_Type.tp_hash && hash != PyObject_HashNotImplemented;
}

int holder_rehash_add(PyObject *holder, const struct ptrmap *map, struct rehash *rehash, const char **ret_why)
{
    struct hasher h = {map, rehash, 0};
    if (!holder_may_rehash(holder) || holder_hit(map, holder) || holder_hit(&rehash->hashes, holder)) {
        return 0;
    }
    struct recipe recipe;
    recipe_find(holder, &recipe);
    if (recipe.fold == FOLD_PYTHON) {
        *ret_why = "an object's hash is computed by Python code and it refers to what changes";
        return refers_to_changed(&h, holder) ? 2 : 0;
    }
    if (!depends(&h, holder, &recipe) || (recipe.fold == FOLD_WEAK && ((PyWeakReference *)holder)->hash == -1)) {
        return 0;
    }
    Py_hash_t hash;
    switch (hash_fold(&h, holder, &recipe, &hash)) {
    case KNOWN:
        return put(rehash, holder, hash) < 0 ? -1 : 1;
    case UNHASHABLE:
        return 0;
    default:
        *ret_why = "a hash depends on one that is computed by Python code";
        return 2;
    }
}

/* Does the namespace of a class hold something that changes, so that what was looked up in it must be forgotten? */
static bool namespace_changes(PyTypeObject *type, const struct rehash *rehash)
{
    return rehash->map && type->tp_flags & Py_TPFLAGS_HEAPTYPE && type->tp_dict &&
           holder_count_dict(type->tp_dict, rehash->map) > 0;
}

bool holder_may_need_rehash(PyObject *container)
{
    PyTypeObject *type = Py_TYPE(container);
    if (type == &PyTuple_Type || type == &PyFunction_Type || type == &PyList_Type || type == &PyCell_Type) {
        return false;
    }
    return PyDict_Check(container)
               ? dict_may_need_rehash(container)
               : PyType_Check(container) || PyAnySet_Check(container) || PyWeakref_Check(container) ||
                     PyObject_TypeCheck(container, holder_known.lru_cache);
}

/* Is the hash of this type's objects a function of the typing module? It may reach down to the types of arguments. */
static bool hashes_as_alias(PyTypeObject *type)
{
    PyObject *hash = type->tp_hash == holder_known.slot_hash ? _PyType_Lookup(type, holder_known.hash) : NULL;
    PyObject *module = hash && PyFunction_Check(hash) ? ((PyFunctionObject *)hash)->func_module : NULL;
    return module && PyUnicode_CheckExact(module) && PyUnicode_CompareWithASCIIString(module, "typing") == 0;
}

/* What tp_traverse does not report: the referent of a weak reference; what is in the __dict__ of an object; the parts
 * of an alias; for the keys of an lru_cache and the namespace of a class, whose they are. */
enum holder_hash_way holder_hash_way(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (PyType_Check(object) || PyObject_TypeCheck(object, holder_known.lru_cache) || hashes_as_alias(type)) {
        return HOLDER_HASH_ALWAYS;
    }
    bool hidden = PyWeakref_Check(object) || (holder_may_rehash(object) && !recipe_by_parts(type->tp_hash));
    return hidden ? HOLDER_HASH_ASK : HOLDER_HASH_COUNTED;
}

bool holder_hash_concerns(PyObject *object, const struct ptrmap *marks)
{
    if (PyWeakref_Check(object)) {
        return holder_hit(marks, ((PyWeakReference *)object)->wr_object);
    }
    PyObject *dict = holder_instance_dict(object);
    return dict && holder_count_dict(dict, marks) > 0;
}

bool holder_needs_rehash(PyObject *container, const struct rehash *rehash)
{
    if (PyType_Check(container)) {
        return namespace_changes((PyTypeObject *)container, rehash);
    }
    if (PyDict_Check(container)) {
        return dict_needs_rehash(container, rehash);
    }
    if (PyAnySet_Check(container)) {
        return set_needs_rehash(container, rehash);
    }
    if (PyWeakref_Check(container)) {
        return holder_hit(&rehash->hashes, container);
    }
    return PyObject_TypeCheck(container, holder_known.lru_cache) && lru_cache_needs_rehash(container, rehash);
}

/* ---- which keys become one ---- */

/* Compared as their types do it in C; only for types of FOLD_VALUE. */
static bool same_value(PyObject *a, PyObject *b)
{
    PyTypeObject *const types[] = {&PyUnicode_Type, &PyLong_Type,    &PyFloat_Type,
                                   &PyBytes_Type,   &PyComplex_Type, &PyRange_Type};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (PyObject_TypeCheck(a, types[i]) && PyObject_TypeCheck(b, types[i])) {
            OWN_REF equal = types[i]->tp_richcompare(a, b, Py_EQ);
            PyErr_Clear();
            return equal == Py_True;
        }
    }
    return false;
}

static bool same(struct hasher *h, PyObject *a, PyObject *b);

/* A replaced tuple may have other items than its replacement. */
static PyObject *as_it_will_be(struct hasher *h, PyObject *object)
{
    return PyTuple_Check(object) ? holder_partner(h->map, object) : object;
}

static bool same_address(struct hasher *h, PyObject *a, PyObject *b)
{
    return holder_partner(h->map, a) == holder_partner(h->map, b);
}

/* Every one of xs among ys? Lengths are small, or all bits of two hashes agree by chance. */
static bool among(struct hasher *h, PyObject *const *xs, Py_ssize_t n, PyObject *const *ys, Py_ssize_t m)
{
    for (Py_ssize_t i = 0, j; i < n; i++) {
        for (j = 0; j < m && !same(h, xs[i], ys[j]); j++) {
        }
        if (j == m) {
            return false;
        }
    }
    return true;
}

static bool entries_among(struct hasher *h, const PySetObject *a, const PySetObject *b)
{
    for (const setentry *x = a->table; x <= &a->table[a->mask]; x++) {
        const setentry *y = b->table;
        if (!x->key || x->hash == -1) {
            continue;
        }
        while (y <= &b->table[b->mask] && !(y->key && y->hash != -1 && same(h, x->key, y->key))) {
            y++;
        }
        if (y > &b->table[b->mask]) {
            return false;
        }
    }
    return true;
}

static bool same_parts(struct hasher *h, PyObject *a, const struct recipe *x, PyObject *b, const struct recipe *y)
{
    switch (x->fold) {
    case FOLD_FROZENSET:
        return entries_among(h, (PySetObject *)a, (PySetObject *)b) &&
               entries_among(h, (PySetObject *)b, (PySetObject *)a);
    case FOLD_MEMBERS:
    case FOLD_MEMBERS_AND_TYPES:
        return among(h, x->parts, x->n, y->parts, y->n) && among(h, y->parts, y->n, x->parts, x->n);
    case FOLD_METHOD:
        return same_address(h, x->parts[0], y->parts[0]) && same(h, x->parts[1], y->parts[1]);
    case FOLD_C_METHOD:
        return same_address(h, x->parts[0], y->parts[0]) &&
               ((PyCFunctionObject *)a)->m_ml->ml_meth == ((PyCFunctionObject *)b)->m_ml->ml_meth;
    case FOLD_WRAPPER:
        return same_address(h, x->parts[0], y->parts[0]) && same_address(h, x->parts[1], y->parts[1]);
    default: /* one by one */
        break;
    }
    for (Py_ssize_t i = 0; i < x->n; i++) {
        if (!same(h, x->parts[i], y->parts[i])) {
            return false;
        }
    }
    return true;
}

/* Will a and b be equal after the flip? What only Python code can tell is not. */
static bool same(struct hasher *h, PyObject *a, PyObject *b)
{
    if (same_address(h, a, b)) {
        return true;
    }
    /* What stands there after the flip. An address that moves (carry_ids.h) is compared as it is: a list of subclasses
     * has the old and the new one, and is exchanged as a whole. */
    a = PyLong_CheckExact(a) ? a : holder_partner(h->map, a);
    b = PyLong_CheckExact(b) ? b : holder_partner(h->map, b);
    a = as_it_will_be(h, a);
    b = as_it_will_be(h, b);
    struct recipe x, y;
    recipe_find(a, &x);
    recipe_find(b, &y);
    bool kinds = x.fold == FOLD_WEAK || x.fold == FOLD_VALUE || Py_TYPE(a) == Py_TYPE(b);
    if (x.fold != y.fold || !kinds || h->depth >= HASH_MAX_DEPTH) {
        return false;
    }
    switch (x.fold) {
    case FOLD_VALUE:
        return same_value(a, b);
    case FOLD_ADDRESS:
    case FOLD_SAME:
    case FOLD_NONE:
    case FOLD_PYTHON:
        return false;
    case FOLD_WEAK:
        if (x.parts[0] == Py_None || y.parts[0] == Py_None) {
            return false;
        }
        break;
    case FOLD_ITEMS:
    case FOLD_SLICE:
        if (x.n != y.n) {
            return false;
        }
        break;
    default:
        break;
    }
    h->depth++;
    bool result = same_parts(h, a, &x, b, &y);
    h->depth--;
    return result;
}

bool holder_same_key(const struct ptrmap *map, const struct rehash *rehash, PyObject *a, PyObject *b)
{
    struct hasher h = {map, rehash, 0};
    return (holder_hit(&rehash->hashes, a) || holder_hit(&rehash->hashes, b)) ? same(&h, a, b) : same_address(&h, a, b);
}
