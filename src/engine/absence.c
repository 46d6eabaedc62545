/* Modules that the new version does not have.
 *
 * importlib takes a file whose stat() fails for one that is not there, whatever the error; a module that the new
 * version does not have is removed from the process. So that an input error removes nothing, absence must be proved:
 * for each place where the module's source could be the kernel says that there is no such file. Of a module that a
 * loader of the package makes of something else, only that loader can say so. */
#include "engine/absence.h"

#include "engine/generation.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* None: nothing there. */
static PyObject *look(PyObject *place)
{
    OWN_REF bytes = NULL;
    struct stat status;
    if (!PyUnicode_FSConverter(place, &bytes)) {
        return NULL;
    }
    if (stat(PyBytes_AS_STRING(bytes), &status) == 0) {
        return S_ISREG(status.st_mode) ? PyUnicode_FromFormat("%U is there", place) : Py_NewRef(Py_None);
    }
    int error = errno;
    return error == ENOENT || error == ENOTDIR ? Py_NewRef(Py_None)
                                               : PyUnicode_FromFormat("%U: %s", place, strerror(error));
}

PyObject *absence_check(PyObject *path, PyObject *name)
{
    static const char *const forms[] = {"%U/%U.py", "%U/%U/__init__.py"};
    OWN_REF dot = PyUnicode_FromString(".");
    OWN_REF slash = PyUnicode_FromString("/");
    OWN_REF below = dot && slash ? PyUnicode_Replace(name, dot, slash, -1) : NULL;
    for (Py_ssize_t i = 0; below && i < PyList_GET_SIZE(path); i++) {
        PyObject *entry = PyList_GET_ITEM(path, i);
        for (size_t j = 0; j < sizeof forms / sizeof *forms && PyUnicode_Check(entry); j++) {
            OWN_REF place = PyUnicode_FromFormat(forms[j], PyUnicode_GET_LENGTH(entry) ? entry : dot, below);
            OWN_REF found = place ? look(place) : NULL;
            if (found != Py_None) {
                return STEAL(found);
            }
        }
    }
    return below ? Py_NewRef(Py_None) : NULL;
}

/* ---- modules that a loader of the package makes ---- */

/* What cannot be looked at says nothing, and what nobody says refuses the upgrade: errors are cleared here. */

/* The name of the module that defines what loaded this one, borrowed from its class. NULL: it is not known. */
static PyObject *home_of_loader(PyObject *module)
{
    PyObject *spec = PyModule_Check(module) ? PyDict_GetItemString(PyModule_GetDict(module), "__spec__") : NULL;
    OWN_REF loader = spec ? PyObject_GetAttrString(spec, "loader") : NULL;
    PyErr_Clear();
    PyTypeObject *type = !loader ? NULL : PyType_Check(loader) ? (PyTypeObject *)loader : Py_TYPE(loader);
    return type ? class_module_name(type) : NULL;
}

/* Does the exception say nothing but this name? */
static bool says_the_name(PyObject *exception, PyObject *name)
{
    OWN_REF arguments = PyObject_GetAttrString(exception, "args");
    OWN_REF missing = PyObject_GetAttrString(exception, "name");
    PyErr_Clear();
    bool alone = arguments && PyTuple_CheckExact(arguments) && PyTuple_GET_SIZE(arguments) == 1;
    PyObject *said = missing && PyUnicode_Check(missing) ? missing : alone ? PyTuple_GET_ITEM(arguments, 0) : NULL;
    return said && PyUnicode_Check(said) && PyUnicode_Compare(said, name) == 0;
}

/* Was the exception raised by code of the module of this name? */
static bool raised_in(PyObject *traceback, PyObject *name)
{
    OWN_REF last = Py_XNewRef(traceback);
    OWN_REF next = last ? PyObject_GetAttrString(last, "tb_next") : NULL;
    while (next && next != Py_None) {
        Py_SETREF(last, Py_NewRef(next));
        Py_SETREF(next, PyObject_GetAttrString(last, "tb_next"));
    }
    OWN_REF frame = last ? PyObject_GetAttrString(last, "tb_frame") : NULL;
    OWN_REF space = frame ? PyObject_GetAttrString(frame, "f_globals") : NULL;
    PyErr_Clear();
    PyObject *home = space && PyDict_Check(space) ? PyDict_GetItemString(space, "__name__") : NULL;
    return home && PyUnicode_Check(home) && PyUnicode_Compare(home, name) == 0;
}

bool absence_said(PyObject *old_modules, PyObject *name)
{
    if (!PyErr_ExceptionMatches(PyExc_ImportError)) {
        return false;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyObject *old = PyDict_GetItemWithError(old_modules, name), *home = old ? home_of_loader(old) : NULL;
    bool own = home && PyDict_Contains(old_modules, home) == 1;
    bool said = own && says_the_name(value, name) && raised_in(traceback, home);
    PyErr_Clear(); /* a name that cannot be hashed: nothing was said */
    PyErr_Restore(type, value, traceback);
    return said;
}
