/* Containers with references in memory beside the object: deque, bounded lru_cache, contextvars' nodes, SimpleQueue.
 *
 * Each rule repeats the loops of the type's own tp_traverse (compat/private.h names the source) and edits the words
 * that it reads. What lies inside tp_basicsize is left to the general scan.
 *
 * Must not: follow a link that CPython would not follow: the rings and lists are closed by the object itself. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/holder_internal.h"

#include "compat/private.h"

#include <string.h>

/* ---- deque ---- */

int holder_redirect_deque(PyObject *holder, struct redirect *r)
{
    struct private_deque *deque = (struct private_deque *)holder;
    struct private_deque_block *block = deque->leftblock;
    Py_ssize_t left = Py_SIZE(deque), from = deque->leftindex;
    while (left > 0) {
        Py_ssize_t n = PRIVATE_DEQUE_BLOCK - from < left ? PRIVATE_DEQUE_BLOCK - from : left;
        if (holder_redirect_words(r, &block->data[from], n) < 0) {
            return -1;
        }
        left -= n;
        from = 0;
        block = block->rightlink;
    }
    return 0;
}

/* ---- lru_cache ---- */

bool lru_cache_needs_rehash(PyObject *cache, const struct rehash *rehash)
{
    const struct private_lru_cache *c = (struct private_lru_cache *)cache;
    for (const struct private_lru_link *link = c->root.next; link != &c->root; link = link->next) {
        if (holder_hit(&rehash->hashes, link->key)) {
            return true;
        }
    }
    return false;
}

/* The links; the dict of the cache is a holder of its own. */
int holder_redirect_lru_cache(PyObject *holder, struct redirect *r)
{
    struct private_lru_cache *cache = (struct private_lru_cache *)holder;
    for (struct private_lru_link *link = cache->root.next; link != &cache->root; link = link->next) {
        Py_hash_t hash;
        if (holder_new_hash(r->rehash, link->key, &hash)) {
            if (edits_add_word(r->edits, &link->hash, (uintptr_t)hash) < 0) {
                return -1;
            }
        } else if (holder_hash_lost(r, link->key)) {
            r->why = "the hash of a cache key's partner is computed by Python code";
            return 1;
        }
        if (holder_redirect_word(r, &link->key) < 0 || holder_redirect_word(r, &link->result) < 0) {
            return -1;
        }
        r->found += holder_hit(r->map, Py_TYPE(link));
    }
    return 0;
}

/* The ring does not own its links: one whose dict entry goes must leave it, as when the cache evicts it. */
static void unlink_lru(void *arg)
{
    struct private_lru_link *link = arg;
    link->prev->next = link->next;
    link->next->prev = link->prev;
}

static void relink_lru(void *arg)
{
    struct private_lru_link *link = arg;
    link->prev->next = link;
    link->next->prev = link;
}

int holder_unlink_lru(PyObject *link, struct edits *edits)
{
    struct edit_op op = {unlink_lru, relink_lru, NULL, link};
    return edits_add_op(edits, &op);
}

/* ---- types without a name outside CPython ---- */

/* A node's place in the tree comes from the hash of its key: a key that moves would have to move in the tree. */
static int redirect_hamt_pairs(PyObject **at, Py_ssize_t n, struct redirect *r)
{
    for (Py_ssize_t i = 0; i < n; i += 2) {
        if (holder_hit(r->map, at[i])) {
            r->why = "a context variable is replaced while a context has a value for it";
            return 1;
        }
        if (i + 1 < n && holder_redirect_word(r, &at[i + 1]) < 0) {
            return -1;
        }
    }
    return 0;
}

static int redirect_bitmap(PyObject *node, struct redirect *r)
{
    return redirect_hamt_pairs(((struct private_hamt_bitmap *)node)->b_array, Py_SIZE(node), r);
}

static int redirect_collision(PyObject *node, struct redirect *r)
{
    return redirect_hamt_pairs(((struct private_hamt_collision *)node)->c_array, Py_SIZE(node), r);
}

#if PY_VERSION_HEX >= 0x030d0000
static int redirect_simple_queue(PyObject *holder, struct redirect *r)
{
    struct private_simple_queue_313 *queue = (struct private_simple_queue_313 *)holder;
    for (Py_ssize_t i = 0; i < queue->num_items; i++) {
        if (holder_redirect_word(r, &queue->items[(queue->get_idx + i) % queue->items_cap]) < 0) {
            return -1;
        }
    }
    return 0;
}
#endif

int holder_redirect_by_name(PyObject *holder, struct redirect *r)
{
    static const struct {
        const char *name;
        size_t size; /* tp_basicsize: another type of this name is not taken for it */
        int (*redirect)(PyObject *, struct redirect *);
    } rules[] = {
        {"hamt_bitmap_node", 0, redirect_bitmap},
        {"hamt_collision_node", 0, redirect_collision},
#if PY_VERSION_HEX >= 0x030d0000
        {"_queue.SimpleQueue", sizeof(struct private_simple_queue_313), redirect_simple_queue},
#endif
    };
    const PyTypeObject *type = Py_TYPE(holder);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        bool native = rules[i].size ? (size_t)type->tp_basicsize == rules[i].size : type->tp_itemsize > 0;
        if (native && strcmp(type->tp_name, rules[i].name) == 0) {
            return rules[i].redirect(holder, r);
        }
    }
    return 0;
}
