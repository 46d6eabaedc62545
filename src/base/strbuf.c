/* Growth by doubling, so that n bytes added one by one cost O(n). */
#include "base/strbuf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void strbuf_init(struct strbuf *buf)
{
    memset(buf, 0, sizeof *buf);
}

void strbuf_release(struct strbuf *buf)
{
    free(buf->data);
    memset(buf, 0, sizeof *buf);
}

void strbuf_clear(struct strbuf *buf)
{
    strbuf_truncate(buf, 0);
}

void strbuf_truncate(struct strbuf *buf, size_t length)
{
    if (buf->data && length <= buf->length) {
        buf->length = length;
        buf->data[length] = '\0';
    }
}

int strbuf_reserve(struct strbuf *buf, size_t more)
{
    if (more >= PTRDIFF_MAX - buf->length) {
        return -1;
    }
    size_t needed = buf->length + more + 1;
    if (needed <= buf->capacity) {
        return 0;
    }
    size_t capacity = buf->capacity < PTRDIFF_MAX / 2 ? buf->capacity * 2 : needed;
    if (capacity < needed) {
        capacity = needed;
    }
    if (capacity < 64) {
        capacity = 64;
    }
    char *data = realloc(buf->data, capacity);
    if (!data) {
        return -1;
    }
    data[buf->length] = '\0';
    buf->data = data;
    buf->capacity = capacity;
    return 0;
}

int strbuf_add(struct strbuf *buf, const void *bytes, size_t length)
{
    if (strbuf_reserve(buf, length) < 0) {
        return -1;
    }
    if (length) {
        memcpy(buf->data + buf->length, bytes, length);
    }
    buf->length += length;
    buf->data[buf->length] = '\0';
    return 0;
}

int strbuf_add_string(struct strbuf *buf, const char *text)
{
    return strbuf_add(buf, text, strlen(text));
}

int strbuf_add_char(struct strbuf *buf, char c)
{
    return strbuf_add(buf, &c, 1);
}
