/* What sys.path is in a fresh interpreter: what `site` makes of it, without running it, and without Python.
 *
 *     struct sitepath fresh;
 *     if (sitepath_fresh(&interpreter, &fresh, &error) == 0) { ... fresh.entries ...; sitepath_release(&fresh); }
 *
 * Import lines of .pth files are not executed: what they would do to sys.path is not in the result. */
#ifndef MIDFLIGHT_DISK_SITEPATH_H
#define MIDFLIGHT_DISK_SITEPATH_H

#include "disk/disk.h"

struct sitepath {
    const char **entries; /* owned with its strings */
    size_t n;
    struct arena arena;
};

/* site.main() on scanned directories. before: sys.path when site begins (PYTHONPATH and the standard library), absolute
 * and normalised. sites: the directories that site looks at, in order; those that do not exist are passed over; one may
 * come twice. Returns 0 or -ENOMEM. Looks whether each path that a .pth line names exists, and reads nothing. */
int sitepath_model(const char *const *before, size_t n_before, const struct disk_site *const *sites, size_t n_sites,
                   struct sitepath *ret_path, struct disk_error *error) DISK_MUST_CHECK;

enum sitepath_flags {
    SITEPATH_NO_SITE = 1 << 0,      /* -S */
    SITEPATH_NO_USER_SITE = 1 << 1, /* -s, PYTHONNOUSERSITE; also for a process with another effective user or group */
    SITEPATH_IGNORE_ENV = 1 << 2,   /* -E */
    SITEPATH_SAFE_PATH = 1 << 3,    /* -P, PYTHONSAFEPATH */
    SITEPATH_ISOLATED = 1 << 4,     /* -I: the three before it */
};

/* An interpreter, from outside. Strings are borrowed; all but `user_base` and `home` must be there. */
struct sitepath_interpreter {
    const char *executable;  /* absolute, not resolved: in an environment, the link in it */
    const char *base_prefix; /* of the installation: base_prefix/lib/pythonX.Y is the standard library */
    const char *version;     /* "3.12" */
    const char *first;       /* what stands first: "" (-c, interactive), a script's folder, -m's working directory */
    const char *python_path; /* PYTHONPATH; NULL: not set */
    const char *user_base;   /* PYTHONUSERBASE; NULL or empty: not set */
    const char *home;        /* HOME; NULL: not set */
    unsigned flags;          /* enum sitepath_flags */
    unsigned scan_flags;     /* enum disk_scan_flags: how this CPython reads .pth files */
};

/* sys.path as that interpreter begins with it, on POSIX with sys.platlibdir "lib" and no ._pth file. Reads pyvenv.cfg
 * and the site directories. A site directory that cannot be read is passed over, as site does. 0 or -ENOMEM. */
int sitepath_fresh(const struct sitepath_interpreter *interpreter, struct sitepath *ret_path,
                   struct disk_error *error) DISK_MUST_CHECK;

void sitepath_release(struct sitepath *path);

#endif
