/* What a container holds, apart from its identity: read, built beside it, and exchanged.
 *
 * An object that stays while its content changes (carry) gets it as one exchange: the new content is built in another
 * object of the same built-in kind, which the flip redirects like any holder, and then both exchange their tables. The
 * object keeps its address, its class and who holds it. */
#ifndef MIDFLIGHT_CONTENTS_H
#define MIDFLIGHT_CONTENTS_H

#include "compat/edits.h"
#include "compat/iterators.h"

enum contents_kind {
    CONTENTS_NONE,
    CONTENTS_DICT, /* dict, OrderedDict, and what derives from them */
    CONTENTS_LIST,
    CONTENTS_SET, /* set, never frozenset */
    CONTENTS_DEQUE,
};

/* Told by the memory layout, whatever the class. */
enum contents_kind contents_kind(PyObject *object);

/* A shallow copy: a dict (entries in the order of the original), or a list (sets in the order of their table). NULL
 * with an exception set; ValueError when the object is CONTENTS_NONE. Nothing is hashed or compared by Python code. */
PyObject *contents_copy(PyObject *object);

/* Has the object attributes of its own: a __dict__, inline values, __slots__? SimpleNamespace counts. */
bool contents_has_attributes(PyObject *object);

/* Visits the keys of a dict, or members of a set, that are exact ints; nothing for other objects. Not zero ends it. The
 * visitor must not change the container. */
int contents_each_number(PyObject *object, int (*visit)(PyObject *number, void *arg), void *arg);

/* Was this class made by a class statement (or a call that does the same), not by C code? */
bool contents_is_python_class(PyTypeObject *type);

/* A new object of the built-in kind of `like`, with the entries of `content` (a dict, or a list). Hashes keys: may run
 * their code. */
PyObject *contents_make(PyObject *like, PyObject *content);

/* Where a defaultdict keeps its default_factory; NULL for other objects. */
PyObject **contents_factory(PyObject *object);

/* Two defaultdicts exchange their default_factory. As contents_exchange. */
int contents_exchange_factory(PyObject *object, PyObject *other, struct edits *edits) MUST_CHECK;

/* object and other, of the same built-in kind, exchange what they hold. Plan this after everything that edits the words
 * inside either. Those of `iterators` (may be NULL) that are over object then go on with other, over what they have
 * begun with: nobody else must change that. 0, 1 when they cannot (a list that is being sorted, split keys), -1 with an
 * exception set. */
int contents_exchange(PyObject *object, PyObject *other, const struct iterators *iterators,
                      struct edits *edits) MUST_CHECK;

/* The same for attributes: those in the __dict__ are exchanged with the dict `attributes`, those in __slots__ with the
 * values of `slots` (a dict whose names are slots; where one was not set, that dict has nothing to show afterwards and
 * is good for nothing but to be dropped). Either may be NULL. For attributes the instance must
 * have a dict of its own (instance_detach). */
int contents_exchange_attributes(PyObject *instance, PyObject *attributes, PyObject *slots,
                                 const struct iterators *iterators, struct edits *edits) MUST_CHECK;

#endif
