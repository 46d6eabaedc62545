/* Which hashes change with the flip, and which tables must be rebuilt although they hold nothing that is replaced?
 *
 * Idea: a function, once replaced, hashes differently; so does a tuple with it, an alias with that tuple, and so on;
 * and any dict keyed by one of them needs a new table. Each step outwards is a question to the whole heap: who refers
 * to this? Rather than search the heap for each, the walk is told what to *watch*: what was found to hash differently
 * before, by the rehearsal. It lists who refers to a target or a watched object, and what is looked for is in the
 * lists. Invariant: everything that hashes differently is a target or was watched in the walk that made the lists. If
 * something else is found, it is watched from then on and the walk is made again, under the same hold of the GIL.
 * Must not: follow an address in `watched`: what had it may be gone, and it stands for whatever has it now. */
#include "engine/flip_plan.h"

#include "compat/attribute.h"
#include "compat/type.h"
#include "engine/hashreach.h"
#include "engine/replace.h"
#include "engine/turn.h"

#define FIRST_TURNS 8 /* a program that makes such objects all the time must not keep a rehearsal going for ever, */
#define MAX_WALKS 32  /* nor objects that lie in each other hold every thread up: each walk finds one step more */
#define MAX_SECONDS 10.0

/* ---- hashes ---- */

/* Numbers, strings and the like, whose hash is that of any equal one. */
static bool is_value(PyObject *value)
{
    return value == Py_None || PyBool_Check(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
           PyUnicode_CheckExact(value) || PyBytes_CheckExact(value);
}

/* Does a __hash__ ask for nothing but this attribute of the object, and find a value there? `hash` itself is no
 * attribute. */
static bool finds_value(PyObject *function, PyObject *object, PyObject *name)
{
    PyObject *found = type_lookup(Py_TYPE(object), name), *value = attribute_get(object, name);
    bool plain = value && is_value(value) && (!found || Py_IS_TYPE(found, &PyMemberDescr_Type));
    bool builtin = PyUnicode_CompareWithASCIIString(name, "hash") == 0 &&
                   PyDict_Contains(PyFunction_GET_GLOBALS(function), name) == 0;
    return plain || builtin;
}

/* A function of one argument that has no names but its own. */
static bool is_simple(PyObject *function)
{
    PyCodeObject *code = function && PyFunction_Check(function) ? (PyCodeObject *)PyFunction_GET_CODE(function) : NULL;
    bool simple = code && code->co_argcount == 1 && code->co_nfreevars == 0;
    for (Py_ssize_t i = 0; simple && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        simple = !PyCode_Check(PyTuple_GET_ITEM(code->co_consts, i));
    }
    return simple;
}

/* `return type.__hash__(cls)`: the address. */
static bool is_address(PyObject *function)
{
    PyObject *names = is_simple(function) ? ((PyCodeObject *)PyFunction_GET_CODE(function))->co_names : NULL;
    bool two = names && PyTuple_GET_SIZE(names) == 2;
    PyObject *first = two ? PyTuple_GET_ITEM(names, 0) : NULL;
    return two && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 1), "__hash__") == 0 &&
           (PyUnicode_CompareWithASCIIString(first, "type") == 0 ||
            PyUnicode_CompareWithASCIIString(first, "object") == 0) &&
           PyDict_Contains(PyFunction_GET_GLOBALS(function), first) == 0;
}

/* Is a hash in Python code, of an object that stays where it is, made of nothing but its address or values that it
 * keeps, whatever else it refers to? A reference that keeps the hash of what it refers to, and has a callback, is such
 * an object (`class IdRef(weakref.ref)`); its hash is right as long as that stays where it is, too. */
static bool hash_is_kept(const struct flip *flip, PyObject *object)
{
    OWN_REF name = PyUnicode_InternFromString("__hash__");
    PyObject *function = name ? type_lookup(Py_TYPE(object), name) : NULL;
    bool moves = PyWeakref_Check(object) && ptrmap_get(&flip->account.map, ((PyWeakReference *)object)->wr_object);
    bool kept = is_simple(function) && !moves, address = kept && is_address(function);
    PyObject *names = kept ? ((PyCodeObject *)PyFunction_GET_CODE(function))->co_names : NULL;
    for (Py_ssize_t i = 0; kept && !address && i < PyTuple_GET_SIZE(names); i++) {
        kept = finds_value(function, object, PyTuple_GET_ITEM(names, i));
    }
    PyErr_Clear(); /* no memory: then it is not known to be */
    return kept;
}

/* One look at one hashable object. 1 added, 0, -1. */
static int rehash_one(struct flip *flip, PyObject *object)
{
    const char *why;
    int added = holder_rehash_add(object, &flip->account.map, &flip->rehash, &why);
    if (added != 2) {
        return added;
    }
    if (holder_hashes_in_python(object) && hash_is_kept(flip, object)) {
        return 0;
    }
    flip->suspect = object;
    flip->suspect_why = why;
    if (ptrmap_put(&flip->suspects.hashes, object, (void *)HOLDER_HASH_ZERO) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* A replaced instance (replace.h) that is a key, and whose hash nobody can tell. Borrowed; NULL with an exception set,
 * or without: there is none. */
static PyObject *find_unknown_key(struct upgrade *upgrade)
{
    struct flip *flip = &upgrade->flip;
    struct rehash unknown = {0};
    PyObject *found = NULL;
    bool failed = false;
    const struct rebuilt *item;
    for (size_t i = 0; !failed && (item = replace_next_hashed(&flip->replace, &i));) {
        PyObject *old = item->old;
        bool known = ptrmap_get(&flip->rehash.hashes, old) || ptrmap_get(&flip->rehash.kept, old);
        failed = !known && ptrmap_put(&unknown.hashes, old, (void *)HOLDER_HASH_ZERO) < 0;
        found = known ? found : old;
    }
    bool is_key = false;
    for (size_t i = 0; found && i < flip->account.tables.n && !failed && !is_key; i++) {
        PyObject *table = flip->account.tables.items[i];
        is_key = !ptrmap_get(&flip->account.fixed, table) && holder_needs_rehash(table, &unknown);
    }
    ptrmap_release(&unknown.hashes);
    return failed ? PyErr_NoMemory() : is_key ? found : NULL;
}

/* Replaced values whose partner hashes in Python (an own __hash__): is one of them a key somewhere? Then values stay
 * what they are. */
static int values_are_keys(struct upgrade *upgrade)
{
    struct flip *flip = &upgrade->flip;
    struct rehash values = {0};
    int found = 0;
    size_t n = flip->replace.n_items ? flip->replace.n_targets : flip->account.n_targets;
    for (size_t i = 0; i < n && found == 0; i++) {
        PyObject *object = flip->account.list[i].object;
        bool unknown =
            !ptrmap_get(&flip->rehash.hashes, object) && !holder_hashes_by_address(flip->account.list[i].partner);
        found = unknown && ptrmap_put(&values.hashes, object, (void *)HOLDER_HASH_ZERO) < 0 ? -1 : 0;
    }
    for (size_t i = 0; values.hashes.used && i < flip->account.tables.n && found == 0; i++) {
        PyObject *table = flip->account.tables.items[i];
        found = !ptrmap_get(&flip->account.fixed, table) && holder_needs_rehash(table, &values);
    }
    ptrmap_release(&values.hashes);
    return found;
}

/* Which hashes change? First those of the targets, then of what contains them, until a round adds nothing. */
static int close_rehash(struct flip *flip)
{
    struct objects *hashables = &flip->account.hashables;
    for (bool grew = true; grew;) {
        grew = false;
        for (size_t i = 0; i < hashables->n; i++) {
            int added = rehash_one(flip, hashables->items[i]);
            if (added < 0) {
                return -1;
            }
            grew = grew || added;
        }
    }
    return 0;
}

/* Puts into `watched` what changes and was not watched yet. 1: something was, 0, -1. */
static int watch(struct flip *flip, const struct ptrmap *changing)
{
    struct ptrmap *watched = &flip->watched;
    struct ptrmap_slot *slot;
    int grew = 0;
    for (size_t i = 0; (slot = ptrmap_next(changing, &i));) {
        if (ptrmap_get(&flip->account.map, slot->key) || ptrmap_get(watched, slot->key)) {
            continue;
        }
        if (ptrmap_put(watched, slot->key, watched) < 0) {
            PyErr_NoMemory();
            return -1;
        }
        grew = 1;
    }
    return grew;
}

/* The closure, with as many walks as it needs: one, if nothing hashes differently that did not when it was rehearsed.
 * 1: one more is needed, though not under this hold of the GIL; 2: too many are. */
static int find_changing(struct flip *flip)
{
    for (int walks = 1;; walks++) {
        int closed = close_rehash(flip);
        int hashes = closed < 0 ? -1 : watch(flip, &flip->rehash.hashes);
        int suspects = hashes < 0 ? -1 : watch(flip, &flip->suspects.hashes);
        if (suspects < 0 || (!hashes && !suspects)) {
            return suspects;
        }
        bool turn = walks == MAX_WALKS || (flip->rehearsing && flip->turns < FIRST_TURNS);
        if (turn) {
            return flip->rehearsing && turn_now() - flip->begun > MAX_SECONDS ? 2 : 1;
        }
        if (account_walk(&flip->account) < 0) {
            return -1;
        }
    }
}

/* The hashes of the targets: their partners'. */
static int seed(struct upgrade *upgrade)
{
    struct flip *flip = &upgrade->flip;
    const struct account *account = &flip->account;
    flip->rehash.map = &account->map;
    for (size_t i = 0; i < account->n_targets; i++) { /* in the order in which they lie in memory, not in the map */
        bool item = i >= flip->replace.n_targets && i < flip->replace.n_targets + flip->replace.n_items;
        if (!item && holder_rehash_seed_one(account->list[i].object, account->list[i].partner, &flip->rehash) < 0) {
            return -1; /* (an item's hash is told from its replacement: replace_tell_hashes) */
        }
    }
    struct ptrmap_slot *slot;
    for (size_t i = 0; (slot = ptrmap_next(&flip->value_hashes, &i));) {
        if (ptrmap_get(&account->map, slot->key) && ptrmap_put(&flip->rehash.hashes, slot->key, slot->value) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

/* Do instances hash otherwise after the flip, although they stay where they are? Their hash is Python code, and that
 * differs. */
static bool hash_differs(const struct match *match, PyTypeObject *old, PyTypeObject *new, PyObject *name)
{
    PyObject *before = type_lookup(old, name), *after = type_lookup(new, name);
    struct pair *pair = before && before != after ? match_find(match, before) : NULL;
    return before != after && !(pair && pair->partner == after && !pair->changed);
}

/* The same for a class outside: does it inherit a __hash__ that differs, or extend one? */
static bool inherited_hash_differs(struct upgrade *upgrade, PyTypeObject *type, PyObject *name)
{
    bool differs = false;
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(type->tp_mro) && !differs; i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i);
        PyObject *partner = ptrmap_get(&upgrade->flip.account.map, base);
        differs =
            partner && PyType_Check(partner) && hash_differs(&upgrade->match, base, (PyTypeObject *)partner, name);
    }
    return differs;
}

/* Of instances of this class, replaced or deriving from what is? (Of a metaclass these are classes of the program:
 * those of the package have partners.) 1, 0, -1. */
static int class_hash_differs(struct upgrade *upgrade, PyTypeObject *type, PyObject *name)
{
    const struct ptrmap *map = &upgrade->flip.account.map;
    PyObject *partner = ptrmap_get(map, type);
    if (partner && (!PyType_Check(partner) ||
                    (is_address(type_lookup(type, name)) && is_address(type_lookup((PyTypeObject *)partner, name))))) {
        return 0;
    }
    bool differs = partner ? hash_differs(&upgrade->match, type, (PyTypeObject *)partner, name)
                           : inherited_hash_differs(upgrade, type, name);
    differs = differs || keyhash_of_classes(type, _PyType_Lookup(type, name));
    return differs ? 1 : hashreach_type(&upgrade->match, map, type, !partner);
}

/* Instances of such classes must not be keys: only Python code could tell where they belong now. 0 or -1. */
static int suspect_some(struct upgrade *upgrade, const struct objects *instances)
{
    struct flip *flip = &upgrade->flip;
    OWN_REF name = PyUnicode_InternFromString("__hash__");
    PyTypeObject *last = NULL;
    int differs = 0;
    for (size_t i = 0; i < instances->n && name; i++) {
        PyObject *instance = instances->items[i];
        if (Py_TYPE(instance) != last) {
            last = Py_TYPE(instance);
            differs = class_hash_differs(upgrade, last, name);
        }
        if (differs < 0) {
            return -1;
        }
        if (!differs || ptrmap_get(&flip->account.map, instance) || ptrmap_get(&flip->account.fixed, instance) ||
            ptrmap_get(&flip->rehash.hashes, instance)) {
            continue; /* or another one takes its place as a key, or it stays with its class, or it is known */
        }
        flip->suspect = instance;
        flip->suspect_why = "it is a key, and the __hash__ of its class differs between the versions";
        if (ptrmap_put(&flip->suspects.hashes, instance, (void *)HOLDER_HASH_ZERO) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return name ? 0 : -1;
}

static int suspect_instances(struct upgrade *upgrade)
{
    const struct account *account = &upgrade->flip.account;
    return suspect_some(upgrade, &account->instances) < 0 ? -1 : suspect_some(upgrade, &account->followers);
}

/* Before it is refused, the program's code is asked (keyhash.h). FLIP_DONE: that was in vain. */
static enum flip_result ask_suspects(struct upgrade *upgrade)
{
    struct ptrmap_slot *slot;
    int news = 0;
    for (size_t i = 0; (slot = ptrmap_next(&upgrade->flip.suspects.hashes, &i)) && news >= 0;) {
        int asked = holder_hashes_in_python((PyObject *)slot->key) ? keyhash_ask(upgrade, (PyObject *)slot->key) : 0;
        news = asked < 0 ? -1 : news | asked;
    }
    return news < 0 ? FLIP_ERROR : news ? FLIP_PREPARE : FLIP_DONE;
}

/* The same for instances that get new objects. */
static enum flip_result ask_replaced(struct upgrade *upgrade)
{
    struct flip *flip = &upgrade->flip;
    int news = 0;
    const struct rebuilt *item;
    for (size_t i = 0; news >= 0 && (item = replace_next_hashed(&flip->replace, &i));) {
        PyObject *old = item->old;
        bool known = ptrmap_get(&flip->rehash.hashes, old) || ptrmap_get(&flip->rehash.kept, old);
        int asked = known ? 0 : keyhash_ask(upgrade, old);
        news = asked < 0 ? -1 : news | asked;
    }
    return news < 0 ? FLIP_ERROR : news ? FLIP_PREPARE : FLIP_DONE;
}

/* A key, or a part of one, hashes in Python: first the hashes of new values are asked for, then values stay. False:
 * there is no more to be done. */
static bool hold_values(struct flip *flip)
{
    bool more = !flip->values_stay;
    flip->values_stay = flip->hash_values;
    flip->hash_values = true;
    return more;
}

/* A value that another one takes the place of, which is an instance of the old version's class as well (on the way
 * back: both versions hold it), hashes as that will do. FLIP_DONE, or what is to be done first. */
static enum flip_result follow_partners(struct upgrade *upgrade)
{
    struct flip *flip = &upgrade->flip;
    struct ptrmap_slot *slot;
    int news = 0;
    for (size_t i = 0; (slot = ptrmap_next(&flip->value_hashes, &i)) && news >= 0;) {
        PyObject *partner = ptrmap_get(&flip->account.map, slot->key);
        bool old = partner && !PyType_Check(partner) &&
                   generation_owns_class(&upgrade->old, (PyObject *)Py_TYPE(partner)) &&
                   holder_hashes_in_python(partner);
        void *hash = old ? ptrmap_get(&flip->rehash.hashes, partner) : NULL;
        if (hash && ptrmap_put(&flip->rehash.hashes, slot->key, hash) < 0) {
            PyErr_NoMemory();
            return FLIP_ERROR;
        }
        int asked = old && !hash ? keyhash_ask(upgrade, partner) : 1;
        if (asked == 0) {
            return flip_refuse_holder(upgrade, partner,
                                      "it is a key, and the __hash__ of its class differs between the versions");
        }
        news = asked < 0 ? -1 : news | (old && !hash);
    }
    return news < 0 ? FLIP_ERROR : news ? FLIP_PREPARE : FLIP_DONE;
}

enum flip_result flip_plan_hashes(struct upgrade *upgrade)
{
    struct flip *flip = &upgrade->flip;
    if (seed(upgrade) < 0 || replace_tell_hashes(upgrade) < 0) {
        return FLIP_ERROR;
    }
    enum flip_result known = (enum flip_result)keyhash_apply(upgrade);
    known = known == FLIP_DONE ? follow_partners(upgrade) : known;
    if (known != FLIP_DONE || suspect_instances(upgrade) < 0) {
        return known != FLIP_DONE ? known : FLIP_ERROR;
    }
    PyObject *unknown = find_unknown_key(upgrade);
    if (unknown || PyErr_Occurred()) {
        enum flip_result asked = unknown ? ask_replaced(upgrade) : FLIP_ERROR;
        return asked != FLIP_DONE
                   ? asked
                   : flip_refuse_holder(upgrade, unknown,
                                        "it is a key, and the __hash__ of its class differs between the versions");
    }
    int keys = flip->values_stay ? 0 : values_are_keys(upgrade);
    if (keys) {
        (void)hold_values(flip);
        return keys < 0 ? (PyErr_NoMemory(), FLIP_ERROR) : FLIP_AGAIN;
    }
    int changing = find_changing(flip);
    if (changing == 2) {
        PyObject *key = upgrade->flip.account.hashables.items[0];
        return flip_refuse_holder(upgrade, key,
                                  "it and others lie too deep in each other for their hashes to be followed");
    }
    return changing <= 0 ? (enum flip_result)changing : flip->rehearsing ? FLIP_WALK : FLIP_AGAIN;
}

/* Containers that must be edited although the walk found no target in them. */
enum flip_result flip_plan_tables(struct upgrade *upgrade)
{
    struct flip *flip = &upgrade->flip;
    struct account *account = &flip->account;
    for (size_t i = 0; i < account->tables.n; i++) {
        PyObject *table = account->tables.items[i];
        if (flip->suspects.hashes.used && holder_needs_rehash(table, &flip->suspects)) {
            enum flip_result asked = ask_suspects(upgrade);
            return asked != FLIP_DONE  ? asked
                   : hold_values(flip) ? FLIP_AGAIN
                                       : flip_refuse_holder(upgrade, flip->suspect, flip->suspect_why);
        }
        bool needed = holder_needs_rehash(table, &flip->rehash) && !ptrmap_get(&account->fixed, table) &&
                      holder_count(table, &account->map) == 0;
        if (needed && account_add_holder(account, table, 0) < 0) {
            return FLIP_ERROR;
        }
    }
    return FLIP_DONE;
}
