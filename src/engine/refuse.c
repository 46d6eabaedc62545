/* A refusal is a dict in a list: made here and nowhere else, so that every reason has the same keys. */
#include "engine/refuse.h"

#include <stdarg.h>

int refuse(PyObject *reasons, const char *code, PyObject *module, PyObject *symbol, const char *action,
           const char *cause_format, ...)
{
    va_list args;
    va_start(args, cause_format);
    OWN_REF cause = PyUnicode_FromFormatV(cause_format, args);
    va_end(args);
    if (!cause) {
        return -1;
    }
    OWN_REF reason =
        Py_BuildValue("{s:s,s:O,s:O,s:O,s:O,s:s}", "code", code, "distribution", Py_None, "module",
                      module ? module : Py_None, "symbol", symbol ? symbol : Py_None, "cause", cause, "action", action);
    return reason && PyList_Append(reasons, reason) == 0 ? 1 : -1;
}

int refuse_collecting(PyObject *reasons)
{
    return refuse(reasons, "collector-busy", NULL, NULL, "try again when it is over",
                  "a garbage collection is under way: in another thread where it does not end, or in this one, and it "
                  "has called what asks for the upgrade");
}

PyObject *refuse_raised(void)
{
    PyObject *type, *raised, *traceback;
    PyErr_Fetch(&type, &raised, &traceback);
    PyErr_NormalizeException(&type, &raised, &traceback);
    OWN_REF kind = type;
    OWN_REF value = raised;
    Py_XDECREF(traceback);
    OWN_REF text = PyUnicode_FromFormat("%s: %S", ((PyTypeObject *)kind)->tp_name, value);
    if (!text && PyErr_ExceptionMatches(PyExc_Exception) && !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
        text = PyUnicode_FromFormat("%s without a text", ((PyTypeObject *)kind)->tp_name);
    }
    return text ? PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace") : NULL;
}
