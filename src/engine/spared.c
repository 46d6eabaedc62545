/* A program may put something of its own into sys.modules under a name of the package: a plugin that it built, a fake
 * for a submodule that it does not want loaded. Such an entry stays, as a monkeypatch does.
 *
 * It is told from what the package puts there itself: no import made it (no spec, loader or file; what is no module: no
 * import of that name has begun), and neither its class nor anything in it is defined by the package. If the new
 * version has a file of that name, the import of it is what the program prevents: staging must find the fake. If it has
 * none, a package that builds such a module by hand has it again when it is staged, and it is paired as others are.
 *
 * Must not: run code of what lies there. */
#include "engine/spared.h"

#include "engine/absence.h"
#include "engine/base.h"
#include "engine/generation.h"

static bool is_nothing(PyObject *value)
{
    return !value || value == Py_None;
}

/* Is it an object that nothing imported? */
static int is_made_by_hand(PyObject *name, PyObject *object)
{
    PyObject *dict = PyModule_Check(object) ? PyModule_GetDict(object) : NULL;
    if (dict) {
        return is_nothing(dict_get(dict, "__spec__")) && is_nothing(dict_get(dict, "__loader__")) &&
               !dict_get(dict, "__file__");
    }
    int begun = PyDict_Contains(base_started(), name);
    return begun < 0 ? -1 : !begun;
}

/* The module that a function or class is defined in, as it says itself. Borrowed, or NULL. */
static PyObject *home_of(PyObject *object)
{
    return PyFunction_Check(object) ? dict_get(PyFunction_GET_GLOBALS(object), "__name__")
           : PyType_Check(object)   ? class_module_name((PyTypeObject *)object)
                                    : NULL;
}

/* Does another module that is upgraded define this? 1, 0, -1. */
static int is_defined_elsewhere(struct upgrade *upgrade, PyObject *object, PyObject *entry)
{
    PyObject *home = home_of(object);
    PyObject *definer = home && PyUnicode_Check(home) ? PyDict_GetItemWithError(upgrade->old_modules, home) : NULL;
    return PyErr_Occurred() ? -1 : definer && definer != entry;
}

/* Does the package define the entry's class, or something in it? Then the package made it. 1, 0, -1. */
static int is_of_package(struct upgrade *upgrade, PyObject *entry)
{
    int is = is_defined_elsewhere(upgrade, (PyObject *)Py_TYPE(entry), entry);
    is = is ? is : is_defined_elsewhere(upgrade, entry, entry);
    PyObject *name, *value, *dict = PyModule_Check(entry) ? PyModule_GetDict(entry) : NULL;
    for (Py_ssize_t i = 0; dict && !is && PyDict_Next(dict, &i, &name, &value);) {
        bool own = PyFunction_Check(value) && PyFunction_GET_GLOBALS(value) == dict;
        is = own ? 0 : is_defined_elsewhere(upgrade, value, entry);
    }
    return is;
}

/* 1, 0, -1. */
static int is_of_program(struct upgrade *upgrade, PyObject *name, PyObject *entry)
{
    int by_hand = is_made_by_hand(name, entry);
    int of_package = by_hand > 0 ? is_of_package(upgrade, entry) : by_hand < 0 ? -1 : 1;
    return of_package < 0 || PyErr_Occurred() ? -1 : !of_package;
}

/* Has no import of the name begun, though midflight was there when its package's began? */
static int was_never_imported(PyObject *name)
{
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), -1);
    OWN_REF parent = dot > 0 ? PyUnicode_Substring(name, 0, dot) : NULL;
    int seen = parent ? PyDict_Contains(base_started(), parent) : PyErr_Occurred() ? -1 : 0;
    int begun = seen > 0 ? PyDict_Contains(base_started(), name) : 1;
    return seen < 0 || begun < 0 ? -1 : !begun;
}

static int spare(struct upgrade *upgrade, PyObject *name)
{
    return PyList_Append(upgrade->spared, name) < 0 ? -1 : PyDict_DelItem(upgrade->old_modules, name);
}

int spared_find(struct upgrade *upgrade)
{
    OWN_REF names = PyDict_Keys(upgrade->old_modules);
    for (Py_ssize_t i = 0; names && i < PyList_GET_SIZE(names); i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        int fake = was_never_imported(name);
        fake = fake <= 0 ? fake : is_of_program(upgrade, name, PyDict_GetItemWithError(upgrade->old_modules, name));
        OWN_REF file = fake > 0 ? absence_check(upgrade->path, name) : Py_NewRef(Py_None);
        if (fake < 0 || !file || (file != Py_None && spare(upgrade, name) < 0)) {
            return -1;
        }
    }
    return names ? 0 : -1;
}

int spared_keep(struct upgrade *upgrade)
{
    PyObject *removed = upgrade->stage.removed;
    for (Py_ssize_t i = PyList_GET_SIZE(removed) - 1; i >= 0; i--) {
        PyObject *name = PyList_GET_ITEM(removed, i);
        PyObject *entry = PyDict_GetItemWithError(upgrade->old_modules, name);
        int stays = entry ? is_of_program(upgrade, name, entry) : PyErr_Occurred() ? -1 : 0;
        if (stays < 0 || (stays && (spare(upgrade, name) < 0 || PyList_SetSlice(removed, i, i + 1, NULL) < 0))) {
            return -1;
        }
    }
    return 0;
}
