/* base_hold: what a record has in place of an object, so that the object dies when the program lets go of it.
 *
 * A reference would keep it alive, an address alone may be another object's tomorrow. So an item of a record is one of
 *   - the object itself, if nobody can see that it lives longer: numbers, short strings, code, built-in types;
 *   - a weak reference, for classes (which have one anyway, for `__subclasses__`) and, of a type of ours, for what else
 *     allows it and is not in the next line;
 *   - a hold, told by compat/deaths.h when the object dies, for lists, dicts, sets, functions, cells and the like;
 *   - for a tuple the items of its items: two tuples of the same objects are one and the same;
 *   - for a large string or number its length and hash: they are told apart by value anyway.
 * What is of none of these kinds (instances of C types and of classes with __slots__ that allow no weak references,
 * named tuples, members of int enumerations) is referred to: there is no way to know when it dies.
 *
 * Invariant: what an item leads to is the very object that it was made for, or gone. A value that is gone differs from
 * everything: it counts as changed by the program. Nothing here runs Python code. GIL held. */
#ifndef MIDFLIGHT_BASE_HOLD_H
#define MIDFLIGHT_BASE_HOLD_H

#include "base/ptrmap.h"
#include "compat/ref.h"

/* Once, before anything else. 0, or -1 with an exception set. */
int hold_start(void) MUST_CHECK;

/* The item for an object. New reference; NULL with MemoryError. */
PyObject *hold(PyObject *object);

/* Many items that are of no use without the object of `of`: they go when that dies. Takes over the references, not the
 * array. New reference; NULL: MemoryError, and nothing was taken; or without an exception: one of them is an object
 * that others have to see there, or nothing tells when `of` dies. */
PyObject *hold_row(PyObject *of, PyObject *const *items, size_t n);

/* The items of a row, borrowed; *ret_n is 0 when they are gone. */
PyObject *const *hold_row_items(PyObject *row, size_t *ret_n);

/* The object of an item, borrowed; NULL: gone, or it is told by value alone (tuples, large strings). No exception. */
PyObject *hold_get(PyObject *item);

/* The items of a tuple's item: a tuple or list, borrowed; NULL: it is something else. */
PyObject *hold_tuple(PyObject *item);

/* Is it this object's item? For what is told by value: an equal one's. */
bool hold_is(PyObject *item, PyObject *object);

/* The object of an item. `now` (or NULL) is what stands in its place now: it is taken if it is that. A tuple that is
 * gone is made again. For what is gone: the item itself, or for a class a string that says so; they equal nothing. New
 * reference; NULL with MemoryError. */
PyObject *hold_value(PyObject *item, PyObject *now);

/* All references to the keys of this map have become references to their values: holds follow. What cannot is
 * gone. A module's does not: whose record it is stays as it is. */
void hold_follow(const struct ptrmap *moved);

/* Does a value stand for what is gone? */
bool hold_is_gone(PyObject *value);

#endif
