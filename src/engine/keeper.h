/* keeper: a thread that puts the files of what was loaded into the vault, beside the program.
 *
 * It needs no GIL, runs only while there is something to do, and starts a little after the first request, so that a
 * program that is over by then has cost nothing. It is stopped before a fork and goes on afterwards, in both. */
#ifndef MIDFLIGHT_KEEPER_H
#define MIDFLIGHT_KEEPER_H

#include "compat/ref.h"
#include "disk/vault.h"

enum keep_state {
    KEEP_QUEUED,
    KEEP_DONE,   /* the entry's files are in the vault */
    KEEP_FAILED, /* they are not, and will not be: text says why */
};

struct keep {
    struct disk_taken *taken;  /* one hold, or NULL: the entry was there from the beginning */
    struct vault_entry *entry; /* owned; the thread makes it of what was taken, and fills it: to be read by others once
                                  the state is KEEP_DONE */
    const char *name, *version, *root, *metadata_dir; /* borrowed from either */
    PyObject *owner;                                  /* owned: owner.h */
    _Atomic int state;                                /* enum keep_state */
    char text[256];                                   /* why it failed; constant once the state is KEEP_FAILED */
    struct keep *next;                                /* kept.c's list */
    struct keep *queued;                              /* keeper.c's queue */
    int64_t since;                                    /* when it was added there */
};

/* Registers what is to happen at forks and at the end of the process, and reads the settings from the environment:
 * MIDFLIGHT_VAULT (a directory, or "off"), MIDFLIGHT_VAULT_BYTES, MIDFLIGHT_VAULT_AGE (seconds). 0 or -1. */
int keeper_start(void) MUST_CHECK;

/* Is anything kept at all? */
bool keeper_is_on(void);

/* Hands an install over. GIL held. What cannot be begun is KEEP_FAILED. */
void keeper_add(struct keep *keep);

/* Waits until this one is done, or until the time (seconds) is over; with NULL for all. The wait for the first is cut
 * short. Gives the GIL up meanwhile. True: nothing is queued any more. */
bool keeper_wait(const struct keep *keep, double seconds);

/* The vault, for looking things up; dir is NULL as long as nothing was kept. */
const struct vault *keeper_vault(void);

/* This install is not needed any more: it is not kept, and files that were may go. GIL held. */
void keeper_drop(const struct keep *keep);

#endif
