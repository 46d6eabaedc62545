/* taken: an install as its RECORD was when somebody asked whose a file is; what else it says is read when it is needed.
 *
 * An import needs to know which distribution a module is of, and must remember which install that was. So RECORD is
 * read then, whole, because an installer may exchange it at any moment; but its digest and its rows are nearly always
 * wanted much later, by another thread, or never. Only a RECORD as installers write it is taken so: plain rows of a
 * path, a hash and a size, no quotes. Shared between threads; constant but for the count of who holds it. */
#ifndef MIDFLIGHT_TAKEN_H
#define MIDFLIGHT_TAKEN_H

#include "base/strbuf.h"
#include "disk/disk.h"

#include <stdatomic.h>

struct taken_row {
    uint32_t hash; /* of the path */
    uint32_t end;  /* where the path ends in the text; 0: no row */
};

struct disk_taken {
    atomic_uint holders;
    struct strbuf text;     /* of RECORD */
    struct taken_row *rows; /* owned hash table, a power of two */
    size_t n_rows;          /* places in it */
    struct arena arena;     /* owns the strings: */
    const char *name, *version, *installer, *root, *site_dir, *metadata_dir;
    struct disk_stamp dir_stamp, metadata_stamp, record_stamp;
};

/* Takes the text (empty afterwards), and what `dist` says apart from its files. 1; 0 when RECORD has anything that is
 * not plain: nothing happened; -ENOMEM. */
int taken_new(const struct disk_dist *dist, struct strbuf *text, struct disk_taken **ret_taken) DISK_MUST_CHECK;

struct disk_taken *taken_hold(struct disk_taken *taken); /* NULL is allowed */
void taken_drop(struct disk_taken *taken);               /* the same */

/* Is there a row for this absolute, normalised path? */
bool taken_lists(const struct disk_taken *taken, const char *path);

/* SHA-256 of RECORD. */
void taken_digest(const struct disk_taken *taken, uint8_t ret_digest[32]);

/* Is it the same install: the same RECORD at the same place, in the same directory as that was? */
bool taken_equal(const struct disk_taken *a, const struct disk_taken *b);

/* A distribution with nothing but what was taken, loaded: disk_dist_release frees it, before the taken one goes. 0, or
 * -errno with a sentence. */
int taken_load(struct disk_taken *taken, struct disk_dist *ret_dist, struct disk_error *error) DISK_MUST_CHECK;

#endif
