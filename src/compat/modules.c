/* The view on sys.modules.
 *
 * Idea: everybody who asks for a module by way of Python or of the import system goes through the type of the
 * modules dict; so the type is the place to tell the staging thread from the others. An own __import__ is not: it
 * misses sys.modules itself, importlib and C code (experiment s9).
 *
 * Invariant: the dict object holds at any time exactly what threads other than the stager see; what the stager
 * added is in view.staged, what it removed in view.hidden. So ending the view, or losing the stager, leaves the
 * process as it was.
 *
 * Must not: let an instance of the view type come into being (copies are plain dicts), nor hand the stager an
 * iterator or a dict view over the real dict.
 *
 * The one static is process-wide because the modules dict is; subinterpreters are refused elsewhere. Which threads
 * share the view is answered in one place, modules_view_mine. */
#include "compat/modules.h"

#include "base/ptrmap.h"
#include "compat/frame.h"

static struct {
    PyTypeObject *type; /* owned, made once */
    unsigned long thread;
    bool on;
    PyObject *staged;     /* owned dict */
    struct ptrmap spaces; /* namespaces (owned) of the modules that were put there */
    PyObject *hidden;     /* owned set */
    PyObject *before;     /* owned frozenset: the names loaded when the view began */
    PyObject *standard;   /* owned: sys.stdlib_module_names */
    PyObject *roots;      /* borrowed set */
    PyObject *names;      /* borrowed dict or set */
    PyObject *others;     /* borrowed list, or NULL */
} view;

PyObject *modules_dict(void)
{
    return PyImport_GetModuleDict();
}

PyObject *modules_loaded(PyObject *name)
{
    PyObject *module = PyDict_GetItemWithError(modules_dict(), name);
    if (!module) {
        PyErr_Clear();
    }
    return module;
}

bool modules_view_on(void)
{
    return view.on;
}

static int is_staged_frame(frame *f, PyThreadState *thread, void *stager)
{
    PyObject *globals = thread == stager ? NULL : frame_globals(f);
    return globals && ptrmap_get(&view.spaces, globals) != NULL;
}

/* Does the calling thread execute code of a staged module, the stager having handed it to a pool? Only imports and
 * looks at sys.modules of other threads pay for this, while the view is on. */
static bool runs_staged_code(void)
{
    return view.spaces.used && frame_each_of(PyThreadState_Get(), is_staged_frame, NULL) != 0;
}

bool modules_view_mine(void)
{
    return view.on && (PyThread_get_thread_ident() == view.thread || runs_staged_code());
}

bool modules_view_elsewhere(void)
{
    return view.spaces.used && frame_each(is_staged_frame, PyThreadState_Get()) != 0;
}

/* Is it a module that everybody sees under its own name? The stager may give it one more (requests.packages does so
 * with all of urllib3): that makes it no staged one. */
static bool is_live(PyObject *space)
{
    PyObject *name = dict_get(space, "__name__");
    PyObject *loaded = name && PyUnicode_Check(name) ? modules_loaded(name) : NULL;
    return loaded && PyModule_Check(loaded) && PyModule_GetDict(loaded) == space;
}

/* The namespace of what the stager has put into its sys.modules is a staged one; also when it has taken it out again.
 */
static int note_space(PyObject *module)
{
    PyObject *space = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
    if (!space || ptrmap_get(&view.spaces, space) || is_live(space)) {
        return 0;
    }
    if (PyErr_Occurred()) {
        return -1;
    }
    if (ptrmap_put(&view.spaces, space, space) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    Py_INCREF(space);
    return 0;
}

static void forget_spaces(void)
{
    struct ptrmap ended = view.spaces;
    ptrmap_init(&view.spaces);
    struct ptrmap_slot *slot;
    for (size_t i = 0; (slot = ptrmap_next(&ended, &i));) {
        Py_DECREF((PyObject *)slot->key);
    }
    ptrmap_release(&ended);
}

/* Is name, or a dotted parent of it, in the set? */
static int under(PyObject *name, PyObject *set)
{
    if (!PyUnicode_Check(name)) {
        return 0;
    }
    OWN_REF part = Py_NewRef(name);
    for (;;) {
        int in = PySequence_Contains(set, part);
        if (in) {
            return in;
        }
        Py_ssize_t dot = PyUnicode_FindChar(part, '.', 0, PyUnicode_GET_LENGTH(part), -1);
        if (dot < 0) {
            return dot == -1 ? 0 : -1;
        }
        PyObject *parent = PyUnicode_Substring(part, 0, dot);
        if (!parent) {
            return -1;
        }
        Py_SETREF(part, parent);
    }
}

int modules_view_owns(PyObject *name)
{
    int in = PySequence_Contains(view.names, name);
    int out = !in && view.others ? PySequence_Contains(view.others, name) : 0;
    return in || out < 0 ? in | out : out ? 0 : under(name, view.roots);
}

int modules_view_standard(PyObject *name)
{
    int owned = modules_view_owns(name);
    return owned ? (owned < 0 ? -1 : 0) : under(name, view.standard);
}

int modules_view_shows(PyObject *name)
{
    int answer = modules_view_owns(name);
    if (answer) {
        return answer < 0 ? -1 : 0;
    }
    answer = PySet_Contains(view.hidden, name);
    if (answer) {
        return answer < 0 ? -1 : 0;
    }
    answer = PySet_Contains(view.before, name);
    return answer ? answer : under(name, view.standard);
}

/* Borrowed; NULL with or without an exception. */
static PyObject *look_up(PyObject *self, PyObject *name)
{
    if (!modules_view_mine()) {
        return PyDict_GetItemWithError(self, name);
    }
    PyObject *value = PyDict_GetItemWithError(view.staged, name);
    if (value || PyErr_Occurred()) {
        return value;
    }
    return modules_view_shows(name) == 1 ? PyDict_GetItemWithError(self, name) : NULL;
}

static int write_real(PyObject *self, PyObject *name, PyObject *value)
{
    return value ? PyDict_SetItem(self, name, value) : PyDict_DelItem(self, name);
}

static int delete_staged(PyObject *self, PyObject *name)
{
    int staged = PyDict_Contains(view.staged, name);
    int shown = staged < 0 ? -1 : modules_view_shows(name);
    int real = shown == 1 ? PyDict_Contains(self, name) : shown;
    if (real < 0) {
        return -1;
    }
    if (!staged && !real) {
        PyErr_SetObject(PyExc_KeyError, name);
        return -1;
    }
    if (real && PySet_Add(view.hidden, name) < 0) {
        return -1;
    }
    return staged ? PyDict_DelItem(view.staged, name) : 0;
}

/* value NULL: delete. */
static int set_item(PyObject *self, PyObject *name, PyObject *value)
{
    if (!modules_view_mine()) {
        return write_real(self, name, value);
    }
    int through = PySet_Contains(view.before, name);
    through = through ? through - 1 : modules_view_standard(name); /* what was loaded before is not touched */
    if (through) {
        return through < 0 ? -1 : write_real(self, name, value);
    }
    if (!value) {
        return delete_staged(self, name);
    }
    return note_space(value) < 0 ? -1 : PyDict_SetItem(view.staged, name, value);
}

/* A plain dict of what the calling thread sees. */
static PyObject *snapshot(PyObject *self)
{
    if (!modules_view_mine()) {
        return PyDict_Copy(self);
    }
    OWN_REF copy = PyDict_New();
    if (!copy) {
        return NULL;
    }
    PyObject *name, *value;
    for (Py_ssize_t i = 0; PyDict_Next(self, &i, &name, &value);) {
        int shown = modules_view_shows(name);
        int staged = shown == 1 ? PyDict_Contains(view.staged, name) : 0;
        if (shown < 0 || staged < 0 || (shown && !staged && PyDict_SetItem(copy, name, value) < 0)) {
            return NULL;
        }
    }
    return PyDict_Update(copy, view.staged) < 0 ? NULL : STEAL(copy);
}

/* A method of plain dict, for a thread that is not the stager, or on a snapshot. */
static PyObject *call_dict(PyObject *self, const char *method, PyObject *args, PyObject *kwargs)
{
    OWN_REF function = PyObject_GetAttrString((PyObject *)&PyDict_Type, method);
    Py_ssize_t n = args ? PyTuple_GET_SIZE(args) : 0;
    OWN_REF full = function ? PyTuple_New(n + 1) : NULL;
    if (!full) {
        return NULL;
    }
    PyTuple_SET_ITEM(full, 0, Py_NewRef(self));
    for (Py_ssize_t i = 0; i < n; i++) {
        PyTuple_SET_ITEM(full, i + 1, Py_NewRef(PyTuple_GET_ITEM(args, i)));
    }
    return PyObject_Call(function, full, kwargs);
}

/* A method that only reads: on the real dict or on a snapshot. */
static PyObject *read_only(PyObject *self, const char *method)
{
    if (!modules_view_mine()) {
        return call_dict(self, method, NULL, NULL);
    }
    OWN_REF seen = snapshot(self);
    return seen ? call_dict(seen, method, NULL, NULL) : NULL;
}

#define READ_ONLY(function, method)                                         \
    static PyObject *function(PyObject *self, PyObject *Py_UNUSED(ignored)) \
    {                                                                       \
        return read_only(self, method);                                     \
    }

READ_ONLY(view_keys, "keys")
READ_ONLY(view_values, "values")
READ_ONLY(view_items, "items")
READ_ONLY(view_reversed, "__reversed__")
READ_ONLY(view_sizeof, "__sizeof__")

static PyObject *view_copy(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return snapshot(self);
}

/* Pickle and copy must neither name the view type nor restore the real content. */
static PyObject *view_reduce(PyObject *self, PyObject *Py_UNUSED(protocol))
{
    PyObject *seen = snapshot(self);
    return seen ? Py_BuildValue("(O(N))", &PyDict_Type, seen) : NULL;
}

static PyObject *view_get(PyObject *self, PyObject *args)
{
    PyObject *name, *value = Py_None;
    if (!PyArg_UnpackTuple(args, "get", 1, 2, &name, &value)) {
        return NULL;
    }
    PyObject *found = look_up(self, name);
    return found ? Py_NewRef(found) : PyErr_Occurred() ? NULL : Py_NewRef(value);
}

static PyObject *view_pop(PyObject *self, PyObject *args)
{
    PyObject *name, *value = NULL;
    if (!PyArg_UnpackTuple(args, "pop", 1, 2, &name, &value)) {
        return NULL;
    }
    OWN_REF found = Py_XNewRef(look_up(self, name));
    if (found) {
        return set_item(self, name, NULL) < 0 ? NULL : STEAL(found);
    }
    if (!PyErr_Occurred() && !value) {
        PyErr_SetObject(PyExc_KeyError, name);
    }
    return PyErr_Occurred() ? NULL : Py_NewRef(value);
}

static PyObject *view_setdefault(PyObject *self, PyObject *args)
{
    PyObject *name, *value = Py_None;
    if (!PyArg_UnpackTuple(args, "setdefault", 1, 2, &name, &value)) {
        return NULL;
    }
    PyObject *found = look_up(self, name);
    if (found) {
        return Py_NewRef(found);
    }
    return PyErr_Occurred() || set_item(self, name, value) < 0 ? NULL : Py_NewRef(value);
}

static PyObject *view_popitem(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    OWN_REF item = read_only(self, "popitem");
    if (item && modules_view_mine() && set_item(self, PyTuple_GET_ITEM(item, 0), NULL) < 0) {
        return NULL;
    }
    return STEAL(item);
}

static PyObject *view_clear(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    OWN_REF seen = snapshot(self);
    if (!seen) {
        return NULL;
    }
    if (!modules_view_mine()) {
        return call_dict(self, "clear", NULL, NULL);
    }
    PyObject *name, *value;
    for (Py_ssize_t i = 0; PyDict_Next(seen, &i, &name, &value);) {
        if (set_item(self, name, NULL) < 0) {
            return NULL;
        }
    }
    Py_RETURN_NONE;
}

/* What dict.update would add, gathered in a plain dict first; then each entry goes by the thread. */
static int update(PyObject *self, PyObject *args, PyObject *kwargs)
{
    OWN_REF added = PyDict_New();
    OWN_REF done = added ? call_dict(added, "update", args, kwargs) : NULL;
    if (!done) {
        return -1;
    }
    PyObject *name, *value;
    for (Py_ssize_t i = 0; PyDict_Next(added, &i, &name, &value);) {
        if (set_item(self, name, value) < 0) {
            return -1;
        }
    }
    return 0;
}

static PyObject *view_update(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (!modules_view_mine()) {
        return call_dict(self, "update", args, kwargs);
    }
    return update(self, args, kwargs) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *view_fromkeys(PyObject *Py_UNUSED(type), PyObject *args)
{
    OWN_REF function = PyObject_GetAttrString((PyObject *)&PyDict_Type, "fromkeys");
    return function ? PyObject_CallObject(function, args) : NULL;
}

static PyObject *view_subscript(PyObject *self, PyObject *name)
{
    PyObject *value = look_up(self, name);
    if (!value && !PyErr_Occurred()) {
        PyErr_SetObject(PyExc_KeyError, name);
    }
    return Py_XNewRef(value);
}

static int view_contains(PyObject *self, PyObject *name)
{
    return look_up(self, name) ? 1 : PyErr_Occurred() ? -1 : 0;
}

static Py_ssize_t view_length(PyObject *self)
{
    if (!modules_view_mine()) {
        return PyDict_GET_SIZE(self);
    }
    OWN_REF seen = snapshot(self);
    return seen ? PyDict_GET_SIZE(seen) : -1;
}

static PyObject *view_iter(PyObject *self)
{
    if (!modules_view_mine()) {
        return PyDict_Type.tp_iter(self);
    }
    OWN_REF seen = snapshot(self);
    return seen ? PyObject_GetIter(seen) : NULL;
}

static PyObject *view_repr(PyObject *self)
{
    if (!modules_view_mine()) {
        return PyDict_Type.tp_repr(self);
    }
    OWN_REF seen = snapshot(self);
    return seen ? PyObject_Repr(seen) : NULL;
}

/* The operand as a plain dict when it is the modules dict, else itself. */
static PyObject *operand(PyObject *object)
{
    return Py_TYPE(object) == view.type ? snapshot(object) : Py_NewRef(object);
}

static PyObject *view_richcompare(PyObject *a, PyObject *b, int op)
{
    OWN_REF left = operand(a);
    OWN_REF right = left ? operand(b) : NULL;
    return right ? PyDict_Type.tp_richcompare(left, right, op) : NULL;
}

static PyObject *view_or(PyObject *a, PyObject *b)
{
    OWN_REF left = operand(a);
    OWN_REF right = left ? operand(b) : NULL;
    return right ? PyDict_Type.tp_as_number->nb_or(left, right) : NULL;
}

static PyObject *view_inplace_or(PyObject *self, PyObject *other)
{
    if (!modules_view_mine()) {
        return PyDict_Type.tp_as_number->nb_inplace_or(self, other);
    }
    OWN_REF args = PyTuple_Pack(1, other);
    return !args || update(self, args, NULL) < 0 ? NULL : Py_NewRef(self);
}

static PyMethodDef view_methods[] = {
    {"keys", view_keys, METH_NOARGS, NULL},
    {"values", view_values, METH_NOARGS, NULL},
    {"items", view_items, METH_NOARGS, NULL},
    {"copy", view_copy, METH_NOARGS, NULL},
    {"get", view_get, METH_VARARGS, NULL},
    {"pop", view_pop, METH_VARARGS, NULL},
    {"popitem", view_popitem, METH_NOARGS, NULL},
    {"setdefault", view_setdefault, METH_VARARGS, NULL},
    {"update", (PyCFunction)(void (*)(void))view_update, METH_VARARGS | METH_KEYWORDS, NULL},
    {"clear", view_clear, METH_NOARGS, NULL},
    {"fromkeys", view_fromkeys, METH_VARARGS | METH_CLASS, NULL},
    {"__copy__", view_copy, METH_NOARGS, NULL},
    {"__reduce__", view_reduce, METH_NOARGS, NULL},
    {"__reduce_ex__", view_reduce, METH_O, NULL},
    {"__reversed__", view_reversed, METH_NOARGS, NULL},
    {"__sizeof__", view_sizeof, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot view_slots[] = {
    {Py_tp_methods, view_methods},
    {Py_tp_iter, view_iter},
    {Py_tp_repr, view_repr},
    {Py_tp_richcompare, view_richcompare},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_mp_length, view_length},
    {Py_mp_subscript, view_subscript},
    {Py_mp_ass_subscript, set_item},
    {Py_sq_contains, view_contains},
    {Py_nb_or, view_or},
    {Py_nb_inplace_or, view_inplace_or},
    {0, NULL},
};

static PyType_Spec view_spec = {
    .name = "midflight.ModulesView",
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = view_slots,
};

int modules_view_begin(PyObject *roots, PyObject *names, PyObject *others)
{
    PyObject *dict = modules_dict();
    if (view.on || !PyDict_CheckExact(dict)) {
        return 1;
    }
    if (!view.type) {
        view.type = (PyTypeObject *)PyType_FromSpecWithBases(&view_spec, (PyObject *)&PyDict_Type);
    }
    PyObject *standard = sys_get("stdlib_module_names");
    OWN_REF staged = PyDict_New();
    OWN_REF hidden = PySet_New(NULL);
    OWN_REF before = PyFrozenSet_New(dict);
    if (!view.type || !standard || !staged || !hidden || !before) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_RuntimeError, "sys.stdlib_module_names is missing");
        }
        return -1;
    }
    view.staged = STEAL(staged);
    view.hidden = STEAL(hidden);
    view.before = STEAL(before);
    view.standard = Py_NewRef(standard);
    view.roots = roots;
    view.names = names;
    view.others = others;
    view.thread = PyThread_get_thread_ident();
    view.on = true;
    Py_INCREF(view.type); /* an instance holds a heap type */
    Py_SET_TYPE(dict, view.type);
    return 0;
}

void modules_view_end(PyObject **ret_staged, PyObject **ret_hidden)
{
    Py_SET_TYPE(modules_dict(), &PyDict_Type);
    Py_DECREF(view.type);
    view.on = false;
    *ret_staged = view.staged;
    *ret_hidden = view.hidden;
    view.staged = view.hidden = NULL;
    forget_spaces();
    view.roots = view.names = view.others = NULL;
    Py_CLEAR(view.before);
    Py_CLEAR(view.standard);
}
