/* Asks the functions. One that both versions have, and that used a global in the old one, says what that global is now:
 * the global of the same name that it uses in the module that it lives in now; or, if its code differs in nothing but
 * names, the name at the same place, if that starts with the same value; or the only new global that it uses in the
 * same way and that starts with the same value (many do that start with 0, None or nothing: then its name must say the
 * same, too). It says nothing if it uses none of these.
 *
 * Invariant: what is at home at its own place in both versions, and used there, has not moved. Must not: guess: two
 * answers are none. */
#include "engine/match_moved.h"

#include "compat/fillers.h"
#include "engine/base.h"
#include "engine/carry_equal.h"
#include "engine/kinds.h"
#include "engine/match_parts.h"
#include "engine/same.h"

#include <stdlib.h>

/* What the functions say of one global. */
struct said {
    PyObject *space, *name;         /* of the old version, borrowed */
    PyObject *new_space, *new_name; /* borrowed, owned; NULL: nothing yet */
    bool disputed;
};

struct asking {
    struct match *match;
    struct said *said; /* owned */
    size_t n, capacity;
    struct ptrmap spaces; /* old namespace -> dict name -> index, owned by `indices` */
    PyObject *indices;    /* owned list */
};

/* ---- which globals are asked about ---- */

static bool is_code(const struct match *match, PyObject *value)
{
    return PyFunction_Check(value) || PyType_Check(value) || PyModule_Check(value) || PyCFunction_Check(value) ||
           PyCode_Check(value) || generation_owns_class(match->old, value);
}

static bool is_special(PyObject *name)
{
    return PyUnicode_GET_LENGTH(name) > 1 && PyUnicode_ReadChar(name, 0) == '_' && PyUnicode_ReadChar(name, 1) == '_';
}

static int add_global(struct asking *asking, PyObject *index, PyObject *space, PyObject *name)
{
    if (asking->n == asking->capacity) {
        size_t wanted = asking->capacity ? 2 * asking->capacity : 64;
        struct said *grown = realloc(asking->said, wanted * sizeof *grown);
        if (!grown) {
            PyErr_NoMemory();
            return -1;
        }
        asking->said = grown;
        asking->capacity = wanted;
    }
    OWN_REF at = PyLong_FromSize_t(asking->n);
    if (!at || PyDict_SetItem(index, name, at) < 0) {
        return -1;
    }
    asking->said[asking->n++] = (struct said){.space = space, .name = name};
    return 0;
}

/* The globals of one old module that may have gone elsewhere: those that its counterpart has not; all, if a function of
 * it lives elsewhere now. */
static int add_space(struct asking *asking, PyObject *space, bool all)
{
    struct pair *pair = match_find(asking->match, space);
    PyObject *base = match_base(asking->match, space, false), *name, *value;
    OWN_REF index = PyDict_New();
    Py_ssize_t position = 0;
    while (index && base && PyDict_Check(base) && PyDict_Next(base, &position, &name, &value)) {
        bool asked = PyUnicode_CheckExact(name) && !is_special(name) && !is_code(asking->match, value);
        int stays = asked && pair && !all ? PyDict_Contains(pair->partner, name) : 0;
        if (stays < 0 || (asked && !stays && add_global(asking, index, space, name) < 0)) {
            return -1;
        }
    }
    if (!index || PyDict_GET_SIZE(index) == 0) {
        return index ? 0 : -1;
    }
    if (PyList_Append(asking->indices, index) < 0) {
        return -1;
    }
    return ptrmap_put(&asking->spaces, space, index) < 0 ? (PyErr_NoMemory(), -1) : 0;
}

/* Old namespaces of which a function lives in another module now. */
static int find_left(const struct match *match, struct ptrmap *left)
{
    for (size_t i = 0; i < match->n_pairs; i++) {
        const struct pair *pair = &match->pairs[i];
        bool function = pair->kind == PAIR_FUNCTION && PyFunction_Check(pair->old) && PyFunction_Check(pair->partner);
        PyObject *space = function ? PyFunction_GET_GLOBALS(pair->old) : NULL;
        struct pair *home = function ? match_find(match, space) : NULL;
        bool moved = function && (!home || home->partner != PyFunction_GET_GLOBALS(pair->partner)) &&
                     ptrmap_get(&match->old->dicts, space);
        if (moved && ptrmap_put(left, space, space) < 0) {
            PyErr_NoMemory();
            return -1;
        }
    }
    return 0;
}

static int begin(struct asking *asking)
{
    struct ptrmap left;
    ptrmap_init(&left);
    PyObject *name, *module;
    Py_ssize_t position = 0;
    int failed = find_left(asking->match, &left);
    while (!failed && PyDict_Next(asking->match->old->modules, &position, &name, &module)) {
        PyObject *space = PyModule_Check(module) ? PyModule_GetDict(module) : NULL;
        failed = space && !ptrmap_get(&asking->spaces, space) ? add_space(asking, space, ptrmap_get(&left, space)) : 0;
    }
    ptrmap_release(&left);
    return failed;
}

/* ---- what one function says ---- */

/* How it uses each global: bits of filler_kind, in a dict name -> int. */
static int note_use(const struct filler_event *event, void *arg)
{
    if (event->where != FILLER_GLOBAL) {
        return 0;
    }
    PyObject *before = PyDict_GetItemWithError(arg, event->name);
    long bits = (before ? PyLong_AsLong(before) : 0) | 1L << event->kind;
    OWN_REF now = PyErr_Occurred() ? NULL : PyLong_FromLong(bits);
    return now ? PyDict_SetItem(arg, event->name, now) : -1;
}

static PyObject *uses_of(PyObject *function)
{
    OWN_REF uses = PyDict_New();
    int failed = uses ? fillers_scan((PyCodeObject *)PyFunction_GET_CODE(function), NULL, note_use, uses) : -1;
    return failed ? NULL : STEAL(uses);
}

/* Does the old global start as the new one does, as far as both are data? 1, 0, -1. */
static int starts_alike(const struct match *match, PyObject *old, PyObject *new)
{
    if (carry_equal_atoms(old, new)) {
        return 1;
    }
    if (kinds_is_opaque(old)) {
        return Py_IS_TYPE(new, Py_TYPE(old));
    }
    PyObject *was = match_base(match, old, false);
    OWN_REF is = was ? base_copy(new) : NULL;
    return is ? carry_equal(match, was, is) : PyErr_Occurred() ? -1 : 0;
}

struct voter {
    PyObject *old, *new;           /* functions */
    PyObject *uses, *uses_now;     /* dicts */
    PyObject *names;               /* dict old name -> new name, or NULL: more than names differs */
    PyObject *space_now, *started; /* the namespace it lives in now, and what the old one started with; borrowed */
};

/* Is this a global that only the new version has? */
static int is_fresh(const struct voter *voter, PyObject *name)
{
    PyObject *value = PyDict_GetItemWithError(voter->space_now, name);
    int had = value ? PyDict_Contains(voter->started, name) : 1;
    return had < 0 || PyErr_Occurred() ? -1 : !had;
}

/* Constants and empty containers: many globals start as these. */
static bool says_little(PyObject *value)
{
    bool constant = value == Py_None || PyBool_Check(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
                    PyUnicode_CheckExact(value) || PyBytes_CheckExact(value);
    bool sized = PyTuple_CheckExact(value) || PyList_CheckExact(value);
    return constant || (sized && Py_SIZE(value) == 0) || (PyDict_CheckExact(value) && PyDict_GET_SIZE(value) == 0) ||
           (PyAnySet_CheckExact(value) && PySet_GET_SIZE(value) == 0);
}

/* Could the new global be what the old one was: used in the same way, and starting alike? 1, 0, -1. */
static int may_be(const struct match *match, const struct voter *voter, PyObject *name, PyObject *new_name)
{
    PyObject *use = PyDict_GetItemWithError(voter->uses, name);
    PyObject *use_now = use ? PyDict_GetItemWithError(voter->uses_now, new_name) : NULL;
    PyObject *was = use_now ? PyDict_GetItemWithError(voter->started, name) : NULL;
    PyObject *is = was ? PyDict_GetItemWithError(voter->space_now, new_name) : NULL;
    int same = is ? PyObject_RichCompareBool(use, use_now, Py_EQ) : PyErr_Occurred() ? -1 : 0;
    return same == 1 ? starts_alike(match, was, is) : same;
}

/* The only new global that may be this one, if this is also the only old one that it may be. Borrowed; NULL without an
 * exception: there is none (*ret_many: several). */
static PyObject *only_candidate(const struct match *match, const struct voter *voter, PyObject *name, bool *ret_many)
{
    PyObject *found = NULL, *other, *use;
    Py_ssize_t position = 0;
    int n = 0;
    while (PyDict_Next(voter->uses_now, &position, &other, &use)) {
        int fresh = is_fresh(voter, other), may = fresh > 0 ? may_be(match, voter, name, other) : fresh;
        if (may < 0) {
            return NULL;
        }
        n += may;
        found = may ? other : found;
    }
    position = 0;
    while (n == 1 && PyDict_Next(voter->uses, &position, &other, &use)) {
        int stays = PyDict_Contains(voter->uses_now, other);
        int may = stays == 0 && PyUnicode_Compare(other, name) != 0 ? may_be(match, voter, other, found) : stays;
        if (stays < 0 || may < 0) {
            return NULL;
        }
        n += !stays && may;
    }
    *ret_many = n > 1;
    PyObject *was = n == 1 ? PyDict_GetItemWithError(voter->started, name) : NULL;
    PyObject *content = was ? match_base(match, was, false) : NULL;
    return was && (!says_little(content ? content : was) || same_names(name, found)) ? found : NULL;
}

/* What this function says about a global that it used. Borrowed; NULL without an exception: nothing. */
static PyObject *answer(const struct match *match, const struct voter *voter, PyObject *name, bool *ret_many)
{
    int uses = PyDict_Contains(voter->uses_now, name);
    if (uses || PyErr_Occurred()) {
        return uses > 0 ? name : NULL;
    }
    PyObject *renamed = voter->names ? PyDict_GetItemWithError(voter->names, name) : NULL;
    int fresh = renamed && renamed != Py_None ? is_fresh(voter, renamed) : 0;
    int may = fresh > 0 ? may_be(match, voter, name, renamed) : fresh;
    if (may || PyErr_Occurred()) {
        return may > 0 ? renamed : NULL;
    }
    return only_candidate(match, voter, name, ret_many);
}

static int note_answer(struct said *said, PyObject *space, PyObject *name, bool many)
{
    if (!name) {
        said->disputed = said->disputed || many;
        return 0;
    }
    if (said->new_name) {
        int same = said->new_space == space ? PyUnicode_Compare(said->new_name, name) == 0 : 0;
        said->disputed = said->disputed || !same;
        return 0;
    }
    said->new_space = space;
    said->new_name = Py_NewRef(name);
    return 0;
}

static int hear(struct asking *asking, const struct voter *voter, PyObject *index)
{
    PyObject *name, *use;
    Py_ssize_t position = 0;
    while (PyDict_Next(voter->uses, &position, &name, &use)) {
        PyObject *at = PyDict_GetItemWithError(index, name);
        bool many = false;
        PyObject *new_name = at ? answer(asking->match, voter, name, &many) : NULL;
        if (PyErr_Occurred() ||
            (at && note_answer(&asking->said[PyLong_AsSize_t(at)], voter->space_now, new_name, many) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* Does the code, or code in it, name one of these? */
static bool names_any(PyCodeObject *code, PyObject *index)
{
    bool found = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names) && !found; i++) {
        found = PyDict_GetItemWithError(index, PyTuple_GET_ITEM(code->co_names, i));
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts) && !found; i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        found = PyCode_Check(constant) && names_any((PyCodeObject *)constant, index);
    }
    return found;
}

static int ask(struct asking *asking, PyObject *old, PyObject *new)
{
    PyObject *space = PyFunction_GET_GLOBALS(old), *index = ptrmap_get(&asking->spaces, space);
    if (!index || !names_any((PyCodeObject *)PyFunction_GET_CODE(old), index) ||
        !ptrmap_get(&asking->match->new->dicts, PyFunction_GET_GLOBALS(new))) {
        return 0;
    }
    OWN_REF uses = uses_of(old);
    OWN_REF uses_now = uses ? uses_of(new) : NULL;
    OWN_REF names = uses_now ? PyDict_New() : NULL;
    int renamed = names ? same_renamed(PyFunction_GET_CODE(old), PyFunction_GET_CODE(new), names) : -1;
    if (renamed < 0) {
        return -1;
    }
    struct voter voter = {.old = old,
                          .new = new,
                          .uses = uses,
                          .uses_now = uses_now,
                          .names = renamed ? names : NULL,
                          .space_now = PyFunction_GET_GLOBALS(new),
                          .started = match_base(asking->match, space, false)};
    return hear(asking, &voter, index);
}

/* ---- what is believed ---- */

/* Is another global of the old version at this place? 1, 0, -1. */
static int is_taken(const struct match *match, PyObject *space, PyObject *name)
{
    uintptr_t at = (uintptr_t)ptrmap_get(&match->partners, space);
    PyObject *base = at ? match_base(match, match->pairs[at - 1].old, false) : NULL;
    return base && PyDict_Check(base) ? PyDict_Contains(base, name) : 0;
}

static bool same_place(const struct said *a, const struct said *b)
{
    return a->new_space == b->new_space && PyUnicode_Compare(a->new_name, b->new_name) == 0;
}

/* Is the new value data of the kind that the old one was? What the program made of the old one would not do there. */
static bool is_of_its_kind(const struct match *match, PyObject *was, PyObject *is)
{
    struct pair *pair = match_find(match, (PyObject *)Py_TYPE(was));
    bool same = Py_IS_TYPE(is, Py_TYPE(was)) || (pair && pair->partner == (PyObject *)Py_TYPE(is));
    bool numbers = (PyLong_Check(was) || PyFloat_Check(was)) && (PyLong_Check(is) || PyFloat_Check(is));
    bool nothing = was == Py_None || is == Py_None;
    bool code = PyFunction_Check(is) || PyCFunction_Check(is) || PyType_Check(is) || PyModule_Check(is);
    return same || numbers || (nothing && !code);
}

/* 1, 0, -1. */
static int is_believed(const struct asking *asking, const struct said *said)
{
    struct pair *pair = match_find(asking->match, said->space);
    PyObject *base = match_base(asking->match, said->space, false);
    PyObject *was = base ? PyDict_GetItemWithError(base, said->name) : NULL;
    PyObject *is = said->new_name ? PyDict_GetItemWithError(said->new_space, said->new_name) : NULL;
    if (said->disputed || !was || !is || !is_of_its_kind(asking->match, was, is)) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (pair && pair->partner == said->new_space && PyUnicode_Compare(said->name, said->new_name) == 0) {
        return 0; /* where it was */
    }
    for (size_t i = 0; i < asking->n; i++) {
        const struct said *other = &asking->said[i];
        if (other != said && other->new_name && same_place(said, other)) {
            return 0;
        }
    }
    int taken = is_taken(asking->match, said->new_space, said->new_name);
    return taken < 0 ? -1 : !taken;
}

static int add_moved(struct match *match, const struct said *said)
{
    struct moved *grown = realloc(match->moved, (match->n_moved + 1) * sizeof *grown);
    if (!grown) {
        PyErr_NoMemory();
        return -1;
    }
    match->moved = grown;
    grown[match->n_moved++] =
        (struct moved){said->space, said->new_space, Py_NewRef(said->name), Py_NewRef(said->new_name)};
    PyObject *base = match_base(match, said->space, false);
    PyObject *value = PyDict_GetItemWithError(base, said->name);
    PyObject *partner = value ? PyDict_GetItemWithError(said->new_space, said->new_name) : NULL;
    struct pair *parent = match_find(match, said->space);
    size_t at = parent ? (size_t)(parent - match->pairs) : 0;
    return partner ? match_place(match, value, partner, at, said->name) : PyErr_Occurred() ? -1 : 0;
}

static int run(struct asking *asking)
{
    int failed = begin(asking);
    for (size_t i = 0, n = asking->match->n_pairs; asking->n && i < n && !failed; i++) {
        const struct pair *pair = &asking->match->pairs[i];
        bool functions = pair->kind == PAIR_FUNCTION && PyFunction_Check(pair->old) && PyFunction_Check(pair->partner);
        failed = functions ? ask(asking, pair->old, pair->partner) : 0;
    }
    for (size_t i = 0; i < asking->n && !failed; i++) {
        int believed = is_believed(asking, &asking->said[i]);
        failed = believed < 0 ? -1 : believed ? add_moved(asking->match, &asking->said[i]) : 0;
    }
    return failed;
}

int match_moved(struct match *match)
{
    struct asking asking = {.match = match, .indices = PyList_New(0)};
    ptrmap_init(&asking.spaces);
    int failed = asking.indices ? run(&asking) : -1;
    for (size_t i = 0; i < asking.n; i++) {
        Py_XDECREF(asking.said[i].new_name);
    }
    free(asking.said);
    ptrmap_release(&asking.spaces);
    Py_XDECREF(asking.indices);
    return failed;
}

const struct moved *match_moved_from(const struct match *match, PyObject *space, PyObject *name)
{
    for (size_t i = 0; i < match->n_moved; i++) {
        const struct moved *moved = &match->moved[i];
        if (moved->space == space && PyUnicode_Check(name) && PyUnicode_Compare(moved->name, name) == 0) {
            return moved;
        }
    }
    return NULL;
}

void match_moved_release(struct match *match)
{
    for (size_t i = 0; i < match->n_moved; i++) {
        Py_DECREF(match->moved[i].name);
        Py_DECREF(match->moved[i].new_name);
    }
    free(match->moved);
    match->moved = NULL;
    match->n_moved = 0;
}
