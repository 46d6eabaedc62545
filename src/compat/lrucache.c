/* Reads what lies in the memory of lru_cache's wrappers (private.h has their layout, selftest_containers.c checks it).
 * A bounded one keeps a ring of links beside its dict, one without a bound the results themselves. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/lrucache.h"

#include "compat/holder_internal.h"
#include "compat/private.h"

#include <string.h>

bool lrucache_check(PyObject *object)
{
    return object &&
           Py_TYPE(object) == holder_known.lru_cache; /* not by its name, which a class statement can give as well */
}

PyObject *lrucache_function(PyObject *cache)
{
    return ((struct private_lru_cache *)cache)->func;
}

PyObject *lrucache_content(PyObject *cache)
{
    struct private_lru_cache *c = (struct private_lru_cache *)cache;
    OWN_REF content = PyList_New(0);
    PyObject *key, *result;
    Py_ssize_t position = 0;
    while (content && c->maxsize < 0 && PyDict_Next(c->cache, &position, &key, &result)) {
        if (PyList_Append(content, key) < 0 || PyList_Append(content, result) < 0) {
            return NULL;
        }
    }
    for (const struct private_lru_link *link = c->root.next; content && link != &c->root; link = link->next) {
        if (PyList_Append(content, link->key) < 0 || PyList_Append(content, link->result) < 0) {
            return NULL;
        }
    }
    return STEAL(content);
}

bool lrucache_alike(PyObject *a, PyObject *b)
{
    const struct private_lru_cache *left = (struct private_lru_cache *)a, *right = (struct private_lru_cache *)b;
    return left->maxsize == right->maxsize && left->typed == right->typed;
}

bool lrucache_is_link(PyObject *object)
{
    const unsigned long hidden = Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE; /* no class statement */
    PyTypeObject *type = Py_TYPE(object);
    return (type->tp_flags & hidden) == hidden && strcmp(type->tp_name, "functools._lru_list_elem") == 0;
}
