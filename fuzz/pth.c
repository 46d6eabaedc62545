/* .pth files, as each CPython reads them; and the MAPPING of an editable install's finder. Rules: paths are absolute
 * and normalised, import lines begin with "import". */
#include "fuzz.h"

#include "base/file.h"
#include "disk/editable.h"
#include "disk/pth.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void check(const char *folder, unsigned flags)
{
    struct arena arena;
    struct disk_problems problems = {0};
    struct disk_pth pth;
    int dir = file_open_dir(AT_FDCWD, folder);
    arena_init(&arena);
    if (pth_read(&arena, dir, folder, "a.pth", flags, &problems, &pth, NULL) == 1) {
        for (size_t i = 0; i < pth.n_paths; i++) {
            const char *path = pth.paths[i].path;
            FUZZ_CHECK(path[0] == '/' && !strstr(path, "//") && !strstr(path, "/./") && !strstr(path, "/../"));
        }
        for (size_t i = 0; i < pth.n_imports; i++) {
            FUZZ_CHECK(strncmp(pth.imports[i].text, "import", 6) == 0 && pth.imports[i].line > 0);
        }
    }
    arena_release(&arena);
    close(dir);
}

static int mapped(const char *module, const char *path, void *arg)
{
    (void)arg;
    FUZZ_CHECK(module && path && !strchr(module, '\n') && !strchr(path, '\n'));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t line;
    fuzz_write(fuzz_folder(), "a.pth", data, size);
    check(fuzz_folder(), 0);
    check(fuzz_folder(), DISK_SCAN_OLD_PTH);
    int result = editable_mapping((const char *)data, size, &line, mapped, NULL);
    FUZZ_CHECK(result == 0 || result == 1);
    return 0;
}
