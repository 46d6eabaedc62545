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

/* Where code stands: what a plain store in it binds. */
enum place { IN_MODULE, IN_CLASS, IN_FUNCTION };

struct imports {
    PyObject *found; /* owned list */
    bool classes;    /* wanted is what classes import, not the module */
};

/* A class body has its own names, and is no function. */
static enum place place_of(const PyCodeObject *code, enum place outer)
{
    bool function = outer == IN_FUNCTION || (code->co_flags & (CO_OPTIMIZED | CO_NEWLOCALS));
    return function ? IN_FUNCTION : IN_CLASS;
}

static int add_import(struct imports *imports, PyCodeObject *code, enum place place, PyObject *const import[4])
{
    bool own = place == IN_CLASS;
    if (own != imports->classes) {
        return 0;
    }
    OWN_REF entry = own ? PyTuple_Pack(5, import[0], import[1], import[2], import[3], code->co_qualname)
                        : PyTuple_Pack(4, import[0], import[1], import[2], import[3]);
    return entry ? PyList_Append(imports->found, entry) : -1;
}

static int scan_imports(PyCodeObject *code, enum place place, struct imports *imports)
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
        bool store = now.opcode == STORE_GLOBAL || (now.opcode == STORE_NAME && place != IN_FUNCTION);
        enum place binds = now.opcode == STORE_GLOBAL ? IN_MODULE : place;
        if (constant) {
            level = previous;
            previous = constant;
        } else if (now.opcode == IMPORT_NAME) {
            module = PyTuple_GET_ITEM(code->co_names, now.argument);
        } else if (now.opcode == IMPORT_FROM) {
            name = PyTuple_GET_ITEM(code->co_names, now.argument);
        } else if (module && level && is_star(now)) {
            if (add_import(imports, code, IN_MODULE, (PyObject *const[]){level, module, star, star}) < 0) {
                return -1;
            }
        } else if (module && level && name && store) {
            PyObject *const import[] = {level, module, name, PyTuple_GET_ITEM(code->co_names, now.argument)};
            if (add_import(imports, code, binds, import) < 0) {
                return -1;
            }
            name = NULL;
        } else {
            name = NULL;
        }
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyCodeObject *nested = (PyCodeObject *)PyTuple_GET_ITEM(code->co_consts, i);
        if (PyCode_Check(nested) && scan_imports(nested, place_of(nested, place), imports) < 0) {
            return -1;
        }
    }
    return 0;
}

static PyObject *scan_module(PyCodeObject *code, bool classes)
{
    struct imports imports = {PyList_New(0), classes};
    OWN_REF found = imports.found;
    return found && scan_imports(code, IN_MODULE, &imports) == 0 ? STEAL(found) : NULL;
}

PyObject *imports_of(PyCodeObject *code)
{
    return scan_module(code, false);
}

PyObject *imports_in_classes(PyCodeObject *code)
{
    return scan_module(code, true);
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
