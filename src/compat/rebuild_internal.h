/* What the rebuild*.c files share. Not for others.
 *
 * rebuild.c       the recipe, one replacement, the exchange at the commit
 * rebuild_base.c  what the native base keeps: which can be moved, and how an empty one is made
 * rebuild_attrs.c attributes by name: slots, __dict__, values in the object */
#ifndef MIDFLIGHT_REBUILD_INTERNAL_H
#define MIDFLIGHT_REBUILD_INTERNAL_H

#include "compat/rebuild.h"

/* How the part of an instance that its native base knows gets into the new object. */
enum payload {
    PAYLOAD_NONE,  /* object */
    PAYLOAD_VALUE, /* int, float, complex, str, bytes: made from an equal exact one */
    PAYLOAD_ITEMS, /* tuple: copied, by field name if both are named tuples */
    PAYLOAD_WORDS, /* dict, list, set ...: the words of both are exchanged at the commit */
};

struct slot_move {
    PyObject *name;      /* owned */
    Py_ssize_t from, to; /* offsets */
};

struct named_slot {
    PyObject *name; /* owned */
    Py_ssize_t at;
};

struct rebuild {
    PyTypeObject *old, *partner; /* borrowed */
    PyObject *droppable;         /* borrowed or NULL */
    enum payload payload;
    PyTypeObject *maker;    /* whose tp_new makes an empty one, or the value; borrowed */
    size_t words_end;       /* PAYLOAD_WORDS: from the head to here */
    size_t except[2];       /* offsets of words that are not exchanged with the rest; 0: none */
    struct slot_move *move; /* slots that both have */
    size_t n_move;
    struct named_slot *added, *removed; /* slots that only the new, only the old class has */
    size_t n_added, n_removed;
    Py_ssize_t *items;   /* PAYLOAD_ITEMS with fields: where each new item comes from; -1: the default */
    PyObject **defaults; /* owned references, NULL where not needed */
    Py_ssize_t n_items, n_old_items;
    bool old_has_dict, has_dict;
    bool by_twin; /* types are exchanged with the contents */
};

/* The payload part of a recipe. 0, 1 (*ret_why), -1. */
int rebuild_plan_base(struct rebuild *how, const struct ptrmap *map, PyObject **ret_why) MUST_CHECK;

/* A new object of the new class with its payload, attributes apart. New reference. NULL with an exception set. */
PyObject *rebuild_make(const struct rebuild *how, PyObject *old);

/* Exchanges the payload words of both. Its own inverse. */
void rebuild_exchange_base(const struct rebuild *how, PyObject *old, PyObject *made);

/* The attribute part of a recipe. 0 or -1. */
int rebuild_plan_attributes(struct rebuild *how) MUST_CHECK;

/* Gives the replacement the attributes that are not exchanged at the commit. 0, 1 (*ret_why), -1. */
int rebuild_fill(struct rebuilt *rebuilt, PyObject **ret_why) MUST_CHECK;

/* Exchanges slots and __dict__ of both. Its own inverse. */
void rebuild_exchange_attributes(const struct rebuilt *rebuilt);

#endif
