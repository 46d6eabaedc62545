/* An extension module in the forms that there are. NAME: its full name. With SINGLE it is initialised in one phase, with
 * RAW it writes sys.modules past everything that Python could notice, as Cython's modules do; with UNIQUE it has a symbol
 * that all copies share, as C++ makes them; with COUNT= another one is visible to all libraries, with LOCAL it has static
 * thread-local memory. With HALF it fails at the end, with OBJECT it makes an object that is no module. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#ifdef UNIQUE
__asm__(".data\n.globl shared_mark\n.type shared_mark, @gnu_unique_object\n.size shared_mark, 4\n"
        "shared_mark: .long 0\n.text\n");
#endif

#ifndef COUNT
#define COUNT static
#endif
#ifdef LOCAL
static volatile __thread char local[LOCAL] __attribute__((tls_model("initial-exec")));
#endif
COUNT long count; /* memory of the file: a second module of the same file goes on with it */
static PyObject *lib_class;

static PyObject *next_count(PyObject *module, PyObject *none)
{
    return PyLong_FromLong(++count);
}

static PyObject *make(PyObject *module, PyObject *none)
{
    return lib_class ? PyObject_CallNoArgs(lib_class) : PyErr_Format(PyExc_RuntimeError, "no class");
}

static PyMethodDef methods[] = {
    {"next_count", next_count, METH_NOARGS, NULL}, {"make", make, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};

static PyTypeObject thing_type = {PyVarObject_HEAD_INIT(NULL, 0).tp_name = NAME ".Thing",
                                  .tp_basicsize = sizeof(PyObject),
                                  .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
                                  .tp_new = PyType_GenericNew};

static int write_modules(PyObject *module)
{
#ifdef RAW
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *inner = PyModule_New(NAME ".inner");
    if (!inner || PyDict_SetItemString(modules, NAME, module) < 0 ||
        PyDict_SetItemString(modules, NAME ".inner", inner) < 0 || PyModule_AddObject(module, "inner", inner) < 0) {
        return -1;
    }
#endif
    return 0;
}

static int fill(PyObject *module)
{
    PyObject *lib = PyImport_ImportModule("lib");
    lib_class = lib ? PyObject_GetAttrString(lib, "Class") : NULL;
    Py_XDECREF(lib);
    int result = lib_class && PyModule_AddType(module, &thing_type) == 0 ? write_modules(module) : -1;
#ifdef HALF
    if (result == 0) {
        PyErr_SetString(PyExc_ImportError, "half-way");
        return -1;
    }
#endif
#ifdef LOCAL
    local[(long)count] = 1;
#endif
    return result;
}

#ifdef SINGLE
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = NAME, .m_size = -1, .m_methods = methods};

PyMODINIT_FUNC PyInit_native(void)
{
    PyObject *module = PyModule_Create(&definition);
    return module && fill(module) == 0 ? module : NULL;
}
#else
#ifdef OBJECT
static PyObject *create(PyObject *spec, PyModuleDef *definition)
{
    PyObject *lib = PyImport_ImportModule("lib"), *types = PyImport_ImportModule("types");
    PyObject *object = types ? PyObject_CallMethod(types, "SimpleNamespace", NULL) : NULL;
    lib_class = lib ? PyObject_GetAttrString(lib, "Class") : NULL;
    Py_XDECREF(lib), Py_XDECREF(types);
    return object && lib_class && PyType_Ready(&thing_type) == 0 &&
                   PyObject_SetAttrString(object, "Thing", (PyObject *)&thing_type) == 0 &&
                   PyObject_SetAttrString(object, "make", lib_class) == 0
               ? object
               : NULL;
}
static PyModuleDef_Slot slots[] = {{Py_mod_create, create}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = NAME, .m_slots = slots};
#else
static PyModuleDef_Slot slots[] = {{Py_mod_exec, fill}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = NAME, .m_methods = methods, .m_slots = slots};
#endif

PyMODINIT_FUNC PyInit_native(void)
{
    return PyModuleDef_Init(&definition);
}
#endif
