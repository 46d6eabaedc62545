/* A library that is loaded before libc: of the calls below, the n-th that the armed thread makes fails.
 *
 * fault_arm(at) counts from now on, and those fail of whose number at() says so (NULL: none); fault_stop() ends that and
 * says how many were made.
 * What fails does so with an error that the kernel gives for that call when something is wrong with the machine. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static _Thread_local long counted;
static _Thread_local int armed;
static _Thread_local bool (*asked)(long number);

void fault_arm(bool (*at)(long number))
{
    counted = 0;
    armed = 1;
    asked = at;
}

long fault_stop(void)
{
    armed = 0;
    return counted;
}

static int fails(int error)
{
    if (!armed || !(++counted, asked && asked(counted))) {
        return 0;
    }
    errno = error;
    return 1;
}

#define REAL(type, name, arguments) ((type(*) arguments)dlsym(RTLD_NEXT, name))

#define CALL(type, name, error, failure, arguments, names)                                                             \
    type name arguments                                                                                                \
    {                                                                                                                  \
        static type(*real) arguments;                                                                                  \
        if (!real) {                                                                                                   \
            real = REAL(type, #name, arguments);                                                                       \
        }                                                                                                              \
        return fails(error) ? failure : real names;                                                             \
    }

#define OPEN(name, first, parameters, names)                                                                           \
    int name(parameters, int flags, ...)                                                                               \
    {                                                                                                                  \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(more, int) : 0;                                   \
        va_end(more);                                                                                                  \
        return fails(EMFILE) ? -1 : REAL(int, #name, (first, int, mode_t))(names, flags, mode);                 \
    }

#define TWO(a, b) a, b
OPEN(open, const char *, const char *path, path)
OPEN(open64, const char *, const char *path, path)
OPEN(openat, TWO(int, const char *), TWO(int dir, const char *path), TWO(dir, path))
OPEN(openat64, TWO(int, const char *), TWO(int dir, const char *path), TWO(dir, path))
CALL(FILE *, fopen, EMFILE, NULL, (const char *path, const char *mode), (path, mode))
CALL(FILE *, fopen64, EMFILE, NULL, (const char *path, const char *mode), (path, mode))
CALL(ssize_t, read, EIO, -1, (int fd, void *to, size_t n), (fd, to, n))
CALL(ssize_t, pread, EIO, -1, (int fd, void *to, size_t n, off_t at), (fd, to, n, at))
CALL(ssize_t, pread64, EIO, -1, (int fd, void *to, size_t n, off_t at), (fd, to, n, at))
CALL(ssize_t, write, ENOSPC, -1, (int fd, const void *from, size_t n), (fd, from, n))
CALL(int, stat, EIO, -1, (const char *path, struct stat *to), (path, to))
CALL(int, stat64, EIO, -1, (const char *path, struct stat64 *to), (path, to))
CALL(int, lstat, EIO, -1, (const char *path, struct stat *to), (path, to))
CALL(int, lstat64, EIO, -1, (const char *path, struct stat64 *to), (path, to))
CALL(int, fstat, EIO, -1, (int fd, struct stat *to), (fd, to))
CALL(int, fstat64, EIO, -1, (int fd, struct stat64 *to), (fd, to))
CALL(int, fstatat, EIO, -1, (int fd, const char *path, struct stat *to, int how), (fd, path, to, how))
CALL(int, fstatat64, EIO, -1, (int fd, const char *path, struct stat64 *to, int how), (fd, path, to, how))
CALL(int, access, EIO, -1, (const char *path, int how), (path, how))
CALL(DIR *, opendir, EMFILE, NULL, (const char *path), (path))
CALL(DIR *, fdopendir, ENOMEM, NULL, (int fd), (fd))
CALL(struct dirent *, readdir, EIO, NULL, (DIR * dir), (dir))
CALL(struct dirent64 *, readdir64, EIO, NULL, (DIR * dir), (dir))
CALL(ssize_t, readlink, EIO, -1, (const char *path, char *to, size_t n), (path, to, n))
CALL(int, mkdir, ENOSPC, -1, (const char *path, mode_t mode), (path, mode))
CALL(int, link, EMLINK, -1, (const char *from, const char *to), (from, to))
CALL(int, rename, ENOSPC, -1, (const char *from, const char *to), (from, to))
CALL(int, unlink, EIO, -1, (const char *path), (path))
CALL(char *, getcwd, ENOENT, NULL, (char *to, size_t n), (to, n))
CALL(void *, mmap, ENOMEM, MAP_FAILED, (void *at, size_t n, int prot, int flags, int fd, off_t offset),
     (at, n, prot, flags, fd, offset))
CALL(void *, mmap64, ENOMEM, MAP_FAILED, (void *at, size_t n, int prot, int flags, int fd, off64_t offset),
     (at, n, prot, flags, fd, offset))

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*begin)(void *), void *argument)
{
    return fails(EAGAIN) ? EAGAIN
                                           : REAL(int, "pthread_create",
                                                  (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))(
                                                 thread, attributes, begin, argument);
}
