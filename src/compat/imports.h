/* What a piece of code imports by name, read from its instructions. */
#ifndef MIDFLIGHT_IMPORTS_H
#define MIDFLIGHT_IMPORTS_H

#include "compat/ref.h"

/* The `from module import name as bound` statements of a module's code: at module level, and inside functions that
 * declare `bound` global. New list of (level, module, name, bound); name and bound are "*" for a star import. NULL with
 * an exception set. */
PyObject *imports_of(PyCodeObject *code);

/* The same statements in the bodies of classes that are defined at module level, or in such classes: new list of
 * (level, module, name, bound, qualified name of the class). */
PyObject *imports_in_classes(PyCodeObject *code);

/* "..name" relative to the package that `globals` (a dict) says -> absolute name; level: how many packages up, an int.
 * New reference; NULL without an exception: cannot be told. */
PyObject *imports_absolute(PyObject *globals, PyObject *level, PyObject *name);

/* How does code assign a global name? Bits of what is found in `code` and the code nested in it. */
enum store_kind {
    STORE_NONE = 0,
    STORE_PLAIN = 1,  /* a constant, a parameter, an arithmetic result */
    STORE_RESULT = 2, /* the result of a call: perhaps a memo */
};

/* Bits of enum store_kind for `global name; name = ...`; -1 with an exception set. */
int imports_global_stores(PyCodeObject *code, PyObject *name);

/* The same for `anything.name = ...`. A value that is stored in several places at once (a = b.name = f()) counts as a
 * result. */
int imports_attribute_stores(PyCodeObject *code, PyObject *name);

#endif
