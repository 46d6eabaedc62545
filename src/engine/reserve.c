/* What has begun to change the process must be able to end, also when the new version has just used up the memory:
 * undoing takes some (a copy of a list, the tables of a walk), and so does finishing what was flipped.
 *
 * Idea: pages are mapped before anything happens and never written to; they cost nothing but their place in the address
 * space and in what the system has promised. When a step that has to be done fails they are given back, and it is run
 * again. Other threads may take memory at the same moment, but they also give some back: hence the pause and the tries.
 *
 * Invariant: the first exception of a step is not the caller's outcome unless the last try failed too.
 * Must not: take the reserve from malloc, which would keep it in a pool of its own. */
#include "engine/reserve.h"

#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

#define RESERVE_BYTES (8u << 20) /* the walk over what a large package brought in takes about 100 bytes an object */
#define STACK_BYTES (256u << 10) /* the tables of a walk that lie on it take 25 kB */
#define TRIES 500
#define PAUSE_NS 1000000

/* The main thread's stack grows when it is used for the first time, and there is no answer but a signal when it cannot.
 */
__attribute__((noinline)) static void use_stack(void)
{
    volatile char room[STACK_BYTES];
    for (size_t i = 0; i < sizeof room; i += 1024) {
        room[i] = 0;
    }
}

/* Lets the stack have what undoing needs of it, unless it is a small one, which never grows. */
static void stretch_stack(void)
{
    pthread_attr_t attributes;
    void *lowest = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) {
        return;
    }
    int unknown = pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
    if (!unknown && (char *)&size > (char *)lowest && (size_t)((char *)&size - (char *)lowest) > 4 * STACK_BYTES) {
        use_stack();
    }
}

int reserve_begin(struct reserve *reserve)
{
    stretch_stack();
    void *memory = mmap(NULL, RESERVE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        PyErr_NoMemory();
        return -1;
    }
    reserve->memory = memory;
    return 0;
}

void reserve_release(struct reserve *reserve)
{
    if (reserve->memory) {
        munmap(reserve->memory, RESERVE_BYTES);
        reserve->memory = NULL;
    }
}

int reserve_insist(struct reserve *reserve, int (*step)(void *arg), void *arg)
{
    int result = step(arg);
    for (int tries = 1, others = 0; result < 0 && tries < TRIES && others < 2; tries++) {
        bool short_of_memory = PyErr_ExceptionMatches(PyExc_MemoryError);
        others += !short_of_memory;
        if (others == 2) {
            break;
        }
        PyErr_Clear();
        reserve_release(reserve);
        if (short_of_memory) {
            Py_BEGIN_ALLOW_THREADS nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
            Py_END_ALLOW_THREADS
        }
        result = step(arg);
    }
    return result;
}
