/* The disk room on the command line, for tests/unit/test_disk.py: runs one question and prints JSON, one object a line.
 *
 * Built with -DPROBE_FAULTS and the linker's --wrap, it makes the n-th allocation fail: the command "faults" counts n
 * up until nothing fails any more. */
#include "base/file.h"
#include "disk/disk.h"
#include "disk/metadata.h"
#include "disk/pathmerge.h"
#include "disk/record.h"
#include "disk/sitepath.h"
#include "disk/taken.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- JSON ---- */

static void print_string(const char *text)
{
    putchar('"');
    for (; text && *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == '"' || c == '\\') {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

static void print_text(const char *key, const char *text)
{
    printf(", \"%s\": ", key);
    if (text) {
        print_string(text);
    } else {
        printf("null");
    }
}

static void print_number(const char *key, int64_t number)
{
    printf(", \"%s\": %lld", key, (long long)number);
}

static void print_hex(const char *key, const uint8_t *bytes, size_t length)
{
    printf(", \"%s\": \"", key);
    for (size_t i = 0; i < length; i++) {
        printf("%02x", bytes[i]);
    }
    printf("\"");
}

static void begin(const char *kind)
{
    printf("{\"is\": \"%s\"", kind);
}

static void end(void)
{
    printf("}\n");
}

static int fail(int result, const struct disk_error *error)
{
    begin("error");
    print_number("errno", -result);
    print_text("text", error->text);
    end();
    return 1;
}

static void print_problems(const struct disk_problems *problems)
{
    for (size_t i = 0; i < problems->n && i < DISK_PROBLEMS_MAX; i++) {
        begin("problem");
        print_text("file", problems->items[i].file);
        print_number("line", problems->items[i].line);
        print_text("cause", problems->items[i].cause);
        end();
    }
}

static void print_dist(const struct disk_dist *dist)
{
    static const char *const kinds[] = {"wheel", "egg", "zipped egg", "egg-info", "egg-link"};
    begin("dist");
    print_text("kind", kinds[dist->kind]);
    print_number("active", dist->active);
    print_number("parts", dist->parts);
    print_text("name", dist->name);
    print_text("version", dist->version);
    print_text("metadata_dir", dist->metadata_dir);
    print_text("root", dist->root);
    end();
}

static void print_file(const char *kind, const struct disk_file *file)
{
    begin(kind);
    print_text("path", file->path);
    print_text("relative", file->relative);
    print_text("module", file->module);
    print_number("size", file->size);
    print_number("line", file->line);
    print_number("hash", file->hash);
    print_number("flags", file->flags);
    print_hex("sha256", file->sha256, sizeof file->sha256);
    end();
}

static void print_identity(const struct disk_identity *identity)
{
    begin("identity");
    print_hex("who", identity->who, sizeof identity->who);
    print_hex("content", identity->content, sizeof identity->content);
    print_number("inode", (int64_t)identity->inode);
    print_number("ctime_ns", identity->ctime_ns);
    end();
}

static void print_loaded(const struct disk_dist *dist)
{
    static const char *const lists[] = {"none", "RECORD", "folder", "installed-files", "dpkg", "conda", "tops"};
    static const char *const records[] = {"absent", "empty", "cut", "whole", "signed", "none"};
    print_dist(dist);
    begin("loaded");
    print_text("installer", dist->installer);
    print_text("record", records[dist->record]);
    print_text("list", lists[dist->list]);
    print_number("editable", dist->editable);
    print_number("n_problems", (int64_t)dist->problems.n);
    end();
    for (size_t i = 0; i < dist->n_requirements; i++) {
        begin("requires");
        print_text("text", dist->requirements[i]);
        end();
    }
    print_problems(&dist->problems);
    for (size_t i = 0; i < dist->n_tops; i++) {
        begin("top");
        print_text("name", dist->tops[i].name);
        print_number("own", dist->tops[i].own);
        end();
    }
    for (size_t i = 0; i < dist->n_files; i++) {
        print_file("file", &dist->files[i]);
    }
    print_identity(&dist->identity);
}

/* ---- commands; each gets the scanned site and its arguments ---- */

struct question {
    struct disk_site *site;
    int argc;
    char **argv;
    struct disk_error error;
};

/* By name, or by the last part of the metadata directory (egg: of the root) for those that are not active. */
static struct disk_dist *find(const struct question *q, const char *name)
{
    struct disk_dist *dist = disk_site_find(q->site, name);
    for (size_t i = 0; !dist && i < q->site->n_dists; i++) {
        struct disk_dist *other = &q->site->dists[i];
        const char *path = other->kind == DISK_EGG || other->kind == DISK_EGG_ZIP ? other->root : other->metadata_dir;
        dist = strcmp(strrchr(path, '/') + 1, name) == 0 ? other : NULL;
    }
    if (!dist) {
        begin("nothing");
        print_text("name", name);
        end();
    }
    return dist;
}

static int ask_scan(struct question *q)
{
    for (size_t i = 0; i < q->site->n_dists; i++) {
        print_dist(&q->site->dists[i]);
    }
    for (size_t i = 0; i < q->site->n_leftovers; i++) {
        begin("leftover");
        print_text("name", q->site->leftovers[i].name);
        end();
    }
    for (size_t i = 0; i < q->site->n_pths; i++) {
        const struct disk_pth *pth = &q->site->pths[i];
        begin("pth");
        print_text("name", pth->name);
        print_number("incomplete", pth->incomplete);
        print_number("imports", (int64_t)pth->n_imports);
        print_number("paths", (int64_t)pth->n_paths);
        end();
    }
    print_problems(&q->site->problems);
    return 0;
}

static int ask_dist(struct question *q)
{
    struct disk_dist *dist = find(q, q->argv[0]);
    int result = dist ? disk_dist_load(dist, &q->error) : 0;
    if (result < 0) {
        return fail(result, &q->error);
    }
    if (dist) {
        print_loaded(dist);
    }
    return 0;
}

static bool only_named(const struct disk_file *file, void *arg)
{
    return file->module && strcmp(file->module, arg) == 0;
}

static int ask_ready(struct question *q)
{
    struct disk_ready_options options = {0};
    struct disk_reason reason;
    struct disk_dist *dist = find(q, q->argv[0]);
    for (int i = 1; i < q->argc; i++) {
        const char *word = q->argv[i];
        options.flags |= strcmp(word, "hashes") == 0 ? DISK_CHECK_HASHES : 0;
        options.now_ns = strncmp(word, "now=", 4) == 0 ? atoll(word + 4) : options.now_ns;
        options.since_ns = strncmp(word, "since=", 6) == 0 ? atoll(word + 6) : options.since_ns;
        if (strncmp(word, "only=", 5) == 0) {
            options.will_load = only_named;
            options.arg = q->argv[i] + 5;
        }
    }
    int result = dist ? disk_dist_ready(q->site, dist, &options, &reason, &q->error) : 0;
    if (result < 0) {
        return fail(result, &q->error);
    }
    if (dist) {
        begin("ready");
        print_number("result", result);
        print_text("version", dist->version);
        print_text("code", disk_code_name(reason.code));
        print_text("file", reason.file);
        print_text("text", reason.text);
        print_number("changed_ns", reason.changed_ns);
        end();
    }
    return 0;
}

static int ask_paths(struct question *q)
{
    struct disk_paths paths;
    int result = disk_site_paths(q->site, (const char *const *)q->argv, (size_t)q->argc, &paths, &q->error);
    if (result < 0) {
        return fail(result, &q->error);
    }
    for (size_t i = 0; i < paths.n_entries; i++) {
        begin("entry");
        print_text("path", paths.entries[i].path);
        print_number("front", paths.entries[i].front);
        end();
    }
    disk_paths_release(&paths);
    return 0;
}

static int ask_owner(struct question *q)
{
    size_t failed;
    int result = disk_site_load(q->site, &failed, &q->error);
    if (result < 0) {
        return fail(result, &q->error);
    }
    if (failed) {
        fail(0, &q->error);
    }
    for (int i = 0; i < q->argc; i++) {
        const struct disk_file *file = NULL;
        const struct disk_dist *dist = disk_site_owner(q->site, q->argv[i], &file);
        begin("owner");
        print_text("name", dist ? dist->name : NULL);
        print_text("version", dist ? dist->version : NULL);
        print_number("same", !dist || disk_dist_find_file(dist, q->argv[i]) == file);
        end();
    }
    print_problems(&q->site->problems);
    return 0;
}

/* Is each path listed, as RECORD was taken and as it is when that is taken apart? */
static int ask_taken(struct question *q)
{
    struct disk_dist *dist = find(q, q->argv[0]);
    int result = dist ? disk_dist_take(dist, &q->error) : 0;
    bool taken = dist && dist->taken, *before = calloc((size_t)q->argc, sizeof *before);
    uint8_t digest[32] = {0};
    for (int i = 1; dist && result == 0 && i < q->argc; i++) {
        before[i] = disk_dist_lists(dist, q->argv[i]);
    }
    if (taken) {
        taken_digest(dist->taken, digest);
    }
    result = dist && result == 0 ? disk_dist_load(dist, &q->error) : result;
    for (int i = 1; dist && result == 0 && i < q->argc; i++) {
        begin("listed");
        print_text("path", q->argv[i]);
        print_number("before", before[i]);
        print_number("after", disk_dist_lists(dist, q->argv[i]));
        end();
    }
    free(before);
    begin("taken");
    print_number("taken", taken);
    print_number("same", taken && result == 0 && memcmp(digest, dist->identity.content, sizeof digest) == 0);
    end();
    return result < 0 ? fail(result, &q->error) : 0;
}

/* Who has modules below a first name; whose editable tree has a file. */
static int ask_owners(struct question *q)
{
    const struct disk_dist *dists[2];
    int result = disk_site_load(q->site, NULL, &q->error);
    if (result < 0) {
        return fail(result, &q->error);
    }
    size_t n = disk_site_owners_of(q->site, q->argv[0], dists, 2);
    begin("owners");
    print_number("n", (int64_t)n);
    end();
    for (size_t i = 0; i < n && i < 2; i++) {
        print_dist(dists[i]);
    }
    return 0;
}

static int ask_editable(struct question *q)
{
    const struct disk_dist *dist = disk_site_find_editable(q->site, q->argv[0]);
    begin("owner");
    print_text("name", dist ? dist->name : NULL);
    end();
    return 0;
}

static int ask_module(struct question *q)
{
    struct disk_dist *dist = find(q, q->argv[0]);
    int result = dist ? disk_dist_load(dist, &q->error) : 0;
    if (result < 0) {
        return fail(result, &q->error);
    }
    const struct disk_file *file = dist ? disk_dist_find_module(dist, q->argv[1]) : NULL;
    if (file) {
        print_file("file", file);
    }
    return 0;
}

static int ask_adopt(struct question *q)
{
    struct disk_dist *dist = find(q, q->argv[0]);
    int result = dist ? disk_dist_adopt(dist, q->argv[1], &q->error) : 0;
    if (result < 0) {
        return fail(result, &q->error);
    }
    if (dist) {
        print_loaded(dist);
    }
    return 0;
}

/* Loads, says so, waits for a line, and says whether anything changed meanwhile. */
static int ask_unchanged(struct question *q)
{
    struct disk_dist *dist = find(q, q->argv[0]);
    int result = dist ? disk_dist_load(dist, &q->error) : 0;
    if (result < 0 || !dist) {
        return fail(result, &q->error);
    }
    struct disk_identity before = dist->identity;
    begin("waiting");
    end();
    fflush(stdout);
    while (getchar() != '\n' && !feof(stdin)) {
    }
    begin("unchanged");
    print_number("unchanged", disk_dist_unchanged(dist));
    print_number("site_unchanged", disk_site_unchanged(q->site));
    print_number("equal", disk_identity_equal(&before, &dist->identity));
    end();
    return 0;
}

static int ask_record(int argc, char **argv)
{
    struct strbuf text;
    struct record_reader reader;
    struct record_row row;
    (void)argc;
    strbuf_init(&text);
    int got = file_read(AT_FDCWD, argv[0], DISK_RECORD_MAX, &text, NULL);
    record_init(&reader, text.data, text.length);
    while (got >= 0 && (got = record_next(&reader, &row)) > 0) {
        begin("row");
        print_text("path", row.path);
        print_number("hash", row.hash);
        print_hex("sha256", row.sha256, sizeof row.sha256);
        print_number("size", row.size);
        print_number("line", row.line);
        print_text("cause", row.cause);
        end();
    }
    begin("end");
    print_number("errno", -got);
    print_number("terminated", record_terminated(text.data, text.length));
    end();
    record_release(&reader);
    strbuf_release(&text);
    return 0;
}

static int ask_canonical(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        struct arena arena;
        arena_init(&arena);
        begin("canonical");
        print_text("name", metadata_canonical(&arena, argv[i], strlen(argv[i])));
        end();
        arena_release(&arena);
    }
    return 0;
}

static int ask_normalise(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct strbuf path;
        strbuf_init(&path);
        int result = file_normalise(argv[0], argv[i], &path);
        begin("path");
        print_number("errno", -result);
        print_text("path", path.data);
        end();
        strbuf_release(&path);
    }
    return 0;
}

/* "merge": three lists a line, on the standard input: U+001F behind each entry, U+001E between the lists; an entry "\x1a" is
 * no str. Prints the result, one line each. */
static size_t split(char *text, const char **ret_parts)
{
    size_t n = 0;
    for (char *end; (end = strchr(text, '\x1f')); text = end + 1) {
        *end = '\0';
        ret_parts[n++] = strcmp(text, "\x1a") == 0 ? NULL : text;
    }
    return n;
}

static int ask_merge(int argc, char **argv)
{
    static char line[1 << 16];
    static const char *lists[3][1 << 12];
    (void)argc;
    (void)argv;
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        const char *texts[3] = {"", "", ""};
        char *state = line;
        for (int i = 0; i < 3 && state; i++) {
            char *end = strchr(state, '\x1e');
            texts[i] = state;
            if (end) {
                *end = '\0';
            }
            state = end ? end + 1 : NULL;
        }
        size_t n[3], n_merged;
        struct pathmerge_entry *merged;
        for (int i = 0; i < 3; i++) {
            n[i] = split((char *)texts[i], lists[i]);
        }
        if (pathmerge(lists[0], n[0], lists[1], n[1], lists[2], n[2], &merged, &n_merged) < 0) {
            return 1;
        }
        begin("merged");
        printf(", \"entries\": [");
        for (size_t i = 0; i < n_merged; i++) {
            printf(i ? ", " : "");
            print_string(merged[i].text ? merged[i].text : "\x1a");
        }
        printf("], \"ours\": [");
        for (size_t i = 0; i < n_merged; i++) {
            printf("%s%lld", i ? ", " : "", merged[i].ours == SIZE_MAX ? -1ll : (long long)merged[i].ours);
        }
        printf("]");
        end();
        free(merged);
    }
    return 0;
}

/* "fresh KEY=VALUE...": sys.path of an interpreter from outside. */
static int ask_fresh(int argc, char **argv)
{
    struct sitepath_interpreter interpreter = {.first = ""};
    struct sitepath path;
    struct disk_error error;
    const struct {
        const char *key;
        const char **value;
    } words[] = {
        {"executable=", &interpreter.executable}, {"base=", &interpreter.base_prefix},
        {"version=", &interpreter.version},       {"first=", &interpreter.first},
        {"path=", &interpreter.python_path},      {"userbase=", &interpreter.user_base},
        {"home=", &interpreter.home},
    };
    for (int i = 0; i < argc; i++) {
        for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
            size_t n = strlen(words[k].key);
            if (strncmp(argv[i], words[k].key, n) == 0) {
                *words[k].value = argv[i] + n;
            }
        }
        interpreter.flags |= strncmp(argv[i], "flags=", 6) == 0 ? (unsigned)atoi(argv[i] + 6) : 0;
        interpreter.scan_flags |= strncmp(argv[i], "scan=", 5) == 0 ? (unsigned)atoi(argv[i] + 5) : 0;
    }
    int result = sitepath_fresh(&interpreter, &path, &error);
    if (result < 0) {
        return fail(result, &error);
    }
    for (size_t i = 0; i < path.n; i++) {
        begin("entry");
        print_text("path", path.entries[i]);
        end();
    }
    sitepath_release(&path);
    return 0;
}

#ifdef PROBE_FAULTS
static _Atomic long countdown; /* this many allocations succeed, then one fails; negative: none fails */

static bool fails_now(void)
{
    return countdown >= 0 && countdown-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_reallocarray(void *block, size_t count, size_t size);
void *__real_realloc(void *block, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_reallocarray(void *block, size_t count, size_t size)
{
    return fails_now() ? NULL : __real_reallocarray(block, count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return fails_now() ? NULL : __real_realloc(block, size);
}

static int everything(const char *dir)
{
    struct disk_site site;
    struct disk_reason reason;
    struct disk_paths paths;
    struct disk_error error;
    size_t failed;
    int result = disk_scan_site(dir, 0, &site, &error);
    if (result < 0) {
        return result;
    }
    for (size_t i = 0; i < site.n_dists && result >= 0; i++) {
        result = i % 2 ? 0 : disk_dist_take(&site.dists[i], &error);
        result = result < 0 ? result : disk_dist_ready(&site, &site.dists[i], NULL, &reason, &error);
    }
    if (result >= 0) {
        result = disk_site_load(&site, &failed, &error);
    }
    if (result >= 0 && (result = disk_site_paths(&site, NULL, 0, &paths, &error)) == 0) {
        disk_paths_release(&paths);
    }
    disk_site_release(&site);
    return result;
}

/* Without a fault left to meet, the run must succeed; with one, it must succeed or say -ENOMEM. The second argument: try
 * one in so many only. */
static int ask_faults(int argc, char **argv)
{
    long n = 0, step = argc > 1 ? atol(argv[1]) : 1;
    for (bool met = true; met; n += step) {
        countdown = n;
        int result = everything(argv[0]);
        met = countdown < 0;
        countdown = -1;
        if (result < 0 && (result != -ENOMEM || !met)) {
            begin("fault");
            print_number("n", n);
            print_number("errno", -result);
            end();
            return 1;
        }
    }
    begin("faults");
    print_number("n", n);
    end();
    return 0;
}
#endif

static int on_site(int argc, char **argv, int (*ask)(struct question *))
{
    struct disk_site site;
    struct question q = {.site = &site, .argc = argc - 1, .argv = argv + 1};
    unsigned flags = 0;
    for (; q.argc > 0 && q.argv[0][0] == '-'; q.argc--, q.argv++) {
        flags |= strcmp(q.argv[0], "-shallow") == 0   ? DISK_SCAN_SHALLOW
                 : strcmp(q.argv[0], "-old-pth") == 0 ? DISK_SCAN_OLD_PTH
                                                      : DISK_SCAN_HIDDEN_PTH;
    }
    int result = disk_scan_site(argv[0], flags, &site, &q.error);
    if (result < 0) {
        return fail(result, &q.error);
    }
    result = ask(&q);
    disk_site_release(&site);
    return result;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int n_arguments; /* at least */
        int (*on_site)(struct question *);
        int (*on_words)(int argc, char **argv);
    } commands[] = {
        {"scan", 1, ask_scan, NULL},           {"dist", 2, ask_dist, NULL},           {"ready", 2, ask_ready, NULL},
        {"paths", 1, ask_paths, NULL},         {"owner", 1, ask_owner, NULL},         {"module", 3, ask_module, NULL},
        {"adopt", 3, ask_adopt, NULL},         {"unchanged", 2, ask_unchanged, NULL}, {"record", 1, NULL, ask_record},
        {"merge", 0, NULL, ask_merge},         {"fresh", 3, NULL, ask_fresh},
        {"taken", 2, ask_taken, NULL},         {"owners", 2, ask_owners, NULL},       {"editable", 2, ask_editable, NULL},
        {"canonical", 1, NULL, ask_canonical}, {"normalise", 2, NULL, ask_normalise},
#ifdef PROBE_FAULTS
        {"faults", 1, NULL, ask_faults},
#endif
    };
#ifdef PROBE_FAULTS
    countdown = -1;
#endif
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0 && argc - 2 >= commands[i].n_arguments) {
            return commands[i].on_site ? on_site(argc - 2, argv + 2, commands[i].on_site)
                                       : commands[i].on_words(argc - 2, argv + 2);
        }
    }
    fprintf(stderr, "usage: disk_probe COMMAND ARGUMENT...\n");
    return 2;
}
