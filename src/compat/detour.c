/* Exchanges the vectorcall pointer of functions.
 *
 * Invariant: a function's version is 0 while its pointer is not what it was born with, so that no specialised call site
 * enters its code directly. The version comes back with the pointer if code and defaults are the same: 3.13 never gives
 * a function a new one, and its call sites would be slow for ever. Must not write a version where CPython keeps a table
 * by version, except through CPython. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/detour.h"

#include <internal/pycore_function.h>
#include <string.h>

#define FORWARD_KEY "midflight: forward"

/* Constants of the process, made once: the key in a forwarded function's dict (owned), and what every Python function
 * is born with, which CPython does not export. */
static PyObject *forward_key;
static vectorcallfunc ordinary;

int detour_init(void)
{
    if (ordinary != NULL) {
        return 0;
    }
    OWN_REF code = (PyObject *)PyCode_NewEmpty("midflight", "detour", 1);
    OWN_REF globals = PyDict_New();
    OWN_REF function = code != NULL && globals != NULL ? PyFunction_New(code, globals) : NULL;
    OWN_REF key = function != NULL ? PyUnicode_InternFromString(FORWARD_KEY) : NULL;
    if (key == NULL) {
        return -1;
    }
    forward_key = STEAL(key);
    ordinary = ((PyFunctionObject *)function)->vectorcall;
    return 0;
}

static void set_vectorcall(PyObject *function, vectorcallfunc vectorcall)
{
#if PY_VERSION_HEX >= 0x030c0000
    PyFunction_SetVectorcall((PyFunctionObject *)function, vectorcall); /* sets the version to 0, too */
#else
    ((PyFunctionObject *)function)->func_version = 0;
    ((PyFunctionObject *)function)->vectorcall = vectorcall;
#endif
}

static void set_version(PyObject *function, uint32_t version)
{
#if PY_VERSION_HEX >= 0x030d0000
    _PyFunction_SetVersion((PyFunctionObject *)function, version);
#else
    ((PyFunctionObject *)function)->func_version = version;
#endif
}

static void read_parts(PyObject *function, const void *parts[3])
{
    PyFunctionObject *f = (PyFunctionObject *)function;
    parts[0] = f->func_code;
    parts[1] = f->func_defaults;
    parts[2] = f->func_kwdefaults;
}

void detour_set(struct detour *detour, vectorcallfunc instead)
{
    PyFunctionObject *f = (PyFunctionObject *)detour->function;
    if (detour->on) {
        return;
    }
    detour->on = true;
    detour->instead = instead;
    detour->vectorcall = f->vectorcall;
    detour->version = f->func_version;
    read_parts(detour->function, detour->parts);
    set_vectorcall(detour->function, instead);
}

void detour_undo(struct detour *detour)
{
    bool ours = detour->on && ((PyFunctionObject *)detour->function)->vectorcall == detour->instead;
    detour->on = false;
    if (!ours) {
        return;
    }
    set_vectorcall(detour->function, detour->vectorcall);
    const void *parts[3];
    read_parts(detour->function, parts);
    if (memcmp(parts, detour->parts, sizeof(parts)) == 0) {
        set_version(detour->function, detour->version);
    }
}

/* What a forwarded function's dict says: a tuple (partner, its version before). Borrowed, or NULL. */
static PyObject *forwarding_of(PyObject *function)
{
    PyObject *dict = ((PyFunctionObject *)function)->func_dict;
    PyObject *pair = dict != NULL ? PyDict_GetItemWithError(dict, forward_key) : NULL;
    return pair != NULL && PyTuple_CheckExact(pair) && PyTuple_GET_SIZE(pair) == 2 ? pair : NULL;
}

static PyObject *forward(PyObject *function, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *pair = forwarding_of(function);
    if (pair != NULL) {
        OWN_REF partner = Py_NewRef(PyTuple_GET_ITEM(pair, 0));
        return PyObject_Vectorcall(partner, args, nargsf, kwnames);
    }
    return PyErr_Occurred() ? NULL : ordinary(function, args, nargsf, kwnames);
}

/* The partner of a closure has the very dict of the old function: what is written here must not show there. 0, or -1
 * with MemoryError. */
static int own_dict(PyFunctionObject *function)
{
    PyObject *shared = function->func_dict;
    if (shared != NULL && Py_REFCNT(shared) == 1) {
        return 0;
    }
    PyObject *own = shared != NULL ? PyDict_Copy(shared) : PyDict_New();
    if (own == NULL) {
        return -1;
    }
    Py_XSETREF(function->func_dict, own); /* somebody else holds it: nothing is freed */
    return 0;
}

void detour_forward(struct detour *detour, PyObject *partner)
{
    PyFunctionObject *f = (PyFunctionObject *)detour->function;
    bool ours = detour->on && f->vectorcall == detour->instead;
    if (!ours || partner == NULL || partner == detour->function) {
        detour_undo(detour);
        return;
    }
    OWN_REF pair = Py_BuildValue("(OI)", partner, detour->version);
    if (pair == NULL || own_dict(f) < 0 || PyDict_SetItem(f->func_dict, forward_key, pair) < 0) {
        PyErr_Clear();
        detour_undo(detour);
        return;
    }
    detour->on = false;
    set_vectorcall(detour->function, forward);
}

void detour_end_forward(PyObject *function)
{
    if (!PyFunction_Check(function) || ((PyFunctionObject *)function)->vectorcall != forward) {
        return;
    }
    PyObject *pair = forwarding_of(function);
    uint32_t version = pair != NULL ? (uint32_t)PyLong_AsUnsignedLong(PyTuple_GET_ITEM(pair, 1)) : 0;
    set_vectorcall(function, ordinary);
    set_version(function, version);
    if (pair != NULL && PyDict_DelItem(((PyFunctionObject *)function)->func_dict, forward_key) < 0) {
        PyErr_Clear();
    }
}

PyObject *detour_forwards_to(PyObject *function)
{
    bool forwarded = PyFunction_Check(function) && ((PyFunctionObject *)function)->vectorcall == forward;
    PyObject *pair = forwarded ? forwarding_of(function) : NULL;
    return pair != NULL ? PyTuple_GET_ITEM(pair, 0) : NULL;
}

PyObject *detour_forwarding(PyObject *function)
{
    PyObject *pair = forwarding_of(function);
    return pair != NULL ? PyTuple_Pack(3, function, ((PyFunctionObject *)function)->func_dict, pair) : NULL;
}

int detour_suspend_forward(PyObject *function)
{
    PyFunctionObject *f = (PyFunctionObject *)function;
    PyObject *own = PyDict_Copy(f->func_dict);
    if (own == NULL) {
        return -1;
    }
    Py_XSETREF(f->func_dict, own); /* the tuple holds the other: nothing is freed */
    detour_end_forward(function);
    return 0;
}

void detour_resume_forward(PyObject *forwarding)
{
    PyFunctionObject *f = (PyFunctionObject *)PyTuple_GET_ITEM(forwarding, 0);
    Py_XSETREF(f->func_dict, Py_NewRef(PyTuple_GET_ITEM(forwarding, 1)));
    set_vectorcall((PyObject *)f, forward);
}

PyObject *detour_call(PyObject *function, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    return ordinary(function, args, nargsf, kwnames);
}
