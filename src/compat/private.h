/* Layouts that CPython declares in .c files only.
 *
 * Each struct names the source file it restates; the fields and their order hold for CPython 3.11 to 3.13 unless said
 * otherwise. Nothing here is trusted before selftest_run has read every field used from objects with known contents.
 * Pointers are what CPython's own are: owned or borrowed as commented. */
#ifndef MIDFLIGHT_PRIVATE_H
#define MIDFLIGHT_PRIVATE_H

#include "compat/ref.h"

#include <stdint.h>

/* Modules/_collectionsmodule.c: collections.deque. Items are data[leftindex] of leftblock ... data[rightindex] of
 * rightblock, ob_size of them. */
#define PRIVATE_DEQUE_BLOCK 64
#define PRIVATE_DEQUE_FREE 16

struct private_deque_block {
    struct private_deque_block *leftlink;
    PyObject *data[PRIVATE_DEQUE_BLOCK]; /* owned where inside the deque; stale elsewhere */
    struct private_deque_block *rightlink;
};

struct private_deque {
    PyObject_VAR_HEAD struct private_deque_block *leftblock;
    struct private_deque_block *rightblock;
    Py_ssize_t leftindex;
    Py_ssize_t rightindex;
    size_t state; /* changes whenever the indices move: live iterators compare it */
    Py_ssize_t maxlen;
    Py_ssize_t numfreeblocks;
    struct private_deque_block *freeblocks[PRIVATE_DEQUE_FREE];
    PyObject *weakreflist;
};

/* The same file: _deque_iterator and _deque_reverse_iterator. */
struct private_deque_iterator {
    PyObject_HEAD struct private_deque_block *b; /* borrowed, of the deque */
    Py_ssize_t index;
    struct private_deque *deque; /* owned */
    size_t state;                /* of the deque when it began */
    Py_ssize_t counter;          /* items left */
};

/* The same file: collections.defaultdict. */
struct private_defaultdict {
    PyDictObject dict;
    PyObject *default_factory; /* owned, or NULL */
};

/* Objects/odictobject.c: collections.OrderedDict. A node's hash is the key's hash in the dict below; od_fast_nodes
 * mirrors the index table of that dict and is rebuilt when od_resize_sentinel is not the dict's keys object. */
struct private_odict_node {
    PyObject *key; /* owned */
    Py_hash_t hash;
    struct private_odict_node *next;
    struct private_odict_node *prev;
};

struct private_odict {
    PyDictObject od_dict;
    struct private_odict_node *od_first;
    struct private_odict_node *od_last;
    struct private_odict_node **od_fast_nodes; /* PyMem memory, od_fast_nodes_size words */
    Py_ssize_t od_fast_nodes_size;
    void *od_resize_sentinel;
    size_t od_state;        /* changes with the list: live iterators compare it */
    PyObject *od_inst_dict; /* owned */
    PyObject *od_weakreflist;
};

/* The same file: odict_iterator. It goes on with the node of a key. */
struct private_odict_iterator {
    PyObject_HEAD int kind;
    struct private_odict *di_odict; /* owned; NULL when exhausted */
    Py_ssize_t di_size;
    size_t di_state;
    PyObject *di_current; /* owned: the key that comes next; NULL when exhausted */
    PyObject *di_result;  /* owned, or NULL */
};

/* Modules/_functoolsmodule.c: functools.lru_cache. Bounded: the dict's values are links in a ring around root. A link's
 * type is not tracked by the collector and has no tp_traverse. */
struct private_lru_link {
    PyObject_HEAD struct private_lru_link *prev, *next; /* borrowed */
    Py_hash_t hash;
    PyObject *key, *result; /* owned, except in the root */
};

struct private_lru_cache {
    struct private_lru_link root; /* its head is the head of the cache object */
    PyObject *(*wrapper)(struct private_lru_cache *, PyObject *, PyObject *);
    int typed;
    PyObject *cache; /* owned dict */
    Py_ssize_t hits;
    PyObject *func;     /* owned */
    Py_ssize_t maxsize; /* -1: unbounded, the dict holds results themselves */
    Py_ssize_t misses;
    PyObject *kwd_mark;               /* owned */
    PyTypeObject *lru_list_elem_type; /* owned */
    PyObject *cache_info_type;        /* owned */
    PyObject *dict;                   /* owned */
    PyObject *weakreflist;
};

/* Objects/dictobject.c: the iterators over keys, values and items, forwards and backwards. */
struct private_dict_iterator {
    PyObject_HEAD PyDictObject *di_dict; /* owned; NULL when exhausted */
    Py_ssize_t di_used;
    Py_ssize_t di_pos;
    PyObject *di_result; /* owned, or NULL */
    Py_ssize_t len;
};

/* Objects/setobject.c: set_iterator. */
struct private_set_iterator {
    PyObject_HEAD PySetObject *si_set; /* owned; NULL when exhausted */
    Py_ssize_t si_used;
    Py_ssize_t si_pos;
    Py_ssize_t len;
};

/* Python/hamt.c: the nodes below a contextvars.Context. Bitmap and collision: ob_size words, key and value in turn; a
 * bitmap's NULL key says that the value is a node. Array: 32 nodes or NULL. */
#define PRIVATE_HAMT_ARRAY 32

struct private_hamt_bitmap {
    PyObject_VAR_HEAD uint32_t b_bitmap;
    PyObject *b_array[1]; /* owned */
};

struct private_hamt_array {
    PyObject_HEAD PyObject *a_array[PRIVATE_HAMT_ARRAY]; /* owned */
    Py_ssize_t a_count;
};

struct private_hamt_collision {
    PyObject_VAR_HEAD int32_t c_hash;
    PyObject *c_array[1]; /* owned */
};

/* Modules/_queuemodule.c, 3.13: _queue.SimpleQueue. num_items of items, a ring of items_cap, from get_idx on.
 * Up to 3.12 the items are a list inside tp_basicsize: nothing to know. */
struct private_simple_queue_313 {
    PyObject_HEAD bool has_threads_waiting;
    Py_ssize_t put_idx;
    Py_ssize_t get_idx;
    PyObject **items; /* owned items in PyMem memory */
    Py_ssize_t items_cap;
    Py_ssize_t num_items;
    PyObject *weakreflist;
};

#endif
