/* A generation: everything that one version of a set of distributions brought into the process. */
#ifndef MIDFLIGHT_GENERATION_H
#define MIDFLIGHT_GENERATION_H

#include "base/ptrmap.h"
#include "compat/ref.h"

struct generation {
    PyObject *modules;   /* owned dict: module name -> module */
    struct ptrmap dicts; /* module dict -> module, both borrowed from modules */
};

/* Takes the modules of a dict name -> module (a new reference is kept; the dict must not change afterwards).
 * Entries that are not module objects (a class put into sys.modules) are left out of `dicts`. 0, or -1 with an
 * exception set. */
int generation_init(struct generation *generation, PyObject *modules) MUST_CHECK;

/* Lets go of the modules; harmless when zeroed. May run finalizers. */
void generation_release(struct generation *generation);

/* Was this object defined by a module of the generation? A function: its globals are a module's dict. A class: made by
 * a class statement or call whose __module__ names a module of the generation. Runs no Python code: reads type dicts
 * only. */
bool generation_owns_function(const struct generation *generation, PyObject *object);
bool generation_owns_class(const struct generation *generation, PyObject *object);

/* Does this module define the class: under its name, or by a method that runs there? Reads dicts only. */
bool generation_defines(PyObject *module, PyTypeObject *type);

/* Is this object a module of the generation? */
bool generation_owns_module(const struct generation *generation, PyObject *object);

/* "lib.sub.C.m": what a function, class or module calls itself. New reference; NULL with an exception set. */
PyObject *generation_name_of(PyObject *object);

/* The module name in the dict of a class, or of what ctypes made this array or pointer type of. Borrowed; NULL when
 * there is none or it is no str. Never runs Python code. */
PyObject *class_module_name(PyTypeObject *type);

#endif
