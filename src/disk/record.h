/* RECORD: the list of files that a wheel's installer wrote. (PEP 376, 427, 627.)
 *
 *     struct record_reader reader;
 *     record_init(&reader, text, length);
 *     while ((got = record_next(&reader, &row)) > 0) { ... }
 *
 * One row at a time, over a buffer that the caller keeps. A row that cannot be read is reported with its line number
 * and does not end the reading: one bad row must not hide the files in the others. */
#ifndef MIDFLIGHT_DISK_RECORD_H
#define MIDFLIGHT_DISK_RECORD_H

#include "base/strbuf.h"
#include "disk/disk.h"

struct record_reader {
    const char *text; /* borrowed */
    size_t length, position;
    uint32_t line;      /* of the next row, from 1 */
    struct strbuf path; /* owned: the field of the present row */
    struct strbuf rest;
};

struct record_row {
    const char *path; /* as written, unquoted; in the reader, valid until the next call; NULL: the row gives none */
    int64_t size;     /* -1: not recorded */
    uint8_t sha256[32];
    enum disk_hash hash;
    uint32_t line;
    const char *cause; /* what is wrong: a static sentence; NULL: nothing. With a path: hash or size was dropped */
};

void record_init(struct record_reader *reader, const char *text, size_t length);
void record_release(struct record_reader *reader);

/* Returns 1 with a row (good or bad), 0 at the end, -ENOMEM, or -EFBIG for a line of more than DISK_LINE_MAX bytes
 * (ret_row->line says which). Empty lines are passed over. */
int record_next(struct record_reader *reader, struct record_row *ret_row) DISK_MUST_CHECK;

/* Does the text end with the end of a line? A text that does not was cut or is being written. */
bool record_terminated(const char *text, size_t length);

#endif
