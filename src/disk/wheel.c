/* A wheel's state is the state of its RECORD.
 *
 * pip extracts the wheel's own RECORD like any other file, long before it is done; its last step replaces that by one
 * that lists INSTALLER. uv rewrites RECORD in place as its last step. So whether RECORD is whole, and whether it lists
 * INSTALLER, is what is found out here; ready.c judges it. Rows that lead out of the root are known by name and never
 * opened. */
#define _GNU_SOURCE
#include "disk/wheel.h"

#include "base/file.h"
#include "base/sha256.h"
#include "disk/editable.h"
#include "disk/fail.h"
#include "disk/files.h"
#include "disk/metadata.h"
#include "disk/problem.h"
#include "disk/record.h"
#include "disk/stamp.h"
#include "disk/taken.h"
#include "disk/unrecorded.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SMALL_FILE 65536

static int wheel_open(struct disk_dist *dist, const char *site_dir, const char *directory)
{
    const char *name = strrchr(directory, '/') + 1;
    dist->root = site_dir;
    dist->metadata_dir = directory;
    dist->metadata = "METADATA";
    return reader_hint(dist, name, strlen(name) - strlen(wheel_reader.suffix));
}

static int wheel_load_metadata(struct disk_dist *dist, struct disk_error *error)
{
    return metadata_load(dist, error);
}

struct reading {
    struct disk_dist *dist;
    struct files files;
    struct strbuf path; /* begins with the root and a slash, */
    size_t root;        /* which are so long */
    bool own_row, installer_row;
};

/* Is the path of a row one that is nothing else than what stands there? Most are. */
static bool is_plain(const char *path)
{
    bool plain = *path && *path != '/' && *path != '.';
    for (; plain && (path = strchr(path, '/')); path++) {
        plain = path[1] != '/' && path[1] != '.' && path[1] != '\0';
    }
    return plain;
}

static int set_path(struct reading *r, const char *path)
{
    if (r->root && is_plain(path)) {
        strbuf_truncate(&r->path, r->root);
        return strbuf_add(&r->path, path, strlen(path));
    }
    r->root = 0;
    strbuf_clear(&r->path);
    if (is_plain(path)) {
        int result = file_normalise(r->dist->root, "", &r->path);
        result = result < 0 || (r->path.length > 1 && strbuf_add_char(&r->path, '/') < 0) ? -ENOMEM : 0;
        r->root = result == 0 ? r->path.length : 0;
        return result < 0 ? result : strbuf_add(&r->path, path, strlen(path));
    }
    return file_normalise(r->dist->root, path, &r->path);
}

static int take_row(struct reading *r, const struct record_row *row)
{
    if (row->cause && problem_add(&r->dist->arena, &r->dist->problems, r->dist->metadata_dir, "RECORD", row->line, "%s",
                                  row->cause) < 0) {
        return -ENOMEM;
    }
    if (!row->path) {
        return 0;
    }
    struct disk_file *file;
    if (set_path(r, row->path) < 0 || files_add(r->dist, &r->files, r->path.data, &file) < 0) {
        return -ENOMEM;
    }
    file->size = row->size;
    file->hash = (uint8_t)row->hash;
    memcpy(file->sha256, row->sha256, sizeof file->sha256);
    file->line = row->line;
    if (file->flags & DISK_FILE_METADATA) {
        const char *name = file->path + strlen(r->dist->metadata_dir) + 1;
        r->own_row |= strcmp(name, "RECORD") == 0;
        r->installer_row |= strcmp(name, "INSTALLER") == 0;
    }
    return 0;
}

static int take_rows(struct reading *r, const struct strbuf *text, struct disk_error *error)
{
    struct record_reader reader;
    struct record_row row = {0};
    record_init(&reader, text->data, text->length);
    int got;
    while ((got = record_next(&reader, &row)) > 0) {
        got = r->files.count >= FILES_MAX ? -E2BIG : take_row(r, &row);
        if (got < 0) {
            break;
        }
    }
    record_release(&reader);
    if (got == -EFBIG) {
        return disk_fail(error, EFBIG, "%s/RECORD: line %u has more than %u bytes", r->dist->metadata_dir,
                         (unsigned)row.line, DISK_LINE_MAX);
    }
    if (got == -E2BIG) {
        return disk_fail(error, EFBIG, "%s/RECORD has more than %u rows", r->dist->metadata_dir, FILES_MAX);
    }
    return got < 0 ? disk_fail_memory(error) : 0;
}

static enum disk_record judge(const struct reading *r, const struct strbuf *text)
{
    if (text->length == 0) {
        return DISK_RECORD_EMPTY;
    }
    if (!r->own_row || !record_terminated(text->data, text->length)) {
        return DISK_RECORD_CUT;
    }
    return r->installer_row ? DISK_RECORD_SIGNED : DISK_RECORD_WHOLE;
}

/* dir < 0: what was taken is not editable. */
static int parse_record(struct disk_dist *dist, int dir, const struct strbuf *text, struct disk_error *error)
{
    struct reading r = {.dist = dist};
    files_init(&r.files);
    strbuf_init(&r.path);
    int result = take_rows(&r, text, error);
    if (result == 0 && dir >= 0) {
        result = editable_load(dist, dir, &r.files, error);
    }
    if (result == 0) {
        result = files_finish(dist, &r.files, error);
    }
    if (result == 0) {
        dist->record = judge(&r, text);
        dist->list = DISK_LIST_RECORD;
        if (dist->editable) {
            files_digest(dist, text->data, text->length, dist->identity.content);
        } else {
            sha256_of(text->data, text->length, dist->identity.content);
        }
    }
    strbuf_release(&r.path);
    files_release(&r.files);
    return result;
}

static int load_record(struct disk_dist *dist, int dir, struct disk_error *error)
{
    struct strbuf text;
    struct stat st;
    strbuf_init(&text);
    int64_t before = stamp_now();
    int result = file_read(dir, "RECORD", DISK_RECORD_MAX, &text, &st);
    bool conda = strcmp(dist->installer, "conda") == 0 && dist->pkgdb; /* it does not keep RECORD right */
    if (result == 0) {
        stamp_take(&dist->record_stamp, &st, before);
    }
    if (result == 0 && conda) {
        result = unrecorded_load(dist, dir, &text, error);
        conda = dist->list == DISK_LIST_CONDA;
    }
    if (result == 0 && !conda) {
        result = parse_record(dist, dir, &text, error);
    } else if (result == -ENOENT) {
        dist->record = DISK_RECORD_ABSENT;
        result = unrecorded_load(dist, dir, NULL, error);
    } else if (result == -EFBIG) {
        disk_fail(error, EFBIG, "%s/RECORD has more than %u bytes", dist->metadata_dir, DISK_RECORD_MAX);
    } else {
        disk_fail(error, -result, "%s/RECORD cannot be read: %s", dist->metadata_dir, strerror(-result));
    }
    strbuf_release(&text);
    return result;
}

/* The first line of a small file, without blanks around; "" when it is not there. */
static const char *read_word(struct disk_dist *dist, int dir, const char *name)
{
    struct strbuf text;
    strbuf_init(&text);
    int result = file_read_head(dir, name, SMALL_FILE, &text, NULL);
    const char *word = "";
    if (result == 0 && text.data) {
        const char *start = text.data + strspn(text.data, " \t\r\n");
        word = arena_copy(&dist->arena, start, strcspn(start, " \t\r\n"));
    }
    strbuf_release(&text);
    return result == -ENOMEM ? NULL : word;
}

/* Of an editable install other files count as well, and conda's lists come before RECORD. */
static bool can_wait(const struct disk_dist *dist, int dir)
{
    struct strbuf text;
    bool conda = strcmp(dist->installer, "conda") == 0 && dist->pkgdb;
    strbuf_init(&text);
    int result = conda ? 0 : file_read(dir, "direct_url.json", SMALL_FILE, &text, NULL);
    bool read = result == 0 && text.length; /* where nothing is escaped, the word would stand there as it is */
    bool plain = read && !memmem(text.data, text.length, "editable", 8) && !memchr(text.data, '\\', text.length);
    strbuf_release(&text);
    return !conda && (result == -ENOENT || plain);
}

static int take_record(struct disk_dist *dist, int dir)
{
    struct strbuf text;
    struct stat st;
    strbuf_init(&text);
    int64_t before = stamp_now();
    int result = file_read(dir, "RECORD", DISK_RECORD_MAX, &text, &st);
    if (result == 0) {
        stamp_take(&dist->record_stamp, &st, before);
        result = taken_new(dist, &text, &dist->taken);
    } else {
        result = result == -ENOMEM ? result : 0;
    }
    strbuf_release(&text);
    return result;
}

static int wheel_take(struct disk_dist *dist)
{
    struct stat st;
    int64_t before = stamp_now();
    int dir = file_open_dir(AT_FDCWD, dist->metadata_dir);
    if (dir < 0) {
        return dir == -ENOMEM ? dir : 0;
    }
    if (fstat(dir, &st) == 0) {
        stamp_take(&dist->dir_stamp, &st, before);
    }
    const char *installer = read_word(dist, dir, "INSTALLER");
    int result = installer ? 0 : -ENOMEM;
    if (installer) {
        dist->installer = installer;
        result = can_wait(dist, dir) ? take_record(dist, dir) : 0;
    }
    close(dir);
    return result;
}

static int wheel_load_files(struct disk_dist *dist, struct disk_error *error)
{
    if (dist->taken) {
        return parse_record(dist, -1, &dist->taken->text, error);
    }
    struct stat st;
    int64_t before = stamp_now();
    int dir = file_open_dir(AT_FDCWD, dist->metadata_dir);
    if (dir < 0) {
        dist->record = DISK_RECORD_ABSENT;
        return dir == -ENOENT || dir == -ENOTDIR
                   ? 0
                   : disk_fail(error, -dir, "%s cannot be read: %s", dist->metadata_dir, strerror(-dir));
    }
    if (fstat(dir, &st) == 0) {
        stamp_take(&dist->dir_stamp, &st, before);
    }
    dist->installer = read_word(dist, dir, "INSTALLER");
    int result = dist->installer ? load_record(dist, dir, error) : disk_fail_memory(error);
    dist->installer = dist->installer ? dist->installer : "";
    close(dir);
    return result;
}

const struct disk_reader wheel_reader = {
    .kind = DISK_WHEEL,
    .suffix = ".dist-info",
    .folder = true,
    .open = wheel_open,
    .load_metadata = wheel_load_metadata,
    .load_files = wheel_load_files,
    .take = wheel_take,
};
