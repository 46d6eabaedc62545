/* PEP 440, the order of versions and the operators on them. Text is read once, left to right; numbers too large for 64
 * bits are the largest. Must not: guess. What is no version by the rules has no order. */
#include "disk/version.h"

#include <string.h>

struct text {
    const char *at, *end;
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(const struct text *text)
{
    return text->at < text->end && *text->at >= '0' && *text->at <= '9';
}

static bool is_separator(char c)
{
    return c == '.' || c == '-' || c == '_';
}

static uint64_t take_number(struct text *text)
{
    uint64_t number = 0;
    for (; is_digit(text); text->at++) {
        unsigned digit = (unsigned)(*text->at - '0');
        number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : number * 10 + digit;
    }
    return number;
}

/* Takes one of the words, whatever its case, with a separator before it if there is one. Words are in an order in which
 * no one is a beginning of a later one. -1: none is there. */
static int take_word(struct text *text, const char *const *words)
{
    const char *begin = text->at < text->end && is_separator(*text->at) ? text->at + 1 : text->at;
    for (int i = 0; words[i]; i++) {
        size_t length = strlen(words[i]), n = 0;
        while (n < length && begin + n < text->end && lower(begin[n]) == words[i][n]) {
            n++;
        }
        if (n == length) {
            text->at = begin + n;
            return i;
        }
    }
    return -1;
}

/* The number behind a word: "rc1", "rc.1", "rc" (0). */
static uint64_t take_suffix(struct text *text)
{
    if (text->at + 1 < text->end && is_separator(*text->at) && text->at[1] >= '0' && text->at[1] <= '9') {
        text->at++;
    }
    return take_number(text);
}

static bool take_release(struct text *text, struct version *version)
{
    if (!is_digit(text)) {
        return false;
    }
    uint64_t first = take_number(text);
    if (text->at < text->end && *text->at == '!') {
        version->epoch = first;
        text->at++;
        if (!is_digit(text)) {
            return false;
        }
        first = take_number(text);
    }
    version->release[version->n_release++] = first;
    while (text->at + 1 < text->end && *text->at == '.' && text->at[1] >= '0' && text->at[1] <= '9') {
        if (version->n_release == VERSION_PARTS) {
            return false;
        }
        text->at++;
        version->release[version->n_release++] = take_number(text);
    }
    return true;
}

static bool take_local(struct text *text, struct version *version)
{
    if (text->at == text->end) {
        return true;
    }
    if (*text->at != '+' || text->at + 1 == text->end) {
        return false;
    }
    version->local = ++text->at;
    version->local_length = (size_t)(text->end - text->at);
    for (; text->at < text->end; text->at++) {
        char c = lower(*text->at);
        bool good =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
            (is_separator(c) && text->at > version->local && !is_separator(text->at[-1]) && text->at + 1 < text->end);
        if (!good) {
            return false;
        }
    }
    return true;
}

bool version_parse(const char *string, size_t length, struct version *ret_version)
{
    static const char *const pre[] = {"alpha", "beta", "preview", "pre", "rc", "a", "b", "c", NULL};
    static const char kinds[] = {'a', 'b', 'r', 'r', 'r', 'a', 'b', 'r'};
    static const char *const post[] = {"post", "rev", "r", NULL}, *const dev[] = {"dev", NULL};
    struct version version = {0};
    struct text text = {string, string + length};
    while (text.at < text.end && (*text.at == ' ' || *text.at == '\t')) {
        text.at++;
    }
    while (text.end > text.at && (text.end[-1] == ' ' || text.end[-1] == '\t')) {
        text.end--;
    }
    text.at += text.at < text.end && lower(*text.at) == 'v';
    if (!take_release(&text, &version)) {
        return false;
    }
    int word = take_word(&text, pre);
    if (word >= 0) {
        version.pre = kinds[word];
        version.pre_number = take_suffix(&text);
    }
    if (text.at + 1 < text.end && *text.at == '-' && text.at[1] >= '0' && text.at[1] <= '9') {
        text.at++;
        version.has_post = true;
        version.post = take_number(&text);
    } else if (take_word(&text, post) >= 0) {
        version.has_post = true;
        version.post = take_suffix(&text);
    }
    if (take_word(&text, dev) >= 0) {
        version.has_dev = true;
        version.dev = take_suffix(&text);
    }
    if (!take_local(&text, &version)) {
        return false;
    }
    *ret_version = version;
    return true;
}

/* ---- order ---- */

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static uint64_t part(const struct version *version, unsigned i)
{
    return i < version->n_release ? version->release[i] : 0;
}

static int compare_release(const struct version *a, const struct version *b)
{
    int result = order(a->epoch, b->epoch);
    for (unsigned i = 0; result == 0 && i < VERSION_PARTS; i++) {
        result = order(part(a, i), part(b, i));
    }
    return result;
}

/* Where a version stands among those of its release: a development release of it first, then a, b, rc, itself. */
static unsigned stage(const struct version *version)
{
    return version->pre == 'a'                      ? 1
           : version->pre == 'b'                    ? 2
           : version->pre == 'r'                    ? 3
           : version->has_dev && !version->has_post ? 0
                                                    : 4;
}

static int compare_public(const struct version *a, const struct version *b)
{
    int result = compare_release(a, b);
    result = result ? result : order(stage(a), stage(b));
    result = result ? result : order(a->pre_number, b->pre_number);
    result = result ? result : order(a->has_post, b->has_post);
    result = result ? result : order(a->post, b->post);
    result = result ? result : order(!a->has_dev, !b->has_dev); /* 1.0.dev1 < 1.0 */
    return result ? result : order(a->dev, b->dev);
}

/* One part of a local version: numbers are greater than words. */
static int compare_local_part(struct text *a, struct text *b)
{
    struct text left = *a, right = *b;
    while (a->at < a->end && !is_separator(*a->at)) {
        a->at++;
    }
    while (b->at < b->end && !is_separator(*b->at)) {
        b->at++;
    }
    left.end = a->at;
    right.end = b->at;
    struct text n = left, m = right;
    uint64_t number = take_number(&n), other = take_number(&m);
    bool numeric = n.at == left.end, other_numeric = m.at == right.end;
    if (numeric || other_numeric) {
        return numeric && other_numeric ? order(number, other) : numeric ? 1 : -1;
    }
    for (; left.at < left.end && right.at < right.end; left.at++, right.at++) {
        int result = order((unsigned char)lower(*left.at), (unsigned char)lower(*right.at));
        if (result) {
            return result;
        }
    }
    return order((uint64_t)(left.end - left.at), (uint64_t)(right.end - right.at));
}

static int compare_local(const struct version *a, const struct version *b)
{
    if (!a->local || !b->local) {
        return order(a->local != NULL, b->local != NULL);
    }
    struct text left = {a->local, a->local + a->local_length}, right = {b->local, b->local + b->local_length};
    while (left.at < left.end && right.at < right.end) {
        int result = compare_local_part(&left, &right);
        if (result) {
            return result;
        }
        left.at += left.at < left.end;
        right.at += right.at < right.end;
    }
    return order(left.at < left.end, right.at < right.end);
}

int version_compare(const struct version *a, const struct version *b)
{
    int result = compare_public(a, b);
    return result ? result : compare_local(a, b);
}

/* ---- operators ---- */

static bool is_prerelease(const struct version *version)
{
    return version->pre || version->has_dev;
}

/* "1.2.*": the first parts agree. */
static bool has_prefix(const struct version *version, const struct version *prefix, unsigned n)
{
    bool same = version->epoch == prefix->epoch;
    for (unsigned i = 0; same && i < n; i++) {
        same = part(version, i) == part(prefix, i);
    }
    return same;
}

static bool is_equal(const struct version *version, const struct version *wanted)
{
    return wanted->local ? version_compare(version, wanted) == 0 : compare_public(version, wanted) == 0;
}

static bool is_less(const struct version *version, const struct version *wanted)
{
    bool of_it = is_prerelease(version) && !is_prerelease(wanted) && compare_release(version, wanted) == 0;
    return version_compare(version, wanted) < 0 && !of_it;
}

static bool is_greater(const struct version *version, const struct version *wanted)
{
    bool same = compare_release(version, wanted) == 0;
    bool of_it = same && ((version->has_post && !wanted->has_post) || version->local);
    return version_compare(version, wanted) > 0 && !of_it;
}

/* operator: one of == != <= >= < > ~= */
static int apply(const char *operator, const struct version *version, const char *text, size_t length)
{
    struct version wanted;
    bool wild = length > 2 && memcmp(text + length - 2, ".*", 2) == 0;
    bool equality = operator[1] == '=' && (operator[0] == '=' || operator[0] == '!');
    if (!version_parse(text, wild ? length - 2 : length, &wanted)) {
        return -1;
    }
    if (wild && (!equality || is_prerelease(&wanted) || wanted.has_post || wanted.local)) {
        return -1; /* only releases have beginnings */
    }
    bool same = wild ? has_prefix(version, &wanted, wanted.n_release) : is_equal(version, &wanted);
    switch (operator[0]) {
    case '=':
        return same;
    case '!':
        return !same;
    case '~':
        return wanted.n_release < 2
                   ? -1
                   : compare_public(version, &wanted) >= 0 && has_prefix(version, &wanted, wanted.n_release - 1);
    case '<':
        return operator[1] ? compare_public(version, &wanted) <= 0 : is_less(version, &wanted);
    default:
        return operator[1] ? compare_public(version, &wanted) >= 0 : is_greater(version, &wanted);
    }
}

/* One specifier without blanks around it. */
static int satisfies_one(const char *text, const struct version *version, const char *specifier, size_t length)
{
    static const char *const operators[] = {"==", "!=", "<=", ">=", "~=", "<", ">"};
    if (length > 3 && memcmp(specifier, "===", 3) == 0) {
        specifier += 3;
        length -= 3;
        while (length && *specifier == ' ') {
            specifier++;
            length--;
        }
        return strlen(text) == length && strncmp(text, specifier, length) == 0;
    }
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t n = strlen(operators[i]);
        if (length > n && memcmp(specifier, operators[i], n) == 0) {
            return version ? apply(operators[i], version, specifier + n, length - n) : -1;
        }
    }
    return -1;
}

int version_satisfies(const char *text, const char *specifiers, size_t length)
{
    struct version version;
    bool known = version_parse(text, strlen(text), &version);
    const char *end = specifiers + length;
    while (specifiers < end) {
        const char *comma = memchr(specifiers, ',', (size_t)(end - specifiers));
        const char *last = comma ? comma : end, *next = comma ? comma + 1 : end;
        while (specifiers < last && *specifiers == ' ') {
            specifiers++;
        }
        while (last > specifiers && last[-1] == ' ') {
            last--;
        }
        int holds = specifiers == last
                        ? 1
                        : satisfies_one(text, known ? &version : NULL, specifiers, (size_t)(last - specifiers));
        if (holds != 1) {
            return holds;
        }
        specifiers = next;
    }
    return 1;
}
