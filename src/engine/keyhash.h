/* keyhash: keys whose hash is Python code and differs after the flip. (docs/design.md, flip, hashes)
 *
 * The flip runs no Python code, so the hash is asked for before: of a stand-in, an object of the class that the key
 * will have, with the attributes that it will have. In the flip it counts if the key is still what it was. */
#ifndef MIDFLIGHT_KEYHASH_H
#define MIDFLIGHT_KEYHASH_H

#include "base/ptrmap.h"
#include "compat/ref.h"

struct upgrade;

struct keyhash_record {
    PyObject *object;   /* borrowed from asked */
    PyTypeObject *type; /* borrowed: the class that it had */
    PyObject *before;   /* owned dict: its attributes then; NULL: nothing is known of it */
    PyObject *after;    /* owned dict: what stands for them in the new world */
    PyObject *anew;     /* owned tuple of names, or NULL: of these the hash is the same with None */
    Py_hash_t hash;
    bool known;
    bool lent; /* a class outside: what was asked is an object of the library's class that it derives from */
};

struct keyhash {
    PyObject *asked;                /* owned list or NULL: objects whose hash is wanted */
    struct ptrmap index;            /* object -> its place in asked + 1 */
    struct keyhash_record *records; /* owned array: one for each of asked, as far as they have been prepared */
    size_t n_records;
};

/* In the flip: the hash of this object will be wanted. 1: noted now; 0: it was, or has been asked for in vain; -1. Runs
 * no Python code. */
int keyhash_ask(struct upgrade *upgrade, PyObject *object) MUST_CHECK;

/* Before the flip: asks for all that are wanted. Runs Python code. 0 or -1 with an exception set. */
int keyhash_prepare(struct upgrade *upgrade) MUST_CHECK;

/* Our own tables are no holders to be edited. 0 or -1. */
int keyhash_fix(struct upgrade *upgrade) MUST_CHECK;

/* In the flip: enters what is known into flip.rehash. An enum flip_result: FLIP_PREPARE when an object has changed
 * since. */
int keyhash_apply(struct upgrade *upgrade) MUST_CHECK;

/* The attribute (borrowed) that this __hash__ of a class gives back and does nothing else, if a method of the class may
 * have made what is there of classes: those have other addresses in the new version. NULL: it is not so. Runs no Python
 * code, allocates nothing. */
PyObject *keyhash_of_classes(PyTypeObject *type, PyObject *hash);

void keyhash_release(struct keyhash *keyhash);

#endif
