/* What the constructors of both versions set, compared.
 *
 * Invariant: a value comes from code of the new version that reads neither an argument nor the instance, or from the
 * one attribute that had the same expression. Must not guess: what is neither is wanting. */
#include "engine/fill.h"

#include "engine/shape.h"

#include <stdlib.h>

int fill_plan(const struct match *match, PyTypeObject *type, PyTypeObject *partner, PyObject *reads,
              struct fill **ret_fills, size_t *ret_n, PyObject *wanting)
{
    OWN_REF missing = partner ? shape_missing(match, type, partner, reads) : PySet_New(NULL);
    if (!missing || PyList_SetSlice(wanting, 0, PY_SSIZE_T_MAX, missing) < 0) {
        return -1;
    }
    *ret_fills = NULL;
    *ret_n = 0;
    return 0;
}

int fill_stock(struct fill *fill, size_t n)
{
    while ((size_t)PyList_GET_SIZE(fill->stock) < n) {
        OWN_REF value = PyObject_CallObject(fill->function, fill->arguments);
        if (!value || PyList_Append(fill->stock, value) < 0) {
            return -1;
        }
    }
    return 0;
}

PyObject *fill_take(struct fill *fill)
{
    return fill->taken < PyList_GET_SIZE(fill->stock) ? PyList_GET_ITEM(fill->stock, fill->taken++) : NULL;
}

void fill_rewind(struct fill *fill)
{
    fill->taken = 0;
}

void fill_release(struct fill *fills, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        Py_CLEAR(fills[i].names);
        Py_CLEAR(fills[i].from);
        Py_CLEAR(fills[i].function);
        Py_CLEAR(fills[i].arguments);
        Py_CLEAR(fills[i].stock);
    }
    free(fills);
}
