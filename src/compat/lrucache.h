/* functools.lru_cache's wrappers, those that C code makes. GIL held; no Python code runs. */
#ifndef MIDFLIGHT_LRUCACHE_H
#define MIDFLIGHT_LRUCACHE_H

#include "compat/ref.h"

/* NULL is none, nor is an object of a class that only has the name. */
bool lrucache_check(PyObject *object);

/* Is it a link of such a wrapper, which holds one result? */
bool lrucache_is_link(PyObject *object);

/* The function whose results it remembers. Borrowed. */
PyObject *lrucache_function(PyObject *cache);

/* What it remembers: a new list (key, result, key, result ...), the oldest first. NULL with an exception set. */
PyObject *lrucache_content(PyObject *cache);

/* Do both remember as much, and tell arguments from each other in the same way? */
bool lrucache_alike(PyObject *a, PyObject *b);

#endif
