/* One line, read left to right: name, extras, versions or an address, marker.
 *
 * Markers are read and worked out in one pass, by the three rules of their grammar: or, and, comparison. Every part is
 * read even if the answer is known, so that a marker that is wrong is wrong in every environment. */
#define _GNU_SOURCE 1 /* memmem */
#include "disk/requirement.h"

#include "disk/metadata.h"
#include "disk/version.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 32 /* of parentheses */

struct reader {
    const char *at;
    const struct disk_environment *environment;
    unsigned depth;
    bool failed;
};

static void skip_blanks(struct reader *reader)
{
    reader->at += strspn(reader->at, " \t");
}

static bool take(struct reader *reader, const char *word)
{
    skip_blanks(reader);
    size_t length = strlen(word);
    bool letters = word[0] >= 'a' && word[0] <= 'z';
    if (strncmp(reader->at, word, length) != 0 || (letters && strspn(reader->at + length, " \t('\"") == 0)) {
        return false;
    }
    reader->at += length;
    return true;
}

/* ---- markers ---- */

struct value {
    const char *text;
    size_t length;
};

static const char *variable(const struct disk_environment *env, const char *name, size_t length)
{
    const struct {
        const char *name, *value;
    } known[] = {{"python_full_version", env->python_full_version},
                 {"python_version", env->python_version},
                 {"implementation_name", env->implementation_name},
                 {"implementation_version", env->implementation_version},
                 {"platform_python_implementation", env->platform_python_implementation},
                 {"os_name", env->os_name},
                 {"os.name", env->os_name},
                 {"sys_platform", env->sys_platform},
                 {"sys.platform", env->sys_platform},
                 {"platform_machine", env->platform_machine},
                 {"platform_system", env->platform_system},
                 {"platform_release", env->platform_release},
                 {"platform_version", env->platform_version},
                 {"extra", ""}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strlen(known[i].name) == length && memcmp(known[i].name, name, length) == 0) {
            return known[i].value;
        }
    }
    return NULL;
}

static struct value take_value(struct reader *reader)
{
    struct value value = {"", 0};
    skip_blanks(reader);
    char quote = *reader->at;
    if (quote == '"' || quote == '\'') {
        const char *end = strchr(reader->at + 1, quote);
        if (end) {
            value = (struct value){reader->at + 1, (size_t)(end - reader->at - 1)};
            reader->at = end + 1;
        }
        reader->failed = reader->failed || !end;
        return value;
    }
    size_t length = strspn(reader->at, "abcdefghijklmnopqrstuvwxyz_.");
    const char *text = variable(reader->environment, reader->at, length);
    reader->at += length;
    reader->failed = reader->failed || !text;
    return text ? (struct value){text, strlen(text)} : value;
}

static bool contains(struct value whole, struct value part)
{
    return part.length == 0 || memmem(whole.text, whole.length, part.text, part.length);
}

/* Versions are compared as such if both sides are, everything else as text. */
static bool compare(const char *operator, struct value left, struct value right)
{
    char version[128], specifier[160];
    struct version ignored;
    if ((size_t)snprintf(version, sizeof version, "%.*s", (int)left.length, left.text) < sizeof version &&
        (size_t)snprintf(specifier, sizeof specifier, "%s%.*s", operator, (int)right.length, right.text) <
            sizeof specifier &&
        version_parse(version, strlen(version), &ignored)) {
        int holds = version_satisfies(version, specifier, strlen(specifier));
        if (holds >= 0) {
            return holds;
        }
    }
    size_t shorter = left.length < right.length ? left.length : right.length;
    int order = memcmp(left.text, right.text, shorter);
    order = order ? order : (left.length > right.length) - (left.length < right.length);
    switch (operator[0]) {
    case '=':
        return order == 0;
    case '!':
        return order != 0;
    case '<':
        return operator[1] ? order <= 0 : order < 0;
    case '>':
        return operator[1] ? order >= 0 : order > 0;
    default:
        return false;
    }
}

static bool take_or(struct reader *reader);

static bool take_comparison(struct reader *reader)
{
    static const char *const operators[] = {"===", "==", "!=", "<=", ">=", "~=", "<", ">"};
    if (take(reader, "(")) {
        reader->failed = reader->failed || ++reader->depth > DEPTH_MAX;
        bool holds = !reader->failed && take_or(reader);
        reader->depth--;
        reader->failed = reader->failed || !take(reader, ")");
        return holds;
    }
    struct value left = take_value(reader);
    if (take(reader, "in")) {
        return contains(take_value(reader), left);
    }
    if (take(reader, "not") && take(reader, "in")) {
        return !contains(take_value(reader), left);
    }
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (take(reader, operators[i])) {
            return compare(operators[i], left, take_value(reader));
        }
    }
    reader->failed = true;
    return false;
}

static bool take_and(struct reader *reader)
{
    bool holds = take_comparison(reader);
    while (!reader->failed && take(reader, "and")) {
        bool other = take_comparison(reader);
        holds = holds && other;
    }
    return holds;
}

static bool take_or(struct reader *reader)
{
    bool holds = take_and(reader);
    while (!reader->failed && take(reader, "or")) {
        bool other = take_and(reader);
        holds = holds || other;
    }
    return holds;
}

/* ---- the whole ---- */

static int take_name(struct reader *reader, struct disk_requirement *requirement)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    struct arena arena;
    skip_blanks(reader);
    size_t length = strspn(reader->at, letters);
    if (length == 0 || length >= sizeof requirement->name) {
        return -EINVAL;
    }
    arena_init(&arena);
    const char *canonical = metadata_canonical(&arena, reader->at, length);
    if (canonical) {
        snprintf(requirement->name, sizeof requirement->name, "%s", canonical);
    }
    arena_release(&arena);
    reader->at += length;
    return canonical ? 0 : -ENOMEM;
}

/* "[security,socks]" adds requirements of the other distribution's extras: those are its own to name. */
static bool pass_extras(struct reader *reader)
{
    if (take(reader, "[")) {
        const char *end = strchr(reader->at, ']');
        reader->at = end ? end + 1 : reader->at;
        return end != NULL;
    }
    return true;
}

static bool take_specifiers(struct reader *reader, struct disk_requirement *requirement)
{
    requirement->specifiers = "";
    requirement->n_specifiers = 0;
    if (take(reader, "@")) {
        reader->at += strspn(reader->at, " \t");
        reader->at += strcspn(reader->at, " \t"); /* an address: any version that is there was asked for */
        return true;
    }
    bool parentheses = take(reader, "(");
    skip_blanks(reader);
    requirement->specifiers = reader->at;
    requirement->n_specifiers = strcspn(reader->at, parentheses ? ")" : ";");
    reader->at += requirement->n_specifiers;
    return !parentheses || take(reader, ")");
}

int disk_requirement_parse(const char *text, const struct disk_environment *environment,
                           struct disk_requirement *ret_requirement)
{
    struct reader reader = {.at = text, .environment = environment};
    int failed = take_name(&reader, ret_requirement);
    if (failed < 0) {
        return failed;
    }
    if (!pass_extras(&reader) || !take_specifiers(&reader, ret_requirement)) {
        return -EINVAL;
    }
    ret_requirement->applies = true;
    if (take(&reader, ";")) {
        ret_requirement->applies = take_or(&reader);
    }
    skip_blanks(&reader);
    return reader.failed || *reader.at ? -EINVAL : 0;
}

bool disk_requirement_allows(const struct disk_requirement *requirement, const char *version)
{
    return version_satisfies(version, requirement->specifiers, requirement->n_specifiers) != 0;
}
