/* A dict or set that looks a key up has its hash in a C local while a __hash__ or __eq__ in Python runs. If that hash
 * is another one after the flip, the key would be stored, or sought, where nobody finds it; and who goes through a set
 * that is rebuilt meanwhile would meet members twice or never. So the flip waits until such a call is over.
 *
 * Invariant: what hashes by its address alone is not waited for: keys with equal hashes are compared by address first,
 * so that no method in Python runs over it. Must not: follow what the frames have in hand; it may be stale. */
#include "engine/hashing.h"

#include "compat/callers.h"
#include "compat/holder.h"
#include "engine/flip.h"
#include "engine/upgrade.h"

static PyObject *find_key(const struct upgrade *upgrade, const struct ptrmap *in_hand)
{
    struct ptrmap_slot *slot;
    for (size_t i = 0; (slot = ptrmap_next(&upgrade->flip.rehash.hashes, &i)) != NULL;) {
        if (ptrmap_get(in_hand, slot->key) && !ptrmap_get(&upgrade->flip.account.map, slot->key)) {
            return (PyObject *)slot->key;
        }
    }
    return NULL;
}

static PyObject *find_table(const struct upgrade *upgrade, const struct ptrmap *in_hand)
{
    const struct objects *tables = &upgrade->flip.account.tables;
    for (size_t i = 0; i < tables->n; i++) {
        if (ptrmap_get(in_hand, tables->items[i]) && holder_needs_rehash(tables->items[i], &upgrade->flip.rehash)) {
            return tables->items[i];
        }
    }
    return NULL;
}

int hashing_is_over(struct upgrade *upgrade)
{
    struct ptrmap in_hand;
    ptrmap_init(&in_hand);
    int failed = callers_collect_hashed(&in_hand);
    PyObject *found = failed || !in_hand.used ? NULL : find_key(upgrade, &in_hand);
    found = found || failed || !in_hand.used ? found : find_table(upgrade, &in_hand);
    ptrmap_release(&in_hand);
    if (!found) {
        return failed ? FLIP_ERROR : FLIP_DONE;
    }
    PyObject *text =
        Py_BuildValue("(OsN)", Py_None, Py_TYPE(found)->tp_name,
                      PyUnicode_FromFormat(
                          "a %s whose hash changes, or that has a key whose hash does, is in the hands of native code "
                          "that waits for a __hash__ or __eq__",
                          Py_TYPE(found)->tp_name));
    Py_XSETREF(upgrade->flip.stuck, text);
    return text ? FLIP_AGAIN : FLIP_ERROR;
}
