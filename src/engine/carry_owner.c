/* Slots that code uses by name: of namespaces, classes and functions, and the cells of closures. What stays of them is
 * written into the staged counterpart, which nobody sees yet.
 *
 * Invariant: what the staged one started with was recorded before anything was written, so each run decides from the
 * same facts, and a decision of an earlier run is taken back. Must not: touch the old generation. */
#include "engine/carry_parts.h"

#include "compat/contents.h"
#include "engine/base.h"
#include "engine/carry_equal.h"
#include "engine/match_moved.h"
#include "engine/refuse.h"
#include "engine/same.h"

/* What the staged owner has there at this moment. Borrowed. */
static PyObject *written(PyObject *partner, PyObject *key)
{
    PyObject *dict = PyType_Check(partner)       ? ((PyTypeObject *)partner)->tp_dict
                     : PyFunction_Check(partner) ? ((PyFunctionObject *)partner)->func_dict
                                                 : partner;
    return dict ? PyDict_GetItemWithError(dict, key) : NULL;
}

/* value NULL: the slot goes. */
static int write_slot(PyObject *partner, PyObject *key, PyObject *value)
{
    PyObject *there = written(partner, key);
    if (there == value || PyErr_Occurred()) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (PyType_Check(partner)) {
        return PyType_Type.tp_setattro(partner, key, value);
    }
    if (PyFunction_Check(partner)) {
        return PyObject_GenericSetAttr(partner, key, value);
    }
    return value ? PyDict_SetItem(partner, key, value) : PyDict_DelItem(partner, key);
}

/* Old code goes as its partner: a class looks at what is put into it. */
static PyObject *in_new_world(const struct match *match, PyObject *value)
{
    struct pair *pair = value && carry_is_old_code(match, value) ? match_find(match, value) : NULL;
    return pair ? pair->partner : value;
}

/* What an attribute of this name is in the staged class, before anything was written: `own`, or its bases'. Borrowed.
 */
static PyObject *find_inherited(PyTypeObject *partner, PyObject *key, PyObject *own)
{
    PyObject *found = own, *mro = partner->tp_mro;
    for (Py_ssize_t i = 1; mro && !found && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(mro, i))->tp_dict;
        found = dict ? PyDict_GetItemWithError(dict, key) : NULL;
    }
    return found;
}

/* An attribute of the class that the program made, where the new version has a slot of its instances: it would hide
 * what instances have there, and the new version could not set it. 0 or -1. */
static int refuse_hidden_slot(struct carrying *carrying, PyObject *partner, const struct slot *slot)
{
    PyObject *there = find_inherited((PyTypeObject *)partner, slot->key, slot->theirs);
    bool hides = slot->now && there && Py_TYPE(there) == &PyMemberDescr_Type &&
                 Py_TYPE(slot->now) != &PyMemberDescr_Type &&
                 !(slot->base && Py_TYPE(slot->base) == &PyMemberDescr_Type);
    PyObject *module = NULL;
    struct pair *pair = hides ? match_find(carrying->match, slot->owner) : NULL;
    OWN_REF path = pair ? match_path(carrying->match, pair, &module) : NULL;
    if (!path) {
        return PyErr_Occurred() ? -1 : 0;
    }
    carrying->refused = true;
    return refuse(
               carrying->reasons, "layout-changed", module, path, "delete it before the upgrade, or restart",
               "the program set the attribute %R of this class, which the new version has as a slot of its instances",
               slot->key) < 0
               ? -1
               : 0;
}

static int decide_slot(struct carrying *carrying, PyObject *partner, const struct slot *slot)
{
    bool ours;
    if (carry_decide(carrying, slot, &ours) < 0 ||
        (ours && PyType_Check(partner) && refuse_hidden_slot(carrying, partner, slot) < 0)) {
        return -1;
    }
    return write_slot(partner, slot->key, ours ? in_new_world(carrying->match, slot->now) : slot->theirs);
}

/* The base of a slot that was recorded late: what functions of the package store there may have been stored before
 * that; then the new version's start is the best guess at what the old one's was. 0 or -1. */
static int infer_base(struct carrying *carrying, struct slot *slot)
{
    bool late = slot->base == slot->now && slot->theirs && ptrmap_get(&carrying->late, slot->owner);
    bool code = late && (PyFunction_Check(slot->now) || PyType_Check(slot->now) || PyModule_Check(slot->now) ||
                         carry_is_old_code(carrying->match, slot->now) || match_find(carrying->match, slot->now));
    int stored = late && !code ? carry_memo_stored(carrying, slot->key, PyDict_Check(slot->owner)) : 0;
    slot->base = stored > 0 ? slot->theirs : slot->base;
    return stored < 0 ? -1 : 0;
}

/* The function behind what a class has in its dict. Borrowed, or NULL. */
static PyObject *function_of(PyObject *value)
{
    bool method = Py_IS_TYPE(value, &PyClassMethod_Type) || Py_IS_TYPE(value, &PyStaticMethod_Type);
    OWN_REF inner = method ? PyObject_GetAttrString(value, "__func__") : NULL;
    PyObject *function = inner ? inner : value; /* which its wrapper holds */
    PyErr_Clear();                              /* no memory: then nothing is proved */
    return PyFunction_Check(function) ? function : NULL;
}

/* What an attribute of a class is called in the new one, if methods of the class that are the same but for names all
 * say so. New reference; NULL without an exception: they do not. */
static PyObject *renamed_attribute(const struct match *match, PyObject *base, PyObject *name)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    OWN_REF found = NULL;
    while (PyDict_Next(base, &position, &key, &value)) {
        PyObject *old = function_of(value);
        struct pair *pair = old ? match_find(match, old) : NULL;
        OWN_REF names = pair && PyFunction_Check(pair->partner) ? PyDict_New() : NULL;
        int same = names ? same_renamed(PyFunction_GET_CODE(old), PyFunction_GET_CODE(pair->partner), names) : 0;
        PyObject *now = same > 0 ? PyDict_GetItemWithError(names, name) : NULL;
        if (PyErr_Occurred() || now == Py_None || (now && found && PyUnicode_Compare(now, found) != 0)) {
            return NULL;
        }
        if (now && !found) {
            found = Py_NewRef(now);
        }
    }
    return STEAL(found);
}

/* An attribute of a class that the program changed, and that has another name now and starts alike: what the program
 * made of it goes there. 1, 0: there is no such name, -1. */
static int decide_renamed(struct carrying *carrying, PyObject *partner, struct slot *slot, PyObject *base,
                          PyObject *theirs)
{
    bool changed = slot->base && (!carry_same_value(slot->base, slot->now) || carry_touched(carrying, slot->now));
    bool data = changed && !slot->theirs && PyType_Check(slot->owner) && PyType_Check(partner) &&
                !carry_is_old_code(carrying->match, slot->now) && !carry_is_bookkeeping(slot->key);
    OWN_REF name = data ? renamed_attribute(carrying->match, base, slot->key) : NULL;
    PyObject *start = name && !PyDict_GetItemWithError(base, name) ? PyDict_GetItemWithError(theirs, name) : NULL;
    if (!start) {
        return PyErr_Occurred() ? -1 : 0;
    }
    PyObject *was = match_base(carrying->match, slot->base, false);
    OWN_REF is = was ? carry_their_copy(carrying, start, false) : NULL;
    int alike = PyErr_Occurred() ? -1
                : was && is      ? carry_equal(carrying->match, was, is)
                                 : carry_equal(carrying->match, slot->base, start);
    if (alike <= 0) {
        return alike;
    }
    OWN_REF note = PyUnicode_FromFormat("the attribute %U of the class %s is %U in the new version: what the program "
                                        "made of it went there",
                                        slot->key, ((PyTypeObject *)slot->owner)->tp_name, name);
    bool noted = note && PyList_Append(carrying->carry->notes, note) == 0;
    return noted && write_slot(partner, name, in_new_world(carrying->match, slot->now)) == 0 ? 1 : -1;
}

/* A namespace, class, or dict of a function: `base`, `now` and `theirs` are its dicts; partner is written to. */
static int decide_names(struct carrying *carrying, PyObject *owner, PyObject *partner, PyObject *base, PyObject *now,
                        PyObject *theirs)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(now, &position, &key, &value)) {
        struct slot slot = {owner,
                            key,
                            PyDict_GetItemWithError(base, key),
                            value,
                            NULL,
                            true,
                            carry_policy_of_slot(carrying, owner, key) == POLICY_MERGE};
        const struct moved *moved = match_moved_from(carrying->match, owner, key);
        if (moved && !PyDict_GetItemWithError(theirs, key)) {
            continue; /* decide_moved */
        }
        bool quiet = slot.base == value && !ptrmap_get(&carrying->match->base, value) && !carrying->n_policies &&
                     !ptrmap_get(&carrying->late, owner);
        if (quiet || !PyUnicode_Check(key)) {
            continue;
        }
        slot.theirs = PyErr_Occurred() ? NULL : PyDict_GetItemWithError(theirs, key);
        if (PyErr_Occurred() || infer_base(carrying, &slot) < 0) {
            return -1;
        }
        int renamed = decide_renamed(carrying, partner, &slot, base, theirs);
        if (renamed < 0 || (!renamed && decide_slot(carrying, partner, &slot) < 0)) {
            return -1;
        }
    }
    position = 0;
    while (PyDict_Next(base, &position, &key, &value)) {
        struct slot slot = {owner, key, value, NULL, PyDict_GetItemWithError(theirs, key), true, false};
        int there = PyErr_Occurred() ? -1 : PyDict_Contains(now, key);
        if (there < 0 || (!there && PyUnicode_Check(key) && decide_slot(carrying, partner, &slot) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* What an earlier run wrote under another name (decide_renamed) is taken back: the program may have changed its mind.
 */
static int take_back(PyObject *partner, PyObject *base, PyObject *now, PyObject *theirs)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(theirs, &position, &key, &value)) {
        bool only_theirs = !PyDict_GetItemWithError(base, key) && !PyDict_GetItemWithError(now, key);
        if (PyErr_Occurred() || (only_theirs && write_slot(partner, key, value) < 0)) {
            return -1;
        }
    }
    return 0;
}

static int decide_owner(struct carrying *carrying, PyObject *owner, PyObject *partner, PyObject *their_owner)
{
    OWN_REF now = base_copy(owner);
    OWN_REF theirs = !now ? NULL : their_owner ? carry_their_copy(carrying, their_owner, false) : PyDict_New();
    OWN_REF nothing = theirs ? PyDict_New() : NULL;
    if (!nothing) {
        return -1;
    }
    PyObject *base = match_base(carrying->match, owner, false);
    if (!base && PyFunction_Check(partner)) {
        base = nothing; /* the function got its first attribute after the import */
    }
    if (base && PyType_Check(partner) && take_back(partner, base, now, theirs) < 0) {
        return -1;
    }
    return base ? decide_names(carrying, owner, partner, base, now, theirs) : 0;
}

/* ---- functions ---- */

/* A function's defaults, as far as the program set them. */
static int decide_defaults(struct carrying *carrying, PyObject *function, PyObject *partner, PyObject *key,
                           PyObject *base, PyObject *now)
{
    PyFunctionObject *theirs = (PyFunctionObject *)partner;
    bool positional = PyUnicode_CompareWithASCIIString(key, "__defaults__") == 0;
    PyObject *value = positional ? theirs->func_defaults : theirs->func_kwdefaults;
    struct slot slot = {function, key, base, now, value, true, false};
    bool ours;
    if (carry_decide(carrying, &slot, &ours) < 0) {
        return -1;
    }
    if (!ours) {
        return 0;
    }
    PyObject *set = now ? now : Py_None;
    return positional ? PyFunction_SetDefaults(partner, set) : PyFunction_SetKwDefaults(partner, set);
}

static int decide_function(PyObject *object, PyObject *key, PyObject *base, PyObject *now, void *arg)
{
    struct carrying *carrying = arg;
    struct pair *pair = PyFunction_Check(object) ? match_find(carrying->match, object) : NULL;
    bool defaults = pair && PyFunction_Check(pair->partner) && PyUnicode_Check(key) &&
                    (PyUnicode_CompareWithASCIIString(key, "__defaults__") == 0 ||
                     PyUnicode_CompareWithASCIIString(key, "__kwdefaults__") == 0);
    return defaults ? decide_defaults(carrying, object, pair->partner, key, base, now) : 0;
}

static int decide_all_defaults(struct carrying *carrying)
{
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (PyDict_Next(carrying->match->old->modules, &position, &name, &module)) {
        PyObject *record = PyDict_GetItemWithError(base_records(), name);
        bool known = record && PyTuple_GET_ITEM(record, BASE_MODULE) == module;
        if (PyErr_Occurred() ||
            (known && base_compare(record, &carrying->match->base, decide_function, carrying) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* ---- cells ---- */

static PyObject *first_of(PyObject *list)
{
    return list && PyList_GET_SIZE(list) ? PyList_GET_ITEM(list, 0) : NULL;
}

static int decide_cell(struct carrying *carrying, PyObject *cell, PyObject *partner)
{
    PyObject *base = match_base(carrying->match, cell, false);
    OWN_REF theirs = base ? carry_their_copy(carrying, partner, false) : NULL;
    OWN_REF key = theirs ? PyUnicode_FromString("cell_contents") : NULL;
    if (!key) {
        return PyErr_Occurred() ? -1 : 0;
    }
    struct slot slot = {cell, key, first_of(base), PyCell_GET(cell), first_of(theirs), true, false};
    bool ours;
    if (carry_decide(carrying, &slot, &ours) < 0) {
        return -1;
    }
    PyObject *value = ours ? in_new_world(carrying->match, slot.now) : slot.theirs;
    return PyCell_GET(partner) == value ? 0 : PyCell_Set(partner, value);
}

/* ---- globals that have another name or module now ---- */

static int note_moved(struct carrying *carrying, const struct moved *moved)
{
    OWN_REF text =
        PyUnicode_FromFormat("the global %U is %U of %V in the new version: what the program made of it went "
                             "there",
                             moved->name, moved->new_name, PyDict_GetItemString(moved->new_space, "__name__"), "?");
    return text ? PyList_Append(carrying->carry->notes, text) : -1;
}

static int decide_moved(struct carrying *carrying, const struct moved *moved)
{
    PyObject *base = match_base(carrying->match, moved->space, false);
    OWN_REF theirs = base ? carry_their_copy(carrying, moved->new_space, false) : NULL;
    PyObject *start = theirs ? PyDict_GetItemWithError(theirs, moved->new_name) : NULL;
    PyObject *now = start ? PyDict_GetItemWithError(moved->space, moved->name) : NULL;
    if (!now || PyErr_Occurred()) {
        return PyErr_Occurred() ? -1 : 0;
    }
    struct slot slot = {moved->space, moved->name, PyDict_GetItemWithError(base, moved->name), now, start, true, false};
    bool ours;
    if (infer_base(carrying, &slot) < 0 || carry_decide(carrying, &slot, &ours) < 0 ||
        (ours && note_moved(carrying, moved) < 0)) {
        return -1;
    }
    return write_slot(moved->new_space, moved->new_name, ours ? in_new_world(carrying->match, now) : start);
}

int carry_owners(struct carrying *carrying)
{
    for (size_t i = 0; i < carrying->match->n_moved; i++) {
        if (decide_moved(carrying, &carrying->match->moved[i]) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < carrying->match->n_pairs; i++) {
        const struct pair *pair = &carrying->match->pairs[i];
        bool class = pair->kind == PAIR_CLASS && PyType_Check(pair->partner);
        if ((pair->kind == PAIR_NAMESPACE || class) &&
            decide_owner(carrying, pair->old, pair->partner, pair->partner)) {
            return -1;
        }
    }
    struct ptrmap_slot *slot;
    for (size_t i = 0; (slot = ptrmap_next(&carrying->dicts, &i));) {
        PyFunctionObject *partner = slot->value;
        if (decide_owner(carrying, (PyObject *)slot->key, slot->value, partner->func_dict) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; (slot = ptrmap_next(&carrying->cells, &i));) {
        if (decide_cell(carrying, (PyObject *)slot->key, slot->value) < 0) {
            return -1;
        }
    }
    return decide_all_defaults(carrying);
}
