/* Reads dicts, sets and the containers of private.h where compat/ believes their contents to be. */
#define Py_BUILD_CORE_MODULE 1
#include "compat/selftest_layout.h"

#include <internal/pycore_context.h>
#include <internal/pycore_dict.h>
#include <internal/pycore_hamt.h>
#include <internal/pycore_interp.h>
#include <string.h>

#include "compat/private.h"

/* ---- dict and set ------------------------------------------------------------------------------------------- */

/* One entry, in a table of 8 with room for 5, at the place its hash says. */
static bool one_entry(const PyDictObject *dict, int kind, Py_hash_t hash)
{
    const PyDictKeysObject *keys = dict->ma_keys;
    return dict->ma_used == 1 && !dict->ma_values && keys->dk_refcnt == 1 && keys->dk_kind == kind &&
           keys->dk_log2_size == 3 && keys->dk_log2_index_bytes == 3 && keys->dk_nentries == 1 &&
           keys->dk_usable == 4 && ((const int8_t *)keys->dk_indices)[hash & 7] == 0;
}

static bool dicts(const struct layout_probe *probe)
{
    OWN_REF name = PyUnicode_FromString("a name");
    OWN_REF number = PyLong_FromLong(1234567);
    OWN_REF named = PyDict_New();
    OWN_REF numbered = PyDict_New();
    if (!name || !number || !named || !numbered || PyDict_SetItem(named, name, probe->a) < 0 ||
        PyDict_SetItem(numbered, number, probe->b) < 0) {
        return false;
    }
    PyDictObject *unicode = (PyDictObject *)named, *general = (PyDictObject *)numbered;
    if (!one_entry(unicode, DICT_KEYS_UNICODE, PyObject_Hash(name)) ||
        !one_entry(general, DICT_KEYS_GENERAL, 1234567)) {
        return false;
    }
#if PY_VERSION_HEX >= 0x030c0000
    uint64_t newest = PyInterpreterState_Get()->dict_state.global_version;
    if ((general->ma_version_tag & ~(uint64_t)(DICT_VERSION_INCREMENT - 1)) != newest) {
        return false;
    }
#endif
    const PyDictUnicodeEntry *first = DK_UNICODE_ENTRIES(unicode->ma_keys);
    const PyDictKeyEntry *second = DK_ENTRIES(general->ma_keys);
    return first->me_key == name && first->me_value == probe->a && second->me_key == number &&
           second->me_hash == 1234567 && second->me_value == probe->b;
}

static bool sets(const struct layout_probe *probe)
{
    (void)probe;
    OWN_REF number = PyLong_FromLong(1234567);
    OWN_REF set = PySet_New(NULL);
    if (!number || !set || PySet_Add(set, number) < 0) {
        return false;
    }
    OWN_REF iterator = PyObject_GetIter(set);
    if (!iterator) {
        return false;
    }
    const PySetObject *table = (PySetObject *)set;
    const struct private_set_iterator *live = (struct private_set_iterator *)iterator;
    const setentry *entry = &table->table[1234567 & 7];
    return table->fill == 1 && table->used == 1 && table->mask == 7 && table->table == table->smalltable &&
           entry->key == number && entry->hash == 1234567 && !table->weakreflist &&
           Py_IS_TYPE(iterator, &PySetIter_Type) && (PyObject *)live->si_set == set && live->si_used == 1 &&
           live->si_pos == 0 && live->len == 1;
}

static bool dict_iterators(const struct layout_probe *probe)
{
    OWN_REF key = PyLong_FromLong(1234567);
    OWN_REF dict = PyDict_New();
    if (!key || !dict || PyDict_SetItem(dict, key, probe->a) < 0) {
        return false;
    }
    PyTypeObject *const types[] = {&PyDictIterKey_Type,    &PyDictIterValue_Type,    &PyDictIterItem_Type,
                                   &PyDictRevIterKey_Type, &PyDictRevIterValue_Type, &PyDictRevIterItem_Type};
    const char *const methods[] = {NULL, "values", "items"};
    for (int i = 0; i < 6; i++) {
        OWN_REF source = methods[i % 3] ? PyObject_CallMethod(dict, methods[i % 3], NULL) : Py_NewRef(dict);
        OWN_REF iterator = !source ? NULL
                           : i < 3 ? PyObject_GetIter(source)
                                   : PyObject_CallMethod(source, "__reversed__", NULL);
        const struct private_dict_iterator *live = (struct private_dict_iterator *)iterator;
        if (!iterator || !Py_IS_TYPE(iterator, types[i]) || types[i]->tp_basicsize != sizeof *live ||
            (PyObject *)live->di_dict != dict || live->di_used != 1 || live->di_pos != 0 || live->len != 1) {
            return false;
        }
    }
    return true;
}

/* ---- private structs ---------------------------------------------------------------------------------------- */

static bool ordered_dicts(const struct layout_probe *probe)
{
    OWN_REF thing = PyODict_New();
    OWN_REF first = PyLong_FromLong(1234567);
    OWN_REF second = PyLong_FromLong(7654321);
    if (!thing || !first || !second || PyODict_SetItem(thing, first, probe->a) < 0 ||
        PyODict_SetItem(thing, second, probe->b) < 0) {
        return false;
    }
    OWN_REF iterator = PyObject_GetIter(thing);
    const struct private_odict *odict = (struct private_odict *)thing;
    const struct private_odict_node *node = odict->od_first;
    const struct private_odict_iterator *live = (struct private_odict_iterator *)iterator;
    return iterator && Py_IS_TYPE(iterator, &PyODictIter_Type) && live->di_odict == odict && live->di_size == 2 &&
           odict->od_state && live->di_state == odict->od_state && live->di_current == first && node &&
           node->key == first && node->hash == 1234567 && !node->prev && node->next == odict->od_last &&
           node->next->key == second && node->next->hash == 7654321 && node->next->prev == node && !node->next->next &&
           odict->od_fast_nodes && odict->od_fast_nodes_size == 8 &&
           odict->od_resize_sentinel == odict->od_dict.ma_keys && !odict->od_inst_dict && !odict->od_weakreflist &&
           odict->od_fast_nodes[((const int8_t *)odict->od_dict.ma_keys->dk_indices)[1234567 & 7]] == node;
}

static bool defaultdicts(const struct layout_probe *probe)
{
    OWN_REF module = PyImport_ImportModule("_collections");
    OWN_REF thing = module ? PyObject_CallMethod(module, "defaultdict", "O", (PyObject *)&PyList_Type) : NULL;
    (void)probe;
    return thing && Py_TYPE(thing)->tp_basicsize == sizeof(struct private_defaultdict) &&
           ((struct private_defaultdict *)thing)->default_factory == (PyObject *)&PyList_Type;
}

static bool deque_iterator(PyObject *module, PyObject *iterator, const struct private_deque *deque, bool forwards)
{
    OWN_REF type = PyObject_GetAttrString(module, forwards ? "_deque_iterator" : "_deque_reverse_iterator");
    const struct private_deque_iterator *live = (struct private_deque_iterator *)iterator;
    return (PyObject *)Py_TYPE(iterator) == type && Py_TYPE(iterator)->tp_basicsize == sizeof *live &&
           live->deque == deque && live->counter == 2 && live->b == (forwards ? deque->leftblock : deque->rightblock) &&
           live->index == (forwards ? deque->leftindex : deque->rightindex) && deque->state &&
           live->state == deque->state;
}

static bool deques(const struct layout_probe *probe)
{
    OWN_REF module = PyImport_ImportModule("_collections");
    OWN_REF thing = module ? PyObject_CallMethod(module, "deque", "((OO)i)", probe->a, probe->b, 5) : NULL;
    if (!thing || Py_TYPE(thing)->tp_basicsize != sizeof(struct private_deque)) {
        return false;
    }
    const struct private_deque *deque = (struct private_deque *)thing;
    const struct private_deque_block *block = deque->leftblock;
    OWN_REF forwards = PyObject_GetIter(thing);
    OWN_REF backwards = forwards ? PyObject_CallMethod(thing, "__reversed__", NULL) : NULL;
    return backwards && deque_iterator(module, forwards, deque, true) &&
           deque_iterator(module, backwards, deque, false) && Py_SIZE(thing) == 2 && block &&
           block == deque->rightblock && deque->maxlen == 5 && deque->leftindex >= 0 &&
           deque->leftindex < PRIVATE_DEQUE_BLOCK - 1 && deque->rightindex == deque->leftindex + 1 &&
           block->data[deque->leftindex] == probe->a && block->data[deque->rightindex] == probe->b &&
           !deque->weakreflist && deque->numfreeblocks >= 0 && deque->numfreeblocks <= PRIVATE_DEQUE_FREE;
}

/* functools.lru_cache(maxsize=4)(id), called once. */
static bool lru_caches(const struct layout_probe *probe)
{
    PyObject *function = PyDict_GetItemString(PyEval_GetBuiltins(), "id");
    OWN_REF module = PyImport_ImportModule("_functools");
    OWN_REF thing = module && function ? PyObject_CallMethod(module, "_lru_cache_wrapper", "OiOO", function, 4,
                                                             Py_False, probe->function)
                                       : NULL;
    OWN_REF key = PyLong_FromLong(1234567);
    OWN_REF result = thing && key ? PyObject_CallOneArg(thing, key) : NULL;
    if (!result || Py_TYPE(thing)->tp_basicsize != sizeof(struct private_lru_cache)) {
        return false;
    }
    const struct private_lru_cache *cache = (struct private_lru_cache *)thing;
    const struct private_lru_link *link = cache->root.next;
    return cache->maxsize == 4 && cache->misses == 1 && cache->hits == 0 && cache->func == function &&
           cache->cache_info_type == probe->function && cache->cache && PyDict_CheckExact(cache->cache) &&
           PyDict_GetItemWithError(cache->cache, key) == (PyObject *)link && link == cache->root.prev &&
           link->next == &cache->root && link->prev == &cache->root && link->hash == 1234567 && link->key == key &&
           link->result == result && Py_IS_TYPE((PyObject *)link, cache->lru_list_elem_type) && !cache->weakreflist;
}

/* ---- contexts ----------------------------------------------------------------------------------------------- */

/* Sets n new variables to value in the current context; *ret_last: the last one (new reference). */
static bool set_variables(int n, PyObject *value, PyObject **ret_last)
{
    OWN_REF last = NULL;
    for (int i = 0; i < n; i++) {
        OWN_REF variable = PyContextVar_New("midflight", NULL);
        OWN_REF token = variable ? PyContextVar_Set(variable, value) : NULL;
        if (!token) {
            return false;
        }
        Py_XSETREF(last, STEAL(variable));
    }
    *ret_last = STEAL(last);
    return true;
}

/* The root node of an entered context with n variables, or NULL. */
static PyObject *context_root(PyObject *context, int n, PyObject *value, PyObject **ret_last)
{
    if (PyContext_Enter(context) < 0) {
        return NULL;
    }
    bool set = set_variables(n, value, ret_last);
    if (PyContext_Exit(context) < 0 || !set) {
        return NULL;
    }
    const PyHamtObject *variables = ((PyContext *)context)->ctx_vars;
    return variables && variables->h_count == n ? (PyObject *)variables->h_root : NULL;
}

static bool node_is(PyObject *node, const char *name)
{
    return node && strcmp(Py_TYPE(node)->tp_name, name) == 0;
}

/* One variable: a bitmap node with a key and a value. Many: an array of nodes (nearly always: it depends on hashes). */
static bool contexts(const struct layout_probe *probe)
{
    OWN_REF one = PyContext_New();
    OWN_REF many = PyContext_New();
    OWN_REF last = NULL;
    OWN_REF other = NULL;
    PyObject *node = one ? context_root(one, 1, probe->a, &last) : NULL;
    if (!node_is(node, "hamt_bitmap_node")) {
        return false;
    }
    const struct private_hamt_bitmap *bitmap = (struct private_hamt_bitmap *)node;
    if (Py_SIZE(node) != 2 || bitmap->b_array[0] != last || bitmap->b_array[1] != probe->a ||
        (bitmap->b_bitmap & (bitmap->b_bitmap - 1)) != 0) {
        return false;
    }
    node = many ? context_root(many, 40, probe->b, &other) : NULL;
    if (!node_is(node, "hamt_array_node")) {
        return node_is(node, "hamt_bitmap_node");
    }
    const struct private_hamt_array *array = (struct private_hamt_array *)node;
    Py_ssize_t count = 0;
    for (int i = 0; i < PRIVATE_HAMT_ARRAY; i++) {
        PyObject *child = array->a_array[i];
        if (child && !node_is(child, "hamt_bitmap_node")) {
            return false;
        }
        count += child != NULL;
    }
    return Py_TYPE(node)->tp_basicsize == sizeof(struct private_hamt_array) && array->a_count == count;
}

bool layout_queues_known(bool *ret_asked)
{
    *ret_asked = true;
#if PY_VERSION_HEX >= 0x030d0000
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), "_queue");
    if (!module) {
        *ret_asked = false;
        return true;
    }
    OWN_REF item = PyList_New(0);
    OWN_REF thing = item ? PyObject_CallMethod(module, "SimpleQueue", NULL) : NULL;
    OWN_REF done = thing ? PyObject_CallMethod(thing, "put", "O", item) : NULL;
    if (!done || Py_TYPE(thing)->tp_basicsize != sizeof(struct private_simple_queue_313)) {
        return false;
    }
    const struct private_simple_queue_313 *queue = (struct private_simple_queue_313 *)thing;
    return !queue->has_threads_waiting && queue->items && queue->num_items == 1 && queue->get_idx == 0 &&
           queue->put_idx == 1 && queue->items_cap >= 8 && queue->items[0] == item && !queue->weakreflist;
#else
    return true; /* up to 3.12 the items are in the object itself */
#endif
}

const struct layout_check layout_containers[] = {
    {"dicts", dicts},
    {"sets and their iterators", sets},
    {"iterators over dicts", dict_iterators},
    {"collections.OrderedDict and its iterators", ordered_dicts},
    {"collections.deque and its iterators", deques},
    {"collections.defaultdict", defaultdicts},
    {"functools.lru_cache", lru_caches},
    {"contextvars.Context", contexts},
    {NULL, NULL},
};
