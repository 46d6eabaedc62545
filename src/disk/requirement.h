/* Requires-Dist: what a distribution needs beside it (PEP 508). */
#ifndef MIDFLIGHT_DISK_REQUIREMENT_H
#define MIDFLIGHT_DISK_REQUIREMENT_H

#include "disk/disk.h"

/* What markers ask for. The strings are borrowed. */
struct disk_environment {
    const char *python_full_version, *python_version, *implementation_name, *implementation_version,
        *platform_python_implementation, *os_name, *sys_platform, *platform_machine, *platform_system,
        *platform_release, *platform_version;
};

struct disk_requirement {
    char name[256];         /* canonical */
    const char *specifiers; /* in the text; "" when any version does */
    size_t n_specifiers;
    bool applies; /* its marker holds, no extra being asked for */
};

/* Reads one requirement. 0; -EINVAL when it is none, or its marker asks for something that is not in PEP 508. */
int disk_requirement_parse(const char *text, const struct disk_environment *environment,
                           struct disk_requirement *ret_requirement) DISK_MUST_CHECK;

/* Does this version fulfil it? What cannot be understood is fulfilled: nobody is kept from an upgrade by a spelling. */
bool disk_requirement_allows(const struct disk_requirement *requirement, const char *version);

#endif
