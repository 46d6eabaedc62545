/* What a value was made of: a set of origins. An origin is an argument, a variable of an outer function, or a part of a
 * value that has origins (an item, an attribute, what a loop or an unpacking yields). What comes from the module
 * itself, constants, globals and what calls make of those, has none.
 *
 * GIL not needed; no Python code runs; nothing fails: what does not fit counts as of unknown origin. */
#ifndef MIDFLIGHT_ORIGINS_H
#define MIDFLIGHT_ORIGINS_H

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t origin_set; /* a bit each */

#define ORIGINS_MOST 63
#define ORIGINS_UNKNOWN ((origin_set)1 << ORIGINS_MOST)

enum origin_kind {
    ORIGIN_ARGUMENT,
    ORIGIN_REST,  /* what *args or **kwargs collects: no item says what the others are */
    ORIGIN_OUTER, /* a variable of an outer function */
    ORIGIN_PART,
};

struct origins {
    struct origin {
        enum origin_kind kind;
        origin_set whole; /* of PART: what it is a part of */
        const void *which;
        long where; /* with which: tells parts from each other */
    } items[ORIGINS_MOST];
    int n;
};

/* A new origin. */
origin_set origins_new(struct origins *origins, enum origin_kind kind);

/* A part of a value; the same whole, which and where give the same part. Of what has no origin: nothing. */
origin_set origins_part(struct origins *origins, origin_set whole, const void *which, long where);

/* All variables of outer functions. */
origin_set origins_outer(const struct origins *origins);

/* Can a value that was made of these be made again by who knows the key and has the container? holder: the origins of
 * the container. */
bool origins_known_from(const struct origins *origins, origin_set value, origin_set key, origin_set holder);

#endif
