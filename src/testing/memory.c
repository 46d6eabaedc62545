/* Allocations that fail: an allocator in front of Python's three, which counts what midflight itself asks for and, from
 * a number given on, has no memory for it once or a few times. And a signal that arrives again as soon as its handler
 * has run: so the handler runs wherever one can.
 *
 * Only midflight's own fail: CPython 3.11 to 3.13 does not survive every failure of its own code (3.13.0 drops a
 * reference too many when a function cannot be made, and leaves a damaged dict when setdefault() cannot grow it), and
 * that is no matter of ours. An allocation is midflight's when a function of midflight._engine is on the C stack above
 * the innermost evaluation of Python code. What it takes from the C library is counted too in a build with
 * MIDFLIGHT_FAULTS (wrap_malloc.c). Invariant: once installed the allocator stays; memory goes back to where it came
 * from. Must not: allocate by what it counts. */
#define Py_BUILD_CORE_MODULE 1
#include "testing/testing.h"

#include <internal/pycore_frame.h>

#include <link.h>
#include <string.h>
#include <unwind.h>

static const PyMemAllocatorDomain domains[] = {PYMEM_DOMAIN_RAW, PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ};

/* One per process, like the allocators themselves. Some calls come without the GIL: `watching` is read atomically, the
 * rest only by the thread that holds the GIL. */
static PyMemAllocatorEx below[3];
static bool watching, whoever;                         /* also who is not midflight._engine */
static int signal_number;                              /* not 0: this signal arrives */
static PyObject *interruption;                         /* owned for ever: the handler that raises */
static long counted, failing_at, failing_to, in_a_row; /* number of the last, of the first and last that fail */

/* ---- who asks? ---- */

/* An address in the C stack frame of the innermost evaluation of Python code; NULL when there is none. */
static void *innermost_evaluation(PyThreadState *thread)
{
#if PY_VERSION_HEX >= 0x030d0000
    _PyInterpreterFrame *f = thread->current_frame;
    while (f && f->owner != FRAME_OWNED_BY_CSTACK) {
        f = f->previous;
    }
    return f;
#else
    return thread->cframe != &thread->root_cframe ? thread->cframe : NULL;
#endif
}

/* The text of midflight._engine. */
static uintptr_t text_begin, text_end;

static int find_text(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    const char *file = info->dlpi_name ? strrchr(info->dlpi_name, '/') : NULL;
    if (!file || strncmp(file, "/_engine.", 9) != 0) {
        return 0;
    }
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
            text_begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            text_end = text_begin + info->dlpi_phdr[i].p_memsz;
        }
    }
    return 1;
}

struct asking {
    void *evaluation;
    bool ours;
};

uintptr_t memory_offset_of(uintptr_t address)
{
    if (!text_end) {
        dl_iterate_phdr(find_text, NULL);
    }
    return address >= text_begin && address < text_end ? address - text_begin + 1 : 0;
}

static _Unwind_Reason_Code look_at(struct _Unwind_Context *context, void *arg)
{
    struct asking *asking = arg;
    if (asking->evaluation && (void *)_Unwind_GetCFA(context) > asking->evaluation) {
        return _URC_END_OF_STACK;
    }
    asking->ours = memory_offset_of(_Unwind_GetIP(context)) != 0;
    return asking->ours ? _URC_END_OF_STACK : _URC_NO_REASON;
}

static bool asked_by_us(void)
{
    PyThreadState *thread = _PyThreadState_UncheckedGet();
    if (!thread || !PyGILState_Check()) {
        return false;
    }
    struct asking asking = {.evaluation = innermost_evaluation(thread)};
    _Unwind_Backtrace(look_at, &asking);
    return asking.ours;
}

/* ---- the allocator ---- */

static bool fails(void)
{
    if (!__atomic_load_n(&watching, __ATOMIC_RELAXED) || !(whoever || asked_by_us())) {
        return false;
    }
    counted++;
    if (branches_at(counted)) {
        failing_at = counted;
        failing_to = counted + in_a_row - 1;
    }
    return counted >= failing_at && counted <= failing_to;
}

static void *failing_malloc(void *context, size_t size)
{
    PyMemAllocatorEx *allocator = context;
    return fails() ? NULL : allocator->malloc(allocator->ctx, size);
}

static void *failing_calloc(void *context, size_t count, size_t size)
{
    PyMemAllocatorEx *allocator = context;
    return fails() ? NULL : allocator->calloc(allocator->ctx, count, size);
}

static void *failing_realloc(void *context, void *block, size_t size)
{
    PyMemAllocatorEx *allocator = context;
    return fails() ? NULL : allocator->realloc(allocator->ctx, block, size);
}

static void passing_free(void *context, void *block)
{
    PyMemAllocatorEx *allocator = context;
    allocator->free(allocator->ctx, block);
}

static void install(void)
{
    static bool installed;
    if (installed) {
        return;
    }
    installed = true;
    (void)asked_by_us(); /* loads what it needs now, not in the middle of an allocation */
    for (int i = 0; i < 3; i++) {
        PyMem_GetAllocator(domains[i], &below[i]);
        PyMemAllocatorEx front = {&below[i], failing_malloc, failing_calloc, failing_realloc, passing_free};
        PyMem_SetAllocator(domains[i], &front);
    }
}

/* ---- what tests call ---- */

static void begin(long at, long many)
{
    install();
    counted = 0;
    failing_at = at;
    in_a_row = many;
    failing_to = at > 0 ? at + many - 1 : 0;
    __atomic_store_n(&watching, true, __ATOMIC_RELAXED);
}

void memory_fail_one(long at)
{
    whoever = true;
    begin(at, 1);
}

void memory_fail_none(void)
{
    __atomic_store_n(&watching, false, __ATOMIC_RELAXED);
    whoever = false;
}

static PyObject *memory_fail(PyObject *module, PyObject *args)
{
    (void)module;
    long at, many = 1;
    if (!PyArg_ParseTuple(args, "l|l", &at, &many)) {
        return NULL;
    }
    begin(at, many);
    Py_RETURN_NONE;
}

static PyObject *memory_interrupt(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *raised;
    if (!PyArg_ParseTuple(args, "iO", &signal_number, &raised)) {
        return NULL;
    }
    Py_XSETREF(interruption, Py_NewRef(raised));
    counted = 0;
    PyErr_SetInterruptEx(signal_number);
    Py_RETURN_NONE;
}

/* In C, for a handler in Python would be interrupted itself. What raises is in Python, and the handler of some other
 * signal: midflight knows a handler's exception by its function. */
static PyObject *memory_interrupted(PyObject *module, PyObject *args)
{
    (void)module;
    if (signal_number && branches_at(++counted)) {
        return PyObject_Call(interruption, args, NULL);
    }
    if (signal_number) {
        PyErr_SetInterruptEx(signal_number);
    }
    Py_RETURN_NONE;
}

static PyObject *memory_stop(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    __atomic_store_n(&watching, false, __ATOMIC_RELAXED);
    signal_number = 0;
    return PyLong_FromLong(counted);
}

static PyMethodDef methods[] = {
    {"fail_allocation", memory_fail, METH_VARARGS,
     "fail_allocation(n[, how many]): of those that midflight asks for from now on; 0: none, only count"},
    {"interrupt", memory_interrupt, METH_VARARGS,
     "interrupt(signal, handler): from now on it arrives wherever its handler, interrupted(), can run"},
    {"interrupted", memory_interrupted, METH_VARARGS,
     "interrupted(signal, frame): in a branch that handler is called; elsewhere the signal arrives again"},
    {"stop_failing", memory_stop, METH_NOARGS, "stop_failing() -> allocations counted"},
    {NULL, NULL, 0, NULL},
};

int memory_add(PyObject *module)
{
    return PyModule_AddFunctions(module, methods);
}
