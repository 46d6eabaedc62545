/* The end of a zip file says where its directory is; every number in it is checked against the size of the file before
 * it is used, and nothing is believed about sizes until it was read.
 *
 * The rules are zipimport's: a comment at the end is allowed, bytes before the archive are allowed, zip64 and several
 * disks are not. Inflating is zlib's (docs/dependencies.md); its output is bounded by what the directory says and by
 * the caller. Must not: create names with a NUL, read more than the directory and one member. */
#include "disk/zipdir.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define END_SIZE 22
#define END_SEARCH (END_SIZE + 65535) /* the end record and the longest comment */
#define ENTRY_SIZE 46
#define LOCAL_SIZE 30
#define ENCRYPTED 1

static uint16_t two(const unsigned char *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t four(const unsigned char *at)
{
    return two(at) | (uint32_t)two(at + 2) << 16;
}

static int read_exactly(int fd, void *bytes, size_t size, int64_t offset)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = pread(fd, (char *)bytes + done, size - done, offset + (int64_t)done);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return -EIO;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* Appends bytes of the file. */
static int add_bytes(int fd, int64_t offset, size_t size, struct strbuf *buf)
{
    if (strbuf_reserve(buf, size) < 0) {
        return -ENOMEM;
    }
    int result = read_exactly(fd, buf->data + buf->length, size, offset);
    if (result == 0) {
        buf->length += size;
    }
    buf->data[buf->length] = '\0';
    return result;
}

struct place {
    int64_t end;   /* where the end record is */
    uint32_t size; /* of the directory, which stands before it */
    int64_t start; /* of the archive */
};

/* The last thing that looks like an end record is it, as for zipimport. */
static int find_end(int fd, int64_t size, struct place *ret_place, const char **ret_cause)
{
    struct strbuf tail;
    size_t wanted = size < END_SEARCH ? (size_t)size : END_SEARCH;
    strbuf_init(&tail);
    int result = add_bytes(fd, size - (int64_t)wanted, wanted, &tail);
    const unsigned char *bytes = (const unsigned char *)tail.data, *found = NULL;
    for (size_t at = wanted; result == 0 && !found && at-- > 0;) {
        bool here = at + END_SIZE <= wanted && bytes[at] == 'P' && four(bytes + at) == 0x06054B50;
        found = here ? bytes + at : NULL;
    }
    if (result == 0 && !found) {
        *ret_cause = "has no end record of a zip file";
        result = -EBADMSG;
    }
    if (found) {
        struct place place = {.end = size - (int64_t)wanted + (found - bytes), .size = four(found + 12)};
        place.start = place.end - (int64_t)place.size - (int64_t)four(found + 16);
        if (place.start < 0 || two(found + 4) || two(found + 6)) {
            *ret_cause = "has an end record that does not fit the file";
            result = -EBADMSG;
        }
        *ret_place = place;
    }
    strbuf_release(&tail);
    return result;
}

/* One entry at `at`. Returns its length, 0 when the directory ends here, -EBADMSG, -ENOMEM. */
static int64_t take_entry(struct arena *arena, const unsigned char *at, size_t left, struct zipdir *zip)
{
    if (left < 4 || four(at) != 0x02014B50) {
        return 0;
    }
    size_t name_length = left >= ENTRY_SIZE ? two(at + 28) : 0;
    size_t length = left >= ENTRY_SIZE ? ENTRY_SIZE + name_length + two(at + 30) + two(at + 32) : SIZE_MAX;
    if (length > left) {
        return -EBADMSG;
    }
    if (name_length && !memchr(at + ENTRY_SIZE, '\0', name_length)) {
        char *name = arena_copy(arena, (const char *)at + ENTRY_SIZE, name_length);
        if (!name) {
            return -ENOMEM;
        }
        zip->members[zip->n++] = (struct zipdir_member){
            .name = name,
            .encrypted = two(at + 8) & ENCRYPTED,
            .method = two(at + 10),
            .crc = four(at + 16),
            .packed = four(at + 20),
            .size = four(at + 24),
            .offset = four(at + 42),
        };
    }
    return (int64_t)length;
}

static int take_entries(struct arena *arena, const struct strbuf *text, struct zipdir *zip, const char **ret_cause)
{
    const unsigned char *bytes = (const unsigned char *)text->data;
    zip->members = arena_calloc(arena, text->length / ENTRY_SIZE + 1, sizeof *zip->members);
    if (!zip->members) {
        return -ENOMEM;
    }
    int64_t step = 1;
    for (size_t at = 0; step > 0 && at < text->length; at += (size_t)step) {
        step = take_entry(arena, bytes + at, text->length - at, zip);
        if (step < 0) {
            *ret_cause = "has a directory that is cut short";
            return (int)step;
        }
    }
    return 0;
}

int zipdir_read(struct arena *arena, int fd, struct zipdir *ret_zip, const char **ret_cause)
{
    struct stat st;
    struct place place = {0};
    struct zipdir zip = {0};
    *ret_cause = "cannot be read";
    if (fstat(fd, &st) < 0) {
        return -EIO;
    }
    int result = find_end(fd, st.st_size, &place, ret_cause);
    if (result < 0) {
        return result;
    }
    if (place.size > DISK_ZIP_MAX) {
        *ret_cause = "has a directory that is too large";
        return -EFBIG;
    }
    struct strbuf text;
    strbuf_init(&text);
    result = add_bytes(fd, place.end - (int64_t)place.size, place.size, &text);
    if (result == 0) {
        zip.start = place.start;
        result = take_entries(arena, &text, &zip, ret_cause);
    }
    strbuf_release(&text);
    if (result == 0) {
        *ret_zip = zip;
    }
    return result;
}

const struct zipdir_member *zipdir_find(const struct zipdir *zip, const char *name)
{
    for (size_t i = zip->n; i-- > 0;) {
        if (strcmp(zip->members[i].name, name) == 0) {
            return &zip->members[i];
        }
    }
    return NULL;
}

/* Raw deflate from one buffer to the end of another, which has room for exactly `size` bytes more. */
static int inflate_all(const struct strbuf *packed, size_t size, struct strbuf *buf, const char **ret_cause)
{
    z_stream stream = {
        .next_in = (unsigned char *)packed->data,
        .avail_in = (unsigned)packed->length,
        .next_out = (unsigned char *)buf->data + buf->length,
        .avail_out = (unsigned)size,
    };
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        return -ENOMEM;
    }
    int status = inflate(&stream, Z_FINISH);
    bool whole = status == Z_STREAM_END && stream.avail_out == 0;
    inflateEnd(&stream);
    if (!whole) {
        *ret_cause = "has a member that cannot be inflated";
        return status == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
    }
    buf->length += size;
    buf->data[buf->length] = '\0';
    return 0;
}

/* Where the member's bytes begin: its local header has a name and an extra field of its own. */
static int find_data(int fd, const struct zipdir *zip, const struct zipdir_member *member, int64_t *ret_offset)
{
    unsigned char local[LOCAL_SIZE];
    int64_t at = zip->start + (int64_t)member->offset;
    int result = read_exactly(fd, local, sizeof local, at);
    if (result < 0 || four(local) != 0x04034B50) {
        return result < 0 ? result : -EBADMSG;
    }
    *ret_offset = at + LOCAL_SIZE + two(local + 26) + two(local + 28);
    return 0;
}

static int extract(int fd, const struct zipdir_member *member, int64_t offset, struct strbuf *buf,
                   const char **ret_cause)
{
    if (member->method == 0) {
        return add_bytes(fd, offset, member->size, buf);
    }
    struct strbuf packed;
    strbuf_init(&packed);
    int result = strbuf_reserve(buf, member->size) < 0 ? -ENOMEM : add_bytes(fd, offset, member->packed, &packed);
    if (result == 0) {
        result = inflate_all(&packed, member->size, buf, ret_cause);
    }
    strbuf_release(&packed);
    return result;
}

int zipdir_extract(int fd, const struct zipdir *zip, const struct zipdir_member *member, size_t limit,
                   struct strbuf *buf, const char **ret_cause)
{
    int64_t offset = 0;
    size_t before = buf->length;
    *ret_cause = "has a member that is too large";
    if (member->size > limit || member->packed > limit + limit / 8 + 1024) {
        return -EFBIG;
    }
    *ret_cause = "has a member that is packed in a way that zipimport does not read";
    if (member->encrypted || (member->method != 0 && member->method != 8) ||
        (member->method == 0 && member->packed != member->size)) {
        return -EBADMSG;
    }
    *ret_cause = "has a member that is not where its directory says";
    int result = find_data(fd, zip, member, &offset);
    if (result == 0) {
        result = extract(fd, member, offset, buf, ret_cause);
    }
    if (result == 0 && crc32(0, (unsigned char *)buf->data + before, member->size) != member->crc) {
        *ret_cause = "has a member whose CRC differs";
        result = -EBADMSG;
    }
    if (result < 0 && buf->data) {
        strbuf_truncate(buf, before);
    }
    return result;
}
