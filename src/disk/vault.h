/* The vault: files of installed distributions, kept for the processes that have loaded them.
 *
 * An upgrade on disk takes away files that a running process may still want: a submodule that it imports late, a
 * template, the text of its source. The vault has them: one directory of a user, one *entry* for each install that
 * some process of that user has loaded, shared between those processes.
 *
 *     DIR/lock                   taken shared by who adds, exclusively by who removes
 *     DIR/making                 taken by the one who makes an entry
 *     DIR/users/NAME             one for each process (and what it forked): locked as long as one of them lives; the
 *                                keys of the entries that it needs, a line each
 *     DIR/kept/KEY/manifest      "BYTES NAME VERSION\n"
 *     DIR/kept/KEY/site-packages/...   the files, below what was their root
 *     DIR/tmp/NAME.N, DIR/trash/...    entries being made and being removed
 *
 * Rules
 *  V1  Nothing in it is believed unless this user alone can write it: the directory and every entry belong to the user
 *      and have mode 0700, no directory above can be exchanged by others.
 *  V2  An entry holds the files of the install whose identity was taken, or is not made: the identity is read again
 *      after the last file, and a file that changed while it was taken is left out.
 *  V3  A file is linked only if whoever replaces it makes a new file: then the link keeps the old one. Else copied.
 *  V4  An entry is whole when it has its name: it is made under tmp and renamed. A process that is killed at any point
 *      leaves nothing that another believes; the next one that opens the vault removes it.
 *  V5  An entry is removed when no live process lists it (users/), never before.
 *
 * No Python, no GIL. A vault is used by one thread at a time. Errors: 0, or -errno with a sentence. */
#ifndef MIDFLIGHT_DISK_VAULT_H
#define MIDFLIGHT_DISK_VAULT_H

#include "base/strbuf.h"
#include "disk/disk.h"

#include <stdatomic.h>
#include <sys/types.h>

#define VAULT_BYTES (2ull << 30)        /* of all entries, unless the settings say otherwise */
#define VAULT_COPY_MAX (64ll << 20)     /* a larger file is linked or left out, never copied */
#define VAULT_TREE_BYTES (256ll << 20)  /* a larger source tree (an editable install) is not kept */
#define VAULT_KEY_SIZE 65               /* hexadecimal SHA-256 and a NUL */
#define VAULT_FILES_DIR "site-packages" /* tools tell libraries from programs by this name */

struct vault_settings {
    const char *dir;    /* borrowed; NULL: the user's cache directory, or else a private one below /var/tmp */
    uint64_t max_bytes; /* 0: VAULT_BYTES */
    int64_t age_ns;     /* how long an entry that nobody uses may stay; 0: it goes with its last user */
};

struct vault {
    char *dir; /* owned, absolute */
    int fd;    /* owned: of dir */
    uint64_t device, inode;
    uid_t user;
    struct vault_settings settings; /* dir NULL */
    char lease_name[48];            /* in users/ */
    int lease;                      /* owned: the locked file of that name; -1: none yet */
    int inherited;                  /* owned: that of the process that forked this one; -1 */
    bool shared;                    /* a forked process counts on what this one lists */
    unsigned serial;                /* of the next directory in tmp/ */
};

/* One file as it was when it was taken. */
struct vault_file {
    const char *path, *relative, *module; /* as in struct disk_file */
    uint64_t inode;                       /* 0: it was not there */
    int64_t size, mtime_ns;
    uint8_t flags; /* enum disk_file_flags */
};

/* One install, and what is kept of it. Filled by vault_entry_take and vault_keep; then constant. */
struct vault_entry {
    struct arena arena; /* owns all strings and arrays */
    const char *name, *version, *root, *metadata_dir;
    struct disk_identity identity;
    bool recorded;            /* it has a RECORD, whose SHA-256 is its identity */
    bool replaced;            /* by an installer that makes new files */
    struct vault_file *files; /* sorted by path */
    size_t n_files;
    const struct disk_top *tops; /* sorted by name */
    size_t n_tops;
    const struct vault_file *record; /* RECORD, or NULL */
    struct vault_file *archive;      /* of a zipped egg: the egg itself; its files lie in it. Else NULL */
    char key[VAULT_KEY_SIZE];
    const char *dir;  /* absolute: stands for root (of a zipped egg: a file as that is); set by vault_keep */
    int64_t taken_ns; /* CLOCK_REALTIME when its files were looked at */
    uint64_t bytes;
};

/* Opens the user's vault, makes it if need be, and removes what nobody uses any more. -EACCES: no directory is safe. */
int vault_open(const struct vault_settings *settings, struct vault *ret_vault,
               struct disk_error *error) DISK_MUST_CHECK;

/* Gives up what this process uses and removes what was used by it alone. Never waits. The vault is zero afterwards. */
void vault_close(struct vault *vault);

/* After a fork, in both: what was listed stays so until both processes are gone; what the child adds is its own. */
void vault_forked(struct vault *vault, bool child);

/* Copies what the distribution says of itself and its files. Reads nothing. 0 or -ENOMEM. */
int vault_entry_take(const struct disk_dist *dist, struct vault_entry **ret_entry) DISK_MUST_CHECK;
void vault_entry_free(struct vault_entry *entry); /* NULL is allowed */

/* Makes the entry, or finds that another process has, and lists it as used. *stop set by another thread ends it with
 * -EINTR; it can be begun again. -ESTALE: the disk no longer has that install. -EDQUOT: the vault is full. */
int vault_keep(struct vault *vault, struct vault_entry *entry, const atomic_bool *stop,
               struct disk_error *error) DISK_MUST_CHECK;

/* This process does not need these any more: the next vault_sweep, anybody's, removes them, unless a child that was
 * forked before lives. Never waits, never fails. */
void vault_drop(struct vault *vault, const struct vault_entry *entry);

/* Removes what nobody uses. Waits for nobody, but removing many files takes its time; what cannot be removed now goes
 * later. *stop set by another thread ends that early; stop NULL: it runs to its end. */
void vault_sweep(struct vault *vault, const atomic_bool *stop);

/* Has the disk another file (or none) where this one was, or another install? Two stats. What lies in a zipped egg has
 * moved when the egg has. */
bool vault_file_moved(const struct vault_entry *entry, const struct vault_file *file);

/* Appends the path of the kept file, if it can be believed (V1) and is as it was. Returns 0; -ENOENT when it is not
 * kept, -ESTALE when it has changed or somebody else can write it, -ENOMEM. */
int vault_file_path(const struct vault *vault, const struct vault_entry *entry, const struct vault_file *file,
                    struct strbuf *buf) DISK_MUST_CHECK;

/* The file that a module of that name is loaded from, as disk_dist_find_module. NULL: none. */
const struct vault_file *vault_find_module(const struct vault_entry *entry, const char *module);

/* Where a folder below the root, or in the source tree, is kept: appends the path, whether there is such a folder or
 * not. 0; -ENOENT: it lies elsewhere; -ENOMEM. */
int vault_folder_path(const struct vault_entry *entry, const char *path, struct strbuf *buf) DISK_MUST_CHECK;

/* The file of that path (absolute, normalised), or NULL. */
const struct vault_file *vault_find_path(const struct vault_entry *entry, const char *path);

#endif
