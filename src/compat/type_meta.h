/* A class that gets another metaclass where it is. Private to compat/. */
#ifndef MIDFLIGHT_TYPE_META_H
#define MIDFLIGHT_TYPE_META_H

#include "compat/ref.h"

/* Finds ABCMeta. To be called once at import. 0, or -1 with an exception set. */
int type_meta_init(void) MUST_CHECK;

/* Can this class get that metaclass by its type word, and what belongs to it by data alone? Not if the metaclass has
 * code of its own that makes classes (abc.ABCMeta apart, whose work is known), nor if the one that goes has: what
 * that did is not known. *ret_why: a static sentence. */
bool type_meta_fits(PyTypeObject *type, PyTypeObject *meta, const char **ret_why);

/* Gives it to a class that nobody uses yet, with what the metaclass would have put into the namespace. 0 or -1. */
int type_meta_give(PyTypeObject *type, PyObject *dict, PyTypeObject *meta) MUST_CHECK;

#endif
