/* Reading is by descriptor relative to a directory, so that a directory renamed under us (pip does that) gives either
 * its own file or an error, never that of its successor. */
#include "base/file.h"

#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536

int file_open_dir(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int open_regular(int dir, const char *name, struct stat *ret_stat)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return -errno;
    }
    int result = fstat(fd, ret_stat) < 0 ? -errno : S_ISDIR(ret_stat->st_mode) ? -EISDIR : 0;
    if (result == 0 && !S_ISREG(ret_stat->st_mode)) {
        result = -EINVAL;
    }
    if (result < 0) {
        close(fd);
        return result;
    }
    return fd;
}

static ssize_t read_some(int fd, void *bytes, size_t size)
{
    ssize_t n;
    do {
        n = read(fd, bytes, size);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

/* Reads until the end or until `limit` bytes. Returns 1 when the end was seen, 0 at the limit, -errno. */
static int read_up_to(int fd, size_t expected, size_t limit, struct strbuf *buf)
{
    size_t total = 0;
    if (strbuf_reserve(buf, (expected < limit ? expected : limit) + 1) < 0) {
        return -ENOMEM;
    }
    while (total < limit) {
        size_t room = buf->capacity - buf->length - 1;
        if (room == 0) {
            if (strbuf_reserve(buf, CHUNK) < 0) {
                return -ENOMEM;
            }
            room = buf->capacity - buf->length - 1;
        }
        ssize_t n = read_some(fd, buf->data + buf->length, room < limit - total ? room : limit - total);
        if (n <= 0) {
            return n < 0 ? (int)n : 1;
        }
        total += (size_t)n;
        buf->length += (size_t)n;
        buf->data[buf->length] = '\0';
    }
    return 0;
}

static int read_file(int dir, const char *name, size_t limit, struct strbuf *buf, struct stat *ret_stat)
{
    struct stat st;
    int fd = open_regular(dir, name, &st);
    if (fd < 0) {
        return fd;
    }
    size_t before = buf->length;
    int result = read_up_to(fd, (size_t)st.st_size, limit, buf);
    close(fd);
    if (result < 0) {
        strbuf_truncate(buf, before);
    } else if (ret_stat) {
        *ret_stat = st;
    }
    return result;
}

int file_read(int dir, const char *name, size_t limit, struct strbuf *buf, struct stat *ret_stat)
{
    size_t before = buf->length;
    int result = read_file(dir, name, limit + 1, buf, ret_stat);
    if (result == 0) {
        strbuf_truncate(buf, before);
        return -EFBIG;
    }
    return result < 0 ? result : 0;
}

int file_read_head(int dir, const char *name, size_t limit, struct strbuf *buf, struct stat *ret_stat)
{
    int result = read_file(dir, name, limit, buf, ret_stat);
    return result < 0 ? result : 0;
}

int file_sha256(int dir, const char *name, uint64_t limit, uint8_t ret_digest[32])
{
    struct stat st;
    int fd = open_regular(dir, name, &st);
    if (fd < 0) {
        return fd;
    }
    char chunk[CHUNK];
    struct sha256 sha;
    sha256_init(&sha);
    uint64_t total = 0;
    ssize_t n;
    while ((n = read_some(fd, chunk, sizeof chunk)) > 0 && total <= limit) {
        sha256_add(&sha, chunk, (size_t)n);
        total += (uint64_t)n;
    }
    close(fd);
    if (n < 0 || total > limit) {
        return n < 0 ? (int)n : -EFBIG;
    }
    sha256_end(&sha, ret_digest);
    return 0;
}

static int64_t nanoseconds(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

int64_t file_mtime_ns(const struct stat *st)
{
    return nanoseconds(&st->st_mtim);
}

int64_t file_ctime_ns(const struct stat *st)
{
    return nanoseconds(&st->st_ctim);
}

/* Appends the parts of `path` to what stands in buf from `start` on, taking a part away for "..". */
static int add_parts(struct strbuf *buf, size_t start, const char *path)
{
    while (*path) {
        size_t n = strcspn(path, "/");
        if (n == 2 && path[0] == '.' && path[1] == '.') {
            size_t end = buf->length;
            while (end > start && buf->data[end - 1] != '/') {
                end--;
            }
            strbuf_truncate(buf, end > start ? end - 1 : start);
        } else if (n > 0 && !(n == 1 && path[0] == '.')) {
            if (strbuf_add_char(buf, '/') < 0 || strbuf_add(buf, path, n) < 0) {
                return -ENOMEM;
            }
        }
        path += n;
        path += strspn(path, "/");
    }
    return 0;
}

int file_normalise(const char *base, const char *path, struct strbuf *buf)
{
    size_t start = buf->length;
    int result = strbuf_reserve(buf, 1) < 0 ? -ENOMEM : 0;
    if (result == 0 && path[0] != '/') {
        char here[PATH_MAX];
        if (!base) {
            base = getcwd(here, sizeof here);
        }
        result = base ? add_parts(buf, start, base) : -errno;
    }
    if (result == 0) {
        result = add_parts(buf, start, path);
    }
    if (result == 0 && buf->length == start) {
        result = strbuf_add_char(buf, '/') < 0 ? -ENOMEM : 0;
    }
    if (result < 0) {
        strbuf_truncate(buf, start);
    }
    return result;
}
