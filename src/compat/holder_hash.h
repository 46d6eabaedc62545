/* Hashes after the flip: shared by holder_recipe.c (what a hash is made of), holder_hash.c (the folds) and
 * holder_rehash.c (the table, and which keys become one). Not for others. */
#ifndef MIDFLIGHT_HOLDER_HASH_H
#define MIDFLIGHT_HOLDER_HASH_H

#include "compat/holder_internal.h"

/* How the parts of an object make its hash. */
enum fold {
    FOLD_ADDRESS,
    FOLD_VALUE, /* str, int and the like: C code that looks at nothing else */
    FOLD_ITEMS, /* a tuple, or as one */
    FOLD_SLICE,
    FOLD_MEMBERS,           /* frozenset(parts) */
    FOLD_MEMBERS_AND_TYPES, /* frozenset((p, type(p)) for p in parts) */
    FOLD_FROZENSET,         /* the entries of the object itself */
    FOLD_XOR,
    FOLD_METHOD,   /* address of the first, hash of the second */
    FOLD_C_METHOD, /* address of the first, and the C function's */
    FOLD_WRAPPER,  /* addresses */
    FOLD_SAME,     /* the hash of its only part */
    FOLD_WEAK,     /* as FOLD_SAME; kept once computed */
    FOLD_NONE,     /* not hashable */
    FOLD_PYTHON,   /* unknown */
};

struct recipe {
    enum fold fold;
    PyObject *const *parts; /* borrowed; some may be NULL */
    Py_ssize_t n;
    PyObject *own[3]; /* room for parts */
};

void recipe_find(PyObject *object, struct recipe *ret);

/* Objects with this tp_hash report all that their hash is made of through tp_traverse, or its container. */
bool recipe_by_parts(hashfunc hash);

enum answer { KNOWN, UNKNOWN, UNHASHABLE };

struct hasher {
    const struct ptrmap *map;
    const struct rehash *rehash;
    int depth;
};

#define HASH_MAX_DEPTH 64

/* The hash after the flip: from the table, or computed. */
enum answer hash_of(struct hasher *h, PyObject *object, Py_hash_t *ret_hash);

/* As hash_of, whatever the table and the map say of the object itself. */
enum answer hash_unlisted(struct hasher *h, PyObject *object, Py_hash_t *ret_hash);

/* As hash_of, from the parts alone: for an object that is about to be put into the table. */
enum answer hash_fold(struct hasher *h, PyObject *object, const struct recipe *recipe, Py_hash_t *ret_hash);

#endif
