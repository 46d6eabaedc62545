/* pathsearch: what importlib's PathFinder does, with a cache of its own. */
#ifndef MIDFLIGHT_PATHSEARCH_H
#define MIDFLIGHT_PATHSEARCH_H

#include "compat/ref.h"

struct pathsearch {
    PyObject *path_finder; /* owned: importlib.machinery.PathFinder */
    PyObject *new_spec;    /* owned: importlib.machinery.ModuleSpec */
    PyObject *namespace;   /* owned: the type of a namespace package's __path__ */
    PyObject *cache;       /* owned dict: entry of a path -> its finder, or None */
};

/* 0, or -1 with an exception set. Imports nothing that is not there. */
int pathsearch_begin(struct pathsearch *search) MUST_CHECK;

/* The spec of a module, sought in `path` (a list, borrowed, must not change). New reference; None when there is none;
 * NULL with an exception set. Runs Python code: the finders of the entries. sys.path_importer_cache is neither read nor
 * written. What comes back refers to nothing of ours. */
PyObject *pathsearch_find(struct pathsearch *search, PyObject *name, PyObject *path, PyObject *target);

/* Makes every finder in sys.path_importer_cache look at the disk again, as importlib.invalidate_caches does. 0, or -1
 * with an exception set. Runs Python code. */
int pathsearch_refresh(void) MUST_CHECK;

void pathsearch_release(struct pathsearch *search);

#endif
