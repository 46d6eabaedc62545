/* What the verbs of type.h share: the C slots of a class, as its class statement would fill them if it ran now with
 * other bases, and where CPython keeps the parts of a class. Private to compat/. */
#ifndef MIDFLIGHT_TYPE_SLOTS_H
#define MIDFLIGHT_TYPE_SLOTS_H

#include "base/ptrmap.h"
#include "compat/edits.h"

/* The bits of tp_flags that say how instances of a class made by a class statement are laid out. */
#if PY_VERSION_HEX >= 0x030d0000
#define TYPE_VERSION_FLAGS (Py_TPFLAGS_INLINE_VALUES | Py_TPFLAGS_MANAGED_WEAKREF | Py_TPFLAGS_ITEMS_AT_END)
#elif PY_VERSION_HEX >= 0x030c0000
#define TYPE_VERSION_FLAGS (Py_TPFLAGS_MANAGED_WEAKREF | Py_TPFLAGS_ITEMS_AT_END)
#else
#define TYPE_VERSION_FLAGS 0
#endif
#define TYPE_SHAPE_FLAGS                                                                                              \
    (Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_MANAGED_DICT | Py_TPFLAGS_LONG_SUBCLASS | Py_TPFLAGS_LIST_SUBCLASS |             \
     Py_TPFLAGS_TUPLE_SUBCLASS | Py_TPFLAGS_BYTES_SUBCLASS | Py_TPFLAGS_UNICODE_SUBCLASS | Py_TPFLAGS_DICT_SUBCLASS | \
     Py_TPFLAGS_BASE_EXC_SUBCLASS | TYPE_VERSION_FLAGS)

/* Finds the interpreter's own table of slots and what else only it knows. Makes one class and drops it: to be called
 * once at import, never while edits are collected. Returns 0, or -1 with ImportError (or MemoryError) set. */
int type_slots_init(void) MUST_CHECK;

/* Was this class made by a class statement (or a call of type), so that nothing but its dict and bases decide its
 * slots? */
bool type_is_python(PyTypeObject *type);

/* Did C code make it, and is it known to keep nothing in its instances? To their memory it is as if only its base were
 * there: typing.Generic from 3.12 on. */
bool type_adds_nothing(PyTypeObject *type);

/* The dict of a type (borrowed). */
PyObject *type_dict(PyTypeObject *type);

/* What the classes of an mro tuple have under this exact str, nearest first; borrowed or NULL. Runs no Python code. */
PyObject *type_find(PyObject *mro, PyObject *name);
PyObject *type_find_own(PyTypeObject *type, PyObject *name); /* the same in its own dict alone */

/* Where CPython keeps the list of subclasses of a type: the word holds a dict or NULL. NULL when it is not found. */
PyObject **type_list_place(PyTypeObject *type);

/* Appends the edits that make the slots of a class what its new base and mro demand. Classes bases first: the slots
 * planned for a base in these edits are read, not those it still has. Returns 0, or -1 with MemoryError set. */
int type_slots_plan(PyTypeObject *type, PyTypeObject *base, PyObject *mro, const struct ptrmap *map,
                    struct edits *edits) MUST_CHECK;

/* Appends the edits that give one class the slots that another has now. 0 or -1 with MemoryError set. */
int type_slots_copy(PyTypeObject *type, PyTypeObject *from, struct edits *edits) MUST_CHECK;

/* Is this a class whose slots follow from its dict and bases? Else *ret_why: a static sentence. (type.c) */
bool type_must_fit(PyTypeObject *type, const char **ret_why);

/* The definitions behind the __slots__ of a class made by a class statement: Py_SIZE of them. (type.c) */
struct PyMemberDef *type_members(PyTypeObject *type);

/* Appends the edits that bring __abstractmethods__ in `dict`, the one that the class has or will have, and the flag
 * that forbids instances, to what the new bases demand. After the bases' own plans. Returns 0, or -1 with MemoryError
 * set. */
int type_abstract_plan(PyTypeObject *type, PyObject *dict, PyObject *bases, PyObject *mro,
                       const struct ptrmap *new_mros, struct edits *edits) MUST_CHECK;

/* The names that this dict of a class defines as abstract: what ABCMeta would note for a class without bases. A new
 * frozenset, or NULL with an exception set. */
PyObject *type_abstract_own(PyObject *dict);

#endif
