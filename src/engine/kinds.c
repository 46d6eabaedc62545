/* Which objects mean themselves: told by their types' names and homes, without asking the objects. */
#include "engine/kinds.h"

#include "compat/contents.h"
#include "compat/state.h"
#include "compat/type.h"
#include "engine/generation.h"

#include <string.h>

/* Is `module` this one, or one below it? */
static bool is_below(PyObject *module, const char *name)
{
    size_t n = strlen(name);
    if ((size_t)PyUnicode_GET_LENGTH(module) < n || !PyUnicode_IS_COMPACT_ASCII(module)) {
        return false;
    }
    const char *text = (const char *)PyUnicode_DATA(module);
    return strncmp(text, name, n) == 0 && (text[n] == 0 || text[n] == '.');
}

static bool is_at_home_in(PyTypeObject *type, const char *const *names, size_t n)
{
    PyObject *module = class_module_name(type);
    for (size_t i = 0; module && i < n; i++) {
        if (is_below(module, names[i])) {
            return true;
        }
    }
    return false;
}

/* A type made by C code whose objects are told apart by address only. What such an object is stands in memory that only
 * its own code understands: a file, a hash in progress, a connection. One that has no memory of its own keeps nothing
 * there (typing.Generic, C code from CPython 3.12 on). */
static bool is_native(PyTypeObject *type)
{
    static const char *const plain[] = {"object",
                                        "types.SimpleNamespace",
                                        "functools.partial",
                                        "_struct.Struct",
                                        "Struct",
                                        "mappingproxy",
                                        "zoneinfo.ZoneInfo",
                                        "typing.TypeAliasType",
                                        "typing.TypeVar",
                                        "typing.TypeVarTuple",
                                        "typing.ParamSpec",
                                        "_csv.Dialect",
                                        "cell",
                                        "code",
                                        "method",
                                        "module"};
    bool address = type->tp_hash == PyBaseObject_Type.tp_hash;
    bool exception = type->tp_flags & Py_TPFLAGS_BASE_EXC_SUBCLASS;
    bool empty = type->tp_basicsize == PyBaseObject_Type.tp_basicsize && type->tp_itemsize == 0;
    if (contents_is_python_class(type) || empty || !address || exception || type->tp_call || type->tp_descr_get) {
        return false;
    }
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        if (strcmp(type->tp_name, plain[i]) == 0) {
            return false;
        }
    }
    return true;
}

static bool is_opaque_type(PyTypeObject *type)
{
    static const char *const names[] = {
        "_thread.lock",    "_thread.RLock",      "ContextVar",     "_contextvars.ContextVar",
        "itertools.count", "_queue.SimpleQueue", "_thread._local", "_random.Random",
        "_socket.socket",  "_asyncio.Future",    "_asyncio.Task",  "generator",
        "bytearray",       "array.array",        "memoryview",     "mmap.mmap"};
    static const char *const modules[] = {"threading", "queue",           "weakref",    "random",  "socket",
                                          "ssl",       "_weakrefset",     "subprocess", "asyncio", "selectors",
                                          "sqlite3",   "multiprocessing", "concurrent", "mmap",    "tempfile"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(type->tp_name, names[i]) == 0) {
            return true;
        }
    }
    return is_native(type) || is_at_home_in(type, modules, sizeof modules / sizeof *modules);
}

bool kinds_is_shared(PyObject *object)
{
    static const char *const modules[] = {"logging",
                                          "importlib",
                                          "_frozen_importlib",
                                          "_frozen_importlib_external",
                                          "typing",
                                          "abc",
                                          "enum",
                                          "inspect",
                                          "ast",
                                          "re",
                                          "functools",
                                          "types"};
    return is_at_home_in(Py_TYPE(object), modules, sizeof modules / sizeof *modules);
}

static bool has_opaque_base(PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        if (is_opaque_type((PyTypeObject *)PyTuple_GET_ITEM(mro, i))) {
            return true;
        }
    }
    return false;
}

static int find_thunk(PyObject *object, void *arg)
{
    PyObject **thunk = arg;
    *thunk = strcmp(Py_TYPE(object)->tp_name, "_ctypes.CThunkObject") == 0 ? object : *thunk;
    return 0;
}

PyObject *kinds_thunk(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject *mro = type->tp_call && type->tp_flags & Py_TPFLAGS_HEAPTYPE ? type->tp_mro : NULL, *thunk = NULL;
    bool is = false;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro) && !is; i++) {
        const char *name = ((PyTypeObject *)PyTuple_GET_ITEM(mro, i))->tp_name;
        is = strcmp(name, "_ctypes.PyCFuncPtr") == 0 || strcmp(name, "_ctypes.CFuncPtr") == 0;
    }
    if (is) {
        type->tp_traverse(object, find_thunk, &thunk);
    }
    return thunk;
}

#define MEMOS 512 /* a power of two */

/* A subclass (a thread with its own run(), a thread's locals with methods) is as opaque as its base. Asked of many
 * objects of few types: the answer is remembered (the GIL guards it), for static types for ever, for others for as long
 * as their version is the same, which no two types have. */
bool kinds_is_opaque(PyObject *object)
{
    static struct {
        PyTypeObject *type;
        unsigned version;
        bool opaque;
    } memos[MEMOS];
    PyTypeObject *type = Py_TYPE(object);
    bool heap = type->tp_flags & Py_TPFLAGS_HEAPTYPE;
    unsigned version = heap ? type_version(type) : 0;
    if (heap && !version) {
        return has_opaque_base(type) || kinds_thunk(object);
    }
    size_t at = ((uintptr_t)type >> 5) & (MEMOS - 1);
    if (memos[at].type != type || memos[at].version != version) {
        memos[at].opaque = has_opaque_base(type);
        memos[at].type = type;
        memos[at].version = version;
    }
    return memos[at].opaque || kinds_thunk(object);
}

bool kinds_is_enum(PyObject *type)
{
    PyTypeObject *meta = Py_TYPE(type);
    PyObject *mro = meta->tp_mro;
    for (Py_ssize_t i = 0; mro && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        PyObject *module = class_module_name(base);
        if (module && PyUnicode_CompareWithASCIIString(module, "enum") == 0) {
            return true;
        }
    }
    return false;
}

enum weak_kind weak_kind(PyTypeObject *type)
{
    static const char *const names[] = {NULL, "WeakSet", "WeakValueDictionary", "WeakKeyDictionary"};
    for (Py_ssize_t i = 0; type->tp_mro && i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i);
        PyObject *module = strncmp(base->tp_name, "Weak", 4) == 0 ? class_module_name(base) : NULL;
        bool home = module && (PyUnicode_CompareWithASCIIString(module, "weakref") == 0 ||
                               PyUnicode_CompareWithASCIIString(module, "_weakrefset") == 0);
        for (int kind = WEAK_SET; home && kind <= WEAK_KEYS; kind++) {
            if (strcmp(base->tp_name, names[kind]) == 0) {
                return (enum weak_kind)kind;
            }
        }
    }
    return WEAK_NONE;
}

PyObject *weak_content(PyObject *container)
{
    enum weak_kind kind = weak_kind(Py_TYPE(container));
    OWN_REF state = state_copy(container);
    PyObject *data = state ? dict_get(state, "data") : NULL;
    bool as_made = data && (kind == WEAK_SET ? PySet_CheckExact(data) : kind != WEAK_NONE && PyDict_CheckExact(data));
    return as_made ? contents_copy(data) : NULL;
}
