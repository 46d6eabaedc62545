/* What the files of memo share: which function of the old generation binds and fills which names. */
#ifndef MIDFLIGHT_CARRY_MEMO_H
#define MIDFLIGHT_CARRY_MEMO_H

#include "compat/fillers.h"
#include "engine/account.h"
#include "engine/carry_parts.h"

struct event {
    PyObject *function; /* borrowed: a function of the old generation */
    PyObject *name;     /* borrowed from its code */
    enum filler_kind kind;
    enum filler_where where;
    unsigned values;
};

struct memo_index {
    struct event *events; /* those of a function stand together */
    size_t n, capacity;
    struct ptrmap known;  /* the functions that were read */
    PyObject *function;   /* being read */
    struct ptrmap firsts; /* function -> the index of its first event, plus one */
    PyObject *by_name;    /* owned dict: name -> list of the functions that have it */
};

/* The index, read when it is first needed: most upgrades find nothing changed. NULL with an exception set. */
struct memo_index *memo_index_of(struct carrying *carrying);

/* The attribute of the class that stands behind one of an instance. Borrowed; NULL with an exception set or not. */
PyObject *memo_class_attribute(PyTypeObject *type, PyObject *name);

/* Is it a descriptor whose value may lie in the instance under its name, as functools.cached_property? */
bool memo_leaves_values(PyObject *descriptor);

/* Is the value made of numbers, strings, code and the like, and of things that have a place in the package? */
bool memo_is_plain(const struct match *match, PyObject *value);

/* Reads a function that no record has (one that a descriptor holds): may move the events. 0 or -1. */
int memo_know(struct memo_index *index, PyObject *function) MUST_CHECK;

/* The index of the first event of a function; index->n: it has none. */
size_t memo_first(const struct memo_index *index, PyObject *function);

/* Does a name stand for something else every time: a time, a random number, what a file says? */
bool memo_varies(PyObject *name);

/* Is it the same name? */
bool memo_same_name(PyObject *a, PyObject *b);

/* What was followed so far, and whether anything of it is another thing in the new version (carry_memo_changed.c). To
 * begin: carrying, index, memo and perhaps type are set, all else is zero. */
struct memo_closure {
    struct carrying *carrying;
    struct memo_index *index;
    PyObject *memo;              /* borrowed: the name that is asked about: it may differ */
    PyObject *type;              /* borrowed: the class whose attribute is asked about; NULL: of anything */
    struct ptrmap seen;          /* functions */
    struct objects todo;         /* those of them that are still to be read: calls go deeper than the C stack */
    struct ptrmap classes;       /* with a type: other classes whose data the code may read */
    struct receivers *receivers; /* or NULL: a method counts whatever class it is of (carry_memo_receivers.c) */
    bool changed;
};

/* Of which classes can the code that was followed have an instance, or the class itself? Only their methods can it call
 * by a name. All that it can get hold of is looked at: what the class says that the question is about, the defaults and
 * cells of functions, the data that they read, and the classes that they name. */
struct receivers {
    struct ptrmap classes; /* borrowed */
    struct ptrmap looked;  /* values that were looked at */
    PyObject *names;       /* owned set: attributes that were asked for */
    int budget;            /* how many values may still be looked at */
    bool any;              /* in doubt: of any */
};

int receivers_init(struct receivers *receivers) MUST_CHECK;
void receivers_release(struct receivers *receivers);
/* Adds a class; a value, with all that can be had from it; what a function brings with it. 0 or -1. No Python code
 * runs.
 */
int receivers_add_class(struct memo_closure *closure, PyObject *type) MUST_CHECK;
int receivers_add_value(struct memo_closure *closure, PyObject *value) MUST_CHECK;
int receivers_add_function(struct memo_closure *closure, PyObject *function) MUST_CHECK;
/* May this function, found by the name of an attribute, be called? The name is noted: it is to be asked again when
 * there are more classes. 1, 0, -1. */
int receivers_may_call(struct memo_closure *closure, PyObject *name, PyObject *function) MUST_CHECK;

/* A function that is called: 1 if it is one of the old generation that is met for the first time, which is to be read
 * then. 0, -1. */
int memo_meet(struct memo_closure *closure, PyObject *function) MUST_CHECK;
/* Adds a function of the old generation, with what it calls and reads. 0 or -1. */
int memo_follow(struct memo_closure *closure, PyObject *function) MUST_CHECK;
/* The same for a name of a namespace or class that code reads: does the new version start with another value? */
int memo_follow_data(struct memo_closure *closure, PyObject *owner, PyObject *partner, PyObject *name) MUST_CHECK;
void memo_closure_release(struct memo_closure *closure);

/* Was an attribute of this name, of a class of the old generation, computed by this function from what is otherwise in
 * the new version? 1, 0, -1. */
int memo_class_changed(struct carrying *carrying, PyObject *type, PyObject *preparing, PyObject *name) MUST_CHECK;

/* An attribute that the package's code gave a class when the class was used for the first time, and that the new
 * version would give another value: 1 when the new class can prepare itself, 0 (refused if it cannot), -1. */
int memo_of_class(struct carrying *carrying, const struct slot *slot) MUST_CHECK;

#endif
