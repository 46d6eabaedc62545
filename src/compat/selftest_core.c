/* Reads frames, functions, classes, instances and the interpreter's own state where compat/ believes them to be, and
 * compares with what the C API says of the same objects. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/selftest_layout.h"

#include <internal/pycore_code.h>
#include <internal/pycore_dict.h>
#include <internal/pycore_frame.h>
#include <internal/pycore_gc.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_moduleobject.h>
#include <internal/pycore_object.h>
#include <internal/pycore_runtime.h>
#include <structmember.h>
#include <stddef.h>
#include <string.h>

#include "compat/private.h"
#include "compat/threads.h"
#include "compat/type.h"
#include "compat/type_slots.h"

static bool sizes(const struct layout_probe *probe)
{
    (void)probe;
    const struct {
        PyTypeObject *type;
        size_t size;
    } known[] = {
        {&PyType_Type, sizeof(PyHeapTypeObject)},
        {&PyFunction_Type, sizeof(PyFunctionObject)},
        {&PyMethod_Type, sizeof(PyMethodObject)},
        {&PyCell_Type, sizeof(PyCellObject)},
        {&PyDict_Type, sizeof(PyDictObject)},
        {&PySet_Type, sizeof(PySetObject)},
        {&PyFrozenSet_Type, sizeof(PySetObject)},
        {&PyList_Type, sizeof(PyListObject)},
        {&PyModule_Type, sizeof(PyModuleObject)},
        {&PyCFunction_Type, sizeof(PyCFunctionObject)},
        {&PyODict_Type, sizeof(struct private_odict)},
        {&PySetIter_Type, sizeof(struct private_set_iterator)},
        {&PyDictIterKey_Type, sizeof(struct private_dict_iterator)},
        {&PyODictIter_Type, sizeof(struct private_odict_iterator)},
        {&PyWrapperDescr_Type, sizeof(PyWrapperDescrObject)},
        {&_PyWeakref_RefType, sizeof(PyWeakReference)},
        {&PyTuple_Type, offsetof(PyTupleObject, ob_item)},
        {&PyCode_Type, offsetof(PyCodeObject, co_code_adaptive)},
        {&PyFrame_Type, offsetof(PyFrameObject, _f_frame_data) + offsetof(_PyInterpreterFrame, localsplus)},
        {&PyGen_Type, offsetof(PyGenObject, gi_iframe) + offsetof(_PyInterpreterFrame, localsplus)},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if ((size_t)known[i].type->tp_basicsize != known[i].size) {
            return false;
        }
    }
    return true;
}

/* ---- functions and frames ----------------------------------------------------------------------------------- */

static bool functions(const struct layout_probe *probe)
{
    PyObject *inner = PyDict_GetItemString(probe->names, "inner");
    if (!inner || !PyFunction_Check(inner) || !PyFunction_Check(probe->function)) {
        return false;
    }
    PyFunctionObject *function = (PyFunctionObject *)inner;
    PyObject *closure = function->func_closure;
    return function->func_globals == probe->names && function->func_code == PyFunction_GetCode(inner) &&
           function->func_builtins == PyEval_GetBuiltins() && closure == PyFunction_GetClosure(inner) && closure &&
           PyTuple_GET_SIZE(closure) == 1 && PyCell_GET(PyTuple_GET_ITEM(closure, 0)) == probe->a &&
           PyFunction_Type.tp_vectorcall_offset == offsetof(PyFunctionObject, vectorcall) &&
           function->vectorcall == PyVectorcall_Function(inner) && function->vectorcall != NULL;
}

#if PY_VERSION_HEX >= 0x030d0000
#define FRAME_CODE(f) ((f)->f_executable)
#define FRAME_FUNCTION(f) ((f)->f_funcobj)
#define FRAME_POSITION(f) ((f)->instr_ptr)
#define TOP_FRAME(thread) ((thread)->current_frame)
#elif PY_VERSION_HEX >= 0x030c0000
#define FRAME_CODE(f) ((PyObject *)(f)->f_code)
#define FRAME_FUNCTION(f) ((f)->f_funcobj)
#define FRAME_POSITION(f) ((f)->prev_instr)
#define TOP_FRAME(thread) ((thread)->cframe->current_frame)
#else
#define FRAME_CODE(f) ((PyObject *)(f)->f_code)
#define FRAME_FUNCTION(f) ((PyObject *)(f)->f_func)
#define FRAME_POSITION(f) ((f)->prev_instr)
#define TOP_FRAME(thread) ((thread)->cframe->current_frame)
#endif

static bool in_code(const _PyInterpreterFrame *frame, PyCodeObject *code)
{
    const _Py_CODEUNIT *first = (const _Py_CODEUNIT *)code->co_code_adaptive;
    return FRAME_POSITION(frame) >= first - 1 && FRAME_POSITION(frame) < first + Py_SIZE(code);
}

/* The frame that imports us, seen through its frame object and through the thread. */
static bool running_frames(const struct layout_probe *probe)
{
    (void)probe;
    PyFrameObject *thing = PyEval_GetFrame();
    if (!thing) {
        return true; /* imported by C alone */
    }
    OWN_REF code = (PyObject *)PyFrame_GetCode(thing);
    OWN_REF globals = PyFrame_GetGlobals(thing);
    OWN_REF builtins = PyFrame_GetBuiltins(thing);
    _PyInterpreterFrame *frame = thing->f_frame, *seen = TOP_FRAME(PyThreadState_Get());
    if (!globals || !builtins || FRAME_CODE(frame) != code || frame->f_globals != globals ||
        frame->f_builtins != builtins || frame->frame_obj != thing || !in_code(frame, (PyCodeObject *)code) ||
        (frame->owner != FRAME_OWNED_BY_THREAD && frame->owner != FRAME_OWNED_BY_GENERATOR)) {
        return false;
    }
    PyObject *function = FRAME_FUNCTION(frame);
    if (!function || !PyFunction_Check(function) || PyFunction_GetCode(function) != code) {
        return false;
    }
    for (int i = 0; seen && i < 8; i++, seen = seen->previous) {
        if (seen == frame) {
            return true;
        }
    }
    return false;
}

static bool suspended_frames(const struct layout_probe *probe)
{
    if (!PyGen_CheckExact(probe->generator)) {
        return false;
    }
    PyGenObject *generator = (PyGenObject *)probe->generator;
    PyCodeObject *code = (PyCodeObject *)PyFunction_GetCode(probe->function);
    _PyInterpreterFrame *frame = (_PyInterpreterFrame *)generator->gi_iframe;
    if (generator->gi_frame_state != FRAME_SUSPENDED || FRAME_CODE(frame) != (PyObject *)code ||
        FRAME_FUNCTION(frame) != probe->function || frame->f_globals != probe->names ||
        frame->owner != FRAME_OWNED_BY_GENERATOR || !in_code(frame, code)) {
        return false;
    }
    int n = code->co_nlocalsplus;
    if (n != 4 || code->co_stacksize < 1 || frame->stacktop < n || frame->stacktop > n + code->co_stacksize ||
        frame->localsplus[0] != probe->a || frame->localsplus[1] != probe->b) {
        return false;
    }
    PyObject *cell = frame->localsplus[n - 1];
    return cell && PyCell_Check(cell) && PyCell_GET(cell) == probe->a;
}

/* ---- classes and instances ---------------------------------------------------------------------------------- */

static bool classes(const struct layout_probe *probe)
{
    PyTypeObject *type = Py_TYPE(probe->instance), *slotted = Py_TYPE(probe->slotted);
    PyObject *dict = PyDict_GetItemString(probe->names, "Plain");
    if ((PyObject *)type != dict || !type_is_python(type) || !type_is_python(slotted) || type_is_python(&PyLong_Type) ||
        type->tp_base != &PyBaseObject_Type || PyTuple_GET_SIZE(type->tp_mro) != 2 ||
        PyTuple_GET_ITEM(type->tp_mro, 0) != (PyObject *)type || PyTuple_GET_SIZE(type->tp_bases) != 1 ||
        PyTuple_GET_ITEM(type->tp_bases, 0) != (PyObject *)&PyBaseObject_Type || type->tp_subclasses ||
        !(type->tp_flags & Py_TPFLAGS_MANAGED_DICT) || !PyDict_GetItemString(type_dict(type), "__init__") ||
        !PyDict_GetItemString(type_dict(&PyLong_Type), "bit_length")) {
        return false;
    }
#if PY_VERSION_HEX >= 0x030c0000
    PyMemberDef *member = PyObject_GetItemData((PyObject *)slotted);
#else
    PyMemberDef *member = _PyHeapType_GET_MEMBERS((PyHeapTypeObject *)slotted);
#endif
    return Py_SIZE(slotted) == 1 && member && slotted->tp_members == member && strcmp(member->name, "slot") == 0 &&
           member->type == T_OBJECT_EX && *(PyObject **)((char *)probe->slotted + member->offset) == probe->a;
}

/* The word where CPython keeps a class's subclasses, also of classes in the interpreter's state: int has bool. */
static bool subclass_lists(const struct layout_probe *probe)
{
    PyTypeObject *pairs[][2] = {{&PyLong_Type, &PyBool_Type}, {&PyBaseObject_Type, Py_TYPE(probe->instance)}};
    for (int i = 0; i < 2; i++) {
        PyObject **place = type_list_place(pairs[i][0]);
        OWN_REF key = PyLong_FromVoidPtr(pairs[i][1]);
        PyObject *list = place ? *place : NULL;
        if (!list || !key || !PyDict_CheckExact(list)) {
            return false;
        }
        PyObject *reference = PyDict_GetItemWithError(list, key);
        if (!reference || !PyWeakref_CheckRef(reference) ||
            ((PyWeakReference *)reference)->wr_object != (PyObject *)pairs[i][1]) {
            return false;
        }
    }
    return true;
}

/* The values of an instance without a dict, in the order of its class's shared keys. */
static PyDictValues *values_of(PyObject *instance)
{
#if PY_VERSION_HEX >= 0x030d0000
    if (!(Py_TYPE(instance)->tp_flags & Py_TPFLAGS_INLINE_VALUES) || _PyObject_ManagedDictPointer(instance)->dict) {
        return NULL;
    }
    PyDictValues *values = _PyObject_InlineValues(instance);
    size_t capacity = shared_keys_usable_size(((PyHeapTypeObject *)Py_TYPE(instance))->ht_cached_keys);
    return values->valid == 1 && values->embedded == 1 && values->size == 2 && values->capacity == capacity ? values
                                                                                                            : NULL;
#elif PY_VERSION_HEX >= 0x030c0000
    PyDictOrValues either = *_PyObject_DictOrValuesPointer(instance);
    return _PyDictOrValues_IsValues(either) ? _PyDictOrValues_GetValues(either) : NULL;
#else
    return *_PyObject_ManagedDictPointer(instance) ? NULL : *_PyObject_ValuesPointer(instance);
#endif
}

static bool instances(const struct layout_probe *probe)
{
    PyDictKeysObject *keys = ((PyHeapTypeObject *)Py_TYPE(probe->instance))->ht_cached_keys;
    PyDictValues *values = values_of(probe->instance);
    if (!keys || !values || keys->dk_kind != DICT_KEYS_SPLIT || keys->dk_nentries != 2) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        PyObject *key = DK_UNICODE_ENTRIES(keys)[i].me_key;
        bool first = PyUnicode_CompareWithASCIIString(key, "first") == 0;
        if (values->values[i] != (first ? probe->a : probe->b) ||
            (!first && PyUnicode_CompareWithASCIIString(key, "second") != 0)) {
            return false;
        }
    }
    OWN_REF dict = PyObject_GenericGetDict(probe->instance, NULL); /* from now on it has one, with the same keys */
    PyDictObject *table = (PyDictObject *)dict;
    if (!dict || table->ma_keys != keys || !table->ma_values || table->ma_used != 2) {
        return false;
    }
    return instance_detach(probe->instance) == 0 && table->ma_keys != keys && !table->ma_values &&
           PyDict_GetItemString(dict, "first") == probe->a && PyDict_GET_SIZE(dict) == 2;
}

/* Who reports the attributes of an instance with a __dict__: one of the two ways that holder_*.c knows. */
static bool attributes(const struct layout_probe *probe)
{
    OWN_REF thing = PyObject_CallFunctionObjArgs((PyObject *)Py_TYPE(probe->instance), probe->a, probe->b, NULL);
    return thing && instance_reporter_of_values(thing) != INSTANCE_REPORTER_UNKNOWN;
}

static bool weak_references(const struct layout_probe *probe)
{
    PyTypeObject *type = Py_TYPE(probe->instance);
    OWN_REF plain = PyWeakref_NewRef(probe->instance, NULL);
    OWN_REF called = PyWeakref_NewRef(probe->instance, probe->function);
    if (!plain || !called || !type->tp_weaklistoffset) {
        return false;
    }
    PyWeakReference *first = *(PyWeakReference **)((char *)probe->instance + type->tp_weaklistoffset);
    PyWeakReference *second = (PyWeakReference *)called;
    return (PyObject *)first == plain && first->wr_object == probe->instance && !first->wr_callback &&
           !first->wr_prev && first->wr_next == second && second->wr_prev == first && !second->wr_next &&
           second->wr_callback == probe->function && second->wr_object == probe->instance;
}

/* ---- the interpreter ---------------------------------------------------------------------------------------- */

#if PY_VERSION_HEX >= 0x030c0000
#define MODULES(interp) ((interp)->imports.modules)
#else
#define MODULES(interp) ((interp)->modules)
#endif

static bool interpreter(const struct layout_probe *probe)
{
    (void)probe;
    PyInterpreterState *interp = PyInterpreterState_Get();
    PyThreadState *thread = threads_first();
    if (MODULES(interp) != PyImport_GetModuleDict() || !thread || interp->builtins != PyEval_GetBuiltins() ||
        !interp->sysdict || PyDict_GetItemString(interp->sysdict, "modules") != MODULES(interp)) {
        return false;
    }
    for (; thread; thread = thread->next) {
        if (thread == PyThreadState_Get()) {
            return thread->interp == interp && PyThreadState_GetDict() == thread->dict;
        }
    }
    return false;
}

/* The GIL's last holder is this thread, and its interval what sys says: the number of switches lies between. */
static bool gil(const struct layout_probe *probe)
{
    (void)probe;
#if PY_VERSION_HEX >= 0x030c0000
    struct _gil_runtime_state *state = PyInterpreterState_Get()->ceval.gil;
#else
    struct _gil_runtime_state *state = &_PyRuntime.ceval.gil;
#endif
    PyObject *getter = PySys_GetObject("getswitchinterval");
    OWN_REF interval = getter ? PyObject_CallNoArgs(getter) : NULL;
    double difference = interval ? PyFloat_AsDouble(interval) * 1e6 - (double)state->interval : 2;
    void *holder;
    memcpy(&holder, &state->last_holder, sizeof holder);
    return holder == PyThreadState_Get() && difference < 1 && difference > -1;
}

static bool is_list_or_none(PyObject *thing)
{
    return !thing || PyList_CheckExact(thing);
}

/* Tables of functions that the interpreter calls: lists where they exist, and codecs always exist. */
static bool tables(const struct layout_probe *probe)
{
    (void)probe;
    PyInterpreterState *interp = PyInterpreterState_Get();
#if PY_VERSION_HEX >= 0x030d0000
    PyObject *path = interp->codecs.search_path, *cache = interp->codecs.search_cache;
    PyObject *errors = interp->codecs.error_registry;
#else
    PyObject *path = interp->codec_search_path, *cache = interp->codec_search_cache;
    PyObject *errors = interp->codec_error_registry;
#endif
    return path && PyList_CheckExact(path) && cache && PyDict_CheckExact(cache) && errors &&
           PyDict_CheckExact(errors) && PyDict_GetItemString(errors, "strict") &&
           is_list_or_none(interp->before_forkers) && is_list_or_none(interp->after_forkers_parent) &&
           is_list_or_none(interp->after_forkers_child) && is_list_or_none(interp->audit_hooks);
}

/* An object that begins to be tracked is the last of the youngest list. */
static bool collector(const struct layout_probe *probe)
{
    (void)probe;
    struct _gc_runtime_state *gc = &PyInterpreterState_Get()->gc;
    OWN_REF thing = PyList_New(0);
    if (!thing) {
        return false;
    }
    PyGC_Head *head = _Py_AS_GC(thing), *youngest = &gc->generations[0].head;
    PyGC_Head *frozen = &gc->permanent_generation.head;
    return gc->enabled == PyGC_IsEnabled() && !gc->collecting && _PyGCHead_PREV(youngest) == head &&
           _PyGCHead_NEXT(head) == youngest && _PyGCHead_PREV(_PyGCHead_NEXT(frozen)) == frozen;
}

#if PY_VERSION_HEX >= 0x030d0000
/* What this interpreter says of itself to debuggers. */
static bool debug_offsets(const struct layout_probe *probe)
{
    (void)probe;
    const struct _Py_DebugOffsets *d = &_PyRuntime.debug_offsets;
    if (memcmp(d->cookie, "xdebugpy", 8) != 0 || d->free_threaded || d->version >> 16 != PY_VERSION_HEX >> 16) {
        return false;
    }
    return d->runtime_state.size == sizeof(_PyRuntimeState) &&
           d->interpreter_state.size == sizeof(PyInterpreterState) &&
           d->interpreter_state.threads_head == offsetof(PyInterpreterState, threads.head) &&
           d->interpreter_state.gc == offsetof(PyInterpreterState, gc) &&
           d->interpreter_state.imports_modules == offsetof(PyInterpreterState, imports.modules) &&
           d->interpreter_state.sysdict == offsetof(PyInterpreterState, sysdict) &&
           d->thread_state.size == sizeof(PyThreadState) && d->thread_state.next == offsetof(PyThreadState, next) &&
           d->thread_state.current_frame == offsetof(PyThreadState, current_frame) &&
           d->interpreter_frame.size == sizeof(_PyInterpreterFrame) &&
           d->interpreter_frame.previous == offsetof(_PyInterpreterFrame, previous) &&
           d->interpreter_frame.executable == offsetof(_PyInterpreterFrame, f_executable) &&
           d->interpreter_frame.instr_ptr == offsetof(_PyInterpreterFrame, instr_ptr) &&
           d->interpreter_frame.localsplus == offsetof(_PyInterpreterFrame, localsplus) &&
           d->interpreter_frame.owner == offsetof(_PyInterpreterFrame, owner) &&
           d->code_object.size == sizeof(PyCodeObject) &&
           d->code_object.co_code_adaptive == offsetof(PyCodeObject, co_code_adaptive) &&
           d->type_object.size == sizeof(PyTypeObject) && d->type_object.tp_flags == offsetof(PyTypeObject, tp_flags) &&
           d->dict_object.size == sizeof(PyDictObject) && d->dict_object.ma_keys == offsetof(PyDictObject, ma_keys) &&
           d->dict_object.ma_values == offsetof(PyDictObject, ma_values) &&
           d->gc.collecting == offsetof(struct _gc_runtime_state, collecting);
}
#endif

const struct layout_check layout_core[] = {
    {"basic objects (their sizes)", sizes},
#if PY_VERSION_HEX >= 0x030d0000
    {"the structures it describes to debuggers", debug_offsets},
#endif
    {"functions", functions},
    {"running frames", running_frames},
    {"suspended frames", suspended_frames},
    {"classes", classes},
    {"lists of subclasses", subclass_lists},
    {"weak references", weak_references},
    {"instances", instances},
    {"instances with a __dict__ (who reports their attributes)", attributes},
    {"the interpreter's state", interpreter},
    {"the GIL", gil},
    {"the interpreter's tables of functions", tables},
    {"the collector's lists", collector},
    {NULL, NULL},
};
