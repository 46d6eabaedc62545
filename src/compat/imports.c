/* Reads instructions as the compiler wrote them (co_code has no specialisations), one after the other, with their
 * arguments.
 *
 * An import of names is LOAD_CONST level, LOAD_CONST names, IMPORT_NAME, then IMPORT_FROM and a store for each name.
 * Numbers and caches of instructions differ by version, which is why this lives in compat. Must not: execute anything.
 */
#define Py_BUILD_CORE_MODULE 1
#include "compat/imports.h"

#include "compat/instructions.h"

#include <opcode.h>

static bool is_star(struct instruction instruction)
{
#ifdef IMPORT_STAR
    return instruction.opcode == IMPORT_STAR;
#else
    return instruction.opcode == CALL_INTRINSIC_1 && instruction.argument == 2; /* INTRINSIC_IMPORT_STAR */
#endif
}

static int add_import(PyObject *found, PyObject *level, PyObject *module, PyObject *name, PyObject *bound)
{
    OWN_REF entry = PyTuple_Pack(4, level, module, name, bound);
    return entry ? PyList_Append(found, entry) : -1;
}

static int scan_imports(PyCodeObject *code, bool nested, PyObject *found)
{
    OWN_REF star = PyUnicode_FromString("*");
    struct reader reader;
    struct instruction now;
    if (!star || reader_init(&reader, code) < 0) {
        return -1;
    }
    OWN_REF bytes = reader.bytes;                                           /* releases the reader on every way out */
    PyObject *level = NULL, *previous = NULL, *module = NULL, *name = NULL; /* borrowed from code */
    while (reader_next(&reader, &now)) {
        PyObject *constant = now.opcode == LOAD_CONST ? PyTuple_GET_ITEM(code->co_consts, now.argument) : NULL;
        bool store = now.opcode == STORE_GLOBAL || (now.opcode == STORE_NAME && !nested);
        if (constant) {
            level = previous;
            previous = constant;
        } else if (now.opcode == IMPORT_NAME) {
            module = PyTuple_GET_ITEM(code->co_names, now.argument);
        } else if (now.opcode == IMPORT_FROM) {
            name = PyTuple_GET_ITEM(code->co_names, now.argument);
        } else if (module && level && is_star(now)) {
            if (add_import(found, level, module, star, star) < 0) {
                return -1;
            }
        } else if (module && level && name && store) {
            if (add_import(found, level, module, name, PyTuple_GET_ITEM(code->co_names, now.argument)) < 0) {
                return -1;
            }
            name = NULL;
        } else {
            name = NULL;
        }
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        if (PyCode_Check(constant) && scan_imports((PyCodeObject *)constant, true, found) < 0) {
            return -1;
        }
    }
    return 0;
}

PyObject *imports_of(PyCodeObject *code)
{
    OWN_REF found = PyList_New(0);
    return found && scan_imports(code, false, found) == 0 ? STEAL(found) : NULL;
}

PyObject *imports_absolute(PyObject *globals, PyObject *level, PyObject *name)
{
    long up = PyLong_CheckExact(level) ? PyLong_AsLong(level) : -1;
    PyObject *package = PyDict_GetItemString(globals, "__package__");
    if (up == 0) {
        return Py_NewRef(name);
    }
    if (up < 0 || !package || !PyUnicode_CheckExact(package)) {
        return NULL;
    }
    OWN_REF base = Py_NewRef(package);
    for (; up > 1 && base; up--) {
        Py_ssize_t dot = PyUnicode_FindChar(base, '.', 0, PyUnicode_GET_LENGTH(base), -1);
        Py_SETREF(base, dot < 0 ? NULL : PyUnicode_Substring(base, 0, dot));
    }
    if (!base || PyUnicode_GET_LENGTH(name) == 0) {
        return STEAL(base);
    }
    return PyUnicode_FromFormat("%U.%U", base, name);
}

static bool is_call(int opcode)
{
#ifdef CALL_KW
    if (opcode == CALL_KW) {
        return true;
    }
#endif
    return opcode == CALL || opcode == CALL_FUNCTION_EX;
}

/* Pushes what the store that follows will take its object from: says nothing about the value stored. */
static bool is_plain_load(int opcode)
{
#ifdef LOAD_FAST_LOAD_FAST
    if (opcode == LOAD_FAST_LOAD_FAST) {
        return true;
    }
#endif
    return opcode == LOAD_FAST || opcode == LOAD_DEREF || opcode == LOAD_GLOBAL;
}

static int find_stores(PyCodeObject *code, PyObject *name, bool attribute)
{
    struct reader reader;
    struct instruction now;
    if (reader_init(&reader, code) < 0) {
        return -1;
    }
    OWN_REF bytes = reader.bytes; /* releases the reader on every way out */
    int kinds = STORE_NONE, wanted = attribute ? STORE_ATTR : STORE_GLOBAL;
    bool result = false;
    while (reader_next(&reader, &now)) {
        if (now.opcode == wanted) {
            int same = PyObject_RichCompareBool(PyTuple_GET_ITEM(code->co_names, now.argument), name, Py_EQ);
            if (same < 0) {
                return -1;
            }
            kinds |= !same ? STORE_NONE : result ? STORE_RESULT : STORE_PLAIN;
        }
        bool kept = now.opcode == COPY || (attribute && is_plain_load(now.opcode));
        result = is_call(now.opcode) || (result && kept);
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        int inside = PyCode_Check(constant) ? find_stores((PyCodeObject *)constant, name, attribute) : STORE_NONE;
        if (inside < 0) {
            return -1;
        }
        kinds |= inside;
    }
    return kinds;
}

int imports_global_stores(PyCodeObject *code, PyObject *name)
{
    return find_stores(code, name, false);
}

int imports_attribute_stores(PyCodeObject *code, PyObject *name)
{
    return find_stores(code, name, true);
}
