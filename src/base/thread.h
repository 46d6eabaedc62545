/* Threads of our own in somebody else's process. */
#ifndef MIDFLIGHT_THREAD_H
#define MIDFLIGHT_THREAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct thread {
    pthread_t id;
    _Atomic pid_t number; /* as the kernel counts it; 0: it has not begun yet */
    const char *name;
    void (*run)(void *arg);
    void *arg;
};

/* Starts run(arg). All signals are blocked in it: they are for the program's threads, which may be waiting for one.
 * name: 15 characters at most, borrowed; stack: bytes, 0 for as much as usual. *thread must stay where it is until
 * thread_join. 0 or -errno. */
int thread_begin(struct thread *thread, const char *name, size_t stack, void (*run)(void *arg), void *arg);

/* Waits for its end. Afterwards the kernel does not count it any more either: CPython looks at that count when it
 * forks. */
void thread_join(struct thread *thread);

/* Is it the one that asks? Only of one that was started and not joined. */
bool thread_is_current(const struct thread *thread);

#endif
