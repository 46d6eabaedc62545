/* /proc/locks names files by device and inode:
 *     1: FLOCK  ADVISORY  WRITE 4711 08:02:131073 0 EOF
 * Must not: try to take a lock, which an installer that starts at this moment would find taken. */
#include "disk/locks.h"

#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define LOCKS_MAX (4u << 20)

bool disk_lock_is_held(const char *path)
{
    struct stat st;
    struct strbuf text;
    char name[64];
    strbuf_init(&text);
    bool held = false;
    if (stat(path, &st) == 0 && file_read_head(AT_FDCWD, "/proc/locks", LOCKS_MAX, &text, NULL) == 0 && text.data) {
        snprintf(name, sizeof name, " %02x:%02x:%llu ", major(st.st_dev), minor(st.st_dev),
                 (unsigned long long)st.st_ino);
        held = strstr(text.data, name) != NULL;
    }
    strbuf_release(&text);
    return held;
}

const char *disk_installer_at_work(const char *prefix, const char *root)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/.lock", prefix) < sizeof path && disk_lock_is_held(path)) {
        return "uv";
    }
    const char *below = strstr(root, "/usr/lib/");
    static const char *const names[] = {"lock", "lock-frontend"};
    for (size_t i = 0; below && i < 2; i++) {
        int length = snprintf(path, sizeof path, "%.*s/var/lib/dpkg/%s", (int)(below - root), root, names[i]);
        if (length > 0 && (size_t)length < sizeof path && disk_lock_is_held(path)) {
            return "dpkg";
        }
    }
    return NULL;
}
