/* Times of files come from a clock that ticks every few milliseconds (kernels before 6.13): two changes within one tick
 * look like one. So a stamp that was taken within DOUBT_NS of a change is no proof of anything afterwards. */
#include "disk/stamp.h"

#include "base/file.h"

#include <string.h>
#include <time.h>

#define DOUBT_NS 20000000

int64_t stamp_now(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void stamp_take(struct disk_stamp *stamp, const struct stat *st, int64_t before)
{
    stamp->inode = (uint64_t)st->st_ino;
    stamp->size = st->st_size;
    stamp->mtime_ns = file_mtime_ns(st);
    stamp->ctime_ns = file_ctime_ns(st);
    stamp->doubtful = before - stamp->ctime_ns < DOUBT_NS;
}

/* stat of directory/name; name NULL: of the directory. */
static bool look(const char *directory, const char *name, struct stat *ret_st)
{
    struct strbuf path;
    strbuf_init(&path);
    bool known = strbuf_add_string(&path, directory) == 0 &&
                 (!name || (strbuf_add_char(&path, '/') == 0 && strbuf_add_string(&path, name) == 0));
    if (known && stat(path.data, ret_st) < 0) {
        memset(ret_st, 0, sizeof *ret_st);
    }
    strbuf_release(&path);
    return known;
}

bool stamp_holds(const struct disk_stamp *stamp, const char *directory, const char *name)
{
    struct stat st;
    struct disk_stamp now = {0};
    bool known = look(directory, name, &st);
    if (known && st.st_ino) {
        stamp_take(&now, &st, 0);
    }
    return known && !stamp->doubtful && now.inode == stamp->inode && now.size == stamp->size &&
           now.mtime_ns == stamp->mtime_ns && now.ctime_ns == stamp->ctime_ns;
}

bool stamp_exists(const char *directory, const char *name)
{
    struct stat st;
    return look(directory, name, &st) && st.st_ino;
}
