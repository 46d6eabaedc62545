/* What records say, compared with what is there now: by addresses, and without running code of the program.
 *
 * Must not: compare or hash values (a proxy resolves itself when it is looked at). */
#include "engine/base.h"

#include "compat/contents.h"
#include "compat/state.h"
#include "engine/base_pack.h"

#include <string.h>

/* ---- which objects a record is about ---- */

int base_index(PyObject *records, PyObject *modules, struct ptrmap *index)
{
    PyObject *name, *record;
    Py_ssize_t position = 0;
    while (PyDict_Next(records, &position, &name, &record)) {
        PyObject *module = PyDict_GetItemWithError(modules, name);
        bool known = module && PyTuple_GET_ITEM(record, BASE_MODULE) == module;
        PyObject *copies = known ? base_copies(record) : NULL;
        if (known && !copies) {
            return -1;
        }
        for (Py_ssize_t i = 0; copies && i < PyList_GET_SIZE(copies); i++) {
            PyObject *entry = PyList_GET_ITEM(copies, i);
            if (ptrmap_put(index, PyTuple_GET_ITEM(entry, 0), entry) < 0) {
                PyErr_NoMemory();
                return -1;
            }
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

static int index_owned(PyObject *owned, struct ptrmap *index)
{
    PyObject *name, *record;
    Py_ssize_t position = 0;
    while (PyDict_Next(owned, &position, &name, &record)) {
        PyObject *list = PyTuple_GET_ITEM(record, BASE_COPIES);
        PyObject *const *items = ((PyListObject *)list)->ob_item;
        bool packed = PyTuple_GET_ITEM(record, BASE_PACKED) == Py_True;
        for (size_t at = 0; at < (size_t)PyList_GET_SIZE(list); at += packed ? pack_length(items + at) : 1) {
            PyObject *object = packed ? items[at] : PyTuple_GET_ITEM(items[at], 0);
            if (ptrmap_put(index, object, object) < 0) {
                PyErr_NoMemory();
                return -1;
            }
        }
    }
    return 0;
}

/* Takes the entries whose objects are in the index out of a packed list. */
static int take_out(PyObject *list, const struct ptrmap *index)
{
    PyObject *const *items = ((PyListObject *)list)->ob_item;
    size_t n = (size_t)PyList_GET_SIZE(list), length;
    struct pack kept = {0};
    int failed = 0;
    for (size_t at = 0; !failed && at < n; at += length) {
        length = pack_length(items + at);
        bool stays = !ptrmap_get(index, items[at]);
        for (size_t i = 0; stays && !failed && i < length; i++) {
            failed = pack_push(&kept, items[at + i]);
        }
    }
    bool all = kept.n == n;
    OWN_REF rest = failed || all ? NULL : pack_finish(&kept);
    pack_release(&kept);
    return !failed && (all || (rest && PyList_SetSlice(list, 0, PY_SSIZE_T_MAX, rest) == 0)) ? 0 : -1;
}

/* The same of one that was unpacked. */
static int drop_entries(PyObject *copies, const struct ptrmap *index)
{
    OWN_REF kept = PyList_New(0);
    for (Py_ssize_t i = 0; kept && i < PyList_GET_SIZE(copies); i++) {
        PyObject *entry = PyList_GET_ITEM(copies, i);
        if (!ptrmap_get(index, PyTuple_GET_ITEM(entry, 0)) && PyList_Append(kept, entry) < 0) {
            return -1;
        }
    }
    bool all = kept && PyList_GET_SIZE(kept) == PyList_GET_SIZE(copies);
    return kept && (all || PyList_SetSlice(copies, 0, PY_SSIZE_T_MAX, kept) == 0) ? 0 : -1;
}

int base_disown(PyObject *records, PyObject *owned)
{
    struct ptrmap index;
    ptrmap_init(&index);
    base_before_removal();
    int failed = index_owned(owned, &index);
    PyObject *name, *record;
    Py_ssize_t position = 0;
    while (!failed && PyDict_Next(records, &position, &name, &record)) {
        PyObject *list = PyTuple_GET_ITEM(record, BASE_COPIES);
        if (PyDict_GetItemWithError(owned, name) == record) {
            continue;
        }
        bool packed = PyTuple_GET_ITEM(record, BASE_PACKED) == Py_True;
        failed = packed ? take_out(list, &index) : drop_entries(list, &index);
    }
    ptrmap_release(&index);
    return failed ? -1 : 0;
}

/* ---- comparing ---- */

/* Nearly always nothing changed: then both dicts have the same entries in the same order. */
static bool equal_entries(PyObject *base, PyObject *now)
{
    PyObject *key, *value, *was_key, *was;
    Py_ssize_t position = 0, before = 0;
    while (PyDict_Next(now, &position, &key, &value)) {
        if (!PyDict_Next(base, &before, &was_key, &was) || was_key != key || was != value) {
            return false;
        }
    }
    return !PyDict_Next(base, &before, &was_key, &was);
}

/* The same of lists. */
static bool equal_items(PyObject *base, PyObject *now)
{
    Py_ssize_t n = PyList_GET_SIZE(base);
    if (!PyList_Check(now) || n != PyList_GET_SIZE(now)) {
        return false;
    }
    return n == 0 ||
           memcmp(((PyListObject *)base)->ob_item, ((PyListObject *)now)->ob_item, (size_t)n * sizeof(PyObject *)) == 0;
}

/* Is nothing changed? Told without a copy, where that is easy. */
static bool is_unchanged(PyObject *object, PyObject *base)
{
    if (PyList_Check(object)) {
        return equal_items(base, object);
    }
    if (PyCell_Check(object)) {
        PyObject *content = PyCell_GET(object);
        return PyList_GET_SIZE(base) == (content != NULL) && (!content || PyList_GET_ITEM(base, 0) == content);
    }
    PyObject *dict = PyType_Check(object) ? ((PyTypeObject *)object)->tp_dict : object;
    return dict && PyDict_Check(dict) && equal_entries(base, dict);
}

/* Keys that C code alone compares. */
static bool has_plain_keys(PyObject *dict)
{
    PyObject *key, *value;
    for (Py_ssize_t i = 0; PyDict_Next(dict, &i, &key, &value);) {
        if (!PyUnicode_CheckExact(key) && !PyLong_CheckExact(key) && !PyFloat_CheckExact(key) &&
            !PyBytes_CheckExact(key) && key != Py_None) {
            return false;
        }
    }
    return true;
}

static int index_keys(struct ptrmap *keys, PyObject *dict)
{
    PyObject *key, *value;
    for (Py_ssize_t i = 0; PyDict_Next(dict, &i, &key, &value);) {
        if (ptrmap_put(keys, key, value) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

/* Keys by identity: to ask them would run their __eq__, and this is asked inside the flip too. */
static int compare_keys(PyObject *object, PyObject *base, PyObject *now, base_changed changed, void *arg)
{
    struct ptrmap was, is;
    ptrmap_init(&was);
    ptrmap_init(&is);
    int stop = index_keys(&was, base) < 0 || index_keys(&is, now) < 0 ? -1 : 0;
    PyObject *key, *value;
    for (Py_ssize_t i = 0; !stop && PyDict_Next(now, &i, &key, &value);) {
        PyObject *before = ptrmap_get(&was, key);
        stop = before == value ? 0 : changed(object, key, before, value, arg);
    }
    for (Py_ssize_t i = 0; !stop && PyDict_Next(base, &i, &key, &value);) {
        stop = ptrmap_find(&is, key) ? 0 : changed(object, key, value, NULL, arg);
    }
    ptrmap_release(&was);
    ptrmap_release(&is);
    return stop;
}

static int compare_dicts(PyObject *object, PyObject *base, PyObject *now, base_changed changed, void *arg)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    if (equal_entries(base, now)) {
        return 0;
    }
    if (!has_plain_keys(base) || !has_plain_keys(now)) {
        return compare_keys(object, base, now, changed, arg);
    }
    while (PyDict_Next(now, &position, &key, &value)) {
        PyObject *was = PyDict_GetItemWithError(base, key);
        if (!was && PyErr_Occurred()) {
            return -1;
        }
        int stop = was == value ? 0 : changed(object, key, was, value, arg);
        if (stop) {
            return stop;
        }
    }
    position = 0;
    while (PyDict_Next(base, &position, &key, &value)) {
        int there = PyDict_Contains(now, key);
        int stop = there == 0 ? changed(object, key, value, NULL, arg) : (there < 0 ? -1 : 0);
        if (stop) {
            return stop;
        }
    }
    return 0;
}

static int compare_lists(PyObject *object, PyObject *base, PyObject *now, base_changed changed, void *arg)
{
    Py_ssize_t before = PyList_GET_SIZE(base), after = PyList_GET_SIZE(now);
    for (Py_ssize_t i = 0; i < (before > after ? before : after); i++) {
        PyObject *was = i < before ? PyList_GET_ITEM(base, i) : NULL;
        PyObject *is = i < after ? PyList_GET_ITEM(now, i) : NULL;
        if (was == is) {
            continue;
        }
        OWN_REF key = PyAnySet_Check(object) ? Py_NewRef(is ? is : was) : PyLong_FromSsize_t(i);
        int stop = key ? changed(object, key, was, is, arg) : -1;
        if (stop) {
            return stop;
        }
    }
    return 0;
}

static int compare_entry(PyObject *entry, base_changed changed, void *arg)
{
    PyObject *object = PyTuple_GET_ITEM(entry, 0), *base = PyTuple_GET_ITEM(entry, 1);
    if (base_is_weak(object)) {
        return 0; /* its entries come and go without anybody's doing: carry_weak.c, carry_abc.c */
    }
    if (!is_unchanged(object, base)) {
        OWN_REF now = base_copy(object);
        int stop = !now                 ? -1
                   : PyDict_Check(base) ? compare_dicts(object, base, now, changed, arg)
                                        : compare_lists(object, base, now, changed, arg);
        if (stop) {
            return stop;
        }
    }
    if (PyTuple_GET_SIZE(entry) < 3) {
        return 0;
    }
    OWN_REF attributes = state_copy(object);
    return attributes ? compare_dicts(object, PyTuple_GET_ITEM(entry, 2), attributes, changed, arg) : -1;
}

/* One function, from its fields in BASE_FUNCTIONS. A dict that it got since has no copy: every entry is new. */
static int compare_function(PyObject *const *fields, base_changed changed, void *arg)
{
    static const char *const names[] = {NULL, "__code__", "__defaults__", "__kwdefaults__"};
    PyFunctionObject *f = (PyFunctionObject *)fields[0];
    PyObject *now[] = {NULL, f->func_code, f->func_defaults, f->func_kwdefaults};
    for (int i = 1; i < BASE_FUNCTION_FIELDS - 1; i++) {
        PyObject *base = fields[i] == Py_None ? NULL : fields[i];
        if (base == now[i]) {
            continue;
        }
        OWN_REF key = PyUnicode_InternFromString(names[i]);
        int stop = key ? changed(fields[0], key, base, now[i], arg) : -1;
        if (stop) {
            return stop;
        }
    }
    PyObject *key, *value;
    Py_ssize_t position = 0;
    OWN_REF dict = fields[4] == Py_None && f->func_dict ? contents_copy(f->func_dict) : NULL;
    while (dict && PyDict_Next(dict, &position, &key, &value)) {
        int stop = changed(f->func_dict, key, NULL, value, arg);
        if (stop) {
            return stop;
        }
    }
    return PyErr_Occurred() ? -1 : 0;
}

static int stop_at_first(PyObject *object, PyObject *key, PyObject *base, PyObject *now, void *arg)
{
    (void)object, (void)key, (void)base, (void)now, (void)arg;
    return 1;
}

int base_entry_differs(PyObject *entry)
{
    return compare_entry(entry, stop_at_first, NULL);
}

int base_compare(PyObject *record, const struct ptrmap *latest, base_changed changed, void *arg)
{
    PyObject *copies = base_copies(record);
    for (Py_ssize_t i = 0; copies && i < PyList_GET_SIZE(copies); i++) {
        PyObject *entry = PyList_GET_ITEM(copies, i);
        bool superseded = ptrmap_get(latest, PyTuple_GET_ITEM(entry, 0)) != entry;
        int stop = superseded ? 0 : compare_entry(entry, changed, arg);
        if (stop) {
            return stop;
        }
    }
    PyObject *functions = copies ? PyTuple_GET_ITEM(record, BASE_FUNCTIONS) : NULL;
    for (Py_ssize_t i = 0; functions && i < PyList_GET_SIZE(functions); i += BASE_FUNCTION_FIELDS) {
        int stop = compare_function(&((PyListObject *)functions)->ob_item[i], changed, arg);
        if (stop) {
            return stop;
        }
    }
    return copies ? 0 : -1;
}
