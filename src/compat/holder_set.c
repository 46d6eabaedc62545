/* set and frozenset: a table in which every key stands where its hash puts it.
 *
 * A set with a key whose address or hash changes gets a new table of the same size; the members are put in in the order
 * of the old one. Even a small set's table moves out of the set object: C code in the middle of a look-up starts again
 * when it sees another table. An iterator that is half-way through the old table goes on through a *shadow*: a set of
 * its own with the old order, in which nothing can be looked up.
 *
 * Invariant: as for dict, the new table holds the old references without owning them, and differences are edits in it.
 * Two keys that become one leave one; the other's reference goes into room behind the table and from there to the
 * edits. Dummies (deleted entries) are a borrowed address and are not taken over. */
#include "compat/holder_internal.h"

#include "compat/private.h"

#include <string.h>

/* Exchanges what belongs to the table; apply and undo are the same. */
struct set_swap {
    PySetObject *set;   /* borrowed */
    setentry *table;    /* the one that the set does not use now */
    const void *inside; /* address of the set's own small table: never freed */
    Py_ssize_t fill, used;
    Py_hash_t hash;
};

static void swap_tables(void *arg)
{
    struct set_swap *s = arg;
    struct set_swap before = {s->set, s->set->table, s->inside, s->set->fill, s->set->used, s->set->hash};
    s->set->table = s->table;
    s->set->fill = s->fill;
    s->set->used = s->used;
    s->set->hash = s->hash;
    *s = before;
}

static void free_swap(void *arg)
{
    struct set_swap *s = arg;
    if ((const void *)s->table != s->inside) {
        PyMem_Free(s->table);
    }
    PyMem_Free(s);
}

static bool is_member(const setentry *entry)
{
    return entry->key && entry->hash != -1;
}

static bool members_change(const PySetObject *set, const struct redirect *r)
{
    for (const setentry *entry = set->table; entry <= &set->table[set->mask]; entry++) {
        if (is_member(entry) && (holder_hit(r->map, entry->key) || holder_hit(&r->rehash->hashes, entry->key))) {
            return true;
        }
    }
    return false;
}

bool set_needs_rehash(PyObject *set, const struct rehash *rehash)
{
    const PySetObject *s = (PySetObject *)set;
    for (const setentry *entry = s->table; entry <= &s->table[s->mask]; entry++) {
        if (is_member(entry) && holder_hit(&rehash->hashes, entry->key)) {
            return true;
        }
    }
    return false;
}

/* The entry for a key with this hash: an unused one, or the one of a key that will be the same. The probing order is
 * CPython's: a run of neighbours, then a jump. */
static setentry *find_entry(const struct redirect *r, setentry *table, size_t mask, PyObject *key, Py_hash_t hash)
{
    size_t perturb = (size_t)hash, i = (size_t)hash & mask;
    for (;;) {
        size_t run = i + 9 <= mask ? 9 : 0;
        for (size_t j = i; j <= i + run; j++) {
            if (!table[j].key || (table[j].hash == hash && holder_same_key(r->map, r->rehash, table[j].key, key))) {
                return &table[j];
            }
        }
        perturb >>= 5;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

struct new_table {
    setentry *table;
    PyObject **spare; /* room behind the table for keys that go */
    Py_ssize_t used;
    struct frozenset_hash hash;
};

static int place_member(struct new_table *t, const setentry *old, size_t mask, struct redirect *r)
{
    Py_hash_t hash = old->hash;
    if (!holder_new_hash(r->rehash, old->key, &hash) && holder_hash_lost(r, old->key)) {
        r->why = "the hash of a set member's partner is computed by Python code";
        return 1;
    }
    setentry *entry = find_entry(r, t->table, mask, old->key, hash);
    if (entry->key) {
        r->found += holder_hit(r->map, old->key);
        *t->spare = old->key;
        return edits_add_object(r->edits, t->spare++, NULL);
    }
    entry->key = old->key;
    entry->hash = hash;
    t->used++;
    frozenset_hash_add(&t->hash, hash);
    return holder_redirect_word(r, &entry->key);
}

static int fill_table(struct new_table *t, const PySetObject *set, struct redirect *r)
{
    for (const setentry *old = set->table; old <= &set->table[set->mask]; old++) {
        int status = is_member(old) ? place_member(t, old, (size_t)set->mask, r) : 0;
        if (status) {
            return status;
        }
    }
    return 0;
}

static int add_swap(PySetObject *set, const struct new_table *t, struct redirect *r)
{
    struct set_swap *swap = PyMem_Malloc(sizeof *swap);
    if (!swap) {
        PyErr_NoMemory();
        return -1;
    }
    Py_hash_t hash = set->hash == -1 ? -1 : frozenset_hash_end(&t->hash);
    *swap = (struct set_swap){set, t->table, set->smalltable, t->used, t->used, hash};
    struct edit_op op = {swap_tables, swap_tables, free_swap, swap};
    if (edits_add_op(r->edits, &op) < 0) {
        PyMem_Free(swap);
        return -1;
    }
    return 0;
}

int holder_redirect_set(PyObject *holder, struct redirect *r)
{
    PySetObject *set = (PySetObject *)holder;
    if (!members_change(set, r)) {
        return 0;
    }
    size_t n = (size_t)set->mask + 1;
    setentry *table = PyMem_Calloc(1, n * sizeof *table + (size_t)set->used * sizeof(PyObject *));
    if (!table) {
        PyErr_NoMemory();
        return -1;
    }
    struct new_table t = {table, (PyObject **)(table + n), 0, {0, 0}};
    int status = fill_table(&t, set, r);
    if (status == 0) {
        status = add_swap(set, &t, r);
    }
    if (status) {
        PyMem_Free(table);
    }
    return status;
}

/* A set with the entries where they are now, members replaced and owned, hashes as they were. */
static PyObject *make_shadow(const PySetObject *set, const struct ptrmap *map)
{
    OWN_REF shadow = PySet_New(NULL);
    size_t n = (size_t)set->mask + 1;
    setentry *table = shadow ? PyMem_Calloc(n, sizeof *table) : NULL;
    if (!table) {
        return shadow ? PyErr_NoMemory() : NULL;
    }
    PySetObject *s = (PySetObject *)shadow;
    for (size_t i = 0; i < n; i++) {
        if (is_member(&set->table[i])) {
            table[i].key = Py_NewRef(holder_partner(map, set->table[i].key));
            table[i].hash = set->table[i].hash;
        }
    }
    s->table = table;
    s->mask = set->mask;
    s->fill = s->used = set->used;
    return STEAL(shadow);
}

int holder_shadow_iterator(PyObject *iterator, const struct ptrmap *map, const struct rehash *rehash,
                           struct edits *edits)
{
    struct private_set_iterator *it = (struct private_set_iterator *)iterator;
    struct redirect r = {map, rehash, edits, 0, NULL};
    if (Py_TYPE(iterator) != &PySetIter_Type || !it->si_set || !members_change(it->si_set, &r)) {
        return 0;
    }
    PyObject *shadow = make_shadow(it->si_set, map);
    return shadow ? edits_add(edits, (void **)&it->si_set, shadow, EDIT_OBJECT) : -1;
}
