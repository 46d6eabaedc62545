/* base: what a module's state was when the outermost import that loaded it ended.
 *
 * Without it nobody can tell a value that the program changed from one that a release changed. Recorded are shallow
 * copies: of the namespace, of the dicts of its classes, of the containers and instances reachable from them, of what
 * its functions were made of, each object once. For modules loaded before midflight the record is made when midflight
 * starts (`late`): what the program did before that is invisible. */
#ifndef MIDFLIGHT_BASE_H
#define MIDFLIGHT_BASE_H

#include "base/ptrmap.h"
#include "engine/base_known.h"

/* What is known of one loaded module. A Python tuple, so that the walk over the heap sees what it holds. */
enum base_field {
    BASE_MODULE,    /* the module object */
    BASE_COPIES,    /* to be had by base_copies */
    BASE_ORIGIN,    /* the file it was loaded from, or None */
    BASE_STAMP,     /* (inode, size, mtime_ns, ctime_ns) of that file at that moment, or None */
    BASE_OWNER,     /* (distribution, version, content identity) at that moment, or None */
    BASE_LATE,      /* True when the module had been loaded before midflight was */
    BASE_TOP,       /* the name of the outermost regular package that the module lies in: str */
    BASE_PACKED,    /* True as long as BASE_COPIES is one packed list (base_pack.h) */
    BASE_FUNCTIONS, /* list: function, its code, defaults, keyword defaults and dict (or None), function, ... */
    BASE_FIELDS,
};

#define BASE_FUNCTION_FIELDS 5 /* of BASE_FUNCTIONS */

/* Makes the record of one module. `known` (of a run that has begun: modules of one import) keeps objects from being
 * copied twice; what has changed since earlier runs in the same package is copied again. records: where those are, or
 * NULL. New reference; NULL with an exception set: `known` is empty then. Runs no code of the module's objects. */
PyObject *base_record(PyObject *module, struct known *known, PyObject *records, bool late);

/* Is it recorded once and never compared: a WeakSet, WeakKeyDictionary or WeakValueDictionary, of which the copy is
 * what weak_content gives, or what an ABC remembers, of which it is a list of weak references to what was registered?
 */
bool base_is_weak(PyObject *object);

/* What a record says of objects: a list of (object, copy[, attributes]): copy is a dict (namespaces, classes, dicts,
 * instances) or a list (sequences, sets, deques, cells); attributes: a dict, when a container has some as well. An
 * object has one entry, in the record of the module of its package that led to it first, and another one if a later
 * import has changed it. Borrowed from the record; NULL with an exception set (memory). */
PyObject *base_copies(PyObject *record);

/* To be called before records are taken away or written to. */
void base_before_removal(void);

/* The records: dict module name -> record. Borrowed; made by base_start. */
PyObject *base_records(void);

/* dict module name -> None in the order in which imports began; modules loaded before base_start are not in it.
 * Borrowed. */
PyObject *base_started(void);

/* How many imports of modules that were not loaded have begun in threads that do not stage? */
size_t base_imports_begun(void);

/* Visits the names of such imports that are under way in other threads; not zero ends it and is returned. */
int base_each_import(int (*visit)(PyObject *name, void *arg), void *arg);

/* In a forked child: imports of threads that are gone are not under way. */
void base_after_fork(void);

/* Hooks the end of outermost imports and records what is loaded now (all but the standard library). 0 or -1. */
int base_start(void) MUST_CHECK;

/* Does a slot of the copied object differ now? Asked is its latest entry, by the index that base_index made. Calls
 * changed(object, key, base, now, arg) for each slot that was added (base NULL), removed (now NULL) or bound to another
 * object; key is an index for sequences, and the member itself for sets; for functions "__code__", "__defaults__" or
 * "__kwdefaults__". Not zero ends it. No Python code runs; may allocate. */
typedef int (*base_changed)(PyObject *object, PyObject *key, PyObject *base, PyObject *now, void *arg);
int base_compare(PyObject *record, const struct ptrmap *latest, base_changed changed, void *arg) MUST_CHECK;

/* The present content of an object in the form that a record keeps it (dict or list). New reference. NULL without an
 * exception when the object is of no kind that is copied. */
PyObject *base_copy(PyObject *object);

/* A new entry, as base_copies has them, for an object as it is now. NULL without an exception when it is of no kind
 * that is copied.
 */
PyObject *base_entry(PyObject *object);

/* Is the object of an entry of base_copies another than it was? No Python code runs. 1, 0, -1. */
int base_entry_differs(PyObject *entry);

/* object -> its latest entry of base_copies (borrowed), for all records (dict module name -> record, in the order in
 * which they were made) of these modules (dict module name -> module). 0, or -1 with an exception set. */
int base_index(PyObject *records, PyObject *modules, struct ptrmap *index) MUST_CHECK;

/* What belongs to these modules is theirs to remember: other records of `records` let go of what the records `owned`
 * (dict module name -> record, all of them in `records`) have as well. A program that imported a table of a package by
 * name would keep alive what the package's next version dropped from it. 0, or -1 with an exception set: may be called
 * again. */
int base_disown(PyObject *records, PyObject *owned) MUST_CHECK;

#endif
