/* importlib takes a file whose stat() fails for one that is not there, whatever the error; a module that the new
 * version does not have is removed from the process. So that an input error removes nothing, absence must be proved:
 * for each place where the module's source could be the kernel says that there is no such file. */
#include "engine/absence.h"

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
