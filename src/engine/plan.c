/* notice and settle for an explicit call: what is loaded, what is installed, do they differ, is the install whole?
 *
 * Invariant: decides from the disk room's facts and from what was recorded when modules were loaded; changes nothing.
 * Must not: take a half-written install. */
#include "engine/plan.h"

#include "engine/base.h"
#include "engine/editables.h"
#include "engine/foreign.h"
#include "engine/former.h"
#include "engine/notice.h"
#include "engine/refuse.h"
#include "engine/requires.h"
#include "engine/searchpath.h"
#include "engine/spared.h"

#include <errno.h>
#include <string.h>

/* ---- is it ready? ---- */

static int refuse_as(struct upgrade *upgrade, PyObject *name, const char *code, const char *action, PyObject *cause)
{
    if (!cause || refuse(upgrade->reasons, code, NULL, NULL, action, "%U", cause) < 0) {
        return -1;
    }
    PyObject *last = PyList_GET_ITEM(upgrade->reasons, PyList_GET_SIZE(upgrade->reasons) - 1);
    return PyDict_SetItemString(last, "distribution", name) < 0 ? -1 : 1;
}

static int refuse_install(struct upgrade *upgrade, PyObject *name, const char *action, PyObject *cause)
{
    return refuse_as(upgrade, name, "install-unfinished", action, cause);
}

/* Would its finder go on finding what it has found? Then an upgrade is none. */
static int check_finder(struct upgrade *upgrade, PyObject *name, const struct disk_dist *dist)
{
    int moved = dist->opaque ? 0 : editables_moved(dist);
    if (!dist->opaque && moved <= 0) {
        return moved;
    }
    OWN_REF cause = PyUnicode_FromFormat(
        "%U is an editable install (%s), and %s", name, dist->metadata_dir,
        moved ? "its finder on sys.meta_path has a table of files that the install has changed"
              : "its finder has no table that can be read: where the modules are, only that can tell");
    return refuse_as(upgrade, name, "editable-finder", "restart, or install it by another build backend, or as a copy",
                     cause);
}

/* May it be taken although it is not as an installer leaves it? A file that somebody edited since may be; what no
 * installer is writing any more is taken as it is if it was asked for by name; with files missing nothing is. */
static bool may_be_taken(const struct upgrade *upgrade, const struct disk_reason *reason)
{
    bool by_name = PyTuple_GET_SIZE(upgrade->names) > 0;
    return !reason->n_missing && (reason->code == DISK_MODIFIED ||
                                  (by_name && (reason->code == DISK_PENDING || reason->code == DISK_HANDMADE)));
}

/* modules: the names (set or dict) of those that are loaded from it. again: what is to be noted about it was noted
 * before. */
static int check_ready(struct upgrade *upgrade, PyObject *name, struct disk_site *site, struct disk_dist *dist,
                       PyObject *modules, bool again)
{
    struct disk_reason reason;
    struct disk_error error;
    struct disk_ready_options options = {.flags = DISK_CHECK_HASHES, .will_load = notice_will_load, .arg = modules};
    int failed = disk_dist_ready(site, dist, &options, &reason, &error);
    if (failed == -ENOMEM) {
        PyErr_NoMemory();
        return -1;
    }
    if (failed < 0) {
        PyErr_Format(PyExc_OSError, "cannot read the install of %U: %s", name, error.text);
        return -1;
    }
    if (failed == 0) {
        return 0;
    }
    if (may_be_taken(upgrade, &reason)) {
        if (again) {
            return 0;
        }
        OWN_REF note =
            PyUnicode_FromFormat("%U is taken although its install is not as recorded: %s", name, reason.text);
        return note && PyList_Append(upgrade->notes, note) == 0 ? 0 : -1;
    }
    OWN_REF cause = PyUnicode_FromFormat("the install of %U on disk is not whole: %s", name, reason.text);
    return refuse_install(upgrade, name, "let the installer finish, or install again", cause);
}

/* ---- roots ---- */

/* The topmost ancestor of a module name for which `known` has an entry, going up without a gap. New reference. */
static PyObject *root_of(PyObject *name, PyObject *known)
{
    OWN_REF root = Py_NewRef(name);
    for (;;) {
        Py_ssize_t dot = PyUnicode_FindChar(root, '.', 0, PyUnicode_GET_LENGTH(root), -1);
        if (dot < 0) {
            return STEAL(root);
        }
        OWN_REF parent = PyUnicode_Substring(root, 0, dot);
        int there = parent ? PySet_Contains(known, parent) : -1;
        if (there <= 0) {
            return there < 0 ? NULL : STEAL(root);
        }
        Py_SETREF(root, Py_NewRef(parent));
    }
}

static int add_roots(PyObject *roots, PyObject *names)
{
    OWN_REF iterator = PyObject_GetIter(names);
    if (!iterator) {
        return -1;
    }
    for (;;) {
        OWN_REF name = PyIter_Next(iterator);
        if (!name) {
            return PyErr_Occurred() ? -1 : 0;
        }
        OWN_REF root = root_of(name, names);
        if (!root || PySet_Add(roots, root) < 0) {
            return -1;
        }
    }
}

/* The module names that a distribution's files have. New set. */
static PyObject *module_names(const struct disk_dist *dist)
{
    OWN_REF names = PySet_New(NULL);
    for (size_t i = 0; names && i < dist->n_files; i++) {
        if (dist->files[i].module) {
            OWN_REF name = PyUnicode_DecodeFSDefault(dist->files[i].module);
            if (!name || PySet_Add(names, name) < 0) {
                return NULL;
            }
        }
    }
    return STEAL(names);
}

/* ---- one distribution ---- */

/* Adds one distribution to the upgrade, if what is installed differs from what is loaded. 0, 1 refused, 2 the same, -1.
 */
static int add_distribution(struct upgrade *upgrade, PyObject *name, PyObject *entry)
{
    struct disk_site *site;
    struct disk_dist *dist;
    int found = notice_installed(name, upgrade->path, &site, &dist);
    if (found <= 0) {
        if (found == 0) {
            PyErr_Format(PyExc_LookupError, "%U is loaded but not installed any more: install a version first", name);
        }
        return -1;
    }
    PyObject *modules = dict_get(entry, "modules");
    PyObject *known = modules ? dict_get(entry, "identity") : NULL;
    PyObject *version = known ? dict_get(entry, "version") : NULL;
    if (!version) {
        return -1; /* the entries are there: only making the keys can fail */
    }
    OWN_REF loaded = PySet_New(modules);
    OWN_REF installed = loaded ? module_names(dist) : NULL;
    OWN_REF identity = installed ? notice_identity(dist) : NULL;
    int same = identity ? PyObject_RichCompareBool(PyTuple_GET_ITEM(identity, 2), known, Py_EQ) : -1;
    if (same < 0) {
        return -1;
    }
    int finder = !same || PyTuple_GET_SIZE(upgrade->names) > 0 ? check_finder(upgrade, name, dist) : 0;
    if (finder) {
        return finder;
    }
    if (same) {
        return 2;
    }
    int ready = check_ready(upgrade, name, site, dist, loaded, false);
    if (ready) {
        return ready;
    }
    OWN_REF change = PyTuple_Pack(3, name, version, PyTuple_GET_ITEM(identity, 1));
    if (!change || PyList_Append(upgrade->changes, change) < 0 ||
        PyDict_SetItem(upgrade->installed, name, PyTuple_GET_ITEM(identity, 2)) < 0 ||
        add_roots(upgrade->roots, loaded) < 0 || add_roots(upgrade->roots, installed) < 0 ||
        editables_names(dist, upgrade->finders) < 0) {
        return -1;
    }
    return 0;
}

/* Is `name` a root of the upgrade or below one? */
static int is_below(PyObject *roots, PyObject *name)
{
    OWN_REF at = Py_NewRef(name);
    for (;;) {
        int there = PySet_Contains(roots, at);
        Py_ssize_t dot = PyUnicode_FindChar(at, '.', 0, PyUnicode_GET_LENGTH(at), -1);
        if (there != 0 || dot < 0) {
            return there;
        }
        PyObject *parent = PyUnicode_Substring(at, 0, dot);
        if (!parent) {
            return -1;
        }
        Py_SETREF(at, parent);
    }
}

/* Is this entry of sys.modules only another name of a module: of one that is loaded under its own (requests.packages
 * makes many), or of one that belongs to somebody else and is loaded under this name alone? Those are written by the
 * code that makes them and are never imported by that name. 1, 0, -1. */
static int is_alias(struct upgrade *upgrade, PyObject *name, PyObject *module)
{
    PyObject *own = PyModule_Check(module) ? dict_get(PyModule_GetDict(module), "__name__") : NULL;
    if (!own || !PyUnicode_CheckExact(own) || PyUnicode_Compare(own, name) == 0) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (PyDict_GetItemWithError(PyImport_GetModuleDict(), own) == module) {
        return 1;
    }
    PyObject *record = PyDict_GetItemWithError(base_records(), own);
    int below = PyErr_Occurred() ? -1 : is_below(upgrade->roots, own);
    return below < 0 ? -1 : !below && record && PyTuple_GET_ITEM(record, BASE_MODULE) == module;
}

static int add_module(struct upgrade *upgrade, PyObject *name, PyObject *module)
{
    int below = PyUnicode_Check(name) && module && module != Py_None ? is_below(upgrade->roots, name) : 0;
    if (below <= 0 || PyDict_Contains(upgrade->old_modules, name)) {
        return below < 0 ? -1 : 0;
    }
    int alias = is_alias(upgrade, name, module);
    if (alias) {
        return alias < 0 ? -1 : PyList_Append(upgrade->aliases, name);
    }
    return PyDict_SetItem(upgrade->old_modules, name, module);
}

/* Every loaded module below the roots, in the order in which their imports began as far as that was seen: modules that
 * import each other can only be imported from the same end again. */
static int collect_modules(struct upgrade *upgrade)
{
    upgrade->imports = base_imports_begun();
    OWN_REF modules = PyDict_Copy(PyImport_GetModuleDict());
    OWN_REF started = modules ? PyDict_Copy(base_started()) : NULL;
    PyObject *name, *module;
    Py_ssize_t position = 0;
    while (started && PyDict_Next(modules, &position, &name, &module)) { /* first those loaded before midflight */
        if (!PyDict_Contains(started, name) && add_module(upgrade, name, module) < 0) {
            return -1;
        }
    }
    position = 0;
    while (started && PyDict_Next(started, &position, &name, &module)) {
        if (add_module(upgrade, name, PyDict_GetItemWithError(modules, name)) < 0) {
            return -1;
        }
    }
    return started && spared_find(upgrade) == 0 ? foreign_note(upgrade) : -1;
}

/* Is a module of this name below the roots and not known to the upgrade? 1, 0, -1. */
static int is_late(struct upgrade *upgrade, PyObject *name)
{
    int below = PyUnicode_Check(name) ? is_below(upgrade->roots, name) : 0;
    int known = below > 0 ? PyDict_Contains(upgrade->old_modules, name) : 1;
    known = known == 0 ? PySequence_Contains(upgrade->spared, name) : known;
    return below < 0 || known < 0 ? -1 : !known;
}

static int about_to_load(PyObject *name, void *arg)
{
    int late = is_late(arg, name);
    return late < 0 ? -1 : late && !PyDict_Contains(PyImport_GetModuleDict(), name) ? 2 : 0;
}

/* ---- modules behind others ---- */

/* A module object that has put itself into the place of another one, which it has in an attribute (cryptography's
 * deprecations are such): what the other one defines belongs to no module that an import gives. Borrowed, or NULL. */
static PyObject *wrapped_module(PyObject *module)
{
    PyObject *space = PyModule_Check(module) && !PyModule_CheckExact(module) ? PyModule_GetDict(module) : NULL;
    PyObject *own = space ? dict_get(space, "__name__") : NULL, *name, *value;
    for (Py_ssize_t i = 0; own && PyDict_Next(space, &i, &name, &value);) {
        PyObject *other = PyModule_CheckExact(value) ? dict_get(PyModule_GetDict(value), "__name__") : NULL;
        if (other && PyUnicode_Check(own) && PyUnicode_Check(other) && PyUnicode_Compare(own, other) == 0) {
            return value;
        }
    }
    return NULL;
}

int plan_wrapped(struct upgrade *upgrade)
{
    PyObject *name, *module;
    int result = 0;
    for (Py_ssize_t i = 0; result >= 0 && PyDict_Next(upgrade->old_modules, &i, &name, &module);) {
        result = !wrapped_module(module)
                     ? result
                     : refuse(upgrade->reasons, "state-changed", name, NULL, "restart to take this release",
                              "the module has put another object into its place in sys.modules, and goes on behind it");
    }
    return result;
}

/* ---- races ---- */

int plan_raced(struct upgrade *upgrade)
{
    if (base_imports_begun() == upgrade->imports) {
        return 0;
    }
    PyObject *name, *module;
    for (Py_ssize_t i = 0; PyDict_Next(PyImport_GetModuleDict(), &i, &name, &module);) {
        int late = module == Py_None ? 0 : is_late(upgrade, name);
        int alias = late > 0 ? PySequence_Contains(upgrade->aliases, name) : 0;
        alias = late > 0 && alias == 0 ? is_alias(upgrade, name, module) : alias;
        if (late < 0 || alias < 0) {
            return -1;
        }
        if (late && !alias) {
            return refuse(upgrade->reasons, "staging-raced", name, NULL, "try again",
                          "%U was loaded by the program while the new version was imported", name);
        }
    }
    return base_each_import(about_to_load, upgrade);
}

/* Is the install of this name still the one that was taken, and whole? 0, 1 refused, -1. */
static int check_same_install(struct upgrade *upgrade, PyObject *name, PyObject *taken)
{
    struct disk_site *site;
    struct disk_dist *dist;
    int found = notice_installed(name, upgrade->path, &site, &dist);
    OWN_REF identity = found > 0 ? notice_identity(dist) : NULL;
    int same = found < 0 || (found && !identity) ? -1
               : found                           ? PyObject_RichCompareBool(PyTuple_GET_ITEM(identity, 2), taken, Py_EQ)
                                                 : 0;
    if (same != 0) {
        PyObject *modules = upgrade->stage.modules ? upgrade->stage.modules : upgrade->old_modules;
        return same < 0 ? -1 : check_ready(upgrade, name, site, dist, modules, true);
    }
    OWN_REF cause = PyUnicode_FromFormat("the install of %U was changed while the new version was imported", name);
    return refuse_install(upgrade, name, "let the installer finish", cause);
}

/* ---- does it fit? ---- */

/* Once: it is asked again after staging. */
static int note_unmet(struct upgrade *upgrade, PyObject *cause, const char *but)
{
    OWN_REF note = PyUnicode_FromFormat("%U: %s", cause, but);
    int known = note ? PySequence_Contains(upgrade->notes, note) : -1;
    return known < 0 ? -1 : known ? 0 : PyList_Append(upgrade->notes, note);
}

/* What is not there at all cannot be of the wrong version: whether it is missed, the import tells. */
static int not_met(PyObject *of, PyObject *other, PyObject *cause, enum requires_lack lack, void *arg)
{
    struct upgrade *upgrade = arg;
    OWN_REF kind = PyUnicode_FromString("requirements");
    int allowed = !kind ? -1 : upgrade->allow ? PySequence_Contains(upgrade->allow, kind) : 0;
    const char *but = allowed                                                       ? "allowed"
                      : lack == REQUIRES_AS_BEFORE                                  ? "it was no better before"
                      : lack == REQUIRES_ABSENT && PyTuple_GET_SIZE(upgrade->names) ? "the import did without"
                                                                                    : NULL;
    if (but) {
        return allowed < 0 ? -1 : note_unmet(upgrade, cause, but);
    }
    if (refuse(upgrade->reasons, "requirement", NULL, NULL,
               lack == REQUIRES_INSTALLED
                   ? "upgrade both in one call, once both are installed"
                   : "install versions that fit together, or allow it: upgrade(..., allow=\"requirements\")",
               "%U", cause) < 0) {
        return -1;
    }
    PyObject *last = PyList_GET_ITEM(upgrade->reasons, PyList_GET_SIZE(upgrade->reasons) - 1);
    int own = PyDict_Contains(upgrade->installed, of);
    return own < 0 ? -1 : PyDict_SetItemString(last, "distribution", own ? of : other);
}

/* Do the new versions get what they require, and does what requires them? 0, 1 refused ("requirement"), -1. */
static int check_requirements(struct upgrade *upgrade, PyObject *loaded)
{
    struct requires requires = {.loaded = loaded,
                                .path = upgrade->path,
                                .changed = upgrade->installed,
                                .others_stay = true,
                                .broken = not_met,
                                .arg = upgrade};
    Py_ssize_t before = PyList_GET_SIZE(upgrade->reasons);
    return requires_check(&requires) < 0 ? -1 : PyList_GET_SIZE(upgrade->reasons) > before;
}

int plan_unsettled(struct upgrade *upgrade)
{
    PyObject *name, *taken;
    int refused = 0;
    notice_look_again();
    for (Py_ssize_t i = 0; refused >= 0 && upgrade->installed && PyDict_Next(upgrade->installed, &i, &name, &taken);) {
        int one = check_same_install(upgrade, name, taken);
        refused = one < 0 ? -1 : refused | one;
    }
    OWN_REF loaded = refused == 0 && upgrade->installed ? notice_loaded() : NULL;
    return loaded ? check_requirements(upgrade, loaded) : PyErr_Occurred() ? -1 : refused;
}

/* sys.path as a fresh interpreter and this program together would have it. 0, 1 refused, -1. */
static int plan_path(struct upgrade *upgrade)
{
    OWN_REF waiting = NULL;
    if (searchpath_read(&upgrade->site_path, &waiting) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(waiting); i++) {
        if (refuse(upgrade->reasons, "install-unfinished", NULL, NULL, "let the installer finish",
                   "%U is empty or ends within a line, and was written a moment ago",
                   PyList_GET_ITEM(waiting, i)) < 0) {
            return -1;
        }
    }
    upgrade->path = searchpath_merge(&upgrade->site_path);
    return !upgrade->path ? -1 : PyList_GET_SIZE(waiting) > 0;
}

static int make_lists(struct upgrade *upgrade)
{
    upgrade->changes = PyList_New(0);
    upgrade->installed = PyDict_New();
    upgrade->old_modules = PyDict_New();
    upgrade->aliases = PyList_New(0);
    upgrade->finders = PyList_New(0);
    upgrade->spared = PyList_New(0);
    upgrade->roots = PySet_New(NULL);
    bool made = upgrade->changes && upgrade->installed && upgrade->old_modules && upgrade->aliases && upgrade->spared;
    return made && upgrade->finders && upgrade->roots ? 0 : -1;
}

/* 0, 1 refused, -1. */
static int prepare(struct upgrade *upgrade)
{
    return make_lists(upgrade) < 0 ? -1 : plan_path(upgrade);
}

/* The names asked for, canonical; all that are loaded when none is. New list. */
static PyObject *wanted_names(struct upgrade *upgrade, PyObject *loaded)
{
    if (PyTuple_GET_SIZE(upgrade->names) == 0) {
        return PyDict_Keys(loaded);
    }
    OWN_REF names = PyList_New(0);
    for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(upgrade->names); i++) {
        OWN_REF name = notice_canonical(PyTuple_GET_ITEM(upgrade->names, i));
        if (!name || PyList_Append(names, name) < 0) {
            return NULL;
        }
    }
    return STEAL(names);
}

int plan_distributions(struct upgrade *upgrade)
{
    notice_refresh();
    int forbidden = prepare(upgrade);
    if (forbidden) {
        return forbidden;
    }
    OWN_REF loaded = notice_loaded();
    OWN_REF names = loaded ? wanted_names(upgrade, loaded) : NULL;
    bool all = PyTuple_GET_SIZE(upgrade->names) == 0, refused = false;
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        PyObject *entry = PyDict_GetItemWithError(loaded, name);
        if (!entry) {
            if (!PyErr_Occurred()) {
                PyErr_Format(PyExc_LookupError, "no module of a distribution named %R is loaded in this process", name);
            }
            return -1;
        }
        int result = add_distribution(upgrade, name, entry);
        if (result < 0 && all && PyErr_ExceptionMatches(PyExc_LookupError)) {
            PyErr_Clear(); /* "all that changed": what was uninstalled is nobody's wish */
            continue;
        }
        if (result < 0) {
            return -1;
        }
        refused = refused || result == 1;
    }
    if (!names || refused) {
        return names ? 1 : -1;
    }
    if (PyList_GET_SIZE(upgrade->changes) == 0) {
        return 2;
    }
    int unfit = check_requirements(upgrade, loaded);
    return unfit ? unfit : collect_modules(upgrade);
}

int plan_module(struct upgrade *upgrade, PyObject *name)
{
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1);
    OWN_REF top = dot < 0 ? Py_NewRef(name) : PyUnicode_Substring(name, 0, dot);
    notice_refresh();
    int forbidden = top ? prepare(upgrade) : -1;
    if (forbidden) {
        return forbidden;
    }
    if (PySet_Add(upgrade->roots, top) < 0 || collect_modules(upgrade) < 0) {
        return -1;
    }
    PyObject *module, *key;
    Py_ssize_t position = 0;
    bool changed = false;
    while (PyDict_Next(upgrade->old_modules, &position, &key, &module)) {
        PyObject *record = PyDict_GetItemWithError(base_records(), key);
        OWN_REF stamp = record ? notice_stamp(PyTuple_GET_ITEM(record, BASE_ORIGIN)) : NULL;
        if (PyErr_Occurred()) {
            return -1;
        }
        int same = stamp ? PyObject_RichCompareBool(stamp, PyTuple_GET_ITEM(record, BASE_STAMP), Py_EQ) : 1;
        if (same < 0) {
            return -1;
        }
        changed = changed || !same;
    }
    OWN_REF change = changed ? Py_BuildValue("(Oss)", top, "", "") : NULL;
    if (!changed) {
        return 2;
    }
    return change ? PyList_Append(upgrade->changes, change) : -1;
}

int plan_back(struct upgrade *upgrade)
{
    PyObject *changes = PyTuple_GET_ITEM(upgrade->back, FORMER_CHANGES);
    PyObject *paths = PyTuple_GET_ITEM(upgrade->back, FORMER_PATHS);
    OWN_REF done = make_lists(upgrade) < 0 ? NULL
                                           : PyObject_CallMethod(upgrade->roots, "update", "O",
                                                                 PyTuple_GET_ITEM(upgrade->back, FORMER_ROOTS));
    for (Py_ssize_t i = 0; done && i < PyList_GET_SIZE(changes); i++) {
        PyObject *change = PyList_GET_ITEM(changes, i);
        OWN_REF back =
            PyTuple_Pack(3, PyTuple_GET_ITEM(change, 0), PyTuple_GET_ITEM(change, 2), PyTuple_GET_ITEM(change, 1));
        if (!back || PyList_Append(upgrade->changes, back) < 0) {
            return -1;
        }
    }
    if (!done || searchpath_reverse(PyTuple_GET_ITEM(paths, 0), PyTuple_GET_ITEM(paths, 1), &upgrade->site_path) < 0) {
        return -1;
    }
    upgrade->path = searchpath_merge(&upgrade->site_path);
    return upgrade->path ? collect_modules(upgrade) : -1;
}
