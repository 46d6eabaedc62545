/* Allocations that fail: an allocator in front of Python's three, which counts and, at a number given, has no memory.
 *
 * The n-th call that would allocate fails, or that and some that follow (never all: CPython unwinds an exception by
 * trying again until there is memory). What midflight allocates with the C library is
 * counted too in a build with MIDFLIGHT_FAULTS (wrap_malloc.c). To choose the numbers, a rehearsal notes of each
 * allocation whether midflight's own code stands close behind it.
 * Invariant: once installed the allocator stays; memory goes back to where it came from.
 * Must not: allocate by what it counts. */
#include "testing/testing.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <string.h>

#define CLOSE 10 /* calls between an allocation and the code that asked for it: more are seldom */

static const PyMemAllocatorDomain domains[] = {PYMEM_DOMAIN_RAW, PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ};

/* One per process, like the allocators themselves. Some calls come without the GIL: what is read there is atomic. */
static PyMemAllocatorEx below[3];
static long counted, failing_at, failing_to; /* number of the last allocation, of the first and last that fail */
static bool paused;
static char *noted; /* owned while rehearsing, room for n_noted: 1 midflight asked for it */
static long n_noted;

static bool is_ours(void *address)
{
    Dl_info info;
    const char *file = dladdr(address, &info) && info.dli_fname ? strrchr(info.dli_fname, '/') : NULL;
    return file && strncmp(file, "/_engine.", 9) == 0;
}

static bool asked_by_us(void)
{
    void *addresses[CLOSE];
    int n = backtrace(addresses, CLOSE);
    bool ours = false;
    for (int i = 0; i < n && !ours; i++) {
        ours = is_ours(addresses[i]);
    }
    return ours;
}

static bool fails(void)
{
    if (__atomic_load_n(&paused, __ATOMIC_RELAXED)) {
        return false;
    }
    long number = __atomic_add_fetch(&counted, 1, __ATOMIC_RELAXED);
    if (noted && number <= n_noted) {
        noted[number - 1] = asked_by_us();
    }
    return number >= __atomic_load_n(&failing_at, __ATOMIC_RELAXED) &&
           number <= __atomic_load_n(&failing_to, __ATOMIC_RELAXED);
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
    void *address;
    backtrace(&address, 1); /* loads what it needs now, not in the middle of an allocation */
    for (int i = 0; i < 3; i++) {
        PyMem_GetAllocator(domains[i], &below[i]);
        PyMemAllocatorEx front = {&below[i], failing_malloc, failing_calloc, failing_realloc, passing_free};
        PyMem_SetAllocator(domains[i], &front);
    }
}

/* Nothing fails when `to` is 0. */
static void start(long at, long to)
{
    __atomic_store_n(&failing_to, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&failing_at, at, __ATOMIC_RELAXED);
    __atomic_store_n(&counted, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&failing_to, to, __ATOMIC_RELAXED);
}

static PyObject *memory_fail(PyObject *module, PyObject *args)
{
    (void)module;
    long at, many = 1;
    if (!PyArg_ParseTuple(args, "l|l", &at, &many)) {
        return NULL;
    }
    install();
    start(at, at + many - 1);
    Py_RETURN_NONE;
}

static PyObject *memory_stop(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    long n = __atomic_load_n(&counted, __ATOMIC_RELAXED);
    __atomic_store_n(&failing_to, 0, __ATOMIC_RELAXED);
    return PyLong_FromLong(n);
}

/* While paused nothing is counted and nothing fails. */
static PyObject *memory_pause(PyObject *module, PyObject *pause)
{
    (void)module;
    __atomic_store_n(&paused, pause == Py_True, __ATOMIC_RELAXED);
    Py_RETURN_NONE;
}

static PyObject *memory_rehearse(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *room; /* owned by the caller until memory_stop */
    if (!PyArg_ParseTuple(args, "O!", &PyByteArray_Type, &room)) {
        return NULL;
    }
    install();
    start(0, 0);
    n_noted = (long)PyByteArray_GET_SIZE(room);
    noted = PyByteArray_AS_STRING(room);
    Py_RETURN_NONE;
}

static PyObject *memory_end_rehearsal(PyObject *module, PyObject *unused)
{
    noted = NULL;
    return memory_stop(module, unused);
}

static PyMethodDef methods[] = {
    {"fail_allocation", memory_fail, METH_VARARGS, "fail_allocation(n[, how many]): 0 none"},
    {"stop_failing", memory_stop, METH_NOARGS, "stop_failing() -> allocations since fail_allocation()"},
    {"pause_failing", memory_pause, METH_O, "pause_failing(bool)"},
    {"rehearse_allocations", memory_rehearse, METH_VARARGS,
     "rehearse_allocations(bytearray): sets a byte for each allocation that midflight asks for"},
    {"end_rehearsal", memory_end_rehearsal, METH_NOARGS, "end_rehearsal() -> allocations since"},
    {NULL, NULL, 0, NULL},
};

int memory_add(PyObject *module)
{
    return PyModule_AddFunctions(module, methods);
}
