/* The files of one distribution: what each is, the module it would be, and the names an import begins with. */
#ifndef MIDFLIGHT_DISK_FILES_H
#define MIDFLIGHT_DISK_FILES_H

#include "disk/disk.h"

#define FILES_MAX 4000000u /* rows of one RECORD */

struct files {
    struct disk_file *items; /* owned until files_finish hands them to the distribution */
    size_t count, capacity;
    size_t n_seen; /* entries of an editable install's trees that were looked at */
};

void files_init(struct files *files);
void files_release(struct files *files);

/* Adds a file by its absolute normalised path: fills path, relative, module and flags; the rest is zero and size -1.
 * *ret_file is valid until the next call. Returns 0 or -ENOMEM. */
int files_add(struct disk_dist *dist, struct files *files, const char *path,
              struct disk_file **ret_file) DISK_MUST_CHECK;

/* Adds a file of an editable install's tree. `imported`: its path as it would be below a sys.path entry. Returns 0 or
 * -ENOMEM. */
int files_add_tree(struct disk_dist *dist, struct files *files, const char *path, const char *imported,
                   struct disk_file **ret_file) DISK_MUST_CHECK;

/* Adds what lies at root/relative: a file, or all files below a folder; nothing when it is not there. Links to folders
 * are not entered. Errors: -ENOMEM, -EFBIG (DISK_EGG_FILES_MAX, DISK_EGG_DEPTH_MAX), each with its sentence. */
int files_walk(struct disk_dist *dist, struct files *files, const char *relative,
               struct disk_error *error) DISK_MUST_CHECK;

/* Adds what can be imported from `path`, a file or folder anywhere, as files of an editable install: all of it, as
 * module `imported` (dots as slashes; "": `path` is a sys.path entry, and only what could be a module or a package is
 * entered). Hidden folders, bytecode and environments are left out. Errors as files_walk; and -EFBIG after
 * DISK_TREE_MAX entries of all trees of the install: somebody's whole disk is no package. */
int files_walk_tree(struct disk_dist *dist, struct files *files, const char *path, const char *imported,
                    struct disk_error *error) DISK_MUST_CHECK;

/* Sorts, drops doubles (the first row counts), finds the top names and gives all to the distribution, replacing what it
 * had. Returns 0, or -ENOMEM with everything still in `files`. */
int files_finish(struct disk_dist *dist, struct files *files, struct disk_error *error) DISK_MUST_CHECK;

/* Can this stand in an import statement? ASCII letters, digits, "_" and anything beyond ASCII. */
bool files_is_identifier(const char *text, size_t length);

/* identity.content of an install that no RECORD describes: the text of its metadata, then each file with size and
 * mtime, bytecode and what is outside left out. */
void files_digest(const struct disk_dist *dist, const void *metadata, size_t length, uint8_t ret_digest[32]);

/* identity.who */
void files_who(const struct disk_dist *dist, uint8_t ret_digest[32]);

#endif
