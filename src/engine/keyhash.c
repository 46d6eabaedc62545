/* Stand-ins for keys, and what their __hash__ says.
 *
 * A stand-in has the key's attributes with everything that moves exchanged for what takes its place, as deep as tuples
 * and further such keys go. What is not certain is left unknown, and the flip refuses: an attribute that gets a new
 * address only in the flip, a value that is made anew for each instance, a class with a hook, a hash that is made of
 * the stand-in's own address (two of them say so), and one that the key remembers. Invariant: two keys that were
 * different and would be equal now are unknown, both: their tables would have to lose one. Must not: keep a stand-in;
 * believe a record whose object, or the class of it, is not what it was; hash or compare the program's own objects
 * (those that remember their hash would be changed by it). */
#include "engine/keyhash.h"

#include "compat/attribute.h"
#include "compat/holder.h"
#include "compat/instructions.h"
#include "compat/shadow.h"
#include "compat/state.h"
#include "compat/type.h"
#include "engine/flip.h"
#include "engine/kinds.h"
#include "engine/upgrade.h"

#include <stdlib.h>

#define DEEPEST 8

int keyhash_ask(struct upgrade *upgrade, PyObject *object)
{
    struct keyhash *keyhash = &upgrade->flip.keyhash;
    if (ptrmap_get(&keyhash->index, object)) {
        return 0;
    }
    if ((!keyhash->asked && !(keyhash->asked = PyList_New(0))) || PyList_Append(keyhash->asked, object) < 0) {
        return -1;
    }
    if (ptrmap_put(&keyhash->index, object, (void *)PyList_GET_SIZE(keyhash->asked)) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 1;
}

/* ---- stand-ins ---- */

struct standing {
    struct upgrade *upgrade;
    int depth;
    bool unknown;
};

static PyObject *stand_for(struct standing *standing, PyObject *value);

/* Nothing can be said: no exception, no object. */
static PyObject *give_up(struct standing *standing)
{
    standing->unknown = true;
    return NULL;
}

/* Numbers, strings and the like, whose hash is that of any equal one. */
static bool is_value(PyObject *value)
{
    return value == Py_None || PyBool_Check(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
           PyUnicode_CheckExact(value) || PyBytes_CheckExact(value);
}

static PyObject *stand_for_items(struct standing *standing, PyObject *items)
{
    OWN_REF list = listed(items);
    bool same = true;
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++) {
        PyObject *item = stand_for(standing, PyList_GET_ITEM(list, i));
        if (!item) {
            return NULL;
        }
        same = same && item == PyList_GET_ITEM(list, i);
        PyList_SetItem(list, i, item);
    }
    return !list ? NULL : same ? Py_NewRef(items) : PyTuple_Check(items) ? PyList_AsTuple(list) : PyFrozenSet_New(list);
}

/* The attributes as they will be; a new dict. */
static PyObject *state_after(struct standing *standing, PyObject *before)
{
    OWN_REF after = PyDict_New();
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (after && PyDict_Next(before, &position, &name, &value)) {
        OWN_REF stands = PyUnicode_CheckExact(name) ? stand_for(standing, value) : give_up(standing);
        if (!stands || PyDict_SetItem(after, name, stands) < 0) {
            return NULL;
        }
    }
    return STEAL(after);
}

static int set_attributes(PyObject *stand_in, PyObject *state, bool missing_only)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(state, &position, &name, &value)) {
        const char *why;
        PyObject *key = Py_NewRef(name);
        PyUnicode_InternInPlace(&key);
        OWN_REF interned = key;
        int room =
            missing_only && attribute_get(stand_in, interned) ? 1 : attribute_make_room(stand_in, interned, &why);
        if (room < 0 || (room == 0 && attribute_set(stand_in, interned, value) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* What the new version adds. */
static int add_fills(struct standing *standing, const struct migrate_class *class, PyObject *stand_in, PyObject *before)
{
    for (size_t i = 0; i < class->fills.n; i++) {
        struct fill *fill = &class->fills.items[i];
        PyObject *moved = fill->kind == FILL_MOVED ? PyDict_GetItemWithError(before, fill->from) : NULL;
        OWN_REF values = fill->kind != FILL_MOVED ? fill_fresh(fill) : PyDict_New();
        PyObject *name, *value;
        Py_ssize_t position = 0;
        while (values && fill->kind == FILL_MADE && PyDict_Next(values, &position, &name, &value)) {
            standing->unknown = standing->unknown || !is_value(value);
        }
        if (!values || PyErr_Occurred() ||
            (moved && PyDict_SetItem(values, PyTuple_GET_ITEM(fill->names, 0), moved) < 0) ||
            set_attributes(stand_in, values, true) < 0) {
            return -1;
        }
    }
    return 0;
}

/* What the new version makes of the key's own values. 0 or -1. */
static int add_derived(struct standing *standing, const struct migrate_class *class, PyObject *stand_in,
                       PyObject *before)
{
    PyObject *derived = class->fills.derived, *name, *value;
    for (Py_ssize_t i = 0; derived && i < PyList_GET_SIZE(derived); i++) {
        OWN_REF values = NULL;
        int told = fill_derive(PyList_GET_ITEM(derived, i), before, &values);
        Py_ssize_t position = 0;
        standing->unknown = standing->unknown || told > 0;
        while (values && PyDict_Next(values, &position, &name, &value)) {
            standing->unknown = standing->unknown || !is_value(value);
        }
        if (told < 0 || (values && set_attributes(stand_in, values, true) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* What the key has computed and the new version computes in another way. 0 or -1. */
static int forget_computed(const struct match *match, const struct migrate_class *class, PyObject *stand_in,
                           PyObject *before)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(class->spent); i++) {
        PyObject *name = PyTuple_GET_ITEM(class->spent, i), *value = PyDict_GetItemWithError(before, name);
        bool spent = value && carry_is_computed(match, value);
        if (PyErr_Occurred() || (spent && attribute_set(stand_in, name, NULL) < 0)) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(class->anew); i++) {
        PyObject *name = PyTuple_GET_ITEM(class->anew, i), *value = PyDict_GetItemWithError(before, name);
        if (PyErr_Occurred() || (migrate_begins_anew(match, value) && attribute_set(stand_in, name, Py_None) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* Does a class derive from one that is replaced? */
static bool is_outside_subclass(const struct account *account, PyTypeObject *type)
{
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        if (ptrmap_get(&account->map, PyTuple_GET_ITEM(type->tp_mro, i))) {
            return true;
        }
    }
    return false;
}

/* Does this __hash__ look at nothing but fields of a dataclass, so that an object of any class with them will do? */
static bool reads_fields_alone(PyTypeObject *type)
{
    OWN_REF hash_name = PyUnicode_InternFromString("__hash__");
    OWN_REF fields_name = hash_name ? PyUnicode_InternFromString("__dataclass_fields__") : NULL;
    PyObject *hash = fields_name ? type_lookup(type, hash_name) : NULL;
    PyObject *fields = fields_name ? type_lookup(type, fields_name) : NULL;
    if (!hash || !fields || !PyFunction_Check(hash) || !PyDict_CheckExact(fields)) {
        return false;
    }
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(hash);
    bool alone = code->co_nfreevars == 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names) && alone; i++) {
        PyObject *name = PyTuple_GET_ITEM(code->co_names, i);
        alone = PyUnicode_CompareWithASCIIString(name, "hash") == 0 || PyDict_Contains(fields, name) == 1;
    }
    return alone;
}

/* A class that has what the object's class will have. NULL: it is not known yet what that will be like. */
static PyTypeObject *class_after(const struct account *account, PyTypeObject *type, const struct migrate_class *class)
{
    PyObject *partner = ptrmap_get(&account->map, type);
    if (partner) {
        return PyType_Check(partner) ? (PyTypeObject *)partner : NULL;
    }
    if (!is_outside_subclass(account, type)) {
        return type;
    }
    OWN_REF name = PyUnicode_InternFromString("__hash__");
    bool own = !name || PyDict_Contains(type->tp_dict, name) != 0;
    return class && !own && class->shadow && reads_fields_alone(class->shadow) ? class->shadow : NULL;
}

/* A new stand-in; *ret_after (may be NULL): its attributes, a new reference. NULL with an exception, or unknown. */
static PyObject *make(struct standing *standing, PyObject *object, PyObject *before, PyObject **ret_after)
{
    struct upgrade *upgrade = standing->upgrade;
    struct migrate_class *class = migrate_class_of(&upgrade->migrate, Py_TYPE(object));
    PyTypeObject *type = class_after(&upgrade->flip.account, Py_TYPE(object), class);
    const char *why;
    if (!type || (class && (class->hook || class->fills.setters)) || standing->depth >= DEEPEST) {
        return give_up(standing);
    }
    standing->depth++;
    OWN_REF after = state_after(standing, before);
    standing->depth--;
    OWN_REF stand_in = after ? shadow_like(type, object, &why) : NULL;
    if (!stand_in) {
        return PyErr_Occurred() ? NULL : give_up(standing);
    }
    if (set_attributes(stand_in, after, false) < 0 ||
        (class &&
         (forget_computed(&upgrade->match, class, stand_in, before) < 0 ||
          add_fills(standing, class, stand_in, before) < 0 || add_derived(standing, class, stand_in, before) < 0))) {
        return NULL;
    }
    if (ret_after) {
        *ret_after = STEAL(after);
    }
    return standing->unknown ? NULL : STEAL(stand_in);
}

/* A member of an enumeration that says itself nothing about hashes: it has the enum module's hash, or its value's. */
static bool is_member(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);
    OWN_REF name = kinds_is_enum((PyObject *)type) ? PyUnicode_InternFromString("__hash__") : NULL;
    PyObject *hash = name ? type_lookup(type, name) : NULL;
    PyObject *module = hash && PyFunction_Check(hash) ? ((PyFunctionObject *)hash)->func_module : NULL;
    return hash && (!PyFunction_Check(hash) ||
                    (module && PyUnicode_Check(module) && PyUnicode_CompareWithASCIIString(module, "enum") == 0));
}

/* The items of any tuple as they will be. Those of a subclass are not asked of it. */
static PyObject *items_after(struct standing *standing, PyObject *value)
{
    if (Py_EnterRecursiveCall(" while looking for what a key will be made of")) {
        return NULL; /* one of the exceptions that make a hash unknown */
    }
    OWN_REF plain = PyTuple_Check(value) ? PyTuple_GetSlice(value, 0, PyTuple_GET_SIZE(value)) : Py_NewRef(value);
    PyObject *items = plain ? stand_for_items(standing, plain) : NULL;
    Py_LeaveRecursiveCall();
    return items;
}

/* A tuple of a class of the package that has no more than its items: C code makes one of the new class. */
static PyObject *stand_for_tuple(struct standing *standing, PyObject *value, const struct migrate_class *class)
{
    PyTypeObject *type = class_after(&standing->upgrade->flip.account, Py_TYPE(value), class);
    bool hooked = class && (class->hook || class->rebuilt || class->may_be_rebuilt || class->fills.n);
    OWN_REF state = type && !hooked && PyType_IsSubtype(type, &PyTuple_Type) ? state_copy(value) : NULL;
    if (!state || PyDict_GET_SIZE(state) > 0) {
        return PyErr_Occurred() ? NULL : give_up(standing);
    }
    OWN_REF items = items_after(standing, value);
    OWN_REF arguments = items ? PyTuple_Pack(1, items) : NULL;
    return arguments ? PyTuple_Type.tp_new(type, arguments, NULL) : NULL;
}

/* What stands for a value in the new world; new reference. NULL with an exception, or unknown. */
static PyObject *stand_for(struct standing *standing, PyObject *value)
{
    struct upgrade *upgrade = standing->upgrade;
    PyObject *partner = ptrmap_get(&upgrade->flip.account.map, value);
    if (partner) {
        return Py_NewRef(partner);
    }
    if (PyTuple_CheckExact(value) || PyFrozenSet_CheckExact(value)) {
        return items_after(standing, value);
    }
    struct migrate_class *class = migrate_class_of(&upgrade->migrate, Py_TYPE(value));
    if (!class && !ptrmap_get(&upgrade->flip.account.map, Py_TYPE(value))) {
        return Py_NewRef(value);
    }
    bool by_address = holder_hashes_by_address(value);
    if (by_address && class && !class->rebuilt && !class->may_be_rebuilt) {
        return Py_NewRef(value); /* stays where it is */
    }
    if (is_member(value)) {
        return Py_NewRef(value); /* goes on under its name */
    }
    if (PyTuple_Check(value) && Py_TYPE(value)->tp_hash == PyTuple_Type.tp_hash) {
        return stand_for_tuple(standing, value, class);
    }
    if (by_address || keyhash_ask(upgrade, value) < 0) { /* asked for: so that it is looked at again in the flip */
        return by_address ? give_up(standing) : NULL;
    }
    OWN_REF before = state_copy(value);
    return before ? make(standing, value, before, NULL) : NULL;
}

/* ---- asking ---- */

static void forget_records(struct keyhash *keyhash)
{
    struct keyhash_record *records = keyhash->records;
    size_t n = keyhash->n_records;
    keyhash->records = NULL;
    keyhash->n_records = 0;
    for (size_t i = 0; i < n; i++) {
        Py_XDECREF(records[i].before);
        Py_XDECREF(records[i].after);
        Py_XDECREF(records[i].anew);
    }
    free(records);
}

/* An exception of the program's code means that the hash is unknown; others are passed on. 0 or -1. */
static int swallow(void)
{
    if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return -1;
    }
    PyErr_Clear();
    return 0;
}

static bool names_one(PyObject *names, const char *wanted)
{
    bool found = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names) && !found; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        found = PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, wanted) == 0;
    }
    return found;
}

static bool has_name(PyObject *tuple, PyObject *name)
{
    bool found = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple) && !found; i++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, i);
        found = PyUnicode_Check(item) && PyUnicode_Compare(item, name) == 0;
    }
    return found;
}

/* Does a method name the attribute, ask for classes, and call hash()? */
static bool hashes_classes(PyObject *method, PyObject *attribute)
{
    PyCodeObject *code = PyFunction_Check(method) ? (PyCodeObject *)PyFunction_GET_CODE(method) : NULL;
    return code && names_one(code->co_names, "hash") &&
           (has_name(code->co_names, attribute) || has_name(code->co_consts, attribute)) &&
           (names_one(code->co_names, "type") || names_one(code->co_names, "__class__") ||
            names_one(code->co_names, "id"));
}

PyObject *keyhash_of_classes(PyTypeObject *type, PyObject *hash)
{
    PyCodeObject *code = hash && PyFunction_Check(hash) ? (PyCodeObject *)PyFunction_GET_CODE(hash) : NULL;
    PyObject *attribute = code && PyTuple_GET_SIZE(code->co_names) == 1 ? PyTuple_GET_ITEM(code->co_names, 0) : NULL;
    bool found = false;
    for (Py_ssize_t i = 0; attribute && !found && i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i))->tp_dict, *name, *value;
        for (Py_ssize_t at = 0; dict && !found && PyDict_Next(dict, &at, &name, &value);) {
            found = hashes_classes(value, attribute);
        }
    }
    return found ? attribute : NULL;
}

/* A key may remember what its __hash__ said: it would go on to say it, and equal ones that are made later would not, if
 * the old version's number is wrong now. The stand-in forgets it, and *remembered is set if there is any. 0 or -1. */
static int forget_hash(PyTypeObject *type, PyObject *before, PyObject *stand_in, PyObject **remembered)
{
    OWN_REF name = PyUnicode_InternFromString("__hash__");
    OWN_REF stored = name ? PySet_New(NULL) : NULL;
    PyObject *hash = stored ? type_lookup(type, name) : NULL;
    if (!stored ||
        (hash && PyFunction_Check(hash) && code_self_stores((PyCodeObject *)PyFunction_GET_CODE(hash), stored) < 0)) {
        return -1;
    }
    PyObject *given = keyhash_of_classes(type, hash);
    if (given && PySet_Add(stored, given) < 0) {
        return -1;
    }
    PyObject *attribute, *value;
    for (Py_ssize_t i = 0; PyDict_Next(before, &i, &attribute, &value);) {
        int remembers = PyLong_CheckExact(value) ? PySet_Contains(stored, attribute) : 0;
        if (remembers < 0 || (remembers && attribute_set(stand_in, attribute, Py_None) < 0)) {
            return -1;
        }
        *remembered = remembers ? value : *remembered;
    }
    return 0;
}

/* One record, its stand-in into stand_ins (None: unknown). */
static int ask_one(struct upgrade *upgrade, PyObject *object, struct keyhash_record *record, PyObject *stand_ins)
{
    struct standing standing = {upgrade, 0, false};
    *record = (struct keyhash_record){.object = object, .type = Py_TYPE(object), .before = state_copy(object)};
    struct migrate_class *class = migrate_class_of(&upgrade->migrate, record->type);
    record->anew = class ? Py_NewRef(class->anew) : NULL;
    PyObject *said = NULL;
    OWN_REF stand_in = record->before ? make(&standing, object, record->before, &record->after) : NULL;
    OWN_REF other = stand_in ? make(&standing, object, record->before, NULL) : NULL; /* at another address */
    if (other && forget_hash(record->type, record->before, stand_in, &said) == 0 &&
        forget_hash(record->type, record->before, other, &said) == 0) {
        record->hash = PyObject_Hash(stand_in);
        record->known = record->hash != -1 && PyObject_Hash(other) == record->hash && !PyErr_Occurred();
        record->known = record->known && (!said || PyLong_AsSsize_t(said) == record->hash);
        record->lent = !ptrmap_get(&upgrade->flip.account.map, record->type) && Py_TYPE(stand_in) != record->type;
    }
    if (PyErr_Occurred() && swallow() < 0) {
        return -1;
    }
    return PyList_Append(stand_ins, record->known ? stand_in : Py_None);
}

/* A copy of a key as it is, to be compared in its place. NULL with an exception, or where a copy cannot be made. */
static PyObject *copy_of(PyObject *value, int depth)
{
    const char *why;
    bool tuple = PyTuple_CheckExact(value);
    if (!tuple && (!holder_hashes_in_python(value) || holder_hashes_by_address(value))) {
        return Py_NewRef(value);
    }
    OWN_REF copy = depth >= DEEPEST ? NULL
                   : tuple          ? PyTuple_New(PyTuple_GET_SIZE(value))
                                    : shadow_like(Py_TYPE(value), value, &why);
    OWN_REF state = copy && !tuple ? state_copy(value) : NULL;
    OWN_REF copies = state ? PyDict_New() : NULL;
    for (Py_ssize_t i = 0; copy && tuple && i < PyTuple_GET_SIZE(value); i++) {
        PyObject *item = copy_of(PyTuple_GET_ITEM(value, i), depth + 1);
        if (!item) {
            return NULL;
        }
        PyTuple_SET_ITEM(copy, i, item);
    }
    PyObject *name, *attribute;
    for (Py_ssize_t i = 0; copies && PyDict_Next(state, &i, &name, &attribute);) {
        OWN_REF part = copy_of(attribute, depth + 1);
        if (!part || PyDict_SetItem(copies, name, part) < 0) {
            return NULL;
        }
    }
    return copy && (tuple || (copies && set_attributes(copy, copies, false) == 0)) ? STEAL(copy) : NULL;
}

/* May the table have this object among its keys, itself or in a tuple? 1, 0, -1. */
static int may_have_key(PyObject *table, PyObject *object)
{
    bool table_of_keys = PyDict_Check(table) || PyAnySet_Check(table);
    OWN_REF keys = table_of_keys ? PyDict_Check(table) ? PyDict_Keys(table) : listed(table) : NULL;
    bool has = false;
    for (Py_ssize_t i = 0; keys && !has && i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        has = key == object || PyTuple_Check(key) || PyFrozenSet_CheckExact(key);
    }
    return table_of_keys && !keys ? -1 : has;
}

/* Can a key of the old version and one that its successor's import made lie in one table? Only in one whose content is
 * merged of both. 1, 0, -1. */
static int can_meet(const struct upgrade *upgrade, const struct keyhash_record *a, const struct keyhash_record *b)
{
    const struct ptrmap *map = &upgrade->flip.account.map;
    bool new_a = ptrmap_get(map, b->type) == a->type, new_b = ptrmap_get(map, a->type) == b->type;
    PyObject *merges = upgrade->carry.merges, *staged = new_a ? a->object : b->object;
    int meet = new_a == new_b || !merges;
    for (Py_ssize_t i = 0; meet == 0 && i < PyList_GET_SIZE(merges); i++) {
        meet = may_have_key(PyTuple_GET_ITEM(PyList_GET_ITEM(merges, i), 1), staged);
    }
    return meet;
}

/* Are both equal in the new world, and were not before? 1 (or nobody knows), 0, -1. */
static int become_equal(const struct upgrade *upgrade, const struct keyhash_record *a, const struct keyhash_record *b,
                        PyObject *stands_a, PyObject *stands_b)
{
    bool lent = a->type != b->type && (a->lent || b->lent); /* dataclasses: equal within one class only */
    int meet = lent ? 0 : can_meet(upgrade, a, b);
    if (meet <= 0) {
        return meet;
    }
    int now = PyObject_RichCompareBool(stands_a, stands_b, Py_EQ);
    OWN_REF was_a = now > 0 ? copy_of(a->object, 0) : NULL;
    OWN_REF was_b = was_a ? copy_of(b->object, 0) : NULL;
    int then = was_b ? PyObject_RichCompareBool(was_a, was_b, Py_EQ) : 0;
    if (now < 0 || then < 0 || PyErr_Occurred()) {
        return swallow() < 0 ? -1 : 1;
    }
    return now && !then;
}

/* The list under this hash. Borrowed. */
static PyObject *bucket_of(PyObject *by_hash, Py_hash_t hash)
{
    OWN_REF key = PyLong_FromSsize_t(hash);
    OWN_REF empty = key ? PyList_New(0) : NULL;
    return empty ? PyDict_SetDefault(by_hash, key, empty) : NULL;
}

/* One record against those of the same hash before it: both of an equal pair are not known. */
static int part_from(struct upgrade *upgrade, size_t at, PyObject *bucket, PyObject *stand_ins)
{
    struct keyhash *keyhash = &upgrade->flip.keyhash;
    struct keyhash_record *record = &keyhash->records[at];
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(bucket); i++) {
        size_t other = PyLong_AsSize_t(PyList_GET_ITEM(bucket, i));
        int equal = become_equal(upgrade, record, &keyhash->records[other], PyList_GET_ITEM(stand_ins, (Py_ssize_t)at),
                                 PyList_GET_ITEM(stand_ins, (Py_ssize_t)other));
        if (equal < 0) {
            return -1;
        }
        if (equal) {
            record->known = keyhash->records[other].known = false;
        }
    }
    OWN_REF number = PyLong_FromSize_t(at);
    return number ? PyList_Append(bucket, number) : -1;
}

/* Keys that would become one are not known. */
static int part_equals(struct upgrade *upgrade, PyObject *stand_ins)
{
    struct keyhash *keyhash = &upgrade->flip.keyhash;
    OWN_REF by_hash = PyDict_New();
    for (size_t i = 0; by_hash && i < keyhash->n_records; i++) {
        if (!keyhash->records[i].known) {
            continue;
        }
        PyObject *bucket = bucket_of(by_hash, keyhash->records[i].hash);
        if (!bucket || part_from(upgrade, i, bucket, stand_ins) < 0) {
            return -1;
        }
    }
    return by_hash ? 0 : -1;
}

int keyhash_prepare(struct upgrade *upgrade)
{
    struct keyhash *keyhash = &upgrade->flip.keyhash;
    forget_records(keyhash);
    OWN_REF stand_ins = keyhash->asked ? PyList_New(0) : NULL;
    for (Py_ssize_t i = 0; stand_ins && i < PyList_GET_SIZE(keyhash->asked); i++) { /* it may grow */
        struct keyhash_record *records = realloc(keyhash->records, (size_t)(i + 1) * sizeof *records);
        if (!records) {
            PyErr_NoMemory();
            return -1;
        }
        keyhash->records = records;
        keyhash->n_records = (size_t)i + 1;
        if (ask_one(upgrade, PyList_GET_ITEM(keyhash->asked, i), &records[i], stand_ins) < 0) {
            return -1;
        }
    }
    if (!stand_ins || part_equals(upgrade, stand_ins) < 0) {
        return keyhash->asked ? -1 : 0;
    }
    return keyhash_fix(upgrade);
}

int keyhash_fix(struct upgrade *upgrade)
{
    struct keyhash *keyhash = &upgrade->flip.keyhash;
    struct account *account = &upgrade->flip.account;
    int failed = keyhash->asked ? account_fix(account, keyhash->asked) : 0;
    for (size_t i = 0; i < keyhash->n_records && !failed; i++) {
        struct keyhash_record *record = &keyhash->records[i];
        failed = (record->before && account_fix(account, record->before) < 0) ||
                 (record->after && account_fix(account, record->after) < 0);
    }
    return failed ? -1 : 0;
}

/* ---- in the flip ---- */

/* Has an attribute what it had, or, where a replacement was served already, what it begins anew with? */
static bool is_right(const struct keyhash_record *record, PyObject *name, PyObject *value, PyObject *before)
{
    return value == before || (value == Py_None && record->anew && PySequence_Contains(record->anew, name) == 1);
}

struct reading {
    struct upgrade *upgrade;
    const struct keyhash_record *record;
    Py_ssize_t before, after; /* as far as they were read */
    Py_ssize_t n;
};

static int differs_next(PyObject *name, PyObject *value, void *arg)
{
    struct reading *reading = arg;
    PyObject *name_before, *value_before, *name_after, *value_after;
    if (!PyDict_Next(reading->record->before, &reading->before, &name_before, &value_before) ||
        !PyDict_Next(reading->record->after, &reading->after, &name_after, &value_after)) {
        return 1;
    }
    PyObject *partner = ptrmap_get(&reading->upgrade->flip.account.map, value);
    bool moved = partner && !replace_find(reading->upgrade, value);
    reading->n++;
    return name != name_before || name != name_after || !is_right(reading->record, name, value, value_before) ||
           (moved && value_after != partner);
}

/* The same as still_right, without a copy: true is certain. */
static bool is_as_read(struct upgrade *upgrade, const struct keyhash_record *record)
{
    struct reading reading = {upgrade, record, 0, 0, 0};
    return Py_TYPE(record->object) == record->type && state_each(record->object, differs_next, &reading) == 0 &&
           reading.n == PyDict_GET_SIZE(record->before);
}

/* Is the object what it was, and does still the same stand for each attribute? 1, 0, -1. */
static int still_right(struct upgrade *upgrade, const struct keyhash_record *record)
{
    if (is_as_read(upgrade, record)) {
        return 1;
    }
    PyErr_Clear(); /* no memory for a name: the next line says so */
    OWN_REF now = Py_TYPE(record->object) == record->type ? state_copy(record->object) : Py_NewRef(Py_None);
    if (!now || now == Py_None || PyDict_GET_SIZE(now) != PyDict_GET_SIZE(record->before)) {
        return now ? 0 : -1;
    }
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(now, &position, &name, &value)) {
        PyObject *before = PyUnicode_CheckExact(name) ? PyDict_GetItemWithError(record->before, name) : NULL;
        PyObject *after = before ? PyDict_GetItemWithError(record->after, name) : NULL;
        PyObject *partner = ptrmap_get(&upgrade->flip.account.map, value);
        bool moved = partner && !replace_find(upgrade, value);
        if (!before || !is_right(record, name, value, before) || !after || (moved && after != partner)) {
            return PyErr_Occurred() ? -1 : 0;
        }
    }
    return 1;
}

int keyhash_apply(struct upgrade *upgrade)
{
    struct keyhash *keyhash = &upgrade->flip.keyhash;
    for (size_t i = 0; i < keyhash->n_records; i++) {
        struct keyhash_record *record = &keyhash->records[i];
        int right = record->known ? still_right(upgrade, record) : 1;
        if (right <= 0) {
            return right < 0 ? FLIP_ERROR : FLIP_PREPARE;
        }
        uintptr_t word = record->hash == 0 ? HOLDER_HASH_ZERO : (uintptr_t)record->hash;
        if (record->known && ptrmap_put(&upgrade->flip.rehash.hashes, record->object, (void *)word) < 0) {
            PyErr_NoMemory();
            return FLIP_ERROR;
        }
    }
    return FLIP_DONE;
}

void keyhash_release(struct keyhash *keyhash)
{
    forget_records(keyhash);
    ptrmap_release(&keyhash->index);
    Py_CLEAR(keyhash->asked);
}
