/* Shared libraries that a process loads on trial: from a copy in memory, under a name that nothing was loaded by
 * before.
 *
 * glibc and CPython both remember what they have loaded by its path, glibc also by its inode, and neither lets go of
 * it. So a file that is loaded for a version that is then given up could never be loaded afresh; a copy can, if all
 * that it has is its own.
 *
 * No Python, no GIL. */
#ifndef MIDFLIGHT_DISK_SHAREDLIB_H
#define MIDFLIGHT_DISK_SHAREDLIB_H

#include "base/strbuf.h"
#include "disk/disk.h"

/* Copies the library and appends to `name` what dlopen(3) takes the copy by. Valid until the descriptor that is
 * returned is closed; what has been loaded by then stays. No other call ever gives the same name.
 *
 * -ENOTSUP: a second copy would not be a library of its own: it looks for others beside itself ($ORIGIN), shares
 * symbols with every copy (STB_GNU_UNIQUE: C++), or asks to, or takes static thread-local memory (DF_STATIC_TLS), which
 * is never given back and of which later libraries would lack it. -ENOEXEC: no shared library of this machine's kind.
 * -EFBIG: the copies of this process would be more than 256 MB (what was loaded from one is never given back), or more
 * than a thousand. Other -errno of reading or of memfd_create(2). */
int sharedlib_copy(const char *path, struct strbuf *name, struct disk_error *error) DISK_MUST_CHECK;

#endif
