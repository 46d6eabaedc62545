/* pthread_join returns a little before the kernel takes the thread off its list; a fork right afterwards would still
 * find two. So the list is asked, for some milliseconds at most. */
#include "base/thread.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *begin(void *arg)
{
    struct thread *thread = arg;
    prctl(PR_SET_NAME, thread->name);
    atomic_store(&thread->number, (pid_t)syscall(SYS_gettid));
    thread->run(thread->arg);
    return NULL;
}

int thread_begin(struct thread *thread, const char *name, size_t stack, void (*run)(void *arg), void *arg)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    int failed = pthread_attr_init(&attributes);
    if (failed) {
        return -failed;
    }
    if (stack) {
        (void)pthread_attr_setstacksize(&attributes, stack);
    }
    thread->name = name;
    thread->run = run;
    thread->arg = arg;
    atomic_store(&thread->number, 0);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&thread->id, &attributes, begin, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return -failed;
}

void thread_join(struct thread *thread)
{
    char task[48];
    pthread_join(thread->id, NULL);
    snprintf(task, sizeof task, "/proc/self/task/%ld", (long)atomic_load(&thread->number));
    for (int i = 0; i < 1000 && access(task, F_OK) == 0; i++) {
        usleep(20);
    }
}

bool thread_is_current(const struct thread *thread)
{
    return pthread_equal(pthread_self(), thread->id);
}
