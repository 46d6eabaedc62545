/* All by the functions of sys.monitoring itself: a code object that is watched has other instructions, and knows why.
 *
 * Must not be asked inside the flip: it allocates. */
#include "compat/monitored.h"

#if PY_VERSION_HEX >= 0x030c0000

#define TOOLS 6 /* ids 0 to 5 */

static PyObject *monitoring(void)
{
    PyObject *module = sys_get("monitoring");
    if (!module && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_RuntimeError, "sys.monitoring is missing");
    }
    return module;
}

PyObject *monitored_tools(void)
{
    PyObject *module = monitoring();
    OWN_REF tools = module ? PyList_New(0) : NULL;
    for (int id = 0; tools && id < TOOLS; id++) {
        OWN_REF name = PyObject_CallMethod(module, "get_tool", "i", id);
        OWN_REF number = name ? PyLong_FromLong(id) : NULL;
        if (!number || (name != Py_None && PyList_Append(tools, number) < 0)) {
            return NULL;
        }
    }
    return STEAL(tools);
}

static int copy_events(PyObject *tool, PyObject *old, PyObject *new)
{
    PyObject *module = monitoring();
    OWN_REF wanted = module ? PyObject_CallMethod(module, "get_local_events", "OO", tool, old) : NULL;
    OWN_REF present = wanted ? PyObject_CallMethod(module, "get_local_events", "OO", tool, new) : NULL;
    int same = present ? PyObject_RichCompareBool(wanted, present, Py_EQ) : -1;
    OWN_REF done = same == 0 ? PyObject_CallMethod(module, "set_local_events", "OOO", tool, new, wanted) : NULL;
    return same > 0 || done ? 0 : -1;
}

/* The n-th code object of this name among the constants of a code object. Borrowed, or NULL. */
static PyObject *nested(PyObject *code, PyObject *name, Py_ssize_t n)
{
    PyObject *constants = ((PyCodeObject *)code)->co_consts;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); i++) {
        PyObject *constant = PyTuple_GET_ITEM(constants, i);
        bool named = PyCode_Check(constant) && PyUnicode_Compare(((PyCodeObject *)constant)->co_name, name) == 0;
        if (named && n-- == 0) {
            return constant;
        }
    }
    return NULL;
}

int monitored_copy(PyObject *tools, PyObject *old, PyObject *new)
{
    if (old == new || PyList_GET_SIZE(tools) == 0) {
        return 0;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(tools); i++) {
        if (copy_events(PyList_GET_ITEM(tools, i), old, new) < 0) {
            return -1;
        }
    }
    PyObject *constants = ((PyCodeObject *)old)->co_consts;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); i++) {
        PyObject *constant = PyTuple_GET_ITEM(constants, i);
        PyObject *name = PyCode_Check(constant) ? ((PyCodeObject *)constant)->co_name : NULL;
        Py_ssize_t before = 0;
        while (name && nested(old, name, before) != constant) {
            before++;
        }
        PyObject *partner = name ? nested(new, name, before) : NULL;
        if (partner && monitored_copy(tools, constant, partner) < 0) {
            return -1;
        }
    }
    return 0;
}

#else

PyObject *monitored_tools(void)
{
    return PyList_New(0);
}

int monitored_copy(PyObject *tools, PyObject *old, PyObject *new)
{
    (void)tools, (void)old, (void)new;
    return 0;
}

#endif
