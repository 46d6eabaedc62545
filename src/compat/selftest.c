/* Refuses by name what midflight does not know, before it is touched.
 *
 * Three questions, cheapest and safest first: is it CPython in a build we were compiled for (answered by names and
 * flags), do objects have the sizes we were compiled with, and is everything we read at its place (answered by reading
 * objects whose contents are known). A patch release or a distributor's patch that moves a field is found here, not in
 * a crash. Must not change anything that outlives the test. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/selftest.h"

#include <internal/pycore_interp.h>
#include <string.h>

#include "compat/heap.h"
#include "compat/selftest_layout.h"
#include "compat/type_meta.h"
#include "compat/type_slots.h"

#if PY_VERSION_HEX < 0x030b0000 || PY_VERSION_HEX >= 0x030e0000
#error "midflight knows the insides of CPython 3.11, 3.12 and 3.13"
#endif
#ifdef Py_GIL_DISABLED
#error "midflight does not know the free-threaded build"
#endif
#ifdef Py_TRACE_REFS
#error "midflight does not know a build with Py_TRACE_REFS"
#endif

static int refuse_import(const char *what)
{
    PyErr_Format(PyExc_ImportError, "midflight works with regular builds of CPython 3.11 to 3.13: %s (%s)", what,
                 Py_GetVersion());
    return -1;
}

/* ---- the build ---------------------------------------------------------------------------------------------- */

static bool is_cpython(void)
{
    PyObject *implementation = PySys_GetObject("implementation");
    OWN_REF name = implementation ? PyObject_GetAttrString(implementation, "name") : NULL;
    bool is = name && PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "cpython") == 0;
    PyErr_Clear();
    return is;
}

/* sys._is_gil_enabled() of 3.13 and later; true when there is no such function. */
static bool has_gil(void)
{
    PyObject *function = PySys_GetObject("_is_gil_enabled");
    OWN_REF answer = function ? PyObject_CallNoArgs(function) : NULL;
    PyErr_Clear();
    return !answer || answer == Py_True;
}

static int check_build(void)
{
    if (!is_cpython()) {
        return refuse_import("this is another implementation");
    }
    if (Py_Version >> 16 != PY_VERSION_HEX >> 16) {
        return refuse_import("this extension was built for " PY_VERSION);
    }
    if (!has_gil()) {
        return refuse_import("this is a free-threaded build");
    }
    if (PySys_GetObject("getobjects")) {
        return refuse_import("this is a build with Py_TRACE_REFS");
    }
#ifdef Py_DEBUG
    bool built_for_debug = true;
#else
    bool built_for_debug = false;
#endif
    if ((PySys_GetObject("gettotalrefcount") != NULL) != built_for_debug) {
        return refuse_import(built_for_debug ? "this extension was built for a debug build"
                                             : "this extension was not built for a debug build");
    }
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        return refuse_import("this is a subinterpreter");
    }
    return 0;
}

/* ---- the layout --------------------------------------------------------------------------------------------- */

static const char source[] = "class Plain:\n"
                             "    def __init__(self, a, b):\n"
                             "        self.first = a\n"
                             "        self.second = b\n"
                             "class Slotted:\n"
                             "    __slots__ = ('slot',)\n"
                             "def function(a, b):\n"
                             "    held = a\n"
                             "    def inner():\n"
                             "        return held\n"
                             "    yield inner\n"
                             "generator = function(a, b)\n"
                             "inner = next(generator)\n"
                             "instance = Plain(a, b)\n"
                             "slotted = Slotted()\n"
                             "slotted.slot = a\n";

static void probe_release(struct layout_probe *probe)
{
    Py_CLEAR(probe->generator);
    Py_CLEAR(probe->instance);
    Py_CLEAR(probe->slotted);
    Py_CLEAR(probe->function);
    if (probe->names) {
        PyDict_Clear(probe->names); /* the classes and functions refer to their globals and to each other */
    }
    Py_CLEAR(probe->names);
    Py_CLEAR(probe->a);
    Py_CLEAR(probe->b);
}

static PyObject *probe_get(struct layout_probe *probe, const char *name)
{
    return Py_XNewRef(PyDict_GetItemString(probe->names, name));
}

static int probe_make(struct layout_probe *probe)
{
    probe->names = PyDict_New();
    probe->a = PyList_New(0);
    probe->b = PyList_New(0);
    OWN_REF module = PyUnicode_FromString("midflight");
    if (!probe->names || !probe->a || !probe->b || !module || PyDict_SetItemString(probe->names, "a", probe->a) < 0 ||
        PyDict_SetItemString(probe->names, "b", probe->b) < 0 ||
        PyDict_SetItemString(probe->names, "__name__", module) < 0 ||
        PyDict_SetItemString(probe->names, "__builtins__", PyEval_GetBuiltins()) < 0) {
        return -1;
    }
    OWN_REF code = Py_CompileString(source, "<midflight self-test>", Py_file_input);
    OWN_REF done = code ? PyEval_EvalCode(code, probe->names, probe->names) : NULL;
    if (!done) {
        return -1;
    }
    probe->function = probe_get(probe, "function");
    probe->generator = probe_get(probe, "generator");
    probe->instance = probe_get(probe, "instance");
    probe->slotted = probe_get(probe, "slotted");
    return 0;
}

static int check_table(const struct layout_check *checks, const struct layout_probe *probe)
{
    for (const struct layout_check *check = checks; check->what; check++) {
        if (check->known(probe)) {
            continue;
        }
        if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_MemoryError)) {
            return -1;
        }
        PyErr_Clear();
        PyErr_Format(PyExc_ImportError, "midflight does not know this Python's layout of %s (%s)", check->what,
                     Py_GetVersion());
        return -1;
    }
    return 0;
}

int selftest_run(void)
{
    if (check_build() < 0 || type_slots_init() < 0 || type_meta_init() < 0) {
        return -1;
    }
    struct layout_probe probe = {0};
    int result = probe_make(&probe);
    if (result == 0) {
        result = check_table(layout_core, &probe);
    }
    if (result == 0) {
        result = check_table(layout_containers, &probe);
    }
    if (result == 0) {
        const char *why;
        result = selftest_live(&why);
        if (result > 0) {
            result = 0; /* may be another moment's state: asked again before each upgrade */
        }
    }
    probe_release(&probe);
    return result;
}

/* ---- what can change ---------------------------------------------------------------------------------------- */

/* Code that a JIT or the tier 2 interpreter runs has frames and stacks of its own. */
static bool has_jit(void)
{
#if PY_VERSION_HEX >= 0x030d0000
    PyInterpreterState *interp = PyInterpreterState_Get();
    PyObject *optimizer = (PyObject *)interp->optimizer;
    return interp->executor_list_head || (optimizer && strcmp(Py_TYPE(optimizer)->tp_name, "noop_optimizer") != 0);
#else
    return false;
#endif
}

struct greenlets {
    PyTypeObject *type;  /* borrowed: greenlet.greenlet */
    inquiry is_active;   /* its own bool(): has it a stack? */
    PyGetSetDef *parent; /* its own attribute: only a thread's main greenlet has none */
    PyTypeObject *other; /* the last type seen that is no greenlet */
};

static int visit_greenlet(PyObject *object, void *arg)
{
    struct greenlets *greenlets = arg;
    PyTypeObject *type = Py_TYPE(object);
    if (type == greenlets->other) {
        return 0;
    }
    if (!PyType_IsSubtype(type, greenlets->type)) {
        greenlets->other = type;
        return 0;
    }
    if (greenlets->is_active(object) != 1) {
        return 0;
    }
    OWN_REF parent = greenlets->parent->get(object, greenlets->parent->closure);
    return parent != Py_None;
}

/* A greenlet that has begun keeps frames on a stack that nobody can walk. They are looked for among all objects, but
 * only where the module is loaded. */
static bool has_greenlets(void)
{
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), "greenlet");
    PyObject *names = module && PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
    PyObject *type = names ? PyDict_GetItemString(names, "greenlet") : NULL;
    if (!type || !PyType_Check(type) || !((PyTypeObject *)type)->tp_as_number) {
        return false;
    }
    PyObject *parent = PyDict_GetItemString(type_dict((PyTypeObject *)type), "parent");
    struct greenlets greenlets = {(PyTypeObject *)type, ((PyTypeObject *)type)->tp_as_number->nb_bool, NULL, NULL};
    if (!greenlets.is_active || !parent || !Py_IS_TYPE(parent, &PyGetSetDescr_Type)) {
        return true; /* a greenlet that is not known: as if one were alive */
    }
    greenlets.parent = ((PyGetSetDescrObject *)parent)->d_getset;
    bool has = heap_each(visit_greenlet, &greenlets) != 0;
    PyErr_Clear();
    return has;
}

/* Asked once, as soon as the module is there. */
static bool has_strange_queues(void)
{
    static bool asked, known;
    if (!asked) {
        known = layout_queues_known(&asked);
    }
    return !known;
}

int selftest_live(const char **ret_why)
{
    PyInterpreterState *interp = PyInterpreterState_Get();
    if (interp != PyInterpreterState_Main() || PyInterpreterState_Head() != interp || PyInterpreterState_Next(interp)) {
        *ret_why = "a subinterpreter is alive";
        return 1;
    }
    if (has_jit()) {
        *ret_why = "a JIT is on";
        return 1;
    }
    if (has_greenlets()) {
        *ret_why = "a greenlet is alive whose stack cannot be read";
        return 1;
    }
    if (has_strange_queues()) {
        PyErr_Clear();
        *ret_why = "queue.SimpleQueue has a layout that midflight does not know";
        return 1;
    }
    return PyErr_Occurred() ? -1 : 0;
}
