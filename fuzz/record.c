/* RECORD. Rules: each call moves on, lines count up, a row has a path or a cause, a path has no NUL. */
#include "fuzz.h"

#include "disk/record.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record_reader reader;
    struct record_row row;
    uint32_t line = 0;
    int got;
    record_init(&reader, (const char *)data, size);
    while ((got = record_next(&reader, &row)) > 0) {
        FUZZ_CHECK(row.line > line);
        FUZZ_CHECK(row.path ? row.path[0] != '\0' : row.cause != NULL);
        FUZZ_CHECK(row.size >= -1);
        line = row.line;
    }
    record_release(&reader);
    return 0;
}
