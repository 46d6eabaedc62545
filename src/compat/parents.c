/* The type of a module object is the place where everybody who reads an attribute of it comes by, as with the modules
 * dict (modules.c). It is switched to a subclass whose getattr and setattr go by the calling thread.
 *
 * A copy of the package would do for the search, but staged code that says `import google.protobuf` holds `google`: all
 * of these references would have to move back to the live package at the flip. Here there is nothing to move.
 *
 * Invariant: the namespace of a package holds at any time exactly what threads that do not stage see. What the staging
 * thread binds in it is written there by the flip.
 *
 * Must not: hide what staged code writes into a package on its own account. That is an effect, found and undone as any.
 */
#include "compat/parents.h"

#include "compat/modules.h"

static PyTypeObject *view_type; /* owned for ever, made once */
static PyObject *overlays;      /* owned while a view is on: dict package -> dict name -> value; hashed by address */

#define NAME_OF(package) PyModule_GetNameObject(package)

bool parents_viewed(PyObject *package)
{
    return view_type && Py_TYPE(package) == view_type;
}

/* The package's overlay, borrowed; NULL: this thread sees what everybody sees. */
static PyObject *overlay_of(PyObject *package)
{
    if (!overlays || !modules_view_mine()) {
        return NULL;
    }
    OWN_REF key = PyLong_FromVoidPtr(package);
    PyObject *entry = key ? PyDict_GetItemWithError(overlays, key) : NULL;
    return entry ? PyTuple_GET_ITEM(entry, 1) : NULL;
}

/* package.name */
static PyObject *full_name(PyObject *package, PyObject *name)
{
    OWN_REF parent = NAME_OF(package);
    return parent ? PyUnicode_FromFormat("%U.%U", parent, name) : NULL;
}

/* Is package.name a module that the staging thread does not share? 1, 0, -1. */
static int is_staged(PyObject *package, PyObject *name)
{
    OWN_REF full = full_name(package, name);
    int shown = full ? modules_view_shows(full) : -1;
    return shown < 0 ? -1 : !shown;
}

/* Does the live package have the module of that name under `name`? Then the staging thread does not. 1, 0, -1. */
static int is_old_child(PyObject *package, PyObject *name)
{
    PyObject *value = PyDict_GetItemWithError(PyModule_GetDict(package), name);
    if (!value || !PyModule_Check(value)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    OWN_REF full = full_name(package, name);
    bool loaded = full && modules_loaded(full) == value;
    int owned = full ? loaded && modules_view_owns(full) : -1;
    return owned;
}

static PyObject *view_getattro(PyObject *package, PyObject *name)
{
    PyObject *overlay = overlay_of(package);
    PyObject *value = overlay ? PyDict_GetItemWithError(overlay, name) : NULL;
    if (value || PyErr_Occurred()) {
        return Py_XNewRef(value);
    }
    int hidden = overlay ? is_old_child(package, name) : 0;
    if (hidden > 0) {
        PyErr_Format(PyExc_AttributeError, "the new version has not imported %R of this package yet", name);
    }
    return hidden ? NULL : PyModule_Type.tp_getattro(package, name);
}

static int view_setattro(PyObject *package, PyObject *name, PyObject *value)
{
    PyObject *overlay = overlay_of(package);
    int there = overlay ? PyDict_Contains(overlay, name) : PyErr_Occurred() ? -1 : 0;
    if (there < 0) {
        return -1;
    }
    if (overlay && !value && there) {
        return PyDict_DelItem(overlay, name);
    }
    int staged = overlay && value && PyModule_Check(value) ? is_staged(package, name) : 0;
    if (staged) {
        return staged < 0 ? -1 : PyDict_SetItem(overlay, name, value);
    }
    return PyModule_Type.tp_setattro(package, name, value);
}

static PyType_Slot view_slots[] = {{Py_tp_getattro, view_getattro}, {Py_tp_setattro, view_setattro}, {0, NULL}};

static PyType_Spec view_spec = {
    .name = "midflight.module",
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = view_slots,
};

int parents_view(PyObject *package, PyObject *path)
{
    if (parents_viewed(package)) {
        return 0;
    }
    if (!PyModule_CheckExact(package)) {
        return 1;
    }
    if (!view_type) {
        view_type = (PyTypeObject *)PyType_FromSpecWithBases(&view_spec, (PyObject *)&PyModule_Type);
    }
    if (view_type && !overlays) {
        overlays = PyDict_New();
    }
    OWN_REF overlay = overlays ? PyDict_New() : NULL;
    OWN_REF entry = overlay ? PyTuple_Pack(2, package, overlay) : NULL;
    OWN_REF key = entry ? PyLong_FromVoidPtr(package) : NULL;
    if (!key || (path && PyDict_SetItemString(overlay, "__path__", path) < 0) ||
        PyDict_SetItem(overlays, key, entry) < 0) {
        return -1;
    }
    Py_INCREF(view_type); /* an instance holds a heap type */
    Py_SET_TYPE(package, view_type);
    return 0;
}

void parents_end(void)
{
    OWN_REF ended = overlays;
    overlays = NULL;
    PyObject *key, *entry;
    for (Py_ssize_t i = 0; ended && PyDict_Next(ended, &i, &key, &entry);) {
        PyObject *package = PyTuple_GET_ITEM(entry, 0);
        if (parents_viewed(package)) { /* the program may have given it a class of its own meanwhile */
            Py_SET_TYPE(package, &PyModule_Type);
            Py_DECREF(view_type);
        }
    }
}
