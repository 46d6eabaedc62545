/* What was allocated since a moment: tells the objects that staging made from those that were there before.
 *
 * While an epoch is open, every object that the collector tracked at its beginning is set aside in the collector's
 * permanent list, behind a mark; what is tracked later is in the ordinary lists. So collections may run (on new objects
 * only), no table of addresses is needed, and an address that is used again cannot be mistaken. Objects that were
 * frozen before stay in front of the mark and are left alone.
 *
 * Dicts that were there but not tracked (they held only strings and numbers) are tracked first: otherwise they would
 * look new as soon as something tracked is put in (experiment s3).
 *
 * If somebody freezes or unfreezes the collector meanwhile, the two kinds are mixed: epoch_intact says so.
 *
 * All functions: GIL held; except epoch_begin and epoch_end none runs Python code. */
#ifndef MIDFLIGHT_EPOCH_H
#define MIDFLIGHT_EPOCH_H

#include "compat/heap.h"

struct epoch {
    PyObject *mark;  /* owned list: everything behind it in the permanent list is old */
    PyObject *young; /* owned list: made right after the beginning; in the permanent list: somebody froze */
    bool mixed;      /* set by the walks below */
};

/* Opens an epoch. Returns 0; 1 when a collection is under way in another thread (try again later); -1 with an
 * exception set. */
int epoch_begin(struct epoch *epoch) MUST_CHECK;

/* Closes it: what was set aside goes to the oldest generation. Harmless when it is not open. */
void epoch_end(struct epoch *epoch);

/* Visits every old object, or every new one; as heap_each. */
int epoch_each_old(struct epoch *epoch, heap_visit visit, void *arg);
int epoch_each_new(struct epoch *epoch, heap_visit visit, void *arg);

/* Were the old and the new objects kept apart? Right after both walks were made. */
bool epoch_intact(const struct epoch *epoch);

enum epoch_kind {
    EPOCH_PLAIN, /* an object that the collector never tracks */
    EPOCH_OLD,   /* there before; or new and not tracked: it holds nothing that is */
    EPOCH_NEW,
};

/* Between epoch_paint and epoch_unpaint, epoch_kind_of tells a new object in constant time (by a bit in the collector's
 * header that only a running collection uses). The GIL must not be released in between. */
void epoch_paint(struct epoch *epoch);
void epoch_unpaint(struct epoch *epoch);
enum epoch_kind epoch_kind_of(PyObject *object);

/* Makes a painted object count as old until epoch_unpaint. */
void epoch_age(PyObject *object);

#endif
