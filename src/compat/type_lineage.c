/* The lineage of a class that stays, computed over classes that are replaced.
 *
 * Idea: a class statement takes three things from its bases before anything else: their order (C3), the metaclass and
 * the layout. The first two are computed here from the tuples alone; type.mro() and metaclasses are not asked.
 * Must not: run Python code, or write to a class. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/type_lineage.h"

#include "compat/type_slots.h"

PyObject *type_new_bases(PyTypeObject *type, const struct ptrmap *map, const char **ret_why)
{
    PyObject *old = type->tp_bases;
    Py_ssize_t n = PyTuple_GET_SIZE(old), n_replaced = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyTypeObject *partner = ptrmap_get(map, PyTuple_GET_ITEM(old, i));
        if (!partner) {
            continue;
        }
        n_replaced++;
        if (!PyType_Check((PyObject *)partner)) {
            *ret_why = "a class that it derives from is no class in the new version";
            return NULL;
        }
        if (!(partner->tp_flags & Py_TPFLAGS_BASETYPE)) {
            *ret_why = "a class that it derives from cannot be derived from in the new version";
            return NULL;
        }
    }
    if (!n_replaced) {
        return Py_NewRef(old);
    }
    OWN_REF bases = PyTuple_New(n);
    for (Py_ssize_t i = 0; bases && i < n; i++) {
        PyObject *base = (PyObject *)type_partner_of(map, (PyTypeObject *)PyTuple_GET_ITEM(old, i));
        PyTuple_SET_ITEM(bases, i, Py_NewRef(base));
    }
    return STEAL(bases);
}

static PyObject *mro_of(PyTypeObject *type, const struct ptrmap *new_mros)
{
    PyObject *mro = ptrmap_get(new_mros, type);
    return mro ? mro : type->tp_mro;
}

/* A list that C3 merges: what is left of it begins at next. */
struct tail {
    PyObject *tuple; /* borrowed */
    Py_ssize_t next;
};

static bool in_a_tail(const struct tail *tails, Py_ssize_t n, PyObject *candidate)
{
    for (Py_ssize_t i = 0; i < n; i++) {
        for (Py_ssize_t j = tails[i].next + 1; j < PyTuple_GET_SIZE(tails[i].tuple); j++) {
            if (PyTuple_GET_ITEM(tails[i].tuple, j) == candidate) {
                return true;
            }
        }
    }
    return false;
}

/* The next class of the merge: the first head that is in no tail. NULL when there is none; *left: is anything left? */
static PyObject *merge_step(struct tail *tails, Py_ssize_t n, bool *left)
{
    *left = false;
    for (Py_ssize_t i = 0; i < n; i++) {
        if (tails[i].next == PyTuple_GET_SIZE(tails[i].tuple)) {
            continue;
        }
        *left = true;
        PyObject *head = PyTuple_GET_ITEM(tails[i].tuple, tails[i].next);
        if (in_a_tail(tails, n, head)) {
            continue;
        }
        for (Py_ssize_t j = 0; j < n; j++) {
            if (tails[j].next < PyTuple_GET_SIZE(tails[j].tuple) &&
                PyTuple_GET_ITEM(tails[j].tuple, tails[j].next) == head) {
                tails[j].next++;
            }
        }
        return head;
    }
    return NULL;
}

/* Runs the merge into mro (room for `room` words, the first being the class). Returns the length, or 0: no consistent
 * order. */
static Py_ssize_t merge(struct tail *tails, Py_ssize_t n, PyObject **mro, Py_ssize_t room)
{
    Py_ssize_t length = 1;
    bool left;
    for (PyObject *next; (next = merge_step(tails, n, &left)); mro[length++] = next) {
        if (length == room) {
            return 0;
        }
    }
    return left ? 0 : length;
}

/* C3: the class, then the merge of the mros of its bases and the bases themselves. NULL as type_new_bases. */
PyObject *type_new_mro(PyTypeObject *type, PyObject *bases, const struct ptrmap *new_mros, const char **ret_why)
{
    Py_ssize_t n = PyTuple_GET_SIZE(bases), room = 1;
    struct tail *tails = PyMem_Malloc((size_t)(n + 1) * sizeof *tails);
    for (Py_ssize_t i = 0; tails && i < n; i++) {
        tails[i] = (struct tail){mro_of((PyTypeObject *)PyTuple_GET_ITEM(bases, i), new_mros), 0};
        room += PyTuple_GET_SIZE(tails[i].tuple);
    }
    PyObject **classes = tails ? PyMem_Malloc((size_t)(room + 1) * sizeof *classes) : NULL;
    if (!classes) {
        PyMem_Free(tails);
        return PyErr_NoMemory();
    }
    tails[n] = (struct tail){bases, 0};
    classes[0] = (PyObject *)type;
    Py_ssize_t length = merge(tails, n + 1, classes, room);
    PyObject *mro = NULL;
    if (!length) {
        *ret_why = "its bases have no consistent method resolution order in the new version";
    } else if ((mro = PyTuple_New(length))) {
        for (Py_ssize_t i = 0; i < length; i++) {
            PyTuple_SET_ITEM(mro, i, Py_NewRef(classes[i]));
        }
    }
    PyMem_Free(classes);
    PyMem_Free(tails);
    return mro;
}

static bool derives(PyTypeObject *type, PyTypeObject *base, const struct ptrmap *new_mros)
{
    PyObject *mro = mro_of(type, new_mros);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        if (PyTuple_GET_ITEM(mro, i) == (PyObject *)base) {
            return true;
        }
    }
    return false;
}

/* Has the class its metaclass from a base? Then the class statement did not name it, or need not have. */
static bool inherits_meta(PyTypeObject *type)
{
    bool found = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_bases) && !found; i++) {
        found = Py_IS_TYPE(PyTuple_GET_ITEM(type->tp_bases, i), Py_TYPE(type));
    }
    return found;
}

PyTypeObject *type_new_meta(PyTypeObject *type, PyObject *bases, const struct ptrmap *map,
                            const struct ptrmap *new_metas, const struct ptrmap *new_mros, const char **ret_why)
{
    static PyObject *name; /* owned, interned, for as long as the process lives */
    if (!name && !(name = PyUnicode_InternFromString("mro"))) {
        return NULL;
    }
    PyTypeObject *winner = inherits_meta(type) ? &PyType_Type : type_partner_of(map, Py_TYPE(type));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(bases, i);
        PyTypeObject *planned = new_metas ? ptrmap_get(new_metas, base) : NULL;
        PyTypeObject *meta = planned ? planned : type_partner_of(map, Py_TYPE(base));
        if (derives(winner, meta, new_mros)) {
            continue;
        }
        if (!derives(meta, winner, new_mros)) {
            *ret_why = "its bases have metaclasses in the new version that do not derive from each other";
            return NULL;
        }
        winner = meta;
    }
    if (type_find(mro_of(winner, new_mros), name) != type_find(PyType_Type.tp_mro, name)) {
        *ret_why = "its metaclass computes the method resolution order itself";
        return NULL;
    }
    return winner;
}
