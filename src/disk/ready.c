/* Is an install complete? The answer decides whether the program touches it at all.
 *
 * Idea: look at everything and keep the gravest finding; "an installer is at work" is graver than "somebody edited a
 * file", and a difference counts as the former as long as what it shows in is young (its ctime, which no writer can
 * choose). So a difference that stays is first unfinished and then modified, without any memory here.
 * Must not: write, take locks, look at rows outside the root (disk.h, D4). */
#include "base/file.h"
#include "disk/check.h"
#include "disk/fail.h"
#include "disk/pkgdb.h"
#include "disk/unrecorded.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct look {
    const struct disk_site *site;
    struct disk_dist *dist;
    struct disk_ready_options options; /* no zero left in the times */
    struct disk_reason reason;         /* the gravest so far */
    bool metadata_young;               /* the metadata directory itself is young */
};

const char *disk_code_name(enum disk_code code)
{
    static const char *const names[] = {"ready", "unfinished", "pending", "handmade", "modified", "opaque", "inactive"};
    return (size_t)code < sizeof names / sizeof names[0] ? names[code] : "unknown";
}

static int gravity(enum disk_code code)
{
    static const enum disk_code order[] = {DISK_READY,  DISK_MODIFIED, DISK_PENDING,   DISK_HANDMADE,
                                           DISK_OPAQUE, DISK_INACTIVE, DISK_UNFINISHED};
    int i = 0;
    while (order[i] != code) {
        i++;
    }
    return i;
}

/* Keeps the finding when it is graver than what was found before. The sentence begins with the file's name. */
__attribute__((format(printf, 5, 6))) static void note(struct look *look, enum disk_code code, const char *directory,
                                                       const char *name, const char *format, ...)
{
    if (gravity(code) <= gravity(look->reason.code)) {
        return;
    }
    char cause[DISK_TEXT_MAX / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(cause, sizeof cause, format, arguments);
    va_end(arguments);
    struct disk_reason *reason = &look->reason;
    reason->code = code;
    const char *slash = name[0] ? "/" : "";
    if (snprintf(reason->file, sizeof reason->file, "%s%s%s", directory, slash, name) < 0) {
        reason->file[0] = '\0';
    }
    if (snprintf(reason->text, sizeof reason->text, "%.*s %s", DISK_TEXT_MAX / 2, reason->file, cause) < 0) {
        reason->text[0] = '\0';
    }
}

static void seen(struct look *look, int64_t changed_ns)
{
    if (changed_ns > look->reason.changed_ns) {
        look->reason.changed_ns = changed_ns;
    }
}

/* A time far in the future is a clock that was set back, not youth. */
static bool within(const struct look *look, int64_t changed_ns, int64_t span)
{
    int64_t age = look->options.now_ns - changed_ns;
    return age < span && age > -span;
}

static bool is_young(const struct look *look, int64_t changed_ns)
{
    return within(look, changed_ns, look->options.young_ns);
}

static void look_at_leftovers(struct look *look)
{
    for (size_t i = 0; i < look->site->n_leftovers; i++) {
        const struct disk_leftover *leftover = &look->site->leftovers[i];
        bool counts = look->options.since_ns && leftover->changed_ns >= look->options.since_ns;
        seen(look, leftover->changed_ns);
        if (counts || is_young(look, leftover->changed_ns)) {
            note(look, DISK_UNFINISHED, look->site->dir, leftover->name,
                 "is what an installer keeps while it is at work");
        }
    }
}

#define ONE_COMMAND_NS 60000000000ll /* what one command installs is not further apart, as a rule */

/* Has the distribution a row in RECORD that the file agrees with? The file's own times say nothing of when it was
 * written: a hard link to it, made or removed, changes them. */
static bool is_listed_whole(struct disk_dist *dist, const struct disk_pth *pth, const char *path)
{
    uint8_t digest[32];
    if (dist->kind != DISK_WHEEL || disk_dist_load(dist, NULL) < 0) {
        return false;
    }
    const struct disk_file *file = disk_dist_find_file(dist, path);
    return file && file->hash == DISK_HASH_SHA256 && file->size == pth->stamp.size &&
           file_sha256(AT_FDCWD, path, DISK_PTH_MAX, digest) == 0 && memcmp(digest, file->sha256, sizeof digest) == 0;
}

bool disk_pth_is_being_written(const struct disk_site *site, const struct disk_pth *pth, int64_t now_ns,
                               int64_t young_ns)
{
    char path[PATH_MAX];
    int64_t age = now_ns - pth->stamp.ctime_ns;
    if (!pth->incomplete || age >= young_ns || age <= -young_ns) {
        return false;
    }
    bool named = (size_t)snprintf(path, sizeof path, "%s/%s", site->dir, pth->name) < sizeof path;
    for (size_t i = 0; named && i < site->n_dists; i++) {
        if (is_listed_whole(&site->dists[i], pth, path)) {
            return false;
        }
    }
    return true;
}

static void look_at_pths(struct look *look)
{
    for (size_t i = 0; i < look->site->n_pths; i++) {
        const struct disk_pth *pth = &look->site->pths[i];
        if (disk_pth_is_being_written(look->site, pth, look->options.now_ns, look->options.young_ns)) {
            note(look, DISK_UNFINISHED, look->site->dir, pth->name,
                 "is empty or its last line does not end: it is being written");
        }
    }
}

static bool signs_itself(const char *installer)
{
    return strcmp(installer, "pip") == 0 || strcmp(installer, "uv") == 0;
}

/* Has the metadata been moved or written to since it was opened? pip moves it away whole, between two of our reads. */
static bool has_changed(const struct disk_dist *dist)
{
    struct stat st;
    return stat(dist->metadata_dir, &st) != 0 || (uint64_t)st.st_ino != dist->dir_stamp.inode ||
           file_ctime_ns(&st) != dist->dir_stamp.ctime_ns;
}

static void look_at_record(struct look *look)
{
    const struct disk_dist *dist = look->dist;
    const char *at = dist->metadata_dir;
    switch (dist->record) {
    case DISK_RECORD_ABSENT:
        if (dist->list == DISK_LIST_DPKG || dist->list == DISK_LIST_CONDA) {
            break;
        }
        if (signs_itself(dist->installer)) {
            note(look, DISK_UNFINISHED, at, "RECORD", "is missing, although %s installed this", dist->installer);
        } else if (has_changed(dist)) {
            note(look, DISK_UNFINISHED, at, "", "is being moved or written");
        } else {
            note(look, DISK_HANDMADE, at, "RECORD", "is missing, and no installer is at work: laid out by hand");
        }
        break;
    case DISK_RECORD_EMPTY:
        note(look, DISK_UNFINISHED, at, "RECORD", "is empty: it is being written");
        break;
    case DISK_RECORD_CUT:
        note(look, DISK_UNFINISHED, at, "RECORD",
             "is cut short: its last line does not end or it does not list itself");
        break;
    case DISK_RECORD_WHOLE:
        if (signs_itself(dist->installer)) {
            note(look, DISK_UNFINISHED, at, "RECORD", "does not list INSTALLER: %s has not written the final one yet",
                 dist->installer);
        }
        break;
    case DISK_RECORD_NONE:
        if (dist->list == DISK_LIST_NONE) {
            note(look, DISK_HANDMADE, at, "", "is there, but nothing lists the files");
        }
        break;
    case DISK_RECORD_SIGNED:
        break;
    }
}

/* While pip compiles, the only thing that changes are the bytecode folders. */
static void look_at_bytecode_folder(struct look *look, int root, const struct disk_file *file)
{
    struct stat st;
    char folder[DISK_TEXT_MAX];
    const char *slash = strrchr(file->relative, '/');
    int length = slash ? (int)(slash - file->relative) : 0;
    int n = snprintf(folder, sizeof folder, "%.*s%s__pycache__", length, file->relative, slash ? "/" : "");
    if (n > 0 && (size_t)n < sizeof folder && fstatat(root, folder, &st, 0) == 0) {
        seen(look, file_ctime_ns(&st));
    }
}

static void note_difference(struct look *look, const struct disk_file *file, enum check check,
                            const struct check_result *found)
{
    enum disk_code code = look->metadata_young || is_young(look, found->changed_ns) ? DISK_UNFINISHED : DISK_MODIFIED;
    look->reason.n_missing += check == CHECK_MISSING || check == CHECK_NO_FILE;
    switch (check) {
    case CHECK_MISSING:
        note(look, code, file->path, "", "is missing, but the list of its files has it");
        break;
    case CHECK_NO_FILE:
        note(look, code, file->path, "", "is no file, but the list of its files has it");
        break;
    case CHECK_SIZE:
        note(look, code, file->path, "", "has %lld bytes, but RECORD says %lld", (long long)found->size,
             (long long)file->size);
        break;
    case CHECK_HASH:
        note(look, code, file->path, "", "has another SHA-256 than RECORD says");
        break;
    case CHECK_UNREADABLE:
        note(look, code, file->path, "", "cannot be read");
        break;
    case CHECK_AGREES:
    case CHECK_SKIPPED:
        break;
    }
}

/* pip's own RECORD is unsigned until it is done, but then there is what it put aside of the version before. Old
 * leftovers of a pip that was killed say nothing. */
static bool pip_may_be_at_work(const struct look *look)
{
    for (size_t i = 0; i < look->site->n_leftovers; i++) {
        if (look->site->leftovers[i].changed_ns > look->dist->dir_stamp.ctime_ns - ONE_COMMAND_NS) {
            return true;
        }
    }
    return false;
}

/* Is everything that an unsigned RECORD lists there, with the content that it says, and still for a moment? Then
 * nothing is missing, whoever writes what. Reading all of a large install takes longer than waiting does. */
static bool is_whole(const struct look *look, int root)
{
    const struct disk_dist *dist = look->dist;
    int64_t bytes = 0;
    if (look->reason.code != DISK_READY || within(look, look->reason.changed_ns, DISK_QUIET_NS) ||
        pip_may_be_at_work(look)) {
        return false;
    }
    for (size_t i = 0; i < dist->n_files; i++) {
        const struct disk_file *file = &dist->files[i];
        uint8_t digest[32];
        if (file->hash == DISK_HASH_NONE || !file->relative || (file->flags & (DISK_FILE_OUTSIDE | DISK_FILE_TREE))) {
            continue;
        }
        bytes += file->size;
        if (file->hash != DISK_HASH_SHA256 || file->size < 0 || bytes > DISK_WHOLE_MAX ||
            file_sha256(root, file->relative, (uint64_t)file->size, digest) < 0 ||
            memcmp(digest, file->sha256, sizeof digest) != 0) {
            return false;
        }
    }
    return true;
}

static int look_at_files(struct look *look, struct disk_error *error)
{
    const struct disk_dist *dist = look->dist;
    bool unsigned_record = dist->record == DISK_RECORD_WHOLE && dist->installer[0] == '\0';
    int root = file_open_dir(AT_FDCWD, dist->root);
    if (root < 0) {
        return disk_fail(error, -root, "%s cannot be read: %s", dist->root, strerror(-root));
    }
    for (size_t i = 0; i < dist->n_files; i++) {
        const struct disk_file *file = &dist->files[i];
        struct check_result found;
        bool hash = (look->options.flags & DISK_CHECK_HASHES) &&
                    (!look->options.will_load || look->options.will_load(file, look->options.arg));
        enum check check = check_file(root, file, hash, &found);
        seen(look, found.changed_ns);
        note_difference(look, file, check, &found);
        if (unsigned_record && check == CHECK_AGREES && file->flags & DISK_FILE_SOURCE) {
            look_at_bytecode_folder(look, root, file);
        }
    }
    bool early = unsigned_record && within(look, look->reason.changed_ns, look->options.grace_ns);
    bool whole = !early || is_whole(look, root);
    close(root);
    if (!whole) {
        note(look, DISK_PENDING, dist->metadata_dir, "RECORD", "is young and no INSTALLER is there yet");
    }
    return 0;
}

static int look_at_top(const char *top, void *arg)
{
    struct look *look = arg;
    struct stat st;
    if (unrecorded_top_exists(look->dist, top, &st)) {
        seen(look, file_ctime_ns(&st));
        return 0;
    }
    int64_t changed = stat(look->dist->root, &st) == 0 ? file_ctime_ns(&st) : 0;
    note(look, is_young(look, changed) || look->metadata_young ? DISK_UNFINISHED : DISK_MODIFIED, look->dist->root, top,
         "is missing, but top_level.txt names it");
    return 0;
}

/* Nothing says when an .egg-info directory that names only the packages is all: what changed lately may not be. */
static void look_at_age(struct look *look)
{
    if (within(look, look->reason.changed_ns, look->options.grace_ns)) {
        note(look, DISK_PENDING, look->dist->metadata_dir, "", "is young, and nothing lists the files");
    }
}

/* The directory of a zip file is its end: when it can be read, all was written. */
static void look_at_archive(struct look *look)
{
    if (look->dist->list == DISK_LIST_NONE) {
        note(look, DISK_UNFINISHED, look->dist->root, "", "is no whole zip file");
    }
}

/* Gives the youth of the metadata directory, which all later findings use. */
static void look_at_metadata(struct look *look)
{
    const struct disk_dist *dist = look->dist;
    look->metadata_young = is_young(look, dist->dir_stamp.ctime_ns) || is_young(look, dist->record_stamp.ctime_ns) ||
                           is_young(look, dist->metadata_stamp.ctime_ns);
    seen(look, dist->dir_stamp.ctime_ns);
    seen(look, dist->record_stamp.ctime_ns);
    seen(look, dist->metadata_stamp.ctime_ns);
    if (!(dist->parts & DISK_PART_METADATA)) {
        note(look, DISK_UNFINISHED, dist->metadata_dir, dist->metadata ? dist->metadata : "",
             "is missing or does not say name and version");
    }
}

static void complete_options(struct disk_ready_options *options)
{
    if (options->now_ns == 0) {
        struct timespec now = {0};
        clock_gettime(CLOCK_REALTIME, &now);
        options->now_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    }
    options->young_ns = options->young_ns ? options->young_ns : DISK_YOUNG_NS;
    options->grace_ns = options->grace_ns ? options->grace_ns : DISK_GRACE_NS;
}

int disk_dist_ready(const struct disk_site *site, struct disk_dist *dist, const struct disk_ready_options *options,
                    struct disk_reason *ret_reason, struct disk_error *error)
{
    struct look look = {.site = site, .dist = dist};
    int result = disk_dist_load(dist, error);
    if (result < 0) {
        return result;
    }
    if (options) {
        look.options = *options;
    }
    complete_options(&look.options);
    if (dist->pkgdb && pkgdb_is_unfinished(dist->pkgdb, dist->metadata_dir)) {
        note(&look, DISK_UNFINISHED, dist->metadata_dir, "", "is not whole: dpkg is at work, or stopped half-way");
    }
    look_at_metadata(&look);
    look_at_leftovers(&look);
    look_at_pths(&look);
    if (dist->opaque) {
        note(&look, DISK_OPAQUE, dist->metadata_dir, "",
             "is an editable install of a form that is not known: where its modules are, only its finder can tell");
    }
    if (!dist->active) {
        note(&look, DISK_INACTIVE, dist->metadata_dir, "", "is not what a fresh interpreter gets for %s", dist->name);
    }
    if (dist->kind == DISK_EGG_ZIP) {
        look_at_archive(&look);
    } else if (dist->kind != DISK_WHEEL && (dist->kind == DISK_EGG || dist->list == DISK_LIST_TOPS)) {
        result = unrecorded_each_top(dist, look_at_top, &look);
    }
    if (dist->kind != DISK_EGG && dist->kind != DISK_EGG_ZIP) {
        look_at_record(&look);
        result = result == 0 ? look_at_files(&look, error) : result;
        if (dist->kind == DISK_EGG_INFO && dist->list == DISK_LIST_TOPS) {
            look_at_age(&look);
        }
    }
    if (result < 0) {
        return result == -ENOMEM ? disk_fail_memory(error) : result;
    }
    *ret_reason = look.reason;
    return look.reason.code == DISK_READY ? 0 : 1;
}
