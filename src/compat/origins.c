/* Sets of origins, and the question whether one of them follows from another.
 *
 * A value follows from its key if all that it was made of does: the key is that, or was made of it. One part of a value
 * does not follow from another: in `name, text = line.split("=")` nobody can tell the text who has the name. Of the
 * object that holds the container every part can be had. */
#include "compat/origins.h"

#include <stddef.h>

origin_set origins_new(struct origins *origins, enum origin_kind kind)
{
    if (origins->n == ORIGINS_MOST) {
        return ORIGINS_UNKNOWN;
    }
    origins->items[origins->n] = (struct origin){kind, 0, NULL, 0};
    return (origin_set)1 << origins->n++;
}

origin_set origins_part(struct origins *origins, origin_set whole, const void *which, long where)
{
    if (whole == 0 || (whole & ORIGINS_UNKNOWN)) {
        return whole;
    }
    for (int i = 0; i < origins->n; i++) {
        const struct origin *item = &origins->items[i];
        if (item->kind == ORIGIN_PART && item->whole == whole && item->which == which && item->where == where) {
            return (origin_set)1 << i;
        }
    }
    origin_set made = origins_new(origins, ORIGIN_PART);
    if (made != ORIGINS_UNKNOWN) {
        origins->items[origins->n - 1] = (struct origin){ORIGIN_PART, whole, which, where};
    }
    return made;
}

/* The set with all that its members are parts of. A part is younger than its whole. */
static origin_set with_wholes(const struct origins *origins, origin_set set)
{
    for (int i = origins->n - 1; i >= 0; i--) {
        set |= (set >> i & 1) ? origins->items[i].whole : 0;
    }
    return set;
}

origin_set origins_outer(const struct origins *origins)
{
    origin_set outer = 0;
    for (int i = 0; i < origins->n; i++) {
        outer |= origins->items[i].kind == ORIGIN_OUTER ? (origin_set)1 << i : 0;
    }
    return outer;
}

/* What is known of who knows these: parts of them too, and parts of parts. */
static origin_set with_parts(const struct origins *origins, origin_set set)
{
    for (int i = 0; i < origins->n; i++) {
        const struct origin *item = &origins->items[i];
        bool known = item->kind == ORIGIN_PART && !(item->whole & ~set);
        set |= known ? (origin_set)1 << i : 0;
    }
    return set;
}

bool origins_known_from(const struct origins *origins, origin_set value, origin_set key, origin_set holder)
{
    origin_set outer = origins_outer(origins), led_to = with_wholes(origins, key);
    holder = with_wholes(origins, holder);
    holder |= holder & outer ? outer : 0; /* those of one closure belong together */
    for (int i = 0; i < origins->n; i++) {
        led_to &= origins->items[i].kind == ORIGIN_REST ? ~((origin_set)1 << i) : ~(origin_set)0;
    }
    return !(value & ~(with_parts(origins, key | holder) | led_to)) && !(value & ORIGINS_UNKNOWN);
}
