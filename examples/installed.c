/* What is installed in a site directory, from C and without Python: name, version, kind, content identity, and what
 * could not be read. A program that uses src/disk alone.
 *
 *     cc -std=gnu11 -O2 -Isrc examples/installed.c $(ls src/disk/*.c) src/base/{arena,file,sha256,strbuf,strmap}.c \
 *         -pthread -lmd -ljansson -lz -o installed
 *     ./installed /usr/lib/python3/dist-packages
 *     ./installed -t DIRECTORY      names and versions only; the time that took goes to the standard error */
#include "disk/disk.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void print_problems(const struct disk_problems *problems)
{
    for (size_t i = 0; i < problems->n && i < DISK_PROBLEMS_MAX; i++) {
        const struct disk_problem *problem = &problems->items[i];
        fprintf(stderr, "%s:%u: %s\n", problem->file, (unsigned)problem->line, problem->cause);
    }
}

static double seconds(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void print_dist(const struct disk_dist *dist, bool whole)
{
    static const char *const kinds[] = {"wheel", "egg", "zipped egg", "egg-info", "egg-link"};
    printf("%s %s", dist->name, dist->version);
    if (whole) {
        printf("  %s%s, %zu files, ", dist->editable ? "editable " : "", kinds[dist->kind], dist->n_files);
        for (int i = 0; i < 8; i++) {
            printf("%02x", dist->identity.content[i]);
        }
        print_problems(&dist->problems);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    bool timed = argc == 3 && strcmp(argv[1], "-t") == 0;
    struct disk_site site;
    struct disk_error error;
    if (argc != 2 && !timed) {
        fprintf(stderr, "usage: installed [-t] DIRECTORY\n");
        return 2;
    }
    double begin = seconds();
    int result = disk_scan_site(argv[argc - 1], 0, &site, &error);
    if (result == 0 && !timed) {
        result = disk_site_load(&site, NULL, &error);
    }
    if (result < 0) {
        fprintf(stderr, "installed: %s\n", error.text);
        return 1;
    }
    for (size_t i = 0; i < site.n_active; i++) {
        print_dist(&site.dists[i], !timed);
    }
    if (timed) {
        fprintf(stderr, "%.6f\n", seconds() - begin);
    } else {
        print_problems(&site.problems);
    }
    disk_site_release(&site);
    return 0;
}
