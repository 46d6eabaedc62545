/* A class outside the upgrade that a class statement would now lay out otherwise, because a class that it derives from
 * has other slots, or would make with another metaclass.
 *
 * The class object stays; its contents change. Beside it a *twin* is made: a class that is in everything what the
 * class is to become. New objects for its instances are made of the twin (rebuild.h). At the commit the class and the
 * twin exchange what makes their layout, their dicts' tables and their metaclass, and the instances exchange types: so
 * the class has the new layout and the new objects, the twin the old layout and the old ones, and both die together.
 *
 * How the class would be laid out is not computed here but asked of CPython: a class statement is run over *skeletons*
 * of the bases, which have their slots and nothing of their code. Its error is the refusal.
 * GIL held, no collection; nothing of the program runs. */
#ifndef MIDFLIGHT_TYPE_TWIN_H
#define MIDFLIGHT_TYPE_TWIN_H

#include "base/ptrmap.h"
#include "compat/edits.h"

struct type_twin {
    PyTypeObject *type;            /* borrowed */
    PyTypeObject *twin;            /* owned, or NULL: bases, layout and metaclass are of the kind that they were */
    PyObject *bases;               /* owned: those that the class will have */
    PyObject *mro;                 /* owned: the one that the class will have */
    PyTypeObject *meta;            /* borrowed: the metaclass that it will have, */
    bool new_meta;                 /* which is another one, and no partner */
    bool relaid;                   /* its instances need new objects */
    Py_ssize_t base;               /* which of the bases is tp_base */
    bool adds_dict, adds_weakrefs; /* beyond tp_base */
};

struct type_twins {
    struct type_twin **list; /* owned array of owned */
    size_t n, capacity;
    size_t n_twins;          /* entries that have one */
    struct ptrmap index;     /* class -> its struct type_twin */
    struct ptrmap skeletons; /* class -> owned skeleton */
    struct ptrmap mros;      /* class -> mro to come, borrowed from the list */
    struct ptrmap metas;     /* class -> metaclass to come */
};

/* Looks at one class outside, bases first, and makes its twin if it needs one. map: replaced class -> partner. Returns
 * 0; 1: the class cannot be what it would have to be (*ret_why: a new reference to a sentence); -1 with an exception
 * set. */
int type_twins_add(struct type_twins *twins, PyTypeObject *type, const struct ptrmap *map,
                   PyObject **ret_why) MUST_CHECK;

/* The entry of a class that has a twin, or NULL. */
struct type_twin *type_twin_of(const struct type_twins *twins, PyTypeObject *type);

/* After the last type_twins_add: drops the skeletons. */
void type_twins_complete(struct type_twins *twins);

/* Appends the exchange of all classes with their twins. After everything else in these edits. 0 or -1 with MemoryError
 * set. The twins must stay until the edits are released. */
int type_twins_plan(struct type_twins *twins, struct edits *edits) MUST_CHECK;

/* Drops the twins, committed or not, after the edits and all objects made of them. One that somebody still has an
 * instance of lives on. May run finalizers of what its dict alone holds. */
void type_twins_release(struct type_twins *twins);

#endif
