/* An instance whose class has another memory layout in the new version: a new object takes its place.
 *
 * The new object is made without running any code of its class: the native base's own constructor gives it a valid
 * empty payload, values that cannot be changed (the number of an int, the items of a tuple) are copied, attributes go
 * by name. What can be changed (the table of a dict, the __dict__ object, slots of the same name) stays in the old
 * object until the commit and is exchanged there, so the old one is whole until then, and an undo is exact.
 *
 * All functions: GIL held, no collection, nothing of the program runs. */
#ifndef MIDFLIGHT_REBUILD_H
#define MIDFLIGHT_REBUILD_H

#include "base/ptrmap.h"
#include "compat/edits.h"

/* How instances of one class become instances of another: made once for each pair of classes. */
struct rebuild;

/* Can an instance not become one of the new class by its type word alone? Another layout (type_same_layout), or
 * other fields of a named tuple. Both are classes. */
bool rebuild_wanted(PyTypeObject *old, PyTypeObject *partner, const struct ptrmap *map);

/* Are both classes named tuples with different fields? And where in one of the new class is the i-th field of the old
 * one? -1: nowhere. */
bool rebuild_fields_differ(PyTypeObject *old, PyTypeObject *partner);
Py_ssize_t rebuild_field_of(PyTypeObject *old, Py_ssize_t i, PyTypeObject *partner);

/* The recipe. droppable (borrowed while it lives; may be NULL): a set of attribute names that may vanish when the new
 * version has no place for them; NULL: all may. Returns NULL with an exception set, or without one: it cannot be,
 * *ret_why is a new reference to a sentence. */
struct rebuild *rebuild_new(PyTypeObject *old, PyTypeObject *partner, const struct ptrmap *map, PyObject *droppable,
                            PyObject **ret_why) MUST_CHECK;
void rebuild_free(struct rebuild *rebuild);

/* The partner is the twin of the class (type_twin.h): an instance and its replacement exchange their types, too. */
void rebuild_by_twin(struct rebuild *rebuild);

/* One instance and its replacement. */
struct rebuilt {
    const struct rebuild *how; /* borrowed */
    PyObject *old;             /* borrowed */
    PyObject *made;            /* owned; its finalizer does not run as long as it is not in use */
    bool finalized;            /* its __del__ has run already */
    PyObject *dict;            /* borrowed or NULL: a __dict__ that moves over, */
    PyObject *table;           /* owned or NULL: and a dict with what it is to contain then */
};

/* Makes the replacement of one instance. A __dict__ that somebody has asked for gets a table of its own (invisible).
 * Returns 0; 1: it cannot be, *ret_why is a new reference to a sentence; -1 with an exception set. */
int rebuild_instance(const struct rebuild *how, PyObject *old, struct rebuilt *ret, PyObject **ret_why) MUST_CHECK;

/* Is this a slot of both classes? Its value stays in the instance until the commit, and is changed there. */
bool rebuild_moves_slot(const struct rebuild *how, PyObject *name);

/* Gives the replacement an attribute other than such a slot, or with NULL takes it away, before the edits are planned.
 * Returns 0, 1 when it has no place for it, -1 with an exception set. */
int rebuild_give(struct rebuilt *rebuilt, PyObject *name, PyObject *value) MUST_CHECK;

/* Is the instance a list that is being sorted? Its items are then in memory of the sort, which would put them back into
 * the old object. */
bool rebuild_is_sorted(const struct rebuilt *rebuilt);

/* Appends the operation that moves what stayed in the old objects into the new ones. The array must stay where it is
 * until the edits are released. After everything else that edits those objects. 0 or -1 with an exception set. */
int rebuild_add(struct rebuilt *items, size_t n, struct edits *edits) MUST_CHECK;

/* memoryviews know the object that they show by a word that they do not own: appends the edits of those that show an
 * object of map. Walks the heap; only needed if one of them can be shown (rebuild_has_buffer). Returns 0; 1 when a view
 * points into an object itself (*ret_why: a static sentence); -1 with MemoryError. */
int rebuild_views(const struct ptrmap *map, struct edits *edits, const char **ret_why) MUST_CHECK;
bool rebuild_has_buffer(const struct rebuild *how);

/* Drops what this owns. Before a commit the replacement dies without its finalizer; after one it lives on with who
 * refers to it, and the old object will die without its own. */
void rebuilt_drop(struct rebuilt *rebuilt);

#endif
