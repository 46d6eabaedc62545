/* Bases, method resolution order and metaclass of a class outside the upgrade, as its class statement would find them
 * if it ran in the new world. Private to compat/. Nothing here writes, or runs Python code. */
#ifndef MIDFLIGHT_TYPE_LINEAGE_H
#define MIDFLIGHT_TYPE_LINEAGE_H

#include "base/ptrmap.h"
#include "compat/ref.h"

/* What stands for this class in the new world; borrowed. */
static inline PyTypeObject *type_partner_of(const struct ptrmap *map, PyTypeObject *type)
{
    void *partner = ptrmap_get(map, type);
    return partner ? (PyTypeObject *)partner : type;
}

/* The bases with replaced ones exchanged; the same tuple if there are none. A new reference. NULL with *ret_why set (a
 * static sentence) when one of them cannot be a base any more, else with an exception set. */
PyObject *type_new_bases(PyTypeObject *type, const struct ptrmap *map, const char **ret_why);

/* C3 over those bases. new_mros: class -> its mro to come, where it differs from the one it has. A new reference; NULL
 * as above. */
PyObject *type_new_mro(PyTypeObject *type, PyObject *bases, const struct ptrmap *new_mros, const char **ret_why);

/* The most derived of those of the bases, and of its own metaclass if it has that from none of them; borrowed.
 * new_metas (may be NULL): class -> its metaclass to come. NULL with *ret_why set: none of them derives from all
 * others, or it computes the mro itself; or with an exception set. */
PyTypeObject *type_new_meta(PyTypeObject *type, PyObject *bases, const struct ptrmap *map,
                            const struct ptrmap *new_metas, const struct ptrmap *new_mros, const char **ret_why);

#endif
