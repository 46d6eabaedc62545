/* The one loop over instructions, and the small questions about attributes that are asked of them. Numbers of
 * instructions and what their arguments mean differ by version, which is why this lives in compat. Must not: execute
 * anything. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/instructions.h"

#include <opcode.h>

int reader_init(struct reader *reader, PyCodeObject *code)
{
    reader->bytes = PyCode_GetCode(code); /* without specialisations and instrumentation */
    reader->at = 0;
    return reader->bytes ? 0 : -1;
}

void reader_release(struct reader *reader)
{
    Py_CLEAR(reader->bytes);
}

bool reader_next(struct reader *reader, struct instruction *ret_instruction)
{
    const unsigned char *bytes = (const unsigned char *)PyBytes_AS_STRING(reader->bytes);
    int argument = 0;
    while (reader->at + 1 < PyBytes_GET_SIZE(reader->bytes)) {
        int opcode = bytes[reader->at];
        argument |= bytes[reader->at + 1];
        reader->at += 2;
        if (opcode == EXTENDED_ARG) {
            argument <<= 8;
            continue;
        }
        if (opcode != CACHE) {
            *ret_instruction = (struct instruction){opcode, argument};
            return true;
        }
        argument = 0;
    }
    return false;
}

/* Does this instruction leave local variable 0 on top of the stack? */
static bool loads_self(struct instruction instruction)
{
#if PY_VERSION_HEX >= 0x030d0000
    if (instruction.opcode == LOAD_FAST_LOAD_FAST || instruction.opcode == STORE_FAST_LOAD_FAST) {
        return (instruction.argument & 15) == 0;
    }
#endif
#ifdef LOAD_FAST_CHECK
    if (instruction.opcode == LOAD_FAST_CHECK) {
        return instruction.argument == 0;
    }
#endif
    return (instruction.opcode == LOAD_FAST || instruction.opcode == LOAD_DEREF) && instruction.argument == 0;
}

/* self.name += ...: which name is read to be stored again, or -1. The instance lies below the value meanwhile. */
static int augments_self(struct instruction now, struct instruction before, struct instruction before_that)
{
    bool again = now.opcode == LOAD_ATTR && before.opcode == COPY && before.argument == 1 && loads_self(before_that);
    return !again ? -1 : PY_VERSION_HEX >= 0x030c0000 ? now.argument >> 1 : now.argument;
}

int code_self_stores(PyCodeObject *code, PyObject *names)
{
    struct reader reader;
    struct instruction now, before = {0, 0}, before_that = {0, 0};
    int augmented = -1;
    if (code->co_argcount == 0) {
        return 0;
    }
    if (reader_init(&reader, code) < 0) {
        return -1;
    }
    int result = 0;
    while (result == 0 && reader_next(&reader, &now)) {
        bool swapped = before.opcode == SWAP && before.argument == 2 && now.argument == augmented;
        if (now.opcode == STORE_ATTR && (loads_self(before) || swapped)) {
            result = PySet_Add(names, PyTuple_GET_ITEM(code->co_names, now.argument));
        }
        int augments = augments_self(now, before, before_that);
        augmented = augments >= 0 ? augments : augmented;
        before_that = before;
        before = now;
    }
    reader_release(&reader);
    return result;
}

/* Was it defined in a class, so that its first argument is an instance of that? */
static bool is_method(PyCodeObject *code)
{
    PyObject *name = code->co_qualname;
    Py_ssize_t n = PyUnicode_GET_LENGTH(name), dot = PyUnicode_FindChar(name, '.', 0, n, -1);
    return code->co_argcount > 0 && dot > 0 && PyUnicode_ReadChar(name, dot - 1) != '>'; /* f.<locals>.g */
}

static bool has_string(PyObject *tuple, PyObject *name)
{
    bool found = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple) && !found; i++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, i);
        bool interned = PyUnicode_CheckExact(item) && PyUnicode_CHECK_INTERNED(item) && PyUnicode_CHECK_INTERNED(name);
        found = item == name || (PyUnicode_CheckExact(item) && !interned && PyUnicode_Compare(item, name) == 0);
    }
    return found;
}

/* Does it have the name as a constant, and a way to bind what is not written as a name? */
static bool binds_otherwise(PyCodeObject *code, PyObject *name)
{
    static const char *const ways[] = {"__dict__", "setattr", "vars", "__setattr__"};
    bool found = false;
    for (size_t i = 0; has_string(code->co_consts, name) && i < sizeof ways / sizeof *ways; i++) {
        for (Py_ssize_t j = 0; j < PyTuple_GET_SIZE(code->co_names) && !found; j++) {
            found = PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(code->co_names, j), ways[i]) == 0;
        }
    }
    return found;
}

int code_binds_attribute(PyCodeObject *code, PyObject *name)
{
    struct reader reader;
    struct instruction now, before = {0, 0};
    bool found = binds_otherwise(code, name), method = is_method(code);
    if (!found && has_string(code->co_names, name)) {
        if (reader_init(&reader, code) < 0) {
            return -1;
        }
        while (!found && reader_next(&reader, &now)) {
            bool own = method && loads_self(before);
            found = now.opcode == STORE_ATTR && !own &&
                    PyUnicode_Compare(PyTuple_GET_ITEM(code->co_names, now.argument), name) == 0;
            before = now;
        }
        reader_release(&reader);
    }
    int result = found;
    for (Py_ssize_t i = 0; !result && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *nested = PyTuple_GET_ITEM(code->co_consts, i);
        result = PyCode_Check(nested) ? code_binds_attribute((PyCodeObject *)nested, name) : 0;
    }
    return result;
}

int code_only_stores(PyCodeObject *code)
{
    struct reader reader;
    struct instruction now;
    if (reader_init(&reader, code) < 0) {
        return -1;
    }
    int n = 0, stores = 0;
    while (reader_next(&reader, &now)) {
        n += now.opcode != RESUME && now.opcode != COPY_FREE_VARS;
        stores += now.opcode == STORE_ATTR;
    }
    reader_release(&reader);
    return code->co_argcount == 2 && stores == 1 && n <= 5; /* load, load, store; load None, return it */
}

int code_imports_or_waits(PyCodeObject *code)
{
    struct reader reader;
    struct instruction now;
    if (code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)) {
        return 1;
    }
    if (reader_init(&reader, code) < 0) {
        return -1;
    }
    int found = 0;
    while (!found && reader_next(&reader, &now)) {
        found = now.opcode == IMPORT_NAME;
    }
    reader_release(&reader);
    for (Py_ssize_t i = 0; !found && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *nested = PyTuple_GET_ITEM(code->co_consts, i);
        found = PyCode_Check(nested) ? code_imports_or_waits((PyCodeObject *)nested) : 0;
    }
    return found;
}

/* The index into co_names of an attribute that is read, or -1. */
static int read_name(struct instruction instruction)
{
#if PY_VERSION_HEX >= 0x030c0000
    if (instruction.opcode == LOAD_ATTR) {
        return instruction.argument >> 1;
    }
    return instruction.opcode == LOAD_SUPER_ATTR ? instruction.argument >> 2 : -1;
#else
    return instruction.opcode == LOAD_ATTR || instruction.opcode == LOAD_METHOD ? instruction.argument : -1;
#endif
}

int code_attribute_reads(PyCodeObject *code, PyObject *names)
{
    struct reader reader;
    struct instruction now;
    if (reader_init(&reader, code) < 0) {
        return -1;
    }
    int result = 0;
    while (result == 0 && reader_next(&reader, &now)) {
        int name = read_name(now);
        if (name >= 0 && name < PyTuple_GET_SIZE(code->co_names)) {
            result = PySet_Add(names, PyTuple_GET_ITEM(code->co_names, name));
        }
    }
    reader_release(&reader);
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        result = PyCode_Check(constant) ? code_attribute_reads((PyCodeObject *)constant, names) : 0;
    }
    return result;
}

int code_raises(PyCodeObject *code)
{
    struct reader reader;
    struct instruction now;
    if (reader_init(&reader, code) < 0) {
        return -1;
    }
    int found = 0;
    while (!found && reader_next(&reader, &now)) {
        found = now.opcode == RAISE_VARARGS;
    }
    reader_release(&reader);
    for (Py_ssize_t i = 0; !found && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        found = PyCode_Check(constant) ? code_raises((PyCodeObject *)constant) : 0;
    }
    return found;
}

int code_passes_keywords(PyCodeObject *code, PyObject *names)
{
    struct reader reader;
    struct instruction now;
    int mentions = 0, found = 0;
    for (Py_ssize_t i = 0; mentions == 0 && i < PyTuple_GET_SIZE(code->co_names); i++) {
        mentions = PySet_Contains(names, PyTuple_GET_ITEM(code->co_names, i));
    }
    if (mentions < 0 || (mentions && reader_init(&reader, code) < 0)) {
        return -1;
    }
    while (mentions && !found && reader_next(&reader, &now)) {
        found = now.opcode == DICT_MERGE;
    }
    if (mentions) {
        reader_release(&reader);
    }
    for (Py_ssize_t i = 0; !found && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        found = PyCode_Check(constant) ? code_passes_keywords((PyCodeObject *)constant, names) : 0;
    }
    return found;
}

static bool stores_local(struct instruction instruction, int local)
{
    switch (instruction.opcode) {
    case STORE_FAST:
    case DELETE_FAST:
    case MAKE_CELL:
#if PY_VERSION_HEX >= 0x030c0000
    case LOAD_FAST_AND_CLEAR:
#endif
        return instruction.argument == local;
#if PY_VERSION_HEX >= 0x030d0000
    case STORE_FAST_LOAD_FAST:
        return instruction.argument >> 4 == local;
    case STORE_FAST_STORE_FAST:
        return instruction.argument >> 4 == local || (instruction.argument & 15) == local;
#endif
    default:
        return false;
    }
}

int code_assigns(PyCodeObject *code, int local)
{
    struct reader reader;
    struct instruction now;
    if (reader_init(&reader, code) < 0) {
        return -1;
    }
    bool assigns = false;
    while (!assigns && reader_next(&reader, &now)) {
        assigns = stores_local(now, local);
    }
    reader_release(&reader);
    return assigns;
}

int code_assigns_cell(PyCodeObject *code, int local)
{
    struct reader reader;
    struct instruction now;
    if (reader_init(&reader, code) < 0) {
        return -1;
    }
    bool assigns = false;
    while (!assigns && reader_next(&reader, &now)) {
        assigns = (now.opcode == STORE_DEREF || now.opcode == DELETE_DEREF) && now.argument == local;
    }
    reader_release(&reader);
    return assigns;
}
