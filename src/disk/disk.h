/* What is installed: the public face of the disk room. No Python, no global state, no file is ever executed.
 *
 *     struct disk_site site;
 *     struct disk_error error;
 *     if (disk_scan_site("/env/lib/python3.11/site-packages", 0, &site, &error) == 0) {
 *         struct disk_dist *dist = disk_site_find(&site, "requests");
 *         if (dist && disk_dist_load(dist, &error) == 0) {
 *             ... dist->files, dist->identity, disk_dist_ready(&site, dist, NULL, &reason, &error) ...
 *         }
 *         disk_site_release(&site);
 *     }
 *
 * A site and its distributions are a *snapshot*: nothing in them changes by itself; to look again, scan again.
 * Memory: everything belongs to the site and is freed by disk_site_release; pointers to distributions, files and
 * strings are valid until then. Threads: functions are reentrant; one site is used by one thread at a time.
 * Errors: 0, or -errno with a sentence in *error (which may be NULL). Out-parameters are written on success only.
 *
 * Rules
 *  D1  A file belongs to a distribution because RECORD says so (eggs: because it lies in the egg; installs without
 *      RECORD: because top_level.txt or the caller says so), never because its name looks alike.
 *  D2  The name of a directory is a hint; METADATA or PKG-INFO is the truth.
 *  D3  Which of two eggs of a project counts is decided by the order of .pth lines, never by a version number.
 *  D4  Nothing outside a distribution's root is opened because a list of files says so. What a .pth line, an .egg-link
 *      or an editable install's MAPPING names is looked at: it is what the interpreter imports from.
 *  D5  Input is bounded: see DISK_RECORD_MAX and its neighbours. Larger input is an error that names the file.
 *  D6  A half-written install is never an error: it is a distribution that is not ready.
 *  D7  What cannot be read or makes no sense is a `problem` that names file and line; the rest is still read. */
#ifndef MIDFLIGHT_DISK_H
#define MIDFLIGHT_DISK_H

#include "base/arena.h"
#include "base/strmap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_MUST_CHECK __attribute__((warn_unused_result))

#define DISK_TEXT_MAX 1024           /* a sentence, with its NUL; longer ones are cut */
#define DISK_RECORD_MAX (64u << 20)  /* bytes of a RECORD */
#define DISK_LINE_MAX (1u << 20)     /* bytes of one line of a RECORD or .pth file */
#define DISK_METADATA_MAX (4u << 20) /* bytes of METADATA or PKG-INFO that are looked at for the header */
#define DISK_PTH_MAX (4u << 20)      /* bytes of a .pth file */
#define DISK_SMALL_MAX (1u << 20)    /* bytes of direct_url.json, .egg-link, an editable install's finder */
#define DISK_LIST_MAX (64u << 20)    /* bytes of one of dpkg's .list files, or one of conda's .json files */
#define DISK_ZIP_MAX (64u << 20)     /* bytes of a zip file's central directory */
#define DISK_PROBLEMS_MAX 100u       /* so many are kept of each site and each distribution; all are counted */
#define DISK_EGG_FILES_MAX 1000000u  /* files of one egg */
#define DISK_EGG_DEPTH_MAX 64u       /* folders in folders of one egg */
#define DISK_TREE_MAX 200000u        /* entries of folders that are looked at for one editable install */
#define DISK_YOUNG_NS 2000000000ll   /* what changed less than this ago may still be changing */
#define DISK_GRACE_NS 5000000000ll   /* a RECORD that no INSTALLER signs is taken for raw for so long, */
#define DISK_QUIET_NS 50000000ll     /* or, if all that it lists is there as it says, for so long, */
#define DISK_WHOLE_MAX (32ll << 20)  /* in so many bytes */

struct disk_error {
    char text[DISK_TEXT_MAX];
};

/* What could not be read, or makes no sense, and was left out. */
struct disk_problem {
    const char *file; /* absolute */
    uint32_t line;    /* from 1; 0: the file as a whole */
    const char *cause;
};

struct disk_problems {
    struct disk_problem *items; /* the first DISK_PROBLEMS_MAX */
    size_t n;                   /* how many there are in all */
};

/* A file or directory as it was just before it was read; all zero: it was not there. */
struct disk_stamp {
    uint64_t inode;
    int64_t size, mtime_ns, ctime_ns;
    bool doubtful; /* changed so shortly before that a later change may look the same */
};

/* ---- files ---- */

enum disk_hash {
    DISK_HASH_NONE,   /* the row gives none (bytecode, RECORD itself); all files of eggs */
    DISK_HASH_SHA256, /* in disk_file.sha256 */
    DISK_HASH_OTHER,  /* an algorithm that is not checked */
};

enum disk_file_flags {
    DISK_FILE_SOURCE = 1 << 0,    /* *.py */
    DISK_FILE_EXTENSION = 1 << 1, /* *.so */
    DISK_FILE_BYTECODE = 1 << 2,  /* *.pyc; may be absent at any time */
    DISK_FILE_PACKAGE = 1 << 3,   /* __init__.*: the module is a package */
    DISK_FILE_METADATA = 1 << 4,  /* inside the metadata directory */
    DISK_FILE_OUTSIDE = 1 << 5,   /* not below the root (scripts, absolute rows): known by name, never opened (D4) */
    DISK_FILE_TREE = 1 << 6,      /* in the tree of an editable install: as found, nobody recorded it */
};

struct disk_file {
    const char *path;     /* absolute, normalised, symlinks not resolved */
    const char *relative; /* below the root; NULL for DISK_FILE_OUTSIDE, and perhaps for DISK_FILE_TREE */
    const char *module;   /* "pkg.sub", "pkg" for pkg/__init__.py; NULL when it cannot be imported by a name */
    int64_t size;         /* as recorded (eggs: as found); -1: not recorded */
    uint8_t sha256[32];
    int64_t mtime_ns; /* installs without RECORD: as found; zipped eggs: the CRC; else 0 */
    uint32_t line;    /* of RECORD, from 1; else 0 */
    uint8_t hash;     /* enum disk_hash */
    uint8_t flags;    /* enum disk_file_flags */
};

struct disk_top {
    const char *name; /* the first part of a module name: what an import statement begins with */
    bool own;         /* false: a namespace that this distribution adds modules to without an own __init__ */
};

/* ---- identity ---- */

/* Which install is this? Same version installed again is another identity; the same snapshot twice is not. */
struct disk_identity {
    uint8_t who[32];     /* SHA-256 of canonical name, NUL, version */
    uint8_t content[32]; /* SHA-256 of RECORD; installs without RECORD: of METADATA/PKG-INFO and the list of files with
                            size and mtime (zipped: CRC), bytecode left out because imports write it; editable
                            installs: of both */
    uint64_t inode;      /* of the metadata directory; a zipped egg's own */
    int64_t ctime_ns;    /* the same */
};

bool disk_identity_equal(const struct disk_identity *a, const struct disk_identity *b);

/* Same name, version and RECORD, wherever and whenever installed: nothing that is imported differs. */
bool disk_identity_same_content(const struct disk_identity *a, const struct disk_identity *b);

/* ---- distributions ---- */

enum disk_kind {
    DISK_WHEEL,    /* a .dist-info directory beside its files */
    DISK_EGG,      /* an unzipped egg: a directory of its own with EGG-INFO */
    DISK_EGG_ZIP,  /* a zipped egg: one file with EGG-INFO in it */
    DISK_EGG_INFO, /* an .egg-info directory or file beside its files: distutils, Debian, old conda */
    DISK_EGG_LINK, /* an .egg-link file (setup.py develop): it names the folder that the files are in */
};

enum disk_parts {
    DISK_PART_METADATA = 1 << 0, /* name, version, requirements are from the file, not from the directory name */
    DISK_PART_FILES = 1 << 1,    /* files, tops, identity, record, installer */
    DISK_PART_TAKEN = 1 << 2,    /* taken, installer */
};

enum disk_record {
    DISK_RECORD_ABSENT,
    DISK_RECORD_EMPTY,  /* a file of no bytes: just being written */
    DISK_RECORD_CUT,    /* the last line does not end, or there is no row for RECORD itself */
    DISK_RECORD_WHOLE,  /* whole, but has no row for INSTALLER: pip's raw one, or of a tool that signs nothing */
    DISK_RECORD_SIGNED, /* whole, and lists INSTALLER: the last thing pip and uv write */
    DISK_RECORD_NONE,   /* this kind has none, or another list counts */
};

enum disk_list {
    DISK_LIST_NONE,      /* nobody says what its files are */
    DISK_LIST_RECORD,    /* RECORD */
    DISK_LIST_FOLDER,    /* eggs: what lies in the egg */
    DISK_LIST_INSTALLED, /* installed-files.txt of an .egg-info directory (pip before 2020) */
    DISK_LIST_DPKG,      /* dpkg's NAME.list */
    DISK_LIST_CONDA,     /* conda-meta/NAME.json */
    DISK_LIST_TOPS,      /* top_level.txt, or the caller of disk_dist_adopt */
};

struct disk_dist {
    enum disk_kind kind;
    bool active;         /* what a fresh interpreter gets for this name; one per name at most */
    unsigned parts;      /* enum disk_parts that have been read */
    const char *name;    /* canonical (PEP 503) */
    const char *key;     /* the name as it was when the site was scanned: the site is sorted by it */
    const char *version; /* as written; "" when nothing says it */
    const char
        *metadata_dir;    /* absolute: NAME.dist-info, EGG/EGG-INFO (zipped: in no directory), or the .egg-info file */
    const char *metadata; /* the file in it that says who it is, static; NULL: metadata_dir is that file */
    const char *root;     /* absolute: what its files are relative to, and the sys.path entry that imports them */
    const char *site_dir; /* absolute: the directory that was scanned */

    const char *const *requirements; /* Requires-Dist, as written */
    size_t n_requirements;

    const char *installer; /* content of INSTALLER, "" when there is none */
    enum disk_record record;
    enum disk_list list;
    bool editable;    /* its code is not copied: it lies in a tree that somebody works on, all of it in `files` */
    bool opaque;      /* editable, and nothing that can be read says where the tree is: its code is not in `files` */
    bool passed_over; /* disk_site_find_editable has found it too large, and does not read it again */
    struct disk_file *files; /* owned; sorted by path, each path once */
    size_t n_files;
    struct disk_top *tops; /* sorted by name */
    size_t n_tops;
    struct disk_problems problems;
    struct disk_identity identity;

    struct arena arena;               /* owns the strings and the other arrays */
    const struct disk_reader *reader; /* borrowed, static: who read it */
    struct pkgdb *pkgdb;              /* borrowed from the site; NULL: none belongs to it */
    struct disk_taken *taken;         /* owned (one hold), or NULL: RECORD as it was (taken.h) */
    struct disk_stamp dir_stamp, metadata_stamp, record_stamp; /* for disk_dist_unchanged */
};

/* ---- site directories ---- */

struct disk_pth_path {
    const char *path; /* absolute, normalised */
    bool front;       /* between sys.__plen lines: a fresh interpreter puts it before everything else */
};

struct disk_pth_import {
    const char *text; /* the line, never executed here */
    uint32_t line;    /* from 1 */
};

struct disk_pth {
    const char *name;            /* "easy-install.pth" */
    struct disk_pth_path *paths; /* in file order, existing or not, duplicates included */
    size_t n_paths;
    struct disk_pth_import *imports; /* in file order; the __plen lines of easy_install are not among them */
    size_t n_imports;
    bool incomplete; /* no bytes, or the last line does not end: perhaps being written at this moment */
    struct disk_stamp stamp;
};

struct disk_leftover {
    const char *name;   /* "~equests-2.31.0.dist-info" (pip), "six.py.dpkg-new", "six.py.c~" (conda) */
    int64_t changed_ns; /* ctime: a rename sets it */
};

struct disk_site {
    const char *dir;         /* absolute, normalised */
    struct disk_stamp stamp; /* of the directory */
    struct disk_dist *dists; /* owned: active ones first, each part sorted by name */
    size_t n_dists, n_active;
    struct disk_pth *pths; /* in the order in which a fresh interpreter reads them */
    size_t n_pths;
    struct disk_leftover *leftovers; /* what installers leave while they are at work */
    size_t n_leftovers;
    struct disk_problems problems; /* of the site itself; each distribution has its own */
    struct pkgdb *pkgdb;           /* owned; NULL: no package manager's list can belong to this directory */
    struct arena arena;            /* owns the strings and the other arrays */
    struct disk_owner {
        struct disk_dist *dist;
        const struct disk_file *file;
    } *owners;           /* owned; by disk_site_load */
    struct strmap index; /* path -> owner */
};

enum disk_scan_flags {
    DISK_SCAN_SHALLOW = 1 << 0,    /* names and versions from directory names only; disk_dist_load reads the rest */
    DISK_SCAN_HIDDEN_PTH = 1 << 1, /* read .pth files whose name begins with a dot (CPython before 3.11.8, 3.12.2) */
    DISK_SCAN_OLD_PTH = 1 << 2,    /* a byte order mark is part of the first line, and only line feed and carriage
                                      return end a line (CPython before 3.13) */
};

/* Lists one entry of sys.path: what is installed in it, eggs that its .pth files name elsewhere, and the entry itself
 * when it is an egg. What does not exist gives an empty site. Errors: -ENOMEM, -ENOTDIR, -EACCES.
 * A scan that is not shallow reads many distributions with threads of its own, which have ended when it returns.
 * When a name has two dist-infos both are loaded, and the one whose RECORD agrees with the files on disk is active. */
int disk_scan_site(const char *site_dir, unsigned scan_flags, struct disk_site *ret_site,
                   struct disk_error *error) DISK_MUST_CHECK;

void disk_site_release(struct disk_site *site);

/* The active distribution of that name (any spelling), or NULL. */
struct disk_dist *disk_site_find(const struct disk_site *site, const char *name);

/* An install without RECORD says nothing about its files. When the program asks for it by name, the caller's word
 * replaces RECORD: adds root/TOP.py, root/TOP.*.so and everything below root/TOP to its files, and renews its identity.
 * (What top_level.txt names has been added by disk_dist_load.) -EINVAL for a distribution that has a RECORD, or for a
 * name that is no identifier. Finding nothing is no error. Pointers to its files taken before are no longer valid. */
int disk_dist_adopt(struct disk_dist *dist, const char *top, struct disk_error *error) DISK_MUST_CHECK;

/* Reads METADATA, RECORD and INSTALLER (eggs: the folder) unless that was done. A file that is missing is no error. */
int disk_dist_load(struct disk_dist *dist, struct disk_error *error) DISK_MUST_CHECK;

/* The same for an install that only needs to be told from others: where that can be, RECORD is read and not taken apart
 * (DISK_PART_TAKEN), and what disk_dist_load makes of it later is what it says now. */
int disk_dist_take(struct disk_dist *dist, struct disk_error *error) DISK_MUST_CHECK;

/* Frees what it owns, not the structure. */
void disk_dist_release(struct disk_dist *dist);

/* Reads METADATA alone, for exact name and version after a shallow scan. */
int disk_dist_load_metadata(struct disk_dist *dist, struct disk_error *error) DISK_MUST_CHECK;

/* Loads every active distribution and makes the index for disk_site_owner. One that cannot be read is left out, and a
 * problem of the site: *ret_failed counts them (may be NULL) and *error has the last one's sentence; only memory is an
 * error. */
int disk_site_load(struct disk_site *site, size_t *ret_failed, struct disk_error *error) DISK_MUST_CHECK;

/* Whose file is this (absolute path, normalised)? NULL when no active, loaded distribution lists it. ret_file may be
 * NULL. Only after disk_site_load (and again after disk_dist_adopt). A file that two list belongs to the first by
 * name. */
struct disk_dist *disk_site_owner(const struct disk_site *site, const char *path, const struct disk_file **ret_file);

/* Which active, loaded distributions have modules below this first name? A namespace package has several. Writes the
 * first `max` and returns how many there are. */
size_t disk_site_owners_of(const struct disk_site *site, const char *top, const struct disk_dist **ret_dists,
                           size_t max);

/* The active editable install whose tree, outside of the site directory, has that file; NULL. Loads the distributions
 * that may be editable (one that cannot be loaded is passed over, one that is too large from then on), and no other;
 * asks nothing when the site has no .pth file. */
struct disk_dist *disk_site_find_editable(struct disk_site *site, const char *path);

/* Can that ever find one? A stat for each distribution: to be asked once for many paths. */
bool disk_site_may_have_editable(const struct disk_site *site);

/* The same within one loaded distribution. */
const struct disk_file *disk_dist_find_file(const struct disk_dist *dist, const char *path);

/* Does it list the file? Of one that was loaded or taken. */
bool disk_dist_lists(const struct disk_dist *dist, const char *path);

/* The file a module of that name is loaded from: extension before source before bytecode, a package before a module, as
 * the import system does. NULL: not recorded. */
const struct disk_file *disk_dist_find_module(const struct disk_dist *dist, const char *module);

/* Has nothing touched METADATA, RECORD (eggs: PKG-INFO) and the directory they are in since they were read? A stat
 * each: a cheap look before scanning again. It does not see files of the distribution that were changed without them;
 * only of an editable install all files are looked at. */
bool disk_dist_unchanged(const struct disk_dist *dist);

/* Is a scan of the directory still right? Looks at the directory, at each .pth file (easy_install writes it in place,
 * which does not touch the directory) and at every distribution, as far as it was read. */
bool disk_site_unchanged(const struct disk_site *site);

/* The same of the directory's entries and its .pth files alone: no distribution has come or gone. */
bool disk_site_same_listing(const struct disk_site *site);

struct disk_paths {
    struct disk_pth_path *entries; /* one malloc'd block with its strings, freed by disk_paths_release */
    size_t n_entries;
};

/* The entries that the .pth files of this directory add to sys.path in a fresh interpreter: .pth files in sorted order,
 * lines in order, existing ones only, each once, without the site directory itself and without what is in `known`
 * (absolute normalised paths that are in sys.path before; may be NULL). `front` ones come first in the result: they
 * stand before the rest of sys.path. */
int disk_site_paths(const struct disk_site *site, const char *const *known, size_t n_known,
                    struct disk_paths *ret_paths, struct disk_error *error) DISK_MUST_CHECK;

void disk_paths_release(struct disk_paths *paths);

/* ---- is it ready? ---- */

enum disk_code {
    DISK_READY,
    DISK_UNFINISHED, /* an installer is at work, or stopped half-way: wait, then refuse */
    DISK_PENDING,    /* everything listed is there, but RECORD is unsigned and young: ready after DISK_QUIET_NS if all
                        hashes agree and pip has put nothing aside, else after DISK_GRACE_NS; so is an .egg-info that
                        names only its packages; may be taken at once when asked for by name */
    DISK_HANDMADE,   /* no RECORD and no installer at work: may be taken as it is when asked for by name */
    DISK_MODIFIED,   /* finished and not young, but a file differs from RECORD: changed later; accept with a warning */
    DISK_OPAQUE,     /* an editable install of a form that is not known: nobody says what its files are */
    DISK_INACTIVE,   /* another distribution of that name is what a fresh interpreter gets */
};

struct disk_reason {
    enum disk_code code;
    char file[DISK_TEXT_MAX]; /* the file or directory it is about; "" when ready */
    char text[DISK_TEXT_MAX]; /* a sentence that names file and cause; "" when ready */
    int64_t changed_ns;       /* the latest ctime seen while looking: how long has it been quiet? */
    size_t n_missing;         /* files that are listed and not there, bytecode left out */
};

enum disk_ready_flags {
    DISK_CHECK_HASHES = 1 << 0, /* read the .py and .so files for which will_load says yes, and compare SHA-256 */
};

struct disk_ready_options {
    unsigned flags;   /* enum disk_ready_flags */
    int64_t now_ns;   /* CLOCK_REALTIME; 0: read the clock */
    int64_t young_ns; /* 0: DISK_YOUNG_NS */
    int64_t grace_ns; /* 0: DISK_GRACE_NS */
    int64_t since_ns; /* ~leftovers changed at or after this count however old they are; 0: none do */
    bool (*will_load)(const struct disk_file *file, void *arg); /* NULL: all */
    void *arg;
};

/* Is the install complete on disk? Loads the distribution if need be, and compares every row below the root with the
 * file (one stat each). Returns 0 ready, 1 not ready (*ret_reason says why), -errno. options may be NULL.
 * When several causes apply, UNFINISHED is reported before all others. Returned 0 too sets *ret_reason (DISK_READY). */
int disk_dist_ready(const struct disk_site *site, struct disk_dist *dist, const struct disk_ready_options *options,
                    struct disk_reason *ret_reason, struct disk_error *error) DISK_MUST_CHECK;

/* Is this .pth file of the site being written at this moment? It is young and ends within a line, and no RECORD says
 * that this is all of it (setuptools writes some without a last line end). now_ns and young_ns as in the options. May
 * load distributions of the site. */
bool disk_pth_is_being_written(const struct disk_site *site, const struct disk_pth *pth, int64_t now_ns,
                               int64_t young_ns);

/* A short stable word for a code: "ready", "unfinished", "pending", "handmade", "modified", "opaque", "inactive". */
const char *disk_code_name(enum disk_code code);

#endif
