/* A hook sees what will be: a shadow of the new class that has all that the instance has, and what the new version
 * adds.
 *
 * What it leaves on the shadow is compared with what the instance had; the differences are the instance's record, and
 * become true in the flip. Invariant: nothing of the process is written here; a hook that changes an object which the
 * instance shares with its shadow changes it for both, which docs/hooks.md says. A shadow that the hook has given to
 * somebody becomes a target: it stands for the instance. */
#include "engine/hooks_run.h"

#include "compat/attribute.h"
#include "compat/shadow.h"
#include "compat/state.h"
#include "engine/base.h"
#include "engine/carry_override.h"
#include "engine/fill_plan.h"
#include "engine/refuse.h"
#include "engine/turn.h"

#define ACTION "correct the hook, or restart to take this release"

/* ---- failures ---- */

/* A hook raised: the upgrade is refused, with the exception for the caller to see. Other than Exception: passed on. */
static int refuse_hook(struct upgrade *upgrade, PyObject *module, PyObject *symbol)
{
    bool hook = PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_SystemExit);
    if (!hook || PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return -1;
    }
    PyObject *type, *raised, *traceback;
    PyErr_Fetch(&type, &raised, &traceback);
    PyErr_NormalizeException(&type, &raised, &traceback);
    if (traceback) {
        PyException_SetTraceback(raised, traceback);
    }
    OWN_REF value = raised;
    OWN_REF text = PyUnicode_FromFormat("%s: %S", ((PyTypeObject *)type)->tp_name, value);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    if (!text) {
        PyErr_Clear();
        text = PyUnicode_FromString("an exception without a text");
    }
    if (!text || refuse(upgrade->reasons, "hook-failed", module, symbol, ACTION, "the hook raised %U", text) < 0) {
        return -1;
    }
    PyObject *reason = PyList_GET_ITEM(upgrade->reasons, PyList_GET_SIZE(upgrade->reasons) - 1);
    return PyDict_SetItemString(reason, "exception", value) < 0 ? -1 : 1;
}

static PyObject *hooks_module(void)
{
    return PyImport_ImportModule("midflight.hooks");
}

/* ---- whole upgrades ---- */

static int run(struct upgrade *upgrade, const char *when)
{
    OWN_REF module = hooks_module();
    OWN_REF result = module ? RESTING(PyObject_CallMethod(module, "_run", "sOOO", when, upgrade->changes,
                                                          upgrade->old_modules, upgrade->stage.modules))
                            : NULL;
    return result ? 0 : -1;
}

int hooks_before(struct upgrade *upgrade)
{
    return run(upgrade, "before") < 0 ? refuse_hook(upgrade, NULL, NULL) : 0;
}

int hooks_after(struct upgrade *upgrade)
{
    OWN_REF module = hooks_module();
    OWN_REF result =
        module ? PyObject_CallMethod(module, "_settle", "OO", upgrade->old_modules, upgrade->stage.modules) : NULL;
    return result ? run(upgrade, "after") : -1;
}

/* ---- one instance ---- */

static int remember(struct migrate *migrate, PyObject *object)
{
    return object ? PyList_Append(migrate->kept, object) : 0;
}

/* The two versions of the distribution that a class belongs to; borrowed, or "". */
static void versions_of(struct upgrade *upgrade, PyTypeObject *type, PyObject **ret_old, PyObject **ret_new)
{
    PyObject *module = class_module_name(type);
    PyObject *record = module ? PyDict_GetItemWithError(base_records(), module) : NULL;
    PyObject *owner = record ? PyTuple_GET_ITEM(record, BASE_OWNER) : Py_None;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(upgrade->changes); i++) {
        PyObject *change = PyList_GET_ITEM(upgrade->changes, i);
        bool its = owner == Py_None || PyUnicode_Compare(PyTuple_GET_ITEM(owner, 0), PyTuple_GET_ITEM(change, 0)) == 0;
        if (its || PyList_GET_SIZE(upgrade->changes) == 1) {
            *ret_old = PyTuple_GET_ITEM(change, 1);
            *ret_new = PyTuple_GET_ITEM(change, 2);
            return;
        }
    }
    *ret_old = *ret_new = Py_None;
}

/* Those of the names that the state has (or has not). New tuple. */
static PyObject *names_in(PyObject *names, PyObject *state, bool wanted)
{
    OWN_REF list = PyList_New(0);
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(names); i++) {
        int there = PyDict_Contains(state, PyList_GET_ITEM(names, i));
        if (there < 0 || (there == wanted && PyList_Append(list, PyList_GET_ITEM(names, i)) < 0)) {
            return NULL;
        }
    }
    return list ? PyList_AsTuple(list) : NULL;
}

static PyObject *new_change(struct upgrade *upgrade, const struct migrate_class *class, PyObject *before)
{
    PyObject *old_version, *new_version;
    versions_of(upgrade, class->type, &old_version, &new_version);
    OWN_REF added = names_in(class->fills.added, before, false);
    OWN_REF removed = added ? names_in(class->fills.removed, before, true) : NULL;
    OWN_REF old = removed ? PyDict_Copy(before) : NULL;
    OWN_REF module = old ? hooks_module() : NULL;
    return module
               ? PyObject_CallMethod(module, "InstanceChange", "OOOOO", added, removed, old, old_version, new_version)
               : NULL;
}

/* Sets attributes as they lie; one that the new class has no place for stays behind. */
static int set_state(PyObject *shadow, PyObject *state, bool missing_only)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(state, &position, &name, &value)) {
        const char *why;
        PyObject *key = Py_NewRef(name);
        PyUnicode_InternInPlace(&key);
        int room = missing_only && attribute_get(shadow, key) ? 1 : attribute_make_room(shadow, key, &why);
        int result = room == 0 ? attribute_set(shadow, key, value) : room < 0 ? -1 : 0;
        Py_DECREF(key);
        if (result < 0) {
            return -1;
        }
    }
    return 0;
}

/* What the new version adds without being asked. */
static int fill_shadow(const struct migrate_class *class, PyObject *shadow, PyObject *before)
{
    for (size_t i = 0; i < class->fills.n; i++) {
        struct fill *fill = &class->fills.items[i];
        PyObject *moved = fill->kind == FILL_MOVED ? PyDict_GetItemWithError(before, fill->from) : NULL;
        OWN_REF values = fill->kind != FILL_MOVED ? fill_fresh(fill) : PyDict_New();
        if (!values || PyErr_Occurred() ||
            (moved && PyDict_SetItem(values, PyTuple_GET_ITEM(fill->names, 0), moved) < 0) ||
            set_state(shadow, values, true) < 0) {
            return -1;
        }
    }
    return 0;
}

static bool has_str_keys(PyObject *state)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(state, &position, &name, &value)) {
        if (!PyUnicode_CheckExact(name)) {
            return false;
        }
    }
    return true;
}

/* The differences: *ret_set a dict, *ret_gone a tuple of names, both new. 0 or -1. */
static int differences(PyObject *before, PyObject *after, PyObject **ret_set, PyObject **ret_gone)
{
    OWN_REF set = PyDict_New();
    OWN_REF gone = set ? PyList_New(0) : NULL;
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (gone && PyDict_Next(after, &position, &name, &value)) {
        if (PyDict_GetItemWithError(before, name) != value && PyDict_SetItem(set, name, value) < 0) {
            return -1;
        }
    }
    position = 0;
    while (gone && PyDict_Next(before, &position, &name, &value)) {
        int stays = PyDict_Contains(after, name);
        if (stays < 0 || (!stays && PyList_Append(gone, name) < 0)) {
            return -1;
        }
    }
    *ret_gone = gone ? PyList_AsTuple(gone) : NULL;
    *ret_set = *ret_gone ? STEAL(set) : NULL;
    return *ret_set ? 0 : -1;
}

/* Room for everything that is set. 0; 1 refused; -1. */
static int make_room(struct upgrade *upgrade, const struct migrate_class *class, PyObject *instance, PyObject *set)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(set, &position, &name, &value)) {
        const char *why;
        int room = migrate_make_room(class, instance, name, &why);
        if (room) {
            return room < 0 ? -1
                            : migrate_refuse_class(upgrade, class, "drop its instances before the upgrade, or restart",
                                                   "instances are alive that cannot get the attribute %R, which their "
                                                   "__upgrade__ sets: %s",
                                                   name, why);
        }
    }
    return 0;
}

static int add_record(struct upgrade *upgrade, const struct migrate_record *record)
{
    struct migrate *migrate = &upgrade->migrate;
    PyObject *objects[] = {record->instance, record->shadow, record->before, record->after, record->gone};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        if (remember(migrate, objects[i]) < 0) {
            return -1;
        }
    }
    return migrate_put_record(migrate, record);
}

/* What the hook has left becomes the instance's record. 0; 1 refused; -1. */
static int take_result(struct upgrade *upgrade, struct migrate_class *class, PyObject *instance, PyObject *shadow,
                       PyObject *before)
{
    OWN_REF after = state_copy(shadow);
    OWN_REF set = NULL;
    OWN_REF gone = NULL;
    if (!after || differences(before, after, &set, &gone) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(class->wanting); i++) {
        PyObject *name = PyList_GET_ITEM(class->wanting, i);
        int there = PyDict_Contains(after, name);
        if (there < 0) {
            return -1;
        }
        if (!there && class->hook) {
            return migrate_refuse_class(upgrade, class, "let its method __upgrade__ set it, or restart",
                                        "instances are alive that lack the attribute %R, which the new "
                                        "version reads, and their __upgrade__ does not set it",
                                        name, NULL);
        }
        if (!there && !carry_brings(&upgrade->carry, instance, name)) {
            return migrate_refuse_wanting(upgrade, class, name);
        }
    }
    int room = make_room(upgrade, class, instance, set);
    if (room) {
        return room;
    }
    bool given = Py_REFCNT(shadow) > 1; /* the hook has stored it somewhere */
    struct migrate_record record = {
        .instance = instance, .shadow = given ? shadow : NULL, .before = before, .after = set, .gone = gone};
    return add_record(upgrade, &record);
}

/* A setter of the new version raised: it does not take the value that this instance has. */
static int refuse_value(struct upgrade *upgrade, const struct migrate_class *class, PyObject *name)
{
    if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return -1;
    }
    OWN_REF text = refuse_raised();
    if (!text) {
        return -1;
    }
    return migrate_refuse_class(upgrade, class,
                                "give the new class a method __upgrade__(self, change) that sets it, or restart",
                                "instances are alive whose %R is a property in the new version, which does not take "
                                "their value: %s",
                                name, PyBytes_AS_STRING(text));
}

/* The setter would do something with a queue, a callback, an iterator before the flip. */
static int refuse_no_data(struct upgrade *upgrade, const struct migrate_class *class, PyObject *name)
{
    return migrate_refuse_class(upgrade, class,
                                "give the new class a method __upgrade__(self, change) that sets it, drop its "
                                "instances before the upgrade, or restart",
                                "instances are alive whose %R is a property in the new version, whose setter reads "
                                "what is no plain data: what it would do before the upgrade cannot be told",
                                name, NULL);
}

/* Attributes that are properties in the new version: their setters make of each value what it is there. 0, 1, -1. */
static int run_setters(struct upgrade *upgrade, const struct migrate_class *class, PyObject *shadow, PyObject *before)
{
    PyObject *setters = class->fills.setters;
    for (Py_ssize_t i = 0; setters && i < PyList_GET_SIZE(setters); i++) {
        PyObject *entry = PyList_GET_ITEM(setters, i);
        PyObject *value = PyDict_GetItemWithError(before, PyTuple_GET_ITEM(entry, 1));
        PyObject *setter = PyTuple_GET_ITEM(entry, 2), *reads = PyTuple_GET_ITEM(entry, 3);
        int data = value && setter != Py_None ? fill_is_data(before, reads, value) : 1;
        if (value && setter == Py_None) {
            if (class->hook) {
                continue; /* it says */
            }
            return migrate_refuse_class(upgrade, class,
                                        "give the new class a method __upgrade__(self, change) that sets it, drop its "
                                        "instances before the upgrade, or restart",
                                        "instances are alive whose attribute %R is behind a descriptor in the new "
                                        "version, which does not find their value",
                                        PyTuple_GET_ITEM(entry, 0), NULL);
        }
        if (data == 0 && class->hook) {
            continue;
        }
        if (data <= 0) {
            return data < 0 ? -1 : refuse_no_data(upgrade, class, PyTuple_GET_ITEM(entry, 0));
        }
        OWN_REF result = value ? RESTING(PyObject_CallFunctionObjArgs(setter, shadow, value, NULL)) : NULL;
        if (PyErr_Occurred()) {
            return refuse_value(upgrade, class, PyTuple_GET_ITEM(entry, 0));
        }
    }
    return 0;
}

/* What the new version makes of an instance's own values raised, or cannot be told of these. */
static int refuse_derived(struct upgrade *upgrade, const struct migrate_class *class, PyObject *name, bool raised)
{
    if (raised && (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_MemoryError))) {
        return -1;
    }
    OWN_REF text = raised ? refuse_raised() : NULL;
    if (raised && !text) {
        return -1;
    }
    return migrate_refuse_class(upgrade, class,
                                "give the new class a method __upgrade__(self, change) that sets it, drop its "
                                "instances before the upgrade, or restart",
                                raised ? "instances are alive that lack the attribute %R, and its value in the new "
                                         "__init__ cannot be made: %s"
                                       : "instances are alive that lack the attribute %R, which the new version reads, "
                                         "and what they remember does not say what its __init__ would set",
                                name, raised ? PyBytes_AS_STRING(text) : NULL);
}

/* Values that are made of what the instance remembers of its arguments. 0, 1, -1. */
static int run_derived(struct upgrade *upgrade, const struct migrate_class *class, PyObject *instance, PyObject *shadow,
                       PyObject *before)
{
    PyObject *derived = class->fills.derived;
    for (Py_ssize_t i = 0; derived && i < PyList_GET_SIZE(derived); i++) {
        PyObject *entry = PyList_GET_ITEM(derived, i), *names = PyTuple_GET_ITEM(entry, DERIVED_NAMES);
        OWN_REF missing = names_in(names, before, false);
        OWN_REF values = NULL;
        if (!missing) {
            return -1;
        }
        int told = PyTuple_GET_SIZE(missing) ? fill_derive(entry, before, &values) : 0;
        PyObject *name = PyList_GET_ITEM(names, 0);
        if (told < 0 || (told > 0 && !class->hook && !carry_brings(&upgrade->carry, instance, name))) {
            return refuse_derived(upgrade, class, name, told < 0);
        }
        if (values && set_state(shadow, values, true) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Takes away what descriptors have left in the instance and would compute otherwise now, but for what the program put
 * there. 0; 1 refused; -1. */
static int drop_spent(struct upgrade *upgrade, const struct migrate_class *class, PyObject *shadow, PyObject *before)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(class->spent); i++) {
        PyObject *name = PyTuple_GET_ITEM(class->spent, i), *value = PyDict_GetItemWithError(before, name);
        if (PyErr_Occurred() || !value || !carry_is_computed(&upgrade->match, value)) {
            if (PyErr_Occurred()) {
                return -1;
            }
            continue;
        }
        int doubtful = PySequence_Contains(class->doubtful, name);
        int set = doubtful > 0 ? override_is(&upgrade->match, class->type, before, name, value) : doubtful;
        if (set < 0 || (set == 0 && attribute_set(shadow, name, NULL) < 0)) {
            return -1;
        }
        if (set == 2) {
            return migrate_refuse_class(upgrade, class, "delete the attribute from its instances, or restart",
                                        "instances are alive with a value for %R, which the new version computes in "
                                        "another way: whether it was computed or the program set it cannot be told",
                                        name, NULL);
        }
    }
    return 0;
}

/* Takes away what would hide a method. 0 or -1. */
static int drop_hiding(const struct migrate_class *class, PyObject *shadow)
{
    PyObject *hiding = class->fills.hiding;
    for (Py_ssize_t i = 0; hiding && i < PyList_GET_SIZE(hiding); i++) {
        PyObject *name = PyList_GET_ITEM(hiding, i);
        if (attribute_get(shadow, name) && attribute_set(shadow, name, NULL) < 0) {
            return -1;
        }
    }
    return 0;
}

static int refuse_shadow(struct upgrade *upgrade, const struct migrate_class *class, const char *why)
{
    OWN_REF name = PyUnicode_FromString("__upgrade__");
    return name ? migrate_refuse_class(upgrade, class, "drop its instances before the upgrade, or restart",
                                       "instances are alive whose %R cannot be called: %s", name, why)
                : -1;
}

/* 0; 1 refused, -1. */
static int call_hook(struct upgrade *upgrade, const struct migrate_class *class, PyObject *shadow, PyObject *before)
{
    OWN_REF change = new_change(upgrade, class, before);
    if (!change) {
        return -1;
    }
    OWN_REF result = RESTING(PyObject_CallFunctionObjArgs(class->hook, shadow, change, NULL));
    if (!result) {
        OWN_REF symbol = PyUnicode_FromFormat("%s.__upgrade__", class->type->tp_name);
        return symbol ? refuse_hook(upgrade, class_module_name(class->type), symbol) : -1;
    }
    return 0;
}

/* What the instance has computed and the new version computes in another way. 0 or -1. */
static int begin_anew(struct upgrade *upgrade, const struct migrate_class *class, PyObject *shadow, PyObject *before)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(class->anew); i++) {
        PyObject *name = PyTuple_GET_ITEM(class->anew, i), *value = PyDict_GetItemWithError(before, name);
        if (PyErr_Occurred() ||
            (migrate_begins_anew(&upgrade->match, value) && attribute_set(shadow, name, Py_None) < 0)) {
            return -1;
        }
    }
    return 0;
}

int hooks_instance(struct upgrade *upgrade, struct migrate_class *class, PyObject *instance)
{
    struct migrate_record *known = migrate_record_of(&upgrade->migrate, instance);
    int right = known ? hooks_unchanged(known) : 0;
    if (right) {
        return right < 0 ? -1 : 0;
    }
    const char *why = NULL;
    OWN_REF before = state_copy(instance);
    if (before && !has_str_keys(before)) {
        return refuse_shadow(upgrade, class, "the __dict__ of an instance has keys that are no str");
    }
    OWN_REF shadow = before ? shadow_new(class->shadow, &why) : NULL;
    if (!shadow) {
        return why ? refuse_shadow(upgrade, class, why) : -1;
    }
    if (set_state(shadow, before, false) < 0 || fill_shadow(class, shadow, before) < 0 ||
        drop_hiding(class, shadow) < 0) {
        return -1;
    }
    int ready = class->hook ? 0 : drop_spent(upgrade, class, shadow, before);
    ready = ready == 0 && !class->hook ? begin_anew(upgrade, class, shadow, before) : ready;
    ready = ready == 0 ? run_setters(upgrade, class, shadow, before) : ready;
    ready = ready == 0 ? run_derived(upgrade, class, instance, shadow, before) : ready;
    ready = ready == 0 && class->hook ? call_hook(upgrade, class, shadow, before) : ready;
    return ready ? ready : take_result(upgrade, class, instance, shadow, before);
}

int hooks_unchanged(const struct migrate_record *record)
{
    OWN_REF now = state_copy(record->instance);
    PyObject *name, *value, *name_before, *value_before;
    Py_ssize_t position = 0, position_before = 0;
    if (!now || PyDict_GET_SIZE(now) != PyDict_GET_SIZE(record->before)) {
        return now ? 0 : -1;
    }
    while (PyDict_Next(now, &position, &name, &value) &&
           PyDict_Next(record->before, &position_before, &name_before, &value_before)) {
        bool same = PyUnicode_CheckExact(name) && PyUnicode_Compare(name, name_before) == 0;
        if (!same || value != value_before) {
            return 0;
        }
    }
    return 1;
}
