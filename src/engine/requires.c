/* What is required is looked for where it will be: among what is loaded, if that stays, else on the disk. So an upgrade
 * of one of two that belong together is told from one of both, although the disk is the same.
 *
 * What is not loaded yet is imported from the disk while the new version is staged, so its install must be whole, too.
 * Must not: take a spelling that it does not understand for a requirement that is not met. */
#include "engine/requires.h"

#include "disk/requirement.h"
#include "engine/notice.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* ---- what markers ask for ---- */

struct surroundings {
    struct disk_environment environment;
    struct utsname system;
    char full[32], minor[16];
};

static void describe(struct surroundings *here)
{
    const char *version = Py_GetVersion();
    size_t full = strcspn(version, " +");
    snprintf(here->full, sizeof here->full, "%.*s", (int)full, version);
    const char *dot = strchr(here->full, '.');
    size_t minor = dot ? (size_t)(dot - here->full) + 1 + strspn(dot + 1, "0123456789") : full;
    snprintf(here->minor, sizeof here->minor, "%.*s", (int)minor, version);
    memset(&here->system, 0, sizeof here->system);
    (void)uname(&here->system);
    here->environment = (struct disk_environment){.python_full_version = here->full,
                                                  .python_version = here->minor,
                                                  .implementation_name = "cpython",
                                                  .implementation_version = here->full,
                                                  .platform_python_implementation = "CPython",
                                                  .os_name = "posix",
                                                  .sys_platform = "linux",
                                                  .platform_machine = here->system.machine,
                                                  .platform_system = here->system.sysname,
                                                  .platform_release = here->system.release,
                                                  .platform_version = here->system.version};
}

/* ---- one requirement ---- */

struct question {
    const struct requires *ask;
    const struct disk_dist *of;          /* borrowed: whose */
    PyObject *of_name;                   /* borrowed */
    const char *text;                    /* as METADATA has it */
    struct disk_requirement requirement; /* the same, understood */
    PyObject *other;                     /* borrowed: the name that it is about */
};

static int tell(const struct question *q, PyObject *cause, enum requires_lack lack)
{
    return cause ? q->ask->broken(q->of_name, q->other, cause, lack, q->ask->arg) : -1;
}

/* The version that stays loaded; NULL without an exception: the one on disk counts. Borrowed. */
static const char *version_that_stays(const struct question *q)
{
    PyObject *entry = q->ask->others_stay ? PyDict_GetItemWithError(q->ask->loaded, q->other) : NULL;
    int changes = entry ? PyDict_Contains(q->ask->changed, q->other) : 1;
    PyObject *version = changes == 0 ? dict_get(entry, "version") : NULL;
    return version ? PyUnicode_AsUTF8(version) : NULL;
}

/* What will be imported anew has to be whole. */
static int check_whole(const struct question *q, struct disk_site *site, struct disk_dist *dist)
{
    struct disk_reason reason;
    struct disk_error error;
    int known = PyDict_Contains(q->ask->loaded, q->other);
    int unready = known ? 0 : disk_dist_ready(site, dist, NULL, &reason, &error);
    if (known < 0 || unready == -ENOMEM) {
        return known < 0 ? -1 : (PyErr_NoMemory(), -1);
    }
    if (unready <= 0 || reason.code != DISK_UNFINISHED) {
        return 0; /* an error: the import will tell */
    }
    OWN_REF cause = PyUnicode_FromFormat("%s %s requires %s, and its install is not whole: %s", q->of->name,
                                         q->of->version, q->text, reason.text);
    return tell(q, cause, REQUIRES_INSTALLED);
}

/* Did what is loaded and stays live with a version that it should not have had? 1, 0, -1. */
static int was_unfit(const struct question *q)
{
    int changes = PyDict_Contains(q->ask->changed, q->of_name);
    PyObject *entry = changes == 0 ? PyDict_GetItemWithError(q->ask->loaded, q->other) : NULL;
    PyObject *version = entry ? dict_get(entry, "version") : NULL;
    const char *text = version && version != Py_None ? PyUnicode_AsUTF8(version) : NULL;
    return PyErr_Occurred() ? -1 : text && !disk_requirement_allows(&q->requirement, text);
}

static int check_requirement(const struct question *q)
{
    struct disk_site *site;
    struct disk_dist *dist;
    int found = notice_installed(q->other, q->ask->path, &site, &dist);
    const char *loaded = found < 0 ? NULL : version_that_stays(q);
    if (found < 0 || PyErr_Occurred()) {
        return -1;
    }
    bool fits = found && disk_requirement_allows(&q->requirement, dist->version);
    if (loaded ? disk_requirement_allows(&q->requirement, loaded) : fits) {
        return loaded ? 0 : check_whole(q, site, dist);
    }
    const char *version = loaded ? loaded : found ? dist->version : NULL;
    int before = version ? was_unfit(q) : 0;
    if (before < 0) {
        return -1;
    }
    OWN_REF cause = version ? PyUnicode_FromFormat("%s %s requires %s, and %s is %s", q->of->name, q->of->version,
                                                   q->text, version, loaded ? "loaded" : "installed")
                            : PyUnicode_FromFormat("%s %s requires %s, which is not installed", q->of->name,
                                                   q->of->version, q->text);
    return tell(q, cause,
                !version         ? REQUIRES_ABSENT
                : before         ? REQUIRES_AS_BEFORE
                : loaded && fits ? REQUIRES_INSTALLED
                                 : REQUIRES_ANOTHER);
}

/* ---- all of them ---- */

/* What is on disk and is not to be taken says nothing about what is loaded. 1, 0, -1. */
static int speaks_for_itself(const struct requires *requires, PyObject *name, PyObject *entry,
                             const struct disk_dist *dist)
{
    int changes = requires->others_stay ? PyDict_Contains(requires->changed, name) : 1;
    if (changes) {
        return changes;
    }
    PyObject *known = dict_get(entry, "identity");
    OWN_REF identity = known ? notice_identity(dist) : NULL;
    return identity ? PyObject_RichCompareBool(PyTuple_GET_ITEM(identity, 2), known, Py_EQ) : -1;
}

static int check_distribution(const struct requires *requires, const struct disk_environment *environment,
                              PyObject *name, const struct disk_dist *dist)
{
    int changes = PyDict_Contains(requires->changed, name);
    for (size_t i = 0; changes >= 0 && i < dist->n_requirements; i++) {
        struct question q = {.ask = requires, .of = dist, .of_name = name, .text = dist->requirements[i]};
        if (disk_requirement_parse(q.text, environment, &q.requirement) < 0 || !q.requirement.applies) {
            continue;
        }
        OWN_REF other = PyUnicode_FromString(q.requirement.name);
        int asked = !other ? -1 : changes ? 1 : PyDict_Contains(requires->changed, other);
        q.other = other;
        int result = asked > 0 ? check_requirement(&q) : asked;
        if (result) {
            return result;
        }
    }
    return changes < 0 ? -1 : 0;
}

int requires_check(const struct requires *requires)
{
    struct surroundings here;
    PyObject *name, *entry;
    Py_ssize_t position = 0;
    describe(&here);
    while (PyDict_GET_SIZE(requires->changed) && PyDict_Next(requires->loaded, &position, &name, &entry)) {
        struct disk_site *site;
        struct disk_dist *dist;
        int found = notice_installed(name, requires->path, &site, &dist);
        int asked = found > 0 ? speaks_for_itself(requires, name, entry, dist) : found;
        int result = asked > 0 ? check_distribution(requires, &here.environment, name, dist) : asked;
        if (result) {
            return result;
        }
    }
    return 0;
}
