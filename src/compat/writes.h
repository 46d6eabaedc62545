/* What is written into the dicts that are there, while one thread stages: each write with what stood there before, so
 * that it can be told from what other threads write, and taken back exactly.
 *
 * CPython 3.12 and later tell watchers of a dict of each write before it is made, in the thread that makes it. 3.11
 * tells nobody: there writes_begin says so.
 *
 * One record at a time in a process. GIL held. */
#ifndef MIDFLIGHT_WRITES_H
#define MIDFLIGHT_WRITES_H

#include "compat/ref.h"

/* One write. key NULL: all at once. The dict was emptied, and before is a copy of it; or, being empty, it was filled,
 * and value is a copy of what with. */
struct write {
    PyObject *dict;   /* owned */
    PyObject *key;    /* owned, or NULL */
    PyObject *before; /* owned; NULL: there was no such key */
    PyObject *value;  /* owned; NULL: the key was deleted */
    bool taken_back;  /* the caller's to use */
};

struct writes {
    struct write *made; /* owned, in the order in which they were made */
    size_t n, capacity;
    bool lost; /* memory was short: one or more are missing */
};

/* Does this write count? Asked in the thread that writes, before it does; key and value may be NULL as above. Must
 * neither run Python code nor set an exception. */
typedef bool (*writes_count)(PyObject *dict, PyObject *key, PyObject *value, void *arg);

/* Begins to record, nothing being watched yet. writes and arg must live until writes_end. Returns 0; 1 when this
 * CPython cannot tell, or all its watchers are taken; -1 with an exception set. */
int writes_begin(struct writes *writes, writes_count counts, void *arg) MUST_CHECK;

/* Can the dict be watched, and written back by the functions of dict? (An OrderedDict cannot.) */
bool writes_possible(PyObject *dict);

/* Watches this dict too. Cannot fail; dicts for which writes_possible is false are left out. */
void writes_watch(PyObject *dict);

/* Ends the record: what is written from now on is not in it. Harmless when not begun. */
void writes_end(void);

/* Watches the dict no longer. One that is left out costs the program a call that does nothing for each write to it. */
void writes_unwatch(PyObject *dict);

/* Drops what was recorded. May run Python code (finalizers). */
void writes_release(struct writes *writes);

/* How often the GIL has gone from one thread to another in this process: if it is the same number at two moments, no
 * other thread ran between them. */
unsigned long writes_turns(void);

#endif
