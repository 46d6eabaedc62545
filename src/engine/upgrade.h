/* One upgrade on its way. Each step owns the part that carries its name, reads what earlier steps left, and writes only
 * its own. */
#ifndef MIDFLIGHT_UPGRADE_H
#define MIDFLIGHT_UPGRADE_H

#include "engine/account.h"
#include "engine/carry.h"
#include "engine/derived.h"
#include "engine/drain.h"
#include "engine/generation.h"
#include "engine/keyhash.h"
#include "engine/match.h"
#include "engine/migrate.h"
#include "engine/replace.h"
#include "engine/reshape.h"
#include "disk/sitepath.h"
#include "engine/stage.h"
#include "compat/edits.h"
#include "compat/holder.h"

struct upgrade {
    /* asked for */
    PyObject *names;  /* borrowed tuple of str: distributions; empty: all that changed */
    PyObject *policy; /* borrowed dict of str to str (carry.h), or NULL */
    bool forecast;    /* only tell what would be: refusals are collected instead of ending it, hooks are not called */
    double wait, hold, limit; /* seconds */
    enum drain_when when;
    PyObject *allow; /* borrowed tuple of str, or NULL: broken uses that are no reason (impact.h) */
    double rehearse; /* seconds that a rehearsal may take (rehearse.h); 0: none is made */
    double keep;     /* seconds for which the old version is kept; may be infinite */
    PyObject *back;  /* owned, or NULL: the kept generation to go back to (former.h), instead of what is on disk */

    enum upgrade_phase {
        UPGRADE_BEFORE,
        UPGRADE_FLIPPED,
        UPGRADE_TOLD,
        UPGRADE_DROPPING
    } phase; /* for a forked child */

    PyObject *reasons;      /* owned list: why not (refuse.h) */
    struct reserve reserve; /* for undoing what was staged, or for finishing what was flipped */

    /* notice */
    PyObject *changes;     /* owned list of (name, loaded version, installed version) */
    PyObject *installed;   /* owned dict or NULL: name -> identity of the install that is taken */
    size_t imports;        /* begun by when old_modules was collected (base.h) */
    PyObject *old_modules; /* owned dict: name -> module */
    PyObject *aliases;     /* owned list: further names in sys.modules, of modules that are loaded under their own */
    PyObject *finders;     /* owned list, or NULL: names of the new installs' finders (editables.h) */
    PyObject *spared;      /* owned list: names in sys.modules below the roots of modules that the program made */
    PyObject *roots;       /* owned set of import names of the upgrade */
    PyObject *path;        /* owned list: sys.path as it is to be */
    struct sitepath site_path; /* owned: what site would make of it now (searchpath.h) */

    PyObject *std_names;                   /* owned, while staging (effects_added.h) */
    PyObject *alias_modules, *path_before; /* owned: sys.modules' and sys.path's own before the flip (former.h) */
    PyObject *forwards;   /* owned list of detour_forwarding(): a rollback's staged functions that stood for nothing but
                             their partners before (rollback.h) */
    struct ptrmap common; /* objects that both generations hold, of a rollback (match.h) */

    PyObject *rehearsed;        /* owned, or NULL: the fingerprints of a fresh interpreter (rehearse.h) */
    PyObject *rehearsal_output; /* owned str, or NULL: what it printed */
    double rehearsal_seconds;

    struct stage stage;
    PyObject *new_records; /* owned dict: name -> base record of the staged modules */
    struct generation old, new;
    struct match match;
    PyObject *removed; /* owned list of old functions, classes and modules without a partner */
    PyObject
        *removed_members; /* owned list of (member, its name): enumerations no longer have them (match_members.h) */
    struct carry carry;
    PyObject *abcs; /* owned list: ABCs outside, which remember answers (abc_caches.h) */
    struct derived derived;
    PyObject *bindings; /* owned list: constants that other modules imported by name (consts.h) */

    struct flip {
        struct account account;
        struct edits edits;
        struct rehash rehash;
        struct rehash suspects; /* objects that may hash differently, nobody knows how; harmless unless they are keys */
        PyObject *suspect;      /* borrowed: the last of them, for the message */
        const char *suspect_why; /* static */
        struct ptrmap watched;  /* addresses that were found to hash differently after the flip, targets apart: the walk
                                   lists who refers to them (flip_rehash.c) */
        int turns;              /* of this rehearsal, */
        double begun;           /* and when it began (turn_now) */
        struct replace replace; /* instances that get new objects */
        struct keyhash keyhash; /* keys whose hash Python code computes otherwise now */
        struct reshape reshape; /* classes outside whose layout or metaclass changes */
        struct ptrmap new_mros; /* class outside the upgrade -> its new mro */
        PyObject *staged_instances; /* owned list: instances of new classes that the import made */
        PyObject
            *private_functions; /* owned dict: address of an old function -> function of its code in the new world */
        bool hash_values;       /* ... is a key: the hashes of equal partners are wanted, */
        struct ptrmap value_hashes; /* old value -> hash of its equal partner, as rehash keeps them */
        bool refused;               /* a forecast has met a refusal, and went on */
        bool stale;                 /* the last try found the state changed since carry decided on it */
        bool rehearsing;            /* up to the commit and back, before a gate is closed */
        bool values_stay; /* some module-level value with an own __hash__ is a key: none of them is redirected */
        PyObject *pinned, *pinned_parked; /* owned lists or NULL: what C calls in progress may have borrowed (pins.h) */
        struct ptrmap split;              /* old classes of which some instances die and others get the new class */
        struct ptrmap detached;           /* new classes whose staged instances have dicts of their own */
        PyObject
            *stuck; /* owned (module, symbol, sentence) or NULL: the reference that the last try could not explain */
        size_t references, instances, subclasses, frames;
        size_t numbers; /* keys made by id() of objects that got new ones */
        double seconds;
    } flip;

    struct migrate migrate;
    struct drain drain;
    PyObject *seen;        /* owned dict or NULL: what a forecast found (forecast.h) */
    PyObject *notes;       /* owned list of str: what the reader of the report should know */
    PyObject *interrupted; /* owned, or NULL: what is to be raised although the flip was made */
    PyObject *alive;       /* owned list of str: what retirement found still alive */
    PyObject *former;      /* owned, or NULL: the old version, kept (former.h) */
    double seconds_retire;
    size_t count_modules, count_functions, count_classes; /* paired, for the report */
};

#endif
