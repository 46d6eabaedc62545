/* RECORD is CSV as Python's csv module writes it: comma, double quotes doubled inside quotes, a quoted field may hold a
 * line end.
 *
 * Invariant: a call of record_next moves on by at least one line. A quote that does not end within DISK_LINE_MAX makes
 * its own line bad, and the line after that is read as if nothing had happened; the next quote that opens lies behind
 * all that was looked at in vain, so no input makes the reading slower than linear. Nothing is written to the text. */
#include "disk/record.h"

#include <errno.h>
#include <string.h>

#define MAX_FIELDS 3

void record_init(struct record_reader *reader, const char *text, size_t length)
{
    memset(reader, 0, sizeof *reader);
    reader->text = text;
    reader->length = length;
    reader->line = 1;
}

void record_release(struct record_reader *reader)
{
    strbuf_release(&reader->path);
    strbuf_release(&reader->rest);
}

bool record_terminated(const char *text, size_t length)
{
    return length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r');
}

/* The position behind the line that begins at `start`, and the position of its end mark. */
static size_t line_end(const struct record_reader *reader, size_t start, size_t *ret_mark)
{
    size_t at = start;
    while (at < reader->length && reader->text[at] != '\n' && reader->text[at] != '\r') {
        at++;
    }
    *ret_mark = at;
    if (at < reader->length) {
        at += reader->text[at] == '\r' && at + 1 < reader->length && reader->text[at + 1] == '\n' ? 2 : 1;
    }
    return at;
}

struct cursor {
    size_t at, mark; /* reading position, end of the line that it is in */
    size_t next;     /* where the next line begins */
    uint32_t lines;  /* lines that the row has taken so far */
};

/* Goes over a line end inside quotes. False when quotes must end here. */
static bool cross_line(const struct record_reader *reader, struct cursor *c)
{
    if (c->next >= reader->length || c->next - reader->position > DISK_LINE_MAX) {
        return false;
    }
    c->at = c->next;
    c->next = line_end(reader, c->at, &c->mark);
    c->lines++;
    return true;
}

/* Reads a field up to its comma or the end of the row. Returns 0, 1 when a quote does not end, -ENOMEM. */
static int read_field(struct record_reader *reader, struct cursor *c, struct strbuf *field)
{
    const char *text = reader->text;
    strbuf_clear(field);
    bool quoted = c->at < c->mark && text[c->at] == '"';
    if (!quoted) {
        const char *comma = memchr(text + c->at, ',', c->mark - c->at);
        size_t end = comma ? (size_t)(comma - text) : c->mark;
        int result = strbuf_add(field, text + c->at, end - c->at);
        c->at = end;
        return result < 0 ? -ENOMEM : 0;
    }
    c->at++;
    for (;;) {
        if (c->at == c->mark) {
            size_t end = c->mark;
            if (!cross_line(reader, c)) {
                return 1;
            }
            if (strbuf_add(field, text + end, c->at - end) < 0) {
                return -ENOMEM;
            }
            continue;
        }
        if (text[c->at] == '"') {
            c->at++;
            if (c->at == c->mark || text[c->at] != '"') {
                break;
            }
        }
        if (strbuf_add_char(field, text[c->at++]) < 0) {
            return -ENOMEM;
        }
    }
    while (c->at < c->mark && text[c->at] != ',') { /* csv takes what follows the closing quote as it is */
        if (strbuf_add_char(field, text[c->at++]) < 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

static int digit_of(char c, bool hex)
{
    if (hex) {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                      : -1;
    }
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '-' || c == '+' ? 62
           : c == '_' || c == '/' ? 63
                                  : -1;
}

/* 32 bytes from 64 hexadecimal digits or 43 of base 64. (15 rows of a Debian system hold hexadecimal ones.) */
static bool decode_digest(const char *text, size_t length, uint8_t ret_digest[32])
{
    while (length > 0 && text[length - 1] == '=') {
        length--;
    }
    bool hex = length == 64;
    if (!hex && length != 43) {
        return false;
    }
    unsigned bits = 0, n_bits = 0, n_bytes = 0;
    for (size_t i = 0; i < length; i++) {
        int digit = digit_of(text[i], hex);
        if (digit < 0) {
            return false;
        }
        bits = (bits << (hex ? 4 : 6) | (unsigned)digit) & 0xFFFF;
        n_bits += hex ? 4 : 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            ret_digest[n_bytes++] = (uint8_t)(bits >> n_bits);
        }
    }
    return n_bytes == 32;
}

static const char *parse_hash(const struct strbuf *field, struct record_row *row)
{
    row->hash = DISK_HASH_NONE;
    if (field->length == 0) {
        return NULL;
    }
    const char *equals = memchr(field->data, '=', field->length);
    if (!equals || equals == field->data) {
        return "the hash has no algorithm";
    }
    if (equals - field->data != 6 || memcmp(field->data, "sha256", 6) != 0) {
        row->hash = DISK_HASH_OTHER;
        return NULL;
    }
    if (!decode_digest(equals + 1, field->length - 7, row->sha256)) {
        return "the hash is no SHA-256 in base 64 or hexadecimal digits";
    }
    row->hash = DISK_HASH_SHA256;
    return NULL;
}

static const char *parse_size(const struct strbuf *field, struct record_row *row)
{
    row->size = -1;
    if (field->length == 0) {
        return NULL;
    }
    int64_t size = 0;
    for (size_t i = 0; i < field->length; i++) {
        char c = field->data[i];
        if (c < '0' || c > '9' || size > (INT64_MAX - 9) / 10) {
            return "the size is no number";
        }
        size = size * 10 + (c - '0');
    }
    row->size = size;
    return NULL;
}

/* The fields of one row. Returns 0, 1 when a quote does not end, -ENOMEM; what is wrong goes to row->cause. */
static int read_row(struct record_reader *reader, struct cursor *c, struct record_row *row)
{
    for (int i = 0;; i++) {
        int result = read_field(reader, c, i == 0 ? &reader->path : &reader->rest);
        if (result < 0) {
            return result;
        }
        if (result == 1) {
            row->path = NULL;
            row->cause = "a quotation mark has no partner";
            return 1;
        }
        const char *cause = NULL;
        if (i == 0) {
            row->path = reader->path.data;
            if (reader->path.length == 0 || memchr(row->path, '\0', reader->path.length)) {
                row->path = NULL;
                cause = reader->path.length == 0 ? "there is no path" : "the path has a NUL in it";
            }
        } else if (i == 1) {
            cause = parse_hash(&reader->rest, row);
        } else if (i == 2) {
            cause = parse_size(&reader->rest, row);
        } else if (i == MAX_FIELDS) {
            row->path = NULL;
            row->cause = "there are more than three fields";
        }
        if (cause && !row->cause) {
            row->cause = cause;
        }
        if (c->at >= c->mark) {
            return 0;
        }
        c->at++; /* the comma */
    }
}

int record_next(struct record_reader *reader, struct record_row *ret_row)
{
    while (reader->position < reader->length) {
        struct cursor c = {.at = reader->position, .lines = 1};
        c.next = line_end(reader, c.at, &c.mark);
        size_t after_first = c.next;
        memset(ret_row, 0, sizeof *ret_row);
        ret_row->size = -1;
        ret_row->line = reader->line;
        if (c.mark - c.at > DISK_LINE_MAX) {
            return -EFBIG;
        }
        bool empty = c.mark == c.at;
        int result = empty ? 0 : read_row(reader, &c, ret_row);
        if (result < 0) {
            return result;
        }
        reader->position = result == 1 ? after_first : c.next;
        reader->line += result == 1 ? 1 : c.lines;
        if (!empty) {
            return 1;
        }
    }
    return 0;
}
