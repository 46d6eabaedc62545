/* Which entries of the live list are site's, and where do new ones go?
 *
 * Site's are those that stand in the order in which site gave them: the longest run of ours that is in base's order.
 * What is not in that run is the program's: its own entries, and those of site's that it moved or doubled. What base
 * has and ours does not was taken out by the program, and stays out.
 *
 * The run is replaced by theirs. The program's entries stay beside their neighbours: entries that are in the run and in
 * theirs, in the same order (again a longest run), are anchors; the program's entries before an anchor stay before it,
 * those behind the last stay behind everything. New entries stand behind the anchor that theirs has before them; with
 * none before them, directly before the next. */
#include "disk/pathmerge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

/* Marks in `chosen` a longest subsequence of values that strictly increases; NONE is never chosen. Scratch: n * 2. */
static void longest_run(const size_t *values, size_t n, size_t *tails, size_t *before, bool *chosen)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        size_t low = 0, high = length;
        chosen[i] = false;
        if (values[i] == NONE) {
            continue;
        }
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (values[tails[middle]] < values[i]) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        before[i] = low > 0 ? tails[low - 1] : NONE;
        tails[low] = i;
        length += low == length;
    }
    for (size_t at = length > 0 ? tails[length - 1] : NONE; at != NONE; at = before[at]) {
        chosen[at] = true;
    }
}

struct merging {
    size_t n_base, n_theirs, n_ours;
    size_t *in_base;   /* ours -> base */
    size_t *in_theirs; /* ours -> theirs, of those in the run */
    bool *run, *anchor;
    bool *wanted; /* of theirs: goes into the result */
    size_t *scratch;
    void *block;
};

static int allocate(struct merging *m)
{
    size_t n = m->n_ours + 1;
    m->block = calloc(1, (4 * n) * sizeof(size_t) + 2 * n + m->n_theirs + 1);
    if (!m->block) {
        return -ENOMEM;
    }
    m->in_base = m->block;
    m->in_theirs = m->in_base + n;
    m->scratch = m->in_theirs + n;
    m->run = (bool *)(m->scratch + 2 * n);
    m->anchor = m->run + n;
    m->wanted = m->anchor + n;
    return 0;
}

static int index_of(const char *const *list, size_t n, struct strmap *ret_map)
{
    strmap_init(ret_map);
    for (size_t i = 0; i < n; i++) {
        if (strmap_add(ret_map, list[i], (void *)(i + 1)) < 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

static size_t place(const struct strmap *map, const char *key)
{
    return key ? (size_t)(uintptr_t)strmap_get(map, key) - 1 : NONE; /* absent: 0 - 1 */
}

/* Who of ours is site's, which of theirs are wanted, and which are anchors. */
static int compare(struct merging *m, const char *const *base, const char *const *theirs, const char *const *ours)
{
    struct strmap in_base, in_theirs, placed, present;
    strmap_init(&placed);
    strmap_init(&present);
    int result = index_of(base, m->n_base, &in_base) | index_of(theirs, m->n_theirs, &in_theirs);
    for (size_t i = 0; i < m->n_ours; i++) {
        m->in_base[i] = place(&in_base, ours[i]);
    }
    longest_run(m->in_base, m->n_ours, m->scratch, m->scratch + m->n_ours, m->run);
    for (size_t i = 0; i < m->n_ours && result == 0; i++) {
        m->in_theirs[i] = m->run[i] ? place(&in_theirs, ours[i]) : NONE;
        bool failed = ours[i] && strmap_add(m->run[i] ? &present : &placed, ours[i], m) < 0;
        result = failed ? -ENOMEM : 0;
    }
    longest_run(m->in_theirs, m->n_ours, m->scratch, m->scratch + m->n_ours, m->anchor);
    for (size_t i = 0; i < m->n_theirs && result == 0; i++) {
        bool site_has = strmap_get(&present, theirs[i]);
        bool taken_out = strmap_get(&in_base, theirs[i]) && !site_has;
        m->wanted[i] = !taken_out && (site_has || !strmap_get(&placed, theirs[i]));
    }
    strmap_release(&in_base);
    strmap_release(&in_theirs);
    strmap_release(&placed);
    strmap_release(&present);
    return result;
}

struct result {
    struct pathmerge_entry *entries;
    size_t n;
};

static void add_theirs(const struct merging *m, struct result *r, const char *const *theirs, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (m->wanted[i]) {
            r->entries[r->n++] = (struct pathmerge_entry){.text = theirs[i], .ours = NONE};
        }
    }
}

static void add_programs(const struct merging *m, struct result *r, const char *const *ours, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (!m->run[i]) {
            r->entries[r->n++] = (struct pathmerge_entry){.text = ours[i], .ours = i};
        }
    }
}

/* Segment by segment, from anchor to anchor. */
static void weave(const struct merging *m, struct result *r, const char *const *theirs, const char *const *ours)
{
    size_t from_ours = 0, from_theirs = 0;
    bool first = true;
    for (size_t i = 0; i <= m->n_ours; i++) {
        bool end = i == m->n_ours;
        if (!end && !m->anchor[i]) {
            continue;
        }
        size_t to_theirs = end ? m->n_theirs : m->in_theirs[i];
        if (first) {
            add_programs(m, r, ours, from_ours, i);
        }
        add_theirs(m, r, theirs, from_theirs, to_theirs);
        if (!first) {
            add_programs(m, r, ours, from_ours, i);
        }
        if (!end) {
            r->entries[r->n++] = (struct pathmerge_entry){.text = ours[i], .ours = i};
            from_ours = i + 1;
            from_theirs = to_theirs + 1;
            first = false;
        }
    }
}

int pathmerge(const char *const *base, size_t n_base, const char *const *theirs, size_t n_theirs,
              const char *const *ours, size_t n_ours, struct pathmerge_entry **ret_entries, size_t *ret_n)
{
    struct merging m = {.n_base = n_base, .n_theirs = n_theirs, .n_ours = n_ours};
    struct result r = {.entries = calloc(n_theirs + n_ours + 1, sizeof *r.entries)};
    int result = r.entries ? allocate(&m) : -ENOMEM;
    if (result == 0) {
        result = compare(&m, base, theirs, ours);
    }
    if (result < 0) {
        free(r.entries);
    } else {
        weave(&m, &r, theirs, ours);
        *ret_entries = r.entries;
        *ret_n = r.n;
    }
    free(m.block);
    return result;
}
