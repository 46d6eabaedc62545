/* Putting in what instances lack, inside the flip.
 *
 * Invariant: between migrate_apply and migrate_undo (or the commit) the GIL is held, so nobody sees an instance of an
 * old class with new attributes. Nothing dies in apply, as the walk's findings are still in use: what it takes out and
 * what it takes from a stock is kept until after.
 * Must not: run Python code, or move an instance's values (attribute_make_room is prepare's).
 */
#include "engine/migrate_parts.h"

#include "compat/array.h"
#include "compat/attribute.h"
#include "compat/frame.h"
#include "engine/flip.h"
#include "engine/hooks_run.h"

#include <stdlib.h>

/* One thing that apply did: what the instance had there before. */
struct migrate_applied {
    PyObject *instance; /* borrowed: alive as long as the GIL is held */
    PyObject *name;     /* owned */
    PyObject *before;   /* owned, or NULL; */
    bool displaced;     /* or borrowed from migrate.displaced */
    bool removes;       /* it is still there: it goes with the commit */
};

/* A reference to a target leaves an instance, after the walk has counted it there. A walk that is still to come finds
 * it in the list; for the plan of this one the holder has one less. */
static int displace(struct migrate *migrate, PyObject *instance, PyObject *name, PyObject *target)
{
    PyObject *holder = attribute_reporter(instance, name);
    uintptr_t taken = (uintptr_t)ptrmap_get(&migrate->taken, holder) + 1;
    if (ptrmap_put(&migrate->taken, holder, (void *)taken) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    if (migrate->n_displaced == PyList_GET_SIZE(migrate->displaced) && PyList_Append(migrate->displaced, Py_None) < 0) {
        return -1;
    }
    PyList_SetItem(migrate->displaced, migrate->n_displaced++, Py_NewRef(target)); /* an index that exists */
    return 0;
}

Py_ssize_t migrate_taken_from(const struct migrate *migrate, PyObject *holder)
{
    return (Py_ssize_t)(uintptr_t)ptrmap_get(&migrate->taken, holder);
}

/* Sets one attribute (value NULL: removes it) and notes what was there. */
static int put(struct upgrade *upgrade, PyObject *instance, PyObject *name, PyObject *value)
{
    struct migrate *migrate = &upgrade->migrate;
    const struct ptrmap *map = &upgrade->flip.account.map;
    if (array_reserve((void **)&migrate->applied, migrate->n_applied, &migrate->cap_applied, sizeof *migrate->applied) <
        0) {
        return -1;
    }
    PyObject *partner = value ? ptrmap_get(map, value) : NULL, *before = attribute_get(instance, name);
    bool displaced = before && ptrmap_get(map, before);
    if (displaced && displace(migrate, instance, name, before) < 0) {
        return -1;
    }
    struct migrate_applied applied = {instance, Py_NewRef(name), displaced ? before : Py_XNewRef(before), displaced,
                                      false};
    if (attribute_set(instance, name, partner ? partner : value) < 0) {
        Py_DECREF(applied.name);
        displaced ? (void)0 : Py_XDECREF(before); /* the instance has it */
        return -1;
    }
    migrate->applied[migrate->n_applied++] = applied;
    return 0;
}

/* An attribute that goes cannot be put back where it was (a dict keeps the order of insertion, and might have to grow):
 * it goes when the flip is made. */
static int put_removal(struct upgrade *upgrade, PyObject *instance, PyObject *name)
{
    struct migrate *migrate = &upgrade->migrate;
    if (array_reserve((void **)&migrate->applied, migrate->n_applied, &migrate->cap_applied, sizeof *migrate->applied) <
        0) {
        return -1;
    }
    migrate->applied[migrate->n_applied++] = (struct migrate_applied){instance, Py_NewRef(name), NULL, false, true};
    return 0;
}

static enum flip_result put_missing(struct upgrade *upgrade, PyObject *instance, struct fill *fill)
{
    struct migrate *migrate = &upgrade->migrate;
    PyObject *item = fill_next(fill);
    bool used = false;
    if (migrate_is_spoilt(&upgrade->match, fill, instance)) {
        return upgrade->forecast ? FLIP_DONE : FLIP_PREPARE; /* which refuses */
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(fill->names); i++) {
        PyObject *name = PyTuple_GET_ITEM(fill->names, i);
        if (!item && fill->kind != FILL_MOVED && !attribute_get(instance, name)) {
            return FLIP_PREPARE;
        }
        PyObject *value = fill->kind == FILL_MOVED ? attribute_get(instance, fill->from)
                          : item                   ? fill_value(fill, item, i)
                                                   : NULL;
        if (!value) {
            continue; /* what the instance has not, or the constructor does not set here, is not missing */
        }
        PyObject *partner = ptrmap_get(&upgrade->flip.account.map, value);
        if (array_reserve((void **)&migrate->applied, migrate->n_applied, &migrate->cap_applied,
                          sizeof *migrate->applied)) {
            return FLIP_ERROR;
        }
        PyObject *left = fill->kind == FILL_MOVED ? attribute_get(instance, name) : NULL;
        if (left) { /* from before an earlier rename the other way round: no code of the version that goes has set it */
            if (left != value && put(upgrade, instance, name, value) < 0) {
                return FLIP_ERROR;
            }
            continue;
        }
        int added = attribute_add(instance, name, partner ? partner : value);
        if (added < 0 || added == 2) {
            return added < 0 ? FLIP_ERROR : FLIP_PREPARE;
        }
        if (added) {
            migrate->applied[migrate->n_applied++] =
                (struct migrate_applied){instance, Py_NewRef(name), NULL, false, false};
            used = true;
        }
    }
    if (used) {
        fill_use(fill);
    }
    return FLIP_DONE;
}

/* What a replacement lacks: the instance has it under no name. */
static enum flip_result serve_missing(struct upgrade *upgrade, struct rebuilt *item, struct fill *fill)
{
    if (migrate_is_spoilt(&upgrade->match, fill, item->old)) {
        return upgrade->forecast ? FLIP_DONE : FLIP_PREPARE;
    }
    bool moved = fill->kind == FILL_MOVED; /* that overwrites what an earlier rename has left */
    bool wanted = moved ? attribute_get(item->old, fill->from) != NULL : migrate_lacks(fill, item->old);
    PyObject *taken = wanted && !moved ? fill_next(fill) : NULL;
    if (wanted && !moved && !taken) {
        return FLIP_PREPARE;
    }
    if (taken) {
        fill_use(fill);
    }
    for (Py_ssize_t i = 0; wanted && i < PyTuple_GET_SIZE(fill->names); i++) {
        PyObject *name = PyTuple_GET_ITEM(fill->names, i);
        if (!moved && attribute_get(item->old, name)) {
            continue;
        }
        PyObject *value = moved ? attribute_get(item->old, fill->from) : fill_value(fill, taken, i);
        PyObject *partner = value ? ptrmap_get(&upgrade->flip.account.map, value) : NULL;
        if (value && rebuild_give(item, name, partner ? partner : value) < 0) {
            return FLIP_ERROR;
        }
    }
    return FLIP_DONE;
}

/* A slot that both have stays in the instance until the commit. */
int migrate_serve_attribute(struct upgrade *upgrade, struct rebuilt *item, PyObject *name, PyObject *value)
{
    if (rebuild_moves_slot(item->how, name)) {
        return put(upgrade, item->old, name, value);
    }
    PyObject *partner = value ? ptrmap_get(&upgrade->flip.account.map, value) : NULL;
    return rebuild_give(item, name, partner ? partner : value);
}

/* ---- in place, or to the replacement (item, else NULL) ---- */

/* value NULL: the attribute goes. 0 or -1. */
static int give(struct upgrade *upgrade, PyObject *instance, struct rebuilt *item, PyObject *name, PyObject *value)
{
    return item    ? migrate_serve_attribute(upgrade, item, name, value)
           : value ? put(upgrade, instance, name, value)
                   : put_removal(upgrade, instance, name);
}

/* What the hook has made of it. */
static enum flip_result give_record(struct upgrade *upgrade, PyObject *instance, struct rebuilt *item)
{
    struct migrate_record *record = migrate_record_of(&upgrade->migrate, instance);
    int right = record ? hooks_unchanged(record) : 0;
    if (right <= 0) {
        return right < 0 ? FLIP_ERROR : FLIP_PREPARE;
    }
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(record->after, &position, &name, &value)) {
        if (!item && !attribute_has_room(instance, name)) {
            return FLIP_PREPARE;
        }
        if (give(upgrade, instance, item, name, value) < 0) {
            return FLIP_ERROR;
        }
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(record->gone); i++) {
        if (give(upgrade, instance, item, PyTuple_GET_ITEM(record->gone, i), NULL) < 0) {
            return FLIP_ERROR;
        }
    }
    return FLIP_DONE;
}

/* Has a descriptor left there what it would compute otherwise now? */
static bool is_spent(struct upgrade *upgrade, PyObject *instance, PyObject *name)
{
    PyObject *value = attribute_get(instance, name);
    return value && carry_is_computed(&upgrade->match, value);
}

bool migrate_begins_anew(const struct match *match, PyObject *value)
{
    return value && value != Py_None && carry_is_disposable(match, value);
}

/* ---- who has it in hand? ---- */

static bool names_it(const PyCodeObject *code, PyObject *name)
{
    bool found = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names) && !found; i++) {
        found = PyUnicode_Compare(PyTuple_GET_ITEM(code->co_names, i), name) == 0;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts) && !found; i++) {
        PyObject *item = PyTuple_GET_ITEM(code->co_consts, i);
        found = PyCode_Check(item) && names_it((PyCodeObject *)item, name);
    }
    return found;
}

/* Code of the old version that has made the value, and reads it in its next line, would find None. Is this such code?
 * The attribute's name (borrowed), or NULL. */
static PyObject *in_hand(const struct upgrade *upgrade, const frame *f)
{
    PyObject *globals = frame_globals(f), *found = NULL;
    bool old = globals && ptrmap_get(&upgrade->old.dicts, globals);
    for (size_t i = 0; old && i < upgrade->migrate.n_classes && !found; i++) {
        PyObject *anew = upgrade->migrate.classes[i].anew;
        for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(anew) && !found; j++) {
            found = names_it(frame_code(f), PyTuple_GET_ITEM(anew, j)) ? PyTuple_GET_ITEM(anew, j) : NULL;
        }
    }
    return found;
}

static int look_at_frame(frame *f, PyThreadState *thread, void *arg)
{
    struct upgrade *upgrade = arg;
    PyObject *name = in_hand(upgrade, f);
    (void)thread;
    if (!name) {
        return FLIP_DONE;
    }
    PyObject *text =
        Py_BuildValue("(OON)", Py_None, frame_code(f)->co_qualname,
                      PyUnicode_FromFormat(
                          "a call or generator of %U, at line %d, may go on with the attribute %R, which begins with "
                          "None again because the new version makes something else of it",
                          frame_code(f)->co_qualname, frame_line(f), name));
    Py_XSETREF(upgrade->flip.stuck, text);
    return text ? FLIP_AGAIN : FLIP_ERROR;
}

int migrate_is_unread(struct upgrade *upgrade)
{
    struct objects *suspended = &upgrade->flip.account.suspended;
    int result = frame_each(look_at_frame, upgrade);
    for (size_t i = 0; i < suspended->n && result == FLIP_DONE; i++) {
        bool running = false;
        frame *f = PyFrame_Check(suspended->items[i]) ? NULL : frame_of_generator(suspended->items[i], &running);
        result = f && !running ? look_at_frame(f, NULL, upgrade) : FLIP_DONE;
    }
    return result;
}

/* All that an instance of the class may lack or lose. */
static enum flip_result give_all(struct upgrade *upgrade, struct migrate_class *class, PyObject *instance,
                                 struct rebuilt *item)
{
    if (migrate_asks(class)) {
        return give_record(upgrade, instance, item);
    }
    enum flip_result result = FLIP_DONE;
    for (size_t i = 0; i < class->fills.n && result == FLIP_DONE; i++) {
        struct fill *fill = &class->fills.items[i];
        result = item ? serve_missing(upgrade, item, fill) : put_missing(upgrade, instance, fill);
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(class->spent) && result == FLIP_DONE; i++) {
        PyObject *name = PyTuple_GET_ITEM(class->spent, i);
        bool spent = is_spent(upgrade, instance, name);
        result = spent && give(upgrade, instance, item, name, NULL) < 0 ? FLIP_ERROR : FLIP_DONE;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(class->anew) && result == FLIP_DONE; i++) {
        PyObject *name = PyTuple_GET_ITEM(class->anew, i);
        bool begins = migrate_begins_anew(&upgrade->match, attribute_get(instance, name));
        result = begins && give(upgrade, instance, item, name, Py_None) < 0 ? FLIP_ERROR : FLIP_DONE;
    }
    PyObject *hiding = class->fills.hiding;
    for (Py_ssize_t i = 0; hiding && i < PyList_GET_SIZE(hiding) && result == FLIP_DONE; i++) {
        PyObject *name = PyList_GET_ITEM(hiding, i);
        bool hides = attribute_get(instance, name);
        result = hides && give(upgrade, instance, item, name, NULL) < 0 ? FLIP_ERROR : FLIP_DONE;
    }
    return result;
}

static enum flip_result serve_replacement(struct upgrade *upgrade, struct rebuilt *item)
{
    struct migrate_class *class = migrate_class_of(&upgrade->migrate, Py_TYPE(item->old));
    if (!class || (!migrate_asks(class) && migrate_wants(upgrade, class, item->old))) {
        return FLIP_PREPARE;
    }
    return give_all(upgrade, class, item->old, item);
}

/* Is there nothing that any instance of the class could lack, or lose? */
static bool lack_nothing(struct upgrade *upgrade, PyTypeObject *type)
{
    const struct migrate_class *class = migrate_class_of(&upgrade->migrate, type);
    return class && !migrate_asks(class) && !PyList_GET_SIZE(class->wanting) && !class->fills.n &&
           !PyTuple_GET_SIZE(class->spent) && !PyTuple_GET_SIZE(class->anew) && !class->fills.hiding;
}

int migrate_serve_replacements(struct upgrade *upgrade)
{
    struct replace *replace = &upgrade->flip.replace;
    enum flip_result result = FLIP_DONE;
    const struct rebuild *served = NULL;
    for (size_t i = 0; i < replace->n_items && result == FLIP_DONE; i++) {
        struct rebuilt *item = &replace->items[i];
        if (item->how != served) { /* instances of one class stand together, and most lack nothing */
            result = serve_replacement(upgrade, item);
            served = lack_nothing(upgrade, Py_TYPE(item->old)) ? item->how : NULL;
        }
    }
    return result;
}

/* ---- all instances ---- */

static enum flip_result apply_to(struct upgrade *upgrade, PyObject *instance)
{
    struct migrate_class *class = migrate_class_of(&upgrade->migrate, Py_TYPE(instance));
    if (class && class->rebuilt) {
        return FLIP_DONE; /* its replacement was served */
    }
    if (ptrmap_get(&upgrade->flip.account.map, instance) || ptrmap_get(&upgrade->flip.account.fixed, instance)) {
        return FLIP_DONE; /* dies */
    }
    if (class && upgrade->forecast && (class->hook || migrate_wants(upgrade, class, instance))) {
        return FLIP_DONE; /* would be called, or was refused */
    }
    if (!class || (!migrate_asks(class) && migrate_wants(upgrade, class, instance))) {
        return FLIP_PREPARE;
    }
    return give_all(upgrade, class, instance, NULL);
}

int migrate_apply(struct upgrade *upgrade)
{
    struct account *account = &upgrade->flip.account;
    struct objects *lists[] = {&account->instances, &account->followers};
    enum flip_result result = FLIP_DONE;
    ptrmap_release(&upgrade->migrate.taken); /* what replacements were served was before the walk */
    for (size_t i = 0; i < account->subclasses.n && result == FLIP_DONE; i++) {
        result = migrate_class_of(&upgrade->migrate, (PyTypeObject *)account->subclasses.items[i]) ? FLIP_DONE
                                                                                                   : FLIP_PREPARE;
    }
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < lists[k]->n && result == FLIP_DONE; i++) {
            PyObject *instance = lists[k]->items[i];
            PyObject *partner = ptrmap_get(&account->map, Py_TYPE(instance));
            bool stays = partner && !PyType_Check(partner); /* flip_plan refuses it */
            result = stays || PyType_Check(instance) ? FLIP_DONE : apply_to(upgrade, instance);
        }
    }
    if (result != FLIP_DONE) {
        migrate_undo(upgrade);
    }
    return result;
}

void migrate_forget_applied(struct migrate *migrate)
{
    struct migrate_applied *applied = migrate->applied;
    size_t n = migrate->n_applied;
    migrate->applied = NULL;
    migrate->n_applied = migrate->cap_applied = 0;
    Py_ssize_t n_displaced = migrate->n_displaced;
    migrate->n_displaced = 0;
    ptrmap_release(&migrate->taken);
    for (size_t i = 0; i < n; i++) {
        Py_DECREF(applied[i].name);
        if (!applied[i].displaced) {
            Py_XDECREF(applied[i].before);
        }
    }
    free(applied);
    for (Py_ssize_t i = 0; i < n_displaced; i++) {
        PyList_SetItem(migrate->displaced, i, Py_NewRef(Py_None)); /* an index that exists; needs no memory */
    }
}

void migrate_commit(struct upgrade *upgrade)
{
    struct migrate *migrate = &upgrade->migrate;
    for (size_t i = 0; i < migrate->n_applied; i++) {
        struct migrate_applied *applied = &migrate->applied[i];
        if (applied->removes && (applied->before = Py_XNewRef(attribute_get(applied->instance, applied->name))) &&
            attribute_set(applied->instance, applied->name, NULL) < 0) {
            PyErr_Clear(); /* it is there, and deleting needs no memory */
        }
    }
}

void migrate_undo(struct upgrade *upgrade)
{
    struct migrate *migrate = &upgrade->migrate;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    for (size_t i = migrate->n_applied; i-- > 0;) {
        struct migrate_applied *applied = &migrate->applied[i];
        if (applied->removes) {
            continue;
        }
        PyObject *added = Py_XNewRef(attribute_get(applied->instance, applied->name));
        if (attribute_set(applied->instance, applied->name, applied->before) < 0) {
            PyErr_Clear(); /* the entry is there: nothing has to grow */
        }
        if (!applied->displaced) {
            Py_XDECREF(applied->before); /* the instance has it */
        }
        applied->before = added; /* dies in migrate_forget_applied */
        applied->displaced = false;
    }
    migrate_forget_applied(migrate);
    for (size_t i = 0; i < migrate->n_classes; i++) {
        for (size_t j = 0; j < migrate->classes[i].fills.n; j++) {
            fill_rewind(&migrate->classes[i].fills.items[j]);
        }
    }
    PyErr_Restore(type, value, traceback);
}
