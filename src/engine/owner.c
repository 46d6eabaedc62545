/* The digest of a RECORD takes a thirtieth of the time of an import, and is wanted when something may have changed. So
 * an import leaves room for it: the bytes object is written when somebody is to read it for the first time.
 *
 * Invariant: as long as an object is in the list, nobody has hashed, compared or read it. */
#include "engine/owner.h"

#include "base/sha256.h"
#include "disk/taken.h"
#include "engine/notice.h"

#include <stdlib.h>

struct owner {
    struct disk_taken *taken; /* one hold */
    PyObject *identity;       /* owned */
    struct owner *next;
};

static struct owner *unsettled; /* the latest first: modules of one install come one after the other */

static PyObject *add(struct disk_taken *taken)
{
    struct owner *owner = malloc(sizeof *owner);
    OWN_REF room = owner ? PyBytes_FromStringAndSize(NULL, SHA256_SIZE) : NULL;
    OWN_REF identity = room ? Py_BuildValue("(ssO)", taken->name, taken->version, room) : NULL;
    if (!identity) {
        free(owner);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    *owner = (struct owner){taken_hold(taken), Py_NewRef(identity), unsettled};
    unsettled = owner;
    return STEAL(identity);
}

PyObject *owner_of(const struct disk_dist *dist)
{
    for (const struct owner *owner = dist->taken ? unsettled : NULL; owner; owner = owner->next) {
        if (owner->taken == dist->taken) {
            return Py_NewRef(owner->identity);
        }
    }
    return dist->parts & DISK_PART_FILES ? notice_identity(dist) : add(dist->taken);
}

void owner_settle(void)
{
    for (struct owner *owner; (owner = unsettled);) {
        unsettled = owner->next;
        taken_digest(owner->taken, (uint8_t *)PyBytes_AS_STRING(PyTuple_GET_ITEM(owner->identity, 2)));
        taken_drop(owner->taken);
        Py_DECREF(owner->identity);
        free(owner);
    }
}
