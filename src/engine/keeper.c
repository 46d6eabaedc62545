/* One queue, one mutex, one thread that comes and goes.
 *
 * The program's threads add to the queue with the GIL held; the thread takes the first, works without any lock, and
 * marks it done. It never asks for the GIL, so whoever holds it may wait for the thread.
 *
 * Before a fork the thread is stopped and joined: the child of a process with several threads is a child with locks
 * that nobody gives back, and from 3.12 on Python warns about it. What it was at is begun again afterwards, from the
 * main thread's next turn (a pending call), because Python counts threads after its own hooks. A fork that bypasses
 * Python is noticed by the process id.
 *
 * Must not: write to the vault after the process has begun to end, or wait for the program. */
#include "engine/keeper.h"

#include "base/thread.h"
#include "disk/taken.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REST_NS 20000000ll     /* imports rest when none has brought another install for this long */
#define LONGEST_NS 500000000ll /* but no install waits longer than this */
#define STACK_BYTES 262144

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* something was added, done, hurried or stopped */
    struct keep *first, *last;
    int64_t latest; /* when the last was added */
    struct thread thread;
    bool running;  /* it works or waits */
    bool joinable; /* it was started and nobody has waited for its end */
    bool hurried;
    bool untidy;     /* something was dropped since the vault was swept */
    unsigned ending; /* forks and drops under way: no thread is started before they are over */
    atomic_bool stop;
    pid_t process;
    struct vault vault; /* the thread's while it runs, else whoever holds the GIL has it */
    struct vault_settings settings;
    char *dir; /* owned: of settings */
    char text[256];
    bool on, failed;
} keeper = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .vault = {.fd = -1}};

/* ---- the thread ---- */

static int64_t clock_ns(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* With the mutex held, which is given back while it waits: is it time for this one? What is kept while imports are
 * under way makes them a tenth slower (page faults and look-ups of files of one process wait for each other). False: it
 * may not even be in the queue any more. */
static bool is_time(const struct keep *keep)
{
    int64_t rest = keeper.latest + REST_NS, longest = keep->since + LONGEST_NS, until = rest < longest ? rest : longest;
    struct timespec end = {until / 1000000000, (long)(until % 1000000000)};
    if (keeper.hurried || clock_ns() >= until) {
        return true;
    }
    pthread_cond_timedwait(&keeper.changed, &keeper.mutex, &end);
    return false;
}

/* Without the mutex: reads what RECORD says of the files. */
static int make_entry(struct keep *keep, struct disk_error *error)
{
    struct disk_dist dist;
    int result = taken_load(keep->taken, &dist, error);
    if (result == 0) {
        result = vault_entry_take(&dist, &keep->entry);
        disk_dist_release(&dist);
    }
    if (result < 0) {
        snprintf(keep->text, sizeof keep->text, "its RECORD cannot be read: %s", strerror(-result));
    }
    return result;
}

/* Without the mutex. */
static int keep_one(struct keep *keep)
{
    struct disk_error error = {.text = ""};
    int result = 0;
    if (!keeper.vault.dir && !keeper.failed) {
        result = vault_open(&keeper.settings, &keeper.vault, &error);
        keeper.failed = result < 0;
        snprintf(keeper.text, sizeof keeper.text, "%.250s", error.text);
    }
    if (keeper.failed) {
        snprintf(keep->text, sizeof keep->text, "%s", keeper.text);
        return -EACCES;
    }
    if (!keep->entry && (result = make_entry(keep, &error)) < 0) {
        return result;
    }
    result = vault_keep(&keeper.vault, keep->entry, &keeper.stop, &error);
    if (result < 0 && result != -EINTR) {
        snprintf(keep->text, sizeof keep->text, "%.250s", error.text);
    }
    return result;
}

/* With the mutex held, which is given back meanwhile. */
static void sweep(void)
{
    keeper.untidy = false;
    pthread_mutex_unlock(&keeper.mutex);
    vault_sweep(&keeper.vault, &keeper.stop);
    pthread_mutex_lock(&keeper.mutex);
    keeper.untidy = keeper.untidy || atomic_load(&keeper.stop);
}

static void run(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&keeper.mutex);
    while ((keeper.first || keeper.untidy) && !atomic_load(&keeper.stop)) {
        struct keep *keep = keeper.first;
        if (!keep) {
            sweep();
            continue;
        }
        if (!is_time(keep)) {
            continue;
        }
        pthread_mutex_unlock(&keeper.mutex);
        int result = keep_one(keep);
        pthread_mutex_lock(&keeper.mutex);
        if (result == -EINTR) {
            break;
        }
        keeper.first = keep->queued;
        keeper.last = keeper.first ? keeper.last : NULL;
        atomic_store_explicit(&keep->state, result < 0 ? KEEP_FAILED : KEEP_DONE, memory_order_release);
        pthread_cond_broadcast(&keeper.changed);
    }
    keeper.running = false;
    pthread_cond_broadcast(&keeper.changed);
    pthread_mutex_unlock(&keeper.mutex);
}

/* With the mutex held: the thread has done its last step, or is told to by *stop. */
static void join_thread(void)
{
    while (keeper.running) {
        pthread_cond_wait(&keeper.changed, &keeper.mutex);
    }
    if (keeper.joinable) {
        keeper.joinable = false;
        thread_join(&keeper.thread);
    }
}

/* With the mutex held. */
static int begin_thread(void)
{
    if (keeper.running || keeper.ending || !(keeper.first || keeper.untidy)) {
        return 0;
    }
    join_thread();
    atomic_store(&keeper.stop, false);
    int failed = thread_begin(&keeper.thread, "midflight-vault", STACK_BYTES, run, NULL);
    keeper.running = keeper.joinable = failed == 0;
    return failed;
}

/* With the mutex held. */
static void end_thread(void)
{
    atomic_store(&keeper.stop, true);
    pthread_cond_broadcast(&keeper.changed);
    join_thread();
}

/* ---- forks ---- */

/* In a child that did not come from Python's own fork: no thread, and locks in whatever state. */
static void settle_process(void)
{
    if (keeper.process == getpid()) {
        return;
    }
    keeper.process = getpid();
    keeper.mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    keeper.changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    keeper.running = keeper.joinable = false;
    keeper.ending = 0;
    vault_forked(&keeper.vault, true);
}

static int go_on(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&keeper.mutex);
    (void)begin_thread(); /* if it cannot, the next request tries again */
    pthread_mutex_unlock(&keeper.mutex);
    return 0;
}

static PyObject *before_fork(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    pthread_mutex_lock(&keeper.mutex);
    keeper.ending++;
    end_thread();
    pthread_mutex_unlock(&keeper.mutex);
    Py_RETURN_NONE;
}

static PyObject *after_in_parent(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    pthread_mutex_lock(&keeper.mutex);
    vault_forked(&keeper.vault, false);
    keeper.ending -= keeper.ending > 0;
    pthread_cond_broadcast(&keeper.changed); /* who waits without the GIL may be the main thread: no turn of it comes */
    pthread_mutex_unlock(&keeper.mutex);
    if (keeper.first || keeper.untidy) {
        (void)Py_AddPendingCall(go_on, NULL);
    }
    Py_RETURN_NONE;
}

static PyObject *after_in_child(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    settle_process();
    if (keeper.first || keeper.untidy) {
        (void)Py_AddPendingCall(go_on, NULL);
    }
    Py_RETURN_NONE;
}

static int watch_forks(void)
{
    static PyMethodDef before = {"midflight_before_fork", before_fork, METH_NOARGS, NULL};
    static PyMethodDef parent = {"midflight_after_in_parent", after_in_parent, METH_NOARGS, NULL};
    static PyMethodDef child = {"midflight_after_in_child", after_in_child, METH_NOARGS, NULL};
    OWN_REF posix = PyImport_ImportModule("posix");
    OWN_REF add = posix ? PyObject_GetAttrString(posix, "register_at_fork") : NULL;
    OWN_REF first = add ? PyCFunction_New(&before, NULL) : NULL;
    OWN_REF second = first ? PyCFunction_New(&parent, NULL) : NULL;
    OWN_REF third = second ? PyCFunction_New(&child, NULL) : NULL;
    OWN_REF none = third ? PyTuple_New(0) : NULL;
    OWN_REF names =
        none ? Py_BuildValue("{s:O,s:O,s:O}", "before", first, "after_in_parent", second, "after_in_child", third)
             : NULL;
    OWN_REF done = names ? PyObject_Call(add, none, names) : NULL;
    return done ? 0 : -1;
}

/* ---- from outside ---- */

static void at_exit(void)
{
    settle_process();
    pthread_mutex_lock(&keeper.mutex);
    end_thread();
    pthread_mutex_unlock(&keeper.mutex);
    vault_close(&keeper.vault);
}

/* A number of the environment; 0 when there is none or it is none. */
static uint64_t setting(const char *name)
{
    const char *text = getenv(name);
    char *end;
    unsigned long long value = text && *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
    return value && *end == '\0' && value < 1ull << 62 ? value : 0;
}

int keeper_start(void)
{
    const char *dir = getenv("MIDFLIGHT_VAULT");
    if (keeper.on || (dir && strcmp(dir, "off") == 0)) {
        return 0;
    }
    uint64_t age = setting("MIDFLIGHT_VAULT_AGE");
    keeper.dir = dir && *dir ? strdup(dir) : NULL;
    keeper.settings = (struct vault_settings){keeper.dir, setting("MIDFLIGHT_VAULT_BYTES"),
                                              age < 1ull << 32 ? (int64_t)age * 1000000000 : 0};
    keeper.vault = (struct vault){.fd = -1, .lease = -1, .inherited = -1};
    keeper.process = getpid();
    if (watch_forks() < 0) {
        return -1;
    }
    keeper.on = true;
    (void)Py_AtExit(at_exit); /* without: the next process tidies up */
    return 0;
}

bool keeper_is_on(void)
{
    return keeper.on;
}

void keeper_add(struct keep *keep)
{
    settle_process();
    keep->queued = NULL;
    pthread_mutex_lock(&keeper.mutex);
    keep->since = keeper.latest = clock_ns();
    if (keeper.last) {
        keeper.last->queued = keep;
    } else {
        keeper.first = keep;
    }
    keeper.last = keep;
    (void)begin_thread(); /* if it cannot, the next request tries again */
    pthread_mutex_unlock(&keeper.mutex);
}

static bool is_done(const struct keep *keep)
{
    return keep ? atomic_load_explicit(&keep->state, memory_order_acquire) != KEEP_QUEUED : !keeper.first;
}

bool keeper_wait(const struct keep *keep, double seconds)
{
    int64_t until = clock_ns() + (int64_t)((seconds < 1e9 ? seconds : 1e9) * 1e9); /* more would not fit */
    struct timespec end = {until / 1000000000, (long)(until % 1000000000)};
    settle_process();
    Py_BEGIN_ALLOW_THREADS;
    pthread_mutex_lock(&keeper.mutex);
    while (!is_done(keep) && clock_ns() < until) {
        keeper.hurried = true;
        pthread_cond_broadcast(&keeper.changed);
        if (begin_thread() < 0 || pthread_cond_timedwait(&keeper.changed, &keeper.mutex, &end) != 0) {
            break;
        }
    }
    keeper.hurried = false;
    pthread_mutex_unlock(&keeper.mutex);
    Py_END_ALLOW_THREADS;
    return is_done(keep);
}

const struct vault *keeper_vault(void)
{
    settle_process();
    return &keeper.vault;
}

/* With no thread at work and the mutex held. */
static void unqueue(const struct keep *keep)
{
    struct keep *before = NULL;
    for (struct keep **link = &keeper.first; *link; link = &(*link)->queued) {
        if (*link == keep) {
            *link = keep->queued;
            keeper.last = keeper.last == keep ? before : keeper.last;
            return;
        }
        before = *link;
    }
}

void keeper_drop(const struct keep *keep)
{
    settle_process();
    pthread_mutex_lock(&keeper.mutex);
    keeper.ending++; /* the mutex is given back while the thread ends, and keeper_wait would start the next one */
    end_thread();
    keeper.ending--;
    unqueue(keep);
    if (keep->entry && atomic_load(&keep->state) != KEEP_FAILED) {
        vault_drop(&keeper.vault, keep->entry); /* one that was begun is listed as used */
        keeper.untidy = true;                   /* removing many files takes longer than a flip: not with the GIL */
    }
    (void)begin_thread(); /* if it cannot, the next request tries again */
    pthread_mutex_unlock(&keeper.mutex);
}
