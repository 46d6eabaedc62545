/* Requires-Dist and versions (PEP 508, PEP 440). Rules: a name that was read is canonical, an order is the same from
 * both sides, and what is equal fulfils the same. */
#include "fuzz.h"

#include "disk/requirement.h"
#include "disk/version.h"

#include <string.h>

static const struct disk_environment environment = {
    .python_full_version = "3.12.1",
    .python_version = "3.12",
    .implementation_name = "cpython",
    .implementation_version = "3.12.1",
    .platform_python_implementation = "CPython",
    .os_name = "posix",
    .sys_platform = "linux",
    .platform_machine = "x86_64",
    .platform_system = "Linux",
    .platform_release = "6.1.0",
    .platform_version = "#1 SMP",
};

static void check_order(const char *text, size_t length)
{
    const char *line = memchr(text, '\n', length);
    size_t n = line ? (size_t)(line - text) : length;
    struct version a, b;
    if (line && version_parse(text, n, &a) && version_parse(line + 1, length - n - 1, &b)) {
        FUZZ_CHECK(version_compare(&a, &b) == -version_compare(&b, &a) && version_compare(&a, &a) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const versions[] = {"", "1.0", "2.0.dev1", "1!3.0rc1.post2+a.1", "no version"};
    char text[4096];
    struct disk_requirement requirement;
    size = size < sizeof text ? size : sizeof text - 1;
    memcpy(text, data, size);
    text[size] = '\0';
    check_order(text, size);
    if (disk_requirement_parse(text, &environment, &requirement) == 0) {
        FUZZ_CHECK(requirement.name[0] && strlen(requirement.name) < sizeof requirement.name);
        for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
            (void)disk_requirement_allows(&requirement, versions[i]);
        }
    }
    return 0;
}
