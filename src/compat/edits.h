/* A flip is a list of words to exchange.
 *
 * Everything that an upgrade changes in the heap of the process is one of two things: a machine word that gets
 * another value (a reference, a hash, a pointer to a table built beforehand), or an operation with an exact inverse
 * (moving a weak reference from one object's list to another's). Both are collected first, by functions that may fail;
 * edits_commit then exchanges every word with the value kept here and runs the operations, and cannot fail; edits_undo
 * does the same backwards and leaves every word as it was.
 *
 * Rules
 *  E1  Nothing is written to an object while edits are collected.
 *  E2  The GIL is held without a break from the first edit collected until edits_commit or edits_undo has returned,
 *      and nothing in between runs Python code. So every address collected is still right.
 *  E3  An edit owns a reference to the value it keeps: before the commit to the new one, after it to the old one.
 *      No reference is dropped before edits_release, which may run Python code (finalizers).
 *  E4  A word is edited once at most. edits_add keeps no account of that; whoever plans a kind of holder does.
 */
#ifndef MIDFLIGHT_EDITS_H
#define MIDFLIGHT_EDITS_H

#include "compat/ref.h"

enum edit_kind {
    EDIT_OBJECT,   /* the word is an owned reference; release: Py_XDECREF */
    EDIT_WORD,     /* the word owns nothing (a hash, a borrowed pointer, a size) */
    EDIT_PYMEM,    /* the word is memory from PyMem_Malloc, or NULL; release: PyMem_Free */
    EDIT_DICTKEYS, /* the word is a dict's keys object whose references have moved with it; release: frees the block */
};

struct edit {
    void **at;   /* borrowed address inside a live object */
    void *value; /* E3 */
    enum edit_kind kind;
};

struct edit_op {
    void (*apply)(void *arg);   /* must not fail nor run Python code */
    void (*undo)(void *arg);    /* the exact inverse */
    void (*release)(void *arg); /* frees arg; may be NULL */
    void *arg;
};

struct edits {
    struct edit *words;
    size_t n_words, cap_words;
    struct edit_op *ops;
    size_t n_ops, cap_ops;
    PyObject **touched; /* owned references: dicts and types whose content changed: versions and watchers */
    size_t n_touched, cap_touched;
};

/* An empty list. Allocates nothing. */
void edits_init(struct edits *edits);

/* Adds one exchange: *at becomes value. Steals a reference to value when kind is EDIT_OBJECT (also on failure).
 * Returns 0, or -1 with MemoryError set. */
int edits_add(struct edits *edits, void **at, void *value, enum edit_kind kind) MUST_CHECK;

/* edits_add for an owned reference; takes a new reference to value itself. */
int edits_add_object(struct edits *edits, PyObject **at, PyObject *value) MUST_CHECK;

/* edits_add for a word that owns nothing. */
int edits_add_word(struct edits *edits, void *at, uintptr_t value) MUST_CHECK;

/* Takes the edit of this word back, if it is among those from the index `first` (a former n_words) on. What it would
 * have put there must have other owners. */
void edits_withdraw(struct edits *edits, size_t first, void *at);

/* Adds an operation. Operations run after the words, in the order added; undo runs them first, in reverse.
 * On failure (-1, MemoryError) arg still belongs to the caller. */
int edits_add_op(struct edits *edits, const struct edit_op *op) MUST_CHECK;

/* Notes that the content of a dict, or what a type's look-ups find, changes: after the commit (and after an undo)
 * the dict gets a new version and its watchers are told; PyType_Modified is called for the type. */
int edits_touch(struct edits *edits, PyObject *dict_or_type) MUST_CHECK;

void edits_commit(struct edits *edits);
void edits_undo(struct edits *edits);

/* Drops what the edits own and empties the list. May run Python code. */
void edits_release(struct edits *edits);

#endif
