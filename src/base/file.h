/* Files and path names, bounded and without surprises.
 *
 * Only regular files are read: a device or a pipe that stands where a file should be can neither block nor feed without
 * end. Symbolic links are followed (uv and conda may make every file one). Errors are -errno. */
#ifndef MIDFLIGHT_FILE_H
#define MIDFLIGHT_FILE_H

#include "base/strbuf.h"

#include <stdint.h>
#include <sys/stat.h>

/* Opens a directory for *at calls. Returns a descriptor that the caller closes, or -errno. */
int file_open_dir(int dir, const char *name);

/* Appends the whole file. -EFBIG when it has more than `limit` bytes. *ret_stat (may be NULL): taken before reading. */
int file_read(int dir, const char *name, size_t limit, struct strbuf *buf, struct stat *ret_stat);

/* Appends the first `limit` bytes at most. */
int file_read_head(int dir, const char *name, size_t limit, struct strbuf *buf, struct stat *ret_stat);

/* SHA-256 of the content. Reads `limit` bytes at most: -EFBIG when there are more. */
int file_sha256(int dir, const char *name, uint64_t limit, uint8_t ret_digest[32]);

/* In nanoseconds since 1970. */
int64_t file_mtime_ns(const struct stat *st);
int64_t file_ctime_ns(const struct stat *st);

/* Appends `path`, taken from `base` when it is relative, as os.path.abspath has it: one slash between names, no "." and
 * "..", no slash at the end; symbolic links are not resolved. base must be absolute and normalised (NULL: the working
 * directory). Returns 0 or -errno. */
int file_normalise(const char *base, const char *path, struct strbuf *buf);

#endif
