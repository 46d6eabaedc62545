/* One place formats sentences of errors, so that all are cut at the same length and none allocates. */
#include "disk/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int disk_fail(struct disk_error *error, int errnum, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return -errnum;
}

int disk_fail_memory(struct disk_error *error)
{
    return disk_fail(error, ENOMEM, "not enough memory to read what is installed");
}
