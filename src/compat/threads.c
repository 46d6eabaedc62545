/* Idea: whatever walks over all threads begins at a head that was read under the lock. A thread of native code that
 * wants the GIL enters the list first, under the list's own lock (HEAD_LOCK). CPython 3.11 puts it at the head before
 * it fills it: without the lock one meets a thread that has no frames and no next one. (Later releases fill it first.)
 * What comes afterwards is put before the head that was found, and only who has the GIL takes anything out
 * (PyThreadState_Delete may be called without; nobody is known who does).
 *
 * Must not: wait for the lock for ever. sys._current_frames makes objects while it has it, so a finalizer may run there
 * and let go of the GIL, which it will need again; it does not change the list, though. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/threads.h"

#include <internal/pycore_interp.h>
#include <internal/pycore_runtime.h>

#include <time.h>

#define PATIENCE_US 20000 /* for whoever fills a thread's state it takes less than one */

#if PY_VERSION_HEX < 0x030d0000
static bool lock(PY_TIMEOUT_T microseconds)
{
    return PyThread_acquire_lock_timed(_PyRuntime.interpreters.mutex, microseconds, 0) == PY_LOCK_ACQUIRED;
}

static void unlock(void)
{
    PyThread_release_lock(_PyRuntime.interpreters.mutex);
}
#else
/* PyMutex_Lock would let go of the GIL. */
static bool lock(PY_TIMEOUT_T microseconds)
{
    uint8_t open = _Py_UNLOCKED;
    while (!_Py_atomic_compare_exchange_uint8(&_PyRuntime.interpreters.mutex._bits, &open, _Py_LOCKED)) {
        const struct timespec pause = {0, 10000};
        if (microseconds <= 0) {
            return false;
        }
        microseconds -= 10;
        open = _Py_UNLOCKED;
        nanosleep(&pause, NULL);
    }
    return true;
}

static void unlock(void)
{
    PyMutex_Unlock(&_PyRuntime.interpreters.mutex);
}
#endif

static bool is_whole(const PyThreadState *thread)
{
#if PY_VERSION_HEX < 0x030c0000
    return *(_PyCFrame *const volatile *)&thread->cframe != NULL;
#else
    (void)thread;
    return true;
#endif
}

static PyThreadState *head(void)
{
    return *(PyThreadState *volatile *)&PyInterpreterState_Get()->threads.head;
}

PyThreadState *threads_first(void)
{
    bool locked;
    while (!(locked = lock(PATIENCE_US)) && !is_whole(head())) {
    }
    PyThreadState *first = head();
    if (locked) {
        unlock();
    }
    return first;
}

PyThreadState *threads_first_in_child(void)
{
    bool locked = lock(0);
    PyThreadState *first = head();
    if (locked) {
        unlock();
    }
    return locked || is_whole(first) ? first : NULL;
}
