/* base_pack: what objects hold, in one flat row of references.
 *
 * An entry is: the object, then one or two parts, each a number and what it counts. Two thousand modules have a hundred
 * thousand objects worth remembering; as a dict and a tuple for each they would take a tenth of the time that importing
 * them takes, and nearly all are never looked at again. Those that are become entries of BASE_COPIES (base.h). */
#ifndef MIDFLIGHT_BASE_PACK_H
#define MIDFLIGHT_BASE_PACK_H

#include "compat/ref.h"

struct pack {
    PyObject **items; /* owned references */
    size_t n, capacity;
};

/* Appends one reference. 0, or -1 with MemoryError. */
int pack_push(struct pack *pack, PyObject *object) MUST_CHECK;

/* Appends an entry for the object as it is now. 1; 0: it is of no kind that is copied (base_copy); -1 with an exception
 * set. Runs no Python code. */
int pack_add(struct pack *pack, PyObject *object) MUST_CHECK;

/* Appends an entry of BASE_COPIES: (object, copy[, attributes]). 0, or -1 with an exception set. */
int pack_add_entry(struct pack *pack, PyObject *entry) MUST_CHECK;

/* Takes back what was appended behind the first n. */
void pack_truncate(struct pack *pack, size_t n);

/* A new list of all that was appended; the pack is empty then. NULL with an exception set: nothing happened. */
PyObject *pack_finish(struct pack *pack);

void pack_release(struct pack *pack);

/* How many references the entry at this place takes. */
size_t pack_length(PyObject *const *entry);

/* What the object held, one after the other: `values` is its first reference and *step the way to the next one; keys
 * are left out. False: there is no such part. part: 0 or 1. A part that is a dict or list itself comes as *ret_given.
 */
struct pack_part {
    PyObject *const *values;
    size_t n, step;
    PyObject *given; /* borrowed: a dict or a list instead */
};
bool pack_part(PyObject *const *entry, int part, struct pack_part *ret_part);

/* Does the object hold something else now? 1, 0, -1 with an exception set. Runs no Python code. */
int pack_differs(PyObject *const *entry);

/* The same as an entry of BASE_COPIES. New reference. */
PyObject *pack_entry(PyObject *const *entry);

/* All entries of a list that pack_finish made, as BASE_COPIES has them. New reference. */
PyObject *pack_unpack(PyObject *list);

/* The other way round. New reference. */
PyObject *pack_again(PyObject *copies);

#endif
