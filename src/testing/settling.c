/* Versions and requirements, for comparison with what the packaging library says. */
#include "disk/requirement.h"
#include "disk/version.h"
#include "testing/testing.h"

#include <string.h>

static PyObject *settling_satisfies(PyObject *self, PyObject *args)
{
    (void)self;
    const char *version, *specifiers;
    if (!PyArg_ParseTuple(args, "ss", &version, &specifiers)) {
        return NULL;
    }
    return PyLong_FromLong(version_satisfies(version, specifiers, strlen(specifiers)));
}

static PyObject *settling_compare(PyObject *self, PyObject *args)
{
    (void)self;
    const char *left, *right;
    struct version a, b;
    if (!PyArg_ParseTuple(args, "ss", &left, &right)) {
        return NULL;
    }
    if (!version_parse(left, strlen(left), &a) || !version_parse(right, strlen(right), &b)) {
        Py_RETURN_NONE;
    }
    int order = version_compare(&a, &b);
    return PyLong_FromLong((order > 0) - (order < 0));
}

/* requirement(text, environment) -> (name, specifiers, applies) or None */
static PyObject *settling_requirement(PyObject *self, PyObject *args)
{
    (void)self;
    const char *text, *python, *platform, *machine;
    struct disk_requirement requirement;
    if (!PyArg_ParseTuple(args, "ssss", &text, &python, &platform, &machine)) {
        return NULL;
    }
    char minor[16];
    const char *dot = strchr(python, '.'), *second = dot ? strchr(dot + 1, '.') : NULL;
    PyOS_snprintf(minor, sizeof minor, "%.*s", (int)(second ? second - python : (Py_ssize_t)strlen(python)), python);
    struct disk_environment environment = {python,   minor,   "cpython", python, "CPython", "posix",
                                           platform, machine, "Linux",   "6.1",  "#1"};
    if (disk_requirement_parse(text, &environment, &requirement) < 0) {
        Py_RETURN_NONE;
    }
    return Py_BuildValue("(ss#O)", requirement.name, requirement.specifiers, (Py_ssize_t)requirement.n_specifiers,
                         requirement.applies ? Py_True : Py_False);
}

static PyMethodDef methods[] = {
    {"version_satisfies", settling_satisfies, METH_VARARGS, NULL},
    {"version_compare", settling_compare, METH_VARARGS, NULL},
    {"requirement", settling_requirement, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

int settling_add(PyObject *module)
{
    return PyModule_AddFunctions(module, methods);
}
