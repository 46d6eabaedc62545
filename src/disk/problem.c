/* One broken file must not hide the others, and must not be passed over in silence either.
 *
 * Invariant: only the first DISK_PROBLEMS_MAX are kept, whatever the input, and all are counted. */
#include "disk/problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A file that is looked at again has its problem still. */
static bool is_known(const struct disk_problems *problems, const char *name, uint32_t line, const char *cause)
{
    for (size_t i = 0; i < problems->n; i++) {
        const struct disk_problem *problem = &problems->items[i];
        size_t length = strlen(problem->file), n = strlen(name);
        if (problem->line == line && n <= length && strcmp(problem->file + length - n, name) == 0 &&
            strcmp(problem->cause, cause) == 0) {
            return true;
        }
    }
    return false;
}

int problem_add(struct arena *arena, struct disk_problems *problems, const char *directory, const char *name,
                uint32_t line, const char *format, ...)
{
    char cause[DISK_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(cause, sizeof cause, format, arguments);
    va_end(arguments);
    if (problems->n >= DISK_PROBLEMS_MAX || is_known(problems, name ? name : directory, line, cause)) {
        problems->n += problems->n >= DISK_PROBLEMS_MAX;
        return 0;
    }
    if (!problems->items && !(problems->items = arena_calloc(arena, DISK_PROBLEMS_MAX, sizeof *problems->items))) {
        return -ENOMEM;
    }
    struct disk_problem problem = {
        .file = name ? arena_join(arena, directory, '/', name) : arena_copy(arena, directory, strlen(directory)),
        .line = line,
        .cause = arena_copy(arena, cause, length < 0 ? 0 : strlen(cause)),
    };
    if (!problem.file || !problem.cause) {
        return -ENOMEM;
    }
    problems->items[problems->n++] = problem;
    return 0;
}

/* The length of the UTF-8 sequence at text, or 0: none, one that is too long, a surrogate, or beyond the last. */
static size_t sequence(const unsigned char *text, size_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = text[0] < 0x80 ? 1 : text[0] >= 0xF0 ? 4 : text[0] >= 0xE0 ? 3 : text[0] >= 0xC2 ? 2 : 0;
    if (n == 0 || n > length || text[0] > 0xF4) {
        return 0;
    }
    uint32_t code = n == 1 ? text[0] : text[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((text[i] & 0xC0) != 0x80) {
            return 0;
        }
        code = code << 6 | (text[i] & 0x3F);
    }
    return code < least[n] || (code >= 0xD800 && code < 0xE000) || code > 0x10FFFF ? 0 : n;
}

bool problem_is_utf8(const char *text, size_t length)
{
    for (size_t at = 0, n; at < length; at += n) {
        n = sequence((const unsigned char *)text + at, length - at);
        if (n == 0) {
            return false;
        }
    }
    return true;
}

bool problem_is_text(const char *text, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        if ((unsigned char)text[at] < 0x20 || text[at] == 0x7F) {
            return false;
        }
    }
    return problem_is_utf8(text, length);
}
