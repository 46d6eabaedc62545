/* A string of bytes that grows.
 *
 * Invariant: `data` is NULL (nothing was ever added) or has a NUL at data[length], so it is a C string as long as no
 * NUL was added. Functions that may fail leave the content as it was. */
#ifndef MIDFLIGHT_STRBUF_H
#define MIDFLIGHT_STRBUF_H

#include <stddef.h>

struct strbuf {
    char *data; /* owned */
    size_t length, capacity;
};

void strbuf_init(struct strbuf *buf);

/* Frees the bytes; the buffer is empty and usable afterwards. */
void strbuf_release(struct strbuf *buf);

/* Empties it and keeps the memory. */
void strbuf_clear(struct strbuf *buf);

/* Cuts it to a shorter length. */
void strbuf_truncate(struct strbuf *buf, size_t length);

/* Room for `more` bytes behind the content and a NUL. Returns 0, or -1 when memory is short. */
int strbuf_reserve(struct strbuf *buf, size_t more);

/* Append. Return 0, or -1 when memory is short. */
int strbuf_add(struct strbuf *buf, const void *bytes, size_t length);
int strbuf_add_string(struct strbuf *buf, const char *text);
int strbuf_add_char(struct strbuf *buf, char c);

#endif
