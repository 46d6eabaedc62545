/* A copy of a shared library, in memory.
 *
 * Idea: memfd_create(2) gives an inode that nothing was loaded from, leaves nothing to be tidied up, and nobody else
 * can write it once it is sealed. The name below /proc has one slash more each time, because descriptors are used again
 * and glibc compares names before it looks at a file.
 *
 * What is checked is the sealed copy, so that what was looked at is what is loaded. Must not: map a file that others
 * can truncate. */
#define _GNU_SOURCE 1 /* memfd_create */
#include "disk/sharedlib.h"

#include "disk/fail.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPIES_MAX 1000                /* of one process: the name's length grows with them */
#define COPIED_BYTES_MAX (256ll << 20) /* of one process */

static atomic_llong copied_bytes;

struct image {
    const char *data;
    size_t size;
};

/* The n bytes at this place, or NULL: beyond the end, or not aligned as what is to be read there. */
static const void *at(const struct image *image, uint64_t offset, uint64_t n)
{
    bool within = offset <= image->size && n <= image->size - offset && offset % sizeof(ElfW(Addr)) == 0;
    return within ? image->data + offset : NULL;
}

static const ElfW(Shdr) * sections(const struct image *image, size_t *ret_n)
{
    const ElfW(Ehdr) *header = at(image, 0, sizeof *header);
    unsigned char class = sizeof(ElfW(Addr)) == 8 ? ELFCLASS64 : ELFCLASS32;
    if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != class ||
        header->e_type != ET_DYN || header->e_shentsize != sizeof(ElfW(Shdr))) {
        return NULL;
    }
    *ret_n = header->e_shnum;
    return at(image, header->e_shoff, (uint64_t)header->e_shnum * sizeof(ElfW(Shdr)));
}

/* The text at this place of the table that the section is linked with, or NULL. */
static const char *linked_text(const struct image *image, const ElfW(Shdr) * all, size_t n, const ElfW(Shdr) * section,
                               uint64_t place)
{
    const ElfW(Shdr) *table = section->sh_link < n ? &all[section->sh_link] : NULL;
    bool within = table && table->sh_offset <= image->size && table->sh_size <= image->size - table->sh_offset &&
                  place < table->sh_size;
    const char *text = within ? image->data + table->sh_offset + place : NULL;
    return text && memchr(text, '\0', table->sh_size - place) ? text : NULL;
}

/* Why a second copy would not be one of its own; NULL: it would. */
static const char *tie_of_tag(const struct image *image, const ElfW(Shdr) * all, size_t n, const ElfW(Shdr) * section,
                              const ElfW(Dyn) * tag)
{
    const char *text = tag->d_tag == DT_RPATH || tag->d_tag == DT_RUNPATH || tag->d_tag == DT_NEEDED
                           ? linked_text(image, all, n, section, tag->d_un.d_val)
                           : "";
    bool unique = tag->d_tag == DT_FLAGS_1 && (tag->d_un.d_val & DF_1_GLOBAL);
    bool scarce = tag->d_tag == DT_FLAGS && (tag->d_un.d_val & DF_STATIC_TLS);
    return !text || strchr(text, '$') ? "it looks for other libraries beside itself"
           : unique                   ? "it gives its symbols to the whole process"
           : scarce                   ? "it takes of the process's static thread-local memory, of which there is little"
                                      : NULL;
}

static const char *tie(const struct image *image, const ElfW(Shdr) * all, size_t n)
{
    bool dynamic = false;
    const char *why = NULL;
    for (size_t i = 0; !why && i < n; i++) {
        uint64_t size = all[i].sh_size;
        const ElfW(Dyn) *tags = all[i].sh_type == SHT_DYNAMIC ? at(image, all[i].sh_offset, size) : NULL;
        const ElfW(Sym) *symbols = all[i].sh_type == SHT_DYNSYM ? at(image, all[i].sh_offset, size) : NULL;
        why = all[i].sh_type == SHT_DYNSYM && !symbols ? "its symbols cannot be read" : NULL;
        for (size_t k = 0; tags && !why && k < size / sizeof *tags && tags[k].d_tag != DT_NULL; k++) {
            why = tie_of_tag(image, all, n, &all[i], &tags[k]);
        }
        for (size_t k = 0; symbols && !why && k < size / sizeof *symbols; k++) {
            bool unique = ELF64_ST_BIND(symbols[k].st_info) == STB_GNU_UNIQUE;
            why = unique ? "it shares symbols with every copy of itself (C++)" : NULL;
        }
        dynamic = dynamic || tags;
    }
    return why || dynamic ? why : "it does not say what it needs";
}

static int check(const char *path, int fd, size_t size, struct disk_error *error)
{
    void *mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped == MAP_FAILED) {
        return disk_fail(error, errno, "%s cannot be looked at: %s", path, strerror(errno));
    }
    struct image image = {mapped, size};
    size_t n = 0;
    const ElfW(Shdr) *all = sections(&image, &n);
    const char *why = all ? tie(&image, all, n) : NULL;
    int result = !all  ? disk_fail(error, ENOEXEC, "%s is no shared library of this machine", path)
                 : why ? disk_fail(error, ENOTSUP, "%s", why)
                       : 0;
    munmap(mapped, size);
    return result;
}

static int copy_bytes(int from, int into, size_t size)
{
    for (size_t copied = 0; copied < size;) {
        ssize_t n = sendfile(into, from, NULL, size - copied);
        if (n < 0 && errno != EINTR) {
            return -errno;
        }
        if (n == 0) {
            return -ESTALE; /* it was cut short meanwhile */
        }
        copied += n > 0 ? (size_t)n : 0;
    }
    return fcntl(into, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0 ? -errno : 0;
}

static int copy_and_check(const char *path, int file, int copy, struct disk_error *error)
{
    struct stat st;
    int result = fstat(file, &st) < 0 ? -errno : !S_ISREG(st.st_mode) ? -ENOEXEC : 0;
    if (result == 0 && st.st_size > COPIED_BYTES_MAX - atomic_load(&copied_bytes)) {
        return disk_fail(error, EFBIG,
                         "copies of extension modules would take more than %d MB, which are not given back",
                         (int)(COPIED_BYTES_MAX >> 20));
    }
    result = result == 0 && st.st_size == 0 ? -ENOEXEC : result;
    result = result == 0 ? copy_bytes(file, copy, (size_t)st.st_size) : result;
    result = result < 0 ? disk_fail(error, -result, "%s cannot be copied: %s", path, strerror(-result))
                        : check(path, copy, (size_t)st.st_size, error);
    if (result == 0) {
        atomic_fetch_add(&copied_bytes, st.st_size);
    }
    return result;
}

static int append_name(int copy, struct strbuf *name)
{
    static atomic_int serial;
    int slashes = atomic_fetch_add(&serial, 1) + 1;
    char number[16];
    snprintf(number, sizeof number, "%d", copy);
    int failed = slashes > COPIES_MAX ? -EFBIG : strbuf_add_string(name, "/proc/self/fd");
    for (int i = 0; !failed && i < slashes; i++) {
        failed = strbuf_add_char(name, '/');
    }
    return failed ? failed : strbuf_add_string(name, number);
}

int sharedlib_copy(const char *path, struct strbuf *name, struct disk_error *error)
{
    const char *slash = strrchr(path, '/');
    char label[64]; /* what /proc/PID/maps and debuggers show */
    snprintf(label, sizeof label, "%s", slash ? slash + 1 : path);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int copy = file < 0 ? -1 : memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int result = copy < 0 ? disk_fail(error, errno, "%s cannot be copied: %s", path, strerror(errno))
                          : copy_and_check(path, file, copy, error);
    if (result == 0) {
        result = append_name(copy, name);
        result = result == -EFBIG ? disk_fail(error, EFBIG,
                                              "too many extension modules were loaded for versions that "
                                              "were then given up")
                 : result < 0     ? disk_fail_memory(error)
                                  : 0;
    }
    if (file >= 0) {
        close(file);
    }
    if (result < 0 && copy >= 0) {
        close(copy);
    }
    return result < 0 ? result : copy;
}
