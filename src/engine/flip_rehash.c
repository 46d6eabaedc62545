/* Which hashes change with the flip, and which tables must be rebuilt although they hold nothing that is replaced?
 *
 * Idea: a function, once replaced, hashes differently; so does a tuple with it, an alias with that tuple, and so on;
 * and any dict keyed by one of them needs a new table. Each step outwards is a question to the whole heap: who refers
 * to this? Rather than search the heap for each, the walk is told what to *watch*: what was found to hash differently
 * before, by the rehearsal. It lists who refers to a target or a watched object, and what is looked for is in the
 * lists. Invariant: everything that hashes differently is a target or was watched in the walk that made the lists. If
 * something else is found, it is watched from then on and the walk is made again, under the same hold of the GIL.
 * Must not: follow an address in `watched`: what had it may be gone, and it stands for whatever has it now. */
#include "engine/flip_plan.h"

/* ---- hashes ---- */

/* Some objects hash in Python, and refer to something replaced: nobody can tell their new hash. Harmless unless they
 * are keys. */
struct rehashing {
    struct upgrade *upgrade;
    struct rehash suspects;
    PyObject *suspect; /* borrowed: one of them, for the message */
    const char *why;
};

/* One look at one hashable object. 1 added, 0, -1. */
static int rehash_one(struct rehashing *rehashing, PyObject *object)
{
    struct flip *flip = &rehashing->upgrade->flip;
    int added = holder_rehash_add(object, &flip->account.map, &flip->rehash, &rehashing->why);
    if (added != 2) {
        return added;
    }
    rehashing->suspect = object;
    if (ptrmap_put(&rehashing->suspects.hashes, object, (void *)HOLDER_HASH_ZERO) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* Replaced values whose partner hashes in Python (an own __hash__): is one of them a key somewhere? Then values stay
 * what they are. */
static int values_are_keys(struct upgrade *upgrade)
{
    struct flip *flip = &upgrade->flip;
    struct rehash values = {0};
    int found = 0;
    for (size_t i = 0; i < flip->account.n_targets && found == 0; i++) {
        PyObject *object = flip->account.list[i].object;
        bool unknown = !ptrmap_get(&flip->rehash.hashes, object);
        found = unknown && ptrmap_put(&values.hashes, object, (void *)HOLDER_HASH_ZERO) < 0 ? -1 : 0;
    }
    for (size_t i = 0; values.hashes.used && i < flip->account.tables.n && found == 0; i++) {
        PyObject *table = flip->account.tables.items[i];
        found = !ptrmap_get(&flip->account.fixed, table) && holder_needs_rehash(table, &values);
    }
    ptrmap_release(&values.hashes);
    return found;
}

/* Which hashes change? First those of the targets, then of what contains them, until a round adds nothing. */
static int close_rehash(struct rehashing *rehashing)
{
    struct flip *flip = &rehashing->upgrade->flip;
    struct objects *hashables = &flip->account.hashables;
    for (bool grew = true; grew;) {
        grew = false;
        for (size_t i = 0; i < hashables->n; i++) {
            int added = rehash_one(rehashing, hashables->items[i]);
            if (added < 0) {
                return -1;
            }
            grew = grew || added;
        }
    }
    return 0;
}

/* Puts into `watched` what changes and was not watched yet. 1: something was, 0, -1. */
static int watch(struct upgrade *upgrade, const struct ptrmap *changing)
{
    struct ptrmap *watched = &upgrade->flip.watched;
    struct ptrmap_slot *slot;
    int grew = 0;
    for (size_t i = 0; (slot = ptrmap_next(changing, &i));) {
        if (ptrmap_get(&upgrade->flip.account.targets, slot->key) || ptrmap_get(watched, slot->key)) {
            continue;
        }
        if (ptrmap_put(watched, slot->key, watched) < 0) {
            PyErr_NoMemory();
            return -1;
        }
        grew = 1;
    }
    return grew;
}

/* The closure, with as many walks as it needs: one, if nothing hashes differently that did not when it was rehearsed.
 */
static int find_changing(struct rehashing *rehashing)
{
    struct upgrade *upgrade = rehashing->upgrade;
    for (;;) {
        int closed = close_rehash(rehashing);
        int hashes = closed < 0 ? -1 : watch(upgrade, &upgrade->flip.rehash.hashes);
        int suspects = hashes < 0 ? -1 : watch(upgrade, &rehashing->suspects.hashes);
        if (suspects < 0 || (!hashes && !suspects)) {
            return suspects;
        }
        if (account_walk(&upgrade->flip.account) < 0) {
            return -1;
        }
    }
}

/* Containers that must be edited although the walk found no target in them. 0, 1: one is keyed by a suspect, -1. */
static int add_tables(struct rehashing *rehashing)
{
    struct flip *flip = &rehashing->upgrade->flip;
    struct account *account = &flip->account;
    int result = 0;
    for (size_t i = 0; i < account->tables.n && result == 0; i++) {
        PyObject *table = account->tables.items[i];
        if (rehashing->suspect && holder_needs_rehash(table, &rehashing->suspects)) {
            result = 1;
        } else if (holder_needs_rehash(table, &flip->rehash) && !ptrmap_get(&account->fixed, table) &&
                   holder_count(table, &account->map) == 0) {
            result = account_add_holder(account, table, 0);
        }
    }
    return result;
}

/* The hashes of the targets: their partners'. */
static int seed(struct upgrade *upgrade)
{
    struct flip *flip = &upgrade->flip;
    if (holder_rehash_seed(&flip->account.map, &flip->rehash) < 0) {
        return -1;
    }
    struct ptrmap_slot *slot;
    for (size_t i = 0; (slot = ptrmap_next(&flip->value_hashes, &i));) {
        if (ptrmap_get(&flip->account.map, slot->key) && ptrmap_put(&flip->rehash.hashes, slot->key, slot->value) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

enum flip_result flip_plan_rehash(struct upgrade *upgrade)
{
    struct rehashing rehashing = {.upgrade = upgrade};
    if (seed(upgrade) < 0) {
        return FLIP_ERROR;
    }
    int keys = upgrade->flip.values_stay ? 0 : values_are_keys(upgrade);
    if (keys) {
        upgrade->flip.values_stay = upgrade->flip.hash_values; /* first their hashes are asked for, then they stay */
        upgrade->flip.hash_values = true;
        return keys < 0 ? (PyErr_NoMemory(), FLIP_ERROR) : FLIP_AGAIN;
    }
    int result = find_changing(&rehashing) < 0 ? -1 : add_tables(&rehashing);
    ptrmap_release(&rehashing.suspects.hashes);
    if (result < 0) {
        return PyErr_Occurred() ? FLIP_ERROR : (PyErr_NoMemory(), FLIP_ERROR);
    }
    return result ? flip_refuse_holder(upgrade, rehashing.suspect, rehashing.why) : FLIP_DONE;
}
