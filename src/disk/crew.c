/* Many METADATA files at a time.
 *
 * With nothing in the kernel's caches a scan does little but wait, for two or three reads of a few kilobytes each
 * distribution; a disk answers many such questions in the time of one. So some threads take the distributions from one
 * row, in the order of their inodes: that is how they lie on the disk, more or less. Each distribution has its own
 * arena and is read by one thread alone, and all threads have ended when the call returns. What they can share is only
 * the row. A thread that cannot be started is done without: the caller is one of them. */
#include "disk/crew.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#define HELPERS_MAX 7
#define DISTS_PER_HELPER 32 /* a thread costs as much as reading one or two that are in the cache */

struct crew {
    struct disk_dist *dists;
    size_t n;
    atomic_size_t next;
    atomic_bool failed;
};

static int by_inode(const void *a, const void *b)
{
    const struct disk_dist *left = a, *right = b;
    return (left->identity.inode > right->identity.inode) - (left->identity.inode < right->identity.inode);
}

static void *work(void *arg)
{
    struct crew *crew = arg;
    for (size_t i; !atomic_load(&crew->failed) && (i = atomic_fetch_add(&crew->next, 1)) < crew->n;) {
        if (disk_dist_load_metadata(&crew->dists[i], NULL) < 0) {
            atomic_store(&crew->failed, true);
        }
    }
    return NULL;
}

/* Signals are for the threads of the program. */
static size_t call_helpers(struct crew *crew, pthread_t *helpers)
{
    size_t n = 0, wanted = crew->n / DISTS_PER_HELPER;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (n < HELPERS_MAX && n < wanted && pthread_create(&helpers[n], NULL, work, crew) == 0) {
        n++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return n;
}

int crew_load_metadata(struct disk_dist *dists, size_t n)
{
    struct crew crew = {.dists = dists, .n = n};
    pthread_t helpers[HELPERS_MAX];
    if (n) {
        qsort(dists, n, sizeof *dists, by_inode);
    }
    size_t n_helpers = call_helpers(&crew, helpers);
    work(&crew);
    while (n_helpers > 0) {
        pthread_join(helpers[--n_helpers], NULL);
    }
    return atomic_load(&crew.failed) ? -ENOMEM : 0;
}
