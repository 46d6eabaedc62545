/* Versions as Python's packages have them (PEP 440), and what a requirement says of them. */
#ifndef MIDFLIGHT_DISK_VERSION_H
#define MIDFLIGHT_DISK_VERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VERSION_PARTS 12 /* of a release: 1.2.3 has three; more is no version that we know */

struct version {
    uint64_t epoch;
    uint64_t release[VERSION_PARTS];
    unsigned n_release;
    char pre; /* 'a', 'b', 'r' (rc), or 0 */
    bool has_post, has_dev;
    uint64_t pre_number, post, dev;
    const char *local; /* borrowed from the text, behind "+"; NULL: none */
    size_t local_length;
};

/* Reads a version, in any spelling that PEP 440 allows. False: it is none. */
bool version_parse(const char *text, size_t length, struct version *ret_version);

/* Less than, equal to, greater than zero. */
int version_compare(const struct version *a, const struct version *b);

/* Does the version fulfil a comma-separated list such as ">=1.2, !=1.5.*, <2"? Pre-releases count, as for what is
 * installed already. 1 yes, 0 no, -1 the list (or the version) cannot be understood. */
int version_satisfies(const char *version, const char *specifiers, size_t length);

#endif
