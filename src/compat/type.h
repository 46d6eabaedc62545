/* Classes: is the layout the same, and how does a class outside the upgrade get new bases.
 *
 * type.__bases__ = runs mro(), refuses harmless changes and cannot be undone exactly; so bases, mro and slots are
 * written here (experiments e13, e8, e26): planned first, then committed through edits (edits.h). */
#ifndef MIDFLIGHT_TYPE_H
#define MIDFLIGHT_TYPE_H

#include "base/ptrmap.h"
#include "compat/edits.h"

struct type_twins;

/* A number that no other type has had, and that this one has until its dict or bases change; 0: it has none at the
 * moment. */
unsigned type_version(const PyTypeObject *type);

/* Do instances of both classes have the same memory layout, so that an instance can change class by its type word
 * alone? Compared: sizes, offsets, flags that decide the layout (managed dict, inline values, weakrefs),
 * alloc/dealloc/free/traverse-relevant slots, the static base they grow from, and __slots__ by name and offset through
 * the whole mro. map: replaced class -> partner, to compare bases. *ret_why: a static sentence when they differ. */
bool type_same_layout(PyTypeObject *old, PyTypeObject *partner, const struct ptrmap *map, const char **ret_why);

/* The new class takes over the old one's shared instance keys, so that attributes of existing instances stay where they
 * are and are read at full speed (e3b). Instances of the new class made before must have been detached with
 * instance_detach. */
int type_adopt_keys(PyTypeObject *old, PyTypeObject *partner, struct edits *edits) MUST_CHECK;

/* Gives an instance a __dict__ of its own, independent of its class's shared keys. Runs no Python code. */
int instance_detach(PyObject *instance) MUST_CHECK;

/* The same for a dict that may be the __dict__ of an instance, or a copy of one: both share the keys of a class. */
int instance_detach_dict(PyObject *dict) MUST_CHECK;

/* Exchanges the contents of two dicts whose tables are their own (instance_detach). Its own inverse; cannot fail. */
void instance_exchange_tables(PyObject *left, PyObject *right);

/* Is that so already, because its attributes are in a dict or because it can have none? */
bool instance_is_detached(PyObject *instance);

/* An instance that has a __dict__ may keep its attributes in its own memory, where the __dict__ shows them (3.13).
 * Which of both reports them to the collector? Patch releases differ; a mistake is a reference counted twice or not at
 * all. */
enum instance_reporter {
    INSTANCE_REPORTER_UNKNOWN,
    INSTANCE_REPORTS_VALUES, /* the instance, and it does not report its __dict__, which reports nothing */
    INSTANCE_REPORTS_DICT,   /* the __dict__, which the instance reports */
};

/* Asks an instance of a plain class that has one to four attributes with different values and no __dict__ yet, and is
 * thrown away afterwards: it is given one and detached. UNKNOWN when what it reports is not exactly one of both, or
 * with an exception set. Runs no Python code. */
enum instance_reporter instance_reporter_of_values(PyObject *instance) MUST_CHECK;

/* What a class and those it derives from have under this name, nearest first; borrowed. NULL: nothing, or with an
 * exception set no memory. Runs no Python code. */
PyObject *type_method(PyTypeObject *type, const char *name);

/* The same for a name that is there already, through the cache that the interpreter itself asks. Never an exception. */
PyObject *type_lookup(PyTypeObject *type, PyObject *name);

/* A class outside the upgrade (any depth below a replaced one): new bases and mro with replaced classes exchanged for
 * their partners (mro recomputed by C3 when the bases' mros changed; the class's own mro() is not called: a metaclass
 * that overrides mro() is refused), tp_base, inherited C slots and slot functions as if the class statement ran now,
 * __abstractmethods__, cached lookups gone, membership in the lists of subclasses moved. Classes must be passed bases
 * first, all in the same edits. twins: of the classes whose layout or metaclass changes (type_twin.h), or NULL: then
 * such a class is refused. new_mros: replaced or rebased class -> its new mro tuple (borrowed), filled by this function
 * for `type` (the tuple is owned by edits). Returns 0; 1 refused (*ret_why: a static sentence); -1 with an exception
 * set. */
int type_rebase(PyTypeObject *type, const struct ptrmap *map, const struct type_twins *twins, struct ptrmap *new_mros,
                struct edits *edits, const char **ret_why) MUST_CHECK;

/* Lists of subclasses: Base.__subclasses__() and the propagation of changes. Hide removes sub from base's list, show
 * adds it. As edits. */
int type_hide_subclass(PyTypeObject *base, PyTypeObject *sub, struct edits *edits) MUST_CHECK;
int type_show_subclass(PyTypeObject *base, PyTypeObject *sub, struct edits *edits) MUST_CHECK;

/* The dict behind Base.__subclasses__(), whose keys are addresses; borrowed, NULL when there is none. */
PyObject *type_subclass_dict(PyTypeObject *base);

/* The part of a type's own references that type_rebase edits and holder_redirect must therefore leave: how many of
 * the references that tp_traverse of the type reports to keys of map are tp_base, tp_bases, tp_mro (and what it
 * caches)? */
Py_ssize_t type_count_lineage(PyTypeObject *type, const struct ptrmap *map);

#endif
