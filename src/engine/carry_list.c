/* Row 8 for what has no keys: lists and deques (order counts), and sets.
 *
 * Items are the same if they will be one object after the flip, or equal values. What the program added stays where it
 * was, before or behind what the package had put there; in between, the release's order is the order. */
#include "engine/carry_parts.h"

#include "compat/contents.h"
#include "engine/carry_equal.h"

#include <stdlib.h>

#define MOST_COMPARISONS 4000000 /* beyond that a list stays as the program has it */

/* ---- lists ---- */

/* Two items of the old world. */
static int same_ours(struct carrying *carrying, PyObject *a, PyObject *b)
{
    (void)carrying;
    return carry_equal_atoms(a, b);
}

/* One of the old world, one of the new. Containers and instances have an identity: equal content is not enough. */
static int same_theirs(struct carrying *carrying, PyObject *ours, PyObject *theirs)
{
    bool value = PyTuple_CheckExact(ours) || PyFrozenSet_CheckExact(ours);
    return carry_same_after(carrying, ours, theirs) || (value && carry_equal(carrying->match, ours, theirs) == 1);
}

/* partner[i]: index in `other` of the item that is the same as item i of `list`, or -1; each is used once. malloc'd. */
static Py_ssize_t *pair_items(struct carrying *carrying, PyObject *list, PyObject *other,
                              int (*same)(struct carrying *, PyObject *, PyObject *))
{
    Py_ssize_t n = PyList_GET_SIZE(list), m = PyList_GET_SIZE(other), from = 0;
    Py_ssize_t *partner = malloc((size_t)(n + 1) * sizeof *partner);
    bool *used = calloc((size_t)m + 1, sizeof *used);
    for (Py_ssize_t i = 0; partner && used && i < n; i++) {
        partner[i] = -1;
        for (Py_ssize_t k = 0; k < m && partner[i] < 0; k++) {
            Py_ssize_t j = (from + k) % m; /* nearly always the next one */
            if (!used[j] && same(carrying, PyList_GET_ITEM(list, i), PyList_GET_ITEM(other, j))) {
                partner[i] = j;
                used[j] = true;
                from = j + 1;
            }
        }
    }
    free(used);
    if (!partner || !used || PyErr_Occurred()) { /* carry_equal may be short of memory */
        free(partner);
        return (Py_ssize_t *)(PyErr_Occurred() ? NULL : PyErr_NoMemory());
    }
    return partner;
}

struct lists {
    PyObject *old, *base, *now, *theirs;      /* borrowed */
    Py_ssize_t *base_in_now, *base_in_theirs; /* owned by the caller */
    bool *from_base, *their_from_base;        /* owned by the caller: of `now` and of `theirs`, found in base */
};

/* Items of `now` from position `from` that the program added, up to the first that the package had put there (all the
 * rest: `to_end`). */
static int add_ours(const struct lists *lists, Py_ssize_t from, bool to_end, PyObject *result)
{
    for (Py_ssize_t i = from; i < PyList_GET_SIZE(lists->now); i++) {
        if (lists->from_base[i]) {
            if (!to_end) {
                return 0;
            }
            continue;
        }
        if (PyList_Append(result, PyList_GET_ITEM(lists->now, i)) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Where the program's additions at the front end. */
static Py_ssize_t front_of(const struct lists *lists)
{
    Py_ssize_t i = 0;
    while (i < PyList_GET_SIZE(lists->now) && !lists->from_base[i]) {
        i++;
    }
    return i;
}

/* An item that the new version does not have, and that stays all the same: the program changed it inside, or put it
 * there before anybody looked. */
static bool stays(struct carrying *carrying, const struct lists *lists, Py_ssize_t at)
{
    return lists->base_in_now[at] >= 0 && lists->base_in_theirs[at] < 0 &&
           (ptrmap_get(&carrying->late, lists->old) || carry_touched(carrying, PyList_GET_ITEM(lists->base, at)));
}

static PyObject *combine(struct carrying *carrying, const struct lists *lists)
{
    OWN_REF result = PyList_New(0);
    Py_ssize_t n_base = PyList_GET_SIZE(lists->base), front = front_of(lists);
    bool all_added = front == PyList_GET_SIZE(lists->now);
    if (!result || (!all_added && add_ours(lists, 0, false, result) < 0)) {
        return NULL;
    }
    for (Py_ssize_t j = 0; j < PyList_GET_SIZE(lists->theirs); j++) {
        Py_ssize_t base = -1;
        for (Py_ssize_t i = 0; i < n_base && base < 0; i++) {
            base = lists->base_in_theirs[i] == j ? i : -1;
        }
        bool removed = base >= 0 && lists->base_in_now[base] < 0;
        PyObject *item = base >= 0 && !removed ? PyList_GET_ITEM(lists->base, base) : PyList_GET_ITEM(lists->theirs, j);
        if (!removed && PyList_Append(result, item) < 0) {
            return NULL;
        }
    }
    for (Py_ssize_t i = 0; i < n_base; i++) {
        if (stays(carrying, lists, i) && PyList_Append(result, PyList_GET_ITEM(lists->base, i)) < 0) {
            return NULL;
        }
    }
    return add_ours(lists, all_added ? 0 : front, true, result) < 0 ? NULL : STEAL(result);
}

static PyObject *merge_lists(struct carrying *carrying, struct lists *lists)
{
    Py_ssize_t n = PyList_GET_SIZE(lists->base), same = 0;
    lists->base_in_now = pair_items(carrying, lists->base, lists->now, same_ours);
    lists->base_in_theirs = lists->base_in_now ? pair_items(carrying, lists->base, lists->theirs, same_theirs) : NULL;
    lists->from_base = calloc((size_t)PyList_GET_SIZE(lists->now) + 1, sizeof(bool));
    if (!lists->base_in_theirs || !lists->from_base) {
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        if (lists->base_in_now[i] >= 0) {
            lists->from_base[lists->base_in_now[i]] = true;
        }
        same += lists->base_in_theirs[i] == i;
    }
    bool released_the_same = same == n && n == PyList_GET_SIZE(lists->theirs);
    return released_the_same ? Py_NewRef(Py_None) : combine(carrying, lists);
}

PyObject *carry_merge_list(struct carrying *carrying, PyObject *old, PyObject *base, PyObject *now, PyObject *theirs)
{
    if (!base) {
        return Py_NewRef(Py_None); /* nobody saw it being made */
    }
    if (PyList_GET_SIZE(base) * (PyList_GET_SIZE(now) + PyList_GET_SIZE(theirs)) > MOST_COMPARISONS) {
        OWN_REF key = PyUnicode_FromString("*");
        struct slot slot = {old, key, NULL, NULL, NULL, false, false};
        return key && carry_conflict(carrying, &slot, "too many items to merge: they stay as the program has them") == 0
                   ? Py_NewRef(Py_None)
                   : NULL;
    }
    struct lists lists = {old, base, now, theirs, NULL, NULL, NULL, NULL};
    PyObject *merged = merge_lists(carrying, &lists);
    free(lists.base_in_now);
    free(lists.base_in_theirs);
    free(lists.from_base);
    return merged;
}

/* ---- sets ---- */

/* A set of the members as they will be after the flip. */
static PyObject *translated_set(struct carrying *carrying, PyObject *members)
{
    OWN_REF set = PySet_New(NULL);
    for (Py_ssize_t i = 0; set && i < PyList_GET_SIZE(members); i++) {
        OWN_REF member = carry_translate(carrying, PyList_GET_ITEM(members, i));
        if (!member || PySet_Add(set, member) < 0) {
            return NULL;
        }
    }
    return STEAL(set);
}

/* Does the member stay? Not if the package had put it there and the release does not. 1, 0, -1. */
static int member_stays(struct carrying *carrying, PyObject *old, PyObject *member, PyObject *base, PyObject *theirs)
{
    if (ptrmap_get(&carrying->late, old)) {
        return 1; /* the program may have put it there before anybody looked */
    }
    OWN_REF translated = carry_translate(carrying, member);
    int was = translated ? PySet_Contains(base, translated) : -1;
    int is = was > 0 ? PySet_Contains(theirs, translated) : was;
    return was < 0 || is < 0 ? -1 : !was || is;
}

PyObject *carry_merge_set(struct carrying *carrying, PyObject *old, PyObject *base, PyObject *now, PyObject *theirs)
{
    OWN_REF was = translated_set(carrying, base ? base : now);
    OWN_REF is = was ? translated_set(carrying, now) : NULL;
    OWN_REF comes = is ? translated_set(carrying, theirs) : NULL;
    OWN_REF result = comes ? PyList_New(0) : NULL;
    bool differs = false;
    for (Py_ssize_t i = 0; result && i < PyList_GET_SIZE(now); i++) {
        int stays_in = member_stays(carrying, old, PyList_GET_ITEM(now, i), was, comes);
        if (stays_in < 0 || (stays_in && PyList_Append(result, PyList_GET_ITEM(now, i)) < 0)) {
            return NULL;
        }
        differs = differs || !stays_in;
    }
    for (Py_ssize_t i = 0; result && i < PyList_GET_SIZE(theirs); i++) {
        PyObject *member = PyList_GET_ITEM(theirs, i);
        int known = PySet_Contains(was, member);
        known = known == 0 ? PySet_Contains(is, member) : known;
        if (known < 0 || (!known && PyList_Append(result, member) < 0)) {
            return NULL;
        }
        differs = differs || !known;
    }
    return !result ? NULL : differs ? STEAL(result) : Py_NewRef(Py_None);
}
