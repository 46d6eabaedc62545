/* Finding who lacks something, and stocking it: all that runs code, before the flip.
 *
 * Invariant: whatever an instance will take is in a stock, or in its record, and there is room for it. What is found
 * here is looked at again in the flip (migrate_apply.c), and counts if it is still so. Must not: give an instance
 * anything that the program can see. */
#include "engine/migrate_parts.h"

#include "compat/array.h"
#include "compat/attribute.h"
#include "compat/type.h"
#include "engine/fill.h"
#include "engine/flip.h"
#include "engine/hooks_run.h"
#include "engine/refuse.h"
#include "engine/shape.h"
#include "engine/targets.h"

#include <stdlib.h>

#define SPARE 8 /* more values in stock than there are instances, for those that are made meanwhile */

/* ---- what a class's instances need ---- */

struct migrate_class *migrate_class_of(const struct migrate *migrate, PyTypeObject *type)
{
    uintptr_t at = (uintptr_t)ptrmap_get(&migrate->index, type);
    return at ? &migrate->classes[at - 1] : NULL;
}

/* The new class that stands for this one: its partner, or that of the first base that has one. */
static PyTypeObject *stands_for(const struct match *match, PyTypeObject *type)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        struct pair *pair = match_find(match, PyTuple_GET_ITEM(type->tp_mro, i));
        if (pair && PyType_Check(pair->partner)) {
            return (PyTypeObject *)pair->partner;
        }
    }
    return NULL;
}

/* The __upgrade__ that an instance of this class has in the new version; without one, that which the old version has:
 * on the way down it knows more. 0 or -1. */
static int find_hook(struct upgrade *upgrade, struct migrate_class *class)
{
    OWN_REF name = PyUnicode_FromString("__upgrade__");
    class->shadow = stands_for(&upgrade->match, class->type);
    for (int new_world = 1; name && new_world >= 0 && !class->hook; new_world--) {
        OWN_REF line = shape_line(&upgrade->match, class->type, new_world);
        PyObject *hook = line ? shape_find(line, name) : NULL;
        if (PyErr_Occurred()) {
            return -1;
        }
        class->hook = hook && PyFunction_Check(hook) ? Py_NewRef(hook) : NULL;
    }
    return name ? 0 : -1;
}

static bool has_changed_base(struct upgrade *upgrade, PyTypeObject *type)
{
    const struct ptrmap *map = &upgrade->flip.account.map;
    bool changed = false;
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(type->tp_mro) && !changed; i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i), *partner = ptrmap_get(map, base);
        changed = partner && PyType_Check((PyObject *)partner) && rebuild_wanted(base, partner, map);
    }
    return changed;
}

static int add_class(struct upgrade *upgrade, PyTypeObject *type)
{
    struct migrate *migrate = &upgrade->migrate;
    struct pair *pair = match_find(&upgrade->match, (PyObject *)type);
    struct migrate_class class = {.type = type, .wanting = PyList_New(0)};
    class.partner = pair && PyType_Check(pair->partner) ? (PyTypeObject *)pair->partner : NULL;
    class.rebuilt = class.partner && rebuild_wanted(type, class.partner, &upgrade->flip.account.map);
    class.may_be_rebuilt = !class.partner && has_changed_base(upgrade, type);
    if (!class.wanting || (!migrate->reads && !(migrate->reads = shape_reads(&upgrade->match))) ||
        array_reserve((void **)&migrate->classes, migrate->n_classes, &migrate->cap_classes, sizeof class) < 0 ||
        !(class.left_out = carry_left_out_names(&upgrade->carry, type)) ||
        !(class.anew = carry_anew_names(&upgrade->carry, type)) ||
        fill_plan(&upgrade->match, type, migrate->reads, class.left_out, &migrate->binders, &class.fills,
                  class.wanting) < 0 ||
        !(class.spent = carry_spent_names(&upgrade->carry, type)) ||
        !(class.doubtful = carry_doubtful_names(&upgrade->carry, type)) || find_hook(upgrade, &class) < 0 ||
        PyList_Append(migrate->types, (PyObject *)type) < 0) {
        Py_XDECREF(class.wanting);
        Py_XDECREF(class.left_out);
        Py_XDECREF(class.anew);
        Py_XDECREF(class.spent);
        Py_XDECREF(class.doubtful);
        Py_XDECREF(class.hook);
        fill_release(&class.fills);
        return -1;
    }
    migrate->classes[migrate->n_classes++] = class;
    if (ptrmap_put(&migrate->index, type, (void *)migrate->n_classes) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static int add_classes(struct upgrade *upgrade, PyObject *classes)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(classes); i++) {
        PyTypeObject *type = (PyTypeObject *)PyList_GET_ITEM(classes, i);
        if (!migrate_class_of(&upgrade->migrate, type) && add_class(upgrade, type) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- stocking ---- */

/* Always 1, or -1 with an exception set. */
int migrate_refuse_class(struct upgrade *upgrade, const struct migrate_class *class, const char *action,
                         const char *format, PyObject *name, const char *why)
{
    PyObject *module = class_module_name(class->type);
    struct pair *pair = match_find(&upgrade->match, (PyObject *)class->type);
    OWN_REF path = pair ? match_path(&upgrade->match, pair, &module) : PyUnicode_FromString(class->type->tp_name);
    OWN_REF cause = path ? PyUnicode_FromFormat(format, name, why) : NULL;
    return cause ? refuse(upgrade->reasons, "attributes-added", module, path, action, "%U", cause) : -1;
}

PyObject *migrate_wants(const struct upgrade *upgrade, const struct migrate_class *class, PyObject *instance)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(class->wanting); i++) {
        PyObject *name = PyList_GET_ITEM(class->wanting, i);
        if (!attribute_get(instance, name) && !carry_brings(&upgrade->carry, instance, name)) {
            return name;
        }
    }
    return NULL;
}

bool migrate_lacks(const struct fill *fill, PyObject *instance)
{
    bool lacks = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(fill->names) && !lacks; i++) {
        lacks = !attribute_get(instance, PyTuple_GET_ITEM(fill->names, i));
    }
    return lacks;
}

bool migrate_is_spoilt(const struct match *match, const struct fill *fill, PyObject *instance)
{
    return (fill->unless || fill->forgets || fill->asked) && migrate_lacks(fill, instance) &&
           fill_is_spoilt(match, fill, instance);
}

int migrate_make_room(const struct migrate_class *class, PyObject *instance, PyObject *name, const char **ret_why)
{
    int room = class->rebuilt ? 0 : attribute_make_room(instance, name, ret_why);
    return room > 0 && class->may_be_rebuilt ? 0 : room; /* its replacement has some */
}

int migrate_refuse_wanting(struct upgrade *upgrade, const struct migrate_class *class, PyObject *name)
{
    return migrate_refuse_class(upgrade, class,
                                "give the new class a method __upgrade__(self, change) that sets it, drop its "
                                "instances before the upgrade, or restart",
                                "instances are alive that lack the attribute %R, which the new version reads and only "
                                "an argument of its __init__ can give",
                                name, NULL);
}

/* Makes room for what one statement gives, and counts the instance if it lacks some of that. 0, 1 refused, -1. */
static int ready_fill(struct upgrade *upgrade, struct migrate_class *class, const struct fill *fill, PyObject *instance,
                      size_t *needed)
{
    if (migrate_is_spoilt(&upgrade->match, fill, instance)) {
        return migrate_refuse_wanting(upgrade, class, PyTuple_GET_ITEM(fill->names, 0));
    }
    bool lacks = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(fill->names); i++) {
        PyObject *name = PyTuple_GET_ITEM(fill->names, i);
        const char *why = NULL;
        bool has = attribute_get(instance, name);
        int room = has ? 0 : migrate_make_room(class, instance, name, &why);
        if (room) {
            return room < 0 ? -1
                            : migrate_refuse_class(upgrade, class, "drop its instances before the upgrade, or restart",
                                                   "instances are alive that cannot get the attribute %R, which the "
                                                   "new __init__ sets: %s",
                                                   name, why);
        }
        lacks = lacks || !has;
    }
    *needed += lacks;
    return 0;
}

/* Makes room in one instance, and counts what it will take; or calls its hook. 0, 1 refused, -1. */
static int ready_instance(struct upgrade *upgrade, struct migrate_class *class, PyObject *instance, size_t *needed)
{
    if (class->hook && upgrade->forecast) {
        return 0; /* would be called */
    }
    for (size_t i = 0; migrate_asks(class) && !class->hook && i < class->fills.n; i++) {
        const struct fill *fill = &class->fills.items[i];
        if (migrate_is_spoilt(&upgrade->match, fill, instance)) {
            return migrate_refuse_wanting(upgrade, class, PyTuple_GET_ITEM(fill->names, 0));
        }
    }
    if (migrate_asks(class)) {
        upgrade->migrate.ran = true;
        return hooks_instance(upgrade, class, instance);
    }
    PyObject *name = migrate_wants(upgrade, class, instance);
    if (name) {
        return migrate_refuse_wanting(upgrade, class, name);
    }
    for (size_t i = 0; i < class->fills.n; i++) {
        int status = ready_fill(upgrade, class, &class->fills.items[i], instance, &needed[i]);
        if (status) {
            return status;
        }
    }
    return 0;
}

/* An initialiser raised: that is what the new version does, and no reason to take it. */
static int refuse_initialiser(struct upgrade *upgrade, const struct migrate_class *class, const struct fill *fill)
{
    if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return -1;
    }
    OWN_REF text = refuse_raised();
    if (!text) {
        return -1;
    }
    return migrate_refuse_class(
        upgrade, class, "give the new class a method __upgrade__(self, change) that sets it, or restart",
        "instances are alive that lack the attribute %R, and its value in the new __init__ cannot be "
        "made: %s",
        PyTuple_GET_ITEM(fill->names, 0), PyBytes_AS_STRING(text));
}

/* The instances of one class: `instances` is sorted by nothing, so all are looked at. 0, 1, -1. */
static int ready_class(struct upgrade *upgrade, size_t at, PyObject *instances)
{
    struct migrate *migrate = &upgrade->migrate;
    struct migrate_class *class = &migrate->classes[at];
    size_t *needed = calloc(class->fills.n + 1, sizeof *needed);
    int result = needed ? 0 : (PyErr_NoMemory(), -1);
    bool idle = !migrate_asks(class) && class->fills.n == 0 && PyList_GET_SIZE(class->wanting) == 0;
    for (Py_ssize_t i = 0; !idle && i < PyList_GET_SIZE(instances) && result == 0; i++) {
        PyObject *instance = PyList_GET_ITEM(instances, i);
        if (Py_TYPE(instance) == class->type) {
            result = ready_instance(upgrade, class, instance, needed);
        }
    }
    for (size_t i = 0; i < class->fills.n && result == 0; i++) {
        struct fill *fill = &migrate->classes[at].fills.items[i];
        size_t spare = SPARE + ((size_t)1 << (migrate->prepared < 16 ? migrate->prepared : 16));
        size_t wanted = needed[i] || migrate->prepared > 1 ? needed[i] + spare : 0;
        wanted = fill->kind == FILL_SHARED ? 1 : fill->kind == FILL_MOVED ? 0 : wanted;
        migrate->ran = migrate->ran || (wanted && fill->kind == FILL_MADE);
        if (fill_stock(fill, wanted) < 0) {
            result = refuse_initialiser(upgrade, &migrate->classes[at], fill);
        }
    }
    free(needed);
    return result;
}

static int begin(struct migrate *migrate)
{
    if (!migrate->types && !(migrate->types = PyList_New(0))) {
        return -1;
    }
    return (migrate->kept || (migrate->kept = PyList_New(0))) &&
                   (migrate->displaced || (migrate->displaced = PyList_New(0)))
               ? 0
               : -1;
}

int migrate_prepare(struct upgrade *upgrade)
{
    struct migrate *migrate = &upgrade->migrate;
    OWN_REF classes = NULL;
    OWN_REF instances = NULL;
    if (begin(migrate) < 0 || migrate_find_all(upgrade, &classes, &instances) < 0 ||
        add_classes(upgrade, classes) < 0) {
        return -1;
    }
    migrate->prepared++;
    migrate->ran = false;
    int result = 0;
    for (size_t i = 0; i < migrate->n_classes && result >= 0 && (result == 0 || upgrade->forecast); i++) {
        int ready = ready_class(upgrade, i, instances);
        result = ready ? ready : result;
    }
    Py_CLEAR(instances);
    if (result < 0 || !migrate->ran) {
        return result;
    }
    /* The code that ran has made instances of new classes. */
    Py_XSETREF(upgrade->flip.staged_instances, targets_staged_instances(&upgrade->match));
    ptrmap_release(&upgrade->flip.detached);
    return upgrade->flip.staged_instances ? result : -1;
}

int migrate_add_targets(struct upgrade *upgrade)
{
    struct migrate *migrate = &upgrade->migrate;
    struct account *account = &upgrade->flip.account;
    PyObject *tables[] = {migrate->types, migrate->kept, migrate->displaced};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (tables[i] && account_fix(account, tables[i]) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < migrate->n_records; i++) {
        struct migrate_record *record = &migrate->records[i];
        if (record->shadow && !account_target(account, record->shadow) &&
            account_add(account, record->shadow, record->instance, 0) < 0) {
            return -1;
        }
    }
    account->following = &migrate->index;
    return 0;
}

struct migrate_record *migrate_record_of(const struct migrate *migrate, PyObject *instance)
{
    uintptr_t at = (uintptr_t)ptrmap_get(&migrate->recorded, instance);
    return at ? &migrate->records[at - 1] : NULL;
}

int migrate_put_record(struct migrate *migrate, const struct migrate_record *record)
{
    struct migrate_record *known = migrate_record_of(migrate, record->instance);
    if (known) {
        *known = *record;
        return 0;
    }
    if (array_reserve((void **)&migrate->records, migrate->n_records, &migrate->cap_records, sizeof *record) < 0) {
        return -1;
    }
    migrate->records[migrate->n_records] = *record;
    if (ptrmap_put(&migrate->recorded, record->instance, (void *)(migrate->n_records + 1)) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    migrate->n_records++;
    return 0;
}

void migrate_release(struct migrate *migrate)
{
    migrate_forget_applied(migrate);
    for (size_t i = 0; i < migrate->n_classes; i++) {
        fill_release(&migrate->classes[i].fills);
        Py_CLEAR(migrate->classes[i].wanting);
        Py_CLEAR(migrate->classes[i].left_out);
        Py_CLEAR(migrate->classes[i].anew);
        Py_CLEAR(migrate->classes[i].spent);
        Py_CLEAR(migrate->classes[i].doubtful);
        Py_CLEAR(migrate->classes[i].hook);
    }
    free(migrate->classes);
    free(migrate->records);
    migrate->classes = NULL;
    migrate->records = NULL;
    migrate->n_classes = migrate->cap_classes = migrate->n_records = migrate->cap_records = 0;
    ptrmap_release(&migrate->index);
    ptrmap_release(&migrate->recorded);
    Py_CLEAR(migrate->types);
    Py_CLEAR(migrate->kept);
    Py_CLEAR(migrate->displaced);
    Py_CLEAR(migrate->reads);
    Py_CLEAR(migrate->binders);
}
